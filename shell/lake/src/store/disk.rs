//! Every change the store makes to the file system, one small operation at a time.
//!
//! The second implementation is the tests': it dies before and after each operation, loses what was not synced, and runs full.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The mutations the store needs. Reading goes straight to the file system.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Makes one folder; its parent exists. A folder that is there already is no error.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;
    /// Writes a new file and makes its contents durable.
    fn write_file(&self, file: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Makes a file's contents durable.
    fn sync_file(&self, file: &Path) -> io::Result<()>;
    /// Makes a folder's entries durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Moves a file or folder; a file that is there already is replaced in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Swaps two folders in one step.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] when the file system cannot.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Removes a file; one that is gone already is no error.
    fn remove_file(&self, file: &Path) -> io::Result<()>;
    /// Removes an empty folder; one that is gone already is no error.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The operating system's file system.
#[derive(Debug)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
            done => done,
        }
    }

    fn write_file(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut new = File::create(file)?;
        new.write_all(bytes)?;
        new.sync_all()
    }

    fn sync_file(&self, file: &Path) -> io::Result<()> {
        File::open(file)?.sync_all()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // A folder cannot be opened as a file everywhere; where it cannot, the system offers nothing better.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        exchange(one, other)
    }

    fn remove_file(&self, file: &Path) -> io::Result<()> {
        gone_is_fine(fs::remove_file(file))
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        gone_is_fine(fs::remove_dir(folder))
    }
}

fn gone_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(|errno| match errno {
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => io::ErrorKind::Unsupported.into(),
        errno => errno.into(),
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes a folder and all that is in it, one operation at a time. Links are removed, never followed, the folder itself included.
pub(crate) fn remove_tree(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return disk.remove_file(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(disk, &entry.path())?;
        } else {
            disk.remove_file(&entry.path())?;
        }
    }
    disk.remove_folder(folder)
}
