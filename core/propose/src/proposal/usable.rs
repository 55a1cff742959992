//! How much of a choice could be used enough at best: by itself, before anything else is bought.
//!
//! Whatever else is bought can only leave it less to cover, so no portfolio that keeps the owner's rule of utilization has more. Demand is counted
//! in bins and rounded up, so that this holds.

#![expect(clippy::disallowed_types, reason = "the solver works on floats; what it answers is priced again exactly")]

use super::choices::{Choice, Goods, hour_of, pool_of_held};
use super::inputs::{Inputs, PlanRate};
use super::pools::{Outlook, Pools};
use crate::solve::{Futures as _, Workers};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use tenor_money::SCALE;

/// Bins that demand is counted in.
const BINS: usize = 1_024;

/// What commitments of one target and window could cover.
type Place = (usize, Option<usize>, Range<usize>);

/// By choice: the most units of the solver that could be used enough.
pub(crate) fn usable(inputs: &Inputs, pools: &Pools, outlook: &Outlook<'_>, choices: &[Choice], workers: &dyn Workers) -> Vec<f64> {
    let held = held(inputs, pools, outlook.hours());
    let mut places: Vec<Place> = choices.iter().map(place).collect();
    places.sort_by_key(|place| (place.0, place.1, place.2.start, place.2.end));
    places.dedup();
    let found: Vec<Mutex<f64>> = places.iter().map(|_| Mutex::new(0.0)).collect();
    workers.each(places.len(), &|at| {
        let (target, plan, window) = &places[at];
        let weights = match plan {
            None => vec![(*target, 1.0)],
            Some(offer) => weights(inputs, pools, *target, &inputs.plans[*offer].rates, inputs.plans[*offer].family.is_empty()),
        };
        let most = Counted { inputs, outlook, held: &held, weights: &weights, window: window.clone() }.most();
        *found[at].lock().expect("nothing panics while it holds a place") = most;
    });
    let most: Vec<f64> = found.into_iter().map(|most| most.into_inner().expect("as above")).collect();
    let key = |place: &Place| (place.0, place.1, place.2.start, place.2.end);
    let at: BTreeMap<_, f64> = places.iter().map(key).zip(most).collect();
    choices.iter().map(|choice| if choice.is_step() { at[&key(&place(choice))] } else { f64::INFINITY }).collect()
}

/// What a choice could cover: a pool; or of a class what a plan has rates for.
fn place(choice: &Choice) -> Place {
    match choice.goods {
        Goods::Reservation { pool, .. } => (pool, None, choice.hours.clone()),
        Goods::Plan { offer } => (choice.class, Some(offer), choice.hours.clone()),
    }
}

/// Reservations held, by pool: hours and units.
fn held(inputs: &Inputs, pools: &Pools, horizon: usize) -> BTreeMap<usize, Vec<(Range<usize>, f64)>> {
    let mut held: BTreeMap<usize, Vec<(Range<usize>, f64)>> = BTreeMap::new();
    // A zonal one covers one zone's usage; to leave it out keeps what is usable high enough.
    for one in inputs.held_reservations.iter().filter(|one| one.zone.is_none()) {
        let Some(pool) = pool_of_held(inputs, pools, one) else { continue };
        let hours = hour_of(inputs, one.start, horizon)..hour_of(inputs, one.start + one.seconds, horizon);
        let factor = if one.family.is_some() { f64::from(one.factor) / 1_000.0 } else { 1.0 };
        held.entry(pool).or_default().push((hours, f64::from(one.count) * factor));
    }
    held
}

/// Pools that a plan covers, and the highest of its rates by unit.
fn weights(inputs: &Inputs, pools: &Pools, class: usize, rates: &[PlanRate], covers_unseen: bool) -> Vec<(usize, f64)> {
    let rate = |sku: usize| {
        let at = rates.binary_search_by_key(&sku, |rate| rate.sku).ok()?;
        let factor = if inputs.skus[sku].families.is_empty() { 1.0 } else { f64::from(inputs.skus[sku].factor) / 1_000.0 };
        Some(rates[at].rate.units() as f64 / SCALE as f64 / factor)
    };
    let of_pool = |pool: usize| {
        let lines = &pools.pools[pool].lines;
        let skus = lines.iter().map(|line| inputs.lines[*line].sku).chain(lines.is_empty().then_some(pools.pools[pool].sku));
        Some((pool, skus.filter_map(rate).reduce(f64::max)?))
    };
    let of_class = (0..pools.pools.len()).filter(|pool| pools.pools[*pool].class == class && (*pool < pools.seen || covers_unseen));
    of_class.filter_map(of_pool).collect()
}

/// What is counted for one place.
struct Counted<'a> {
    inputs: &'a Inputs,
    outlook: &'a Outlook<'a>,
    held: &'a BTreeMap<usize, Vec<(Range<usize>, f64)>>,
    weights: &'a [(usize, f64)],
    window: Range<usize>,
}

impl Counted<'_> {
    /// The most that is used enough in enough scenarios.
    fn most(&self) -> f64 {
        let rows: Vec<Vec<f32>> = (0..self.outlook.scenarios()).map(|scenario| self.row(scenario)).collect();
        let top = rows.iter().flatten().copied().fold(0.0_f32, f32::max);
        if top <= 0.0 || self.window.is_empty() {
            return 0.0;
        }
        // A little above, so that what rounds up stays in the last bin.
        let width = f64::from(top) * 1.000_001 / BINS as f64;
        let by_scenario: Vec<Vec<f64>> = rows.iter().map(|row| shares(row, width)).collect();
        let rule = self.inputs.policy.utilization;
        let at_least = f64::from(rule.at_least.millionths()) / 1e6;
        let below = (by_scenario.len() as u64 * u64::from(1_000_000 - rule.probability.millionths()) / 1_000_000) as usize;
        let enough = |edge: usize, by_scenario: &[Vec<f64>]| {
            let mut shares: Vec<f64> = by_scenario.iter().map(|shares| shares[edge]).collect();
            shares.sort_by(f64::total_cmp);
            shares.get(below).is_some_and(|share| *share >= at_least)
        };
        let (mut low, mut high) = (0, BINS + 1);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if enough(middle, &by_scenario) { low = middle } else { high = middle }
        }
        // Between two edges the share falls; the next edge is the safe side.
        if low == 0 && !enough(0, &by_scenario) {
            return 0.0;
        }
        (low + 1) as f64 * width
    }

    /// Usage of a scenario in the window, in the units of the commitment.
    fn row(&self, scenario: usize) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.window.len()];
        let mut row = vec![0.0_f32; self.window.len()];
        for (pool, weight) in self.weights {
            self.outlook.read(scenario, *pool, self.window.start, 1, &mut row);
            for (hours, units) in self.held.get(pool).into_iter().flatten() {
                let within = hours.start.max(self.window.start)..hours.end.min(self.window.end);
                if within.start < within.end {
                    let within = within.start - self.window.start..within.end - self.window.start;
                    row[within].iter_mut().for_each(|used| *used = (*used - *units as f32).max(0.0));
                }
            }
            sum.iter_mut().zip(&row).for_each(|(sum, used)| *sum += *used * *weight as f32);
        }
        sum
    }
}

/// By the edge of a bin: the share of a commitment of so much that is used, at most; by the edge 0: the share of hours with any usage.
fn shares(row: &[f32], width: f64) -> Vec<f64> {
    let mut counts = vec![0_u32; BINS + 1];
    for used in row {
        counts[((f64::from(*used) / width).ceil() as usize).min(BINS)] += 1;
    }
    let hours = row.len() as f64;
    let mut shares = Vec::with_capacity(BINS + 2);
    let idle = f64::from(counts[0]);
    shares.push(1.0 - idle / hours);
    // Usage up to an edge, and hours above it.
    let (mut sum, mut above) = (0.0, hours - idle);
    for (edge, count) in counts.into_iter().enumerate().skip(1) {
        let count = f64::from(count);
        sum += count * edge as f64;
        above -= count;
        shares.push((sum + above * edge as f64) / (edge as f64 * hours));
    }
    shares.push(0.0);
    shares
}
