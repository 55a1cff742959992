//! Messages of rest-json and rest-xml, read: members gathered from path, parameters, headers and body.

use super::error::DecodeError;
use super::path::Path;
use super::{Call, json_in, scalar, xml_in};
use crate::form;
use crate::message::{Request, Response};
use crate::model::{Kind, Member, Operation, Place, Protocol, Shape, Structure};
use crate::value::Value;
use std::collections::BTreeMap;

type Headers = [(String, String)];

pub(super) fn response(call: Call<'_>, structure: &Structure, response: &Response, path: &Path<'_>) -> Result<Value, DecodeError> {
    let mut value = body(call, structure, &response.body, path)?;
    for member in &structure.members {
        let path = path.member(&member.name);
        let found = match member.place {
            Place::Status => Some(Value::Integer(i64::from(response.status))),
            Place::Header | Place::Headers => of_headers(call, member, &response.headers, &path)?,
            _ => None,
        };
        insert(&mut value, member, found);
    }
    Ok(value)
}

pub(super) fn request(call: Call<'_>, structure: &Structure, request: &Request, path: &Path<'_>) -> Result<Value, DecodeError> {
    let mut value = body(call, structure, &request.body, path)?;
    let blanks = blanks(call.operation, &request.path).unwrap_or_default();
    for member in &structure.members {
        let path = path.member(&member.name);
        let found = match member.place {
            Place::Path => {
                let text = blanks.iter().find(|(name, _)| name == member.wire_name());
                text.map(|(_, text)| scalar::from_text(&member.kind, text, &path)).transpose()?
            }
            Place::Query => of_parameters(call, member, &request.query, &path)?,
            Place::Header | Place::Headers => of_headers(call, member, &request.headers, &path)?,
            Place::Body | Place::Status => None,
        };
        insert(&mut value, member, found);
    }
    Ok(value)
}

/// Whether method, path and fixed parameters are an operation's.
pub(super) fn fits(operation: &Operation, request: &Request) -> bool {
    let fixed = operation.uri.split_once('?').map_or("", |(_, fixed)| fixed);
    let mut fixed = fixed.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    operation.method == request.method
        && fixed.all(|(name, value)| request.query.iter().any(|(n, v)| n == name && v == value))
        && blanks(operation, &request.path).is_some()
}

fn insert(value: &mut Value, member: &Member, found: Option<Value>) {
    if let (Value::Map(members), Some(found)) = (value, found) {
        members.insert(member.name.clone().into(), found);
    }
}

fn body(call: Call<'_>, structure: &Structure, body: &[u8], path: &Path<'_>) -> Result<Value, DecodeError> {
    let is_json = call.service.protocol == Protocol::RestJson;
    let Some(payload) = &structure.payload else {
        let has_body = structure.members.iter().any(|member| member.place == Place::Body);
        return match (has_body, is_json) {
            (false, _) => Ok(Value::Map(BTreeMap::new())),
            (true, true) => json_in::body(call.service, structure, body, path),
            (true, false) => of_document(call, structure, body, path),
        };
    };
    let member = structure.member(payload).expect("`Model::parse` checks that a payload is a member");
    let path = path.member(payload);
    let found = match &member.kind {
        Kind::Blob => Some(Value::Blob(body.to_vec())),
        Kind::Text => match std::str::from_utf8(body) {
            Ok(text) => Some(Value::Text(text.to_owned())),
            Err(error) => return Err(DecodeError::garbled(&path, "UTF-8", error)),
        },
        kind if is_json => json_in::parse(body, &path)?.map(|json| json_in::value(call.service, kind, &json, &path)).transpose()?,
        kind => xml_in::parse(body, &path)?.map(|root| xml_in::value(call.service, kind, &root, &path)).transpose()?,
    };
    let mut value = Value::Map(BTreeMap::new());
    insert(&mut value, member, found);
    Ok(value)
}

/// The members in an XML document. Where a text is the only one, the root may be that member itself: S3 says so where a bucket is.
/// A document that has neither says something else, and is not taken for one that leaves the member out.
fn of_document(call: Call<'_>, structure: &Structure, body: &[u8], path: &Path<'_>) -> Result<Value, DecodeError> {
    let root = xml_in::parse(body, path)?.ok_or_else(|| DecodeError::garbled(path, "XML", "it is empty"))?;
    let Some(only) = only_text(structure) else { return xml_in::members(call.service, structure, &root, path) };
    let name = only.wire_name();
    let is_answer = call.operation.output.as_ref().is_some_and(|output| *output == root.name);
    if is_answer || root.child(name).is_some() {
        return xml_in::members(call.service, structure, &root, path);
    }
    if root.name != name || !root.children.is_empty() {
        return Err(DecodeError::garbled(path, "this operation's answer", format!("there is no `{name}`")));
    }
    let text = (!root.text.trim().is_empty()).then_some(&root);
    let found = text.map(|root| xml_in::value(call.service, &only.kind, root, &path.member(&only.name)));
    let mut value = Value::Map(BTreeMap::new());
    insert(&mut value, only, found.transpose()?);
    Ok(value)
}

/// The only member in the body, where it is no structure, list or map.
fn only_text(structure: &Structure) -> Option<&Member> {
    let mut in_body = structure.members.iter().filter(|member| member.place == Place::Body);
    let only = in_body.next().filter(|_| in_body.next().is_none())?;
    (!matches!(only.kind, Kind::Shape(_))).then_some(only)
}

fn of_headers(call: Call<'_>, member: &Member, headers: &Headers, path: &Path<'_>) -> Result<Option<Value>, DecodeError> {
    let name = member.wire_name();
    if member.place == Place::Headers {
        let prefix = name.to_ascii_lowercase();
        let named = headers.iter().filter_map(|(known, value)| Some((known.to_ascii_lowercase().strip_prefix(&prefix)?.to_owned(), value)));
        let entries = named.map(|(key, value)| (key.into(), Value::Text(value.clone()))).collect::<BTreeMap<_, _>>();
        return Ok((!entries.is_empty()).then_some(Value::Map(entries)));
    }
    let Some((_, text)) = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else { return Ok(None) };
    match &member.kind {
        Kind::Shape(shape) => match call.service.shape(shape) {
            Shape::List(list) => {
                let items = items_of(text).into_iter().enumerate();
                let items = items.map(|(index, item)| scalar::from_text(&list.item, &item, &path.item(index)));
                Ok(Some(Value::List(items.collect::<Result<_, _>>()?)))
            }
            _ => Err(DecodeError::wrong(path, "a text")),
        },
        kind => scalar::from_text(kind, text, path).map(Some),
    }
}

/// The items of a header's list, without the marks around those that have a comma in them.
fn items_of(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in text.chars() {
        let item = items.last_mut().expect("there is one from the beginning");
        match character {
            _ if is_escaped => {
                item.push(character);
                is_escaped = false;
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => items.push(String::new()),
            other => item.push(other),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

fn of_parameters(call: Call<'_>, member: &Member, query: &[(String, String)], path: &Path<'_>) -> Result<Option<Value>, DecodeError> {
    let name = member.wire_name();
    let mut texts = query.iter().filter(|(known, _)| known == name).map(|(_, text)| text);
    if let Kind::Shape(shape) = &member.kind {
        let Shape::List(list) = call.service.shape(shape) else { return Err(DecodeError::wrong(path, "a text")) };
        let items = texts.enumerate().map(|(index, item)| scalar::from_text(&list.item, item, &path.item(index)));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        return Ok((!items.is_empty()).then_some(Value::List(items)));
    }
    texts.next().map(|text| scalar::from_text(&member.kind, text, path)).transpose()
}

/// What stands in a path where the operation's has blanks; none when the path is another.
fn blanks(operation: &Operation, path: &str) -> Option<Vec<(String, String)>> {
    let template = operation.uri.split('?').next().unwrap_or_default();
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    let mut found = Vec::new();
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(part), Some(text)) => match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None if part == text => {}
                None => return None,
                Some(blank) => {
                    let (name, text) = match blank.strip_suffix('+') {
                        None => (blank, text.to_owned()),
                        Some(name) => (name, std::iter::once(text).chain(given.by_ref()).collect::<Vec<_>>().join("/")),
                    };
                    if text.is_empty() {
                        return None;
                    }
                    found.push((name.to_owned(), form::unescape(&text, false)?));
                }
            },
            _ => return None,
        }
    }
}
