//! Steps on something held: taken back, modified, exchanged, put on sale, or taken off it.
//!
//! What it never does: believe that something is held, or worth what it was. It looks, and asks AWS for a quote.

use crate::aws::{Place, Unread};
use crate::held::{Held, Standing};
use crate::make::Offers;
use jiff::tz::TimeZone;
use tenor_bill::AccountId;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Action, Asked, Details, Service, Step, Target, obligation};
use tenor_propose::proposal::{Becomes, HeldStep, Kind, Term, Upfront};

/// What is to become of something held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What is queued never begins.
    CancelQueued,
    /// A plan is given back within its window.
    Return,
    /// Reservations are cut, merged, moved or made of another size.
    Modify {
        /// Others that are merged with it.
        also: Vec<Text>,
        /// What they become.
        targets: Vec<Target>,
    },
    /// Reservations are given for others.
    Exchange {
        /// Others that are given with it.
        also: Vec<Text>,
        /// For what.
        sought: Sought,
    },
    /// A standard reservation of EC2 is offered to others.
    List {
        /// So many of it; all, where nothing is said.
        count: Option<u32>,
        /// What one costs.
        prices: Vec<Offered>,
    },
    /// A listing is taken back.
    CancelListing,
}

/// For what reservations are exchanged. What is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// `m5.xlarge`, `ra3.4xlarge`.
    pub instance_type: String,
    /// `Linux/UNIX`; EC2 alone.
    pub platform: Option<String>,
    /// For how long AWS sells it.
    pub term: Option<Term>,
    /// Paid how.
    pub payment: Option<Upfront>,
    /// So many AWS has to give, or there is no step; as many as it gives, where nothing is said.
    pub count: Option<u32>,
    /// The most that may be due at once; what the quote says, where nothing is said.
    pub due_max: Option<Money>,
}

/// What one costs while so many months are left; from now on, where nothing is said of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// Months left.
    pub months: Option<u32>,
    /// What one costs, at once.
    pub price: Money,
}

impl Change {
    const fn action(&self) -> Action {
        match self {
            Self::CancelQueued => Action::CancelQueued,
            Self::Return => Action::Return,
            Self::Modify { .. } => Action::Modify,
            Self::Exchange { .. } => Action::Exchange,
            Self::List { .. } => Action::List,
            Self::CancelListing => Action::CancelListing,
        }
    }

    fn also(&self) -> &[Text] {
        match self {
            Self::Modify { also, .. } | Self::Exchange { also, .. } => also,
            Self::CancelQueued | Self::Return | Self::List { .. } | Self::CancelListing => &[],
        }
    }
}

/// A step on something held, by its id, or by that of its listing.
///
/// # Errors
/// When what is held cannot be read; or, inside, why there is no such step.
pub async fn on_held(place: &Place, id: &str, change: &Change, offers: &dyn Offers, now: Moment) -> Result<Result<Step, Text>, Unread> {
    let action = change.action();
    if place.service.operation(action).is_none() {
        return Ok(Err(said(&format!("AWS has no operation to {action} in {}", place.service))));
    }
    if *change == Change::CancelListing {
        let listing = Text::fitted(id);
        return Ok(match offers.listed(place, &listing).await? {
            Some(count) => Ok(Step { object: listing, quantity: said(&count.to_string()), ..blank(place, action) }),
            None => Err(said(&format!("{id} is no open listing in {place}"))),
        });
    }
    let held = offers.held(place).await?;
    let mut all = Vec::new();
    for id in [id].into_iter().chain(change.also().iter().map(Text::as_str)) {
        match held.iter().find(|one| one.id.as_str() == id) {
            None => return Ok(Err(said(&format!("{id} is not held in {place}")))),
            Some(one) => all.push(one),
        }
    }
    if let Some(why) = all.iter().find_map(|one| cannot(place, one, change, now)) {
        return Ok(Err(why));
    }
    Ok(match change {
        Change::CancelQueued | Change::Return => Ok(undoing(place, action, all[0])),
        Change::Modify { also, targets } => {
            Ok(Step { details: Some(Details::Modify { also: also.clone(), targets: targets.clone() }), ..of(place, action, &all) })
        }
        Change::List { count, prices } => listing(place, all[0], *count, prices, now),
        Change::Exchange { sought, .. } => return exchange(place, &all, sought, offers).await.map(Ok),
        Change::CancelListing => unreachable!("a listing was looked for above"),
    })
}

/// Why this cannot be done to something held, if it cannot.
fn cannot(place: &Place, one: &Held, change: &Change, now: Moment) -> Option<Text> {
    let (id, standing) = (&one.id, one.standing);
    let wanted = if *change == Change::CancelQueued { Standing::Queued } else { Standing::Running };
    if standing != wanted {
        return Some(said(&format!("{id} is {standing}, and has to be {wanted} for that")));
    }
    match change {
        Change::Return => match one.returnable_until {
            Some(until) if until > now => None,
            Some(until) => Some(said(&format!("{id} could be returned until {until}"))),
            None => Some(said(&format!("{id} cannot be returned"))),
        },
        // Standard ones alone may be sold, convertible ones alone exchanged. Source: `aws-rules` 1.7, 1.8.
        Change::List { .. } if one.kind != Some(Kind::StandardReservation) => {
            Some(said(&format!("{id} is no standard reservation, and AWS lets no other be sold")))
        }
        Change::Exchange { .. } if place.service == Service::Ec2 && one.kind != Some(Kind::ConvertibleReservation) => {
            Some(said(&format!("{id} is no convertible reservation, and EC2 exchanges no other")))
        }
        _ => None,
    }
}

fn said(what: &str) -> Text {
    Text::fitted(what)
}

/// Nothing yet. The owner's limits on what is bought are none on what is given up.
fn blank(place: &Place, action: Action) -> Step {
    Step {
        number: 1,
        action,
        service: place.service,
        account: place.account.clone(),
        region: place.region.clone(),
        kind: None,
        term: None,
        payment: None,
        goods: said("-"),
        object: said("-"),
        quantity: said("1"),
        starts: None,
        deadline: None,
        ceiling_hourly: Money::ZERO,
        ceiling_upfront: Money::ZERO,
        obligation: Money::ZERO,
        details: None,
    }
}

/// On all that is given, of which the first is the object.
fn of(place: &Place, action: Action, all: &[&Held]) -> Step {
    let first = all[0];
    let count: u64 = all.iter().filter_map(|one| one.count()).map(u64::from).sum();
    let quantity = if first.count().is_some() { said(&count.to_string()) } else { first.quantity.clone() };
    let deadline = all.iter().filter_map(|one| one.end).min();
    Step { goods: first.goods.clone(), object: first.id.clone(), quantity, deadline, ..blank(place, action) }
}

fn undoing(place: &Place, action: Action, held: &Held) -> Step {
    let deadline = if action == Action::CancelQueued { held.start } else { held.returnable_until };
    Step { deadline, ..of(place, action, &[held]) }
}

fn listing(place: &Place, held: &Held, count: Option<u32>, prices: &[Offered], now: Moment) -> Result<Step, Text> {
    let all = held.count().unwrap_or(0);
    let count = count.unwrap_or(all);
    if count == 0 || count > all {
        return Err(said(&format!("{} has {all} reservations, and {count} of it cannot be offered", held.id)));
    }
    let end = held.end.ok_or_else(|| said(&format!("AWS says not when {} ends", held.id)))?;
    let left = months_left(now, end);
    let prices = prices.iter().map(|offered| Asked { months: offered.months.unwrap_or(left), price: offered.price }).collect();
    let details = Some(Details::List { prices });
    Ok(Step { quantity: said(&count.to_string()), details, ..of(place, Action::List, &[held]) })
}

/// Months until something ends, the begun one counted: a price holds until fewer are left. Source: `aws-rules` 1.8.
fn months_left(now: Moment, end: Moment) -> u32 {
    let date = |moment: Moment| moment.0.to_zoned(TimeZone::UTC).date();
    let (from, to) = (date(now), date(end));
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
    u32::try_from(months + i32::from(to.day() > from.day())).unwrap_or(0).max(1)
}

async fn exchange(place: &Place, all: &[&Held], sought: &Sought, offers: &dyn Offers) -> Result<Step, Unread> {
    let (first, given) = (all[0], all.iter().map(|one| one.id.clone()).collect::<Vec<_>>());
    let sought = Sought { term: sought.term.or(first.term), payment: sought.payment.or(first.payment), ..sought.clone() };
    let (offering, count) = offers.exchanged(place, &given, &sought).await?;
    if let Some(wanted) = sought.count.filter(|wanted| *wanted != count) {
        return Err(Unread(said(&format!(
            "AWS would give {count} for what is given, and {wanted} were to come of it: make a new proposal"
        ))));
    }
    let draft = Step {
        object: offering,
        quantity: said(&count.to_string()),
        details: Some(Details::Exchange { given }),
        ..of(place, Action::Exchange, all)
    };
    let price = offers.price(&draft).await?;
    if let Some(most) = sought.due_max.filter(|most| price.upfront > *most) {
        return Err(Unread(said(&format!("the exchange costs {} at once, and {most} is the most that it may", price.upfront))));
    }
    let due_max = sought.due_max.unwrap_or(price.upfront);
    Ok(Step {
        kind: Some(price.offering.kind),
        term: Some(price.offering.term),
        payment: Some(price.offering.payment),
        goods: price.offering.goods,
        region: price.offering.region,
        ceiling_hourly: price.hourly,
        ceiling_upfront: due_max,
        obligation: obligation(price.offering.term, price.hourly, due_max),
        ..draft
    })
}

/// A change that a proposal says, as a step.
///
/// # Errors
/// When what is held cannot be read; or, inside, why there is no such step.
pub(crate) async fn proposed_change(
    proposed: &HeldStep,
    account: &AccountId,
    offers: &dyn Offers,
    now: Moment,
) -> Result<Result<Step, Text>, Unread> {
    let Some((place, id)) = place_of(&proposed.id) else {
        return Ok(Err(said(&format!("`{}` is no ARN of something held", proposed.id))));
    };
    if place.account != *account {
        return Ok(Err(said(&format!("the account {} holds it, and the connection is of {account}", place.account))));
    }
    let change = match change_of(proposed) {
        Ok(change) => change,
        Err(why) => return Ok(Err(why)),
    };
    // AWS would exchange, modify or return all of it.
    if proposed.count != proposed.held && !matches!(change, Change::List { .. }) {
        return Ok(Err(said("only some of it is meant: split that off first, by tenor order change modify, and propose anew")));
    }
    match on_held(&place, &id, &change, offers, now).await {
        // What AWS quotes is its answer, and no failure to read what is held.
        Err(Unread(why)) if matches!(change, Change::Exchange { .. }) => Ok(Err(why)),
        other => other,
    }
}

fn change_of(proposed: &HeldStep) -> Result<Change, Text> {
    let money = |text: &str| text.parse::<Money>().map_err(|_| said(&format!("`{text}` is no amount")));
    Ok(match &proposed.becomes {
        Becomes::Returned => Change::Return,
        Becomes::Regional => {
            let count = proposed.count.ok_or_else(|| said("it says not how many"))?;
            Change::Modify { also: Vec::new(), targets: vec![Target { count, instance_type: None, zone: None }] }
        }
        Becomes::Exchanged { instance_type, count, due_max } => Change::Exchange {
            also: Vec::new(),
            sought: Sought {
                instance_type: instance_type.clone(),
                count: Some(*count),
                due_max: Some(money(due_max)?),
                ..Sought::default()
            },
        },
        Becomes::Listed { price } => Change::List { count: proposed.count, prices: vec![Offered { months: None, price: money(price)? }] },
    })
}

/// Where something is held, and its id there, by its ARN: `arn:aws:ec2:us-east-1:111122223333:reserved-instances/…`.
fn place_of(arn: &str) -> Option<(Place, String)> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(_), Some(service), Some(region), Some(account), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (service, region) = match service {
        "savingsplans" => (Service::SavingsPlans, None),
        "ec2" => (Service::Ec2, Some(region.parse().ok()?)),
        _ => return None,
    };
    Some((Place { account: account.parse().ok()?, service, region }, rest.rsplit('/').next()?.to_owned()))
}
