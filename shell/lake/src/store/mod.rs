//! The lake on disk: which periods are held, by which files, and how one replaces another.
//!
//! ```text
//! LAKE/charges/x_payer=111122223333/billing_period=2018-10/<version>-00000.parquet   what anyone may read
//! LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json              where it came from, what it adds up to
//! LAKE/rollups/x_payer=111122223333/billing_period=2018-10/<version>.parquet         per-day sums of the same version
//! LAKE/split_costs/x_payer=111122223333/billing_period=2018-10/<version>-00000.parquet
//! LAKE/quarantine/…   LAKE/staging/…   LAKE/writer.lock
//! ```
//!
//! **Invariant:** a period's folder under `charges/` changes in one atomic exchange; the folder *is* the commit.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tenor_bill::{AccountId, BillingPeriod};

/// What a month of a bill is known by: payer account, billing period, provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The billing account.
    pub payer: AccountId,
    /// The calendar month.
    pub period: BillingPeriod,
    /// The provider, `AWS` for Amazon's own.
    pub provider: String,
}

/// The kind of report a period was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// Legacy Cost and Usage Report.
    LegacyCur,
    /// CUR 2.0 data export.
    Cur2,
    /// FOCUS 1.0 or 1.2.
    Focus,
}

/// How long most usage rows of a report are, which decides what can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeUnit {
    /// Rows of an hour: every question can be answered.
    Hour,
    /// Rows of a day: no question by hour.
    Day,
    /// Rows of a month: no question by hour or day.
    Month,
}

/// A part of a total that does not close, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residual {
    /// What it is: `covered-and-negation`, `rounding`, `cash-bridge`, `units of <reservation>`, …
    pub name: String,
    /// By how much, exact decimal text.
    pub amount: String,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Whether it is explained (rounding of long doubles, say) or something a person should look at.
    pub explained: bool,
}

/// Where a held period came from and what it adds up to: `_import.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Version of this record's and the files' layout.
    pub layout: u32,
    /// Payer account.
    pub payer: String,
    /// Billing period, `2018-10`.
    pub period: String,
    /// Provider.
    pub provider: String,
    /// Content version: prefix of every file name of this period.
    pub version: String,
    /// Kind of report.
    pub kind: ReportKind,
    /// AWS's assembly or execution id, where the report has one.
    pub assembly: Option<String>,
    /// Fingerprint of the source (names, sizes, entity tags or contents), to skip what did not change.
    pub fingerprint: String,
    /// Where it was read from, for people.
    pub source: String,
    /// When, RFC 3339.
    pub imported_at: String,
    /// How long its rows are.
    pub time_unit: TimeUnit,
    /// Currency of all amounts.
    pub currency: String,
    /// Rows of the source that belong to this period.
    pub rows_read: u64,
    /// Rows in `charges`.
    pub rows_charges: u64,
    /// Rows in `split_costs`.
    pub rows_split: u64,
    /// Rows set aside in quarantine.
    pub rows_quarantined: u64,
    /// Named sums, exact decimal text: `source-unblended`, `billed`, `effective`, `list`, …
    pub totals: BTreeMap<String, String>,
    /// Rows by AWS line item type (or FOCUS charge category).
    pub line_items: BTreeMap<String, u64>,
    /// What does not close.
    pub residuals: Vec<Residual>,
    /// Anything a person should know: unknown line item types, impossible rows, missing columns.
    pub notices: Vec<String>,
}

/// One period as held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPeriod {
    /// Its key.
    pub key: Key,
    /// Its record.
    pub record: ImportRecord,
    /// Files of `charges`, in name order.
    pub charges: Vec<PathBuf>,
    /// Its roll-up file, if it is there.
    pub rollup: Option<PathBuf>,
    /// Files of `split_costs`, in name order.
    pub split_costs: Vec<PathBuf>,
}

/// All periods held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// In key order.
    pub periods: Vec<HeldPeriod>,
}
