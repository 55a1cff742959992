//! Backups: the whole database in one sealed file, made while others write, and proved to open before it is called one.

mod stream;

use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::key::Key;
use crate::lease::Lease;
use crate::ledger::{self, mark};
use crate::migrate::{self, MIGRATIONS};
use crate::random::{NoRandomness, Randomness};
use crate::state::{View, check_key, connect};
use ring::digest::{Context, Digest, SHA256};
use rusqlite::OpenFlags;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tenor_ledger::Head;

/// Why there is no backup, or none can be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A backup never replaces a file.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another backup of this home is being made.
    #[error("another backup of `{}` is being made", home.display())]
    Running {
        /// The home folder.
        home: PathBuf,
    },
    /// Nothing is ever restored over state.
    #[error("there is state in `{}`", home.display())]
    NotEmpty {
        /// The home folder.
        home: PathBuf,
    },
    /// A file of another kind, or of a later format.
    #[error("it is not a backup that this Tenor knows")]
    Unknown,
    /// The key is another, or the file's beginning is changed.
    #[error("the key is not the one that the backup was made with")]
    WrongKey,
    /// It was changed, cut or made longer.
    #[error("it is damaged in block {block}")]
    Damaged {
        /// Counted from 1, a mebibyte each.
        block: u64,
    },
    /// What was written does not open to what was to be written.
    #[error("it does not hold what was written to it")]
    Differs,
    /// Reading or writing failed.
    #[error("it cannot be read or written")]
    Io(#[from] io::Error),
    /// Nothing can be sealed.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl BackupError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "name a file that is not there yet",
            Self::Running { .. } => "wait for it to end",
            Self::NotEmpty { .. } => "restore into an empty home: --home FOLDER",
            Self::Unknown => "check the file's name, and update Tenor if a newer one made it",
            Self::WrongKey => "set TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND to the key of the home that the backup is of",
            Self::Damaged { .. } | Self::Differs => "keep no backup on this disk, and use another copy",
            Self::Io(_) => "check the disk, its space and whether this user may read and write there",
            Self::NoRandomness(_) => "check /dev/urandom and whether this program may ask the system for random bytes",
        }
    }
}

impl View {
    /// Writes a backup of this moment to a file that is not there yet, sealed with the home's key, which is **not** in it.
    ///
    /// Neither the writer nor readers wait for it. The file appears under its name only once it was read back and found to be the same.
    ///
    /// # Errors
    /// When the file exists, the disk refuses, or the copy is not whole. No file is left then.
    pub fn backup(&self, to: &Path, random: &dyn Randomness) -> Result<(), StateError> {
        let failed = |source| StateError::Backup { doing: "back up to", path: to.to_owned(), source };
        if to.symlink_metadata().is_ok() {
            return Err(failed(BackupError::Exists { path: to.to_owned() }));
        }
        let folder = folder::folder(&self.home);
        let lock_path = folder.join("backup.lock");
        let lock = folder::lock_file(&lock_path).doing("lock", &lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(failed(BackupError::Running { home: self.home.clone() })),
            Err(TryLockError::Error(error)) => return Err(error).doing("lock", &lock_path),
        }
        let (copy, part) = (folder.join("backup.tmp"), beside(to));
        let done = self.copy(&copy).and_then(|()| seal_file(&self.key, &copy, &part, random).map_err(failed));
        let done = done.and_then(|()| fs::rename(&part, to).doing("put in place", to));
        // Whatever happened, nothing else stays; what cannot be removed now, the next backup removes.
        let _ = folder::remove(&copy);
        if done.is_err() {
            let _ = folder::remove(&part);
        }
        done?;
        folder::sync(to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    /// A whole, checked database of this moment.
    fn copy(&self, path: &Path) -> Result<(), StateError> {
        folder::remove(path)?;
        folder::new_file(path).doing("make", path)?;
        self.db.execute("VACUUM INTO ?1", [path.to_str().ok_or_else(|| not_text(path))?]).asking("copy")?;
        check(path, &self.key)
    }
}

/// Restores a backup into a home that has no state. It is whole and checked before it is there.
///
/// # Errors
/// When the home has state, when the key is not the one that the backup was made with, when the backup is damaged, when its ledger does not end as was
/// sealed, and when a newer Tenor made it. The home is left without state then.
pub fn restore(lease: &Lease, backup: &Path, key: &Key) -> Result<(), StateError> {
    let failed = |source| StateError::Backup { doing: "restore", path: backup.to_owned(), source };
    let database = folder::database(lease.home());
    let with = |ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    if ["", "-wal", "-shm", "-journal"].iter().any(|ending| with(ending).exists()) {
        return Err(failed(BackupError::NotEmpty { home: lease.home().to_owned() }));
    }
    let folder = folder::folder(lease.home());
    let copy = folder.join("restore.tmp");
    folder::remove(&copy)?;
    let opened = open_file(key, backup, &copy).map_err(failed);
    let done = opened.and_then(|()| check(&copy, key)).and_then(|()| mark_restored(lease.home(), &copy, key));
    let done = done.and_then(|()| fs::rename(&copy, &database).doing("put in place", &database));
    if done.is_err() {
        // What cannot be removed now, the next attempt removes.
        let _ = folder::remove(&copy);
    }
    done?;
    folder::sync(&folder)
}

/// A restored ledger has come as far as it had in the backup; what this home had before is no more.
fn mark_restored(home: &Path, copy: &Path, key: &Key) -> Result<(), StateError> {
    let db = connect(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let held = migrate::held(&db, copy, MIGRATIONS)?;
    let head = if migrate::makes_ledger(MIGRATIONS, held) { Head::EMPTY } else { ledger::head(&db, key)? };
    mark::renew(home, key, &head)
}

/// Whether a copy is a whole database of ours, not newer than we are, that the key opens.
fn check(path: &Path, key: &Key) -> Result<(), StateError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if migrate::held(&db, path, MIGRATIONS)? == 0 {
        return Err(StateError::Damaged { path: path.to_owned(), said: "it is empty".to_owned() });
    }
    migrate::check(&db, path, "integrity_check")?;
    check_key(&db, key)
}

/// Seals a file into another, and reads that one back.
pub(crate) fn seal_file(key: &Key, from: &Path, part: &Path, random: &dyn Randomness) -> Result<(), BackupError> {
    // Only a backup that died leaves one under this name.
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut out = BufWriter::new(folder::new_file(part)?);
    let mut plain = Hashing { inner: File::open(from)?, hash: Context::new(&SHA256) };
    stream::seal(key, &mut plain, &mut out, random)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let mut read_back = Hashing { inner: io::sink(), hash: Context::new(&SHA256) };
    stream::open(key, &mut BufReader::new(File::open(part)?), &mut read_back)?;
    if read_back.finish().as_ref() == plain.finish().as_ref() { Ok(()) } else { Err(BackupError::Differs) }
}

fn open_file(key: &Key, backup: &Path, to: &Path) -> Result<(), BackupError> {
    let mut input = BufReader::new(File::open(backup)?);
    let mut out = BufWriter::new(folder::new_file(to)?);
    stream::open(key, &mut input, &mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// The name a backup has until it is one.
fn beside(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn not_text(path: &Path) -> StateError {
    let source = io::Error::new(io::ErrorKind::InvalidFilename, "the path is no UTF-8 text");
    StateError::Io { doing: "name", path: path.to_owned(), source }
}

/// What passes through, hashed.
struct Hashing<T> {
    inner: T,
    hash: Context,
}

impl<T> Hashing<T> {
    fn finish(self) -> Digest {
        self.hash.finish()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(bytes)?;
        self.hash.update(&bytes[..length]);
        Ok(length)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.hash.update(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
