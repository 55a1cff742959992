//! Orders run on the sandbox while everything goes wrong, by chance from a seed: the process dies before and after every write, answers are lost,
//! refused, late or of yesterday, requests are brought twice. Each run is held against the sandbox's own books.
//!
//! The tests play the first thousand seeds; `cargo xtask soak orders` plays 20,000 others by `TENOR_ORDERS`. `TENOR_ORDERS_SEED` plays one alone, and
//! tells what happened in it.

mod chance;
mod scenario;
mod stage;

use chance::Chance;
use scenario::SCENARIOS;
use stage::{Organization, Run};
use std::collections::BTreeMap;

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
        let mut run = Run::new(&organization, &mut chance, scenario, is_told);
        let ended = run.play(&mut chance);
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
