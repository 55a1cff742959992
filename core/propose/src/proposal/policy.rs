//! What the owner allows and fears: the policy file, as it is read and as a proposal records it (`docs/spec/policy.md`).

use super::figures::millionths;
use super::portion::Portion;
use super::text;
use serde::{Deserialize, Serialize};
use tenor_cover::PlanKind;
use tenor_money::{Money, Quantity};
use tenor_price::{OfferingClass, Payment, TermLength};

/// What kind of commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Reservations that cannot be exchanged; of databases, caches, search domains and warehouses too.
    StandardReservation,
    /// EC2 reservations that can be exchanged.
    ConvertibleReservation,
    /// One EC2 family in one Region.
    Ec2InstancePlan,
    /// EC2, Fargate and Lambda.
    ComputePlan,
    /// SageMaker AI.
    SagemakerPlan,
    /// Databases and caches.
    DatabasePlan,
}

impl Kind {
    /// As the policy file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StandardReservation => "standard-reservation",
            Self::ConvertibleReservation => "convertible-reservation",
            Self::Ec2InstancePlan => "ec2-instance-plan",
            Self::ComputePlan => "compute-plan",
            Self::SagemakerPlan => "sagemaker-plan",
            Self::DatabasePlan => "database-plan",
        }
    }
}

/// How long, as the policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Term {
    /// 365 days.
    #[serde(rename = "1yr")]
    OneYear,
    /// 1,095 days.
    #[serde(rename = "3yr")]
    ThreeYears,
}

/// How much is paid at the start, as the policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Upfront {
    /// Nothing.
    #[serde(rename = "No Upfront")]
    Nothing,
    /// About half.
    #[serde(rename = "Partial Upfront")]
    Partial,
    /// Everything.
    #[serde(rename = "All Upfront")]
    All,
}

/// The owner's policy. Every part has a default, which the documentation prints; an unknown name is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What may be bought.
    pub kinds: Vec<Kind>,
    /// For how long.
    pub terms: Vec<Term>,
    /// Paid how.
    pub payments: Vec<Upfront>,
    /// Product codes whose usage reservations may be bought for: `AmazonEC2`; every one when empty.
    pub services: Vec<String>,
    /// Accounts that may buy; every account when empty.
    pub buyers: Vec<String>,
    /// Limits on what one proposal buys.
    pub limits: Limits,
    /// How sure it has to be that a commitment is used.
    pub utilization: Utilization,
    /// How much bad outcomes count.
    pub risk: RiskRule,
    /// What money costs the owner.
    pub capital: Capital,
    /// How purchases are made.
    pub purchase: Purchase,
    /// What may be done with what is held.
    pub held: HeldRule,
}

/// Limits on what one proposal buys; missing ones do not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Commitment per hour, upfront fees spread over their terms.
    #[serde(with = "text::optional")]
    pub hourly: Option<Money>,
    /// Cash on the day of purchase.
    #[serde(with = "text::optional")]
    pub upfront: Option<Money>,
    /// All that is owed from the purchase to the end.
    #[serde(with = "text::optional")]
    pub obligation: Option<Money>,
    /// The ladder: commitment per hour that one proposal adds, as a share of what the usage a commitment may cover costs at list.
    #[serde(with = "text::optional")]
    pub step: Option<Portion>,
    /// Commitment per hour that ends in one calendar month, held and new, as a share of the same.
    #[serde(with = "text::optional")]
    pub ending_in_a_month: Option<Portion>,
}

/// How sure it has to be that a commitment is used: `at_least` of it in `probability` of all scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Utilization {
    /// Over the whole term.
    #[serde(with = "text")]
    pub at_least: Portion,
    /// Share of scenarios.
    #[serde(with = "text")]
    pub probability: Portion,
}

impl Utilization {
    /// What is used at least in so many scenarios, in millionths; `shares` are `(used, held)` by scenario.
    pub(crate) fn reached(self, shares: &[(i128, i128)]) -> i128 {
        let mut used: Vec<i128> = shares.iter().map(|(used, held)| millionths(*used, *held)).collect();
        used.sort_unstable();
        let below = used.len() as u64 * u64::from(Portion::WHOLE.millionths() - self.probability.millionths()) / 1_000_000;
        used.get(below as usize).copied().unwrap_or(0)
    }

    /// Whether that is enough.
    pub(crate) fn is_kept(self, shares: &[(i128, i128)]) -> bool {
        self.reached(shares) >= i128::from(self.at_least.millionths())
    }
}

/// The mean counts 1; the mean of the worst `tail` of scenarios, as regret of having bought, counts `weight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskRule {
    /// From 0 to 100.
    #[serde(with = "text")]
    pub weight: Quantity,
    /// Above 0%.
    #[serde(with = "text")]
    pub tail: Portion,
}

/// What cash paid ahead costs, by the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capital {
    /// Simple interest on what is paid ahead, for as long as it is ahead.
    #[serde(with = "text")]
    pub yearly: Portion,
}

/// How purchases are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Purchase {
    /// A plan is bought in slices of at most so much an hour: up to 100 they can be returned within seven days.
    #[serde(with = "text")]
    pub slice: Money,
    /// Wait for the next month in a month's last week, since a return has to come in the month of the purchase.
    pub avoid_month_end: bool,
    /// Returns that are left this year, of AWS's ten.
    pub returns_left: u32,
    /// How many reservations one Region sells an account in a month.
    pub reservations_in_a_month: u32,
}

/// What may be done with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeldRule {
    /// Change a zonal reservation to a regional one.
    pub modify: bool,
    /// Return a plan inside its window.
    pub returns: bool,
    /// Exchange convertible reservations.
    pub exchange: bool,
    /// Sell standard EC2 reservations, expecting this share of what is left of their upfront fee; without one, nothing is sold.
    #[serde(with = "text::optional")]
    pub resale: Option<Portion>,
}

impl Default for Policy {
    fn default() -> Self {
        use Kind::{ComputePlan, ConvertibleReservation, DatabasePlan, Ec2InstancePlan, SagemakerPlan, StandardReservation};
        Self {
            kinds: vec![StandardReservation, ConvertibleReservation, Ec2InstancePlan, ComputePlan, SagemakerPlan, DatabasePlan],
            terms: vec![Term::OneYear, Term::ThreeYears],
            payments: vec![Upfront::Nothing, Upfront::Partial, Upfront::All],
            services: Vec::new(),
            buyers: Vec::new(),
            limits: Limits::default(),
            utilization: Utilization::default(),
            risk: RiskRule::default(),
            capital: Capital::default(),
            purchase: Purchase::default(),
            held: HeldRule::default(),
        }
    }
}

impl Default for Utilization {
    /// Three quarters of it in three of four scenarios: more than that few families of instances can promise for a year.
    fn default() -> Self {
        Self { at_least: percent(75), probability: percent(75) }
    }
}

impl Default for RiskRule {
    /// The worst tenth counts half as much again.
    fn default() -> Self {
        Self { weight: Quantity::from_units(tenor_money::SCALE / 2), tail: percent(10) }
    }
}

impl Default for Capital {
    /// 6% a year.
    fn default() -> Self {
        Self { yearly: percent(6) }
    }
}

impl Default for Purchase {
    /// Slices of $100 (`aws-rules` §2.4), 10 returns, 20 reservations by Region and month (§1.2).
    fn default() -> Self {
        Self { slice: Money::from_whole(100), avoid_month_end: true, returns_left: 10, reservations_in_a_month: 20 }
    }
}

impl Default for HeldRule {
    fn default() -> Self {
        Self { modify: true, returns: true, exchange: true, resale: None }
    }
}

fn percent(whole: u32) -> Portion {
    Portion::from_millionths(whole * 10_000).unwrap_or(Portion::WHOLE)
}

/// Product codes that reservations are proposed of.
const RESERVED_SERVICES: [&str; 6] = ["AmazonEC2", "AmazonRDS", "AmazonElastiCache", "AmazonMemoryDB", "AmazonES", "AmazonRedshift"];

const UNKNOWN_SERVICE: &str = "names what reservations are not proposed of: it takes product codes, AmazonEC2, AmazonRDS, AmazonElastiCache, AmazonMemoryDB, AmazonES, AmazonRedshift";

/// What in a policy contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct PolicyError {
    /// The key, with its table.
    pub what: &'static str,
    /// What is wrong.
    pub why: &'static str,
}

impl Policy {
    /// Checks what no single value shows.
    ///
    /// # Errors
    /// When nothing could ever be bought, or a number makes no sense.
    pub fn check(&self) -> Result<(), PolicyError> {
        let refuse = |what, why| Err(PolicyError { what, why });
        for (what, is_empty) in [("kinds", self.kinds.is_empty()), ("terms", self.terms.is_empty()), ("payments", self.payments.is_empty())]
        {
            if is_empty {
                return refuse(what, "an empty list allows nothing; leave the key out to allow all");
            }
        }
        let amounts = [self.limits.hourly, self.limits.upfront, self.limits.obligation, Some(self.purchase.slice)];
        if amounts.into_iter().flatten().any(|amount| amount < Money::ZERO) {
            return refuse("limits", "an amount is never negative");
        }
        if self.purchase.slice < Money::from_units(tenor_money::SCALE / 1_000) {
            return refuse("purchase.slice", "AWS sells plans of at least 0.001 an hour");
        }
        if self.risk.tail == Portion::NOTHING {
            return refuse("risk.tail", "the worst 0% of scenarios is none of them; write at least 1%");
        }
        if self.risk.weight < Quantity::ZERO || self.risk.weight > Quantity::from_whole(100) {
            return refuse("risk.weight", "a weight is from 0 to 100");
        }
        if self.services.iter().any(|service| !RESERVED_SERVICES.contains(&service.as_str())) {
            return refuse("services", UNKNOWN_SERVICE);
        }
        if self.buyers.iter().any(|account| account.parse::<tenor_bill::AccountId>().is_err()) {
            return refuse("buyers", "names what is no account id");
        }
        Ok(())
    }

    /// Whether a reservation of a class may be bought.
    #[must_use]
    pub fn allows_reservation(&self, service: &str, class: OfferingClass, term: TermLength, payment: Payment) -> bool {
        let kind = match class {
            OfferingClass::Standard => Kind::StandardReservation,
            OfferingClass::Convertible => Kind::ConvertibleReservation,
        };
        let serves = self.services.is_empty() || self.services.iter().any(|one| one == service);
        serves && self.allows(kind, term, payment)
    }

    /// Whether a plan of a kind may be bought.
    #[must_use]
    pub fn allows_plan(&self, kind: PlanKind, term: TermLength, payment: Payment) -> bool {
        let kind = match kind {
            PlanKind::Ec2Instance => Kind::Ec2InstancePlan,
            PlanKind::Compute => Kind::ComputePlan,
            PlanKind::SageMaker => Kind::SagemakerPlan,
            PlanKind::Database => Kind::DatabasePlan,
        };
        self.allows(kind, term, payment)
    }

    fn allows(&self, kind: Kind, term: TermLength, payment: Payment) -> bool {
        let term = match term {
            TermLength::OneYear => Term::OneYear,
            TermLength::ThreeYears => Term::ThreeYears,
        };
        let payment = match payment {
            Payment::NoUpfront => Upfront::Nothing,
            Payment::PartialUpfront => Upfront::Partial,
            Payment::AllUpfront => Upfront::All,
        };
        self.kinds.contains(&kind) && self.terms.contains(&term) && self.payments.contains(&payment)
    }

    /// The longest term it allows, in hours.
    #[must_use]
    pub fn longest_hours(&self) -> usize {
        if self.terms.contains(&Term::ThreeYears) { 26_280 } else { 8_760 }
    }
}
