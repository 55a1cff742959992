//! Which tables answer a question, and whether they can at all.

use super::grouping::{Grouping, is_in_rollups};
use super::{Granularity, Metric, Question, Range};
use crate::engine::Planner;
use crate::tables::partition;
use crate::{Engine, QueryError, sql};
use datafusion::sql::sqlparser::ast;
use std::collections::BTreeSet;
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
        _ if currency.is_none() || !rollups_know(question, &met, &columns) => Tables::Charges,
        Granularity::Total => Tables::Rollups,
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
    let in_every_report = matches!(question.metric, Metric::Billed | Metric::Effective);
    let has_rollup = |period: &&HeldPeriod| {
        // A roll-up cannot tell a cost of nothing from one that its report does not give.
        period.rollup.is_some() && period.record.layout == LAYOUT && (in_every_report || period.record.kind != ReportKind::Focus)
    };
    periods.iter().all(has_rollup)
        && question.granularity <= Granularity::Day
        && question.by.iter().all(Grouping::is_in_rollups)
        && filtered_by.iter().all(|column| is_in_rollups(column))
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
