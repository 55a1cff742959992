//! The results of back-tests that a home keeps: files, each named by the hash of what it says. Of each the short form is held, of a few the whole, for as
//! long as the file stays as it is.

use anyhow::Context as _;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tenor_serve::BacktestResult;

/// The format of a file.
pub(super) const FORMAT: u32 = 1;
/// A file is no longer.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// A home keeps so many that are told of.
pub(super) const FILES_MAX: usize = 200;
/// So many are held whole.
const WHOLE_MAX: usize = 4;

/// What is held of them.
#[derive(Default)]
pub(super) struct Shelf {
    short: BTreeMap<String, Short>,
    /// The one that was asked for last comes first.
    whole: VecDeque<(String, Stamp, Arc<BacktestResult>)>,
}

/// What changes when a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

struct Short {
    stamp: Stamp,
    /// Or why it cannot be read.
    read: Result<Arc<BacktestResult>, String>,
}

/// All that are kept.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The newest first, each with its id and in short.
    pub(super) found: Vec<(String, Arc<BacktestResult>)>,
    /// Those that cannot be read, each with why.
    pub(super) unread: Vec<(String, String)>,
    /// Why some cannot be read of which that was not known before.
    pub(super) news: Vec<String>,
    /// So many are there beyond those that are told of.
    pub(super) left_out: usize,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { modified: metadata.modified().ok(), bytes: metadata.len() }
    }
}

impl Shelf {
    /// All of them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn list(&mut self, folder: &Path) -> anyhow::Result<Listed> {
        let mut files = stamped(folder)?;
        files.sort_by_key(|(_, _, stamp)| Reverse(stamp.modified));
        let mut listed = Listed { left_out: files.len().saturating_sub(FILES_MAX), ..Listed::default() };
        let mut before = std::mem::take(&mut self.short);
        for (id, path, stamp) in files.into_iter().take(FILES_MAX) {
            let held = before.remove(&id).filter(|held| held.stamp == stamp);
            let short = held.unwrap_or_else(|| {
                let read = read(&path, &id).map(|result| Arc::new(shortened(result))).map_err(|error| format!("{error:#}"));
                listed.news.extend(read.as_ref().err().cloned());
                Short { stamp, read }
            });
            match &short.read {
                Ok(result) => listed.found.push((id.clone(), Arc::clone(result))),
                Err(why) => listed.unread.push((id.clone(), why.clone())),
            }
            self.short.insert(id, short);
        }
        listed.found.sort_by_cached_key(|(id, result)| Reverse((result.made.clone(), id.clone())));
        Ok(listed)
    }

    /// One of them, whole; none where there is none of that id.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn get(&mut self, folder: &Path, id: &str) -> anyhow::Result<Option<Arc<BacktestResult>>> {
        let path = folder.join(format!("{id}.json"));
        let stamp = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => Stamp::of(&found.with_context(|| format!("cannot read `{}`", path.display()))?),
        };
        let at = self.whole.iter().position(|(held, of, _)| held == id && *of == stamp);
        let found = match at.and_then(|at| self.whole.remove(at)) {
            Some((_, _, found)) => found,
            None => Arc::new(read(&path, id)?),
        };
        self.whole.push_front((id.to_owned(), stamp, Arc::clone(&found)));
        self.whole.truncate(WHOLE_MAX);
        Ok(Some(found))
    }
}

/// What a list tells of it.
fn shortened(mut result: BacktestResult) -> BacktestResult {
    result.limitations = Vec::new();
    for policy in &mut result.policies {
        policy.over_time = Vec::new();
    }
    result
}

/// How many there are.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn count(folder: &Path) -> anyhow::Result<usize> {
    Ok(stamped(folder)?.len())
}

/// Writes a result whole or not at all, under the hash of what it says.
///
/// # Errors
/// When it cannot be written.
pub(super) fn keep(folder: &Path, result: &BacktestResult) -> anyhow::Result<()> {
    let (name, text) = written(result)?;
    let path = folder.join(name);
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

/// What the file of a result is called, and what it says.
fn written(result: &BacktestResult) -> serde_json::Result<(String, String)> {
    let text = serde_json::to_string_pretty(result)? + "\n";
    Ok((format!("{}.json", blake3::hash(text.as_bytes()).to_hex()), text))
}

/// What lies in a folder; nothing where it is not there.
///
/// # Errors
/// When it cannot be read.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
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
pub(super) fn name(path: &Path, end: &str) -> Option<String> {
    let is_so = path.extension().is_some_and(|found| found == end);
    path.file_stem().filter(|_| is_so)?.to_str().map(str::to_owned)
}

/// Each result of a folder: its id, where it is, and as what it was found.
fn stamped(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf, Stamp)>> {
    let mut found = Vec::new();
    for path in files(folder)? {
        let Some(id) = name(&path, "json") else { continue };
        match fs::metadata(&path) {
            // Removed just now, or a link to nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            looked => {
                let stamp = Stamp::of(&looked.with_context(|| format!("cannot read `{}`", path.display()))?);
                found.push((id, path, stamp));
            }
        }
    }
    Ok(found)
}

fn read(path: &Path, id: &str) -> anyhow::Result<BacktestResult> {
    let cannot = || format!("cannot read `{}`", path.display());
    // Opening a pipe would wait for whoever writes to it.
    anyhow::ensure!(fs::metadata(path).with_context(cannot)?.is_file(), "`{}` is no file", path.display());
    let mut text = Vec::new();
    fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text)).with_context(cannot)?;
    anyhow::ensure!(text.len() as u64 <= FILE_BYTES_MAX, "`{}` is too long for a back-test", path.display());
    let is_whole = blake3::hash(&text).to_hex().as_str() == id;
    anyhow::ensure!(is_whole, "`{}` was changed: its name is not the hash of what it says", path.display());
    let result: BacktestResult = serde_json::from_slice(&text).with_context(|| format!("`{}` is no back-test", path.display()))?;
    anyhow::ensure!(result.format == FORMAT, "`{}` is of another version of Tenor", path.display());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{BacktestResult, FILES_MAX, Shelf, WHOLE_MAX, count, keep, written};
    use std::fs;
    use std::sync::Arc;
    use tenor_serve::{BacktestPrices, BacktestSettings};

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
            limitations: vec!["the last month is open".to_owned()],
        }
    }

    #[test]
    fn a_result_is_found_again_and_one_that_was_changed_is_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("backtests");
        let mut shelf = Shelf::default();
        assert_eq!(shelf.list(&place).unwrap().found.len(), 0, "there is no folder yet");
        keep(&place, &result("ann")).unwrap();
        keep(&place, &result("ann")).unwrap();
        let listed = shelf.list(&place).unwrap();
        let (id, short) = &listed.found[0];
        assert_eq!((listed.found.len(), &**short), (1, &BacktestResult { limitations: Vec::new(), ..result("ann") }));
        assert_eq!(shelf.get(&place, id).unwrap().as_deref(), Some(&result("ann")), "one of them is whole");
        let path = place.join(format!("{id}.json"));
        fs::write(&path, fs::read_to_string(&path).unwrap().replace("ann", "bernard")).unwrap();
        for news in [1, 0] {
            let listed = shelf.list(&place).unwrap();
            assert_eq!((listed.found.len(), listed.news.len(), &listed.unread[0].0), (0, news, id));
            assert!(listed.unread[0].1.ends_with("was changed: its name is not the hash of what it says"), "{:?}", listed.unread);
        }
        assert!(shelf.get(&place, id).is_err(), "what was held is not it any more");
        fs::remove_file(&path).unwrap();
        assert!(shelf.get(&place, id).unwrap().is_none() && shelf.list(&place).unwrap().unread.is_empty());
        assert!(shelf.short.is_empty(), "what is gone is not held");
    }

    #[test]
    fn a_few_are_held_whole_and_so_many_are_told_of() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=FILES_MAX {
            let (name, text) = written(&result(&format!("user-{number}"))).unwrap();
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut shelf = Shelf::default();
        let listed = shelf.list(folder.path()).unwrap();
        assert_eq!((listed.found.len(), listed.left_out, count(folder.path()).unwrap()), (FILES_MAX, 1, FILES_MAX + 1));
        for (id, _) in &listed.found[..WHOLE_MAX + 3] {
            shelf.get(folder.path(), id).unwrap();
        }
        assert_eq!(shelf.whole.len(), WHOLE_MAX);
        let last = &listed.found[WHOLE_MAX + 2].0;
        let (one, again) = (shelf.get(folder.path(), last).unwrap().unwrap(), shelf.get(folder.path(), last).unwrap().unwrap());
        assert!(Arc::ptr_eq(&one, &again) && shelf.whole.len() == WHOLE_MAX);
    }
}
