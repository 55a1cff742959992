//! From a question to sums: which table answers, which charges match, and DataFusion's aggregation of them.

use super::grouping::{Source, is_in_rollups};
use super::range::{end, start};
use super::{Granularity, Grouping, Key, Question, Range, Time};
use crate::engine::Planner;
use crate::rows::{Rows, Value};
use crate::tables::PERIOD;
use crate::{Engine, QueryError, sql};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenor_lake::schema::Column;
use tenor_lake::store::{HeldPeriod, LAYOUT, TimeUnit};
use tenor_money::Money;

/// Sums of the charges that match, by time and keys.
pub(super) struct Sums {
    pub(super) groups: Vec<Group>,
    pub(super) currency: Option<String>,
    pub(super) charges: u64,
    pub(super) straddling: Option<(u64, Money)>,
    pub(super) from_rollups: bool,
}

/// The charges that agree in time and keys.
pub(super) struct Group {
    pub(super) time: Option<Time>,
    pub(super) keys: Vec<Key>,
    pub(super) cost: Money,
}

/// Adds up what a question asks for.
pub(super) async fn sums(engine: &Engine, question: &Question) -> Result<Sums, QueryError> {
    let periods = periods(engine, question)?;
    let currencies: BTreeSet<&str> = periods.iter().map(|period| period.record.currency.as_str()).collect();
    let one_currency = currencies.first().filter(|_| currencies.len() == 1).map(|currency| (*currency).to_owned());
    let has_rollups = periods.iter().all(|period| period.rollup.is_some() && period.record.layout == LAYOUT);
    let (asked, has_one_currency) = (question.clone(), one_currency.is_some());
    let from_rollups = Arc::new(AtomicBool::new(false));
    let used = Arc::clone(&from_rollups);
    let plan = move |planner: &Planner| {
        let filter = asked.filter.as_deref().map(|text| planner.parsed(text)).transpose()?;
        let columns = filter.as_ref().map(sql::columns_of).unwrap_or_default();
        let enough = has_rollups && has_one_currency && asked.granularity <= Granularity::Day && asked.range.is_of_periods();
        let from_rollups = enough && asked.by.iter().all(Grouping::is_in_rollups) && columns.iter().all(|column| is_in_rollups(column));
        used.store(from_rollups, Ordering::Relaxed);
        aggregation(planner, &asked, filter, from_rollups, has_one_currency)
    };
    let rows = engine.ask(plan).await?;
    let from_rollups = from_rollups.load(Ordering::Relaxed);
    gather(rows, question, Sums { groups: Vec::new(), currency: one_currency, charges: 0, straddling: None, from_rollups }).await
}

/// The sums of the charges that match, by inside, time, currency and keys.
fn aggregation(
    planner: &Planner,
    question: &Question,
    filter: Option<ast::Expr>,
    from_rollups: bool,
    has_one_currency: bool,
) -> Result<DataFrame, QueryError> {
    let mut table = planner.table(if from_rollups { "rollup" } else { "charges" })?;
    table = table.filter(question.range.touching()).map_err(QueryError::planning)?;
    if let Some(filter) = filter {
        let condition = planner.condition(filter, table.schema())?;
        table = table.filter(condition).map_err(QueryError::planning)?;
    }
    let nothing = lit(ScalarValue::Utf8View(None));
    let currency = if has_one_currency { nothing } else { ident(Column::BillingCurrency.info().name) };
    let groups = [question.range.containing(), time(question, from_rollups), currency].into_iter().chain(question.by.iter().map(key));
    let groups = groups.enumerate().map(|(at, group)| group.alias(format!("g{at}"))).collect();
    let charges = if from_rollups { sum(ident("rows")) } else { count(lit(1_i64)) };
    let amounts = vec![sum(ident(question.metric.column().info().name)).alias("cost"), charges.alias("charges")];
    table.aggregate(groups, amounts).map_err(QueryError::planning)
}

/// The periods that a question touches, once they are known to be able to answer it.
fn periods<'a>(engine: &'a Engine, question: &Question) -> Result<Vec<&'a HeldPeriod>, QueryError> {
    let touched = touched(engine, &question.range)?;
    for period in &touched {
        let unit = match (period.record.time_unit, question.granularity) {
            (TimeUnit::Month, Granularity::Day | Granularity::Hour) => "month",
            (TimeUnit::Day, Granularity::Hour) => "day",
            _ => continue,
        };
        let asked = if question.granularity == Granularity::Hour { "hour" } else { "day" };
        let (period, payer) = (period.key.period.to_string(), period.key.payer.to_string());
        return Err(QueryError::TooCoarse { period, payer, unit, asked });
    }
    Ok(touched)
}

/// The periods that a time touches; there is one at least.
pub(crate) fn touched<'a>(engine: &'a Engine, range: &Range) -> Result<Vec<&'a HeldPeriod>, QueryError> {
    let held = &engine.snapshot().periods;
    let months = || held.iter().map(|period| period.key.period);
    let (Some(first), Some(last)) = (months().min(), months().max()) else { return Err(QueryError::NothingHeld) };
    let touched: Vec<_> = held.iter().filter(|period| range.touches(period.key.period)).collect();
    if touched.is_empty() {
        let held = if first == last { first.to_string() } else { format!("{first} to {last}") };
        return Err(QueryError::NothingInRange { range: range.to_string(), held });
    }
    Ok(touched)
}

fn time(question: &Question, from_rollups: bool) -> Expr {
    match question.granularity {
        Granularity::Total => lit(ScalarValue::Utf8View(None)),
        Granularity::Month => ident(PERIOD),
        Granularity::Day if from_rollups => ident("day"),
        Granularity::Day => crate::functions::charge_day().call(vec![start(), end()]),
        Granularity::Hour => crate::functions::charge_hour().call(vec![start(), end()]),
    }
}

fn key(grouping: &Grouping) -> Expr {
    match &grouping.source {
        Source::Column(column) => ident(*column),
        Source::Key { column, key, .. } => {
            crate::functions::json_get().call(vec![ident(*column), lit(ScalarValue::Utf8View(Some(key.clone())))])
        }
    }
}

/// Reads the aggregation's rows: inside, time, currency, keys, cost, charges.
async fn gather(mut rows: Rows, question: &Question, mut sums: Sums) -> Result<Sums, QueryError> {
    let mut currencies: BTreeSet<String> = sums.currency.iter().cloned().collect();
    while let Some((batch, values)) = rows.next_with_batch().await? {
        let amounts = batch.column(batch.num_columns() - 2).as_primitive::<Decimal128Type>();
        let counts = batch.column(batch.num_columns() - 1).as_primitive::<Int64Type>();
        for (row, mut values) in values.into_iter().enumerate() {
            // A sum over nothing but nulls is null: nothing was spent.
            let cost = if amounts.is_null(row) { Money::ZERO } else { Money::from_units(amounts.value(row)) };
            let charges = if counts.is_null(row) { 0 } else { counts.value(row).unsigned_abs() };
            if charges == 0 {
                continue;
            }
            values.truncate(values.len() - 2);
            let mut values = values.into_iter();
            if values.next() != Some(Value::Flag(true)) {
                let (before, so_far) = sums.straddling.unwrap_or_default();
                sums.straddling = Some((before + charges, so_far + cost));
                continue;
            }
            let time = time_of(question.granularity, values.next().and_then(text));
            let currency = values.next().and_then(text);
            if sums.currency.is_none() {
                currencies.insert(currency.unwrap_or_else(|| "none".to_owned()));
            }
            sums.charges += charges;
            sums.groups.push(Group { time, keys: values.map(key_of).collect(), cost });
        }
    }
    if currencies.len() > 1 {
        return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
    }
    sums.currency = currencies.pop_first().filter(|_| sums.charges > 0);
    Ok(sums)
}

fn time_of(granularity: Granularity, value: Option<String>) -> Option<Time> {
    (granularity != Granularity::Total).then(|| value.map_or(Time::Longer, Time::At))
}

fn key_of(value: Value) -> Key {
    text(value).map_or(Key::Nothing, Key::Value)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) | Value::Amount(text) | Value::Number(text) => Some(text),
        Value::Flag(flag) => Some(flag.to_string()),
    }
}
