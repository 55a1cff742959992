//! What a line tells.

use crate::actor::Actor;
use crate::broken::Wrong;
use crate::bytes::EntryHash;
use crate::checked::Checked;
use crate::event::Event;
use crate::line::kind;
use crate::moment::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;

/// An entry of a ledger, read. Whether it belongs there is for the verifier to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub sequence: u64,
    /// When.
    pub moment: Moment,
    /// What the clock said, where it was behind the entry before.
    pub clock: Option<Moment>,
    /// Who.
    pub actor: Told<Actor>,
    /// What.
    pub event: Told<Event>,
    /// The hash of the entry before it.
    pub previous: EntryHash,
    /// Its own.
    pub hash: EntryHash,
}

/// What this version knows, or what a newer one wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<T> {
    /// Of a kind that this version knows.
    Known(T),
    /// To be shown as it stands.
    Unknown {
        /// What it says it is.
        kind: String,
        /// JSON.
        text: String,
    },
}

/// An entry that this version cannot weigh, and so decides nothing by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} is of a kind or a shape that this Tenor does not know: `{kind}`")]
pub struct NotKnown {
    /// Which.
    pub sequence: u64,
    /// What its actor or event says it is.
    pub kind: String,
}

impl NotKnown {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "update Tenor: a newer one wrote here, and what it wrote may forbid what is asked"
    }
}

impl Entry {
    /// Who and what, for whoever decides by it.
    ///
    /// # Errors
    /// When this version knows one of them not: it may have taken back what an earlier entry allowed.
    pub fn known(&self) -> Result<(&Actor, &Event), NotKnown> {
        let not_known = |kind: &str| NotKnown { sequence: self.sequence, kind: kind.to_owned() };
        match (&self.actor, &self.event) {
            (Told::Known(actor), Told::Known(event)) => Ok((actor, event)),
            (_, Told::Unknown { kind, .. }) | (Told::Unknown { kind, .. }, _) => Err(not_known(kind)),
        }
    }

    /// Reads a line without its end.
    ///
    /// # Errors
    /// When its bytes do not have the hash that it states, or it is no entry.
    pub fn read(line: &[u8]) -> Result<Self, Wrong> {
        Checked::of(line).entry()
    }
}

/// What would not be written in the very same bytes is not what this version means by it.
pub(crate) fn told<T: DeserializeOwned + Serialize>(json: &str) -> Told<T> {
    match serde_json::from_str::<T>(json) {
        Ok(known) if is_written(&known, json) => Told::Known(known),
        _ => Told::Unknown { kind: kind(json).unwrap_or_default().to_owned(), text: json.to_owned() },
    }
}

/// Whether a value is written in exactly these bytes. Nothing is kept of what is written: it is compared as it comes.
pub(crate) fn is_written(value: &impl Serialize, json: &str) -> bool {
    let mut left = Left(json.as_bytes());
    serde_json::to_writer(&mut left, value).is_ok() && left.0.is_empty()
}

/// What is still to be written.
struct Left<'a>(&'a [u8]);

impl io::Write for Left<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
