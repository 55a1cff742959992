//! The folder `<home>/state` and what lies in it: which file is which, and that nobody but the owner can read any.

use crate::error::{Doing as _, StateError};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What only the owner may enter.
const FOLDER_MODE: u32 = 0o700;
/// What only the owner may read and write.
const FILE_MODE: u32 = 0o600;

pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join("state")
}

pub(crate) fn database(home: &Path) -> PathBuf {
    folder(home).join("tenor.db")
}

pub(crate) fn lock(home: &Path) -> PathBuf {
    folder(home).join("writer.lock")
}

/// The lock of a job, beside the database.
pub(crate) fn job_lock(home: &Path, job: &str) -> PathBuf {
    folder(home).join(format!("job.{job}.lock"))
}

pub(crate) fn key(home: &Path) -> PathBuf {
    folder(home).join("key")
}

/// Makes the home's folder of state with all above it, and closes it to others if it was open.
///
/// # Errors
/// When that cannot be done.
pub fn make(home: &Path) -> Result<(), StateError> {
    let folder = folder(home);
    fs::create_dir_all(home).doing("make the folder", home)?;
    match DirBuilder::new().mode(FOLDER_MODE).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error).doing("make the folder", &folder)?,
        _ => {}
    }
    close_to_others(&folder, FOLDER_MODE)
}

/// Makes an empty file that only the owner can read; one that is there is closed to others.
///
/// One that is there is not opened: to close it again would take away the locks that SQLite's connections of this process have on it.
pub(crate) fn make_file(path: &Path) -> Result<(), StateError> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error).doing("make", path)?,
        _ => {}
    }
    close_to_others(path, FILE_MODE)
}

/// Makes a file that must not be there yet, for the owner alone.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(path)
}

/// Opens a file to lock it; it is made when it is not there.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)
}

/// Makes a new, moved or removed name in a folder durable.
pub(crate) fn sync(folder: &Path) -> Result<(), StateError> {
    File::open(folder).and_then(|folder| folder.sync_all()).doing("sync", folder)
}

/// Removes a file; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).doing("remove", path),
        _ => Ok(()),
    }
}

fn close_to_others(path: &Path, mode: u32) -> Result<(), StateError> {
    let held = fs::metadata(path).doing("look at", path)?.permissions().mode();
    if held & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).doing("close to others", path)
}
