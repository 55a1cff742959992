//! What is known at a moment: a view of demand that ends there.

use crate::demand::Demand;
use std::ops::Range;
use tenor_bill::Hour;

/// Demand before a decision. It holds no reference to any later cell, so nothing that is given a `Past` can see further.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    first: Hour,
    hours: usize,
    columns: &'a [String],
    series: Vec<PastSeries<'a>>,
    unknown: Vec<Range<usize>>,
}

/// One series up to then.
#[derive(Debug, Clone, Copy)]
pub struct PastSeries<'a> {
    /// Its value of each of [`Past::columns`].
    pub labels: &'a [String],
    /// Decimals of the whole numbers in `cells`.
    pub decimals: u32,
    /// By hour, up to then.
    pub cells: &'a [u64],
}

impl<'a> Past<'a> {
    /// The first `hours` hours of `demand`.
    ///
    /// # Panics
    /// When the demand is shorter.
    #[must_use]
    pub fn of(demand: &'a Demand, hours: usize) -> Self {
        let until = |span: &Range<usize>| span.start..span.end.min(hours);
        Self {
            first: demand.first(),
            hours,
            columns: demand.columns(),
            series: demand
                .series()
                .iter()
                .map(|one| PastSeries { labels: &one.labels, decimals: one.decimals, cells: &one.cells[..hours] })
                .collect(),
            unknown: demand.unknown().iter().map(until).filter(|span| !span.is_empty()).collect(),
        }
    }

    /// The same seen earlier.
    ///
    /// # Panics
    /// When `hours` exceed what is known.
    #[must_use]
    pub fn earlier(&self, hours: usize) -> Self {
        let mut earlier = self.clone();
        earlier.hours = hours;
        earlier.series.iter_mut().for_each(|one| one.cells = &one.cells[..hours]);
        earlier.unknown.iter_mut().for_each(|span| span.end = span.end.min(hours));
        earlier.unknown.retain(|span| span.start < span.end);
        earlier
    }

    /// Its first hour.
    #[must_use]
    pub fn first(&self) -> Hour {
        self.first
    }

    /// How many hours are known; the decision is made at the beginning of the next.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.hours
    }

    /// What tells series apart.
    #[must_use]
    pub fn columns(&self) -> &'a [String] {
        self.columns
    }

    /// The series, in the order of their labels.
    #[must_use]
    pub fn series(&self) -> &[PastSeries<'a>] {
        &self.series
    }

    /// The spans of hours within `range` of which something is known, in order.
    pub fn known(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        known_within(&self.unknown, range)
    }

    /// The hours that a trailing window of `hours` has, as far as they are known.
    #[must_use]
    pub fn trailing(&self, hours: usize) -> Vec<usize> {
        self.known(self.hours.saturating_sub(hours)..self.hours).flatten().collect()
    }
}

/// `range` without the `unknown` spans, which are in order and apart.
pub(crate) fn known_within(unknown: &[Range<usize>], range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let starts = std::iter::once(range.start).chain(unknown.iter().map(move |span| span.end.clamp(range.start, range.end)));
    let ends = unknown.iter().map(move |span| span.start.clamp(range.start, range.end)).chain(std::iter::once(range.end));
    starts.zip(ends).map(|(start, end)| start..end).filter(|span| !span.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Past;
    use crate::{Demand, DemandSeries};
    use tenor_bill::Hour;

    #[test]
    fn the_past_ends_at_the_decision_and_knows_its_gaps() {
        let series = DemandSeries { labels: vec!["a".to_owned()], decimals: 0, cells: (0..10).collect() };
        let demand = Demand::new(Hour::from_epoch_hours(0), 10, vec!["sku".to_owned()], vec![series], vec![1..3, 5..9]).unwrap();
        let past = Past::of(&demand, 7);
        assert_eq!(past.series()[0].cells, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(past.known(0..7).collect::<Vec<_>>(), [0..1, 3..5]);
        assert_eq!(past.trailing(5), [3, 4]);
        assert_eq!(past.earlier(4).trailing(9), [0, 3]);
        assert_eq!(past.earlier(1).trailing(9), [0]);
    }
}
