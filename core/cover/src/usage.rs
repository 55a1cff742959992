//! Hourly usage as a simulation reads it: one cell per series and hour.

use std::ops::Range;
use tenor_bill::Hour;

/// Where the usage of an hour comes from.
pub trait Usage {
    /// Writes the cells of an hour, one per series in the order of [`crate::Parts::series`], each a whole number of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ of its
    /// SKU's unit. Every cell is written.
    ///
    /// # Panics
    /// May do so for an hour that it does not hold: what is not known is not the same as nothing.
    fn read(&self, hour: Hour, into: &mut [u64]);

    /// The cell of one series in an hour, as [`Usage::read`] writes it; none where only whole hours can be read, which is then so for all.
    fn cell(&self, hour: Hour, series: usize) -> Option<u64> {
        let _ = (hour, series);
        None
    }

    /// Whether it knows what was used in an hour; by default it knows all there is, and what it does not have was not used.
    fn holds(&self, hour: Hour) -> bool {
        let _ = hour;
        true
    }
}

/// Usage of consecutive hours in memory, hour by hour; `u32` cells hold a year of 20,000 series in 700 MB.
///
/// There are `series` cells for each of its hours, which [`UsageMatrix::new`] checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageMatrix<Cell> {
    first: Hour,
    series: usize,
    cells: Vec<Cell>,
}

impl<Cell> UsageMatrix<Cell> {
    /// Usage from the hour `first` on: all series of that hour, then all of the next.
    ///
    /// # Panics
    /// When the cells do not make whole hours: that is the caller's bug.
    #[must_use]
    pub fn new(first: Hour, series: usize, cells: Vec<Cell>) -> Self {
        assert!(cells.len().checked_rem(series).unwrap_or(cells.len()) == 0, "cells make whole hours");
        Self { first, series, cells }
    }

    /// The hours it holds.
    #[must_use]
    pub fn hours(&self) -> Range<Hour> {
        let hours = self.cells.len().checked_div(self.series).unwrap_or(0);
        self.first..Hour::from_epoch_hours(self.first.epoch_hours() + i64::try_from(hours).expect("hours in memory are few"))
    }
}

impl<Cell: Copy + Into<u64>> UsageMatrix<Cell> {
    /// The cells of an hour; none outside of the hours it holds.
    fn of_hour(&self, hour: Hour) -> Option<&[Cell]> {
        let index = usize::try_from(hour.epoch_hours() - self.first.epoch_hours()).ok()?;
        self.cells.get(index.checked_mul(self.series)?..index.checked_add(1)?.checked_mul(self.series)?)
    }
}

impl<Cell: Copy + Into<u64>> Usage for UsageMatrix<Cell> {
    fn read(&self, hour: Hour, into: &mut [u64]) {
        assert_eq!(into.len(), self.series, "usage has a cell for each series of the organization");
        let cells = self.of_hour(hour).unwrap_or_else(|| panic!("usage is read of an hour that it does not hold: {hour}"));
        into.iter_mut().zip(cells).for_each(|(into, cell)| *into = (*cell).into());
    }

    fn holds(&self, hour: Hour) -> bool {
        self.of_hour(hour).is_some()
    }

    #[inline]
    fn cell(&self, hour: Hour, series: usize) -> Option<u64> {
        let cells = self.of_hour(hour).unwrap_or_else(|| panic!("usage is read of an hour that it does not hold: {hour}"));
        Some(cells[series].into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Usage, UsageMatrix};
    use tenor_bill::Hour;

    fn matrix() -> UsageMatrix<u32> {
        UsageMatrix::new(Hour::from_epoch_hours(10), 2, vec![1, 2, 3, 4])
    }

    fn read(hour: i64, mut cells: Vec<u64>) -> Vec<u64> {
        matrix().read(Hour::from_epoch_hours(hour), &mut cells);
        cells
    }

    #[test]
    fn it_says_which_hours_it_holds() {
        assert_eq!([9, 10, 11, 12].map(|hour| matrix().holds(Hour::from_epoch_hours(hour))), [false, true, true, false]);
        assert_eq!([read(10, vec![9, 9]), read(11, vec![9, 9])], [[1, 2], [3, 4]]);
        assert_eq!([0, 1].map(|series| matrix().cell(Hour::from_epoch_hours(11), series)), [Some(3), Some(4)]);
        assert_eq!(matrix().hours(), Hour::from_epoch_hours(10)..Hour::from_epoch_hours(12));
        assert!(
            UsageMatrix::<u32>::new(Hour::from_epoch_hours(0), 0, Vec::new()).holds(Hour::from_epoch_hours(5)),
            "of nothing it knows all"
        );
    }

    #[test]
    #[should_panic(expected = "of an hour that it does not hold")]
    fn an_hour_that_is_not_held_is_not_taken_for_one_without_usage() {
        read(12, vec![0, 0]);
    }

    #[test]
    #[should_panic(expected = "a cell for each series")]
    fn usage_of_other_series_is_noticed() {
        read(10, vec![0, 0, 0]);
    }
}
