//! The sandbox's own engine: which commitment covers which usage in one clock hour, and for how much.
//!
//! Plain and independent on purpose: it judges the product's engine and never shares code with it. It follows rounding rules 2 to 5;
//! every hour stands for itself.

#[cfg(test)]
mod plan_vectors;
mod plans;
mod reservations;
#[cfg(test)]
mod vectors;

use tenor_money::{Money, Quantity, UnitPrice};

/// One resource, as commitments see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) account: u32,
    pub(crate) zone: u32,
    /// Index into the facts.
    pub(crate) sku: u32,
}

/// One SKU, as commitments see it.
#[derive(Debug, Clone)]
pub(crate) struct SkuFacts {
    pub(crate) factor: Quantity,
    pub(crate) on_demand: UnitPrice,
    /// Decimals of a covered quantity (rule 1.2).
    pub(crate) decimals: u32,
    /// Whether it is the unused part of a capacity reservation, which comes after instances.
    pub(crate) unused_capacity: bool,
    /// By reservation: whether it matches, zone aside.
    pub(crate) reserved: Vec<bool>,
    /// By plan: its rate, if its offering has one.
    pub(crate) plan_rates: Vec<Option<UnitPrice>>,
}

/// How a commitment reaches an account's usage (rule 3.1), in the order of the passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The account owns it.
    Own,
    /// The account is in the group it is shared with first.
    Group,
    /// Any other account it is shared with.
    Rest,
}

/// Whom a reservation reaches and how it matches.
#[derive(Debug, Clone)]
pub(crate) struct ReservationFacts {
    /// By account.
    pub(crate) reaches: Vec<Option<Reach>>,
    pub(crate) zone: Option<u32>,
    pub(crate) flexible: bool,
}

/// Whom a plan reaches and when it takes its turn.
#[derive(Debug, Clone)]
pub(crate) struct PlanFacts {
    /// By account.
    pub(crate) reaches: Vec<Option<Reach>>,
    /// EC2 Instance plans in stage 0, Compute in 1, SageMaker in 2, Database in 3 (rule 3.3).
    pub(crate) stage: u8,
}

/// What a reservation brings to an hour; all zero outside its term.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReservationHour {
    pub(crate) units: Quantity,
    pub(crate) recurring: Money,
    pub(crate) amortized: Money,
}

/// A part of a resource's hour that one reservation covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReservedPiece {
    pub(crate) item: u32,
    pub(crate) reservation: u32,
    pub(crate) covered: Quantity,
    pub(crate) recurring: Money,
    pub(crate) amortized: Money,
}

/// A part of a resource's hour that one plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlannedPiece {
    pub(crate) item: u32,
    pub(crate) plan: u32,
    pub(crate) covered: Quantity,
    pub(crate) used: Money,
}

/// The order in which commitments look at resources: fixed for as long as the resources are.
pub(crate) struct Engine {
    items: Vec<Item>,
    skus: Vec<SkuFacts>,
    reservations: reservations::Lanes,
    plans: plans::Lanes,
}

/// What one hour's application found; kept between hours to save allocations.
#[derive(Default)]
pub(crate) struct Applied {
    /// By item: usage that nothing has covered yet. The caller fills it with the hour's usage.
    pub(crate) remaining: Vec<Quantity>,
    pub(crate) reserved: Vec<ReservedPiece>,
    pub(crate) planned: Vec<PlannedPiece>,
}

impl Engine {
    /// Prepares the lanes. `items` are in the order of account id and resource id, reservations and plans in that of end and ARN.
    pub(crate) fn new(items: Vec<Item>, skus: Vec<SkuFacts>, reservations: Vec<ReservationFacts>, plans: &[PlanFacts]) -> Self {
        let reservations = reservations::Lanes::new(&items, &skus, reservations);
        let plans = plans::Lanes::new(&items, &skus, plans);
        Self { items, skus, reservations, plans }
    }

    /// Covers `applied.remaining` with what the hour offers: reservations first, then plans.
    pub(crate) fn apply(&self, reservations: &[ReservationHour], commitments: &[Money], applied: &mut Applied) {
        applied.reserved.clear();
        applied.planned.clear();
        self.reservations.apply(self, reservations, applied);
        self.plans.apply(self, commitments, applied);
    }

    fn facts(&self, item: u32) -> &SkuFacts {
        &self.skus[self.items[item as usize].sku as usize]
    }
}
