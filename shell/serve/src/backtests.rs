//! Back-tests at real prices, as a port: which were made, what one found, and a new one, which goes on while nobody waits for it.

use crate::lake::Refusal;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_state::UserName;

/// A decision is made every so many weeks at most.
pub const BACKTEST_WEEKS_MAX: u16 = 52;
/// The first decision comes after so many days of history at most.
pub const BACKTEST_DAYS_MAX: u16 = 3_660;
/// Each decision draws so many futures at most: there are many decisions, and the server has others to answer.
pub const BACKTEST_SCENARIOS_MAX: u32 = 64;
/// All decisions together draw so many futures at most.
pub const BACKTEST_FUTURES_MAX: usize = 2_000;

/// Answers questions about back-tests, and makes them.
#[async_trait]
pub trait Backtests: Send + Sync {
    /// All that are kept, and what goes on.
    ///
    /// # Errors
    /// When nobody can tell which there are.
    async fn list(&self) -> Result<AllBacktests, Refusal>;

    /// One of them; none where there is none of that id.
    ///
    /// # Errors
    /// When it is there and cannot be read, or was changed.
    async fn get(&self, id: &str) -> Result<Option<Arc<BacktestResult>>, Refusal>;

    /// Begins one, and does not wait for it. One goes on at a time.
    ///
    /// # Errors
    /// When one goes on already, there is no such policy, or the home keeps as many as it may.
    async fn begin(&self, asked: BacktestAsked, user: &UserName, now: Timestamp) -> Result<(), Refusal>;

    /// Has the one that goes on end before its next part. Who began it may, and admins.
    ///
    /// # Errors
    /// When none goes on, or it is somebody else's.
    async fn stop(&self, user: &UserName, is_admin: bool) -> Result<(), Refusal>;
}

/// What is to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestAsked {
    /// The policy file, by its name among those that the home keeps; the default policy without one.
    pub policy: Option<String>,
    /// A decision every so many weeks.
    pub every_weeks: u16,
    /// The first one after so many days of history.
    pub start_after_days: u16,
    /// So many futures are drawn for each decision.
    pub scenarios: u32,
}

/// The back-tests that are kept.
#[derive(Debug, Clone, Default)]
pub struct AllBacktests {
    /// The newest first, each with its id and in short: without what stood after each decision, and without limitations.
    pub results: Vec<(String, Arc<BacktestResult>)>,
    /// The one that goes on.
    pub going: Option<BacktestGoing>,
    /// What could not be read, and that the last one came to nothing.
    pub notes: Vec<BacktestNote>,
    /// The policies that the home keeps, by name.
    pub policies: Vec<String>,
}

/// Something that whoever looks should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestNote {
    /// For everybody, in a sentence.
    pub told: String,
    /// Why, for admins alone: it may name files and what stands in them.
    pub cause: Option<String>,
}

/// A back-test that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestGoing {
    /// Who began it.
    pub user: String,
    /// When.
    pub begun: Timestamp,
    /// What it does just now.
    pub doing: String,
    /// So many parts are done.
    pub done: u32,
    /// Of so many; none while that is not known.
    pub of: Option<u32>,
}

/// What a back-test found, as it is kept. Amounts and shares are exact, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestResult {
    /// The format of this file: 1.
    pub format: u32,
    /// When it was begun.
    pub made: String,
    /// Who began it.
    pub user: String,
    /// What was tried.
    pub settings: BacktestSettings,
    /// Hash of the inputs: usage, prices, offers and policy.
    pub inputs: String,
    /// Whose prices: version, day and basis.
    pub prices: BacktestPrices,
    /// Of all amounts.
    pub currency: String,
    /// How often each policy decided.
    pub decisions: usize,
    /// What all usage would have cost on demand.
    pub on_demand_cost: String,
    /// What of it is usage that some commitment on sale covers.
    pub eligible_cost: String,
    /// How each policy did; the bound comes last.
    pub policies: Vec<BacktestPolicy>,
    /// What could not be told, in sentences.
    pub limitations: Vec<String>,
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestSettings {
    /// The policy file's name; none for the default policy.
    pub policy: Option<String>,
    /// BLAKE3 of that file.
    pub policy_hash: Option<String>,
    /// A decision every so many weeks.
    pub every_weeks: u16,
    /// The first one after so many days of history.
    pub start_after_days: u16,
    /// So many futures for each decision.
    pub scenarios: u32,
    /// What all chance comes from.
    pub seed: u64,
}

/// Whose prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestPrices {
    /// The version.
    pub version: String,
    /// Its day.
    pub date: String,
    /// `list`, or `net` with the hash of the private pricing.
    pub basis: String,
}

/// How a policy did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestPolicy {
    /// The policy: `tenor`, `aws-30d`, `clairvoyant`.
    pub name: String,
    /// What was paid.
    pub cost: String,
    /// What it saved, as a share of what all usage costs on demand.
    pub saving: String,
    /// The effective savings rate; none where no commitment on sale covers anything.
    pub esr: Option<String>,
    /// What foresight might have saved beyond that.
    pub regret: String,
    /// By kind of what was bought, the share of its cost that covered something.
    pub utilization: BTreeMap<String, String>,
    /// How many purchases it made.
    pub purchases: usize,
    /// The most that was owed after a decision.
    pub peak_obligation: Option<String>,
    /// By decision; empty for the bound, which tells no purchases.
    pub over_time: Vec<BacktestMoment>,
}

/// How a policy stood after a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestMoment {
    /// The decision.
    pub hour: String,
    /// What was saved from the first decision until the next one, as a share of the cost on demand.
    pub saving: String,
    /// What is still to be paid.
    pub obligation: Option<String>,
    /// What was paid upfront by then.
    pub upfront: String,
    /// Purchases by then.
    pub purchases: usize,
}
