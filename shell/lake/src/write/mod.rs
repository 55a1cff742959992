//! Charges out: columnar buffers, sorted row groups, Parquet files, per-day roll-ups.

mod batch;
mod file;
mod period;
mod rollup;
mod text;

pub(crate) use batch::Batch;
pub use file::WriteError;
pub(crate) use period::{PeriodFiles, PeriodWriter};
pub(crate) use rollup::Rollup;
