//! A value of a JSON file and where it stands, so that whatever is wrong can be named.

use super::HINT;
use crate::report::Refused;
use serde_json::Value;
use tenor_money::{Money, SCALE};

/// A place in a file.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) file: &'a str,
    pub(super) path: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    /// A field; null where it is missing, as AWS leaves out what it does not say.
    pub(super) fn field(&self, name: &str) -> Result<Node<'a>, Refused> {
        let dot = if self.path.is_empty() || self.path.ends_with(' ') { "" } else { "." };
        let path = format!("{}{dot}{name}", self.path);
        match self.value {
            Value::Object(fields) => Ok(Node { path, value: fields.get(name).unwrap_or(&Value::Null), ..self.clone() }),
            Value::Null => Ok(Node { path, ..self.clone() }),
            _ => Err(self.wrong("an object")),
        }
    }

    /// Its items; none where it is missing.
    pub(super) fn list(&self) -> Result<Vec<Node<'a>>, Refused> {
        let one = |(place, value): (usize, &'a Value)| Node { path: format!("{}[{place}]", self.path), value, ..self.clone() };
        match self.value {
            Value::Array(items) => Ok(items.iter().enumerate().map(one).collect()),
            Value::Null => Ok(Vec::new()),
            _ => Err(self.wrong("a list")),
        }
    }

    /// Its text; empty where it is missing.
    pub(super) fn text(&self) -> Result<&'a str, Refused> {
        match self.value {
            Value::String(text) => Ok(text.as_str()),
            Value::Null => Ok(""),
            _ => Err(self.wrong("text, as AWS writes all of its values")),
        }
    }

    pub(super) fn needed(&self) -> Result<&'a str, Refused> {
        Some(self.text()?).filter(|text| !text.trim().is_empty()).ok_or_else(|| self.wrong("a name, which is needed"))
    }

    /// Its amount; none where it is missing.
    pub(super) fn amount(&self) -> Result<Option<Money>, Refused> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.wrong("an amount"))
    }

    pub(super) fn count(&self) -> Result<u32, Refused> {
        let amount = self.amount()?.filter(|amount| amount.units() % SCALE == 0);
        amount.and_then(|amount| u32::try_from(amount.units() / SCALE).ok()).ok_or_else(|| self.wrong("a count"))
    }

    pub(super) fn one_of<T: Copy>(&self, values: &[(&str, T)]) -> Result<T, Refused> {
        let text = self.text()?;
        let names = || values.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        values.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| self.wrong(&format!("one of {}", names())))
    }

    /// A refusal of its value.
    pub(super) fn wrong(&self, wanted: &str) -> Refused {
        let shown = match self.value {
            Value::Null => "missing".to_owned(),
            Value::String(text) if text.is_empty() => "empty".to_owned(),
            Value::String(text) => format!("`{}`", text.chars().take(60).collect::<String>()),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => format!("`{other}`"),
        };
        let place = if self.path.is_empty() { "it".to_owned() } else { self.path.trim_end().to_owned() };
        Refused::new(format!("`{}`: {place} is {shown}, not {wanted}", self.file)).hint(HINT)
    }
}
