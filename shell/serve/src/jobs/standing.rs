//! Whether a job is due: from its schedule, what ran of it, and a moment. Pure.
//!
//! A run answers every moment of the schedule up to its beginning: whatever was missed meanwhile is caught up by one run. Runs that began after the
//! moment asked about, as they do when a clock was set back, say nothing.

use super::{Job, Timing};
use jiff::Timestamp;
use tenor_state::{JobOutcome, JobRun};

/// What is known of a job's past.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Since when it is known: nothing is due of the time before.
    pub since: Timestamp,
    /// Its newest runs, the newest first.
    pub runs: &'a [JobRun],
}

/// How a job stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It runs, or its process ended first: its lock tells.
    Running,
    /// It is to run now.
    Due(Due),
    /// It is to run then.
    Waits(Option<Timestamp>),
}

/// A run that is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The moment of the schedule: the first one that was missed.
    pub due: Timestamp,
    /// Of which job.
    pub job: Job,
    /// Which attempt at it.
    pub attempt: u32,
}

/// How a job stands.
#[must_use]
pub fn standing(job: Job, timing: &Timing, past: Past<'_>, as_of: Timestamp) -> Standing {
    let Some(last) = past.runs.iter().find(|run| run.begun <= as_of) else {
        return regular(job, timing.next(past.since), as_of);
    };
    if last.outcome == JobOutcome::Running {
        return Standing::Running;
    }
    match (regular(job, timing.next(last.begun), as_of), again(timing, past.runs, last)) {
        (Standing::Waits(_), Some(at)) if at <= as_of => Standing::Due(Due { due: last.due, job, attempt: last.attempt + 1 }),
        (Standing::Waits(next), Some(at)) => Standing::Waits(Some(next.map_or(at, |next| next.min(at)))),
        (regular, _) => regular,
    }
}

fn regular(job: Job, next: Option<Timestamp>, as_of: Timestamp) -> Standing {
    match next {
        Some(due) if due <= as_of => Standing::Due(Due { due, job, attempt: 1 }),
        next => Standing::Waits(next),
    }
}

/// Whether a run is the last attempt at what it answers.
#[must_use]
pub(super) const fn is_last_attempt(timing: &Timing, attempt: u32, is_asked: bool) -> bool {
    is_asked || attempt > timing.retries()
}

/// When the last run is to be tried again, if it is: a failure after a pause, so many times; what was broken off at once, and once, since it may be
/// what ended the process. What a person asked for is theirs to ask for again.
fn again(timing: &Timing, runs: &[JobRun], last: &JobRun) -> Option<Timestamp> {
    let ended = last.ended.filter(|_| last.asked_by.is_none())?;
    match last.outcome {
        JobOutcome::Failed if !is_last_attempt(timing, last.attempt, false) => Some(ended + timing.pause(last.attempt)),
        JobOutcome::BrokenOff => {
            let broken = runs.iter().filter(|run| run.due == last.due && run.outcome == JobOutcome::BrokenOff).count();
            (broken == 1).then_some(ended)
        }
        _ => None,
    }
}
