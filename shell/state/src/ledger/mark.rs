//! The mark: how far the ledger has come, kept beside the database, so that an older database put in its place is found out.
//!
//! It is a file of two lines, written in turn and in place, so that one of them is whole whatever happens. Each has a tag that only the home's
//! key makes. The mark is written after the entries are durable: it may lag behind the ledger, and is never ahead of it.

use super::LedgerError;
use super::read::told;
use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::key::Key;
use rusqlite::{Connection, OptionalExtension as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tenor_ledger::{Entry, EntryHash, Head};

/// A line with its end: number, hash, tag.
const LINE_BYTES: usize = 20 + 1 + 64 + 1 + 64 + 1;

/// How far the ledger had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    sequence: u64,
    hash: EntryHash,
}

/// The mark of a home; it is there once a ledger is.
pub(crate) fn read(home: &Path, key: &Key) -> Result<Mark, StateError> {
    Ok(found(home, key)?.ok_or_else(|| LedgerError::NoMark { path: file(home) })?.0)
}

/// Marks the beginning of a ledger that is about to be made, unless there was one in this home before.
pub(crate) fn begin(home: &Path, key: &Key) -> Result<(), StateError> {
    match found(home, key)? {
        Some((mark, _)) if mark.sequence > 0 => Err(LedgerError::Behind { found: told(&Head::EMPTY), marked: mark.told() }.into()),
        _ => keep(home, key, &Head::EMPTY),
    }
}

/// Marks where the ledger ends now, durably.
pub(crate) fn keep(home: &Path, key: &Key, head: &Head) -> Result<(), StateError> {
    let path = file(home);
    let last = found(home, key)?;
    let place = last.map_or(0, |(_, place)| 1 - place);
    let is_new = last.is_none();
    let line = Mark { sequence: head.sequence(), hash: head.hash() }.line(key);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(is_new).mode(0o600).open(&path)?;
        file.seek(SeekFrom::Start((place * LINE_BYTES) as u64))?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    };
    write().doing("write", &path)?;
    if is_new { folder::sync(&folder::folder(home)) } else { Ok(()) }
}

/// Marks the end of a restored ledger, in a home of which nothing else is left.
pub(crate) fn renew(home: &Path, key: &Key, head: &Head) -> Result<(), StateError> {
    folder::remove(&file(home))?;
    keep(home, key, head)
}

impl Mark {
    /// Whether a ledger that ends with `head` has what is marked.
    pub(crate) fn check(&self, db: &Connection, head: &Head) -> Result<(), StateError> {
        if self.sequence == 0 {
            return Ok(());
        }
        let select = "SELECT CAST(line AS BLOB) FROM ledger WHERE sequence = ?1";
        let line: Option<Vec<u8>> = match i64::try_from(self.sequence) {
            Ok(row) => db.query_row(select, [row], |row| row.get(0)).optional().asking("read")?,
            Err(_) => None,
        };
        let there = line.and_then(|line| Entry::read(&line).ok()).map(|entry| entry.hash);
        if there == Some(self.hash) { Ok(()) } else { Err(LedgerError::Behind { found: told(head), marked: self.told() }.into()) }
    }

    /// Whether it says just this.
    pub(crate) fn is(&self, head: &Head) -> bool {
        (self.sequence, self.hash) == (head.sequence(), head.hash())
    }

    fn told(&self) -> String {
        format!("entry {}, {}", self.sequence, self.hash)
    }

    fn line(&self, key: &Key) -> String {
        let said = format!("{:020} {}", self.sequence, self.hash);
        let tag = key.tag(&[b"mark 1"], said.as_bytes());
        format!("{said} {tag}\n")
    }

    /// What a line says, if the home's key made it.
    fn of(line: &[u8], key: &Key) -> Option<Self> {
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let mark = Self { sequence: words.next()?.parse().ok()?, hash: words.next()?.parse().ok()? };
        (mark.line(key).as_bytes() == line).then_some(mark)
    }
}

/// The mark and which of the two lines has it.
fn found(home: &Path, key: &Key) -> Result<Option<(Mark, usize)>, StateError> {
    let path = file(home);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.doing("read", &path)?,
    };
    let lines = bytes.chunks(LINE_BYTES).take(2).enumerate();
    let marks = lines.filter_map(|(place, line)| Mark::of(line, key).map(|mark| (mark, place)));
    let mark = marks.max_by_key(|(mark, _)| mark.sequence);
    mark.map(Some).ok_or_else(|| LedgerError::MarkChanged { path }.into())
}

pub(crate) fn file(home: &Path) -> PathBuf {
    folder::folder(home).join("ledger.mark")
}
