//! The hours looked at, in blocks of one scenario and one segment; and what is held in each segment.

use crate::solve::fill::{Amounts, BLOCK, Row};
use crate::solve::market::{Futures, Market, Target, Workers};
use std::sync::Mutex;

/// Hours of one scenario between two changes of what is held, each standing for as many others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) scenario: usize,
    pub(crate) segment: usize,
    pub(crate) first: usize,
    pub(crate) step: usize,
    /// How many of a row are used.
    pub(crate) count: usize,
    /// Hours that each stands for.
    pub(crate) weight: f64,
}

/// Time as the market divides it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calendar {
    /// Where what is held changes: 0, and so on, to the end of the horizon.
    pub(crate) edges: Vec<usize>,
    /// Where what can be bought changes, likewise.
    pub(crate) spans: Vec<usize>,
    /// The span of each segment.
    pub(crate) span_of: Vec<usize>,
    /// What was held before, by segment.
    pub(crate) held: Vec<Amounts>,
}

impl Calendar {
    pub(crate) fn new(market: &Market, hours: usize) -> Self {
        let edges_of = |held: bool| {
            let held = market.held.iter().map(|held| &held.hours).filter(|_| held);
            let all = market.offers.iter().map(|offer| &offer.hours).chain(held);
            let mut edges: Vec<usize> = all.flat_map(|span| [span.start, span.end]).chain([0, hours]).collect();
            edges.sort_unstable();
            edges.dedup();
            edges
        };
        let (edges, spans) = (edges_of(true), edges_of(false));
        let segments = edges.len() - 1;
        let span_of = edges[..segments].iter().map(|edge| spans.partition_point(|start| start <= edge) - 1).collect();
        let mut held = vec![Amounts { pools: vec![0.0; market.pools.len()], tables: vec![0.0; market.tables.len()] }; segments];
        for holding in &market.held {
            for (amounts, _) in held.iter_mut().zip(&edges).filter(|(_, edge)| holding.hours.contains(edge)) {
                match holding.target {
                    Target::Pool(pool) => amounts.pools[pool] += holding.units,
                    Target::Table(table) => amounts.tables[table] += holding.units,
                }
            }
        }
        Self { edges, spans, span_of, held }
    }

    /// The spans of some hours that begin and end where spans do.
    pub(crate) fn spans_of(&self, hours: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let span = |hour: usize| self.spans.partition_point(|edge| *edge < hour);
        span(hours.start)..span(hours.end)
    }

    /// What there is in each segment with some units of each offer: all plans, and the reservations bought.
    pub(crate) fn with(&self, market: &Market, units: &[f64]) -> Vec<Amounts> {
        let bought = |amounts: &Amounts| Amounts { pools: vec![0.0; amounts.pools.len()], tables: amounts.tables.clone() };
        let mut all: Vec<Amounts> = self.held.iter().map(bought).collect();
        for (offer, units) in market.offers.iter().zip(units).filter(|(_, units)| **units > 0.0) {
            for (amounts, _) in all.iter_mut().zip(&self.edges).filter(|(_, edge)| offer.hours.contains(edge)) {
                match offer.target {
                    Target::Pool(pool) => amounts.pools[pool] += units,
                    Target::Table(table) => amounts.tables[table] += units,
                }
            }
        }
        all
    }

    /// All hours, or about every `step`-th, a different set in each scenario.
    pub(crate) fn blocks(&self, scenarios: usize, weight: f64, step: usize) -> Vec<Block> {
        let mut blocks = Vec::new();
        for scenario in 0..scenarios {
            // A golden-ratio walk spreads the scenarios' first hours evenly over the step.
            let offset = scenario * step * 618 / 1_000 % step;
            for (segment, edges) in self.edges.windows(2).enumerate() {
                let first = edges[0] + (step + offset - edges[0] % step) % step;
                let first = if first < edges[1] { first } else { edges[0] };
                let count = (edges[1] - first).div_ceil(step);
                let weight = (edges[1] - edges[0]) as f64 * weight / count as f64;
                for start in (0..count).step_by(BLOCK) {
                    let count = BLOCK.min(count - start);
                    blocks.push(Block { scenario, segment, first: first + start * step, step, count, weight });
                }
            }
        }
        blocks
    }

    /// What is used of a pool in a block beyond the reservations held before; nothing in places that are not used.
    pub(crate) fn read(&self, futures: &dyn Futures, block: &Block, pool: usize, row: &mut Row) {
        futures.read(block.scenario, pool, block.first, block.step, &mut row[..block.count]);
        row[block.count..].fill(0.0);
        let held = self.held[block.segment].pools[pool] as f32;
        if held > 0.0 {
            row.iter_mut().for_each(|used| *used = (*used - held).max(0.0));
        }
    }
}

/// Computes parts, at once where there are workers, and gives them in order.
pub(crate) fn collect<T: Send>(workers: &dyn Workers, parts: usize, part: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let places: Vec<Mutex<Option<T>>> = (0..parts).map(|_| Mutex::new(None)).collect();
    workers.each(parts, &|place| {
        let made = part(place);
        *places[place].lock().expect("nothing panics while it holds a place") = Some(made);
    });
    let taken = places.into_iter().map(|place| place.into_inner().expect("as above").expect("workers run every part"));
    taken.collect()
}

/// Divides `count` things into at most `parts` runs of about one length.
pub(crate) fn runs(count: usize, parts: usize) -> Vec<std::ops::Range<usize>> {
    let parts = parts.min(count).max(1);
    (0..parts).map(|part| count * part / parts..count * (part + 1) / parts).collect()
}
