//! What each job does: the very functions of the commands, with what they print caught, and what people are told of it queued.

use super::file::Work;
use crate::connect::keep;
use crate::context::Context;
use crate::notify::{Fact, Notify, of_finding};
use crate::output::{self, Format};
use crate::report;
use crate::{import, keeping, ledger, prices, propose, watch};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io;
use tenor_notify::Kind;
use tenor_order::Book;
use tenor_serve::jobs::Job;
use tenor_state::JobOutcome;

/// So many findings are told one by one; of the others their number.
const FINDINGS: usize = 20;
/// So many findings stand in a digest.
const IN_DIGEST: usize = 10;
/// A digest is of so long.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many runs are looked at for it.
const RUNS: u32 = 1_000;

/// Does a job on this thread, and says what it printed; or what went wrong, as a command would.
pub(crate) fn work(context: &Context, work: &Work, notify: Option<&Notify>) -> Result<String, String> {
    let context = Context { format: Format::Table, ..context.clone() };
    let (done, printed) = output::captured(|| perform(&context, work, notify));
    match done {
        Ok(()) => Ok(printed.trim_end().to_owned()),
        // Why comes first: a long message is cut.
        Err(error) => Err(format!("{}\n{printed}", report::describe(&error).trim_end()).trim_end().to_owned()),
    }
}

fn perform(context: &Context, work: &Work, notify: Option<&Notify>) -> anyhow::Result<()> {
    match work {
        Work::Import { sources } => {
            // One source that cannot be read keeps no other from being read.
            let mut first = Ok(());
            for source in sources {
                let Err(error) = import::run(context, import::Args::of(source.clone())) else { continue };
                if first.is_ok() {
                    first = Err(error.context(format!("`{source}` is not all in the lake")));
                } else {
                    context.note(format_args!("`{source}` is not all in the lake: {error:#}"));
                }
            }
            first
        }
        Work::Prices { sources, regions } => prices::import_all(context, sources.clone(), regions.clone()),
        Work::Verify => ledger::verify(context),
        Work::Reconcile { live } => ledger::reconcile(context, *live),
        Work::Propose { policy } => propose::run(context, propose::Args { policy: policy.clone(), ..propose::Args::default() }),
        Work::Watch { live, days } => {
            let (found, is_whole) = watch::findings(context, *live, *days)?;
            let now = context.now();
            let mut facts: Vec<_> = found.iter().take(FINDINGS).map(|event| of_finding(event, now)).collect();
            if let Some(more) = found.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
                facts.push(more_findings(more, now));
            }
            tell(context, notify, &facts)?;
            is_whole
        }
        Work::Backup { folder, keep } => backup(context, folder, *keep),
        Work::Digest => {
            let fact = digest(context)?;
            output::print_line(&format!("{}\n{}", fact.title, fact.lines.join("\n")))?;
            tell(context, notify, &[fact])
        }
    }
}

/// Queues what people are told; those who are told of nothing cost nothing.
fn tell(context: &Context, notify: Option<&Notify>, facts: &[Fact]) -> anyhow::Result<()> {
    let now = context.now();
    let messages: Vec<_> = notify.iter().flat_map(|notify| facts.iter().flat_map(move |fact| notify.messages(fact, now))).collect();
    if !messages.is_empty() {
        keep::writer(context, "tenor schedule")?.queue(&messages, None, now)?;
    }
    Ok(())
}

fn more_findings(more: usize, now: Timestamp) -> Fact {
    Fact {
        kind: Kind::Watch,
        dedup: format!("watch:more:{more}"),
        title: format!("{more} more things to look at"),
        lines: vec!["List them: tenor watch".to_owned()],
        path: "/commitments".to_owned(),
        moment: now,
    }
}

/// Makes one, and removes the oldest of those that the schedule made there; what others put there stays.
fn backup(context: &Context, folder: &std::path::Path, kept: u32) -> anyhow::Result<()> {
    let made = keeping::backup_into(context, folder)?;
    let made = fs::canonicalize(&made).unwrap_or(made);
    let mut state = keep::writer(context, "tenor schedule")?;
    for old in state.note_job_backup(&made, kept, context.now())? {
        match fs::remove_file(&old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                context.note(format_args!("the old backup `{}` could not be removed: {error}", old.display()));
                continue;
            }
            _ => state.forget_job_backup(&old)?,
        }
        context.note(format_args!("the old backup `{}` was removed", old.display()));
    }
    Ok(())
}

/// What happened in the week, and what is to be looked at now. What could not be read is said, and is not nothing.
fn digest(context: &Context) -> anyhow::Result<Fact> {
    let now = context.now();
    let since = now - WEEK;
    let mut lines = Vec::new();
    {
        let view = keep::view(context)?;
        lines.extend(orders(&view.book()?));
        let runs = view.job_runs(None, RUNS)?;
        let failed = |job: Job| {
            let of = |run: &&tenor_state::JobRun| run.job == job.as_str() && run.begun >= since && run.outcome == JobOutcome::Failed;
            let count = runs.iter().filter(of).count();
            (count > 0).then(|| format!("The job {job} failed {count} times."))
        };
        lines.extend(Job::ALL.into_iter().filter_map(failed));
        let undelivered = view.outbox(true, RUNS)?.len();
        if undelivered > 0 {
            lines.push(format!("{undelivered} messages wait, or were given up: tenor notify list"));
        }
    }
    // What the watch prints is not the digest's to show.
    let (looked, _) = output::captured(|| watch::findings(context, false, None));
    match looked {
        Ok((found, is_whole)) => {
            lines.push(format!("{} things to look at.", found.len()));
            lines.extend(found.iter().take(IN_DIGEST).map(|event| format!("{}: {}. {}", event.of, event.what.name(), event.told)));
            if let Err(error) = is_whole {
                lines.push(format!("Not all could be read: {error:#}"));
            }
        }
        Err(error) => lines.push(format!("What is to be looked at could not be read: {error:#}")),
    }
    Ok(Fact {
        kind: Kind::Digest,
        dedup: format!("digest:{}", now.strftime("%Y-%m-%d")),
        title: format!("The week to {}", now.strftime("%Y-%m-%d")),
        lines,
        path: "/".to_owned(),
        moment: now,
    })
}

/// How orders stand that are not over.
fn orders(book: &Book) -> Vec<String> {
    let mut counts = std::collections::BTreeMap::<&'static str, usize>::new();
    for (_, record) in book.orders() {
        *counts.entry(record.stage().as_str()).or_default() += 1;
    }
    if counts.is_empty() {
        return vec!["Nothing was ordered yet.".to_owned()];
    }
    let told: Vec<_> = counts.iter().map(|(stage, count)| format!("{count} {stage}")).collect();
    vec![format!("Orders: {}.", told.join(", "))]
}
