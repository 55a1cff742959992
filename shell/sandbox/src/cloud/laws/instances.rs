//! Moves of EC2's reservations: bought, queued, modified, exchanged.

use super::play::{ACCOUNTS, Call, Effect, Move, Play};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::ec2::Origin;
use crate::cloud::offers::ReservedOffer;
use crate::matching::is_size_flexible;
use crate::price::{OfferingClass, Payment, Term};
use crate::random::uuid;
use crate::region::zone_name;
use crate::sku::{Kind, Sku, family_of, instance_type_of};
use std::sync::Arc;
use tenor_money::Money;
use tenor_wire::{Decimal, Value};

const DAY: i64 = 86_400;
pub(super) const PRODUCT: &str = "AmazonEC2";
const PURCHASE: &str = "ec2:PurchaseReservedInstancesOffering";
const DELETE: &str = "ec2:DeleteQueuedReservedInstances";
const MODIFY: &str = "ec2:ModifyReservedInstances";
const QUOTE: &str = "ec2:GetReservedInstancesExchangeQuote";
const ACCEPT: &str = "ec2:AcceptReservedInstancesExchangeQuote";
/// [EC2:ri-limits].
const MONTHLY: u32 = 20;

/// An offering by chance: mostly of a few types in one Region, so that there is something to merge, exchange and cross tiers with.
fn some_offer(play: &mut Play, region: u32) -> Option<(ReservedOffer, Sku)> {
    let name = if play.chance(4) > 0 { "usual" } else { PRODUCT };
    play.offer(name, region)
}

pub(super) fn region(play: &mut Play) -> u32 {
    if play.chance(3) > 0 { 0 } else { play.region() }
}

/// How many more an account may buy in the month of `start`.
pub(super) fn quota_left(play: &Play, account: u32, region: u32, zone: Option<u32>, start: i64) -> u32 {
    let month_end = crate::cloud::Moment(start).month_end();
    let counts = |held: &&HeldReservation| {
        (held.product_code.as_str(), held.account, held.region, held.zone) == (PRODUCT, account, region, zone)
            && matches!(held.life.origin, Origin::Bought | Origin::Resold)
            && !matches!(held.standing, Standing::QueuedDeleted | Standing::PaymentFailed)
            && held.start.month_end() == month_end
    };
    MONTHLY.saturating_sub(play.cloud.books.reserved.iter().filter(counts).map(|held| held.count).sum())
}

fn purchase(account: u32, region: u32, offering: &str, count: i64) -> Call {
    let input = Value::of([("ReservedInstancesOfferingId", offering.into()), ("InstanceCount", count.into())]);
    Call { account, region, operation: PURCHASE, input }
}

pub(super) fn buy(play: &mut Play) -> Option<Move> {
    let (account, region) = (play.account(), region(play));
    let (offer, sku) = some_offer(play, region)?;
    let mut start = play.now().0;
    let is_queued = offer.zone.is_none() && play.chance(4) == 0;
    if is_queued {
        start += 60 + play.chance(200 * DAY as u64) as i64;
    }
    let left = quota_left(play, account, region, offer.zone, start);
    let most = if play.chance(4) == 0 { 20 } else { 4 };
    let count = 1 + play.chance(most) as u32;
    let mut call = purchase(account, region, &offer.id, i64::from(count));
    if is_queued {
        call.input.set("PurchaseTime", Value::Time(crate::cloud::Moment(start).timestamp()));
    }
    if count > left {
        return Some(Move::Wrong(call, "ReservedInstancesLimitExceeded"));
    }
    // What a zone holds is the sandbox's own; the largest are not bought there in numbers.
    if offer.zone.is_some() && sku.factor.units() * i128::from(count) > 400 * tenor_money::SCALE {
        return None;
    }
    Some(Move::Legal(call, Effect { units: Some((offer.id, count)), ..Effect::default() }, None))
}

pub(super) fn wrong_purchase(play: &mut Play) -> Option<Move> {
    let (account, region) = (play.account(), region(play));
    let (offer, _) = some_offer(play, region)?;
    let now = play.now();
    let mut call = purchase(account, region, &offer.id, 1);
    let at = |seconds: i64| Value::Time(now.later(seconds).timestamp());
    let code = match play.chance(8) {
        0 => {
            call.input.set("ReservedInstancesOfferingId", uuid(&[play.chance(1_000)]).into());
            "InvalidReservedInstancesOfferingId"
        }
        1 => {
            call.region = (region + 1) % 3;
            "InvalidReservedInstancesOfferingId"
        }
        2 => {
            let offers = Arc::clone(&play.cloud.offers);
            let plan = play.one_of(&offers.plans)?;
            call.input.set("ReservedInstancesOfferingId", plan.id.as_str().into());
            "InvalidReservedInstancesOfferingId"
        }
        3 => {
            call.input.set("InstanceCount", 0.into());
            "InvalidParameterValue"
        }
        4 => {
            call.input.set("InstanceCount", i64::from(MONTHLY + 1).into());
            "ReservedInstancesLimitExceeded"
        }
        5 if offer.price.upfront > Money::from_whole(1) && quota_left(play, account, region, offer.zone, now.0) > 0 => {
            call.input.set("LimitPrice", Value::of([("Amount", Value::Decimal(Decimal::from(1)))]));
            "LimitPriceExceeded"
        }
        6 if offer.zone.is_some() => {
            call.input.set("PurchaseTime", at(DAY));
            "InvalidParameterCombination"
        }
        7 if offer.zone.is_none() => {
            let far = if play.chance(2) == 0 { -1 } else { 3 * 365 * DAY + 1 };
            call.input.set("PurchaseTime", at(far));
            "InvalidParameterValue"
        }
        _ => return None,
    };
    Some(Move::Wrong(call, code))
}

/// All that EC2 has of reservations. Those of other services may have the same id: their buyers choose it.
pub(super) fn all(play: &Play) -> impl Iterator<Item = &HeldReservation> {
    play.cloud.books.reserved.iter().filter(|held| held.product_code == PRODUCT)
}

pub(super) fn held(play: &mut Play, fits: impl Fn(&HeldReservation) -> bool) -> Option<HeldReservation> {
    let found: Vec<HeldReservation> = all(play).filter(|held| fits(held)).cloned().collect();
    play.one_of(&found).cloned()
}

/// Whether it is one that a modification or a sale is under way of.
pub(super) fn is_busy(play: &Play, held: &HeldReservation) -> bool {
    use crate::cloud::ec2::ModificationState::Processing;
    let books = &play.cloud.books.ec2;
    books.modifications.iter().any(|modification| modification.state == Processing && modification.inputs.contains(&held.id))
        || books.listings.iter().any(|listing| listing.reservation == held.id && (listing.is_open() || listing.matched > 0))
}

pub(super) fn delete_queued(play: &mut Play) -> Option<Move> {
    let queued = held(play, |held| held.standing == Standing::Queued)?;
    let input = Value::of([("ReservedInstancesIds", vec![queued.id.as_str()].into())]);
    let call = Call { account: queued.account, region: queued.region, operation: DELETE, input };
    Some(Move::Legal(call, Effect { touches: vec![queued.id], ..Effect::default() }, None))
}

/// Of what is not queued nothing is deleted, and the answer is good and says so.
pub(super) fn delete_other(play: &mut Play) -> Option<Move> {
    let other = held(play, |held| held.standing != Standing::Queued)?;
    let account = (other.account + play.chance(2) as u32) % ACCOUNTS;
    if play.chance(3) == 0 {
        let ids: Vec<&str> = if play.chance(2) == 0 { Vec::new() } else { vec![other.id.as_str(); 101] };
        let input = Value::of([("ReservedInstancesIds", ids.into())]);
        return Some(Move::Wrong(Call { account, region: other.region, operation: DELETE, input }, "InvalidParameterValue"));
    }
    let input = Value::of([("ReservedInstancesIds", vec![other.id.as_str()].into())]);
    Some(Move::Legal(Call { account, region: other.region, operation: DELETE, input }, Effect::default(), None))
}

fn target(count: u32, instance_type: &str, zone: Option<u32>) -> Value {
    let mut target = Value::of([("InstanceCount", i64::from(count).into()), ("InstanceType", instance_type.into())]);
    match zone {
        Some(zone) => target.set("AvailabilityZone", zone_name(zone).into()),
        None => target.set("Scope", "Region".into()),
    }
    target
}

fn modification(of: &HeldReservation, ids: Vec<&str>, targets: Vec<Value>) -> Call {
    let input = Value::of([("ReservedInstancesIds", ids.into()), ("TargetConfigurations", targets.into())]);
    Call { account: of.account, region: of.region, operation: MODIFY, input }
}

fn sku_of(play: &Play, held: &HeldReservation) -> Sku {
    let is_it = |sku: &&Sku| sku.usage_type == held.usage_type && sku.operation == held.operation && matches!(sku.kind, Kind::Ec2 { .. });
    play.cloud.offers.skus.iter().find(is_it).expect("what is held was sold").clone()
}

/// Another size of the family, and how many of it are as many units.
fn other_size(play: &mut Play, sku: &Sku, count: u32) -> Option<(String, u32)> {
    let units = sku.factor.units() * i128::from(count);
    let offers = Arc::clone(&play.cloud.offers);
    let is_other = |other: &&Sku| {
        matches!(other.kind, Kind::Ec2 { .. })
            && !other.unused_capacity
            && (family_of(other), other.operation, other.region) == (family_of(sku), sku.operation, sku.region)
            && other.usage_type != sku.usage_type
            && units % other.factor.units() == 0
    };
    let sizes: Vec<&Sku> = offers.skus.iter().filter(is_other).collect();
    let size = play.one_of(&sizes)?;
    Some((instance_type_of(size).to_owned(), (units / size.factor.units()) as u32))
}

pub(super) fn modify(play: &mut Play) -> Option<Move> {
    let free: Vec<String> = all(play).filter(|held| !is_busy(play, held)).map(|held| held.id.clone()).collect();
    let one = held(play, |held| held.standing == Standing::Active && free.contains(&held.id))?;
    let sku = sku_of(play, &one);
    let own = instance_type_of(&sku).to_owned();
    let zone = Some(one.region * 3 + play.chance(3) as u32);
    let half = one.count / 2;
    let is_twin = |other: &HeldReservation| {
        let last_hour = |held: &HeldReservation| (held.end.0 - 1).div_euclid(3600);
        other.id != one.id
            && free.contains(&other.id)
            && (other.standing, other.account, &other.usage_type, &other.operation, other.payment, other.term, other.class)
                == (Standing::Active, one.account, &one.usage_type, &one.operation, one.payment, one.term, one.class)
            && (one.class == OfferingClass::Convertible || last_hour(other) == last_hour(&one))
    };
    let twin = if play.chance(2) == 0 { held(play, is_twin) } else { None };
    let (mut ids, targets) = (
        vec![one.id.as_str()],
        match (play.chance(4), &twin) {
            (_, Some(twin)) => vec![target(one.count + twin.count, &own, None)],
            (0, _) if half > 0 => vec![target(half, &own, None), target(one.count - half, &own, zone)],
            (1, _) if is_size_flexible(&sku, false) => {
                let (other, count) = other_size(play, &sku, one.count)?;
                vec![target(count, &other, None)]
            }
            (2, _) if half > 0 && is_size_flexible(&sku, false) => {
                let (other, count) = other_size(play, &sku, half)?;
                vec![target(count, &other, zone), target(one.count - half, &own, None)]
            }
            _ => vec![target(one.count, &own, if play.chance(2) == 0 { zone } else { None })],
        },
    );
    ids.extend(twin.iter().map(|twin| twin.id.as_str()));
    let mut call = modification(&one, ids, targets);
    let token = (play.chance(2) == 0).then_some("ClientToken");
    if let Some(member) = token {
        let name = play.name();
        call.input.set(member, name.into());
    }
    Some(Move::Legal(call, Effect::default(), token))
}

pub(super) fn wrong_modification(play: &mut Play) -> Option<Move> {
    let one = held(play, |_| true)?;
    let sku = sku_of(play, &one);
    let own = instance_type_of(&sku).to_owned();
    let as_it_is = vec![target(one.count, &own, one.zone)];
    let mut call = modification(&one, vec![&one.id], as_it_is.clone());
    if one.standing != Standing::Active || is_busy(play, &one) {
        return Some(Move::Wrong(call, "InvalidInput"));
    }
    let code = match play.chance(7) {
        0 => {
            call.account = (one.account + 1) % ACCOUNTS;
            "InvalidReservedInstancesId"
        }
        1 => {
            call.region = (one.region + 1) % 3;
            "InvalidReservedInstancesId"
        }
        2 => {
            call = modification(&one, vec![&one.id], vec![target(one.count + 1, &own, one.zone)]);
            "InvalidInput"
        }
        3 => {
            call = modification(&one, vec![&one.id], [as_it_is.clone(), as_it_is].concat());
            "InvalidInput"
        }
        4 => {
            call = modification(&one, vec![&one.id, &one.id], as_it_is);
            "InvalidParameterValue"
        }
        5 if !is_size_flexible(&sku, false) => {
            let (other, count) = other_size(play, &sku, one.count)?;
            call = modification(&one, vec![&one.id], vec![target(count, &other, None)]);
            "InvalidInput"
        }
        6 => {
            call = modification(&one, vec![&one.id], vec![target(one.count, &own, Some((one.region + 1) % 3 * 3))]);
            "InvalidParameterValue"
        }
        _ => return None,
    };
    Some(Move::Wrong(call, code))
}

/// An exchange, legal if and only if the quote says so; what it says is checked against the rule.
pub(super) fn exchange(play: &mut Play) -> Option<Move> {
    let one = if play.chance(4) > 0 {
        held(play, |held| held.standing == Standing::Active && held.class == OfferingClass::Convertible)?
    } else {
        held(play, |_| true)?
    };
    let mut ids = vec![one.id.clone()];
    let is_near =
        |other: &HeldReservation| other.id != one.id && (other.account, other.region, other.class) == (one.account, one.region, one.class);
    if let Some(other) = held(play, is_near).filter(|_| play.chance(3) == 0) {
        ids.push(other.id);
    }
    let name = match one.term {
        _ if play.chance(5) == 0 => PRODUCT,
        Term::OneYear => "convertible for a year",
        Term::ThreeYears => "convertible for three years",
    };
    let (offer, _) = play.offer(name, one.region)?;
    let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
    let input = Value::of([
        ("ReservedInstanceIds", texts.into()),
        ("TargetConfigurations", vec![Value::of([("OfferingId", offer.id.as_str().into())])].into()),
    ]);
    let call = Call { account: one.account, region: one.region, operation: ACCEPT, input };
    let quote = play.read(call.account, call.region, QUOTE, call.input.clone());
    let given: Vec<HeldReservation> = all(play).filter(|held| ids.contains(&held.id)).cloned().collect();
    let stands_against = given.iter().any(|held| {
        held.standing != Standing::Active
            || held.class != OfferingClass::Convertible
            || is_busy(play, held)
            || held.end < play.now().later(DAY)
            || (offer.payment == Payment::Nothing && held.payment != Payment::Nothing)
    }) || offer.class != OfferingClass::Convertible
        || Some(offer.term) != given.iter().map(|held| held.term).max();
    if quote.at("IsValidExchange") != Some(&Value::Bool(true)) {
        return Some(Move::Wrong(call, "InvalidInput"));
    }
    assert!(!stands_against, "a quote is good although something stands against it: {call:?}");
    let count = check_quote(&quote, offer.payment);
    Some(Move::Legal(call, Effect { touches: ids, units: Some((offer.id.clone(), count)), ..Effect::default() }, None))
}

/// [EC2:ri-convertible-exchange]: what is got is worth no less, upfront and in all, with one less it would be; what is due is the difference of the
/// upfront values; with nothing upfront the hourly price does not fall.
fn check_quote(quote: &Value, payment: Payment) -> u32 {
    let amount = |path: &str| quote.text(path).expect("a quote tells amounts").parse::<Money>().expect("they are amounts");
    let six = Money::from_units(2_000_000);
    let [given_upfront, got_upfront] =
        ["ReservedInstanceValueRollup", "TargetConfigurationValueRollup"].map(|side| amount(&format!("{side}.RemainingUpfrontValue")));
    let [given_total, got_total] =
        ["ReservedInstanceValueRollup", "TargetConfigurationValueRollup"].map(|side| amount(&format!("{side}.RemainingTotalValue")));
    let [given_hourly, got_hourly] =
        ["ReservedInstanceValueRollup", "TargetConfigurationValueRollup"].map(|side| amount(&format!("{side}.HourlyPrice")));
    let due = amount("PaymentDue");
    let configuration = &quote.list("TargetConfigurationValueSet").expect("a quote has a target")[0];
    let count = match configuration.at("TargetConfiguration.InstanceCount") {
        Some(Value::Integer(count)) => *count,
        other => panic!("{other:?} is no count"),
    };
    assert!(count >= 1 && got_upfront + six >= given_upfront && got_total + six >= given_total, "{quote:?}");
    let one_less = |got: Money| Money::from_units(got.units() / i128::from(count) * i128::from(count - 1));
    let would_do = one_less(got_upfront) - six > given_upfront && one_less(got_total) - six > given_total;
    assert!(count == 1 || !would_do, "one less would do: {quote:?}");
    assert!((due - (got_upfront - given_upfront).max(Money::ZERO)).abs() <= six, "{quote:?}");
    assert!(payment != Payment::Nothing || got_hourly + six >= given_hourly, "{quote:?}");
    count as u32
}

pub(super) fn wrong_exchange(play: &mut Play) -> Option<Move> {
    let one = held(play, |_| true)?;
    let (offer, _) = play.offer("convertible for a year", one.region)?;
    let mut target = Value::of([("OfferingId", offer.id.as_str().into())]);
    let mut account = one.account;
    let mut ids = vec![one.id.as_str()];
    let code = match play.chance(5) {
        0 => {
            target.set("InstanceCount", 1.into());
            "InvalidParameterValue"
        }
        1 => {
            target.set("OfferingId", uuid(&[play.chance(1_000)]).into());
            "InvalidReservedInstancesOfferingId"
        }
        2 => {
            account = (one.account + 1) % ACCOUNTS;
            "InvalidReservedInstancesId"
        }
        3 => {
            ids = vec![&one.id, &one.id];
            "InvalidParameterValue"
        }
        _ => {
            ids = vec!["none"];
            "InvalidReservedInstancesId"
        }
    };
    let input = Value::of([("ReservedInstanceIds", ids.into()), ("TargetConfigurations", vec![target].into())]);
    Some(Move::Wrong(Call { account, region: one.region, operation: ACCEPT, input }, code))
}
