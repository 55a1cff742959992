//! What is used and sold, as far as commitments look at it.

use std::fmt;
use tenor_money::{Quantity, UnitPrice};

/// What a size-flexible reservation matches: service, region, family, platform and tenancy in one text.
///
/// Two usages with the same key are one pool. The text is for people too: it shows in explanations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyKey(pub String);

/// What a reservation without size flexibility matches: the same, with the exact type and deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExactKey(pub String);

impl fmt::Display for FamilyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for ExactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A normalization factor: normalized units of one instance of a size, in thousandths.
///
/// Thousandths hold every factor AWS publishes: 0.25 for `nano`, 5.2 for an Aurora I/O-Optimized `large`, 3.2 for a Valkey `large`.
/// Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(u32);

impl Factor {
    /// One normalized unit: also what an instance counts where sizes mean nothing.
    pub const ONE: Self = Self(1000);

    /// A factor from its thousandths; none when that is zero.
    #[must_use]
    pub const fn from_thousandths(thousandths: u32) -> Option<Self> {
        if thousandths == 0 { None } else { Some(Self(thousandths)) }
    }

    /// Its thousandths, never zero.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }
}

/// What a SKU meters, which decides how finely a commitment may split it (`docs/spec/rounding.md` 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Instance, vCPU or gigabyte hours: a plan splits them to 8 decimals.
    Hour,
    /// Anything else: to 6 decimals.
    Other,
}

/// Whether a usage is a running instance or capacity that was reserved and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// Something that ran.
    Used,
    /// An on-demand capacity reservation's idle part: covered last, and never by a zonal reservation.
    UnusedReservation,
}

/// How reservations may cover a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservable {
    /// Pools of size-flexible reservations it belongs to: none where sizes are not flexible, two for Valkey nodes, which
    /// reservations for Redis OSS cover too.
    pub families: Vec<FamilyKey>,
    /// What an exact reservation must name.
    pub exact: ExactKey,
    /// Its normalization factor, deployment included (twice for Multi-AZ).
    pub factor: Factor,
}

/// One SKU: what is metered, at which public price, and what may cover it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    /// As messages and explanations name it: `USW2-BoxUsage:m5.large RunInstances`. It breaks ties, so no two SKUs share one.
    pub name: String,
    /// Public on-demand rate of one unit; never negative, at most 10 decimals.
    pub on_demand: UnitPrice,
    /// Decimals of the whole numbers that usage is given in: 0 for whole hours, at most 12.
    pub decimals: u32,
    /// What it meters.
    pub unit: Unit,
    /// Whether this is idle reserved capacity.
    pub capacity: Capacity,
    /// How reservations cover it, if they do.
    pub reservable: Option<Reservable>,
}

impl Sku {
    /// What a cell of usage stands for, in the SKU's unit.
    #[must_use]
    pub fn quantity(&self, cell: u64) -> Quantity {
        Quantity::from_units(i128::from(cell) * 10_i128.pow(12 - self.decimals))
    }
}

/// The rates of one Savings Plan offering (kind, term, payment option and, for EC2 Instance plans, family and region).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTable {
    /// As messages name it: `Compute 1yr No Upfront`.
    pub name: String,
    /// By SKU, in the order of [`crate::Parts::skus`]: its rate, if the offering covers it. A usage is eligible exactly if there is a rate.
    /// Source: Savings Plans guide; `aws-rules` §2.1.
    pub rates: Vec<Option<UnitPrice>>,
}
