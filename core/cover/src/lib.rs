//! Applies commitments to usage hour by hour, exactly as AWS does.
//!
//! Usage comes in as whole numbers in a unit of each SKU; what paid for what comes out, with every cost exact. The rules, their sources and
//! every rounding are in `docs/spec/rounding.md`. This crate never reads a bill, a price list or a clock: what it is told is complete, or it
//! refuses.

mod commitment;
mod fees;
mod organization;
mod sharing;
mod sku;

pub use commitment::{CommitmentId, Covers, Plan, PlanKind, Reservation, Term};
pub use organization::{InputError, Organization, Parts, Series};
pub use sharing::{GroupMode, GroupSharing, Reach, Sharing, SharingMode};
pub use sku::{Capacity, ExactKey, Factor, FamilyKey, RateTable, Reservable, Sku, Unit};

pub mod inventory;
