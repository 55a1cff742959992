//! How far a home is set up, as a port, and the steps of it that are safe in the browser: a folder imported, a connection made, a connection proved.
//!
//! What cannot be looked at is told with why, and is never taken for not there.

use crate::lake::Refusal;
use async_trait::async_trait;
use jiff::Timestamp;
use tenor_permit::{AccountNumber, BucketName, KeyPrefix, Principal, Tier};
use tenor_state::{By, ConnectionName};

/// What was found, or why nobody can tell.
pub type Known<T> = Result<T, String>;

/// Looks at a home, and does what is safe of setting it up. Everything that is done is recorded as theirs who had it done.
#[async_trait]
pub trait Setup: Send + Sync {
    /// How far the home is set up.
    async fn standing(&self) -> Standing;

    /// Which of the owner's files the home has. Nothing else is looked at.
    ///
    /// # Errors
    /// When nobody could look.
    async fn files(&self) -> Result<OwnFiles, Refusal>;

    /// Whether the home lies safely: storage, who can read it, its key, its last backup.
    ///
    /// # Errors
    /// When nobody could look.
    async fn storage(&self) -> Result<Vec<StorageFinding>, Refusal>;

    /// Begins to import a folder below the one that the owner allowed, and does not wait for it.
    ///
    /// # Errors
    /// When it is not below that one, or something goes on already.
    async fn import(&self, folder: &str, by: By) -> Result<(), Refusal>;

    /// Makes a connection with an External ID of its own, which is told on the command line alone.
    ///
    /// # Errors
    /// When there is one of that name, IAM cannot take its policies, or somebody else writes.
    async fn connect(&self, asked: NewConnection, by: By) -> Result<(), Refusal>;

    /// Begins to prove a connection, which asks AWS, and does not wait for it.
    ///
    /// # Errors
    /// When there is none of that name, or something goes on already.
    async fn prove(&self, name: &ConnectionName, by: By) -> Result<(), Refusal>;
}

/// A connection that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// What to call it.
    pub name: ConnectionName,
    /// The account.
    pub account: AccountNumber,
    /// Who may assume its role.
    pub trusted: Principal,
    /// Whether the account is a member of an organization, and does not pay for it.
    pub is_member: bool,
    /// Where its reports are delivered to.
    pub report: Option<(BucketName, KeyPrefix)>,
    /// What it is for.
    pub tiers: Vec<Tier>,
}

/// How far a home is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The folder of the home.
    pub home: String,
    /// How many months of bills are there, with the first and the last; none where there is none.
    pub bills: Known<Option<(usize, String, String)>>,
    /// The youngest prices, in words; none where there are none.
    pub prices: Known<Option<String>>,
    /// Connections, each with when it was proved.
    pub connections: Known<Vec<(ConnectionName, Option<Timestamp>)>>,
    /// Whether the owner's terms are set.
    pub has_terms: Known<bool>,
    /// How many persons may approve orders: by keys of their own, and, without one, by logging in as things stand.
    pub approvers: Known<(usize, usize)>,
    /// Whether what this server signs counts.
    pub is_server_enrolled: Known<bool>,
    /// How many have a password and may log in.
    pub users: Known<usize>,
    /// Whether there is a schedule.
    pub has_schedule: Known<bool>,
    /// When the last backup was made.
    pub backup: Known<Option<Timestamp>>,
    /// The folders below the one that the owner lets be imported from here; none where they allow none.
    pub folders: Option<Known<Vec<String>>>,
    /// What goes on, and what became of the last things that were begun here, the newest first.
    pub work: Vec<Work>,
}

/// The owner's files in a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFiles {
    /// Whether there is a policy.
    pub policy: Known<bool>,
    /// Whether there is a schedule.
    pub schedule: Known<bool>,
    /// Whether anybody is told of what happens.
    pub notify: Known<bool>,
}

/// Something that was begun here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What.
    pub what: String,
    /// Who began it.
    pub user: String,
    /// When.
    pub begun: Timestamp,
    /// What became of it.
    pub state: WorkState,
}

/// What became of something that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkState {
    /// It goes on.
    Going,
    /// It is done; what came of it, in a sentence.
    Done(String),
    /// It failed; why, and what to do.
    Failed(String, String),
}

/// A finding on how a home lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageFinding {
    /// `ok`, `note`, `warning`, `error`.
    pub severity: String,
    /// What.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// What to do; empty where nothing has to be done.
    pub what_to_do: String,
}
