//! In which ways turns are taken again: tests count them, to have met them all.

/// A way to take a turn, or a reason not to take it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// A plan has enough for all that a pool covers.
    Enough,
    /// Plans of a pool follow one another within an account: once, or several times.
    Along,
    AlongSeveral,
    /// No plan of the pool is left for the rest.
    NoneLeft,
    /// A plan has too little left to cover anything.
    Crumbs,
    /// Other pools are best.
    OtherBest,
    /// The same plans have the same left, or have not.
    Again,
    NotAgain,
    /// A market is simulated while others are as noted.
    Settled,
    /// A market has plans left that were used up by then.
    Ended,
    /// Markets are not what they were.
    Foreign,
    /// A loaded account's part is as noted.
    LoadedAsNoted,
    /// What was taken is not, for all plans are used up.
    NothingLeft,
    /// The best rates of an audience are others: known ones, or to be looked for.
    RatesChanged,
    RatesUnknown,
}

#[cfg(test)]
thread_local! {
    static MET: std::cell::RefCell<std::collections::BTreeMap<Way, u32>> = const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
}

/// Counts a way, in tests.
#[inline]
pub(crate) fn meet(way: Way) {
    #[cfg(test)]
    MET.with_borrow_mut(|met| *met.entry(way).or_default() += 1);
    #[cfg(not(test))]
    let _ = way;
}

#[cfg(test)]
mod tests {
    use super::{MET, Way};
    use crate::*;
    use std::collections::BTreeMap;
    use std::ops::Range;
    use tenor_bill::{AccountId, Hour};
    use tenor_money::{Money, UnitPrice};

    const HOURS: i64 = 3;

    struct Choices(u64);

    impl Choices {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((x ^ (x >> 31)) % limit as u64).unwrap()
        }

        fn once_in(&mut self, times: usize) -> bool {
            self.below(times) == 0
        }

        fn pick<T: Copy>(&mut self, of: &[T]) -> T {
            of[self.below(of.len())]
        }
    }

    fn account(number: usize) -> AccountId {
        format!("account-{number}").parse().unwrap()
    }

    /// Many plans of few tables, most of one of two ends, of any owner; small ones split items and several end in one account.
    fn organization(choices: &mut Choices) -> (Parts, UsageMatrix<u64>) {
        let mut parts = Parts::default();
        let skus = 1 + choices.below(6);
        for number in 0..skus {
            parts.skus.push(Sku {
                name: format!("sku-{number}"),
                on_demand: choices.pick(&["0.1", "0.2", "1.0000000001", "3.3333333333", "13.338"]).parse().unwrap(),
                decimals: choices.pick(&[0, 6, 8, 9]),
                unit: choices.pick(&[Unit::Hour, Unit::Hour, Unit::Other]),
                capacity: choices.pick(&[Capacity::Used, Capacity::Used, Capacity::UnusedReservation]),
                reservable: Some(Reservable {
                    families: vec![FamilyKey(format!("family-{}", number % 2))],
                    exact: ExactKey(format!("exact-{number}")),
                    factor: Factor::from_thousandths(choices.pick(&[500, 1000, 2000])).unwrap(),
                }),
            });
        }
        // Now and then more tables than a set of pools holds.
        let tables = if choices.once_in(100) { 70 } else { 1 + choices.below(5) };
        let families = choices.below(2);
        for number in 0..tables {
            let percent = if tables > 60 { 10 + number } else { choices.pick(&[40, 50, 60, 60, 70, 100]) };
            let rate = |(place, sku): (usize, &Sku)| {
                let covered = families == 0 || place % 3 == number % 3;
                let rate = sku.on_demand.units() / 100 * i128::try_from(percent).unwrap() / 100 * 100;
                (covered && !choices.once_in(10)).then_some(UnitPrice::from_units(rate))
            };
            let rates = parts.skus.iter().enumerate().map(rate).collect();
            parts.rate_tables.push(RateTable { name: format!("table-{number}"), rates });
        }
        let accounts = 2 + choices.below(8);
        for number in 0..accounts {
            for sku in 0..skus {
                for resource in 0..1 + choices.below(2) {
                    parts.series.push(Series { account: account(number), resource: format!("r{resource}"), sku, zone: None });
                }
            }
        }
        let plans = if tables > 60 { 80 } else { choices.below(40) };
        for number in 0..plans {
            let plan = plan(choices, number, accounts, tables);
            parts.plans.push(plan);
        }
        for number in 0..choices.below(6) {
            let reservation = reservation(choices, number, accounts);
            parts.reservations.push(reservation);
        }
        parts.sharing.mode = choices.pick(&[SharingMode::Open, SharingMode::Open, SharingMode::Prioritized, SharingMode::Restricted]);
        for number in 0..accounts {
            parts.sharing.groups.insert(account(number), format!("group-{}", choices.below(2)));
        }
        let cells = (0..HOURS).flat_map(|_| parts.series.iter().map(|series| cell(choices, &parts.skus[series.sku])).collect::<Vec<_>>());
        let usage = UsageMatrix::new(Hour::from_epoch_hours(0), parts.series.len(), cells.collect());
        (parts, usage)
    }

    fn cell(choices: &mut Choices, sku: &Sku) -> u64 {
        let unit = 10_u64.pow(sku.decimals);
        match choices.below(4) {
            0 => 0,
            1 => choices.below(usize::try_from(3 * unit).unwrap()) as u64,
            2 => 1 + choices.below(3) as u64,
            _ => choices.below(5) as u64 * unit,
        }
    }

    fn plan(choices: &mut Choices, number: usize, accounts: usize, tables: usize) -> Plan {
        let start = choices.pick(&[-7_200, -7_200, -7_200, -3_600, 3_600]);
        Plan {
            id: CommitmentId(format!("sp-{}-{number}", choices.below(10))),
            owner: account(choices.below(accounts + 2)),
            term: Term { start, seconds: 94_608_000, retired: choices.once_in(8).then_some(7_200) },
            kind: choices.pick(&[PlanKind::Ec2Instance, PlanKind::Compute, PlanKind::Compute]),
            recurring: choices.pick(&["0.00000001", "0.00000004", "0.001", "0.05", "0.3", "1.00000001", "1", "4"]).parse().unwrap(),
            upfront: Money::from_whole(if choices.once_in(3) { 731 } else { 0 }),
            rate_table: choices.below(tables),
        }
    }

    fn reservation(choices: &mut Choices, number: usize, accounts: usize) -> Reservation {
        Reservation {
            id: CommitmentId(format!("ri-{}-{number}", choices.below(10))),
            owner: account(choices.below(accounts + 2)),
            term: Term { start: choices.pick(&[-7_201, 1_800]), seconds: 31_536_000, retired: None },
            covers: Covers::Family(FamilyKey(format!("family-{}", choices.below(2)))),
            zone: None,
            count: u32::try_from(1 + choices.below(4)).unwrap(),
            factor: Factor::from_thousandths(1_300).unwrap(),
            hourly: "0.0118".parse().unwrap(),
            upfront: Money::ZERO,
        }
    }

    fn hours() -> Range<Hour> {
        Hour::from_epoch_hours(0)..Hour::from_epoch_hours(HOURS)
    }

    /// Usage of which only whole hours can be read.
    struct Whole(UsageMatrix<u64>);

    impl Usage for Whole {
        fn read(&self, hour: Hour, into: &mut [u64]) {
            self.0.read(hour, into);
        }
    }

    /// Compares one commitment more, told from notes, with a run from scratch.
    fn compare(seed: u64) {
        let mut choices = Choices(seed);
        let (parts, usage) = organization(&mut choices);
        let whole = Whole(usage.clone());
        let organization = Organization::new(parts.clone()).unwrap();
        let simulator = Simulator::new(&organization);
        let (base, base_whole) = (simulator.baseline(&usage, hours()), simulator.baseline(&whole, hours()));
        for _ in 0..4 {
            let accounts = parts.sharing.groups.len();
            let more = if choices.once_in(3) {
                Commitment::Reservation(reservation(&mut choices, 99, accounts))
            } else {
                Commitment::Plan(plan(&mut choices, 99, accounts, parts.rate_tables.len()))
            };
            let organization = organization.with(more.clone()).unwrap();
            let scratch = Simulator::new(&organization).run(&usage, hours(), &mut ());
            assert_eq!(base.with(more.clone()).unwrap(), scratch, "seed {seed}");
            assert_eq!(base_whole.with(more).unwrap(), scratch, "seed {seed}");
        }
    }

    #[test]
    fn every_way_to_take_a_turn_again_comes_to_what_a_run_from_scratch_does() {
        (0..2_000).for_each(compare);
        let met: BTreeMap<Way, u32> = MET.take();
        let ways = [
            Way::Enough,
            Way::Along,
            Way::AlongSeveral,
            Way::NoneLeft,
            Way::Crumbs,
            Way::OtherBest,
            Way::Again,
            Way::NotAgain,
            Way::Settled,
            Way::Ended,
            Way::Foreign,
            Way::LoadedAsNoted,
            Way::NothingLeft,
            Way::RatesChanged,
            Way::RatesUnknown,
        ];
        let seldom: Vec<Way> = ways.into_iter().filter(|way| met.get(way).is_none_or(|times| *times < 20)).collect();
        assert!(seldom.is_empty(), "met too seldom: {seldom:?} of {met:?}");
    }
}
