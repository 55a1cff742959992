//! The access log read: every line is held against the one before it.

use super::{AccessEntry, AccessError, AccessHead, LINE_BYTES_MAX, NOTHING_BEFORE, folder, line, segments};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

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
    let mut read = Read { head: AccessHead::empty(), is_unfinished: false };
    let last = segments.len().saturating_sub(1);
    for (at, (begin, path)) in segments.iter().enumerate() {
        let before = (at > 0).then(|| read.head.clone());
        read = segment(path, *begin, before, at == last, see)?;
    }
    Ok(AccessReport { first, head: read.head, is_unfinished: read.is_unfinished })
}

/// What a file comes to.
pub(super) struct Read {
    pub(super) head: AccessHead,
    pub(super) is_unfinished: bool,
}

/// Reads a file that begins with entry `begin`, after the entry `before`; without one, whatever its first line says came before.
pub(super) fn segment(
    path: &Path,
    begin: u64,
    before: Option<AccessHead>,
    is_last: bool,
    see: &mut dyn FnMut(AccessEntry),
) -> Result<Read, AccessError> {
    let wrong = |sequence, what| AccessError::Wrong { sequence, path: path.to_owned(), what };
    let cannot = |source: io::Error| AccessError::Io { doing: "read", path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(cannot)?);
    if before.as_ref().is_some_and(|before| before.sequence + 1 != begin) {
        return Err(wrong(before.map_or(begin, |before| before.sequence + 1), "lacks: the next file begins later"));
    }
    // Without a line before it, only the first of all entries tells what came before: nothing.
    let mut expected = before.map(|before| before.hash).or_else(|| (begin == 1).then(|| NOTHING_BEFORE.to_owned()));
    let (mut sequence, mut bytes) = (begin, Vec::new());
    // One more than the longest line, and its end: what has no end in sight is wrong at once.
    let most = u64::try_from(LINE_BYTES_MAX + 1).expect("a line is short");
    loop {
        bytes.clear();
        let count = file.by_ref().take(most).read_until(b'\n', &mut bytes).map_err(cannot)?;
        if count == 0 || bytes.last() != Some(&b'\n') {
            let is_unfinished = count > 0;
            if is_unfinished && (!is_last || count > LINE_BYTES_MAX) {
                return Err(wrong(sequence, "has no end"));
            }
            let hash = expected.unwrap_or_else(|| NOTHING_BEFORE.to_owned());
            return Ok(Read { head: AccessHead { sequence: sequence - 1, hash }, is_unfinished });
        }
        bytes.pop();
        let entry: AccessEntry = serde_json::from_slice(&bytes).map_err(|_| wrong(sequence, "is not a line of it"))?;
        if entry.sequence != sequence {
            return Err(wrong(sequence, "is another: lines lack, or stand twice"));
        }
        if expected.as_ref().is_some_and(|expected| *expected != entry.previous) {
            return Err(wrong(sequence, "does not follow the line before it"));
        }
        // The one form of the line, so that not a byte of it can be another.
        let (entry, whole) = line(entry);
        if whole.as_bytes() != bytes {
            return Err(wrong(sequence, "was changed"));
        }
        expected = Some(entry.hash.clone());
        sequence += 1;
        see(entry);
    }
}
