//! What costs can be told apart by: a word of everyday use, any column, a tag, a cost category.

use crate::nearest::nearest;
use crate::tables::{PAYER, PERIOD};
use std::fmt;
use std::str::FromStr;
use tenor_lake::detail;
use tenor_lake::schema::{COLUMNS, Column, ROLLUP_DIMENSIONS};

/// Something to tell costs apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    name: String,
    pub(super) source: Source,
}

/// Where a grouping's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A column of `charges`.
    Column(&'static str),
    /// The family of the instance, node or class.
    Family,
    /// A key of a column of JSON text.
    Key { column: &'static str, what: &'static str, key: String },
}

/// Why a text is not a grouping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupingError {
    /// No such word and no such column.
    #[error("`{name}` is not a column{}", if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("` or `")) })]
    Unknown {
        /// As it was written.
        name: String,
        /// Words and columns that look like it.
        near: Vec<String>,
    },
    /// `tag:` or `category:` without a key.
    #[error("`{0}` lacks a key; write it as tag:Team or category:Product")]
    NoKey(String),
}

/// Everyday words, and the columns they mean.
const WORDS: &[(&str, Column)] = &[
    ("service", Column::ServiceName),
    ("account", Column::SubAccountId),
    ("account-name", Column::SubAccountName),
    ("region", Column::RegionId),
    ("category", Column::ChargeCategory),
    ("type", Column::XLineItemType),
    ("provider", Column::ProviderName),
    ("payer", Column::BillingAccountId),
    ("usage-type", Column::XUsageType),
    ("operation", Column::XOperation),
    ("resource", Column::ResourceId),
    ("commitment", Column::CommitmentDiscountId),
    ("instance-type", Column::XInstanceType),
    ("currency", Column::BillingCurrency),
];

/// The word for families, which no column holds.
const FAMILY: &str = "family";

impl Grouping {
    /// Its name in an answer: the word as it was asked for, a column's exact name, `tag:Team`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people call it in a sentence: the word, the column, the key.
    #[must_use]
    pub fn noun(&self) -> &str {
        match &self.source {
            Source::Column(_) | Source::Family => &self.name,
            Source::Key { key, .. } => key,
        }
    }

    /// Whether roll-ups keep it apart.
    pub(super) fn is_in_rollups(&self) -> bool {
        matches!(self.source, Source::Column(column) if is_in_rollups(column))
    }

    /// Whether roll-ups by month keep it apart.
    pub(super) fn is_in_detail(&self) -> bool {
        match self.source {
            Source::Column(column) => is_in_detail(column),
            // Of what it is made they have all.
            Source::Family => true,
            Source::Key { .. } => false,
        }
    }
}

/// Whether roll-ups keep the values of a column apart.
pub(super) fn is_in_rollups(column: &str) -> bool {
    column == PAYER || column == PERIOD || ROLLUP_DIMENSIONS.iter().any(|dimension| dimension.info().name == column)
}

/// Whether roll-ups by month keep the values of a column apart.
pub(super) fn is_in_detail(column: &str) -> bool {
    column == PAYER || column == PERIOD || detail::dimensions().any(|dimension| dimension.info().name == column)
}

impl FromStr for Grouping {
    type Err = GroupingError;

    fn from_str(text: &str) -> Result<Self, GroupingError> {
        let text = text.trim();
        if let Some((kind, key)) = text.split_once(':') {
            let kind = kind.to_ascii_lowercase();
            let (column, what) = match kind.as_str() {
                "tag" => (Column::Tags.info().name, "tag"),
                "category" => (Column::XCostCategories.info().name, "cost category"),
                _ => return Err(unknown(text)),
            };
            if key.is_empty() {
                return Err(GroupingError::NoKey(text.to_owned()));
            }
            return Ok(Self { name: format!("{kind}:{key}"), source: Source::Key { column, what, key: key.to_owned() } });
        }
        let lower = text.to_ascii_lowercase();
        if lower == FAMILY {
            return Ok(Self { name: lower, source: Source::Family });
        }
        if let Some((word, column)) = WORDS.iter().find(|(word, _)| *word == lower) {
            return Ok(Self { name: (*word).to_owned(), source: Source::Column(column.info().name) });
        }
        let column = columns().find(|name| name.eq_ignore_ascii_case(text)).ok_or_else(|| unknown(text))?;
        Ok(Self { name: column.to_owned(), source: Source::Column(column) })
    }
}

fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.info().name).chain([PAYER, PERIOD])
}

fn unknown(text: &str) -> GroupingError {
    GroupingError::Unknown {
        name: text.to_owned(),
        near: nearest(text, WORDS.iter().map(|(word, _)| *word).chain([FAMILY]).chain(columns())),
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Grouping, Source};

    fn read(text: &str) -> String {
        match text.parse::<Grouping>() {
            Ok(Grouping { name, source: Source::Column(column) }) => format!("{name} = {column}"),
            Ok(Grouping { name, source: Source::Family }) => format!("{name} of the type"),
            Ok(Grouping { name, source: Source::Key { column, key, .. } }) => format!("{name} = {column} {key}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn words_columns_tags_and_cost_categories_are_groupings() {
        let texts = [
            "service",
            "Usage-Type",
            "servicename",
            "X_OPERATION",
            "billing_period",
            " region ",
            "tag:Team",
            "Tag:aws:createdBy",
            "category:Unit",
            "category",
            "Family",
            "tag:",
            "srvice",
            "team",
            "label:x",
        ];
        insta::assert_snapshot!(texts.map(read).join("\n"), @"
        service = ServiceName
        usage-type = x_UsageType
        ServiceName = ServiceName
        x_Operation = x_Operation
        billing_period = billing_period
        region = RegionId
        tag:Team = Tags Team
        tag:aws:createdBy = Tags aws:createdBy
        category:Unit = x_CostCategories Unit
        category = ChargeCategory
        family of the type
        `tag:` lacks a key; write it as tag:Team or category:Product
        `srvice` is not a column; did you mean `service`?
        `team` is not a column
        `label:x` is not a column
        ");
    }
}
