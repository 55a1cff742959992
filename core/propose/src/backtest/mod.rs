//! Back-tests: what a policy would have cost on past demand, decided with only what was known at each decision.
//!
//! A policy is given a [`Past`], which ends at the decision; the bill is paid hour by hour, exactly. Nothing here reads or prints.

mod baselines;
mod bill;
mod bound;
mod clairvoyant;
mod compare;
mod flow;
mod ledger;
mod tenor;
mod trust;
mod weekly;

#[cfg(test)]
mod tests;

pub use baselines::{Quantile, Rule};
pub use bill::{Bill, pay};
pub use compare::{Comparison, Moment, Standing, compare};
pub use ledger::{Ledger, Lot, Purchase};
pub use tenor::{Settings, Tenor};

use crate::demand::Demand;
use crate::offers::{Offers, OffersError, Pools};
use crate::past::Past;
use std::borrow::Cow;
use std::ops::Range;
use tenor_bill::Hour;

/// Hours in a week.
pub(crate) const WEEK: usize = 168;
/// Offset of Monday 00:00 UTC from the hour of the Unix epoch, a Thursday.
const MONDAY: i64 = 4 * 24;

/// When decisions are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Hours of history before the first decision.
    pub start_after: usize,
    /// Weeks from one decision to the next; decisions fall on Monday 00:00 UTC.
    pub every_weeks: usize,
}

impl Schedule {
    /// Weekly decisions after 60 days.
    pub const WEEKLY: Self = Self { start_after: 60 * 24, every_weeks: 1 };

    /// The decisions within a demand, as offsets of hours.
    #[must_use]
    pub fn decisions(self, first: Hour, hours: usize) -> Vec<usize> {
        let since_monday = (first.epoch_hours() - MONDAY + self.start_after as i64).rem_euclid(WEEK as i64) as usize;
        let start = self.start_after + (WEEK - since_monday) % WEEK;
        (start..hours).step_by(self.every_weeks.max(1) * WEEK).collect()
    }
}

/// What a policy knows at a decision.
#[derive(Debug)]
pub struct Known<'a> {
    /// Demand up to now. All series have the same decimals.
    pub past: Past<'a>,
    /// What can be bought.
    pub offers: &'a Offers,
    /// Which series share it.
    pub pools: &'a Pools,
    /// What this policy bought before.
    pub ledger: &'a Ledger,
    /// The hour of the next decision: what can wait until then need not be bought now.
    pub next: usize,
}

impl Known<'_> {
    /// Units of an offer by pool that are active now.
    #[must_use]
    pub fn active(&self, offer: usize) -> Vec<u64> {
        self.ledger.active(offer, self.pools.names(offer).len(), self.past.hours())
    }

    /// The same for most of the time until the next decision: what ends before its middle is replaced now.
    #[must_use]
    pub fn active_until_next(&self, offer: usize) -> Vec<u64> {
        self.ledger.active(offer, self.pools.names(offer).len(), self.past.hours().midpoint(self.next))
    }
}

/// A way to decide.
pub trait Policy {
    /// What reports call it.
    fn name(&self) -> String;

    /// What to buy now.
    fn decide(&mut self, known: &Known<'_>) -> Vec<Purchase>;
}

/// A demand, offers and a schedule, ready to try policies on.
#[derive(Debug, Clone)]
pub struct Backtest<'a> {
    demand: Cow<'a, Demand>,
    offers: &'a Offers,
    pools: Pools,
    decisions: Vec<usize>,
    /// Hours from one to the next.
    every: usize,
}

/// What came of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The policy.
    pub name: String,
    /// From the first decision to the end of the demand.
    pub bill: Bill,
    /// All purchases.
    pub ledger: Ledger,
}

impl<'a> Backtest<'a> {
    /// Prepares a back-test.
    ///
    /// # Errors
    /// When an offer is bound to a column that the demand does not have.
    pub fn new(demand: &'a Demand, offers: &'a Offers, schedule: Schedule) -> Result<Self, OffersError> {
        let pools = Pools::new(demand, offers)?;
        let decisions = schedule.decisions(demand.first(), demand.hours());
        let every = schedule.every_weeks.max(1) * WEEK;
        Ok(Self { demand: demand.on_one_scale(), offers, pools, decisions, every })
    }

    /// The demand with all series of the same decimals.
    #[must_use]
    pub fn demand(&self) -> &Demand {
        &self.demand
    }

    /// The offers.
    #[must_use]
    pub fn offers(&self) -> &'a Offers {
        self.offers
    }

    /// Which series share an offer.
    #[must_use]
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// The decisions, as offsets of hours.
    #[must_use]
    pub fn decisions(&self) -> &[usize] {
        &self.decisions
    }

    /// The hours that are counted.
    #[must_use]
    pub fn counted(&self) -> Range<usize> {
        self.decisions.first().copied().unwrap_or(self.demand.hours())..self.demand.hours()
    }

    /// Lets a policy decide each time, and pays.
    pub fn run(&self, policy: &mut dyn Policy) -> Outcome {
        let mut ledger = Ledger::default();
        for hour in &self.decisions {
            let past = Past::of(&self.demand, *hour);
            let known = Known { past, offers: self.offers, pools: &self.pools, ledger: &ledger, next: hour + self.every };
            for purchase in policy.decide(&known) {
                ledger.enter(purchase, *hour, self.offers.offers()[purchase.offer].term_hours);
            }
        }
        self.paid(policy.name(), ledger)
    }

    /// The outcome of purchases made.
    fn paid(&self, name: String, ledger: Ledger) -> Outcome {
        Outcome { name, bill: pay(&self.demand, self.offers, &self.pools, &ledger, self.counted()), ledger }
    }
}
