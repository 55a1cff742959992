//! The whole of the futures, generated as they are read and never stored: what units cost on them, and the bound on them.

use crate::solve::descend::{PARTS, choices, offer_costs, regrets, table_factors};
use crate::solve::fill::{Order, Row};
use crate::solve::market::{Futures, Market, Offer, Target, Workers};
use crate::solve::points::{Block, Calendar, collect, runs};
use crate::solve::respond::{Histogram, Scale, respond};
use crate::solve::risk::Weights;

/// Everything that does not change from pass to pass.
pub(crate) struct Whole<'a> {
    pub(crate) market: &'a Market,
    pub(crate) futures: &'a dyn Futures,
    pub(crate) calendar: &'a Calendar,
    pub(crate) order: &'a Order,
    pub(crate) workers: &'a dyn Workers,
    pub(crate) rates: &'a [Vec<(usize, f64)>],
    pub(crate) offers: &'a [Vec<usize>],
    pub(crate) scales: &'a [Scale],
    pub(crate) blocks: Vec<Block>,
}

/// What units come to on the whole.
pub(crate) struct Measured {
    /// By scenario: on-demand cost.
    pub(crate) costs: Vec<f64>,
    /// By scenario, segment and table: sums of the prices of a unit.
    prices: Vec<Vec<Vec<f64>>>,
}

impl Whole<'_> {
    /// What remains on demand costs, and what one unit more of each table is worth.
    pub(crate) fn measure(&self, units: &[f64]) -> Measured {
        let amounts = self.calendar.with(self.market, units);
        let parts = runs(self.blocks.len(), PARTS);
        let done = collect(self.workers, parts.len(), |part| {
            let mut scratch = self.order.scratch();
            let mut sums = Vec::new();
            for block in &self.blocks[parts[part].clone()] {
                let read = |pool: usize, row: &mut Row| self.calendar.read(self.futures, block, pool, row);
                let cost = self.order.fill(&amounts[block.segment], &mut scratch, read);
                self.order.price(&mut scratch);
                let sum = |row: &Row| row[..block.count].iter().sum::<f64>() * block.weight;
                sums.push((block.scenario, block.segment, sum(&cost), scratch.prices.iter().map(sum).collect::<Vec<f64>>()));
            }
            sums
        });
        let scenarios = self.futures.scenarios();
        let empty = vec![vec![0.0; self.market.tables.len()]; self.calendar.held.len()];
        let mut measured = Measured { costs: vec![0.0; scenarios], prices: vec![empty; scenarios] };
        for (scenario, segment, cost, prices) in done.into_iter().flatten() {
            measured.costs[scenario] += cost;
            measured.prices[scenario][segment].iter_mut().zip(prices).for_each(|(sum, price)| *sum += price);
        }
        measured
    }

    /// No units under the same limits have a lower objective: a bound from the prices of plans that the fill of these units gives.
    pub(crate) fn bound(&self, units: &[f64], measured: &Measured, cap_prices: &[f64]) -> f64 {
        let market = self.market;
        let weights = Weights::of_tail(&regrets(market, &measured.costs), market.risk);
        let costs = offer_costs(market, cap_prices);
        let factors = table_factors(market, &self.worths(measured, &weights), &costs);
        let histograms = self.histograms(units, &weights, &factors);
        let answers = collect(self.workers, market.pools.len(), |pool| {
            respond(&self.scales[pool], &histograms[pool], &choices(market, self.calendar, &self.offers[pool], &costs)).1
        });
        let references = market.risk.weight * weights.reference(&market.references, market.risk);
        let capped: f64 = market.caps.iter().zip(cap_prices).map(|(cap, price)| cap.most * price).sum();
        answers.iter().sum::<f64>() - self.held_worth(measured, &weights, &factors) - references - capped
    }

    fn worths(&self, measured: &Measured, weights: &Weights) -> Vec<f64> {
        let worth = |offer: &Offer| match offer.target {
            Target::Pool(_) => 0.0,
            Target::Table(table) => {
                let within = |segments: &[Vec<f64>]| {
                    let held = segments.iter().zip(&self.calendar.edges).filter(|(_, edge)| offer.hours.contains(edge));
                    held.map(|(sums, _)| sums[table]).sum::<f64>()
                };
                measured.prices.iter().enumerate().map(|(scenario, segments)| weights.of(scenario) * within(segments)).sum()
            }
        };
        self.market.offers.iter().map(worth).collect()
    }

    fn held_worth(&self, measured: &Measured, weights: &Weights, factors: &[f64]) -> f64 {
        let of_segment = |(sums, held): (&Vec<f64>, &crate::solve::fill::Amounts)| {
            sums.iter().zip(&held.tables).zip(factors).map(|((sum, held), factor)| sum * held * factor).sum::<f64>()
        };
        let of_scenario = |(scenario, segments): (usize, &Vec<Vec<f64>>)| {
            weights.of(scenario) * segments.iter().zip(&self.calendar.held).map(of_segment).sum::<f64>()
        };
        measured.prices.iter().enumerate().map(of_scenario).sum()
    }

    /// What usage is worth by pool, span and amount at the prices of plans.
    fn histograms(&self, units: &[f64], weights: &Weights, factors: &[f64]) -> Vec<Vec<Histogram>> {
        let amounts = self.calendar.with(self.market, units);
        let parts = runs(self.blocks.len(), PARTS / 2);
        let spans = self.calendar.spans.len() - 1;
        let empty = || self.scales.iter().map(|scale| vec![vec![(0.0, 0.0); scale.bins()]; spans]).collect::<Vec<_>>();
        let done = collect(self.workers, parts.len(), |part| {
            let mut scratch = self.order.scratch();
            let mut histograms: Vec<Vec<Histogram>> = empty();
            let mut demand: Vec<Row> = vec![[0.0; crate::solve::fill::BLOCK]; self.scales.len()];
            for block in &self.blocks[parts[part].clone()] {
                for (pool, row) in demand.iter_mut().enumerate() {
                    self.calendar.read(self.futures, block, pool, row);
                }
                self.order.fill(&amounts[block.segment], &mut scratch, |pool, row| *row = demand[pool]);
                self.order.price(&mut scratch);
                for (row, factor) in scratch.prices.iter_mut().zip(factors) {
                    row.iter_mut().for_each(|price| *price *= factor);
                }
                let weight = weights.of(block.scenario) * block.weight;
                for (pool, histograms) in histograms.iter_mut().enumerate() {
                    let values = self.order.values(&self.rates[pool], pool, &scratch.prices);
                    let histogram = &mut histograms[self.calendar.span_of[block.segment]];
                    for (value, used) in values[..block.count].iter().zip(&demand[pool]) {
                        let place = &mut histogram[self.scales[pool].bin(*used)];
                        place.0 += value * weight;
                        place.1 += value * weight * used;
                    }
                }
            }
            histograms
        });
        let mut sums = empty();
        for part in done {
            let pairs = sums.iter_mut().flatten().flatten().zip(part.iter().flatten().flatten());
            pairs.for_each(|(sum, more)| *sum = (sum.0 + more.0, sum.1 + more.1));
        }
        sums
    }
}
