//! One commitment from near: what it did hour by hour, and what it covered. It never guesses what a bill does not place in an hour.

use super::gather::{self, Row};
use super::inventory::refuse_parts;
use crate::cost::{Granularity, Range, time, touched};
use crate::engine::Planner;
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{Expr, GroupingSet, ident, lit, when};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_cover::CommitmentId;
use tenor_lake::schema::Column;
use tenor_money::{Money, Quantity};

/// What tells a sum by the hour from one of what was covered: it is there in the first alone.
const CATEGORY: &str = "category";

/// What a commitment did in some time, as its charges there add up. Money is amortized, after private discounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Did {
    /// Amortized cost of what served usage.
    pub used_cost: Money,
    /// Amortized cost of what served nothing.
    pub unused_cost: Money,
    /// What the usage costs at list prices.
    pub list_cost: Money,
    /// Instance hours that it covered; nothing for a plan.
    pub hours: Quantity,
    /// The same, weighted by size.
    pub normalized: Quantity,
    /// Its own unit, a plan's in currency: what served usage.
    pub quantity: Quantity,
    /// Its own unit: what served nothing.
    pub unused: Quantity,
}

/// A commitment's hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// In order. An hour of which the bill says nothing is not among them.
    pub hours: BTreeMap<Timestamp, Did>,
    /// What lies in no single hour: what is unused of reservations is billed by the month, and some reports tell days.
    pub longer: Did,
}

/// Usage that a commitment covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its service.
    pub service: Option<String>,
    /// Its usage type.
    pub usage_type: Option<String>,
    /// What is metered, where the report has no usage type.
    pub meter: Option<String>,
    /// Who used it.
    pub account: Option<AccountId>,
    /// What it cost of the commitment.
    pub cost: Money,
    /// What it costs at list prices.
    pub list_cost: Money,
}

/// What a commitment did, and what with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// By hour.
    pub hours: Hours,
    /// What it covered, the dearest first.
    pub covered: Vec<Covered>,
}

impl Engine {
    /// What a commitment did in each hour of some periods, and what it covered in them: one scan of their charges, added up in both ways.
    ///
    /// # Errors
    /// When the lake holds nothing in that time, or the time is not made of whole periods.
    pub async fn use_of(&self, id: &CommitmentId, range: &Range) -> Result<Use, QueryError> {
        let mut of = Use::default();
        for row in summed(self, id, range).await? {
            // Only what is added up by the hour has a category, whatever its charges say.
            if row.text(CATEGORY).is_some() {
                let did = match row.parsed("hour")? {
                    Some(hour) => of.hours.hours.entry(hour).or_default(),
                    None => &mut of.hours.longer,
                };
                did.add(&row)?;
            } else if row.text("status").as_deref() == Some("Used") {
                of.covered.push(Covered::read(&row)?);
            }
        }
        of.covered.sort_by(|a, b| {
            let name = |one: &Covered| (one.service.clone(), one.usage_type.clone(), one.meter.clone(), one.account.clone());
            (b.cost, b.list_cost).cmp(&(a.cost, a.list_cost)).then_with(|| name(a).cmp(&name(b)))
        });
        Ok(of)
    }
}

impl Covered {
    fn read(row: &Row) -> Result<Self, QueryError> {
        Ok(Self {
            service: row.text("service"),
            usage_type: row.text("usage_type"),
            meter: row.text("meter"),
            account: row.parsed("account")?,
            cost: row.money("sum_cost")?,
            list_cost: row.money("sum_list")?,
        })
    }
}

fn column(column: Column) -> Expr {
    ident(column.info().name)
}

/// Whether a charge says that it is of what a commitment did: its fee does not.
fn is_told() -> Expr {
    column(Column::CommitmentDiscountStatus).is_not_null()
}

/// What the charges are told apart by, under its own name; a category that is none is a word too.
fn lines() -> Result<Vec<Expr>, QueryError> {
    let (category, is_untyped) = (column(Column::CommitmentDiscountCategory), column(Column::XUsageType).is_null());
    let told = when(category.clone().is_not_null(), category).otherwise(lit("none")).map_err(QueryError::planning)?;
    Ok(vec![
        time(Granularity::Hour).alias("hour"),
        told.alias(CATEGORY),
        column(Column::CommitmentDiscountStatus).alias("status"),
        column(Column::BillingCurrency).alias("currency"),
        column(Column::ServiceName).alias("service"),
        column(Column::XUsageType).alias("usage_type"),
        when(is_untyped, column(Column::SkuMeter)).end().map_err(QueryError::planning)?.alias("meter"),
        column(Column::SubAccountId).alias("account"),
        column(Column::EffectiveCost).alias("cost"),
        column(Column::ListCost).alias("list"),
        column(Column::ConsumedQuantity).alias("hours"),
        column(Column::XNormalizedUsageAmount).alias("normalized"),
        column(Column::CommitmentDiscountQuantity).alias("quantity"),
    ])
}

/// The sums of what a commitment's charges say that it did: by hour and category, and once more by what was used and by whom.
async fn summed(engine: &Engine, id: &CommitmentId, range: &Range) -> Result<Vec<Row>, QueryError> {
    touched(engine, range)?;
    refuse_parts(range)?;
    let wanted = range.touching().and(column(Column::CommitmentDiscountId).eq(lit(id.0.clone()))).and(is_told());
    let lines = lines()?;
    let by = |names: &[&str]| -> Vec<Expr> { names.iter().map(|name| ident(*name)).collect() };
    let both = GroupingSet::GroupingSets(vec![
        by(&["hour", CATEGORY, "status", "currency"]),
        by(&["service", "usage_type", "meter", "account", "status", "currency"]),
    ]);
    let total = |of: &str| sum(ident(of)).alias(format!("sum_{of}"));
    let sums = ["cost", "list", "hours", "normalized", "quantity"].map(total).to_vec();
    let plan = move |planner: &Planner| {
        let table = planner.table("charges")?.filter(wanted).and_then(|table| table.select(lines));
        table.and_then(|table| table.aggregate(vec![Expr::GroupingSet(both)], sums)).map_err(QueryError::planning)
    };
    let rows = gather::rows(engine, plan).await?;
    engine.check_groups(rows.len())?;
    let currencies: BTreeSet<_> = rows.iter().map(|row| row.text("currency").unwrap_or_else(|| "none".to_owned())).collect();
    if currencies.len() > 1 {
        return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
    }
    Ok(rows)
}

impl Did {
    fn add(&mut self, row: &Row) -> Result<(), QueryError> {
        let (cost, quantity) = (row.money("sum_cost")?, row.quantity("sum_quantity")?);
        if row.text("status").as_deref() == Some("Unused") {
            self.unused_cost += cost;
            self.unused += quantity;
            return Ok(());
        }
        self.used_cost += cost;
        self.list_cost += row.money("sum_list")?;
        self.quantity += quantity;
        if row.text(CATEGORY).as_deref() != Some("Spend") {
            self.hours += row.quantity("sum_hours")?;
            self.normalized += row.quantity("sum_normalized")?;
        }
        Ok(())
    }
}
