//! What each source says, as it was read.

use crate::book::Book;
use crate::order::{Order, Step};
use crate::service::Service;
use crate::state::StepState;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::{AccountId, BillingPeriod, FeeKind};
use tenor_ledger::OrderId;
use tenor_money::Money;

/// All that is compared.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The steps of all orders.
    pub ordered: &'a [Ordered],
    /// What AWS lists, place by place; none when AWS was not asked.
    pub lists: Option<&'a [List]>,
    /// What CloudTrail recorded, place by place.
    pub trails: &'a [Trail],
    /// What was billed.
    pub bills: &'a Bills,
    /// Ids of what was held before the first order, as that order's own inventory says.
    pub held_before: &'a BTreeSet<String>,
    /// From when on a purchase has to have an order: the first one's making, or a later moment that was asked for. None before the first order.
    pub since: Option<Timestamp>,
    /// Only bills of these periods are compared; the others' fees are in no row.
    pub periods: (Option<BillingPeriod>, Option<BillingPeriod>),
    /// Now.
    pub now: Timestamp,
}

/// A step, as the ledger tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// Its order.
    pub order: OrderId,
    /// The step.
    pub step: Step,
    /// What became of it.
    pub state: StepState,
    /// AWS's ids of what it made or changed.
    pub made: Vec<String>,
    /// When its call was last about to leave.
    pub intended: Option<Timestamp>,
    /// What AWS said right before that it costs; its ceilings stand in where that is not kept.
    pub quote: Option<Quote>,
}

/// What something costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quote {
    /// By the hour.
    pub hourly: Money,
    /// At once.
    pub upfront: Money,
}

/// What AWS lists in a place, in every state; or why that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Whose.
    pub account: AccountId,
    /// Of which service.
    pub service: Service,
    /// Where; none for Savings Plans.
    pub region: Option<String>,
    /// What is listed.
    pub held: Result<Vec<Listed>, String>,
}

/// Something that AWS lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its name in bills, where AWS says it.
    pub arn: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// When it begins or began.
    pub start: Option<Timestamp>,
    /// When it ends or ended; AWS tells none of what was returned.
    pub end: Option<Timestamp>,
    /// How long its term is, in seconds.
    pub seconds: i64,
    /// How many; none of a plan.
    pub count: Option<u32>,
    /// What all of it costs by the hour, where AWS says so.
    pub hourly: Option<Money>,
    /// What all of it cost at once.
    pub upfront: Money,
}

/// How something listed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It begins later.
    Queued,
    /// Its first payment is on the way.
    Pending,
    /// It runs.
    Running,
    /// It ran, and does no more.
    Ended,
    /// It was taken back before it began, or its first payment failed.
    NeverRan,
    /// A state that is not known, in AWS's word.
    Unknown(String),
}

/// Purchases that CloudTrail recorded in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Whose.
    pub account: AccountId,
    /// Of which service.
    pub service: Service,
    /// Where it was looked.
    pub region: String,
    /// What was bought, as far as it could be read.
    pub calls: Vec<Bought>,
    /// Why there may be more.
    pub gap: Option<TrailGap>,
}

/// Why CloudTrail's records are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailGap {
    /// The role does not grant it: it was not asked for.
    NotGranted,
    /// It could not be read.
    Unread(String),
}

/// A purchase that CloudTrail recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The id of what was made.
    pub id: String,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// What the bills say of commitments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bills {
    /// The periods that are in, of each payer.
    pub periods: BTreeMap<(String, BillingPeriod), PeriodState>,
    /// Each commitment that they name, once.
    pub commitments: Vec<Billed>,
}

/// How complete a period's bill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeriodState {
    /// More may come.
    Open,
    /// It reaches to the period's end, or has its invoice.
    Final,
}

/// A commitment as bills name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// Its name there, mostly an ARN.
    pub arn: String,
    /// The same in parts, as far as it tells.
    pub name: Name,
    /// When its term begins.
    pub start: Option<Timestamp>,
    /// How many.
    pub count: Option<u32>,
    /// What was charged for it.
    pub fees: Vec<Fee>,
}

/// What was charged in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// On whose bill.
    pub payer: String,
    /// Of which period.
    pub period: BillingPeriod,
    /// What for.
    pub kind: FeeKind,
    /// How much, before private discounts.
    pub amount: Money,
}

/// By what something is known: what is not told fits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Whose.
    pub account: Option<AccountId>,
    /// Of which service.
    pub service: Option<Service>,
    /// Where; none for Savings Plans, which are listed nowhere in particular.
    pub region: Option<String>,
    /// AWS's id.
    pub id: String,
}

impl Name {
    /// Whether two sources mean the same thing.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        fn fit<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        let is_plan = [self, other].iter().any(|name| name.service == Some(Service::SavingsPlans));
        self.id == other.id
            && fit(self.account.as_ref(), other.account.as_ref())
            && fit(self.service.as_ref(), other.service.as_ref())
            && (is_plan || fit(self.region.as_ref(), other.region.as_ref()))
    }
}

impl Ordered {
    /// All steps of all orders, in the order of their orders' ids. `contents` has every order; `quotes` what AWS said right before a call.
    #[must_use]
    pub fn all(book: &Book, contents: &BTreeMap<OrderId, Order>, quotes: &BTreeMap<(OrderId, u32), Quote>) -> Vec<Self> {
        let mut all = Vec::new();
        for (id, record) in book.orders() {
            for (number, course) in (1_u32..).zip(&record.steps) {
                let Some(step) = contents.get(&id).and_then(|order| order.step(number)) else { continue };
                all.push(Self {
                    order: id,
                    step: step.clone(),
                    state: course.state(),
                    made: course.result().into_iter().flat_map(|result| result.as_str().split(' ')).map(str::to_owned).collect(),
                    intended: course.intents().last().map(|intent| intent.at.0),
                    quote: quotes.get(&(id, number)).copied(),
                });
            }
        }
        all
    }

    /// What it was to cost: as AWS said last, or at its ceilings.
    #[must_use]
    pub fn price(&self) -> Quote {
        self.quote.unwrap_or(Quote { hourly: self.step.ceiling_hourly, upfront: self.step.ceiling_upfront })
    }

    /// What a step was done to, or did away with.
    pub(super) fn changes(&self, id: &str) -> bool {
        let given = self.step.details.iter().flat_map(crate::Details::given);
        self.step.object.as_str() == id || given.into_iter().any(|given| given.as_str() == id)
    }

    pub(super) fn name(&self, id: &str) -> Name {
        let step = &self.step;
        let region = step.region.as_ref().map(ToString::to_string).filter(|_| step.service != Service::SavingsPlans);
        Name { account: Some(step.account.clone()), service: Some(step.service), region, id: id.to_owned() }
    }

    /// Whether nobody knows what became of it: its money may be spent.
    pub(super) const fn is_unresolved(&self) -> bool {
        use StepState as S;
        matches!(self.state, S::Intended | S::Sent | S::Unknown | S::CheckedAgain | S::SentAgain | S::Held)
    }
}

impl Listed {
    /// Whether it ended before its term did. The end that services tell of a whole term may be its last second.
    #[must_use]
    pub fn ended_early(&self) -> bool {
        let whole = self.start.map(|start| start.as_second() + self.seconds);
        let is_early = match (self.end, whole) {
            (Some(end), Some(whole)) => end.as_second() < whole - 1,
            // AWS tells no end of what was returned.
            (None, _) => true,
            (Some(_), None) => false,
        };
        self.standing == Standing::Ended && is_early
    }
}
