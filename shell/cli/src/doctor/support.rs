//! What whoever is asked for help asks first: which version this is, whether the owner's files can be read, what became of the jobs, who is told nothing,
//! whether orders may go on, and whether the ledger is whole. It changes nothing, and asks nobody else.

use super::home::{finding, has_state};
use crate::connect::keep;
use crate::context::Context;
use crate::notify::Notify;
use crate::schedule::Plan;
use crate::{propose, serve};
use jiff::Timestamp;
use std::env::consts::{ARCH, OS};
use tenor_lake::doctor::{Finding, Severity};
use tenor_serve::jobs::Job;
use tenor_state::{JobOutcome, JobRun, StateError, View, halted};

/// The owner's files: each with what it does, what holds without it, and where to look when it makes no sense.
const FILES: [(&str, &str, &str, &str); 3] = [
    ("schedule.toml", SINCE_START, "nothing is done by itself", "tenor schedule check"),
    ("notify.toml", SINCE_START, "nobody is told of anything", "tenor notify check"),
    ("policy.toml", "a server proposes under it", "a server proposes under the defaults", "docs/spec/policy.md has every key"),
];
const SINCE_START: &str = "a server goes by it from its next start on";
/// So many runs of the job are looked through for one that verified the ledger.
const RUNS: u32 = 64;

/// What was found, or why that is not known.
type Told<T> = Result<T, String>;

/// What was found in a home.
#[derive(Debug)]
pub(super) struct Facts {
    /// Whether each of the owner's files is there.
    files: [Told<bool>; FILES.len()],
    /// Why everything is stopped, if it is.
    halted: Told<Option<String>>,
    /// What the state says; nothing where there is none.
    state: Option<Told<OfState>>,
}

/// What the state says.
#[derive(Debug)]
struct OfState {
    /// The number and the moment of the last entry of a ledger that is whole.
    ledger: Told<(u64, Timestamp)>,
    /// When a job verified it last.
    verified: Option<Timestamp>,
    /// Why nothing is approved in the browser, if so.
    off: Option<String>,
    /// The last run of each job that ever ran.
    jobs: Told<Vec<JobRun>>,
    /// How many messages wait or were given up.
    undelivered: Told<u64>,
}

impl Facts {
    /// Looks.
    pub(super) fn of(context: &Context) -> Self {
        let schedule = Plan::read(context).map(|found| found.is_some());
        let notify = Notify::read(context, None).map(|found| found.is_some());
        let files = [schedule, notify, propose::has_policy(context)].map(|found| found.map_err(|error| said(&error)));
        let state = || keep::view(context).map(|view| OfState::of(context, &view)).map_err(|error| said(&error));
        Self { files, halted: halted(&context.home).map_err(of_state), state: has_state(context).then(state) }
    }
}

impl OfState {
    fn of(context: &Context, view: &View) -> Self {
        let head = || view.ledger_head().map(|head| (head.sequence(), head.moment())).map_err(of_state);
        // The book is made of every byte, each verified.
        let (ledger, off) = match view.book() {
            Ok(book) => {
                let off = match serve::enrolled(context, &book) {
                    Ok(counts) => counts.err().map(str::to_owned),
                    Err(error) => Some(said(&error)),
                };
                (head(), off)
            }
            Err(error) => (Err(of_state(error)), Some("nobody can tell whose keys count".to_owned())),
        };
        let runs = |job: Job, most: u32| view.job_runs(Some(job.as_str()), most);
        let jobs = Job::ALL.into_iter().map(|job| runs(job, 1)).collect::<Result<Vec<_>, _>>();
        let is_done = |run: &JobRun| run.outcome == JobOutcome::Done;
        let verified = runs(Job::Verify, RUNS).unwrap_or_default().into_iter().find(is_done).and_then(|run| run.ended);
        Self {
            ledger,
            verified,
            off,
            jobs: jobs.map(|all| all.concat()).map_err(of_state),
            undelivered: view.undelivered().map_err(of_state),
        }
    }
}

/// Which program this is, for the first line.
pub(super) fn program() -> Finding {
    let title = format!("this is Tenor {} on {OS}, {ARCH}", env!("CARGO_PKG_VERSION"));
    finding(Severity::Ok, title, "say so when you ask for help, with all that stands below", "")
}

/// What there is to say of it. Where `is_told`, something that keeps the state shut is an error already, and is not counted twice.
pub(super) fn examine(facts: &Facts, is_told: bool) -> Vec<Finding> {
    let mut findings: Vec<_> = FILES.into_iter().zip(&facts.files).map(|(file, found)| of_file(file, found)).collect();
    findings.push(match &facts.halted {
        Ok(None) => finding(Severity::Ok, "the kill switch is not set", "orders that are run send what they have to", ""),
        Ok(Some(why)) => {
            finding(Severity::Warning, "everything is stopped", why.as_str(), "tenor resume --reason WHY, once somebody has looked")
        }
        Err(why) => finding(Severity::Error, "nobody can tell whether everything is stopped", why.as_str(), "look at the home's folder"),
    });
    match &facts.state {
        None => {}
        Some(Err(why)) => {
            let severity = if is_told { Severity::Warning } else { Severity::Error };
            findings.push(finding(
                severity,
                "the state cannot be opened",
                why.as_str(),
                "see what is said of the key and of who can read it",
            ));
        }
        Some(Ok(state)) => findings.extend(of_opened(state)),
    }
    findings
}

fn of_file((name, with, without, todo): (&str, &str, &str, &str), found: &Told<bool>) -> Finding {
    match found {
        Ok(true) => finding(Severity::Ok, format!("{name} can be read"), with, ""),
        Ok(false) => finding(Severity::Note, format!("there is no {name}"), without, ""),
        Err(why) => finding(Severity::Error, format!("{name} is of no use"), why.as_str(), todo),
    }
}

fn of_opened(state: &OfState) -> Vec<Finding> {
    let mut findings = vec![match &state.ledger {
        Ok((entries, moment)) => {
            let before = match state.verified {
                Some(moment) => format!("the job `verify` did so last at {moment:.0}"),
                None => "no job has done so yet".to_owned(),
            };
            let word = if *entries == 1 { "entry" } else { "entries" };
            let title = format!("the ledger is whole: {entries} {word}, the last of {moment:.0}");
            finding(Severity::Ok, title, format!("every byte was verified just now; {before}"), "")
        }
        Err(why) => finding(Severity::Error, "the ledger cannot be relied on", why.as_str(), "tenor ledger verify"),
    }];
    findings.push(match &state.off {
        None => finding(Severity::Ok, "the server's key is enrolled", "whom the terms name approve in the browser", ""),
        Some(why) => finding(Severity::Note, "orders are not approved in the browser", why.as_str(), ""),
    });
    match &state.jobs {
        Ok(runs) => findings.extend(runs.iter().map(of_run)),
        Err(why) => findings.push(finding(Severity::Error, "nobody can tell which jobs ran", why.as_str(), "")),
    }
    findings.push(match &state.undelivered {
        Ok(0) => finding(Severity::Ok, "no message waits", "whoever was to be told of something was told", ""),
        Ok(count) => {
            let title = format!("messages that wait or were given up: {count}");
            finding(Severity::Warning, title, "whoever was to be told does not know", "tenor notify list")
        }
        Err(why) => finding(Severity::Error, "nobody can tell which messages wait", why.as_str(), ""),
    });
    findings
}

fn of_run(run: &JobRun) -> Finding {
    let (job, begun) = (&run.job, run.begun);
    let said = if run.message.is_empty() { "it said nothing of itself" } else { run.message.as_str() };
    let todo = format!("tenor schedule history {job}");
    match run.outcome {
        JobOutcome::Done => finding(Severity::Ok, format!("the job `{job}` was done, begun at {begun:.0}"), said, ""),
        JobOutcome::Running => {
            finding(Severity::Note, format!("the job `{job}` runs since {begun:.0}"), "or its process ended before it did", "")
        }
        JobOutcome::Failed => finding(Severity::Warning, format!("the job `{job}` failed, begun at {begun:.0}"), said, &todo),
        JobOutcome::BrokenOff => finding(Severity::Warning, format!("the job `{job}` was broken off, begun at {begun:.0}"), said, &todo),
    }
}

/// An error in one line, with what it comes of.
fn said(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn of_state(error: StateError) -> String {
    said(&error.into())
}

#[cfg(test)]
mod tests {
    use super::{Facts, OfState, examine, program};
    use tenor_lake::doctor::{Finding, Severity};
    use tenor_state::{JobOutcome, JobRun};

    fn run(job: &str, outcome: JobOutcome, message: &str) -> JobRun {
        let begun = "2026-01-09T06:00:00.123Z".parse().unwrap();
        let (job, message) = (job.to_owned(), message.to_owned());
        JobRun { id: 1, job, due: begun, attempt: 1, asked_by: None, begun, ended: Some(begun), outcome, message }
    }

    fn told(facts: &Facts, is_told: bool) -> String {
        let line = |finding: &Finding| {
            let todo = if finding.what_to_do.is_empty() { String::new() } else { format!(" | {}", finding.what_to_do) };
            format!("{}: {}: {}{todo}", finding.severity, finding.title, finding.meaning)
        };
        examine(facts, is_told).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_home_that_is_well_says_so_with_what_it_goes_by() {
        let state = OfState {
            ledger: Ok((62, "2026-01-09T08:00:00.5Z".parse().unwrap())),
            verified: Some("2026-01-09T06:00:00Z".parse().unwrap()),
            off: None,
            jobs: Ok(vec![run("import", JobOutcome::Done, "3 months"), run("backup", JobOutcome::Running, "")]),
            undelivered: Ok(0),
        };
        let facts = Facts { files: [Ok(true), Ok(true), Ok(false)], halted: Ok(None), state: Some(Ok(state)) };
        insta::assert_snapshot!(told(&facts, false), @"
        ok: schedule.toml can be read: a server goes by it from its next start on
        ok: notify.toml can be read: a server goes by it from its next start on
        note: there is no policy.toml: a server proposes under the defaults
        ok: the kill switch is not set: orders that are run send what they have to
        ok: the ledger is whole: 62 entries, the last of 2026-01-09T08:00:00Z: every byte was verified just now; the job `verify` did so last at 2026-01-09T06:00:00Z
        ok: the server's key is enrolled: whom the terms name approve in the browser
        ok: the job `import` was done, begun at 2026-01-09T06:00:00Z: 3 months
        note: the job `backup` runs since 2026-01-09T06:00:00Z: or its process ended before it did
        ok: no message waits: whoever was to be told of something was told
        ");
        assert!(program().title.starts_with("this is Tenor ") && program().severity == Severity::Ok);
    }

    #[test]
    fn what_is_broken_is_an_error_and_what_waits_for_somebody_is_none() {
        let no = || "it is no database".to_owned();
        let state = OfState {
            ledger: Err(no()),
            verified: None,
            off: Some("the server's key is not enrolled: tenor key enrol --server".to_owned()),
            jobs: Ok(vec![run("reconcile", JobOutcome::Failed, "the role is gone"), run("verify", JobOutcome::BrokenOff, "")]),
            undelivered: Ok(1),
        };
        let wrong = || Err("line 2, column 8: no such hour".to_owned());
        let facts = Facts { files: [wrong(), Ok(false), wrong()], halted: Ok(Some("fire".to_owned())), state: Some(Ok(state)) };
        let shut = || Facts { files: [Ok(false), Ok(false), Ok(false)], halted: Err(no()), state: Some(Err(no())) };
        let unread = OfState {
            ledger: Ok((1, "2026-01-09T08:00:00Z".parse().unwrap())),
            verified: None,
            off: None,
            jobs: Err(no()),
            undelivered: Err(no()),
        };
        let unread = Facts { files: [Ok(true), Ok(true), Ok(true)], halted: Ok(None), state: Some(Ok(unread)) };
        insta::assert_snapshot!([told(&facts, false), told(&shut(), false), told(&shut(), true), told(&unread, false)].join("\n\n"), @"
        error: schedule.toml is of no use: line 2, column 8: no such hour | tenor schedule check
        note: there is no notify.toml: nobody is told of anything
        error: policy.toml is of no use: line 2, column 8: no such hour | docs/spec/policy.md has every key
        warning: everything is stopped: fire | tenor resume --reason WHY, once somebody has looked
        error: the ledger cannot be relied on: it is no database | tenor ledger verify
        note: orders are not approved in the browser: the server's key is not enrolled: tenor key enrol --server
        warning: the job `reconcile` failed, begun at 2026-01-09T06:00:00Z: the role is gone | tenor schedule history reconcile
        warning: the job `verify` was broken off, begun at 2026-01-09T06:00:00Z: it said nothing of itself | tenor schedule history verify
        warning: messages that wait or were given up: 1: whoever was to be told does not know | tenor notify list

        note: there is no schedule.toml: nothing is done by itself
        note: there is no notify.toml: nobody is told of anything
        note: there is no policy.toml: a server proposes under the defaults
        error: nobody can tell whether everything is stopped: it is no database | look at the home's folder
        error: the state cannot be opened: it is no database | see what is said of the key and of who can read it

        note: there is no schedule.toml: nothing is done by itself
        note: there is no notify.toml: nobody is told of anything
        note: there is no policy.toml: a server proposes under the defaults
        error: nobody can tell whether everything is stopped: it is no database | look at the home's folder
        warning: the state cannot be opened: it is no database | see what is said of the key and of who can read it

        ok: schedule.toml can be read: a server goes by it from its next start on
        ok: notify.toml can be read: a server goes by it from its next start on
        ok: policy.toml can be read: a server proposes under it
        ok: the kill switch is not set: orders that are run send what they have to
        ok: the ledger is whole: 1 entry, the last of 2026-01-09T08:00:00Z: every byte was verified just now; no job has done so yet
        ok: the server's key is enrolled: whom the terms name approve in the browser
        error: nobody can tell which jobs ran: it is no database
        error: nobody can tell which messages wait: it is no database
        ");
    }
}
