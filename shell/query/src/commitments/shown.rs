//! What bills show of commitments, period by period: read once, kept from one snapshot to the next, and added up as often as somebody asks.
//!
//! **Invariant:** what is kept of a period was read under the very record that it is held by. Where an import has put another one in its place that
//! period is read anew, and no other.

use super::gather::{self, Row};
use super::inventory::refuse_parts;
use crate::cost::{Range, touched};
use crate::engine::Planner;
use crate::tables::{PAYER, PERIOD, partition};
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::{ident, lit};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_cover::inventory::{ReportedFacts, Sums, Units};
use tenor_lake::schema::Column;
use tenor_lake::store::{HeldPeriod, ImportRecord, Key, Snapshot};
use tenor_money::Money;

/// So many periods are read at once: what comes of them is held as rows for a moment, which take some times what is kept.
const PERIODS_AT_ONCE: usize = 12;

/// What the bills of some periods show of commitments. Copies share what they are of.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// By period, then by payer.
    pub(super) periods: Vec<Arc<InPeriod>>,
    /// Of the last period of each payer.
    pub(super) last_usage: Vec<Arc<LastUsage>>,
}

/// What the bill of one period shows.
#[derive(Debug)]
pub(super) struct InPeriod {
    pub(super) key: Key,
    record: ImportRecord,
    /// By their ids.
    pub(super) commitments: BTreeMap<String, OfPeriod>,
}

/// One commitment on it.
#[derive(Debug)]
pub(super) struct OfPeriod {
    pub(super) currency: Option<String>,
    pub(super) reported: ReportedFacts,
    pub(super) sums: Sums,
    pub(super) hourly_commitment: Option<Money>,
    pub(super) quantity_unit: Option<String>,
    pub(super) has_fee: bool,
}

/// When usage ends in a period; none where there is none in it.
#[derive(Debug)]
pub(super) struct LastUsage {
    pub(super) key: Key,
    record: ImportRecord,
    pub(super) end: Option<Timestamp>,
}

impl Engine {
    /// What the bills of these periods show of commitments. What `before` has of a period under the same record is not read again.
    ///
    /// # Errors
    /// When the lake holds nothing in that time or cannot be read, the time is not made of whole periods (a reservation's fee has no shorter one), or
    /// they show more commitments than may be held in memory, counted in each period.
    pub async fn shown(&self, range: &Range, before: Option<&Shown>) -> Result<Shown, QueryError> {
        self.shown_by_lots(range, before, &|_| {}).await
    }

    /// The same, and tells after some periods what is known by then: whoever gives up before the end asks on with that as `before`. It is no answer.
    ///
    /// # Errors
    /// As [`Engine::shown`].
    pub async fn shown_by_lots(&self, range: &Range, before: Option<&Shown>, tell: &(dyn Fn(Shown) + Sync)) -> Result<Shown, QueryError> {
        let held = touched(self, range)?;
        refuse_parts(range)?;
        let periods = in_periods(self, &held, before, tell).await?;
        let last_usage = last_usage(self, &held, before).await?;
        Ok(Shown { periods, last_usage })
    }
}

async fn in_periods(
    engine: &Engine,
    held: &[&HeldPeriod],
    before: Option<&Shown>,
    tell: &(dyn Fn(Shown) + Sync),
) -> Result<Vec<Arc<InPeriod>>, QueryError> {
    let kept: BTreeMap<&Key, &Arc<InPeriod>> =
        before.into_iter().flat_map(|before| before.periods.iter()).map(|kept| (&kept.key, kept)).collect();
    let (mut periods, mut unread): (Vec<Arc<InPeriod>>, Vec<HeldPeriod>) = (Vec::new(), Vec::new());
    for held in held.iter().copied() {
        match kept.get(&held.key).filter(|kept| kept.record == held.record) {
            Some(kept) => periods.push(Arc::clone(kept)),
            None => unread.push(held.clone()),
        }
    }
    for lot in unread.chunks(PERIODS_AT_ONCE) {
        let mut found = read(engine, lot).await?;
        for held in lot {
            let commitments = found.remove(&partition(held)).unwrap_or_default();
            periods.push(Arc::new(InPeriod { key: held.key.clone(), record: held.record.clone(), commitments }));
        }
        engine.check_groups(periods.iter().map(|period| period.commitments.len()).sum())?;
        let last_usage = before.map(|before| before.last_usage.clone()).unwrap_or_default();
        tell(Shown { periods: periods.clone(), last_usage });
    }
    periods.sort_by_cached_key(|one| (one.key.period, one.key.payer.to_string()));
    Ok(periods)
}

/// The commitments of some periods, by payer and period.
async fn read(engine: &Engine, periods: &[HeldPeriod]) -> Result<BTreeMap<[String; 2], BTreeMap<String, OfPeriod>>, QueryError> {
    let engine = engine.over(&Snapshot { periods: periods.to_vec() })?;
    let mut found: BTreeMap<[String; 2], BTreeMap<String, OfPeriod>> = BTreeMap::new();
    for row in gather::rows(&engine, |planner: &Planner| planner.table("commitments")).await? {
        let Some(id) = row.text("commitment_id") else { continue };
        let whose = [PAYER, PERIOD].map(|column| row.text(column).unwrap_or_default());
        found.entry(whose).or_default().insert(id, OfPeriod::read(&row)?);
    }
    Ok(found)
}

async fn last_usage(engine: &Engine, held: &[&HeldPeriod], before: Option<&Shown>) -> Result<Vec<Arc<LastUsage>>, QueryError> {
    let mut newest: BTreeMap<String, &HeldPeriod> = BTreeMap::new();
    for held in held.iter().copied() {
        let newest = newest.entry(held.key.payer.to_string()).or_insert(held);
        if held.key.period > newest.key.period {
            *newest = held;
        }
    }
    let kept: BTreeMap<&Key, &Arc<LastUsage>> =
        before.into_iter().flat_map(|before| before.last_usage.iter()).map(|kept| (&kept.key, kept)).collect();
    let (mut ends, mut unread): (Vec<Arc<LastUsage>>, Vec<HeldPeriod>) = (Vec::new(), Vec::new());
    for held in newest.into_values() {
        match kept.get(&held.key).filter(|kept| kept.record == held.record) {
            Some(kept) => ends.push(Arc::clone(kept)),
            None => unread.push(held.clone()),
        }
    }
    let mut found = if unread.is_empty() { BTreeMap::new() } else { read_last_usage(engine, &unread).await? };
    for held in unread {
        let end = found.remove(&held.key.payer.to_string());
        ends.push(Arc::new(LastUsage { key: held.key, record: held.record, end }));
    }
    Ok(ends)
}

/// When usage ends in some periods, by payer. The roll-up knows its day alone, and the ends of the files' columns are those of fees too.
async fn read_last_usage(engine: &Engine, periods: &[HeldPeriod]) -> Result<BTreeMap<String, Timestamp>, QueryError> {
    let engine = engine.over(&Snapshot { periods: periods.to_vec() })?;
    let plan = |planner: &Planner| {
        let column = |column: Column| ident(column.info().name);
        let is_use = column(Column::ChargeCategory)
            .eq(lit("Usage"))
            .and(column(Column::CommitmentDiscountStatus).is_null().or(column(Column::CommitmentDiscountStatus).eq(lit("Used"))));
        let last = max(column(Column::ChargePeriodEnd)).alias("last");
        let table = planner.table("charges")?.filter(is_use);
        table.and_then(|table| table.aggregate(vec![ident(PAYER).alias("payer")], vec![last])).map_err(QueryError::planning)
    };
    let mut ends = BTreeMap::new();
    for row in gather::rows(&engine, plan).await? {
        let end: Option<Timestamp> = row.parsed("last")?;
        ends.extend(end.map(|end| (row.text("payer").unwrap_or_default(), end)));
    }
    Ok(ends)
}

impl OfPeriod {
    fn read(row: &Row) -> Result<Self, QueryError> {
        Ok(Self {
            currency: row.text("currency"),
            reported: reported(row)?,
            sums: sums(row)?,
            hourly_commitment: row.parsed("hourly_commitment")?,
            quantity_unit: row.text("quantity_unit"),
            has_fee: row.count("fee_rows")? > 0,
        })
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
