//! Every commitment that the bills of some periods show.

use super::gather::{self, Row};
use crate::cost::{Range, touched};
use crate::engine::Planner;
use crate::tables::{PAYER, PERIOD};
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::{Expr, ident, lit};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_cover::CommitmentId;
use tenor_cover::inventory::{Commitment, Facts, Ratio, ReportedFacts, Sums, Units};
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
    /// Months between the first and the last period of a payer that the lake does not hold of that payer.
    pub missing: BTreeSet<(BillingPeriod, String)>,
    /// Payers they are of.
    pub payers: BTreeSet<String>,
    /// Whose usage ends a day or more before the payer's last period does: the period is open, or its report an early version.
    pub ends_early: Vec<EndsEarly>,
}

/// A payer's last period, whose usage ends before it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndsEarly {
    /// Whose.
    pub payer: String,
    /// Which.
    pub period: BillingPeriod,
    /// When usage ends.
    pub end: Timestamp,
}

/// First and last period of each payer.
type Span = BTreeMap<String, (BillingPeriod, BillingPeriod)>;

/// One commitment while its periods are added up.
#[derive(Default)]
struct Gathered {
    reported: ReportedFacts,
    sums: Sums,
    newest: (String, Sums),
    hourly_commitment: Option<Money>,
    /// The unit of its quantities; an inner `None` where periods differ in it.
    quantity_unit: Option<Option<String>>,
    /// The last period with a fee row, of each payer.
    fees: BTreeMap<String, BillingPeriod>,
}

impl Engine {
    /// Every commitment that the bills of these periods show.
    ///
    /// # Errors
    /// When the lake holds nothing in that time, or the time is not made of whole periods: a reservation's fee has no shorter one.
    pub async fn inventory(&self, range: &Range) -> Result<Inventory, QueryError> {
        let held: BTreeSet<_> = touched(self, range)?.iter().map(|held| (held.key.payer.to_string(), held.key.period)).collect();
        let rows = rows(self, range, None).await?;
        let mut found: BTreeMap<String, Gathered> = BTreeMap::new();
        let mut currencies = BTreeSet::new();
        for row in &rows {
            let Some(id) = row.text("commitment_id") else { continue };
            currencies.extend(row.text("currency"));
            found.entry(id).or_default().add(row)?;
        }
        if currencies.len() > 1 {
            return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
        }
        let months = || held.iter().map(|(_, month)| *month);
        let (Some(first), Some(last)) = (months().min(), months().max()) else { return Err(QueryError::NothingHeld) };
        let mut span = Span::new();
        for (payer, month) in &held {
            span.entry(payer.clone()).or_insert((*month, *month)).1 = *month;
        }
        let commitments = found.into_values().map(|found| found.finish(&span)).collect();
        let missing = missing(&held, &span);
        let ends_early = ends_early(self, &span).await?;
        let payers = span.into_keys().collect();
        Ok(Inventory { commitments, periods: (first, last), currency: currencies.pop_first(), missing, payers, ends_early })
    }

    /// How much of each commitment was used in each period, the oldest first: what an inventory of that period alone would say.
    ///
    /// # Errors
    /// When the lake cannot be read, or the time is not made of whole periods.
    pub async fn utilization(&self, range: &Range) -> Result<Vec<(BillingPeriod, String, Ratio)>, QueryError> {
        let mut found: BTreeMap<(BillingPeriod, String), Gathered> = BTreeMap::new();
        for row in rows(self, range, None).await? {
            let (Some(period), Some(id)) = (row.parsed("billing_period")?, row.text("commitment_id")) else { continue };
            found.entry((period, id)).or_default().add(&row)?;
        }
        let one = |((period, id), found): ((BillingPeriod, String), Gathered)| {
            let used = found.finish(&Span::new()).figures().utilization?;
            Some((period, id, used))
        };
        Ok(found.into_iter().filter_map(one).collect())
    }

    /// One commitment in each period that shows it, the oldest first: what an inventory of that period alone would say of it.
    ///
    /// # Errors
    /// When the lake cannot be read, or the time is not made of whole periods.
    pub async fn months_of(&self, id: &CommitmentId, range: &Range) -> Result<Vec<(BillingPeriod, Commitment)>, QueryError> {
        let mut found: BTreeMap<BillingPeriod, Gathered> = BTreeMap::new();
        for row in rows(self, range, Some(id)).await? {
            let Some(period) = row.parsed("billing_period")? else { continue };
            found.entry(period).or_default().add(&row)?;
        }
        Ok(found.into_iter().map(|(period, found)| (period, found.finish(&Span::new()))).collect())
    }
}

/// Each commitment, or one of them, in each period, of each payer, the oldest first.
async fn rows(engine: &Engine, range: &Range, id: Option<&CommitmentId>) -> Result<Vec<Row>, QueryError> {
    refuse_parts(range)?;
    let of_one = id.map(|id| ident("commitment_id").eq(lit(id.0.clone())));
    let wanted = of_one.into_iter().fold(range.touching(), Expr::and);
    let plan = move |planner: &Planner| planner.table("commitments")?.filter(wanted).map_err(QueryError::planning);
    let mut rows = gather::rows(engine, plan).await?;
    rows.sort_by_cached_key(|row| (row.text("billing_period"), row.text("x_payer")));
    Ok(rows)
}

/// The months between each payer's first and last that are not held.
fn missing(held: &BTreeSet<(String, BillingPeriod)>, span: &Span) -> BTreeSet<(BillingPeriod, String)> {
    let mut missing = BTreeSet::new();
    for (payer, (first, last)) in span {
        let months = std::iter::successors(Some(*first), |month| Some(month.next())).take_while(|month| month < last);
        missing.extend(months.filter(|month| !held.contains(&(payer.clone(), *month))).map(|month| (month, payer.clone())));
    }
    missing
}

/// Payers whose usage ends before their last period does.
async fn ends_early(engine: &Engine, span: &Span) -> Result<Vec<EndsEarly>, QueryError> {
    let last_months: BTreeSet<String> = span.values().map(|(_, last)| last.to_string()).collect();
    let plan = move |planner: &Planner| {
        let column = |column: Column| ident(column.info().name);
        let is_use = column(Column::ChargeCategory)
            .eq(lit("Usage"))
            .and(column(Column::CommitmentDiscountStatus).is_null().or(column(Column::CommitmentDiscountStatus).eq(lit("Used"))));
        let is_last = ident(PERIOD).in_list(last_months.into_iter().map(lit).collect(), false);
        let table = planner.table("charges")?.filter(is_last.and(is_use));
        let last = max(column(Column::ChargePeriodEnd)).alias("last");
        let groups = vec![ident(PAYER).alias("payer"), ident(PERIOD).alias("period")];
        table.and_then(|table| table.aggregate(groups, vec![last])).map_err(QueryError::planning)
    };
    let mut early = Vec::new();
    for row in gather::rows(engine, plan).await? {
        let (payer, period) = (row.text("payer").unwrap_or_default(), row.parsed::<BillingPeriod>("period")?);
        let Some(period) = period.filter(|period| span.get(&payer).is_some_and(|(_, last)| last == period)) else { continue };
        let end = row.parsed::<Timestamp>("last")?.filter(|end| period.end().as_second() - end.as_second() >= DAY_SECONDS);
        early.extend(end.map(|end| EndsEarly { payer, period, end }));
    }
    early.sort_by(|a, b| (a.period, &a.payer).cmp(&(b.period, &b.payer)));
    Ok(early)
}

/// Refuses a time that is not made of whole periods.
pub(super) fn refuse_parts(range: &Range) -> Result<(), QueryError> {
    if range.is_of_periods() { Ok(()) } else { Err(QueryError::NotOfPeriods { range: range.to_string() }) }
}

impl Gathered {
    /// Adds a period, which is no older than those before.
    fn add(&mut self, row: &Row) -> Result<(), QueryError> {
        let sums = sums(row)?;
        self.sums.add(&sums);
        let unit = row.text("quantity_unit");
        if !(sums.quantity.held.is_zero() && unit.is_none()) {
            self.quantity_unit = Some(unit.filter(|unit| self.quantity_unit.as_ref().is_none_or(|known| known.as_ref() == Some(unit))));
        }
        let has_fee = row.count("fee_rows")? > 0;
        if let Some(month) = row.parsed("billing_period")?.filter(|_| has_fee) {
            self.fees.insert(row.text("x_payer").unwrap_or_default(), month);
        }
        let period = row.text("billing_period").unwrap_or_default();
        if self.newest.0 == period {
            self.newest.1.add(&sums);
        } else {
            self.newest = (period, sums);
        }
        self.hourly_commitment = row.parsed("hourly_commitment")?.or(self.hourly_commitment);
        let older = std::mem::take(&mut self.reported);
        self.reported = newer(reported(row)?, older);
        Ok(())
    }

    fn finish(self, span: &Span) -> Commitment {
        let facts = Facts::read(&self.reported);
        // Held until the newest period begins, and to be held in it, but without a fee there: of any payer, as accounts may move.
        let reaches_into = |month: &BillingPeriod| facts.term.is_some_and(|term| term.end() > month.start().as_second());
        let stopped =
            |(payer, month): (&String, &BillingPeriod)| span.get(payer).is_some_and(|(_, newest)| month < newest && reaches_into(newest));
        Commitment {
            is_gone: !self.fees.is_empty() && self.fees.iter().all(stopped),
            facts,
            sums: self.sums,
            newest: self.newest.1,
            hourly_commitment: self.hourly_commitment,
            quantity_unit: self.quantity_unit.flatten(),
        }
    }
}

fn reported(row: &Row) -> Result<ReportedFacts, QueryError> {
    let second = |column: &str| Ok::<_, QueryError>(row.parsed::<Timestamp>(column)?.map(Timestamp::as_second));
    Ok(ReportedFacts {
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
        start: second("term_start")?,
        end: second("term_end")?,
        count: row.parsed("reservations")?,
        pays_by_the_hour: !row.money("recurring_fee")?.is_zero(),
        amortizes_upfront: !row.money("amortized_upfront")?.is_zero(),
    })
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

fn sums(row: &Row) -> Result<Sums, QueryError> {
    let units = |name: &str| {
        let of = |what: &str| row.quantity(&format!("{name}_{what}"));
        Ok::<_, QueryError>(Units { held: of("held")?, used: of("used")?, unused: of("unused")? })
    };
    let quantity = units("quantity")?;
    Ok(Sums {
        used_cost: row.money("used_cost")?,
        unused_cost: row.money("unused_cost")?,
        list_cost: row.money("list_cost_covered")?,
        recurring_fee: row.money("recurring_fee")?,
        hours: units("hours")?,
        normalized: units("normalized")?,
        quantity: Units { held: quantity.used + quantity.unused, ..quantity },
        charges_without_cost: row.count("charges_without_cost")?,
        charges_without_list_cost: row.count("charges_without_list_cost")?,
    })
}
