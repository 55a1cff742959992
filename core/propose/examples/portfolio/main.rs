//! How long a portfolio takes, and how near its bound it is: pools of many shapes, a year of hours, many futures, all offers.
//!
//! `cargo run --release -p tenor-propose --example portfolio -- POOLS SCENARIOS [THREADS [ROUNDS [STRIDE]]]`; a last argument `json` writes
//! the problem for another solver instead.

#![expect(clippy::disallowed_types, clippy::print_stdout, reason = "an example measures time, the solver works on floats")]

mod made;
mod text;

use made::{Made, market};
use std::time::Instant;
use tenor_propose::solve::{Effort, OneByOne, Workers, solve};

struct Threads(usize);

impl Workers for Threads {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..self.0 {
                scope.spawn(|| {
                    loop {
                        let part = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if part >= parts {
                            break;
                        }
                        work(part);
                    }
                });
            }
        });
    }
}

fn main() {
    let argument = |place: usize, default: usize| std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (pools, scenarios, threads) = (argument(1, 1_000), argument(2, 64), argument(3, 2));
    let (rounds, stride) = (argument(4, Effort::default().rounds), argument(5, 1));
    let made = Made::new(pools, scenarios, stride);
    let mut market = market(&made);
    // Offers of three years are left out: they dominate within one year.
    market.risk.weight = if scenarios > 1 { 0.5 } else { 0.0 };
    if std::env::args().nth(6).is_some_and(|mode| mode == "json") {
        println!("{}", text::of(&market, &made));
        return;
    }
    let begun = Instant::now();
    let effort = Effort { rounds, ..Effort::default() };
    let found = match threads {
        1 => solve(&market, &made, effort, &OneByOne),
        _ => solve(&market, &made, effort, &Threads(threads)),
    };
    let found = found.expect("the market makes sense");
    println!(
        "{pools} pools, {scenarios} scenarios: {:.2} s, objective {:.2}, bound {:.2}, gap {:.3}%, saving {:.2}%",
        begun.elapsed().as_secs_f64(),
        found.objective,
        found.bound,
        100.0 * found.gap(),
        100.0 * (1.0 - found.objective / found.nothing),
    );
}
