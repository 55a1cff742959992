//! Where bills lie: finds the reports in a folder, a file or an S3 prefix, and says which files belong to which.

use crate::store::ReportKind;
use bytes::Bytes;
use std::io::{self, Read};
use std::sync::Arc;
use tenor_bill::BillingPeriod;

/// How a part's rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text, not compressed.
    Csv,
    /// Comma-separated text in gzip.
    CsvGzip,
    /// Comma-separated text as the only member of a zip file.
    CsvZip,
    /// Parquet.
    Parquet,
}

/// One delivery of one report: the files that together are a bill, or a part of one, at one version.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its kind.
    pub kind: ReportKind,
    /// Its name or folder, for people.
    pub name: String,
    /// The period its manifest names; without a manifest the rows say.
    pub period: Option<BillingPeriod>,
    /// The payer account its manifest names.
    pub payer: Option<String>,
    /// AWS's assembly or execution id.
    pub assembly: Option<String>,
    /// The columns its manifest promises, in their order, as the files write them.
    pub columns: Option<Vec<String>>,
    /// Its files, in order.
    pub parts: Vec<Part>,
    /// Changes whenever anything of it changes.
    pub fingerprint: String,
}

/// One file of a report.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its path below the source, as messages name it.
    pub name: String,
    /// How its rows are written.
    pub format: Format,
    /// Bytes as stored.
    pub size: u64,
    /// How to get at the bytes.
    pub bytes: Arc<dyn PartBytes>,
}

/// The bytes of a part, wherever they are. Two implementations: a local file, an object in a store.
pub trait PartBytes: std::fmt::Debug + Send + Sync {
    /// The whole file from its beginning, streamed with bounded memory.
    ///
    /// # Errors
    /// When it cannot be opened; a reader that fails midway returns the error from `read`.
    fn stream(&self) -> io::Result<Box<dyn Read + Send>>;

    /// `length` bytes from `start`, for Parquet.
    ///
    /// # Errors
    /// When the range cannot be read whole.
    fn range(&self, start: u64, length: usize) -> io::Result<Bytes>;
}
