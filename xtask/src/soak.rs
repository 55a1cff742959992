//! `cargo xtask soak`: what the tests do a little of, done at length.
//!
//! Imports killed at many moments, the sandbox's laws, orders run while everything goes wrong, orders whose process is killed, and every parser
//! fuzzed. The continuous integration runs a seeded subset of all but the last; this is for a change to one of them, and before a release.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command;

/// Memory a fuzzed parser may take, in MiB: its input is at most a few MiB, so more is a runaway.
const FUZZ_MEMORY_MIB: u32 = 2048;

/// What `cargo xtask soak` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    soak: Soak,
}

/// What is done at length.
#[derive(Debug, clap::Subcommand)]
enum Soak {
    /// Kill imports at random moments, and look what they left.
    Kills {
        /// How many imports are killed.
        #[arg(long, default_value_t = 200)]
        count: u32,
    },
    /// Play sequences of calls in the sandbox by chance, others than the tests do, and hold them against its laws.
    Laws {
        /// How many sequences.
        #[arg(long, default_value_t = 10_000)]
        count: u32,
    },
    /// Run orders on the sandbox while everything goes wrong by chance, others than the tests do, and hold each against its books.
    Orders {
        /// How many runs.
        #[arg(long, default_value_t = 20_000)]
        count: u32,
    },
    /// Kill the process that carries an order out, at moments that a seed decides, and hold what was sold against the order.
    OrderKills {
        /// How many kills.
        #[arg(long, default_value_t = 300)]
        count: u32,
        /// From which seed; the tests play 1.
        #[arg(long, default_value_t = 2)]
        seed: u32,
    },
    /// Fuzz the parsers, one after the other. Needs a nightly toolchain and cargo-fuzz.
    Fuzz {
        /// Minutes for each.
        #[arg(long, default_value_t = 10)]
        minutes: u32,
        /// The targets; all of them without any.
        targets: Vec<String>,
    },
}

/// Soak.
pub(crate) fn run(args: Args) -> Result<()> {
    match args.soak {
        Soak::Kills { count } => kills(count),
        Soak::Laws { count } => laws(count),
        Soak::Orders { count } => orders(count),
        Soak::OrderKills { count, seed } => order_kills(count, seed),
        Soak::Fuzz { minutes, targets } => fuzz(minutes, &targets),
    }
}

fn kills(count: u32) -> Result<()> {
    let test = "import_killed::an_import_killed_at_any_moment_leaves_the_old_periods_or_the_new";
    let mut cargo = command::cargo();
    // Of the whole workspace, as the checks build it: of one package, dependencies would have other features and be built again.
    cargo.args(["test", "--locked", "--workspace", "--test", "main", "--", "--exact", "--nocapture", test]);
    command::run(cargo.env("TENOR_KILLS", count.to_string()))
}

fn laws(count: u32) -> Result<()> {
    let test = "cloud::laws::sequences_keep_the_laws_and_what_is_wrong_is_refused";
    let mut cargo = command::cargo();
    cargo.args(["test", "--locked", "--package", "tenor-sandbox", "--lib", "--", "--exact", "--nocapture", test]);
    command::run(cargo.env("TENOR_LAWS", count.to_string()))
}

fn orders(count: u32) -> Result<()> {
    let test = "tests::soak::no_purchase_is_made_twice_or_lost_whatever_breaks";
    let mut cargo = command::cargo();
    cargo.args(["test", "--locked", "--package", "tenor-execute", "--lib", "--", "--exact", "--nocapture", test]);
    command::run(cargo.env("TENOR_ORDERS", count.to_string()))
}

fn order_kills(count: u32, seed: u32) -> Result<()> {
    let test = "orders_killed::an_order_whose_process_is_killed_is_carried_out_once";
    let mut cargo = command::cargo();
    cargo.args(["test", "--locked", "--workspace", "--test", "main", "--", "--exact", "--nocapture", test]);
    command::run(cargo.env("TENOR_ORDER_KILLS", count.to_string()).env("TENOR_ORDER_KILLS_SEED", seed.to_string()))
}

fn fuzz(minutes: u32, chosen: &[String]) -> Result<()> {
    let folder = command::workspace().join("fuzz");
    let known = targets(&folder)?;
    let strange = chosen.iter().find(|target| !known.contains(target));
    if let Some(strange) = strange {
        anyhow::bail!("there is no target `{strange}`\nhint: the targets are {}", known.join(", "));
    }
    let mut probe = command::cargo();
    // The cargo that runs this program is one toolchain's own, which knows no `+nightly`.
    let has_fuzz = command::succeeds(probe.args(["fuzz", "--version"]));
    ensure!(has_fuzz, "cargo-fuzz is missing\nhint: cargo install --locked cargo-fuzz");
    let has_nightly = command::succeeds(std::process::Command::new("rustup").args(["run", "nightly", "cargo", "--version"]));
    ensure!(has_nightly, "a nightly toolchain is missing\nhint: rustup toolchain install nightly");
    for target in known.iter().filter(|target| chosen.is_empty() || chosen.contains(target)) {
        // New inputs go to a folder of their own, so that the kept seeds stay few.
        let found = command::cache()?.join("fuzz").join(target);
        fs::create_dir_all(&found).with_context(|| format!("cannot make `{}`", found.display()))?;
        let mut fuzz = std::process::Command::new("rustup");
        fuzz.current_dir(command::workspace()).args(["run", "nightly", "cargo", "fuzz", "run", target]);
        fuzz.arg(&found).arg(folder.join("corpus").join(target)).arg("--");
        fuzz.args([format!("-max_total_time={}", minutes * 60), format!("-rss_limit_mb={FUZZ_MEMORY_MIB}")]);
        fuzz.args(["-timeout=20", "-print_final_stats=1"]);
        command::run(&mut fuzz)?;
    }
    Ok(())
}

/// The fuzz targets, by their files.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let folder = folder.join("fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{command, fuzz, targets};

    #[test]
    fn the_targets_are_the_files_and_others_are_refused() {
        let known = targets(&command::workspace().join("fuzz")).unwrap();
        assert!(known.contains(&"legacy_csv".to_owned()) && known.is_sorted(), "{known:?}");
        let error = fuzz(1, &["nothing".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("there is no target `nothing`\nhint: the targets are cur2_csv, "), "{error}");
    }

    #[test]
    fn each_target_has_seeds() {
        let fuzz = command::workspace().join("fuzz");
        for target in targets(&fuzz).unwrap() {
            let seeds = std::fs::read_dir(fuzz.join("corpus").join(&target)).map_or(0, Iterator::count);
            assert!(seeds > 0, "{target} has no seeds");
        }
    }
}
