//! What ran by the schedule, and what is running: each run is recorded before it begins, so that one which its process did not live to end shows as
//! broken off. What is due is not decided here.
//!
//! Whoever runs a job holds its [`JobLock`], which ends with the process. Only the holder may say that the run before was broken off.

use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::outbox::{self, NewMessage};
use crate::state::{State, View};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What a run may say of itself, in bytes; more is cut.
pub const JOB_MESSAGE_BYTES_MAX: usize = 2_048;
/// Runs that ended longer ago are forgotten, but for the last one of each job.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// What a run says that its process did not live to end.
const BROKEN_OFF: &str = "its process ended before it did";

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// It has not ended.
    Running,
    /// It did what it was to do.
    Done,
    /// It did not.
    Failed,
    /// Its process ended first.
    BrokenOff,
}

/// A run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// Its number, the higher the later.
    pub id: i64,
    /// Of which job.
    pub job: String,
    /// The moment of the schedule that it answers.
    pub due: Timestamp,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// Who asked for it; nobody where the schedule did.
    pub asked_by: Option<String>,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it stands.
    pub outcome: JobOutcome,
    /// What it said of itself.
    pub message: String,
}

/// The right to run a job of a home. Given up when dropped, and by the operating system when the process dies.
#[derive(Debug)]
pub struct JobLock {
    job: String,
    file: File,
}

impl JobOutcome {
    /// In a word or two.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::BrokenOff => "broken off",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Failed, Self::BrokenOff].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

impl JobLock {
    /// Takes the right to run a job; nothing while somebody else runs it, in this process or another.
    ///
    /// # Errors
    /// When the lock's file cannot be made or locked.
    pub fn take(home: &Path, job: &str) -> Result<Option<Self>, StateError> {
        folder::make(home)?;
        let path = folder::job_lock(home, job);
        let file = folder::lock_file(&path).doing("open", &path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { job: job.to_owned(), file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).doing("lock", &path),
        }
    }

    /// The same right for another process, which keeps it for as long as it has this open, whatever becomes of this one.
    ///
    /// # Errors
    /// When the system grants no more open files.
    pub fn share(&self) -> io::Result<OwnedFd> {
        Ok(self.file.try_clone()?.into())
    }

    /// Whether an open file is a job's lock, and somebody holds that.
    ///
    /// # Errors
    /// When the lock's file cannot be looked at.
    pub fn is_held(home: &Path, job: &str, open: &File) -> Result<bool, StateError> {
        let path = folder::job_lock(home, job);
        let (lock, open) = match path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            lock => (lock.doing("look at", &path)?, open.metadata().doing("look at", &path)?),
        };
        Ok((lock.dev(), lock.ino()) == (open.dev(), open.ino()) && Self::take(home, job)?.is_none())
    }

    /// Of which job.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.job
    }
}

const SELECT: &str = "SELECT id, job, due, attempt, asked_by, begun, ended, outcome, message FROM job_runs";

impl View {
    /// The newest runs, of one job or of all, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn job_runs(&self, job: Option<&str>, most: u32) -> Result<Vec<JobRun>, StateError> {
        let doing = "read the runs of jobs of";
        let mut select = self.db.prepare(&format!("{SELECT} WHERE ?1 IS NULL OR job = ?1 ORDER BY id DESC LIMIT ?2")).asking(doing)?;
        let rows = select.query_map(params![job, most], columns).asking(doing)?;
        rows.map(|row| run(row.asking(doing)?)).collect()
    }

    /// Runs of all jobs below a number, the newest first; from the newest of all without one.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn job_runs_before(&self, id: Option<i64>, most: u32) -> Result<Vec<JobRun>, StateError> {
        let doing = "read the runs of jobs of";
        let mut select = self.db.prepare(&format!("{SELECT} WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2")).asking(doing)?;
        let rows = select.query_map(params![id, most], columns).asking(doing)?;
        rows.map(|row| run(row.asking(doing)?)).collect()
    }

    /// So many runs of each job began since a moment, and failed or were broken off; those of which none did are left out.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn job_failures(&self, since: Timestamp) -> Result<BTreeMap<String, u64>, StateError> {
        let doing = "count the runs of jobs of";
        let select = "SELECT job, count(*) FROM job_runs WHERE begun >= ?1 AND outcome IN ('failed', 'broken off') GROUP BY job";
        let mut select = self.db.prepare(select).asking(doing)?;
        let count = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
        let rows = select.query_map([since.as_millisecond()], count).asking(doing)?;
        rows.collect::<Result<_, _>>().asking(doing)
    }

    /// Since when a job is known; nothing where it is not yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn job_since(&self, job: &str) -> Result<Option<Timestamp>, StateError> {
        let select = "SELECT since FROM jobs WHERE job = ?1";
        let found: Option<i64> = self.db.query_row(select, [job], |row| row.get(0)).optional().asking("read the jobs of")?;
        found.map(moment).transpose()
    }

    /// The backups of the schedule's that are noted in the folder of this one, the newest first, without it: whatever a clock says, it is not old.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn job_backups_beside(&self, made: &Path) -> Result<Vec<PathBuf>, StateError> {
        let doing = "read the backups noted in";
        let mut select = self.db.prepare("SELECT path FROM job_backups ORDER BY made DESC, path DESC").asking(doing)?;
        let rows = select.query_map([], |row| row.get::<_, String>(0)).asking(doing)?;
        let held = rows.collect::<Result<Vec<_>, _>>().asking(doing)?;
        Ok(held.into_iter().map(PathBuf::from).filter(|held| held != made && held.parent() == made.parent()).collect())
    }
}

impl State {
    /// Makes jobs known from now on; those that are known stay so since when they were. One that is known since a moment that is still to come, of a clock
    /// that was ahead, is known since now: else nothing of it would be due until then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn know_jobs(&mut self, jobs: &[&str], now: Timestamp) -> Result<(), StateError> {
        let doing = "write the jobs of";
        let change = self.begin()?;
        for job in jobs {
            let upsert = "INSERT INTO jobs (job, since) VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET since = min(since, excluded.since)";
            change.execute(upsert, params![job, now.as_millisecond()]).asking(doing)?;
        }
        change.commit().asking(doing)
    }

    /// Records that a run begins, durably before it does; what the run before did not live to end is broken off. Says the run's number; nothing, and
    /// nothing is changed, where the job's newest run is not `last_seen` any more: somebody else ran it between the look and the lock.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_job(
        &mut self,
        lock: &JobLock,
        due: Timestamp,
        attempt: u32,
        asked_by: Option<&str>,
        last_seen: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<i64>, StateError> {
        let doing = "record the run of a job in";
        let change = self.begin()?;
        let newest: Option<i64> =
            change.query_row("SELECT max(id) FROM job_runs WHERE job = ?1", [&lock.job], |row| row.get(0)).asking(doing)?;
        if newest != last_seen {
            return Ok(None);
        }
        break_off(&change, &lock.job, now)?;
        let old = now.saturating_sub(KEPT).map_or(i64::MIN, Timestamp::as_millisecond);
        let forget = "DELETE FROM job_runs WHERE begun < ?1 AND id NOT IN (SELECT max(id) FROM job_runs GROUP BY job)";
        change.execute(forget, [old]).asking(doing)?;
        let insert =
            "INSERT INTO job_runs (job, due, attempt, asked_by, begun, outcome, message) VALUES (?1, ?2, ?3, ?4, ?5, 'running', '')";
        change.execute(insert, params![lock.job, due.as_millisecond(), attempt, asked_by, now.as_millisecond()]).asking(doing)?;
        let id = change.last_insert_rowid();
        change.commit().asking(doing)?;
        Ok(Some(id))
    }

    /// Records how a run ended, and what is to be told of it, in one transaction.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_job(
        &mut self,
        lock: &JobLock,
        id: i64,
        outcome: JobOutcome,
        message: &str,
        told: &[NewMessage],
        now: Timestamp,
    ) -> Result<(), StateError> {
        let doing = "record the end of a job in";
        let change = self.begin()?;
        let update = "UPDATE job_runs SET ended = ?3, outcome = ?4, message = ?5 WHERE id = ?1 AND job = ?2 AND outcome = 'running'";
        let message = cut(message, JOB_MESSAGE_BYTES_MAX);
        change.execute(update, params![id, lock.job, now.as_millisecond(), outcome.as_str(), message]).asking(doing)?;
        outbox::queue_in(&change, told, now)?;
        change.commit().asking(doing)
    }

    /// Records that the run of a job was broken off, for whoever holds its lock: nobody runs it; and what is to be told of that, in one transaction.
    /// Says whether one was.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn break_off_job(&mut self, lock: &JobLock, told: &[NewMessage], now: Timestamp) -> Result<bool, StateError> {
        let change = self.begin()?;
        let broken = break_off(&change, &lock.job, now)?;
        if broken {
            outbox::queue_in(&change, told, now)?;
        }
        change.commit().asking("record the end of a job in")?;
        Ok(broken)
    }

    /// Notes a backup of the schedule's, before it is made: so that none is left that nobody removes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_job_backup(&mut self, path: &Path, now: Timestamp) -> Result<(), StateError> {
        let doing = "note a backup in";
        let change = self.begin()?;
        let upsert = "INSERT INTO job_backups (path, made) VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET made = excluded.made";
        change.execute(upsert, params![path.to_string_lossy(), now.as_millisecond()]).asking(doing)?;
        change.commit().asking(doing)
    }

    /// Forgets a backup that was removed, or was not made.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_job_backup(&mut self, path: &Path) -> Result<(), StateError> {
        let doing = "forget a backup in";
        let change = self.begin()?;
        change.execute("DELETE FROM job_backups WHERE path = ?1", [path.to_string_lossy()]).asking(doing)?;
        change.commit().asking(doing)
    }
}

fn break_off(change: &Connection, job: &str, now: Timestamp) -> Result<bool, StateError> {
    let update = "UPDATE job_runs SET ended = ?2, outcome = 'broken off', message = ?3 WHERE job = ?1 AND outcome = 'running'";
    let changed = change.execute(update, params![job, now.as_millisecond(), BROKEN_OFF]).asking("record the end of a job in")?;
    Ok(changed > 0)
}

type Columns = (i64, String, i64, u32, Option<String>, i64, Option<i64>, String, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?))
}

fn run((id, job, due, attempt, asked_by, begun, ended, outcome, message): Columns) -> Result<JobRun, StateError> {
    let value = |what: &str, value: String| StateError::Value { what: what.to_owned(), value };
    let outcome = JobOutcome::named(&outcome).ok_or_else(|| value("the outcome of a run", outcome))?;
    Ok(JobRun {
        id,
        job,
        due: moment(due)?,
        attempt,
        asked_by,
        begun: moment(begun)?,
        ended: ended.map(moment).transpose()?,
        outcome,
        message,
    })
}

/// As it is kept.
pub(crate) fn moment(milliseconds: i64) -> Result<Timestamp, StateError> {
    let wrong = |_| StateError::Value { what: "a moment".to_owned(), value: milliseconds.to_string() };
    Timestamp::from_millisecond(milliseconds).map_err(wrong)
}

/// At most so many bytes of a text, whole characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
