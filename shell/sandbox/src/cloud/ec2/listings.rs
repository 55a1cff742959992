//! Reserved Instances put on the marketplace by their owners: listed, described, cancelled.

use super::filters::Filters;
use super::records::{Asked, Listing, ListingState, Origin};
use super::worth::months_left;
use super::{MONTH, check_token, count, decimal, region, wrong_input, wrong_value};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::moment::Moment;
use crate::cloud::tokens::Met;
use crate::price::OfferingClass;
use tenor_money::Money;
use tenor_wire::Value;

/// [EC2:ri-market-general]: owned for 30 days.
const OWNED_SECONDS: i64 = 30 * 86_400;
/// [EC2:ri-market-general]: what an account may sell in its life, in dollars and in instances.
const SOLD_DOLLARS_MAX: i64 = 50_000;
const SOLD_MAX: u32 = 5_000;
/// [BOTO:ec2 DescribeReservedInstancesListings].
const FILTERS: [&str; 4] = ["reserved-instances-id", "reserved-instances-listing-id", "status", "status-message"];
const CREATE: &str = "ec2:CreateReservedInstancesListing";

/// `CreateReservedInstancesListing`.
pub(super) fn create(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check_token(ask)?;
    match cloud.meet(ask, CREATE, "ClientToken") {
        Met::New => {}
        Met::Again(id) => return answer(cloud, &id),
        Met::Mismatch => return Err(Refusal::new("IdempotentParameterMismatch", "The client token was used before with other parameters")),
    }
    let id = ask.text("ReservedInstancesId").unwrap_or_default();
    let held = cloud.own_reserved(ask, id)?.clone();
    let count = count(ask.input, "InstanceCount")?;
    let now = cloud.books.now;
    check_sellable(cloud, &held, now)?;
    if count > held.count {
        return Err(wrong_input(format!("Reserved Instances {id} have {} instances, fewer than {count}", held.count)));
    }
    let prices = prices(ask, months_left(held.end, now))?;
    check_limits(cloud, ask.caller.account, count, &prices)?;
    // Nothing below may refuse.
    let listing = Listing {
        id: cloud.fresh_id(),
        account: ask.caller.account,
        region: held.region,
        reservation: held.id,
        count,
        cancelled: 0,
        matched: 0,
        prices,
        token: ask.text("ClientToken").unwrap_or_default().to_owned(),
        created: now,
        updated: now,
        state: ListingState::Pending,
        sales: Vec::new(),
        luck: cloud.chance(71),
        decided: now,
    };
    let id = listing.id.clone();
    cloud.books.ec2.listings.push(listing);
    cloud.keep(ask, CREATE, "ClientToken", &id);
    answer(cloud, &id)
}

/// `CancelReservedInstancesListing`: what is sold or matched with a buyer stays so ([EC2:ri-market-general]). Cancelling again changes nothing (UNVERIFIED).
pub(super) fn cancel(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = ask.text("ReservedInstancesListingId").unwrap_or_default();
    let state = own_listing(cloud, ask, id)?.state;
    let now = cloud.books.now;
    match state {
        ListingState::Cancelled => {}
        ListingState::Active => cloud.set_listing(id, |listing| {
            (listing.cancelled, listing.state, listing.updated) = (listing.left(), ListingState::Cancelled, now);
        }),
        ListingState::Pending | ListingState::Closed => {
            return Err(wrong_input(format!("Listing {id} is {} and cannot be cancelled", status(state))));
        }
    }
    answer(cloud, id)
}

/// `DescribeReservedInstancesListings`.
pub(super) fn describe(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let filters = Filters::read(ask, &FILTERS)?;
    let (listing, reservation) = (ask.text("ReservedInstancesListingId"), ask.text("ReservedInstancesId"));
    if let Some(id) = listing {
        own_listing(cloud, ask, id)?;
    }
    if let Some(id) = reservation {
        cloud.own_reserved(ask, id)?;
    }
    let fits = |found: &&Listing| {
        is_own(ask, found)
            && listing.is_none_or(|id| found.id == id)
            && reservation.is_none_or(|id| found.reservation == id)
            && filters.pass(|name| vec![attribute(found, name)])
    };
    let found: Vec<Value> = cloud.books.ec2.listings.iter().filter(fits).map(|listing| value(cloud, listing)).collect();
    Ok(Value::of([("ReservedInstancesListings", found.into())]))
}

/// Since when an account has a reservation, also as what it was before a modification.
pub(super) fn owned_since(held: &HeldReservation) -> Moment {
    match held.life.origin {
        Origin::Bought | Origin::Resold => held.start,
        Origin::Modified | Origin::Exchanged { .. } | Origin::Unsold => held.bought,
    }
}

/// [EC2:ri-market-general]: standard, active and owned for 30 days, a month left, at no volume discount. Regional ones may be sold too, which
/// [EC2API:errors-overview] contradicts.
fn check_sellable(cloud: &Cloud, held: &HeldReservation, now: Moment) -> Result<(), Refusal> {
    let id = &held.id;
    let why = if held.class == OfferingClass::Convertible {
        "are convertible and cannot be sold in the Reserved Instance Marketplace"
    } else if held.standing != Standing::Active {
        "are not active"
    } else if now < owned_since(held).later(OWNED_SECONDS) {
        "have not been active for 30 days"
    } else if held.end < now.later(MONTH) {
        "have less than a month left"
    } else if held.life.discount_percent > 0 {
        "were bought at a volume discount and cannot be sold"
    } else if cloud.is_listed(id) {
        "are listed already"
    } else if cloud.is_being_modified(id) {
        "are being modified"
    } else {
        return Ok(());
    };
    Err(wrong_input(format!("Reserved Instances {id} {why}")))
}

/// The prices of a request, most months first. Without months, one is for all that remains (as in awscli's example).
fn prices(ask: &Ask<'_>, months: i64) -> Result<Vec<Asked>, Refusal> {
    let mut found: Vec<Asked> = Vec::new();
    for schedule in ask.input.list("PriceSchedules").unwrap_or_default() {
        if schedule.text("CurrencyCode").is_some_and(|currency| currency != "USD") {
            return Err(wrong_value("PriceSchedules.CurrencyCode must be USD"));
        }
        let months = match schedule.at("Term") {
            Some(Value::Integer(term)) => *term,
            _ => months,
        };
        let price = match schedule.at("Price") {
            Some(Value::Decimal(price)) => price.as_str().parse::<Money>().ok().filter(|price| *price >= Money::ZERO),
            _ => None,
        };
        let price = price.ok_or_else(|| wrong_value("PriceSchedules.Price must be an amount of at least 0.00"))?;
        if months < 1 || found.iter().any(|asked| asked.months == months) {
            return Err(wrong_value(format!("PriceSchedules.Term {months} must be at least 1 and given once")));
        }
        found.push(Asked { months, price });
    }
    found.sort_by_key(|asked| -asked.months);
    if found.is_empty() { Err(wrong_value("PriceSchedules must have at least one price")) } else { Ok(found) }
}

/// The limits of an account's life; what is on sale counts at its highest price (that it counts before it is sold is UNVERIFIED, and so are the
/// codes).
fn check_limits(cloud: &Cloud, account: u32, count: u32, prices: &[Asked]) -> Result<(), Refusal> {
    let most = |prices: &[Asked], count: u32| {
        let price = prices.iter().map(|asked| asked.price).max().unwrap_or_default();
        Money::from_units(price.units() * i128::from(count))
    };
    let (mut instances, mut total) = (count, most(prices, count));
    for listing in cloud.books.ec2.listings.iter().filter(|listing| listing.account == account) {
        instances += listing.count - listing.cancelled;
        total += most(&listing.prices, listing.left() + listing.matched);
        total += listing.sales.iter().map(|sale| Money::from_units(sale.price.units() * i128::from(sale.count))).sum();
    }
    if instances > SOLD_MAX {
        return Err(Refusal::new("ReservedInstancesCountExceeded", format!("An account may sell {SOLD_MAX} Reserved Instances")));
    }
    if total > Money::from_whole(SOLD_DOLLARS_MAX) {
        return Err(wrong_input(format!("An account may sell Reserved Instances for {SOLD_DOLLARS_MAX} USD")));
    }
    Ok(())
}

fn is_own(ask: &Ask<'_>, listing: &Listing) -> bool {
    listing.account == ask.caller.account && Some(listing.region) == region(ask)
}

/// [EC2API:errors-overview]: a wrong listing id is an `InvalidInput`.
fn own_listing<'c>(cloud: &'c Cloud, ask: &Ask<'_>, id: &str) -> Result<&'c Listing, Refusal> {
    let mine = cloud.listing(id).filter(|listing| is_own(ask, listing));
    mine.ok_or_else(|| wrong_input(format!("The listing ID '{id}' does not exist")))
}

fn answer(cloud: &Cloud, id: &str) -> Answered {
    let found: Vec<Value> = cloud.listing(id).map(|listing| value(cloud, listing)).into_iter().collect();
    Ok(Value::of([("ReservedInstancesListings", found.into())]))
}

/// The API's word ([BOTO:ec2] `ListingStatus`).
fn status(state: ListingState) -> &'static str {
    match state {
        ListingState::Pending => "pending",
        ListingState::Active => "active",
        ListingState::Cancelled => "cancelled",
        ListingState::Closed => "closed",
    }
}

fn message(listing: &Listing) -> &'static str {
    match listing.state {
        ListingState::Closed if listing.left() > 0 => "EXPIRED",
        ListingState::Closed => "SOLD",
        ListingState::Cancelled => "CANCELLED",
        ListingState::Pending | ListingState::Active => "ACTIVE",
    }
}

fn attribute(listing: &Listing, name: &str) -> String {
    match name {
        "reserved-instances-id" => listing.reservation.clone(),
        "reserved-instances-listing-id" => listing.id.clone(),
        "status" => status(listing.state).to_owned(),
        _ => message(listing).to_owned(),
    }
}

fn value(cloud: &Cloud, listing: &Listing) -> Value {
    let held = cloud.listed_reservation(listing);
    let active = held.filter(|_| listing.is_open()).map(|held| listing.price_at(months_left(held.end, cloud.books.now)));
    let schedules = listing.prices.iter().map(|asked| {
        Value::of([
            ("Term", asked.months.into()),
            ("Price", decimal(asked.price)),
            ("CurrencyCode", "USD".into()),
            ("Active", (Some(*asked) == active).into()),
        ])
    });
    let (pending, available) = match listing.state {
        ListingState::Pending => (listing.left(), 0),
        ListingState::Active => (listing.matched, listing.left()),
        ListingState::Cancelled | ListingState::Closed => (listing.matched, 0),
    };
    let counts = [("available", available), ("pending", pending), ("sold", listing.sold()), ("cancelled", listing.cancelled)];
    let counts = counts.map(|(state, count)| Value::of([("State", state.into()), ("InstanceCount", i64::from(count).into())]));
    Value::of([
        ("ReservedInstancesListingId", listing.id.as_str().into()),
        ("ReservedInstancesId", listing.reservation.as_str().into()),
        ("ClientToken", listing.token.as_str().into()),
        ("CreateDate", Value::Time(listing.created.timestamp())),
        ("UpdateDate", Value::Time(listing.updated.timestamp())),
        ("Status", status(listing.state).into()),
        ("StatusMessage", message(listing).into()),
        ("PriceSchedules", Value::List(schedules.collect())),
        ("InstanceCounts", counts.to_vec().into()),
        ("Tags", Value::List(Vec::new())),
    ])
}
