//! The clock put right: an approver signs that it was ahead up to here, and from which moment the ledger goes on.
//!
//! Moments in a ledger only rise, so one entry that was made by a clock far ahead stops every order until that day comes. Nothing here asks a clock, and
//! nothing changes what was written: the [`Book`](crate::Book) counts by it.

use crate::approval::{Enrolled, Role};
use serde::Serialize;
use std::collections::BTreeMap;
use tenor_ledger::{EntryHash, Event, Moment, PublicKey, Signature, SigningKey, Text};

/// The format of the document.
const FORMAT: u32 = 1;

/// That an approver says that the clock was ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRight {
    /// Of which ledger, by the hash of its first entry.
    pub ledger: EntryHash,
    /// Behind which entry, by its hash: nowhere else does it say anything.
    pub previous: EntryHash,
    /// What the ledger had come to.
    pub ahead: Moment,
    /// From when on it goes on.
    pub moment: Moment,
    /// Whether AWS said what time it is, and it was the same.
    pub asked: bool,
    /// How they know.
    pub reason: Text,
    /// Who.
    pub key: PublicKey,
    /// Over all of that.
    pub signature: Signature,
}

/// Why nobody may go by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPutRight {
    /// It is for approvers alone: approvals that have run out would count again.
    #[error("the key {0} is no approver's, or was revoked")]
    NotApprover(PublicKey),
    /// It was signed for another place in a ledger.
    #[error("it was signed for a ledger that had come to {signed}, and this one has come to {at}")]
    Elsewhere {
        /// What it says.
        signed: Moment,
        /// What is so.
        at: Moment,
    },
    /// It was signed for another ledger, or another place in this one.
    #[error("it was signed for another ledger, or for another place in this one")]
    AnotherPlace,
    /// It puts nothing right.
    #[error("it goes on from {moment}, and the ledger had come to {ahead}: it was not ahead")]
    NotAhead {
        /// From when on.
        moment: Moment,
        /// What the ledger had come to.
        ahead: Moment,
    },
    /// The signature is of something else.
    #[error("the signature of {0} is not theirs, or something was changed after they signed")]
    NotSigned(PublicKey),
}

#[derive(Serialize)]
struct Signed<'a> {
    clock: u32,
    ledger: EntryHash,
    previous: EntryHash,
    ahead: Moment,
    moment: Moment,
    asked: bool,
    reason: &'a Text,
    key: PublicKey,
}

impl PutRight {
    /// Signs that the clock was ahead up to `ahead`, and that the ledger, which begins with one entry and ends with another, goes on from `moment`.
    #[must_use]
    pub fn sign(
        (ledger, previous): (EntryHash, EntryHash),
        ahead: Moment,
        moment: Moment,
        asked: bool,
        reason: Text,
        key: &SigningKey,
    ) -> Self {
        let (signature, public) = (Signature::from_bytes([0; 64]), key.public());
        let unsigned = Self { ledger, previous, ahead, moment, asked, reason, key: public, signature };
        Self { signature: key.sign(unsigned.signed_bytes().as_bytes()), ..unsigned }
    }

    /// What an event says of it; none where it says something else.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let Event::ClockPutRight { ledger, previous, ahead, moment, asked, reason, key, signature } = event else { return None };
        Some(Self {
            ledger: *ledger,
            previous: *previous,
            ahead: *ahead,
            moment: *moment,
            asked: *asked,
            reason: reason.clone(),
            key: *key,
            signature: *signature,
        })
    }

    /// What is signed: a JSON object in one line, members in this order.
    #[must_use]
    pub fn signed_bytes(&self) -> String {
        let Self { ledger, previous, ahead, moment, asked, reason, key, .. } = self;
        let (ledger, previous, ahead, moment, asked, key) = (*ledger, *previous, *ahead, *moment, *asked, *key);
        let document = Signed { clock: FORMAT, ledger, previous, ahead, moment, asked, reason, key };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }

    /// Whether an approver signed it for a ledger that has come to `at`.
    ///
    /// # Errors
    /// [`NotPutRight`].
    pub fn check(&self, keys: &BTreeMap<PublicKey, Enrolled>, at: Moment) -> Result<(), NotPutRight> {
        if self.ahead != at {
            return Err(NotPutRight::Elsewhere { signed: self.ahead, at });
        }
        if self.moment >= self.ahead {
            return Err(NotPutRight::NotAhead { moment: self.moment, ahead: self.ahead });
        }
        let enrolled = keys.get(&self.key).filter(|enrolled| enrolled.revoked.is_none() && enrolled.role == Role::Approver);
        enrolled.ok_or(NotPutRight::NotApprover(self.key))?;
        self.key.check(self.signed_bytes().as_bytes(), &self.signature).map_err(|_| NotPutRight::NotSigned(self.key))
    }

    /// Whether it was signed for the ledger that begins with one entry, and for the place behind another. None is what has no hash yet.
    ///
    /// # Errors
    /// [`NotPutRight::AnotherPlace`].
    pub fn check_place(&self, first: Option<EntryHash>, previous: Option<EntryHash>) -> Result<(), NotPutRight> {
        let is_here = (Some(self.ledger), Some(self.previous)) == (first, previous);
        if is_here { Ok(()) } else { Err(NotPutRight::AnotherPlace) }
    }

    /// The entry that says so.
    #[must_use]
    pub fn event(&self) -> Event {
        let Self { ledger, previous, ahead, moment, asked, reason, key, signature } = self.clone();
        Event::ClockPutRight { ledger, previous, ahead, moment, asked, reason, key, signature }
    }
}
