//! The folder in the home that price lists are fetched into, and the room there is for them. It goes when it is dropped; what a process that was killed has
//! left goes with the next one. It never takes the room that the ledger needs.

use anyhow::Context as _;
use rustix::fs::statvfs;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// What it is called.
const NAME: &str = "prices-fetched-";
/// Whoever fetches into it holds this; it is hidden, so that it is no price list.
const LOCK: &str = ".lock";
/// After this long, one without a lock was left by a process that was killed.
const AGE_MAX: Duration = Duration::from_secs(86_400);
/// So much stays free for the ledger and whatever else is on the disk.
const SPARE_GIB: u64 = 2;

/// A folder to fetch into.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

impl Folder {
    /// A new one, in a home where there is room.
    pub(super) fn make(home: &Path) -> anyhow::Result<Self> {
        remove_stale(home);
        check_room(home).context("there is no room to fetch price lists into")?;
        let make = || {
            let folder = tempfile::Builder::new().prefix(NAME).tempdir_in(home)?;
            let lock = File::create_new(folder.path().join(LOCK))?;
            lock.lock()?;
            io::Result::Ok(Self { folder, _lock: lock })
        };
        make().context("there is no folder to fetch price lists into")
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Refuses where less than what is to stay free is free.
pub(super) fn check_room(folder: &Path) -> io::Result<()> {
    let disk = statvfs(folder)?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < SPARE_GIB << 30 {
        return Err(io::Error::new(io::ErrorKind::StorageFull, format!("less than {SPARE_GIB} GiB are free in the home")));
    }
    Ok(())
}

/// Removes what killed runs have left. What cannot be removed now is removed some other time.
fn remove_stale(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(NAME) && is_stale(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether nobody fetches into it. One that has no lock may just have been made.
fn is_stale(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => {
            let age = folder.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|modified| modified.elapsed().ok());
            age.is_some_and(|age| age > AGE_MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, remove_stale};
    use std::fs;

    #[test]
    fn a_folder_that_nobody_fetches_into_is_removed_however_young_and_no_other_is() {
        let home = tempfile::tempdir().unwrap();
        let used = Folder::make(home.path()).unwrap();
        let (left, begun) = (home.path().join("prices-fetched-left"), home.path().join("prices-fetched-begun"));
        fs::create_dir(&left).unwrap();
        fs::write(left.join(".lock"), "").unwrap();
        fs::create_dir(&begun).unwrap();
        remove_stale(home.path());
        assert_eq!((used.path().exists(), left.exists(), begun.exists()), (true, false, true));
        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
    }
}
