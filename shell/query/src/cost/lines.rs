//! What is added up: a line for each charge or group of a roll-up that matches, with what a question tells apart and the cost.
//!
//! A line's columns are [`INSIDE`], [`TIME`], [`CURRENCY`], a key for each grouping, [`COST`], and where roll-ups take part how many
//! [`CHARGES`] it stands for and how many of them have the cost.

use super::basis::{Basis, Tables};
use super::grouping::{Grouping, Source};
use super::range::{end, start};
use super::{Granularity, Question};
use crate::engine::Planner;
use crate::rows::text;
use crate::tables::{DETAIL, PAYER, PERIOD};
use crate::{Engine, QueryError};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, ident, lit, when};
use datafusion::prelude::DataFrame;
use std::collections::BTreeSet;
use tenor_lake::schema::Column;

/// Whether a line lies in the time asked for whole, and not only in part.
pub(super) const INSIDE: &str = "inside";
pub(super) const TIME: &str = "time";
/// Null when it is known to be the same for all.
pub(super) const CURRENCY: &str = "currency";
pub(super) const COST: &str = "cost";
pub(super) const CHARGES: &str = "charges";
pub(super) const CHARGES_WITH_COST: &str = "charges_with_cost";

/// Kinds of line items that longer charges are looked for by, at most.
const KINDS_MAX: usize = 16;
/// The kind of most charges, which tells nothing apart.
const MOST: &str = "Usage";

/// The name of a grouping's column.
pub(super) fn key_name(at: usize) -> String {
    format!("key{at}")
}

/// Where charges longer than a day are, as the roll-ups have it. There may be fewer.
#[derive(Debug, Clone, Default)]
pub(super) struct Longer {
    payers: BTreeSet<String>,
    periods: BTreeSet<String>,
    /// `None` among them for charges without one.
    kinds: BTreeSet<Option<String>>,
}

/// Asks the roll-ups where charges longer than a day are.
pub(super) async fn longer(engine: &Engine, question: &Question) -> Result<Longer, QueryError> {
    let asked = question.clone();
    let kind = Column::XLineItemType.info().name;
    let plan = move |planner: &Planner| {
        let rollups = filtered(planner, planner.table("rollup")?.filter(ident("day").is_null()).map_err(QueryError::planning)?, &asked)?;
        let places = rollups.select(vec![ident(PAYER), ident(PERIOD), ident(kind)]).and_then(DataFrame::distinct);
        places.map_err(QueryError::planning)
    };
    let mut rows = engine.ask(plan).await?;
    let mut longer = Longer::default();
    while let Some(rows) = rows.next().await? {
        for row in rows {
            let mut values = row.into_iter().map(text);
            longer.payers.extend(values.next().flatten());
            longer.periods.extend(values.next().flatten());
            longer.kinds.insert(values.next().flatten());
        }
    }
    Ok(longer)
}

/// The lines that a question is about.
pub(super) fn lines(planner: &Planner, question: &Question, basis: &Basis, longer: &Longer) -> Result<DataFrame, QueryError> {
    match basis.tables {
        Tables::Charges => {
            let charges = planner.table("charges")?.filter(question.range.touching()).map_err(QueryError::planning)?;
            charge_lines(filtered(planner, charges, question)?, question, basis)
        }
        Tables::Rollups => rollup_lines(planner, "rollup", question),
        Tables::Detail => rollup_lines(planner, DETAIL, question),
        Tables::Both if longer.periods.is_empty() => rollup_lines(planner, "rollup", question),
        Tables::Both => {
            let charges = planner.table("charges")?.filter(longer.condition()).map_err(QueryError::planning)?;
            let charges = charges.filter(question.range.touching().and(day().is_null())).map_err(QueryError::planning)?;
            let charges = charge_lines(filtered(planner, charges, question)?, question, basis)?;
            rollup_lines(planner, "rollup", question)?.union(charges).map_err(QueryError::planning)
        }
    }
}

fn rollup_lines(planner: &Planner, table: &str, question: &Question) -> Result<DataFrame, QueryError> {
    let range = &question.range;
    let within = if range.is_of_periods() { range.touching() } else { range.days() };
    let rollups = filtered(planner, planner.table(table)?.filter(within).map_err(QueryError::planning)?, question)?;
    let time = if question.granularity == Granularity::Day { ident("day") } else { time(question.granularity) };
    let counts = [ident("rows").alias(CHARGES), ident("rows").alias(CHARGES_WITH_COST)];
    selected(rollups, question, [lit(true), time, nothing()], counts)
}

fn charge_lines(charges: DataFrame, question: &Question, basis: &Basis) -> Result<DataFrame, QueryError> {
    let currency = if basis.currency.is_some() { nothing() } else { ident(Column::BillingCurrency.info().name) };
    let parts = [question.range.containing(), time(question.granularity), currency];
    if basis.tables == Tables::Charges {
        return selected(charges, question, parts, []);
    }
    let has_cost = when(ident(question.metric.column().info().name).is_not_null(), lit(1_i64)).otherwise(lit(0_i64));
    let has_cost = has_cost.map_err(QueryError::planning)?;
    selected(charges, question, parts, [lit(1_i64).alias(CHARGES), has_cost.alias(CHARGES_WITH_COST)])
}

fn selected<const N: usize>(table: DataFrame, question: &Question, parts: [Expr; 3], counts: [Expr; N]) -> Result<DataFrame, QueryError> {
    let parts = parts.into_iter().zip([INSIDE, TIME, CURRENCY]).map(|(part, name)| part.alias(name));
    let keys = question.by.iter().enumerate().map(|(at, grouping)| key(grouping).alias(key_name(at)));
    let cost = ident(question.metric.column().info().name).alias(COST);
    table.select(parts.chain(keys).chain([cost]).chain(counts).collect::<Vec<_>>()).map_err(QueryError::planning)
}

/// With the condition of a question.
fn filtered(planner: &Planner, table: DataFrame, question: &Question) -> Result<DataFrame, QueryError> {
    let Some(filter) = &question.filter else { return Ok(table) };
    let condition = planner.condition(planner.parsed(filter)?, table.schema())?;
    table.filter(condition).map_err(QueryError::planning)
}

impl Longer {
    fn condition(&self) -> Expr {
        let texts = |texts: &BTreeSet<String>| texts.iter().map(|text| lit(ScalarValue::Utf8View(Some(text.clone())))).collect();
        let places = ident(PAYER).in_list(texts(&self.payers), false).and(ident(PERIOD).in_list(texts(&self.periods), false));
        let kinds: Option<BTreeSet<String>> = self.kinds.iter().cloned().collect();
        match kinds.filter(|kinds| kinds.len() <= KINDS_MAX && !kinds.contains(MOST)) {
            Some(kinds) => places.and(ident(Column::XLineItemType.info().name).in_list(texts(&kinds), false)),
            None => places,
        }
    }
}

/// When a charge is, as finely as a question asks.
pub(crate) fn time(granularity: Granularity) -> Expr {
    match granularity {
        Granularity::Total => nothing(),
        Granularity::Month => ident(PERIOD),
        Granularity::Day => day(),
        Granularity::Hour => crate::functions::charge_hour().call(vec![start(), end()]),
    }
}

fn day() -> Expr {
    crate::functions::charge_day().call(vec![start(), end()])
}

fn nothing() -> Expr {
    lit(ScalarValue::Utf8View(None))
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
