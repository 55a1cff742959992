//! The ledger read: its head, its entries, all of it as bytes, and whether it is whole.

use super::LedgerError;
use crate::error::{Asking as _, StateError};
use crate::key::Key;
use crate::seal::{Place, Sealed};
use crate::state::View;
use rusqlite::{Connection, OptionalExtension as _, Row};
use std::io::Write;
use tenor_ledger::{Checkpoint, Entry, Head, Report, SignedCheckpoint, Verifier, Wrong};

/// Where the head stands.
pub(super) const HEAD_PLACE: Place<'static> = Place { column: "ledger_head.sealed", row: "1" };

impl View {
    /// Where the ledger ends. First and last entry are checked, and the head against what was sealed.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one of them is not what was written.
    pub fn ledger_head(&self) -> Result<Head, StateError> {
        let moment = self.db.unchecked_transaction().asking("read")?;
        head(&moment, &self.key)
    }

    /// At most so many entries, from a number on.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one of them is not what was written.
    pub fn entries(&self, from: u64, count: u32) -> Result<Vec<Entry>, StateError> {
        let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        let select = "SELECT sequence, line FROM ledger WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2";
        each_row(&self.db, select, (from, count), |sequence, line| {
            entries.push(read(sequence, line)?);
            Ok(())
        })?;
        Ok(entries)
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

    /// Verifies every stored byte of the ledger, up to the head that was sealed, and holds it against the checkpoints that are kept here and
    /// against `others`, which lay elsewhere.
    ///
    /// # Errors
    /// [`StateError::Ledger`] with the first thing that is wrong. What a checkpoint says is in the report.
    pub fn verify_ledger(&self, others: &[Checkpoint]) -> Result<Report, StateError> {
        let moment = self.db.unchecked_transaction().asking("read")?;
        let kept = checkpoints(&moment)?.iter().map(|signed| *signed.checkpoint()).collect::<Vec<_>>();
        let mut verifier = Verifier::new().against(&kept).against(others);
        each_row(&moment, "SELECT sequence, line FROM ledger ORDER BY sequence", (), |row, line| {
            let before = verifier.head().sequence();
            verifier.line(line).map_err(LedgerError::Broken)?;
            let sequence = verifier.head().sequence();
            // Behind a gap the verifier stands still; what is missing it tells at the end.
            if sequence == before || row == sequence { Ok(()) } else { Err(LedgerError::Row { row, sequence }.into()) }
        })?;
        let report = verifier.finish().map_err(LedgerError::Broken)?;
        let sealed = sealed_head(&moment, &self.key)?;
        check_sealed(&report.head, sealed.as_deref())?;
        Ok(report)
    }

    /// The checkpoints that were signed here, the earliest first.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when one is not what was signed.
    pub fn checkpoints(&self) -> Result<Vec<SignedCheckpoint>, StateError> {
        checkpoints(&self.db)
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
    check_sealed(&head, sealed_head(db, key)?.as_deref())?;
    Ok(head)
}

/// What is sealed of a head.
pub(super) fn told(head: &Head) -> String {
    match head.sequence() {
        0 => "no entry".to_owned(),
        sequence => format!("entry {sequence}, {}", head.hash()),
    }
}

fn check_sealed(head: &Head, sealed: Option<&str>) -> Result<(), StateError> {
    let (found, sealed) = (told(head), sealed.map_or_else(|| told(&Head::EMPTY), str::to_owned));
    if found == sealed { Ok(()) } else { Err(LedgerError::Head { found, sealed }.into()) }
}

fn sealed_head(db: &Connection, key: &Key) -> Result<Option<String>, StateError> {
    let sealed = db.query_row("SELECT sealed FROM ledger_head", [], |row| row.get(0)).optional().asking("read")?;
    let Some(sealed) = sealed else { return Ok(None) };
    let failed = |source| StateError::Sealed { place: HEAD_PLACE.to_string(), source };
    let opened = key.open(HEAD_PLACE, &Sealed::from_bytes(sealed)).map_err(failed)?;
    Ok(Some(String::from_utf8_lossy(&opened).into_owned()))
}

fn checkpoints(db: &Connection) -> Result<Vec<SignedCheckpoint>, StateError> {
    let mut select = db.prepare("SELECT key, document FROM ledger_checkpoints ORDER BY sequence, key").asking("read")?;
    let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).asking("read")?;
    let mut checkpoints = Vec::new();
    for row in rows {
        let (key, document) = row.asking("read")?;
        let key = key.parse().map_err(|_| StateError::Value { what: "the key of a checkpoint".to_owned(), value: key })?;
        checkpoints.push(SignedCheckpoint::read(document.as_bytes(), &[key]).map_err(LedgerError::from)?);
    }
    Ok(checkpoints)
}

fn read(sequence: u64, line: &[u8]) -> Result<Entry, StateError> {
    let entry = Entry::read(line).map_err(|wrong: Wrong| LedgerError::Entry { sequence, wrong })?;
    if entry.sequence == sequence { Ok(entry) } else { Err(LedgerError::Row { row: sequence, sequence: entry.sequence }.into()) }
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
