//! From a zonal reservation to a regional one: it covers more, and keeps no capacity (`aws-rules` §1.2, §1.6).

use super::super::document::Becomes;
use super::super::inputs::{HeldReservation, Inputs};
use super::scene::{Action, Active, Change, Scene};
use tenor_cover::Ec2Key;
use tenor_money::{Money, Rounding};

const CONDITIONS: [&str; 4] = [
    "the reservation is active, has no modification pending and is not listed on the marketplace; the bill tells none of these",
    "its zone no longer holds capacity for it",
    "AWS makes a new reservation of it with an id of its own, the same end and an upfront fee of 0; no fee is due",
    "it holds from the start of the hour in which it is asked for; a pending request cannot be cancelled, and another modification undoes it while there \
     is capacity in the zone",
];

pub(super) fn candidates(scene: &Scene<'_>) -> Vec<Change> {
    if !scene.pricing.inputs.policy.held.modify {
        return Vec::new();
    }
    scene.active().iter().filter(|one| one.is_idle()).filter_map(|one| change(scene, one)).collect()
}

fn change(scene: &Scene<'_>, one: &Active<'_>) -> Option<Change> {
    let inputs = scene.pricing.inputs;
    let zone = one.held.zone.as_ref()?;
    let exact = one.held.exact.as_ref()?;
    let family = family(inputs, exact, one.key);
    let reach = match &family {
        Some(_) => format!("every size of {} in any zone of {}", one.key.family(), one.key.region),
        None => format!("{} in any zone of {}", one.key.name, one.key.region),
    };
    let regional = HeldReservation {
        zone: None,
        exact: if family.is_some() { None } else { Some(exact.clone()) },
        factor: inputs.skus.iter().find(|sku| sku.exact.as_ref() == Some(exact)).map_or(one.held.factor, |sku| sku.factor),
        family,
        ..one.held.clone()
    };
    let unused = one.units - one.used;
    // As if what is unused were worth what is used: only an order to try in.
    let worth = if one.used > 0 { one.list_cost.share(unused, one.used, Rounding::HalfEven) } else { one.recurring };
    Some(Change {
        action: Action::Modify,
        id: one.held.id.clone(),
        what: one.words(one.held.count),
        count: Some(one.held.count),
        held: Some(one.held.count),
        becomes: Becomes::Regional,
        from: format!("zonal in {zone}"),
        to: format!("regional: {reach}"),
        deadline: None,
        instead: vec![regional],
        cash: Money::ZERO,
        cash_within: Money::ZERO,
        interest: Money::ZERO,
        hope: worth.max(Money::from_units(unused)),
        conditions: CONDITIONS.map(str::to_owned).to_vec(),
        reason: format!("{} in {zone}; as a regional one it covers {reach}.", one.usage(inputs.scenarios)),
    })
}

/// The pool of sizes that a type belongs to; none where its sizes are not flexible, or nothing of its family is used.
fn family(inputs: &Inputs, exact: &str, key: Ec2Key<'_>) -> Option<String> {
    if let Some(sku) = inputs.skus.iter().find(|sku| sku.exact.as_deref() == Some(exact)) {
        return sku.families.first().cloned();
    }
    let same = |family: &&String| Ec2Key::parse(family).is_some_and(|other| Ec2Key { name: key.family(), ..key } == other);
    inputs.skus.iter().flat_map(|sku| &sku.families).find(same).cloned()
}
