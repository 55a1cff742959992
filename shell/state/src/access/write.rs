//! The access log written: by one server, in groups that are durable when they are told of.

use super::{AccessEntry, AccessError, AccessHead, AccessLease, Reading, hex, line, segment_name};
use crate::folder::new_file;
use ring::digest::{SHA256, digest};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tenor_ledger::Moment;

/// A file that is longer gets no more lines; a new one begins.
const SEGMENT_BYTES_MAX: u64 = 16 << 20;

/// The right to write the access log of a home, while it lives.
#[derive(Debug)]
pub struct AccessLog {
    folder: PathBuf,
    open: Option<Segment>,
    head: AccessHead,
    sealed: u64,
    _lock: File,
}

/// The newest file.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    /// So much of it is durable; what lies behind it is what a write that failed left.
    bytes: u64,
}

impl AccessLog {
    /// Opens the log of a home that no ledger says anything of, and makes it if there is none.
    ///
    /// # Errors
    /// As [`AccessLease::take`] and [`AccessLease::open`].
    pub fn open(home: &Path) -> Result<Self, AccessError> {
        AccessLease::take(home)?.open(None).map(|(log, _)| log)
    }

    /// One that goes on behind `head`, in the file `open` as long as that is not full.
    pub(super) const fn new(folder: PathBuf, open: Option<Segment>, head: AccessHead, sealed: u64, lock: File) -> Self {
        Self { folder, open, head, sealed, _lock: lock }
    }

    /// How far it goes.
    #[must_use]
    pub const fn head(&self) -> &AccessHead {
        &self.head
    }

    /// The number of the last entry that the ledger had the hash of when it was opened.
    #[must_use]
    pub const fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Adds readings, in order. When it returns they are durable; when it fails none of them counts, and the same may be tried again.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn append(&mut self, readings: &[Reading]) -> Result<(), AccessError> {
        if readings.is_empty() {
            return Ok(());
        }
        let (mut head, mut text) = (self.head.clone(), String::new());
        for reading in readings {
            let (entry, line) = line(entry_of(reading, &head));
            head = AccessHead { sequence: entry.sequence, hash: entry.hash };
            text += &line;
            text.push('\n');
        }
        self.segment()?.add(text.as_bytes())?;
        self.head = head;
        Ok(())
    }

    /// The file that the next line goes to.
    fn segment(&mut self) -> Result<&mut Segment, AccessError> {
        let open = match self.open.take() {
            Some(open) if open.bytes < SEGMENT_BYTES_MAX => open,
            _ => Segment::begin(&self.folder, self.head.sequence + 1)?,
        };
        Ok(self.open.insert(open))
    }
}

impl Segment {
    fn begin(folder: &Path, first: u64) -> Result<Self, AccessError> {
        let path = folder.join(segment_name(first));
        let file = match new_file(&path) {
            // A group before it was to begin the same file, and failed: nothing in it was durable.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => OpenOptions::new().read(true).write(true).open(&path),
            made => made,
        };
        let file = file.doing("make", &path)?;
        File::open(folder).and_then(|folder| folder.sync_all()).doing("sync", folder)?;
        Ok(Self { path, file, bytes: 0 })
    }

    /// Opens a file of which so many bytes are whole lines; what comes after them is no line.
    pub(super) fn reopen(path: PathBuf, bytes: u64) -> Result<Self, AccessError> {
        let file = OpenOptions::new().read(true).write(true).open(&path).doing("open", &path)?;
        Ok(Self { path, file, bytes })
    }

    /// After a write that failed, some of it may be there: what is written next takes its place.
    fn add(&mut self, text: &[u8]) -> Result<(), AccessError> {
        let (file, bytes) = (&mut self.file, self.bytes);
        let written = file
            .set_len(bytes)
            .and_then(|()| file.seek(SeekFrom::Start(bytes)))
            .and_then(|_| file.write_all(text))
            .and_then(|()| file.sync_data());
        written.doing("write", &self.path)?;
        self.bytes += u64::try_from(text.len()).expect("a group is short");
        Ok(())
    }
}

fn entry_of(reading: &Reading, head: &AccessHead) -> AccessEntry {
    AccessEntry {
        sequence: head.sequence + 1,
        moment: Moment(reading.moment),
        user: reading.user.clone(),
        token: reading.token.clone(),
        route: reading.route.to_owned(),
        query: hex(digest(&SHA256, reading.address.as_bytes()).as_ref()),
        status: reading.status,
        previous: head.hash.clone(),
        hash: String::new(),
    }
}

/// Says what was being done when the file system refused.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, AccessError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, AccessError> {
        self.map_err(|source| AccessError::Io { doing, path: path.to_owned(), source })
    }
}
