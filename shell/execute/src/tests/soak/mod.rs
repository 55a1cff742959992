//! Orders run on the sandbox while everything goes wrong, by chance from a seed: the process dies before and after every write, answers are lost,
//! refused, late or of yesterday, requests are brought twice. Each run is held against the sandbox's own books.
//!
//! The tests play the first thousand seeds; `cargo xtask soak orders` plays 20,000 others by `TENOR_ORDERS`. `TENOR_ORDERS_SEED` plays one alone, and
//! tells what happened in it.

mod chance;
mod scenario;
mod stage;

use chance::Chance;
use scenario::{SCENARIOS, Scenario};
use stage::{Organization, Run, Switches};
use std::collections::BTreeMap;
use tenor_order::Service;

/// Seeds of the tests.
const RUNS: u64 = 1_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
fn no_purchase_is_made_twice_or_lost_whatever_breaks() {
    let (seeds, is_told) = match number("TENOR_ORDERS_SEED") {
        Some(seed) => (seed..seed + 1, true),
        None => (number("TENOR_ORDERS").map_or(0..RUNS, |count| RUNS..RUNS + count), false),
    };
    let organization = Organization::new();
    let mut endings: BTreeMap<String, u64> = BTreeMap::new();
    let is_all = seeds.end - seeds.start >= RUNS;
    for seed in seeds {
        let mut chance = Chance::new(seed);
        let scenario = SCENARIOS[chance.below(SCENARIOS.len())];
        let switches = Switches { quotas: seed.is_multiple_of(2), tags: seed.is_multiple_of(3) };
        let mut run = Run::new(&organization, &mut chance, scenario, switches, is_told);
        let ended = run.play(Some(&mut chance));
        if let Err(wrong) = run.check() {
            panic!("seed {seed}, {scenario:?}: {wrong}\n{}", run.told());
        }
        *endings.entry(format!("{} {ended}", scenario.name())).or_default() += 1;
    }
    eprintln!("{endings:#?}");
    if is_all {
        // What never happened was not tried.
        for scenario in SCENARIOS {
            for ended in ["done", "held"] {
                let found = endings.get(&format!("{} {ended}", scenario.name())).copied().unwrap_or(0);
                assert!(found > 0 || (ended == "held" && !scenario.can_be_held()), "{} never {ended}: {endings:?}", scenario.name());
            }
        }
    }
}

#[test]
fn a_quota_is_asked_for_once_waited_for_and_what_was_bought_is_tagged() {
    let organization = Organization::new();
    for seed in 0..12 {
        let mut chance = Chance::new(seed);
        let switches = Switches { quotas: true, tags: true };
        let mut run = Run::new(&organization, &mut chance, Scenario::Buy(Service::Ec2), switches, false);
        assert_eq!(run.play(None), "done", "seed {seed}\n{}", run.told());
        run.check().unwrap();
        let wanted = run.counts().iter().sum::<u32>();
        // AWS lets two more be bought.
        let requests = usize::from(wanted > 2);
        let told = (run.called("service-quotas:RequestServiceQuotaIncrease"), run.called("ec2:CreateTags"));
        assert_eq!(told, (requests, 2), "seed {seed}\n{}", run.told());
    }
}
