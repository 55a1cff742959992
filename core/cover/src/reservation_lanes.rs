//! Which usage each reservation may cover, in which order: worked out once, before the first hour.

use crate::commitment::{Covers, Reservation};
use crate::items::Items;
use crate::organization::Organization;
use crate::settings::{Settings, Ties};
use crate::sharing::Reach;
use crate::sku::Factor;
use std::collections::BTreeMap;

/// Reservations in the order of application, and the items they go along.
pub(crate) struct ReservationLanes {
    /// By ARN, or as the settings say (`docs/spec/rounding.md` 3.2).
    pub(crate) runs: Vec<ReservationRun>,
    /// All of their places.
    pub(crate) all: Vec<usize>,
    /// Items, instances before unused capacity, small before large, in the order of items; several reservations share one.
    pub(crate) lanes: Vec<Vec<u32>>,
}

/// One reservation.
pub(crate) struct ReservationRun {
    /// The caller's place of it.
    pub(crate) index: usize,
    /// Whether it is for one zone.
    pub(crate) zonal: bool,
    /// Whether it counts in normalized units.
    pub(crate) flexible: bool,
    /// Units it holds, in 10⁻¹².
    pub(crate) capacity: u128,
    /// The lane of each pass: own, group, rest. None where it reaches nobody.
    pub(crate) passes: [Option<usize>; 3],
    /// How it reaches each account.
    pub(crate) reach: Vec<Option<Reach>>,
}

impl ReservationRun {
    /// Thousandths of a unit that an hour of a size takes.
    pub(crate) fn thousandths(&self, factor: Factor) -> u64 {
        u64::from(if self.flexible { factor.thousandths() } else { Factor::ONE.thousandths() })
    }
}

/// What makes two lanes the same: what is matched, the zone, and the accounts gone along.
type LaneKey<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Vec<usize>);

impl ReservationLanes {
    /// Reservations that may touch what a given one touches, itself included, and the items they may touch.
    pub(crate) fn connected(&self, items: usize, index: usize) -> (Vec<usize>, Vec<u32>) {
        let mut touched = vec![false; items];
        let mut connected: Vec<bool> = self.runs.iter().map(|run| run.index == index).collect();
        loop {
            for run in self.runs.iter().zip(&connected).filter(|(_, connected)| **connected).map(|(run, _)| run) {
                for item in run.passes.iter().flatten().flat_map(|lane| &self.lanes[*lane]) {
                    touched[*item as usize] = true;
                }
            }
            let meets =
                |run: &ReservationRun| run.passes.iter().flatten().any(|lane| self.lanes[*lane].iter().any(|item| touched[*item as usize]));
            let found: Vec<bool> = self.runs.iter().zip(&connected).map(|(run, connected)| *connected || meets(run)).collect();
            if found == connected {
                break;
            }
            connected = found;
        }
        let runs = (0..self.runs.len()).filter(|run| connected[*run]).collect();
        (runs, (0..).zip(touched).filter(|(_, touched)| *touched).map(|(item, _)| item).collect())
    }

    pub(crate) fn new(organization: &Organization, items: &Items, settings: Settings) -> Self {
        let parts = organization.parts();
        let mut order: Vec<usize> = (0..parts.reservations.len()).collect();
        order.sort_by_key(|index| {
            let reservation = &parts.reservations[*index];
            let end = match settings.reservation_ties {
                Ties::ByArn => 0,
                Ties::EarliestEnding => reservation.term.end(),
            };
            (end, &reservation.id)
        });
        let mut lanes = Vec::new();
        let mut seen = BTreeMap::new();
        let mut runs = Vec::new();
        for index in order {
            let reservation = &parts.reservations[index];
            let reach: Vec<Option<Reach>> =
                items.ids.iter().map(|id| parts.sharing.reach(&reservation.id, &reservation.owner, id)).collect();
            let passes = [Reach::Own, Reach::Group, Reach::Rest].map(|pass| {
                let accounts = accounts_of(pass, &reach)?;
                let (lane, fresh) = Items::number(&mut seen, lane_key(reservation, accounts));
                if fresh {
                    lanes.push(lane_of(organization, items, reservation, &reach, pass));
                }
                Some(lane).filter(|lane| !Vec::is_empty(&lanes[*lane]))
            });
            runs.push(ReservationRun {
                index,
                zonal: reservation.zone.is_some(),
                flexible: matches!(reservation.covers, Covers::Family(_)),
                capacity: capacity(reservation),
                passes,
                reach,
            });
        }
        Self { all: (0..runs.len()).collect(), runs, lanes }
    }
}

/// Units an hour holds, in 10⁻¹² (`docs/spec/rounding.md` 2.2).
fn capacity(reservation: &Reservation) -> u128 {
    let factor = match reservation.covers {
        Covers::Family(_) => reservation.factor,
        Covers::Exact(_) => Factor::ONE,
    };
    u128::from(reservation.count) * u128::from(factor.thousandths()) * 1_000_000_000
}

/// Accounts a lane goes along in a pass. The rest pass of an openly shared reservation may go along everyone: the reach of each account is
/// looked at again, and one lane serves all such reservations.
fn accounts_of(pass: Reach, reach: &[Option<Reach>]) -> Option<Vec<usize>> {
    let accounts: Vec<usize> = (0..reach.len()).filter(|account| reach[*account] == Some(pass)).collect();
    if accounts.is_empty() {
        return None;
    }
    Some(if goes_along_all(pass, accounts.len(), reach.len()) { Vec::new() } else { accounts })
}

/// Whether a lane goes along every account rather than only those reached.
fn goes_along_all(pass: Reach, reached: usize, accounts: usize) -> bool {
    pass == Reach::Rest && reached * 2 > accounts
}

fn lane_key(reservation: &Reservation, accounts: Vec<usize>) -> LaneKey<'_> {
    let (family, exact) = match &reservation.covers {
        Covers::Family(key) => (Some(key.0.as_str()), None),
        Covers::Exact(key) => (None, Some(key.0.as_str())),
    };
    (family, exact, reservation.zone.as_deref(), accounts)
}

fn lane_of(organization: &Organization, items: &Items, reservation: &Reservation, reach: &[Option<Reach>], pass: Reach) -> Vec<u32> {
    let parts = organization.parts();
    let reached = reach.iter().filter(|reach| **reach == Some(pass)).count();
    let all = goes_along_all(pass, reached, reach.len());
    let order = |item: u32| {
        let series = &parts.series[items.series[item as usize] as usize];
        let sku = &parts.skus[series.sku];
        let factor = sku.reservable.as_ref()?.factor;
        reservation.matches(sku, series.zone.as_deref()).then_some((sku.capacity, factor))
    };
    let mut lane = Vec::new();
    for (_, range) in items.ranges.iter().enumerate().filter(|(account, _)| all || reach[*account] == Some(pass)) {
        let items = range.clone().map(|item| u32::try_from(item).expect("checked by the organization"));
        lane.extend(items.filter_map(|item| Some((order(item)?, item))));
    }
    lane.sort_unstable();
    lane.into_iter().map(|(_, item)| item).collect()
}
