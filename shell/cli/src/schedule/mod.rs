//! `tenor schedule`: what the server does by itself, and when; done now, and what came of it.

mod apart;
mod digest;
mod file;
mod work;

pub(crate) use apart::carried_out;
pub(crate) use file::{Plan, Planned};

use work::work;

use crate::connect::keep;
use crate::context::Context;
use crate::notify::{Notify, of_job};
use crate::output::{self, Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use clap::Subcommand;
use tenor_serve::jobs::{Job, Past, Ran, Standing, standing};
use tenor_state::{JobLock, JobOutcome, JobRun, LeaseError, NewMessage};

/// What the lease and its waiters are told.
const COMMAND: &str = "tenor schedule run";
/// The record of an end is tried so often while others write: ten minutes, since each attempt waits for them.
const END_ATTEMPTS: u32 = 60;
/// So many runs of a job say how it stands.
const RUNS: u32 = 16;

/// Arguments of `tenor schedule`.
///
/// The file is `schedule.toml` in the home; `tenor serve` goes by it. docs/operations.md shows every key.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Read the file, and say when each job is due next.
    Check,
    /// Say how each job stands: its last run and its next.
    Show,
    /// Do a job now, with its arguments in the file, and record it. Exits 1 when it fails.
    Run {
        /// Which.
        #[arg(value_name = "JOB")]
        job: Job,
    },
    /// Do what the server says, and tell it what came of it.
    #[command(hide = true)]
    CarryOut {
        /// What, as the server writes it.
        #[arg(value_name = "ERRAND")]
        errand: String,
    },
    /// List what ran, the newest first.
    History {
        /// Of this job alone.
        #[arg(value_name = "JOB")]
        job: Option<Job>,
        /// So many runs at most.
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: u32,
    },
}

/// Checks, shows, runs or lists.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    match &args.what {
        What::Check => check(context),
        What::Show => show(context),
        What::Run { job } => run_now(context, *job),
        What::CarryOut { errand } => apart::carry_out(context, errand),
        What::History { job, limit } => history(context, *job, *limit),
    }
}

fn plan(context: &Context) -> anyhow::Result<Plan> {
    let missing = || Refused::new(format!("there is no `{}` in `{}`", file::FILE, context.home.display()));
    Plan::read(context)?.ok_or_else(|| missing().hint("docs/operations.md shows what it says").into())
}

fn check(context: &Context) -> anyhow::Result<()> {
    let (plan, now) = (plan(context)?, context.now());
    let mut table = Table::new([
        Column::text("job", "Job"),
        Column::text("cron", "When"),
        Column::text("time_zone", "Time zone"),
        Column::text("next", "Next"),
    ]);
    for (job, Planned { timing, .. }) in &plan.0 {
        let next = timing.next(now).map(|next| next.to_string());
        table.row([job.as_str().into(), timing.cron().into(), timing.zone().into(), next.into()]);
    }
    Ok(context.print(&table)?)
}

fn show(context: &Context) -> anyhow::Result<()> {
    let (plan, view, now) = (plan(context)?, keep::view(context)?, context.now());
    let mut table = Table::new([
        Column::text("job", "Job"),
        Column::text("cron", "When"),
        Column::text("time_zone", "Time zone"),
        Column::text("last", "Last"),
        Column::text("outcome", "Outcome"),
        Column::text("next", "Next"),
    ]);
    for (job, Planned { timing, .. }) in &plan.0 {
        let runs = view.job_runs(Some(job.as_str()), RUNS)?;
        let since = view.job_since(job.as_str())?.unwrap_or(now);
        let next = match standing(*job, timing, Past { since, runs: &runs }, now) {
            Standing::Running => None,
            Standing::Due(due) => Some(due.due.to_string()),
            Standing::Waits(next) => next.map(|next| next.to_string()),
        };
        let (last, outcome) = (runs.first().map(|run| run.begun.to_string()), runs.first().map(|run| run.outcome.as_str()));
        table.row([job.as_str().into(), timing.cron().into(), timing.zone().into(), last.into(), outcome.into(), next.into()]);
    }
    Ok(context.print(&table)?)
}

fn history(context: &Context, job: Option<Job>, limit: u32) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("begun", "Begun"),
        Column::text("job", "Job"),
        Column::text("due", "Due"),
        Column::number("attempt", "Attempt"),
        Column::text("asked_by", "Asked by"),
        Column::text("ended", "Ended"),
        Column::text("outcome", "Outcome"),
        Column::text("message", "It said"),
    ]);
    for run in keep::view(context)?.job_runs(job.map(Job::as_str), limit)? {
        let JobRun { job, due, attempt, asked_by, begun, ended, outcome, message, .. } = run;
        table.row([
            begun.to_string().into(),
            job.into(),
            due.to_string().into(),
            Cell::Count(u64::from(attempt)),
            asked_by.into(),
            ended.map(|ended| ended.to_string()).into(),
            outcome.as_str().into(),
            message.into(),
        ]);
    }
    Ok(context.print(&table)?)
}

fn run_now(context: &Context, job: Job) -> anyhow::Result<()> {
    let plan = plan(context)?;
    let Some(planned) = plan.0.get(&job) else {
        return Err(Refused::new(format!("`{job}` is not in `{}`", file::FILE)).hint("write its arguments there").into());
    };
    let notify = Notify::read(context, None)?;
    let Some(lock) = JobLock::take(&context.home, job.as_str())? else {
        return Err(Refused::new(format!("`{job}` runs already")).hint("wait for it to end: tenor schedule history").into());
    };
    let (begun, who) = (context.now(), by_name(&keep::by(context)));
    let id = {
        let mut state = keep::writer(context, COMMAND)?;
        let last_seen = state.job_runs(Some(job.as_str()), 1)?.first().map(|run| run.id);
        let id = state.begin_job(&lock, begun, 1, Some(&who), last_seen, begun)?;
        id.expect("who holds the lease is alone in writing runs")
    };
    let done = work(context, &planned.work, notify.as_ref());
    let (outcome, message) = match &done {
        Ok(message) => (JobOutcome::Done, message.as_str()),
        Err(failure) => (JobOutcome::Failed, failure.message.as_str()),
    };
    // Shown before it is recorded, which others may keep waiting.
    let printed = match &done {
        Ok(message) if message.is_empty() => Ok(()),
        Ok(message) => output::print_line(message),
        Err(failure) => {
            context.note(&failure.message);
            Ok(())
        }
    };
    let told = told(notify.as_ref(), &Ran { job, id, attempt: 1, outcome, message }, context);
    let recorded = record(context, &lock, id, (outcome, message), &told);
    recorded.with_context(|| format!("what came of `{job}` could not be recorded: it ended, and will count as broken off"))?;
    printed?;
    match done {
        Ok(_) => Ok(()),
        Err(_) => Err(Refused::new(format!("`{job}` failed")).hint("what it said stands above, and in `tenor schedule history`").into()),
    }
}

/// Records how a run ended; for a while, where somebody else writes.
fn record(context: &Context, lock: &JobLock, id: i64, (outcome, message): (JobOutcome, &str), told: &[NewMessage]) -> anyhow::Result<()> {
    let (ended, mut attempt) = (context.now(), 1);
    loop {
        let written = keep::writer(context, COMMAND).and_then(|mut state| Ok(state.end_job(lock, id, outcome, message, told, ended)?));
        match written {
            Err(error) if attempt < END_ATTEMPTS && error.chain().any(|cause| cause.is::<LeaseError>()) => {
                if attempt == 1 {
                    context.note(format_args!("waiting to record it: {error:#}"));
                }
                attempt += 1;
            }
            written => return written,
        }
    }
}

/// What is queued of a job that has ended for good.
pub(crate) fn told(notify: Option<&Notify>, ran: &Ran<'_>, context: &Context) -> Vec<NewMessage> {
    let now = context.now();
    match (notify, of_job(ran, now)) {
        (Some(notify), Some(fact)) => notify.messages(&fact, now),
        _ => Vec::new(),
    }
}

fn by_name(by: &tenor_state::By) -> String {
    match &by.actor {
        tenor_ledger::Actor::Operator { name } => name.to_string(),
        _ => "somebody".to_owned(),
    }
}
