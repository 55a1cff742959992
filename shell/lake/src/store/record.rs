//! What is known of a held period: its key, and the record that travels with its files.

use super::{Doing, StoreError};
use crate::detail::DETAIL;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use tenor_bill::{AccountId, BillingPeriod};

/// Version of the record's and the files' layout. A period of another layout is imported anew.
pub const LAYOUT: u32 = 1;

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

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} {}", self.period, self.provider, self.payer)
    }
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

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LegacyCur => "legacy CUR",
            Self::Cur2 => "CUR 2.0",
            Self::Focus => "FOCUS",
        })
    }
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
    /// Files of `charges`: `<version>-00000.parquet` and so on.
    pub charges_files: u32,
    /// Files of `split_costs`, named alike.
    pub split_files: u32,
    /// Kind of report.
    pub kind: ReportKind,
    /// AWS's assembly or execution id, where the report has one.
    pub assembly: Option<String>,
    /// Fingerprint of the source (names, sizes, entity tags or contents), to skip what did not change.
    pub fingerprint: String,
    /// Periods that were read from the source of that fingerprint, this one included; it is skipped when all of them are held.
    pub source_periods: u32,
    /// Where it was read from, for people.
    pub source: String,
    /// The name AWS knows the report by, where a manifest said it.
    #[serde(default)]
    pub report: Option<String>,
    /// The account that the manifest names.
    #[serde(default)]
    pub account: Option<String>,
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
    /// Roll-ups that it has not, because they would not have been small.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<GivenUp>,
}

/// A roll-up that a period has not, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GivenUp {
    /// That by day.
    ByDay,
    /// That by month, in detail.
    ByMonth,
}

/// The name of the record's file in a period's folder.
pub(crate) const RECORD_FILE: &str = "_import.json";

impl ImportRecord {
    /// The names its `charges` files have, in order.
    pub fn charges_names(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.charges_files).map(|n| part_name(&self.version, n))
    }

    /// The names its `split_costs` files have, in order.
    pub fn split_names(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.split_files).map(|n| part_name(&self.version, n))
    }

    /// The key it belongs to.
    pub(crate) fn key(&self, file: &Path) -> Result<Key, StoreError> {
        let malformed = |what: &str| StoreError::MalformedRecord { path: file.to_owned(), what: what.to_owned() };
        Ok(Key {
            payer: self.payer.parse().map_err(|_| malformed("payer"))?,
            period: self.period.parse().map_err(|_| malformed("period"))?,
            provider: self.provider.clone(),
        })
    }

    /// Reads a record's bytes and checks what names files.
    pub(crate) fn parse(bytes: &[u8], file: &Path) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Layout {
            layout: u32,
        }
        let not_a_record = |source| StoreError::NotARecord { path: file.to_owned(), source };
        // A later layout may lack what this one has, so it is looked at alone first.
        let Layout { layout } = serde_json::from_slice(bytes).map_err(not_a_record)?;
        if layout > LAYOUT {
            return Err(StoreError::NewerLayout { path: file.to_owned(), layout });
        }
        let record: Self = serde_json::from_slice(bytes).map_err(not_a_record)?;
        if !is_version(&record.version) {
            return Err(StoreError::MalformedRecord { path: file.to_owned(), what: "version".to_owned() });
        }
        Ok(record)
    }

    /// Its text as stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a record has text keys and no failing parts");
        bytes.push(b'\n');
        bytes
    }
}

/// Whether a text has the form of a content version: 16 lower-case hex digits.
pub(crate) fn is_version(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The name of a version's nth file.
pub(crate) fn part_name(version: &str, n: u32) -> String {
    format!("{version}-{n:05}.parquet")
}

/// The name of a version's roll-up by month, by today's rules.
pub(crate) fn detail_name(version: &str) -> String {
    format!("{version}-detail{DETAIL}.parquet")
}

/// Whether a name is that of a version's roll-up by month by other rules than today's, which nobody reads.
pub(crate) fn is_other_detail(name: &str, version: &str) -> bool {
    name.strip_prefix(version).is_some_and(|rest| rest.starts_with("-detail")) && name != detail_name(version)
}

/// The content version a file's name begins with.
pub(crate) fn version_of(name: &str) -> Option<&str> {
    let version = name.get(..16).filter(|text| is_version(text))?;
    matches!(name.as_bytes().get(16), Some(b'-' | b'.')).then_some(version)
}

/// The bytes of the record in a period's folder; `None` when there is no such file or folder.
pub(crate) fn read_record(folder: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let file = folder.join(RECORD_FILE);
    match std::fs::read(&file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing("read", &file),
    }
}
