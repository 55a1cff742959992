//! The API's own description, OpenAPI 3.1, made from the table of routes.

use crate::api::schema::{self, Posted};
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, document};
use crate::route::{Kind, Method, Param, Route, Rule, Shape};
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
            "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" }, "hint": { "type": "string", "description": "what to do about it" },
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
    let needs = match (route.rule, route.kind) {
        (Rule::Needs(role), Kind::Api(scope)) => format!("For {role} or more; a token needs the scope `{scope}`."),
        _ => String::new(),
    };
    let inside = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let inside = inside.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": schema::part(route.path) }));
    let params: Vec<_> = inside.chain(route.params.iter().map(param)).collect();
    let id = route.path.trim_start_matches("/api/v1/").replace(['/', '{', '}'], "_");
    let id = id.trim_end_matches('_');
    match schema::posted(route.path).filter(|_| route.method == Method::Post) {
        None => json!({
            "operationId": id, "summary": route.summary, "description": needs, "parameters": params,
            "responses": responses("200", answer(schema::of(route.path).as_ref(), None), &LOOKING),
        }),
        Some(posted) => posts(route, &format!("post_{id}"), &needs, params, &posted),
    }
}

/// What has something done. What has begun says where to look what becomes of it.
fn posts(route: &Route, id: &str, needs: &str, mut params: Vec<Value>, posted: &Posted) -> Value {
    let location =
        json!({ "Location": { "description": "where it is told what becomes of it", "required": true, "schema": { "type": "string" } } });
    let (status, headers) = if posted.is_begun { ("202", Some(location)) } else { ("200", None) };
    let mut troubles = DOING.to_vec();
    if schema::takes_key(route.path) {
        let kept = if posted.is_begun {
            "what was made is answered the same for a day; a refusal and what is still computed are not, since a server that ends forgets it"
        } else {
            "the same key and the same body are done once and answered the same for a day"
        };
        params.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": ANSWER_KEY_CHARACTERS_MAX, "pattern": "^[!-~]([ -~]*[!-~])?$" },
            "description": kept,
        }));
        troubles.push(("422", "the key was used for something else"));
    }
    json!({
        "operationId": id, "summary": route.summary, "description": needs, "parameters": params,
        "requestBody": { "required": true, "content": { "application/json": { "schema": posted.body } } },
        "responses": responses(status, answer(Some(&posted.answer), headers), &troubles),
    })
}

/// What an answer looks like, and what stands in its head.
fn answer(schema: Option<&Value>, headers: Option<Value>) -> Value {
    let mut answer = json!({ "description": "the answer", "content": { "application/json": { "schema": schema } } });
    if let Some(headers) = headers {
        answer["headers"] = headers;
    }
    answer
}

/// What may go wrong when somebody looks.
const LOOKING: [(&str, &str); 9] = [
    ("400", "the question makes no sense"),
    ("401", "no session and no valid token"),
    ("403", "the role or the token is not enough"),
    ("404", "there is no such thing, or no bill yet"),
    ("409", "it cannot be told, or the list is another one since its first part"),
    ("429", "the address asks more than it may"),
    ("500", "bills or state cannot be read"),
    ("503", "somebody else is at it"),
    ("504", "it took too long"),
];

/// What may go wrong when something is to be done.
const DOING: [(&str, &str); 11] = [
    ("400", "what was sent makes no sense"),
    ("401", "no session and no valid token"),
    ("403", "the role or the token is not enough, or it was no token"),
    ("404", "there is no such thing"),
    ("409", "it may not be done, or the same is being done"),
    ("413", "more was sent than is read"),
    ("415", "what was sent is no JSON"),
    ("429", "the address asks more than it may, or the user has taken all keys of a day"),
    ("500", "it failed, or the state cannot be used"),
    ("503", "somebody else is writing, or another order is being made"),
    ("504", "it took too long; what has begun goes on"),
];

fn responses(status: &str, answer: Value, troubles: &[(&str, &str)]) -> Value {
    let mut all = Map::from_iter([(status.to_owned(), answer)]);
    for (status, what) in troubles {
        let mut trouble = json!({ "description": what, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
        if ["429", "503"].contains(status) {
            trouble["headers"] = json!({ "Retry-After": { "description": "ask again after so many seconds", "schema": { "type": "integer", "minimum": 1 } } });
        }
        all.insert((*status).to_owned(), trouble);
    }
    Value::Object(all)
}

fn param(param: &Param) -> Value {
    let schema = match param.shape {
        _ if !param.words.is_empty() => json!({ "type": "string", "enum": param.words }),
        Shape::Text => json!({ "type": "string" }),
        Shape::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Form(pattern) => json!({ "type": "string", "pattern": pattern }),
    };
    json!({ "name": param.name, "in": "query", "required": param.is_required, "description": param.what, "schema": schema })
}
