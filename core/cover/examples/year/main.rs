//! How fast a year of 500 accounts x 40 SKUs with 200 commitments is simulated: `cargo run --release -p tenor-cover --example year`.
//!
//! Everything is made from a seed, so two runs differ in their times only.

#![expect(clippy::disallowed_types, clippy::print_stdout, reason = "a benchmark looks at the clock and prints")]

mod world;

use std::ops::Range;
use std::time::Instant;
use tenor_bill::Hour;
use tenor_cover::{Organization, Simulator, Totals, UsageMatrix};

/// Threads that share the hours.
const THREADS: i64 = 2;

fn main() {
    let organization = Organization::new(world::parts()).expect("the parts fit together");
    let sizes: Vec<i64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    for hours in if sizes.is_empty() { vec![2_190, 4_380, 8_760] } else { sizes } {
        let usage = world::usage(&organization, hours);
        let (start, ticks) = (Instant::now(), cpu_ticks());
        let totals = simulate(&organization, &usage);
        let (seconds, ticks) = (start.elapsed(), cpu_ticks() - ticks);
        let cells = usize::try_from(hours).expect("a year") * organization.parts().series.len();
        let covered = totals.covered_list_cost().units() * 1000 / totals.list_cost().units();
        let used = 1000 - totals.unused_cost().units() * 1000 / totals.commitment_cost().units();
        println!(
            "{hours} hours, {cells} cells: {:.2} s on {THREADS} threads, {}.{:02} s of processor; covered {}.{} %, used {}.{} %; peak {} MiB",
            seconds.as_secs_f64(),
            ticks / 100,
            ticks % 100,
            covered / 10,
            covered % 10,
            used / 10,
            used % 10,
            peak_mib()
        );
    }
}

fn simulate(organization: &Organization, usage: &UsageMatrix<u32>) -> Totals {
    let simulator = Simulator::new(organization);
    let hours = usage.hours();
    let part = |index: i64| -> Range<Hour> {
        let (start, count) = (hours.start.epoch_hours(), hours.end.epoch_hours() - hours.start.epoch_hours());
        Hour::from_epoch_hours(start + count * index / THREADS)..Hour::from_epoch_hours(start + count * (index + 1) / THREADS)
    };
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..THREADS)
            .map(|index| {
                scope.spawn({
                    let (simulator, hours) = (&simulator, part(index));
                    move || simulator.run(usage, hours, &mut ())
                })
            })
            .collect();
        let mut parts = runs.into_iter().map(|run| run.join().expect("a simulation does not panic"));
        let mut totals = parts.next().expect("there is a thread");
        parts.for_each(|part| totals.merge(&part));
        totals
    })
}

/// The most memory this process has held.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}

/// Hundredths of a second that processors have spent on this process: what a busy machine does not disturb.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}
