//! Decides what to commit to: demand, what it may become, the cheapest portfolio, and how good that is.
//!
//! Floats live in the forecast, the risk and the solver alone; what they answer is rounded to what AWS sells and priced again exactly.
//! The same input gives the same bytes, on one thread and on many.

pub mod backtest;
mod demand;
pub mod forecast;
mod level;
mod offers;
mod past;
pub mod proposal;
#[expect(clippy::disallowed_types, reason = "the solver's answer is rounded to what AWS sells and priced again exactly")]
pub mod solve;

pub use demand::{Demand, DemandError, DemandSeries};
pub use level::level;
pub use offers::{Offer, Offers, OffersError, Pools};
pub use past::{Past, PastSeries};
