//! What is held and what it does: the figures of a commitment that a bill shows, and what to look at first.
//!
//! ```text
//! a bill's sums -> Commitment -> Figures   utilization, net savings, break-even
//!                             -> Exits     returnable, resellable, exchangeable
//!                             -> Attention what to look at first
//!                             -> LockIn    what is still owed
//!     + AWS's lists           -> Sight     what both know, and what only one does
//! ```
//! Every figure is defined in `docs/metrics.md`. Nothing here knows the time: it is an argument. What a bill does not say stays unknown,
//! and is named.

mod attention;
mod commitment;
mod coverage;
mod exits;
mod facts;
mod figures;
mod listed;
mod lock_in;
mod ratio;
mod share_out;
mod spread;
#[cfg(test)]
mod tests;

pub use attention::{Attention, Horizon, by_attention};
pub use commitment::{Commitment, Counted, Sums, Units, cost_ahead, hourly_commitment};
pub use coverage::{Coverage, PaidBy, Usage};
pub use exits::{ExitRules, Exits, is_opt_in_region};
pub use facts::{Facts, Kind, OfferingClass, Payment, ReportedFacts, ReservedService, term_of_bill, term_of_fee};
pub use figures::{BreakEven, Figures, Totals};
pub use listed::{Difference, Listed, ListedState, Look, Sight, Verdict, sights};
pub use lock_in::LockIn;
pub use ratio::{Ratio, mul_div};
pub use share_out::{Shared, Use, share_out};
pub use spread::spread;
