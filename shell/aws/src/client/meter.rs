//! What the calls themselves cost, and a limit a month: Cost Explorer takes a cent for each page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenor_money::Money;

/// What may be spent on calls, and what has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// At most so much in a calendar month, UTC.
    pub month_max: Money,
    /// Year and month that `spent` is of.
    pub month: (i16, i8),
    /// Spent in it so far, before this process began.
    pub spent: Money,
}

/// Counts what calls cost. A call that would go over the month's budget is refused before it is sent.
#[derive(Debug)]
pub struct Meter(Mutex<Budget>);

/// The month's budget does not have it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the call costs {price} and {spent} of this month's {month_max} for calls are spent")]
pub struct Refused {
    /// What it costs.
    pub price: Money,
    /// Spent this month.
    pub spent: Money,
    /// The limit.
    pub month_max: Money,
}

impl Meter {
    /// Goes on from `budget`.
    #[must_use]
    pub fn new(budget: Budget) -> Self {
        Self(Mutex::new(budget))
    }

    /// Takes the price of a call that is about to be sent.
    ///
    /// # Errors
    /// When the budget does not have it; then nothing is taken.
    pub fn take(&self, price: Money, now: Timestamp) -> Result<(), Refused> {
        let mut budget = self.lock();
        let month = month_of(now);
        if budget.month != month {
            (budget.month, budget.spent) = (month, Money::ZERO);
        }
        if !price.is_zero() && budget.spent + price > budget.month_max {
            return Err(Refused { price, spent: budget.spent, month_max: budget.month_max });
        }
        budget.spent += price;
        Ok(())
    }

    /// Gives back the price of a call that certainly was not sent.
    pub fn give_back(&self, price: Money) {
        let mut budget = self.lock();
        budget.spent -= price;
    }

    /// How it stands.
    #[must_use]
    pub fn budget(&self) -> Budget {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Budget> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn month_of(now: Timestamp) -> (i16, i8) {
    let date = now.to_zoned(TimeZone::UTC);
    (date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::{Budget, Meter};
    use tenor_money::Money;

    #[test]
    fn a_call_over_the_months_budget_is_refused_and_the_next_month_begins_anew() {
        let cent = Money::from_units(10_000_000_000);
        let meter = Meter::new(Budget { month_max: cent + cent, month: (2025, 1), spent: cent });
        let take = |price, at: &str| meter.take(price, at.parse().unwrap()).map_err(|error| error.to_string());
        assert_eq!(take(cent, "2025-01-31T23:59:59Z"), Ok(()));
        let refused = "the call costs 0.01 and 0.02 of this month's 0.02 for calls are spent".to_owned();
        assert_eq!(take(cent, "2025-01-31T23:59:59Z"), Err(refused));
        assert_eq!(take(Money::ZERO, "2025-01-31T23:59:59Z"), Ok(()), "what costs nothing is never refused");
        assert_eq!(take(cent, "2025-02-01T00:00:00Z"), Ok(()));
        meter.give_back(cent);
        assert_eq!(meter.budget(), Budget { month_max: cent + cent, month: (2025, 2), spent: Money::ZERO });
    }
}
