//! Changing the lake: a period is made ready aside, made durable, and put in its place in one step.

use super::disk::remove_tree;
use super::journal::Journal;
use super::lake::own_subfolders;
use super::lease::Lease;
use super::record::{RECORD_FILE, detail_name, is_other_detail, part_name, read_record, version_of};
use super::{CHARGES, Doing, HELD_BESIDE, ImportRecord, Lake, QUARANTINE, ROLLUPS, SPLIT_COSTS, STAGING, StoreError, hive};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where a writer works below `staging/`.
pub(super) const WORKPLACE: &str = "import";

/// A period ready to be committed: its record and its files, which lie in a folder of [`Writer::stage`].
#[derive(Debug)]
pub struct Staged {
    /// What is known of it. The file counts are set when it is committed.
    pub record: ImportRecord,
    /// Files of `charges`, in order.
    pub charges: Vec<PathBuf>,
    /// Its roll-up by day.
    pub rollup: Option<PathBuf>,
    /// Its roll-up by month.
    pub detail: Option<PathBuf>,
    /// Files of `split_costs`, in order.
    pub split_costs: Vec<PathBuf>,
    /// Its rows set aside.
    pub quarantine: Option<PathBuf>,
}

/// The one writer of a lake, for as long as it lives.
#[derive(Debug)]
pub struct Writer<'a> {
    lake: &'a Lake,
    names_used: u32,
    used_journal: bool,
    _lease: Lease,
}

impl<'a> Writer<'a> {
    pub(crate) fn begin(lake: &'a Lake, lease: Lease) -> Result<Self, StoreError> {
        let writer = Self { lake, names_used: 0, used_journal: false, _lease: lease };
        Journal::roll_forward(lake.disk(), lake.root())?;
        writer.clear_away()?;
        let workplace = writer.workplace();
        lake.disk().create_folder(&workplace).doing("make the folder", &workplace)?;
        // What was cleared away must not come back under a name that is used again.
        let staging = lake.root().join(STAGING);
        lake.disk().sync_folder(&staging).doing("sync", &staging)?;
        Ok(writer)
    }

    /// A new empty folder for one conversion. It is removed with all that is left in it by the next writer, or by [`Self::discard`].
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn stage(&mut self) -> Result<PathBuf, StoreError> {
        self.folder("convert")
    }

    /// Removes a folder of [`Self::stage`]. What cannot be removed now is left to the next writer.
    pub fn discard(&self, folder: &Path) {
        let _ = remove_tree(self.lake.disk(), folder);
    }

    /// Makes a staged period the held one. On return it is durable; on error the lake holds what it held before.
    ///
    /// # Errors
    /// When the file system refuses anywhere.
    pub fn commit(&mut self, mut staged: Staged) -> Result<ImportRecord, StoreError> {
        let count = |files: &[PathBuf]| u32::try_from(files.len()).expect("a period has fewer than 4 billion files");
        staged.record.charges_files = count(&staged.charges);
        staged.record.split_files = count(&staged.split_costs);
        let key = staged.record.key(Path::new(RECORD_FILE))?;
        let place = hive::folder(&key);

        let incoming = self.folder("period")?;
        let done = self
            .gather(&staged, &incoming)
            .and_then(|()| self.place_beside(&staged, &place))
            .and_then(|()| self.put_in_place(&incoming, &place));
        // A replacement that is written down will happen, and needs its folder.
        let waits = Journal::read(self.lake.root()).is_ok_and(|journal| journal.pending.is_some());
        if done.is_err() && !waits {
            self.discard(&incoming);
        }
        done.map(|()| staged.record)
    }

    /// Whether this file system made it replace a period by the journal.
    #[must_use]
    pub fn used_journal(&self) -> bool {
        self.used_journal
    }

    /// Replaces the record of a held period whose files stay as they are.
    ///
    /// # Errors
    /// When the file system refuses; the old record stays.
    pub fn refresh(&mut self, record: &ImportRecord) -> Result<(), StoreError> {
        let place = self.lake.root().join(CHARGES).join(hive::folder(&record.key(Path::new(RECORD_FILE))?));
        let draft = self.folder("record")?.join(RECORD_FILE);
        let disk = self.lake.disk();
        disk.write_file(&draft, &record.to_bytes()).doing("write", &draft)?;
        disk.rename(&draft, &place.join(RECORD_FILE)).doing("replace the record in", &place)?;
        disk.sync_folder(&place).doing("sync", &place)
    }

    /// Everything readers of `charges` need, complete and durable in one folder.
    fn gather(&self, staged: &Staged, incoming: &Path) -> Result<(), StoreError> {
        let disk = self.lake.disk();
        for (n, file) in (0..).zip(&staged.charges) {
            let named = incoming.join(part_name(&staged.record.version, n));
            disk.rename(file, &named).doing("move", file)?;
            disk.sync_file(&named).doing("sync", &named)?;
        }
        let record = incoming.join(RECORD_FILE);
        disk.write_file(&record, &staged.record.to_bytes()).doing("write", &record)?;
        disk.sync_folder(incoming).doing("sync", incoming)
    }

    /// What is looked up by version: nobody looks for it before the version is current.
    fn place_beside(&self, staged: &Staged, place: &Path) -> Result<(), StoreError> {
        let version = &staged.record.version;
        for (n, file) in (0..).zip(&staged.split_costs) {
            self.place_one(file, SPLIT_COSTS, place, &part_name(version, n))?;
        }
        if let Some(file) = &staged.rollup {
            self.place_one(file, ROLLUPS, place, &format!("{version}.parquet"))?;
        }
        if let Some(file) = &staged.detail {
            self.place_one(file, ROLLUPS, place, &detail_name(version))?;
        }
        if let Some(file) = &staged.quarantine {
            self.place_one(file, QUARANTINE, place, &format!("{version}.csv"))?;
        }
        Ok(())
    }

    fn place_one(&self, file: &Path, area: &str, place: &Path, name: &str) -> Result<(), StoreError> {
        let folder = self.lake.root().join(area).join(place);
        self.make_folders(&folder)?;
        let disk = self.lake.disk();
        disk.sync_file(file).doing("sync", file)?;
        disk.rename(file, &folder.join(name)).doing("move", file)?;
        disk.sync_folder(&folder).doing("sync", &folder)
    }

    /// The commit: one step, or one line in the journal. What cannot be made durable is taken back.
    fn put_in_place(&mut self, incoming: &Path, place: &Path) -> Result<(), StoreError> {
        let root = self.lake.root();
        let disk = self.lake.disk();
        let target = root.join(CHARGES).join(place);
        let payer = target.parent().expect("a period's folder is in its payer's");
        self.make_folders(payer)?;
        let replaces = target.exists();
        let swapped = if replaces { disk.exchange(incoming, &target) } else { disk.rename(incoming, &target) };
        match swapped {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let (retired, workplace) = (self.unused("retired"), self.workplace());
                // The journal must not outlive the folder it names.
                disk.sync_folder(&workplace).doing("sync", &workplace)?;
                self.used_journal = true;
                return Journal::replace(disk, root, &[&target, incoming, &retired]);
            }
            swapped => swapped.doing("put in place", &target)?,
        }
        let workplace = self.workplace();
        let synced = [payer, &workplace].into_iter().try_for_each(|folder| disk.sync_folder(folder).doing("sync", folder));
        if synced.is_err() {
            // The first error is the one to report; if this fails too, the new version is in place, whole.
            let _ = if replaces { disk.exchange(incoming, &target) } else { disk.rename(&target, incoming) };
        }
        synced
    }

    fn workplace(&self) -> PathBuf {
        self.lake.root().join(STAGING).join(WORKPLACE)
    }

    fn folder(&mut self, purpose: &str) -> Result<PathBuf, StoreError> {
        let folder = self.unused(purpose);
        self.lake.disk().create_folder(&folder).doing("make the folder", &folder)?;
        Ok(folder)
    }

    fn unused(&mut self, purpose: &str) -> PathBuf {
        self.names_used += 1;
        self.workplace().join(format!("{purpose}-{:04}", self.names_used))
    }

    /// Makes a folder two levels below an area at most, and its parent, durably.
    fn make_folders(&self, folder: &Path) -> Result<(), StoreError> {
        if folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().expect("it is below the lake's root");
        self.make_folders(parent)?;
        self.lake.disk().create_folder(folder).doing("make the folder", folder)?;
        self.lake.disk().sync_folder(parent).doing("sync", parent)
    }

    /// Removes what no version that is current needs: old versions, and the remains of writers that died.
    fn clear_away(&self) -> Result<(), StoreError> {
        let disk = self.lake.disk();
        let root = self.lake.root();
        let staging = root.join(STAGING);
        for entry in fs::read_dir(&staging).doing("list", &staging)? {
            let path = entry.doing("list", &staging)?.path();
            remove_tree(disk, &path).doing("remove", &path)?;
        }
        for area in HELD_BESIDE {
            for payer in own_subfolders(&root.join(area))? {
                for folder in own_subfolders(&payer)? {
                    let place = folder.strip_prefix(root.join(area)).expect("it was listed below the area");
                    self.clear_beside(&folder, &root.join(CHARGES).join(place))?;
                    remove_if_empty(disk, &folder)?;
                }
                remove_if_empty(disk, &payer)?;
            }
        }
        for payer in own_subfolders(&root.join(CHARGES))? {
            remove_if_empty(disk, &payer)?;
        }
        Ok(())
    }

    /// Removes the files of versions that `held` does not hold, and those that today's Tenor does not read. A record that cannot be read keeps everything.
    fn clear_beside(&self, folder: &Path, held: &Path) -> Result<(), StoreError> {
        let record = match read_record(held) {
            Ok(bytes) => bytes.map(|bytes| ImportRecord::parse(&bytes, held)).transpose(),
            Err(error) => Err(error),
        };
        let Ok(record) = record else { return Ok(()) };
        for entry in fs::read_dir(folder).doing("list", folder)? {
            let entry = entry.doing("list", folder)?;
            let name = entry.file_name();
            let Some((name, version)) = name.to_str().and_then(|name| Some((name, version_of(name)?))) else { continue };
            if record.as_ref().is_none_or(|record| record.version != version) || is_other_detail(name, version) {
                self.lake.disk().remove_file(&entry.path()).doing("remove", &entry.path())?;
            }
        }
        Ok(())
    }
}

fn remove_if_empty(disk: &dyn super::disk::Disk, folder: &Path) -> Result<(), StoreError> {
    let empty = fs::read_dir(folder).doing("list", folder)?.next().is_none();
    if empty { disk.remove_folder(folder).doing("remove", folder) } else { Ok(()) }
}
