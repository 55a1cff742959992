//! The access log read: every line is held against the one before it.

use super::{AccessEntry, AccessError, AccessHead, LINE_BYTES_MAX, NOTHING_BEFORE, folder, line, segments};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What a log comes to that is what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessReport {
    /// The number of its first entry: more than 1 where older files were taken away.
    pub first: u64,
    /// Its last entry.
    pub head: AccessHead,
    /// Whether a line at the end is not whole: it is being written, or its server died.
    pub is_unfinished: bool,
}

/// Reads all entries in order and verifies each. Whether entries lack at the end, the ledger tells, which has its head.
///
/// # Errors
/// The first thing that is wrong, and when the files cannot be read.
pub fn read_access(home: &Path, see: &mut dyn FnMut(AccessEntry)) -> Result<AccessReport, AccessError> {
    let segments = segments(&folder(home))?;
    let first = segments.first().map_or(1, |(first, _)| *first);
    let mut report = AccessReport { first, head: AccessHead::empty(), is_unfinished: false };
    let last = segments.len().saturating_sub(1);
    for (at, (begin, path)) in segments.iter().enumerate() {
        let wrong = |sequence, what| AccessError::Wrong { sequence, path: path.clone(), what };
        let before = (at > 0).then_some(&report.head);
        match before {
            Some(before) if before.sequence + 1 < *begin => return Err(wrong(before.sequence + 1, "lacks: the next file begins later")),
            Some(before) if before.sequence >= *begin => return Err(wrong(*begin, "stands twice: the file before it has one too")),
            _ => {}
        }
        let read = segment(path, *begin, before, see)?;
        match read.end {
            End::Nothing => {}
            End::Piece if at == last => report.is_unfinished = true,
            End::Piece => return Err(wrong(read.head.sequence + 1, HAS_NO_END)),
            End::Wrong(what) => return Err(wrong(read.head.sequence + 1, what)),
        }
        report.head = read.head;
    }
    Ok(report)
}

/// The hash of an entry, as a file that begins behind it has it; else as the file has it in which it stands. None where neither is there.
pub(super) fn hash_of(segments: &[(u64, PathBuf)], sequence: u64) -> Result<Option<String>, AccessError> {
    let behind = segments.iter().find(|(begin, _)| begin.checked_sub(1) == Some(sequence));
    let of_it = segments.iter().rev().find(|(begin, _)| *begin <= sequence);
    let mut hash = None;
    for (begin, path) in behind.into_iter().chain(of_it) {
        segment(path, *begin, None, &mut |entry| {
            if entry.sequence.checked_sub(1) == Some(sequence) {
                hash.get_or_insert(entry.previous);
            } else if entry.sequence == sequence {
                hash.get_or_insert(entry.hash);
            }
        })?;
    }
    Ok(hash)
}

/// What a file comes to.
pub(super) struct Read {
    /// Its last line that is what was written.
    pub(super) head: AccessHead,
    /// Where that line ends.
    pub(super) bytes: u64,
    pub(super) end: End,
}

/// What stands behind the last line that is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Nothing,
    /// A line that is not whole.
    Piece,
    /// What is no line of the log, and why.
    Wrong(&'static str),
}

const HAS_NO_END: &str = "has no end";

/// Reads a file that begins with entry `begin`, after the entry `before`; without one, whatever its first line says came before.
pub(super) fn segment(path: &Path, begin: u64, before: Option<&AccessHead>, see: &mut dyn FnMut(AccessEntry)) -> Result<Read, AccessError> {
    let cannot = |source: io::Error| AccessError::Io { doing: "read", path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(cannot)?);
    // Without a line before it, only the first of all entries tells what came before: nothing.
    let mut expected = before.map(|before| before.hash.clone()).or_else(|| (begin == 1).then(|| NOTHING_BEFORE.to_owned()));
    let (mut sequence, mut whole, mut bytes) = (begin, 0, Vec::new());
    // One more than the longest line, and its end: what has no end in sight is wrong at once.
    let most = u64::try_from(LINE_BYTES_MAX + 1).expect("a line is short");
    let end = loop {
        bytes.clear();
        let count = file.by_ref().take(most).read_until(b'\n', &mut bytes).map_err(cannot)?;
        if count == 0 {
            break End::Nothing;
        }
        if bytes.last() != Some(&b'\n') {
            break if count > LINE_BYTES_MAX { End::Wrong(HAS_NO_END) } else { End::Piece };
        }
        bytes.pop();
        match checked(&bytes, sequence, expected.as_deref()) {
            Err(what) => break End::Wrong(what),
            Ok(entry) => {
                expected = Some(entry.hash.clone());
                sequence += 1;
                whole += u64::try_from(count).expect("a line is short");
                see(entry);
            }
        }
    };
    let hash = expected.unwrap_or_else(|| NOTHING_BEFORE.to_owned());
    Ok(Read { head: AccessHead { sequence: sequence - 1, hash }, bytes: whole, end })
}

/// The entry of a line, if it is the one that should stand there; else what is wrong with it.
fn checked(bytes: &[u8], sequence: u64, expected: Option<&str>) -> Result<AccessEntry, &'static str> {
    let entry: AccessEntry = serde_json::from_slice(bytes).map_err(|_| "is not a line of it")?;
    if entry.sequence != sequence {
        return Err("is another: lines lack, or stand twice");
    }
    if expected.is_some_and(|expected| expected != entry.previous) {
        return Err("does not follow the line before it");
    }
    // The one form of the line, so that not a byte of it can be another.
    let (entry, whole) = line(entry);
    if whole.as_bytes() == bytes { Ok(entry) } else { Err("was changed") }
}
