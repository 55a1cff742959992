//! Moves on the marketplace: listed, cancelled, bought of other accounts and of strangers.

use super::instances::{all, held, is_busy, quota_left, region};
use super::play::{ACCOUNTS, Call, Effect, Move, Play};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::ec2::{Listing, ListingState, Origin};
use crate::price::OfferingClass;
use tenor_money::Money;
use tenor_wire::{Decimal, Value};

const DAY: i64 = 86_400;
const MONTH: i64 = 30 * DAY;
const CREATE: &str = "ec2:CreateReservedInstancesListing";
const CANCEL: &str = "ec2:CancelReservedInstancesListing";

fn listing(play: &mut Play, of: &HeldReservation, count: u32) -> Call {
    // Sold to strangers in a day, or so dear that only another account buys it.
    let price = if play.chance(3) == 0 { play.chance(60) } else { 300 + play.chance(200) };
    let price = Value::Decimal(Decimal::from(price as i64));
    let mut schedules = vec![Value::of([("Price", price)])];
    if of.end > play.now().later(2 * MONTH) && play.chance(4) == 0 {
        schedules.push(Value::of([("Term", 1.into()), ("Price", Value::Decimal(Decimal::from(1)))]));
    }
    let token = play.name();
    let input = Value::of([
        ("ReservedInstancesId", of.id.as_str().into()),
        ("InstanceCount", i64::from(count).into()),
        ("PriceSchedules", schedules.into()),
        ("ClientToken", token.into()),
    ]);
    Call { account: of.account, region: of.region, operation: CREATE, input }
}

/// [EC2:ri-market-general]: standard, active, owned for 30 days, a month left, at no volume discount, and nothing under way.
fn is_sellable(play: &Play, held: &HeldReservation) -> bool {
    let now = play.now();
    let since = if matches!(held.life.origin, Origin::Bought | Origin::Resold) { held.start } else { held.bought };
    (held.class, held.standing) == (OfferingClass::Standard, Standing::Active)
        && since.later(MONTH) <= now
        && now.later(MONTH) <= held.end
        && held.life.discount_percent == 0
        && !is_busy(play, held)
}

pub(super) fn list(play: &mut Play) -> Option<Move> {
    let sellable: Vec<String> = all(play).filter(|held| is_sellable(play, held)).map(|held| held.id.clone()).collect();
    let one = held(play, |held| sellable.contains(&held.id))?;
    let count = 1 + play.chance(u64::from(one.count.min(4))) as u32;
    let call = listing(play, &one, count);
    Some(Move::Legal(call, Effect::default(), Some("ClientToken")))
}

pub(super) fn wrong_listing(play: &mut Play) -> Option<Move> {
    let one = held(play, |_| true)?;
    let mut call = listing(play, &one, 1);
    if !is_sellable(play, &one) {
        return Some(Move::Wrong(call, "InvalidInput"));
    }
    let code = match play.chance(6) {
        0 => {
            call.input.set("InstanceCount", i64::from(one.count + 1).into());
            "InvalidInput"
        }
        1 => {
            call.account = (one.account + 1) % ACCOUNTS;
            "InvalidReservedInstancesId"
        }
        2 => {
            call.input.set("PriceSchedules", Value::List(Vec::new()));
            "InvalidParameterValue"
        }
        3 => {
            let dear = Value::of([("Price", Value::Decimal(Decimal::from(50_001)))]);
            call.input.set("PriceSchedules", vec![dear].into());
            "InvalidInput"
        }
        4 => {
            call.input.set("InstanceCount", 0.into());
            "InvalidParameterValue"
        }
        _ => {
            call.input.set("ClientToken", "x".repeat(65).into());
            "InvalidParameterValue"
        }
    };
    Some(Move::Wrong(call, code))
}

pub(super) fn cancel(play: &mut Play) -> Option<Move> {
    let all: Vec<Listing> = play.cloud.books.ec2.listings.clone();
    let one = play.one_of(&all)?;
    let input = Value::of([("ReservedInstancesListingId", one.id.as_str().into())]);
    let mut call = Call { account: one.account, region: one.region, operation: CANCEL, input };
    if play.chance(5) == 0 {
        call.account = (one.account + 1) % ACCOUNTS;
        return Some(Move::Wrong(call, "InvalidInput"));
    }
    Some(match one.state {
        ListingState::Active | ListingState::Cancelled => Move::Legal(call, Effect::default(), None),
        ListingState::Pending | ListingState::Closed => Move::Wrong(call, "InvalidInput"),
    })
}

pub(super) fn buy(play: &mut Play) -> Option<Move> {
    let (mut account, mut region) = (play.account(), region(play));
    let filter = Value::of([("Name", "marketplace".into()), ("Values", vec!["true"].into())]);
    let mut question = Value::of([("Filters", vec![filter].into()), ("MaxInstanceCount", 100_000.into())]);
    // What other accounts sell is rarer than what strangers do.
    let open: Vec<Listing> =
        play.cloud.books.ec2.listings.iter().filter(|listing| listing.state == ListingState::Active).cloned().collect();
    let wanted = play.one_of(&open).cloned().filter(|_| play.chance(4) > 0);
    if let Some(one) = &wanted {
        (account, region) = ((one.account + 1 + play.chance(2) as u32) % ACCOUNTS, one.region);
        let of = all(play).find(|held| held.id == one.reservation)?;
        question.set("InstanceType", of.usage_type.rsplit(':').next()?.into());
    }
    let answer = play.read(account, region, "ec2:DescribeReservedInstancesOfferings", question);
    let on_sale = answer.list("ReservedInstancesOfferings")?;
    let is_wanted = |offer: &&Value| wanted.as_ref().is_some_and(|listing| has_price_of(offer, listing));
    let of_accounts: Vec<&Value> = on_sale.iter().filter(is_wanted).collect();
    let offer = if of_accounts.is_empty() { play.one_of(on_sale)? } else { *play.one_of(&of_accounts)? };
    let there: i64 = offer
        .list("PricingDetails")?
        .iter()
        .filter_map(|lot| if let Some(Value::Integer(count)) = lot.at("Count") { Some(*count) } else { None })
        .sum();
    let zone =
        offer.text("AvailabilityZone").map(|name| (0..9).find(|zone| crate::region::zone_name(*zone) == name).expect("zones are known"));
    let left = quota_left(play, account, region, zone, play.now().0);
    // All that there are, where the dearest are an account's.
    let count = if wanted.is_some() && play.chance(4) > 0 { there as u32 } else { 1 + play.chance(there.max(1) as u64) as u32 };
    let id = offer.text("ReservedInstancesOfferingId")?.to_owned();
    let input = Value::of([("ReservedInstancesOfferingId", id.as_str().into()), ("InstanceCount", i64::from(count).into())]);
    let mut call = Call { account, region, operation: "ec2:PurchaseReservedInstancesOffering", input };
    if count > left {
        return Some(Move::Wrong(call, "ReservedInstancesLimitExceeded"));
    }
    if i64::from(left) > there && play.chance(6) == 0 {
        call.input.set("InstanceCount", (there + 1).into());
        return Some(Move::Wrong(call, "ReservedInstancesUnavailable"));
    }
    Some(Move::Legal(call, Effect { units: Some((id, count)), ..Effect::default() }, None))
}

/// Whether an offering has something at a price of a listing: it is the listing's, or as good.
fn has_price_of(offer: &Value, listing: &Listing) -> bool {
    let price = |lot: &Value| if let Some(Value::Decimal(price)) = lot.at("Price") { price.as_str().parse::<Money>().ok() } else { None };
    let lots = offer.list("PricingDetails").unwrap_or_default();
    lots.iter().filter_map(price).any(|price| listing.prices.iter().any(|asked| asked.price == price))
}
