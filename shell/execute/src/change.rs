//! Steps on something held: taken back, modified, exchanged, put on sale, or taken off it.
//!
//! What it never does: believe that something is held, or worth what it was. It looks, and asks AWS for a quote.

use crate::aws::{NoPrice, Place, Unread};
use crate::held::{Held, Standing};
use crate::make::Offers;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tenor_cover::inventory::ExitRules;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Action, Asked, Details, Service, Step, Target, obligation};
use tenor_propose::proposal::{Kind, Term, Upfront};

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
/// When what is held, or sold, cannot be read; or, inside, why there is no such step.
pub async fn on_held(place: &Place, id: &str, change: &Change, offers: &dyn Offers, now: Moment) -> Result<Result<Step, Text>, Unread> {
    on_so_many(place, id, change, None, offers, now).await
}

/// The same, where there have to be so many of it, if that is said.
pub(crate) async fn on_so_many(
    place: &Place,
    id: &str,
    change: &Change,
    count: Option<u32>,
    offers: &dyn Offers,
    now: Moment,
) -> Result<Result<Step, Text>, Unread> {
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
    let mut all: Vec<&Held> = Vec::new();
    for id in [id].into_iter().chain(change.also().iter().map(Text::as_str)) {
        if all.iter().any(|one| one.id.as_str() == id) {
            return Ok(Err(said(&format!("{id} is named twice"))));
        }
        match held.iter().find(|one| one.id.as_str() == id) {
            None => return Ok(Err(said(&format!("{id} is not held in {place}")))),
            Some(one) => all.push(one),
        }
    }
    if let Some(why) = all.iter().find_map(|one| cannot(place, one, change, now)) {
        return Ok(Err(why));
    }
    if let (Some(count), Some(is)) = (count, all[0].count())
        && count != is
    {
        return Ok(Err(said(&format!("there were {count} of {id} by the bill, and AWS holds {is} now: make a new proposal"))));
    }
    Ok(match change {
        Change::CancelQueued | Change::Return => Ok(undoing(place, action, all[0])),
        Change::Modify { also, targets } => {
            Ok(Step { details: Some(Details::Modify { also: also.clone(), targets: targets.clone() }), ..of(place, action, &all) })
        }
        Change::List { count, prices } => listing(place, all[0], *count, prices, now),
        Change::Exchange { sought, .. } => return exchange(place, &all, sought, offers).await,
        Change::CancelListing => unreachable!("a listing was looked for above"),
    })
}

/// So long before its end something can be done for the last time.
fn ahead(change: &Change) -> SignedDuration {
    let rules = ExitRules::default();
    SignedDuration::from_secs(match change {
        Change::Exchange { .. } => rules.exchange_left_seconds_min,
        Change::List { .. } => rules.resale_left_seconds_min,
        _ => 0,
    })
}

/// Why this cannot be done to something held, if it cannot.
fn cannot(place: &Place, one: &Held, change: &Change, now: Moment) -> Option<Text> {
    let (id, standing) = (&one.id, one.standing);
    let wanted = if *change == Change::CancelQueued { Standing::Queued } else { Standing::Running };
    if standing != wanted {
        return Some(said(&format!("{id} is {standing}, and has to be {wanted} for that")));
    }
    if one.end.is_some_and(|end| now.0 >= end.0 - ahead(change)) {
        return Some(said(&format!("{id} ends too soon for that")));
    }
    match change {
        Change::Modify { targets, .. } if has_twins(targets) => {
            Some(said("two of what it becomes are of one type in one place: AWS wants them told as one"))
        }
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

/// Whether two have the same type and place. Source: `aws-rules` 1.6.
fn has_twins(targets: &[Target]) -> bool {
    let mut seen = BTreeSet::new();
    targets.iter().any(|target| !seen.insert((&target.instance_type, &target.zone)))
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
    let ahead = if action == Action::Exchange { ExitRules::default().exchange_left_seconds_min } else { 0 };
    let deadline = all.iter().filter_map(|one| one.end).min().map(|end| Moment(end.0 - SignedDuration::from_secs(ahead)));
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
    let mut prices: Vec<Asked> =
        prices.iter().map(|offered| Asked { months: offered.months.unwrap_or(left), price: offered.price }).collect();
    prices.sort_by_key(|asked| Reverse(asked.months));
    if let Some(early) = prices.iter().find(|asked| asked.months > left) {
        return Err(said(&format!("{} months are left of {}, and a price was given for {}", left, held.id, early.months)));
    }
    let deadline = Some(Moment(end.0 - SignedDuration::from_secs(ExitRules::default().resale_left_seconds_min)));
    let details = Some(Details::List { prices });
    Ok(Step { quantity: said(&count.to_string()), details, deadline, ..of(place, Action::List, &[held]) })
}

/// Months until something ends, the begun one counted: a price holds until fewer are left. Source: `aws-rules` 1.8.
fn months_left(now: Moment, end: Moment) -> u32 {
    let of = |moment: Moment| moment.0.to_zoned(TimeZone::UTC).datetime();
    let (from, to) = (of(now), of(end));
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
    let has_begun = (to.day(), to.time()) > (from.day(), from.time());
    u32::try_from(months + i32::from(has_begun)).unwrap_or(0).max(1)
}

/// What AWS quotes, as a step. What it will not, or not so, is why there is none.
async fn exchange(place: &Place, all: &[&Held], sought: &Sought, offers: &dyn Offers) -> Result<Result<Step, Text>, Unread> {
    let (first, given) = (all[0], all.iter().map(|one| one.id.clone()).collect::<Vec<_>>());
    let sought = Sought { term: sought.term.or(first.term), payment: sought.payment.or(first.payment), ..sought.clone() };
    // Merged with a longer one a term becomes as long as that. Source: `aws-rules` 1.7.
    if all.iter().any(|one| one.term != first.term) && sought.term == first.term {
        return Ok(Err(said("what is given has different terms: say the new one")));
    }
    let (offering, count) = match offers.exchanged(place, &given, &sought).await? {
        Ok(quoted) => quoted,
        Err(why) => return Ok(Err(why)),
    };
    if let Some(wanted) = sought.count.filter(|wanted| *wanted != count) {
        return Ok(Err(said(&format!("AWS would give {count} for what is given, and {wanted} were to come of it: make a new proposal"))));
    }
    let draft = Step {
        object: offering,
        quantity: said(&count.to_string()),
        details: Some(Details::Exchange { given }),
        ..of(place, Action::Exchange, all)
    };
    let price = match offers.price(&draft).await {
        Ok(price) => price,
        Err(NoPrice::NotSold(why)) => return Ok(Err(why)),
        Err(NoPrice::Unread(unread)) => return Err(unread),
    };
    if let Some(most) = sought.due_max.filter(|most| price.upfront > *most) {
        return Ok(Err(said(&format!("the exchange costs {} at once, and {most} is the most that it may", price.upfront))));
    }
    let due_max = sought.due_max.unwrap_or(price.upfront);
    Ok(Ok(Step {
        kind: Some(price.offering.kind),
        term: Some(price.offering.term),
        payment: Some(price.offering.payment),
        goods: price.offering.goods,
        region: price.offering.region,
        ceiling_hourly: price.hourly,
        ceiling_upfront: due_max,
        obligation: obligation(price.offering.term, price.hourly, due_max),
        ..draft
    }))
}

#[cfg(test)]
mod tests {
    use super::months_left;
    use tenor_ledger::Moment;

    fn moment(text: &str) -> Moment {
        Moment(text.parse().unwrap())
    }

    #[test]
    fn a_begun_month_is_one_that_is_left() {
        let months = |now: &str, end: &str| months_left(moment(now), moment(end));
        let cases = [
            ("2025-02-05T00:00:00Z", "2026-01-01T00:00:00Z", 11),
            ("2025-02-01T00:00:00Z", "2026-01-01T00:00:00Z", 11),
            ("2025-01-31T23:59:59Z", "2026-01-01T00:00:00Z", 12),
            ("2025-03-10T00:00:00Z", "2025-05-10T12:00:00Z", 3),
            ("2025-03-10T12:00:00Z", "2025-05-10T12:00:00Z", 2),
            ("2025-05-10T11:00:00Z", "2025-05-10T12:00:00Z", 1),
        ];
        for (now, end, expected) in cases {
            assert_eq!(months(now, end), expected, "{now} to {end}");
        }
    }
}
