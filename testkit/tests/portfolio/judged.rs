//! HiGHS solves the same problems as mixed-integer programs; its optimum must lie between our bound and our cost.

use crate::random::{Kind, instance, to_json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use tenor_propose::solve::{Effort, OneByOne, Portfolio, solve};
use tenor_testkit::judges;

/// Sums of as many terms differ in their last digits between programs.
const TOLERANCE: f64 = 2e-6;

fn optima(python: &str, instances: &[String]) -> Vec<f64> {
    let mut judge = Command::new(python)
        .args(["-c", include_str!("judge.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judges' Python runs");
    let mut stdin = judge.stdin.take().expect("it is piped");
    let text = instances.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = judge.wait_with_output().expect("the judge ends");
    writer.join().expect("the writer ends").expect("the judge reads");
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .expect("numbers")
        .lines()
        .filter_map(|line| line.strip_prefix("optimum "))
        .map(|line| line.parse().unwrap_or_else(|_| panic!("`{line}` is no number")))
        .collect()
}

#[test]
fn the_optimum_lies_between_bound_and_cost() {
    let Some(python) = judges::python() else { return };
    let kinds = [(Kind::Reservation, 50), (Kind::Plan, 50), (Kind::Mixed, 200)];
    let cases: Vec<(Kind, u64)> = kinds.into_iter().flat_map(|(kind, count)| (0..count).map(move |seed| (kind, seed))).collect();
    let made: Vec<_> = cases.iter().map(|(kind, seed)| instance(seed * 7 + 1, *kind)).collect();
    let optima = optima(&python, &made.iter().map(|(market, demand)| to_json(market, demand)).collect::<Vec<_>>());
    assert_eq!(optima.len(), cases.len());
    let (mut wrong, mut gaps) = (String::new(), Vec::new());
    for (((kind, seed), (market, demand)), optimum) in cases.iter().zip(&made).zip(&optima) {
        let found: Portfolio = solve(market, demand, Effort::default(), &OneByOne).expect("instances make sense");
        let slack = TOLERANCE * (1.0 + optimum.abs());
        let hits = *kind == Kind::Mixed || found.objective <= optimum + slack;
        if found.objective < optimum - slack || found.bound > optimum + slack || !hits {
            writeln!(wrong, "{kind:?} {seed}: optimum {optimum}, cost {}, bound {}", found.objective, found.bound).expect("text");
        }
        if *kind == Kind::Mixed {
            gaps.push((found.objective - optimum) / optimum.abs().max(1.0));
        }
    }
    assert_eq!(wrong, "");
    gaps.sort_by(f64::total_cmp);
    let within = |share: f64| gaps[(gaps.len() as f64 * share) as usize];
    eprintln!("above the optimum: median {:.4}, 90% {:.4}, most {:.4}", within(0.5), within(0.9), gaps[gaps.len() - 1]);
    assert!(within(0.5) < 0.002 && within(0.9) < 0.02, "above the optimum: median {}, 90% {}", within(0.5), within(0.9));
}
