//! What a lake's folders hold besides what they should.

use super::journal::Journal;
use super::lake::subfolders;
use super::lease;
use super::record::{ImportRecord, read_record};
use super::write::WORKPLACE;
use super::{CHARGES, Doing, LOCK_FILE, Lake, STAGING, StoreError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl Lake {
    /// Parquet files under `charges/` that no record counts, in path order.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn strays(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut strays = Vec::new();
        find_parquet(&self.root().join(CHARGES), &mut strays)?;
        // What an import put in place meanwhile is counted by the record that came with it; what it took away is gone.
        strays.retain(|file| file.exists() && !is_counted(file));
        strays.sort();
        Ok(strays)
    }

    /// Whether periods were replaced by the journal, because the file system cannot swap two folders in one step.
    #[must_use]
    pub fn replaces_by_journal(&self) -> bool {
        Journal::read(self.root()).is_ok_and(|journal| journal.is_used())
    }

    /// Whether an import died before it was done: it left unfinished work, and nobody is at work now.
    #[must_use]
    pub fn was_interrupted(&self) -> bool {
        if !lease::is_free(&self.root().join(LOCK_FILE)) {
            return false;
        }
        let pending = Journal::read(self.root()).is_ok_and(|journal| journal.pending.is_some());
        let left = subfolders(&self.root().join(STAGING).join(WORKPLACE)).unwrap_or_default();
        let is_conversion = |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("convert-"));
        pending || left.iter().any(is_conversion)
    }
}

fn find_parquet(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.doing("list", folder)?,
    };
    for entry in entries {
        let path = entry.doing("list", folder)?.path();
        if path.is_dir() {
            find_parquet(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether the record beside a file counts it. A record that cannot be read is a finding of its own, and its files are not.
fn is_counted(file: &Path) -> bool {
    let folder = file.parent().expect("it was found in a folder");
    match read_record(folder).map(|bytes| bytes.map(|bytes| ImportRecord::parse(&bytes, folder))) {
        Ok(None) => false,
        Ok(Some(Ok(record))) => record.charges_names().any(|name| file.file_name().is_some_and(|own| own == name.as_str())),
        Ok(Some(Err(_))) | Err(_) => true,
    }
}
