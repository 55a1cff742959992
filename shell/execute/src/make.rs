//! Steps made from a proposal: each offering found live, each price held against what was proposed, and what cannot be done left out by name.

use crate::aws::{Aws, Place, Unread};
use crate::change::Sought;
use crate::proposed::proposed_change;
use crate::snapshot::Snapshot;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Action, Price, Service, Step, obligation};
use tenor_permit::RegionName;
use tenor_propose::proposal::{self, Kind, Proposal, Term, Upfront};

/// An offering that is sought by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who buys.
    pub account: AccountId,
    /// Of which service.
    pub service: Service,
    /// Where.
    pub region: Option<RegionName>,
    /// What.
    pub kind: Kind,
    /// For how long.
    pub term: Term,
    /// Paid how.
    pub payment: Upfront,
    /// `m5.large`; of an EC2 Instance plan the family; of other plans empty.
    pub instance_type: String,
    /// `EU-BoxUsage:m5.large`; of a plan empty.
    pub usage_type: String,
    /// `RunInstances:0002`, which names platform or engine; of a plan empty.
    pub operation: String,
    /// How many, or the commitment by the hour.
    pub quantity: Text,
}

/// Finds what is offered by what it is.
#[async_trait]
pub trait Offers: Aws {
    /// The id of AWS's own offering, and what all of it costs.
    ///
    /// # Errors
    /// When there is none, or it could not be read.
    async fn find(&self, wanted: &Wanted) -> Result<(Text, Price), Unread>;

    /// The id of the offering for which AWS would exchange what is given, and how many of it it would give; or why it would not.
    ///
    /// # Errors
    /// When it could not be read.
    async fn exchanged(&self, place: &Place, given: &[Text], sought: &Sought) -> Result<Result<(Text, u32), Text>, Unread>;

    /// How many reservations a listing of ours on the marketplace still offers; none where there is no such listing that is open.
    ///
    /// # Errors
    /// When it could not be read.
    async fn listed(&self, place: &Place, listing: &Text) -> Result<Option<u32>, Unread>;
}

/// What a proposal came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What is to be done, in order.
    pub steps: Vec<Step>,
    /// What is not, and why: in the proposal's own words.
    pub left: Vec<(String, Text)>,
    /// What was held in each place that a step changes.
    pub snapshot: Snapshot,
}

/// Which of a proposal's steps and changes, by their numbers; all of both where both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Purchases.
    pub steps: BTreeSet<usize>,
    /// Changes of what is held.
    pub changes: BTreeSet<usize>,
}

impl Chosen {
    fn is_all(&self) -> bool {
        self.steps.is_empty() && self.changes.is_empty()
    }
}

/// Makes the steps of a proposal that one account can do now.
///
/// # Errors
/// When what is held cannot be read: no order is made without a look at it.
pub async fn make(proposal: &Proposal, chosen: &Chosen, account: &AccountId, offers: &dyn Offers, now: Moment) -> Result<Made, Unread> {
    let is_chosen = |among: &BTreeSet<usize>, number: usize| chosen.is_all() || among.contains(&number);
    let (mut steps, mut left) = (Vec::new(), Vec::new());
    for proposed in proposal.steps.iter().filter(|step| is_chosen(&chosen.steps, step.number)) {
        match bought(proposed, account, offers, now).await {
            Ok(made) => steps.extend(made),
            Err(why) => left.push((proposed.what.clone(), why)),
        }
    }
    for change in proposal.changes.iter().filter(|change| is_chosen(&chosen.changes, change.number)) {
        match proposed_change(change, account, offers, now).await? {
            Ok(step) => steps.push(step),
            Err(why) => left.push((change.what.clone(), why)),
        }
    }
    for (number, step) in (1..).zip(&mut steps) {
        step.number = number;
    }
    let snapshot = snapshot(&steps, offers, now).await?;
    Ok(Made { steps, left, snapshot })
}

/// What is held in every place that a step changes.
///
/// # Errors
/// When one cannot be read.
pub async fn snapshot<A: Aws + ?Sized>(steps: &[Step], aws: &A, now: Moment) -> Result<Snapshot, Unread> {
    let mut places = BTreeMap::new();
    for place in steps.iter().map(Place::of).collect::<BTreeSet<_>>() {
        let held = aws.held(&place).await?;
        places.insert(place, held);
    }
    Ok(Snapshot::new(now, places))
}

/// The steps of one purchase: a plan in its parts, each of which can be returned by itself.
async fn bought(proposed: &proposal::Step, account: &AccountId, offers: &dyn Offers, now: Moment) -> Result<Vec<Step>, Text> {
    let said = |what: &str| Text::fitted(what);
    if proposed.account != account.as_str() {
        return Err(said(&format!("the account {} buys it, and the connection is of {account}", proposed.account)));
    }
    let starts = match proposed.action.as_str() {
        "buy" => None,
        "queue" => Some(Moment(proposed.starts.parse().map_err(|_| said("its beginning is no moment"))?)),
        _ => return Err(said(&format!("AWS has no queue for it: make an order on {}", proposed.starts))),
    };
    if starts.is_some_and(|starts| starts <= now) {
        return Err(said("it was to begin before now: make a new proposal"));
    }
    let first = wanted(proposed, account)?;
    let parts: Vec<Text> = match (&proposed.commitment, proposed.count) {
        (Some(_), _) if !proposed.slices.is_empty() => proposed.slices.iter().map(|part| amount(part)).collect::<Result<_, _>>()?,
        (Some(commitment), _) => vec![amount(commitment)?],
        (None, Some(count)) => vec![said(&count.to_string())],
        (None, None) => return Err(said("it says not how much")),
    };
    let mut steps = Vec::new();
    for quantity in parts {
        let wanted = Wanted { quantity, ..first.clone() };
        let (object, price) = offers.find(&wanted).await.map_err(|unread| unread.0)?;
        steps.push(step(&wanted, proposed, object, &price, starts)?);
    }
    Ok(steps)
}

fn step(wanted: &Wanted, proposed: &proposal::Step, object: Text, price: &Price, starts: Option<Moment>) -> Result<Step, Text> {
    let money = |text: &str| text.parse::<Money>().map_err(|_| Text::fitted(&format!("`{text}` is no amount")));
    // A plan's rates are fixed by its offering: what its part costs is its ceiling. Reservations may have become dearer.
    let (ceiling_hourly, ceiling_upfront) = match proposed.count {
        Some(count) => (Money::from_units(money(&proposed.ceiling_hourly)?.units() * i128::from(count)), money(&proposed.ceiling_upfront)?),
        None => (price.hourly, price.upfront),
    };
    for (what, asked, ceiling) in [("by the hour", price.hourly, ceiling_hourly), ("at once", price.upfront, ceiling_upfront)] {
        if asked > ceiling {
            return Err(Text::fitted(&format!("it costs {asked} {what} now, and {ceiling} was proposed: make a new proposal")));
        }
    }
    Ok(Step {
        number: 1,
        action: if starts.is_some() { Action::Queue } else { Action::Buy },
        service: wanted.service,
        account: wanted.account.clone(),
        region: wanted.region.clone(),
        kind: Some(wanted.kind),
        term: Some(wanted.term),
        payment: Some(wanted.payment),
        goods: price.offering.goods.clone(),
        object,
        quantity: wanted.quantity.clone(),
        starts,
        deadline: starts,
        ceiling_hourly,
        ceiling_upfront,
        obligation: obligation(wanted.term, ceiling_hourly, ceiling_upfront),
        details: None,
    })
}

/// What is bought, by what a proposal says of it.
fn wanted(proposed: &proposal::Step, account: &AccountId) -> Result<Wanted, Text> {
    let bad = |what: &str, value: &str| Text::fitted(&format!("`{value}` is no {what} that can be bought"));
    let kind = match proposed.kind.as_str() {
        "standard reservation" => Kind::StandardReservation,
        "convertible reservation" => Kind::ConvertibleReservation,
        "EC2 Instance plan" => Kind::Ec2InstancePlan,
        "Compute plan" => Kind::ComputePlan,
        "SageMaker plan" => Kind::SagemakerPlan,
        "Database plan" => Kind::DatabasePlan,
        other => return Err(bad("kind", other)),
    };
    let service = match proposed.service.as_str() {
        "" => Service::SavingsPlans,
        "AmazonEC2" => Service::Ec2,
        "AmazonRDS" => Service::Rds,
        "AmazonElastiCache" => Service::ElastiCache,
        "AmazonMemoryDB" => Service::MemoryDb,
        "AmazonES" => Service::OpenSearch,
        "AmazonRedshift" => Service::Redshift,
        other => return Err(Text::fitted(&format!("AWS sells {other}'s in its console alone, or this Tenor cannot buy them"))),
    };
    let term = match proposed.term.as_str() {
        "1yr" => Term::OneYear,
        "3yr" => Term::ThreeYears,
        other => return Err(bad("term", other)),
    };
    let payment = match proposed.payment.as_str() {
        "No Upfront" => Upfront::Nothing,
        "Partial Upfront" => Upfront::Partial,
        "All Upfront" => Upfront::All,
        other => return Err(bad("payment", other)),
    };
    let region = (!proposed.region.is_empty()).then(|| proposed.region.parse()).transpose();
    Ok(Wanted {
        account: account.clone(),
        service,
        region: region.map_err(|_| bad("Region", &proposed.region))?,
        kind,
        term,
        payment,
        instance_type: proposed.instance_type.clone(),
        usage_type: proposed.usage_type.clone(),
        operation: proposed.operation.clone(),
        quantity: Text::fitted("0"),
    })
}

/// An amount in the one form that orders have.
fn amount(text: &str) -> Result<Text, Text> {
    let amount = text.parse::<Money>().map_err(|_| Text::fitted(&format!("`{text}` is no amount")))?;
    Ok(Text::fitted(&amount.to_string()))
}
