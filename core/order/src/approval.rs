//! Who agreed to what: signatures over an order, the policy it was made under, and the moment until which they hold.

use jiff::SignedDuration;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use tenor_ledger::{ClockSetBack, ContentHash, Head, Moment, OrderId, PublicKey, Signature, SigningKey, Text};

use crate::book::check_clock;
use crate::order::Order;
use crate::rails::Rails;

/// The format of the document.
const FORMAT: u32 = 1;

/// That somebody made the order. Without it anybody could name another as the proposer, and then approve their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Which order.
    pub order: OrderId,
    /// With the key that the order names.
    pub key: PublicKey,
    /// For whom, where a server signed for who was logged in.
    pub user: Option<Text>,
    /// Over all of that.
    pub signature: Signature,
}

/// That somebody agrees. Whether it counts is for [`approve`] to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// To which order.
    pub order: OrderId,
    /// Under which policy and guard rails.
    pub policy: ContentHash,
    /// Since when.
    pub signed: Moment,
    /// Until when.
    pub expires: Moment,
    /// Who.
    pub key: PublicKey,
    /// For whom, where a server signed for who was logged in.
    pub user: Option<Text>,
    /// Over all of that.
    pub signature: Signature,
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The person, however many keys they have; the server's name, of a server.
    pub person: Text,
    /// What it may sign.
    pub role: Role,
    /// When it was revoked, if it was.
    pub revoked: Option<Moment>,
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Orders that its person makes.
    Proposer,
    /// The same, and approvals of its person.
    Approver,
    /// Both for persons who are logged in.
    Server,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Proposer, Self::Approver, Self::Server];

    /// As it is recorded.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposer => "proposer",
            Self::Approver => "approver",
            Self::Server => "server",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStanding {
    /// It waits for approval, or is being carried out.
    Waiting,
    /// Somebody who may approve said no.
    Rejected,
    /// It came to its end.
    Ended,
}

/// When a user was last no approver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lowered {
    /// When they were removed or lowered last, or came as less than an approver; the beginning of time where they came as one.
    pub at: Moment,
    /// Since when they are an approver, or are again; none while they are not.
    pub raised: Option<Moment>,
}

/// What has to come together.
#[derive(Debug, Clone, Copy)]
pub struct Ballot<'a> {
    /// Whose the keys are.
    pub keys: &'a BTreeMap<PublicKey, Enrolled>,
    /// Who may approve when they are logged in.
    pub persons: &'a BTreeSet<Text>,
    /// Which users were removed or lowered, or came as less than those who may approve ([`Book::lowered`](crate::Book::lowered)).
    pub lowered: &'a BTreeMap<Text, Lowered>,
    /// The guard rails as they are now; the policy is in them, and their hash is what orders and approvals name.
    pub rails: &'a Rails,
    /// What is agreed on with the owner of the order's connection now.
    pub agreement: ContentHash,
    /// Where the order stands.
    pub standing: OrderStanding,
    /// Where the ledger ends: it has to be the order's, and the clock must not be behind it.
    pub head: &'a Head,
    /// How far the clock has come since it was put right, if it was: then it must not be behind that.
    pub reached: Option<Moment>,
    /// What the clock says.
    pub now: Moment,
}

/// An order that enough people signed. Only [`approve`] makes one, so nothing else can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    order: Order,
    submission: Submission,
    approvals: Vec<Approval>,
}

/// Why an approval does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    /// It was signed for something else.
    #[error("{0} approved another order")]
    OtherOrder(PublicKey),
    /// Policy or guard rails were changed since, or are others.
    #[error("{0} approved under another policy")]
    OtherPolicy(PublicKey),
    /// Four eyes.
    #[error("{0} made the order, and may not approve it")]
    Proposer(Text),
    /// Nobody enrolled the key.
    #[error("{0} is enrolled for nothing")]
    NotEnrolled(PublicKey),
    /// The key may not sign this, or says for somebody what it says for itself alone.
    #[error("{0} may not sign this")]
    Role(PublicKey),
    /// They may not approve.
    #[error("{0} is no approver")]
    NotApprover(Text),
    /// They were no approver when they signed, or were removed or lowered since.
    #[error("{person} was no approver when they agreed, or is none since, by what was recorded at {at}")]
    Lowered {
        /// Who.
        person: Text,
        /// When.
        at: Moment,
    },
    /// It holds for longer than approvals may, or from later on.
    #[error("{0} approved for longer than approvals hold, or from later on")]
    TooLong(PublicKey),
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
    Twice(Text),
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
    /// It belongs to another ledger.
    #[error("the order was made for another ledger, or for one that was written anew")]
    Ledger,
    /// Its connection is another now.
    #[error("what is agreed on for the connection `{0}` is not what the order was made on")]
    Agreement(Text),
    /// It is over.
    #[error("the order was rejected, or came to its end")]
    Over,
    /// Nobody knows who made it.
    #[error("nobody signed that they made the order: {0}")]
    NotSubmitted(NotCounted),
    /// An approval could have run out.
    #[error("nobody can tell whether the approvals have run out")]
    Clock(#[from] ClockSetBack),
}

#[derive(Serialize)]
struct Agreed<'a> {
    approval: u32,
    order: OrderId,
    policy: ContentHash,
    signed: Moment,
    expires: Moment,
    key: PublicKey,
    user: Option<&'a Text>,
}

#[derive(Serialize)]
struct Submitted<'a> {
    submission: u32,
    order: OrderId,
    key: PublicKey,
    user: Option<&'a Text>,
}

impl Submission {
    /// Signs that the key's owner, or a user whom the key's server let in, made the order.
    #[must_use]
    pub fn sign(order: &Order, user: Option<Text>, key: &SigningKey) -> Self {
        let unsigned = Self { order: order.id(), key: key.public(), user, signature: Signature::from_bytes([0; 64]) };
        Self { signature: key.sign(unsigned.signed_bytes().as_bytes()), ..unsigned }
    }

    /// What is signed: a JSON object in one line, members in this order.
    #[must_use]
    pub fn signed_bytes(&self) -> String {
        let Self { order, key, user, .. } = self;
        let document = Submitted { submission: FORMAT, order: *order, key: *key, user: user.as_ref() };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }

    /// Who made the order.
    fn person(&self, order: &Order, id: OrderId, ballot: &Ballot<'_>) -> Result<Text, NotCounted> {
        if self.order != id || self.key != order.proposer() {
            return Err(NotCounted::OtherOrder(self.key));
        }
        let (person, _) = ballot.signer(self.key, self.user.as_ref())?;
        self.key.check(self.signed_bytes().as_bytes(), &self.signature).map_err(|_| NotCounted::NotSigned(self.key))?;
        Ok(person.clone())
    }
}

impl Ballot<'_> {
    /// Who speaks with a key, and whether they may approve.
    fn signer<'b>(&'b self, key: PublicKey, user: Option<&'b Text>) -> Result<(&'b Text, bool), NotCounted> {
        let enrolled = self.keys.get(&key).ok_or(NotCounted::NotEnrolled(key))?;
        if let Some(at) = enrolled.revoked {
            return Err(NotCounted::Revoked { key, at });
        }
        match (enrolled.role, user) {
            (Role::Server, Some(user)) => Ok((user, self.persons.iter().any(|person| is_same_person(person, user)))),
            (Role::Approver, None) => Ok((&enrolled.person, true)),
            (Role::Proposer, None) => Ok((&enrolled.person, false)),
            _ => Err(NotCounted::Role(key)),
        }
    }
}

impl Approval {
    /// Signs, for the key's owner or for a user whom the key's server let in.
    #[must_use]
    pub fn sign(order: &Order, signed: Moment, expires: Moment, user: Option<Text>, key: &SigningKey) -> Self {
        let (id, policy, public) = (order.id(), order.policy(), key.public());
        let signature = Signature::from_bytes([0; 64]);
        let unsigned = Self { order: id, policy, signed, expires, key: public, user, signature };
        Self { signature: key.sign(unsigned.signed_bytes().as_bytes()), ..unsigned }
    }

    /// What is signed: a JSON object in one line, members in this order.
    #[must_use]
    pub fn signed_bytes(&self) -> String {
        let Self { order, policy, signed, expires, key, user, .. } = self;
        let (order, policy, signed, expires, key) = (*order, *policy, *signed, *expires, *key);
        let document = Agreed { approval: FORMAT, order, policy, signed, expires, key, user: user.as_ref() };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }

    /// Whose approval it is, if it counts.
    fn person(&self, order: OrderId, proposer: &Text, ballot: &Ballot<'_>) -> Result<Text, NotCounted> {
        let key = self.key;
        if self.order != order {
            return Err(NotCounted::OtherOrder(key));
        }
        if self.policy != ballot.rails.hash() {
            return Err(NotCounted::OtherPolicy(key));
        }
        let (person, may) = ballot.signer(key, self.user.as_ref())?;
        if is_same_person(person, proposer) {
            return Err(NotCounted::Proposer(person.clone()));
        }
        if !may {
            return Err(NotCounted::NotApprover(person.clone()));
        }
        if let Some(at) = lowered_since(ballot.lowered, self) {
            return Err(NotCounted::Lowered { person: person.clone(), at });
        }
        if self.expires <= ballot.now {
            return Err(NotCounted::Expired { key, expired: self.expires, now: ballot.now });
        }
        let longest = SignedDuration::from_hours(i64::from(ballot.rails.approval_hours_max));
        if self.signed > ballot.now || self.expires.0.duration_since(self.signed.0) > longest {
            return Err(NotCounted::TooLong(key));
        }
        key.check(self.signed_bytes().as_bytes(), &self.signature).map_err(|_| NotCounted::NotSigned(key))?;
        Ok(person.clone())
    }
}

impl ApprovalError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "ask those who may approve, and have not: tenor order approve",
            Self::Policy { .. } => "make the order again from its proposal, under the policy that holds",
            Self::Ledger | Self::Agreement(_) | Self::Over => "make the order again from its proposal",
            Self::NotSubmitted(_) => "make the order again with a key that is enrolled: tenor order create",
            Self::Clock(error) => error.hint(),
        }
    }
}

/// Whether two names are one person's. Names of users are in lower case, and keys are enrolled for names as somebody wrote them: `Ada` who has a key
/// and `ada` who is logged in are two eyes, not four.
#[must_use]
pub fn is_same_person(one: &Text, other: &Text) -> bool {
    folded(one) == folded(other)
}

/// When the user for whom a server signed an approval was removed or lowered, unless they were an approver again when they agreed. Who comes back
/// agrees anew.
pub(crate) fn lowered_since(lowered: &BTreeMap<Text, Lowered>, approval: &Approval) -> Option<Moment> {
    let user = approval.user.as_ref()?;
    let theirs = lowered.iter().filter(|(held, _)| is_same_person(held, user)).map(|(_, lowered)| *lowered);
    let is_back = |one: &Lowered| one.at < approval.signed && one.raised.is_some_and(|raised| raised <= approval.signed);
    // Who signed before they came, or came back, was none until then.
    let was_none = |one: Lowered| one.raised.filter(|raised| *raised > approval.signed).unwrap_or(one.at);
    theirs.filter(|one| !is_back(one)).map(was_none).max()
}

fn folded(person: &Text) -> String {
    person.as_str().to_lowercase()
}

/// Whether enough people agree to exactly this, here and now. Asked when an order is run, and again before each of its calls.
///
/// # Errors
/// When they do not, with the reason for each approval that does not count.
pub fn approve(order: Order, submission: Submission, approvals: &[Approval], ballot: &Ballot<'_>) -> Result<Approved, ApprovalError> {
    let approvals = count(&order, &submission, approvals, ballot)?;
    Ok(Approved { order, submission, approvals })
}

/// The approvals that count, when they are enough.
fn count(order: &Order, submission: &Submission, approvals: &[Approval], ballot: &Ballot<'_>) -> Result<Vec<Approval>, ApprovalError> {
    check_clock(ballot.head, ballot.reached, ballot.now)?;
    if ballot.head.first() != Some(order.ledger()) {
        return Err(ApprovalError::Ledger);
    }
    if ballot.standing != OrderStanding::Waiting {
        return Err(ApprovalError::Over);
    }
    if order.agreement() != ballot.agreement {
        return Err(ApprovalError::Agreement(order.connection().clone()));
    }
    let policy = ballot.rails.hash();
    if order.policy() != policy {
        return Err(ApprovalError::Policy { order: order.policy(), now: policy });
    }
    let id = order.id();
    let proposer = submission.person(order, id, ballot).map_err(ApprovalError::NotSubmitted)?;
    let (mut persons, mut counted, mut not_counted) = (BTreeSet::new(), Vec::new(), Vec::new());
    for approval in approvals {
        match approval.person(id, &proposer, ballot) {
            Err(why) => not_counted.push(why),
            Ok(person) if persons.insert(folded(&person)) => counted.push(approval.clone()),
            Ok(person) => not_counted.push(NotCounted::Twice(person)),
        }
    }
    let count = u32::try_from(counted.len()).expect("approvers are few");
    if count < ballot.rails.approvals_needed.get() {
        return Err(ApprovalError::TooFew { counted: count, needed: ballot.rails.approvals_needed, not_counted });
    }
    Ok(counted)
}

impl Approved {
    /// Whether its approvals still count.
    pub(crate) fn count(&self, ballot: &Ballot<'_>) -> Result<(), ApprovalError> {
        count(&self.order, &self.submission, &self.approvals, ballot).map(drop)
    }

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
