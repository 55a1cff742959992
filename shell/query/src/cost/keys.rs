//! Whether a tag or cost category that a question names exists at all.

use super::grouping::Source;
use super::{Grouping, Key, Range};
use crate::engine::Planner;
use crate::nearest::nearest;
use crate::{Engine, QueryError};
use datafusion::arrow::array::AsArray;
use datafusion::logical_expr::ident;
use std::collections::BTreeSet;

/// Charges that are looked at for their keys, at most: a look, and not a scan.
const LOOK_ROWS_MAX: usize = 1 << 20;
/// Different texts that are read for their keys, at most.
const LOOK_TEXTS_MAX: usize = 1 << 14;

/// Refuses a question that groups by a key that no charge of its time has: it would answer that everything has none.
///
/// `are_all` says whether the groups are of all charges that have to do with that time.
pub(crate) async fn check<'a>(
    engine: &Engine,
    by: &[Grouping],
    range: Range,
    are_all: bool,
    groups: impl Iterator<Item = &'a [Key]> + Clone,
) -> Result<(), QueryError> {
    for (at, grouping) in by.iter().enumerate() {
        let Source::Key { column, what, key } = &grouping.source else { continue };
        if groups.clone().any(|keys| matches!(keys[at], Key::Value(_))) {
            continue;
        }
        // A look that fails says nothing; the answer is there without it.
        let look = look(engine, range, column).await.unwrap_or_default();
        if look.keys.contains(key) {
            continue;
        }
        let all_are_told = are_all && groups.clone().all(|keys| keys[at] == Key::Nothing);
        if look.is_whole || all_are_told {
            let near = nearest(key, look.keys.iter().map(String::as_str));
            return Err(QueryError::UnknownKey { what, key: key.clone(), near });
        }
    }
    Ok(())
}

/// Keys that were seen.
#[derive(Default)]
struct Look {
    keys: BTreeSet<String>,
    /// Whether they are all that there are in the time asked for.
    is_whole: bool,
}

/// The keys that charges of a time have in a column of JSON objects.
async fn look(engine: &Engine, range: Range, column: &'static str) -> Result<Look, QueryError> {
    let plan = move |planner: &Planner| {
        let charges = planner.table("charges")?.filter(range.touching().and(ident(column).is_not_null()));
        charges.and_then(|charges| charges.select(vec![ident(column)])?.limit(0, Some(LOOK_ROWS_MAX))).map_err(QueryError::planning)
    };
    let mut rows = engine.ask(plan).await?;
    let (mut look, mut texts, mut rows_seen) = (Look::default(), BTreeSet::new(), 0);
    while let Some(batch) = rows.next_batch().await? {
        rows_seen += batch.num_rows();
        for text in batch.column(0).as_string_view().iter().flatten() {
            if texts.contains(text) {
                continue;
            }
            let object: serde_json::Map<_, _> = serde_json::from_str(text).unwrap_or_default();
            look.keys.extend(object.into_iter().map(|(key, _)| key));
            texts.insert(text.to_owned());
        }
        if texts.len() > LOOK_TEXTS_MAX {
            return Ok(look);
        }
    }
    look.is_whole = rows_seen < LOOK_ROWS_MAX;
    Ok(look)
}
