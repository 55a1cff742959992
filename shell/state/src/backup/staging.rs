//! A home within the home, for as long as a copy is made or a backup opened: nobody else looks there, and nothing of it stays.

use crate::error::{Doing as _, StateError};
use crate::folder;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Removed when dropped; what a crash leaves of it, the next one of its name removes.
#[derive(Debug)]
pub(super) struct Staging(PathBuf);

impl Staging {
    /// An empty one, in the folder that only the owner may enter.
    pub(super) fn begin(home: &Path, name: &str) -> Result<Self, StateError> {
        let place = folder::folder(home).join(name);
        remove(&place).doing("remove", &place)?;
        let staging = Self(place);
        folder::make(&staging.0)?;
        Ok(staging)
    }

    pub(super) fn home(&self) -> &Path {
        &self.0
    }

    pub(super) fn database(&self) -> PathBuf {
        folder::database(&self.0)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = remove(&self.0);
    }
}

fn remove(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
    }
}
