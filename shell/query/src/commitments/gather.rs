//! Rows of an answer by the names of their columns.

use crate::engine::Planner;
use crate::rows::{Rows, Value};
use crate::{Engine, QueryError};
use datafusion::prelude::DataFrame;
use std::collections::BTreeMap;
use std::str::FromStr;
use tenor_money::{Money, Quantity};

/// One row: values by column.
pub(super) struct Row {
    values: BTreeMap<String, Value>,
}

impl Row {
    pub(super) fn text(&self, column: &str) -> Option<String> {
        match self.values.get(column)? {
            Value::Text(text) | Value::Amount(text) | Value::Number(text) => Some(text.clone()),
            Value::Flag(flag) => Some(flag.to_string()),
            Value::Null => None,
        }
    }

    /// A value that a column's type makes certain to parse, if there is one.
    pub(super) fn parsed<T: FromStr>(&self, column: &str) -> Option<T> {
        self.text(column)?.parse().ok()
    }

    /// An amount; nothing when it is null.
    pub(super) fn money(&self, column: &str) -> Money {
        self.parsed(column).unwrap_or_default()
    }

    /// A quantity; nothing when it is null.
    pub(super) fn quantity(&self, column: &str) -> Quantity {
        self.parsed(column).unwrap_or_default()
    }

    /// A count; nothing when it is null.
    pub(super) fn count(&self, column: &str) -> u64 {
        self.parsed(column).unwrap_or_default()
    }
}

/// All rows of a question.
pub(super) async fn rows(
    engine: &Engine,
    plan: impl FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
) -> Result<Vec<Row>, QueryError> {
    let mut rows: Rows = engine.ask(plan).await?;
    let names: Vec<_> = rows.columns().iter().map(|column| column.name.clone()).collect();
    let mut all = Vec::new();
    while let Some(rows) = rows.next().await? {
        all.extend(rows.into_iter().map(|row| Row { values: names.iter().cloned().zip(row).collect() }));
    }
    Ok(all)
}
