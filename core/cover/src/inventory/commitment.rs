//! A commitment with what a bill's periods add up to for it.

use super::facts::{Facts, Kind};
use super::ratio::mul_div;
use crate::commitment::Term;
use tenor_money::{Money, Quantity, Rounding};

/// Units held, used and unused, in one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// As the fee rows report it.
    pub held: Quantity,
    /// By the usage that it covered.
    pub used: Quantity,
    /// As the fee rows report it.
    pub unused: Quantity,
}

impl Units {
    fn add(&mut self, other: Self) {
        self.held += other.held;
        self.used += other.used;
        self.unused += other.unused;
    }
}

/// What the charges of some periods add up to for one commitment. Money is amortized, after private discounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Amortized cost of what served usage.
    pub used_cost: Money,
    /// Amortized cost of what served nothing.
    pub unused_cost: Money,
    /// What the usage it served costs at list prices.
    pub list_cost: Money,
    /// Cash paid by the hour.
    pub recurring_fee: Money,
    /// Instance hours.
    pub hours: Units,
    /// Normalized hours; nothing held where sizes are not counted.
    pub normalized: Units,
    /// FOCUS's quantity: a plan's commitment, or units of a source that reports nothing else. Held is the sum of the other two.
    pub quantity: Units,
    /// Covered charges with a list cost and without any cost of the commitment: their savings would be false.
    pub charges_without_cost: u64,
    /// Covered charges with a cost of the commitment and without a list cost: their savings would be false too.
    pub charges_without_list_cost: u64,
}

impl Sums {
    /// Adds another period's.
    pub fn add(&mut self, other: &Self) {
        self.used_cost += other.used_cost;
        self.unused_cost += other.unused_cost;
        self.list_cost += other.list_cost;
        self.recurring_fee += other.recurring_fee;
        self.hours.add(other.hours);
        self.normalized.add(other.normalized);
        self.quantity.add(other.quantity);
        self.charges_without_cost += other.charges_without_cost;
        self.charges_without_list_cost += other.charges_without_list_cost;
    }

    /// Amortized cost, used or not.
    #[must_use]
    pub fn amortized_cost(&self) -> Money {
        self.used_cost + self.unused_cost
    }

    /// Whether every covered charge tells both what it costs and what it would cost: else no saving can be told.
    #[must_use]
    pub const fn tells_savings(&self) -> bool {
        self.charges_without_cost == 0 && self.charges_without_list_cost == 0
    }
}

/// What the use of a commitment is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Normalized hours, where sizes weigh.
    Normalized,
    /// Instance hours.
    Hours,
    /// A plan's commitment in the currency of the bill.
    Money,
    /// Units of a source that says nothing more.
    Other,
}

/// A commitment and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// What it is.
    pub facts: Facts,
    /// Over all periods asked for.
    pub sums: Sums,
    /// Of the newest of these periods: what it costs by the hour is read from it.
    pub newest: Sums,
    /// A plan's commitment for an hour, exact to AWS's five decimals.
    pub hourly_commitment: Option<Money>,
    /// What `quantity` of the sums counts, as the bill names it; none where it does not, or names several.
    pub quantity_unit: Option<String>,
    /// Whether its fees stopped before its term ends: the newest period of its payer has none though the term reaches into it, and older
    /// ones have. Sold, exchanged, modified or returned: it is held no more.
    pub is_gone: bool,
}

impl Commitment {
    /// What its use is counted in, and how much of it.
    #[must_use]
    pub fn units(&self) -> (Counted, Units) {
        self.units_of(&self.sums)
    }

    fn units_of(&self, sums: &Sums) -> (Counted, Units) {
        match self.facts.kind {
            Kind::Plan(_) => (Counted::Money, sums.quantity),
            Kind::Reservation(_) if !sums.normalized.held.is_zero() => (Counted::Normalized, sums.normalized),
            Kind::Reservation(_) if !sums.hours.held.is_zero() => (Counted::Hours, sums.hours),
            Kind::Reservation(_) => (Counted::Other, sums.quantity),
        }
    }

    /// What it holds for an hour: a plan's commitment, a reservation's normalized units or instances.
    #[must_use]
    pub fn held_for_an_hour(&self) -> Option<Quantity> {
        if let Kind::Plan(_) = self.facts.kind {
            return self.hourly_commitment.map(|amount| Quantity::from_units(amount.units()));
        }
        let (counted, units) = self.units_of(&self.newest);
        let (hours, count) = (self.newest.hours.held, self.facts.count?);
        match counted {
            Counted::Normalized if !hours.is_zero() => {
                // Whole or quarter units, so the few digits that a bill's own rounding leaves are dropped.
                let exact = units.held.share(count.units(), hours.units(), Rounding::HalfEven);
                Some(Quantity::from_units(Money::from_units(exact.units()).round_to(4, Rounding::HalfEven).units()))
            }
            Counted::Hours => Some(count),
            _ => None,
        }
    }

    /// What an hour of it costs, amortized, at the pace of the newest period; none where that does not tell.
    #[must_use]
    pub fn hourly_cost(&self) -> Option<Money> {
        Some(self.cost_of(3600)?.0)
    }

    /// What the coming `seconds` cost if nothing changes, amortized and in cash; none where the newest period does not tell, or tells amounts
    /// that no bill has.
    ///
    /// The newest period's cost goes by the hours that it was held for in that period. Rounded half to even to 10⁻¹².
    pub(super) fn cost_of(&self, seconds: i64) -> Option<(Money, Money)> {
        // In units of 10⁻¹² of an hour: the period's hours, times the commitment of an hour for a plan.
        let (held, per_hour) = match self.facts.kind {
            Kind::Plan(_) => (self.newest.quantity.held, Quantity::from_units(self.hourly_commitment?.units())),
            Kind::Reservation(_) => (self.newest.hours.held, self.facts.count?),
        };
        let ahead = |cost| cost_ahead(cost, per_hour, held, seconds);
        Some((ahead(self.newest.amortized_cost())?, ahead(self.newest.recurring_fee)?))
    }
}

/// What the coming `seconds` cost at the pace of a period that cost `cost` for `held` unit-hours, with `per_hour` units held; none where
/// nothing was held, or the amounts are beyond any bill's. Rounded half to even to 10⁻¹².
#[must_use]
pub fn cost_ahead(cost: Money, per_hour: Quantity, held: Quantity, seconds: i64) -> Option<Money> {
    let ahead = per_hour.units().checked_mul(i128::from(seconds))?;
    let share = mul_div(cost.units(), ahead, held.units().checked_mul(3600)?)?;
    (held.units() > 0).then(|| Money::from_units(share))
}

/// A plan's commitment for an hour from that of a charge from one second to another, to the five decimals that AWS sells; none where the
/// plan was held in no hour of the charge. A bill's own amounts are rounded to eight.
///
/// Only the clock hours that the plan holds count, those in which it begins and ends whole (`docs/spec/rounding.md` 5.1): a day's charge of
/// a plan bought at six in the evening is of six hours.
#[must_use]
pub fn hourly_commitment(amount: Money, from: i64, to: i64, term: Option<Term>) -> Option<Money> {
    let hours_of = |term: Term| (term.start.div_euclid(3600) * 3600, -(-term.end()).div_euclid(3600) * 3600);
    let (from, to) = term.map(hours_of).map_or((from, to), |(start, end)| (from.max(start), to.min(end)));
    let seconds = to.checked_sub(from).filter(|seconds| *seconds > 0)?;
    let hourly = mul_div(amount.units(), 3600, i128::from(seconds))?;
    Some(Money::from_units(hourly).round_to(5, Rounding::HalfEven))
}
