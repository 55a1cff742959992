//! Random small organizations that meet every rule often: shared pools, ties, partial coverage, groups, terms that begin and end.

use std::collections::BTreeSet;
use tenor_bill::{AccountId, Hour};
use tenor_cover::{
    Capacity, CommitmentId, Covers, ExactKey, Factor, FamilyKey, GroupMode, GroupSharing, Parts, Plan, PlanKind, RateTable, Reservable,
    Reservation, Series, Sharing, SharingMode, Sku, Term, Unit, UsageMatrix,
};
use tenor_money::{Money, UnitPrice};

/// Hours that a random organization is simulated for.
pub(crate) const HOURS: i64 = 4;

/// A source of choices: SplitMix64 from a seed.
pub(crate) struct Choices(pub(crate) u64);

impl Choices {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % limit
    }

    pub(crate) fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }
}

fn account(number: u64) -> AccountId {
    format!("account-{number}").parse().unwrap()
}

/// A small organization of at most so many accounts, with usage.
pub(crate) fn organization(choices: &mut Choices, accounts: u64) -> (Parts, UsageMatrix<u64>) {
    sized(choices, accounts, [12, 5, 6])
}

/// One of up to 12 accounts, where most of what one commitment more could change stays as it is.
pub(crate) fn large_organization(choices: &mut Choices) -> (Parts, UsageMatrix<u64>) {
    sized(choices, 12, [100, 10, 16])
}

/// An organization with fewer than so many series, reservations and plans.
fn sized(choices: &mut Choices, accounts: u64, [series, reservations, plans]: [u64; 3]) -> (Parts, UsageMatrix<u64>) {
    let accounts = 1 + choices.below(accounts);
    let mut parts = Parts::default();
    for number in 0..1 + choices.below(5) {
        let sku = sku(choices, number);
        parts.skus.push(sku);
    }
    for number in 0..1 + choices.below(4) {
        let rates = parts.skus.iter().map(|sku| rate(choices, sku)).collect();
        parts.rate_tables.push(RateTable { name: format!("table-{number}"), rates });
    }
    let mut seen = BTreeSet::new();
    for _ in 0..1 + choices.below(series) {
        let resource = format!("r{}", choices.below(3));
        let zone = choices.chance(50).then(|| format!("z{}", choices.below(2)));
        let series = Series { account: account(choices.below(accounts)), resource, sku: choices.index(parts.skus.len()), zone };
        if seen.insert(series.clone()) {
            parts.series.push(series);
        }
    }
    for number in 0..choices.below(reservations) {
        let reservation = reservation(choices, number, accounts);
        parts.reservations.push(reservation);
    }
    for number in 0..choices.below(plans) {
        let plan = plan(choices, number, accounts, parts.rate_tables.len());
        parts.plans.push(plan);
    }
    parts.sharing = sharing(choices, &parts, accounts);
    let cells =
        (0..HOURS).flat_map(|_| parts.series.iter().map(|series| cell(choices, &parts.skus[series.sku])).collect::<Vec<_>>()).collect();
    let usage = UsageMatrix::new(Hour::from_epoch_hours(0), parts.series.len(), cells);
    (parts, usage)
}

fn cell(choices: &mut Choices, sku: &Sku) -> u64 {
    let unit = 10_u64.pow(sku.decimals);
    match choices.below(5) {
        0 => 0,
        1 => choices.below(unit + 1),
        2 => choices.below(6 * unit + 1),
        _ => choices.below(6) * unit,
    }
}

fn sku(choices: &mut Choices, number: u64) -> Sku {
    let on_demand = choices.pick(&["0", "0.0000002", "0.0116", "0.1", "0.2", "1", "1.0000000001", "13.338"]).parse().unwrap();
    let families = (0..choices.below(3)).map(|family| FamilyKey(format!("family-{family}"))).collect();
    let factor = Factor::from_thousandths(choices.pick(&[250, 500, 1000, 2000, 4000, 5200, 3200])).unwrap();
    Sku {
        name: format!("sku-{number}"),
        on_demand,
        decimals: choices.pick(&[0, 0, 2, 6, 8, 9]),
        unit: if choices.chance(75) { Unit::Hour } else { Unit::Other },
        capacity: if choices.chance(80) { Capacity::Used } else { Capacity::UnusedReservation },
        reservable: choices.chance(70).then(|| Reservable { families, exact: ExactKey(format!("exact-{}", number % 3)), factor }),
    }
}

fn rate(choices: &mut Choices, sku: &Sku) -> Option<UnitPrice> {
    let hundredths = choices.pick(&[0, 30, 50, 50, 66, 75, 100, 110]);
    choices.chance(75).then(|| UnitPrice::from_units(sku.on_demand.units() / 100 * hundredths / 100 * 100))
}

fn term(choices: &mut Choices) -> Term {
    let start = i64::try_from(choices.below(7_200)).unwrap();
    match choices.below(4) {
        0 => Term { start, seconds: 31_536_000, retired: None },
        1 => Term { start: start - 31_536_000 + 7_200, seconds: 31_536_000, retired: None },
        2 => Term { start: -3_600, seconds: 94_608_000, retired: Some(start + 3_600) },
        _ => Term { start: -7_200, seconds: 94_608_000, retired: None },
    }
}

pub(crate) fn reservation(choices: &mut Choices, number: u64, accounts: u64) -> Reservation {
    let covers = if choices.chance(60) {
        Covers::Family(FamilyKey(format!("family-{}", choices.below(2))))
    } else {
        Covers::Exact(ExactKey(format!("exact-{}", choices.below(3))))
    };
    Reservation {
        id: CommitmentId(format!("ri-{}-{number}", choices.below(10))),
        owner: account(choices.below(accounts + 1)),
        term: term(choices),
        covers,
        zone: choices.chance(30).then(|| format!("z{}", choices.below(2))),
        count: u32::try_from(1 + choices.below(4)).unwrap(),
        factor: Factor::from_thousandths(choices.pick(&[250, 1000, 4000, 5200])).unwrap(),
        hourly: choices.pick(&["0", "0.0118", "0.1", "0.033333333333"]).parse().unwrap(),
        upfront: Money::from_whole(i64::try_from(choices.below(3)).unwrap() * 137),
    }
}

pub(crate) fn plan(choices: &mut Choices, number: u64, accounts: u64, tables: usize) -> Plan {
    let term = term(choices);
    Plan {
        id: CommitmentId(format!("sp-{}-{number}", choices.below(10))),
        owner: account(choices.below(accounts + 1)),
        term: Term { start: term.start / 3_600 * 3_600, ..term },
        kind: choices.pick(&[PlanKind::Ec2Instance, PlanKind::Compute, PlanKind::Compute, PlanKind::Database]),
        recurring: choices.pick(&["0", "0.001", "0.05", "0.3", "1", "1.00001", "4", "20"]).parse().unwrap(),
        upfront: Money::from_whole(i64::try_from(choices.below(3)).unwrap() * 731),
        rate_table: choices.index(tables),
    }
}

fn sharing(choices: &mut Choices, parts: &Parts, accounts: u64) -> Sharing {
    let mut sharing =
        Sharing { mode: choices.pick(&[SharingMode::Open, SharingMode::Prioritized, SharingMode::Restricted]), ..Sharing::default() };
    for number in 0..accounts {
        if choices.chance(70) {
            sharing.groups.insert(account(number), format!("group-{}", choices.below(2)));
        }
        if choices.chance(10) {
            sharing.off.insert(account(number));
        }
    }
    let ids = parts.reservations.iter().map(|r| &r.id).chain(parts.plans.iter().map(|p| &p.id));
    for id in ids {
        if choices.chance(15) {
            let accounts = (0..accounts).filter(|_| choices.chance(50)).map(account).collect();
            let mode = choices.pick(&[GroupMode::Prioritized, GroupMode::Restricted]);
            sharing.by_commitment.insert(id.clone(), GroupSharing { accounts, mode });
        }
    }
    sharing
}
