//! Hourly usage as a simulation reads it: one cell per series and hour.

use std::ops::Range;
use tenor_bill::Hour;

/// Where the usage of an hour comes from.
pub trait Usage {
    /// Writes the cells of an hour, one per series in the order of [`crate::Parts::series`], each a whole number of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ of its
    /// SKU's unit. Every cell is written.
    fn read(&self, hour: Hour, into: &mut [u64]);

    /// The cell of one series in an hour, as [`Usage::read`] writes it; none where only whole hours can be read, which is then so for all.
    fn cell(&self, hour: Hour, series: usize) -> Option<u64> {
        let _ = (hour, series);
        None
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

/// Nothing was used in hours that are not held.
impl<Cell: Copy + Into<u64>> Usage for UsageMatrix<Cell> {
    fn read(&self, hour: Hour, into: &mut [u64]) {
        match self.of_hour(hour) {
            Some(cells) => into.iter_mut().zip(cells).for_each(|(into, cell)| *into = (*cell).into()),
            None => into.fill(0),
        }
    }

    #[inline]
    fn cell(&self, hour: Hour, series: usize) -> Option<u64> {
        Some(self.of_hour(hour).map_or(0, |cells| cells[series].into()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Usage, UsageMatrix};
    use tenor_bill::Hour;

    #[test]
    fn hours_outside_hold_nothing() {
        let matrix = UsageMatrix::new(Hour::from_epoch_hours(10), 2, vec![1_u32, 2, 3, 4]);
        let read = |hour| {
            let mut cells = [9, 9];
            matrix.read(Hour::from_epoch_hours(hour), &mut cells);
            let one_by_one = [0, 1].map(|series| matrix.cell(Hour::from_epoch_hours(hour), series));
            assert_eq!(cells.map(Some), one_by_one);
            cells
        };
        assert_eq!([9, 10, 11, 12].map(read), [[0, 0], [1, 2], [3, 4], [0, 0]]);
        assert_eq!(matrix.hours(), Hour::from_epoch_hours(10)..Hour::from_epoch_hours(12));
    }
}
