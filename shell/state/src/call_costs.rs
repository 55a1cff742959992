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

impl State {
    /// Adds what calls have cost to their month, durably; says what the month comes to.
    ///
    /// # Errors
    /// [`StateError::TooMuch`] when the sum is beyond what an amount can be.
    ///
    /// # Panics
    /// When the cost is below nothing: AWS gives no money for calls.
    pub fn add_spent(&mut self, month: BillingPeriod, more: Money) -> Result<Money, StateError> {
        assert!(more >= Money::ZERO, "a call costs nothing or something");
        let change = self.begin()?;
        let spent = spent(&change, month)?;
        let sum = spent.units().checked_add(more.units()).map(Money::from_units);
        // What would not be read back is not written.
        let readable = |sum: &Money| sum.to_string().parse() == Ok(*sum);
        let sum = sum.filter(readable).ok_or_else(|| StateError::TooMuch { month: month.to_string(), spent, more })?;
        let upsert = "INSERT INTO call_costs (month, spent) VALUES (?1, ?2) ON CONFLICT (month) DO UPDATE SET spent = excluded.spent";
        change.execute(upsert, (month.to_string(), sum.to_string())).asking("add to the calls' costs in")?;
        change.commit().asking("add to the calls' costs in")?;
        Ok(sum)
    }
}

fn spent(db: &Connection, month: BillingPeriod) -> Result<Money, StateError> {
    let select = "SELECT spent FROM call_costs WHERE month = ?1";
    let text: Option<String> = db.query_row(select, [month.to_string()], |row| row.get(0)).optional().asking("read")?;
    let Some(text) = text else { return Ok(Money::ZERO) };
    text.parse().map_err(|_| StateError::Value { what: format!("the calls' costs of {month}"), value: text })
}
