//! What holds of every proposal.

use super::{QUARTER, inputs, is_office_hour, proposal};
use crate::proposal::{Inputs, Proposal, propose};
use crate::solve::{OneByOne, Workers};
use proptest::prelude::*;
use tenor_money::Money;

/// Many at once.
struct Threads;

impl Workers for Threads {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| (0..parts).for_each(|part| drop(scope.spawn(move || work(part)))));
    }
}

fn mixed() -> Inputs {
    let office = |hour| if is_office_hour(QUARTER, hour) { 25 } else { 5 };
    inputs(QUARTER).using("m5", |hour| 10 + (hour % 24) as u64 / 8).using("c6i", office).holding("m5", 3, 500)
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let inputs = mixed();
    assert_eq!(propose(&inputs, "x", &OneByOne).unwrap().encode(), propose(&inputs, "x", &Threads).unwrap().encode());
}

#[test]
fn what_is_written_is_read_again_and_its_hash_is_of_all_of_it() {
    let found = proposal(&mixed());
    let read: Proposal = serde_json::from_str(&found.encode()).unwrap();
    assert_eq!(read, found);
    let unnamed = Proposal { id: String::new(), ..found.clone() };
    assert_eq!(found.id, blake3::hash(unnamed.encode().as_bytes()).to_hex().to_string());
}

#[test]
fn inputs_are_read_as_they_were_written() {
    let inputs = mixed();
    let text = serde_json::to_string(&inputs).unwrap();
    assert_eq!(serde_json::from_str::<Inputs>(&text).unwrap(), inputs);
    let other = text.replacen("\"seed\":7", "\"seed\":7,\"more\":1", 1);
    assert!(serde_json::from_str::<Inputs>(&other).is_err(), "what is not known is not passed over");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The bound is below, the parts add up, and nothing is dearer than nothing.
    #[test]
    fn certificates_hold(base in 0_u64..30, office in 0_u64..30, held in 0_u32..20, seed in any::<u64>()) {
        let mut usage = inputs(4 * 168)
            .using("m5", move |hour| base + if is_office_hour(4 * 168, hour) { office } else { 0 })
            .using("c6i", move |hour| office + hour as u64 % 5)
            .holding("m5", held + 1, 2_000);
        usage.seed = seed;
        usage.scenarios = 3;
        let found = proposal(&usage);
        let certificate = &found.certificate;
        let parts = money(&certificate.expected_cost) + money(&certificate.capital) + money(&certificate.risk);
        let objective = money(&certificate.objective);
        prop_assert!((parts - objective).abs() <= money("0.0002"), "{certificate:?}");
        prop_assert!(money(&certificate.bound) <= objective, "{certificate:?}");
        prop_assert!(!found.limitations.iter().any(|told| told.contains("fault of the program")));
        prop_assert!(objective <= money(&certificate.nothing) + money("0.0001"), "{certificate:?}");
        if found.later.is_empty() {
            let savings = money(&certificate.nothing) - money(&certificate.expected_cost);
            prop_assert!((savings - money(&found.summary.savings.expected)).abs() <= money("0.0002"));
        }
        for step in &found.steps {
            // Three futures: none may be below.
            prop_assert!(money(&step.utilization.p10) >= money("0.75"), "{step:?}");
        }
    }
}
