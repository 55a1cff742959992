//! Buying, queueing, taking back what is queued.

use super::market::{self, Group};
use super::records::Origin;
use super::{Life, PRODUCT, count, is_own, region, tiers, wrong_value};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Purchase, Standing};
use crate::cloud::moment::Moment;
use crate::cloud::offers::ReservedOffer;
use crate::cloud::quotas::RESERVED_INSTANCES;
use crate::sku::Sku;
use tenor_money::{Money, Quantity};
use tenor_wire::Value;

/// [EC2:ri-market-concepts-buying]: queued up to three years ahead.
const AHEAD_MAX: i64 = 3 * 365 * 86_400;
/// Normalized units that a zone holds for the zonal reservations of one family. Simulated: AWS tells nobody.
const ZONE_UNITS: i64 = 5_000;
/// [BOTO:ec2 DeleteQueuedReservedInstances].
const DELETIONS_MAX: usize = 100;

/// `PurchaseReservedInstancesOffering`. There is no client token: the same request again buys again ([EC2API:ec2-api-idempotency]).
pub(super) fn purchase(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let count = count(ask.input, "InstanceCount")?;
    let limit = limit(ask)?;
    let id = ask.text("ReservedInstancesOfferingId").unwrap_or_default();
    let unknown = || Refusal::new("InvalidReservedInstancesOfferingId", format!("The offering ID '{id}' does not exist"));
    let region = region(ask).ok_or_else(unknown)?;
    let made = if let Some((offer, sku)) = offer(cloud, region, id) {
        buy_of_aws(cloud, ask, &offer, &sku, count, limit)?
    } else {
        let group = market::groups(cloud, ask, region).into_iter().find(|group| group.id == id).ok_or_else(unknown)?;
        buy_of_sellers(cloud, ask, &group, count, limit)?
    };
    Ok(Value::of([("ReservedInstancesId", made.into())]))
}

/// `DeleteQueuedReservedInstances`: those that can be are deleted, for the others it says why not ([BOTO:ec2]).
pub(super) fn delete_queued(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let ids = ask.texts("ReservedInstancesIds");
    if !(1..=DELETIONS_MAX).contains(&ids.len()) {
        return Err(wrong_value(format!("ReservedInstancesIds must have between 1 and {DELETIONS_MAX} IDs, not {}", ids.len())));
    }
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for id in ids {
        let standing = cloud.own_reserved(ask, id).map(|held| held.standing);
        let (code, message) = match standing {
            Ok(Standing::Queued) => {
                cloud.set_reserved(id, |held| held.standing = Standing::QueuedDeleted);
                done.push(Value::of([("ReservedInstancesId", id.into())]));
                continue;
            }
            Ok(_) => ("reserved-instances-not-in-queued-state", "The Reserved Instances are not queued"),
            Err(_) => ("reserved-instances-id-invalid", "The ID does not exist"),
        };
        let error = Value::of([("Code", code.into()), ("Message", message.into())]);
        failed.push(Value::of([("ReservedInstancesId", id.into()), ("Error", error)]));
    }
    Ok(Value::of([("SuccessfulQueuedPurchaseDeletions", done.into()), ("FailedQueuedPurchaseDeletions", failed.into())]))
}

/// What AWS itself sells under an id in a Region.
pub(super) fn offer(cloud: &Cloud, region: u32, id: &str) -> Option<(ReservedOffer, Sku)> {
    let offer = cloud.offers.reserved(id)?;
    let sku = &cloud.offers.skus[offer.sku];
    (sku.product_code == PRODUCT && sku.region == region).then(|| (offer.clone(), sku.clone()))
}

/// Whether a zone holds so many more normalized units of a family.
pub(super) fn has_capacity(cloud: &Cloud, zone: u32, family: &str, more: Quantity) -> bool {
    let holds = |held: &&HeldReservation| {
        let is_there = matches!(held.standing, Standing::Active | Standing::PaymentPending);
        held.product_code == PRODUCT && held.zone == Some(zone) && is_there && crate::sku::family_of(cloud.sku_of(held)) == family
    };
    let reserved = cloud.books.reserved.iter().filter(holds).map(|held| footprint(cloud.sku_of(held), held.count));
    reserved.sum::<Quantity>() + more <= Quantity::from_whole(ZONE_UNITS)
}

/// The normalized units of so many instances.
pub(super) fn footprint(sku: &Sku, count: u32) -> Quantity {
    Quantity::from_units(sku.factor.units() * i128::from(count))
}

/// The most that an order may cost upfront ([BOTO:ec2] `LimitPrice`: instance count times price).
fn limit(ask: &Ask<'_>) -> Result<Option<Money>, Refusal> {
    let Some(given) = ask.input.at("LimitPrice") else { return Ok(None) };
    if given.text("CurrencyCode").is_some_and(|currency| currency != "USD") {
        return Err(wrong_value("LimitPrice.CurrencyCode must be USD"));
    }
    let Some(Value::Decimal(amount)) = given.at("Amount") else { return Ok(None) };
    amount.as_str().parse().map(Some).map_err(|_| wrong_value(format!("LimitPrice.Amount {amount} is no amount")))
}

fn check_limit(total: Money, limit: Option<Money>) -> Result<(), Refusal> {
    match limit {
        Some(limit) if total > limit => {
            Err(Refusal::new("LimitPriceExceeded", format!("The total order of {total} is greater than the limit price of {limit}")))
        }
        _ => Ok(()),
    }
}

/// [EC2:ri-limits]: counted in instances, apart for regional and for each zone's. A queued purchase counts in the month it is for (UNVERIFIED).
fn check_quota(cloud: &Cloud, ask: &Ask<'_>, zone: Option<u32>, start: Moment, more: u32) -> Result<(), Refusal> {
    let counts = |held: &&HeldReservation| {
        is_own(ask, held)
            && held.zone == zone
            && matches!(held.life.origin, Origin::Bought | Origin::Resold)
            && !matches!(held.standing, Standing::QueuedDeleted | Standing::PaymentFailed)
            && held.start.month_end() == start.month_end()
    };
    let bought: u32 = cloud.books.reserved.iter().filter(counts).map(|held| held.count).sum();
    let quota = cloud.quota(ask, &RESERVED_INSTANCES);
    if bought.saturating_add(more) <= quota {
        return Ok(());
    }
    let message = format!("Your quota allows {quota} new Reserved Instances this month; {bought} are bought, {more} are wanted");
    Err(Refusal::new("ReservedInstancesLimitExceeded", message))
}

/// When a purchase is to start; none is now ([EC2:ri-market-concepts-buying]: regional ones of AWS's alone can be queued).
fn start(cloud: &Cloud, ask: &Ask<'_>, can_wait: bool) -> Result<Moment, Refusal> {
    let now = cloud.books.now;
    match ask.input.time("PurchaseTime").map(Moment::of) {
        None => Ok(now),
        Some(_) if !can_wait => Err(Refusal::new(
            "InvalidParameterCombination",
            "PurchaseTime cannot be given for zonal Reserved Instances or those of other sellers",
        )),
        Some(at) if at <= now => Err(wrong_value("PurchaseTime must be in the future")),
        Some(at) if at > now.later(AHEAD_MAX) => Err(wrong_value("PurchaseTime must be within three years")),
        Some(at) => Ok(at),
    }
}

fn buy_of_aws(
    cloud: &mut Cloud,
    ask: &Ask<'_>,
    offer: &ReservedOffer,
    sku: &Sku,
    count: u32,
    limit: Option<Money>,
) -> Result<String, Refusal> {
    let start = start(cloud, ask, offer.zone.is_none())?;
    check_quota(cloud, ask, offer.zone, start, count)?;
    check_limit(Money::from_units(offer.price.upfront.units() * i128::from(count)), limit)?;
    if let Some(zone) = offer.zone
        && !has_capacity(cloud, zone, crate::sku::family_of(sku), footprint(sku, count))
    {
        let message = "There is insufficient capacity for the requested Reserved Instances";
        return Err(Refusal::new("InsufficientReservedInstancesCapacity", message));
    }
    // Nothing below may refuse.
    let now = cloud.books.now;
    let id = cloud.fresh_id();
    let whole = HeldReservation::ordered(Purchase { id, account: ask.caller.account, offer, sku, count, now, start });
    let id = whole.id.clone();
    if start > now {
        cloud.books.reserved.push(whole);
        return Ok(id);
    }
    let parts = tiers::split(cloud, &whole, now);
    // [EC2:concepts-reserved-instances-application]: across tiers, the id that is answered is none of those that come of it.
    let is_split = parts.len() > 1;
    for mut part in parts {
        if is_split {
            part.id = cloud.fresh_id();
        }
        cloud.books.reserved.push(part);
    }
    Ok(id)
}

/// Buys of those who sell alike, the cheapest first ([EC2:ri-market-general]). Each lot becomes a reservation with its own end; that the first
/// one's id is answered is UNVERIFIED.
fn buy_of_sellers(cloud: &mut Cloud, ask: &Ask<'_>, group: &Group, count: u32, limit: Option<Money>) -> Result<String, Refusal> {
    let start = start(cloud, ask, false)?;
    check_quota(cloud, ask, group.zone, start, count)?;
    let taken = group.cheapest(count).ok_or_else(|| {
        Refusal::new("ReservedInstancesUnavailable", format!("Only {} of the requested Reserved Instances are available", group.count()))
    })?;
    check_limit(taken.iter().map(|(lot, count)| Money::from_units(lot.price.units() * i128::from(*count))).sum(), limit)?;
    // Nothing below may refuse.
    let mut made = Vec::new();
    for (lot, count) in taken {
        let id = cloud.fresh_id();
        made.push(id.clone());
        let sku = &cloud.offers.skus[group.sku];
        let order = Purchase { id: id.clone(), account: ask.caller.account, offer: &group.offer(lot), sku, count, now: start, start };
        let life = Life { origin: Origin::Resold, ..Life::default() };
        cloud.books.reserved.push(HeldReservation { end: lot.end, life, ..HeldReservation::ordered(order) });
        market::set_aside(cloud, lot, count, id);
    }
    Ok(made.swap_remove(0))
}
