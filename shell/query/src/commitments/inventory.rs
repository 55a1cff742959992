//! Every commitment that the bills of some periods show.

use super::shown::{OfPeriod, Shown};
use crate::cost::Range;
use crate::{Engine, QueryError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_cover::CommitmentId;
use tenor_cover::inventory::{Commitment, Facts, Ratio, ReportedFacts, Sums};
use tenor_lake::store::Key;
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
    /// The first and the last period of each payer.
    pub spans: BTreeMap<String, (BillingPeriod, BillingPeriod)>,
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
    newest: Option<(BillingPeriod, Sums)>,
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
    /// As [`Engine::shown`] and [`Shown::inventory`].
    pub async fn inventory(&self, range: &Range) -> Result<Inventory, QueryError> {
        self.shown(range, None).await?.inventory()
    }
}

impl Shown {
    /// Every commitment.
    ///
    /// # Errors
    /// When they are in several currencies.
    pub fn inventory(&self) -> Result<Inventory, QueryError> {
        let mut found: BTreeMap<&str, Gathered> = BTreeMap::new();
        let mut currencies: BTreeSet<&str> = BTreeSet::new();
        for period in &self.periods {
            for (id, one) in &period.commitments {
                currencies.extend(one.currency.as_deref());
                found.entry(id.as_str()).or_default().add(&period.key, one);
            }
        }
        if currencies.len() > 1 {
            return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().map(str::to_owned).collect() });
        }
        let held: BTreeSet<_> = self.periods.iter().map(|held| (held.key.payer.to_string(), held.key.period)).collect();
        let months = || held.iter().map(|(_, month)| *month);
        let (Some(first), Some(last)) = (months().min(), months().max()) else { return Err(QueryError::NothingHeld) };
        let mut span = Span::new();
        for (payer, month) in &held {
            span.entry(payer.clone()).or_insert((*month, *month)).1 = *month;
        }
        Ok(Inventory {
            commitments: found.into_values().map(|found| found.finish(&span)).collect(),
            periods: (first, last),
            currency: currencies.pop_first().map(str::to_owned),
            missing: missing(&held, &span),
            ends_early: self.ends_early(),
            payers: span.keys().cloned().collect(),
            spans: span,
        })
    }

    /// How much of each commitment was used in each period, the oldest first: what an inventory of that period alone would say.
    #[must_use]
    pub fn utilization(&self) -> Vec<(BillingPeriod, String, Ratio)> {
        let mut found: BTreeMap<(BillingPeriod, &str), Gathered> = BTreeMap::new();
        for period in &self.periods {
            for (id, one) in &period.commitments {
                found.entry((period.key.period, id.as_str())).or_default().add(&period.key, one);
            }
        }
        let one = |((period, id), found): ((BillingPeriod, &str), Gathered)| {
            let used = found.finish(&Span::new()).figures().utilization?;
            Some((period, id.to_owned(), used))
        };
        found.into_iter().filter_map(one).collect()
    }

    /// One commitment in each period that shows it, the oldest first: what an inventory of that period alone would say of it.
    #[must_use]
    pub fn months_of(&self, id: &CommitmentId) -> Vec<(BillingPeriod, Commitment)> {
        let mut found: BTreeMap<BillingPeriod, Gathered> = BTreeMap::new();
        for period in &self.periods {
            if let Some(one) = period.commitments.get(&id.0) {
                found.entry(period.key.period).or_default().add(&period.key, one);
            }
        }
        found.into_iter().map(|(period, found)| (period, found.finish(&Span::new()))).collect()
    }

    /// Payers whose usage ends before their last period does.
    fn ends_early(&self) -> Vec<EndsEarly> {
        let mut early = Vec::new();
        for last in &self.last_usage {
            let period = last.key.period;
            let end = last.end.filter(|end| period.end().as_second() - end.as_second() >= DAY_SECONDS);
            early.extend(end.map(|end| EndsEarly { payer: last.key.payer.to_string(), period, end }));
        }
        early.sort_by(|a, b| (a.period, &a.payer).cmp(&(b.period, &b.payer)));
        early
    }
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

/// Refuses a time that is not made of whole periods.
pub(super) fn refuse_parts(range: &Range) -> Result<(), QueryError> {
    if range.is_of_periods() { Ok(()) } else { Err(QueryError::NotOfPeriods { range: range.to_string() }) }
}

impl Gathered {
    /// Adds a period, which is no older than those before.
    fn add(&mut self, key: &Key, one: &OfPeriod) {
        let sums = &one.sums;
        self.sums.add(sums);
        let unit = one.quantity_unit.clone();
        if !(sums.quantity.held.is_zero() && unit.is_none()) {
            self.quantity_unit = Some(unit.filter(|unit| self.quantity_unit.as_ref().is_none_or(|known| known.as_ref() == Some(unit))));
        }
        if one.has_fee {
            self.fees.insert(key.payer.to_string(), key.period);
        }
        match &mut self.newest {
            Some((period, newest)) if *period == key.period => newest.add(sums),
            newest => *newest = Some((key.period, *sums)),
        }
        self.hourly_commitment = one.hourly_commitment.or(self.hourly_commitment);
        let older = std::mem::take(&mut self.reported);
        self.reported = newer(one.reported.clone(), older);
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
            newest: self.newest.map(|(_, sums)| sums).unwrap_or_default(),
            hourly_commitment: self.hourly_commitment,
            quantity_unit: self.quantity_unit.flatten(),
        }
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
