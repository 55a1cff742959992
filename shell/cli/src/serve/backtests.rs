//! Back-tests of a home, as the server has them made: the very computation of `tenor backtest --demand lake --prices latest`, in a thread of its own,
//! one at a time. What comes of one is a file in the home's folder `backtests`, named by the hash of what it says.

use crate::backtest::{SEED, asked as usual, tried};
use crate::context::Context;
use crate::propose::{self, Threads};
use crate::report;
use anyhow::Context as _;
use async_trait::async_trait;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_propose::backtest::Schedule;
use tenor_propose::proposal::{Inputs, RollingMoment, RollingStanding};
use tenor_serve::{
    AllBacktests, BacktestAsked, BacktestGoing, BacktestMoment, BacktestPolicy, BacktestPrices, BacktestResult, BacktestSettings,
    Backtests, Refusal, RefusalKind,
};
use tenor_state::UserName;

/// The folder of back-tests in a home.
const FOLDER: &str = "backtests";
/// The policy of the home, and the folder of others.
const POLICY: &str = "policy.toml";
const POLICIES: &str = "policies";
/// The format of a file.
const FORMAT: u32 = 1;
/// A file is no longer.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// The back-tests of a home.
pub(super) struct Tried {
    context: Context,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    going: Option<BacktestGoing>,
    /// Why the last one failed, if it did.
    failed: Option<String>,
    /// Those that were read, by their ids: a file never changes.
    read: BTreeMap<String, Arc<BacktestResult>>,
}

/// The one that goes on; when this goes out of use it goes on no more, whatever became of it.
struct Going(Arc<Mutex<Held>>);

impl Drop for Going {
    fn drop(&mut self) {
        lock(&self.0).going = None;
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tried {
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.clone(), held: Arc::default() }
    }
}

#[async_trait]
impl Backtests for Tried {
    async fn list(&self) -> Result<AllBacktests, Refusal> {
        let (context, held) = (self.context.clone(), Arc::clone(&self.held));
        blocking(move || {
            let (results, mut notes) = all(&context.home.join(FOLDER), &held).map_err(|error| failed(&error))?;
            let policies = policies(&context.home).map_err(|error| failed(&error))?.into_keys().collect();
            let held = lock(&held);
            notes.extend(held.failed.as_ref().map(|why| format!("The last back-test failed: {why}")));
            Ok(AllBacktests { results, going: held.going.clone(), notes, policies })
        })
        .await
    }

    async fn get(&self, id: &str) -> Result<Option<Arc<BacktestResult>>, Refusal> {
        let (path, held, id) = (self.context.home.join(FOLDER).join(format!("{id}.json")), Arc::clone(&self.held), id.to_owned());
        blocking(move || match one(&path, &id, &held) {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(&error)),
        })
        .await
    }

    async fn begin(&self, asked: BacktestAsked, user: &UserName, now: Timestamp) -> Result<(), Refusal> {
        let home = self.context.home.clone();
        let mut known = blocking(move || policies(&home).map_err(|error| failed(&error))).await?;
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
            if let Some(going) = &held.going {
                return Err(refused(format!("{} has one going on already", going.user), "wait until it is done"));
            }
            let doing = "reading bills and prices".to_owned();
            held.going = Some(BacktestGoing { user: user.to_string(), begun: now, doing, done: 0, of: None });
            held.failed = None;
        }
        let going = Going(Arc::clone(&self.held));
        let (context, user) = (self.context.clone(), user.to_string());
        // Nobody waits for it: its end is told by the list.
        drop(tokio::task::spawn_blocking(move || {
            let made = make(&context, &asked, policy.as_deref(), (user, now), &going.0);
            if let Err(error) = made {
                let hint = report::hint(&error).map_or_else(String::new, |hint| format!(". {hint}"));
                context.note(format_args!("a back-test failed: {error:#}"));
                lock(&going.0).failed = Some(format!("{error:#}{hint}"));
            }
            drop(going);
        }));
        Ok(())
    }
}

/// Tries the policies, and keeps what came of it.
fn make(
    context: &Context,
    asked: &BacktestAsked,
    policy: Option<&Path>,
    (user, now): (String, Timestamp),
    held: &Mutex<Held>,
) -> anyhow::Result<()> {
    let hash = |path: &Path| -> anyhow::Result<String> {
        let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Ok(blake3::hash(&text).to_hex().to_string())
    };
    let policy_hash = policy.map(hash).transpose()?;
    let inputs = propose::inputs(context, &usual(policy.map(Path::to_path_buf), asked.scenarios))?;
    let schedule = Schedule { start_after: usize::from(asked.start_after_days) * 24, every_weeks: usize::from(asked.every_weeks) };
    let answer = tried(&inputs, schedule, &Threads::new(None), &|doing, done, of| {
        if let Some(going) = &mut lock(held).going {
            (going.doing, going.done, going.of) = (doing.to_owned(), done, Some(of));
        }
    })?;
    let result = BacktestResult {
        format: FORMAT,
        made: now.to_string(),
        user,
        settings: BacktestSettings {
            policy: asked.policy.clone(),
            policy_hash,
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
    keep(&context.home.join(FOLDER), &result)
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

/// Writes a result whole or not at all, under the hash of what it says.
fn keep(folder: &Path, result: &BacktestResult) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(result)? + "\n";
    let path = folder.join(format!("{}.json", blake3::hash(text.as_bytes()).to_hex()));
    let put = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let part = path.with_extension("part");
        let mut file = fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        fs::File::open(folder)?.sync_all()
    };
    put().with_context(|| format!("cannot keep the back-test in `{}`", folder.display()))
}

/// One of them, by its id.
fn one(path: &Path, id: &str, held: &Mutex<Held>) -> anyhow::Result<Arc<BacktestResult>> {
    // That it is there is asked each time: who removes a file has it gone.
    let bytes = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if let Some(found) = lock(held).read.get(id) {
        return Ok(Arc::clone(found));
    }
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "`{}` is too long for a back-test", path.display());
    let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    anyhow::ensure!(
        blake3::hash(&text).to_hex().as_str() == id,
        "`{}` was changed: its name is not the hash of what it says",
        path.display()
    );
    let result: BacktestResult = serde_json::from_slice(&text).with_context(|| format!("`{}` is no back-test", path.display()))?;
    anyhow::ensure!(result.format == FORMAT, "`{}` is of another version of Tenor", path.display());
    let result = Arc::new(result);
    lock(held).read.insert(id.to_owned(), Arc::clone(&result));
    Ok(result)
}

/// All of them, the newest first; and what could not be read, in words.
fn all(folder: &Path, held: &Mutex<Held>) -> anyhow::Result<(Vec<Kept>, Vec<String>)> {
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    for path in files(folder)? {
        let Some(id) = name(&path, "json") else { continue };
        match one(&path, &id, held) {
            Ok(result) => found.push((id, result)),
            Err(error) => notes.push(format!("{error:#}")),
        }
    }
    found.sort_by_cached_key(|(id, result)| Reverse((result.made.clone(), id.clone())));
    Ok((found, notes))
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

/// A result, and what it is called.
type Kept = (String, Arc<BacktestResult>);

/// What lies in a folder; nothing where it is not there.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read `{}`", folder.display());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(anyhow::Error::new(error).context(cannot())),
    };
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>().with_context(cannot)?;
    paths.sort();
    Ok(paths)
}

/// The name of a file that ends so, without its end.
fn name(path: &Path, end: &str) -> Option<String> {
    let is_so = path.extension().is_some_and(|found| found == end);
    path.file_stem().filter(|_| is_so)?.to_str().map(str::to_owned)
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() == io::ErrorKind::NotFound)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&anyhow::Error::from(error)))?
}

fn refused(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Question, message, hint: hint.to_owned() }
}

fn failed(error: &anyhow::Error) -> Refusal {
    let hint = "look at the home's folders `backtests` and `policies`".to_owned();
    Refusal { kind: RefusalKind::Failed, message: format!("{error:#}"), hint }
}

#[cfg(test)]
mod tests {
    use super::{BacktestResult, BacktestSettings, Held, all, keep, policies};
    use std::fs;
    use std::sync::Mutex;
    use tenor_serve::BacktestPrices;

    fn result(user: &str) -> BacktestResult {
        BacktestResult {
            format: 1,
            made: "2026-01-20T12:00:00Z".to_owned(),
            user: user.to_owned(),
            settings: BacktestSettings { policy: None, policy_hash: None, every_weeks: 4, start_after_days: 60, scenarios: 4, seed: 1 },
            inputs: "0c".repeat(32),
            prices: BacktestPrices { version: "0d".repeat(32), date: "2026-01-01".to_owned(), basis: "list".to_owned() },
            currency: "USD".to_owned(),
            decisions: 0,
            on_demand_cost: "1".to_owned(),
            eligible_cost: "1".to_owned(),
            policies: Vec::new(),
            limitations: Vec::new(),
        }
    }

    #[test]
    fn a_result_is_found_again_and_one_that_was_changed_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("backtests");
        keep(&place, &result("ann")).unwrap();
        keep(&place, &result("ann")).unwrap();
        let (found, notes) = all(&place, &Mutex::new(Held::default())).unwrap();
        assert_eq!((found.len(), &*found[0].1, notes.len()), (1, &result("ann"), 0));
        let path = place.join(format!("{}.json", found[0].0));
        fs::write(&path, fs::read_to_string(&path).unwrap().replace("ann", "ben")).unwrap();
        let (found, notes) = all(&place, &Mutex::new(Held::default())).unwrap();
        assert!(found.is_empty() && notes[0].ends_with("was changed: its name is not the hash of what it says"), "{notes:?}");
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
}
