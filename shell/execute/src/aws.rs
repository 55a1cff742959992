//! What the executor asks of AWS: a port, so that the same executor runs on the real one, on the sandbox, and on one that fails as it is told.

use crate::held::Held;
use crate::quota::Quota;
use async_trait::async_trait;
use jiff::SignedDuration;
use tenor_bill::AccountId;
use tenor_ledger::{Moment, OrderId, Text};
use tenor_money::Money;
use tenor_order::{Cleared, Key, Price, Service, Step};
use tenor_permit::RegionName;

/// Where commitments of one kind are held: what one step can change, and what is looked at before and after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Whose.
    pub account: AccountId,
    /// Of which service.
    pub service: Service,
    /// In which Region; none for Savings Plans, which are listed all together.
    pub region: Option<RegionName>,
}

/// Why something could not be read. It is never taken for nothing there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(pub Text);

/// Why something has no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// AWS answered that it sells no such offering, or does not any more.
    #[error("{0}")]
    NotSold(Text),
}

impl From<NoPrice> for Unread {
    /// For whoever has no use for the difference.
    fn from(none: NoPrice) -> Self {
        match none {
            NoPrice::Unread(unread) => unread,
            NoPrice::NotSold(why) => Self(why),
        }
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// AWS's name for the request, where an answer had one.
    pub request_id: Option<Text>,
    /// What it came to.
    pub outcome: Outcome,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// AWS did it: the id of what it made or changed, and what it takes for it at once, where it says so.
    Done {
        /// AWS's id.
        result: Text,
        /// Paid at once.
        paid: Option<Money>,
    },
    /// AWS will not, and has not.
    Refused {
        /// AWS's code.
        code: Text,
        /// AWS's words.
        reason: Text,
    },
    /// AWS says that what carries this key, or gives this object, was done before.
    Already {
        /// AWS's code.
        code: Text,
    },
    /// It certainly never left, or AWS was too busy to look at it.
    NotSent(Text),
    /// Nobody knows.
    Lost(Text),
}

/// A call that CloudTrail recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub at: Moment,
    /// AWS's name for the request.
    pub request_id: Option<Text>,
    /// AWS's error code; none of a call that was done.
    pub error: Option<Text>,
    /// The id of what it made, where the record has it.
    pub made: Option<Text>,
}

/// What CloudTrail says of a step's calls since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trail {
    /// What it has.
    Calls {
        /// All calls of the step's operation in its account and Region that have the step's object and quantity, by Tenor's own role.
        calls: Vec<Recorded>,
        /// The moment of the newest look at what is held that it shows of the same service, account and Region, whoever's: so far it has come.
        reaches: Option<Moment>,
    },
    /// The role does not grant the look-up, or the owner does not want it.
    NotGranted,
    /// It could not be read.
    Unread(Text),
}

/// What the executor asks of AWS. Nothing in it repeats a call that could be done twice.
#[async_trait]
pub trait Aws: Send + Sync {
    /// All that is or was held in a place, in every state.
    ///
    /// # Errors
    /// When it could not be read completely.
    async fn held(&self, place: &Place) -> Result<Vec<Held>, Unread>;

    /// What a committing step's offering is, and costs now for all of the step; of an exchange, what the quote says.
    ///
    /// # Errors
    /// When it could not be read, or AWS says that there is no such offering.
    async fn price(&self, step: &Step) -> Result<Price, NoPrice>;

    /// Asks AWS whether it would do it, where it can be asked.
    ///
    /// # Errors
    /// When AWS says that it would not.
    async fn rehearse(&self, step: &Step) -> Result<(), Unread>;

    /// Sends the call, once.
    async fn send(&self, cleared: Cleared, key: Option<&Key>) -> Sent;

    /// The id of what a call with this key made, where AWS can be asked for it by the key.
    ///
    /// # Errors
    /// When it could not be read.
    async fn by_key(&self, step: &Step, key: &Key) -> Result<Option<Text>, Unread>;

    /// What CloudTrail recorded of the step's calls since a moment.
    async fn trail(&self, step: &Step, since: Moment) -> Trail;

    /// By how much this machine's clock was ahead of AWS's when it answered last for an account; negative when it was behind, none while it has not said.
    fn ahead(&self, account: &AccountId) -> Option<SignedDuration>;

    /// The quota that limits a step's purchase, where it buys; none where Service Quotas has none, or the role may not look at it.
    ///
    /// # Errors
    /// When it could not be read.
    async fn quota(&self, step: &Step) -> Result<Option<Quota>, Unread>;

    /// Asks for that quota to become so much: AWS keeps one open request of it, and answers [`Outcome::Already`] to a second.
    async fn raise_quota(&self, step: &Step, desired: u32) -> Sent;

    /// Makes the role by which Service Quotas passes a request on, which an account that never used it lacks; [`Outcome::Already`] where it is there.
    async fn make_quota_role(&self, step: &Step) -> Sent;

    /// Tags what a step of an order bought.
    async fn tag(&self, order: OrderId, step: &Step, ids: &[Text]) -> Sent;
}

impl Place {
    /// Where a step changes what is held.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        let region = step.region.clone().filter(|_| step.service != Service::SavingsPlans);
        Self { account: step.account.clone(), service: step.service, region }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{} of {} in {region}", self.service, self.account),
            None => write!(f, "{} of {}", self.service, self.account),
        }
    }
}
