//! Where the rows of one period go while a file is read, and what is counted of them.

use super::fields::SPLIT_TABLE;
use super::row::{Fault, Problem};
use crate::schema::COLUMNS;
use crate::store::TimeUnit;
use crate::write::{PeriodWriter, TableShape, WriteError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tenor_bill::Sums;

/// Line item types that a bill may have; AWS has about fifteen.
const KINDS_MAX: usize = 64;
/// Bytes of a line item type's word.
const KIND_BYTES_MAX: usize = 64;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Why a row was not taken.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The row is at fault: it can be set aside.
    Fault(Fault),
    /// The file could not be written: nothing can go on.
    Write(WriteError),
}

impl From<Fault> for RowError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<WriteError> for RowError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// The shapes of the tables a period is written to, shared by all writers.
#[derive(Clone)]
pub(crate) struct Shapes {
    charges: Arc<TableShape>,
    split: Arc<TableShape>,
}

impl Shapes {
    pub(crate) fn new() -> Self {
        let charges = TableShape::new(COLUMNS.iter().map(|column| column.info()).collect());
        Self { charges: Arc::new(charges), split: Arc::new(TableShape::new(SPLIT_TABLE.to_vec())) }
    }
}

/// One period's part of what is being read.
pub(crate) struct Sink {
    pub(crate) charges: PeriodWriter,
    pub(crate) split: PeriodWriter,
    pub(crate) counts: Counts,
}

/// What is counted of a period's rows.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sums: Sums,
    line_items: Vec<(String, u64)>,
    pub(crate) rows_read: u64,
    /// Charges handed to the writer.
    pub(crate) rows_charges: u64,
    pub(crate) rows_split: u64,
    pub(crate) rows_quarantined: u64,
    pub(crate) currency: Option<String>,
    /// Usage rows of up to an hour, up to a day, longer.
    lengths: [u64; 3],
    /// Notices, each with how many rows it is about.
    pub(crate) notices: BTreeMap<String, u64>,
}

impl Sink {
    pub(crate) fn new(folder: &Path, prefix: &str, shapes: &Shapes) -> Self {
        Self {
            charges: PeriodWriter::charges(folder, prefix, Arc::clone(&shapes.charges)),
            split: PeriodWriter::plain(folder, &format!("split-{prefix}"), Arc::clone(&shapes.split)),
            counts: Counts::default(),
        }
    }

    /// Rough bytes that wait in memory.
    #[inline]
    pub(crate) fn buffered(&self) -> usize {
        self.charges.buffered() + self.split.buffered()
    }

    /// Writes what waits in memory.
    pub(crate) fn flush(&mut self) -> Result<(), WriteError> {
        self.charges.flush()?;
        self.split.flush()
    }
}

impl Counts {
    /// Counts a usage row's length.
    pub(crate) fn count_length(&mut self, start: i64, end: i64) {
        let place = match end - start {
            length if length <= MICROS_PER_HOUR => 0,
            length if length <= 24 * MICROS_PER_HOUR => 1,
            _ => 2,
        };
        self.lengths[place] += 1;
    }

    /// How long most usage rows are. Rows are as long as the report's unit; hour when there are none to tell by.
    pub(crate) fn time_unit(&self) -> TimeUnit {
        let [hour, day, month] = self.lengths;
        if hour >= day && hour >= month {
            TimeUnit::Hour
        } else if day >= month {
            TimeUnit::Day
        } else {
            TimeUnit::Month
        }
    }

    /// The place of a line item type or charge category in what is counted, for [`Self::count_kind`].
    ///
    /// # Errors
    /// When it is no type: too long a word, or one more than any bill has.
    pub(crate) fn kind(&mut self, kind: &[u8]) -> Result<usize, Problem> {
        // There are about ten kinds, so a walk beats a map.
        if let Some(place) = self.line_items.iter().position(|(known, _)| known.as_bytes() == kind) {
            return Ok(place);
        }
        if kind.len() > KIND_BYTES_MAX {
            return Err(Problem::Other(format!("longer than the {KIND_BYTES_MAX} bytes that a line item type may have")));
        }
        if self.line_items.len() >= KINDS_MAX {
            return Err(Problem::Other(format!("one line item type more than the {KINDS_MAX} that a bill may have")));
        }
        let kind = std::str::from_utf8(kind).map_err(|_| Problem::Text)?;
        self.line_items.push((kind.to_owned(), 0));
        Ok(self.line_items.len() - 1)
    }

    /// Counts a row of the kind at `place`.
    pub(crate) fn count_kind(&mut self, place: usize) {
        self.line_items[place].1 += 1;
    }

    /// Rows by kind.
    pub(crate) fn line_items(&self) -> BTreeMap<String, u64> {
        self.line_items.iter().filter(|(_, rows)| *rows > 0).cloned().collect()
    }

    /// Checks a row's currency against that of the rows before it. It is noted only when the row was taken: [`Self::note_currency`].
    ///
    /// # Errors
    /// A fault at `column` when it is none, or another one.
    pub(crate) fn check_currency(&self, currency: &[u8], column: Option<usize>) -> Result<(), Fault> {
        let problem = match &self.currency {
            Some(known) if known.as_bytes() == currency => return Ok(()),
            _ if currency.is_empty() => Problem::Missing,
            None if currency.len() == 3 && currency.iter().all(u8::is_ascii_alphabetic) => return Ok(()),
            None => Problem::Currency,
            Some(known) => Problem::Other(format!("another currency than the {known} of earlier rows; one period has one currency")),
        };
        Err(Fault { column, problem })
    }

    /// Notes the currency of a row that was taken.
    pub(crate) fn note_currency(&mut self, currency: &[u8]) {
        if self.currency.is_none() {
            self.currency = Some(String::from_utf8_lossy(currency).into_owned());
        }
    }

    pub(crate) fn notice(&mut self, text: &str) {
        match self.notices.get_mut(text) {
            Some(count) => *count += 1,
            None => {
                self.notices.insert(text.to_owned(), 1);
            }
        }
    }

    /// Adds what another reader counted of the same period. That both have one currency is for the caller to see to.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        for (kind, count) in &other.line_items {
            match self.line_items.iter_mut().find(|(known, _)| known == kind) {
                Some((_, sum)) => *sum += count,
                None => self.line_items.push((kind.clone(), *count)),
            }
        }
        for (text, count) in &other.notices {
            *self.notices.entry(text.clone()).or_default() += count;
        }
        self.rows_read += other.rows_read;
        self.rows_charges += other.rows_charges;
        self.rows_split += other.rows_split;
        self.rows_quarantined += other.rows_quarantined;
        for (length, more) in self.lengths.iter_mut().zip(other.lengths) {
            *length += more;
        }
        if self.currency.is_none() {
            self.currency.clone_from(&other.currency);
        }
    }
}
