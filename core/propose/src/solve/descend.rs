//! Finds amounts on hours held in memory: pools answer the prices of plans, plans answer what pools leave, each looking at the
//! other's average so far, so that both settle.

use crate::solve::factors::Factors;
use crate::solve::fill::{Amounts, Order, Row, scaled_rates, sum};
use crate::solve::market::{Futures, Market, Target, Workers};
use crate::solve::points::{Block, Calendar, collect, runs};
use crate::solve::respond::{Choice, Histogram, Response, Scale, respond};
use crate::solve::risk::{Weights, tail_mean};
use crate::solve::steps::whole;

/// Parts that work is divided into, whatever the number of workers, so that sums come out the same.
pub(crate) const PARTS: usize = 16;

/// Pairs of tries at lower prices.
const LOWER_TRIES: usize = 4;

/// Hours of the futures in memory, by pool and point.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) blocks: Vec<Block>,
    pub(crate) demand: Vec<Vec<Row>>,
    bins: Vec<Vec<[u16; crate::solve::fill::BLOCK]>>,
    pub(crate) scales: Vec<Scale>,
}

impl Sample {
    pub(crate) fn read(market: &Market, futures: &dyn Futures, calendar: &Calendar, step: usize, workers: &dyn Workers) -> Self {
        let blocks = calendar.blocks(futures.scenarios(), market.hour_weight, step);
        let pools = collect(workers, market.pools.len(), |pool| {
            let mut row: Row = [0.0; crate::solve::fill::BLOCK];
            let read = |block: &Block| {
                calendar.read(futures, block, pool, &mut row);
                row
            };
            let demand: Vec<_> = blocks.iter().map(read).collect();
            // Every amount there is can be told exactly; of a part of the hours it is not known what the others have.
            let scale = Scale::of(demand.iter().flatten().map(|used| f64::from(*used)), step == 1);
            let bins = demand.iter().map(|row| row.map(|used| scale.bin(f64::from(used)) as u16)).collect();
            (demand, bins, scale)
        });
        let (mut demand, mut bins, mut scales) = (Vec::new(), Vec::new(), Vec::new());
        for (of_pool, bins_of_pool, scale) in pools {
            demand.push(of_pool);
            bins.push(bins_of_pool);
            scales.push(scale);
        }
        Self { blocks, demand, bins, scales }
    }
}

impl Sample {
    /// The same after reservations of so many units of each pool by segment have covered what they can. Its bins are still those of before.
    pub(crate) fn without(&self, reserved: &[Amounts]) -> Self {
        let mut sample = self.clone();
        for (pool, rows) in sample.demand.iter_mut().enumerate() {
            for (row, block) in rows.iter_mut().zip(&self.blocks) {
                let units = reserved[block.segment].pools[pool] as f32;
                row.iter_mut().for_each(|used| *used = (*used - units).max(0.0));
            }
        }
        sample
    }
}

/// What plans cost on the hours of a sample, and what one unit more of each is worth.
pub(crate) struct Filled {
    /// By scenario: on-demand cost.
    pub(crate) costs: Vec<f64>,
    /// By block and table.
    pub(crate) prices: Vec<Vec<Row>>,
}

/// What prices a fill is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pricing {
    /// None.
    No,
    /// Those of the order in which AWS fills.
    AsFilled,
    /// Those of the best order.
    Best,
}

/// Units and prices as they stand.
#[derive(Clone, Copy)]
pub(crate) struct Descent<'a> {
    pub(crate) market: &'a Market,
    pub(crate) calendar: &'a Calendar,
    pub(crate) order: &'a Order,
    pub(crate) sample: &'a Sample,
    pub(crate) workers: &'a dyn Workers,
    /// The tables that cover each pool, and their rates.
    pub(crate) rates: &'a [Vec<(usize, f64)>],
    /// The offers of each pool.
    pub(crate) offers: &'a [Vec<usize>],
}

/// Where a descent starts.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// By offer.
    pub(crate) units: Vec<f64>,
    /// By cap.
    pub(crate) cap_prices: Vec<f64>,
}

/// Where a descent ended.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// By offer.
    pub(crate) units: Vec<f64>,
    /// The objective there.
    pub(crate) objective: f64,
    /// No units under the same limits have a lower objective on the sample.
    pub(crate) bound: f64,
    /// Prices of the caps that gave the bound.
    pub(crate) cap_prices: Vec<f64>,
    /// What scenarios counted in the end.
    pub(crate) weights: Weights,
}

impl Descent<'_> {
    /// Fills all blocks.
    pub(crate) fn fill(&self, units: &[f64], pricing: Pricing) -> Filled {
        let amounts = self.calendar.with(self.market, units);
        let even = vec![1.0; self.market.tables.len()];
        let parts = runs(self.sample.blocks.len(), PARTS);
        let done = collect(self.workers, parts.len(), |part| {
            let mut scratch = self.order.scratch();
            let mut costs = Vec::new();
            let mut prices = Vec::new();
            for number in parts[part].clone() {
                let block = &self.sample.blocks[number];
                let cost = self.order.fill(&amounts[block.segment], &mut scratch, |pool| &self.sample.demand[pool][number]);
                costs.push((block.scenario, cost[..block.count].iter().sum::<f64>() * block.weight));
                match pricing {
                    Pricing::No => continue,
                    Pricing::AsFilled => self.order.price(&even, &mut scratch),
                    Pricing::Best => {
                        self.order.price_best(&amounts[block.segment], &even, &mut scratch, |pool| &self.sample.demand[pool][number])
                    }
                }
                prices.push(scratch.prices.clone());
            }
            (costs, prices)
        });
        let mut filled = Filled { costs: vec![0.0; self.scenarios()], prices: Vec::new() };
        for (costs, prices) in done {
            costs.into_iter().for_each(|(scenario, cost)| filled.costs[scenario] += cost);
            filled.prices.extend(prices);
        }
        filled
    }

    fn scenarios(&self) -> usize {
        self.sample.blocks.last().map_or(0, |block| block.scenario + 1)
    }

    /// What some units cost, risk included, given what remains on demand in each scenario.
    pub(crate) fn objective(&self, units: &[f64], costs: &[f64]) -> f64 {
        let bought: f64 = self.market.offers.iter().zip(units).map(|(offer, units)| offer.cost * units).sum();
        let mean = costs.iter().sum::<f64>() / costs.len().max(1) as f64;
        let risk = self.market.risk;
        bought * (1.0 + risk.weight) + mean + risk.weight * tail_mean(&regrets(self.market, costs), risk.tail)
    }

    /// Sums of prices by segment and table: what a unit is worth in them.
    pub(crate) fn worths(&self, prices: &[Vec<Row>], weights: &Weights) -> Vec<Vec<f64>> {
        let mut by_segment = vec![vec![0.0; self.market.tables.len()]; self.calendar.held.len()];
        for (block, prices) in self.sample.blocks.iter().zip(prices) {
            let weight = weights.of(block.scenario) * block.weight;
            for (total, row) in by_segment[block.segment].iter_mut().zip(prices) {
                *total += weight * sum(&row[..block.count]);
            }
        }
        by_segment
    }

    /// What each pool answers to prices, in whole steps or divided at will, and the bound that follows.
    fn respond(&self, prices: &[Vec<Row>], factors: &Factors, weights: &Weights, costs: &[f64], in_steps: bool) -> (Vec<f64>, f64) {
        let spans = self.calendar.spans.len() - 1;
        let answers = collect(self.workers, self.market.pools.len(), |pool| {
            let scale = &self.sample.scales[pool];
            let rates: Vec<_> = factors.spans().iter().map(|factors| scaled_rates(&self.rates[pool], factors)).collect();
            let mut histograms: Vec<Histogram> = vec![vec![(0.0, 0.0); scale.bins()]; spans];
            for (number, block) in self.sample.blocks.iter().enumerate() {
                let span = self.calendar.span_of[block.segment];
                let values = self.order.values(&rates[span], pool, &prices[number]);
                let weight = weights.of(block.scenario) * block.weight;
                let histogram = &mut histograms[span];
                let (bins, demand) = (&self.sample.bins[pool][number], &self.sample.demand[pool][number]);
                for ((value, bin), used) in values[..block.count].iter().zip(bins).zip(demand) {
                    let place = &mut histogram[usize::from(*bin)];
                    let worth = f64::from(*value) * weight;
                    place.0 += worth;
                    place.1 += worth * f64::from(*used);
                }
            }
            let choices = choices(self.market, self.calendar, &self.offers[pool], costs);
            let Response { units, least } = respond(scale, &histograms, &choices);
            (if in_steps { whole(scale, &histograms, &choices, &units) } else { units }, least)
        });
        let mut units = vec![0.0; self.market.offers.len()];
        let mut bound = 0.0;
        for (offers, (answer, least)) in self.offers.iter().zip(answers) {
            offers.iter().zip(answer).for_each(|(offer, answer)| units[*offer] = answer);
            bound += least;
        }
        (units, bound)
    }

    /// By pool: what is used in an hour on average.
    pub(crate) fn pool_means(&self) -> Vec<f64> {
        let points: usize = self.sample.blocks.iter().map(|block| block.count).sum();
        let total = |pool: usize| self.sample.demand[pool].iter().map(|row| sum(row)).sum::<f64>();
        collect(self.workers, self.market.pools.len(), |pool| total(pool) / points.max(1) as f64)
    }

    /// By offer: what covering all usage would need in an hour on average.
    pub(crate) fn means(&self) -> Vec<f64> {
        let means = self.pool_means();
        let need = |offer: &crate::solve::market::Offer| match offer.target {
            Target::Pool(pool) => means[pool],
            Target::Table(table) => self.market.tables[table].rates.iter().map(|(pool, rate)| means[*pool] * rate).sum(),
        };
        self.market.offers.iter().map(need).collect()
    }

    /// What plans held before are worth at prices: the bound does without it.
    fn held_worth(&self, prices: &[Vec<Row>], factors: &Factors, weights: &Weights) -> f64 {
        let worth = |(block, prices): (&Block, &Vec<Row>)| {
            let factors = factors.of(self.calendar, block.segment);
            let held = self.calendar.held[block.segment].tables.iter().zip(factors).zip(prices).filter(|((held, _), _)| **held > 0.0);
            let worth: f64 = held.map(|((held, factor), row)| held * factor * sum(&row[..block.count])).sum();
            worth * weights.of(block.scenario) * block.weight
        };
        self.sample.blocks.iter().zip(prices).map(worth).sum()
    }

    /// What pools answer to prices times factors, in whole steps or divided at will, and the bound that follows.
    pub(crate) fn answer(&self, dual: &Dual, factors: &Factors, cap_prices: &[f64], in_steps: bool) -> (Vec<f64>, f64) {
        let market = self.market;
        let (answer, least) = self.respond(&dual.prices, factors, &dual.weights, &offer_costs(market, cap_prices), in_steps);
        let references = market.risk.weight * dual.weights.reference(&market.references, market.risk);
        let capped: f64 = market.caps.iter().zip(cap_prices).map(|(cap, price)| cap.most * price).sum();
        (answer, least - self.held_worth(&dual.prices, factors, &dual.weights) - references - capped)
    }

    /// The bound of prices times factors, or of lower ones.
    pub(crate) fn bound(&self, dual: &Dual, factors: &Factors, cap_prices: &[f64]) -> f64 {
        let (_, bound) = self.answer(dual, factors, cap_prices, false);
        let held = self.calendar.held.iter().any(|held| held.tables.iter().any(|units| *units > 0.0));
        if held { bound.max(self.best_of_lower(dual, factors, cap_prices)) } else { bound }
    }

    /// Settles units and prices in so many rounds, from the units given.
    pub(crate) fn run(&self, start: &Start, rounds: usize, patience: f64) -> Found {
        let market = self.market;
        let Start { mut units, mut cap_prices } = start.clone();
        let mut found = Found {
            units: units.clone(),
            objective: f64::INFINITY,
            bound: f64::NEG_INFINITY,
            cap_prices: cap_prices.clone(),
            weights: Weights::even(self.scenarios()),
        };
        let mut average: Option<Dual> = None;
        let mut plans = PlanSteps::new(&self.means(), 1.0 / (1.0 + patience));
        for round in 0..rounds {
            let filled = self.fill(&units, Pricing::AsFilled);
            let weights = Weights::of_tail(&regrets(market, &filled.costs), market.risk);
            let objective = self.objective(&units, &filled.costs);
            if objective < found.objective && fits(market, &units) {
                (found.objective, found.units) = (objective, units.clone());
            }
            let costs = offer_costs(market, &cap_prices);
            let worths = worths_of(market, self.calendar, &self.worths(&filled.prices, &weights));
            let share = 2.0 / (round as f64 + 2.0);
            let toward = 2.0 / (round as f64 + 2.0 + patience);
            let mut dual = average.take().unwrap_or_else(|| Dual { prices: filled.prices.clone(), weights: weights.clone() });
            dual.approach(&filled.prices, &weights, share);
            let factors = Factors::fit(market, self.calendar, &self.worths(&dual.prices, &dual.weights), &costs, true);
            let (answer, bound) = self.answer(&dual, &factors, &cap_prices, false);
            if bound > found.bound {
                (found.bound, found.cap_prices) = (bound, cap_prices.clone());
            }
            if round + 1 == rounds {
                found.bound = found.bound.max(self.best_of_lower(&dual, &factors, &cap_prices));
            }
            found.weights = dual.weights.clone();
            average = Some(dual);
            for (place, offer) in market.offers.iter().enumerate() {
                match offer.target {
                    Target::Pool(_) => units[place] += toward * (answer[place] - units[place]),
                    Target::Table(_) => units[place] = plans.step(place, units[place], worths[place], costs[place]).min(offer.most),
                }
            }
            self.step_caps(&units, toward, &mut cap_prices);
        }
        found
    }

    /// Raises the prices of caps that are passed, and lowers those of the others.
    fn step_caps(&self, units: &[f64], share: f64, cap_prices: &mut [f64]) {
        let offers = &self.market.offers;
        for (cap, price) in self.market.caps.iter().zip(cap_prices) {
            let used: f64 = cap.weights.iter().zip(units).map(|(weight, units)| weight * units).sum();
            let unit = offers.iter().zip(&cap.weights).filter(|(_, w)| **w > 0.0).map(|(offer, w)| offer.cost / w).fold(0.0, f64::max);
            *price = (*price + share * unit * (used - cap.most) / cap.most.max(f64::MIN_POSITIVE).max(used)).max(0.0);
        }
    }

    /// The best bound that lower prices give, all by one share: the bound is concave in it. Where plans held are just enough, prices that
    /// make a unit worth what it costs to buy are too high.
    fn best_of_lower(&self, dual: &Dual, factors: &Factors, cap_prices: &[f64]) -> f64 {
        let bound = |share: f64| self.answer(dual, &factors.times(share), cap_prices, false).1;
        let (mut low, mut high) = (0.5, 1.0);
        let mut best = f64::NEG_INFINITY;
        for _ in 0..LOWER_TRIES {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            let (at_left, at_right) = (bound(left), bound(right));
            best = best.max(at_left).max(at_right);
            if at_left < at_right { low = left } else { high = right }
        }
        best
    }
}

/// Prices of plans by block, and what scenarios count.
pub(crate) struct Dual {
    pub(crate) prices: Vec<Vec<Row>>,
    pub(crate) weights: Weights,
}

impl Dual {
    /// Moves towards others by a share.
    fn approach(&mut self, prices: &[Vec<Row>], weights: &Weights, share: f64) {
        let pairs = self.prices.iter_mut().flatten().flatten().zip(prices.iter().flatten().flatten());
        pairs.for_each(|(mean, price)| *mean += share as f32 * (price - *mean));
        self.weights.approach(weights, share);
    }
}

/// What a unit of each offer is worth, given sums of prices by segment and table; nothing for reservations, which pools judge.
pub(crate) fn worths_of(market: &Market, calendar: &Calendar, sums: &[Vec<f64>]) -> Vec<f64> {
    let worth = |offer: &crate::solve::market::Offer| match offer.target {
        Target::Pool(_) => 0.0,
        Target::Table(table) => {
            let within = sums.iter().zip(&calendar.edges).filter(|(_, edge)| offer.hours.contains(edge));
            within.map(|(sums, _)| sums[table]).sum()
        }
    };
    market.offers.iter().map(worth).collect()
}

/// What a unit of each offer costs in the objective: risk and the prices of caps included.
pub(crate) fn offer_costs(market: &Market, cap_prices: &[f64]) -> Vec<f64> {
    let capped = |place: usize| market.caps.iter().zip(cap_prices).map(|(cap, price)| cap.weights[place] * price).sum::<f64>();
    let cost = |(place, offer): (usize, &crate::solve::market::Offer)| offer.cost * (1.0 + market.risk.weight) + capped(place);
    market.offers.iter().enumerate().map(cost).collect()
}

/// By scenario: what remains on demand, less the reference.
pub(crate) fn regrets(market: &Market, costs: &[f64]) -> Vec<f64> {
    let reference = |scenario: usize| market.references.get(scenario).copied().unwrap_or_default();
    costs.iter().enumerate().map(|(scenario, cost)| cost - reference(scenario)).collect()
}

/// Whether units keep all limits.
pub(crate) fn fits(market: &Market, units: &[f64]) -> bool {
    let used = |cap: &crate::solve::market::Cap| cap.weights.iter().zip(units).map(|(weight, units)| weight * units).sum::<f64>();
    market.caps.iter().all(|cap| used(cap) <= cap.most * (1.0 + 1e-12))
        && market.offers.iter().zip(units).all(|(o, units)| *units <= o.most)
}

/// The choices of a pool.
pub(crate) fn choices(market: &Market, calendar: &Calendar, offers: &[usize], costs: &[f64]) -> Vec<Choice> {
    let choice = |offer: &usize| {
        let Some(found) = market.offers.get(*offer) else { unreachable!("offers of pools are offers") };
        Choice { offer: *offer, cost: costs[*offer], spans: calendar.spans_of(&found.hours), most: found.most, step: found.step }
    };
    offers.iter().map(choice).collect()
}

/// Finds the amount of each plan whose next unit is worth what it costs: steps grow while they point one way and halve when they turn.
struct PlanSteps {
    steps: Vec<f64>,
    upwards: Vec<Option<bool>>,
}

impl PlanSteps {
    /// `means`: by offer, what its table would need on average to cover everything.
    fn new(means: &[f64], share: f64) -> Self {
        Self { steps: means.iter().map(|mean| 0.2 * share * mean).collect(), upwards: vec![None; means.len()] }
    }

    /// The next amount to try.
    fn step(&mut self, place: usize, units: f64, worth: f64, cost: f64) -> f64 {
        let up = worth > cost;
        match self.upwards[place].replace(up) {
            Some(before) if before == up => self.steps[place] *= 1.3,
            Some(_) => self.steps[place] *= 0.5,
            None => {}
        }
        if up {
            return units + self.steps[place];
        }
        let step = self.steps[place].min(units);
        self.steps[place] = if step > 0.0 { step } else { self.steps[place] };
        units - step
    }
}
