//! A place in an answer, with the way to it, so that an error can name it.

use super::error::AnswerError;
use std::fmt;
use tenor_wire::{Name, Value};

/// A place in an answer, and what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'v> {
    operation: &'v str,
    parent: Option<&'v Field<'v>>,
    step: Step<'v>,
    value: Option<&'v Value>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'v> {
    Root,
    Member(&'v str),
    Item(usize),
}

/// What can be read from a place in an answer.
pub(crate) trait Read: Sized {
    /// Reads it.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError>;
}

impl<'v> Field<'v> {
    /// The whole answer of an operation.
    pub(crate) fn root(operation: &'v str, value: &'v Value) -> Self {
        Self { operation, parent: None, step: Step::Root, value: Some(value) }
    }

    /// A member, by a path of names joined by dots; none for the place itself.
    pub(crate) fn member(&'v self, name: &'v str) -> Self {
        if name.is_empty() {
            return *self;
        }
        Self { parent: Some(self), step: Step::Member(name), value: self.value.and_then(|value| value.at(name)), ..*self }
    }

    fn item(&'v self, index: usize, value: &'v Value) -> Self {
        Self { parent: Some(self), step: Step::Item(index), value: Some(value), ..*self }
    }

    /// What is there; none when nothing is, or a null.
    pub(crate) fn value(&self) -> Option<&'v Value> {
        self.value.filter(|value| !matches!(value, Value::Null))
    }

    /// What is there.
    pub(crate) fn required(&self) -> Result<&'v Value, AnswerError> {
        self.value().ok_or_else(|| AnswerError::Missing { operation: self.operation.to_owned(), field: self.to_string() })
    }

    pub(crate) fn wrong(&self, expected: &'static str) -> AnswerError {
        AnswerError::Wrong { operation: self.operation.to_owned(), field: self.to_string(), expected }
    }

    /// The text that is there.
    pub(crate) fn text(&self) -> Result<&'v str, AnswerError> {
        match self.required()? {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("a text")),
        }
    }

    /// The items of a list that has to be there.
    pub(crate) fn items<T: Read>(&self) -> Result<Vec<T>, AnswerError> {
        let Value::List(items) = self.required()? else { return Err(self.wrong("a list")) };
        items.iter().enumerate().map(|(index, item)| T::read(&self.item(index, item))).collect()
    }

    /// The entries of a map that has to be there.
    pub(crate) fn entries<T: Read, C: FromIterator<(String, T)>>(&self) -> Result<C, AnswerError> {
        let Value::Map(entries) = self.required()? else { return Err(self.wrong("a map")) };
        let entry = |(name, value): (&Name, &Value)| {
            let field = Field { parent: Some(self), step: Step::Member(name), value: Some(value), ..*self };
            Ok((name.to_string(), T::read(&field)?))
        };
        entries.iter().map(entry).collect()
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        let is_first = self.parent.is_none_or(|parent| matches!(parent.step, Step::Root));
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) if is_first => f.write_str(name),
            Step::Member(name) => write!(f, ".{name}"),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Read};
    use tenor_money::Money;
    use tenor_wire::Value;

    fn told<T: Read + std::fmt::Debug>(answer: &Value, name: &str) -> String {
        let root = Field::root("rds:Describe", answer);
        match root.member(name).items::<T>() {
            Ok(items) => format!("{items:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_error_names_operation_and_member() {
        let answer = Value::of([("Nodes", vec![Value::from("1.5"), "dear".into()].into()), ("Null", Value::Null), ("Text", "x".into())]);
        let cases = ["Nodes", "Null", "Text", "Absent"].map(|name| told::<Money>(&answer, name));
        insta::assert_snapshot!(cases.join("\n"), @"
        rds:Describe: Nodes[1] is not an amount
        rds:Describe: the answer has no Null
        rds:Describe: Text is not a list
        rds:Describe: the answer has no Absent
        ");
    }
}
