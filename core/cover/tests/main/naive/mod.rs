//! A second implementation of `docs/spec/rounding.md`, sections 1 to 5: slow, obvious, one function for each rule.
//!
//! It is written from that page alone and shares no code with the simulator but the types of its input, so that where both agree, both
//! have read the page alike. It never tries to be fast, and it keeps everything.

mod amounts;
mod laws;
mod order;
mod plans;
mod reservations;

pub(crate) use amounts::{Units, on_demand_cost};
pub(crate) use order::Tier;

use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_cover::{CommitmentId, Parts, Settings};
use tenor_money::{Money, Quantity, UnitPrice};

/// What a reservation covers of one series in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// Index into [`Parts::series`].
    pub(crate) series: usize,
    pub(crate) reservation: CommitmentId,
    /// How the one reaches the other.
    pub(crate) tier: Tier,
    pub(crate) quantity: Quantity,
    pub(crate) units: Units,
    pub(crate) recurring: Money,
    pub(crate) amortized: Money,
}

/// What a plan covers of one series in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Index into [`Parts::series`].
    pub(crate) series: usize,
    pub(crate) plan: CommitmentId,
    /// How the one reaches the other.
    pub(crate) tier: Tier,
    pub(crate) rate: UnitPrice,
    pub(crate) quantity: Quantity,
    pub(crate) used: Money,
}

/// What a reservation holds and costs in an hour, and what of it nothing used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReservationHour {
    pub(crate) capacity: Units,
    pub(crate) recurring: Money,
    pub(crate) amortized: Money,
    pub(crate) unused_units: Units,
    pub(crate) unused_recurring: Money,
    pub(crate) unused_amortized: Money,
}

/// What a plan commits to in an hour, and what of it nothing used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanHour {
    pub(crate) recurring: Money,
    pub(crate) amortized: Money,
    pub(crate) unused: Money,
}

impl PlanHour {
    /// Rule 5.1: the commitment is the exact sum of both.
    pub(crate) fn commitment(&self) -> Money {
        self.recurring + self.amortized
    }
}

/// One hour of an organization: what paid for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Covered {
    /// In the order of application, those of zonal reservations first.
    pub(crate) reserved: Vec<Reserved>,
    /// In the order of application.
    pub(crate) planned: Vec<Planned>,
    /// All reservations that are held in the hour.
    pub(crate) reservations: BTreeMap<CommitmentId, ReservationHour>,
    /// All plans that are held in the hour.
    pub(crate) plans: BTreeMap<CommitmentId, PlanHour>,
    /// What is left of each series for On-Demand (5.5).
    pub(crate) on_demand: Vec<Quantity>,
}

/// Applies everything that is held to one hour's usage, given in the order of the series.
pub(crate) fn cover_hour(parts: &Parts, settings: Settings, hour: Hour, usage: &[Quantity]) -> Covered {
    let mut remaining = usage.to_vec();
    let (reserved, reservations) = reservations::apply(parts, settings, hour, &mut remaining);
    let (planned, plans) = plans::apply(parts, settings, hour, &mut remaining);
    Covered { reserved, planned, reservations, plans, on_demand: remaining }
}
