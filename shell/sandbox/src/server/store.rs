//! The sandbox's file: its books as JSON, replaced as a whole.

use crate::cloud::Cloud;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// A later sandbox reads no file of an earlier form, and says so: the number goes up whenever [`crate::cloud::Books`] have another form.
const FORMAT: &str = "tenor-sandbox-2";

/// Where a sandbox's books are kept.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    /// Waits until the names in a folder are on the disk.
    pub(super) sync: fn(&Path) -> io::Result<()>,
}

/// Why books cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is written and in place, and may be the old one again if the machine stops now.
    #[error("{} is written, and the change stands; but its folder cannot be synced, so it may be gone if the machine stops: {source}", path.display())]
    Unsynced {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no sandbox's, or is damaged.
    #[error("{} is no sandbox of this version: {why}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The prices of this version lack something that the books hold.
    #[error("{} holds what this version has no prices of: {}; open it with the version that wrote it, or put it away and begin anew", path.display(), what.join(", "))]
    Gone {
        /// The file.
        path: PathBuf,
        /// By name, with what is held of it.
        what: Vec<String>,
    },
}

#[derive(serde::Serialize)]
struct Kept<'a> {
    format: &'a str,
    books: &'a crate::cloud::Books,
}

#[derive(serde::Deserialize)]
struct Found {
    books: crate::cloud::Books,
}

/// What any version's file says.
#[derive(serde::Deserialize)]
struct Form {
    format: String,
}

impl Store {
    /// Books in this file, which need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), sync: |folder| File::open(folder)?.sync_all() }
    }

    /// The folder of the buckets, beside the file and named after it: nobody else's.
    #[must_use]
    pub(crate) fn buckets(&self) -> PathBuf {
        self.path.with_extension("buckets")
    }

    /// Removes what was delivered from books that are about to be forgotten.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn forget_buckets(&self) -> Result<(), StoreError> {
        let folder = self.buckets();
        match fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::File { path: folder, source }),
            _ => Ok(()),
        }
    }

    /// The sandbox that the file holds; none when there is no file.
    ///
    /// # Errors
    /// When it cannot be read or is no sandbox's.
    pub fn load(&self) -> Result<Option<Cloud>, StoreError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::File { path: self.path.clone(), source }),
        };
        let form = |why: String| StoreError::Form { path: self.path.clone(), why };
        let kept: Form = serde_json::from_slice(&text).map_err(|error| form(error.to_string()))?;
        if kept.format != FORMAT {
            let why = "open it with the version that wrote it, or put it away and begin anew";
            return Err(form(format!("its format is `{}`, not `{FORMAT}`; {why}", kept.format)));
        }
        let found: Found = serde_json::from_slice(&text).map_err(|error| form(error.to_string()))?;
        let cloud = Cloud::of(found.books);
        match cloud.gone() {
            what if what.is_empty() => Ok(Some(cloud)),
            what => Err(StoreError::Gone { path: self.path.clone(), what }),
        }
    }

    /// Writes the books, whole or not at all, and waits until they are on the disk.
    ///
    /// # Errors
    /// When that cannot be done; what was there before is still there, but for [`StoreError::Unsynced`].
    pub fn save(&self, cloud: &Cloud) -> Result<(), StoreError> {
        let text = serde_json::to_vec(&Kept { format: FORMAT, books: &cloud.books });
        let text = text.map_err(|error| StoreError::Form { path: self.path.clone(), why: error.to_string() })?;
        let write = || {
            let beside = self.path.with_extension("new");
            // Sessions of roles are in it.
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)
        };
        write().map_err(|source| StoreError::File { path: self.path.clone(), source })?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        (self.sync)(folder).map_err(|source| StoreError::Unsynced { path: self.path.clone(), source })
    }
}
