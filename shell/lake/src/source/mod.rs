//! Where bills lie: finds the reports in a folder, a file or an S3 prefix, and says which files belong to which.
//!
//! One listing serves folders and stores, so that the same bill is found the same way wherever it lies. What it never does: read rows,
//! or decide which of two deliveries of one month is meant; it says which there are.

mod bare;
mod bytes;
mod columns;
mod discover;
mod error;
mod export;
mod fingerprint;
mod keys;
mod legacy;
mod listing;
mod local;
mod manifest;
mod parquet_part;
mod peek;
mod prefix;
mod stored;
mod text;

#[cfg(test)]
mod tests;

pub use bytes::{Part, PartBytes};
pub use columns::athena_name;
pub use discover::discover;
pub use error::SourceError;
pub(crate) use error::hint_of_read;
pub use parquet_part::columns;

use crate::store::ReportKind;
use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tokio::runtime::Handle;

/// Where to look for reports.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file or a folder of this machine.
    Local(PathBuf),
    /// The same, where no link leads out of a folder: what somebody else chooses and the owner allowed.
    Below {
        /// The file or folder.
        path: PathBuf,
        /// What it lies in, with all that is read.
        root: PathBuf,
    },
    /// An object, or everything below a prefix, in an object store.
    Store {
        /// The store.
        store: Arc<dyn ObjectStore>,
        /// The object or prefix; empty for the whole store.
        prefix: StorePath,
        /// How people call it: `s3://bucket/prefix`.
        name: String,
        /// A multi-threaded runtime that the store's requests run on. The caller's own thread only waits.
        runtime: Handle,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) | Self::Below { path, .. } => path.display().fmt(f),
            Self::Store { name, .. } => f.write_str(name),
        }
    }
}

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

/// A month of a report, and whose it is where a row said so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// The month.
    pub period: BillingPeriod,
    /// The payer account.
    pub payer: Option<String>,
}

/// One delivery of one report: the files that together are a bill, or a part of one, at one version.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its kind.
    pub kind: ReportKind,
    /// Its name or folder, for people.
    pub name: String,
    /// The name AWS knows it by, where a manifest says it. Unlike `name` it is the same wherever the report is seen from.
    pub title: Option<String>,
    /// The period its manifest names; without a manifest the rows say.
    pub period: Option<BillingPeriod>,
    /// The account its manifest names: the payer, or a member account that set up a report of its own. The rows decide.
    pub payer: Option<String>,
    /// AWS's assembly or execution id.
    pub assembly: Option<String>,
    /// The columns its manifest promises, in their order, as the files write them.
    pub columns: Option<Vec<String>>,
    /// The months it has, as far as its manifest and the first rows of its files say. There may be more.
    pub months: Vec<Month>,
    /// Its files: in the manifest's order, else in name order.
    pub parts: Vec<Part>,
    /// Changes whenever anything of it changes.
    pub fingerprint: String,
}

impl Report {
    /// Holds a part's own columns against those that the manifest promises.
    ///
    /// The reader calls this with what [`columns`] says, or with a header it has read itself. A part without any column is one of the
    /// empty left-overs of an overwritten export, and passes.
    ///
    /// # Errors
    /// When the part lacks a column that the manifest names.
    pub fn check_columns(&self, part: &Part, columns: &[String]) -> Result<(), SourceError> {
        let Some(promised) = &self.columns else { return Ok(()) };
        let missing = columns::missing(promised, columns);
        if columns.is_empty() || missing.is_empty() {
            return Ok(());
        }
        Err(SourceError::ColumnsDisagree { part: part.name.clone(), report: self.name.clone(), missing })
    }
}
