//! Which costs, and by what they are told apart.

use crate::answer::{AnswerError, Field, Input, Read, words};
use tenor_wire::Value;

/// Which costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those of all of these.
    And(Vec<Filter>),
    /// Those of any of these.
    Or(Vec<Filter>),
    /// All others.
    Not(Box<Filter>),
    /// By a dimension: `SERVICE`, `LINKED_ACCOUNT`.
    Dimension(Clause),
    /// By a tag.
    Tag(Clause),
    /// By a cost category.
    Category(Clause),
    /// By an attribute of the product.
    Attribute(Clause),
    /// All.
    All,
}

/// A key and what it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The key.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
    /// How they are compared: `EQUALS` where nothing is said.
    pub compared: Vec<String>,
}

words! {
    /// By what costs are told apart.
    pub GroupKind {
        /// A dimension.
        Dimension = "DIMENSION",
        /// A tag.
        Tag = "TAG",
        /// A cost category.
        Category = "COST_CATEGORY",
    }
}

/// By what costs are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// A dimension.
    Dimension(String),
    /// A tag.
    Tag(String),
    /// A cost category.
    Category(String),
}

impl Clause {
    /// A key that is one of some values.
    #[must_use]
    pub fn new(key: &str, values: &[&str]) -> Self {
        Self { key: key.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect(), compared: Vec::new() }
    }

    fn input(&self) -> Value {
        Input::new().with("Key", self.key.as_str()).some("Values", &self.values).some("MatchOptions", &self.compared).into()
    }
}

impl Read for Clause {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let key: Option<String> = Read::read(&field.member("Key"))?;
        Ok(Self {
            key: key.unwrap_or_default(),
            values: Read::read(&field.member("Values"))?,
            compared: Read::read(&field.member("MatchOptions"))?,
        })
    }
}

type Made = fn(Clause) -> Filter;

const CLAUSES: [(&str, Made); 4] = [
    ("Dimensions", Filter::Dimension),
    ("Tags", Filter::Tag),
    ("CostCategories", Filter::Category),
    ("ProductAttributes", Filter::Attribute),
];

impl Filter {
    /// As a request has it; none for all.
    pub(super) fn input(&self) -> Option<Value> {
        let (name, value) = match self {
            Self::And(filters) => ("And", several(filters)),
            Self::Or(filters) => ("Or", several(filters)),
            Self::Not(filter) => ("Not", filter.input()?),
            Self::Dimension(clause) => ("Dimensions", clause.input()),
            Self::Tag(clause) => ("Tags", clause.input()),
            Self::Category(clause) => ("CostCategories", clause.input()),
            Self::Attribute(clause) => ("ProductAttributes", clause.input()),
            Self::All => return None,
        };
        Some(Input::new().with(name, value).into())
    }
}

fn several(filters: &[Filter]) -> Value {
    Value::List(filters.iter().filter_map(Filter::input).collect())
}

impl Read for Filter {
    /// Of several members of one expression all hold.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let mut found = Vec::new();
        for (name, filter) in CLAUSES {
            found.extend(Option::<Clause>::read(&field.member(name))?.map(filter));
        }
        for (name, filter) in [("And", Self::And as fn(Vec<Self>) -> Self), ("Or", Self::Or)] {
            let filters: Vec<Self> = Read::read(&field.member(name))?;
            found.extend((!filters.is_empty()).then(|| filter(filters)));
        }
        found.extend(Option::<Box<Self>>::read(&field.member("Not"))?.map(Self::Not));
        Ok(match found.len() {
            0 => Self::All,
            1 => found.swap_remove(0),
            _ => Self::And(found),
        })
    }
}

impl GroupBy {
    fn parts(&self) -> (GroupKind, &str) {
        match self {
            Self::Dimension(key) => (GroupKind::Dimension, key),
            Self::Tag(key) => (GroupKind::Tag, key),
            Self::Category(key) => (GroupKind::Category, key),
        }
    }
}

impl From<GroupBy> for Value {
    fn from(group: GroupBy) -> Self {
        let (kind, key) = group.parts();
        Input::new().with("Type", kind).with("Key", key).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Clause, Field, Filter, Read};
    use tenor_wire::Value;

    #[test]
    fn a_filter_is_read_as_it_is_asked() {
        let service = || Filter::Dimension(Clause::new("SERVICE", &["Amazon EC2"]));
        let filter =
            Filter::And(vec![service(), Filter::Not(Box::new(Filter::Or(vec![Filter::Tag(Clause::new("team", &[])), service()])))]);
        let asked = filter.input().unwrap();
        assert_eq!(Filter::read(&Field::root("ce:X", &asked)).unwrap(), filter);
        assert_eq!(Filter::All.input(), None);
        let several = Value::of([("Tags", Value::of([("Key", "a".into())])), ("Dimensions", Value::of([("Key", "b".into())]))]);
        let both = Filter::And(vec![Filter::Dimension(Clause::new("b", &[])), Filter::Tag(Clause::new("a", &[]))]);
        assert_eq!(Filter::read(&Field::root("ce:X", &several)).unwrap(), both);
    }
}
