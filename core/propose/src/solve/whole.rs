//! The whole of the futures, generated as they are read and never stored: in one pass what units cost on them, and a bound.

use crate::solve::descend::{PARTS, choices, offer_costs};
use crate::solve::factors::Factors;
use crate::solve::fill::{Amounts, BLOCK, Order, Row, sum};
use crate::solve::market::{Futures, Market, Workers};
use crate::solve::points::{Block, Calendar, collect, runs};
use crate::solve::respond::{BINS, Histogram, Scale, respond};
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

/// The prices of a bound: any will do, good ones make it high.
pub(crate) struct Prices<'a> {
    /// What scenarios count.
    pub(crate) weights: &'a Weights,
    /// What the prices of a fill are multiplied with.
    pub(crate) factors: &'a Factors,
    /// By cap.
    pub(crate) caps: &'a [f64],
}

/// What one pass tells.
pub(crate) struct Measured {
    /// By scenario: on-demand cost.
    pub(crate) costs: Vec<f64>,
    /// No units under the same limits have a lower objective.
    pub(crate) bound: f64,
}

/// The sums of a part of the hours.
struct Sums {
    costs: Vec<f64>,
    /// By segment and table: the worth of a unit.
    worths: Vec<Vec<f64>>,
    /// By pool and span.
    histograms: Vec<Vec<Histogram>>,
}

impl Whole<'_> {
    /// What remains on demand with some units, and the bound that the prices of their fill give.
    pub(crate) fn measure(&self, units: &[f64], prices: &Prices<'_>) -> Measured {
        let market = self.market;
        let sums = self.sums(units, prices);
        let costs = offer_costs(market, prices.caps);
        // A table of which a unit is worth more than it costs makes the answers of its pools too dear: usage counts only in part where it is,
        // which is enough because what usage is worth is a concave function of prices.
        let parts = Factors::fit(market, self.calendar, &sums.worths, &costs, false);
        let answers = collect(self.workers, market.pools.len(), |pool| {
            let mut histograms = sums.histograms[pool].clone();
            for (histogram, parts) in histograms.iter_mut().zip(parts.spans()) {
                let part = self.rates[pool].iter().map(|(table, _)| parts[*table]).fold(1.0, f64::min);
                histogram.iter_mut().for_each(|(worth, of_amount)| (*worth, *of_amount) = (*worth * part, *of_amount * part));
            }
            respond(&self.scales[pool], &histograms, &choices(market, self.calendar, &self.offers[pool], &costs)).least
        });
        let held = |(segment, (worths, held)): (usize, (&Vec<f64>, &Amounts))| {
            let parts = parts.of(self.calendar, segment);
            worths.iter().zip(&held.tables).zip(parts).map(|((worth, held), part)| worth * held * part).sum::<f64>()
        };
        let held: f64 = sums.worths.iter().zip(&self.calendar.held).enumerate().map(held).sum();
        let references = market.risk.weight * prices.weights.reference(&market.references, market.risk);
        let capped: f64 = market.caps.iter().zip(prices.caps).map(|(cap, price)| cap.most * price).sum();
        Measured { costs: sums.costs, bound: answers.iter().sum::<f64>() - held - references - capped }
    }

    fn empty(&self) -> Sums {
        let spans = self.calendar.spans.len() - 1;
        Sums {
            costs: vec![0.0; self.futures.scenarios()],
            worths: vec![vec![0.0; self.market.tables.len()]; self.calendar.held.len()],
            histograms: self.scales.iter().map(|scale| vec![vec![(0.0, 0.0); scale.bins()]; spans]).collect(),
        }
    }

    fn sums(&self, units: &[f64], prices: &Prices<'_>) -> Sums {
        let amounts = self.calendar.with(self.market, units);
        let parts = runs(self.blocks.len(), PARTS / 2);
        let done = collect(self.workers, parts.len(), |part| {
            let mut scratch = self.order.scratch();
            let mut sums = self.empty();
            let mut demand: Vec<Row> = vec![[0.0; BLOCK]; self.scales.len()];
            for block in &self.blocks[parts[part].clone()] {
                for (pool, row) in demand.iter_mut().enumerate() {
                    self.calendar.read(self.futures, block, pool, row);
                }
                let cost = self.order.fill(&amounts[block.segment], &mut scratch, |pool| &demand[pool]);
                self.order.price_best(&amounts[block.segment], prices.factors.of(self.calendar, block.segment), &mut scratch, |pool| {
                    &demand[pool]
                });
                sums.costs[block.scenario] += cost[..block.count].iter().sum::<f64>() * block.weight;
                let weight = prices.weights.of(block.scenario) * block.weight;
                for (worth, row) in sums.worths[block.segment].iter_mut().zip(&scratch.prices) {
                    *worth += weight * sum(&row[..block.count]);
                }
                for (pool, histograms) in sums.histograms.iter_mut().enumerate() {
                    let histogram = &mut histograms[self.calendar.span_of[block.segment]];
                    add(histogram, &self.scales[pool], &scratch.values[pool][..block.count], &demand[pool][..block.count], weight);
                }
            }
            sums
        });
        let mut all = self.empty();
        for part in done {
            all.costs.iter_mut().zip(part.costs).for_each(|(sum, more)| *sum += more);
            all.worths.iter_mut().flatten().zip(part.worths.iter().flatten()).for_each(|(sum, more)| *sum += more);
            let pairs = all.histograms.iter_mut().flatten().flatten().zip(part.histograms.iter().flatten().flatten());
            pairs.for_each(|(sum, more)| *sum = (sum.0 + more.0, sum.1 + more.1));
        }
        all
    }
}

/// Adds what usage is worth to its bins.
fn add(histogram: &mut Histogram, scale: &Scale, values: &[f32], used: &[f32], weight: f64) {
    let mut put = |bin: usize, used: f32, value: f32| {
        let worth = f64::from(value) * weight;
        let place = &mut histogram[bin];
        place.0 += worth;
        place.1 += worth * f64::from(used);
    };
    if let Scale::Even { inverse, .. } = scale {
        let mut bins = [0_u32; BLOCK];
        even_bins(*inverse as f32, used, &mut bins);
        for ((bin, used), value) in bins.iter().zip(used).zip(values) {
            put(*bin as usize % BINS, *used, *value);
        }
    } else {
        used.iter().zip(values).for_each(|(used, value)| put(scale.bin(f64::from(*used)), *used, *value));
    }
}

/// The bin of each amount: a number added to 2^23 has its whole part in its last bits.
fn even_bins(inverse: f32, used: &[f32], bins: &mut [u32; BLOCK]) {
    const LAST: f32 = BINS as f32 - 1.0;
    const SHIFT: f32 = 8_388_608.0;
    for (bin, used) in bins.iter_mut().zip(used) {
        let place = used * inverse;
        let place = if place < LAST { place } else { LAST };
        // To the nearest, so that half a bin less gives the whole part.
        let whole = if place > 0.5 { place - 0.5 } else { 0.0 };
        *bin = (whole + SHIFT).to_bits() & 0x7F_FFFF;
    }
}
