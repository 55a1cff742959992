//! Rows of an answer by the names of their columns.

use crate::engine::Planner;
use crate::rows::{self, Rows, Value};
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
        self.values.get(column).cloned().and_then(rows::text)
    }

    /// A value of a kind; none when it is null.
    pub(super) fn parsed<T: FromStr>(&self, column: &str) -> Result<Option<T>, QueryError> {
        parsed(column, self.text(column))
    }

    /// An amount; nothing when it is null.
    pub(super) fn money(&self, column: &str) -> Result<Money, QueryError> {
        Ok(self.parsed(column)?.unwrap_or_default())
    }

    /// A quantity; nothing when it is null.
    pub(super) fn quantity(&self, column: &str) -> Result<Quantity, QueryError> {
        Ok(self.parsed(column)?.unwrap_or_default())
    }

    /// A count; nothing when it is null.
    pub(super) fn count(&self, column: &str) -> Result<u64, QueryError> {
        Ok(self.parsed(column)?.unwrap_or_default())
    }
}

/// What a text says, if there is one: only no text is nothing.
pub(super) fn parsed<T: FromStr>(column: &str, text: Option<String>) -> Result<Option<T>, QueryError> {
    let unreadable = |value: &String| QueryError::Unreadable { column: column.to_owned(), value: value.chars().take(64).collect() };
    text.map(|text| text.parse().map_err(|_| unreadable(&text))).transpose()
}

/// All rows of a question, unless they are more than may be held in memory.
pub(super) async fn rows(
    engine: &Engine,
    plan: impl FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
) -> Result<Vec<Row>, QueryError> {
    let mut rows: Rows = engine.ask(plan).await?;
    let names: Vec<_> = rows.columns().iter().map(|column| column.name.clone()).collect();
    let mut all = Vec::new();
    while let Some(rows) = rows.next().await? {
        all.extend(rows.into_iter().map(|row| Row { values: names.iter().cloned().zip(row).collect() }));
        engine.check_groups(all.len())?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::parsed;
    use tenor_money::Money;

    #[test]
    fn only_nothing_is_nothing() {
        assert_eq!(parsed::<Money>("sum_cost", None).unwrap(), None);
        assert_eq!(parsed::<Money>("sum_cost", Some("1.5".to_owned())).unwrap(), "1.5".parse().ok());
        let error = parsed::<Money>("sum_cost", Some("many".to_owned())).unwrap_err();
        insta::assert_snapshot!(error.to_string(), @"`many` in sum_cost is not what that column holds");
    }
}
