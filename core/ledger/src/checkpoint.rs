//! Checkpoints: what a ledger was at a moment, signed, to be kept where the ledger is not.
//!
//! A chain of hashes shows that nothing in it was changed; it does not show that all of it was not written anew, or that its end was not
//! cut. Whoever holds a checkpoint can tell both.

use crate::append::Head;
use crate::bytes::{EntryHash, PublicKey, Signature};
use crate::key::{NotSigned, SigningKey};
use crate::moment::Moment;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format of the document.
const FORMAT: u32 = 1;
/// A document is no longer.
const DOCUMENT_BYTES_MAX: usize = 1_024;

/// What a ledger was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: the hash of its first entry.
    pub ledger: EntryHash,
    /// Its last entry then.
    pub sequence: u64,
    /// The hash of that.
    pub hash: EntryHash,
    /// When it was signed, as the signer's clock said.
    pub moment: Moment,
    /// Who signed.
    pub key: PublicKey,
}

/// A checkpoint with its signature. Where it came from a text, the signature was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signature: Signature,
}

/// Why a document is not a checkpoint to rely on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// There is nothing to sign.
    #[error("the ledger has no entry yet")]
    Empty,
    /// Another document, or another format.
    #[error("this is not a checkpoint of a ledger: {0}")]
    NotOne(String),
    /// Anybody can sign with a key of their own.
    #[error("the checkpoint is signed with the key {0}, which is not among those that are trusted")]
    Untrusted(PublicKey),
    /// A byte of it is another.
    #[error("the checkpoint was changed after it was signed")]
    Changed(#[from] NotSigned),
}

/// What a ledger is, beside what a checkpoint says it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The ledger holds the checkpoint: all up to it is as it was signed.
    Held,
    /// The ledger was cut before it.
    Cut {
        /// Its last entry now.
        last: u64,
    },
    /// An entry at the checkpoint or before it was written anew.
    Rewritten,
    /// The ledger begins otherwise: it is another one, or was written anew from its first entry on.
    Another,
}

/// The document: what is signed is all of it before `,"signature":`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    checkpoint: u32,
    ledger: EntryHash,
    sequence: u64,
    hash: EntryHash,
    moment: Moment,
    key: PublicKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Signature>,
}

impl CheckpointError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "sign a checkpoint once there is something in the ledger",
            Self::NotOne(_) => "check the file's name, and update Tenor if a newer one made it",
            Self::Untrusted(_) => "name the key as trusted if its owner says that it is theirs",
            Self::Changed(_) => "use another copy of the checkpoint",
        }
    }
}

impl Checkpoint {
    /// What the ledger is, of which the first entry, the entry at the checkpoint and the number of the last one are known.
    #[must_use]
    pub fn against(&self, first: Option<EntryHash>, there: Option<EntryHash>, last: u64) -> Standing {
        if first.is_some_and(|first| first != self.ledger) {
            return Standing::Another;
        }
        match there {
            Some(hash) if hash == self.hash => Standing::Held,
            Some(_) => Standing::Rewritten,
            None => Standing::Cut { last },
        }
    }

    fn signed_bytes(&self) -> String {
        let mut text = self.document(None);
        text.pop();
        text
    }

    fn document(&self, signature: Option<Signature>) -> String {
        let Self { ledger, sequence, hash, moment, key } = *self;
        let document = Document { checkpoint: FORMAT, ledger, sequence, hash, moment, key, signature };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }
}

impl SignedCheckpoint {
    /// Signs what the ledger is now.
    ///
    /// # Errors
    /// [`CheckpointError::Empty`] when it has no entry.
    pub fn sign(head: &Head, now: Timestamp, key: &SigningKey) -> Result<Self, CheckpointError> {
        let ledger = head.first().ok_or(CheckpointError::Empty)?;
        let checkpoint = Checkpoint { ledger, sequence: head.sequence(), hash: head.hash(), moment: Moment(now), key: key.public() };
        Ok(Self { checkpoint, signature: key.sign(checkpoint.signed_bytes().as_bytes()) })
    }

    /// Reads a document, and checks its signature and whose it is.
    ///
    /// # Errors
    /// When it is no checkpoint, was changed, or is signed with a key that is not trusted.
    pub fn read(document: &[u8], trusted: &[PublicKey]) -> Result<Self, CheckpointError> {
        let not_one = |said: String| CheckpointError::NotOne(said);
        let line = document.strip_suffix(b"\n").unwrap_or(document);
        if line.len() > DOCUMENT_BYTES_MAX {
            return Err(not_one(format!("it is longer than {DOCUMENT_BYTES_MAX} bytes")));
        }
        let read = serde_json::from_slice::<Document>(line).map_err(|error| not_one(error.to_string()))?;
        if read.checkpoint != FORMAT {
            return Err(not_one(format!("its format is {}, and this Tenor knows {FORMAT}", read.checkpoint)));
        }
        let signature = read.signature.ok_or_else(|| not_one("it has no signature".to_owned()))?;
        let Document { ledger, sequence, hash, moment, key, .. } = read;
        let signed = Self { checkpoint: Checkpoint { ledger, sequence, hash, moment, key }, signature };
        if signed.to_string().as_bytes() != line {
            return Err(not_one("it is not written in the one form that checkpoints have".to_owned()));
        }
        if !trusted.contains(&key) {
            return Err(CheckpointError::Untrusted(key));
        }
        key.check(signed.checkpoint.signed_bytes().as_bytes(), &signature)?;
        Ok(signed)
    }

    /// What it says.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// The document, one line without its end.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.checkpoint.document(Some(self.signature)))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.pad("the ledger holds this checkpoint: all up to it is as it was signed"),
            Self::Cut { last } => write!(f, "the ledger was cut before this checkpoint: it ends with entry {last}"),
            Self::Rewritten => f.pad("the ledger was written anew at this checkpoint or before it"),
            Self::Another => f.pad("the ledger begins otherwise: it is another one, or was written anew from its first entry on"),
        }
    }
}
