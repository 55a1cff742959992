//! How fast a year of 500 accounts x 40 SKUs with 200 commitments is simulated, and what one commitment more costs:
//! `cargo run --release -p tenor-cover --example year [HOURS...]`.
//!
//! Everything is made from a seed, so two runs differ in their times only. Processor time is what a busy machine does not disturb.

#![expect(clippy::disallowed_types, clippy::print_stdout, reason = "a benchmark looks at the clock and prints")]

mod world;

use std::ops::Range;
use std::time::Instant;
use tenor_bill::Hour;
use tenor_cover::{Baseline, Commitment, Organization, Simulator, Totals, UsageMatrix};

/// Threads that share the hours.
const THREADS: i64 = 2;

fn main() {
    let organization = Organization::new(world::parts()).expect("the parts fit together");
    let simulator = Simulator::new(&organization);
    let sizes: Vec<i64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    for hours in if sizes.is_empty() { vec![2_190, 4_380, 8_760] } else { sizes } {
        let usage = world::usage(&organization, hours);
        let cells = usize::try_from(hours).expect("a year") * organization.parts().series.len();
        let timed = Timed::start();
        let totals = merged(on_threads(&usage, |hours| simulator.run(&usage, hours, &mut ())));
        println!("{hours} hours, {cells} cells: {}", timed.stop());
        let covered = totals.covered_list_cost().units() * 100 / totals.list_cost().units();
        let used = 100 - totals.unused_cost().units() * 100 / totals.commitment_cost().units();
        println!("  covered {covered} % of the list cost, used {used} % of the commitments; peak {} MiB", peak_mib());
        let timed = Timed::start();
        let baselines = on_threads(&usage, |hours| simulator.baseline(&usage, hours));
        println!("  with notes for what comes next: {}; peak {} MiB", timed.stop(), peak_mib());
        for (what, commitment) in world::additions(&organization) {
            try_one_more(&organization, &usage, &baselines, what, commitment);
        }
    }
}

/// Times one commitment more, from notes and from scratch, and compares.
fn try_one_more(
    organization: &Organization,
    usage: &UsageMatrix<u32>,
    baselines: &[Baseline<'_, UsageMatrix<u32>>],
    what: &str,
    more: Commitment,
) {
    let timed = Timed::start();
    let quick = merged(baselines.iter().map(|baseline| baseline.with(more.clone()).expect("it fits")).collect());
    let quick_time = timed.stop();
    let more = organization.with(more).expect("it fits");
    let simulator = Simulator::new(&more);
    let timed = Timed::start();
    let scratch = merged(on_threads(usage, |hours| simulator.run(usage, hours, &mut ())));
    let scratch_time = timed.stop();
    assert_eq!(quick, scratch, "both ways come to the same");
    let ratio = scratch_time.processor_ms.max(1) * 10 / quick_time.processor_ms.max(1);
    println!("  {what}: {quick_time} on one thread, {}.{} times faster than {scratch_time}", ratio / 10, ratio % 10);
}

fn on_threads<T: Send>(usage: &UsageMatrix<u32>, work: impl Fn(Range<Hour>) -> T + Sync) -> Vec<T> {
    let hours = usage.hours();
    let at = |part: i64| {
        let (start, end) = (hours.start.epoch_hours(), hours.end.epoch_hours());
        Hour::from_epoch_hours(start + (end - start) * part / THREADS)
    };
    let work = &work;
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..THREADS).map(|part| (at(part)..at(part + 1), part)).map(|(hours, _)| scope.spawn(move || work(hours))).collect();
        runs.into_iter().map(|run| run.join().expect("a simulation does not panic")).collect()
    })
}

fn merged(parts: Vec<Totals>) -> Totals {
    let mut parts = parts.into_iter();
    let mut totals = parts.next().expect("there is a thread");
    parts.for_each(|part| totals.merge(&part));
    totals
}

/// A stretch of time, by the clock and by the processors.
struct Timed {
    start: Instant,
    processor_ms: u64,
}

/// How long it was.
struct Took {
    clock_ms: u128,
    processor_ms: u64,
}

impl Timed {
    fn start() -> Self {
        Self { start: Instant::now(), processor_ms: processor_ms() }
    }

    fn stop(&self) -> Took {
        Took { clock_ms: self.start.elapsed().as_millis(), processor_ms: processor_ms() - self.processor_ms }
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ms ({} ms of processor)", self.clock_ms, self.processor_ms)
    }
}

/// Milliseconds that processors have spent on this process, in tens.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

/// The most memory this process has held.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}
