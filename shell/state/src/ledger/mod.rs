//! The ledger as it is kept: appended to in groups, each durable as a whole or not there, and verified in the bytes that are stored.
//!
//! The database refuses to change or delete an entry. That stops mistakes, not somebody who edits the file: them the chain shows, and the
//! head, which is sealed with the home's key.

mod append;
mod documents;
mod file;
mod imports;
mod keys;
mod lines;
pub(crate) mod mark;
mod read;

#[cfg(test)]
pub(crate) use append::append_in;
pub(crate) use documents::keep_in;

pub(crate) use append::seal_head;
pub use documents::{DOCUMENT_BYTES_MAX, Document, DocumentError, DocumentKind};
pub use file::verify_exported;
pub use imports::Imported;
pub(crate) use read::head;
pub use read::{Doubt, Verified};

use std::io;
use std::path::PathBuf;
use tenor_ledger::{Break, CheckpointError, EntryHash, NotKnown, PublicKey, Standing, Text, Wrong};
use tenor_order::BookError;

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
    /// Nothing says where it ended.
    #[error("nothing says where the ledger ended when it was sealed")]
    NoHead,
    /// The database is older than what was marked beside it.
    #[error("the ledger ends with {found}, and had come to {marked}: an older database lies in its place")]
    Behind {
        /// As it is.
        found: String,
        /// How far it had come.
        marked: String,
    },
    /// The file that says how far the ledger has come is gone.
    #[error("the mark `{}` of the ledger is missing", path.display())]
    NoMark {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what was written.
    #[error("the mark `{}` of the ledger was changed, or made with another key", path.display())]
    MarkChanged {
        /// The file.
        path: PathBuf,
    },
    /// Entries do not follow each other.
    #[error("entry {sequence} of the ledger does not follow the entry before it: {previous} is not its hash")]
    Unchained {
        /// Which.
        sequence: u64,
        /// What it names as its predecessor.
        previous: EntryHash,
    },
    /// Nothing is decided by what is not understood.
    #[error("nothing can be decided by the ledger")]
    NotKnown(#[from] NotKnown),
    /// It is whole, and says what cannot be.
    #[error("nothing can be decided by the ledger")]
    Book(#[source] Box<BookError>),
    /// A content that it names cannot be relied on or kept.
    #[error("a content that it names cannot be used")]
    Document(#[source] Box<DocumentError>),
    /// It is not what was signed.
    #[error("the ledger is not what was signed when it had {sequence} entries: {standing}")]
    Diverges {
        /// Its last entry then.
        sequence: u64,
        /// What it is.
        standing: Standing,
    },
    /// A checkpoint that is kept here says nothing, or one that was signed here is not kept.
    #[error("the checkpoint of entry {sequence} of the ledger cannot be relied on: {doubt}")]
    Doubtful {
        /// Its entry.
        sequence: u64,
        /// Why.
        doubt: Box<Doubt>,
    },
    /// Nobody enrolled the key that is to sign.
    #[error("the key {0} is not enrolled")]
    NotEnrolled(PublicKey),
    /// A key is enrolled once.
    #[error("the key {key} is enrolled for {person} already, as {role}")]
    Enrolled {
        /// The key.
        key: PublicKey,
        /// Whose.
        person: Text,
        /// For what.
        role: &'static str,
    },
    /// What was revoked is revoked for good.
    #[error("the key {0} was revoked")]
    Revoked(PublicKey),
    /// A checkpoint that cannot be made or read.
    #[error("the checkpoint cannot be used")]
    Checkpoint(#[from] CheckpointError),
    /// An exported ledger cannot be read.
    #[error("the ledger cannot be read")]
    Read(#[source] io::Error),
    /// Nobody takes what is exported.
    #[error("the ledger cannot be written out")]
    Write(#[from] io::Error),
}

impl LedgerError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Broken(found) => found.hint(),
            Self::NoMark { .. } | Self::MarkChanged { .. } => {
                "put the file back, or restore the last backup into an empty home: tenor restore FILE --home FOLDER; without it, nothing tells whether the database is an older one"
            }
            Self::NotKnown(error) => error.hint(),
            Self::Book(error) => error.hint(),
            Self::Document(error) => error.hint(),
            Self::NotEnrolled(_) => "enrol the key first: tenor key enrol",
            Self::Enrolled { .. } => "make another key for another person or role",
            Self::Revoked(_) => "make and enrol another key: who may have this one, nobody knows",
            Self::Read(_) => "check the file's name and whether this user may read it",
            Self::Entry { .. }
            | Self::Row { .. }
            | Self::Head { .. }
            | Self::NoHead
            | Self::Behind { .. }
            | Self::Unchained { .. }
            | Self::Doubtful { .. } => {
                "somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::Diverges { .. } => {
                "keep it for inquiry, and compare it with earlier exports; if it is the home's own ledger, restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::Checkpoint(error) => error.hint(),
            Self::Write(_) => "check the disk, its space and whether this user may write there",
        }
    }
}
