//! What is wrong with a ledger, and where.

use crate::line::NotAnEntry;
use jiff::Timestamp;
use std::ops::Range;

/// The first thing that is wrong with a ledger. All entries before it are as they were written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence}, bytes {} to {}: {wrong}", bytes.start, bytes.end)]
pub struct Break {
    /// The entry that has to stand there.
    pub sequence: u64,
    /// Where it is, in the ledger as it is exported: the changed bytes where that can be proved, otherwise the line.
    pub bytes: Range<u64>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A byte of it is another.
    #[error("changed: its bytes do not have the hash that it states")]
    Changed,
    /// It is nowhere, and so are those after it up to `last`.
    #[error("missing, with all up to entry {last}")]
    Missing {
        /// The last that is missing.
        last: u64,
    },
    /// It is there, but further on.
    #[error("out of order: entry {found} stands in its place")]
    OutOfOrder {
        /// What stands in its place.
        found: u64,
    },
    /// One that was there already stands in its place.
    #[error("entry {found}, which was there already, stands in its place")]
    Repeated {
        /// Which.
        found: u64,
    },
    /// It is whole, but its predecessor is another than the one before it.
    #[error("written anew, or the entry before it was: it names another predecessor")]
    Unchained,
    /// It is whole and chained, and earlier than its predecessor.
    #[error("made at {moment}, before its predecessor at {before}")]
    Earlier {
        /// Its moment.
        moment: Timestamp,
        /// That of the entry before it.
        before: Timestamp,
    },
    /// Something else stands there.
    #[error("not an entry: {0}")]
    NotAnEntry(NotAnEntry),
    /// The last line has no end.
    #[error("cut short: the line has no end")]
    CutShort,
    /// There is more than the ledger is known to have.
    #[error("not known: the ledger ends with entry {last}")]
    Beyond {
        /// The last that is known.
        last: u64,
    },
    /// All of it is whole, and it is not what was known.
    #[error("written anew, with all that follows: it has another hash than is known")]
    Rewritten,
}

impl Break {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "keep the file for inquiry, and compare it with an earlier export or the last backup; the entries before it are as they were written"
    }
}
