//! What is said, without a type of its own for each of AWS's shapes.

use crate::decimal::Decimal;
use crate::secret::Secret;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A member's name or a map's key: one that the program itself says is borrowed, so that an answer of a thousand members makes no thousand texts.
pub type Name = Cow<'static, str>;

/// A value of any shape. Structures and maps are both [`Value::Map`]; the model tells them apart.
///
/// Its `Debug` shows no [`Secret`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing where a list or a map holds a null; a member that is not there is not in the map.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, to the last digit.
    Decimal(Decimal),
    /// A text.
    Text(String),
    /// A text that the model calls sensitive.
    Secret(Secret),
    /// Bytes.
    Blob(Vec<u8>),
    /// A moment.
    Time(Timestamp),
    /// A list.
    List(Vec<Value>),
    /// A structure by its members' names in the model, or a map by its keys.
    Map(BTreeMap<Name, Value>),
}

impl Value {
    /// A structure with these members.
    #[must_use]
    pub fn of<const N: usize>(members: [(&'static str, Self); N]) -> Self {
        Self::Map(members.into_iter().map(|(name, value)| (Name::Borrowed(name), value)).collect())
    }

    /// The value at a path of member names joined by dots; none when a step is missing.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, name| match value {
            Self::Map(members) => members.get(name),
            _ => None,
        })
    }

    /// Puts a value under a path of member names joined by dots, making the structures on the way.
    ///
    /// # Panics
    /// When the path leads through a value that is no structure, which only a wrong path does.
    pub fn set(&mut self, path: &str, new: Self) {
        let mut value = self;
        for name in path.split('.') {
            if matches!(value, Self::Null) {
                *value = Self::Map(BTreeMap::new());
            }
            let Self::Map(members) = value else { panic!("`{path}` leads through a value that is no structure") };
            value = members.entry(Name::Owned(name.to_owned())).or_default();
        }
        *value = new;
    }

    /// The text at a path; a secret is none.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.at(path)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The secret at a path.
    #[must_use]
    pub fn secret(&self, path: &str) -> Option<&Secret> {
        match self.at(path)? {
            Self::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The items of the list at a path; none when there is no list.
    #[must_use]
    pub fn list(&self, path: &str) -> Option<&[Self]> {
        match self.at(path)? {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The moment at a path.
    #[must_use]
    pub fn time(&self, path: &str) -> Option<Timestamp> {
        match self.at(path)? {
            Self::Time(moment) => Some(*moment),
            _ => None,
        }
    }

    /// What it is, as an error names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Decimal(_) => "a decimal number",
            Self::Text(_) => "a text",
            Self::Secret(_) => "a secret",
            Self::Blob(_) => "bytes",
            Self::Time(_) => "a moment",
            Self::List(_) => "a list",
            Self::Map(_) => "a structure",
        }
    }

    /// Every secret in it, wherever it stands.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Secret(secret) => vec![secret],
            Self::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Self::Map(members) => members.values().flat_map(Self::secrets).collect(),
            _ => Vec::new(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(answer: bool) -> Self {
        Self::Bool(answer)
    }
}

impl From<Secret> for Value {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use crate::secret::Secret;

    #[test]
    fn a_path_finds_and_makes_members() {
        let mut value = Value::Null;
        value.set("Filter.Name", "x".into());
        value.set("Filter.Values", vec!["a", "b"].into());
        assert_eq!(value.text("Filter.Name"), Some("x"));
        assert_eq!(value.list("Filter.Values").unwrap().len(), 2);
        assert_eq!((value.text("Filter"), value.at("Filter.Name.More")), (None, None));
    }

    #[test]
    fn debug_shows_no_secret() {
        let value = Value::of([("ExternalId", Secret::new("hush").into()), ("RoleArn", "arn".into())]);
        assert_eq!(format!("{value:?}"), r#"Map({"ExternalId": Secret(…), "RoleArn": Text("arn")})"#);
        assert_eq!(value.secrets(), [&Secret::new("hush")]);
    }
}
