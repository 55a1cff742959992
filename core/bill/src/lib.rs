//! What AWS charges and sells, in FOCUS words: periods, accounts, charges, and what each AWS line item becomes.
//!
//! Pure decisions on plain values. CUR column names, files and formats stay in the lake.

mod id;
mod period;

pub use id::{AccountId, IdError};
pub use period::{BillingPeriod, PeriodError};
