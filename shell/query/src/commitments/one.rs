//! One commitment from near: what it did hour by hour, and what it covered. It never guesses what a bill does not place in an hour.

use super::gather::{self, Row};
use super::inventory::refuse_parts;
use crate::cost::{Granularity, Range, time, touched};
use crate::engine::Planner;
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{Expr, ident, lit, when};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_cover::CommitmentId;
use tenor_lake::schema::Column;
use tenor_money::{Money, Quantity};

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

impl Engine {
    /// What a commitment did in each hour of some periods.
    ///
    /// # Errors
    /// When the lake holds nothing in that time, or the time is not made of whole periods.
    pub async fn hours_of(&self, id: &CommitmentId, range: &Range) -> Result<Hours, QueryError> {
        let groups = vec![
            time(Granularity::Hour).alias("hour"),
            column(Column::CommitmentDiscountCategory).alias("category"),
            column(Column::CommitmentDiscountStatus).alias("status"),
        ];
        let mut hours = Hours::default();
        for row in summed(self, id, range, is_told(), groups).await? {
            let hour: Option<Timestamp> = row.parsed("hour")?;
            let did = match hour {
                Some(hour) => hours.hours.entry(hour).or_default(),
                None => &mut hours.longer,
            };
            did.add(&row)?;
        }
        Ok(hours)
    }

    /// What a commitment covered in some periods, the dearest first.
    ///
    /// # Errors
    /// As [`Engine::hours_of`].
    pub async fn covered_by(&self, id: &CommitmentId, range: &Range) -> Result<Vec<Covered>, QueryError> {
        let is_untyped = column(Column::XUsageType).is_null();
        let groups = vec![
            column(Column::ServiceName).alias("service"),
            column(Column::XUsageType).alias("usage_type"),
            when(is_untyped, column(Column::SkuMeter)).end().map_err(QueryError::planning)?.alias("meter"),
            column(Column::SubAccountId).alias("account"),
        ];
        let is_used = column(Column::CommitmentDiscountStatus).eq(lit("Used"));
        let mut covered = Vec::new();
        for row in summed(self, id, range, is_used, groups).await? {
            covered.push(Covered {
                service: row.text("service"),
                usage_type: row.text("usage_type"),
                meter: row.text("meter"),
                account: row.parsed("account")?,
                cost: row.money("sum_cost")?,
                list_cost: row.money("sum_list")?,
            });
        }
        covered.sort_by(|a, b| {
            let name = |one: &Covered| (one.service.clone(), one.usage_type.clone(), one.meter.clone(), one.account.clone());
            (b.cost, b.list_cost).cmp(&(a.cost, a.list_cost)).then_with(|| name(a).cmp(&name(b)))
        });
        Ok(covered)
    }
}

fn column(column: Column) -> Expr {
    ident(column.info().name)
}

/// Whether a charge says that it is of what a commitment did: its fee does not.
fn is_told() -> Expr {
    column(Column::CommitmentDiscountStatus).is_not_null()
}

/// The sums of a commitment's charges that meet a condition, by groups.
async fn summed(engine: &Engine, id: &CommitmentId, range: &Range, condition: Expr, groups: Vec<Expr>) -> Result<Vec<Row>, QueryError> {
    touched(engine, range)?;
    refuse_parts(range)?;
    let wanted = range.touching().and(column(Column::CommitmentDiscountId).eq(lit(id.0.clone()))).and(condition);
    let groups: Vec<_> = groups.into_iter().chain([column(Column::BillingCurrency).alias("currency")]).collect();
    let sums = vec![
        sum(column(Column::EffectiveCost)).alias("sum_cost"),
        sum(column(Column::ListCost)).alias("sum_list"),
        sum(column(Column::ConsumedQuantity)).alias("sum_hours"),
        sum(column(Column::XNormalizedUsageAmount)).alias("sum_normalized"),
        sum(column(Column::CommitmentDiscountQuantity)).alias("sum_quantity"),
    ];
    let plan = move |planner: &Planner| {
        let table = planner.table("charges")?.filter(wanted);
        table.and_then(|table| table.aggregate(groups, sums)).map_err(QueryError::planning)
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
        if row.text("category").as_deref() != Some("Spend") {
            self.hours += row.quantity("sum_hours")?;
            self.normalized += row.quantity("sum_normalized")?;
        }
        Ok(())
    }
}
