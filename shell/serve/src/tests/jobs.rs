//! When jobs are due, that each runs once for it, and what a crash leaves; then the page of them.

use super::{Bills, Site, begin, user};
use crate::jobs::run::{caught, turn as turn_with};
use crate::jobs::standing::is_given_up;
use crate::jobs::{Due, Failure, Job, Jobs, Past, Ran, Runner, Schedule, Standing, Timing, standing};
use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_state::{By, JobLock, JobOutcome, JobRun, NewMessage, StateError, SystemRandomness, UserRole};
use tokio::sync::Notify;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn timing(cron: &str, zone: &str) -> Timing {
    Timing::read(cron, zone, 2, SignedDuration::from_mins(5), begin()).unwrap()
}

/// Every job, each day at one in the afternoon: an hour after the server of the tests begins.
pub(super) fn all_daily() -> Jobs {
    Jobs::new(Schedule(Job::ALL.into_iter().map(|job| (job, timing("0 13 * * *", "UTC"))).collect()))
}

fn run(id: i64, due: Timestamp, attempt: u32, begun: Timestamp, ended: Option<(Timestamp, JobOutcome)>) -> JobRun {
    let (ended, outcome) = ended.map_or((None, JobOutcome::Running), |(ended, outcome)| (Some(ended), outcome));
    JobRun { id, job: "import".to_owned(), due, attempt, asked_by: None, begun, ended, outcome, message: String::new() }
}

/// Lives through a time, looking at these moments; each run takes so long and ends so. The runs, the newest first.
fn live(timing: &Timing, since: Timestamp, looks: &[Timestamp], seconds: i64, outcome: JobOutcome) -> Vec<JobRun> {
    let mut runs: Vec<JobRun> = Vec::new();
    let mut free = since;
    for look in looks.iter().copied().filter(|look| *look >= since) {
        if look < free {
            continue;
        }
        if let Standing::Due(Due { due, attempt, .. }) = standing(Job::Import, timing, Past { since, runs: &runs }, look) {
            free = look + SignedDuration::from_secs(seconds);
            runs.insert(0, run(runs.len() as i64 + 1, due, attempt, look, Some((free, outcome))));
        }
    }
    runs
}

fn any_cron() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["*/7 * * * *", "0 * * * *", "30 2 * * *", "0 6 * * *", "15 1,2,3 * * *", "0 7 * * MON", "0 0 1 * *"])
}

fn any_zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_gap_however_long_is_caught_up_once(cron in any_cron(), zone in any_zone(), hours in 1_i64..9_000, since in 0_i64..400_000) {
        let (timing, since) = (timing(cron, zone), begin() + SignedDuration::from_mins(since));
        let back = since + SignedDuration::from_hours(hours);
        let missed = timing.next(since).filter(|next| *next <= back);
        let runs = live(&timing, since, &[back, back, back], 0, JobOutcome::Done);
        prop_assert_eq!(runs.len(), usize::from(missed.is_some()));
        prop_assert_eq!(runs.first().map(|run| run.due), missed);
    }

    #[test]
    fn whoever_looks_how_often_no_moment_is_answered_twice_and_none_is_left(
        cron in any_cron(), zone in any_zone(), since in 0_i64..400_000, minutes in prop::collection::vec(1_i64..400, 1..60),
    ) {
        let (timing, since) = (timing(cron, zone), begin() + SignedDuration::from_mins(since));
        let mut looks = vec![since];
        for minutes in minutes {
            looks.push(*looks.last().unwrap() + SignedDuration::from_mins(minutes));
        }
        let runs = live(&timing, since, &looks, 30, JobOutcome::Done);
        for pair in runs.windows(2) {
            prop_assert!(pair[0].due > pair[1].begun && pair[0].begun > pair[1].begun, "{:?}", pair);
        }
        let answered = runs.first().map_or(since, |run| run.begun);
        prop_assert!(timing.next(answered).is_none_or(|next| next > *looks.last().unwrap() - SignedDuration::from_secs(30)));
    }

    #[test]
    fn moments_are_later_and_later_in_every_zone(cron in any_cron(), zone in any_zone(), since in 0_i64..1_000_000) {
        let (timing, mut last) = (timing(cron, zone), begin() + SignedDuration::from_mins(since));
        for _ in 0..20 {
            let next = timing.next(last).unwrap();
            prop_assert!(next > last);
            last = next;
        }
    }

    #[test]
    fn what_is_due_once_a_day_is_due_once_on_each_day_wherever_clocks_are_changed(minute in 0_u8..60, hour in 0_u8..24, zone in any_zone()) {
        let (timing, zone) = (timing(&format!("{minute} {hour} * * *"), zone), TimeZone::get(zone).unwrap());
        let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
        // Clocks are changed on a Sunday soon after each of these.
        for start in ["03-05", "03-26", "04-02", "10-01", "10-22", "10-29"] {
            let mut last = timing.next(at(&format!("2026-{start}T12:00:00Z"))).unwrap();
            for _ in 0..6 {
                let next = timing.next(last).unwrap();
                prop_assert_eq!(day(next), day(last).tomorrow().unwrap());
                last = next;
            }
        }
    }

    #[test]
    fn whoever_fails_for_ever_is_told_of_however_often_it_runs_and_however_late_it_is_looked(
        cron in any_cron(), zone in any_zone(), since in 0_i64..400_000, minutes in prop::collection::vec(1_i64..400, 1..60), seconds in 0_i64..900,
    ) {
        let (timing, since) = (timing(cron, zone), begin() + SignedDuration::from_mins(since));
        let mut looks = vec![since];
        for minutes in minutes {
            looks.push(*looks.last().unwrap() + SignedDuration::from_mins(minutes));
        }
        let runs = live(&timing, since, &looks, seconds, JobOutcome::Failed);
        let told: Vec<_> = runs.iter().map(|run| is_given_up(&timing, run.attempt, run.begun, run.ended.unwrap())).collect();
        prop_assert!(told.windows(3).all(|three| three.contains(&true)), "two retries are three attempts: {:?}", runs);
        for (at, pair) in runs.windows(2).enumerate() {
            let expected = if told[at + 1] { 1 } else { pair[1].attempt + 1 };
            prop_assert_eq!(pair[0].attempt, expected, "who was told of it is told of another: {:?}", pair);
        }
    }

    #[test]
    fn a_job_that_fails_is_tried_so_often_and_not_again_before_its_next_moment(seconds in 0_i64..600) {
        let timing = timing("0 6 * * *", "UTC");
        let looks: Vec<_> = (0..24 * 12).map(|n| at("2026-02-01T05:00:00Z") + SignedDuration::from_mins(5 * n)).collect();
        let runs = live(&timing, at("2026-02-01T05:00:00Z"), &looks, seconds, JobOutcome::Failed);
        prop_assert_eq!(runs.iter().rev().map(|run| run.attempt).collect::<Vec<_>>(), [1, 2, 3]);
        prop_assert!(runs[0].begun.duration_since(runs[1].ended.unwrap()) >= SignedDuration::from_mins(10));
    }
}

#[test]
fn local_times_that_clocks_leave_out_or_repeat_are_answered_once_a_day() {
    for (zone, day) in [("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-03-08")] {
        let timing = timing("30 2 * * *", zone);
        let begin = at(&format!("{day}T00:00:00Z")) - SignedDuration::from_hours(48);
        let looks: Vec<_> = (0..5 * 24 * 4).map(|n| begin + SignedDuration::from_mins(15 * n)).collect();
        let runs = live(&timing, begin, &looks, 60, JobOutcome::Done);
        let days: std::collections::BTreeSet<_> = runs.iter().map(|run| run.begun.to_zoned(TimeZone::get(zone).unwrap()).date()).collect();
        assert_eq!((runs.len(), days.len()), (5, 5), "{zone} {day}: {runs:?}");
    }
}

#[test]
fn a_local_time_that_is_left_out_is_taken_later_and_hides_no_other() {
    let timing = timing("0,30 2,3 * * *", "Europe/Berlin");
    let mut last = at("2026-03-28T12:00:00Z");
    let mut next = || {
        last = timing.next(last).unwrap();
        last.to_string()
    };
    // 02:00 and 02:30 are 03:00 and 03:30 on that day, which are due themselves.
    assert_eq!([next(), next(), next()], ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"]);
}

#[test]
fn what_was_broken_off_is_caught_up_at_once_and_once() {
    let (timing, due) = (timing("0 6 * * *", "UTC"), at("2026-02-01T06:00:00Z"));
    let (begun, found) = (at("2026-02-01T06:00:05Z"), at("2026-02-01T09:00:00Z"));
    let first = run(1, due, 1, begun, Some((found, JobOutcome::BrokenOff)));
    let stands = |runs: &[JobRun]| standing(Job::Import, &timing, Past { since: due, runs }, found);
    assert_eq!(stands(&[run(1, due, 1, begun, None)]), Standing::Running);
    assert_eq!(stands(std::slice::from_ref(&first)), Standing::Due(Due { due, job: Job::Import, attempt: 2 }));
    let again = run(2, due, 2, found, Some((found, JobOutcome::BrokenOff)));
    assert_eq!(stands(&[again, first.clone()]), Standing::Waits(Some(at("2026-02-02T06:00:00Z"))));
    let asked = JobRun { asked_by: Some("ann".to_owned()), ..first };
    assert_eq!(stands(&[asked]), Standing::Waits(Some(at("2026-02-02T06:00:00Z"))), "what a person asked for is theirs to ask for again");
}

#[test]
fn what_a_person_tried_in_vain_takes_no_attempt_from_the_schedule_and_what_they_did_needs_none() {
    let (timing, due) = (timing("0 6 * * *", "UTC"), at("2026-02-01T06:00:00Z"));
    let begun = at("2026-02-01T06:00:05Z");
    let failed = run(1, due, 1, begun, Some((begun, JobOutcome::Failed)));
    let asked = |outcome| {
        let by_hand = at("2026-02-01T06:01:00Z");
        JobRun { asked_by: Some("ann".to_owned()), ..run(2, by_hand, 1, by_hand, Some((by_hand, outcome))) }
    };
    let stands = |runs: &[JobRun]| standing(Job::Import, &timing, Past { since: due, runs }, at("2026-02-01T06:02:00Z"));
    assert_eq!(stands(&[asked(JobOutcome::Failed), failed.clone()]), Standing::Waits(Some(begun + SignedDuration::from_mins(5))));
    assert_eq!(stands(&[asked(JobOutcome::Done), failed]), Standing::Waits(Some(at("2026-02-02T06:00:00Z"))));
    assert_eq!(stands(&[asked(JobOutcome::Failed)]), Standing::Waits(Some(at("2026-02-02T06:00:00Z"))));
}

#[test]
fn runs_of_a_clock_that_was_ahead_say_nothing() {
    let timing = timing("0 6 * * *", "UTC");
    let ahead = run(1, at("2027-02-01T06:00:00Z"), 1, at("2027-02-01T06:00:00Z"), None);
    let past = Past { since: at("2026-02-01T00:00:00Z"), runs: &[ahead] };
    let due = Due { due: at("2026-02-01T06:00:00Z"), job: Job::Import, attempt: 1 };
    assert_eq!(standing(Job::Import, &timing, past, at("2026-02-03T00:00:00Z")), Standing::Due(due));
}

#[test]
fn a_clock_that_steps_back_runs_nothing_twice_for_one_moment() {
    let (timing, due) = (timing("0 6 * * *", "UTC"), at("2026-02-01T06:00:00Z"));
    let (begun, next) = (at("2026-02-01T06:00:05Z"), at("2026-02-02T06:00:00Z"));
    let stands = |run: JobRun, as_of| standing(Job::Import, &timing, Past { since: at("2026-01-31T12:00:00Z"), runs: &[run] }, as_of);
    let done = run(1, due, 1, begun, Some((begun, JobOutcome::Done)));
    assert_eq!(stands(done.clone(), at("2026-02-01T06:00:02Z")), Standing::Waits(Some(next)));
    assert_eq!(stands(run(1, due, 1, begun, None), at("2026-02-01T06:00:02Z")), Standing::Running);
    // Back before the moment that it was for: that is still to come, and comes again.
    assert_eq!(stands(done, at("2026-02-01T05:59:00Z")), Standing::Waits(Some(due)));
}

#[test]
fn a_clock_that_was_ahead_takes_no_real_moment_and_keeps_no_failure() {
    let timing = timing("0 6 1 * *", "UTC");
    let (due, now, ahead) = (at("2026-03-01T06:00:00Z"), at("2026-03-02T00:00:00Z"), at("2028-02-10T00:00:00Z"));
    let stands = |run: JobRun| standing(Job::Import, &timing, Past { since: at("2026-02-02T00:00:00Z"), runs: &[run] }, now);
    let real = Standing::Due(Due { due, job: Job::Import, attempt: 1 });
    assert_eq!(stands(run(1, due, 1, ahead, Some((ahead, JobOutcome::Done)))), real, "it ran by a clock that was two years ahead");
    assert_eq!(stands(run(1, due, 1, ahead, Some((ahead, JobOutcome::Failed)))), real);
    // It began at the right time, and the clock was ahead when it failed: it is tried again, and not after two years.
    let failed = run(1, due, 1, at("2026-03-01T06:00:05Z"), Some((ahead, JobOutcome::Failed)));
    assert_eq!(stands(failed), Standing::Due(Due { due, job: Job::Import, attempt: 2 }));
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    let read = |cron, zone, retries, minutes| {
        Timing::read(cron, zone, retries, SignedDuration::from_mins(minutes), begin()).map(drop).unwrap_err().to_string()
    };
    insta::assert_snapshot!([
        read("0 6 * *", "UTC", 3, 5),
        read("0 25 * * *", "UTC", 3, 5),
        read("0 6 * * *", "Europe/Bremen", 3, 5),
        read("0 6 30 2 *", "UTC", 3, 5),
        read("0 6 * * *", "UTC", 11, 5),
        read("0 6 * * *", "UTC", 3, 0),
    ]
    .join("\n"), @"
    `0 6 * *` has 4 fields: minute, hour, day of the month, month and day of the week are five
    `0 25 * * *` is no crontab: value must be in range 0..=23; found 25
    there is no time zone `Europe/Bremen`
    `0 6 30 2 *` names no moment of the years to come
    11 retries are too many: at most 10
    the pause before a retry is a minute at least
    ");
}

/// A runner that notes what it was to do; what is named fails, panics, or hangs until it is let go.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) done: Mutex<Vec<Job>>,
    pub(super) fails: Vec<Job>,
    pub(super) is_certain: bool,
    pub(super) panics: Option<Job>,
    pub(super) hangs: Option<Job>,
    pub(super) let_go: Notify,
    pub(super) alarms: AtomicUsize,
}

#[async_trait]
impl Runner for Noted {
    async fn run(&self, job: Job, asked_by: Option<&str>, lock: Arc<JobLock>) -> Result<String, Failure> {
        assert_eq!(lock.job(), job.as_str());
        self.done.lock().unwrap().push(job);
        assert_ne!(self.panics, Some(job), "a fault of ours");
        if self.hangs == Some(job) {
            self.let_go.notified().await;
        }
        let by = asked_by.map_or_else(String::new, |by| format!(" for {by}"));
        let failure = Failure { message: format!("no <bill>{by}"), is_certain: self.is_certain };
        if self.fails.contains(&job) { Err(failure) } else { Ok("2 periods".to_owned()) }
    }

    fn tell(&self, run: &Ran<'_>) -> Vec<NewMessage> {
        let told = NewMessage {
            target: "ops".to_owned(),
            dedup: format!("{} {} {}", run.job, run.id, run.outcome.as_str()),
            window: SignedDuration::from_hours(1),
            kind: "job-failed".to_owned(),
            payload: run.message.to_owned(),
            not_before: begin(),
        };
        if run.outcome == JobOutcome::Done { Vec::new() } else { vec![told] }
    }

    async fn alarm(&self, error: &StateError) {
        assert!(matches!(error, StateError::Ledger(_)), "{error:?}");
        self.alarms.fetch_add(1, Ordering::SeqCst);
    }
}

impl Noted {
    fn took(&self) -> String {
        std::mem::take(&mut *self.done.lock().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// What is due, by a server that waits for each job.
pub(super) async fn turn(site: &Site, runner: &Arc<Noted>) {
    turn_within(site, runner, Duration::from_secs(60)).await;
}

async fn turn_within(site: &Site, runner: &Arc<Noted>, patience: Duration) {
    let runner = Arc::clone(runner) as Arc<dyn Runner>;
    turn_with(&site.app, &runner, patience).await;
}

/// Of what is told.
pub(super) fn told(site: &Site) -> Vec<String> {
    site.state().outbox(false, 9).unwrap().into_iter().map(|message| message.dedup).collect()
}

#[tokio::test]
async fn what_is_due_runs_once_in_order_and_what_fails_is_told_when_it_is_given_up() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { fails: vec![Job::Propose], ..Noted::default() });
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "", "what was due before the server was known is nobody's");
    site.wait(3_600);
    turn(&site, &runner).await;
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "import prices verify reconcile propose watch backup digest");
    for _ in 0..2 {
        assert!(site.state().outbox(false, 9).unwrap().is_empty(), "it is tried again");
        site.wait(3_600);
        turn(&site, &runner).await;
        assert_eq!(runner.took(), "propose");
    }
    site.wait(3_600);
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "");
    let runs = site.state().job_runs(Some("propose"), 9).unwrap();
    let told = site.state().outbox(false, 9).unwrap();
    assert_eq!(runs.iter().map(|run| run.attempt).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!((told.len(), told[0].payload.as_str()), (1, "no <bill>"));
}

#[tokio::test]
async fn a_fault_of_ours_ends_its_turn_and_nothing_else_and_is_told_the_second_time() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { panics: Some(Job::Import), ..Noted::default() });
    turn(&site, &runner).await;
    site.wait(3_600);
    let mut took = Vec::new();
    for _ in 0..3 {
        caught(&site.app, &(Arc::clone(&runner) as Arc<dyn Runner>), Duration::from_secs(60)).await;
        took.push(runner.took());
        site.wait(1);
    }
    assert_eq!(took, ["import", "import", "prices verify reconcile propose watch backup digest"]);
    assert_eq!(told(&site).len(), 1, "{:?}", told(&site));
    let faults = site.notes.lock().unwrap().iter().filter(|note| note.starts_with("jobs: a fault of Tenor's")).count();
    assert_eq!(faults, 2);
}

#[tokio::test]
async fn a_job_that_another_process_runs_is_left_alone_and_one_whose_process_died_is_caught_up() {
    let site = Site::new(Bills::Three);
    let runner = Arc::<Noted>::default();
    turn(&site, &runner).await;
    site.wait(3_600);
    let other = JobLock::take(site.home.path(), "import").unwrap().unwrap();
    let due = begin() + SignedDuration::from_hours(1);
    site.state().begin_job(&other, due, 1, None, None, due).unwrap().unwrap();
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "prices verify reconcile propose watch backup digest");
    drop(other);
    site.wait(1);
    turn(&site, &runner).await;
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "import");
    let outcomes: Vec<_> = site.state().job_runs(Some("import"), 9).unwrap().iter().map(|run| run.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "broken off"]);
}

#[tokio::test]
async fn an_admin_has_a_job_run_now_and_the_page_tells_what_came_of_it() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { fails: vec![Job::Backup], ..Noted::default() });
    let (admin, viewer) = (site.session("admin"), site.session("viewer"));
    turn(&site, &runner).await;
    assert_eq!(site.post("/jobs/run", &viewer, vec![("job", "backup".to_owned())]).await.status, 403);
    assert_eq!(site.post("/jobs/run", &admin, vec![("job", "format".to_owned())]).await.status, 400);
    assert_eq!(site.post("/jobs/run", &admin, vec![("job", "backup".to_owned())]).await.location(), "/jobs");
    assert!(site.get("/jobs", Some(&admin)).await.body.contains("as soon as it is its turn"));
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "backup");
    let page = site.get("/jobs", Some(&site.session("analyst"))).await;
    assert!(
        page.body.contains("admin asked") && page.body.contains("no &#60;bill&#62; for admin") && !page.body.contains("Run now"),
        "{}",
        page.body
    );
    let seen = site.get("/jobs", Some(&viewer)).await.body;
    assert!(seen.contains("admin asked") && !seen.contains("no &#60;bill"), "what commands print is not for everybody: {seen}");
    let where_to = |body: &str| body.contains("<td>ops</td>");
    assert!(where_to(&page.body) && !where_to(&seen), "nor is where messages go: {seen}");
    assert_eq!(site.get("/api/v1/jobs", Some(&viewer)).await.status, 403);
    let answer: serde_json::Value = serde_json::from_str(&site.get("/api/v1/jobs", Some(&admin)).await.body).unwrap();
    let backup = answer["items"].as_array().unwrap().iter().find(|item| item["job"] == "backup").unwrap();
    assert_eq!(
        (&backup["last"]["outcome"], &backup["last"]["asked_by"], &backup["last"]["message"], &answer["undelivered"]),
        (&"failed".into(), &"admin".into(), &"no <bill> for admin".into(), &1.into())
    );
}

#[tokio::test]
async fn what_a_further_attempt_cannot_change_is_told_at_the_first() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { fails: vec![Job::Verify], is_certain: true, ..Noted::default() });
    turn(&site, &runner).await;
    site.wait(3_600);
    turn(&site, &runner).await;
    assert_eq!(told(&site).len(), 1);
}

#[tokio::test]
async fn two_servers_run_each_job_once() {
    let site = Site::new(Bills::Three);
    let runner = Arc::<Noted>::default();
    turn(&site, &runner).await;
    site.wait(3_600);
    tokio::join!(turn(&site, &runner), turn(&site, &runner));
    let took = runner.took();
    let mut jobs: Vec<_> = took.split(' ').collect();
    jobs.sort_unstable();
    assert_eq!(jobs, ["backup", "digest", "import", "prices", "propose", "reconcile", "verify", "watch"]);
}

#[tokio::test]
async fn a_job_that_ends_its_process_twice_is_told_of() {
    let site = Site::new(Bills::Three);
    let runner = Arc::<Noted>::default();
    turn(&site, &runner).await;
    site.wait(3_600);
    let due = begin() + SignedDuration::from_hours(1);
    // The process dies after it began, then again after it was caught up.
    let die = |attempt, last| {
        let lock = JobLock::take(site.home.path(), "import").unwrap().unwrap();
        site.state().begin_job(&lock, due, attempt, None, last, due).unwrap()
    };
    let first = die(1, None);
    let second = die(2, first);
    assert_eq!(second, Some(2));
    turn(&site, &runner).await;
    assert_eq!(runner.took(), "prices verify reconcile propose watch backup digest", "it is not tried a third time");
    assert_eq!(told(&site), ["import 2 broken off"]);
}

#[tokio::test]
async fn a_job_that_does_not_end_is_told_of_once_and_keeps_no_other_waiting() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { hangs: Some(Job::Import), ..Noted::default() });
    turn(&site, &runner).await;
    site.wait(3_600);
    let patience = Duration::from_millis(500);
    turn_within(&site, &runner, patience).await;
    turn_within(&site, &runner, patience).await;
    assert_eq!(runner.took(), "import prices verify reconcile propose watch backup digest");
    let of_import = |told: Vec<String>| told.into_iter().filter(|dedup| dedup.starts_with("import")).collect::<Vec<_>>();
    assert_eq!(of_import(told(&site)), ["import 1 running"]);
    runner.let_go.notify_one();
    let newest = async || site.app.home.read(|view| view.job_runs(Some("import"), 1)).await.unwrap().remove(0);
    while newest().await.outcome == JobOutcome::Running {
        tokio::task::yield_now().await;
    }
    assert_eq!((newest().await.outcome, runner.took().as_str()), (JobOutcome::Done, ""));
}

#[tokio::test]
async fn of_a_ledger_that_was_cut_the_alarm_is_given_since_nothing_can_be_queued() {
    let site = Site::new(Bills::Three);
    let runner = Arc::<Noted>::default();
    let database = site.home.path().join("state/tenor.db");
    let shorter = std::fs::read(&database).unwrap();
    site.state().add_user(&user("late"), UserRole::Viewer, &By::system(begin()), &SystemRandomness::new()).unwrap();
    std::fs::write(&database, shorter).unwrap();
    turn(&site, &runner).await;
    assert_eq!((runner.took().as_str(), runner.alarms.load(Ordering::SeqCst)), ("", 1));
    assert!(site.notes.lock().unwrap().iter().any(|note| note.starts_with("jobs: cannot use the ledger")));
}
