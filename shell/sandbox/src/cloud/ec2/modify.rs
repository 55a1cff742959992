//! A request to modify reservations: what it must keep to.

use super::purchase::footprint;
use super::records::{Modification, ModificationState, Target};
use super::{HOUR, check_token, count, type_of, wrong_input, wrong_value, zone_named};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::tokens::Met;
use crate::matching::is_size_flexible;
use crate::price::OfferingClass;
use crate::sku::{Sku, family_of, instance_type_of};
use tenor_money::Quantity;
use tenor_wire::Value;

const MODIFY: &str = "ec2:ModifyReservedInstances";

/// `ModifyReservedInstances` ([EC2:ri-modifying]). What it answers is that the request is valid: it is carried out a little later.
pub(super) fn modify(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check_token(ask)?;
    let answer = |id: &str| Ok(Value::of([("ReservedInstancesModificationId", id.into())]));
    match cloud.meet(ask, MODIFY, "ClientToken") {
        Met::New => {}
        Met::Again(id) => return answer(&id),
        Met::Mismatch => return Err(Refusal::new("IdempotentParameterMismatch", "The client token was used before with other parameters")),
    }
    let inputs = inputs(cloud, ask)?;
    let targets = targets(cloud, ask, &inputs)?;
    // Nothing below may refuse.
    let now = cloud.books.now;
    let latest = inputs.iter().map(|held| held.start).max().unwrap_or(now);
    let modification = Modification {
        id: format!("rimod-{}", cloud.fresh_id()),
        account: ask.caller.account,
        region: inputs[0].region,
        token: ask.text("ClientToken").unwrap_or_default().to_owned(),
        inputs: inputs.into_iter().map(|held| held.id).collect(),
        targets,
        created: now,
        // [EC2:ri-modifying]: asked for at 9:15, it counts from 9:00. Not before what it modifies began, though.
        effective: now.later(-now.0.rem_euclid(HOUR)).max(latest),
        updated: now,
        state: ModificationState::Processing,
        message: String::new(),
    };
    let id = modification.id.clone();
    cloud.books.ec2.modifications.push(modification);
    cloud.keep(ask, MODIFY, "ClientToken", &id);
    answer(&id)
}

/// The reservations to be modified, which must be alike but for zone and instance type.
fn inputs(cloud: &Cloud, ask: &Ask<'_>) -> Result<Vec<HeldReservation>, Refusal> {
    let ids = ask.texts("ReservedInstancesIds");
    let mut found: Vec<HeldReservation> = Vec::new();
    for id in &ids {
        let held = cloud.own_reserved(ask, id)?;
        if found.iter().any(|other| other.id == held.id) {
            return Err(wrong_value(format!("The ID '{id}' is given twice")));
        }
        let why = if held.standing != Standing::Active {
            "are not active"
        } else if cloud.is_being_modified(id) {
            "have a pending modification"
        } else if cloud.is_listed(id) {
            "are listed in the Reserved Instance Marketplace"
        } else {
            found.push(held.clone());
            continue;
        };
        return Err(wrong_input(format!("Reserved Instances {id} {why} and cannot be modified")));
    }
    let Some(first) = found.first() else { return Err(wrong_value("ReservedInstancesIds must have at least one ID")) };
    let hour = |held: &HeldReservation| (held.end.0 - 1).div_euclid(HOUR);
    let family = |held: &HeldReservation| family_of(cloud.sku_of(held)).to_owned();
    for held in &found {
        let why = if held.class != first.class {
            "must be all standard or all convertible"
        } else if (held.payment, held.term, &held.operation) != (first.payment, first.term, &first.operation)
            || family(held) != family(first)
        {
            "must be identical but for zone and instance size"
        } else if held.class == OfferingClass::Standard && hour(held) != hour(first) {
            "must expire within the same hour"
        } else {
            continue;
        };
        return Err(wrong_input(format!("The Reserved Instances to modify {why}")));
    }
    Ok(found)
}

/// What they are to become: each configuration once, and as many normalized units as before ([EC2:ri-modifying]).
fn targets(cloud: &Cloud, ask: &Ask<'_>, inputs: &[HeldReservation]) -> Result<Vec<Target>, Refusal> {
    let mut found: Vec<Target> = Vec::new();
    let mut units = Quantity::ZERO;
    for wanted in ask.input.list("TargetConfigurations").unwrap_or_default() {
        let count = count(wanted, "InstanceCount")?;
        let sku = target_sku(cloud, inputs, wanted.text("InstanceType"))?;
        let zone = target_zone(inputs, wanted)?;
        if found.iter().any(|target| (&target.usage_type, target.zone) == (&sku.usage_type, zone)) {
            return Err(wrong_input(format!("The target configuration for {} is given twice", instance_type_of(sku))));
        }
        units += footprint(sku, count);
        found.push(Target { count, usage_type: sku.usage_type.clone(), zone, made: None });
    }
    if found.is_empty() {
        return Err(wrong_value("TargetConfigurations must have at least one configuration"));
    }
    let before: Quantity = inputs.iter().map(|held| footprint(cloud.sku_of(held), held.count)).sum();
    if units != before {
        return Err(wrong_input(format!("The target configurations have {units} normalized units, the Reserved Instances have {before}")));
    }
    Ok(found)
}

/// The SKU of a target: of the family, in another size only where sizes are flexible.
fn target_sku<'c>(cloud: &'c Cloud, inputs: &[HeldReservation], wanted: Option<&str>) -> Result<&'c Sku, Refusal> {
    let first = &inputs[0];
    let are_one_type = inputs.iter().all(|held| held.usage_type == first.usage_type);
    let wanted = match wanted {
        Some(wanted) => wanted,
        None if are_one_type => type_of(&first.usage_type),
        None => {
            return Err(wrong_input("The Reserved Instances are of several types: each target configuration must have an InstanceType"));
        }
    };
    let own = cloud.sku_of(first);
    if are_one_type && instance_type_of(own) == wanted {
        return Ok(own);
    }
    let usage_type = first.usage_type.replace(type_of(&first.usage_type), wanted);
    let sku = cloud.instance_sku(&usage_type, &first.operation).ok_or_else(|| wrong_value(format!("Invalid instance type: {wanted}")))?;
    if family_of(sku) != family_of(own) || !is_size_flexible(own, false) {
        let message = format!("Reserved Instances for {} cannot be modified to {wanted}", instance_type_of(own));
        return Err(wrong_input(message));
    }
    Ok(sku)
}

/// Where a target applies: as it says, else as before.
fn target_zone(inputs: &[HeldReservation], wanted: &Value) -> Result<Option<u32>, Refusal> {
    let named = zone_named(inputs[0].region, wanted.text("AvailabilityZone"), wanted.text("AvailabilityZoneId"))?;
    match (wanted.text("Scope"), named) {
        (Some("Region"), Some(_)) => {
            Err(Refusal::new("InvalidParameterCombination", "A configuration with the scope Region can have no availability zone"))
        }
        (Some("Region"), None) => Ok(None),
        (_, Some(zone)) => Ok(Some(zone)),
        (Some("Availability Zone"), None) => Err(wrong_value("A configuration with the scope Availability Zone must have a zone")),
        (Some(scope), None) => Err(wrong_value(format!("Invalid scope: {scope}"))),
        (None, None) if inputs.iter().all(|held| held.zone == inputs[0].zone) => Ok(inputs[0].zone),
        (None, None) => Err(wrong_input("The Reserved Instances are of several scopes: each target configuration must have one")),
    }
}
