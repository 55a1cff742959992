//! What the answers of the API look like, for its document. All members are described: the tests hold every answer against it.

mod bills;
mod orders;
mod others;
mod proposals;

use crate::backtests::{BACKTEST_DAYS_MAX, BACKTEST_SCENARIOS_MAX, BACKTEST_WEEKS_MAX};
use crate::jobs::Job;
use serde_json::{Map, Value, json};
use tenor_ledger::TEXT_CHARACTERS_MAX;
use tenor_permit::Tier;
use tenor_state::CONNECTION_NAME_CHARACTERS_MAX;

/// What is sent to a path where a program may have something done, and what that answers.
pub(crate) struct Posted {
    pub(crate) body: Value,
    pub(crate) answer: Value,
    /// Whether it has begun by then, and is not done.
    pub(crate) is_begun: bool,
}

/// Members of an object, each with what it may be.
type Members = Vec<(&'static str, Value)>;

/// The shape of what a path answers; none where it is not of the API.
pub(crate) fn of(path: &str) -> Option<Value> {
    bills::of(path).or_else(|| orders::of(path)).or_else(|| proposals::of(path)).or_else(|| others::of(path))
}

/// What stands in braces in a path.
pub(crate) fn part(path: &str) -> Value {
    if path.starts_with("/api/v1/jobs/") {
        json!({ "type": "string", "enum": Job::ALL.map(Job::as_str) })
    } else if path.starts_with("/api/v1/access/") {
        connection_name()
    } else {
        json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

/// What is sent to a path, and what that answers; none where nothing can be sent.
pub(crate) fn posted(path: &str) -> Option<Posted> {
    let order = [("order", is("string"))];
    let done = |body, answer| Some(Posted { body, answer, is_begun: false });
    let begun = |body, answer| Some(Posted { body, answer, is_begun: true });
    let location = ("location", json!({ "type": "string", "description": "where it is told what becomes of it" }));
    let placed = || object(&[&order[..], &[("notes", texts())]].concat());
    match path {
        "/api/v1/orders" => {
            let proposal = json!({ "type": "string", "pattern": "^[0-9a-f]{6,64}$", "description": "its id, or the first digits of it" });
            done(taken(&[("proposal", proposal), ("connection", connection_name())], &[]), placed())
        }
        "/api/v1/orders/{id}/run" => done(taken(&[("live", is("boolean"))], &[]), object(&order)),
        "/api/v1/orders/{id}/reject" | "/api/v1/orders/{id}/stop" => done(taken(&[("reason", reason())], &[]), object(&order)),
        "/api/v1/orders/{id}/take-back" => {
            let step = json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX, "description": "its number" });
            done(taken(&[("step", step)], &[]), placed())
        }
        "/api/v1/proposals" => begun(taken(&[], &[]), object(&[("proposal", maybe("string")), location])),
        "/api/v1/backtests" => begun(taken(&[], &tried_settings()), object(&[location])),
        "/api/v1/backtests/stop" => done(taken(&[], &[]), object(&[("is_stopped", is("boolean"))])),
        "/api/v1/jobs/{name}/run" => begun(taken(&[], &[]), object(&[("job", is("string")), location])),
        "/api/v1/settings/stop" => {
            done(taken(&[("reason", reason())], &[]), object(&[("kill_switch", is("string")), ("is_recorded", is("boolean"))]))
        }
        "/api/v1/setup/import" => {
            let folder = json!({ "type": "string", "minLength": 1, "pattern": "\\S", "description": "below the folder that the owner lets be imported from" });
            begun(taken(&[("folder", folder)], &[]), object(&[location]))
        }
        "/api/v1/setup/connect" => done(new_connection(), object(&[("connection", is("string"))])),
        "/api/v1/setup/prove" => begun(taken(&[("connection", connection_name())], &[]), object(&[location])),
        _ => None,
    }
}

/// A connection that is to be made.
fn new_connection() -> Value {
    let account = json!({ "type": "string", "pattern": "^[0-9]{12}$", "description": "the number of the account" });
    let needed = [
        ("name", connection_name()),
        ("account", account),
        ("principal", json!({ "type": "string", "description": "who may assume its role, as an ARN" })),
    ];
    let others = [
        (
            "is_member",
            json!({ "type": "boolean", "description": "whether the account is a member that does not pay for its organization" }),
        ),
        ("bucket", json!({ "type": "string", "description": "where its reports are delivered to" })),
        ("prefix", json!({ "type": "string", "description": "below what they are, there" })),
        (
            "tiers",
            json!({ "type": "array", "items": { "type": "string", "enum": Tier::ALL.map(Tier::as_str) }, "description": "what it is for; `trial` without it" }),
        ),
    ];
    taken(&needed, &others)
}

fn connection_name() -> Value {
    json!({ "type": "string", "pattern": format!("^[a-z0-9][a-z0-9-]{{0,{}}}$", CONNECTION_NAME_CHARACTERS_MAX - 1) })
}

/// Whether what is sent there may carry a key by which it is done once. What may be done again without one needs none, and what waits or goes on in the
/// server's memory alone is promised to nobody.
pub(crate) fn takes_key(path: &str) -> bool {
    let in_memory = ["/api/v1/backtests", "/api/v1/jobs/{name}/run", "/api/v1/setup/import", "/api/v1/setup/prove"];
    !path.ends_with("/stop") && !in_memory.contains(&path)
}

fn reason() -> Value {
    // No control characters: it is one line of the ledger.
    let pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";
    json!({ "type": "string", "minLength": 1, "maxLength": TEXT_CHARACTERS_MAX, "pattern": pattern, "description": "why; the ledger keeps it" })
}

fn tried_settings() -> [(&'static str, Value); 4] {
    let whole = |least: u32, most: u32| json!({ "type": "integer", "minimum": least, "maximum": most });
    [
        ("policy", json!({ "type": "string", "description": "one of the policies that the home keeps; the default one without it" })),
        ("every_weeks", whole(1, BACKTEST_WEEKS_MAX.into())),
        ("start_after_days", whole(0, BACKTEST_DAYS_MAX.into())),
        ("scenarios", whole(1, BACKTEST_SCENARIOS_MAX)),
    ]
}

fn list(members: &[(&str, Value)], item: Value) -> Value {
    let rest = [("items", many(item)), ("next", next())];
    object(&[members, &rest].concat())
}

fn next() -> Value {
    json!({ "type": ["string", "null"], "description": "where the list goes on, as `after`; null at its end" })
}

/// All of its members are always there. Others may come with a newer version, so they are not excluded.
fn object(members: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// What is sent: nothing but these, and all of those that have to be there.
fn taken(needed: &[(&str, Value)], others: &[(&str, Value)]) -> Value {
    let mut schema = object(&[needed, others].concat());
    schema["required"] = needed.iter().map(|(name, _)| *name).collect();
    schema["additionalProperties"] = json!(false);
    schema
}

/// Members that may all be the same, by their names with spaces between.
fn each(names: &'static str, value: Value) -> Members {
    names.split_whitespace().map(|name| (name, value.clone())).collect()
}

/// The same, or nothing.
fn or_null(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

/// An object with members that are described elsewhere.
fn open(description: &str) -> Value {
    json!({ "type": "object", "additionalProperties": true, "description": description })
}

fn many(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn is(kind: &str) -> Value {
    json!({ "type": kind })
}

fn maybe(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn amount() -> Value {
    json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "description": "an exact decimal" })
}

fn maybe_amount() -> Value {
    or_null(amount())
}

fn texts() -> Value {
    json!({ "type": "array", "items": is("string") })
}
