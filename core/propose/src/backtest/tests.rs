//! Facts and laws of back-tests, on small demands.

use super::{Backtest, Policy, Quantile, Rule, Schedule, Tenor, WEEK, compare};
use crate::forecast::{Change, Effect, Overlay};
use crate::level::level;
use crate::{Demand, DemandSeries, Offer, Offers};
use proptest::prelude::*;
use std::fmt::Write as _;
use tenor_bill::Hour;
use tenor_money::UnitPrice;

/// A Monday.
const MONDAY: i64 = 447_816;
const TYPED: &str = "typed 1 region,type 8760";
const BOTH: &str = "typed 1 region,type 8760; flexible 1.1 region 8760";

fn demand(weeks: usize, series: &[(&str, &dyn Fn(usize) -> u64)]) -> Demand {
    let one = |(labels, value): &(&str, &dyn Fn(usize) -> u64)| DemandSeries {
        labels: labels.split(' ').map(str::to_owned).collect(),
        decimals: 0,
        cells: (0..weeks * WEEK).map(value).collect(),
    };
    let columns = vec!["region".to_owned(), "type".to_owned()];
    Demand::new(Hour::from_epoch_hours(MONDAY), weeks * WEEK, columns, series.iter().map(one).collect(), Vec::new()).unwrap()
}

/// `NAME PRICE COLUMNS HOURS; ...`
fn offers(on_demand: &str, text: &str) -> Offers {
    let one = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        Offer {
            name: words[0].to_owned(),
            price: words[1].parse().unwrap(),
            upfront: UnitPrice::ZERO,
            pool: words[2].split(',').map(str::to_owned).collect(),
            term_hours: words[3].parse().unwrap(),
        }
    };
    Offers::new(on_demand.parse().unwrap(), text.split(';').map(one).collect()).unwrap()
}

/// What a policy buys, a line each: the week, the offer, the pool, the units.
fn bought(demand: &Demand, offers: &Offers, policy: &mut dyn Policy) -> String {
    let backtest = Backtest::new(demand, offers, Schedule::WEEKLY).unwrap();
    backtest.run(policy).ledger.lots().iter().fold(String::new(), |mut text, lot| {
        let (week, bought) = (lot.hours.start / WEEK, lot.purchase);
        let (offer, pool) = (&offers.offers()[bought.offer].name, &backtest.pools().names(bought.offer)[bought.pool]);
        writeln!(text, "week {week}: {} {offer} {pool}", bought.units).unwrap();
        text
    })
}

fn office_hours(hour: usize) -> u64 {
    if hour % WEEK < 120 && (9..17).contains(&(hour % 24)) { 10 } else { 0 }
}

#[test]
fn demand_of_office_hours_is_left_on_demand() {
    let demand = demand(30, &[("r1 A", &office_hours)]);
    assert_eq!(bought(&demand, &offers("2.1", TYPED), &mut Tenor::default()), "");
    assert_eq!(bought(&demand, &offers("2.1", BOTH), &mut Tenor::default()), "");
}

#[test]
fn a_spike_hour_of_fifty_times_moves_nothing() {
    let flat = demand(30, &[("r1 A", &|_| 10)]);
    let spiked = demand(30, &[("r1 A", &|hour| if hour == 12 * WEEK - 1 { 500 } else { 10 })]);
    let (offers, buy) = (offers("2.1", BOTH), &mut Tenor::default());
    let calm = bought(&flat, &offers, buy);
    assert_eq!(bought(&spiked, &offers, &mut Tenor::default()), calm);
    insta::assert_snapshot!(calm, @"week 9: 10 flexible r1");
}

#[test]
fn a_batch_that_comes_each_quarter_and_goes_again_is_not_committed_to() {
    let batch = |hour: usize| if hour / WEEK % 13 < 3 { 500 } else { 50 };
    let units = |policy: &mut dyn Policy| {
        let (demand, offers) = (demand(60, &[("r1 A", &batch)]), offers("2.1", BOTH));
        let outcome = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap().run(policy);
        outcome.ledger.lots().iter().map(|lot| lot.purchase.units).max()
    };
    assert!(units(&mut Tenor::default()) < Some(100), "{:?}", units(&mut Tenor::default()));
    assert!(units(&mut Rule { days: 30 }) >= Some(450));
}

#[test]
fn what_expires_is_replaced_not_doubled() {
    let demand = demand(130, &[("r1 A", &|_| 10)]);
    insta::assert_snapshot!(bought(&demand, &offers("2.1", BOTH), &mut Tenor::default()), @r"
    week 9: 10 flexible r1
    week 61: 10 flexible r1
    week 113: 10 flexible r1
    ");
}

#[test]
fn a_family_that_is_being_migrated_away_is_not_committed_for_three_years() {
    // A goes by a twentieth each week from week 20 on, B takes over.
    let old = |hour: usize| (0..(hour / WEEK).saturating_sub(20)).fold(1000, |level, _| level * 19 / 20);
    let demand = demand(60, &[("r1 A", &old), ("r1 B", &|hour| 1000 - old(hour))]);
    let text = "three-years 0.8 region,type 26280; flexible 1.1 region 8760";
    let bought = bought(&demand, &offers("2.1", text), &mut Tenor::default());
    assert!(!bought.contains("three-years r1 A"), "{bought}");
}

#[test]
fn a_type_that_was_moved_away_elsewhere_is_bought_no_more_where_it_runs_yet() {
    let moved = |hour: usize| hour >= 40 * WEEK;
    let series: [(&str, &dyn Fn(usize) -> u64); 4] = [
        ("r1 A", &|hour| if moved(hour) { 0 } else { 100 }),
        ("r1 B", &|hour| if moved(hour) { 100 } else { 0 }),
        ("r2 A", &|hour| 100 + (hour / WEEK) as u64),
        ("r2 C", &|_| 50),
    ];
    let bought = bought(&demand(55, &series), &offers("2.1", TYPED), &mut Tenor::default());
    let last = |name: &str| bought.lines().rfind(|line| line.ends_with(name)).unwrap_or_default().to_owned();
    assert_eq!([last("r2 A"), last("r1 B")], ["week 41: 1 typed r2 A", "week 42: 100 typed r1 B"]);
}

#[test]
fn what_the_owner_knows_to_end_is_not_bought() {
    let demand = demand(12, &[("r1 A", &|_| 10), ("r1 B", &|_| 5)]);
    insta::assert_snapshot!(bought(&demand, &offers("2.1", BOTH), &mut Tenor::knowing(a_ends(20, 0))), @"week 9: 5 flexible r1");
}

/// Type A ends in one week, which is told in another.
fn a_ends(week: usize, told_week: usize) -> Overlay {
    let monday = |week: usize| Hour::from_epoch_hours(MONDAY + (week * WEEK) as i64);
    let of = vec![("type".to_owned(), "A".to_owned())];
    Overlay { changes: vec![Change { of, from: monday(week), until: None, effect: Effect::Ends, told: monday(told_week) }] }
}

#[test]
fn what_the_owner_knows_is_used_from_the_day_it_is_told() {
    let demand = demand(30, &[("r1 A", &|hour| 10 + (hour / WEEK / 4) as u64), ("r1 B", &|_| 5)]);
    insta::assert_snapshot!(bought(&demand, &offers("2.1", BOTH), &mut Tenor::default()), @r"
    week 9: 16 flexible r1
    week 10: 1 flexible r1
    week 14: 1 flexible r1
    week 18: 1 flexible r1
    week 22: 1 flexible r1
    week 26: 1 flexible r1
    ");
    insta::assert_snapshot!(bought(&demand, &offers("2.1", BOTH), &mut Tenor::knowing(a_ends(40, 20))), @r"
    week 9: 16 flexible r1
    week 10: 1 flexible r1
    week 14: 1 flexible r1
    week 18: 1 flexible r1
    ");
}

#[test]
fn policies_are_told_side_by_side() {
    let demand = demand(80, &[("r1 A", &|hour| 100 + (hour / WEEK) as u64), ("r1 B", &office_hours)]);
    let offers = offers("2", "flexible 1 region 8760");
    let backtest = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap();
    let mut policies: Vec<Box<dyn Policy>> = vec![Box::<Tenor>::default(), Box::new(Rule { days: 30 }), Box::new(Quantile)];
    let comparison = compare(&backtest, &mut policies);
    let told = comparison.policies.iter().fold(String::new(), |mut text, one| {
        let used = one.utilization.first().copied().flatten().map_or("-".to_owned(), |used| used.to_string());
        writeln!(text, "{:15} {:8} {:7} {used}", one.name, one.saving, one.regret).unwrap();
        text
    });
    insta::assert_snapshot!(told, @"
    nothing         0        1715032 -
    tenor           0.484497 23136   0.998562
    aws-30d         0.479881 39256   1
    newsvendor      0.4178   256048  1
    hindsight-level 0.438503 183752  0.939647
    clairvoyant     0.491123 0       -
    ");
}

#[test]
fn what_is_owed_is_told_decision_by_decision() {
    // Ten units for 30 weeks at 1 by the hour; the half paid upfront is owed no more.
    let demand = demand(45, &[("r1 A", &|hour| if hour < 20 * WEEK { 10 } else { 0 })]);
    let mut offer = offers("3", "flexible 1 region 5040").offers()[0].clone();
    offer.upfront = "5040".parse().unwrap();
    let offers = Offers::new("3".parse().unwrap(), vec![offer]).unwrap();
    let backtest = Backtest::new(&demand, &offers, Schedule { every_weeks: 5, ..Schedule::WEEKLY }).unwrap();
    let comparison = compare(&backtest, &mut [Box::<Tenor>::default() as Box<dyn Policy>]);
    let owed = |owed: Option<tenor_money::Money>| owed.map_or("-".to_owned(), |owed| owed.to_string());
    let told = comparison.policies[1].over_time.iter().fold(String::new(), |mut text, moment| {
        let (week, units) = (moment.hour / WEEK, moment.units[0]);
        writeln!(text, "week {week:2} {:9} {units:2} {}", moment.saving, owed(moment.obligation)).unwrap();
        text
    });
    insta::assert_snapshot!(told, @"
    week  9 0.333333  10 50400
    week 14 0.333333  10 42000
    week 19 0.090909  10 33600
    week 24 -0.212121 10 25200
    week 29 -0.515152 10 16800
    week 34 -0.818182 10 8400
    week 39 -0.818182  0 0
    week 44 -0.818182  0 0
    ");
    let peaks: Vec<_> = comparison.policies.iter().map(|one| format!("{} {}", one.name, owed(one.peak_obligation()))).collect();
    assert_eq!(peaks, ["nothing 0", "tenor 50400", "hindsight-level -", "clairvoyant -"]);
}

/// The check of the Shaved Ice paper's method. Demand of regions 1 and 2 by hour, 2024-01-07 to 2024-01-21 UTC: Stokely et al.,
/// "Shaved Ice", ICPE 2025, doi 10.1145/3676151.3719353, CC BY 4.0.
#[test]
fn two_weeks_cost_what_the_paper_has_them_cost() {
    let hours: Vec<u64> = include_str!("two-weeks.txt").split_whitespace().map(|text| text.parse().unwrap()).collect();
    let highest = u128::from(*hours.iter().max().unwrap());
    let hours = &hours[..hours.len() - 1];
    let chosen = level(&mut hours.to_vec(), "1".parse().unwrap(), "2.1".parse().unwrap());
    // Tenths of the unscaled cost; the scale brings the highest hour to 100.
    let tenths: u128 = hours.iter().map(|hour| 10 * u128::from(chosen) + 21 * u128::from(hour.saturating_sub(chosen))).sum();
    let ten_thousandths = |tenths: u128| tenths * 100_000 / highest;
    assert_eq!((ten_thousandths(u128::from(chosen) * 10), ten_thousandths(tenths)), (698_312, 268_827_162));
}

fn any_series() -> impl Strategy<Value = Vec<Vec<u64>>> {
    // By series, levels that hold for some weeks each.
    prop::collection::vec(prop::collection::vec(0_u64..60, 8), 3)
}

fn stepped(levels: &[Vec<u64>], factor: u64) -> Demand {
    let value = |series: usize| move |hour: usize| levels[series][hour / WEEK / 3] * 10 + (hour % 24) as u64 % 7;
    let (a, b, c) = (value(0), value(1), value(2));
    demand(24, &[("r1 A", &a), ("r1 B", &b), ("r2 A", &move |hour| factor * c(hour))])
}

fn any_policy() -> impl Strategy<Value = usize> {
    0_usize..3
}

fn policy(which: usize) -> Box<dyn Policy> {
    match which {
        0 => Box::<Tenor>::default(),
        1 => Box::new(Rule { days: 30 }),
        _ => Box::new(Quantile),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_future_changes_no_decision(levels in any_series(), other in any_series(), cut in 9_usize..24, which in any_policy()) {
        let (demand, offers) = (stepped(&levels, 1), offers("2.1", BOTH));
        let later = stepped(&other, 1);
        let series = demand.series().iter().zip(later.series()).map(|(one, other)| DemandSeries {
            labels: one.labels.clone(),
            decimals: 0,
            cells: [&one.cells[..cut * WEEK], &other.cells[cut * WEEK..]].concat(),
        });
        let columns = demand.columns().to_vec();
        let changed = Demand::new(demand.first(), demand.hours(), columns, series.collect(), Vec::new()).unwrap();
        let until = |demand: &Demand| {
            let outcome = Backtest::new(demand, &offers, Schedule::WEEKLY).unwrap().run(policy(which).as_mut());
            outcome.ledger.lots().iter().filter(|lot| lot.hours.start <= cut * WEEK).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(until(&demand), until(&changed));
    }

    #[test]
    fn a_change_moves_no_decision_before_it_is_told(levels in any_series(), told in 9_usize..24, lasts in 0_usize..60) {
        let (demand, offers) = (stepped(&levels, 1), offers("2.1", BOTH));
        let backtest = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap();
        let until_told = |policy: &mut Tenor| {
            let lots = backtest.run(policy).ledger.lots().to_vec();
            lots.into_iter().filter(|lot| lot.hours.start < told * WEEK).collect::<Vec<_>>()
        };
        prop_assert_eq!(until_told(&mut Tenor::default()), until_told(&mut Tenor::knowing(a_ends(told + lasts, told))));
    }

    #[test]
    fn bills_add_up(levels in any_series(), which in any_policy()) {
        let (demand, offers) = (stepped(&levels, 3), offers("2.1", BOTH));
        let backtest = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap();
        let bill = backtest.run(policy(which).as_mut()).bill;
        prop_assert_eq!(bill.usage, bill.on_demand + bill.used.iter().sum::<u128>());
        prop_assert!(bill.used.iter().zip(&bill.committed).all(|(used, committed)| used <= committed));
    }

    #[test]
    fn what_cannot_pay_is_not_bought(levels in any_series(), price in 21_u32..40, which in any_policy()) {
        let text = format!("typed {}.{} region,type 8760", price / 10, price % 10);
        let demand = stepped(&levels, 1);
        prop_assert_eq!(bought(&demand, &offers("2.1", &text), policy(which).as_mut()), "");
    }

    #[test]
    fn the_scale_of_a_region_scales_what_is_bought_there(levels in any_series(), factor in 2_u64..50, which in any_policy()) {
        let units = |factor: u64| {
            let (demand, offers) = (stepped(&levels, factor), offers("2.1", BOTH));
            let outcome = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap().run(policy(which).as_mut());
            outcome.ledger.lots().iter().map(|lot| (lot.purchase, lot.hours.start)).collect::<Vec<_>>()
        };
        let second_region = |offer: usize, pool: usize| if offer == 0 { pool == 2 } else { pool == 1 };
        let scaled = units(1).into_iter().map(|(mut bought, start)| {
            bought.units *= if second_region(bought.offer, bought.pool) { factor } else { 1 };
            (bought, start)
        });
        prop_assert_eq!(scaled.collect::<Vec<_>>(), units(factor));
    }

    #[test]
    fn foresight_is_never_beaten_and_time_adds_up(levels in any_series(), which in any_policy()) {
        let (demand, offers) = (stepped(&levels, 1), offers("2.1", TYPED));
        let backtest = Backtest::new(&demand, &offers, Schedule::WEEKLY).unwrap();
        let comparison = compare(&backtest, &mut [policy(which)]);
        let best = comparison.policies.last().unwrap().cost;
        prop_assert!(comparison.policies.iter().all(|one| one.cost >= best));
        for one in comparison.policies.iter().filter(|one| !one.over_time.is_empty()) {
            prop_assert_eq!(one.over_time.last().unwrap().saving, one.saving, "{}", one.name);
        }
    }
}
