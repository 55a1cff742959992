//! Values as XML: answers of query and ec2, bodies of rest-xml.

use super::Call;
use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields};
use crate::message::Response;
use crate::model::{Kind, Member, Place, Protocol, Service, Shape, Structure, TimeFormat};
use crate::value::Value;
use crate::xml::Element;

pub(super) fn response(
    call: Call<'_>,
    structure: &Structure,
    output: &Value,
    request_id: &str,
    path: &Path<'_>,
) -> Result<Response, EncodeError> {
    let mut root = Element::new(&format!("{}Response", call.operation.name));
    root.namespace.clone_from(&call.service.namespace);
    if call.service.protocol == Protocol::Ec2 {
        root.children.push(Element::with_text("requestId", request_id));
        root.children.extend(members(call.service, structure, output, path)?);
    } else {
        let mut inner = Element::new(call.operation.wrapper.as_deref().unwrap_or(&format!("{}Result", call.operation.name)));
        inner.children = members(call.service, structure, output, path)?;
        let metadata = Element { children: vec![Element::with_text("RequestId", request_id)], ..Element::new("ResponseMetadata") };
        root.children = vec![inner, metadata];
    }
    let headers = vec![("content-type".to_owned(), "text/xml;charset=UTF-8".to_owned())];
    Ok(Response { status: call.operation.status, headers, body: document(&root) })
}

/// The whole document.
pub(super) fn document(root: &Element) -> Vec<u8> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    root.write(&mut text);
    text.into_bytes()
}

/// Elements for the members that go into the body.
pub(super) fn members(service: &Service, structure: &Structure, value: &Value, path: &Path<'_>) -> Result<Vec<Element>, EncodeError> {
    let mut elements = Vec::new();
    for (member, value) in fields(structure, value, path)?.into_iter().filter(|(member, _)| member.place == Place::Body) {
        elements.extend(of_member(service, member, value, &path.member(&member.name))?);
    }
    Ok(elements)
}

fn of_member(service: &Service, member: &Member, value: &Value, path: &Path<'_>) -> Result<Vec<Element>, EncodeError> {
    let name = member.wire_name();
    if let Kind::Shape(shape) = &member.kind {
        match service.shape(shape) {
            Shape::List(list) if member.flat || list.flat => {
                let name = list.wire.as_deref().unwrap_or(name);
                let items = scalar::list(value, path)?.iter().enumerate();
                return items.map(|(index, item)| self::value(service, name, &list.item, item, &path.item(index))).collect();
            }
            Shape::Map(map) if member.flat || map.flat => return entries(service, name, map, value, path),
            _ => {}
        }
    }
    let mut element = self::value(service, name, &member.kind, value, path)?;
    element.namespace.clone_from(&member.namespace);
    Ok(vec![element])
}

/// One element of that name.
pub(super) fn value(service: &Service, name: &str, kind: &Kind, value: &Value, path: &Path<'_>) -> Result<Element, EncodeError> {
    let Kind::Shape(shape) = kind else {
        return Ok(Element::with_text(name, scalar::to_text(kind, value, TimeFormat::Iso8601, path)?));
    };
    let children = match service.shape(shape) {
        Shape::Structure(structure) => members(service, structure, value, path)?,
        Shape::List(list) => {
            let item_name = list.wire.as_deref().unwrap_or("member");
            let items = scalar::list(value, path)?.iter().enumerate();
            items.map(|(index, item)| self::value(service, item_name, &list.item, item, &path.item(index))).collect::<Result<_, _>>()?
        }
        Shape::Map(map) => entries(service, "entry", map, value, path)?,
    };
    Ok(Element { children, ..Element::new(name) })
}

fn entries(
    service: &Service,
    name: &str,
    map: &crate::model::MapShape,
    value: &Value,
    path: &Path<'_>,
) -> Result<Vec<Element>, EncodeError> {
    let entry = |(key, held): (&String, &Value)| {
        let held = self::value(service, &map.value_wire, &map.value, held, &path.member(key))?;
        Ok(Element { children: vec![Element::with_text(&map.key_wire, key), held], ..Element::new(name) })
    };
    scalar::map(value, path)?.iter().map(entry).collect()
}
