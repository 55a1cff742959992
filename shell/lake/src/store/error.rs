//! What can go wrong with a lake on disk, and what to do about it.

use super::lease::Holder;
use std::io;
use std::path::{Path, PathBuf};

/// Why the lake cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done, a verb.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// `_import.json` is not a record.
    #[error("`{}` is not the record of an import", path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        source: serde_json::Error,
    },
    /// `exchange.json` is not a journal.
    #[error("`{}` is not the journal of a replacement", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        source: serde_json::Error,
    },
    /// A field of `_import.json` makes no sense.
    #[error("`{}` has a {what} that no import writes", path.display())]
    MalformedRecord {
        /// The file.
        path: PathBuf,
        /// The field.
        what: String,
    },
    /// A folder of a period without `_import.json`.
    #[error("`{}` has no `_import.json`, so no import made it", folder.display())]
    NoRecord {
        /// The folder.
        folder: PathBuf,
    },
    /// Written by a later program.
    #[error("`{}` has layout {layout}, which a later version of Tenor wrote", path.display())]
    NewerLayout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        layout: u32,
    },
    /// A period's folder that was copied or renamed by hand.
    #[error("`{}` holds {key}, which belongs in `{}`", folder.display(), belongs.display())]
    Misplaced {
        /// Where it is.
        folder: PathBuf,
        /// What its record says it is.
        key: String,
        /// Where that belongs.
        belongs: PathBuf,
    },
    /// A file that the record counts is gone.
    #[error("`{}` is missing from a period that was imported whole", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the lease.
    #[error("another import is writing to this lake: {holder}")]
    Busy {
        /// Who.
        holder: Holder,
    },
    /// Periods were replaced faster than they could be listed.
    #[error("the lake at `{}` changed each time it was looked at", root.display())]
    Restless {
        /// The lake.
        root: PathBuf,
    },
}

impl StoreError {
    /// What to do about it, in a sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space and run the import again; nothing was changed"
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "let this user write to the lake's folder, or name another with --home"
                }
                _ => "check the disk and the folder named, then run the command again",
            }
            .to_owned(),
            Self::NotARecord { .. } | Self::MalformedRecord { .. } | Self::MissingFile { .. } => {
                "import that period again with --replace; nothing else needs to be done".to_owned()
            }
            Self::NotAJournal { .. } => {
                "look for the period it names under `staging`, move that folder to its place under `charges`, and remove the file"
                    .to_owned()
            }
            Self::NoRecord { .. } => "move the folder out of the lake; only `tenor import` puts folders under `charges`".to_owned(),
            Self::NewerLayout { .. } => "update Tenor, or import that period again with --replace".to_owned(),
            Self::Misplaced { .. } => "move the folder out of the lake and import that period again".to_owned(),
            Self::Busy { .. } => "wait for it to end, or leave out --no-wait".to_owned(),
            Self::Restless { .. } => "run the command again when fewer imports are running".to_owned(),
        }
    }
}

/// Names what was being done when the file system refused.
pub(crate) trait Doing<T> {
    /// Turns the refusal into a [`StoreError`].
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { doing, path: path.to_owned(), source })
    }
}
