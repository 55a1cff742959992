//! From a question to sums: which table answers, which charges match, and DataFusion's aggregation of them.

use super::grouping::{Source, is_in_rollups};
use super::range::{end, start};
use super::{Granularity, Grouping, Key, Metric, Question, Range, Time};
use crate::engine::Planner;
use crate::rows::{Rows, Value};
use crate::tables::{PERIOD, partition};
use crate::{Engine, QueryError, sql};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast;
use std::collections::BTreeSet;
use tenor_lake::schema::Column;
use tenor_lake::store::{HeldPeriod, LAYOUT, ReportKind, Snapshot, TimeUnit};
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
    touched(engine, &question.range)?;
    let (asked, snapshot) = (question.clone(), engine.snapshot_shared());
    let plan = move |planner: &Planner| {
        let filter = asked.filter.as_deref().map(|text| planner.parsed(text)).transpose()?;
        let periods = periods(planner, &snapshot, &asked, filter.clone())?;
        let currency = one_currency(&periods, &snapshot, &asked.range);
        let columns = filter.as_ref().map(sql::columns_of).unwrap_or_default();
        let from_rollups = currency.is_some() && rollups_know(&asked, &periods, &columns);
        Ok((aggregation(planner, &asked, filter, from_rollups, currency.is_some())?, (currency, from_rollups)))
    };
    let (rows, (currency, from_rollups)) = engine.ask_telling(plan).await?;
    gather(rows, question, Sums { groups: Vec::new(), currency, charges: 0, straddling: None, from_rollups }).await
}

/// Whether the roll-ups keep all that a question is about.
fn rollups_know(question: &Question, periods: &[&HeldPeriod], filtered_by: &[String]) -> bool {
    let in_every_report = matches!(question.metric, Metric::Billed | Metric::Effective);
    let has_rollup = |period: &&HeldPeriod| {
        // A roll-up cannot tell a cost of nothing from one that its report does not give.
        period.rollup.is_some() && period.record.layout == LAYOUT && (in_every_report || period.record.kind != ReportKind::Focus)
    };
    periods.iter().all(has_rollup)
        && question.granularity <= Granularity::Day
        && question.range.is_of_periods()
        && question.by.iter().all(Grouping::is_in_rollups)
        && filtered_by.iter().all(|column| is_in_rollups(column))
}

/// The currency of all charges that a question may meet, if it is one.
fn one_currency(periods: &[&HeldPeriod], snapshot: &Snapshot, range: &Range) -> Option<String> {
    let of = |period: &HeldPeriod| period.record.currency.clone();
    // Charges of a day may be on the bill of another month: a refund, late usage.
    let mut currencies: BTreeSet<String> =
        if range.is_of_periods() { periods.iter().map(|period| of(period)).collect() } else { snapshot.periods.iter().map(of).collect() };
    currencies.pop_first().filter(|_| currencies.is_empty())
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
    let cost = ident(question.metric.column().info().name);
    let charges = if from_rollups { sum(ident("rows")) } else { count(lit(1_i64)) };
    let charges_with_cost = if from_rollups { sum(ident("rows")) } else { count(cost.clone()) };
    let amounts = vec![sum(cost).alias("cost"), charges.alias("charges"), charges_with_cost.alias("charges_with_cost")];
    table.aggregate(groups, amounts).map_err(QueryError::planning)
}

/// The periods that a question touches and its condition lets pass, once they are known to be able to answer it.
pub(crate) fn periods<'a>(
    planner: &Planner,
    snapshot: &'a Snapshot,
    question: &Question,
    filter: Option<ast::Expr>,
) -> Result<Vec<&'a HeldPeriod>, QueryError> {
    let mut touched: Vec<_> = snapshot.periods.iter().filter(|period| question.range.touches(period.key.period)).collect();
    if let Some(filter) = filter {
        let condition = planner.condition(filter, planner.table("charges")?.schema())?;
        let keys: Vec<_> = touched.iter().map(|period| partition(period)).collect();
        let mut keep = planner.partitions_passing(condition, &keys)?.into_iter();
        touched.retain(|_| keep.next() == Some(true));
    }
    let asked = question.granularity.max(question.range.finest());
    for period in &touched {
        let unit = match (period.record.time_unit, asked) {
            (TimeUnit::Month, Granularity::Day | Granularity::Hour) => "month",
            (TimeUnit::Day, Granularity::Hour) => "day",
            _ => continue,
        };
        let asked = if asked == Granularity::Hour { "hour" } else { "day" };
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

/// When a charge is, as finely as a question asks.
pub(crate) fn time(question: &Question, from_rollups: bool) -> Expr {
    match question.granularity {
        Granularity::Total => lit(ScalarValue::Utf8View(None)),
        Granularity::Month => ident(PERIOD),
        Granularity::Day if from_rollups => ident("day"),
        Granularity::Day => crate::functions::charge_day().call(vec![start(), end()]),
        Granularity::Hour => crate::functions::charge_hour().call(vec![start(), end()]),
    }
}

/// The value that a grouping tells charges apart by.
pub(crate) fn key(grouping: &Grouping) -> Expr {
    match &grouping.source {
        Source::Column(column) => ident(*column),
        Source::Family => {
            let column = |column: Column| ident(column.info().name);
            let usage_type = coalesce(vec![column(Column::XUsageType), column(Column::SkuMeter)]);
            let of_type = crate::functions::instance_family().call(vec![column(Column::XInstanceType), usage_type]);
            coalesce(vec![of_type, column(Column::XSavingsPlanInstanceTypeFamily)])
        }
        Source::Key { column, key, .. } => {
            crate::functions::json_get().call(vec![ident(*column), lit(ScalarValue::Utf8View(Some(key.clone())))])
        }
    }
}

/// Reads the aggregation's rows: inside, time, currency, keys, cost, charges, charges that have the cost.
async fn gather(mut rows: Rows, question: &Question, mut sums: Sums) -> Result<Sums, QueryError> {
    let mut currencies: BTreeSet<String> = sums.currency.iter().cloned().collect();
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
            if sums.currency.is_none() {
                currencies.insert(currency.unwrap_or_else(|| "none".to_owned()));
            }
            if is_inside {
                sums.charges += charges;
                sums.groups.push(Group { time, keys: values.map(key_of).collect(), cost });
            } else {
                let (before, so_far) = sums.straddling.unwrap_or_default();
                sums.straddling = Some((before + charges, so_far + cost));
            }
        }
    }
    if without_cost > 0 {
        return Err(QueryError::NoSuchCost { column: question.metric.column().info().name, charges: without_cost });
    }
    if currencies.len() > 1 {
        return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
    }
    sums.currency = currencies.pop_first().filter(|_| sums.charges > 0 || sums.straddling.is_some());
    Ok(sums)
}

/// A time that was read.
pub(crate) fn time_of(granularity: Granularity, value: Option<String>) -> Option<Time> {
    (granularity != Granularity::Total).then(|| value.map_or(Time::Longer, Time::At))
}

/// A key that was read.
pub(crate) fn key_of(value: Value) -> Key {
    text(value).map_or(Key::Nothing, Key::Value)
}

/// A value that was read, as text.
pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) | Value::Amount(text) | Value::Number(text) => Some(text),
        Value::Flag(flag) => Some(flag.to_string()),
    }
}
