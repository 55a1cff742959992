//! Values from XML.

use super::error::DecodeError;
use super::path::Path;
use super::{Call, scalar};
use crate::message::Response;
use crate::model::{Kind, MapShape, Member, Place, Protocol, Service, Shape, Structure};
use crate::value::Value;
use crate::xml::{self, Element};
use std::collections::BTreeMap;

/// An answer of query or ec2, and the request's name where the body says it.
pub(super) fn response(
    call: Call<'_>,
    structure: &Structure,
    response: &Response,
    path: &Path<'_>,
) -> Result<(Value, Option<String>), DecodeError> {
    let root = parse(&response.body, path)?;
    let root = match root {
        Some(root) => root,
        // An operation that answers nothing may do so without a word.
        None if structure.members.is_empty() => return Ok((Value::Map(BTreeMap::new()), None)),
        None => return Err(DecodeError::garbled(path, "XML", "it is empty")),
    };
    let expected = format!("{}Response", call.operation.name);
    if root.name != expected {
        return Err(DecodeError::garbled(path, "this operation's answer", format!("the root is not `{expected}`")));
    }
    let named = |element: Option<&Element>| element.map(|element| element.text.trim().to_owned());
    if call.service.protocol == Protocol::Ec2 {
        return Ok((members(call.service, structure, &root, path)?, named(root.child("requestId"))));
    }
    let request_id = named(root.child("ResponseMetadata").and_then(|metadata| metadata.child("RequestId")));
    let value = match &call.operation.wrapper {
        Some(wrapper) => {
            let inner = root.child(wrapper).ok_or_else(|| DecodeError::wrong(&path.member(wrapper), "there"))?;
            members(call.service, structure, inner, path)?
        }
        None => members(call.service, structure, &root, path)?,
    };
    Ok((value, request_id))
}

pub(super) fn parse(body: &[u8], path: &Path<'_>) -> Result<Option<Element>, DecodeError> {
    if body.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(body).map_err(|error| DecodeError::garbled(path, "XML", error))?;
    xml::parse(text).map(Some).map_err(|error| DecodeError::garbled(path, "XML", error))
}

/// The members that stand in an element.
pub(super) fn members(service: &Service, structure: &Structure, element: &Element, path: &Path<'_>) -> Result<Value, DecodeError> {
    let mut found = BTreeMap::new();
    for member in structure.members.iter().filter(|member| member.place == Place::Body) {
        if let Some(value) = of_member(service, member, element, &path.member(&member.name))? {
            found.insert(member.name.clone().into(), value);
        }
    }
    Ok(Value::Map(found))
}

fn of_member(service: &Service, member: &Member, element: &Element, path: &Path<'_>) -> Result<Option<Value>, DecodeError> {
    let name = member.wire_name();
    let named = |name: &str| element.children.iter().filter(|child| child.name == name).collect::<Vec<_>>();
    if let Kind::Shape(shape) = &member.kind {
        match service.shape(shape) {
            Shape::List(list) if member.flat || list.flat => {
                let items = named(list.wire.as_deref().unwrap_or(name));
                let items = items.into_iter().enumerate().map(|(index, item)| value(service, &list.item, item, &path.item(index)));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                return Ok((!items.is_empty()).then_some(Value::List(items)));
            }
            Shape::Map(map) if member.flat || map.flat => {
                let found = named(name);
                return if found.is_empty() { Ok(None) } else { entries(service, map, &found, path).map(Some) };
            }
            _ => {}
        }
    }
    element.child(name).map(|child| value(service, &member.kind, child, path)).transpose()
}

pub(super) fn value(service: &Service, kind: &Kind, element: &Element, path: &Path<'_>) -> Result<Value, DecodeError> {
    let Kind::Shape(shape) = kind else {
        if !element.children.is_empty() {
            return Err(DecodeError::wrong(path, scalar::name(kind)));
        }
        return scalar::from_text(kind, &element.text, path);
    };
    match service.shape(shape) {
        Shape::Structure(structure) => members(service, structure, element, path),
        Shape::List(list) => {
            // As in botocore every child is an item, whatever it is called: one that is left out would read as nothing there.
            let items = element.children.iter().enumerate();
            let items = items.map(|(index, item)| value(service, &list.item, item, &path.item(index)));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        Shape::Map(map) => {
            let found = element.children.iter().filter(|child| child.name == "entry").collect::<Vec<_>>();
            entries(service, map, &found, path)
        }
    }
}

fn entries(service: &Service, map: &MapShape, found: &[&Element], path: &Path<'_>) -> Result<Value, DecodeError> {
    let mut entries = BTreeMap::new();
    for entry in found {
        let (Some(key), Some(held)) = (entry.child(&map.key_wire), entry.child(&map.value_wire)) else {
            return Err(DecodeError::wrong(path, "a map"));
        };
        let value = value(service, &map.value, held, &path.member(&key.text))?;
        entries.insert(key.text.clone().into(), value);
    }
    Ok(Value::Map(entries))
}
