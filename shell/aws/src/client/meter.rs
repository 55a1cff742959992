//! What the calls themselves cost, and a limit a month: Cost Explorer takes a cent for each page.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenor_bill::BillingPeriod;
use tenor_money::Money;

/// Pays for calls. A price is taken before a call is sent, so that it counts whatever becomes of the process; months are AWS's, UTC.
pub trait Purse: Send + Sync {
    /// Takes the price of a call that is about to be sent.
    ///
    /// # Errors
    /// When the month does not have it, or when it cannot be written down; then nothing is taken and the call must not be sent.
    fn take(&self, price: Money, now: Timestamp) -> Result<(), Refused>;

    /// Gives back what was taken at a moment for a call that certainly was not sent.
    fn give_back(&self, price: Money, taken: Timestamp);
}

/// Why a call is not paid for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The month's limit does not have it.
    #[error("the call costs {price} and {spent} of this month's {month_max} for calls are spent")]
    Over {
        /// What it costs.
        price: Money,
        /// Spent this month.
        spent: Money,
        /// The limit.
        month_max: Money,
    },
    /// What is spent cannot be written down, and what is not counted is not spent.
    #[error("the call costs {price}, and that cannot be added to what the month has cost: {why}")]
    Uncounted {
        /// What it costs.
        price: Money,
        /// Why not.
        why: String,
    },
}

/// A purse that is kept in memory, for what costs little or is added up at the end.
#[derive(Debug)]
pub struct Meter {
    month_max: Option<Money>,
    spent: Mutex<BTreeMap<BillingPeriod, Money>>,
}

impl Meter {
    /// Takes no more than so much in a month.
    #[must_use]
    pub fn up_to(month_max: Money) -> Self {
        Self { month_max: Some(month_max), spent: Mutex::default() }
    }

    /// Takes whatever it comes to.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { month_max: None, spent: Mutex::default() }
    }

    /// What each month has cost.
    #[must_use]
    pub fn spent(&self) -> BTreeMap<BillingPeriod, Money> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BillingPeriod, Money>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Purse for Meter {
    fn take(&self, price: Money, now: Timestamp) -> Result<(), Refused> {
        if price.is_zero() {
            return Ok(());
        }
        let mut months = self.lock();
        let spent = months.entry(BillingPeriod::containing(now)).or_insert(Money::ZERO);
        if let Some(month_max) = self.month_max.filter(|most| *spent + price > *most) {
            return Err(Refused::Over { price, spent: *spent, month_max });
        }
        *spent += price;
        Ok(())
    }

    fn give_back(&self, price: Money, taken: Timestamp) {
        if let Some(spent) = self.lock().get_mut(&BillingPeriod::containing(taken)) {
            *spent -= price;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Meter, Purse as _};
    use jiff::Timestamp;
    use tenor_bill::BillingPeriod;
    use tenor_money::Money;

    const CENT: Money = Money::from_units(10_000_000_000);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_call_over_the_months_budget_is_refused_and_the_next_month_begins_anew() {
        let meter = Meter::up_to(CENT + CENT);
        let take = |price, when| meter.take(price, at(when)).map_err(|error| error.to_string());
        assert_eq!(take(CENT, "2025-01-01T00:00:00Z"), Ok(()));
        assert_eq!(take(CENT, "2025-01-31T23:59:59Z"), Ok(()));
        let refused = "the call costs 0.01 and 0.02 of this month's 0.02 for calls are spent".to_owned();
        assert_eq!(take(CENT, "2025-01-31T23:59:59Z"), Err(refused));
        assert_eq!(take(Money::ZERO, "2025-01-31T23:59:59Z"), Ok(()), "what costs nothing is never refused");
        assert_eq!(take(CENT, "2025-02-01T00:00:00Z"), Ok(()));
    }

    #[test]
    fn what_is_given_back_goes_to_the_month_that_paid() {
        let meter = Meter::unlimited();
        let (january, february) = (at("2025-01-31T23:59:59Z"), at("2025-02-01T00:00:00Z"));
        meter.take(CENT, january).unwrap();
        meter.take(CENT, february).unwrap();
        meter.give_back(CENT, january);
        let months: Vec<_> = meter.spent().into_iter().collect();
        let expected = [(BillingPeriod::containing(january), Money::ZERO), (BillingPeriod::containing(february), CENT)];
        assert_eq!(months, expected);
    }
}
