//! What a line tells.

use crate::actor::Actor;
use crate::broken::Wrong;
use crate::bytes::EntryHash;
use crate::event::Event;
use crate::line::{Parts, Tail, kind};
use crate::moment::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
        let tail = Tail::intact(line).ok_or(Wrong::Changed)?;
        let Parts { sequence, moment, clock, actor, event, previous } = Parts::of(line).map_err(Wrong::NotAnEntry)?;
        Ok(Self { sequence, moment, clock, actor: told(actor), event: told(event), previous, hash: tail.hash })
    }
}

/// What would not be written in the very same bytes is not what this version means by it.
pub(crate) fn told<T: DeserializeOwned + Serialize>(json: &str) -> Told<T> {
    match serde_json::from_str::<T>(json) {
        Ok(known) if serde_json::to_string(&known).is_ok_and(|text| text == json) => Told::Known(known),
        _ => Told::Unknown { kind: kind(json).unwrap_or_default().to_owned(), text: json.to_owned() },
    }
}
