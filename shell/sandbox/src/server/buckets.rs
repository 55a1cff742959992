//! The buckets on the disk: beside the books a folder `<books>.buckets`, in it one for each delivery, called by its id, whole or not there at all.
//!
//! In such a folder lie the delivery's files, each called by a hash of its key, so that no key is ever a path, and the list of them. A delivery is written
//! when somebody lists its bucket or asks for what is not there, from a copy of the books and not while they are locked: one at a time, and whoever
//! waits for it holds neither a thread nor a copy. One that fails leaves nothing, and is tried again when it is asked for again; where it was not the disk that failed, a minute later
//! at the soonest. What is there from before is taken if it is made of the same as it would be now and all its files are there; else it is written again,
//! as after a snapshot was put back in which its month is another.

use crate::WriteError;
use crate::cloud::{Cloud, Due};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

#[cfg(test)]
mod tests;

/// What a delivery is called by that is being written: no id.
const NEW: &str = "new";
/// The list of a delivery's files: no hash.
const LIST: &str = "list.json";

/// A file of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) size: u64,
    /// Tells its content from any other; like the tag of an upload in parts, it is no MD5.
    pub(super) tag: String,
    /// When it was delivered, in the sandbox's seconds.
    pub(super) at: i64,
    /// Where it is.
    #[serde(skip)]
    pub(super) file: PathBuf,
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
    /// A bug of ours.
    #[error("the sandbox broke over a delivery; its own output says where")]
    Broken,
}

impl DeliveryError {
    /// Whether trying again at once would come to the same, after a whole bill was made for it: it was not the disk that failed.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self, Self::Write(WriteError::Request(_)) | Self::Broken)
    }
}

/// What a delivery holds, as it is kept.
#[derive(Serialize, Deserialize)]
struct List {
    /// What it is made of.
    of: String,
    objects: Objects,
}

/// The buckets of a sandbox.
pub(super) struct Buckets {
    folder: PathBuf,
    known: Mutex<Known>,
    /// Held while deliveries are written; whether what is of no delivery has been removed.
    turn: Arc<tokio::sync::Mutex<bool>>,
    /// How many deliveries were begun to be written.
    #[cfg(test)]
    pub(super) tries: std::sync::atomic::AtomicU32,
}

/// The right to write deliveries, which one has at a time.
pub(super) struct Turn(OwnedMutexGuard<bool>);

/// What is in the buckets, so far as anybody has asked.
#[derive(Default)]
struct Known {
    /// By the delivery's id.
    deliveries: BTreeMap<String, Arc<Objects>>,
    /// What was last told of a bucket, with the ids of which deliveries that is.
    told: BTreeMap<String, (Vec<String>, Arc<Objects>)>,
}

impl Buckets {
    /// The buckets in this folder, which need not be there yet.
    pub(super) fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            known: Mutex::default(),
            turn: Arc::default(),
            #[cfg(test)]
            tries: std::sync::atomic::AtomicU32::default(),
        }
    }

    /// Whether a delivery is known to be there. It never waits for what is being written.
    pub(super) fn has(&self, due: &Due) -> bool {
        self.known().deliveries.contains_key(&due.delivery.id)
    }

    /// Whether a key is known to be in a bucket.
    pub(super) fn has_key(&self, due: &[Due], key: &str) -> bool {
        let known = self.known();
        due.iter().filter_map(|due| known.deliveries.get(&due.delivery.id)).any(|objects| objects.contains_key(key))
    }

    /// The turn to write, once nobody else has it.
    pub(super) async fn turn(&self) -> Turn {
        Turn(Arc::clone(&self.turn).lock_owned().await)
    }

    /// Writes what is not there yet, and says what came of each.
    pub(super) fn deliver(&self, turn: &mut Turn, cloud: &Cloud, due: &[Due]) -> Vec<(String, Result<(), DeliveryError>)> {
        let Turn(is_swept) = turn;
        if !**is_swept {
            // What cannot be removed does no harm: nothing leads to it.
            drop(self.sweep(cloud));
            **is_swept = true;
        }
        let mut told = Vec::new();
        for due in due.iter().filter(|due| !self.has(due)) {
            let id = &due.delivery.id;
            let of = cloud.print_of(due);
            let written = match self.kept(id, &of) {
                Some(objects) => Ok(objects),
                None => {
                    let written = catch_unwind(AssertUnwindSafe(|| self.write(cloud, due, of))).unwrap_or(Err(DeliveryError::Broken));
                    // A full disk gets back what it took of it.
                    written.inspect_err(|_| drop(remove(&self.folder.join(NEW))))
                }
            };
            let written = written.map(|objects| drop(self.known().deliveries.insert(id.clone(), Arc::new(objects))));
            told.push((id.clone(), written));
        }
        told
    }

    /// The objects of a bucket: those of all that is due in it and there.
    pub(super) fn objects(&self, bucket: &str, due: &[Due]) -> Arc<Objects> {
        let mut known = self.known();
        let ids = due.iter().map(|due| &due.delivery.id);
        if let Some((of, objects)) = known.told.get(bucket)
            && of.iter().eq(ids.clone())
        {
            return Arc::clone(objects);
        }
        let there = ids.clone().filter_map(|id| known.deliveries.get(id));
        let all = there.flat_map(|objects| objects.iter()).map(|(key, object)| (key.clone(), object.clone()));
        let all = Arc::new(all.collect::<Objects>());
        if ids.clone().all(|id| known.deliveries.contains_key(id)) {
            let ids = ids.cloned().collect();
            known.told.insert(bucket.to_owned(), (ids, Arc::clone(&all)));
        }
        all
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what is of no delivery of these books.
    fn sweep(&self, cloud: &Cloud) -> io::Result<()> {
        let due: BTreeSet<String> = cloud.all_due().into_iter().map(|due| due.delivery.id).collect();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            match (entry.file_type()?.is_dir(), entry.file_name().to_str()) {
                (true, Some(name)) if due.contains(name) => {}
                (true, _) => fs::remove_dir_all(entry.path())?,
                (false, _) => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }

    /// What was written before, if it is of the same, and whole.
    fn kept(&self, id: &str, of: &str) -> Option<Objects> {
        let folder = self.folder.join(id);
        let list: List = serde_json::from_slice(&fs::read(folder.join(LIST)).ok()?).ok()?;
        let objects = placed(&folder, list.objects);
        let is_there = |object: &Object| fs::metadata(&object.file).is_ok_and(|found| found.is_file() && found.len() == object.size);
        (list.of == of && objects.values().all(is_there)).then_some(objects)
    }

    /// Writes a delivery beside its place, and moves it there once it is on the disk.
    fn write(&self, cloud: &Cloud, due: &Due, of: String) -> Result<Objects, DeliveryError> {
        #[cfg(test)]
        self.tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (new, place) = (self.folder.join(NEW), self.folder.join(&due.delivery.id));
        let at = |source| DeliveryError::File { path: self.folder.clone(), source };
        remove(&new).and_then(|()| fs::create_dir_all(&new)).map_err(at)?;
        let keys = Mutex::new(BTreeSet::new());
        let file = |key: &str| {
            keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
            new.join(name_of(key))
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        cloud.write_delivery(due, &file, threads)?;
        let keys = keys.into_inner().unwrap_or_else(PoisonError::into_inner);
        let object = |key: String| object(&new, &key, due.delivery.ended.0).map(|object| (key, object));
        let list = List { of, objects: keys.into_iter().map(object).collect::<io::Result<_>>().map_err(at)? };
        put_in_place(&self.folder, &new, &place, &list).map_err(at)?;
        Ok(placed(&place, list.objects))
    }
}

/// The file that a key lies in.
fn name_of(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex().to_string()
}

/// Objects that know where they are.
fn placed(folder: &Path, objects: Objects) -> Objects {
    let placed = |(key, object): (String, Object)| {
        let file = folder.join(name_of(&key));
        (key, Object { file, ..object })
    };
    objects.into_iter().map(placed).collect()
}

fn put_in_place(folder: &Path, new: &Path, place: &Path, list: &List) -> io::Result<()> {
    let path = new.join(LIST);
    fs::write(&path, serde_json::to_vec(list)?)?;
    File::open(&path)?.sync_all()?;
    sync(new)?;
    remove(place)?;
    fs::rename(new, place)?;
    sync(folder)?;
    // The folder itself may be new too.
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync)
}

/// Waits until the names in a folder are on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file that has been written, once it is on the disk, with its size and tag. It is read in parts.
fn object(folder: &Path, key: &str, at: i64) -> io::Result<Object> {
    let path = folder.join(name_of(key));
    let mut file = File::open(&path)?;
    let (mut hasher, mut part, mut size) = (blake3::Hasher::new(), vec![0; 64 * 1024], 0);
    loop {
        match file.read(&mut part)? {
            0 => break,
            read => {
                hasher.update(&part[..read]);
                size += read as u64;
            }
        }
    }
    file.sync_all()?;
    Ok(Object { size, tag: format!("{}-1", &hasher.finalize().to_hex()[..32]), at, file: path })
}
