//! What a simulation says of a billed period, beside what the bill says.

use super::build::{BilledUse, Replay};
use super::input::LeftOut;
use crate::commitment::{CommitmentId, Covers};
use crate::settings::Settings;
use crate::simulator::Simulator;
use crate::sink::{Held, HeldHour, Piece, Sink};
use crate::totals::Totals;
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity};

/// Quantities of real bills carry six decimals, and each of a pool's pieces is rounded: what differs by less is the same.
const SAME_UNITS: Quantity = Quantity::from_units(10_000_000);

/// A billed period and its simulation, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Hours simulated.
    pub hours: u64,
    /// Each commitment, in the order of [`crate::Parts`]: reservations, then plans; at last those that are not simulated at all.
    pub commitments: Vec<CommitmentDifference>,
    /// Reservations that match the same usage are one pool: AWS does not say which of them pays first.
    pub pools: Vec<PoolDifference>,
    /// All that the simulation found.
    pub totals: Totals,
}

/// One commitment over the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentDifference {
    /// Which.
    pub id: CommitmentId,
    /// Usage it covered: normalized units where the reservation counts in them, else as metered.
    pub units_billed: Quantity,
    /// The same, simulated.
    pub units_simulated: Quantity,
    /// Effective cost of what it covered.
    pub effective_billed: Money,
    /// The same, simulated.
    pub effective_simulated: Money,
    /// Hours in which units differ by more than a bill's rounding.
    pub hours_different: u64,
    /// The first of them.
    pub first_different: Option<Hour>,
    /// Hours in which units or cost are not equal to the last digit.
    pub hours_unequal: u64,
    /// By how much its cost differs in each hour, added up without signs.
    pub absolute_difference: Money,
    /// What the bill says it paid for that is not simulated, and in none of the figures above.
    pub left_out: LeftOut,
}

/// A pool of reservations over the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolDifference {
    /// What its reservations match, with the zone of zonal ones.
    pub name: String,
    /// Hours in which any of them was held.
    pub hours: u64,
    /// Hours in which covered units differ by more than a bill's rounding.
    pub hours_different: u64,
    /// The first of them, with units billed and simulated.
    pub first_different: Option<(Hour, Quantity, Quantity)>,
    /// Effective cost of what they covered.
    pub effective_billed: Money,
    /// The same, simulated.
    pub effective_simulated: Money,
}

impl Comparison {
    /// Whether nothing differs: every commitment covers the same units at the same cost in every hour, to the last digit, and no usage that
    /// one paid for is left out. Nothing to compare is not the same.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.commitments.is_empty() && self.hours_unequal() == 0 && self.left_out().rows == 0
    }

    /// Hours of commitments in which units or cost are not equal to the last digit.
    #[must_use]
    pub fn hours_unequal(&self) -> u64 {
        self.commitments.iter().map(|one| one.hours_unequal).sum()
    }

    /// By how much cost differs in each hour of each commitment, added up without signs.
    #[must_use]
    pub fn absolute_difference(&self) -> Money {
        self.commitments.iter().map(|one| one.absolute_difference).sum()
    }

    /// What commitments paid for that is not simulated.
    #[must_use]
    pub fn left_out(&self) -> LeftOut {
        let rows = self.commitments.iter().map(|one| one.left_out.rows).sum();
        LeftOut { rows, effective: self.commitments.iter().map(|one| one.left_out.effective).sum() }
    }

    /// Effective cost simulated less billed, of all commitments.
    #[must_use]
    pub fn effective_difference(&self) -> Money {
        self.commitments.iter().map(|one| one.effective_simulated - one.effective_billed).sum()
    }
}

impl CommitmentDifference {
    fn of(id: &CommitmentId) -> Self {
        Self {
            id: id.clone(),
            units_billed: Quantity::ZERO,
            units_simulated: Quantity::ZERO,
            effective_billed: Money::ZERO,
            effective_simulated: Money::ZERO,
            hours_different: 0,
            first_different: None,
            hours_unequal: 0,
            absolute_difference: Money::ZERO,
            left_out: LeftOut::default(),
        }
    }
}

/// What the simulation says of each commitment and hour.
#[derive(Default)]
struct Found {
    uses: BTreeMap<(Held, Hour), BilledUse>,
    held: BTreeMap<(Held, Hour), ()>,
}

impl Sink for Found {
    fn piece(&mut self, hour: Hour, piece: &Piece) {
        let found = self.uses.entry((piece.by, hour)).or_default();
        if let crate::sink::Takes::Units { units, .. } = piece.takes {
            found.units += units;
        } else {
            found.units += piece.covered;
        }
        found.effective += piece.effective_cost();
    }

    fn held(&mut self, hour: Hour, held: &HeldHour) {
        self.held.insert((held.held, hour), ());
    }
}

impl Replay {
    /// Simulates the hours and compares each commitment, hour by hour, with what the bill says.
    #[must_use]
    pub fn compare(&self, hours: Range<Hour>, settings: Settings) -> Comparison {
        let simulator = Simulator::with_settings(&self.organization, settings);
        let mut found = Found::default();
        let totals = simulator.run(&self.usage, hours, &mut found);
        let parts = self.organization.parts();
        let reservations = (0..parts.reservations.len()).map(|place| (Held::Reservation(place), &parts.reservations[place].id));
        let plans = (0..parts.plans.len()).map(|place| (Held::Plan(place), &parts.plans[place].id));
        let mut commitments: Vec<_> = reservations.chain(plans).map(|(held, id)| self.commitment(held, id, &found)).collect();
        let mut left_out = self.left_out.clone();
        for one in &mut commitments {
            one.left_out = left_out.remove(&one.id).unwrap_or_default();
        }
        commitments.extend(left_out.into_iter().map(|(id, left_out)| CommitmentDifference { left_out, ..CommitmentDifference::of(&id) }));
        Comparison { hours: totals.hours, commitments, pools: self.pools(&found), totals }
    }

    fn commitment(&self, held: Held, id: &CommitmentId, found: &Found) -> CommitmentDifference {
        let mut difference = CommitmentDifference::of(id);
        let span = (held, Hour::from_epoch_hours(i64::MIN))..=(held, Hour::from_epoch_hours(i64::MAX));
        let mut hours: BTreeMap<Hour, (BilledUse, BilledUse)> = BTreeMap::new();
        self.billed.range(span.clone()).for_each(|((_, hour), used)| hours.entry(*hour).or_default().0 = *used);
        found.uses.range(span).for_each(|((_, hour), used)| hours.entry(*hour).or_default().1 = *used);
        for (hour, (billed, simulated)) in hours {
            difference.units_billed += billed.units;
            difference.units_simulated += simulated.units;
            difference.effective_billed += billed.effective;
            difference.effective_simulated += simulated.effective;
            difference.hours_unequal += u64::from(billed != simulated);
            difference.absolute_difference += (simulated.effective - billed.effective).abs();
            if (billed.units - simulated.units).abs() > SAME_UNITS {
                difference.hours_different += 1;
                difference.first_different.get_or_insert(hour);
            }
        }
        difference
    }

    fn pools(&self, found: &Found) -> Vec<PoolDifference> {
        let mut members: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for (place, reservation) in self.organization.parts().reservations.iter().enumerate() {
            let name = match &reservation.covers {
                Covers::Family(family) => family.to_string(),
                Covers::Exact(exact) => exact.to_string(),
            };
            let zone = reservation.zone.as_ref().map_or(String::new(), |zone| format!(" in {zone}"));
            members.entry(format!("{name}{zone}")).or_default().push(Held::Reservation(place));
        }
        members.into_iter().map(|(name, members)| self.pool(name, &members, found)).collect()
    }

    fn pool(&self, name: String, members: &[Held], found: &Found) -> PoolDifference {
        let mut hours: BTreeMap<Hour, (BilledUse, BilledUse)> = BTreeMap::new();
        for held in members {
            let span = (*held, Hour::from_epoch_hours(i64::MIN))..=(*held, Hour::from_epoch_hours(i64::MAX));
            found.held.range(span.clone()).for_each(|((_, hour), ())| _ = hours.entry(*hour).or_default());
            self.billed.range(span.clone()).for_each(|((_, hour), used)| add(&mut hours.entry(*hour).or_default().0, used));
            found.uses.range(span).for_each(|((_, hour), used)| add(&mut hours.entry(*hour).or_default().1, used));
        }
        let different = |(billed, simulated): &(BilledUse, BilledUse)| (billed.units - simulated.units).abs() > SAME_UNITS;
        let first = hours.iter().find(|(_, both)| different(both));
        PoolDifference {
            name,
            hours: hours.len() as u64,
            hours_different: hours.values().filter(|both| different(both)).count() as u64,
            first_different: first.map(|(hour, (billed, simulated))| (*hour, billed.units, simulated.units)),
            effective_billed: hours.values().map(|(billed, _)| billed.effective).sum(),
            effective_simulated: hours.values().map(|(_, simulated)| simulated.effective).sum(),
        }
    }
}

fn add(sum: &mut BilledUse, more: &BilledUse) {
    sum.units += more.units;
    sum.effective += more.effective;
}
