//! An order: steps that leave nothing open, named by the hash of their one encoding.

use crate::details::Details;
use crate::service::Service;
use serde::{Deserialize, Serialize};
use std::fmt;
use tenor_bill::AccountId;
use tenor_ledger::{ContentHash, EntryHash, Moment, OrderId, ProposalId, PublicKey, Text, serial};
use tenor_money::Money;
use tenor_permit::{Operation, RegionName};
use tenor_propose::proposal::{Kind, Term, Upfront};

/// An order has no more steps.
pub const STEPS_MAX: usize = 200;
/// No amount of a step is higher, so that sums of them always fit.
pub const AMOUNT_MAX: Money = Money::from_whole(1_000_000_000);
/// The format of the encoding.
const FORMAT: u32 = 1;

/// What a step does: one call to AWS, or one thing that a person does by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Buy now.
    Buy,
    /// Buy on a day that AWS keeps.
    Queue,
    /// Take back what was queued.
    CancelQueued,
    /// Return a plan within its window.
    Return,
    /// Change zone, scope or size of a reservation.
    Modify,
    /// Exchange a convertible reservation or a Redshift node; the true-up has a ceiling.
    Exchange,
    /// Offer a reservation on the marketplace.
    List,
    /// Take the offer back.
    CancelListing,
    /// Ask AWS for a higher quota.
    RaiseQuota,
    /// What AWS offers in its console alone: instructions for a person.
    Instruct,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, from 1.
    pub number: u32,
    /// What it does.
    pub action: Action,
    /// In which service.
    pub service: Service,
    /// The account that does it.
    #[serde(with = "serial")]
    pub account: AccountId,
    /// Where; nowhere in particular for a plan that holds everywhere.
    #[serde(with = "serial::optional")]
    pub region: Option<RegionName>,
    /// What is bought; none where nothing is.
    pub kind: Option<Kind>,
    /// For how long.
    pub term: Option<Term>,
    /// Paid how.
    pub payment: Option<Upfront>,
    /// What for, in words that AWS's own say again: `m5.large, Linux/UNIX, default`; a plan's family.
    pub goods: Text,
    /// AWS's id of the offering that is bought, or of what is changed.
    pub object: Text,
    /// How many, or the commitment by the hour, exactly as AWS will be told.
    pub quantity: Text,
    /// When it begins; now, where nothing is said.
    pub starts: Option<Moment>,
    /// After this it can or may not be done any more.
    pub deadline: Option<Moment>,
    /// The highest price by the hour at which it may be done.
    #[serde(with = "serial")]
    pub ceiling_hourly: Money,
    /// The most that may be paid at once, true-up included.
    #[serde(with = "serial")]
    pub ceiling_upfront: Money,
    /// All that is owed from its beginning to its end, at those ceilings.
    #[serde(with = "serial")]
    pub obligation: Money,
    /// What its kind of action says besides.
    pub details: Option<Details>,
}

/// A proposal that somebody wants done. It never changes, and waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    order: u32,
    made: Moment,
    proposal: ProposalId,
    proposer: PublicKey,
    ledger: EntryHash,
    connection: Text,
    agreement: ContentHash,
    policy: ContentHash,
    inventory: ContentHash,
    currency: Text,
    steps: Vec<Step>,
}

/// What is read, before anything is believed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    order: u32,
    made: Moment,
    proposal: ProposalId,
    proposer: PublicKey,
    ledger: EntryHash,
    connection: Text,
    agreement: ContentHash,
    policy: ContentHash,
    inventory: ContentHash,
    currency: Text,
    steps: Vec<Step>,
}

/// For what an order is made: it can be carried out there, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// When it is made. Two orders of one proposal are two orders.
    pub made: Moment,
    /// The ledger that it is recorded in, by the hash of its first entry.
    pub ledger: EntryHash,
    /// The connection.
    pub connection: Text,
    /// What was agreed on with the connection's owner.
    pub agreement: ContentHash,
    /// The policy and guard rails.
    pub policy: ContentHash,
    /// What was held when it was made.
    pub inventory: ContentHash,
    /// The currency of all its amounts: `USD`.
    pub currency: Text,
}

/// Why steps make no order, or a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Another document, another format, or the same in other bytes.
    #[error("this is not an order: {0}")]
    NotOne(String),
    /// Nothing to do, or too much at once.
    #[error("an order has 1 to {STEPS_MAX} steps, and this one {0}")]
    Steps(usize),
    /// Steps are numbered from 1 without a hole.
    #[error("step {found} stands where step {expected} should")]
    Number {
        /// The number that belongs there.
        expected: usize,
        /// The number that it has.
        found: u32,
    },
    /// Less than nothing.
    #[error("step {step} has a negative amount: {amount}")]
    Negative {
        /// Which.
        step: u32,
        /// Its amount.
        amount: Money,
    },
    /// More than anybody pays.
    #[error("step {step} has an amount above {AMOUNT_MAX}: {amount}")]
    TooMuch {
        /// Which.
        step: u32,
        /// Its amount.
        amount: Money,
    },
    /// The obligation is what the ceilings come to, and not what somebody says.
    #[error("step {step} obliges to {expected} at its ceilings, and says {said}")]
    Obligation {
        /// Which.
        step: u32,
        /// What the ceilings come to until the term's end.
        expected: Money,
        /// What it says.
        said: Money,
    },
    /// A plan's commitment is an amount by the hour, a number of reservations is whole.
    #[error("step {step} is of `{quantity}`, which is not {what}")]
    Quantity {
        /// Which.
        step: u32,
        /// What it says.
        quantity: Text,
        /// What it has to be.
        what: &'static str,
    },
    /// AWS has no operation for it, so that a person has to do it.
    #[error("step {step} would {action} in {service}, for which AWS has no operation")]
    NoOperation {
        /// Which.
        step: u32,
        /// What.
        action: Action,
        /// Where.
        service: Service,
    },
    /// A plan is no reservation, and only EC2 has convertible ones.
    #[error("step {step} is of a {kind}, which {service} does not sell")]
    Kind {
        /// Which.
        step: u32,
        /// What.
        kind: &'static str,
        /// Where.
        service: Service,
    },
    /// What its kind of action has to say.
    #[error("step {step} says not {what}")]
    Details {
        /// Which.
        step: u32,
        /// What is wanted.
        what: &'static str,
    },
    /// What is bought now begins now.
    #[error("step {0} buys now, and says when it begins: queue it")]
    Starts(u32),
    /// What commits to pay has to say to what.
    #[error("step {step} commits to pay, and says not {what}")]
    Open {
        /// Which.
        step: u32,
        /// What is left open.
        what: &'static str,
    },
}

impl Action {
    /// Whether it commits to pay.
    #[must_use]
    pub const fn commits(self) -> bool {
        matches!(self, Self::Buy | Self::Queue | Self::Exchange)
    }

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Queue => "queue",
            Self::CancelQueued => "cancel-queued",
            Self::Return => "return",
            Self::Modify => "modify",
            Self::Exchange => "exchange",
            Self::List => "list",
            Self::CancelListing => "cancel-listing",
            Self::RaiseQuota => "raise-quota",
            Self::Instruct => "instruct",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Order {
    /// An order of these steps, made by whoever has this key, for this setting alone.
    ///
    /// # Errors
    /// When the steps are none, too many, misnumbered, negative, or leave open what is bought.
    pub fn new(proposal: ProposalId, proposer: PublicKey, setting: Setting, steps: Vec<Step>) -> Result<Self, OrderError> {
        if !(1..=STEPS_MAX).contains(&steps.len()) {
            return Err(OrderError::Steps(steps.len()));
        }
        for (expected, step) in (1..).zip(&steps) {
            if usize::try_from(step.number) != Ok(expected) {
                return Err(OrderError::Number { expected, found: step.number });
            }
            step.check()?;
        }
        let Setting { made, ledger, connection, agreement, policy, inventory, currency } = setting;
        Ok(Self { order: FORMAT, made, proposal, proposer, ledger, connection, agreement, policy, inventory, currency, steps })
    }

    /// Reads an encoding. Nothing is believed of it: whether it was approved, [`approve`](crate::approve) says.
    ///
    /// # Errors
    /// When it is not an order in its one form, or one that [`Order::new`] would not make.
    pub fn read(encoding: &str) -> Result<Self, OrderError> {
        let read: Document = serde_json::from_str(encoding).map_err(|error| OrderError::NotOne(error.to_string()))?;
        if read.order != FORMAT {
            return Err(OrderError::NotOne(format!("its format is {}, and this Tenor knows {FORMAT}", read.order)));
        }
        let Document { made, proposal, proposer, ledger, connection, agreement, policy, inventory, currency, steps, .. } = read;
        let setting = Setting { made, ledger, connection, agreement, policy, inventory, currency };
        let order = Self::new(proposal, proposer, setting, steps)?;
        let same = order.encode() == encoding;
        if same { Ok(order) } else { Err(OrderError::NotOne("it is not written in the one form that orders have".to_owned())) }
    }

    /// Its id: SHA-256 of its encoding, which is JSON in one line, members in the order of their fields.
    #[must_use]
    pub fn id(&self) -> OrderId {
        OrderId::from_bytes(*ContentHash::sha256(self.encode().as_bytes()).as_bytes())
    }

    /// The encoding that is hashed, and so signed.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("members are texts and numbers")
    }

    /// The proposal that it carries out.
    #[must_use]
    pub const fn proposal(&self) -> ProposalId {
        self.proposal
    }

    /// Who made it, and so may not approve it.
    #[must_use]
    pub const fn proposer(&self) -> PublicKey {
        self.proposer
    }

    /// The connection that it is for, and no other.
    #[must_use]
    pub const fn connection(&self) -> &Text {
        &self.connection
    }

    /// The ledger that it is recorded in, by the hash of its first entry.
    #[must_use]
    pub const fn ledger(&self) -> EntryHash {
        self.ledger
    }

    /// What was agreed on with the connection's owner when it was made.
    #[must_use]
    pub const fn agreement(&self) -> ContentHash {
        self.agreement
    }

    /// The policy that it was made under.
    #[must_use]
    pub const fn policy(&self) -> ContentHash {
        self.policy
    }

    /// When it was made.
    #[must_use]
    pub const fn made(&self) -> Moment {
        self.made
    }

    /// The hash of what was held when it was made.
    #[must_use]
    pub const fn inventory(&self) -> ContentHash {
        self.inventory
    }

    /// The currency of all its amounts.
    #[must_use]
    pub const fn currency(&self) -> &Text {
        &self.currency
    }

    /// One of its steps, by its number.
    #[must_use]
    pub fn step(&self, number: u32) -> Option<&Step> {
        self.steps.iter().find(|step| step.number == number)
    }

    /// What to do, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// All that is owed once every step is done.
    #[must_use]
    pub fn obligation(&self) -> Money {
        // Steps are few and amounts capped, so this fits.
        self.steps.iter().map(|step| step.obligation).sum()
    }
}

impl Step {
    /// The commitment by the hour, of a plan that is bought or queued.
    #[must_use]
    pub fn commitment(&self) -> Option<Money> {
        self.kind.filter(|kind| is_plan(*kind)).and_then(|_| self.quantity.as_str().parse().ok())
    }

    /// AWS's operation that carries it out; none of what a person does.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.service.operation(self.action)
    }

    /// Whether a person does it.
    #[must_use]
    pub const fn is_by_hand(&self) -> bool {
        matches!(self.action, Action::Instruct)
    }

    fn check(&self) -> Result<(), OrderError> {
        let step = self.number;
        if self.operation().is_none() && !self.is_by_hand() {
            return Err(OrderError::NoOperation { step, action: self.action, service: self.service });
        }
        if let Some(kind) = self.kind.filter(|kind| !self.service.sells(*kind)) {
            return Err(OrderError::Kind { step, kind: kind.as_str(), service: self.service });
        }
        if let Some(what) = Details::wrong(self.details.as_ref(), self.action) {
            return Err(OrderError::Details { step, what });
        }
        for amount in [self.ceiling_hourly, self.ceiling_upfront, self.obligation] {
            if amount < Money::ZERO {
                return Err(OrderError::Negative { step, amount });
            }
            if amount > AMOUNT_MAX {
                return Err(OrderError::TooMuch { step, amount });
            }
        }
        if !self.action.commits() {
            return if self.action == Action::List { self.check_count() } else { Ok(()) };
        }
        let open = |what| OrderError::Open { step, what };
        let kind = self.kind.ok_or(open("what kind"))?;
        let term = self.term.ok_or(open("for how long"))?;
        self.payment.ok_or(open("how it is paid"))?;
        if self.region.is_none() && !holds_everywhere(kind) {
            return Err(open("in which Region"));
        }
        match (self.action, self.starts) {
            (Action::Queue, None) => return Err(open("when it begins")),
            (Action::Buy, Some(_)) => return Err(OrderError::Starts(step)),
            _ => {}
        }
        self.check_quantity(kind)?;
        let expected = obligation(term, self.ceiling_hourly, self.ceiling_upfront);
        if self.obligation == expected { Ok(()) } else { Err(OrderError::Obligation { step, expected, said: self.obligation }) }
    }

    /// Whether AWS would take the quantity for what it is meant to be, in the one form that it has.
    fn check_quantity(&self, kind: Kind) -> Result<(), OrderError> {
        if !is_plan(kind) {
            return self.check_count();
        }
        let text = self.quantity.as_str();
        let amount = text.parse::<Money>().ok().filter(|amount| *amount > Money::ZERO && *amount <= AMOUNT_MAX);
        let is = amount.is_some_and(|amount| amount.to_string() == text);
        if is { Ok(()) } else { Err(self.no_quantity("a commitment by the hour")) }
    }

    fn check_count(&self) -> Result<(), OrderError> {
        if self.count().is_some() { Ok(()) } else { Err(self.no_quantity("a number of reservations")) }
    }

    /// How many reservations it is of; none of a plan.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        let text = self.quantity.as_str();
        let count = text.parse::<u32>().ok().filter(|count| *count > 0)?;
        (count.to_string() == text).then_some(count)
    }

    fn no_quantity(&self, what: &'static str) -> OrderError {
        OrderError::Quantity { step: self.number, quantity: self.quantity.clone(), what }
    }
}

/// Whether it is a plan, and not a reservation.
pub(crate) const fn is_plan(kind: Kind) -> bool {
    !matches!(kind, Kind::StandardReservation | Kind::ConvertibleReservation)
}

/// Whether it holds in every Region, and so is in none.
const fn holds_everywhere(kind: Kind) -> bool {
    matches!(kind, Kind::ComputePlan | Kind::SagemakerPlan | Kind::DatabasePlan)
}

/// All that is owed over a term for what costs so much by the hour and at once. Amounts up to [`AMOUNT_MAX`] always fit.
#[must_use]
pub fn obligation(term: Term, hourly: Money, upfront: Money) -> Money {
    upfront + Money::from_units(hourly.units() * term_hours(term))
}

/// The hours of a term: a year is 365 days. Source: `aws-rules` 0.
#[must_use]
pub const fn term_hours(term: Term) -> i128 {
    match term {
        Term::OneYear => 8_760,
        Term::ThreeYears => 3 * 8_760,
    }
}
