//! Back-tests proposals on packed-out inputs and says how long each policy took: `cargo run --release -p tenor-propose --example rolling --
//! inputs.json [--scenarios N] [--start-after-days N] [--every-weeks N] [--threads N] [--only POLICY] [--times N]`; with `--times` the history is
//! repeated so often, to see how a long one does.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, clippy::print_stdout, reason = "an example reads a file and measures time")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tenor_propose::backtest::Schedule;
use tenor_propose::proposal::{Inputs, RollingPolicy, RollingStanding, RollingTest};
use tenor_propose::solve::Workers;

/// So many threads; each takes the next part that nobody has.
struct Threads(usize);

impl Workers for Threads {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let take = || {
            while let Some(part) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|part| *part < parts) {
                work(part);
            }
        };
        std::thread::scope(|scope| {
            (1..self.0.min(parts)).for_each(|_| drop(scope.spawn(take)));
            take();
        });
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let path = words.next().expect("name a file of inputs, unpacked");
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    while let Some(name) = words.next() {
        options.insert(name, words.next().expect("a value for each option"));
    }
    let number = |name: &str, otherwise: usize| options.get(name).map_or(otherwise, |text| text.parse().expect("a number"));
    let mut inputs: Inputs = serde_json::from_slice(&std::fs::read(path).expect("it can be read")).expect("it holds inputs");
    inputs.scenarios = number("--scenarios", inputs.scenarios as usize) as u32;
    repeat(&mut inputs, number("--times", 1));
    let workers = Threads(number("--threads", std::thread::available_parallelism().map_or(1, usize::from)));
    let schedule = Schedule { start_after: number("--start-after-days", 60) * 24, every_weeks: number("--every-weeks", 1) };
    let test = RollingTest::new(&inputs, schedule, &workers).expect("the inputs are sound");
    let begun = Instant::now();
    let least = test.least_cost(&workers).expect("the inputs are sound");
    println!(
        "{} decisions, {} scenarios, on demand {}",
        test.decisions(),
        inputs.scenarios,
        test.on_demand_cost().round_to(2, tenor_money::Rounding::HalfEven)
    );
    print(&test.clairvoyant(least), begun, 1);
    for policy in RollingPolicy::ALL.into_iter().filter(|policy| options.get("--only").is_none_or(|only| *only == policy.name())) {
        let begun = Instant::now();
        print(&test.standing(policy, least, &workers).expect("the inputs are sound"), begun, test.decisions());
    }
}

fn print(standing: &RollingStanding, begun: Instant, decisions: usize) {
    let seconds = begun.elapsed().as_secs_f64();
    let cents = |amount: tenor_money::Money| amount.round_to(2, tenor_money::Rounding::HalfEven);
    let upfront = standing.over_time.last().map(|moment| cents(moment.upfront).to_string()).unwrap_or_default();
    let peak = standing.peak_obligation().map(|owed| cents(owed).to_string()).unwrap_or_default();
    let (saving, esr) = (standing.saving, standing.esr.map(|rate| rate.to_string()).unwrap_or_default());
    println!(
        "{:16} cost {:>12} saving {saving:9} ESR {esr:9} regret {:>10} bought {:4} peak obligation {peak:>12} upfront {upfront:>12} {:.2} s a decision",
        standing.name,
        cents(standing.cost),
        cents(standing.regret),
        standing.purchases,
        seconds / decisions as f64,
    );
    let used: Vec<String> = standing.utilization.iter().map(|(kind, used)| format!("{kind:?} {used}")).collect();
    println!("{:16} {}", "", used.join(", "));
}

/// The same history, so many times.
fn repeat(inputs: &mut Inputs, times: usize) {
    for line in &mut inputs.lines {
        line.cells = line.cells.repeat(times).into();
    }
    let hours = inputs.hours;
    let spans = (0..times).flat_map(|time| inputs.unknown.iter().map(move |(start, end)| (start + time * hours, end + time * hours)));
    inputs.unknown = spans.collect();
    inputs.hours *= times;
}
