//! Requests as forms: the protocols query and ec2.

use super::Call;
use super::error::EncodeError;
use super::path::Path;
use super::scalar::{self, fields};
use crate::form;
use crate::message::Request;
use crate::model::{Kind, Member, Protocol, Shape, Structure, TimeFormat};
use crate::value::Value;

pub(super) fn request(call: Call<'_>, structure: &Structure, input: &Value, path: &Path<'_>) -> Result<Request, EncodeError> {
    let mut form = Form { call, pairs: Vec::new() };
    form.push("Action", call.operation.name.clone());
    form.push("Version", call.service.version.clone());
    form.structure("", structure, input, path)?;
    Ok(Request {
        method: call.operation.method.clone(),
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
        body: form::encode(&form.pairs).into_bytes(),
    })
}

struct Form<'m> {
    call: Call<'m>,
    pairs: Vec<(String, String)>,
}

impl Form<'_> {
    fn push(&mut self, name: &str, value: String) {
        self.pairs.push((name.to_owned(), value));
    }

    fn is_ec2(&self) -> bool {
        self.call.service.protocol == Protocol::Ec2
    }

    fn structure(&mut self, prefix: &str, structure: &Structure, value: &Value, path: &Path<'_>) -> Result<(), EncodeError> {
        for (member, value) in fields(structure, value, path)? {
            let name = wire_name(member, self.is_ec2());
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.value(&name, &member.kind, member.flat, value, &path.member(&member.name))?;
        }
        Ok(())
    }

    fn value(&mut self, name: &str, kind: &Kind, flat: bool, value: &Value, path: &Path<'_>) -> Result<(), EncodeError> {
        let Kind::Shape(shape) = kind else {
            let text = scalar::to_text(kind, value, TimeFormat::Iso8601, path)?;
            self.push(name, text.into_owned());
            return Ok(());
        };
        match self.call.service.shape(shape) {
            Shape::Structure(structure) => self.structure(name, structure, value, path),
            Shape::List(list) => {
                let items = scalar::list(value, path)?;
                let prefix = if self.is_ec2() { name.to_owned() } else { list_prefix(name, list.wire.as_deref(), flat || list.flat) };
                if items.is_empty() && !self.is_ec2() {
                    self.push(name, String::new());
                }
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{prefix}.{}", index + 1), &list.item, false, item, &path.item(index))?;
                }
                Ok(())
            }
            Shape::Map(map) => {
                let prefix = if flat || map.flat { name.to_owned() } else { format!("{name}.entry") };
                for (index, (key, value)) in scalar::map(value, path)?.iter().enumerate() {
                    let number = index + 1;
                    self.push(&format!("{prefix}.{number}.{}", map.key_wire), key.to_string());
                    self.value(&format!("{prefix}.{number}.{}", map.value_wire), &map.value, false, value, &path.member(key))?;
                }
                Ok(())
            }
        }
    }
}

/// What a member is called in a form.
pub(super) fn wire_name(member: &Member, is_ec2: bool) -> String {
    if !is_ec2 {
        return member.wire_name().to_owned();
    }
    if let Some(name) = &member.query {
        return name.clone();
    }
    let mut characters = member.wire_name().chars();
    characters.next().map(|first| first.to_ascii_uppercase().to_string() + characters.as_str()).unwrap_or_default()
}

/// What stands before the numbers of a query list: a flat list's items take the place of the list's own name, if they have one.
pub(super) fn list_prefix(name: &str, item: Option<&str>, flat: bool) -> String {
    match (flat, item) {
        (false, item) => format!("{name}.{}", item.unwrap_or("member")),
        (true, None) => name.to_owned(),
        (true, Some(item)) => match name.rsplit_once('.') {
            Some((before, _)) => format!("{before}.{item}"),
            None => item.to_owned(),
        },
    }
}
