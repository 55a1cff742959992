//! `cargo xtask ci`: every check that a change has to pass, in an order that ends with the tests.
//!
//! First what fails fast and cheap, last the tests, so that the test runner's own summary closes the output. Each step has a
//! heading and its time; the first that fails stops the run by name. Nothing here needs a network but `--install`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::needs::{self, Need};
use crate::{command, models, runner, tidy};

/// What `cargo xtask ci` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// First install what the checks need: Debian packages, cargo-deny and the tests' judges. Without it, say what is missing.
    #[arg(long)]
    install: bool,
    /// Run this step alone; may be given several times.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
}

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Step {
    /// The code is formatted.
    Fmt,
    /// The house rules hold.
    Tidy,
    /// Licences, banned crates and sources of dependencies.
    Deny,
    /// No compiler or clippy warning anywhere.
    Clippy,
    /// The documentation of our own crates builds without a warning.
    Docs,
    /// The examples in the documentation run.
    Doctest,
    /// The wire model is what botocore and the catalogue say.
    Models,
    /// Every test is built.
    Build,
    /// Every test passes.
    Test,
}

impl Step {
    fn needs(self) -> &'static [Need] {
        match self {
            Self::Fmt => &[],
            Self::Tidy => &[Need::Git],
            Self::Deny => &[Need::CargoDeny],
            Self::Clippy | Self::Docs | Self::Doctest | Self::Build => &[Need::Compiler],
            Self::Models => &[Need::Judges],
            Self::Test => &[Need::Compiler, Need::Judges, Need::Browser],
        }
    }

    fn name(self) -> String {
        self.to_possible_value().expect("no step is hidden").get_name().to_owned()
    }

    fn run(self) -> Result<()> {
        match self {
            Self::Fmt => command::run(command::cargo().args(["fmt", "--all", "--check"])),
            Self::Tidy => tidy::run(),
            Self::Deny => deny(),
            Self::Clippy => {
                let mut clippy = command::cargo();
                clippy.args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]);
                command::run(&mut clippy)
            }
            Self::Docs => {
                let mut doc = command::cargo();
                doc.args(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
                command::run(&mut doc)
            }
            Self::Doctest => command::run(command::cargo().args(["test", "--locked", "--workspace", "--doc"])),
            Self::Models => models::check(),
            Self::Build => runner::build(),
            Self::Test => runner::test(),
        }
    }
}

/// Run the steps that were asked for, in their own order.
pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = chosen(&args.only);
    provide(&steps, args.install)?;
    let mut times = Vec::new();
    for step in steps {
        if step == Step::Test && !times.is_empty() {
            eprintln!("\n{}", summary(&times));
        }
        eprintln!("\n== {} ==", step.name());
        let start = Instant::now();
        step.run().with_context(|| format!("step `{}` failed\nhint: cargo xtask ci --only {}", step.name(), step.name()))?;
        times.push((step, start.elapsed()));
        // After the tests nothing is printed: their runner's summary is the last thing said.
        if step != Step::Test {
            eprintln!("== {}: {} ==", step.name(), seconds(start.elapsed()));
        }
    }
    Ok(())
}

fn chosen(only: &[Step]) -> Vec<Step> {
    Step::value_variants().iter().copied().filter(|step| only.is_empty() || only.contains(step)).collect()
}

/// Meet every need of `steps`, or say which are not met.
fn provide(steps: &[Step], install: bool) -> Result<()> {
    let mut missing = Vec::new();
    for need in steps.iter().flat_map(|step| step.needs()) {
        if !missing.contains(need) && !need.is_met()? {
            missing.push(*need);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !install {
        let list = missing.iter().map(|need| Ok(format!("\n  {}", need.advice()?))).collect::<Result<String>>()?;
        bail!("missing:{list}\nhint: cargo xtask ci --install gets all of it");
    }
    eprintln!("\n== install ==");
    let start = Instant::now();
    for need in missing {
        need.install()?;
    }
    eprintln!("== install: {} ==", seconds(start.elapsed()));
    Ok(())
}

fn deny() -> Result<()> {
    let program = needs::cargo_deny()?.context("cargo-deny is missing")?;
    let mut deny = std::process::Command::new(program);
    deny.current_dir(command::workspace()).args(["--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    command::run(&mut deny)
}

fn summary(times: &[(Step, Duration)]) -> String {
    let parts = times.iter().map(|(step, time)| format!("{} {}", step.name(), seconds(*time))).collect::<Vec<_>>();
    let total = times.iter().map(|(_, time)| *time).sum();
    format!("so far: {}; together {}", parts.join(", "), seconds(total))
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Step, chosen, seconds, summary};

    #[test]
    fn the_tests_come_last_and_all_steps_run_by_default() {
        let all = chosen(&[]);
        assert_eq!(all.last(), Some(&Step::Test));
        assert_eq!(all.len(), 9);
    }

    #[test]
    fn chosen_steps_keep_their_order() {
        assert_eq!(chosen(&[Step::Test, Step::Fmt]), [Step::Fmt, Step::Test]);
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
        let times = [(Step::Fmt, Duration::from_secs(2)), (Step::Clippy, Duration::from_secs(60))];
        assert_eq!(summary(&times), "so far: fmt 2.0 s, clippy 1 min 00 s; together 1 min 02 s");
    }
}
