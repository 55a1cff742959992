//! Values without parts, as text: in forms, XML, headers and paths. And what every structure and list is checked for on its way out.

use super::error::{DecodeError, EncodeError};
use super::path::Path;
use crate::decimal::Decimal;
use crate::model::{Kind, Member, Structure, TimeFormat};
use crate::secret::Secret;
use crate::time;
use crate::value::{Name, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) fn to_text<'v>(kind: &Kind, value: &'v Value, time: TimeFormat, path: &Path<'_>) -> Result<Cow<'v, str>, EncodeError> {
    Ok(match (kind, value) {
        (Kind::Text | Kind::Secret, Value::Text(text)) => text.into(),
        (Kind::Text | Kind::Secret, Value::Secret(secret)) => secret.expose().into(),
        (Kind::Bool, Value::Bool(answer)) => if *answer { "true" } else { "false" }.into(),
        (Kind::Integer | Kind::Decimal, Value::Integer(number)) => number.to_string().into(),
        (Kind::Decimal, Value::Decimal(number)) => number.as_str().into(),
        (Kind::Blob, Value::Blob(bytes)) => STANDARD.encode(bytes).into(),
        (Kind::Time(own), Value::Time(moment)) => time::to_text(*moment, own.unwrap_or(time)).into(),
        _ => return Err(wrong(kind, value, path)),
    })
}

pub(super) fn from_text(kind: &Kind, text: &str, path: &Path<'_>) -> Result<Value, DecodeError> {
    let value = match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Secret => Some(Value::Secret(Secret::new(text))),
        Kind::Bool => match text.trim() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Decimal => Decimal::parse(text.trim()).ok().map(Value::Decimal),
        Kind::Blob => STANDARD.decode(text.trim()).ok().map(Value::Blob),
        Kind::Time(_) => time::from_text(text).map(Value::Time),
        Kind::Shape(_) => None,
    };
    value.ok_or_else(|| DecodeError::wrong(path, name(kind)))
}

pub(super) fn wrong(kind: &Kind, value: &Value, path: &Path<'_>) -> EncodeError {
    EncodeError::Wrong { path: path.to_string(), expected: name(kind), found: value.kind() }
}

pub(super) fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Secret => "a text",
        Kind::Bool => "a boolean",
        Kind::Integer => "a whole number",
        Kind::Decimal => "a number",
        Kind::Blob => "bytes",
        Kind::Time(_) => "a moment",
        Kind::Shape(_) => "a structure, list or map",
    }
}

/// The members that a value has, in the model's order.
///
/// Fails when the value is no structure, has a member that the model has not, or lacks a required one.
pub(super) fn fields<'v>(
    structure: &'v Structure,
    value: &'v Value,
    path: &Path<'_>,
) -> Result<impl Iterator<Item = (&'v Member, &'v Value)> + use<'v>, EncodeError> {
    let given = given(structure, value, path)?;
    Ok(structure.members.iter().zip(given).filter_map(|(member, value)| Some((member, value?))))
}

/// The same in the order of names on the wire.
pub(super) fn fields_by_wire_name<'v>(
    structure: &'v Structure,
    value: &'v Value,
    path: &Path<'_>,
) -> Result<impl Iterator<Item = (&'v Member, &'v Value)>, EncodeError> {
    let given = given(structure, value, path)?;
    Ok(structure.by_wire_name().iter().filter_map(move |index| Some((&structure.members[*index], given[*index]?))))
}

/// What a value has of each member of its structure, in the model's order.
fn given<'v>(structure: &'v Structure, value: &'v Value, path: &Path<'_>) -> Result<Vec<Option<&'v Value>>, EncodeError> {
    let held = map(value, path)?;
    let mut given = vec![None; structure.members.len()];
    // Both are in the order of names, so that one pass finds them all.
    let mut known = structure.by_name().iter().peekable();
    for (name, value) in held {
        while known.next_if(|index| *structure.members[**index].name < **name).is_some() {}
        let Some(index) = known.next_if(|index| *structure.members[**index].name == **name) else {
            return Err(EncodeError::Unknown { path: path.member(name).to_string() });
        };
        given[*index] = Some(value).filter(|value| !matches!(value, Value::Null));
    }
    for name in &structure.required {
        if matches!(held.get(name.as_str()), None | Some(Value::Null)) {
            return Err(EncodeError::Missing { path: path.member(name).to_string() });
        }
    }
    Ok(given)
}

pub(super) fn list<'v>(value: &'v Value, path: &Path<'_>) -> Result<&'v [Value], EncodeError> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(EncodeError::Wrong { path: path.to_string(), expected: "a list", found: other.kind() }),
    }
}

pub(super) fn map<'v>(value: &'v Value, path: &Path<'_>) -> Result<&'v BTreeMap<Name, Value>, EncodeError> {
    match value {
        Value::Map(members) => Ok(members),
        other => Err(EncodeError::Wrong { path: path.to_string(), expected: "a structure", found: other.kind() }),
    }
}
