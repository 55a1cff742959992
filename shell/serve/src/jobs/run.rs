//! Runs what is due, one job after the other: locks it, records that it begins, has it done, records how it ended.
//!
//! Another process that runs the same job is left alone; when it ends, what it did counts. A run whose process is gone is broken off.

use super::standing::is_last_attempt;
use super::{Due, Job, Jobs, Past, Ran, Runner, Standing, Timing, standing};
use crate::app::App;
use crate::home::blocking;
use crate::reply::chain;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tenor_state::{JobLock, JobOutcome, NewMessage, StateError, View};

/// It is looked again after so long at the latest: other processes run jobs too, and clocks are set.
const LOOK_MAX: SignedDuration = SignedDuration::from_secs(30);
/// It is not looked more often.
const LOOK_MIN: SignedDuration = SignedDuration::from_secs(1);
/// The record of an end is tried so often while others write; each attempt waits for them.
const END_ATTEMPTS: u32 = 12;
/// So many runs say how a job stands: more than there are attempts at one moment.
pub(crate) const RUNS_LOOKED_AT: u32 = 16;

/// A run that is to begin.
struct Next {
    due: Due,
    asked_by: Option<String>,
}

/// How a job stands, or that it was asked for.
struct Looked {
    next: Option<Next>,
    /// Those that run, or did not live to end.
    running: Vec<Job>,
    /// When to look again.
    at: Option<Timestamp>,
}

/// Runs jobs when they are due or asked for, until it is to stop. What runs then is broken off with the process.
pub async fn schedule(app: Arc<App>, runner: Arc<dyn Runner>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let wait = tokio::select! {
            wait = turn(&app, runner.as_ref()) => wait,
            () = &mut stop => return,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.ports.jobs.woken.notified() => {}
            () = &mut stop => return,
        }
    }
}

/// Runs all that is due now, and says how long to wait before it is looked again. What goes wrong is told, and looked at again later.
pub(crate) async fn turn(app: &App, runner: &dyn Runner) -> Duration {
    if app.ports.jobs.schedule.0.is_empty() {
        return unsigned(LOOK_MAX);
    }
    match turned(app, runner).await {
        Ok(at) => {
            let wait = at.map_or(LOOK_MAX, |at| at.duration_since(app.now()).clamp(LOOK_MIN, LOOK_MAX));
            unsigned(wait)
        }
        Err(error) => {
            app.note(&format!("jobs: {}", chain(&error)));
            unsigned(LOOK_MAX)
        }
    }
}

fn unsigned(wait: SignedDuration) -> Duration {
    wait.unsigned_abs()
}

async fn turned(app: &App, runner: &dyn Runner) -> Result<Option<Timestamp>, StateError> {
    know(app).await?;
    let mut left_alone = Vec::new();
    loop {
        let looked = look(app, &left_alone).await?;
        let mut is_broken = false;
        for job in looked.running {
            is_broken |= break_off(app, job).await?;
        }
        if is_broken {
            // What was broken off may be due again.
            continue;
        }
        let Some(next) = looked.next else { return Ok(looked.at) };
        let job = next.due.job;
        if !run(app, runner, next).await? {
            // Somebody else runs it.
            left_alone.push(job);
        }
    }
}

/// Makes the schedule's jobs known, so that what was due before is nobody's.
async fn know(app: &App) -> Result<(), StateError> {
    let (jobs, now): (Vec<_>, _) = (app.ports.jobs.schedule.0.keys().map(|job| job.as_str()).collect(), app.now());
    let asked = jobs.clone();
    let find = move |view: &View| {
        for job in asked {
            if view.job_since(job)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if app.home.read(find).await? { app.home.write(now, move |state, _| state.know_jobs(&jobs, now)).await } else { Ok(()) }
}

/// What is to run now: what was asked for first, then what has been due for longest.
async fn look(app: &App, left_alone: &[Job]) -> Result<Looked, StateError> {
    let (now, jobs) = (app.now(), Arc::clone(&app.ports.jobs));
    let stands = app.home.read(move |view| all(view, &jobs, now)).await?;
    let asked = app.ports.jobs.asked().clone();
    let mut looked = Looked { next: None, running: Vec::new(), at: None };
    let mut due = Vec::new();
    for (job, standing) in stands {
        match standing {
            Standing::Running if !left_alone.contains(&job) => looked.running.push(job),
            Standing::Due(found) if !left_alone.contains(&job) => due.push(found),
            Standing::Waits(Some(at)) => looked.at = Some(looked.at.map_or(at, |before| before.min(at))),
            Standing::Running | Standing::Due(_) | Standing::Waits(None) => {}
        }
    }
    let is_running = |job: &Job| looked.running.contains(job) || left_alone.contains(job);
    looked.next = match asked.into_iter().find(|(job, _)| !is_running(job)) {
        Some((job, by)) => Some(Next { due: Due { due: now, job, attempt: 1 }, asked_by: Some(by) }),
        None => due.into_iter().min().map(|due| Next { due, asked_by: None }),
    };
    Ok(looked)
}

/// How all jobs of the schedule stand.
pub(crate) fn all(view: &View, jobs: &Jobs, now: Timestamp) -> Result<Vec<(Job, Standing)>, StateError> {
    let of = |(job, timing): (&Job, &Timing)| -> Result<(Job, Standing), StateError> {
        let runs = view.job_runs(Some(job.as_str()), RUNS_LOOKED_AT)?;
        let since = view.job_since(job.as_str())?.unwrap_or(now);
        Ok((*job, standing(*job, timing, Past { since, runs: &runs }, now)))
    };
    jobs.schedule.0.iter().map(of).collect()
}

/// Says of a run that nobody lives to end that it was broken off, and whether it was. One that somebody runs is left alone.
async fn break_off(app: &App, job: Job) -> Result<bool, StateError> {
    let (now, Some(lock)) = (app.now(), lock(app, job).await?) else { return Ok(false) };
    let broken = app.home.write(now, move |state, _| state.break_off_job(&lock, now)).await?;
    if broken {
        app.note(&format!("job {job}: the run before was broken off"));
    }
    Ok(broken)
}

async fn lock(app: &App, job: Job) -> Result<Option<JobLock>, StateError> {
    let home = app.home.clone();
    blocking(move || JobLock::take(home.path(), job.as_str())).await
}

/// Runs one. Says whether it was to be had.
async fn run(app: &App, runner: &dyn Runner, Next { due, asked_by }: Next) -> Result<bool, StateError> {
    let job = due.job;
    let Some(lock) = lock(app, job).await? else { return Ok(false) };
    let (lock, now, is_asked) = (Arc::new(lock), app.now(), asked_by.is_some());
    let held = Arc::clone(&lock);
    let id = app.home.write(now, move |state, _| state.begin_job(&held, due.due, due.attempt, asked_by.as_deref(), now)).await?;
    app.ports.jobs.asked().remove(&job);
    let (outcome, message) = match runner.run(job, Arc::clone(&lock)).await {
        Ok(message) => (JobOutcome::Done, message),
        Err(message) => {
            app.note(&format!("job {job}: attempt {} failed: {message}", due.attempt));
            (JobOutcome::Failed, message)
        }
    };
    let is_last = app.ports.jobs.schedule.0.get(&job).is_none_or(|timing| is_last_attempt(timing, due.attempt, is_asked));
    let ran = Ran { job, id, attempt: due.attempt, outcome, message: &message };
    let told = if outcome == JobOutcome::Done || is_last { runner.tell(&ran) } else { Vec::new() };
    end(app, &lock, id, outcome, message, told).await?;
    Ok(true)
}

/// Records an end, however long others write. Where that cannot be done, the run counts as broken off.
async fn end(
    app: &App,
    lock: &Arc<JobLock>,
    id: i64,
    outcome: JobOutcome,
    message: String,
    told: Vec<NewMessage>,
) -> Result<(), StateError> {
    let (message, told): (Arc<str>, Arc<[_]>) = (message.into(), told.into());
    let mut attempts = 1;
    loop {
        let (now, lock, message, told) = (app.now(), Arc::clone(lock), Arc::clone(&message), Arc::clone(&told));
        let ended = app.home.write(now, move |state, _| state.end_job(&lock, id, outcome, &message, &told, now)).await;
        match ended {
            Err(StateError::Lease(_)) if attempts < END_ATTEMPTS => attempts += 1,
            ended => return ended,
        }
    }
}
