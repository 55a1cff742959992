//! Whether a job is due: from its schedule, what ran of it, and a moment. Pure.
//!
//! A run answers every moment of the schedule up to its beginning, but for one that a person asked for in vain: whatever was missed meanwhile is
//! caught up by one run. A run that began a little after the moment asked about, as it does when a clock steps back, answers the moment that it was for, if
//! that is not after it; one that began long after it, by a clock that was ahead, says nothing until then.
//! Attempts are counted until somebody was told: the next moment of the schedule takes none back.

use super::{Job, Timing};
use jiff::{SignedDuration, Timestamp};
use tenor_state::{JobOutcome, JobRun};

/// A clock that was put back by more was ahead: what ran by it says nothing.
const STEP_MAX: SignedDuration = SignedDuration::from_hours(1);

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
    let began = || {
        let is_near = move |run: &JobRun| run.due <= as_of && run.begun.duration_since(as_of) <= STEP_MAX;
        past.runs.iter().filter(move |run| run.begun <= as_of || is_near(run))
    };
    // Up to where a run answers the schedule: what began in a time that is still to come answers its own moment alone.
    let answered = |run: &JobRun| if run.begun <= as_of { run.begun } else { run.due };
    if began().next().is_some_and(|newest| newest.outcome == JobOutcome::Running) {
        return Standing::Running;
    }
    // What a person tried in vain answers nothing, and leaves the schedule's own attempts as they are.
    let counts = |run: &&JobRun| run.asked_by.is_none() || run.outcome == JobOutcome::Done;
    let Some(last) = began().find(counts) else {
        return regular(job, timing.next(began().next_back().map_or(past.since, answered)), as_of);
    };
    match (regular(job, timing.next(answered(last)), as_of), again(timing, past.runs, last, as_of)) {
        (Standing::Waits(_), Some(at)) if at <= as_of => Standing::Due(Due { due: last.due, job, attempt: last.attempt + 1 }),
        (Standing::Waits(next), Some(at)) => Standing::Waits(Some(next.map_or(at, |next| next.min(at)))),
        // Nobody was told of the failure yet, since it was to be tried again: that attempt is this one.
        (Standing::Due(due), Some(_)) => Standing::Due(Due { attempt: last.attempt + 1, ..due }),
        (regular, _) => regular,
    }
}

fn regular(job: Job, next: Option<Timestamp>, as_of: Timestamp) -> Standing {
    match next {
        Some(due) if due <= as_of => Standing::Due(Due { due, job, attempt: 1 }),
        next => Standing::Waits(next),
    }
}

/// Whether a failure of the schedule's is the last: nothing comes of it before the next moment of the schedule, so it is told.
#[must_use]
pub(crate) fn is_given_up(timing: &Timing, attempt: u32, begun: Timestamp, ended: Timestamp) -> bool {
    attempt > timing.retries() || timing.next(begun).is_some_and(|next| next <= ended + timing.pause(attempt))
}

/// Whether a run that was broken off, the newest of these, is caught up at once: it is told where it is not.
#[must_use]
pub(super) fn is_caught_up(runs: &[JobRun]) -> bool {
    let broken = runs.iter().take_while(|run| run.outcome == JobOutcome::BrokenOff).count();
    broken == 1 && runs.first().is_some_and(|run| run.asked_by.is_none())
}

/// When the last run of the schedule's is to be tried again, if it is: a failure after a pause, so many times; what was broken off at once, and once,
/// since it may be what ended the process. What a person asked for is theirs to ask for again. An end that is still to come is that of a clock which was
/// ahead: the beginning stands for it.
fn again(timing: &Timing, runs: &[JobRun], last: &JobRun, as_of: Timestamp) -> Option<Timestamp> {
    let ended = last.ended.filter(|_| last.asked_by.is_none())?;
    let ended = if ended > as_of { last.begun } else { ended };
    match last.outcome {
        JobOutcome::Failed => (!is_given_up(timing, last.attempt, last.begun, ended)).then(|| ended + timing.pause(last.attempt)),
        JobOutcome::BrokenOff => is_caught_up(&runs[runs.iter().position(|run| run.id == last.id)?..]).then_some(ended),
        _ => None,
    }
}
