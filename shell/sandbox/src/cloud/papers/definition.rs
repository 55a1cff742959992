//! What a report or an export is to be, kept as it was asked for.

use crate::cloud::ask::Refusal;
use crate::cloud::moment::Moment;
use crate::cloud::operate::json_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use tenor_wire::Value;

/// A report or an export.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Paper {
    /// Index of the account that has it.
    pub(crate) account: u32,
    pub(crate) name: String,
    /// An export's; empty for a legacy report.
    pub(crate) arn: String,
    /// The members of `ReportDefinition` or `Export` as they were asked for.
    pub(crate) definition: serde_json::Value,
    pub(crate) made: Moment,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Paper {
    /// The definition as an answer has it.
    pub(super) fn value(&self) -> Value {
        value_of(&self.definition)
    }
}

/// A definition to keep, without the members that are AWS's to tell.
pub(super) fn kept(definition: &Value, told: &[&str]) -> serde_json::Value {
    let mut kept = json_of(definition);
    if let serde_json::Value::Object(members) = &mut kept {
        members.retain(|name, value| !told.contains(&name.as_str()) && !value.is_null());
    }
    kept
}

/// Texts, booleans, lists and structures: all that a definition has.
fn value_of(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null | Json::Number(_) => Value::Null,
        Json::Bool(answer) => Value::Bool(*answer),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value_of).collect()),
        Json::Object(members) => Value::Map(members.iter().map(|(name, value)| (name.clone().into(), value_of(value))).collect()),
    }
}

/// Refuses what does not fit.
pub(super) fn wrong(message: impl fmt::Display) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// A member that must be there and one of a few words.
pub(super) fn word<'a>(definition: &'a Value, path: &str, words: &[&str]) -> Result<&'a str, Refusal> {
    let found = definition.text(path).unwrap_or_default();
    if words.contains(&found) { Ok(found) } else { Err(wrong(format!("{path} `{found}` must be one of {}", words.join(", ")))) }
}

/// A member that must be there, with at most so many characters, all of them good.
pub(super) fn name<'a>(definition: &'a Value, path: &str, most: usize, good: fn(char) -> bool) -> Result<&'a str, Refusal> {
    let found = definition.text(path).unwrap_or_default();
    let fits = !found.is_empty() && found.chars().count() <= most && found.chars().all(good);
    if fits { Ok(found) } else { Err(wrong(format!("{path} `{found}` must have 1 to {most} characters, and none that is not allowed"))) }
}

/// The tags of a request.
pub(super) fn tags(given: &[Value]) -> BTreeMap<String, String> {
    let pair = |tag: &Value| (tag.text("Key").unwrap_or_default().to_owned(), tag.text("Value").unwrap_or_default().to_owned());
    given.iter().map(pair).collect()
}
