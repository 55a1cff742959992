//! Applies commitments to usage hour by hour, exactly as AWS does.
//!
//! Usage comes in as whole numbers in a unit of each SKU; what paid for what comes out, with every cost exact. The rules, their sources and
//! every rounding are in `docs/spec/rounding.md`. This crate never reads a bill, a price list or a clock: what it is told is complete, or it
//! refuses.

mod baseline;
mod catalogue;
mod checks;
mod commitment;
mod cover_plans;
mod cover_reservations;
mod exact;
mod explain;
mod fees;
pub mod inventory;
mod items;
mod live_pools;
mod organization;
mod plan_lanes;
mod pools;
mod record;
pub mod replay;
mod rerun;
mod rerun_pass;
mod rerun_turn;
mod rerun_ways;
mod reservation_lanes;
mod settings;
mod sharing;
mod simulator;
mod sink;
mod sku;
mod state;
mod totals;
mod unsettled;
mod usage;

pub use baseline::Baseline;
pub use catalogue::{
    Attributes, Ec2Key, EligibleUsage, Gap, Sizes, eligible_usage, instance_family, instance_type, operation_of_engine,
    operation_of_platform, region_of_usage, split_type,
};
pub use commitment::{Commitment, CommitmentId, Covers, Plan, PlanKind, Reservation, Term};
pub use explain::{ExplainedKind, ExplainedPiece, ExplainedRest, ExplainedUsage, Explanation, NotCovered};
pub use organization::{InputError, Organization, Parts, Series};
pub use settings::{PartialHours, Settings, Ties};
pub use sharing::{GroupMode, GroupSharing, Reach, Sharing, SharingMode, UnknownIds};
pub use simulator::Simulator;
pub use sink::{Held, HeldHour, OnDemand, Piece, Sink, Takes};
pub use sku::{Capacity, ExactKey, Factor, FamilyKey, RateTable, Reservable, Sku, Unit};
pub use totals::{PlanTotals, ReservationTotals, SeriesTotals, Totals};
pub use unsettled::is_zone_id;
pub use usage::{Usage, UsageMatrix};
