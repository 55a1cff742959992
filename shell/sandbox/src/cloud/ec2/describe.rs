//! What is held.

use super::filters::Filters;
use super::{decimal, is_own, product_description, state, type_of, zone_id};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask};
use crate::cloud::books::HeldReservation;
use crate::region::zone_name;
use tenor_money::Money;
use tenor_wire::Value;

/// [BOTO:ec2 DescribeReservedInstances].
const FILTERS: [&str; 15] = [
    "availability-zone",
    "availability-zone-id",
    "duration",
    "end",
    "fixed-price",
    "instance-type",
    "scope",
    "product-description",
    "reserved-instances-id",
    "start",
    "state",
    "tag:",
    "tag-key",
    "tag-value",
    "usage-price",
];

/// `DescribeReservedInstances`: those of the caller's account in the Region, also what is over.
pub(super) fn reserved(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let filters = Filters::read(ask, &FILTERS)?;
    let ids = ask.texts("ReservedInstancesIds");
    for id in &ids {
        cloud.own_reserved(ask, id)?;
    }
    let fits = |held: &&HeldReservation| {
        (ids.is_empty() || ids.contains(&held.id.as_str()))
            && ask.text("OfferingClass").is_none_or(|class| class == held.class.text())
            && ask.text("OfferingType").is_none_or(|payment| payment == held.payment.text())
            && filters.pass(|name| attributes(held, name))
    };
    let mine = cloud.books.reserved.iter().filter(|held| is_own(ask, held));
    let found: Vec<Value> = mine.filter(fits).map(value).collect();
    Ok(Value::of([("ReservedInstances", found.into())]))
}

fn attributes(held: &HeldReservation, name: &str) -> Vec<String> {
    let one = match name {
        "availability-zone" => held.zone.map(zone_name),
        "availability-zone-id" => held.zone.map(zone_id),
        "duration" => Some(duration(held).to_string()),
        "end" => Some(shown_end(held).text()),
        "fixed-price" => Some(held.upfront.to_string()),
        "instance-type" => Some(type_of(&held.usage_type).to_owned()),
        "scope" => Some(scope(held.zone).to_owned()),
        "product-description" => Some(product_description(&held.operation).to_owned()),
        "reserved-instances-id" => Some(held.id.clone()),
        "start" => Some(held.start.text()),
        "state" => Some(state(held.standing).to_owned()),
        "usage-price" => Some("0".to_owned()),
        "tag-key" => return held.tags.keys().cloned().collect(),
        "tag-value" => return held.tags.values().cloned().collect(),
        _ => name.strip_prefix("tag:").and_then(|key| held.tags.get(key).cloned()),
    };
    one.into_iter().collect()
}

/// Where it applies ([BOTO:ec2] `scope`).
pub(super) fn scope(zone: Option<u32>) -> &'static str {
    if zone.is_some() { "Availability Zone" } else { "Region" }
}

/// How long it runs: what is left of a term where it begins in one's midst ([EC2:ri-modifying]: "a 16-month reservation").
fn duration(held: &HeldReservation) -> i64 {
    held.term_end().0 - held.start.0
}

/// The last second of a whole term; where something ended it, the moment at which its successor starts ([EC2:ri-modifying]).
fn shown_end(held: &HeldReservation) -> crate::cloud::Moment {
    if held.life.term_end.is_some() { held.end } else { held.end.later(-1) }
}

fn value(held: &HeldReservation) -> Value {
    let tags = held.tags.iter().map(|(key, value)| Value::of([("Key", key.as_str().into()), ("Value", value.as_str().into())]));
    let mut value = Value::of([
        ("ReservedInstancesId", held.id.as_str().into()),
        ("InstanceType", type_of(&held.usage_type).into()),
        ("ProductDescription", product_description(&held.operation).into()),
        ("InstanceTenancy", "default".into()),
        ("Scope", scope(held.zone).into()),
        ("OfferingClass", held.class.text().into()),
        ("OfferingType", held.payment.text().into()),
        ("InstanceCount", i64::from(held.count).into()),
        ("Start", Value::Time(held.start.timestamp())),
        ("End", Value::Time(shown_end(held).timestamp())),
        ("Duration", duration(held).into()),
        ("State", state(held.standing).into()),
        ("CurrencyCode", "USD".into()),
        ("FixedPrice", decimal(held.upfront)),
        ("UsagePrice", decimal(Money::ZERO)),
        ("RecurringCharges", vec![Value::of([("Amount", decimal(held.hourly)), ("Frequency", "Hourly".into())])].into()),
        ("Tags", Value::List(tags.collect())),
    ]);
    if let Some(zone) = held.zone {
        value.set("AvailabilityZone", zone_name(zone).into());
        value.set("AvailabilityZoneId", zone_id(zone).into());
    }
    value
}
