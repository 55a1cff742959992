//! From a question to sums: DataFusion's aggregation of the lines that match, and what is read of it.

use super::basis::{Basis, Tables, basis, touched};
use super::fold::fold;
use super::lines::{CHARGES, CHARGES_WITH_COST, COST, CURRENCY, INSIDE, Longer, TIME, key_name, lines, longer};
use super::top::{SHOWN, folded, largest};
use super::{Granularity, Key, Question, Time};
use crate::engine::Planner;
use crate::rows::{Rows, Value, text};
use crate::{Engine, QueryError};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type};
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{ident, lit};
use datafusion::prelude::DataFrame;
use std::collections::BTreeSet;
use tenor_money::Money;

/// Sums of the charges that match, by time and keys.
pub(super) struct Sums {
    pub(super) groups: Vec<Group>,
    pub(super) currency: Option<String>,
    pub(super) charges: u64,
    pub(super) straddling: Option<(u64, Money)>,
    pub(super) from_rollups: bool,
}

/// The charges that agree in time and keys; no two groups agree in both.
pub(super) struct Group {
    pub(super) time: Option<Time>,
    pub(super) keys: Vec<Key>,
    pub(super) cost: Money,
}

/// Adds up what a question asks for.
pub(super) async fn sums(engine: &Engine, question: &Question) -> Result<Sums, QueryError> {
    touched(engine, &question.range)?;
    let (asked, snapshot) = (question.clone(), engine.snapshot_shared());
    let basis = engine.plan(move |planner| basis(planner, &snapshot, &asked)).await?;
    let longer = if basis.tables == Tables::Both { longer(engine, question).await? } else { Longer::default() };
    let made = (question.clone(), basis.clone(), longer);
    let lines = move |planner: &Planner| lines(planner, &made.0, &made.1, &made.2);
    let top = question.top.filter(|_| !question.by.is_empty());
    // By day there may be many more groups, and charges of days longer are scanned: left off, the scan would be for nothing.
    let is_at_once = matches!(basis.tables, Tables::Rollups | Tables::Detail) && question.granularity <= Granularity::Month;
    if let Some(top) = top.filter(|_| is_at_once)
        && let Some(sums) = at_once(engine, question, &basis, lines.clone()).await?
    {
        return Ok(Sums { groups: fold(sums.groups, top), ..sums });
    }
    let shown = match top {
        Some(top) => largest(engine, top, question.by.len(), lines.clone()).await?,
        None => None,
    };
    let (asked, tables, is_folded) = (question.clone(), basis.tables, shown.is_some());
    let plan = move |planner: &Planner| {
        let lines = lines(planner)?;
        let lines = if let Some(shown) = &shown { folded(lines, &asked, shown)? } else { lines };
        aggregated(lines, &asked, tables, is_folded)
    };
    let sums = gather(engine, engine.ask(plan).await?, question, basis, Gathered { is_folded, is_at_once: false }).await?;
    Ok(sums.expect("without a bound all groups are gathered"))
}

/// All groups of a question that roll-ups answer, with nothing folded; none when they are too many to hold for that.
async fn at_once(
    engine: &Engine,
    question: &Question,
    basis: &Basis,
    lines: impl FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
) -> Result<Option<Sums>, QueryError> {
    let (asked, tables) = (question.clone(), basis.tables);
    let plan = move |planner: &Planner| aggregated(lines(planner)?, &asked, tables, false);
    let gathered = Gathered { is_folded: false, is_at_once: true };
    gather(engine, engine.ask(plan).await?, question, basis.clone(), gathered).await
}

/// How an aggregation's rows are gathered.
#[derive(Clone, Copy)]
struct Gathered {
    /// Whether the rest is one group already.
    is_folded: bool,
    /// Whether to leave off where there are more than are held at once.
    is_at_once: bool,
}

/// The sums of the lines, by what they tell apart.
fn aggregated(lines: DataFrame, question: &Question, tables: Tables, is_folded: bool) -> Result<DataFrame, QueryError> {
    let groups = [INSIDE, TIME, CURRENCY].into_iter().chain(is_folded.then_some(SHOWN)).map(ident);
    let keys = (0..question.by.len()).map(|at| ident(key_name(at)));
    let (charges, charges_with_cost) = match tables {
        Tables::Charges => (count(lit(1_i64)), count(ident(COST))),
        Tables::Rollups | Tables::Detail | Tables::Both => (sum(ident(CHARGES)), sum(ident(CHARGES_WITH_COST))),
    };
    let amounts = vec![sum(ident(COST)).alias(COST), charges.alias(CHARGES), charges_with_cost.alias(CHARGES_WITH_COST)];
    lines.aggregate(groups.chain(keys).collect(), amounts).map_err(QueryError::planning)
}

/// Reads the aggregation's rows: inside, time, currency, shown, keys, cost, charges, charges that have the cost.
///
/// Gives none where it left off.
async fn gather(
    engine: &Engine,
    mut rows: Rows,
    question: &Question,
    basis: Basis,
    gathered: Gathered,
) -> Result<Option<Sums>, QueryError> {
    let from_rollups = basis.tables != Tables::Charges;
    let mut sums = Sums { groups: Vec::new(), currency: None, charges: 0, straddling: None, from_rollups };
    let is_one_currency = basis.currency.is_some();
    let mut currencies: BTreeSet<String> = basis.currency.into_iter().collect();
    let mut without_cost = 0;
    while let Some((batch, values)) = rows.next_with_batch().await? {
        let column = |from_end: usize| batch.column(batch.num_columns() - from_end);
        let amounts = column(3).as_primitive::<Decimal128Type>();
        let counts = |from_end, row| {
            let counts = column(from_end).as_primitive::<Int64Type>();
            if counts.is_null(row) { 0 } else { counts.value(row).unsigned_abs() }
        };
        for (row, mut values) in values.into_iter().enumerate() {
            let charges = counts(2, row);
            if charges == 0 {
                continue;
            }
            without_cost += charges - counts(1, row);
            let cost = if amounts.is_null(row) { Money::ZERO } else { Money::from_units(amounts.value(row)) };
            values.truncate(values.len() - 3);
            let mut values = values.into_iter();
            let is_inside = values.next() == Some(Value::Flag(true));
            let time = time_of(question.granularity, values.next().and_then(text));
            let currency = values.next().and_then(text);
            if !is_one_currency {
                currencies.insert(currency.unwrap_or_else(|| "none".to_owned()));
            }
            if !is_inside {
                let (before, so_far) = sums.straddling.unwrap_or_default();
                sums.straddling = Some((before + charges, so_far + cost));
                continue;
            }
            let is_rest = gathered.is_folded && values.next() != Some(Value::Flag(true));
            let keys = values.map(|value| if is_rest { Key::Other } else { key_of(value) });
            sums.charges += charges;
            sums.groups.push(Group { time, keys: keys.collect(), cost });
        }
        let groups = sums.groups.len();
        if gathered.is_at_once && !engine.holds_at_once(groups) {
            return Ok(None);
        }
        engine.check_groups(groups)?;
    }
    if without_cost > 0 {
        return Err(QueryError::NoSuchCost { column: question.metric.column().info().name, charges: without_cost });
    }
    if currencies.len() > 1 {
        return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
    }
    sums.currency = currencies.pop_first().filter(|_| sums.charges > 0 || sums.straddling.is_some());
    Ok(Some(sums))
}

/// A time that was read.
pub(crate) fn time_of(granularity: Granularity, value: Option<String>) -> Option<Time> {
    (granularity != Granularity::Total).then(|| value.map_or(Time::Longer, Time::At))
}

/// A key that was read.
pub(crate) fn key_of(value: Value) -> Key {
    text(value).map_or(Key::Nothing, Key::Value)
}
