//! Which usage a commitment is for, and at what rate: what a price list says, as far as this organization's usage goes.

use crate::commitment::{Plan, PlanType, Reservation};
use crate::exact::ratio;
use crate::price::{Ec2Price, OfferingClass, Payment, Term};
use crate::sku::{Kind, Sku, family_of, instance_type_of};
use tenor_money::UnitPrice;

/// Whether a reservation bought for a SKU covers every size of its family.
pub(crate) fn is_size_flexible(bought: &Sku, zonal: bool) -> bool {
    match &bought.kind {
        Kind::Ec2 { license, .. } => !zonal && license.is_none() && family_of(bought) != "g4dn",
        Kind::Rds(_) => true,
        Kind::Node(price) => price.is_size_flexible(),
        Kind::Spot | Kind::Metered => false,
    }
}

/// Whether a reservation covers usage of this SKU, zone aside.
pub(crate) fn reserves(reservation: &Reservation, bought: &Sku, used: &Sku) -> bool {
    let same_service = match (&bought.kind, &used.kind) {
        (Kind::Ec2 { license: a, .. }, Kind::Ec2 { license: b, .. }) => a.is_some() == b.is_some(),
        (Kind::Rds(a), Kind::Rds(b)) => a.engine == b.engine,
        (Kind::Node(a), Kind::Node(b)) => a.product_code == b.product_code && a.covers_engine(b.engine),
        _ => false,
    };
    let same_size =
        if reservation.flexible { family_of(bought) == family_of(used) } else { instance_type_of(bought) == instance_type_of(used) };
    same_service && bought.region == used.region && same_size
}

/// What a plan charges for a SKU, if its offering has a rate.
pub(crate) fn plan_rate(plan: &Plan, sku: &Sku) -> Option<UnitPrice> {
    offered_rate(&plan.kind, plan.span.term, plan.payment, sku)
}

/// What an offering charges for a SKU, if it has a rate: simulated, all of them.
pub(crate) fn offered_rate(kind: &PlanType, term: Term, payment: Payment, sku: &Sku) -> Option<UnitPrice> {
    match (&sku.kind, kind) {
        (Kind::Ec2 { .. }, PlanType::Ec2Instance { family, region }) if family_of(sku) != family || sku.region != *region => None,
        (Kind::Ec2 { price, license }, PlanType::Ec2Instance { .. }) => {
            Some(instance_rate(price, OfferingClass::Standard, term, payment) + license.unwrap_or_default())
        }
        (Kind::Ec2 { price, license }, PlanType::Compute) => {
            Some(instance_rate(price, OfferingClass::Convertible, term, payment) + license.unwrap_or_default())
        }
        _ => sku.plan.filter(|(scope, _)| kind.scope() == Some(*scope)).map(|(_, percent)| saved(sku.rate, percent, term, payment)),
    }
}

/// An EC2 Instance plan charges what a standard reservation does, a Compute plan what a convertible one does; 3 or 5 percent less where
/// half or all is paid at the start, to 5 decimals.
fn instance_rate(price: &Ec2Price, class: OfferingClass, term: Term, payment: Payment) -> UnitPrice {
    let no_upfront = price.no_upfront(class, term);
    let percent = match payment {
        Payment::Nothing => return no_upfront,
        Payment::Half => 97,
        Payment::Everything => 95,
    };
    UnitPrice::from_units(ratio(no_upfront.units(), percent, 100, 5))
}

/// The on-demand rate less a saving: the given one for a year with nothing upfront, a tenth of it more with each step of payment, half of it more
/// for three years. A saving of nothing stays one.
fn saved(on_demand: UnitPrice, percent: i128, term: Term, payment: Payment) -> UnitPrice {
    let tenths = 10 + payment as i128 + if term == Term::ThreeYears { 5 } else { 0 };
    UnitPrice::from_units(ratio(on_demand.units(), 1000 - percent * tenths, 1000, 10))
}

#[cfg(test)]
mod tests {
    use super::reserves;
    use crate::commitment::Reservation;
    use crate::request::{BillRequest, Format};
    use crate::sku::{Kind, Sku};
    use crate::world::World;
    use std::collections::BTreeSet;

    /// Per reservation that fits: what it was bought for and the usage types it covers.
    fn covered(world: &World, fits: impl Fn(&Reservation) -> bool) -> String {
        let name = |sku: u32| {
            let sku = &world.fleet.skus[sku as usize];
            format!("{} {}", sku.usage_type, sku.operation)
        };
        let line = |reservation: &Reservation| {
            let bought = &world.fleet.skus[reservation.sku as usize];
            let matches = |sku: &u32| reserves(reservation, bought, &world.fleet.skus[*sku as usize]);
            let mut found: Vec<String> = (0..world.fleet.skus.len() as u32).filter(matches).map(name).collect();
            found.sort();
            format!("{} > {}", name(reservation.sku), found.join(", "))
        };
        let mut lines: Vec<String> = world.reservations.iter().filter(|reservation| fits(reservation)).map(line).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn zonal_windows_and_graphics_reservations_are_for_one_size() {
        let world = World::new(&BillRequest::small(Format::LegacyCsv));
        assert!(world.reservations.iter().filter(|reservation| reservation.zone.is_some()).all(|reservation| !reservation.flexible));
        insta::assert_snapshot!(covered(&world, |reservation| !reservation.flexible), @r"
        BoxUsage:m5.large RunInstances:0002 > BoxUsage:m5.large RunInstances:0002
        BoxUsage:m5.xlarge RunInstances > BoxUsage:m5.xlarge RunInstances
        BoxUsage:r5.large RunInstances > BoxUsage:r5.large RunInstances
        ESInstance:r6g.large.search ESDomain > ESInstance:r6g.large.search ESDomain
        EU-BoxUsage:c5.2xlarge RunInstances > EU-BoxUsage:c5.2xlarge RunInstances, EU-UnusedBox:c5.2xlarge RunInstances
        EU-ESInstance:m6g.large.search ESDomain > EU-ESInstance:m6g.large.search ESDomain
        EU-Node:ra3.large RunComputeNode:0001 > EU-Node:ra3.large RunComputeNode:0001
        Node:ra3.xlplus RunComputeNode:0001 > Node:ra3.xlplus RunComputeNode:0001
        USW2-BoxUsage:g4dn.xlarge RunInstances > USW2-BoxUsage:g4dn.xlarge RunInstances, USW2-UnusedBox:g4dn.xlarge RunInstances
        ");
    }

    #[test]
    fn a_flexible_reservation_is_for_linux_on_demand_of_its_family() {
        let world = World::new(&BillRequest::small(Format::LegacyCsv));
        let flexible = |reservation: &Reservation| reservation.flexible && reservation.arn.contains("ec2:us-east-1");
        // In this Region c5 runs on the Spot market alone, which no reservation covers.
        insta::assert_snapshot!(covered(&world, flexible), @r"
        BoxUsage:c5.large RunInstances > BoxUsage:c5.large RunInstances
        BoxUsage:c5.large RunInstances > BoxUsage:c5.large RunInstances
        BoxUsage:m5.large RunInstances > BoxUsage:m5.2xlarge RunInstances, BoxUsage:m5.large RunInstances, BoxUsage:m5.xlarge RunInstances, UnusedBox:m5.large RunInstances
        BoxUsage:m5.xlarge RunInstances > BoxUsage:m5.2xlarge RunInstances, BoxUsage:m5.large RunInstances, BoxUsage:m5.xlarge RunInstances, UnusedBox:m5.large RunInstances
        BoxUsage:r5.xlarge RunInstances > BoxUsage:r5.4xlarge RunInstances, BoxUsage:r5.large RunInstances, BoxUsage:r5.xlarge RunInstances, UnusedBox:r5.xlarge RunInstances
        ");
    }

    /// Else its rows could not be told from another's, and what commitments cover depends on which is which.
    #[test]
    fn what_commitments_may_cover_has_an_id_of_its_own() {
        let world = World::new(&BillRequest { rows: 400_000, ..BillRequest::small(Format::LegacyCsv) });
        let covered = |sku: &Sku| !matches!(sku.kind, Kind::Spot | Kind::Metered) || sku.plan.is_some();
        let mut seen = BTreeSet::new();
        for resource in world.fleet.resources.iter().filter(|resource| covered(&world.fleet.skus[resource.sku as usize])) {
            assert!(!resource.id.is_empty() && seen.insert((resource.account, &resource.id, resource.sku)), "{resource:?}");
        }
        assert!(seen.len() > 200);
    }
}
