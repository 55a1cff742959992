//! What the sandbox remembers: everything that a call or the clock can change, and nothing that can be computed.

use super::ec2::{Ec2Books, Life};
use super::faults::PlannedFault;
use super::iam::{Role, Session};
use super::moment::Moment;
use super::offers::ReservedOffer;
use super::papers::Paper;
use super::preferences::Chosen;
use crate::commitment::PlanType;
use crate::price::{OfferingClass, Payment, Term};
use crate::sku::Sku;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_money::{Money, UnitPrice};

/// What a sandbox is made with; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// What all chance comes from: accounts, keys, demand, ids.
    pub seed: u64,
    /// Accounts of the organization, the payer included; at least 1.
    pub accounts: u32,
    /// What the administrators' keys come from besides, known to nobody else.
    pub secret: u64,
    /// The month in which usage begins, `2025-01`.
    #[serde(with = "text")]
    pub start: BillingPeriod,
    /// About how many rows a month's bill has.
    pub rows_per_month: u64,
}

/// The books of a sandbox, as its file holds them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Books {
    pub(crate) setup: Setup,
    /// The digest of the file with what the organization uses, if that was taken from bills.
    pub(crate) taken: Option<String>,
    /// The sandbox's time.
    pub(crate) now: Moment,
    /// Counts everything that gets an id.
    pub(crate) serial: u64,
    pub(crate) plans: Vec<HeldPlan>,
    pub(crate) reserved: Vec<HeldReservation>,
    /// Roles of all accounts.
    pub(crate) roles: Vec<Role>,
    /// Sessions of roles, also those that ended not long ago.
    pub(crate) sessions: Vec<Session>,
    /// Reports and exports that were asked for.
    pub(crate) papers: Vec<Paper>,
    pub(crate) ec2: Ec2Books,
    /// Requests that carried a client token, and what came of them, the oldest first.
    pub(crate) tokens: Vec<Token>,
    /// Recommendations that were made anew on request.
    pub(crate) generations: Vec<super::explorer::Generation>,
    /// Purchases that were analysed.
    pub(crate) analyses: Vec<super::explorer::Analysis>,
    /// What CloudTrail keeps, the oldest first.
    pub(crate) events: Vec<Event>,
    /// Faults that are to come.
    pub(crate) faults: Vec<PlannedFault>,
    /// How many payments are to fail.
    pub(crate) failing_payments: u32,
    /// How commitments are shared, in the order of time; openly before the first.
    pub(crate) sharing: Vec<Chosen>,
    /// Requests for higher quotas, the oldest first.
    #[serde(default)]
    pub(crate) quota_requests: Vec<super::quotas::Asked>,
    /// Accounts that have the service-linked role of Service Quotas.
    #[serde(default)]
    pub(crate) quota_roles: BTreeSet<u32>,
}

impl Books {
    /// Those of an organization that holds nothing yet, at the first second of its first month.
    pub(crate) fn new(setup: Setup) -> Self {
        let now = Moment::of(setup.start.start());
        Self {
            setup,
            taken: None,
            now,
            serial: 0,
            plans: Vec::new(),
            reserved: Vec::new(),
            roles: Vec::new(),
            sessions: Vec::new(),
            papers: Vec::new(),
            ec2: Ec2Books::default(),
            tokens: Vec::new(),
            generations: Vec::new(),
            analyses: Vec::new(),
            events: Vec::new(),
            faults: Vec::new(),
            failing_payments: 0,
            sharing: Vec::new(),
            quota_requests: Vec::new(),
            quota_roles: BTreeSet::new(),
        }
    }

    /// What bills are made of, and reports and exports say of them.
    pub(super) fn bills_part(&self) -> Self {
        Self {
            taken: self.taken.clone(),
            now: self.now,
            serial: self.serial,
            plans: self.plans.clone(),
            reserved: self.reserved.clone(),
            papers: self.papers.clone(),
            sharing: self.sharing.clone(),
            ..Self::new(self.setup.clone())
        }
    }
}

/// Where a plan or reservation is in its life. Each service has its own words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// To start at a later time.
    Queued,
    /// Deleted before it started.
    QueuedDeleted,
    /// Bought; the payment is on its way.
    PaymentPending,
    /// The payment failed; it never started.
    PaymentFailed,
    Active,
    /// Over, or replaced by what it was modified into, exchanged for or sold as.
    Retired,
    /// The return is on its way.
    PendingReturn,
    Returned,
}

/// A Savings Plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldPlan {
    pub(crate) id: String,
    /// Index of the account that bought it.
    pub(crate) account: u32,
    pub(crate) offering: String,
    pub(crate) kind: PlanType,
    pub(crate) term: Term,
    pub(crate) payment: Payment,
    /// For each hour.
    #[serde(with = "text")]
    pub(crate) commitment: Money,
    #[serde(with = "text")]
    pub(crate) upfront: Money,
    /// Paid each hour.
    #[serde(with = "text")]
    pub(crate) recurring: Money,
    pub(crate) bought: Moment,
    pub(crate) start: Moment,
    pub(crate) standing: Standing,
    /// When it was returned.
    pub(crate) returned: Option<Moment>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl HeldPlan {
    /// The first second after its term.
    pub(crate) fn end(&self) -> Moment {
        self.start.later(self.term.seconds())
    }

    /// A Compute Savings Plan of account 0 for a year at so many dollars an hour, just bought.
    #[cfg(test)]
    pub(crate) fn compute(id: &str, dollars: i64, now: Moment) -> Self {
        let hourly = Money::from_whole(dollars);
        Self {
            id: id.to_owned(),
            account: 0,
            offering: String::new(),
            kind: PlanType::Compute,
            term: Term::OneYear,
            payment: Payment::Nothing,
            commitment: hourly,
            upfront: Money::ZERO,
            recurring: hourly,
            bought: now,
            start: now,
            standing: Standing::PaymentPending,
            returned: None,
            tags: BTreeMap::new(),
        }
    }
}

/// Reserved instances or nodes of any service: `count` alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldReservation {
    /// AWS's id, or the name that the buyer chose.
    pub(crate) id: String,
    /// AWS's own id where `id` is the buyer's choice; else empty.
    pub(crate) aws_id: String,
    /// `AmazonEC2`.
    pub(crate) product_code: String,
    /// Index of the account that bought it.
    pub(crate) account: u32,
    /// Index of the Region.
    pub(crate) region: u32,
    pub(crate) offering: String,
    /// `USW2-BoxUsage:m5.large` and `RunInstances` are the SKU it is for.
    pub(crate) usage_type: String,
    pub(crate) operation: String,
    pub(crate) class: OfferingClass,
    pub(crate) payment: Payment,
    /// The term it was sold with; what is left of it begins at `start`.
    pub(crate) term: Term,
    pub(crate) count: u32,
    /// For a zonal one, the zone across all Regions.
    pub(crate) zone: Option<u32>,
    /// Paid at the start, for each.
    #[serde(with = "text")]
    pub(crate) upfront: Money,
    /// For each and hour.
    #[serde(with = "text")]
    pub(crate) hourly: UnitPrice,
    pub(crate) bought: Moment,
    pub(crate) start: Moment,
    /// The first second after it.
    pub(crate) end: Moment,
    pub(crate) standing: Standing,
    pub(crate) tags: BTreeMap<String, String>,
    /// Where it comes from and what ended it; the default for what was bought and runs its term.
    pub(crate) life: Life,
}

/// What a buyer orders of an offering.
pub(crate) struct Purchase<'a> {
    pub(crate) id: String,
    /// Index of the account that buys.
    pub(crate) account: u32,
    pub(crate) offer: &'a ReservedOffer,
    pub(crate) sku: &'a Sku,
    pub(crate) count: u32,
    /// When it is asked for, and from when on it is to count.
    pub(crate) now: Moment,
    pub(crate) start: Moment,
}

impl HeldReservation {
    /// What comes of an order: a whole term at the offering's price, with its payment to come.
    pub(crate) fn ordered(order: Purchase<'_>) -> Self {
        let Purchase { id, account, offer, sku, count, now, start } = order;
        Self {
            id,
            aws_id: String::new(),
            product_code: sku.product_code.to_owned(),
            account,
            region: sku.region,
            offering: offer.id.clone(),
            usage_type: sku.usage_type.clone(),
            operation: sku.operation.to_owned(),
            class: offer.class,
            payment: offer.payment,
            term: offer.term,
            count,
            zone: offer.zone,
            upfront: offer.price.upfront,
            hourly: offer.price.hourly,
            bought: now,
            start,
            end: start.later(offer.term.seconds()),
            standing: if start > now { Standing::Queued } else { Standing::PaymentPending },
            tags: BTreeMap::new(),
            life: Life::default(),
        }
    }
}

/// A request with a client token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) account: u32,
    /// `savingsplans:CreateSavingsPlan`.
    pub(crate) operation: String,
    pub(crate) token: String,
    /// Tells the request's other members.
    pub(crate) question: u64,
    /// The id that came of it.
    pub(crate) made: String,
}

/// A call that CloudTrail keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: Moment,
    pub(crate) account: u32,
    pub(crate) region: String,
    /// `savingsplans`.
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) caller: String,
    pub(crate) access_key: String,
    pub(crate) request_id: String,
    /// Whether the operation only reads.
    pub(crate) reads: bool,
    /// The request's members as JSON.
    pub(crate) request: String,
    /// The answer's members as JSON; empty for a refusal or when there are none.
    pub(crate) answer: String,
    /// Whom the session says it acts for; else empty.
    pub(crate) source_identity: String,
    /// AWS's code if it was refused; else empty.
    pub(crate) error: String,
    /// What it said of that.
    pub(crate) message: String,
}

/// Amounts and months as the text that they print.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
