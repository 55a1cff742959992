//! The ledger as it is kept: appended to in groups, each durable as a whole or not there, and verified in the bytes that are stored.
//!
//! The database refuses to change or delete an entry. That stops mistakes, not somebody who edits the file: them the chain shows, and the
//! head, which is sealed with the home's key.

mod append;
mod read;

#[cfg(test)]
pub(crate) use append::append_in;

use std::io;
use tenor_ledger::{Break, CheckpointError, Wrong};

/// Why the ledger cannot be used. Nothing is appended to one that is not whole at its end.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// An entry is not what was written.
    #[error("the ledger is not whole")]
    Broken(#[from] Break),
    /// The first or the last entry, or one that was asked for, is not what was written.
    #[error("entry {sequence} of the ledger is {wrong}")]
    Entry {
        /// Which.
        sequence: u64,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// An entry stands in the row of another.
    #[error("row {row} of the ledger holds entry {sequence}")]
    Row {
        /// The row.
        row: u64,
        /// What it holds.
        sequence: u64,
    },
    /// Its end is not what was sealed.
    #[error("the ledger ends with {found}, and was sealed when it ended with {sealed}")]
    Head {
        /// As it is.
        found: String,
        /// As it was.
        sealed: String,
    },
    /// A checkpoint that cannot be made or read.
    #[error("the checkpoint cannot be used")]
    Checkpoint(#[from] CheckpointError),
    /// Nobody takes what is exported.
    #[error("the ledger cannot be written out")]
    Write(#[from] io::Error),
}

impl LedgerError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Broken(found) => found.hint(),
            Self::Entry { .. } | Self::Row { .. } | Self::Head { .. } => {
                "somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore"
            }
            Self::Checkpoint(error) => error.hint(),
            Self::Write(_) => "check the disk, its space and whether this user may write there",
        }
    }
}
