//! What is worth telling: entries of the ledger, findings of the watch, ends of jobs, a ledger that is not whole. Nothing secret is in any of them.

use super::file::Fact;
use jiff::Timestamp;
use std::error::Error as _;
use tenor_ledger::{Entry, Event, OrderId, Told};
use tenor_notify::Kind;
use tenor_order::watch;
use tenor_serve::jobs::{Job, Ran};
use tenor_state::{JobOutcome, StateError};

/// An order's id, as far as people compare it.
const DIGITS: usize = 12;
/// So much of what a job said is told, and in so many lines.
const SAID_BYTES_MAX: usize = 2_048;
const SAID_LINES_MAX: usize = 20;

/// What an entry of the ledger tells people, if anything.
pub(crate) fn of_entry(entry: &Entry) -> Option<Fact> {
    let Told::Known(event) = &entry.event else { return None };
    let (kind, title, lines, path) = of_event(event)?;
    Some(Fact { kind, dedup: format!("ledger:{}", entry.sequence), title, lines, path, moment: entry.moment.0 })
}

fn of_event(event: &Event) -> Option<(Kind, String, Vec<String>, String)> {
    let page = |order: &OrderId| format!("/orders/{order}");
    let said = |reason: &tenor_ledger::Text| vec![reason.to_string()];
    let found = match event {
        Event::OrderCreated { order, connection, steps, .. } => {
            let lines = vec![
                format!("{steps} steps, through the connection {connection}"),
                format!("Look at it: tenor order show {}", short(order)),
            ];
            (Kind::OrderWaits, format!("Order {} waits for approval", short(order)), lines, page(order))
        }
        Event::StepHeld { order, step, reason } => {
            (Kind::StepHeld, format!("Step {step} of order {} is held for a person", short(order)), said(reason), page(order))
        }
        Event::StepDone { order, step, result, .. } => {
            (Kind::StepDone, format!("Step {step} of order {} is done", short(order)), said(result), page(order))
        }
        Event::StepRefused { order, step, code, reason } => {
            (Kind::StepFailed, format!("Step {step} of order {} was refused: {code}", short(order)), said(reason), page(order))
        }
        Event::StepFailed { order, step, reason } => {
            (Kind::StepFailed, format!("Step {step} of order {} failed", short(order)), said(reason), page(order))
        }
        Event::KillSwitch { stopped, reason } => {
            let title = if *stopped { "The kill switch is set: nothing is sent to AWS" } else { "The kill switch is taken back" };
            (Kind::KillSwitch, title.to_owned(), said(reason), "/orders".to_owned())
        }
        Event::StrangerFound { account, commitment } => {
            let lines = vec![format!("{commitment} in account {account}")];
            (Kind::Watch, "Something was bought without an order".to_owned(), lines, "/commitments".to_owned())
        }
        Event::Reconciled { period, differences, .. } if *differences > 0 => {
            let title = format!("{differences} rows do not agree with the ledger, up to {period}");
            (Kind::Watch, title, vec!["Look at them: tenor ledger reconcile".to_owned()], "/ledger".to_owned())
        }
        _ => return None,
    };
    Some(found)
}

/// What the watch found, one fact each: the same finding with the same deadline is the same.
pub(crate) fn of_finding(event: &watch::Event, now: Timestamp) -> Fact {
    let what = event.what.name();
    let deadline = event.deadline.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let stake = event.stake.map(|stake| format!("At stake: {stake}"));
    let lines = [Some(event.told.clone()), Some(format!("Until: {deadline}")), stake, Some(format!("Do: {}", event.advice))];
    Fact {
        kind: Kind::Watch,
        dedup: format!("watch:{what}:{}:{deadline}", event.id),
        title: format!("{}: {what}", event.of),
        lines: lines.into_iter().flatten().collect(),
        path: "/commitments".to_owned(),
        moment: now,
    }
}

/// What is told of a job that has ended for good, or does not end: once a day. That the ledger is not whole is told by its own name.
pub(crate) fn of_job(run: &Ran<'_>, now: Timestamp) -> Option<Fact> {
    let (kind, title) = match (run.outcome, run.job) {
        (JobOutcome::Done, _) => return None,
        (JobOutcome::Failed, Job::Verify) => (Kind::LedgerBroken, "The ledger could not be verified".to_owned()),
        (JobOutcome::Failed, job) => (Kind::JobFailed, format!("The job {job} failed, and is not tried again before its next time")),
        (JobOutcome::BrokenOff, job) => {
            (Kind::JobFailed, format!("The job {job} was broken off, and is not tried again before its next time"))
        }
        (JobOutcome::Running, job) => (Kind::JobFailed, format!("The job {job} still runs: others go on beside it")),
    };
    let said = &run.message[..run.message.floor_char_boundary(SAID_BYTES_MAX)];
    let lines = said.lines().take(SAID_LINES_MAX).map(str::to_owned).collect();
    let dedup = format!("job:{}:{}:{}", run.job, run.outcome.as_str(), now.strftime("%Y-%m-%d"));
    Some(Fact { kind, dedup, title, lines, path: "/jobs".to_owned(), moment: now })
}

/// That so many things of a kind were too old to be told one by one, up to an entry of the ledger.
pub(super) fn of_older(kind: Kind, count: u64, entry: u64, now: Timestamp) -> Fact {
    Fact {
        kind,
        dedup: format!("older:{kind}:{entry}"),
        title: format!("{count} older things of the kind {kind} were not told"),
        lines: vec![format!("They stand in the ledger, up to entry {entry}: tenor ledger show")],
        path: "/ledger".to_owned(),
        moment: now,
    }
}

/// That the ledger is not what was written.
pub(super) fn of_broken(error: &StateError, now: Timestamp) -> Fact {
    let (mut lines, mut source) = (vec![error.to_string()], error.source());
    while let Some(cause) = source {
        lines.push(cause.to_string());
        source = cause.source();
    }
    lines.push(format!("Nothing runs by itself meanwhile. What to do: {}", error.hint()));
    let title = "The ledger is not what was written".to_owned();
    Fact { kind: Kind::LedgerBroken, dedup: String::new(), title, lines, path: "/ledger/verify".to_owned(), moment: now }
}

fn short(order: &OrderId) -> String {
    order.to_string().chars().take(DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::{of_broken, of_job};
    use jiff::Timestamp;
    use tenor_serve::jobs::{Job, Ran};
    use tenor_state::{JobOutcome, LedgerError, StateError};

    fn now() -> Timestamp {
        "2026-01-20T12:00:00Z".parse().unwrap()
    }

    fn told(job: Job, outcome: JobOutcome, message: &str) -> Option<String> {
        let fact = of_job(&Ran { job, id: 7, attempt: 1, outcome, message }, now())?;
        Some(format!("{} {} | {} | {}", fact.kind, fact.dedup, fact.title, fact.lines.join(" / ")))
    }

    #[test]
    fn of_a_job_all_is_told_but_that_it_did_what_it_was_to_do() {
        assert_eq!(told(Job::Import, JobOutcome::Done, "2 periods"), None);
        let all = [
            told(Job::Import, JobOutcome::Failed, "no bill\nnot there"),
            told(Job::Verify, JobOutcome::Failed, "entry 7"),
            told(Job::Import, JobOutcome::BrokenOff, "its process ended"),
            told(Job::Import, JobOutcome::Running, "it began"),
        ];
        insta::assert_snapshot!(all.map(Option::unwrap).join("\n"), @"
        job-failed job:import:failed:2026-01-20 | The job import failed, and is not tried again before its next time | no bill / not there
        ledger-broken job:verify:failed:2026-01-20 | The ledger could not be verified | entry 7
        job-failed job:import:broken off:2026-01-20 | The job import was broken off, and is not tried again before its next time | its process ended
        job-failed job:import:running:2026-01-20 | The job import still runs: others go on beside it | it began
        ");
        let long = told(Job::Import, JobOutcome::Failed, &"é".repeat(5_000)).unwrap();
        assert!(long.len() < 2_300, "{}", long.len());
    }

    #[test]
    fn of_a_ledger_that_is_not_whole_the_cause_is_told_and_what_to_do() {
        let lines = of_broken(&StateError::Ledger(LedgerError::NoHead), now()).lines;
        assert_eq!(lines[..2], ["cannot use the ledger", "nothing says where the ledger ended when it was sealed"]);
        assert!(lines[2].starts_with("Nothing runs by itself meanwhile. What to do: "), "{}", lines[2]);
    }
}
