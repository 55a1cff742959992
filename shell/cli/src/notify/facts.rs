//! What is worth telling: entries of the ledger, findings of the watch, ends of jobs. Nothing secret is in any of them.

use super::file::Fact;
use jiff::Timestamp;
use tenor_ledger::{Entry, Event, OrderId, Told};
use tenor_notify::Kind;
use tenor_order::watch;
use tenor_serve::jobs::{Job, Ran};
use tenor_state::JobOutcome;

/// An order's id, as far as people compare it.
const DIGITS: usize = 12;

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

/// What is told of a job that has ended for good. That the ledger is not whole is told by its own name.
pub(crate) fn of_job(run: &Ran<'_>, now: Timestamp) -> Option<Fact> {
    if run.outcome != JobOutcome::Failed {
        return None;
    }
    let (kind, title) = match run.job {
        Job::Verify => (Kind::LedgerBroken, "The ledger could not be verified".to_owned()),
        job => (Kind::JobFailed, format!("The job {job} failed, and is not tried again before its next time")),
    };
    let lines = run.message.lines().take(20).map(str::to_owned).collect();
    Some(Fact { kind, dedup: format!("job:{}", run.id), title, lines, path: "/jobs".to_owned(), moment: now })
}

fn short(order: &OrderId) -> String {
    order.to_string().chars().take(DIGITS).collect()
}
