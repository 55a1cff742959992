//! Values as JSON.

use super::Call;
use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields_by_wire_name};
use crate::json::write_text;
use crate::message::{Request, Response};
use crate::model::{Kind, Place, Service, Shape, Structure, TimeFormat};
use crate::time;
use crate::value::Value;

pub(super) fn request(call: Call<'_>, structure: &Structure, input: &Value, path: &Path<'_>) -> Result<Request, EncodeError> {
    let mut body = String::new();
    self::structure(call.service, structure, input, path, &mut body)?;
    let target = format!("{}.{}", call.service.target.as_deref().unwrap_or_default(), call.operation.name);
    Ok(Request {
        method: call.operation.method.clone(),
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![("content-type".to_owned(), content_type(call.service)), ("x-amz-target".to_owned(), target)],
        body: body.into_bytes(),
    })
}

pub(super) fn response(call: Call<'_>, structure: &Structure, output: &Value, path: &Path<'_>) -> Result<Response, EncodeError> {
    let mut body = String::new();
    self::structure(call.service, structure, output, path, &mut body)?;
    let headers = vec![("content-type".to_owned(), content_type(call.service))];
    Ok(Response { status: call.operation.status, headers, body: body.into_bytes() })
}

fn content_type(service: &Service) -> String {
    format!("application/x-amz-json-{}", service.json.as_deref().unwrap_or("1.0"))
}

/// Writes the members that go into the body, by their names on the wire.
pub(super) fn structure(
    service: &Service,
    structure: &Structure,
    value: &Value,
    path: &Path<'_>,
    into: &mut String,
) -> Result<(), EncodeError> {
    let members = fields_by_wire_name(structure, value, path)?.filter(|(member, _)| member.place == Place::Body);
    into.push('{');
    for (index, (member, value)) in members.enumerate() {
        into.push_str(if index == 0 { "" } else { "," });
        write_text(member.wire_name(), into);
        into.push(':');
        self::value(service, &member.kind, value, &path.member(&member.name), into)?;
    }
    into.push('}');
    Ok(())
}

/// Writes a value.
pub(super) fn value(service: &Service, kind: &Kind, value: &Value, path: &Path<'_>, into: &mut String) -> Result<(), EncodeError> {
    match (kind, value) {
        (_, Value::Null) => into.push_str("null"),
        (Kind::Shape(shape), _) => return of_shape(service, service.shape(shape), value, path, into),
        (Kind::Text, Value::Text(text)) => write_text(text, into),
        (Kind::Bool, Value::Bool(answer)) => into.push_str(if *answer { "true" } else { "false" }),
        (Kind::Integer | Kind::Decimal, _) => into.push_str(&scalar::to_text(kind, value, TimeFormat::Unix, path)?),
        (Kind::Time(None | Some(TimeFormat::Unix)), Value::Time(moment)) => into.push_str(&time::to_text(*moment, TimeFormat::Unix)),
        _ => write_text(&scalar::to_text(kind, value, TimeFormat::Unix, path)?, into),
    }
    Ok(())
}

fn of_shape(service: &Service, shape: &Shape, value: &Value, path: &Path<'_>, into: &mut String) -> Result<(), EncodeError> {
    match shape {
        Shape::Structure(shape) => structure(service, shape, value, path, into)?,
        Shape::List(list) => {
            into.push('[');
            for (index, item) in scalar::list(value, path)?.iter().enumerate() {
                into.push_str(if index == 0 { "" } else { "," });
                self::value(service, &list.item, item, &path.item(index), into)?;
            }
            into.push(']');
        }
        Shape::Map(map) => {
            into.push('{');
            for (index, (key, held)) in scalar::map(value, path)?.iter().enumerate() {
                into.push_str(if index == 0 { "" } else { "," });
                write_text(key, into);
                into.push(':');
                self::value(service, &map.value, held, &path.member(key), into)?;
            }
            into.push('}');
        }
    }
    Ok(())
}
