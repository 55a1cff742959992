//! Which tables answer a question, and whether they can at all.

use super::grouping::{Grouping, is_in_detail, is_in_rollups};
use super::{Granularity, Metric, Question, Range};
use crate::engine::Planner;
use crate::tables::partition;
use crate::{Engine, QueryError, sql};
use datafusion::sql::sqlparser::ast;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tenor_lake::store::{HeldPeriod, LAYOUT, ReportKind, Snapshot, TimeUnit};

/// What answers a question.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    pub(super) tables: Tables,
    /// The currency of all charges that the question may meet, if it is one.
    pub(super) currency: Option<String>,
}

/// The tables that answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    Charges,
    Rollups,
    /// The roll-ups by month, which keep more apart.
    Detail,
    /// The roll-ups for charges of a day, which they keep by day; the charges for longer ones, of which they do not know the ends.
    Both,
}

/// Decides, once it is known that the periods can answer.
pub(super) fn basis(planner: &Planner, snapshot: &Snapshot, question: &Question) -> Result<Basis, QueryError> {
    let filter = question.filter.as_deref().map(|text| planner.parsed(text)).transpose()?;
    let columns = filter.as_ref().map(sql::columns_of).unwrap_or_default();
    let mut met = passing(planner, snapshot, filter)?;
    let touched: Vec<_> = met.iter().copied().filter(|period| question.range.touches(period.key.period)).collect();
    check_length(question.granularity, &question.range, &touched)?;
    // Charges of a day may be on the bill of another month: a refund, late usage.
    if question.range.is_of_periods() {
        met = touched;
    }
    let currency = one_currency(&met);
    let tables = match question.range.finest() {
        _ if currency.is_none() => Tables::Charges,
        Granularity::Total => of_whole_periods(question, &met, &columns),
        _ if !rollups_know(question, &met, &columns) => Tables::Charges,
        Granularity::Day => Tables::Both,
        _ => Tables::Charges,
    };
    Ok(Basis { tables, currency })
}

/// The periods that a condition lets pass.
fn passing<'a>(planner: &Planner, snapshot: &'a Snapshot, filter: Option<ast::Expr>) -> Result<Vec<&'a HeldPeriod>, QueryError> {
    let mut periods: Vec<_> = snapshot.periods.iter().collect();
    if let Some(filter) = filter {
        let condition = planner.condition(filter, planner.table("charges")?.schema())?;
        let keys: Vec<_> = periods.iter().map(|period| partition(period)).collect();
        let mut keep = planner.partitions_passing(condition, &keys)?.into_iter();
        periods.retain(|_| keep.next() == Some(true));
    }
    Ok(periods)
}

/// Refuses to tell time apart more finely than the rows of a period do.
pub(crate) fn check_length(granularity: Granularity, range: &Range, periods: &[&HeldPeriod]) -> Result<(), QueryError> {
    let asked = granularity.max(range.finest());
    for period in periods {
        let unit = match (period.record.time_unit, asked) {
            (TimeUnit::Month, Granularity::Day | Granularity::Hour) => "month",
            (TimeUnit::Day, Granularity::Hour) => "day",
            _ => continue,
        };
        let asked = if asked == Granularity::Hour { "hour" } else { "day" };
        let (period, payer) = (period.key.period.to_string(), period.key.payer.to_string());
        return Err(QueryError::TooCoarse { period, payer, unit, asked });
    }
    Ok(())
}

fn one_currency(periods: &[&HeldPeriod]) -> Option<String> {
    let mut currencies: BTreeSet<String> = periods.iter().map(|period| period.record.currency.clone()).collect();
    currencies.pop_first().filter(|_| currencies.is_empty())
}

/// Whether the roll-ups keep all that a question is about, but for its range.
fn rollups_know(question: &Question, periods: &[&HeldPeriod], filtered_by: &[String]) -> bool {
    let has_rollup = |period: &&HeldPeriod| period.rollup.is_some() && tells_cost(period, question.metric);
    periods.iter().all(has_rollup)
        && question.granularity <= Granularity::Day
        && question.by.iter().all(Grouping::is_in_rollups)
        && filtered_by.iter().all(|column| is_in_rollups(column))
}

/// Which tables answer about whole periods: of two that do, the smaller.
fn of_whole_periods(question: &Question, periods: &[&HeldPeriod], filtered_by: &[String]) -> Tables {
    match (rollups_know(question, periods, filtered_by), detail_knows(question, periods, filtered_by)) {
        (true, true) if is_detail_smaller(periods) => Tables::Detail,
        (true, _) => Tables::Rollups,
        (false, true) => Tables::Detail,
        (false, false) => Tables::Charges,
    }
}

/// Whether the roll-ups by month take fewer bytes than those by day; they do not where one cannot be looked at.
fn is_detail_smaller(periods: &[&HeldPeriod]) -> bool {
    let bytes = |file: fn(&HeldPeriod) -> Option<&PathBuf>| {
        periods.iter().map(|period| Some(file(period)?.metadata().ok()?.len())).sum::<Option<u64>>()
    };
    let (by_month, by_day) = (bytes(|period| period.detail.as_ref()), bytes(|period| period.rollup.as_ref()));
    by_month.zip(by_day).is_some_and(|(by_month, by_day)| by_month < by_day)
}

/// Whether the roll-ups by month keep all that a question about whole periods is about.
fn detail_knows(question: &Question, periods: &[&HeldPeriod], filtered_by: &[String]) -> bool {
    has_detail(periods, question.granularity, &question.by)
        && periods.iter().all(|period| tells_cost(period, question.metric))
        && filtered_by.iter().all(|column| is_in_detail(column))
}

/// Whether the roll-ups by month keep apart what a question about whole periods does.
pub(crate) fn has_detail(periods: &[&HeldPeriod], granularity: Granularity, by: &[Grouping]) -> bool {
    periods.iter().all(|period| period.detail.is_some() && period.record.layout == LAYOUT)
        && granularity <= Granularity::Month
        && by.iter().all(Grouping::is_in_detail)
}

/// Whether a period's roll-ups have a cost: they cannot tell one of nothing from one that their report does not give.
fn tells_cost(period: &HeldPeriod, metric: Metric) -> bool {
    let in_every_report = matches!(metric, Metric::Billed | Metric::Effective);
    period.record.layout == LAYOUT && (in_every_report || period.record.kind != ReportKind::Focus)
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
