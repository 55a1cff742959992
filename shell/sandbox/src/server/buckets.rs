//! The buckets on the disk: `<books>.buckets/<bucket>/<key>` beside the books, each delivery whole or not there at all.
//!
//! A delivery is written when somebody asks for it, into a folder that no bucket is called by; then its months' folders are moved to their places, and last
//! comes the list of its objects, without which nothing of it is known. What was delivered from books that are not these any more, because a snapshot was
//! put back or the sandbox begun anew, is removed.

use crate::WriteError;
use crate::cloud::{Cloud, Due};
use crate::random::hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// Names that no bucket has, for they begin with a dot.
const LISTS: &str = ".delivered";
const NEW: &str = ".new";
const HISTORY: &str = ".history.json";

/// A file of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) size: u64,
    /// Tells its content from any other; like the tag of an upload in parts, it is no MD5.
    pub(super) tag: String,
    /// When it was delivered, in the sandbox's seconds.
    pub(super) at: i64,
}

/// Objects by their key.
pub(super) type Objects = BTreeMap<String, Object>;

/// Why a delivery cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    /// A file or folder of the buckets.
    #[error("cannot deliver into {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The bill.
    #[error("cannot deliver a bill: {0}")]
    Write(#[from] WriteError),
}

/// Which books the buckets were filled from, and how far these were.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct History {
    of: String,
    serial: u64,
}

/// The buckets of a sandbox.
pub(super) struct Buckets {
    folder: PathBuf,
    /// Whether what lies there may be of other books.
    is_foreign: bool,
    /// What is known to be delivered, by the delivery's id.
    known: BTreeMap<String, Objects>,
}

impl Buckets {
    /// The buckets in this folder, which need not be there yet; `cloud` is as it was last written.
    pub(super) fn at(folder: PathBuf, cloud: &Cloud) -> Self {
        let kept = fs::read(folder.join(HISTORY)).ok().and_then(|text| serde_json::from_slice::<History>(&text).ok());
        // Books that are behind what was delivered from them have forgotten it, or never knew.
        let now = history(cloud);
        let is_foreign = kept.is_none_or(|kept| kept.of != now.of || kept.serial > now.serial);
        Self { folder, is_foreign, known: BTreeMap::new() }
    }

    /// The objects of a bucket; what is due and not written yet is written now.
    pub(super) fn objects(&mut self, cloud: &Cloud, bucket: &str) -> Result<Objects, DeliveryError> {
        self.forget_foreign().map_err(|source| DeliveryError::File { path: self.folder.clone(), source })?;
        let mut all = Objects::new();
        for due in cloud.due(bucket) {
            let id = &due.delivery.id;
            let known = match self.known.get(id).cloned().or_else(|| self.listed(id)) {
                Some(objects) => objects,
                None => self.deliver(cloud, bucket, &due)?,
            };
            all.extend(known.clone());
            self.known.insert(id.clone(), known);
        }
        Ok(all)
    }

    /// The file of an object.
    pub(super) fn file(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.join(bucket).join(key)
    }

    fn forget_foreign(&mut self) -> io::Result<()> {
        if self.is_foreign {
            remove(&self.folder)?;
            self.is_foreign = false;
        }
        Ok(())
    }

    fn list_file(&self, id: &str) -> PathBuf {
        self.folder.join(LISTS).join(format!("{id}.json"))
    }

    /// What a delivery holds that was written before, if it was.
    fn listed(&self, id: &str) -> Option<Objects> {
        serde_json::from_slice(&fs::read(self.list_file(id)).ok()?).ok()
    }

    /// Writes a delivery.
    fn deliver(&self, cloud: &Cloud, bucket: &str, due: &Due<'_>) -> Result<Objects, DeliveryError> {
        let new = self.folder.join(NEW);
        let at = |source| DeliveryError::File { path: new.clone(), source };
        remove(&new).map_err(at)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let folders = cloud.write_delivery(due, &new, threads)?;
        let mut objects = Objects::new();
        gather(&new, "", due.delivery.ended.0, &mut objects).map_err(at)?;
        let list = self.list_file(&due.delivery.id);
        self.put_in_place(cloud, bucket, &folders, &list, &objects).map_err(|source| DeliveryError::File { path: list, source })?;
        Ok(objects)
    }

    fn put_in_place(&self, cloud: &Cloud, bucket: &str, folders: &[String], list: &Path, objects: &Objects) -> io::Result<()> {
        replace(&self.folder.join(HISTORY), &serde_json::to_vec(&history(cloud))?)?;
        for folder in folders {
            let place = self.folder.join(bucket).join(folder);
            // One that was moved before its list was written, or of an earlier past.
            remove(&place)?;
            fs::create_dir_all(place.parent().unwrap_or(&self.folder))?;
            fs::rename(self.folder.join(NEW).join(folder), &place)?;
        }
        replace(list, &serde_json::to_vec(objects)?)
    }
}

fn history(cloud: &Cloud) -> History {
    let setup = &cloud.books.setup;
    let start = setup.start.start().as_second().unsigned_abs();
    let of = hash(&[setup.seed, setup.secret, u64::from(setup.accounts), setup.rows_per_month, start]);
    History { of: format!("{of:016x}"), serial: cloud.books.serial }
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts a file in another's place, whole or not at all.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    File::open(&beside)?.sync_all()?;
    fs::rename(beside, path)
}

/// Every file below a folder, by its path, once it is on the disk.
fn gather(folder: &Path, below: &str, at: i64, objects: &mut Objects) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let key = if below.is_empty() { name.to_string_lossy().into_owned() } else { format!("{below}/{}", name.to_string_lossy()) };
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), &key, at, objects)?;
        } else {
            let mut file = File::open(entry.path())?;
            let (size, tag) = tag(&mut file)?;
            file.sync_all()?;
            objects.insert(key, Object { size, tag, at });
        }
    }
    Ok(())
}

/// A file's size and tag, read in parts.
fn tag(file: &mut File) -> io::Result<(u64, String)> {
    let (mut hasher, mut part, mut size) = (blake3::Hasher::new(), vec![0; 64 * 1024], 0);
    loop {
        match file.read(&mut part)? {
            0 => return Ok((size, format!("{}-1", &hasher.finalize().to_hex()[..32]))),
            read => {
                hasher.update(&part[..read]);
                size += read as u64;
            }
        }
    }
}
