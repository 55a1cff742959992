//! Messages of rest-json and rest-xml: members spread over path, parameters, headers and body.

use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields};
use super::{Call, json_out, xml_out};
use crate::form;
use crate::message::{Request, Response};
use crate::model::{Kind, Member, Place, Protocol, Shape, Structure, TimeFormat};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) fn request(call: Call<'_>, structure: &Structure, input: &Value, path: &Path<'_>) -> Result<Request, EncodeError> {
    let given: Vec<_> = fields(structure, input, path)?.collect();
    let (template, fixed) = call.operation.uri.split_once('?').unwrap_or((&call.operation.uri, ""));
    let mut request = Request { method: call.operation.method.clone(), path: template.to_owned(), ..Request::default() };
    for pair in fixed.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.query.push((name.to_owned(), value.to_owned()));
    }
    for (member, value) in &given {
        let path = path.member(&member.name);
        match member.place {
            Place::Body | Place::Status => {}
            Place::Path => {
                let text = scalar::to_text(&member.kind, value, TimeFormat::Iso8601, &path)?;
                if text.is_empty() {
                    return Err(EncodeError::EmptyLabel { path: path.to_string() });
                }
                for (blank, keep_slash) in [(format!("{{{}}}", member.wire_name()), false), (format!("{{{}+}}", member.wire_name()), true)]
                {
                    let mut escaped = String::new();
                    form::escape(&text, keep_slash, &mut escaped);
                    request.path = request.path.replace(&blank, &escaped);
                }
            }
            Place::Query => parameters(call, member, value, &mut request.query, &path)?,
            Place::Header | Place::Headers => headers(call, member, value, &mut request.headers, &path)?,
        }
    }
    let has_body = structure.members.iter().any(|member| member.place == Place::Body);
    if let Some((body, content_type)) = body(call, structure, input, call.operation.root.as_deref(), has_body, path)? {
        // Where the caller may say what the content is, nobody says it for him.
        let is_callers = structure.members.iter().any(|member| member.wire_name().eq_ignore_ascii_case("content-type"));
        if let Some(content_type) = content_type.filter(|_| !is_callers) {
            request.headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        request.body = body;
    }
    if call.operation.checksum {
        request.headers.push(("x-amz-checksum-crc32".to_owned(), STANDARD.encode(crc32(&request.body).to_be_bytes())));
    }
    Ok(request)
}

pub(super) fn response(call: Call<'_>, structure: &Structure, output: &Value, path: &Path<'_>) -> Result<Response, EncodeError> {
    let mut response = Response { status: call.operation.status, ..Response::default() };
    for (member, value) in fields(structure, output, path)? {
        let path = path.member(&member.name);
        match (member.place, value) {
            (Place::Status, Value::Integer(status)) => {
                let wrong = |_| scalar::wrong(&member.kind, value, &path);
                response.status = u16::try_from(*status).map_err(wrong)?;
            }
            (Place::Header | Place::Headers, _) => headers(call, member, value, &mut response.headers, &path)?,
            _ => {}
        }
    }
    let root = call.operation.output.as_deref();
    if let Some((body, content_type)) = body(call, structure, output, root, true, path)? {
        response.headers.extend(content_type.map(|content_type| ("content-type".to_owned(), content_type.to_owned())));
        response.body = body;
    }
    Ok(response)
}

/// An item of a header's list; one with a comma or a quotation mark stands between such marks.
fn quoted(item: &str) -> String {
    if item.contains([',', '"']) { format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")) } else { item.to_owned() }
}

/// The checksum of zip files, bit by bit: bodies with one are small.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

type Body = (Vec<u8>, Option<&'static str>);

fn body(
    call: Call<'_>,
    structure: &Structure,
    value: &Value,
    root: Option<&str>,
    has_body: bool,
    path: &Path<'_>,
) -> Result<Option<Body>, EncodeError> {
    let is_json = call.service.protocol == Protocol::RestJson;
    if let Some(payload) = &structure.payload {
        let member = structure.member(payload).expect("`Model::parse` checks that a payload is a member");
        let path = path.member(payload);
        return match value.at(payload).filter(|value| !matches!(value, Value::Null)) {
            None => Ok(None),
            Some(value) => of_payload(call, member, value, is_json, &path).map(Some),
        };
    }
    if !has_body {
        return Ok(None);
    }
    if is_json {
        let mut text = String::new();
        json_out::structure(call.service, structure, value, path, &mut text)?;
        return Ok(Some((text.into_bytes(), Some("application/json"))));
    }
    let namespace = call.operation.namespace.as_deref().or(call.service.namespace.as_deref());
    let write = |into: &mut String| xml_out::members(call.service, structure, value, path, into);
    let text = xml_out::document(root.unwrap_or(&call.operation.name), namespace, write)?;
    Ok(Some((text, Some("application/xml"))))
}

fn of_payload(call: Call<'_>, member: &Member, value: &Value, is_json: bool, path: &Path<'_>) -> Result<Body, EncodeError> {
    match (&member.kind, value) {
        (Kind::Blob, Value::Blob(bytes)) => Ok((bytes.clone(), Some("application/octet-stream"))),
        (Kind::Text, Value::Text(text)) => Ok((text.clone().into_bytes(), Some("text/plain"))),
        (Kind::Shape(_), _) if is_json => {
            let mut text = String::new();
            json_out::value(call.service, &member.kind, value, path, &mut text)?;
            Ok((text.into_bytes(), Some("application/json")))
        }
        (Kind::Shape(_), _) => {
            let mut text = xml_out::DECLARATION.to_owned();
            xml_out::value(call.service, (member.wire_name(), member.namespace.as_deref()), &member.kind, value, path, &mut text)?;
            Ok((text.into_bytes(), Some("application/xml")))
        }
        _ => Err(scalar::wrong(&member.kind, value, path)),
    }
}

fn parameters(
    call: Call<'_>,
    member: &Member,
    value: &Value,
    query: &mut Vec<(String, String)>,
    path: &Path<'_>,
) -> Result<(), EncodeError> {
    let name = member.wire_name();
    let Kind::Shape(shape) = &member.kind else {
        query.push((name.to_owned(), scalar::to_text(&member.kind, value, TimeFormat::Iso8601, path)?.into_owned()));
        return Ok(());
    };
    match call.service.shape(shape) {
        Shape::List(list) => {
            for (index, item) in scalar::list(value, path)?.iter().enumerate() {
                query.push((name.to_owned(), scalar::to_text(&list.item, item, TimeFormat::Iso8601, &path.item(index))?.into_owned()));
            }
            Ok(())
        }
        Shape::Map(map) => {
            for (key, held) in scalar::map(value, path)? {
                query.push((key.to_string(), scalar::to_text(&map.value, held, TimeFormat::Iso8601, &path.member(key))?.into_owned()));
            }
            Ok(())
        }
        Shape::Structure(_) => Err(scalar::wrong(&Kind::Text, value, path)),
    }
}

fn headers(
    call: Call<'_>,
    member: &Member,
    value: &Value,
    headers: &mut Vec<(String, String)>,
    path: &Path<'_>,
) -> Result<(), EncodeError> {
    let name = member.wire_name().to_ascii_lowercase();
    let Kind::Shape(shape) = &member.kind else {
        headers.push((name, scalar::to_text(&member.kind, value, TimeFormat::Http, path)?.into_owned()));
        return Ok(());
    };
    match call.service.shape(shape) {
        Shape::Map(map) if member.place == Place::Headers => {
            for (key, held) in scalar::map(value, path)? {
                let text = scalar::to_text(&map.value, held, TimeFormat::Http, &path.member(key))?;
                headers.push((format!("{name}{}", key.to_ascii_lowercase()), text.into_owned()));
            }
            Ok(())
        }
        Shape::List(list) => {
            let items = scalar::list(value, path)?.iter().enumerate();
            let items = items.map(|(index, item)| scalar::to_text(&list.item, item, TimeFormat::Http, &path.item(index)));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            if !items.is_empty() {
                headers.push((name, items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(",")));
            }
            Ok(())
        }
        _ => Err(scalar::wrong(&Kind::Text, value, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_the_published_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
