//! What ought to be billed for a commitment, period by period: `docs/spec/rounding.md` 4 and 5, from what an order's step was to cost.

use super::gather::Entry;
use super::origin::Known;
use super::sources::Quote;
use crate::order::Action;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding};

const HOUR_SECONDS: i64 = 3_600;
/// Money of commitments has so many decimals in bills.
const DECIMALS: u32 = 8;

/// A commitment, as far as its fees depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// Its first second.
    pub(super) start: i64,
    /// The first second after it, or after what was left of it.
    pub(super) end: i64,
    /// Plans are charged by clock hours, reservations from second to second.
    pub(super) is_plan: bool,
    pub(super) price: Quote,
    /// When its upfront fee comes back.
    pub(super) refunded: Option<i64>,
}

impl Terms {
    /// What is charged in each period from its beginning until one of them.
    pub(super) fn by_period(&self, until: BillingPeriod) -> BTreeMap<BillingPeriod, Money> {
        let mut due: BTreeMap<BillingPeriod, Money> = BTreeMap::new();
        let mut add = |period: BillingPeriod, amount: Money| {
            if period <= until && !amount.is_zero() {
                *due.entry(period).or_default() += amount;
            }
        };
        let Some(first) = period_of(self.start) else { return due };
        add(first, self.price.upfront);
        if let Some(period) = self.refunded.and_then(period_of) {
            add(period, -self.price.upfront);
        }
        let mut period = first;
        while period <= until && period.start().as_second() < self.end {
            add(period, self.recurring(period));
            period = period.next();
        }
        due
    }

    /// What is charged for the hours of a period.
    fn recurring(&self, period: BillingPeriod) -> Money {
        let (from, to) = (period.start().as_second(), period.end().as_second());
        if self.is_plan {
            let hour = |second: i64| second.div_euclid(HOUR_SECONDS);
            let hours = hour(self.end).min(hour(to)) - hour(self.start).max(hour(from));
            return Money::from_units(self.price.hourly.units() * i128::from(hours.max(0)));
        }
        let elapsed = |second: i64| second.clamp(self.start, self.end.max(self.start)) - self.start;
        let until = |second: i64| {
            self.price
                .hourly
                .share(i128::from(elapsed(second)), i128::from(HOUR_SECONDS), Rounding::HalfEven)
                .round_to(DECIMALS, Rounding::HalfEven)
        };
        until(to) - until(from)
    }
}

fn period_of(second: i64) -> Option<BillingPeriod> {
    jiff::Timestamp::from_second(second).ok().map(BillingPeriod::containing)
}

/// What an entry was to cost by its step, or by those of what it was made of, which are known; none where nobody can tell.
pub(super) fn price(entries: &[Entry<'_>], place: usize, known: &[Known]) -> Option<Quote> {
    let entry = &entries[place];
    if let Some(step) = entry.bought_by {
        return if entry.of == 1 { Some(step.price()) } else { part(entry, step.price(), step.step.count()?) };
    }
    let listed = entry.listed()?;
    if let Some(step) = entry.made_by.filter(|step| step.step.action == Action::Exchange) {
        return Some(step.price());
    }
    // All of its parents together give their price to all that is made of them, by what AWS lists for each.
    let (mut ordered, mut shown) = (Money::ZERO, Money::ZERO);
    for parent in &entry.parents {
        ordered += known[*parent].price?.hourly;
        shown += entries[*parent].listed()?.hourly?;
    }
    let own = listed.hourly?;
    let hourly = match (own.is_zero(), shown.is_zero()) {
        (true, _) => Money::ZERO,
        (false, true) => return None,
        (false, false) => own.share(ordered.units(), shown.units(), Rounding::HalfEven),
    };
    // What was paid at once for the parents is not paid again.
    (!entry.parents.is_empty()).then_some(Quote { hourly, upfront: Money::ZERO })
}

/// What one of several ids costs that one purchase made.
fn part(entry: &Entry<'_>, all: Quote, of: u32) -> Option<Quote> {
    let count = entry.listed().and_then(|listed| listed.count).or_else(|| entry.billed.and_then(|billed| billed.count))?;
    let share = |amount: Money| amount.share(i128::from(count), i128::from(of), Rounding::HalfEven);
    Some(Quote { hourly: share(all.hourly), upfront: share(all.upfront) })
}
