//! What a caller may ask for.

use crate::cloud::text;
use serde::{Deserialize, Serialize};
use tenor_bill::BillingPeriod;

/// The kind of report to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Format {
    /// Legacy Cost and Usage Report, gzip CSV.
    LegacyCsv,
    /// Legacy Cost and Usage Report, Parquet.
    LegacyParquet,
    /// CUR 2.0 data export, Parquet.
    Cur2Parquet,
    /// CUR 2.0 data export, gzip CSV.
    Cur2Csv,
    /// FOCUS 1.2 data export with AWS columns, Parquet.
    FocusParquet,
    /// FOCUS 1.2 data export with AWS columns, gzip CSV.
    FocusCsv,
}

/// How versions of a report lie in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// Each version in a folder of its own.
    CreateNew,
    /// The newest version in the period's folder.
    Overwrite,
    /// Legacy Parquet for Athena: `year=2025/month=1/`.
    Athena,
}

/// How the organization shares its commitments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingMode {
    /// With everyone alike.
    #[default]
    Open,
    /// With the owner's business unit, then with everyone.
    Prioritized,
    /// With the owner's business unit alone.
    Restricted,
    /// As prioritized, with commitments that have groups of their own and accounts with sharing switched off.
    Mixed,
}

/// A bill to write. The same request always gives the same bytes, on any number of threads.
#[derive(Debug, Clone, Serialize)]
pub struct BillRequest {
    /// Accounts of the organization, the payer included; at least 1.
    pub accounts: u32,
    /// About how many rows in all. Below about 75,000 a month the bill is as small as one that shows everything can be.
    pub rows: u64,
    /// Months, at least 1.
    pub months: u32,
    /// What all chance comes from.
    pub seed: u64,
    /// The first month.
    #[serde(with = "text")]
    pub start: BillingPeriod,
    /// The kind of report.
    pub format: Format,
    /// How versions lie in the bucket.
    pub layout: Layout,
    /// The only columns, by name and in this order; empty for all that the report has.
    pub columns: Vec<String>,
    /// About how many rows a file holds.
    pub part_rows: u64,
    /// A private discount in whole percent, which makes the net columns appear.
    pub discount_percent: Option<u8>,
    /// Whether split cost allocation rows are included.
    pub split: bool,
    /// How commitments are shared.
    pub sharing: SharingMode,
    /// Threads to use; they change nothing but the time.
    #[serde(skip)]
    pub threads: usize,
}

impl BillRequest {
    /// A small legacy bill: 8 accounts, one month, the smallest that shows everything.
    ///
    /// # Panics
    /// Never: the start is a month.
    #[must_use]
    pub fn small(format: Format) -> Self {
        Self {
            accounts: 8,
            rows: 25_000,
            months: 1,
            seed: 1,
            start: BillingPeriod::new(2025, 1).expect("January 2025 is a month"),
            format,
            layout: Layout::CreateNew,
            columns: Vec::new(),
            part_rows: 1_000_000,
            discount_percent: None,
            split: false,
            sharing: SharingMode::Open,
            threads: 2,
        }
    }
}
