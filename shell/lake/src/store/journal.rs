//! Replacing a folder where the file system cannot swap two in one step.
//!
//! `exchange.json` in the lake's root says which folder is to take which place. Once it says so, the replacement has happened: readers
//! that find the place empty read the new folder where it waits, and the next writer moves it. The number in it only grows, so that a
//! reader can tell whether anything was replaced while it listed.

use super::disk::Disk;
use super::{Doing, STAGING, StoreError};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Its name in the lake's root.
pub(crate) const JOURNAL_FILE: &str = "exchange.json";

/// What the journal says. The default stands for no journal: nothing was ever replaced this way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Journal {
    /// Counts replacements.
    sequence: u64,
    /// The replacement under way.
    pub(crate) pending: Option<Pending>,
}

/// A replacement under way. Paths are relative to the lake's root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The place: a period's folder under `charges/`.
    pub(crate) target: PathBuf,
    /// The folder that takes it.
    pub(crate) incoming: PathBuf,
    /// Where the folder goes that is there now.
    retired: PathBuf,
}

impl Journal {
    /// What the lake's journal says now.
    pub(crate) fn read(root: &Path) -> Result<Self, StoreError> {
        let path = root.join(JOURNAL_FILE);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            bytes => bytes.doing("read", &path)?,
        };
        let journal: Self = serde_json::from_slice(&bytes).map_err(|source| StoreError::NotAJournal { path: path.clone(), source })?;
        let inside = |path: &Path| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        match &journal.pending {
            Some(Pending { target, incoming, retired }) if ![target, incoming, retired].into_iter().all(|path| inside(path)) => {
                Err(StoreError::MalformedRecord { path, what: "folder".to_owned() })
            }
            _ => Ok(journal),
        }
    }

    /// Whether anything was ever replaced this way.
    pub(crate) fn is_used(&self) -> bool {
        self.sequence > 0
    }

    /// Puts the second folder in the first one's place and that one in the third: it has happened once this is written down.
    pub(crate) fn replace(disk: &dyn Disk, root: &Path, target_incoming_retired: &[&Path; 3]) -> Result<(), StoreError> {
        Self::roll_forward(disk, root)?;
        let below = |path: &Path| path.strip_prefix(root).expect("it was joined to the root").to_owned();
        let [target, incoming, retired] = target_incoming_retired.map(below);
        let sequence = Self::read(root)?.sequence + 1;
        Self { sequence, pending: Some(Pending { target, incoming, retired }) }.write(disk, root)?;
        Self::roll_forward(disk, root)
    }

    /// Finishes a replacement that a writer before left half done. Only the holder of the lease may.
    pub(crate) fn roll_forward(disk: &dyn Disk, root: &Path) -> Result<(), StoreError> {
        let journal = Self::read(root)?;
        let Some(pending) = &journal.pending else { return Ok(()) };
        let (target, incoming, retired) = (root.join(&pending.target), root.join(&pending.incoming), root.join(&pending.retired));
        if incoming.exists() {
            if target.exists() {
                disk.rename(&target, &retired).doing("move", &target)?;
            }
            disk.rename(&incoming, &target).doing("move", &incoming)?;
        }
        for moved in [&target, &incoming, &retired] {
            let folder = moved.parent().expect("a journal's paths have at least one part below the root");
            if folder.exists() {
                disk.sync_folder(folder).doing("sync", folder)?;
            }
        }
        Self { sequence: journal.sequence + 1, pending: None }.write(disk, root)
    }

    fn write(&self, disk: &dyn Disk, root: &Path) -> Result<(), StoreError> {
        let (draft, path) = (root.join(STAGING).join(JOURNAL_FILE), root.join(JOURNAL_FILE));
        let bytes = serde_json::to_vec(self).expect("paths below the root were checked to be UTF-8 when they were made");
        disk.write_file(&draft, &bytes).doing("write", &draft)?;
        disk.rename(&draft, &path).doing("write", &path)?;
        disk.sync_folder(root).doing("sync", root)
    }
}
