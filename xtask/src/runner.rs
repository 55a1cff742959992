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
        // What an earlier run said must not stand for this one's.
        let said = command::workspace().join(JUNIT);
        if said.exists() {
            std::fs::remove_file(&said).with_context(|| format!("cannot remove `{}`", said.display()))?;
        }
        command::run(nextest().args(["--no-fail-fast", "--profile", "ci"]).envs(pythons))?;
        let text = std::fs::read_to_string(&said).with_context(|| format!("cannot read `{}`", said.display()))?;
        let secrets = text.lines().filter(|line| tells_a_secret(line)).count() as u64;
        return no_secrets(secrets);
    }
    let counts = run_counting(cargo_test().arg("--no-fail-fast").envs(pythons).args(["--", "--show-output"]), &mut std::io::stdout())?;
    no_secrets(counts.secrets)?;
    eprintln!("\n{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
    if counts.failed > 0 || !counts.success {
        bail!("`cargo test` failed");
    }
    Ok(())
}

/// Every secret that a test makes up begins with this, so that it can be told wherever it comes to light.
const SECRET_MARK: &str = "hush-";

fn tells_a_secret(line: &str) -> bool {
    line.contains(SECRET_MARK)
}

/// No secret of any test may be in what the tests and what they ran have printed.
fn no_secrets(lines: u64) -> Result<()> {
    if lines > 0 {
        bail!("{lines} lines that tests printed hold a secret (`{SECRET_MARK}`…)");
    }
    Ok(())
}

/// Where cargo-nextest keeps what the tests printed, from the project's root: `.config/nextest.toml` says so, wherever cargo builds.
const JUNIT: &str = "target/nextest/ci/junit.xml";

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
    /// Lines that hold a secret.
    secrets: u64,
    success: bool,
}

/// Run it, pass its standard output on line by line, and add up what the `test result:` lines say.
fn run_counting(test: &mut Command, out: &mut impl Write) -> Result<Counts> {
    eprintln!("$ {}", command::show(test));
    let mut child = test.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start `cargo test`")?;
    let output = child.stdout.take().context("`cargo test` has no standard output")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        counts.add(&line);
        counts.secrets += u64::from(tells_a_secret(&line));
        writeln!(out, "{line}")?;
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
            echo 'test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s'; echo key hush\"-\"now; exit 101";
        let counts = run_counting(Command::new("sh").args(["-c", script]), &mut Vec::new()).unwrap();
        assert_eq!(counts, Counts { passed: 5, failed: 1, skipped: 1, secrets: 1, success: false });
    }

    #[test]
    fn other_lines_count_nothing() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        counts.add("test result: unreadable");
        assert_eq!(counts, Counts::default());
    }
}
