//! Forms read by the service's end.

use super::error::DecodeError;
use super::form_out::{list_prefix, wire_name};
use super::path::Path;
use super::{Call, scalar};
use crate::form::{self, Tree};
use crate::message::Request;
use crate::model::{Kind, Protocol, Shape, Structure};
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn request(call: Call<'_>, structure: &Structure, request: &Request, path: &Path<'_>) -> Result<Value, DecodeError> {
    let garbled = |why: &str| DecodeError::garbled(path, "a form", why);
    let text = std::str::from_utf8(&request.body).map_err(|error| garbled(&error.to_string()))?;
    let mut pairs = form::decode(text).ok_or_else(|| garbled("it is not percent-encoded"))?;
    pairs.extend(request.query.iter().cloned());
    let tree = Tree::new(pairs).ok_or_else(|| garbled("nested too deeply"))?;
    read_structure(call, structure, &tree, path)
}

fn read_structure(call: Call<'_>, structure: &Structure, tree: &Tree, path: &Path<'_>) -> Result<Value, DecodeError> {
    let mut members = BTreeMap::new();
    for member in &structure.members {
        let name = wire_name(member, call.service.protocol == Protocol::Ec2);
        let found = tree.children.get(&name);
        // The items of a flat list may stand under their own name.
        let sibling = flat_name(call, &member.kind, member.flat, &name).and_then(|name| tree.at(&name));
        let Some(part) = sibling.or(found) else { continue };
        let value = value(call, &member.kind, member.flat, part, &path.member(&member.name))?;
        members.insert(member.name.clone().into(), value);
    }
    Ok(Value::Map(members))
}

fn flat_name(call: Call<'_>, kind: &Kind, flat: bool, name: &str) -> Option<String> {
    let Kind::Shape(shape) = kind else { return None };
    match call.service.shape(shape) {
        Shape::List(list) if call.service.protocol == Protocol::Query && (flat || list.flat) => {
            Some(list_prefix(name, list.wire.as_deref(), true))
        }
        _ => None,
    }
}

fn value(call: Call<'_>, kind: &Kind, flat: bool, tree: &Tree, path: &Path<'_>) -> Result<Value, DecodeError> {
    let Kind::Shape(shape) = kind else {
        let text = tree.value.as_deref().ok_or_else(|| DecodeError::wrong(path, scalar::name(kind)))?;
        return scalar::from_text(kind, text, path);
    };
    match call.service.shape(shape) {
        Shape::Structure(structure) => read_structure(call, structure, tree, path),
        Shape::List(list) => {
            let is_bare = call.service.protocol == Protocol::Ec2 || flat || list.flat;
            let around = if is_bare { Some(tree) } else { tree.children.get(list.wire.as_deref().unwrap_or("member")) };
            let items = around.map(Tree::numbered).unwrap_or_default();
            let items = items.into_iter().enumerate().map(|(index, item)| value(call, &list.item, false, item, &path.item(index)));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        Shape::Map(map) => {
            let around = if flat || map.flat { Some(tree) } else { tree.children.get("entry") };
            let mut entries = BTreeMap::new();
            for entry in around.map(Tree::numbered).unwrap_or_default() {
                let key = entry.at(&map.key_wire).and_then(|key| key.value.clone()).ok_or_else(|| DecodeError::wrong(path, "a map"))?;
                let held = entry.at(&map.value_wire).ok_or_else(|| DecodeError::wrong(path, "a map"))?;
                let held = value(call, &map.value, false, held, &path.member(&key))?;
                entries.insert(key.into(), held);
            }
            Ok(Value::Map(entries))
        }
    }
}
