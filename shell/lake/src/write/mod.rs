//! Charges out: columnar buffers, sorted row groups, Parquet files, roll-ups by day and by month.

mod batch;
mod file;
mod period;
mod rollup;
mod text;

pub(crate) use batch::Batch;
pub use file::WriteError;
pub(crate) use file::{Finished, TableShape};
pub(crate) use period::{GROUP_BYTES, PeriodWriter};
pub(crate) use rollup::Rollups;
pub(crate) use text::{TEXT_BYTES_MAX, TextError};
