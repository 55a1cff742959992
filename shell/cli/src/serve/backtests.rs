//! Back-tests of a home, as the server has them made: the very computation of `tenor backtest --demand lake --prices latest`, in a thread of its own,
//! one at a time, on half of the cores. What comes of one is a file in the home's folder `backtests`, named by the hash of what it says.

mod kept;

use crate::backtest::{SEED, asked as usual, tried};
use crate::context::Context;
use crate::propose::{self, Threads};
use crate::report;
use async_trait::async_trait;
use jiff::Timestamp;
use kept::{FILES_MAX, FORMAT, Shelf, files, name};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_bill::Hour;
use tenor_propose::backtest::Schedule;
use tenor_propose::proposal::{Inputs, RollingMoment, RollingStanding};
use tenor_serve::{
    AllBacktests, BACKTEST_FUTURES_MAX, BacktestAsked, BacktestGoing, BacktestMoment, BacktestNote, BacktestPolicy, BacktestPrices,
    BacktestResult, BacktestSettings, Backtests, Refusal, RefusalKind,
};
use tenor_state::UserName;

/// The folder of back-tests in a home.
const FOLDER: &str = "backtests";
/// The policy of the home, and the folder of others.
const POLICY: &str = "policy.toml";
const POLICIES: &str = "policies";

/// The back-tests of a home.
pub(super) struct Tried {
    context: Context,
    held: Arc<Mutex<Held>>,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Held {
    going: Option<BacktestGoing>,
    /// Who has the one that goes on end.
    stop: Option<String>,
    /// That the last one came to nothing, if it did.
    failed: Option<BacktestNote>,
    is_ending: bool,
}

/// Why a back-test came to nothing, where everybody may know.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0} stopped it")]
    Stopped(String),
    #[error("no decision falls into the {days} days of history: let the first come after fewer")]
    NoDecision { days: usize },
    #[error("{decisions} decisions of {scenarios} futures each are more than {max}: decide less often, or draw fewer")]
    TooMany { decisions: usize, scenarios: u32, max: usize },
}

/// The one that goes on; when this goes out of use it goes on no more, whatever became of it.
struct Going {
    held: Arc<Mutex<Held>>,
    /// What is to be told of its end.
    failed: Option<BacktestNote>,
}

impl Going {
    /// One that ends by a fault of ours, unless something else is said of it.
    fn new(held: &Arc<Mutex<Held>>) -> Self {
        let told = "The last back-test stopped in the middle, and that is a fault of Tenor's.".to_owned();
        let cause = Some("The server says where, on stderr.".to_owned());
        Self { held: Arc::clone(held), failed: Some(BacktestNote { told, cause }) }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        (held.going, held.stop, held.failed) = (None, None, self.failed.take());
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tried {
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.clone(), held: Arc::default(), shelf: Arc::default() }
    }

    /// Begins no other, and has the one that goes on end before its next part.
    pub(super) fn close(&self) {
        let mut held = lock(&self.held);
        held.is_ending = true;
        held.stop.get_or_insert_with(|| "the end of the server".to_owned());
    }

    /// The one that goes on, in words.
    pub(super) fn going(&self) -> Option<String> {
        lock(&self.held).going.as_ref().map(|going| format!("a back-test, begun by {}", going.user))
    }
}

#[async_trait]
impl Backtests for Tried {
    async fn list(&self) -> Result<AllBacktests, Refusal> {
        let (context, held, shelf) = (self.context.clone(), Arc::clone(&self.held), Arc::clone(&self.shelf));
        blocking(move || {
            let listed = lock(&shelf).list(&context.home.join(FOLDER)).map_err(|error| failed(&error))?;
            listed.news.iter().for_each(|why| context.note(format_args!("a back-test cannot be read: {why}")));
            let policies = policies(&context.home).map_err(|error| failed(&error))?.into_keys().collect();
            let unread = listed.unread.into_iter();
            let mut notes: Vec<_> =
                unread.map(|(id, why)| BacktestNote { told: format!("A result could not be read: {id}."), cause: Some(why) }).collect();
            if listed.left_out > 0 {
                let told = format!("{} older ones are in the home's folder and not told of here.", listed.left_out);
                notes.push(BacktestNote { told, cause: None });
            }
            let held = lock(&held);
            notes.extend(held.failed.clone());
            Ok(AllBacktests { results: listed.found, going: held.going.clone(), notes, policies })
        })
        .await
    }

    async fn get(&self, id: &str) -> Result<Option<Arc<BacktestResult>>, Refusal> {
        let (folder, shelf, id) = (self.context.home.join(FOLDER), Arc::clone(&self.shelf), id.to_owned());
        blocking(move || lock(&shelf).get(&folder, &id).map_err(|error| failed(&error))).await
    }

    async fn begin(&self, asked: BacktestAsked, user: &UserName, now: Timestamp) -> Result<(), Refusal> {
        let home = self.context.home.clone();
        let look = move || -> anyhow::Result<_> { Ok((policies(&home)?, kept::count(&home.join(FOLDER))?)) };
        let (mut known, count) = blocking(move || look().map_err(|error| failed(&error))).await?;
        if count >= FILES_MAX {
            return Err(refused(format!("the home keeps {count} back-tests already"), "have some moved out of its folder `backtests`"));
        }
        let policy = match &asked.policy {
            None => None,
            Some(name) => Some(known.remove(name).ok_or_else(|| {
                refused(
                    format!("the home keeps no policy `{name}`"),
                    "put it into the home's folder `policies`, as a file that ends in .toml",
                )
            })?),
        };
        {
            let mut held = lock(&self.held);
            if held.is_ending {
                return Err(busy("the server is ending".to_owned(), "ask again when it is there again"));
            }
            if let Some(going) = &held.going {
                return Err(busy(format!("{} has one going on already", going.user), "wait until it is done"));
            }
            let doing = "reading bills and prices".to_owned();
            held.going = Some(BacktestGoing { user: user.to_string(), begun: now, doing, done: 0, of: None });
            (held.stop, held.failed) = (None, None);
        }
        let mut going = Going::new(&self.held);
        let (context, user) = (self.context.clone(), user.to_string());
        // Nobody waits for it: its end is told by the list.
        drop(tokio::task::spawn_blocking(move || {
            let made = make(&context, &asked, policy.as_deref(), (user, now), &going.held);
            if let Err(error) = &made {
                context.note(format_args!("a back-test came to nothing: {error:#}"));
            }
            going.failed = made.err().map(|error| ended(&error));
            drop(going);
        }));
        Ok(())
    }

    async fn stop(&self, user: &UserName, is_admin: bool) -> Result<(), Refusal> {
        let mut held = lock(&self.held);
        let Some(going) = &mut held.going else {
            return Err(refused("no back-test goes on".to_owned(), "it is done already"));
        };
        if !is_admin && going.user != user.as_str() {
            return Err(refused(format!("it is the one of {}", going.user), "they stop it, or an admin"));
        }
        going.doing = format!("{}, its last part, since {user} stops it", going.doing);
        held.stop = Some(user.to_string());
        Ok(())
    }
}

/// That a back-test came to nothing. Why may name files of the owner's, and lines in them.
fn ended(error: &anyhow::Error) -> BacktestNote {
    if let Some(ended) = error.downcast_ref::<Ended>() {
        return BacktestNote { told: format!("The last back-test came to nothing: {ended}."), cause: None };
    }
    let hint = report::hint(error).map_or_else(String::new, |hint| format!(". {hint}"));
    let told = "The last back-test failed; admins see why.".to_owned();
    BacktestNote { told, cause: Some(format!("{error:#}{hint}")) }
}

/// Tries the policies, and keeps what came of it.
fn make(
    context: &Context,
    asked: &BacktestAsked,
    policy: Option<&Path>,
    (user, now): (String, Timestamp),
    held: &Mutex<Held>,
) -> anyhow::Result<()> {
    let (inputs, text) = propose::inputs_and_policy(context, &usual(policy.map(Path::to_path_buf), asked.scenarios))?;
    let schedule = Schedule { start_after: usize::from(asked.start_after_days) * 24, every_weeks: usize::from(asked.every_weeks) };
    let decisions = schedule.decisions(Hour::from_epoch_hours(inputs.first), inputs.hours).len();
    check(decisions, asked.scenarios, inputs.hours)?;
    let answer = tried(&inputs, schedule, &Threads::half(), &|doing, done, of| go_on(held, doing, done, of).map_err(Into::into))?;
    let result = BacktestResult {
        format: FORMAT,
        made: now.to_string(),
        user,
        settings: BacktestSettings {
            policy: asked.policy.clone(),
            // Of the very text that was tried, whatever the file says by now.
            policy_hash: policy.map(|_| blake3::hash(text.as_bytes()).to_hex().to_string()),
            every_weeks: asked.every_weeks,
            start_after_days: asked.start_after_days,
            scenarios: asked.scenarios,
            seed: SEED,
        },
        inputs: propose::hash_of(&inputs)?,
        prices: prices(&inputs),
        currency: answer.currency,
        decisions: answer.decisions,
        on_demand_cost: answer.on_demand_cost.to_string(),
        eligible_cost: answer.eligible_cost.to_string(),
        policies: answer.policies.iter().map(standing).collect(),
        limitations: inputs.limitations,
    };
    kept::keep(&context.home.join(FOLDER), &result)
}

/// Whether the server may take so much upon itself.
fn check(decisions: usize, scenarios: u32, hours: usize) -> Result<(), Ended> {
    let max = BACKTEST_FUTURES_MAX;
    if decisions == 0 {
        return Err(Ended::NoDecision { days: hours / 24 });
    }
    let futures = decisions.saturating_mul(usize::try_from(scenarios).unwrap_or(usize::MAX));
    if futures > max { Err(Ended::TooMany { decisions, scenarios, max }) } else { Ok(()) }
}

/// Notes what is done next, unless somebody has it end.
fn go_on(held: &Mutex<Held>, doing: &str, done: u32, of: u32) -> Result<(), Ended> {
    let mut held = lock(held);
    if let Some(who) = &held.stop {
        return Err(Ended::Stopped(who.clone()));
    }
    if let Some(going) = &mut held.going {
        (going.doing, going.done, going.of) = (doing.to_owned(), done, Some(of));
    }
    Ok(())
}

fn prices(inputs: &Inputs) -> BacktestPrices {
    let facts = &inputs.prices;
    BacktestPrices { version: facts.version.clone(), date: facts.date.clone(), basis: facts.basis.clone() }
}

fn standing(of: &RollingStanding) -> BacktestPolicy {
    let moment = |one: &RollingMoment| BacktestMoment {
        hour: one.decision.to_string(),
        saving: one.saving.to_string(),
        obligation: one.obligation.map(|owed| owed.to_string()),
        upfront: one.upfront.to_string(),
        purchases: one.purchases,
    };
    BacktestPolicy {
        name: of.name.clone(),
        cost: of.cost.to_string(),
        saving: of.saving.to_string(),
        esr: of.esr.map(|esr| esr.to_string()),
        regret: of.regret.to_string(),
        utilization: of.utilization.iter().map(|(kind, used)| (kind.as_str().to_owned(), used.to_string())).collect(),
        purchases: of.purchases,
        peak_obligation: of.peak_obligation().map(|owed| owed.to_string()),
        over_time: of.over_time.iter().map(moment).collect(),
    }
}

/// The policies that a home keeps, by name.
fn policies(home: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for path in files(&home.join(POLICIES))? {
        if let Some(name) = name(&path, "toml") {
            found.insert(format!("{POLICIES}/{name}.toml"), path);
        }
    }
    let own = home.join(POLICY);
    // Whatever stands there and cannot be read is told when it is read.
    if own.symlink_metadata().is_ok() {
        found.insert(POLICY.to_owned(), own);
    }
    Ok(found)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&anyhow::Error::from(error)))?
}

fn refused(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Question, message, hint: hint.to_owned() }
}

/// What passes by itself.
fn busy(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Busy, ..refused(message, hint) }
}

fn failed(error: &anyhow::Error) -> Refusal {
    let hint = "look at the home's folders `backtests` and `policies`".to_owned();
    Refusal { kind: RefusalKind::Failed, message: format!("{error:#}"), hint }
}

#[cfg(test)]
mod tests {
    use super::{BacktestAsked, BacktestGoing, Backtests as _, Going, Tried, check, go_on, lock, policies};
    use crate::context::Context;
    use crate::output::Format;
    use jiff::Timestamp;
    use std::fs;
    use std::path::Path;
    use tenor_serve::{BacktestNote, RefusalKind};
    use tenor_state::UserName;

    fn user(name: &str) -> UserName {
        name.parse().unwrap()
    }

    fn of(home: &Path) -> Tried {
        Tried::new(&Context::new(Some(home.to_owned()), Format::Table).unwrap())
    }

    /// One that ann began.
    fn going() -> Option<BacktestGoing> {
        let (user, doing) = ("ann".to_owned(), "tenor".to_owned());
        Some(BacktestGoing { user, begun: Timestamp::UNIX_EPOCH, doing, done: 2, of: Some(7) })
    }

    #[test]
    fn policies_are_those_of_the_home_alone() {
        let home = tempfile::tempdir().unwrap();
        assert!(policies(home.path()).unwrap().is_empty());
        fs::create_dir(home.path().join("policies")).unwrap();
        for file in ["policy.toml", "policies/bold.toml", "policies/notes.txt"] {
            fs::write(home.path().join(file), "").unwrap();
        }
        assert_eq!(policies(home.path()).unwrap().into_keys().collect::<Vec<_>>(), ["policies/bold.toml", "policy.toml"]);
    }

    #[test]
    fn a_server_draws_so_many_futures_and_no_more() {
        let told = |decisions, scenarios| check(decisions, scenarios, 2_400).map_or_else(|ended| ended.to_string(), |()| "well".to_owned());
        insta::assert_snapshot!([told(500, 4), told(501, 4), told(usize::MAX, 64), told(0, 4)].join("\n"), @"
        well
        501 decisions of 4 futures each are more than 2000: decide less often, or draw fewer
        18446744073709551615 decisions of 64 futures each are more than 2000: decide less often, or draw fewer
        no decision falls into the 100 days of history: let the first come after fewer
        ");
    }

    #[tokio::test]
    async fn one_is_stopped_by_who_began_it_by_an_admin_and_by_the_end_of_the_server() {
        let home = tempfile::tempdir().unwrap();
        let tried = of(home.path());
        assert!(tried.stop(&user("ann"), true).await.is_err(), "none goes on");
        for (who, is_admin, told) in [("ann", false, "ann stopped it"), ("root", true, "root stopped it")] {
            lock(&tried.held).going = going();
            assert_eq!(tried.stop(&user("ben"), false).await.unwrap_err().message, "it is the one of ann");
            assert!(go_on(&tried.held, "aws-30d", 3, 7).is_ok());
            tried.stop(&user(who), is_admin).await.unwrap();
            assert_eq!(go_on(&tried.held, "aws-60d", 4, 7).unwrap_err().to_string(), told);
            drop(Going::new(&tried.held));
            assert!(lock(&tried.held).stop.is_none(), "the next one goes on");
        }
        lock(&tried.held).going = going();
        tried.close();
        assert_eq!(go_on(&tried.held, "aws-60d", 4, 7).unwrap_err().to_string(), "the end of the server stopped it");
        assert_eq!(tried.going().as_deref(), Some("a back-test, begun by ann"));
    }

    #[test]
    fn one_that_ends_by_a_fault_of_ours_is_told_of() {
        let home = tempfile::tempdir().unwrap();
        let tried = of(home.path());
        lock(&tried.held).going = going();
        let going = Going::new(&tried.held);
        let panicked: std::thread::JoinHandle<()> = std::thread::spawn(move || {
            let _going = going;
            panic!("a fault");
        });
        assert!(panicked.join().is_err());
        let held = lock(&tried.held);
        assert!(held.going.is_none());
        assert!(held.failed.as_ref().unwrap().told.contains("stopped in the middle"), "{:?}", held.failed);
    }

    #[tokio::test]
    async fn why_one_failed_is_for_admins() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("policy.toml"), "terms = 7 # <mine>\n").unwrap();
        let tried = of(home.path());
        let asked = BacktestAsked { policy: Some("policy.toml".to_owned()), every_weeks: 4, start_after_days: 60, scenarios: 4 };
        tried.begin(asked.clone(), &user("ann"), Timestamp::UNIX_EPOCH).await.unwrap();
        let notes = loop {
            let all = tried.list().await.unwrap();
            if all.going.is_none() {
                break all.notes;
            }
            tokio::task::yield_now().await;
        };
        let [BacktestNote { told, cause: Some(cause) }] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!(told, "The last back-test failed; admins see why.");
        assert!(cause.contains("is not a policy") && cause.contains("policy.toml"), "{cause}");
        tried.close();
        let refused = tried.begin(asked, &user("ann"), Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (RefusalKind::Busy, "the server is ending"));
    }
}
