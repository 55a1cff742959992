//! What prices of plans are multiplied with so that no plan on sale is worth more than it costs: span by span, since offers of one table hold at
//! different times.

use crate::solve::market::{Market, Target};
use crate::solve::points::Calendar;
use std::ops::Range;

/// Factors by span and table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Factors {
    spans: Vec<Vec<f64>>,
}

/// An offer of a table: the spans in which it holds, and what a unit costs.
type OnSale = (Range<usize>, f64);

impl Factors {
    /// Factors for prices whose sums are given by segment and table. They lower prices where a plan would be worth more than it costs; where `raise`
    /// says so they raise them as far as none is, because a bound never falls with prices, but for what is held.
    pub(crate) fn fit(market: &Market, calendar: &Calendar, sums: &[Vec<f64>], costs: &[f64], raise: bool) -> Self {
        let mut by_span = vec![vec![0.0; market.tables.len()]; calendar.spans.len() - 1];
        for (segment, sums) in sums.iter().enumerate() {
            by_span[calendar.span_of[segment]].iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
        }
        let mut on_sale: Vec<Vec<OnSale>> = vec![Vec::new(); market.tables.len()];
        for (offer, cost) in market.offers.iter().zip(costs) {
            if let Target::Table(table) = offer.target {
                on_sale[table].push((calendar.spans_of(&offer.hours), *cost));
            }
        }
        let mut spans = vec![vec![1.0; market.tables.len()]; by_span.len()];
        for (table, on_sale) in on_sale.iter_mut().enumerate() {
            on_sale.sort_by_key(|(spans, _)| spans.len());
            let worths: Vec<f64> = by_span.iter().map(|sums| sums[table]).collect();
            let factors = of_table(&worths, on_sale, raise);
            spans.iter_mut().zip(factors).for_each(|(span, factor)| span[table] = factor);
        }
        Self { spans }
    }

    /// Factors that change nothing.
    pub(crate) fn even(market: &Market, calendar: &Calendar) -> Self {
        Self { spans: vec![vec![1.0; market.tables.len()]; calendar.spans.len() - 1] }
    }

    /// By table, in a segment.
    pub(crate) fn of(&self, calendar: &Calendar, segment: usize) -> &[f64] {
        &self.spans[calendar.span_of[segment]]
    }

    /// By table, in each span.
    pub(crate) fn spans(&self) -> &[Vec<f64>] {
        &self.spans
    }

    /// A share of all.
    pub(crate) fn times(&self, share: f64) -> Self {
        Self { spans: self.spans.iter().map(|span| span.iter().map(|factor| factor * share).collect()).collect() }
    }
}

/// Factors of one table by span, given the sums of its prices and what is on sale, what holds for the fewest spans first.
fn of_table(worths: &[f64], on_sale: &[OnSale], raise: bool) -> Vec<f64> {
    let mut factors = vec![1.0; worths.len()];
    let worth = |factors: &[f64], spans: &Range<usize>| -> f64 { spans.clone().map(|span| factors[span] * worths[span]).sum() };
    for (spans, cost) in on_sale {
        let worth = worth(&factors, spans);
        if worth > *cost {
            factors[spans.clone()].iter_mut().for_each(|factor| *factor *= cost / worth);
        }
    }
    if !raise {
        return factors;
    }
    // All alike as far as that goes, then what room is left span by span.
    let all = on_sale.iter().map(|(spans, cost)| cost / worth(&factors, spans)).fold(f64::INFINITY, f64::min);
    if all.is_finite() && all > 1.0 {
        factors.iter_mut().for_each(|factor| *factor *= all);
    }
    for span in (0..factors.len()).filter(|span| worths[*span] > 0.0) {
        let room = on_sale.iter().filter(|(spans, _)| spans.contains(&span)).map(|(spans, cost)| cost - worth(&factors, spans));
        let room = room.fold(f64::INFINITY, f64::min);
        if room.is_finite() && room > 0.0 {
            factors[span] += room / worths[span];
        }
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::of_table;
    use proptest::prelude::*;

    #[test]
    fn a_dear_year_lowers_its_own_prices_and_no_others() {
        let on_sale = [(0..1, 10.0), (1..2, 10.0), (0..2, 18.0)];
        assert_eq!(of_table(&[20.0, 4.0], &on_sale, false), [0.5, 1.0]);
        assert_eq!(of_table(&[20.0, 4.0], &on_sale, true), [0.5, 2.0]);
        assert_eq!(of_table(&[5.0, 5.0], &[], true), [1.0, 1.0], "nothing on sale says nothing of prices");
    }

    proptest! {
        #[test]
        fn nothing_on_sale_is_worth_more_than_it_costs(
            worths in prop::collection::vec(0.0..50.0_f64, 4), sold in prop::collection::vec((0_usize..4, 1_usize..4, 1.0..60.0_f64), 1..6), raise: bool,
        ) {
            let on_sale: Vec<_> = sold.into_iter().map(|(first, count, cost)| (first..(first + count).min(4), cost)).collect();
            let factors = of_table(&worths, &on_sale, raise);
            for (spans, cost) in on_sale {
                let worth: f64 = spans.map(|span| factors[span] * worths[span]).sum();
                prop_assert!(worth <= cost * (1.0 + 1e-12));
            }
        }
    }
}
