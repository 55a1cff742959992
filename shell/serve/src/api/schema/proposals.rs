//! What is told of proposals, and what their steps may come to.

use super::{amount, each, is, list, many, maybe, maybe_amount, object, open, or_null, texts};
use serde_json::Value;

pub(super) fn of(path: &str) -> Option<Value> {
    let computed = |name, told: &[(&'static str, Value)]| {
        object(&[("id", is("string")), ("currency", is("string")), ("is_computing", is("boolean")), (name, or_null(object(told)))])
    };
    let schema = match path {
        "/api/v1/proposals" => list(&[("notes", texts()), ("is_making", is("boolean"))], listed()),
        "/api/v1/proposals/{id}" => object(&[
            ("id", is("string")),
            ("made", maybe("string")),
            ("standing", is("string")),
            ("notes", texts()),
            ("compared", many(candidate())),
            ("proposal", document()),
        ]),
        "/api/v1/proposals/{id}/outlook" => computed(
            "outlook",
            &[each("scenarios frontier_scenarios", is("integer")), each("outcome proposed", outcome()), each("frontier", many(outcome()))]
                .concat(),
        ),
        "/api/v1/proposals/{id}/what-if" => {
            computed("what_if", &[each("scenarios", is("integer")), each("proposed instead", outcome())].concat())
        }
        _ => return None,
    };
    Some(schema)
}

fn listed() -> Value {
    let members = [
        each("id as_of gap currency standing", is("string")),
        each("made", maybe("string")),
        each("steps changes horizon_hours", is("integer")),
        each("savings obligation", amount()),
        each("monthly_savings", maybe_amount()),
    ];
    object(&members.concat())
}

fn candidate() -> Value {
    let members = [
        each("name", is("string")),
        each("purchases left_out", is("integer")),
        each("expected_cost savings savings_p10 savings_p90 commitment_per_hour upfront obligation", amount()),
        each("lowest_utilization aws_monthly_savings", maybe_amount()),
        each("breaks notes", texts()),
    ];
    object(&members.concat())
}

fn outcome() -> Value {
    let course = [each("month", is("string")), each("expected p10 p25 p75 p90", amount())];
    let members = [
        each("bought", texts()),
        each("commitment_per_hour upfront obligation", amount()),
        each("savings", many(amount())),
        each("courses", many(object(&course.concat()))),
        each("before after", object(&each("spend list covered committed unused", amount()))),
        each("standing_hours", is("integer")),
    ];
    object(&members.concat())
}

/// The document of `docs/spec/proposal.md`.
fn document() -> Value {
    let outlook = each("history_hours horizon_hours scenarios seed pools choices", is("integer"));
    let summary = [each("list_cost_per_hour commitment_per_hour upfront obligation savings_share", amount()), each("savings", spread())];
    let certificate = [each("nothing expected_cost capital risk objective bound gap changes", amount()), each("covers", is("string"))];
    let later = [each("what starts", is("string")), each("cost_per_hour", amount())];
    let ending = [each("id ends", is("string")), each("cost_per_hour", amount()), each("replaced_by", many(is("integer")))];
    let members = [
        each("id inputs as_of", is("string")),
        each("format", is("integer")),
        each("outlook", object(&outlook)),
        each("prices", object(&each("version date currency basis", is("string")))),
        each("summary", object(&summary.concat())),
        each("certificate", object(&certificate.concat())),
        each("steps", many(step())),
        each("changes", many(change())),
        each("later", many(object(&later.concat()))),
        each("ending", many(object(&ending.concat()))),
        each("limitations", texts()),
        each("policy", open("as docs/spec/policy.md has it")),
    ];
    object(&members.concat())
}

fn spread() -> Value {
    object(&each("expected p10 p90", amount()))
}

fn step() -> Value {
    let next_best = [each("what", is("string")), each("costs_more", amount()), each("scenarios", is("integer"))];
    let texts_of =
        "action what kind account group service region instance_type usage_type operation term payment starts price_source reason";
    let members = [
        each("number", is("integer")),
        each(texts_of, is("string")),
        each("count", maybe("integer")),
        each("commitment break_even_utilization payback_days", maybe_amount()),
        each("slices", many(amount())),
        each("returnable_until", maybe("string")),
        each("hourly upfront ceiling_hourly ceiling_upfront cost_per_hour cash obligation", amount()),
        each("utilization savings", spread()),
        each("next_best", or_null(object(&next_best.concat()))),
    ];
    object(&members.concat())
}

fn change() -> Value {
    let members = [
        each("number", is("integer")),
        each("action id what from to moment reason", is("string")),
        each("count held", maybe("integer")),
        each("becomes", open("what is done with it, by the word in `as`")),
        each("deadline", maybe("string")),
        each("money_now", amount()),
        each("savings", spread()),
        each("conditions", texts()),
    ];
    object(&members.concat())
}
