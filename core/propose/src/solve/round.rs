//! Units in whole steps, as AWS sells them, improved step by step where that is cheap to try.

use crate::solve::descend::{Descent, Found, Pricing, fits};
use crate::solve::market::{Market, Target};
use crate::solve::settle::{Settled, settle};

/// Cells that trying steps may go through in all.
const CELLS_MAX: usize = 40_000_000;

/// Less than this share of the objective lost by rounding is not looked for.
const LOST: f64 = 1e-4;

/// What was found in whole steps: rounded as it is; or where that loses much, with the reservations that pools alone would buy in whole steps, and plans
/// settled anew for what they leave.
pub(crate) fn portfolio(descent: &Descent<'_>, settled: &Settled) -> Vec<f64> {
    let Settled { found, dual, factors } = settled;
    let cost = |units: &[f64]| descent.objective(units, &descent.fill(units, Pricing::No).costs);
    let rounded = whole_steps(descent, &found.units);
    let least = cost(&rounded);
    if least <= found.objective + LOST * found.objective.abs() {
        return rounded;
    }
    let (reserved, _) = descent.answer(dual, factors, &found.cap_prices, true);
    if !fits(descent.market, &reserved) {
        return rounded;
    }
    let refitted = whole_steps(descent, &with_plans(descent, found, reserved));
    if fits(descent.market, &refitted) && cost(&refitted) < least { refitted } else { rounded }
}

/// Reservations with the plans that are best for what they leave.
fn with_plans(descent: &Descent<'_>, found: &Found, reserved: Vec<f64>) -> Vec<f64> {
    let mut market: Market = descent.market.clone();
    for offer in market.offers.iter_mut().filter(|offer| matches!(offer.target, Target::Pool(_))) {
        offer.most = 0.0;
    }
    for cap in &mut market.caps {
        cap.most = (cap.most - cap.weights.iter().zip(&reserved).map(|(weight, units)| weight * units).sum::<f64>()).max(0.0);
    }
    let sample = descent.sample.without(&descent.calendar.with(descent.market, &reserved));
    let plans = |place: usize| if matches!(market.offers[place].target, Target::Pool(_)) { 0.0 } else { found.units[place] };
    let start =
        Found { units: (0..reserved.len()).map(plans).collect(), objective: f64::INFINITY, bound: f64::NEG_INFINITY, ..found.clone() };
    // The bins of what is left are not its own, so nothing is asked of them.
    let settled = settle(&Descent { market: &market, sample: &sample, ..*descent }, start, false).found;
    reserved.iter().zip(settled.units).map(|(reserved, plans)| reserved + plans).collect()
}

/// Down to whole steps, or to the nearest where the limits allow it.
fn whole_steps(descent: &Descent<'_>, units: &[f64]) -> Vec<f64> {
    let market = descent.market;
    let steps = |rounding: fn(f64) -> f64| -> Vec<f64> {
        let whole = |(offer, units): (&crate::solve::market::Offer, &f64)| match offer.step > 0.0 {
            true => rounding((units / offer.step * 1e9).round() / 1e9) * offer.step,
            false => *units,
        };
        market.offers.iter().zip(units).map(whole).collect()
    };
    let nearest = steps(f64::round);
    if fits(market, &nearest) { nearest } else { steps(f64::floor) }
}

/// Tries steps up, down, and from one offer to another that covers the same, while any of them pays.
pub(crate) fn improve(descent: &Descent<'_>, mut units: Vec<f64>) -> (Vec<f64>, f64) {
    let cost = |units: &[f64]| descent.objective(units, &descent.fill(units, Pricing::No).costs);
    let mut best = cost(&units);
    let cells = descent.sample.blocks.len() * crate::solve::fill::BLOCK * descent.market.pools.len();
    let mut tries = CELLS_MAX / cells.max(1);
    if tries < 8 * descent.market.offers.len() {
        return (units, best);
    }
    let moves = moves(descent);
    let mut scale = 64.0;
    while scale >= 1.0 {
        let mut improved = false;
        for (up, down) in moves.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]) {
            let mut trial = units.clone();
            for (sign, moved) in [(1.0, up), (-1.0, down)] {
                if let Some((place, amount)) = moved {
                    let step = descent.market.offers[place].step.max(f64::MIN_POSITIVE);
                    trial[place] = (((units[place] + sign * scale * amount) / step).round() * step).max(0.0);
                }
            }
            if tries == 0 || trial == units || !fits(descent.market, &trial) {
                continue;
            }
            tries -= 1;
            let found = cost(&trial);
            if found < best - 1e-12 * best.abs() {
                (units, best, improved) = (trial, found, true);
            }
        }
        if !improved || tries == 0 {
            scale *= 0.5;
        }
    }
    (units, best)
}

/// Up one offer and down another: by a step of the coarser, in the units of each.
type Move = (Option<(usize, f64)>, Option<(usize, f64)>);

fn moves(descent: &Descent<'_>) -> Vec<Move> {
    let offers = &descent.market.offers;
    let mut moves: Vec<Move> = offers.iter().enumerate().map(|(place, offer)| (Some((place, offer.step)), None)).collect();
    // What a unit of an offer is in units of a pool.
    let in_pool = |place: usize, pool: usize| match offers[place].target {
        Target::Pool(of) => (of == pool).then_some(1.0),
        Target::Table(table) => descent.rates[pool].iter().find(|(of, _)| *of == table).map(|(_, rate)| 1.0 / rate.max(f64::MIN_POSITIVE)),
    };
    for pool in 0..descent.market.pools.len() {
        for a in 0..offers.len() {
            for b in a + 1..offers.len() {
                if let (Some(of_a), Some(of_b)) = (in_pool(a, pool), in_pool(b, pool)) {
                    let covered = (offers[a].step * of_a).max(offers[b].step * of_b);
                    moves.push((Some((a, covered / of_a)), Some((b, covered / of_b))));
                }
            }
        }
    }
    moves
}
