//! Who agreed to what: signatures over an order, the policy it was made under, and the moment until which they hold.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use tenor_ledger::{ClockSetBack, ContentHash, Head, Moment, OrderId, PublicKey, Signature, SigningKey};

use crate::order::Order;

/// The format of the document.
const FORMAT: u32 = 1;

/// That somebody agrees. Whether it counts is for [`approve`] to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// To which order.
    pub order: OrderId,
    /// Under which policy and guard rails.
    pub policy: ContentHash,
    /// Until when.
    pub expires: Moment,
    /// Who.
    pub key: PublicKey,
    /// Over all of that.
    pub signature: Signature,
}

/// Somebody who may approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approver {
    /// When their key was revoked, if it was.
    pub revoked: Option<Moment>,
}

/// What has to come together.
#[derive(Debug, Clone, Copy)]
pub struct Ballot<'a> {
    /// How many have to agree.
    pub needed: NonZeroU32,
    /// Who may, by their keys.
    pub approvers: &'a BTreeMap<PublicKey, Approver>,
    /// The policy and guard rails as they are now.
    pub policy: ContentHash,
    /// Where the ledger ends: the clock must not be behind it.
    pub head: &'a Head,
    /// What the clock says.
    pub now: Moment,
}

/// An order that enough people signed. Only [`approve`] makes one, so nothing else can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    order: Order,
    approvals: Vec<Approval>,
}

/// Why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    /// It was signed for something else.
    #[error("{0} approved another order")]
    OtherOrder(PublicKey),
    /// Policy or guard rails were changed since, or are others.
    #[error("{0} approved under another policy")]
    OtherPolicy(PublicKey),
    /// Four eyes.
    #[error("{0} made the order, and may not approve it")]
    Proposer(PublicKey),
    /// Nobody enrolled the key.
    #[error("{0} is no approver")]
    NotEnrolled(PublicKey),
    /// The key was revoked.
    #[error("{key} was revoked at {at}")]
    Revoked {
        /// Whose.
        key: PublicKey,
        /// When.
        at: Moment,
    },
    /// It ran out.
    #[error("{key} approved until {expired}, and it is {now}")]
    Expired {
        /// Whose.
        key: PublicKey,
        /// When.
        expired: Moment,
        /// What the clock says.
        now: Moment,
    },
    /// The signature is not theirs, or over other bytes.
    #[error("the signature of {0} is not theirs, or something was changed after they signed")]
    NotSigned(PublicKey),
    /// They are one person.
    #[error("{0} approved already")]
    Twice(PublicKey),
}

/// Why an order may not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// Not enough.
    #[error("{counted} of {needed} approvals count{}", .not_counted.iter().map(|why| format!("; {why}")).collect::<String>())]
    TooFew {
        /// How many do.
        counted: u32,
        /// How many have to.
        needed: NonZeroU32,
        /// Why the others do not.
        not_counted: Vec<NotCounted>,
    },
    /// The order was made under another policy than holds now.
    #[error("the order was made under the policy {order}, and {now} holds")]
    Policy {
        /// Then.
        order: ContentHash,
        /// Now.
        now: ContentHash,
    },
    /// An approval could have run out.
    #[error("nobody can tell whether the approvals have run out")]
    Clock(#[from] ClockSetBack),
}

#[derive(Serialize, Deserialize)]
struct Document {
    approval: u32,
    order: OrderId,
    policy: ContentHash,
    expires: Moment,
    key: PublicKey,
}

impl Approval {
    /// Signs.
    #[must_use]
    pub fn sign(order: &Order, expires: Moment, key: &SigningKey) -> Self {
        let unsigned =
            Self { order: order.id(), policy: order.policy(), expires, key: key.public(), signature: Signature::from_bytes([0; 64]) };
        Self { signature: key.sign(unsigned.signed_bytes().as_bytes()), ..unsigned }
    }

    /// What is signed: a JSON object in one line, members in this order.
    #[must_use]
    pub fn signed_bytes(&self) -> String {
        let Self { order, policy, expires, key, .. } = *self;
        serde_json::to_string(&Document { approval: FORMAT, order, policy, expires, key }).expect("members are texts and numbers")
    }

    fn counts(&self, order: OrderId, proposer: PublicKey, ballot: &Ballot<'_>) -> Result<(), NotCounted> {
        let key = self.key;
        if self.order != order {
            return Err(NotCounted::OtherOrder(key));
        }
        if self.policy != ballot.policy {
            return Err(NotCounted::OtherPolicy(key));
        }
        if key == proposer {
            return Err(NotCounted::Proposer(key));
        }
        let approver = ballot.approvers.get(&key).ok_or(NotCounted::NotEnrolled(key))?;
        if let Some(at) = approver.revoked {
            return Err(NotCounted::Revoked { key, at });
        }
        if self.expires <= ballot.now {
            return Err(NotCounted::Expired { key, expired: self.expires, now: ballot.now });
        }
        key.check(self.signed_bytes().as_bytes(), &self.signature).map_err(|_| NotCounted::NotSigned(key))
    }
}

impl ApprovalError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "ask those who may approve, and have not: tenor order approve",
            Self::Policy { .. } => "make the order again from its proposal, under the policy that holds",
            Self::Clock(error) => error.hint(),
        }
    }
}

/// Whether enough people agree to exactly this, here and now. Asked when an order is run, and again before each of its calls.
///
/// # Errors
/// When they do not, with the reason for each approval that does not count.
pub fn approve(order: Order, approvals: &[Approval], ballot: &Ballot<'_>) -> Result<Approved, ApprovalError> {
    ballot.head.check_clock(ballot.now.0)?;
    if order.policy() != ballot.policy {
        return Err(ApprovalError::Policy { order: order.policy(), now: ballot.policy });
    }
    let id = order.id();
    let (mut keys, mut counted, mut not_counted) = (BTreeSet::new(), Vec::new(), Vec::new());
    for approval in approvals {
        match approval.counts(id, order.proposer(), ballot) {
            Err(why) => not_counted.push(why),
            Ok(()) if !keys.insert(approval.key) => not_counted.push(NotCounted::Twice(approval.key)),
            Ok(()) => counted.push(*approval),
        }
    }
    let count = u32::try_from(counted.len()).expect("approvers are few");
    if count < ballot.needed.get() {
        return Err(ApprovalError::TooFew { counted: count, needed: ballot.needed, not_counted });
    }
    Ok(Approved { order, approvals: counted })
}

impl Approved {
    /// What was approved.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// By whom, until when.
    #[must_use]
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }
}
