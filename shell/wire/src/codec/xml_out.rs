//! Values as XML: answers of query and ec2, bodies of rest-xml.

use super::Call;
use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields};
use crate::message::Response;
use crate::model::{Kind, ListShape, MapShape, Member, Place, Protocol, Service, Shape, Structure, TimeFormat};
use crate::value::Value;
use crate::xml;

pub(super) fn response(
    call: Call<'_>,
    structure: &Structure,
    output: &Value,
    request_id: &str,
    path: &Path<'_>,
) -> Result<Response, EncodeError> {
    let name = format!("{}Response", call.operation.name);
    let body = document(&name, call.service.namespace.as_deref(), |into| {
        if call.service.protocol == Protocol::Ec2 {
            xml::leaf("requestId", request_id, into);
            return members(call.service, structure, output, path, into);
        }
        let usual = format!("{}Result", call.operation.name);
        let wrapper = call.operation.wrapper.as_deref().unwrap_or(&usual);
        xml::open(wrapper, None, into);
        members(call.service, structure, output, path, into)?;
        xml::close(wrapper, into);
        xml::open("ResponseMetadata", None, into);
        xml::leaf("RequestId", request_id, into);
        xml::close("ResponseMetadata", into);
        Ok(())
    })?;
    let headers = vec![("content-type".to_owned(), "text/xml;charset=UTF-8".to_owned())];
    Ok(Response { status: call.operation.status, headers, body })
}

/// What stands before the root element.
pub(super) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The whole document, with what `write` puts into its root element.
pub(super) fn document(
    name: &str,
    namespace: Option<&str>,
    write: impl FnOnce(&mut String) -> Result<(), EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let mut text = DECLARATION.to_owned();
    xml::open(name, namespace, &mut text);
    write(&mut text)?;
    xml::close(name, &mut text);
    Ok(text.into_bytes())
}

/// Writes elements for the members that go into the body.
pub(super) fn members(
    service: &Service,
    structure: &Structure,
    value: &Value,
    path: &Path<'_>,
    into: &mut String,
) -> Result<(), EncodeError> {
    for (member, value) in fields(structure, value, path)?.filter(|(member, _)| member.place == Place::Body) {
        of_member(service, member, value, &path.member(&member.name), into)?;
    }
    Ok(())
}

fn of_member(service: &Service, member: &Member, value: &Value, path: &Path<'_>, into: &mut String) -> Result<(), EncodeError> {
    let name = member.wire_name();
    if let Kind::Shape(shape) = &member.kind {
        match service.shape(shape) {
            Shape::List(list) if member.flat || list.flat => {
                let name = list.wire.as_deref().unwrap_or(name);
                return items(service, name, list, value, path, into);
            }
            Shape::Map(map) if member.flat || map.flat => return entries(service, name, map, value, path, into),
            _ => {}
        }
    }
    self::value(service, (name, member.namespace.as_deref()), &member.kind, value, path, into)
}

/// Writes one element of that name and namespace.
pub(super) fn value(
    service: &Service,
    (name, namespace): (&str, Option<&str>),
    kind: &Kind,
    value: &Value,
    path: &Path<'_>,
    into: &mut String,
) -> Result<(), EncodeError> {
    xml::open(name, namespace, into);
    match (kind, value) {
        (Kind::Shape(shape), _) => match service.shape(shape) {
            Shape::Structure(structure) => members(service, structure, value, path, into)?,
            Shape::List(list) => items(service, list.wire.as_deref().unwrap_or("member"), list, value, path, into)?,
            Shape::Map(map) => entries(service, "entry", map, value, path, into)?,
        },
        (Kind::Text, Value::Text(text)) => xml::escape(text, into),
        _ => xml::escape(&scalar::to_text(kind, value, TimeFormat::Iso8601, path)?, into),
    }
    xml::close(name, into);
    Ok(())
}

fn items(service: &Service, name: &str, list: &ListShape, value: &Value, path: &Path<'_>, into: &mut String) -> Result<(), EncodeError> {
    for (index, item) in scalar::list(value, path)?.iter().enumerate() {
        self::value(service, (name, None), &list.item, item, &path.item(index), into)?;
    }
    Ok(())
}

fn entries(service: &Service, name: &str, map: &MapShape, value: &Value, path: &Path<'_>, into: &mut String) -> Result<(), EncodeError> {
    for (key, held) in scalar::map(value, path)? {
        xml::open(name, None, into);
        xml::leaf(&map.key_wire, key, into);
        self::value(service, (&map.value_wire, None), &map.value, held, &path.member(key), into)?;
        xml::close(name, into);
    }
    Ok(())
}
