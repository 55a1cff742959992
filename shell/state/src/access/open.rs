//! The access log opened by the server that is to write it, and held against what the ledger says of it.
//!
//! What it never does: seal what differs from that in silence, or throw away a line that may have been durable.

use super::read::{End, hash_of, segment};
use super::write::{Doing as _, Segment};
use super::{AccessError, AccessHead, AccessLog, folder, segments};
use crate::folder::{lock_file, new_file};
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The right to write the access log of a home, before anything of it is read.
#[derive(Debug)]
pub struct AccessLease {
    folder: PathBuf,
    lock: File,
}

/// How a log differed from what the ledger says of it when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessFaultKind {
    /// Behind its last good line stood what is none, as after power was lost. That was put into a file of its own.
    Torn,
    /// It ended before the entry that the ledger has the hash of. It goes on behind that one.
    Short,
    /// That entry was another. The log goes on behind the one that the ledger has the hash of; files that began behind the other were put aside.
    Another,
}

/// What was wrong with a log when it was opened, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFault {
    /// Of what kind.
    pub kind: AccessFaultKind,
    /// The last entry that stood there as it was written; of [`AccessFaultKind::Another`] the one that stood in the other's place.
    pub found: AccessHead,
    /// The last entry that the ledger has the hash of.
    pub sealed: u64,
    /// What was put aside.
    pub files: Vec<PathBuf>,
}

impl AccessFaultKind {
    /// What the ledger calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Torn => "torn",
            Self::Short => "short",
            Self::Another => "another",
        }
    }
}

impl fmt::Display for AccessFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, sealed) = (self.found.sequence, self.sealed);
        match self.kind {
            AccessFaultKind::Torn => write!(f, "what stood behind entry {found} of the access log is no line of it")?,
            AccessFaultKind::Short => {
                write!(f, "the access log ended at entry {found}, and goes on behind {sealed}, which the ledger has")?
            }
            AccessFaultKind::Another => {
                write!(f, "entry {sealed} of the access log was another than the ledger says, and it goes on behind that one")?;
            }
        }
        for file in &self.files {
            write!(f, "; `{}` was put aside", file.display())?;
        }
        Ok(())
    }
}

impl AccessLease {
    /// Takes the right to write the log of a home, whose folder is made if it is not there.
    ///
    /// # Errors
    /// When another server has it, or the file system refuses.
    pub fn take(home: &Path) -> Result<Self, AccessError> {
        let folder = folder(home);
        std::fs::create_dir_all(home).doing("make the folder", home)?;
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error).doing("make the folder", &folder)?,
            _ => {}
        }
        let path = folder.join("lock");
        let lock = lock_file(&path).doing("open", &path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, lock }),
            Err(TryLockError::WouldBlock) => Err(AccessError::Busy { folder }),
            Err(TryLockError::Error(source)) => Err(AccessError::Io { doing: "lock", path, source }),
        }
    }

    /// Opens the log, of which the ledger has the hash of the entry `sealed`. A last line that is not whole was never durable, and is cut off; what
    /// differs otherwise is put aside and told.
    ///
    /// # Errors
    /// When a line up to `sealed` is not what was written, or the file system refuses.
    pub fn open(self, sealed: Option<&AccessHead>) -> Result<(AccessLog, Vec<AccessFault>), AccessError> {
        let sealed = sealed.cloned().unwrap_or_else(AccessHead::empty);
        let all = segments(&self.folder)?;
        let newest = Newest::of(&all)?;
        let (found, is_short) = (newest.head.clone(), newest.head.sequence < sealed.sequence);
        if let Some((path, what)) = newest.wrong.first().filter(|_| is_short) {
            return Err(AccessError::Wrong { sequence: found.sequence + 1, path: path.clone(), what });
        }
        let stands = if is_short || sealed.sequence == 0 { None } else { hash_of(&all, sealed.sequence)? };
        // Nothing below may refuse but the file system.
        let (open, mut faults) = newest.clean(&self.folder, sealed.sequence)?;
        let differs = match stands.filter(|hash| *hash != sealed.hash) {
            _ if is_short => Some((AccessFaultKind::Short, found.clone(), Vec::new())),
            Some(hash) => {
                let other = AccessHead { sequence: sealed.sequence, hash };
                Some((AccessFaultKind::Another, other, put_aside(&self.folder, &all, sealed.sequence)?))
            }
            None => None,
        };
        let number = sealed.sequence;
        let (open, head) = if differs.is_some() { (None, sealed) } else { (open, found) };
        faults.extend(differs.map(|(kind, found, files)| AccessFault { kind, found, sealed: number, files }));
        Ok((AccessLog::new(self.folder, open, head, number, self.lock), faults))
    }
}

/// The newest file that has a good line, and what is behind its last one.
struct Newest {
    /// The file with its good bytes; none where no file has a good line.
    open: Option<(PathBuf, u64)>,
    head: AccessHead,
    /// Whether what is behind the good lines of `open` is no piece of a line.
    is_torn: bool,
    /// Files behind it without a good line, each with whether it has what is no piece of one.
    empty: Vec<(PathBuf, bool)>,
    /// What is no line, in order.
    wrong: Vec<(PathBuf, &'static str)>,
}

impl Newest {
    fn of(segments: &[(u64, PathBuf)]) -> Result<Self, AccessError> {
        let mut newest = Self { open: None, head: AccessHead::empty(), is_torn: false, empty: Vec::new(), wrong: Vec::new() };
        for (begin, path) in segments.iter().rev() {
            let read = segment(path, *begin, None, &mut |_| ())?;
            let is_torn = if let End::Wrong(what) = read.end {
                newest.wrong.insert(0, (path.clone(), what));
                true
            } else {
                false
            };
            if read.head.sequence < *begin {
                // It died before the first line of this file was durable.
                newest.empty.push((path.clone(), is_torn));
                continue;
            }
            (newest.open, newest.head, newest.is_torn) = (Some((path.clone(), read.bytes)), read.head, is_torn);
            break;
        }
        Ok(newest)
    }

    /// Cuts off and removes what was never durable; what may have been is kept in a file of its own.
    fn clean(self, folder: &Path, sealed: u64) -> Result<(Option<Segment>, Vec<AccessFault>), AccessError> {
        let (from, mut files) = (self.head.sequence + 1, Vec::new());
        for (path, is_torn) in self.empty {
            if is_torn {
                let aside = free_name(folder, from, "torn");
                std::fs::rename(&path, &aside).doing("put aside", &path)?;
                files.push(aside);
            } else {
                std::fs::remove_file(&path).doing("remove", &path)?;
            }
        }
        if let Some((path, bytes)) = self.open.as_ref().filter(|_| self.is_torn) {
            files.push(cut(folder, path, *bytes, from)?);
        }
        File::open(folder).and_then(|folder| folder.sync_all()).doing("sync", folder)?;
        let open = self.open.map(|(path, bytes)| Segment::reopen(path, bytes)).transpose()?;
        let torn = AccessFault { kind: AccessFaultKind::Torn, found: self.head, sealed, files };
        Ok((open, if torn.files.is_empty() { Vec::new() } else { vec![torn] }))
    }
}

/// Moves what is behind so many bytes of a file into one of its own. It is there before it is gone here.
fn cut(folder: &Path, path: &Path, bytes: u64, from: u64) -> Result<PathBuf, AccessError> {
    let aside = free_name(folder, from, "torn");
    let mut file = OpenOptions::new().read(true).write(true).open(path).doing("open", path)?;
    let mut rest = new_file(&aside).doing("make", &aside)?;
    file.seek(SeekFrom::Start(bytes)).doing("read", path)?;
    io::copy(&mut file, &mut rest).and_then(|_| rest.sync_all()).doing("write", &aside)?;
    File::open(folder).and_then(|folder| folder.sync_all()).doing("sync", folder)?;
    file.set_len(bytes).and_then(|()| file.sync_all()).doing("cut", path)?;
    Ok(aside)
}

/// Gives files that begin behind an entry names that are no part of the log: what is written there from here on would be among their lines.
fn put_aside(folder: &Path, segments: &[(u64, PathBuf)], sequence: u64) -> Result<Vec<PathBuf>, AccessError> {
    let mut files = Vec::new();
    // One that had no good line is gone already.
    for (begin, path) in segments.iter().filter(|(begin, path)| *begin > sequence && path.exists()) {
        let aside = free_name(folder, *begin, "another");
        std::fs::rename(path, &aside).doing("put aside", path)?;
        files.push(aside);
    }
    File::open(folder).and_then(|folder| folder.sync_all()).doing("sync", folder)?;
    Ok(files)
}

/// A name that no file has.
fn free_name(folder: &Path, from: u64, ending: &str) -> PathBuf {
    let plain = std::iter::once(format!("access-{from:012}.{ending}"));
    let numbered = (2_u32..).map(|number| format!("access-{from:012}.{number}.{ending}"));
    let mut names = plain.chain(numbered).map(|name| folder.join(name));
    names.find(|path| !path.exists()).expect("numbers do not end")
}
