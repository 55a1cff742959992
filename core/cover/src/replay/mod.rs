//! A billed period simulated again, and what differs.
//!
//! The bill says which commitment paid for which usage. Put together without that, the same usage and the same commitments must come to the
//! same: what does not is named, with its amount. This module never reads a bill; the shell tells it row by row.

mod build;
mod compare;
mod input;
#[cfg(test)]
mod tests;

pub use build::{KnownRates, Replay, SparseUsage};
pub use compare::{CommitmentDifference, Comparison, PoolDifference};
pub use input::{BilledUsage, Fee, FeeKind, LeftOut, PlanOffering, ReplayInput, ReplayInputError, SkuFacts, SkuName};
