//! Backups: all that a home cannot make again in one sealed file, made while others write, and proved to open before it is called one.

mod contents;
mod last;
mod restore;
mod staging;
mod stream;

pub use last::{LastBackup, last_backup, note_backed_up};
pub use restore::{Restored, Restoring, restore};

use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::halt::{self, halted};
use crate::key::Key;
use crate::ledger::{LedgerError, mark};
use crate::migrate::{self, MIGRATIONS};
use crate::random::{NoRandomness, Randomness};
use crate::state::{View, check_key, connect};
use contents::About;
use jiff::Timestamp;
use ring::digest::{Context, Digest, SHA256};
use rusqlite::OpenFlags;
use staging::Staging;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tenor_ledger::{ContentHash, Head, Text};

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
    /// A file of the home that would be restored over another.
    #[error("`{}` is there already, and is another", path.display())]
    Another {
        /// The file in the home.
        path: PathBuf,
    },
    /// A file of the home whose name no Tenor gives.
    #[error("`{name}` is no name of what a home keeps")]
    Name {
        /// As it stands in the backup.
        name: String,
    },
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
            Self::Another { .. } => "move the file away, or restore into an empty home: --home FOLDER",
            Self::Name { .. } => "update Tenor if a newer one made the backup",
            Self::Io(_) => "check the disk, its space and whether this user may read and write there",
            Self::NoRandomness(_) => "check /dev/urandom and whether this program may ask the system for random bytes",
        }
    }
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the file, as anyone can compute it.
    pub backup: ContentHash,
    /// How long it is.
    pub bytes: u64,
    /// As of when.
    pub made: Timestamp,
    /// Where the ledger ended.
    pub head: Head,
    /// Files of the home that are in it, by their names below the home.
    pub files: Vec<String>,
}

impl View {
    /// Writes a backup of this moment to a file that is not there yet, sealed with the home's key, which is **not** in it.
    ///
    /// In it is the database, why the kill switch is set if it is, and the files that `files` lists by their names below the home. Neither the writer
    /// nor readers wait for it. The file appears under its name only once it was read back and found to be the same, and takes no other's place.
    ///
    /// `files` is asked once the database is copied: what the database refers to was written before it, and so is listed.
    ///
    /// # Errors
    /// When the file exists, even if only since the backup began; when the disk refuses; when `files` does; and when what is to be backed up is not
    /// whole: every page, every entry of the ledger with the documents that it names, and every checkpoint is looked at. No file is left then.
    pub fn backup(
        &self,
        to: &Path,
        files: impl FnOnce() -> Result<Vec<String>, StateError>,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<BackedUp, StateError> {
        let failed = |source| StateError::Backup { doing: "back up to", path: to.to_owned(), source };
        if to.symlink_metadata().is_ok() {
            return Err(failed(BackupError::Exists { path: to.to_owned() }));
        }
        let lock_path = folder::folder(&self.home).join("backup.lock");
        let lock = folder::lock_file(&lock_path).doing("lock", &lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(failed(BackupError::Running { home: self.home.clone() })),
            Err(TryLockError::Error(error)) => return Err(error).doing("lock", &lock_path),
        }
        // Whatever happens, nothing stays of it; what cannot be removed now, the next backup removes.
        let staging = Staging::begin(&self.home, "backup.tmp")?;
        self.copy(&staging)?;
        let files = files()?;
        contents::put(&staging.database(), &self.home, &About { made: now, stopped: self.stopped_now() }, &files)?;
        let head = self.look_through(&staging)?;
        let part = beside(to, random).map_err(failed)?;
        let done = seal_file(&self.key, &staging.database(), &part, random);
        let done = done.and_then(|sealed| put_in_place(&part, to).map(|()| sealed)).map_err(failed);
        if done.is_err() {
            let _ = folder::remove(&part);
        }
        let (backup, bytes) = done?;
        folder::sync(to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        Ok(BackedUp { path: to.to_owned(), backup, bytes, made: now, head, files })
    }

    /// The database of this moment, in a home of its own.
    fn copy(&self, staging: &Staging) -> Result<(), StateError> {
        let path = staging.database();
        // Whether this database is an older one, only the home's own mark tells.
        self.ledger_head()?;
        folder::new_file(&path).doing("make", &path)?;
        self.db.execute("VACUUM INTO ?1", [path.to_str().ok_or_else(|| not_text(&path))?]).asking("copy").map(drop)
    }

    /// Whether a copy is whole: its pages, and all that is recorded in them. Says where its ledger ends.
    fn look_through(&self, staging: &Staging) -> Result<Head, StateError> {
        let path = staging.database();
        check(&path, &self.key)?;
        let copy = View { home: staging.home().to_owned(), db: connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?, key: self.key.clone() };
        let head = crate::ledger::head(&copy.db, &copy.key)?;
        mark::renew(staging.home(), &self.key, &head)?;
        copy.check_recorded()?;
        Ok(head)
    }

    /// Whether all that is recorded is what was written: the ledger to the last byte with the checkpoints that it tells of, every document that is
    /// kept or named, and what is sealed. What it says is kept whatever it says.
    fn check_recorded(&self) -> Result<(), StateError> {
        self.connections()?;
        if let Some((sequence, doubt)) = self.verify_ledger(&[])?.doubts.into_iter().next() {
            return Err(LedgerError::Doubtful { sequence, doubt: Box::new(doubt) }.into());
        }
        self.check_documents()?;
        self.check_named()
    }

    /// Why the kill switch is set now; one that cannot be looked at counts as set.
    fn stopped_now(&self) -> Option<Text> {
        let why = halted(&self.home).unwrap_or_else(|_| Some(halt::NOT_LOOKED_AT.to_owned()));
        why.map(|why| Text::fitted(&why))
    }
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

/// Seals a file into another that is not there yet, and reads that one back. Says its hash and how long it is.
pub(crate) fn seal_file(key: &Key, from: &Path, part: &Path, random: &dyn Randomness) -> Result<(ContentHash, u64), BackupError> {
    let mut out = BufWriter::new(folder::new_file(part)?);
    let mut plain = Hashing { inner: File::open(from)?, hash: Context::new(&SHA256) };
    stream::seal(key, &mut plain, &mut out, random)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let mut sealed = Hashing { inner: File::open(part)?, hash: Context::new(&SHA256) };
    let bytes = sealed.inner.metadata()?.len();
    let mut read_back = Hashing { inner: io::sink(), hash: Context::new(&SHA256) };
    stream::open(key, &mut BufReader::new(&mut sealed), &mut read_back)?;
    if read_back.finish().as_ref() == plain.finish().as_ref() { Ok((name(&sealed.finish()), bytes)) } else { Err(BackupError::Differs) }
}

/// Opens a backup into a file. Says the backup's hash.
fn open_file(key: &Key, backup: &Path, to: &Path) -> Result<ContentHash, BackupError> {
    let mut sealed = Hashing { inner: File::open(backup)?, hash: Context::new(&SHA256) };
    let mut out = BufWriter::new(folder::new_file(to)?);
    stream::open(key, &mut BufReader::new(&mut sealed), &mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(name(&sealed.finish()))
}

fn name(digest: &Digest) -> ContentHash {
    ContentHash::from_bytes(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// The name a backup has until it is one; nobody else's has it.
fn beside(to: &Path, random: &dyn Randomness) -> Result<PathBuf, BackupError> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes)?;
    let mut name = to.as_os_str().to_owned();
    name.push(format!(".{}-{:016x}.part", std::process::id(), u64::from_be_bytes(bytes)));
    Ok(name.into())
}

/// Gives a finished backup its name, unless somebody took it meanwhile: whatever has it keeps it.
fn put_in_place(part: &Path, to: &Path) -> Result<(), BackupError> {
    match rename_to_free(part, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists { path: to.to_owned() }),
        done => Ok(done?),
    }
}

fn rename_to_free(part: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        let done = renameat_with(CWD, part, CWD, to, RenameFlags::NOREPLACE);
        // A file system that cannot do that may have links.
        if !matches!(done, Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)) {
            return Ok(done?);
        }
    }
    fs::hard_link(part, to)?;
    // The backup has its name now; another one that stays is nobody's.
    let _ = fs::remove_file(part);
    Ok(())
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
