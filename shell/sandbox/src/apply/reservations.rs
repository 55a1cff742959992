//! Reservations on usage: zonal before regional, the owner's usage before its group's and the rest's, small sizes before large.

use super::{Applied, Engine, Item, Reach, ReservationFacts, ReservationHour, ReservedPiece, SkuFacts};
use crate::exact::{ONE, denormalize, normalize, running_share};
use tenor_money::Quantity;

/// For each reservation the items it may cover, in its order.
pub(super) struct Lanes {
    facts: Vec<ReservationFacts>,
    /// The passes of rule 3.2: by reach, then reservation.
    passes: [Vec<Vec<u32>>; 3],
}

impl Lanes {
    pub(super) fn new(items: &[Item], skus: &[SkuFacts], facts: Vec<ReservationFacts>) -> Self {
        let passes = [Reach::Own, Reach::Group, Reach::Rest]
            .map(|reach| (0..facts.len()).map(|index| lane(items, skus, &facts, index, reach)).collect());
        Self { facts, passes }
    }

    pub(super) fn apply(&self, engine: &Engine, hours: &[ReservationHour], applied: &mut Applied) {
        let mut used = vec![Quantity::ZERO; self.facts.len()];
        let mut spent: Vec<bool> = hours.iter().map(|hour| hour.units.is_zero()).collect();
        for zonal in [true, false] {
            for lanes in &self.passes {
                for (index, facts) in self.facts.iter().enumerate().filter(|(_, facts)| facts.zone.is_some() == zonal) {
                    if !spent[index] {
                        let turn = Turn { index, flexible: facts.flexible, hour: &hours[index] };
                        spent[index] = turn.cover(engine, &lanes[index], &mut used[index], applied);
                    }
                }
            }
        }
    }
}

/// What a reservation may cover in one pass.
fn lane(items: &[Item], skus: &[SkuFacts], facts: &[ReservationFacts], index: usize, reach: Reach) -> Vec<u32> {
    let reservation = &facts[index];
    let sku = |item: u32| &skus[items[item as usize].sku as usize];
    let matches = |item: &u32| {
        let Item { account, zone, .. } = items[*item as usize];
        let here = reservation.zone.is_none_or(|reserved| reserved == zone && !sku(*item).unused_capacity);
        here && reservation.reaches[account as usize] == Some(reach) && sku(*item).reserved[index]
    };
    let mut lane: Vec<u32> = (0..items.len() as u32).filter(matches).collect();
    // Stable: items of one size stay in the order of account and resource.
    lane.sort_by_key(|item| (sku(*item).unused_capacity, sku(*item).factor));
    lane
}

/// A reservation's turn in one pass.
struct Turn<'a> {
    index: usize,
    flexible: bool,
    hour: &'a ReservationHour,
}

impl Turn<'_> {
    /// Lets the reservation cover one lane until either is exhausted (rules 2.3 and 4.4); whether it is spent: what is left of it after
    /// covering something in part stays unused.
    fn cover(&self, engine: &Engine, lane: &[u32], used: &mut Quantity, applied: &mut Applied) -> bool {
        for &item in lane {
            let rest = applied.remaining[item as usize];
            if rest.is_zero() {
                continue;
            }
            let left = self.hour.units - *used;
            let factor = if self.flexible { engine.facts(item).factor } else { ONE };
            let covered = if normalize(rest, factor) <= left { rest } else { denormalize(left, factor).min(rest) };
            if covered.is_zero() {
                return true;
            }
            let before = *used;
            *used += normalize(covered, factor);
            let share = |fee| running_share(fee, before.units(), used.units(), self.hour.units.units());
            let (recurring, amortized) = (share(self.hour.recurring), share(self.hour.amortized));
            applied.reserved.push(ReservedPiece { item, reservation: self.index as u32, covered, recurring, amortized });
            applied.remaining[item as usize] = rest - covered;
            if covered < rest || *used == self.hour.units {
                return true;
            }
        }
        false
    }
}
