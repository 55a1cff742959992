//! An organization with a few hours of usage, as tests write, draw, shrink and print it.

pub(crate) mod random;
pub(crate) mod shrink;
pub(crate) mod text;

use std::ops::Range;
use tenor_bill::Hour;
use tenor_cover::{Parts, Settings, Sku};
use tenor_money::Quantity;

/// The hour that times are counted from: 2026-01-01T00:00Z.
pub(crate) const FIRST_HOUR: Hour = Hour::from_epoch_hours(490_896);

/// An organization and what it used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) parts: Parts,
    /// By hour from [`FIRST_HOUR`] on, then by series: whole numbers in the unit of its SKU.
    pub(crate) hours: Vec<Vec<u64>>,
    pub(crate) settings: Settings,
}

impl Case {
    /// The hours from the first to that after the last.
    pub(crate) fn span(&self) -> Range<Hour> {
        let hours = i64::try_from(self.hours.len()).expect("a case has few hours");
        FIRST_HOUR..Hour::from_epoch_hours(FIRST_HOUR.epoch_hours() + hours)
    }

    /// Each hour, and what was used in it.
    pub(crate) fn usage(&self) -> impl Iterator<Item = (Hour, Vec<Quantity>)> {
        let hours = (FIRST_HOUR.epoch_hours()..).map(Hour::from_epoch_hours);
        hours.zip(&self.hours).map(|(hour, cells)| {
            (hour, self.parts.series.iter().zip(cells).map(|(series, cell)| quantity(&self.parts.skus[series.sku], *cell)).collect())
        })
    }
}

/// What a whole number stands for.
pub(crate) fn quantity(sku: &Sku, cell: u64) -> Quantity {
    Quantity::from_units(i128::from(cell) * 10_i128.pow(12 - sku.decimals))
}
