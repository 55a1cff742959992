//! What is asked, member by member.

use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_wire::{Decimal, Name, Value};

/// The members of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input(BTreeMap<Name, Value>);

impl Input {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The same with a member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned().into(), value.into());
        self
    }

    /// The same with a member where there is one.
    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with a list, unless it is empty: to most services an empty list is no list.
    pub(crate) fn some<T: Clone + Into<Value>>(self, name: &str, items: &[T]) -> Self {
        if items.is_empty() { self } else { self.with(name, list(items.iter().cloned())) }
    }

    /// The same with tags as a list of keys and values.
    pub(crate) fn tagged(self, name: &str, tags: &BTreeMap<String, String>) -> Self {
        let tags: Vec<Self> = tags.iter().map(|(key, value)| Self::new().with("Key", key.as_str()).with("Value", value.as_str())).collect();
        self.some(name, &tags)
    }
}

impl From<Input> for Value {
    fn from(input: Input) -> Self {
        Self::Map(input.0)
    }
}

/// A list of anything that is a value.
pub(crate) fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(Into::into).collect())
}

/// A map of texts.
pub(crate) fn map(entries: &BTreeMap<String, String>) -> Value {
    Value::Map(entries.iter().map(|(name, text)| (name.clone().into(), text.as_str().into())).collect())
}

pub(crate) fn moment(at: Timestamp) -> Value {
    Value::Time(at)
}

/// An amount as a number, to its last digit.
pub(crate) fn number(amount: Money) -> Value {
    Value::Decimal(Decimal::parse(&amount.to_string()).expect("an amount prints as a plain decimal of fewer than 64 digits"))
}
