//! Runs of jobs: one at a time, recorded before they begin, and broken off where their process did not live to end them.

use super::{now, open};
use crate::{JobLock, JobOutcome, NewMessage};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn lock(home: &Path) -> JobLock {
    JobLock::take(home, "import").unwrap().unwrap()
}

/// What is told of a run.
fn told(id: i64) -> NewMessage {
    NewMessage {
        target: "ops".to_owned(),
        dedup: format!("job:{id}"),
        window: SignedDuration::from_hours(1),
        kind: "job-failed".to_owned(),
        payload: "{}".to_owned(),
        not_before: now(),
    }
}

fn shown(state: &crate::View) -> String {
    let line = |run: &crate::JobRun| {
        let ended = run.ended.map_or_else(|| "-".to_owned(), |ended| (ended.as_second() - now().as_second()).to_string());
        format!("{} {} attempt {} {} {ended} `{}`", run.id, run.job, run.attempt, run.outcome.as_str(), run.message)
    };
    state.job_runs(None, 10).unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_is_recorded_before_it_begins_and_a_crash_shows_as_broken_off() {
    let home = tempfile::tempdir().unwrap();
    let held = lock(home.path());
    let id = open(home.path()).begin_job(&held, now(), 1, None, None, now()).unwrap();
    assert_eq!(id, Some(1));
    // The process dies: its lock goes, its run stays.
    drop(held);
    let (held, mut state) = (lock(home.path()), open(home.path()));
    insta::assert_snapshot!(shown(&state), @"1 import attempt 1 running - ``");
    let again = state.begin_job(&held, now(), 2, None, id, after(60)).unwrap().unwrap();
    let long = "é".repeat(2_000);
    state.end_job(&held, again, JobOutcome::Done, &long, &[], after(90)).unwrap();
    state.end_job(&held, again, JobOutcome::Failed, "too late", &[], after(95)).unwrap();
    let runs = state.job_runs(Some("import"), 10).unwrap();
    assert_eq!((runs[0].message.len(), runs[0].outcome), (2_048, JobOutcome::Done), "what has ended has ended");
    assert_eq!((runs[1].message.as_str(), runs[1].outcome.as_str()), ("its process ended before it did", "broken off"));
    assert_eq!(state.job_runs(Some("backup"), 10).unwrap(), []);
    assert!(!state.break_off_job(&held, &[told(1)], after(99)).unwrap());
    assert_eq!(state.outbox(false, 9).unwrap(), [], "nothing was broken off, so nothing is told");
}

#[test]
fn nobody_runs_a_job_that_somebody_runs() {
    let home = tempfile::tempdir().unwrap();
    let held = lock(home.path());
    assert!(JobLock::take(home.path(), "import").unwrap().is_none());
    assert!(JobLock::take(home.path(), "backup").unwrap().is_some(), "another job is another lock");
    drop(held);
    drop(lock(home.path()));
}

#[test]
fn history_is_bounded_by_age_and_the_last_run_of_a_job_stays() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let backup = JobLock::take(home.path(), "backup").unwrap().unwrap();
    let held = lock(home.path());
    for (lock, at, last) in [(&backup, 0, None), (&held, 1, None), (&held, 2, Some(2))] {
        let id = state.begin_job(lock, after(at), 1, None, last, after(at)).unwrap().unwrap();
        state.end_job(lock, id, JobOutcome::Done, "", &[], after(at)).unwrap();
    }
    let id = state.begin_job(&held, after(91 * 86_400), 1, Some("ann"), Some(3), after(91 * 86_400)).unwrap().unwrap();
    let ids: Vec<_> = state.job_runs(None, 10).unwrap().iter().map(|run| (run.id, run.asked_by.clone())).collect();
    assert_eq!(ids, [(id, Some("ann".to_owned())), (3, None), (1, None)], "the one that was last when the new one began stays too");
}

#[test]
fn jobs_are_known_since_they_were_first_seen() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    assert_eq!(state.job_since("import").unwrap(), None);
    state.know_jobs(&["import"], now()).unwrap();
    state.know_jobs(&["import", "backup"], after(60)).unwrap();
    assert_eq!((state.job_since("import").unwrap(), state.job_since("backup").unwrap()), (Some(now()), Some(after(60))));
}

#[test]
fn a_clock_that_was_ahead_makes_no_job_unknown_until_then() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.know_jobs(&["import"], after(365 * 86_400)).unwrap();
    state.know_jobs(&["import"], after(60)).unwrap();
    assert_eq!(state.job_since("import").unwrap(), Some(after(60)));
    state.know_jobs(&["import"], after(120)).unwrap();
    assert_eq!(state.job_since("import").unwrap(), Some(after(60)), "a clock that goes on moves nothing");
}

#[test]
fn failures_of_a_time_are_counted_job_by_job() {
    let home = tempfile::tempdir().unwrap();
    let (held, mut state) = (lock(home.path()), open(home.path()));
    let mut last = None;
    for (at, outcome) in [(0, JobOutcome::Failed), (60, JobOutcome::Failed), (120, JobOutcome::Done), (180, JobOutcome::Failed)] {
        last = state.begin_job(&held, after(at), 1, None, last, after(at)).unwrap();
        state.end_job(&held, last.unwrap(), outcome, "", &[], after(at)).unwrap();
    }
    let counted: Vec<_> = state.job_failures(after(60)).unwrap().into_iter().collect();
    assert_eq!(counted, [("import".to_owned(), 2)]);
    assert!(state.job_failures(after(181)).unwrap().is_empty());
}

#[test]
fn a_job_is_held_for_as_long_as_anybody_it_was_shared_with_lives() {
    let home = tempfile::tempdir().unwrap();
    let held = lock(home.path());
    let shared = held.share().unwrap();
    drop(held);
    assert!(JobLock::take(home.path(), "import").unwrap().is_none());
    drop(shared);
    assert!(JobLock::take(home.path(), "import").unwrap().is_some());
}

#[test]
fn what_is_told_of_an_end_is_queued_with_it() {
    let home = tempfile::tempdir().unwrap();
    let (held, mut state) = (lock(home.path()), open(home.path()));
    let id = state.begin_job(&held, now(), 1, None, None, now()).unwrap().unwrap();
    state.end_job(&held, id, JobOutcome::Failed, "no bill", &[told(id)], now()).unwrap();
    drop(state);
    let due = open(home.path()).outbox_due(now(), 10).unwrap();
    assert_eq!((due.len(), due[0].target.as_str(), due[0].dedup.as_str()), (1, "ops", "job:1"));
}

#[test]
fn who_looked_before_somebody_else_ran_it_begins_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (held, mut state) = (lock(home.path()), open(home.path()));
    let id = state.begin_job(&held, now(), 1, None, None, now()).unwrap();
    let late = |state: &mut crate::State, seen| state.begin_job(&held, now(), 1, None, seen, after(1)).unwrap();
    assert_eq!(late(&mut state, None), None);
    assert_eq!(state.job_runs(None, 10).unwrap()[0].outcome, JobOutcome::Running, "nor is anything broken off by it");
    assert_eq!(late(&mut state, Some(9)), None);
    assert_eq!((late(&mut state, id), state.job_runs(None, 10).unwrap().len()), (Some(2), 2));
}

#[test]
fn that_a_run_was_broken_off_is_told_with_its_record() {
    let home = tempfile::tempdir().unwrap();
    let (held, mut state) = (lock(home.path()), open(home.path()));
    let id = state.begin_job(&held, now(), 1, None, None, now()).unwrap().unwrap();
    assert!(state.break_off_job(&held, &[told(id)], after(1)).unwrap());
    assert!(!state.break_off_job(&held, &[told(id + 1)], after(2)).unwrap());
    assert_eq!(state.outbox(false, 9).unwrap().len(), 1);
}

#[test]
fn of_backups_those_are_old_that_the_schedule_noted_in_that_folder_and_never_the_one_just_made() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    for (path, at) in [("/a/1", 1), ("/b/1", 2), ("/a/2", 3), ("/a/3", 4)] {
        state.note_job_backup(Path::new(path), after(at)).unwrap();
    }
    let beside = |state: &crate::State, path: &str| state.job_backups_beside(Path::new(path)).unwrap();
    assert_eq!(beside(&state, "/a/3"), [Path::new("/a/2"), Path::new("/a/1")]);
    state.forget_job_backup(Path::new("/a/1")).unwrap();
    // The clock was set back: by its moment the new one is the oldest.
    state.note_job_backup(Path::new("/a/4"), after(-9)).unwrap();
    assert_eq!(beside(&state, "/a/4"), [Path::new("/a/3"), Path::new("/a/2")]);
}
