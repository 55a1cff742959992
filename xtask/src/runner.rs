//! The test runner: cargo-nextest when it is installed, else `cargo test`.
//!
//! Either way the last line of the output says how many tests passed. `cargo test` says so once per binary, and the last binary may
//! have none, so its counts are added up and closed with a line of our own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{command, judges};

/// Build all tests, and run none.
pub(crate) fn build() -> Result<()> {
    if has_nextest() { command::run(nextest().arg("--no-run")) } else { command::run(cargo_test().arg("--no-run")) }
}

/// Run all tests; they are told where the judges are.
pub(crate) fn test() -> Result<()> {
    let mut pythons = Vec::new();
    for judges in judges::ALL {
        pythons.push((judges.variable, judges.python()?));
    }
    if has_nextest() {
        return command::run(nextest().arg("--no-fail-fast").envs(pythons));
    }
    let counts = run_counting(cargo_test().arg("--no-fail-fast").envs(pythons))?;
    eprintln!("\n{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
    if counts.failed > 0 || !counts.success {
        bail!("`cargo test` failed");
    }
    Ok(())
}

fn has_nextest() -> bool {
    command::succeeds(command::cargo().args(["nextest", "--version"]))
}

fn nextest() -> Command {
    let mut nextest = command::cargo();
    nextest.args(["nextest", "run", "--locked", "--workspace"]);
    nextest
}

fn cargo_test() -> Command {
    let mut test = command::cargo();
    test.args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests"]);
    test
}

/// How the tests of all binaries ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
    success: bool,
}

/// Run it, pass its standard output on line by line, and add up what the `test result:` lines say.
fn run_counting(test: &mut Command) -> Result<Counts> {
    eprintln!("$ {}", command::show(test));
    let mut child = test.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start `cargo test`")?;
    let output = child.stdout.take().context("`cargo test` has no standard output")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        counts.add(&line);
        writeln!(std::io::stdout(), "{line}")?;
    }
    counts.success = child.wait()?.success();
    Ok(counts)
}

impl Counts {
    fn add(&mut self, line: &str) {
        let Some((_, numbers)) = line.split_once("test result: ").and_then(|(_, rest)| rest.split_once(". ")) else { return };
        for part in numbers.split("; ") {
            let Some((count, what)) = part.split_once(' ') else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Counts, run_counting};

    #[test]
    fn the_counts_of_all_binaries_are_added() {
        let script = "echo 'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s'
            echo 'test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s'; exit 101";
        let counts = run_counting(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(counts, Counts { passed: 5, failed: 1, skipped: 1, success: false });
    }

    #[test]
    fn other_lines_count_nothing() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        counts.add("test result: unreadable");
        assert_eq!(counts, Counts::default());
    }
}
