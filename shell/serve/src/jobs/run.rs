//! Runs what is due, one job after the other: locks it, records that it begins, has it done, records how it ended. One that does not end is told of,
//! and keeps the others waiting no longer.
//!
//! Another process that runs the same job is left alone; when it ends, what it did counts. A run whose process is gone is broken off.

use super::standing::{is_caught_up, is_given_up};
use super::{Due, Failure, Job, Jobs, Past, Ran, Runner, Standing, Timing, standing};
use crate::app::App;
use crate::home::blocking;
use crate::reply::chain;
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tenor_state::{JobLock, JobOutcome, NewMessage, State, StateError, SystemRandomness, View};

/// It is looked again after so long at the latest: other processes run jobs too, and clocks are set.
const LOOK_MAX: SignedDuration = SignedDuration::from_secs(30);
/// It is not looked more often.
const LOOK_MIN: SignedDuration = SignedDuration::from_secs(1);
/// So long others wait for a job that runs; then it is told, and they go on beside it.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);
/// How long to wait before the record of an end is tried again, where it was refused at once.
const END_PAUSE: Duration = Duration::from_secs(1);
/// So many runs say how a job stands: more than there are attempts at one moment.
pub(crate) const RUNS_LOOKED_AT: u32 = 16;

/// Before this Tenor knew no jobs: a clock that says so was not set yet.
const CLOCK_MIN: Timestamp = Timestamp::constant(1_735_689_600, 0);

/// A run that is to begin.
struct Next {
    due: Due,
    asked_by: Option<String>,
    /// The job's newest run when it was looked.
    last_seen: Option<i64>,
}

/// A run that has begun.
struct Begun {
    lock: Arc<JobLock>,
    id: i64,
    due: Due,
    at: Timestamp,
    asked_by: Option<String>,
}

/// What came of a run that was to begin.
enum Came {
    /// It ran, or still runs.
    Ran,
    /// Somebody else runs the job.
    Held,
    /// Somebody else ran it meanwhile: whether it is still due has to be looked again.
    Moved,
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
            wait = caught(&app, &runner, PATIENCE) => wait,
            () = &mut stop => return,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.ports.jobs.woken.notified() => {}
            () = &mut stop => return,
        }
    }
}

/// A turn of which a fault of ours ends nothing else: whoever asks is answered all the same, and the server ends as it should. A run that it left is
/// broken off at the next one.
pub(crate) async fn caught(app: &Arc<App>, runner: &Arc<dyn Runner>, patience: Duration) -> Duration {
    let turned = AssertUnwindSafe(turn(app, runner, patience)).catch_unwind().await;
    turned.unwrap_or_else(|_| {
        app.note("jobs: a fault of Tenor's ended what was done; it is looked again soon");
        unsigned(LOOK_MAX)
    })
}

/// Runs all that is due now, each for so long before others go on beside it, and says how long to wait before it is looked again. What goes wrong is
/// told, and looked at again later.
pub(crate) async fn turn(app: &Arc<App>, runner: &Arc<dyn Runner>, patience: Duration) -> Duration {
    if app.ports.jobs.schedule.0.is_empty() {
        return unsigned(LOOK_MAX);
    }
    match turned(app, runner, patience).await {
        Ok(at) => {
            let wait = at.map_or(LOOK_MAX, |at| at.duration_since(app.now()).clamp(LOOK_MIN, LOOK_MAX));
            unsigned(wait)
        }
        Err(error) => {
            went_wrong(app, runner.as_ref(), &error).await;
            unsigned(LOOK_MAX)
        }
    }
}

fn unsigned(wait: SignedDuration) -> Duration {
    wait.unsigned_abs()
}

/// Tells the owner. That the ledger is not what was written, everybody is told who is to know: nothing runs then, and nothing can be queued.
async fn went_wrong(app: &App, runner: &dyn Runner, error: &StateError) {
    app.note(&format!("jobs: {}", chain(error)));
    if matches!(error, StateError::Ledger(_)) {
        runner.alarm(error).await;
    }
}

async fn turned(app: &Arc<App>, runner: &Arc<dyn Runner>, patience: Duration) -> Result<Option<Timestamp>, StateError> {
    know(app).await?;
    let mut left_alone = Vec::new();
    loop {
        let looked = look(app, &left_alone).await?;
        let mut is_broken = false;
        for job in looked.running {
            is_broken |= break_off(app, runner.as_ref(), job).await?;
        }
        if is_broken {
            // What was broken off may be due again.
            continue;
        }
        let Some(next) = looked.next else { return Ok(looked.at) };
        let job = next.due.job;
        match run(app, runner, next, patience).await? {
            Came::Ran | Came::Moved => {}
            Came::Held => left_alone.push(job),
        }
    }
}

/// Makes the schedule's jobs known, so that what was due before is nobody's; and anew those that a clock that was ahead made known. By a clock that was not
/// set yet nothing is: all would be due once it is.
async fn know(app: &App) -> Result<(), StateError> {
    let (jobs, now): (Vec<_>, _) = (app.ports.jobs.schedule.0.keys().map(|job| job.as_str()).collect(), app.now());
    if now < CLOCK_MIN {
        return Ok(());
    }
    let asked = jobs.clone();
    let find = move |view: &View| {
        for job in asked {
            if view.job_since(job)?.is_none_or(|since| since > now) {
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
    let newest: Vec<_> = stands.iter().map(|(job, _, newest)| (*job, *newest)).collect();
    for (job, standing, _) in stands {
        match standing {
            Standing::Running if !left_alone.contains(&job) => looked.running.push(job),
            Standing::Due(found) if !left_alone.contains(&job) => due.push(found),
            Standing::Waits(Some(at)) => looked.at = Some(looked.at.map_or(at, |before| before.min(at))),
            Standing::Running | Standing::Due(_) | Standing::Waits(None) => {}
        }
    }
    let is_running = |job: &Job| looked.running.contains(job) || left_alone.contains(job);
    let next = match asked.into_iter().find(|(job, _)| !is_running(job)) {
        Some((job, by)) => Some((Due { due: now, job, attempt: 1 }, Some(by))),
        None => due.into_iter().min().map(|due| (due, None)),
    };
    looked.next = next.map(|(due, asked_by)| {
        let last_seen = newest.iter().find(|(job, _)| *job == due.job).and_then(|(_, newest)| *newest);
        Next { due, asked_by, last_seen }
    });
    Ok(looked)
}

/// How all jobs of the schedule stand, each with its newest run.
fn all(view: &View, jobs: &Jobs, now: Timestamp) -> Result<Vec<(Job, Standing, Option<i64>)>, StateError> {
    let of = |(job, timing): (&Job, &Timing)| -> Result<_, StateError> {
        let runs = view.job_runs(Some(job.as_str()), RUNS_LOOKED_AT)?;
        let since = view.job_since(job.as_str())?.unwrap_or(now);
        Ok((*job, standing(*job, timing, Past { since, runs: &runs }, now), runs.first().map(|run| run.id)))
    };
    jobs.schedule.0.iter().map(of).collect()
}

/// Says of a run that nobody lives to end that it was broken off, and whether it was. One that somebody runs is left alone. It is told where it is not
/// caught up: a job that ends its process does so again.
async fn break_off(app: &App, runner: &dyn Runner, job: Job) -> Result<bool, StateError> {
    let (now, Some(lock)) = (app.now(), lock(app, job).await?) else { return Ok(false) };
    // Whoever holds the lock is alone in writing the job's runs.
    let mut runs = app.home.read(move |view| view.job_runs(Some(job.as_str()), RUNS_LOOKED_AT)).await?;
    let Some(newest) = runs.first_mut().filter(|run| run.outcome == JobOutcome::Running) else { return Ok(false) };
    newest.outcome = JobOutcome::BrokenOff;
    let told = match runs.first() {
        Some(run) if !is_caught_up(&runs) => {
            let (outcome, message) = (JobOutcome::BrokenOff, "its process ended before it did");
            runner.tell(&Ran { job, id: run.id, attempt: run.attempt, outcome, message })
        }
        _ => Vec::new(),
    };
    let broken = app.home.write(now, move |state, _| state.break_off_job(&lock, &told, now)).await?;
    if broken {
        app.note(&format!("job {job}: the run before was broken off"));
    }
    Ok(broken)
}

async fn lock(app: &App, job: Job) -> Result<Option<JobLock>, StateError> {
    let home = app.home.clone();
    blocking(move || JobLock::take(home.path(), job.as_str())).await
}

/// Runs one, if it is to be had. One that does not end is told of, and left to itself: its lock keeps others from it.
async fn run(app: &Arc<App>, runner: &Arc<dyn Runner>, next: Next, patience: Duration) -> Result<Came, StateError> {
    let Next { due, asked_by, last_seen } = next;
    let job = due.job;
    let Some(lock) = lock(app, job).await? else { return Ok(Came::Held) };
    let (lock, at) = (Arc::new(lock), app.now());
    let (held, by) = (Arc::clone(&lock), asked_by.clone());
    let begin = move |state: &mut State, _: &SystemRandomness| state.begin_job(&held, due.due, due.attempt, by.as_deref(), last_seen, at);
    let Some(id) = app.home.write(at, begin).await? else { return Ok(Came::Moved) };
    app.ports.jobs.asked().remove(&job);
    // A task of its own, so that it can go on while others run.
    let begun = Begun { lock, id, due, at, asked_by };
    let mut running = tokio::spawn(carry_out(Arc::clone(app), Arc::clone(runner), begun));
    let mut wait = patience;
    loop {
        match tokio::time::timeout(wait, &mut running).await {
            Ok(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // One that is cancelled is broken off with the process.
            Ok(_) => return Ok(Came::Ran),
            Err(_) => {}
        }
        let message = format!("it began at {at}, and has not ended; after its `hours_max` it is ended");
        let told = runner.tell(&Ran { job, id, attempt: due.attempt, outcome: JobOutcome::Running, message: &message });
        let now = app.now();
        match app.home.write(now, move |state, _| state.queue(&told, None, now)).await {
            Ok(_) => break,
            // Where nobody else can write, nothing else can run.
            Err(error) => went_wrong(app, runner.as_ref(), &error).await,
        }
        wait = unsigned(LOOK_MAX);
    }
    app.note(&format!("job {job}: it still runs; others go on beside it"));
    Ok(Came::Ran)
}

/// Has it done, and records how it ended.
async fn carry_out(app: Arc<App>, runner: Arc<dyn Runner>, Begun { lock, id, due, at, asked_by }: Begun) {
    let job = due.job;
    let (outcome, message, is_certain) = match runner.run(job, asked_by.as_deref(), Arc::clone(&lock)).await {
        Ok(message) => (JobOutcome::Done, message, false),
        Err(Failure { message, is_certain }) => {
            app.note(&format!("job {job}: attempt {} failed: {message}", due.attempt));
            (JobOutcome::Failed, message, is_certain)
        }
    };
    let ended = app.now();
    let timing = app.ports.jobs.schedule.0.get(&job).filter(|_| asked_by.is_none());
    let is_last = timing.is_none_or(|timing| is_given_up(timing, due.attempt, at, ended));
    let ran = Ran { job, id, attempt: due.attempt, outcome, message: &message };
    let told = if outcome == JobOutcome::Done || is_certain || is_last { runner.tell(&ran) } else { Vec::new() };
    if let Err(error) = end(&app, &lock, (id, ended), outcome, message, told).await {
        went_wrong(&app, runner.as_ref(), &error).await;
    }
}

/// Records when and how a run ended, however long others write: as long as the lock is held nobody takes it for broken off.
async fn end(
    app: &App,
    lock: &Arc<JobLock>,
    (id, at): (i64, Timestamp),
    outcome: JobOutcome,
    message: String,
    told: Vec<NewMessage>,
) -> Result<(), StateError> {
    let (message, told): (Arc<str>, Arc<[_]>) = (message.into(), told.into());
    loop {
        let (lock, message, told) = (Arc::clone(lock), Arc::clone(&message), Arc::clone(&told));
        let ended = app.home.write(app.now(), move |state, _| state.end_job(&lock, id, outcome, &message, &told, at)).await;
        match ended {
            Err(StateError::Lease(_)) => tokio::time::sleep(END_PAUSE).await,
            ended => return ended,
        }
    }
}
