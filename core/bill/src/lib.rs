//! What AWS charges and sells, in FOCUS words: periods, accounts, charges, and what each AWS line item becomes.
//!
//! Pure decisions on plain values. CUR column names, files and formats stay in the lake.

mod amortize;
mod become_charge;
mod charge;
mod commitment;
mod fee;
mod hour;
mod id;
mod line_item;
mod period;
mod service;
mod sums;

pub use become_charge::{Charge, Charges, Costs};
pub use charge::{ChargeCategory, ChargeFrequency, CommitmentCategory, CommitmentStatus, PricingCategory};
pub use commitment::{PlanSums, ReservationSums, Units};
pub use fee::FeeKind;
pub use hour::Hour;
pub use id::{AccountId, IdError};
pub use line_item::{LineItem, LineItemType, Reported, ReservationAmounts, ReservationUnit, SavingsPlanAmounts};
pub use period::{BillingPeriod, PeriodError};
pub use service::Service;
pub use sums::{COMMITMENTS_MAX, Difference, Rounding, Sums};
