//! The lake as readers see it: no lock, no waiting, each period whole.

use super::disk::{Disk, RealDisk};
use super::journal::Journal;
use super::lease::{Lease, Wait};
use super::record::{RECORD_FILE, detail_name, read_record};
use super::{
    AREAS, CHARGES, Doing, GivenUp, ImportRecord, Key, LOCK_FILE, QUARANTINE, ROLLUPS, SPLIT_COSTS, STAGING, StoreError, Writer, hive,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often a listing is begun again when imports replace periods under it.
const LISTINGS_MAX: u32 = 1_000;

/// A folder of imported bills.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
    disk: Arc<dyn Disk>,
}

/// One period as held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPeriod {
    /// Its key.
    pub key: Key,
    /// Its record.
    pub record: ImportRecord,
    /// Files of `charges`, in name order.
    pub charges: Vec<PathBuf>,
    /// Its roll-up file by day, if it is there.
    pub rollup: Option<PathBuf>,
    /// Its roll-up file by month, if it is there: periods imported before there were any, or by other rules, have none.
    pub detail: Option<PathBuf>,
    /// Files of `split_costs`, in name order.
    pub split_costs: Vec<PathBuf>,
    /// Its rows set aside, if there are any.
    pub quarantine: Option<PathBuf>,
}

/// All periods held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// In key order.
    pub periods: Vec<HeldPeriod>,
}

impl Lake {
    /// Opens the lake in a folder and makes what is missing of it.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_on(root.into(), Arc::new(RealDisk))
    }

    pub(crate) fn open_on(root: PathBuf, disk: Arc<dyn Disk>) -> Result<Self, StoreError> {
        let lake = Self { root, disk };
        make_durably(&*lake.disk, &lake.root)?;
        for area in AREAS {
            let folder = lake.root.join(area);
            if !folder.is_dir() {
                lake.disk.create_folder(&folder).doing("make the folder", &folder)?;
                lake.disk.sync_folder(&lake.root).doing("sync", &lake.root)?;
            }
        }
        Ok(lake)
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The right to write, for one writer at a time. Clears away what earlier writers left. The clock is asked once the right is had.
    ///
    /// # Errors
    /// When another writer is at work and `wait` says not to wait, or the file system refuses.
    pub fn writer(&self, wait: Wait<'_>, clock: fn() -> Timestamp) -> Result<Writer<'_>, StoreError> {
        let lease = Lease::take(&self.root.join(LOCK_FILE), wait, clock)?;
        Writer::begin(self, lease)
    }

    /// All periods held now: each whole and of one version, whatever is being imported meanwhile.
    ///
    /// # Errors
    /// When a period's record or a file it counts cannot be read; the error names it.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let periods = self.survey()?.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Snapshot { periods })
    }

    /// Like [`Self::snapshot`], with what is wrong with each period that cannot be read in its place, after the others.
    ///
    /// # Errors
    /// When the lake's folders cannot be listed.
    pub fn survey(&self) -> Result<Vec<Result<HeldPeriod, StoreError>>, StoreError> {
        for _ in 0..LISTINGS_MAX {
            let before = Journal::read(&self.root)?;
            let found = self.list(&before)?;
            if let Some(mut found) = found.filter(|_| Journal::read(&self.root).is_ok_and(|after| after == before)) {
                found.sort_by(|one, other| match (one, other) {
                    (Ok(one), Ok(other)) => one.key.cmp(&other.key),
                    _ => one.is_err().cmp(&other.is_err()),
                });
                return Ok(found);
            }
            std::thread::yield_now();
        }
        Err(StoreError::Restless { root: self.root.clone() })
    }

    /// The period held for a key, if any.
    ///
    /// # Errors
    /// When its record or a file it counts cannot be read.
    pub fn held(&self, key: &Key) -> Result<Option<HeldPeriod>, StoreError> {
        self.load(&self.root.join(CHARGES).join(hive::folder(key)))
    }

    /// Where a listed file of `charges` is now: where it was, or, when its period was replaced since, where its old version is kept until
    /// the next import. What is found has the same bytes, because names carry a hash of the contents.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> Option<PathBuf> {
        if path.exists() {
            return Some(path.to_owned());
        }
        let name = path.file_name()?;
        // By a journal, a period waits in `staging` before it takes its place: then it was listed there.
        let folders = |area: &str| subfolders(&self.root.join(area)).unwrap_or_default();
        let candidates = |area: &str| folders(area).into_iter().flat_map(|group| subfolders(&group).unwrap_or_default());
        let find = |area: &str| candidates(area).map(|folder| folder.join(name)).find(|file| file.exists() && self.is_of(file, path));
        find(STAGING).or_else(|| find(CHARGES)).or_else(|| find(STAGING))
    }

    /// Whether a file is of the period that a listed path is of, as far as the path tells.
    fn is_of(&self, file: &Path, listed: &Path) -> bool {
        let (Some(folder), Some(place)) = (file.parent(), listed.parent()) else { return false };
        let record = read_record(folder).ok().flatten().and_then(|bytes| ImportRecord::parse(&bytes, folder).ok());
        let key = record.and_then(|record| record.key(folder).ok());
        place.starts_with(self.root.join(STAGING)) || key.is_some_and(|key| place.ends_with(hive::folder(&key)))
    }

    /// Every period listed once. `None` when a period was being moved into its place and is in neither.
    fn list(&self, journal: &Journal) -> Result<Option<Vec<Result<HeldPeriod, StoreError>>>, StoreError> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for payer in subfolders(&self.root.join(CHARGES))? {
            for folder in subfolders(&payer)? {
                let Some(period) = self.load(&folder).transpose() else { continue };
                seen.insert(folder);
                found.push(period);
            }
        }
        if let Some(pending) = &journal.pending
            && !seen.contains(&self.root.join(&pending.target))
        {
            let Some(period) = self.load(&self.root.join(&pending.incoming)).transpose() else { return Ok(None) };
            found.push(period);
        }
        Ok(Some(found))
    }

    /// The period in a folder; `None` when the folder is gone.
    fn load(&self, folder: &Path) -> Result<Option<HeldPeriod>, StoreError> {
        let mut last = None;
        loop {
            let bytes = read_record(folder)?;
            // What is missing twice running, under the same record, is missing, and was not just being replaced.
            let settled = last.as_ref() == Some(&bytes);
            let Some(record) = &bytes else {
                match folder.is_dir() {
                    false => return Ok(None),
                    true if settled => return Err(StoreError::NoRecord { folder: folder.to_owned() }),
                    true => last = Some(bytes),
                }
                continue;
            };
            let period = self.assemble(folder, record)?;
            match period.charges.iter().find(|file| !file.exists()) {
                None => return Ok(Some(period)),
                Some(missing) if settled => return Err(StoreError::MissingFile { path: missing.clone() }),
                Some(_) => last = Some(bytes),
            }
        }
    }

    fn assemble(&self, folder: &Path, bytes: &[u8]) -> Result<HeldPeriod, StoreError> {
        let file = folder.join(RECORD_FILE);
        let record = ImportRecord::parse(bytes, &file)?;
        let key = record.key(&file)?;
        let hive = hive::folder(&key);
        if !folder.starts_with(self.root.join(STAGING)) && !folder.ends_with(&hive) {
            let belongs = Path::new(CHARGES).join(hive);
            return Err(StoreError::Misplaced { folder: folder.to_owned(), key: key.to_string(), belongs });
        }
        let beside = |area: &str| self.root.join(area).join(&hive);
        let splits = beside(SPLIT_COSTS);
        Ok(HeldPeriod {
            charges: record.charges_names().map(|name| folder.join(name)).collect(),
            rollup: Some(beside(ROLLUPS).join(format!("{}.parquet", record.version))).filter(|file| file.exists()),
            detail: Some(beside(ROLLUPS).join(detail_name(&record.version)))
                .filter(|file| !record.given_up.contains(&GivenUp::ByMonth) && file.exists()),
            split_costs: record.split_names().map(|name| splits.join(name)).collect(),
            quarantine: Some(beside(QUARANTINE).join(format!("{}.csv", record.version))).filter(|file| file.exists()),
            key,
            record,
        })
    }
}

/// Makes a folder and those above it that are missing, each durable before the next: a lake that a power cut hides is a lake lost.
fn make_durably(disk: &dyn Disk, folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    // A name without a folder before it lies in the folder the process works in.
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.parent().is_some() {
        make_durably(disk, parent)?;
    }
    disk.create_folder(folder).doing("make the folder", folder)?;
    disk.sync_folder(parent).doing("sync", parent)
}

/// The folders in a folder, in name order; none when it is gone. Folders named with a dot or underscore are not Hive's and are passed by.
///
/// A link to a folder is one: whoever keeps a payer on another disk still reads it.
pub(crate) fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    folders(folder, |entry| Ok(entry.path().is_dir()))
}

/// The same without links, for whoever removes what is in them: what lies behind a link is not the lake's.
pub(crate) fn own_subfolders(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    folders(folder, |entry| Ok(entry.file_type()?.is_dir()))
}

fn folders(folder: &Path, is_folder: impl Fn(&DirEntry) -> io::Result<bool>) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.doing("list", folder)?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.doing("list", folder)?;
        let hidden = |name: &OsStr| name.as_encoded_bytes().first().is_some_and(|byte| matches!(byte, b'.' | b'_'));
        if !hidden(&entry.file_name()) && is_folder(&entry).doing("look at", &entry.path())? {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}
