//! The solver on small markets whose answer is plain, and laws that hold on all.

use super::{Cap, Effort, Futures, Holding, Market, Offer, OneByOne, Pool, Portfolio, Risk, Table, Target, Workers, solve};
use proptest::prelude::*;

/// By scenario, pool and hour.
#[derive(Debug, Clone)]
struct Made(Vec<Vec<Vec<f32>>>);

impl Futures for Made {
    fn scenarios(&self) -> usize {
        self.0.len()
    }

    fn hours(&self) -> usize {
        self.0[0][0].len()
    }

    fn read(&self, scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]) {
        let cells = self.0[scenario][pool].iter().skip(first).step_by(step);
        into.iter_mut().zip(cells).for_each(|(into, cell)| *into = *cell);
    }
}

/// Parts in reverse, each on a thread of its own.
struct Backwards;

impl Workers for Backwards {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            for part in (0..parts).rev() {
                scope.spawn(move || work(part));
            }
        });
    }
}

/// Pools at 1 an hour; a reservation of each at `reserved` and a plan over all at `planned`, for all the hours.
fn market(pools: usize, hours: usize, reserved: f64, planned: f64) -> Market {
    let offer = |target, cost: f64, step| Offer { target, hours: 0..hours, cost: cost * hours as f64, step, most: f64::INFINITY };
    let mut offers: Vec<Offer> = (0..pools).map(|pool| offer(Target::Pool(pool), reserved, 1.0)).collect();
    offers.push(offer(Target::Table(0), 1.0, 0.001));
    Market {
        pools: vec![Pool { on_demand: 1.0 }; pools],
        tables: vec![Table { level: 0, rates: (0..pools).map(|pool| (pool, planned)).collect() }],
        offers,
        held: Vec::new(),
        caps: Vec::new(),
        risk: Risk { weight: 0.0, tail: 1.0 },
        hour_weight: 1.0,
        references: Vec::new(),
    }
}

fn solved(market: &Market, demand: Vec<Vec<f32>>) -> Portfolio {
    solve(market, &Made(vec![demand]), Effort::default(), &OneByOne).unwrap()
}

/// What a portfolio buys, what it comes to, and its bound, in whole numbers.
fn told(found: &Portfolio) -> String {
    let units: Vec<String> = found.units.iter().map(|units| format!("{units:.3}")).collect();
    format!("buy {}; {:.1} of {:.1}, at least {:.1}", units.join(" "), found.objective, found.nothing, found.bound)
}

#[test]
fn what_runs_in_office_hours_alone_gets_no_commitment() {
    let office = |hour: usize| if hour % 168 < 120 && (9..17).contains(&(hour % 24)) { 10.0 } else { 0.0 };
    let found = solved(&market(1, 672, 0.6, 0.7), vec![(0..672).map(office).collect()]);
    insta::assert_snapshot!(told(&found), @"buy 0.000 0.000; 1600.0 of 1600.0, at least 1600.0");
}

#[test]
fn one_hour_of_fifty_times_as_much_moves_nothing() {
    let steady: Vec<f32> = (0..672).map(|hour| 10.0 + (hour % 24) as f32 / 4.0).collect();
    let mut spiked = steady.clone();
    spiked[300] = 500.0;
    let [steady, spiked] = [steady, spiked].map(|demand| solved(&market(1, 672, 0.6, 0.7), vec![demand]));
    assert_eq!(steady.units, spiked.units);
    insta::assert_snapshot!(told(&steady), @"buy 12.000 0.000; 5678.4 of 8652.0, at least 5678.4");
}

#[test]
fn usage_that_moves_between_pools_gets_the_plan_that_follows_it() {
    let moving = |from: usize| (0..672).map(|hour| if (hour < 336) == (from == 0) { 10.0 } else { 0.0 }).collect();
    insta::assert_snapshot!(told(&solved(&market(2, 672, 0.6, 0.7), vec![moving(0), moving(1)])), @"buy 0.000 0.000 7.000; 4704.0 of 6720.0, at least 4704.0");
}

#[test]
fn what_is_held_is_not_bought_again() {
    let mut held = market(1, 672, 0.6, 0.7);
    held.held.push(Holding { target: Target::Pool(0), hours: 0..672, units: 4.0 });
    held.held.push(Holding { target: Target::Table(0), hours: 0..672, units: 2.1 });
    insta::assert_snapshot!(told(&solved(&held, vec![vec![10.0; 672]])), @"buy 3.000 0.000; 1209.6 of 2016.0, at least 1202.1");
}

#[test]
fn limits_are_kept() {
    let mut capped = market(2, 672, 0.6, 0.7);
    capped.caps.push(Cap { weights: vec![0.6, 0.6, 1.0], most: 5.0 });
    insta::assert_snapshot!(told(&solved(&capped, vec![vec![10.0; 672], vec![10.0; 672]])), @"buy 4.000 4.000 0.200; 11232.0 of 13440.0, at least 11200.0");
}

#[test]
fn a_market_that_makes_no_sense_is_refused() {
    let demand = Made(vec![vec![vec![1.0; 4]]]);
    let refused = |change: &dyn Fn(&mut Market)| {
        let mut market = market(1, 4, 0.6, 0.7);
        change(&mut market);
        solve(&market, &demand, Effort::default(), &OneByOne).unwrap_err().to_string()
    };
    let all = [
        refused(&|market| market.pools[0].on_demand = f64::NAN),
        refused(&|market| market.tables[0].rates[0].1 = -1.0),
        refused(&|market| market.tables[0].rates[0].0 = 1),
        refused(&|market| market.offers[0].target = Target::Pool(1)),
        refused(&|market| market.offers[1].target = Target::Table(1)),
        refused(&|market| market.offers[1].hours = 0..5),
        refused(&|market| market.held.push(Holding { target: Target::Pool(0), hours: 0..1, units: f64::INFINITY })),
        refused(&|market| market.caps.push(Cap { weights: vec![1.0], most: 1.0 })),
        refused(&|market| market.references = vec![1.0, 2.0]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    the on-demand rate of pool 0 is NaN, which is no amount
    a rate of table 0 is -1, which is no amount
    table 0 names a pool that is not there
    offer 0 names a pool that is not there
    offer 1 names a table that is not there
    offer 1 names an hour that is not there
    the units of holding 0 is inf, which is no amount
    cap 0 names an offer that is not there
    the list of references of length 2 names a scenario that is not there
    ");
}

/// Pairs of pools with a plan each, and a dearer one over all: more pools than a narrow plan has.
fn wide_market(hours: usize) -> (Market, Made) {
    let pools = 28;
    let mut market = market(pools, hours, 0.5, 0.62);
    market.tables[0].level = 1;
    for pair in 0..pools / 2 {
        market.tables.push(Table { level: 0, rates: vec![(2 * pair, 0.51), (2 * pair + 1, 0.52)] });
        let table = Target::Table(market.tables.len() - 1);
        market.offers.push(Offer { target: table, hours: 0..hours, cost: hours as f64, step: 0.001, most: f64::INFINITY });
    }
    let used = |pool: usize, hour: usize| (20 + (pool * 7 + hour * (pool % 5 + 1)) % 24 + hour / 100 * (pool % 3)) as f32;
    let demand = (0..pools).map(|pool| (0..hours).map(|hour| used(pool, hour)).collect()).collect();
    (market, Made(vec![demand]))
}

#[test]
fn plans_that_compete_leave_hardly_a_gap() {
    let (market, demand) = wide_market(336);
    let found = solve(&market, &demand, Effort::default(), &OneByOne).unwrap();
    assert_eq!(found, solve(&market, &demand, Effort::default(), &Backwards).unwrap());
    assert!(found.gap() < 0.002, "{} above {}", found.objective, found.bound);
}

fn random_demand() -> impl Strategy<Value = Made> {
    (1_usize..3, 1_usize..4).prop_flat_map(|(scenarios, pools)| {
        let row = prop::collection::vec((0_u32..40).prop_map(|used| used as f32), 300);
        prop::collection::vec(prop::collection::vec(row, pools), scenarios).prop_map(Made)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_number_of_workers_gives_the_same(demand in random_demand(), reserved in 0.3..0.9, planned in 0.3..0.9) {
        let market = market(demand.0[0].len(), 300, reserved, planned);
        let one = solve(&market, &demand, Effort::default(), &OneByOne).unwrap();
        prop_assert_eq!(one, solve(&market, &demand, Effort::default(), &Backwards).unwrap());
    }

    #[test]
    fn a_bound_from_a_sample_holds_for_the_whole(demand in random_demand(), reserved in 0.3..0.9, planned in 0.3..0.9) {
        let market = market(demand.0[0].len(), 300, reserved, planned);
        let whole = solve(&market, &demand, Effort::default(), &OneByOne).unwrap();
        // So few cells that each scenario is looked at in some of its hours only.
        let sampled = solve(&market, &demand, Effort { cells: 200, rounds: 20 }, &OneByOne).unwrap();
        prop_assert!(sampled.bound <= whole.objective * (1.0 + 1e-6), "{} above {}", sampled.bound, whole.objective);
        prop_assert!(whole.bound <= sampled.objective * (1.0 + 1e-6), "{} above {}", whole.bound, sampled.objective);
        prop_assert!(whole.objective <= whole.nothing && sampled.objective <= sampled.nothing);
    }
}
