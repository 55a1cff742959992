//! What the server does by itself, and when: jobs of the owner's schedule, each once for each moment that it is due, one after the other as long as
//! each ends.
//!
//! ```text
//! Schedule (when) + runs in the state ──> standing: due, running, waits ──> run: lock, record, Runner, record
//! ```
//! What a job does is behind [`Runner`]. When it is due is decided in [`standing()`], without a clock. Nothing here buys anything.

pub(crate) mod run;
pub(crate) mod standing;
mod timing;

pub use run::schedule;
pub use standing::{Due, Past, Standing, standing};
pub use timing::{Schedule, Timing, TimingError};

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_state::{JobLock, JobOutcome, NewMessage, StateError};
use tokio::sync::Notify;

/// Something that the server does by itself. Of those that are due at the same moment, the earlier in this list goes first: it feeds the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Bring bills in.
    Import,
    /// Bring prices in.
    Prices,
    /// Verify the ledger.
    Verify,
    /// Hold the ledger against bills, and AWS if so asked.
    Reconcile,
    /// Compute a proposal.
    Propose,
    /// Look for what to look at.
    Watch,
    /// Make a backup.
    Backup,
    /// Tell of the week.
    Digest,
}

impl Job {
    /// All of them, in the order in which they go.
    pub const ALL: [Self; 8] =
        [Self::Import, Self::Prices, Self::Verify, Self::Reconcile, Self::Propose, Self::Watch, Self::Backup, Self::Digest];

    /// Its name, in the schedule and in the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Prices => "prices",
            Self::Verify => "verify",
            Self::Reconcile => "reconcile",
            Self::Propose => "propose",
            Self::Watch => "watch",
            Self::Backup => "backup",
            Self::Digest => "digest",
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Import => "brings bills in",
            Self::Prices => "brings prices in",
            Self::Verify => "verifies the ledger",
            Self::Reconcile => "holds the ledger against bills",
            Self::Propose => "computes a proposal",
            Self::Watch => "looks for what to look at",
            Self::Backup => "makes a backup",
            Self::Digest => "tells of the week",
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Job {
    type Err = NoJob;

    fn from_str(word: &str) -> Result<Self, NoJob> {
        Self::ALL.into_iter().find(|job| job.as_str() == word).ok_or(NoJob)
    }
}

/// No job has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job is import, prices, verify, reconcile, propose, watch, backup or digest")]
pub struct NoJob;

/// What jobs do, for whoever schedules them.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Does it, for who asked or else for the schedule, and says what came of it: in a few lines, without secrets. The lock is held for as long as
    /// anything of it runs, whoever still listens.
    async fn run(&self, job: Job, asked_by: Option<&str>, lock: Arc<JobLock>) -> Result<String, Failure>;

    /// What is to be told of a run that has ended for good, or that does not end: it is queued with the record of that.
    fn tell(&self, run: &Ran<'_>) -> Vec<NewMessage>;

    /// Tells at once that the ledger is not what was written: nothing can be queued then. It is asked for again and again, and tells once.
    async fn alarm(&self, error: &StateError);
}

/// Why a job did not do what it was to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In a few lines, without secrets.
    pub message: String,
    /// Whether another attempt would find nothing else, so that it is told at the first.
    pub is_certain: bool,
}

/// A run that has ended for good: it is not tried again by itself. Or one that still runs, long after others ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran<'a> {
    /// Of which job.
    pub job: Job,
    /// Its number.
    pub id: i64,
    /// How often it was tried.
    pub attempt: u32,
    /// How it ended, or that it runs.
    pub outcome: JobOutcome,
    /// What it said.
    pub message: &'a str,
}

/// The schedule of a server, and what was asked for beside it.
#[derive(Debug, Default)]
pub struct Jobs {
    schedule: Schedule,
    asked: Mutex<BTreeMap<Job, String>>,
    woken: Notify,
}

impl Jobs {
    /// By this schedule; without one, by [`Jobs::default`], nothing runs by itself.
    #[must_use]
    pub fn new(schedule: Schedule) -> Self {
        Self { schedule, ..Self::default() }
    }

    /// When they are due.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Has a job run as soon as it is its turn; says whether it is in the schedule, so that its arguments are known.
    pub(crate) fn ask(&self, job: Job, by: &str) -> bool {
        if !self.schedule.0.contains_key(&job) {
            return false;
        }
        self.asked().insert(job, by.to_owned());
        self.woken.notify_one();
        true
    }

    /// What was asked for and has not begun.
    pub(crate) fn asked(&self) -> MutexGuard<'_, BTreeMap<Job, String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
