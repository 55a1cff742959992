//! The bill that `tenor demo` shows: a modest organization, written in seconds.

use crate::error::WriteError;
use crate::request::{BillRequest, Format};
use crate::truth::GroundTruth;
use crate::write::write_bill;
use std::path::Path;
use tenor_bill::BillingPeriod;

/// Accounts of the demo's organization.
const ACCOUNTS: u32 = 8;
/// Months of its bill.
const MONTHS: u32 = 3;
/// About how many rows its bill has.
const ROWS: u64 = 180_000;

/// Writes the demo's bill into `dir`: 8 accounts, three months from `start`, about 180,000 hourly rows.
///
/// # Errors
/// [`WriteError`] when a file cannot be written.
pub fn demo_bill(dir: &Path, format: Format, start: BillingPeriod, seed: u64, threads: usize) -> Result<GroundTruth, WriteError> {
    let request = BillRequest { accounts: ACCOUNTS, rows: ROWS, months: MONTHS, seed, start, threads, ..BillRequest::small(format) };
    write_bill(&request, dir)
}
