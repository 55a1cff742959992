//! The cheapest portfolio under the owner's limits and fears, and a bound on how cheap any could be.
//!
//! The problem is a two-stage one: buy now, then every hour of every future is filled as AWS fills it and the rest is paid on demand.
//! What is bought together answers to prices of plans hour by hour; the same prices give the bound (`docs/planning.md`).

mod descend;
mod fill;
mod market;
mod points;
mod prune;
mod respond;
mod risk;
mod round;
mod whole;

pub use market::{Cap, Futures, Holding, Market, MarketError, Offer, OneByOne, Pool, Risk, Table, Target, Workers};

use descend::{Descent, Sample};
use fill::Order;
use points::Calendar;
use respond::Scale;
use whole::Whole;

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Cells of demand, pools times hours, held in memory at once.
    pub cells: usize,
    /// Rounds in which pools and plans answer each other.
    pub rounds: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { cells: 9_000_000, rounds: 40 }
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
    let cells = market.pools.len() * futures.hours() * futures.scenarios();
    // Coprime to the hours of a week, so that a sample sees every hour of day and week.
    let step = (cells.div_ceil(effort.cells.max(1)).max(1)..).find(|step| *step == 1 || (step % 2 != 0 && step % 3 != 0 && step % 7 != 0));
    let step = step.expect("there are numbers coprime to 168");
    let nothing = vec![0.0; market.offers.len()];
    let descend = |step: usize, start: Vec<f64>, rounds: usize, patience: f64| {
        let sample = Sample::read(market, futures, &calendar, step, workers);
        let descent = Descent { market, calendar: &calendar, order: &order, sample: &sample, workers, rates: &rates, offers: &offers };
        let found = descent.run(start, rounds, patience);
        (sample, found)
    };
    let env = |var: &str, default: f64| std::env::var(var).ok().and_then(|t| t.parse::<f64>().ok()).unwrap_or(default);
    let points = futures.hours() * futures.scenarios() / step;
    let (mut start, mut patience) = (nothing.clone(), 0.0);
    for (fewer, rounds) in [(env("P1", 128.0) as usize, env("R1", 300.0)), (env("P2", 1024.0) as usize, env("R2", 60.0))] {
        if points > 4 * fewer {
            let coarse = (step * points / fewer..).find(|step| step % 2 != 0 && step % 3 != 0 && step % 7 != 0);
            let found = descend(coarse.expect("as above"), start, rounds as usize, patience).1;
            if std::env::var_os("TRACE").is_some() { eprintln!("{fewer} {} {}", found.objective, found.bound); }
            start = found.units;
            patience = env("PAT", 20.0);
        }
    }
    let (sample, found) = descend(step, start, effort.rounds, patience);
    if std::env::var_os("TRACE").is_some() { eprintln!("fine {} {}", found.objective, found.bound); }
    let descent = Descent { market, calendar: &calendar, order: &order, sample: &sample, workers, rates: &rates, offers: &offers };
    let (units, mut objective) = round::improve(&descent, round::whole_steps(&descent, &found.units));
    let mut on_demand = descent.fill(&units, false).costs;
    let mut bought_nothing = descent.objective(&nothing, &descent.fill(&nothing, false).costs);
    let mut bound = found.bound;
    if step > 1 {
        let scales: &[Scale] = &sample.scales;
        let blocks = calendar.blocks(futures.scenarios(), market.hour_weight, 1);
        let whole =
            Whole { market, futures, calendar: &calendar, order: &order, workers, rates: &rates, offers: &offers, scales, blocks };
        let measured = whole.measure(&units);
        objective = descent.objective(&units, &measured.costs);
        bound = whole.bound(&units, &measured, &found.cap_prices);
        on_demand = measured.costs;
        bought_nothing = descent.objective(&nothing, &whole.measure(&nothing).costs);
    }
    if objective >= bought_nothing {
        let on_demand = if step > 1 { on_demand } else { descent.fill(&nothing, false).costs };
        return Portfolio { units: nothing, objective: bought_nothing, bound: bound.min(bought_nothing), on_demand, nothing: bought_nothing };
    }
    Portfolio { units, objective, bound: bound.min(objective), on_demand, nothing: bought_nothing }
}
