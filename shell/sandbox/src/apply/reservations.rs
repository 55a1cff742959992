//! Reservations on usage: zonal before regional, the owner's usage before others', small sizes before large.

use super::{Applied, Engine, Item, ReservationFacts, ReservationHour, ReservedPiece, SkuFacts};
use crate::exact::{ONE, denormalize, normalize, running_share};
use tenor_money::Quantity;

/// For each reservation the items it may cover, in its order.
pub(super) struct Lanes {
    facts: Vec<ReservationFacts>,
    own: Vec<Vec<u32>>,
    others: Vec<Vec<u32>>,
}

impl Lanes {
    pub(super) fn new(items: &[Item], skus: &[SkuFacts], facts: &[ReservationFacts]) -> Self {
        let lane = |index: usize, own: bool| {
            let reservation = facts[index];
            let matches = |item: &Item| {
                let here = reservation.zone.is_none_or(|zone| zone == item.zone);
                here && (item.account == reservation.owner) == own && skus[item.sku as usize].reserved[index]
            };
            let mut lane: Vec<u32> = (0..items.len() as u32).filter(|item| matches(&items[*item as usize])).collect();
            // Stable: items of one size stay in the order of account and resource.
            lane.sort_by_key(|item| skus[items[*item as usize].sku as usize].factor);
            lane
        };
        let lanes = |own| (0..facts.len()).map(|index| lane(index, own)).collect();
        Self { facts: facts.to_vec(), own: lanes(true), others: lanes(false) }
    }

    pub(super) fn apply(&self, engine: &Engine, hours: &[ReservationHour], applied: &mut Applied) {
        let mut used = vec![Quantity::ZERO; self.facts.len()];
        for (zonal, lanes) in [(true, &self.own), (true, &self.others), (false, &self.own), (false, &self.others)] {
            for (index, facts) in self.facts.iter().enumerate().filter(|(_, facts)| facts.zone.is_some() == zonal) {
                if used[index] < hours[index].units {
                    cover(engine, index, *facts, &hours[index], &lanes[index], &mut used[index], applied);
                }
            }
        }
    }
}

/// Lets one reservation cover one lane until either is exhausted (rules 2.3 and 4.4).
fn cover(
    engine: &Engine,
    index: usize,
    facts: ReservationFacts,
    hour: &ReservationHour,
    lane: &[u32],
    used: &mut Quantity,
    applied: &mut Applied,
) {
    for &item in lane {
        let rest = applied.remaining[item as usize];
        if rest.is_zero() {
            continue;
        }
        let left = hour.units - *used;
        if left.is_zero() {
            return;
        }
        let factor = if facts.flexible { engine.facts(item).factor } else { ONE };
        let covered = if normalize(rest, factor) <= left { rest } else { denormalize(left, factor).min(rest) };
        if covered.is_zero() {
            continue;
        }
        let before = *used;
        *used += normalize(covered, factor);
        let share = |fee| running_share(fee, before.units(), used.units(), hour.units.units());
        let (recurring, amortized) = (share(hour.recurring), share(hour.amortized));
        applied.reserved.push(ReservedPiece { item, reservation: index as u32, covered, recurring, amortized });
        applied.remaining[item as usize] = rest - covered;
    }
}
