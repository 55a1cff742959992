//! Verifying a ledger: a fold over its lines. What it has come to after a line depends on the lines up to it and on nothing else.

use crate::append::Head;
use crate::broken::{Break, Wrong};
use crate::bytes::EntryHash;
use crate::checked::{Checked, Whole};
use crate::checkpoint::{Checkpoint, Standing};
use crate::entry::Told;
use crate::line::{LINE_BYTES_MAX, NotAnEntry, Tail, begins, changed_at, was_an_entry};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::ops::Range;

/// So many unknown kinds are counted by name; further ones are counted together, as `others`.
pub const UNKNOWN_KINDS_MAX: usize = 100;

/// What a whole ledger comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where it ends; its number is how many entries there are.
    pub head: Head,
    /// The moment of the first entry.
    pub begun: Option<Timestamp>,
    /// Entries made while the clock was behind.
    pub clock_behind: u64,
    /// Entries of kinds, or of shapes of known kinds, that this version does not know, by kind. They are chained like all others; nothing is
    /// decided by them.
    pub unknown: BTreeMap<String, u64>,
    /// What it is beside each checkpoint that it was held against.
    pub checkpoints: Vec<(Checkpoint, Standing)>,
}

/// Takes a ledger line by line, or as bytes in any pieces, and keeps none of it.
#[derive(Debug, Clone)]
pub struct Verifier {
    report: Report,
    /// Where the next line begins.
    offset: u64,
    /// The beginning of a line that has not ended.
    part: Vec<u8>,
    gap: Option<Gap>,
    /// Checkpoints by the entry that they are of, each with its place among those that were given.
    awaited: BTreeMap<u64, Vec<(usize, Checkpoint)>>,
    awaited_count: usize,
    /// What each is, once its entry was there.
    there: BTreeMap<u64, EntryHash>,
}

/// The next entry is not in its place; whether it comes later decides what that is called.
#[derive(Debug, Clone)]
struct Gap {
    found: u64,
    bytes: Range<u64>,
}

/// Verifies a whole ledger, of which the end may be known.
///
/// # Errors
/// The first thing that is wrong. Without a known end, entries missing at the end are not.
pub fn verify(ledger: &[u8], known: Option<&Head>) -> Result<Report, Break> {
    let mut verifier = Verifier::new();
    verifier.bytes(ledger)?;
    match known {
        Some(head) => verifier.finish_at(head),
        None => verifier.finish(),
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Verifier {
    /// Nothing is verified yet.
    #[must_use]
    pub const fn new() -> Self {
        let report = Report { head: Head::EMPTY, begun: None, clock_behind: 0, unknown: BTreeMap::new(), checkpoints: Vec::new() };
        Self { report, offset: 0, part: Vec::new(), gap: None, awaited: BTreeMap::new(), awaited_count: 0, there: BTreeMap::new() }
    }

    /// Holds the ledger against these checkpoints too.
    #[must_use]
    pub fn against(mut self, checkpoints: &[Checkpoint]) -> Self {
        for checkpoint in checkpoints {
            self.awaited.entry(checkpoint.sequence).or_default().push((self.awaited_count, *checkpoint));
            self.awaited_count += 1;
        }
        self
    }

    /// Where the ledger ends as far as it was verified.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.report.head
    }

    /// Takes the next bytes of an exported ledger, whatever lines they are of.
    ///
    /// # Errors
    /// The first thing that is wrong; what comes after it is of no use to this verifier.
    pub fn bytes(&mut self, mut bytes: &[u8]) -> Result<(), Break> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.part.is_empty() {
                self.line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.part);
                whole.extend_from_slice(line);
                self.line(&whole)?;
                whole.clear();
                self.part = whole;
            }
            bytes = rest;
        }
        self.part.extend_from_slice(bytes);
        if self.part.len() > LINE_BYTES_MAX { Err(self.broken(self.part.len(), Wrong::NotAnEntry(NotAnEntry::TooLong))) } else { Ok(()) }
    }

    /// Takes the next line, without its end.
    ///
    /// # Errors
    /// The first thing that is wrong; what comes after it is of no use to this verifier.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Break> {
        if self.gap.is_some() && !begins(line, self.report.head.sequence() + 1) {
            // It is not what is missing, whatever else it is.
            self.offset += length(line.len()) + 1;
            return Ok(());
        }
        self.checked(&Checked::of(line))
    }

    /// Takes the next line, which was looked at by itself already.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn checked(&mut self, checked: &Checked<'_>) -> Result<(), Break> {
        let end = self.offset + length(checked.line().len()) + 1;
        let Some(gap) = &self.gap else {
            self.next(checked)?;
            self.offset = end;
            return Ok(());
        };
        // Something is wrong already. A line that is not whole is not what is missing.
        self.offset = end;
        let sequence = self.report.head.sequence() + 1;
        let wrong = Wrong::OutOfOrder { found: gap.found };
        let is_missing = checked.found().as_ref().is_ok_and(|whole| whole.parts.sequence == sequence);
        if is_missing { Err(Break { sequence, bytes: gap.bytes.clone(), wrong }) } else { Ok(()) }
    }

    /// Ends where the ledger does.
    ///
    /// # Errors
    /// When an entry is missing in its middle or its last line has no end.
    pub fn finish(mut self) -> Result<Report, Break> {
        let sequence = self.report.head.sequence() + 1;
        if let Some(gap) = self.gap {
            return Err(Break { sequence, bytes: gap.bytes, wrong: Wrong::Missing { last: gap.found - 1 } });
        }
        if !self.part.is_empty() {
            // A whole entry and one byte more: that byte was the line's end.
            let was_the_end = Tail::intact(&self.part[..self.part.len() - 1]).is_some();
            let wrong = if was_the_end { Wrong::Changed } else { Wrong::CutShort };
            return Err(self.broken(self.part.len(), wrong));
        }
        let (first, last) = (self.report.head.first(), self.report.head.sequence());
        let there = |sequence| self.there.get(&sequence).copied();
        let mut held: Vec<_> = self.awaited.values().flatten().collect();
        held.sort_by_key(|(place, _)| *place);
        self.report.checkpoints =
            held.iter().map(|(_, awaited)| (*awaited, awaited.against(first, there(awaited.sequence), last))).collect();
        Ok(self.report)
    }

    /// Ends where the ledger does, which is known to be there.
    ///
    /// # Errors
    /// As [`finish`](Self::finish), and when entries are missing at the end, are too many, or are others.
    pub fn finish_at(self, known: &Head) -> Result<Report, Break> {
        let offset = self.offset;
        let report = self.finish()?;
        let (head, last) = (&report.head, known.sequence());
        let broken = |sequence, wrong| Err(Break { sequence, bytes: offset..offset, wrong });
        match head.sequence() {
            sequence if sequence < last => broken(sequence + 1, Wrong::Missing { last }),
            sequence if sequence > last => broken(last + 1, Wrong::Beyond { last }),
            _ if head == known => Ok(report),
            _ => broken(if head.first() == known.first() { last } else { 1 }, Wrong::Rewritten),
        }
    }

    /// The next line, while nothing is wrong.
    fn next(&mut self, checked: &Checked<'_>) -> Result<(), Break> {
        let head = self.report.head;
        let (sequence, whole) = (head.sequence() + 1, self.range(checked.line().len() + 1));
        let broken = |bytes, wrong| Err(Break { sequence, bytes, wrong });
        let Whole { tail, parts, event } = match checked.found() {
            Ok(found) => found,
            Err(Wrong::Changed) => return Err(self.changed(checked.line())),
            Err(wrong) => return broken(whole, wrong.clone()),
        };
        if parts.sequence > sequence {
            self.gap = Some(Gap { found: parts.sequence, bytes: whole });
            return Ok(());
        }
        if parts.sequence < sequence {
            return broken(whole, Wrong::Repeated { found: parts.sequence });
        }
        if parts.previous != head.hash() {
            return broken(whole, Wrong::Unchained);
        }
        if parts.moment.0 < head.moment() {
            return broken(whole, Wrong::Earlier { moment: parts.moment.0, before: head.moment() });
        }
        if parts.clock.is_some() && parts.moment.0 != head.moment() {
            return broken(whole, Wrong::NotAnEntry(NotAnEntry::Clock));
        }
        // Nothing below may refuse.
        self.report.begun = self.report.begun.or(Some(parts.moment.0));
        self.report.clock_behind += u64::from(parts.clock.is_some());
        if let Told::Unknown { kind, .. } = event {
            self.count(kind);
        }
        self.report.head.advance(tail.hash, parts.moment);
        if self.awaited.contains_key(&sequence) {
            self.there.insert(sequence, tail.hash);
        }
        Ok(())
    }

    /// What is wrong with a line that has not the hash that it states.
    fn changed(&self, line: &[u8]) -> Break {
        let head = self.report.head;
        let (sequence, whole) = (head.sequence() + 1, self.range(line.len() + 1));
        if !was_an_entry(line) {
            return Break { sequence, bytes: whole, wrong: Wrong::NotAnEntry(NotAnEntry::Form) };
        }
        let proved = changed_at(line, sequence, &head.hash());
        let bytes = proved.map_or(whole, |at| self.offset + length(at.start)..self.offset + length(at.end));
        Break { sequence, bytes, wrong: Wrong::Changed }
    }

    /// Counts an entry of a kind or a shape that this version does not know.
    fn count(&mut self, kind: &str) {
        let unknown = &mut self.report.unknown;
        let named = unknown.contains_key(kind) || unknown.len() < UNKNOWN_KINDS_MAX;
        *unknown.entry(if named { kind } else { "others" }.to_owned()).or_default() += 1;
    }

    fn broken(&self, bytes: usize, wrong: Wrong) -> Break {
        Break { sequence: self.report.head.sequence() + 1, bytes: self.range(bytes), wrong }
    }

    fn range(&self, bytes: usize) -> Range<u64> {
        self.offset..self.offset + length(bytes)
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("lengths fit")
}
