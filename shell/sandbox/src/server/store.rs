//! The sandbox's file: its books as JSON, replaced as a whole. Usage that was taken from bills lies beside it, in a file that never changes.

use crate::cloud::Cloud;
use crate::taken::TakenUsage;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// A later sandbox reads no file of an earlier form, and says so: the number goes up whenever [`crate::cloud::Books`] have another form.
const FORMAT: &str = "tenor-sandbox-3";

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
    /// The file of taken usage is not the one that the books go by.
    #[error(
        "{} is not the usage that the sandbox goes by: {why}; put it back from a snapshot, or begin anew with `tenor sandbox reset`",
        path.display()
    )]
    Usage {
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

    /// Where usage with this digest lies: beside the file and named after it.
    pub(crate) fn usage(&self, digest: &str) -> PathBuf {
        self.path.with_file_name(format!("{}{}", self.usage_prefix(), digest.get(..16).unwrap_or(digest)))
    }

    fn usage_prefix(&self) -> String {
        format!("{}.usage-", self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// The folder of the file.
    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Writes the usage that a sandbox goes by, unless it is there.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn save_usage(&self, cloud: &Cloud) -> Result<(), StoreError> {
        let is_there = cloud.taken.as_ref().is_some_and(|taken| self.usage(taken.digest()).exists());
        if is_there { Ok(()) } else { self.put_usage(cloud) }
    }

    /// Writes the usage that a sandbox goes by, whatever is there: what is there may be damaged.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn put_usage(&self, cloud: &Cloud) -> Result<(), StoreError> {
        let Some(taken) = &cloud.taken else { return Ok(()) };
        let path = self.usage(taken.digest());
        let write = || {
            // Before there is a file, which would stay if this failed.
            let packed = taken.packed()?;
            // The whole name and more, so that it is nobody else's file and goes with the others.
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".new");
            let beside = path.with_file_name(name);
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            let written = file.write_all(&packed).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, &path));
            written.inspect_err(|_| drop(fs::remove_file(&beside)))
        };
        write().map_err(|source| StoreError::File { path: path.clone(), source })
    }

    /// Removes usage that other books went by: all of it without a sandbox.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn forget_usage(&self, cloud: Option<&Cloud>) -> Result<(), StoreError> {
        let kept = cloud.and_then(|cloud| cloud.taken.as_ref()).map(|taken| self.usage(taken.digest()));
        let remove = || {
            for entry in fs::read_dir(self.folder())? {
                let path = entry?.path();
                let is_usage = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&self.usage_prefix()));
                if is_usage && kept.as_ref().is_none_or(|kept| kept.file_name() != path.file_name()) {
                    fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        remove().map_err(|source| StoreError::File { path: self.folder().to_owned(), source })
    }

    /// The usage that books name.
    fn load_usage(&self, digest: &str) -> Result<TakenUsage, StoreError> {
        let path = self.usage(digest);
        let wrong = |why: String| StoreError::Usage { path: path.clone(), why };
        let file = match fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(wrong("it is not there".to_owned())),
            Err(source) => return Err(StoreError::File { path, source }),
        };
        let taken = TakenUsage::unpacked(&file).map_err(|error| wrong(error.to_string()))?;
        if taken.digest() == digest { Ok(taken) } else { Err(wrong("the books name another digest".to_owned())) }
    }

    /// The sandbox that the file holds; none when there is no file.
    ///
    /// # Errors
    /// When it cannot be read or is no sandbox's, or the usage beside it is not the one that it goes by.
    pub fn load(&self) -> Result<Option<Cloud>, StoreError> {
        self.read()?.map(|text| self.opened(&text)).transpose()
    }

    fn read(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::File { path: self.path.clone(), source }),
        }
    }

    /// The sandbox of a file with this text.
    fn opened(&self, text: &[u8]) -> Result<Cloud, StoreError> {
        let form = |why: String| StoreError::Form { path: self.path.clone(), why };
        let kept: Form = serde_json::from_slice(text).map_err(|error| form(error.to_string()))?;
        if kept.format != FORMAT {
            let why = "open it with the version that wrote it, or put it away and begin anew";
            return Err(form(format!("its format is `{}`, not `{FORMAT}`; {why}", kept.format)));
        }
        let found: Found = serde_json::from_slice(text).map_err(|error| form(error.to_string()))?;
        let taken = found.books.taken.as_ref().map(|digest| self.load_usage(digest)).transpose()?;
        let cloud = Cloud::of(found.books, taken.map(Arc::new));
        match cloud.gone() {
            what if what.is_empty() => Ok(cloud),
            what => Err(StoreError::Gone { path: self.path.clone(), what }),
        }
    }

    /// Copies the books into a file that is not there yet, and the usage that they go by beside it, and waits until both are on the disk. Whether there
    /// are any books.
    ///
    /// # Errors
    /// When that cannot be done, or the books cannot be opened; then nothing is left of it.
    pub fn snapshot(&self, file: &Path) -> Result<bool, StoreError> {
        let Some(text) = self.read()? else { return Ok(false) };
        let cloud = self.opened(&text)?;
        let copy = Self { path: file.to_owned(), sync: self.sync };
        let usage = cloud.taken.as_ref().map(|taken| copy.usage(taken.digest())).filter(|path| !path.exists());
        let kept = copy.put_usage(&cloud).and_then(|()| copy.put_new(&text));
        if let (Err(_), Some(usage)) = (&kept, usage) {
            drop(fs::remove_file(usage));
        }
        kept.map(|()| true)
    }

    /// Writes a file that is not there yet, whole or not at all.
    fn put_new(&self, text: &[u8]) -> Result<(), StoreError> {
        let write = || {
            // Only its user may read it, and it goes when it does not get its name.
            let mut new = tempfile::Builder::new().prefix(".tenor-").tempfile_in(self.folder())?;
            new.write_all(text)?;
            new.as_file().sync_all()?;
            new.persist_noclobber(&self.path).map_err(|error| error.error)?;
            (self.sync)(self.folder()).inspect_err(|_| drop(fs::remove_file(&self.path)))
        };
        write().map_err(|source| StoreError::File { path: self.path.clone(), source })
    }

    /// Writes the books, whole or not at all, and waits until they are on the disk.
    ///
    /// # Errors
    /// When that cannot be done; what was there before is still there, but for [`StoreError::Unsynced`].
    pub fn save(&self, cloud: &Cloud) -> Result<(), StoreError> {
        self.save_usage(cloud)?;
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
        (self.sync)(self.folder()).map_err(|source| StoreError::Unsynced { path: self.path.clone(), source })
    }
}
