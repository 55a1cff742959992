//! The next line of a ledger.

use crate::actor::Actor;
use crate::broken::Wrong;
use crate::bytes::EntryHash;
use crate::event::Event;
use crate::line::{LINE_BYTES_MAX, Parts, Tail};
use crate::moment::Moment;
use jiff::Timestamp;
use std::fmt;

/// What the first entry names as its predecessor: SHA-256 of `tenor ledger 1` and a line feed, so that another format begins otherwise.
pub(crate) const BEFORE_THE_FIRST: EntryHash = EntryHash::from_bytes([
    0x95, 0xe9, 0x16, 0x0c, 0x17, 0x7f, 0x0f, 0x14, 0xed, 0x6f, 0x7c, 0x1d, 0xba, 0xf7, 0xaa, 0x7a, 0x70, 0xf9, 0xf4, 0x20, 0x7e, 0x0c,
    0x83, 0x75, 0x76, 0x15, 0x81, 0x19, 0xfc, 0x12, 0xc7, 0x1c,
]);

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the clock says.
    pub moment: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}

/// Where a ledger ends: all that the next entry has to know of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry, which is how many there are: from 1, without a hole.
    sequence: u64,
    /// Its hash.
    hash: EntryHash,
    /// Its moment, never before that of an earlier one.
    moment: Timestamp,
    /// The hash of the first entry, which tells this ledger from any other. Missing only while there is none.
    first: Option<EntryHash>,
}

/// An entry's bytes: one line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

/// The clock is behind the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock says {clock}, and the last entry of the ledger was made at {last}: the clock was set back, or was ahead then")]
pub struct ClockSetBack {
    /// What the clock says.
    pub clock: Timestamp,
    /// What the ledger has reached.
    pub last: Timestamp,
}

impl ClockSetBack {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "set the clock right; until it has passed the last entry, nothing new is begun. If it was ahead then, an approver says so: tenor ledger clock"
    }
}

impl Line {
    /// The line as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Head {
    /// A ledger without entries. Moments begin with 1970.
    pub const EMPTY: Self = Self { sequence: 0, hash: BEFORE_THE_FIRST, moment: Timestamp::UNIX_EPOCH, first: None };

    /// The head of a ledger of which only the first and the last line are looked at; what lies between is for [`Verifier`](crate::Verifier).
    ///
    /// # Errors
    /// When one of the lines is changed or no entry, or the first is not the first.
    pub fn of(first: &[u8], last: &[u8]) -> Result<Self, Wrong> {
        let read = |line| -> Result<_, Wrong> {
            let tail = Tail::intact(line).ok_or(Wrong::Changed)?;
            Ok((Parts::of(line, &tail).map_err(Wrong::NotAnEntry)?, tail.hash))
        };
        let (begin, first_hash) = read(first)?;
        if begin.sequence != 1 {
            return Err(Wrong::Missing { last: begin.sequence.saturating_sub(1) });
        }
        if begin.previous != BEFORE_THE_FIRST {
            return Err(Wrong::Unchained);
        }
        let (end, hash) = read(last)?;
        Ok(Self { sequence: end.sequence, hash, moment: end.moment.0, first: Some(first_hash) })
    }

    /// The number of the last entry; 0 when there is none.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The hash of the last entry.
    #[must_use]
    pub const fn hash(&self) -> EntryHash {
        self.hash
    }

    /// The moment of the last entry.
    #[must_use]
    pub const fn moment(&self) -> Timestamp {
        self.moment
    }

    /// The hash of the first entry, which tells this ledger from any other.
    #[must_use]
    pub const fn first(&self) -> Option<EntryHash> {
        self.first
    }

    /// Whether the clock has passed the last entry. Whoever is about to begin something asks this first.
    ///
    /// # Errors
    /// When it is behind.
    pub fn check_clock(&self, clock: Timestamp) -> Result<(), ClockSetBack> {
        if clock < self.moment { Err(ClockSetBack { clock, last: self.moment }) } else { Ok(()) }
    }

    /// The ledger is one entry longer.
    pub(crate) fn advance(&mut self, hash: EntryHash, moment: Moment) {
        let first = self.first.or(Some(hash));
        *self = Self { sequence: self.sequence + 1, hash, moment: moment.0, first };
    }
}

/// Makes the next line of a ledger that ends with `head`, and says how it ends then.
///
/// A clock that was set back changes the order of nothing and refuses nothing: what became of a purchase has to be recorded, whatever the
/// clock says. The entry then has the moment of the one before it, and what the clock said beside it. Not to begin anything with such a
/// clock is up to [`Head::check_clock`].
#[must_use]
pub fn append(head: &Head, draft: &Draft) -> (Line, Head) {
    let behind = draft.moment < head.moment;
    let moment = Moment(if behind { head.moment } else { draft.moment });
    let write = |done: serde_json::Result<String>| done.expect("members are texts and numbers");
    let (actor, event) = (write(serde_json::to_string(&draft.actor)), write(serde_json::to_string(&draft.event)));
    let clock = behind.then_some(Moment(draft.moment));
    let parts = Parts { sequence: head.sequence + 1, moment, clock, actor: &actor, event: &event, previous: head.hash };
    let (line, hash) = parts.write();
    assert!(line.len() <= LINE_BYTES_MAX, "texts are short and few");
    let mut next = *head;
    next.advance(hash, moment);
    (Line(line), next)
}
