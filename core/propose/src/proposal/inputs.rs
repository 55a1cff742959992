//! All that a proposal is computed from: usage, prices, what is held, and the owner's word. Nothing else goes in, so the same inputs
//! give the same proposal (`docs/spec/proposal.md`).

use super::cells::Cells;
use super::policy::Policy;
use super::text;
use serde::{Deserialize, Serialize};
use tenor_bill::AccountId;
use tenor_cover::{
    Capacity, Commitment, CommitmentId, Covers, ExactKey, Factor, FamilyKey, Plan, PlanKind, RateTable, Reservable, Reservation, Sku, Term,
    Unit,
};
use tenor_money::{Money, Quantity, Rounding, SCALE, UnitPrice};
use tenor_price::{OfferingClass, Payment, TermLength};

/// The inputs of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The format of these inputs: 1.
    pub format: u32,
    /// What all chance comes from.
    pub seed: u64,
    /// How many futures are drawn.
    pub scenarios: u32,
    /// The first hour of the history, counted from that of the Unix epoch.
    pub first: i64,
    /// Hours of history; the decision is made at the end of the last.
    pub hours: usize,
    /// Spans of hours of which nothing is known, as offsets from the first, in order and apart.
    pub unknown: Vec<(usize, usize)>,
    /// Whose prices these are.
    pub prices: PriceFacts,
    /// The account that pays; none in inputs of before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// Accounts that share commitments among themselves and with nobody else.
    pub classes: Vec<Class>,
    /// What is used.
    pub skus: Vec<UsedSku>,
    /// How much of it.
    pub lines: Vec<Line>,
    /// Reservations on sale.
    pub reserved: Vec<ReservedOffer>,
    /// Plans on sale.
    pub plans: Vec<PlanOffer>,
    /// Reservations held or queued.
    pub held_reservations: Vec<HeldReservation>,
    /// Plans held or queued.
    pub held_plans: Vec<HeldPlan>,
    /// What the owner allows and fears.
    pub policy: Policy,
    /// Changes that the owner knows of.
    pub changes: Vec<KnownChange>,
    /// Spend that the owner has promised AWS.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// What could not be told, in sentences; a proposal repeats them.
    pub limitations: Vec<String>,
}

/// Whose prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceFacts {
    /// The version that was looked up.
    pub version: String,
    /// Its date.
    pub date: String,
    /// In what all amounts are.
    pub currency: String,
    /// `list`, or `net` with the hash of the private pricing.
    pub basis: String,
}

/// Accounts that share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The group's name; empty where everybody shares with everybody.
    pub name: String,
    /// The account that buys for it.
    pub buyer: String,
    /// Whether the policy lets that account buy.
    pub may_buy: bool,
}

/// One SKU that is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedSku {
    /// As messages name it; no two have one.
    pub name: String,
    /// `AmazonEC2`.
    pub service: String,
    /// `us-east-1`.
    pub region: String,
    /// `BoxUsage:m5.large`.
    pub usage_type: String,
    /// `RunInstances`.
    pub operation: String,
    /// `m5.large`; empty where it is no instance.
    pub instance_type: String,
    /// Of one unit.
    #[serde(with = "text")]
    pub on_demand: UnitPrice,
    /// Where that price is from: `list`, `private`, `simulated`, `bill`.
    pub source: String,
    /// Decimals of the whole numbers in its lines.
    pub decimals: u32,
    /// Whether a unit is an hour of something.
    pub is_hourly: bool,
    /// Whether it is idle reserved capacity.
    pub is_idle: bool,
    /// Size-flexible pools of reservations it belongs to, its own first.
    pub families: Vec<String>,
    /// What an exact reservation matches; none where no reservation is sold.
    pub exact: Option<String>,
    /// Normalized units of one, in thousandths; 0 where no reservation is sold.
    pub factor: u32,
}

/// Hourly usage of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Index of the class that uses it.
    pub class: usize,
    /// The account, where a change that the owner knows of names it; else empty, for all of the class that are not named.
    pub account: String,
    /// Index of the SKU.
    pub sku: usize,
    /// The zone, where a zonal reservation is held that could cover it.
    pub zone: Option<String>,
    /// By hour, in whole numbers of the SKU.
    pub cells: Cells,
}

/// A reservation on sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservedOffer {
    /// Index of the SKU it is bought as.
    pub sku: usize,
    /// Whether it can be exchanged.
    pub is_convertible: bool,
    /// In years.
    pub years: u32,
    /// `No Upfront`.
    pub payment: String,
    /// For each hour of the term.
    #[serde(with = "text")]
    pub hourly: UnitPrice,
    /// At the start.
    #[serde(with = "text")]
    pub upfront: Money,
    /// `list`, `private` or `simulated`.
    pub source: String,
}

/// A plan on sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOffer {
    /// `EC2 Instance`, `Compute`, `SageMaker`, `Database`.
    pub kind: String,
    /// In years.
    pub years: u32,
    /// `No Upfront`.
    pub payment: String,
    /// Of an EC2 Instance plan: `m5`; else empty.
    pub family: String,
    /// Of an EC2 Instance plan: its Region; else empty.
    pub region: String,
    /// Whether any rate is derived for simulation only.
    pub is_simulated: bool,
    /// What is paid of its fee: 1 at list. Its commitment counts in full.
    #[serde(with = "text", default = "whole_fee")]
    pub fee: Quantity,
    /// Rates by SKU, ascending by its index.
    pub rates: Vec<PlanRate>,
}

/// A plan's rate of one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRate {
    /// Index of the SKU.
    pub sku: usize,
    /// Of one unit.
    #[serde(with = "text")]
    pub rate: UnitPrice,
}

/// A reservation held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldReservation {
    /// Its ARN.
    pub id: String,
    /// Index of the class of its owner.
    pub class: usize,
    /// Its first second.
    pub start: i64,
    /// Its length.
    pub seconds: i64,
    /// What it matches: a family.
    pub family: Option<String>,
    /// What it matches: one exact type.
    pub exact: Option<String>,
    /// Its zone, of a zonal one.
    pub zone: Option<String>,
    /// How many.
    pub count: u32,
    /// Normalized units of one, in thousandths.
    pub factor: u32,
    /// Of one, for each hour.
    #[serde(with = "text")]
    pub hourly: UnitPrice,
    /// Of all, at the start.
    #[serde(with = "text")]
    pub upfront: Money,
    /// Whether it can be exchanged; none where the bill does not say.
    #[serde(default)]
    pub is_convertible: Option<bool>,
}

/// A plan held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldPlan {
    /// Its ARN.
    pub id: String,
    /// Index of the class of its owner.
    pub class: usize,
    /// Its first second.
    pub start: i64,
    /// Its length.
    pub seconds: i64,
    /// `Compute`.
    pub kind: String,
    /// Paid each hour.
    #[serde(with = "text")]
    pub recurring: Money,
    /// Paid at the start.
    #[serde(with = "text")]
    pub upfront: Money,
    /// What is paid of both: 1 at list.
    #[serde(with = "text", default = "whole_fee")]
    pub fee: Quantity,
    /// Its rates by SKU, ascending by its index.
    pub rates: Vec<PlanRate>,
}

/// What is paid of a plan's fee where nothing is taken off it.
fn whole_fee() -> Quantity {
    Quantity::from_whole(1)
}

/// What is paid of an amount of a plan's fee.
pub(super) fn paid(amount: Money, fee: Quantity) -> Money {
    amount.share(fee.units(), SCALE, Rounding::HalfEven)
}

/// Spend that the owner has promised: what falls short of it is owed all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How much.
    #[serde(with = "text")]
    pub amount: Money,
    /// The first hour it does not count any more, counted from that of the Unix epoch.
    pub until: i64,
    /// What will have been spent by then if nothing is bought: what was, and on as in the last four weeks.
    #[serde(with = "text")]
    pub expected: Money,
}

/// A change that the owner knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownChange {
    /// The account that uses; every one when missing.
    pub account: Option<String>,
    /// `AmazonEC2`; every service when missing.
    pub service: Option<String>,
    /// `us-east-1`; every Region when missing.
    pub region: Option<String>,
    /// `m5`, `db.r5`; every family when missing.
    pub family: Option<String>,
    /// The first hour it holds, counted from that of the Unix epoch.
    pub from: i64,
    /// The first hour it no longer holds.
    pub until: Option<i64>,
    /// What usage becomes, in thousandths of what it would have been: 0 ends it.
    pub thousandths: u64,
}

/// Why inputs make no proposal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputsError {
    /// Another format.
    #[error("the inputs are of format {0}, and this program reads format 1")]
    Format(u32),
    /// Something refers to what is not there, or has a shape that does not fit.
    #[error("{what} {place} of the inputs {why}")]
    Misshapen {
        /// What it is.
        what: &'static str,
        /// Which, counted from 0.
        place: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// Too little history.
    #[error("there are {known} known hours of usage before the decision, and a forecast takes at least {needed}")]
    TooShort {
        /// How many there are.
        known: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A back-test without a decision.
    #[error("no decision falls into the {hours} hours of usage: the first is made on a Monday after {start_after} hours")]
    NoDecision {
        /// How many hours there are.
        hours: usize,
        /// After how many the first decision may be made.
        start_after: usize,
    },
    /// The policy contradicts itself.
    #[error(transparent)]
    Policy(#[from] super::policy::PolicyError),
    /// The parts do not fit what a simulation can count.
    #[error(transparent)]
    Cover(#[from] tenor_cover::InputError),
    /// The market the solver is given makes no sense.
    #[error(transparent)]
    Market(#[from] crate::solve::MarketError),
}

/// Fewest hours of history: two whole weeks, so that a pattern can be told from a day.
pub const HISTORY_HOURS_MIN: usize = 14 * 24;

impl Inputs {
    /// The SKUs as a simulation takes them.
    #[must_use]
    pub fn cover_skus(&self) -> Vec<Sku> {
        self.skus.iter().map(UsedSku::to_cover).collect()
    }

    /// How many of the offers there are the policy does not allow, and of how many.
    #[must_use]
    pub fn left_out_by_policy(&self) -> (usize, usize) {
        let reserved = self.reserved.iter().filter(|offer| {
            let terms = offer.term().zip(offer.payment());
            !terms
                .is_some_and(|(term, payment)| self.policy.allows_reservation(&self.skus[offer.sku].service, offer.class(), term, payment))
        });
        let plans = self.plans.iter().filter(|offer| {
            let terms = offer.kind().zip(offer.term().zip(offer.payment()));
            !terms.is_some_and(|(kind, (term, payment))| self.policy.allows_plan(kind, term, payment))
        });
        (reserved.count() + plans.count(), self.reserved.len() + self.plans.len())
    }

    /// The account that stands for a class.
    ///
    /// # Panics
    /// When the inputs were not checked.
    #[must_use]
    pub fn account(&self, class: usize) -> AccountId {
        self.classes[class].buyer.parse().expect("checked inputs name accounts")
    }

    /// A table of a plan's rates over all SKUs.
    #[must_use]
    pub fn rate_table(&self, name: String, rates: &[PlanRate]) -> RateTable {
        let mut table = RateTable { name, rates: vec![None; self.skus.len()] };
        rates.iter().for_each(|rate| table.rates[rate.sku] = Some(rate.rate));
        table
    }
}

impl UsedSku {
    fn to_cover(&self) -> Sku {
        let factor = Factor::from_thousandths(self.factor);
        let exact = self.exact.clone().zip(factor);
        Sku {
            name: self.name.clone(),
            on_demand: self.on_demand,
            decimals: self.decimals,
            unit: if self.is_hourly { Unit::Hour } else { Unit::Other },
            capacity: if self.is_idle { Capacity::UnusedReservation } else { Capacity::Used },
            reservable: exact.map(|(exact, factor)| Reservable {
                families: self.families.iter().cloned().map(FamilyKey).collect(),
                exact: ExactKey(exact),
                factor,
            }),
        }
    }

    /// What a regional reservation bought as this SKU covers.
    #[must_use]
    pub fn covers(&self) -> Option<Covers> {
        let exact = self.exact.clone()?;
        Some(self.families.first().map_or(Covers::Exact(ExactKey(exact)), |family| Covers::Family(FamilyKey(family.clone()))))
    }
}

impl ReservedOffer {
    /// How long it runs.
    #[must_use]
    pub fn term(&self) -> Option<TermLength> {
        term(self.years)
    }

    /// How it is paid.
    #[must_use]
    pub fn payment(&self) -> Option<Payment> {
        Payment::from_text(&self.payment)
    }

    /// Whether it can be exchanged.
    #[must_use]
    pub fn class(&self) -> OfferingClass {
        if self.is_convertible { OfferingClass::Convertible } else { OfferingClass::Standard }
    }
}

impl PlanOffer {
    /// How long it runs.
    #[must_use]
    pub fn term(&self) -> Option<TermLength> {
        term(self.years)
    }

    /// How it is paid.
    #[must_use]
    pub fn payment(&self) -> Option<Payment> {
        Payment::from_text(&self.payment)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Option<PlanKind> {
        plan_kind(&self.kind)
    }
}

impl HeldReservation {
    /// As a simulation takes it.
    #[must_use]
    pub fn to_cover(&self, inputs: &Inputs) -> Commitment {
        let covers = match (&self.family, &self.exact) {
            (Some(family), _) => Covers::Family(FamilyKey(family.clone())),
            (None, exact) => Covers::Exact(ExactKey(exact.clone().unwrap_or_default())),
        };
        Commitment::Reservation(Reservation {
            id: CommitmentId(self.id.clone()),
            owner: inputs.account(self.class),
            term: Term { start: self.start, seconds: self.seconds, retired: None },
            covers,
            zone: self.zone.clone(),
            count: self.count,
            factor: Factor::from_thousandths(self.factor).unwrap_or(Factor::ONE),
            hourly: self.hourly,
            upfront: self.upfront,
        })
    }
}

impl HeldPlan {
    /// As a simulation takes it, with its rates at a place among the tables.
    ///
    /// # Panics
    /// When the inputs were not checked.
    #[must_use]
    pub fn to_cover(&self, inputs: &Inputs, rate_table: usize) -> Plan {
        Plan {
            id: CommitmentId(self.id.clone()),
            owner: inputs.account(self.class),
            term: Term { start: self.start, seconds: self.seconds, retired: None },
            kind: plan_kind(&self.kind).expect("checked inputs name kinds"),
            recurring: self.recurring,
            upfront: self.upfront,
            rate_table,
        }
    }
}

fn term(years: u32) -> Option<TermLength> {
    TermLength::ALL.into_iter().find(|term| term.years() == years)
}

pub(super) fn plan_kind(name: &str) -> Option<PlanKind> {
    PlanKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}
