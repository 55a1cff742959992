//! What is told of orders, of what runs by itself, and of the ledger.

use super::{Members, amount, each, is, list, many, maybe, object, open, or_null, texts};
use serde_json::{Value, json};

pub(super) fn of(path: &str) -> Option<Value> {
    let schema = match path {
        "/api/v1/orders" => list(&[("kill_switch", maybe("string"))], order()),
        "/api/v1/orders/{id}" => one(),
        "/api/v1/jobs" => list(&[("undelivered", is("integer"))], job()),
        "/api/v1/jobs/history" => list(&[], object(&[each("job", is("string")), job_run()].concat())),
        "/api/v1/jobs/outbox" => list(&[], message()),
        "/api/v1/ledger" => list(&[("entries", is("integer"))], entry()),
        "/api/v1/ledger/verify" => verified(),
        _ => return None,
    };
    Some(schema)
}

fn order() -> Value {
    let members =
        [each("id made connection currency standing", is("string")), each("steps approvals", is("integer")), each("obligation", amount())];
    object(&members.concat())
}

fn one() -> Value {
    object(&[
        ("order", order()),
        ("made_by", is("string")),
        ("proposal", is("string")),
        ("policy", is("string")),
        ("inventory", is("string")),
        ("approvals", many(object(&each("person until", is("string"))))),
        ("agreement", agreement()),
        ("agreement_untold", json!({ "type": ["string", "null"], "description": "why nobody can say who agrees" })),
        ("rejected", maybe("string")),
        ("steps", many(step())),
        ("run", run()),
    ])
}

/// Who agrees, and who could; nothing where nobody can say.
fn agreement() -> Value {
    let members = [
        each("needed counted hours_max", is("integer")),
        each("why_not off", maybe("string")),
        each("is_to_be_settled", is("boolean")),
        each("could", texts()),
    ];
    or_null(object(&members.concat()))
}

fn step() -> Value {
    let members = [
        each("step", is("integer")),
        each("action service what object quantity state account", is("string")),
        each("region result said undo_until starts deadline", maybe("string")),
        each("details", or_null(open("what its action says besides, as docs/spec/order.md has it"))),
        each("ceiling_hourly ceiling_upfront obligation", amount()),
        each("is_undoable", is("boolean")),
    ];
    object(&members.concat())
}

/// What this server does of an order, or did; nothing where it has not begun since it was started.
fn run() -> Value {
    let step = object(&[("step", is("integer")), ("would", is("string"))]);
    let members = [each("user begun told", is("string")), each("is_going is_live is_good", is("boolean")), each("steps", many(step))];
    or_null(object(&members.concat()))
}

fn job() -> Value {
    let asked_by = json!({ "type": ["string", "null"], "description": "who asked for a run that has not begun" });
    let members = [
        each("job cron time_zone", is("string")),
        each("next", maybe("string")),
        each("asked_by", asked_by),
        each("last", or_null(object(&job_run()))),
    ];
    object(&members.concat())
}

fn job_run() -> Members {
    [each("due begun outcome message", is("string")), each("asked_by ended", maybe("string")), each("attempt", is("integer"))].concat()
}

fn message() -> Value {
    let members = [
        each("id target kind about created delivery said", is("string")),
        each("next_attempt", maybe("string")),
        each("attempts", is("integer")),
    ];
    object(&members.concat())
}

fn entry() -> Value {
    let members = [
        each("sequence", is("integer")),
        each("moment previous hash", is("string")),
        each("clock", maybe("string")),
        each("actor event", open("as docs/spec/ledger.md has it")),
    ];
    object(&members.concat())
}

fn verified() -> Value {
    let members = [
        each("is_whole", is("boolean")),
        each("wrong hint first last hash", maybe("string")),
        each("entries checkpoints clock_behind unknown", maybe("integer")),
        each("doubts", many(object(&[("entry", is("integer")), ("why", is("string"))]))),
    ];
    object(&members.concat())
}
