//! How fast entries are appended in groups, each group durable, and how fast all of them are verified:
//! `cargo run --release -p tenor-state --example ledger -- FOLDER [ENTRIES [GROUP...]]`. The folder says which disk is measured.
//!
//! Appending waits for the disk. Verifying takes as many cores as there are, and once one alone; its processor time is what a busy machine
//! disturbs least.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, OrderId, append, verify};
use tenor_state::{Claim, Key, Lease, State, SystemRandomness, verify_exported};

/// So many entries are made at a time.
const BATCH: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder on the disk that is to be measured")?;
    let entries = arguments.next().map_or(Ok(1_000_000), |entries| entries.parse())?;
    let groups = arguments.map(|group| group.parse()).collect::<Result<Vec<usize>, _>>()?;
    for group in if groups.is_empty() { vec![1, 10, 100, 1_000] } else { groups } {
        appended(Path::new(&folder), group)?;
    }
    verified(entries)?;
    stored(Path::new(&folder), entries)
}

/// Appends groups for some seconds' worth of syncs.
fn appended(folder: &Path, group: usize) -> Result<(), Box<dyn Error>> {
    let home = folder.join(format!("group-{group}"));
    let mut state = open(&home)?;
    let count = 300;
    let started = Instant::now();
    for number in 0..count {
        state.append(&drafts(number * group, group)?, &SystemRandomness::new())?;
    }
    let took = started.elapsed();
    let rate = (count * group * 1_000) / usize::try_from(took.as_millis())?.max(1);
    println!("groups of {group}: {count} in {}, {rate} entries a second", shown(took));
    drop(state);
    std::fs::remove_dir_all(&home)?;
    Ok(())
}

/// Verifies an exported ledger in memory.
fn verified(entries: usize) -> Result<(), Box<dyn Error>> {
    let (mut ledger, mut head) = (String::new(), Head::EMPTY);
    let before = processor_time()?;
    for from in (0..entries).step_by(BATCH) {
        for draft in drafts(from, BATCH.min(entries - from))? {
            let (line, next) = append(&head, &draft);
            ledger.push_str(line.as_str());
            ledger.push('\n');
            head = next;
        }
    }
    println!("{entries} entries, {} MiB: made in {} of a processor", ledger.len() >> 20, shown(processor_time()? - before));
    let (before, started) = (processor_time()?, Instant::now());
    let report = verify(ledger.as_bytes(), Some(&head))?;
    assert_eq!(report.head, head, "all of it was verified");
    println!("exported, on one thread: verified in {}, {} of a processor", shown(started.elapsed()), shown(processor_time()? - before));
    let (before, started) = (processor_time()?, Instant::now());
    let report = verify_exported(&mut ledger.as_bytes(), &[])?.report;
    assert_eq!(report.head, head, "all of it was verified");
    println!("exported: verified in {}, {} of a processor", shown(started.elapsed()), shown(processor_time()? - before));
    Ok(())
}

/// Verifies a stored ledger, in its database.
fn stored(folder: &Path, entries: usize) -> Result<(), Box<dyn Error>> {
    let home = folder.join("stored");
    let mut state = open(&home)?;
    for from in (0..entries).step_by(BATCH) {
        state.append(&drafts(from, BATCH.min(entries - from))?, &SystemRandomness::new())?;
    }
    let (before, started) = (processor_time()?, Instant::now());
    let report = state.verify_ledger(&[])?.report;
    assert_eq!(report.head.sequence(), u64::try_from(entries)?, "all of it was verified");
    println!("stored: verified in {}, {} of a processor", shown(started.elapsed()), shown(processor_time()? - before));
    drop(state);
    std::fs::remove_dir_all(&home)?;
    Ok(())
}

fn open(home: &Path) -> Result<State, Box<dyn Error>> {
    let lease = Lease::take(home, &Claim::of_this_process("a benchmark", Duration::ZERO), Timestamp::UNIX_EPOCH)?;
    Ok(State::open(lease, &Key::new(&[7; 32]), &SystemRandomness::new(), Timestamp::UNIX_EPOCH)?)
}

/// Calls as an order makes them: the longest entries that are frequent.
fn drafts(from: usize, count: usize) -> Result<Vec<Draft>, Box<dyn Error>> {
    let draft = |number: usize| -> Result<Draft, Box<dyn Error>> {
        let event = Event::StepIntended {
            order: OrderId::from_bytes(*ContentHash::sha256(&(number / 8).to_be_bytes()).as_bytes()),
            step: u32::try_from(number % 8)?,
            account: "111122223333".parse()?,
            region: "eu-west-1".parse()?,
            operation: "savingsplans:CreateSavingsPlan".parse()?,
            request: ContentHash::sha256(&number.to_be_bytes()),
            token: Some("0a0b0c0d-1".parse()?),
        };
        let moment = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(i64::try_from(number)?);
        Ok(Draft { moment, actor: Actor::Schedule { name: "monthly".parse()? }, event })
    };
    (from..from + count).map(draft).collect()
}

fn shown(time: Duration) -> String {
    format!("{}.{:03} s", time.as_secs(), time.subsec_millis())
}

/// User and system time of this process, in hundredths of a second.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').ok_or("the kernel says nothing")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
