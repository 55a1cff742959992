//! What a simulation tells while it runs: which commitment paid for what, hour by hour.

use crate::sharing::Reach;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity, UnitPrice};

/// A commitment, by its place in [`crate::Parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// A place in [`crate::Parts::reservations`].
    Reservation(usize),
    /// A place in [`crate::Parts::plans`].
    Plan(usize),
}

/// One row of a bill: usage of one series in one hour that one commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Whose usage, as a place in [`crate::Parts::series`].
    pub series: usize,
    /// What covers it.
    pub by: Held,
    /// How that reaches it, which is also the pass in which it was covered.
    pub reach: Reach,
    /// How much is covered, in the SKU's unit.
    pub covered: Quantity,
    /// What it would have cost at the public on-demand rate, to 10 decimals.
    pub list_cost: Money,
    /// What it takes of the commitment.
    pub takes: Takes,
}

/// What a piece takes of its commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Units of a reservation, and its share of the hour's fees (`docs/spec/rounding.md` 4.4).
    Units {
        /// Normalized units where sizes are flexible, else instance-hours.
        units: Quantity,
        /// Share of the recurring fee.
        recurring: Money,
        /// Share of the amortized upfront fee.
        amortized: Money,
    },
    /// A part of a plan's commitment.
    Commitment {
        /// How much, which is the row's effective cost.
        used: Money,
        /// The plan's rate for the usage.
        rate: UnitPrice,
    },
}

impl Piece {
    /// What the covered usage costs: fees of a reservation, used commitment of a plan.
    #[must_use]
    pub fn effective_cost(&self) -> Money {
        match self.takes {
            Takes::Units { recurring, amortized, .. } => recurring + amortized,
            Takes::Commitment { used, .. } => used,
        }
    }
}

/// Usage of one series in one hour that no commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnDemand {
    /// Whose usage, as a place in [`crate::Parts::series`].
    pub series: usize,
    /// How much, in the SKU's unit.
    pub quantity: Quantity,
    /// What it costs at the public on-demand rate, to 10 decimals.
    pub cost: Money,
}

/// What became of a commitment in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldHour {
    /// Which commitment.
    pub held: Held,
    /// Units it held and those that covered something; nothing for a plan.
    pub units: (Quantity, Quantity),
    /// The hour's recurring fee or commitment, and the part used.
    pub recurring: (Money, Money),
    /// The hour's amortized upfront fee and the part used. A plan's use is not divided: it is all in `recurring`.
    pub amortized: (Money, Money),
}

impl HeldHour {
    /// What the hour costs, used or not.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.recurring.0 + self.amortized.0
    }

    /// What of that covers nothing.
    #[must_use]
    pub fn unused_cost(&self) -> Money {
        self.cost() - self.recurring.1 - self.amortized.1
    }
}

/// Something that wants to know what a simulation finds, piece by piece.
///
/// Within an hour come the pieces, those of one reservation in the order in which it covered them, then what stays on demand, then the
/// commitments held in that hour. The sink `()` wants nothing and costs nothing.
pub trait Sink {
    /// Whether anything is wanted; where not, nothing is put together.
    const WANTED: bool = true;

    /// A commitment covers usage.
    fn piece(&mut self, _hour: Hour, _piece: &Piece) {}

    /// Usage stays on demand.
    fn on_demand(&mut self, _hour: Hour, _rest: &OnDemand) {}

    /// A commitment was held.
    fn held(&mut self, _hour: Hour, _held: &HeldHour) {}
}

impl Sink for () {
    const WANTED: bool = false;
}
