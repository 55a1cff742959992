//! Every commitment that the bills of some periods show.

use super::gather::{self, Row};
use crate::cost::{Range, touched};
use crate::engine::Planner;
use crate::tables::PERIOD;
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::{ident, lit};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Facts, ReportedFacts, Sums, Units};
use tenor_lake::schema::Column;
use tenor_money::Money;

const DAY_SECONDS: i64 = 86_400;

/// The commitments of some periods.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// In the order of their ids.
    pub commitments: Vec<Commitment>,
    /// The first and the last period they are of.
    pub periods: (BillingPeriod, BillingPeriod),
    /// Currency of all amounts; none without commitments.
    pub currency: Option<String>,
    /// When usage ends, where that is a day or more before the last period does: the period is open, or its report an early version.
    pub ends_early: Option<Timestamp>,
}

/// One commitment while its periods are added up.
#[derive(Default)]
struct Gathered {
    reported: ReportedFacts,
    sums: Sums,
    newest: (String, Sums),
    hourly_commitment: Option<Money>,
}

impl Engine {
    /// Every commitment that the bills of these periods show.
    ///
    /// # Errors
    /// When the lake holds nothing in that time, or the time is not made of whole periods: a reservation's fee has no shorter one.
    pub async fn inventory(&self, range: &Range) -> Result<Inventory, QueryError> {
        let months: Vec<_> = touched(self, range)?.iter().map(|period| period.key.period).collect();
        refuse_parts(range)?;
        let touching = range.touching();
        let plan = move |planner: &Planner| planner.table("commitments")?.filter(touching).map_err(QueryError::planning);
        let mut rows = gather::rows(self, plan).await?;
        rows.sort_by_cached_key(|row| (row.text("billing_period"), row.text("x_payer")));
        let mut found: BTreeMap<String, Gathered> = BTreeMap::new();
        let mut currencies = BTreeSet::new();
        for row in &rows {
            let Some(id) = row.text("commitment_id") else { continue };
            currencies.extend(row.text("currency"));
            found.entry(id).or_default().add(row);
        }
        if currencies.len() > 1 {
            return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
        }
        let first = months.iter().min().copied().ok_or(QueryError::NothingHeld)?;
        let last = months.iter().max().copied().ok_or(QueryError::NothingHeld)?;
        Ok(Inventory {
            commitments: found.into_values().map(Gathered::finish).collect(),
            periods: (first, last),
            currency: currencies.pop_first(),
            ends_early: ends_early(self, last).await?,
        })
    }
}

async fn ends_early(engine: &Engine, period: BillingPeriod) -> Result<Option<Timestamp>, QueryError> {
    let plan = move |planner: &Planner| {
        let column = |column: Column| ident(column.info().name);
        let is_use = column(Column::ChargeCategory)
            .eq(lit("Usage"))
            .and(column(Column::CommitmentDiscountStatus).is_null().or(column(Column::CommitmentDiscountStatus).eq(lit("Used"))));
        let table = planner.table("charges")?.filter(ident(PERIOD).eq(lit(period.to_string())).and(is_use));
        let last = max(column(Column::ChargePeriodEnd)).alias("last");
        table.and_then(|table| table.aggregate(Vec::new(), vec![last])).map_err(QueryError::planning)
    };
    let last: Option<Timestamp> = gather::rows(engine, plan).await?.first().and_then(|row| row.parsed("last"));
    Ok(last.filter(|last| period.end().as_second() - last.as_second() >= DAY_SECONDS))
}

/// Refuses a time that is not made of whole periods.
pub(super) fn refuse_parts(range: &Range) -> Result<(), QueryError> {
    if range.is_of_periods() { Ok(()) } else { Err(QueryError::NotOfPeriods { range: range.to_string() }) }
}

impl Gathered {
    /// Adds a period, which is no older than those before.
    fn add(&mut self, row: &Row) {
        let sums = sums(row);
        self.sums.add(&sums);
        let period = row.text("billing_period").unwrap_or_default();
        if self.newest.0 == period {
            self.newest.1.add(&sums);
        } else {
            self.newest = (period, sums);
        }
        self.hourly_commitment = row.parsed("hourly_commitment").or(self.hourly_commitment);
        let older = std::mem::take(&mut self.reported);
        self.reported = newer(reported(row), older);
    }

    fn finish(self) -> Commitment {
        let facts = Facts::read(&self.reported);
        Commitment { facts, sums: self.sums, newest: self.newest.1, hourly_commitment: self.hourly_commitment }
    }
}

fn reported(row: &Row) -> ReportedFacts {
    let second = |column: &str| row.parsed::<Timestamp>(column).map(Timestamp::as_second);
    ReportedFacts {
        commitment_id: row.text("commitment_id").unwrap_or_default(),
        category: row.text("category"),
        kind: row.text("kind"),
        owner: row.text("owner"),
        service_code: row.text("service_code"),
        usage_type: row.text("usage_type"),
        instance_type: row.text("instance_type"),
        plan_family: row.text("plan_family"),
        region: row.text("region"),
        zone: row.text("zone"),
        payment_option: row.text("payment_option"),
        offering_class: row.text("offering_class"),
        seller: row.text("seller"),
        start: second("term_start"),
        end: second("term_end"),
        count: row.parsed("reservations"),
        pays_by_the_hour: !row.money("recurring_fee").is_zero(),
        amortizes_upfront: !row.money("amortized_upfront").is_zero(),
    }
}

/// What the newer period reports, and where it reports nothing, what the older did: usage rows tell more than fee rows, and a reservation
/// that nothing used in a month has none.
fn newer(newer: ReportedFacts, older: ReportedFacts) -> ReportedFacts {
    ReportedFacts {
        commitment_id: newer.commitment_id,
        category: newer.category.or(older.category),
        kind: newer.kind.or(older.kind),
        owner: newer.owner.or(older.owner),
        service_code: newer.service_code.or(older.service_code),
        usage_type: newer.usage_type.or(older.usage_type),
        instance_type: newer.instance_type.or(older.instance_type),
        plan_family: newer.plan_family.or(older.plan_family),
        region: newer.region.or(older.region),
        zone: newer.zone.or(older.zone),
        payment_option: newer.payment_option.or(older.payment_option),
        offering_class: newer.offering_class.or(older.offering_class),
        seller: newer.seller.or(older.seller),
        start: newer.start.or(older.start),
        end: newer.end.or(older.end),
        count: newer.count.or(older.count),
        pays_by_the_hour: newer.pays_by_the_hour || older.pays_by_the_hour,
        amortizes_upfront: newer.amortizes_upfront || older.amortizes_upfront,
    }
}

fn sums(row: &Row) -> Sums {
    let units = |name: &str| Units {
        held: row.quantity(&format!("{name}_held")),
        used: row.quantity(&format!("{name}_used")),
        unused: row.quantity(&format!("{name}_unused")),
    };
    let quantity = units("quantity");
    Sums {
        used_cost: row.money("used_cost"),
        unused_cost: row.money("unused_cost"),
        list_cost: row.money("list_cost_covered"),
        recurring_fee: row.money("recurring_fee"),
        hours: units("hours"),
        normalized: units("normalized"),
        quantity: Units { held: quantity.used + quantity.unused, ..quantity },
        charges_without_cost: row.count("charges_without_cost"),
    }
}
