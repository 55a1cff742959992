//! An answer of any operation with every member that the model has, so that an adapter's misspelled member shows as missing.

use std::collections::BTreeMap;
use tenor_wire::{Call, Decimal, Kind, Model, Secret, Service, Shape, Value};

/// The operation of `service:Operation`.
pub(crate) fn call(name: &str) -> Call<'static> {
    let (service, operation) = name.split_once(':').unwrap();
    let service = Model::catalogued().service(service).unwrap();
    Call { service, operation: service.operation(operation).unwrap() }
}

/// A page of an answer with everything in it; whether more pages follow says its token.
pub(crate) fn page(call: Call<'_>, has_more: bool) -> Value {
    let Some(output) = &call.operation.output else { return Value::Map(BTreeMap::new()) };
    let mut answer = structure(call.service, output, &mut vec![output.clone()]);
    if let Some(pages) = &call.operation.pages {
        for token in &pages.outputs {
            answer.set(token, if has_more { "next".into() } else { Value::Null });
        }
        if let Some(more) = &pages.more {
            answer.set(more, has_more.into());
        }
    }
    answer
}

fn structure(service: &Service, name: &str, around: &mut Vec<String>) -> Value {
    let members = &service.structure(Some(name)).members;
    let found = members.iter().filter_map(|member| Some((member.name.clone().into(), value(service, &member.kind, &member.name, around)?)));
    Value::Map(found.collect())
}

/// None for a shape inside of itself.
fn value(service: &Service, kind: &Kind, name: &str, around: &mut Vec<String>) -> Option<Value> {
    Some(match kind {
        Kind::Text => text(name).into(),
        Kind::Secret => Secret::new("hush").into(),
        Kind::Bool => true.into(),
        Kind::Integer => 3.into(),
        Kind::Decimal => Value::Decimal(Decimal::parse("0.125").unwrap()),
        Kind::Blob => Value::Blob(vec![1]),
        Kind::Time(_) => Value::Time("2025-01-02T03:04:05Z".parse().unwrap()),
        Kind::Shape(shape) => {
            if around.contains(shape) {
                return None;
            }
            around.push(shape.clone());
            let found = match service.shape(shape) {
                Shape::Structure(_) => Some(structure(service, shape, around)),
                Shape::List(list) => value(service, &list.item, name, around).map(|item| Value::List(vec![item])),
                Shape::Map(map) => value(service, &map.value, name, around).map(|held| Value::of([("key", held)])),
            };
            around.pop();
            found?
        }
    })
}

/// A text that can be read as what its name says: a moment, a boolean, a whole number, and else an amount, which is a text too.
fn text(name: &str) -> &'static str {
    let is_moment = name.ends_with("Time") || name.ends_with("Timestamp");
    match name {
        "start" | "end" | "Start" | "End" | "returnableUntil" => "2025-01-02T03:04:05Z",
        _ if is_moment => "2025-01-02T03:04:05Z",
        "ReadOnly" => "true",
        "LookbackPeriodInHours" => "720",
        _ => "1.5",
    }
}
