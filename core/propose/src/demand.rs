//! Hourly demand: what was used, or would have been used on demand, by series and hour.

use std::borrow::Cow;
use std::ops::Range;
use tenor_bill::Hour;

/// Demand of consecutive hours, series by series.
///
/// Every series has a cell for each hour. Hours of which nothing is known are listed apart: a cell of 0 in a known hour means that
/// nothing was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    first: Hour,
    hours: usize,
    columns: Vec<String>,
    series: Vec<DemandSeries>,
    unknown: Vec<Range<usize>>,
}

/// One series: an account and SKU, or whatever the columns of a table tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandSeries {
    /// Its value of each of [`Demand::columns`].
    pub labels: Vec<String>,
    /// Decimals of the whole numbers in `cells`.
    pub decimals: u32,
    /// By hour, in units of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ.
    pub cells: Vec<u64>,
}

/// Why series make no demand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// Two series of the same labels.
    #[error("two series are `{0}`; add them up first")]
    TwiceTheSame(String),
    /// A series of other hours or columns than the rest.
    #[error("the series `{series}` has {found} {what} instead of {expected}")]
    Misshapen {
        /// The labels of the series.
        series: String,
        /// Hours or labels.
        what: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// An unknown span that does not lie in the hours, or out of order.
    #[error("the hours {0:?} cannot be unknown: spans come in order, apart, and within the {1} hours there are")]
    MisplacedSpan(Range<usize>, usize),
}

impl Demand {
    /// Demand of `hours` hours from `first` on; `unknown` are spans of hours, as offsets from the first, in order and apart.
    ///
    /// # Errors
    /// When two series have the same labels, one has other hours or columns than the rest, or an unknown span lies elsewhere.
    pub fn new(
        first: Hour,
        hours: usize,
        columns: Vec<String>,
        mut series: Vec<DemandSeries>,
        unknown: Vec<Range<usize>>,
    ) -> Result<Self, DemandError> {
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        for one in &series {
            let name = one.labels.join(" ");
            let shapes = [("labels", one.labels.len(), columns.len()), ("hours", one.cells.len(), hours)];
            if let Some((what, found, expected)) = shapes.into_iter().find(|(_, found, expected)| found != expected) {
                return Err(DemandError::Misshapen { series: name, what, found, expected });
            }
        }
        if let Some(pair) = series.windows(2).find(|pair| pair[0].labels == pair[1].labels) {
            return Err(DemandError::TwiceTheSame(pair[0].labels.join(" ")));
        }
        let mut end = 0;
        for span in &unknown {
            if span.start < end || span.start >= span.end || span.end > hours {
                return Err(DemandError::MisplacedSpan(span.clone(), hours));
            }
            end = span.end;
        }
        Ok(Self { first, hours, columns, series, unknown })
    }

    /// The same demand with all series in units of the finest of them, so that they can be added up.
    ///
    /// # Panics
    /// When a cell does not fit 64 bits in that unit.
    #[must_use]
    pub fn on_one_scale(&self) -> Cow<'_, Self> {
        let decimals = self.series.iter().map(|one| one.decimals).max().unwrap_or(0);
        if self.series.iter().all(|one| one.decimals == decimals) {
            return Cow::Borrowed(self);
        }
        let mut scaled = self.clone();
        for one in &mut scaled.series {
            let factor = 10_u64.pow(decimals - one.decimals);
            one.cells.iter_mut().for_each(|cell| *cell = cell.checked_mul(factor).expect("a cell fits the finest unit"));
            one.decimals = decimals;
        }
        Cow::Owned(scaled)
    }

    /// Its first hour.
    #[must_use]
    pub fn first(&self) -> Hour {
        self.first
    }

    /// How many hours there are.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.hours
    }

    /// What tells series apart.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The series, in the order of their labels.
    #[must_use]
    pub fn series(&self) -> &[DemandSeries] {
        &self.series
    }

    /// Spans of hours of which nothing is known, as offsets from the first, in order.
    #[must_use]
    pub fn unknown(&self) -> &[Range<usize>] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, DemandSeries};
    use std::ops::Range;
    use tenor_bill::Hour;

    fn refusal(series: &[(&str, usize)], unknown: Vec<Range<usize>>) -> String {
        let one = |(labels, hours): &(&str, usize)| DemandSeries {
            labels: labels.split(' ').map(str::to_owned).collect(),
            decimals: 0,
            cells: vec![1; *hours],
        };
        let made = Demand::new(Hour::from_epoch_hours(0), 3, vec!["sku".to_owned()], series.iter().map(one).collect(), unknown);
        made.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn series_that_do_not_fit_are_refused() {
        assert_eq!(refusal(&[("b", 3), ("a", 3)], vec![0..1, 2..3]), "");
        assert_eq!(refusal(&[("a", 3), ("a", 3)], vec![]), "two series are `a`; add them up first");
        assert_eq!(refusal(&[("a", 2)], vec![]), "the series `a` has 2 hours instead of 3");
        assert_eq!(refusal(&[("a b", 3)], vec![]), "the series `a b` has 2 labels instead of 1");
        for spans in [&[(2, 4)][..], &[(1, 2), (0, 1)], &[(1, 1)]] {
            let spans = spans.iter().map(|(start, end)| *start..*end).collect();
            assert!(refusal(&[], spans).contains("cannot be unknown"));
        }
    }
}
