//! Rows of any report in, FOCUS charges out: one reader per format, one mapping per kind.

mod aside;
mod convert;
mod csv;
mod cur;
mod cur_map;
mod cur_maps;
mod cur_row;
mod double;
mod error;
mod fields;
mod focus;
mod gathered;
mod json;
mod lane;
mod mapper;
mod memory;
mod moment;
mod names;
mod nested;
mod parquet;
mod row;
mod sink;

pub use convert::convert;
pub use error::ReadError;
pub(crate) use fields::SPLIT_TABLE;
pub use memory::InMemory;

use crate::source::Report;
use crate::store::{Key, TimeUnit};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tenor_bill::{Difference, Sums};

/// What to convert and how.
pub struct Conversion<'a> {
    /// Reports of one kind that together make whole periods.
    pub reports: &'a [Report],
    /// An empty folder on the lake's file system; everything is written below it.
    pub staging: &'a Path,
    /// Set bad rows aside instead of stopping at the first.
    pub quarantine: bool,
    /// Told of bytes and rows as they are read.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far a conversion is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of source files read.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
}

/// One period's charges, written below the staging folder and not yet part of the lake.
#[derive(Debug)]
pub struct Converted {
    /// Payer, period and provider, as the rows say.
    pub key: Key,
    /// Its `charges` files in order; their contents depend on the source alone.
    pub charges: Vec<PathBuf>,
    /// Its roll-up by day; none when it was given up.
    pub rollup: Option<PathBuf>,
    /// Its roll-up by month; none when it was given up.
    pub detail: Option<PathBuf>,
    /// Its split-cost rows.
    pub split_costs: Vec<PathBuf>,
    /// Rows set aside, as CSV with the reason, when quarantine is on and there were any.
    pub quarantined: Option<PathBuf>,
    /// Hash of all the files' bytes: 16 lower-case hex digits.
    pub version: String,
    /// How long its rows are.
    pub time_unit: TimeUnit,
    /// Currency of all amounts.
    pub currency: String,
    /// Rows of the source.
    pub rows_read: u64,
    /// Rows written to `charges`.
    pub rows_charges: u64,
    /// Rows written to `split_costs`.
    pub rows_split: u64,
    /// Rows set aside.
    pub rows_quarantined: u64,
    /// What it adds up to, and the identities it was checked by.
    pub sums: Sums,
    /// What the files written hold less than was counted while reading. Empty, or the import is at fault.
    pub written: Vec<Difference>,
    /// Rows by AWS line item type, or by FOCUS charge category.
    pub line_items: BTreeMap<String, u64>,
    /// Anything a person should know.
    pub notices: Vec<String>,
}

#[cfg(test)]
mod tests;
