//! The API as a page, made from its own document on this server: each address, who may, what it takes and what it answers. Nothing of a
//! customer stands on it, and nothing that the document does not say.

use super::Frame;
use crate::app::App;
use crate::ask::Ask;
use crate::openapi;
use crate::reply::{Trouble, page};
use askama::Template;
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    frame: &'a Frame,
    version: String,
    says: String,
    operations: Vec<Operation>,
    problem: Members,
}

/// What is in a document.
#[derive(Template)]
#[template(path = "members.html")]
struct Members {
    of: String,
    fields: Vec<Field>,
}

/// Something that can be asked for.
struct Operation {
    anchor: String,
    method: String,
    path: String,
    summary: String,
    needs: String,
    params: Vec<Param>,
    takes: Members,
    answers: Members,
    troubles: Vec<(String, String)>,
    example: String,
}

struct Param {
    name: String,
    place: String,
    what: String,
    words: String,
}

/// A member of an answer; those of what is in it have its name before theirs.
struct Field {
    name: String,
    kind: String,
    what: String,
}

pub(crate) async fn show(_: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let document = openapi::described();
    Ok(page(&of(&ask.frame(), &document)))
}

fn of<'a>(frame: &'a Frame, document: &Value) -> DocsPage<'a> {
    let operations = members(&document["paths"]).flat_map(|(path, methods)| {
        let of_path = members(methods).map(move |(method, described)| operation(path, method, described));
        of_path.collect::<Vec<_>>()
    });
    DocsPage {
        frame,
        version: text(&document["info"]["version"]),
        says: text(&document["info"]["description"]),
        operations: operations.collect(),
        problem: Members { of: "a problem".to_owned(), fields: fields(&document["components"]["schemas"]["Problem"]) },
    }
}

fn operation(path: &str, method: &str, described: &Value) -> Operation {
    let params: Vec<_> = described["parameters"].as_array().into_iter().flatten().map(param).collect();
    let inside = |what: &str, document: &Value| {
        let kind = document["content"].as_object().and_then(|kinds| kinds.values().next());
        Members { of: format!("{what} of {path}"), fields: fields(kind.map_or(&Value::Null, |kind| &kind["schema"])) }
    };
    let answer = members(&described["responses"]).find(|(status, _)| status.starts_with('2')).map_or(&Value::Null, |(_, answer)| answer);
    let troubles = members(&described["responses"]).filter(|(status, _)| !status.starts_with('2'));
    Operation {
        anchor: format!("{method}-{}", text(&described["operationId"])),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&described["summary"]),
        needs: text(&described["description"]),
        example: example(path, method, &params),
        params,
        takes: inside("what is sent", &described["requestBody"]),
        answers: inside("the answer", answer),
        troubles: troubles.map(|(status, trouble)| (status.to_owned(), text(&trouble["description"]))).collect(),
    }
}

fn param(described: &Value) -> Param {
    let words = described["schema"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    Param { name: text(&described["name"]), place: text(&described["in"]), what: text(&described["description"]), words: words.join(", ") }
}

/// A call that can be made as it stands, once its two variables are set and what is to be sent is in a file.
fn example(path: &str, method: &str, params: &[Param]) -> String {
    let known = [("by", "service"), ("limit", "10")];
    let query = known.into_iter().find(|(name, _)| params.iter().any(|param| param.name == *name));
    let query = query.map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
    let sends = "-H \"Content-Type: application/json\" -d @body.json";
    let method = if method == "get" { String::new() } else { format!("-X {} {sends} ", method.to_uppercase()) };
    let path = path.replace('{', "$").replace('}', "");
    format!("curl {method}-H \"Authorization: Bearer $TOKEN\" \"$TENOR{path}{query}\"")
}

/// All members of a schema, those of lists and objects in it too.
fn fields(schema: &Value) -> Vec<Field> {
    let mut all = Vec::new();
    add(&mut all, "", schema);
    all
}

fn add(all: &mut Vec<Field>, before: &str, schema: &Value) {
    for (name, member) in members(&schema["properties"]) {
        let is_list = member["type"] == "array" || member["type"][0] == "array";
        let name = format!("{before}{name}{}", if is_list { "[]" } else { "" });
        let inside = if is_list { &member["items"] } else { member };
        let kind = if is_list { format!("list of {}", kind(inside)) } else { kind(member) };
        let what = text(if member["description"].is_string() { &member["description"] } else { &inside["description"] });
        all.push(Field { name: name.clone(), kind, what });
        add(all, &format!("{name}."), inside);
    }
}

/// `string`, `string or null`.
fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
