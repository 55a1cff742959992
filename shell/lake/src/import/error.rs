//! Why an import stopped, and what to do about it.

use crate::read::ReadError;
use crate::source::{SourceError, hint_of_read};
use crate::store::{Key, ReportKind, StoreError};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What a hint says of a lake that an import has not changed.
const AS_IT_WAS: &str = "the lake is as it was";

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The lake cannot be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The source cannot be looked through.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A report cannot be read.
    #[error("cannot import `{report}`")]
    Read {
        /// The report.
        report: String,
        /// Where and why.
        source: Box<ReadError>,
    },
    /// Another kind of report for a period that is held.
    #[error("{key} is held from a {held} report, and this is a {new} one")]
    AnotherKind {
        /// The period.
        key: Key,
        /// What it is held from.
        held: ReportKind,
        /// What was to be imported.
        new: ReportKind,
    },
    /// Another report of the same kind for a period that is held.
    #[error("{key} is held from the report {held}, and this is {new}")]
    AnotherReport {
        /// The period.
        key: Key,
        /// The report it is held from, with its account.
        held: String,
        /// The one that was to be imported.
        new: String,
    },
    /// Periods of one payer in two currencies.
    #[error("{key} is in {currency}, but {other} is in {other_currency}")]
    AnotherCurrency {
        /// The period that was to be imported.
        key: Box<Key>,
        /// Its currency.
        currency: String,
        /// Another period of the same payer.
        other: Box<Key>,
        /// That one's currency.
        other_currency: String,
    },
    /// Two reports of one source have the same period.
    #[error("`{report}` has {key}, which another report of the same source had already")]
    PeriodTwice {
        /// The period.
        key: Key,
        /// The second report.
        report: String,
    },
    /// A report without a single row.
    #[error("`{report}` has no rows")]
    NoRows {
        /// The report.
        report: String,
    },
    /// The disk or the quota is full.
    #[error("there is no room for the charges in `{}`: without them {}, and the report is {} as stored", root.display(), free_text(*.free), Size(*.report_bytes))]
    NoRoom {
        /// The lake.
        root: PathBuf,
        /// What is free, where the system says so.
        free: Option<u64>,
        /// The report's files; the charges take about as much.
        report_bytes: u64,
        /// What could not be written.
        source: Box<ImportError>,
    },
    /// Something went wrong after other periods were imported.
    #[error("the import stopped halfway; what was imported before stays: {}", list(.committed))]
    Halfway {
        /// The periods that were imported before.
        committed: Vec<Key>,
        /// What went wrong.
        source: Box<ImportError>,
    },
}

impl ImportError {
    /// What to do about it, in a sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Store(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Halfway { source, .. } => return source.hint().replace(AS_IT_WAS, "the rest of the lake is as it was"),
            Self::Read { source, .. } => return unread(source),
            Self::AnotherKind { .. } => "two kinds of report describe the same charges; to let this one take its place, add --replace",
            Self::AnotherReport { .. } => {
                "each may have charges that the other lacks: import the report of the payer, which has all accounts, keep this one in a lake \
                of its own with --home, or let it take the place of the other with --replace"
            }
            Self::AnotherCurrency { .. } => "amounts of one payer are summed, so keep the other currency in a lake of its own with --home",
            Self::PeriodTwice { .. } => "import one of the two reports by naming its folder",
            Self::NoRows { .. } => "AWS may still be writing it; look again in a few hours",
            Self::NoRoom { .. } => return format!("free some space and run the import again; {AS_IT_WAS}"),
        };
        hint.to_owned()
    }

    /// The same error, after saying which periods were imported before it.
    pub(super) fn after(self, committed: Vec<Key>) -> Self {
        if committed.is_empty() { self } else { Self::Halfway { committed, source: Box::new(self) } }
    }

    /// The same error, or that there is no room when that is what is behind it.
    pub(super) fn or_no_room(self, root: &Path, report_bytes: u64) -> Self {
        if !is_no_room(&self) {
            return self;
        }
        Self::NoRoom { root: root.to_owned(), free: free(root), report_bytes, source: Box::new(self) }
    }
}

/// What to do about a report that was not read: a file may be damaged, but also denied, removed or replaced under its reader.
fn unread(error: &ReadError) -> String {
    let hint = match error {
        ReadError::Unreadable { source, .. } => hint_of_read(source),
        _ => None,
    };
    hint.unwrap_or_else(|| error.hint().into())
}

fn is_no_room(error: &(dyn Error + 'static)) -> bool {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| full.contains(&error.kind()))
}

/// Bytes free on a path's file system.
fn free(path: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(path).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

fn free_text(free: Option<u64>) -> String {
    free.map_or_else(|| "its disk or quota is full".to_owned(), |free| format!("{} are free", Size(free)))
}

fn list(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(", ")
}

/// Bytes as people read them: `12.3 MB`.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["kB", "MB", "GB", "TB", "PB"];
        let mut tenths = self.0 / 100;
        if tenths < 10 {
            return write!(f, "{} bytes", self.0);
        }
        let mut unit = 0;
        while tenths >= 10_000 && unit + 1 < units.len() {
            tenths /= 1_000;
            unit += 1;
        }
        write!(f, "{}.{} {}", tenths / 10, tenths % 10, units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_readable() {
        let texts = [0, 999, 1_000, 12_345, 999_999, 1_000_000, 52_428_800, 1_234_567_890, u64::MAX].map(|bytes| Size(bytes).to_string());
        insta::assert_snapshot!(texts.join("\n"), @"
        0 bytes
        999 bytes
        1.0 kB
        12.3 kB
        999.9 kB
        1.0 MB
        52.4 MB
        1.2 GB
        18446.7 PB
        ");
    }
}
