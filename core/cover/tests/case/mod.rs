//! An organization with a few hours of usage, as tests write, draw, shrink and print it.

pub(crate) mod random;
pub(crate) mod shrink;
pub(crate) mod text;

use tenor_bill::Hour;
use tenor_cover::{Parts, Sku};
use tenor_money::Quantity;

/// The hour that times are counted from: 2026-01-01T00:00Z.
pub(crate) const FIRST_HOUR: Hour = Hour::from_epoch_hours(490_896);

/// An organization and what it used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) parts: Parts,
    /// By hour from [`FIRST_HOUR`] on, then by series: whole numbers in the unit of its SKU.
    pub(crate) hours: Vec<Vec<u64>>,
}

impl Case {
    /// Each hour, and what was used in it.
    pub(crate) fn usage(&self) -> impl Iterator<Item = (Hour, Vec<Quantity>)> {
        self.hours.iter().enumerate().map(|(at, cells)| {
            let hour = Hour::from_epoch_hours(FIRST_HOUR.epoch_hours() + i64::try_from(at).expect("a case has few hours"));
            (hour, self.parts.series.iter().zip(cells).map(|(series, cell)| quantity(&self.parts.skus[series.sku], *cell)).collect())
        })
    }
}

/// What a whole number stands for.
pub(crate) fn quantity(sku: &Sku, cell: u64) -> Quantity {
    Quantity::from_units(i128::from(cell) * 10_i128.pow(12 - sku.decimals))
}
