//! What changes while hours are simulated: an hour's usage and commitments, and the sums.

use crate::fees::Meter;
use crate::items::{Items, money10, signed};
use crate::organization::Organization;
use crate::totals::Totals;
use tenor_money::{Money, Quantity};

/// What is kept from hour to hour, or overwritten by each.
pub(crate) struct State {
    /// The hour's cells as the caller gives them.
    pub(crate) cells: Vec<u64>,
    /// What nothing covers yet of each item, in parts.
    pub(crate) remaining: Vec<u64>,
    /// By the caller's place of each.
    pub(crate) reservations: Vec<ReservationState>,
    /// By the caller's place of each.
    pub(crate) plans: Vec<PlanState>,
    /// How far each lane of reservations is used up from its start.
    pub(crate) lane_starts: Vec<usize>,
    /// Sums by item.
    pub(crate) sums: Vec<ItemSums>,
    /// Hours simulated.
    pub(crate) hours: u64,
}

/// A reservation's hour and sums. Units are counted in 10⁻¹².
#[derive(Default)]
pub(crate) struct ReservationState {
    pub(crate) active: bool,
    pub(crate) left: u128,
    pub(crate) used: u128,
    /// The hour's fees: recurring, amortized.
    pub(crate) fees: (Money, Money),
    pub(crate) meter: Meter,
    pub(crate) list10: u128,
    pub(crate) sums: crate::ReservationTotals,
}

/// A plan's hour and sums. Money is counted in 10⁻¹².
#[derive(Default)]
pub(crate) struct PlanState {
    pub(crate) active: bool,
    /// What it may cover in the hour, and what is left of that.
    pub(crate) held: u128,
    pub(crate) left: u128,
    /// The hour's commitment: recurring, amortized.
    pub(crate) fees: (Money, Money),
    pub(crate) meter: Meter,
    pub(crate) list10: u128,
    pub(crate) sums: crate::PlanTotals,
}

/// Sums of an item.
#[derive(Clone, Copy, Default)]
pub(crate) struct ItemSums {
    /// All usage, in parts.
    pub(crate) usage: u128,
    /// What stays on demand, in parts.
    pub(crate) on_demand: u128,
    /// What that costs, in 10⁻¹⁰.
    pub(crate) cost10: u128,
}

impl State {
    pub(crate) fn new(organization: &Organization, items: &Items, lanes: usize) -> Self {
        let parts = organization.parts();
        Self {
            cells: vec![0; items.len()],
            remaining: vec![0; items.len()],
            reservations: parts.reservations.iter().map(|_| ReservationState::default()).collect(),
            plans: parts.plans.iter().map(|_| PlanState::default()).collect(),
            lane_starts: vec![0; lanes],
            sums: vec![ItemSums::default(); items.len()],
            hours: 0,
        }
    }

    /// The sums in the caller's order.
    pub(crate) fn totals(&self, items: &Items) -> Totals {
        let mut totals = Totals::empty(items.len(), 0, 0);
        totals.hours = self.hours;
        for (item, sums) in self.sums.iter().enumerate() {
            let facts = items.facts(item);
            let series = &mut totals.series[items.series[item] as usize];
            series.usage = facts.quantity(sums.usage);
            series.on_demand = facts.quantity(sums.on_demand);
            series.covered = series.usage - series.on_demand;
            series.on_demand_cost = money10(sums.cost10);
        }
        totals.reservations =
            self.reservations.iter().map(|r| crate::ReservationTotals { list_cost: money10(r.list10), ..r.sums }).collect();
        totals.plans = self.plans.iter().map(|p| crate::PlanTotals { list_cost: money10(p.list10), ..p.sums }).collect();
        totals
    }
}

/// Units of a reservation from their count of 10⁻¹².
pub(crate) fn units(count: u128) -> Quantity {
    Quantity::from_units(signed(count))
}

/// Money from its count of 10⁻¹².
pub(crate) fn money12(count: u128) -> Money {
    Money::from_units(signed(count))
}
