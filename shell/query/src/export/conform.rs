//! What each exported column is: the lake's own, but where FOCUS 1.2 asks for something else.

use crate::QueryError;
use crate::engine::Planner;
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::DataFrame;
use tenor_lake::schema::COLUMNS;

/// Columns that FOCUS wants otherwise than the lake keeps them, as SQL over `charges`.
const RULES: &[(&str, &str)] = &[];

/// The columns of an export, FOCUS's in its order, then the lake's own if they are asked for.
pub(super) fn columns(planner: &Planner, charges: &DataFrame, with_extra: bool) -> Result<Vec<Expr>, QueryError> {
    let infos = COLUMNS.iter().map(|column| column.info()).filter(|info| with_extra || info.is_focus());
    infos
        .map(|info| match RULES.iter().find(|(name, _)| *name == info.name) {
            None => Ok(ident(info.name)),
            Some((name, rule)) => Ok(planner.condition(planner.parsed(rule)?, charges.schema())?.alias(*name)),
        })
        .collect()
}
