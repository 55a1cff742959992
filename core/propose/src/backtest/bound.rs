//! The least that a demand can cost with perfect foresight, same offers, same decisions.
//!
//! Exact for one offer. For an offer within a wider one it is a Lagrangian bound: the wider offer is taken away and each hour priced
//! instead, at prices that over no term add up to more than the wider offer's. Whatever the prices, what it then costs is no more than
//! the least cost. Prices and purchases answer each other in turn, on averages, and the best answer is kept.

use super::Backtest;
use super::clairvoyant::{Ladder, Need};
use crate::past::known_within;
use std::ops::Range;

/// How often prices and purchases answer each other.
const ROUNDS: i128 = 24;

/// The counted hours of which something is known.
pub(crate) fn known_hours(backtest: &Backtest<'_>) -> Vec<usize> {
    known_within(backtest.demand().unknown(), backtest.counted()).flatten().collect()
}

/// A pool's demand in some hours.
pub(crate) fn total(backtest: &Backtest<'_>, offer: usize, pool: usize, hours: &[usize]) -> Vec<u64> {
    let mut total = vec![0; hours.len()];
    for member in backtest.pools().members(offer, pool) {
        let cells = &backtest.demand().series()[member].cells;
        total.iter_mut().zip(hours).for_each(|(total, hour)| *total += cells[*hour]);
    }
    total
}

/// At most the least cost there is, in 10⁻¹² of the demand's unit.
pub(crate) fn least_cost(backtest: &Backtest<'_>) -> i128 {
    let (hours, offers) = (known_hours(backtest), backtest.offers().offers());
    let pools = |offer: usize| 0..backtest.pools().names(offer).len();
    match offers {
        [_] => pools(0)
            .map(|pool| {
                let total = total(backtest, 0, pool, &hours);
                let on_demand = vec![backtest.offers().on_demand().units(); hours.len()];
                ladder(backtest, 0, &hours, &total, &on_demand).solve().cost
            })
            .sum(),
        [narrow, wide] if wide.pool.iter().all(|column| narrow.pool.contains(column)) => {
            pools(1).map(|pool| within(backtest, pool, pools(0), &hours)).sum()
        }
        // Several offers of one kind: each unit at the best price there is, as if it could be had by the hour.
        _ => {
            let prices = offers.iter().map(|offer| offer.hourly().units());
            let price = prices.fold(backtest.offers().on_demand().units(), i128::min);
            let series = backtest.demand().series().iter();
            price * series.flat_map(|one| hours.iter().map(|hour| i128::from(one.cells[*hour]))).sum::<i128>()
        }
    }
}

/// A pool's ladder, with what a unit costs in each hour that it does not cover.
fn ladder(backtest: &Backtest<'_>, offer: usize, hours: &[usize], units: &[u64], prices: &[i128]) -> Ladder {
    let need = |(place, (units, price)): (usize, (&u64, &i128))| Need { units: *units, price: *price, place };
    let needs: Vec<Need> = units.iter().zip(prices).enumerate().map(need).collect();
    let offer = &backtest.offers().offers()[offer];
    Ladder::new(&needs, hours, backtest.decisions(), offer.term_hours, offer.hourly().units())
}

/// The bound of one pool of the wider offer, the second.
fn within(backtest: &Backtest<'_>, wide: usize, pools: Range<usize>, hours: &[usize]) -> i128 {
    let on_demand = vec![backtest.offers().on_demand().units(); hours.len()];
    let member = |pool: usize| backtest.pools().members(0, pool).next();
    let inside = |pool: &usize| member(*pool).is_some_and(|series| backtest.pools().of_series(1)[series] == wide);
    let narrow: Vec<Vec<u64>> = pools.filter(inside).map(|pool| total(backtest, 0, pool, hours)).collect();
    // What the narrow ladders have left so far, added up over the rounds, and the prices that answered.
    let mut left = total(backtest, 1, wide, hours);
    let mut prices = vec![0_i128; hours.len()];
    let mut best = 0;
    for round in 1..=ROUNDS {
        let wider = ladder(backtest, 1, hours, &left, &on_demand);
        let answer = wider.prices(&wider.solve());
        prices.iter_mut().zip(answer).for_each(|(sum, price)| *sum += price);
        let averages: Vec<i128> = prices.iter().map(|sum| sum / round).collect();
        let mut cost = 0;
        for units in &narrow {
            let ladder = ladder(backtest, 0, hours, units, &averages);
            let cheapest = ladder.solve();
            cost += cheapest.cost;
            let active = ladder.active(&cheapest);
            left.iter_mut().zip(units).zip(active).for_each(|((left, units), active)| *left += units.saturating_sub(active));
        }
        best = best.max(cost);
    }
    best
}
