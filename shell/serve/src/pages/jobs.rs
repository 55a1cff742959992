//! What runs by itself: when, what came of it, what is next; and what could not be told yet. An admin may have a job run now. What a run said is for
//! analysts and above.

use super::Frame;
use super::ledger::moment;
use crate::app::App;
use crate::ask::Ask;
use crate::jobs::run::RUNS_LOOKED_AT;
use crate::jobs::{Job, NoJob, Past, Standing, standing};
use crate::reply::{Trouble, page, see};
use crate::show;
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_state::{Delivery, JobOutcome, JobRun, QueuedMessage, StateError};

/// So many runs of the history are shown, the newest.
const HISTORY: u32 = 50;
/// So many messages that are not delivered.
const MESSAGES: u32 = 50;

/// A job of the schedule.
pub(crate) struct Line {
    pub(crate) job: Job,
    pub(crate) cron: String,
    pub(crate) zone: String,
    /// When it runs next; none where it runs, or never.
    pub(crate) next: Option<Timestamp>,
    pub(crate) is_due: bool,
    /// Whether somebody asked for it and it has not begun.
    pub(crate) is_asked: bool,
    /// Its newest runs, the newest first.
    pub(crate) runs: Vec<JobRun>,
}

/// All that the page shows.
pub(crate) struct Read {
    pub(crate) jobs: Vec<Line>,
    pub(crate) history: Vec<JobRun>,
    /// What waits or was given up, the newest of it.
    pub(crate) outbox: Vec<QueuedMessage>,
    /// How much waits or was given up.
    pub(crate) undelivered: u64,
}

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage<'a> {
    frame: &'a Frame,
    jobs: Vec<JobRow>,
    history: Vec<RunRow>,
    outbox: Vec<MessageRow>,
}

struct JobRow {
    job: &'static str,
    summary: &'static str,
    cron: String,
    zone: String,
    next: String,
    last: String,
    outcome: &'static str,
    tone: &'static str,
}

struct RunRow {
    begun: String,
    job: String,
    why: String,
    took: String,
    outcome: &'static str,
    tone: &'static str,
    message: String,
}

struct MessageRow {
    created: String,
    target: String,
    kind: String,
    attempts: u32,
    delivery: &'static str,
    tone: &'static str,
    said: String,
}

impl From<Line> for JobRow {
    fn from(line: Line) -> Self {
        let next = match line.next {
            _ if line.is_asked => "as soon as it is its turn".to_owned(),
            _ if line.is_due => "now".to_owned(),
            Some(next) => moment(next),
            None => show::NOTHING.to_owned(),
        };
        let (last, outcome, tone) = match line.runs.first() {
            Some(run) => (moment(run.begun), run.outcome.as_str(), tone(run.outcome)),
            None => ("never".to_owned(), "", ""),
        };
        Self { job: line.job.as_str(), summary: line.job.summary(), cron: line.cron, zone: line.zone, next, last, outcome, tone }
    }
}

impl From<JobRun> for RunRow {
    fn from(run: JobRun) -> Self {
        Self {
            begun: moment(run.begun),
            why: why(&run),
            took: took(&run),
            outcome: run.outcome.as_str(),
            tone: tone(run.outcome),
            job: run.job,
            message: run.message,
        }
    }
}

impl From<QueuedMessage> for MessageRow {
    fn from(message: QueuedMessage) -> Self {
        Self {
            created: moment(message.created),
            target: message.target,
            kind: message.kind,
            attempts: message.attempts,
            delivery: message.delivery.as_str(),
            tone: if message.delivery == Delivery::GivenUp { "bad" } else { "" },
            said: message.said,
        }
    }
}

/// How an outcome looks.
const fn tone(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Running => "",
        JobOutcome::Done => "good",
        JobOutcome::Failed => "bad",
        JobOutcome::BrokenOff => "warn",
    }
}

/// How long a run took, where it has ended.
fn took(run: &JobRun) -> String {
    run.ended.map_or_else(String::new, |ended| format!("{} s", ended.duration_since(run.begun).as_secs()))
}

/// Why it ran: the schedule's moment, or who asked.
fn why(run: &JobRun) -> String {
    match &run.asked_by {
        Some(by) => format!("{by} asked"),
        None if run.attempt > 1 => format!("due {}, attempt {}", moment(run.due), run.attempt),
        None => format!("due {}", moment(run.due)),
    }
}

/// Jobs, history and outbox as they are now.
pub(crate) async fn read(app: &App) -> Result<Read, StateError> {
    let (jobs, now) = (Arc::clone(&app.ports.jobs), app.now());
    let asked = jobs.asked().clone();
    app.home
        .read(move |view| {
            let mut lines = Vec::new();
            for (job, timing) in &jobs.schedule().0 {
                let runs = view.job_runs(Some(job.as_str()), RUNS_LOOKED_AT)?;
                let since = view.job_since(job.as_str())?.unwrap_or(now);
                let stands = standing(*job, timing, Past { since, runs: &runs }, now);
                let next = if let Standing::Waits(next) = stands { next } else { None };
                let (is_due, is_asked) = (matches!(stands, Standing::Due(_)), asked.contains_key(job));
                let (cron, zone) = (timing.cron().to_owned(), timing.zone().to_owned());
                lines.push(Line { job: *job, cron, zone, next, is_due, is_asked, runs });
            }
            let (history, outbox) = (view.job_runs(None, HISTORY)?, view.outbox(true, MESSAGES)?);
            Ok(Read { jobs: lines, history, outbox, undelivered: view.undelivered()? })
        })
        .await
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (mut read, frame) = (read(&app).await?, ask.frame());
    if !frame.may("analyst") {
        // It is what commands print: accounts, amounts, paths.
        read.history.iter_mut().for_each(|run| run.message.clear());
        // And where messages go, and what was said there.
        for message in &mut read.outbox {
            message.target.clear();
            message.said.clear();
        }
    }
    let jobs = read.jobs.into_iter().map(JobRow::from).collect();
    let history = read.history.into_iter().map(RunRow::from).collect();
    let outbox = read.outbox.into_iter().map(MessageRow::from).collect();
    Ok(page(&JobsPage { frame: &frame, jobs, history, outbox }))
}

/// Has a job run as soon as it is its turn.
pub(crate) async fn run(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let job: Job = ask.form.get("job").unwrap_or_default().parse().map_err(|error: NoJob| Trouble::bad(error.to_string()))?;
    let user = ask.who.user().map_or_else(String::new, |user| user.name.to_string());
    if !app.ports.jobs.ask(job, &user) {
        return Err(Trouble::bad(format!("`{job}` is not in the schedule, so nobody knows its arguments")));
    }
    Ok(see("/jobs"))
}
