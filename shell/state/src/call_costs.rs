//! What AWS charges for Tenor's own calls, month by month, exactly.

use crate::error::{Asking as _, StateError};
use crate::state::{State, View};
use rusqlite::{Connection, OptionalExtension as _};
use tenor_bill::BillingPeriod;
use tenor_money::Money;

impl View {
    /// What the calls of that month have cost so far; nothing when there were none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn spent(&self, month: BillingPeriod) -> Result<Money, StateError> {
        spent(&self.db, month)
    }
}

/// What came of asking a month for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It is added; the month comes to so much.
    Added(Money),
    /// The month's limit does not have it; it has cost so much, and nothing is added.
    Over(Money),
}

impl State {
    /// Adds what calls have cost to their month, durably; says what the month comes to.
    ///
    /// # Errors
    /// [`StateError::TooMuch`] when the sum is beyond what an amount can be.
    ///
    /// # Panics
    /// When the cost is below nothing: AWS gives no money for calls.
    pub fn add_spent(&mut self, month: BillingPeriod, more: Money) -> Result<Money, StateError> {
        match self.spend(month, more, None)? {
            Spent::Added(sum) | Spent::Over(sum) => Ok(sum),
        }
    }

    /// Adds a price to its month, durably, if the month's limit has it: of two that ask at once, the second sees what the first took.
    ///
    /// # Errors
    /// [`StateError::TooMuch`] when the sum is beyond what an amount can be.
    ///
    /// # Panics
    /// When the price is below nothing.
    pub fn spend(&mut self, month: BillingPeriod, price: Money, month_max: Option<Money>) -> Result<Spent, StateError> {
        assert!(price >= Money::ZERO, "a call costs nothing or something");
        let change = self.begin()?;
        let spent = spent(&change, month)?;
        let sum = spent.units().checked_add(price.units()).map(Money::from_units);
        // What would not be read back is not written.
        let readable = |sum: &Money| sum.to_string().parse() == Ok(*sum);
        let sum = sum.filter(readable).ok_or_else(|| StateError::TooMuch { month: month.to_string(), spent, more: price })?;
        if month_max.is_some_and(|most| sum > most) {
            return Ok(Spent::Over(spent));
        }
        write(&change, month, sum)?;
        change.commit().asking("add to the calls' costs in")?;
        Ok(Spent::Added(sum))
    }

    /// Takes back the price of a call that was never sent; a month does not go below nothing. Says what the month comes to.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn unspend(&mut self, month: BillingPeriod, price: Money) -> Result<Money, StateError> {
        let change = self.begin()?;
        let left = (spent(&change, month)? - price).max(Money::ZERO);
        write(&change, month, left)?;
        change.commit().asking("take from the calls' costs in")?;
        Ok(left)
    }
}

fn write(db: &Connection, month: BillingPeriod, spent: Money) -> Result<(), StateError> {
    let upsert = "INSERT INTO call_costs (month, spent) VALUES (?1, ?2) ON CONFLICT (month) DO UPDATE SET spent = excluded.spent";
    db.execute(upsert, (month.to_string(), spent.to_string())).asking("write the calls' costs in")?;
    Ok(())
}

fn spent(db: &Connection, month: BillingPeriod) -> Result<Money, StateError> {
    let select = "SELECT spent FROM call_costs WHERE month = ?1";
    let text: Option<String> = db.query_row(select, [month.to_string()], |row| row.get(0)).optional().asking("read")?;
    let Some(text) = text else { return Ok(Money::ZERO) };
    text.parse().map_err(|_| StateError::Value { what: format!("the calls' costs of {month}"), value: text })
}
