//! What the answers of the API look like, for its document.

use crate::backtests::{BACKTEST_DAYS_MAX, BACKTEST_SCENARIOS_MAX, BACKTEST_WEEKS_MAX};
use crate::jobs::Job;
use serde_json::{Map, Value, json};
use tenor_ledger::TEXT_CHARACTERS_MAX;
use tenor_state::CONNECTION_NAME_CHARACTERS_MAX;

/// What is sent to a path where a program may have something done, and what that answers.
pub(crate) struct Posted {
    pub(crate) body: Value,
    pub(crate) answer: Value,
    /// Whether it has begun by then, and is not done.
    pub(crate) is_begun: bool,
}

/// The shape of what a path answers; none where it is not of the API.
pub(crate) fn of(path: &str) -> Option<Value> {
    let row = [("time", maybe("string")), ("groups", json!({ "type": "object", "additionalProperties": maybe("string") }))];
    let schema = match path {
        "/api/v1/cost" => list(
            &[
                ("metric", is("string")),
                ("granularity", is("string")),
                ("currency", maybe("string")),
                ("total", amount()),
                ("charges", is("integer")),
                ("left_out", maybe("object")),
            ],
            object(&[&row[..], &[("is_other", is("boolean")), ("cost", amount())]].concat()),
        ),
        "/api/v1/coverage" => list(
            &[("granularity", is("string")), ("currency", maybe("string")), ("total", object(&figures())), ("notes", texts())],
            object(&[&row[..], &figures()].concat()),
        ),
        "/api/v1/commitments" => list(
            &[
                ("from", is("string")),
                ("to", is("string")),
                ("missing", texts()),
                ("partial", texts()),
                ("notes", texts()),
                ("currency", maybe("string")),
                ("as_of", is("string")),
                ("total", is("object")),
                ("lock_in", is("object")),
            ],
            object(&[
                ("id", is("string")),
                ("attention", is("string")),
                ("kind", is("string")),
                ("amortized_cost", amount()),
                ("unused_cost", amount()),
                ("unknown", texts()),
            ]),
        ),
        _ => return of_orders(path),
    };
    Some(schema)
}

/// The same of proposals, orders, jobs and the ledger.
fn of_orders(path: &str) -> Option<Value> {
    let schema = match path {
        "/api/v1/proposals" => list(&[("notes", texts()), ("is_making", is("boolean"))], proposal()),
        "/api/v1/proposals/{id}" => object(&[
            ("id", is("string")),
            ("made", maybe("string")),
            ("standing", is("string")),
            ("notes", texts()),
            ("compared", json!({ "type": "array", "items": candidate() })),
            ("proposal", json!({ "type": "object", "description": "the document of docs/spec/proposal.md" })),
        ]),
        "/api/v1/orders" => list(&[("kill_switch", maybe("string"))], order()),
        "/api/v1/jobs" => list(
            &[("undelivered", is("integer"))],
            object(&[
                ("job", is("string")),
                ("cron", is("string")),
                ("time_zone", is("string")),
                ("next", maybe("string")),
                ("asked_by", json!({ "type": ["string", "null"], "description": "who asked for a run that has not begun" })),
                ("last", maybe("object")),
            ]),
        ),
        "/api/v1/orders/{id}" => object(&[
            ("order", order()),
            ("made_by", is("string")),
            ("proposal", is("string")),
            ("policy", is("string")),
            ("inventory", is("string")),
            ("approvals", json!({ "type": "array", "items": object(&[("person", is("string")), ("until", is("string"))]) })),
            ("rejected", maybe("string")),
            ("steps", json!({ "type": "array", "items": step() })),
            ("run", run()),
        ]),
        "/api/v1/ledger" => list(
            &[("entries", is("integer"))],
            object(&[
                ("sequence", is("integer")),
                ("moment", is("string")),
                ("clock", maybe("string")),
                ("actor", is("object")),
                ("event", is("object")),
                ("previous", is("string")),
                ("hash", is("string")),
            ]),
        ),
        _ => return of_others(path),
    };
    Some(schema)
}

/// The same of what is neither bill, order nor ledger.
fn of_others(path: &str) -> Option<Value> {
    let schema = match path {
        "/api/v1/access" => list(&[], connection()),
        "/api/v1/backtests" => list(
            &[("notes", texts()), ("is_going", is("boolean"))],
            object(&[
                ("id", is("string")),
                ("made", is("string")),
                ("user", is("string")),
                ("policy", maybe("string")),
                ("every_weeks", is("integer")),
                ("start_after_days", is("integer")),
                ("scenarios", is("integer")),
                ("inputs", is("string")),
                ("currency", is("string")),
                ("decisions", is("integer")),
                ("on_demand_cost", amount()),
                ("policies", json!({ "type": "array", "items": tried() })),
            ]),
        ),
        "/api/v1/backtests/{id}" => object(&[
            ("id", is("string")),
            ("backtest", json!({ "type": "object", "description": "all of it, as it is kept in the home's folder `backtests`" })),
        ]),
        "/api/v1/commitments/one" => commitment(),
        "/api/v1/settings" => settings(),
        "/api/v1/users" => list(&[], person()),
        _ => return None,
    };
    Some(schema)
}

/// What stands in braces in a path.
pub(crate) fn part(path: &str) -> Value {
    if path.starts_with("/api/v1/jobs/") {
        json!({ "type": "string", "enum": Job::ALL.map(Job::as_str) })
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
    match path {
        "/api/v1/orders" => {
            let proposal = json!({ "type": "string", "pattern": "^[0-9a-f]{6,64}$", "description": "its id, or the first digits of it" });
            let pattern = format!("^[a-z0-9][a-z0-9-]{{0,{}}}$", CONNECTION_NAME_CHARACTERS_MAX - 1);
            let body = taken(&[("proposal", proposal), ("connection", json!({ "type": "string", "pattern": pattern }))], &[]);
            done(body, object(&[&order[..], &[("notes", texts())]].concat()))
        }
        "/api/v1/orders/{id}/run" => done(taken(&[("live", is("boolean"))], &[]), object(&order)),
        "/api/v1/orders/{id}/reject" | "/api/v1/orders/{id}/stop" => done(taken(&[("reason", reason())], &[]), object(&order)),
        "/api/v1/proposals" => begun(taken(&[], &[]), object(&[("proposal", maybe("string")), location])),
        "/api/v1/backtests" => begun(taken(&[], &tried_settings()), object(&[location])),
        "/api/v1/jobs/{name}/run" => begun(taken(&[], &[]), object(&[("job", is("string")), location])),
        "/api/v1/settings/stop" => {
            done(taken(&[("reason", reason())], &[]), object(&[("kill_switch", is("string")), ("is_recorded", is("boolean"))]))
        }
        _ => None,
    }
}

/// Whether what is sent there may carry a key by which it is done once. What may be done again without one needs none.
pub(crate) fn takes_key(path: &str) -> bool {
    !path.ends_with("/stop")
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

fn commitment() -> Value {
    let month = object(&[
        ("month", is("string")),
        ("is_open", is("boolean")),
        ("amortized_cost", amount()),
        ("used_cost", amount()),
        ("unused_cost", amount()),
        ("list_cost_covered", amount()),
        ("net_savings", maybe("string")),
        ("utilization", maybe("string")),
    ]);
    let hour = object(&[&[("hour", is("string"))][..], &did()].concat());
    let covered = object(&[
        ("service", maybe("string")),
        ("usage_type", maybe("string")),
        ("meter", maybe("string")),
        ("account", maybe("string")),
        ("cost", amount()),
        ("list_cost", amount()),
    ]);
    object(&[
        ("currency", maybe("string")),
        ("as_of", is("string")),
        ("commitment", is("object")),
        ("months", many(month)),
        ("month", is("string")),
        ("is_in_month", is("boolean")),
        ("hours", many(hour)),
        ("longer", object(&did())),
        ("covered", many(covered)),
        ("covered_more", json!({ "type": "integer", "description": "how much more it covered of less cost, which is not listed" })),
    ])
}

/// What a commitment did in some time.
fn did() -> [(&'static str, Value); 6] {
    ["used_cost", "unused_cost", "list_cost", "instance_hours", "quantity", "unused_quantity"].map(|name| (name, amount()))
}

fn settings() -> Value {
    let mut terms = object(&[("hash", is("string")), ("text", maybe("string")), ("set_by", maybe("string")), ("set", maybe("string"))]);
    terms["type"] = json!(["object", "null"]);
    let key = object(&[("key", is("string")), ("person", is("string")), ("role", is("string")), ("revoked", maybe("string"))]);
    let finding = object(&[("severity", is("string")), ("title", is("string")), ("meaning", is("string")), ("what_to_do", is("string"))]);
    let storage = json!({ "type": ["array", "null"], "items": finding, "description": "how the home lies, for admins; null where nobody could look" });
    object(&[
        ("kill_switch", maybe("string")),
        ("terms", terms),
        ("keys", many(key)),
        ("server", is("string")),
        ("is_server_enrolled", is("boolean")),
        ("has_policy", maybe("boolean")),
        ("has_schedule", maybe("boolean")),
        ("has_notify", maybe("boolean")),
        ("storage", storage),
        ("version", is("string")),
        ("policy_version", is("integer")),
    ])
}

fn person() -> Value {
    let token = object(&[
        ("token", is("string")),
        ("label", is("string")),
        ("scopes", texts()),
        ("created", is("string")),
        ("expires", is("string")),
    ]);
    object(&[
        ("user", is("string")),
        ("role", is("string")),
        ("has_password", is("boolean")),
        ("created", is("string")),
        ("tokens", many(token)),
    ])
}

fn figures() -> Vec<(&'static str, Value)> {
    let names = ["eligible_list_cost", "covered_list_cost", "commitment_cost", "unused_cost", "on_demand_cost"];
    let maybes = ["coverage", "utilization", "savings", "effective_savings_rate"];
    names.map(|name| (name, amount())).into_iter().chain(maybes.map(|name| (name, maybe("string")))).collect()
}

fn proposal() -> Value {
    object(&[
        ("id", is("string")),
        ("made", maybe("string")),
        ("as_of", is("string")),
        ("steps", is("integer")),
        ("changes", is("integer")),
        ("savings", amount()),
        ("monthly_savings", maybe("string")),
        ("horizon_hours", is("integer")),
        ("obligation", amount()),
        ("gap", is("string")),
        ("currency", is("string")),
        ("standing", is("string")),
    ])
}

fn candidate() -> Value {
    object(&[
        ("name", is("string")),
        ("purchases", is("integer")),
        ("left_out", is("integer")),
        ("expected_cost", amount()),
        ("savings", amount()),
        ("savings_p10", amount()),
        ("savings_p90", amount()),
        ("commitment_per_hour", amount()),
        ("upfront", amount()),
        ("obligation", amount()),
        ("lowest_utilization", maybe("string")),
        ("aws_monthly_savings", maybe("string")),
        ("breaks", texts()),
        ("notes", texts()),
    ])
}

fn connection() -> Value {
    let capability = object(&[
        ("name", is("string")),
        ("tier", is("string")),
        ("is_chosen", is("boolean")),
        ("status", is("string")),
        ("note", is("string")),
        ("operations", texts()),
        ("actions", texts()),
    ]);
    object(&[
        ("connection", is("string")),
        ("account", is("string")),
        ("kind", is("string")),
        ("partition", is("string")),
        ("role", is("string")),
        ("trusted", is("string")),
        ("policy_version", is("integer")),
        ("newest_policy_version", is("integer")),
        ("made", is("string")),
        ("proved", maybe("string")),
        ("tried", maybe("string")),
        ("differences", texts()),
        ("tiers", texts()),
        ("capabilities", json!({ "type": "array", "items": capability })),
    ])
}

/// How a policy did in a back-test.
fn tried() -> Value {
    object(&[("name", is("string")), ("cost", amount()), ("saving", is("string")), ("esr", maybe("string"))])
}

fn order() -> Value {
    object(&[
        ("id", is("string")),
        ("made", is("string")),
        ("connection", is("string")),
        ("steps", is("integer")),
        ("obligation", amount()),
        ("currency", is("string")),
        ("approvals", is("integer")),
        ("standing", is("string")),
    ])
}

fn step() -> Value {
    object(&[
        ("step", is("integer")),
        ("action", is("string")),
        ("region", maybe("string")),
        ("obligation", amount()),
        ("state", is("string")),
        ("result", maybe("string")),
        ("said", maybe("string")),
        ("undo_until", maybe("string")),
    ])
}

/// What this server does of an order, or did; nothing where it has not begun since it was started.
fn run() -> Value {
    let step = object(&[("step", is("integer")), ("would", is("string"))]);
    let mut run = object(&[
        ("is_going", is("boolean")),
        ("is_live", is("boolean")),
        ("is_good", is("boolean")),
        ("told", is("string")),
        ("steps", json!({ "type": "array", "items": step })),
    ]);
    run["type"] = json!(["object", "null"]);
    run
}

fn list(members: &[(&str, Value)], item: Value) -> Value {
    let rest = [("items", json!({ "type": "array", "items": item })), ("next", maybe("string"))];
    object(&[members, &rest].concat())
}

/// All of its members are always there.
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

fn texts() -> Value {
    json!({ "type": "array", "items": is("string") })
}
