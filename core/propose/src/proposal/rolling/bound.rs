//! At most what any purchases at the decisions could have cost: the solver's bound, with what was used as the only future.
//!
//! Every offer that the policy allows may be bought at every decision, without limits, interest or fear. Costs count within the span alone, as they
//! do for policies.

#![expect(clippy::disallowed_types, reason = "the solver works on floats; the bound it answers is rounded down")]

use crate::past::known_within;
use crate::proposal::choices::{Choice, When, market};
use crate::proposal::figures::floor;
use crate::proposal::inputs::{Inputs, InputsError};
use crate::proposal::policy::Limits;
use crate::proposal::pools::Pools;
use crate::proposal::portion::Portion;
use crate::solve::{Effort, Futures, Market, Workers, solve, worthwhile};
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_money::{Money, Quantity};
use tenor_price::TermLength;

/// How hard the solver looks: at every hour there is.
const EFFORT: Effort = Effort { cells: usize::MAX, rounds: 30 };

/// Different beginnings at most. More are taken together: as if what may begin at any of them began at the first, and cost what it does from the last.
const STARTS_MAX: usize = 256;

/// How many beginnings are taken together.
pub(super) fn together(starts: &[usize]) -> usize {
    starts.len().div_ceil(STARTS_MAX).max(1)
}

/// At most the least cost of the known hours of a span, if commitments may begin in some of its hours, so many of which are taken together.
///
/// # Errors
/// When the market makes no sense.
pub(super) fn least_cost(
    inputs: &Inputs,
    span: Range<usize>,
    starts: &[usize],
    together: usize,
    workers: &dyn Workers,
) -> Result<Money, InputsError> {
    let inputs = carefree(inputs);
    let pools = Pools::of(&inputs);
    let unknown = super::bill::unknown(&inputs);
    let known: Vec<usize> = known_within(&unknown, span).flatten().collect();
    let used = Used::new(&inputs, &pools, &known);
    let offered = Offered { inputs: &inputs, pools: &pools, known: &known };
    let mut choices = Vec::new();
    for starts in starts.chunks(together) {
        let all = offered.from(starts);
        choices.extend(worthwhile(&offered.market(&all)).into_iter().map(|place| all[place].clone()));
    }
    let found = solve(&offered.market(&choices), &used, EFFORT, workers)?;
    Ok(floor(found.bound))
}

/// The same inputs for an owner without limits, interest, fear or anything held.
fn carefree(inputs: &Inputs) -> Inputs {
    let mut carefree = inputs.clone();
    carefree.held_reservations.clear();
    carefree.held_plans.clear();
    let policy = &mut carefree.policy;
    policy.limits = Limits::default();
    policy.capital.yearly = Portion::NOTHING;
    policy.risk.weight = Quantity::ZERO;
    carefree
}

/// What may be bought.
struct Offered<'a> {
    inputs: &'a Inputs,
    pools: &'a Pools,
    /// The hours that count, of which the solver sees the places alone.
    known: &'a [usize],
}

impl Offered<'_> {
    /// All that may begin in any of some hours, with the hours that it costs at least.
    fn from(&self, starts: &[usize]) -> Vec<(Choice, usize)> {
        let hours = |term: TermLength| {
            let place = |hour: usize| self.known.partition_point(|known| *known < hour);
            let of = |start: usize| place(start)..place(start + term.hours() as usize);
            let (first, last) = (of(starts[0]), of(starts[starts.len() - 1]));
            let least = starts.iter().map(|start| of(*start).len()).min().unwrap_or(0);
            (first.start..last.end, least)
        };
        let mut found = Vec::new();
        for pool in (0..self.pools.seen).filter(|pool| self.inputs.classes[self.pools.pools[*pool].class].may_buy) {
            for (term, offer) in self.cheapest(pool) {
                let (hours, least) = hours(term);
                let of = (self.pools.pools[pool].class, pool);
                found.push((Choice::reservation(self.inputs, offer, of, When::Now, hours), least));
            }
        }
        for (offer, on_sale) in self.inputs.plans.iter().enumerate() {
            let (Some(kind), Some(term), Some(payment)) = (on_sale.kind(), on_sale.term(), on_sale.payment()) else { continue };
            if self.inputs.policy.allows_plan(kind, term, payment) {
                let (hours, least) = hours(term);
                let buyers = (0..self.inputs.classes.len()).filter(|class| self.inputs.classes[*class].may_buy);
                found.extend(buyers.map(|class| (Choice::plan(self.inputs, offer, class, When::Now, hours.clone()), least)));
            }
        }
        found.retain(|(choice, _)| !choice.hours.is_empty());
        found
    }

    /// By term: the reservation of any of a pool's SKUs that is cheapest by unit. What covers a part of the pool alone is taken to cover all of it.
    fn cheapest(&self, pool: usize) -> BTreeMap<TermLength, usize> {
        let inputs = self.inputs;
        let is_of_pool = |sku: usize| self.pools.pools[pool].lines.iter().any(|line| inputs.lines[*line].sku == sku);
        let mut best: BTreeMap<TermLength, usize> = BTreeMap::new();
        for (place, offer) in inputs.reserved.iter().enumerate().filter(|(_, offer)| is_of_pool(offer.sku)) {
            let (Some(term), Some(payment)) = (offer.term(), offer.payment()) else { continue };
            if !inputs.policy.allows_reservation(&inputs.skus[offer.sku].service, offer.class(), term, payment) {
                continue;
            }
            let one = |place: usize| {
                let choice = Choice::reservation(inputs, place, (self.pools.pools[pool].class, pool), When::Now, 0..1);
                (choice.fee.units(), i128::from(choice.thousandths))
            };
            let kept = best.entry(term).or_insert(place);
            let ((fee, units), (least, of)) = (one(place), one(*kept));
            if fee * of < least * units {
                *kept = place;
            }
        }
        best
    }

    /// The problem the solver is given.
    fn market(&self, choices: &[(Choice, usize)]) -> Market {
        let (all, counted): (Vec<Choice>, Vec<usize>) = choices.iter().cloned().unzip();
        let mut market = market(self.inputs, self.pools, &all, &vec![f64::INFINITY; all.len()], self.known.len(), Vec::new());
        for ((offer, choice), counted) in market.offers.iter_mut().zip(&all).zip(counted) {
            offer.cost *= counted as f64 / choice.hours.len() as f64;
            // In any fraction: policies may buy other sizes of the family.
            offer.step = 0.0;
        }
        market
    }
}

/// What was used, by pool and known hour, in units of the pool.
struct Used {
    rows: Vec<Vec<f32>>,
    hours: usize,
}

impl Used {
    fn new(inputs: &Inputs, pools: &Pools, known: &[usize]) -> Self {
        let row = |lines: &[usize]| {
            let used =
                |hour: &usize| lines.iter().map(|line| inputs.lines[*line].cells[*hour] as f64 * pools.unit[*line]).sum::<f64>() as f32;
            known.iter().map(used).collect()
        };
        Self { rows: pools.pools.iter().map(|pool| row(&pool.lines)).collect(), hours: known.len() }
    }
}

impl Futures for Used {
    fn scenarios(&self) -> usize {
        1
    }

    fn hours(&self) -> usize {
        self.hours
    }

    fn read(&self, _scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]) {
        let used = self.rows[pool][first..].iter().step_by(step);
        into.iter_mut().zip(used).for_each(|(cell, used)| *cell = *used);
    }
}
