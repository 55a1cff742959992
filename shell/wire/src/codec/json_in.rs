//! Values from JSON.

use super::error::DecodeError;
use super::path::Path;
use super::scalar;
use crate::json::{self, Json};
use crate::model::{Kind, Place, Service, Shape, Structure};
use crate::time;
use crate::value::Value;
use std::collections::BTreeMap;

/// The members in a body, of which an empty one has none.
pub(super) fn body(service: &Service, structure: &Structure, body: &[u8], path: &Path<'_>) -> Result<Value, DecodeError> {
    match parse(body, path)? {
        Some(json) => self::structure(service, structure, &json, path),
        None => Ok(Value::Map(BTreeMap::new())),
    }
}

pub(super) fn parse(body: &[u8], path: &Path<'_>) -> Result<Option<Json>, DecodeError> {
    if body.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(body).map_err(|error| DecodeError::garbled(path, "JSON", error))?;
    json::parse(text).map(Some).map_err(|error| DecodeError::garbled(path, "JSON", error))
}

fn structure(service: &Service, structure: &Structure, json: &Json, path: &Path<'_>) -> Result<Value, DecodeError> {
    let Json::Object(given) = json else { return Err(DecodeError::wrong(path, "a structure")) };
    let mut members = BTreeMap::new();
    for member in structure.members.iter().filter(|member| member.place == Place::Body) {
        let Some(held) = given.get(member.wire_name()).filter(|held| !matches!(held, Json::Null)) else { continue };
        members.insert(member.name.clone().into(), value(service, &member.kind, held, &path.member(&member.name))?);
    }
    Ok(Value::Map(members))
}

pub(super) fn value(service: &Service, kind: &Kind, json: &Json, path: &Path<'_>) -> Result<Value, DecodeError> {
    let wrong = || DecodeError::wrong(path, scalar::name(kind));
    let shape = match (kind, json) {
        (_, Json::Null) => return Ok(Value::Null),
        (Kind::Shape(shape), _) => shape,
        (Kind::Bool, Json::Bool(answer)) => return Ok(Value::Bool(*answer)),
        (Kind::Integer | Kind::Decimal, Json::Number(number)) => return scalar::from_text(kind, number, path),
        (Kind::Time(_), Json::Number(text) | Json::Text(text)) => return time::from_text(text).map(Value::Time).ok_or_else(wrong),
        (Kind::Text | Kind::Secret | Kind::Blob, Json::Text(text)) => return scalar::from_text(kind, text, path),
        _ => return Err(wrong()),
    };
    match (service.shape(shape), json) {
        (Shape::Structure(shape), _) => structure(service, shape, json, path),
        (Shape::List(list), Json::List(items)) => {
            let items = items.iter().enumerate().map(|(index, item)| value(service, &list.item, item, &path.item(index)));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Shape::List(_), _) => Err(DecodeError::wrong(path, "a list")),
        (Shape::Map(map), Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, held)| Ok((key.clone().into(), value(service, &map.value, held, &path.member(key))?)));
            Ok(Value::Map(entries.collect::<Result<_, _>>()?))
        }
        (Shape::Map(_), _) => Err(DecodeError::wrong(path, "a map")),
    }
}
