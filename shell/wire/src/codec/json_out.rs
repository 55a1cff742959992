//! Values as JSON.

use super::Call;
use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields};
use crate::json::Json;
use crate::message::{Request, Response};
use crate::model::{Kind, Place, Service, Shape, Structure, TimeFormat};
use crate::time;
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn request(call: Call<'_>, structure: &Structure, input: &Value, path: &Path<'_>) -> Result<Request, EncodeError> {
    let mut body = String::new();
    self::structure(call.service, structure, input, path)?.write(&mut body);
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
    self::structure(call.service, structure, output, path)?.write(&mut body);
    let headers = vec![("content-type".to_owned(), content_type(call.service))];
    Ok(Response { status: call.operation.status, headers, body: body.into_bytes() })
}

fn content_type(service: &Service) -> String {
    format!("application/x-amz-json-{}", service.json.as_deref().unwrap_or("1.0"))
}

/// The members that go into the body.
pub(super) fn structure(service: &Service, structure: &Structure, value: &Value, path: &Path<'_>) -> Result<Json, EncodeError> {
    let mut members = BTreeMap::new();
    for (member, value) in fields(structure, value, path)?.into_iter().filter(|(member, _)| member.place == Place::Body) {
        members.insert(member.wire_name().to_owned(), self::value(service, &member.kind, value, &path.member(&member.name))?);
    }
    Ok(Json::Object(members))
}

pub(super) fn value(service: &Service, kind: &Kind, value: &Value, path: &Path<'_>) -> Result<Json, EncodeError> {
    let shape = match (kind, value) {
        (_, Value::Null) => return Ok(Json::Null),
        (Kind::Shape(shape), _) => shape,
        (Kind::Bool, Value::Bool(answer)) => return Ok(Json::Bool(*answer)),
        (Kind::Integer | Kind::Decimal, _) => return Ok(Json::Number(scalar::to_text(kind, value, TimeFormat::Unix, path)?)),
        (Kind::Time(None | Some(TimeFormat::Unix)), Value::Time(moment)) => {
            return Ok(Json::Number(time::to_text(*moment, TimeFormat::Unix)));
        }
        _ => return Ok(Json::Text(scalar::to_text(kind, value, TimeFormat::Unix, path)?)),
    };
    match service.shape(shape) {
        Shape::Structure(shape) => structure(service, shape, value, path),
        Shape::List(list) => {
            let items = scalar::list(value, path)?.iter().enumerate();
            let items = items.map(|(index, item)| self::value(service, &list.item, item, &path.item(index)));
            Ok(Json::List(items.collect::<Result<_, _>>()?))
        }
        Shape::Map(map) => {
            let entries = scalar::map(value, path)?.iter();
            let entries = entries.map(|(key, held)| Ok((key.clone(), self::value(service, &map.value, held, &path.member(key))?)));
            Ok(Json::Object(entries.collect::<Result<_, _>>()?))
        }
    }
}
