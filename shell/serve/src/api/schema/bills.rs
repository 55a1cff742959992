//! What is told of bills: costs, coverage, commitments, the overview.

use super::{Members, amount, each, is, list, many, maybe, maybe_amount, next, object, or_null, texts};
use serde_json::{Value, json};

pub(super) fn of(path: &str) -> Option<Value> {
    let row = [("time", maybe("string")), ("groups", json!({ "type": "object", "additionalProperties": maybe("string") }))];
    let schema = match path {
        "/api/v1/cost" => {
            let left_out = or_null(object(&[("charges", is("integer")), ("cost", amount())]));
            let before = json!({ "type": ["string", "null"], "description": "what it cost in the time before; null unless it is asked for and can be told" });
            let head = [
                each("metric granularity", is("string")),
                each("total", amount()),
                each("total_before", before.clone()),
                each("currency", maybe("string")),
                each("charges", is("integer")),
                vec![("left_out", left_out), ("notes", texts())],
            ];
            list(&head.concat(), object(&[&row[..], &[("is_other", is("boolean")), ("cost", amount()), ("before", before)]].concat()))
        }
        "/api/v1/coverage" => list(
            &[("granularity", is("string")), ("currency", maybe("string")), ("total", object(&figures())), ("notes", texts())],
            object(&[&row[..], &figures()].concat()),
        ),
        "/api/v1/commitments" => commitments(),
        "/api/v1/commitments/one" => one(),
        "/api/v1/overview" => overview(),
        _ => return None,
    };
    Some(schema)
}

fn figures() -> Members {
    let sums = each("eligible_list_cost covered_list_cost commitment_cost unused_cost on_demand_cost", amount());
    [sums, each("coverage utilization savings effective_savings_rate", maybe_amount())].concat()
}

fn commitments() -> Value {
    let total = [
        each("commitments", is("integer")),
        each("amortized_cost used_cost unused_cost list_cost_covered", amount()),
        each("net_savings utilization", maybe_amount()),
    ];
    let lock_in =
        [each("obligation cash returnable", amount()), each("weighted_months", maybe_amount()), each("unknown gone", is("integer"))];
    let head = [
        each("from to as_of", is("string")),
        each("missing partial notes", texts()),
        each("currency", maybe("string")),
        vec![("total", object(&total.concat())), ("lock_in", object(&lock_in.concat()))],
    ];
    list(&head.concat(), commitment())
}

/// What is told of a commitment in any list.
fn commitment() -> Value {
    let members = [
        each("id attention kind", is("string")),
        each("owner region zone family type count start end payment_option offering_class returnable_until", maybe("string")),
        each("is_over is_gone", is("boolean")),
        each("resellable exchangeable", maybe("boolean")),
        each("term_days", maybe("integer")),
        each("amortized_cost used_cost unused_cost list_cost_covered", amount()),
        each("net_savings utilization break_even_utilization", maybe_amount()),
        each("unknown", texts()),
    ];
    object(&members.concat())
}

fn one() -> Value {
    let month = [
        each("month", is("string")),
        each("is_open", is("boolean")),
        each("amortized_cost used_cost unused_cost list_cost_covered", amount()),
        each("net_savings utilization", maybe_amount()),
    ];
    // What it did in some time.
    let did = each("used_cost unused_cost list_cost instance_hours quantity unused_quantity", amount());
    let covered = [each("service usage_type meter account", maybe("string")), each("cost list_cost", amount())];
    object(&[
        ("currency", maybe("string")),
        ("as_of", is("string")),
        ("commitment", commitment()),
        ("months", many(object(&month.concat()))),
        ("month", is("string")),
        ("is_in_month", is("boolean")),
        ("hours", many(object(&[each("hour", is("string")), did.clone()].concat()))),
        ("longer", object(&did)),
        (
            "covered_count",
            json!({ "type": "integer", "description": "how much it covered in all, of which `covered` is a part, the dearest first" }),
        ),
        ("covered", many(object(&covered.concat()))),
        ("next", next()),
    ])
}

fn overview() -> Value {
    let spend =
        [each("month", is("string")), each("is_open", is("boolean")), each("cost", amount()), each("before change", maybe_amount())];
    let month =
        object(&[("month", is("string")), ("is_open", is("boolean")), ("cost", amount()), ("coverage", or_null(object(&figures())))]);
    let service = object(&[("service", maybe("string")), ("is_other", is("boolean")), ("cost", amount())]);
    object(&[
        ("currency", maybe("string")),
        ("as_of", is("string")),
        ("first", maybe("string")),
        ("last", maybe("string")),
        ("notes", texts()),
        ("spend", or_null(object(&spend.concat()))),
        ("to_date", object(&figures())),
        ("months", many(month)),
        ("attention_count", is("integer")),
        ("attention", many(commitment())),
        ("services", many(service)),
    ])
}
