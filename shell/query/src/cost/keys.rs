//! Whether a tag or cost category that a question names exists at all.

use super::grouping::Source;
use super::{Grouping, Key};
use crate::engine::Planner;
use crate::nearest::nearest;
use crate::{Engine, QueryError};
use datafusion::arrow::array::AsArray;
use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use std::collections::BTreeSet;

/// Refuses a question that groups by a key that no charge of the lake has: it would answer that everything has none.
pub(crate) async fn check<'a>(engine: &Engine, by: &[Grouping], groups: impl Iterator<Item = &'a [Key]> + Clone) -> Result<(), QueryError> {
    for (at, grouping) in by.iter().enumerate() {
        let Source::Key { column, what, key } = &grouping.source else { continue };
        if groups.clone().any(|keys| keys[at] != Key::Nothing) {
            continue;
        }
        let known = keys(engine, column).await?;
        if !known.contains(key) {
            let near = nearest(key, known.iter().map(String::as_str));
            return Err(QueryError::UnknownKey { what, key: key.clone(), near });
        }
    }
    Ok(())
}

/// All keys of a column of JSON objects.
async fn keys(engine: &Engine, column: &'static str) -> Result<BTreeSet<String>, QueryError> {
    let plan = move |planner: &Planner| {
        let texts = planner.table("charges")?.select(vec![ident(column)]).and_then(DataFrame::distinct);
        texts.map_err(QueryError::planning)
    };
    let mut rows = engine.ask(plan).await?;
    let mut keys = BTreeSet::new();
    while let Some(batch) = rows.next_batch().await? {
        for text in batch.column(0).as_string_view().iter().flatten() {
            let object: serde_json::Map<_, _> = serde_json::from_str(text).unwrap_or_default();
            keys.extend(object.into_iter().map(|(key, _)| key));
        }
    }
    Ok(keys)
}
