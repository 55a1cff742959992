//! The cheapest portfolio under the owner's limits and fears, and a bound on how cheap any could be.
//!
//! The problem is a two-stage one: buy now, then every hour of every future is filled as AWS fills it and the rest is paid on demand.
//! What is bought together answers to prices of plans hour by hour; the same prices give the bound (`docs/planning.md`).

mod bundle;
mod descend;
mod factors;
mod fill;
mod market;
mod points;
mod prune;
mod respond;
mod risk;
mod round;
mod settle;
mod steps;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use prune::worthwhile;

pub use market::{Cap, Futures, Holding, Market, MarketError, Offer, OneByOne, Pool, Risk, Table, Target, Workers};

use descend::{Descent, Pricing, Sample, Start, offer_costs};
use factors::Factors;
use fill::{BLOCK, Order};
use points::Calendar;
use whole::{Prices, Whole};

/// What the single precision of prices may make a bound too high.
const PRECISION: f64 = 1e-6;

/// Coarser samples to begin on: points, rounds on them, and rounds at least where many scenarios make them more points.
const COARSE: [(usize, usize, usize); 2] = [(128, 300, 60), (1_024, 60, 15)];

/// How many rounds a start from a coarser sample is worth: units then move little, and prices settle around them.
const PATIENCE: f64 = 300.0;

/// After a start from a coarser sample, one in so many rounds is enough.
const FEWER: usize = 8;

/// Fewer cells than this are filled sooner than another thread starts.
const ALONE_MAX: usize = 100_000;

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Cells of demand, pools times hours, held in memory at once.
    pub cells: usize,
    /// Rounds in which pools and plans answer each other; an eighth of them after a start from a coarser sample.
    pub rounds: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { cells: 9_000_000, rounds: 30 }
    }
}

/// A portfolio and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    /// By offer: units to buy, in whole steps.
    pub units: Vec<f64>,
    /// The objective: expected cost and risk, over all futures.
    pub objective: f64,
    /// No units under the same limits have a lower objective.
    pub bound: f64,
    /// By scenario: what remains on demand.
    pub on_demand: Vec<f64>,
    /// What buying nothing comes to.
    pub nothing: f64,
}

impl Portfolio {
    /// How far the objective may be above the best there is, as a share of the bound.
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.bound > 0.0 { (self.objective - self.bound).max(0.0) / self.bound } else { 0.0 }
    }
}

/// Finds a portfolio.
///
/// # Errors
/// When the market makes no sense.
pub fn solve(market: &Market, futures: &dyn Futures, effort: Effort, workers: &dyn Workers) -> Result<Portfolio, MarketError> {
    market.check(futures)?;
    let kept = prune::worthwhile(market);
    let found = solve_pruned(&prune::pruned(market, &kept), futures, effort, workers);
    let mut units = vec![0.0; market.offers.len()];
    kept.iter().zip(&found.units).for_each(|(place, of_place)| units[*place] = *of_place);
    Ok(Portfolio { units, ..found })
}

fn solve_pruned(market: &Market, futures: &dyn Futures, effort: Effort, workers: &dyn Workers) -> Portfolio {
    let calendar = Calendar::new(market, futures.hours());
    let order = Order::new(market);
    let (rates, offers) = by_pool(market);
    let cells = market.pools.len() * futures.hours() * futures.scenarios();
    let step = cells.div_ceil(effort.cells.max(1)).max(1);
    let step = (step..).find(|step| avoids_the_week(*step)).expect("numbers coprime to 168 do not end");
    let nothing = vec![0.0; market.offers.len()];
    let descend = |step: usize, start: &Start, rounds: usize, patience: f64| {
        let sample = Sample::read(market, futures, &calendar, step, workers);
        let workers = hands(workers, &sample, market);
        let descent = Descent { market, calendar: &calendar, order: &order, sample: &sample, workers, rates: &rates, offers: &offers };
        let found = descent.run(start, rounds, patience);
        (sample, found)
    };
    let points = futures.hours() * futures.scenarios() / step;
    let mut start = Start { units: nothing.clone(), cap_prices: vec![0.0; market.caps.len()] };
    let (mut rounds_left, mut patience) = (effort.rounds, 0.0);
    for (fewer, rounds, rounds_min) in COARSE {
        // A block has hours of one scenario: fewer of them cost as much.
        let blocks = (fewer / BLOCK).max(futures.scenarios());
        let (fewer, rounds) = (blocks * BLOCK, (rounds * fewer / BLOCK).div_ceil(blocks).max(rounds_min));
        if points > 2 * fewer {
            let coarse = (step * points / fewer..).find(|step| avoids_the_week(*step)).expect("numbers coprime to 168 do not end");
            let found = descend(coarse, &start, rounds, patience).1;
            start = Start { units: found.units, cap_prices: found.cap_prices };
            (rounds_left, patience) = (effort.rounds.div_ceil(FEWER), PATIENCE);
        }
    }
    let (sample, found) = descend(step, &start, rounds_left, patience);
    let few = hands(workers, &sample, market);
    let descent = Descent { market, calendar: &calendar, order: &order, sample: &sample, workers: few, rates: &rates, offers: &offers };
    let settled = settle::settle(&descent, found, true);
    let (units, mut objective) = round::improve(&descent, round::portfolio(&descent, &settled));
    let found = settled.found;
    let filled = descent.fill(&units, Pricing::Best);
    let mut bought_nothing = descent.objective(&nothing, &descent.fill(&nothing, Pricing::No).costs);
    let (mut bound, mut on_demand) = (found.bound, filled.costs);
    if step > 1 {
        let sums = descent.worths(&filled.prices, &found.weights);
        let factors = Factors::fit(market, &calendar, &sums, &offer_costs(market, &found.cap_prices), true);
        let blocks = calendar.blocks(futures.scenarios(), market.hour_weight, 1);
        let scales = &sample.scales[..];
        let whole = Whole { market, futures, calendar: &calendar, order: &order, workers, rates: &rates, offers: &offers, scales, blocks };
        let prices = Prices { weights: &found.weights, factors: &factors, caps: &found.cap_prices };
        let measured = whole.measure(&units, &prices);
        // What buying nothing comes to is known from the sample alone, unless it is close or regret is measured from something.
        let sampled = objective;
        objective = descent.objective(&units, &measured.costs);
        bought_nothing *= objective / sampled;
        if !market.references.is_empty() || bought_nothing < objective * 1.02 {
            bought_nothing = descent.objective(&nothing, &whole.measure(&nothing, &prices).costs);
        }
        (bound, on_demand) = (measured.bound, measured.costs);
    }
    if objective >= bought_nothing {
        let on_demand = if step > 1 { on_demand } else { descent.fill(&nothing, Pricing::No).costs };
        return Portfolio {
            units: nothing,
            objective: bought_nothing,
            bound: lowered(bound, bought_nothing),
            on_demand,
            nothing: bought_nothing,
        };
    }
    Portfolio { units, objective, bound: lowered(bound, objective), on_demand, nothing: bought_nothing }
}

/// Tables and what a unit of a pool takes of each.
type TableRates = Vec<(usize, f64)>;

/// By pool: the tables that cover it at less than on demand, with their rates, and the offers of it.
fn by_pool(market: &Market) -> (Vec<TableRates>, Vec<Vec<usize>>) {
    let mut rates = vec![Vec::new(); market.pools.len()];
    for (table, of_table) in market.tables.iter().enumerate() {
        for (pool, rate) in of_table.rates.iter().filter(|(pool, rate)| *rate < market.pools[*pool].on_demand) {
            rates[*pool].push((table, *rate));
        }
    }
    let mut offers = vec![Vec::new(); market.pools.len()];
    for (place, offer) in market.offers.iter().enumerate() {
        if let Target::Pool(pool) = offer.target {
            offers[pool].push(place);
        }
    }
    (rates, offers)
}

/// Those given, or one after the other where that is quicker than to set more to work.
fn hands<'a>(workers: &'a dyn Workers, sample: &Sample, market: &Market) -> &'a dyn Workers {
    if sample.blocks.len() * BLOCK * market.pools.len() < ALONE_MAX { &OneByOne } else { workers }
}

/// Whether every `step`-th hour sees all hours of day and week.
fn avoids_the_week(step: usize) -> bool {
    !step.is_multiple_of(2) && !step.is_multiple_of(3) && !step.is_multiple_of(7)
}

/// A bound that holds whatever the precision, and never above what was found.
fn lowered(bound: f64, found: f64) -> f64 {
    (bound - PRECISION * bound.abs().max(found.abs())).min(found)
}
