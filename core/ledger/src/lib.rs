//! A record that nobody can bend unseen: entries in one chain of hashes, and signed checkpoints that are kept elsewhere.
//!
//! [`append`] makes the next line of a ledger from its [`Head`] and a [`Draft`]; [`Verifier`] takes lines or bytes in any pieces and names the
//! first [`Break`]; [`Entry`] is what a line tells; a [`SignedCheckpoint`] proves what a ledger was. Nothing here reads, writes, asks a clock
//! or draws a random number. The one encoding is described in `docs/spec/ledger.md`.

mod actor;
mod append;
mod broken;
mod bytes;
mod checked;
mod checkpoint;
mod entry;
mod event;
mod form;
mod key;
mod line;
mod members;
mod moment;
pub mod serial;
mod text;
mod verify;

#[cfg(test)]
mod tests;

pub use actor::Actor;
pub use append::{ClockSetBack, Draft, Head, Line, append};
pub use broken::{Break, Wrong};
pub use bytes::{BytesError, ContentHash, ContentHasher, EntryHash, OrderId, ProposalId, PublicKey, Signature};
pub use checked::Checked;
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, Standing};
pub use entry::{Entry, NotKnown, Told};
pub use event::{Ending, Event, KINDS, PutBack, Resolution};
pub use key::{NotSigned, SigningKey};
pub use line::{LINE_BYTES_MAX, NotAnEntry};
pub use members::members;
pub use moment::{Moment, MomentError};
pub use text::{TEXT_CHARACTERS_MAX, Text, TextError};
pub use verify::{Report, UNKNOWN_KINDS_MAX, Verifier, verify};
