//! Paying for demand hour by hour with what was bought: exact sums, the most specific commitment applied first.

use super::ledger::Ledger;
use crate::demand::Demand;
use crate::offers::{Offers, Pools};
use crate::past::known_within;
use std::ops::Range;
use tenor_money::{Money, Rounding, SCALE, UnitPrice, div_round};

/// What a span of hours came to, in unit-hours: `usage = on_demand + the sum of used`, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Decimals of the unit-hours.
    pub decimals: u32,
    /// All that was used.
    pub usage: u128,
    /// What no commitment covered.
    pub on_demand: u128,
    /// By offer: what was committed.
    pub committed: Vec<u128>,
    /// By offer: what of it was used.
    pub used: Vec<u128>,
}

impl Bill {
    /// What it costs, in 10⁻¹² of a unit of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ: exact.
    #[must_use]
    pub fn exact_cost(&self, offers: &Offers) -> i128 {
        let at = |units: u128, price: UnitPrice| i128::try_from(units).expect("unit-hours fit 127 bits") * price.units();
        let committed = self.committed.iter().zip(offers.offers()).map(|(units, offer)| at(*units, offer.hourly()));
        at(self.on_demand, offers.on_demand()) + committed.sum::<i128>()
    }

    /// What the same usage costs without any commitment, in the same unit.
    #[must_use]
    pub fn exact_on_demand_cost(&self, offers: &Offers) -> i128 {
        i128::try_from(self.usage).expect("unit-hours fit 127 bits") * offers.on_demand().units()
    }

    /// What it costs, rounded once.
    #[must_use]
    pub fn cost(&self, offers: &Offers) -> Money {
        as_money(self.exact_cost(offers), self.decimals)
    }
}

/// An exact cost as an amount.
pub(crate) fn as_money(exact: i128, decimals: u32) -> Money {
    Money::from_units(div_round(exact, 10_i128.pow(decimals), Rounding::HalfEven))
}

/// `part / whole` to six digits, as a number of 10⁻¹².
pub(crate) fn share(part: i128, whole: i128) -> i128 {
    if whole == 0 { 0 } else { tenor_money::mul_div_round(part, 1_000_000, whole, Rounding::HalfEven) * (SCALE / 1_000_000) }
}

/// Pays for the known hours of `hours`. All series have the same decimals.
#[must_use]
pub fn pay(demand: &Demand, offers: &Offers, pools: &Pools, ledger: &Ledger, hours: Range<usize>) -> Bill {
    let count = offers.offers().len();
    let decimals = demand.series().first().map_or(0, |one| one.decimals);
    let mut bill = Bill { decimals, usage: 0, on_demand: 0, committed: vec![0; count], used: vec![0; count] };
    let mut active: Vec<Vec<u64>> = (0..count).map(|offer| vec![0; pools.names(offer).len()]).collect();
    let mut events = events(ledger).into_iter().peekable();
    let mut rest = vec![0_u64; demand.series().len()];
    for hour in known_within(demand.unknown(), hours).flatten() {
        while let Some((_, begins, offer, pool, units)) = events.next_if(|event| event.0 <= hour) {
            let held = &mut active[offer][pool];
            *held = if begins { *held + units } else { *held - units };
        }
        for (rest, series) in rest.iter_mut().zip(demand.series()) {
            *rest = series.cells[hour];
            bill.usage += u128::from(*rest);
        }
        for (offer, active) in active.iter().enumerate() {
            let mut left = active.clone();
            bill.committed[offer] += left.iter().map(|units| u128::from(*units)).sum::<u128>();
            for (rest, pool) in rest.iter_mut().zip(pools.of_series(offer)) {
                let used = (*rest).min(left[*pool]);
                *rest -= used;
                left[*pool] -= used;
                bill.used[offer] += u128::from(used);
            }
        }
        bill.on_demand += rest.iter().map(|units| u128::from(*units)).sum::<u128>();
    }
    bill
}

/// Beginnings and ends of lots in order of time; at one hour the beginnings come first, so nothing falls below zero.
fn events(ledger: &Ledger) -> Vec<(usize, bool, usize, usize, u64)> {
    let mut events = Vec::new();
    for lot in ledger.lots() {
        let bought = lot.purchase;
        events.push((lot.hours.start, true, bought.offer, bought.pool, bought.units));
        events.push((lot.hours.end, false, bought.offer, bought.pool, bought.units));
    }
    events.sort_by_key(|event| (event.0, !event.1));
    events
}
