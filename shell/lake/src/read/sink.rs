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

    /// Counts a row of a line item type or charge category.
    pub(crate) fn count_kind(&mut self, kind: &[u8]) {
        // There are about ten kinds, so a walk beats a map.
        match self.line_items.iter_mut().find(|(known, _)| known.as_bytes() == kind) {
            Some((_, count)) => *count += 1,
            None => self.line_items.push((String::from_utf8_lossy(kind).into_owned(), 1)),
        }
    }

    /// Rows by kind.
    pub(crate) fn line_items(&self) -> BTreeMap<String, u64> {
        self.line_items.iter().cloned().collect()
    }

    /// Notes the row's currency.
    ///
    /// # Errors
    /// A fault at `column` when the period already has rows in another one.
    pub(crate) fn note_currency(&mut self, currency: &[u8], column: Option<usize>) -> Result<(), Fault> {
        if currency.is_empty() {
            return Err(Fault { column, problem: Problem::Missing });
        }
        match &self.currency {
            Some(known) if known.as_bytes() == currency => Ok(()),
            Some(known) => {
                let problem = Problem::Other(format!("another currency than the {known} of earlier rows; one period has one currency"));
                Err(Fault { column, problem })
            }
            None => {
                self.currency = Some(String::from_utf8_lossy(currency).into_owned());
                Ok(())
            }
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

    /// Adds what another reader counted of the same period.
    ///
    /// # Errors
    /// The two currencies, when they differ.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), [String; 2]> {
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
        self.rows_split += other.rows_split;
        self.rows_quarantined += other.rows_quarantined;
        for (length, more) in self.lengths.iter_mut().zip(other.lengths) {
            *length += more;
        }
        match (&self.currency, &other.currency) {
            (Some(ours), Some(theirs)) if ours != theirs => return Err([ours.clone(), theirs.clone()]),
            (None, theirs) => self.currency.clone_from(theirs),
            _ => {}
        }
        Ok(())
    }
}
