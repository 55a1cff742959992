//! The API's own description, OpenAPI 3.1, made from the table of routes.

use crate::api::schema;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, document};
use crate::route::{Kind, Method, Param, Route, Rule};
use crate::routes::ROUTES;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tenor_state::ANSWER_KEY_CHARACTERS_MAX;

pub(crate) async fn show(_: Arc<App>, _: Ask) -> Result<Response, Trouble> {
    Ok(document(&described()))
}

/// The document.
pub(crate) fn described() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES.iter().filter(|route| matches!(route.kind, Kind::Api(_))) {
        let method = if route.method == Method::Get { "get" } else { "post" };
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[method] = operation(route);
    }
    let problem = json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "hint"],
        "properties": {
            "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" }, "detail": { "type": "string" },
            "hint": { "type": "string", "description": "what to do about it" },
        },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Tenor", "version": "1", "description": "What the pages show, for programs. Amounts are exact decimals, as text." },
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "made with `tenor user token`" } },
        },
        "security": [{ "token": [] }],
    })
}

fn operation(route: &Route) -> Value {
    let problem = |what: &str| json!({ "description": what, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
    let needs = match (route.rule, route.kind) {
        (Rule::Needs(role), Kind::Api(scope)) => format!("For {role} or more; a token needs the scope `{scope}`."),
        _ => String::new(),
    };
    let inside = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let inside = inside.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let params: Vec<_> = inside.chain(route.params.iter().map(param)).collect();
    let id = route.path.trim_start_matches("/api/v1/").replace(['/', '{', '}'], "_");
    let id = id.trim_end_matches('_');
    let posted = schema::posted(route.path).filter(|_| route.method == Method::Post);
    let (body, answer, id) = match posted {
        None => (None, schema::of(route.path), id.to_owned()),
        Some((body, answer)) => (Some(body), Some(answer), format!("post_{id}")),
    };
    let mut operation = json!({
        "operationId": id, "summary": route.summary, "description": needs, "parameters": params,
        "responses": {
            "200": { "description": "the answer", "content": { "application/json": { "schema": answer } } },
            "400": problem("the question makes no sense"), "401": problem("no session and no valid token"),
            "403": problem("the role or the token is not enough"), "404": problem("there is no such thing, or no bill yet"),
            "429": problem("the address asks more than it may"),
            "500": problem("bills or state cannot be read"), "503": problem("somebody else is writing"), "504": problem("it took too long"),
        },
    });
    if let Some(body) = body {
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": body } } });
        operation["responses"]["409"] = problem("it may not be done, or the same is being done");
        if schema::takes_key(route.path) {
            let key = json!({
                "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string", "maxLength": ANSWER_KEY_CHARACTERS_MAX },
                "description": "the same key and the same body are done once and answered the same for a day",
            });
            operation["parameters"].as_array_mut().expect("it is a list").push(key);
            operation["responses"]["422"] = problem("the key was used for something else");
        }
    }
    operation
}

fn param(param: &Param) -> Value {
    let schema = if param.words.is_empty() { json!({ "type": "string" }) } else { json!({ "type": "string", "enum": param.words }) };
    json!({ "name": param.name, "in": "query", "required": false, "description": param.what, "schema": schema })
}
