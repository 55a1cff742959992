//! What is told of connections, back-tests, settings, set-up and users.

use super::{Members, amount, each, is, list, many, maybe, maybe_amount, object, or_null, texts};
use serde_json::{Value, json};

pub(super) fn of(path: &str) -> Option<Value> {
    let schema = match path {
        "/api/v1/access" => list(&[], object(&[connection(), each("capabilities", many(capability(texts())))].concat())),
        "/api/v1/access/{id}" => near(),
        "/api/v1/access/{id}/template" => object(&each("format file text", is("string"))),
        "/api/v1/backtests" => list(&[("notes", texts()), ("is_going", is("boolean"))], backtest()),
        "/api/v1/backtests/{id}" => object(&[("id", is("string")), ("backtest", kept_backtest())]),
        "/api/v1/settings" => settings(),
        "/api/v1/setup" => setup(),
        "/api/v1/users" => list(&[], person()),
        _ => return None,
    };
    Some(schema)
}

fn connection() -> Members {
    [
        each("connection account kind partition role trusted made", is("string")),
        each("policy_version newest_policy_version", is("integer")),
        each("proved tried", maybe("string")),
        each("differences tiers", texts()),
    ]
    .concat()
}

fn capability(operations: Value) -> Value {
    let members = [
        each("name tier status note", is("string")),
        each("is_chosen", is("boolean")),
        each("operations", operations),
        each("actions", texts()),
    ];
    object(&members.concat())
}

/// A connection with the reasons of what it may do.
fn near() -> Value {
    let operation = [each("name reason money", is("string")), each("grants", many(object(&each("action access on", is("string")))))];
    let policy = [each("name text", is("string")), each("reasons", many(object(&each("action reason", is("string")))))];
    let no_policies = json!({ "type": ["string", "null"], "description": "why there are no policies" });
    let members = [
        connection(),
        each("report", maybe("string")),
        each("regions", is("string")),
        each("capabilities", many(capability(many(object(&operation.concat()))))),
        each("policies", many(object(&policy.concat()))),
        each("no_policies", no_policies),
    ];
    object(&members.concat())
}

fn backtest() -> Value {
    // How a policy did.
    let tried = [each("name", is("string")), each("cost saving", amount()), each("esr", maybe_amount())];
    let members = [
        each("id made user inputs currency", is("string")),
        each("policy", maybe("string")),
        each("every_weeks start_after_days scenarios decisions", is("integer")),
        each("on_demand_cost", amount()),
        each("policies", many(object(&tried.concat()))),
    ];
    object(&members.concat())
}

/// All of it, as it is kept in the home's folder `backtests`.
fn kept_backtest() -> Value {
    let settings = [each("policy policy_hash", maybe("string")), each("every_weeks start_after_days scenarios seed", is("integer"))];
    let moment = [
        each("hour", is("string")),
        each("saving upfront", amount()),
        each("obligation", maybe_amount()),
        each("purchases", is("integer")),
    ];
    let utilization = json!({ "type": "object", "additionalProperties": amount(), "description": "by kind of what was bought" });
    let policy = [
        each("name", is("string")),
        each("cost saving regret", amount()),
        each("esr peak_obligation", maybe_amount()),
        each("utilization", utilization),
        each("purchases", is("integer")),
        each("over_time", many(object(&moment.concat()))),
    ];
    let members = [
        each("format decisions", is("integer")),
        each("made user inputs currency", is("string")),
        each("settings", object(&settings.concat())),
        each("prices", object(&each("version date basis", is("string")))),
        each("on_demand_cost eligible_cost", amount()),
        each("policies", many(object(&policy.concat()))),
        each("limitations", texts()),
    ];
    object(&members.concat())
}

fn settings() -> Value {
    let terms = or_null(object(&[each("hash", is("string")), each("text set_by set", maybe("string"))].concat()));
    let key = [each("key person role", is("string")), each("revoked", maybe("string"))];
    let finding = object(&each("severity title meaning what_to_do", is("string")));
    let storage = json!({ "type": ["array", "null"], "items": finding, "description": "how the home lies, for admins; null where nobody could look" });
    let members = [
        each("kill_switch", maybe("string")),
        each("terms", terms),
        each("keys", many(object(&key.concat()))),
        each("server version", is("string")),
        each("is_server_enrolled", is("boolean")),
        each("has_policy has_schedule has_notify", maybe("boolean")),
        each("storage", storage),
        each("policy_version", is("integer")),
    ];
    object(&members.concat())
}

fn setup() -> Value {
    let standing = json!({ "type": "string", "enum": ["done", "to do", "not known"] });
    let step = [
        each("step title found why", is("string")),
        each("standing", standing),
        each("commands", texts()),
        each("can_wait", is("boolean")),
    ];
    let connection = [each("connection", is("string")), each("proved", maybe("string"))];
    let work = [each("what user begun state", is("string")), each("told hint", maybe("string"))];
    let folders = json!({ "type": ["array", "null"], "items": is("string"), "description": "what can be imported from here, for admins" });
    let folders_untold = json!({ "type": ["string", "null"], "description": "why nobody can tell which, for admins" });
    let mut begun = or_null(many(object(&work.concat())));
    begun["description"] = json!("what was begun here, the newest first, for admins");
    object(&[
        ("steps", many(object(&step.concat()))),
        ("connections", or_null(many(object(&connection.concat())))),
        ("folders", folders),
        ("folders_untold", folders_untold),
        ("work", begun),
    ])
}

fn person() -> Value {
    let token = [each("token label created expires", is("string")), each("scopes", texts())];
    let members =
        [each("user role created", is("string")), each("has_password", is("boolean")), each("tokens", many(object(&token.concat())))];
    object(&members.concat())
}
