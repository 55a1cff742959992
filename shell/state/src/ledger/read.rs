//! The ledger read: its head, its entries, all of it as bytes, and whether it is whole.

use super::LedgerError;
use super::lines::Lines;
use super::mark;
use crate::error::{Asking as _, StateError};
use crate::key::Key;
use crate::seal::{Place, Sealed};
use crate::state::View;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, OptionalExtension as _, Row, Rows};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use tenor_ledger::{
    Actor, Checked, Checkpoint, CheckpointError, Entry, EntryHash, Event, Head, LINE_BYTES_MAX, PublicKey, Report, SignedCheckpoint,
    Standing, Verifier, Wrong,
};

/// Where the head stands.
pub(super) const HEAD_PLACE: Place<'static> = Place { column: "ledger_head.sealed", row: "1" };

/// A ledger of which every byte was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it comes to, and each checkpoint that it holds.
    pub report: Report,
    /// Checkpoints kept here that say nothing, each with its entry. The ledger is whole without them.
    pub doubts: Vec<(u64, Doubt)>,
    /// All keys that it enrolled, those that it revoked since included.
    pub enrolled: BTreeSet<PublicKey>,
}

/// Why a checkpoint that is kept here says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Its document cannot be relied on.
    #[error("its document cannot be used: {0}")]
    Document(CheckpointError),
    /// The ledger does not tell of it.
    #[error("no entry says that {0} signed it")]
    Untold(PublicKey),
    /// The ledger tells of it, and it is not kept.
    #[error("{0} signed it, and its document is gone")]
    Gone(PublicKey),
}

impl View {
    /// Where the ledger ends. First and last entry are checked, and the head against what was sealed and what is marked beside the database.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one of them is not what was written.
    pub fn ledger_head(&self) -> Result<Head, StateError> {
        // The mark first: what is committed meanwhile makes the ledger longer, never the mark.
        let mark = mark::read(&self.home, &self.key)?;
        let moment = self.db.unchecked_transaction().asking("read")?;
        let head = head(&moment, &self.key)?;
        mark.check(&moment, &head)?;
        Ok(head)
    }

    /// At most so many entries, from a number on, **to be shown**: each follows the one before it, but nothing says that the ledger up to them
    /// or behind them is whole. Who decides by entries takes [`fold_verified`](Self::fold_verified).
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one of them is not what was written, or does not follow the one before it.
    pub fn entries(&self, from: u64, count: u32) -> Result<Vec<Entry>, StateError> {
        let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
        let mut entries: Vec<Entry> = Vec::new();
        // The one before them is read too: they have to follow it.
        let before = i64::from(from > 1);
        let select = "SELECT sequence, line FROM ledger WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2";
        each_row(&self.db, select, (from.max(1) - before, i64::from(count) + before), |sequence, line| {
            let entry = read(sequence, line)?;
            let expected = entries.last().map_or_else(|| u64::try_from(from.max(1) - before).unwrap_or(1), |last| last.sequence + 1);
            if sequence != expected {
                return Err(LedgerError::Entry { sequence: expected, wrong: Wrong::Missing { last: sequence - 1 } }.into());
            }
            let follows = match entries.last() {
                Some(last) => entry.previous == last.hash,
                None => sequence > 1 || entry.previous == Head::EMPTY.hash(),
            };
            if !follows {
                return Err(LedgerError::Unchained { sequence, previous: entry.previous }.into());
            }
            entries.push(entry);
            Ok(())
        })?;
        entries.drain(..usize::try_from(before).unwrap_or(0).min(entries.len()));
        Ok(entries)
    }

    /// What all entries come to, for whoever decides by them: every byte is verified, up to the head that was sealed, and every entry is one that
    /// this version knows. `each` may do nothing but add up: what it made of a ledger that turns out not to be whole is thrown away.
    ///
    /// # Errors
    /// [`StateError::Ledger`] with the first thing that is wrong, or not known.
    pub fn fold_verified<T>(&self, begin: T, mut each: impl FnMut(T, &Entry, &Event) -> T) -> Result<T, StateError> {
        let mut folded = Some(begin);
        self.verified(Verifier::new(), |checked| {
            let entry = checked.entry().expect("it was verified");
            let (_, event): (&Actor, &Event) = entry.known().map_err(LedgerError::NotKnown)?;
            folded = folded.take().map(|folded| each(folded, &entry, event));
            Ok(())
        })?;
        Ok(folded.expect("it is put back after each entry"))
    }

    /// Writes all of the ledger as it is stored, whole or not, one line after the other. Waits for no writer, and has what was there when it began.
    ///
    /// # Errors
    /// [`LedgerError::Write`] when nobody takes it.
    pub fn export_ledger(&self, to: &mut dyn Write) -> Result<(), StateError> {
        each_row(&self.db, "SELECT sequence, line FROM ledger ORDER BY sequence", (), |_, line| {
            to.write_all(line).and_then(|()| to.write_all(b"\n")).map_err(LedgerError::Write)?;
            Ok(())
        })?;
        to.flush().map_err(LedgerError::Write)?;
        Ok(())
    }

    /// The lines from one entry to before another, as they are stored, each with its line feed, and the entry to go on from: a piece of what
    /// [`export_ledger`](Self::export_ledger) writes. A piece ends behind the line with which it has `bytes_max`, and has one line at least.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when they cannot be read, or one of them is missing.
    pub fn ledger_lines(&self, from: u64, end: u64, bytes_max: usize) -> Result<(Vec<u8>, u64), StateError> {
        let missing = |sequence, last| Err(LedgerError::Entry { sequence, wrong: Wrong::Missing { last } }.into());
        let (Ok(begin), Ok(before)) = (i64::try_from(from), i64::try_from(end)) else { return missing(from, end.saturating_sub(1)) };
        let select = "SELECT sequence, line FROM ledger WHERE sequence >= ?1 AND sequence < ?2 ORDER BY sequence";
        let mut select = self.db.prepare(select).asking("read the ledger of")?;
        let mut rows = select.query((begin, before)).asking("read the ledger of")?;
        let (mut lines, mut next) = (Vec::new(), from);
        while next < end && (lines.is_empty() || lines.len() < bytes_max) {
            let Some(row) = rows.next().asking("read the ledger of")? else { return missing(next, end - 1) };
            let sequence = number(row).asking("read the ledger of")?;
            if sequence != next {
                return missing(next, sequence - 1);
            }
            lines.extend_from_slice(line(row).asking("read the ledger of")?);
            lines.push(b'\n');
            next += 1;
        }
        Ok((lines, next))
    }

    /// Verifies every stored byte of the ledger, up to the head that was sealed, and holds it against the checkpoints that are kept here and
    /// against `others`, which lay elsewhere. Of those kept here, the ones count that the ledger tells of, signed with a key that it had enrolled.
    ///
    /// # Errors
    /// [`StateError::Ledger`] with the first thing that is wrong, a checkpoint that the ledger does not hold included.
    pub fn verify_ledger(&self, others: &[Checkpoint]) -> Result<Verified, StateError> {
        let kept = self.kept()?;
        let readable = kept.iter().filter_map(|(_, _, document)| document.as_ref().ok()).map(|signed| *signed.checkpoint());
        let verifier = Verifier::new().against(&readable.collect::<Vec<_>>()).against(others);
        let mut told = Signers::default();
        let report = self.verified(verifier, |checked| {
            told.take(&checked);
            Ok(())
        })?;
        let mut doubts = Vec::new();
        let mut gone = told.signed.clone();
        for (sequence, key, document) in kept {
            gone.remove(&(sequence, key));
            match document {
                Err(error) => doubts.push((sequence, Doubt::Document(error))),
                Ok(signed) if told.signed.get(&(sequence, key)) != Some(&signed.checkpoint().hash) => {
                    doubts.push((sequence, Doubt::Untold(key)));
                }
                Ok(_) => {}
            }
        }
        doubts.extend(gone.into_keys().map(|(sequence, key)| (sequence, Doubt::Gone(key))));
        doubts.sort_by_key(|(sequence, _)| *sequence);
        check_held(&report, |checkpoint| others.contains(checkpoint) || told.signed.contains_key(&(checkpoint.sequence, checkpoint.key)))?;
        Ok(Verified { report, doubts, enrolled: told.ever })
    }

    /// Hands over each line once it is verified, and verifies the end.
    pub(super) fn verified(
        &self,
        mut verifier: Verifier,
        mut each: impl FnMut(Checked<'_>) -> Result<(), StateError>,
    ) -> Result<Report, StateError> {
        let mark = mark::read(&self.home, &self.key)?;
        let moment = self.db.unchecked_transaction().asking("read")?;
        let mut select = moment.prepare("SELECT sequence, line FROM ledger ORDER BY sequence").asking("read the ledger of")?;
        let mut rows = select.query(()).asking("read the ledger of")?;
        let (mut numbers, mut lines) = (Vec::new(), Lines::default());
        loop {
            numbers.clear();
            lines.clear();
            let read = read_some(&mut rows, &mut numbers, &mut lines);
            for (row, checked) in numbers.iter().copied().zip(lines.checked()) {
                let before = verifier.head().sequence();
                verifier.checked(&checked).map_err(LedgerError::Broken)?;
                let sequence = verifier.head().sequence();
                // Behind a gap the verifier stands still; what is missing it tells at the end.
                if sequence > before {
                    if row == sequence { each(checked) } else { Err(LedgerError::Row { row, sequence }.into()) }?;
                }
            }
            // What is wrong before a row that cannot be read is told first.
            match read? {
                Until::Enough => {}
                Until::TooLong => {
                    let row = rows.get().expect("it was read last");
                    // It is no entry, and goes nowhere: where it is not refused, an entry before it is missing.
                    verifier.line(line(row).asking("read the ledger of")?).map_err(LedgerError::Broken)?;
                }
                Until::End => break,
            }
        }
        drop(rows);
        drop(select);
        let report = verifier.finish().map_err(LedgerError::Broken)?;
        check_sealed(&report.head, &sealed_head(&moment, &self.key)?)?;
        mark.check(&moment, &report.head)?;
        Ok(report)
    }

    /// The rows of checkpoints, each document read with the key of its row.
    fn kept(&self) -> Result<Vec<Kept>, StateError> {
        let mut select = self.db.prepare("SELECT sequence, key, document FROM ledger_checkpoints ORDER BY sequence, key").asking("read")?;
        let values = |row: &Row<'_>| Ok((number(row)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?));
        let mut kept = Vec::new();
        for row in select.query_map([], values).asking("read")? {
            let (sequence, key, document) = row.asking("read")?;
            let key = key.parse().map_err(|_| StateError::Value { what: "the key of a checkpoint".to_owned(), value: key })?;
            let read = SignedCheckpoint::read(document.as_bytes(), &[key]);
            let of_another = |signed: &SignedCheckpoint| signed.checkpoint().sequence != sequence;
            kept.push((
                sequence,
                key,
                match read {
                    Ok(signed) if of_another(&signed) => {
                        Err(CheckpointError::NotOne(format!("it is of entry {}", signed.checkpoint().sequence)))
                    }
                    read => read,
                },
            ));
        }
        Ok(kept)
    }

    /// The checkpoints that were signed here, the earliest first.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one is not what was signed.
    pub fn checkpoints(&self) -> Result<Vec<SignedCheckpoint>, StateError> {
        self.kept()?.into_iter().map(|(_, _, document)| Ok(document.map_err(LedgerError::from)?)).collect()
    }
}

/// Where the ledger ends, from its first and its last line; it has to be what was sealed.
pub(crate) fn head(db: &Connection, key: &Key) -> Result<Head, StateError> {
    let line = |select: &str| db.query_row(select, [], number_and_line).optional().asking("read");
    let first = line("SELECT sequence, line FROM ledger ORDER BY sequence LIMIT 1")?;
    let last = line("SELECT sequence, line FROM ledger ORDER BY sequence DESC LIMIT 1")?;
    let head = match (first, last) {
        (Some((_, first)), Some((number, last))) => {
            let of = |line, sequence| Head::of(&first, line).map_err(|wrong| LedgerError::Entry { sequence, wrong });
            of(&first, 1)?;
            let head = of(&last, number)?;
            if head.sequence() != number {
                return Err(LedgerError::Row { row: number, sequence: head.sequence() }.into());
            }
            head
        }
        _ => Head::EMPTY,
    };
    check_sealed(&head, &sealed_head(db, key)?)?;
    Ok(head)
}

/// What is sealed of a head.
pub(super) fn told(head: &Head) -> String {
    match head.sequence() {
        0 => "no entry".to_owned(),
        sequence => format!("entry {sequence}, {}", head.hash()),
    }
}

fn check_sealed(head: &Head, sealed: &str) -> Result<(), StateError> {
    let (found, sealed) = (told(head), sealed.to_owned());
    if found == sealed { Ok(()) } else { Err(LedgerError::Head { found, sealed }.into()) }
}

fn sealed_head(db: &Connection, key: &Key) -> Result<String, StateError> {
    let sealed = db.query_row("SELECT sealed FROM ledger_head", [], |row| row.get(0)).optional().asking("read")?;
    let sealed = sealed.ok_or(LedgerError::NoHead)?;
    let failed = |source| StateError::Sealed { place: HEAD_PLACE.to_string(), source };
    let opened = key.open(HEAD_PLACE, &Sealed::from_bytes(sealed)).map_err(failed)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}

/// A row of a checkpoint: its entry, its key, and its document.
type Kept = (u64, PublicKey, Result<SignedCheckpoint, CheckpointError>);

/// Of the checkpoints that count, the ledger holds all.
pub(super) fn check_held(report: &Report, counts: impl Fn(&Checkpoint) -> bool) -> Result<(), LedgerError> {
    match report.checkpoints.iter().find(|(checkpoint, standing)| *standing != Standing::Held && counts(checkpoint)) {
        Some((checkpoint, standing)) => Err(LedgerError::Diverges { sequence: checkpoint.sequence, standing: *standing }),
        None => Ok(()),
    }
}

/// Who signed which checkpoints, as the ledger tells it.
#[derive(Default)]
pub(super) struct Signers {
    enrolled: BTreeSet<PublicKey>,
    /// With those that were revoked.
    pub(super) ever: BTreeSet<PublicKey>,
    /// By entry and key, the hash that was signed.
    signed: BTreeMap<(u64, PublicKey), EntryHash>,
}

impl Signers {
    /// Takes the next line, which is verified.
    pub(super) fn take(&mut self, checked: &Checked<'_>) {
        match checked.event() {
            Some(Event::KeyEnrolled { key, .. }) => {
                self.enrolled.insert(*key);
                self.ever.insert(*key);
            }
            Some(Event::KeyRevoked { key, .. }) => drop(self.enrolled.remove(key)),
            // What an enrolled key signed counts for good, whatever becomes of the key.
            Some(Event::Checkpointed { sequence, hash, key }) if self.enrolled.contains(key) => {
                self.signed.insert((*sequence, *key), *hash);
            }
            _ => {}
        }
    }
}

fn read(sequence: u64, line: &[u8]) -> Result<Entry, StateError> {
    let entry = Entry::read(line).map_err(|wrong: Wrong| LedgerError::Entry { sequence, wrong })?;
    if entry.sequence == sequence { Ok(entry) } else { Err(LedgerError::Row { row: sequence, sequence: entry.sequence }.into()) }
}

/// Up to where rows were read.
enum Until {
    /// There are enough lines.
    Enough,
    /// The last row is too long for an entry, and is not among the lines: it may be as long as whoever edited the database liked.
    TooLong,
    /// There are no more rows.
    End,
}

/// Reads rows until there are enough lines.
fn read_some(rows: &mut Rows<'_>, numbers: &mut Vec<u64>, lines: &mut Lines) -> Result<Until, StateError> {
    while !lines.are_enough() {
        let Some(row) = rows.next().asking("read the ledger of")? else { return Ok(Until::End) };
        let (number, line) = (number(row).asking("read the ledger of")?, line(row).asking("read the ledger of")?);
        if line.len() > LINE_BYTES_MAX {
            return Ok(Until::TooLong);
        }
        numbers.push(number);
        lines.push(line);
    }
    Ok(Until::Enough)
}

/// Hands over each row's number and line, in the bytes that are stored, whatever they are.
fn each_row(
    db: &Connection,
    select: &str,
    values: impl rusqlite::Params,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut select = db.prepare(select).asking("read the ledger of")?;
    let mut rows = select.query(values).asking("read the ledger of")?;
    while let Some(row) = rows.next().asking("read the ledger of")? {
        let number = number(row).asking("read the ledger of")?;
        each(number, line(row).asking("read the ledger of")?)?;
    }
    Ok(())
}

fn number_and_line(row: &Row<'_>) -> rusqlite::Result<(u64, Vec<u8>)> {
    Ok((number(row)?, line(row)?.to_vec()))
}

fn number(row: &Row<'_>) -> rusqlite::Result<u64> {
    let number: i64 = row.get(0)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, number))
}

fn line<'a>(row: &'a Row<'_>) -> rusqlite::Result<&'a [u8]> {
    row.get_ref(1)?.as_bytes().map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::{Lines, Until, line, read_some};
    use rusqlite::Connection;
    use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;

    #[test]
    fn a_row_that_is_too_long_ends_what_is_read_and_is_not_copied() {
        let db = Connection::open_in_memory().unwrap();
        let mut select = db
            .prepare("SELECT 1, 'a' UNION ALL SELECT 2, printf('%.*c', 65537, 'x') UNION ALL SELECT 3, printf('%.*c', 65536, 'x')")
            .unwrap();
        let mut rows = select.query(()).unwrap();
        let (mut numbers, mut lines) = (Vec::new(), Lines::default());
        assert!(matches!(read_some(&mut rows, &mut numbers, &mut lines).unwrap(), Until::TooLong));
        assert_eq!((&numbers[..], lines.checked().count()), (&[1][..], 1));
        assert_eq!(line(rows.get().unwrap()).unwrap().len(), 65_537);
        assert!(matches!(read_some(&mut rows, &mut numbers, &mut lines).unwrap(), Until::End));
        assert_eq!((&numbers[..], lines.checked().count()), (&[1, 3][..], 2));
    }
}
