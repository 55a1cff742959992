//! EC2 Reserved Instances: bought, modified, exchanged, put on sale, taken back.
//!
//! A purchase and an exchange have no token: they are sent once, and what became of them has to be looked up.

use super::keys::{OwnTags, Token};
use crate::answer::input::{moment, number};
use crate::answer::{AnswerError, Input, record};
use crate::client::Client;
use crate::reads::ec2::{Listing, Scope, exchange};
use jiff::Timestamp;
use tenor_money::Money;
use tenor_wire::Value;

/// Reserved Instances to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Which offering.
    pub offering: String,
    /// How many.
    pub count: u32,
    /// The most that all may cost upfront, of what somebody else sells.
    pub limit: Option<Money>,
    /// When they start; now, where nothing is said.
    pub start: Option<Timestamp>,
}

/// Reserved Instances to be modified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modify {
    /// Which.
    pub reservations: Vec<String>,
    /// What they become.
    pub targets: Vec<Target>,
    /// By what AWS knows this request again.
    pub token: Token,
}

/// What some of modified Reserved Instances become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// How many.
    pub count: u32,
    /// Of which type; of their own, where nothing is said.
    pub instance_type: Option<String>,
    /// Where they apply.
    pub place: Place,
}

/// Where Reserved Instances apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In their region.
    Region,
    /// In a zone of it.
    Zone(String),
}

/// An exchange of convertible Reserved Instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Which are given.
    pub given: Vec<String>,
    /// The offering of what is got; AWS sets how many.
    pub offering: String,
}

/// Reserved Instances to be put on sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Which.
    pub reservation: String,
    /// How many of them.
    pub count: u32,
    /// What one costs, from so many months left downwards.
    pub prices: Vec<Asked>,
    /// By what AWS knows this request again.
    pub token: Token,
}

/// What one costs while its term has at most so many months left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Months left.
    pub months: u32,
    /// What one costs, in dollars.
    pub price: Money,
}

/// A listing to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelListing {
    /// Its id.
    pub listing: String,
}

/// Reserved Instances to be taken back before they start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteQueued {
    /// Which: 1 to 100.
    pub reservations: Vec<String>,
}

/// Tags for Reserved Instances that were bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Which.
    pub reservations: Vec<String>,
    /// By which keys and values.
    pub tags: OwnTags,
}

record! {
    /// Which were taken back and which not.
    pub Deleted {
        /// These were.
        done: Vec<DeletedOne> = "SuccessfulQueuedPurchaseDeletions",
        /// These were not.
        failed: Vec<NotDeleted> = "FailedQueuedPurchaseDeletions",
    }
}

record! {
    /// What was taken back.
    pub DeletedOne {
        /// Its id.
        id: String = "ReservedInstancesId",
    }
}

record! {
    /// What was not taken back.
    pub NotDeleted {
        /// Its id.
        id: String = "ReservedInstancesId",
        /// AWS's code for why.
        code: String = "Error.Code",
        /// AWS's words for why.
        message: Option<String> = "Error.Message",
    }
}

impl Purchase {
    /// Buys them, and gives their id. It is sent once: after [`Fate::Unknown`](crate::client::Fate) look before anything else.
    ///
    /// # Errors
    /// [`AnswerError`]; [`AnswerError::fate`] says whether they may have been bought.
    pub async fn send(&self, client: &Client) -> Result<String, AnswerError> {
        client.one("ec2", "PurchaseReservedInstancesOffering", self.input(), "ReservedInstancesId").await
    }

    /// Asks whether they might be bought. AWS looks at permissions alone, and neither at price nor at quota.
    ///
    /// # Errors
    /// [`AnswerError`], when not.
    pub async fn rehearse(&self, client: &Client) -> Result<(), AnswerError> {
        dry(client, "PurchaseReservedInstancesOffering", self.input()).await
    }

    fn input(&self) -> Input {
        let limit = self.limit.map(|limit| Input::new().with("Amount", number(limit)).with("CurrencyCode", "USD"));
        Input::new()
            .with("ReservedInstancesOfferingId", self.offering.as_str())
            .with("InstanceCount", i64::from(self.count))
            .maybe("LimitPrice", limit)
            .maybe("PurchaseTime", self.start.map(moment))
    }
}

impl Target {
    fn input(&self) -> Input {
        let input = Input::new().with("InstanceCount", i64::from(self.count)).maybe("InstanceType", self.instance_type.as_deref());
        match &self.place {
            Place::Region => input.with("Scope", Scope::Region),
            Place::Zone(zone) => input.with("Scope", Scope::Zone).with("AvailabilityZone", zone.as_str()),
        }
    }
}

impl Modify {
    /// Asks for it, and gives the modification's id.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<String, AnswerError> {
        let targets: Vec<Input> = self.targets.iter().map(Target::input).collect();
        let input = Input::new()
            .with("ReservedInstancesIds", self.reservations.clone())
            .with("TargetConfigurations", targets)
            .with("ClientToken", &self.token);
        client.one("ec2", "ModifyReservedInstances", input, "ReservedInstancesModificationId").await
    }
}

impl Exchange {
    /// Makes it, and gives its id. It is sent once: after [`Fate::Unknown`](crate::client::Fate) look before anything else.
    ///
    /// # Errors
    /// [`AnswerError`]; [`AnswerError::fate`] says whether it may have been made.
    pub async fn send(&self, client: &Client) -> Result<String, AnswerError> {
        client.one("ec2", "AcceptReservedInstancesExchangeQuote", exchange(&self.given, &self.offering), "ExchangeId").await
    }

    /// Asks whether it might be made. AWS looks at permissions alone.
    ///
    /// # Errors
    /// [`AnswerError`], when not.
    pub async fn rehearse(&self, client: &Client) -> Result<(), AnswerError> {
        dry(client, "AcceptReservedInstancesExchangeQuote", exchange(&self.given, &self.offering)).await
    }
}

impl List {
    /// Puts them on sale, and gives the listing.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<Vec<Listing>, AnswerError> {
        let price = |asked: &Asked| {
            Input::new().with("Term", i64::from(asked.months)).with("Price", number(asked.price)).with("CurrencyCode", "USD")
        };
        let input = Input::new()
            .with("ReservedInstancesId", self.reservation.as_str())
            .with("InstanceCount", i64::from(self.count))
            .with("PriceSchedules", self.prices.iter().map(price).collect::<Vec<_>>())
            .with("ClientToken", &self.token);
        client.all_at_once("ec2", "CreateReservedInstancesListing", input, "ReservedInstancesListings").await
    }
}

impl CancelListing {
    /// Takes it back, and gives it as it then is.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<Vec<Listing>, AnswerError> {
        let input = Input::new().with("ReservedInstancesListingId", self.listing.as_str());
        client.all_at_once("ec2", "CancelReservedInstancesListing", input, "ReservedInstancesListings").await
    }
}

impl DeleteQueued {
    /// Takes them back, and says of each whether it was done.
    ///
    /// # Errors
    /// [`AnswerError`]; also when AWS says nothing of any.
    pub async fn send(&self, client: &Client) -> Result<Deleted, AnswerError> {
        let deleted: Deleted = client.one("ec2", "DeleteQueuedReservedInstances", self.input(), "").await?;
        if deleted.done.is_empty() && deleted.failed.is_empty() {
            let operation = "ec2:DeleteQueuedReservedInstances".to_owned();
            return Err(AnswerError::Missing { operation, field: "SuccessfulQueuedPurchaseDeletions".to_owned() });
        }
        Ok(deleted)
    }

    /// Asks whether they might be taken back. AWS looks at permissions alone.
    ///
    /// # Errors
    /// [`AnswerError`], when not.
    pub async fn rehearse(&self, client: &Client) -> Result<(), AnswerError> {
        dry(client, "DeleteQueuedReservedInstances", self.input()).await
    }

    fn input(&self) -> Input {
        Input::new().with("ReservedInstancesIds", Value::from(self.reservations.clone()))
    }
}

impl Tag {
    /// Sets them. What has other tags keeps them.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<(), AnswerError> {
        client.done("ec2", "CreateTags", self.tags.add(Input::new().with("Resources", self.reservations.clone()))).await
    }
}

/// What AWS answers to a rehearsal of what it would do. Source: EC2's API, `DryRun`.
const WOULD_BE_DONE: &str = "DryRunOperation";

/// Asks whether an operation might be done.
async fn dry(client: &Client, operation: &'static str, input: Input) -> Result<(), AnswerError> {
    match client.done("ec2", operation, input.with("DryRun", true)).await {
        Err(error) if error.code() == Some(WOULD_BE_DONE) => Ok(()),
        Err(error) => Err(error),
        // Whatever that was, it was no rehearsal.
        Ok(()) => Err(AnswerError::Missing { operation: format!("ec2:{operation}"), field: WOULD_BE_DONE.to_owned() }),
    }
}
