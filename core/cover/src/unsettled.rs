//! What a simulation of an organization takes for granted though AWS does not say it, where it may make a difference.

use crate::catalogue::Gap;
use crate::commitment::{CommitmentId, Plan, PlanKind, Reservation};
use crate::organization::{Organization, Parts, Series};
use tenor_bill::AccountId;

impl Organization {
    /// Names what is not settled and may change what this organization's commitments cover.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let parts = self.parts();
        let zones = parts.reservations.iter().filter_map(|reservation| zone_names(parts, reservation));
        let plans = parts.plans.iter().filter(|plan| plan.kind == PlanKind::Database && meets_reservations(parts, plan));
        zones.chain(plans.map(|plan| Gap::DatabaseOrder { commitment: plan.id.clone() })).collect()
    }
}

/// Whether a zone is written as an id (`use1-az1`, `usw2-lax1-az2`), which is the same for all accounts, and not as a name (`us-east-1a`),
/// of which each account has its own (`aws-rules` §1.2).
#[must_use]
pub fn is_zone_id(zone: &str) -> bool {
    let number = zone.rsplit_once('-').and_then(|(_, last)| last.strip_prefix("az"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A zonal reservation, by the name of its zone, that reaches what another account uses in a zone of that name.
fn zone_names(parts: &Parts, reservation: &Reservation) -> Option<Gap> {
    let zone = reservation.zone.as_ref().filter(|zone| !is_zone_id(zone))?;
    let reached = |series: &&Series| series.account != reservation.owner && takes(parts, reservation, series);
    parts.series.iter().find(reached)?;
    Some(Gap::ZoneNames { commitment: reservation.id.clone(), zone: zone.clone() })
}

/// Whether a plan may cover what a reservation may cover too.
fn meets_reservations(parts: &Parts, plan: &Plan) -> bool {
    let rated = |series: &&Series| {
        let rate = parts.rate_tables[plan.rate_table].rates[series.sku];
        rate.is_some_and(|rate| rate <= parts.skus[series.sku].on_demand) && reaches(parts, &plan.id, &plan.owner, series)
    };
    let reserved = |series: &Series| parts.reservations.iter().any(|reservation| takes(parts, reservation, series));
    parts.series.iter().filter(rated).any(reserved)
}

fn takes(parts: &Parts, reservation: &Reservation, series: &Series) -> bool {
    reservation.matches(&parts.skus[series.sku], series.zone.as_deref()) && reaches(parts, &reservation.id, &reservation.owner, series)
}

fn reaches(parts: &Parts, id: &CommitmentId, owner: &AccountId, series: &Series) -> bool {
    parts.sharing.reach(id, owner, &series.account).is_some()
}

#[cfg(test)]
mod tests {
    use super::is_zone_id;

    #[test]
    fn ids_of_zones_are_told_from_names() {
        assert!(["use1-az1", "usw2-lax1-az2", "apne1-az4"].into_iter().all(is_zone_id));
        assert!(!["us-east-1a", "us-west-2-lax-1a", "az1", "use1-az", ""].into_iter().any(is_zone_id));
    }
}
