//! Modifications on their way: carried out when their time has come, and described.

use super::filters::Filters;
use super::purchase::{footprint, has_capacity};
use super::records::{Life, Modification, ModificationState, Origin, Target};
use super::worth::upfront_left;
use super::{region, type_of, wrong_input, zone_id};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::moment::Moment;
use crate::cloud::pages::Paging;
use crate::exact::running_share;
use crate::region::zone_name;
use crate::sku::family_of;
use tenor_money::{Money, Quantity, Rounding, UnitPrice, mul_div_round};
use tenor_wire::Value;

/// The operation knows no limit: pages are as long as the service likes.
const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "InvalidParameterValue" };

/// [BOTO:ec2 DescribeReservedInstancesModifications].
const FILTERS: [&str; 13] = [
    "client-token",
    "create-date",
    "effective-date",
    "modification-result.reserved-instances-id",
    "modification-result.target-configuration.availability-zone",
    "modification-result.target-configuration.availability-zone-id",
    "modification-result.target-configuration.instance-count",
    "modification-result.target-configuration.instance-type",
    "reserved-instances-id",
    "reserved-instances-modification-id",
    "status",
    "status-message",
    "update-date",
];

/// When the next one is carried out.
pub(super) fn next(cloud: &Cloud) -> Option<Moment> {
    let pending = cloud.books.ec2.modifications.iter().filter(|modification| modification.state == ModificationState::Processing);
    pending.map(due).min()
}

fn due(modification: &Modification) -> Moment {
    modification.created.later(SETTLE_SECONDS)
}

/// Carries out what is due by `to`.
pub(super) fn carry_out(cloud: &mut Cloud, to: Moment) {
    for index in 0..cloud.books.ec2.modifications.len() {
        let mut modification = cloud.books.ec2.modifications[index].clone();
        let at = due(&modification);
        if modification.state != ModificationState::Processing || at > to {
            continue;
        }
        let inputs: Vec<HeldReservation> = modification.inputs.iter().filter_map(|id| cloud.instances(id)).cloned().collect();
        modification.updated = at;
        match obstacle(cloud, &modification, &inputs, at) {
            Some(message) => (modification.state, modification.message) = (ModificationState::Failed, message.to_owned()),
            None => fulfil(cloud, &mut modification, &inputs),
        }
        cloud.books.ec2.modifications[index] = modification;
    }
}

/// `DescribeReservedInstancesModifications`.
pub(super) fn describe(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let filters = Filters::read(ask, &FILTERS)?;
    let ids = ask.texts("ReservedInstancesModificationIds");
    let region = region(ask);
    let is_own = |found: &&Modification| found.account == ask.caller.account && Some(found.region) == region;
    let mine: Vec<&Modification> = cloud.books.ec2.modifications.iter().filter(is_own).collect();
    if let Some(id) = ids.iter().find(|id| mine.iter().all(|modification| modification.id != **id)) {
        return Err(wrong_input(format!("The modification ID '{id}' does not exist")));
    }
    let fits =
        |found: &&&Modification| (ids.is_empty() || ids.contains(&found.id.as_str())) && filters.pass(|name| attributes(found, name));
    let found: Vec<Value> = mine.iter().filter(fits).map(|modification| value(modification)).collect();
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([("ReservedInstancesModifications", page.into())]);
    if let Some(next) = next {
        answer.set("NextToken", next.into());
    }
    Ok(answer)
}

/// Why a valid request fails all the same ([EC2:ri-modifying]: for want of capacity), and its reservations stay as they were.
fn obstacle(cloud: &Cloud, modification: &Modification, inputs: &[HeldReservation], at: Moment) -> Option<&'static str> {
    if inputs.iter().any(|held| held.end <= at) {
        return Some("The Reserved Instances have expired");
    }
    let operation = &inputs[0].operation;
    let is_full = |target: &Target| {
        let (Some(zone), Some(sku)) = (target.zone, cloud.instance_sku(&target.usage_type, operation)) else { return false };
        let within: Quantity =
            inputs.iter().filter(|held| held.zone == Some(zone)).map(|held| footprint(cloud.sku_of(held), held.count)).sum();
        let wanted: Quantity =
            modification.targets.iter().filter(|other| other.zone == Some(zone)).map(|other| units(cloud, other, operation)).sum();
        !has_capacity(cloud, zone, family_of(sku), wanted - within)
    };
    modification.targets.iter().any(is_full).then_some("There is insufficient capacity for the requested configuration")
}

fn units(cloud: &Cloud, target: &Target, operation: &str) -> Quantity {
    cloud.instance_sku(&target.usage_type, operation).map_or(Quantity::ZERO, |sku| footprint(sku, target.count))
}

/// Retires the inputs and makes what they become, from the start of the hour on and at no price ([EC2:ri-modifying]). What was paid and what is
/// paid by the hour goes over by normalized units, so that nothing is gained or lost by it (UNVERIFIED).
fn fulfil(cloud: &mut Cloud, modification: &mut Modification, inputs: &[HeldReservation]) {
    let from = modification.effective;
    let sum = |of: &dyn Fn(&HeldReservation) -> Money| inputs.iter().map(of).sum::<Money>();
    let carried = sum(&|held| upfront_left(held, from));
    let list_value = sum(&|held| held.life.list_value);
    let hourly: i128 = inputs.iter().map(|held| held.hourly.units() * i128::from(held.count)).sum();
    let whole: Quantity = inputs.iter().map(|held| footprint(cloud.sku_of(held), held.count)).sum();
    let first = &inputs[0];
    let mut done = 0;
    for target in &mut modification.targets {
        let Some(factor) = cloud.instance_sku(&target.usage_type, &first.operation).map(|sku| sku.factor.units()) else { continue };
        let until = done + factor * i128::from(target.count);
        let part = |of: Money| running_share(of, done, until, whole.units());
        let made = HeldReservation {
            id: cloud.fresh_id(),
            usage_type: target.usage_type.clone(),
            count: target.count,
            zone: target.zone,
            upfront: Money::ZERO,
            hourly: UnitPrice::from_units(mul_div_round(hourly, factor, whole.units(), Rounding::HalfEven)),
            bought: inputs.iter().map(super::listings::owned_since).max().unwrap_or(first.bought),
            start: from,
            // Convertible ones may end at different times; that the last one counts is UNVERIFIED.
            end: inputs.iter().map(|held| held.end).max().unwrap_or(first.end),
            standing: Standing::Active,
            tags: first.tags.clone(),
            life: Life {
                origin: Origin::Modified,
                from: modification.inputs.clone(),
                carried: part(carried),
                list_value: part(list_value),
                discount_percent: inputs.iter().map(|held| held.life.discount_percent).max().unwrap_or_default(),
                ..Life::default()
            },
            ..first.clone()
        };
        target.made = Some(made.id.clone());
        cloud.books.reserved.push(made);
        done = until;
    }
    for held in inputs {
        cloud.set_reserved(&held.id, |retired| retired.retire(from, upfront_left(held, from)));
    }
    modification.state = ModificationState::Fulfilled;
}

/// The API's word.
fn status(state: ModificationState) -> &'static str {
    match state {
        ModificationState::Processing => "processing",
        ModificationState::Fulfilled => "fulfilled",
        ModificationState::Failed => "failed",
    }
}

fn attributes(modification: &Modification, name: &str) -> Vec<String> {
    let of_targets = |of: &dyn Fn(&Target) -> Option<String>| modification.targets.iter().filter_map(of).collect();
    match name {
        "client-token" => vec![modification.token.clone()],
        "create-date" => vec![modification.created.text()],
        "effective-date" => vec![modification.effective.text()],
        "modification-result.reserved-instances-id" => of_targets(&|target| target.made.clone()),
        "modification-result.target-configuration.availability-zone" => of_targets(&|target| target.zone.map(zone_name)),
        "modification-result.target-configuration.availability-zone-id" => of_targets(&|target| target.zone.map(zone_id)),
        "modification-result.target-configuration.instance-count" => of_targets(&|target| Some(target.count.to_string())),
        "modification-result.target-configuration.instance-type" => of_targets(&|target| Some(type_of(&target.usage_type).to_owned())),
        "reserved-instances-id" => modification.inputs.clone(),
        "reserved-instances-modification-id" => vec![modification.id.clone()],
        "status" => vec![status(modification.state).to_owned()],
        "status-message" => vec![modification.message.clone()],
        _ => vec![modification.updated.text()],
    }
}

fn value(modification: &Modification) -> Value {
    let id = |id: &str| Value::of([("ReservedInstancesId", id.into())]);
    let result = |target: &Target| {
        let mut configuration = Value::of([
            ("InstanceCount", i64::from(target.count).into()),
            ("InstanceType", type_of(&target.usage_type).into()),
            ("Scope", super::describe::scope(target.zone).into()),
        ]);
        if let Some(zone) = target.zone {
            configuration.set("AvailabilityZone", zone_name(zone).into());
            configuration.set("AvailabilityZoneId", zone_id(zone).into());
        }
        let mut value = Value::of([("TargetConfiguration", configuration)]);
        if let Some(made) = &target.made {
            value.set("ReservedInstancesId", made.as_str().into());
        }
        value
    };
    let mut value = Value::of([
        ("ReservedInstancesModificationId", modification.id.as_str().into()),
        ("ReservedInstancesIds", Value::List(modification.inputs.iter().map(|input| id(input)).collect())),
        ("ModificationResults", Value::List(modification.targets.iter().map(result).collect())),
        ("Status", status(modification.state).into()),
        ("CreateDate", Value::Time(modification.created.timestamp())),
        ("UpdateDate", Value::Time(modification.updated.timestamp())),
        ("EffectiveDate", Value::Time(modification.effective.timestamp())),
    ]);
    for (name, text) in [("ClientToken", &modification.token), ("StatusMessage", &modification.message)] {
        if !text.is_empty() {
            value.set(name, text.as_str().into());
        }
    }
    value
}
