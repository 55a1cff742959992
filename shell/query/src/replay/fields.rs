//! Values of an answer's row, by place.

use crate::rows::Value;
use crate::{Engine, QueryError};
use std::str::FromStr;

/// One row of an answer.
pub(super) struct Fields(Vec<Value>);

impl Fields {
    /// All rows of a statement of our own; small answers only.
    pub(super) async fn all(engine: &Engine, statement: &str) -> Result<Vec<Self>, QueryError> {
        let mut rows = engine.sql(statement).await?;
        let mut all = Vec::new();
        while let Some(more) = rows.next().await? {
            all.extend(more.into_iter().map(Self));
        }
        Ok(all)
    }

    /// Text; empty where there is none.
    pub(super) fn text(&self, place: usize) -> &str {
        match &self.0[place] {
            Value::Text(text) | Value::Amount(text) | Value::Number(text) => text,
            Value::Null | Value::Flag(_) => "",
        }
    }

    /// Text that something can be read from; none where there is nothing, or nothing of the kind.
    pub(super) fn read<T: FromStr>(&self, place: usize) -> Option<T> {
        Some(self.text(place)).filter(|text| !text.is_empty()).and_then(|text| text.parse().ok())
    }
}
