//! What a replay cannot tell from a bill, each with what is assumed.

use crate::catalogue::Gap;
use crate::commitment::{CommitmentId, Covers, Reservation};
use crate::organization::Parts;

/// What could not be told from a bill, with what was assumed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum ReplayGap {
    /// What matches what.
    #[error(transparent)]
    Match(#[from] Gap),
    /// A zonal reservation that other accounts may use, where the bill names zones as each account does.
    #[error(
        "{commitment} reaches other accounts in the zone `{zone}`, and a zone's name is each account's own; equal names are taken for one zone"
    )]
    ZoneNames {
        /// The reservation.
        commitment: CommitmentId,
        /// Its zone.
        zone: String,
    },
}

/// Zonal reservations that reach another account's usage of their type where zones have names only. Source: `aws-rules` §1.2.
pub(super) fn zone_names(parts: &Parts) -> impl Iterator<Item = ReplayGap> {
    let reaches_others = |reservation: &&Reservation| {
        let Covers::Exact(exact) = &reservation.covers else { return false };
        parts.series.iter().any(|series| {
            let reservable = parts.skus[series.sku].reservable.as_ref();
            series.account != reservation.owner
                && reservable.is_some_and(|reservable| reservable.exact == *exact)
                && parts.sharing.reach(&reservation.id, &reservation.owner, &series.account).is_some()
        })
    };
    let zonal = parts.reservations.iter().filter(|reservation| reservation.zone.as_deref().is_some_and(|zone| !is_zone_id(zone)));
    let named = |reservation: &Reservation| Some((reservation.id.clone(), reservation.zone.clone()?));
    zonal.filter(reaches_others).filter_map(named).map(|(commitment, zone)| ReplayGap::ZoneNames { commitment, zone })
}

/// Whether it is an id, the same for all accounts (`use1-az1`), and not an account's own name (`us-east-1a`).
fn is_zone_id(zone: &str) -> bool {
    zone.rsplit_once("-az").is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
