//! The ledger held against CloudTrail, AWS's lists and the bills: every dollar spent has an order, and every order its dollars.
//!
//! ```text
//! orders' steps ──┐
//! AWS's lists   ──┤ gather            judge
//! CloudTrail    ──┼───────> Entry ──────────> Row: what each source says, and a verdict
//! bills' fees   ──┘ each input once   what ought to be billed, period by period
//! ```
//! Nothing here asks anybody or knows the time. What could not be read makes rows undecided and is never taken for nothing there.
//! `docs/spec/reconcile.md` has the rules.

mod document;
mod due;
mod gather;
mod judge;
mod lineage;
mod origin;
mod report;
mod sources;
mod strangers;

pub use report::{Fees, Gap, Kin, Origin, Reconciliation, Row, Sight, Totals, Verdict, reconcile};
pub use sources::{Billed, Bills, Bought, Fee, List, Listed, Name, Ordered, PeriodState, Quote, Sources, Standing, Trail, TrailGap};
