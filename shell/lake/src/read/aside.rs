//! Rows that are set aside: kept in a file beside their period's, with what is wrong with each.

use super::error::{Place, ReadError};
use super::sink::Counts;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tenor_bill::Reported;

/// Rows that one task may set aside of a period; a bill with more of them is another kind of file, and the import stops.
const ROWS_MAX: u64 = 100_000;
/// Bytes of rows that may wait for a period to go with.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// A bad row, as text.
pub(super) struct BadRow<'a> {
    pub(super) place: Place<'a>,
    pub(super) column: String,
    pub(super) value: String,
    pub(super) problem: String,
    pub(super) cost: Option<Reported>,
    pub(super) record: String,
}

impl BadRow<'_> {
    /// Its line of the quarantine file: file, row, column, value, problem, cost, record.
    fn line(&self) -> Result<Vec<u8>, ReadError> {
        let cost = self.cost.map_or_else(String::new, |cost| cost.charged().to_string());
        let row = self.place.row.to_string();
        let mut line = csv::Writer::from_writer(Vec::new());
        let written = line.write_record([self.place.part, &row, &self.column, &self.value, &self.problem, &cost, &self.record]);
        written.map_err(|error| ReadError::Quarantine(error.into()))?;
        line.into_inner().map_err(|error| ReadError::Quarantine(error.into_error()))
    }

    fn count(&self, counts: &mut Counts) {
        counts.rows_read += 1;
        counts.rows_quarantined += 1;
        counts.sums.add_quarantined(self.cost);
    }

    /// The error of stopping at it, where bad rows are not set aside.
    pub(super) fn stops(self) -> ReadError {
        let Self { place, column, value, problem, .. } = self;
        ReadError::Row { part: place.part.to_owned(), row: place.row, column, value, problem }
    }

    fn refused(self, because: String) -> ReadError {
        ReadError::NotSetAside { row: Box::new(self.stops()), because }
    }
}

/// One task's rows of one period that are set aside, in a file that is made for the first of them.
pub(super) struct Aside {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Aside {
    pub(super) fn new(folder: &Path, prefix: &str) -> Self {
        Self { path: folder.join(format!("aside-{prefix}.csv")), file: None }
    }

    /// Takes a row, and counts it.
    pub(super) fn take(&mut self, row: BadRow<'_>, counts: &mut Counts) -> Result<(), ReadError> {
        if counts.rows_quarantined >= ROWS_MAX {
            return Err(row.refused(format!("{ROWS_MAX} rows of its period were before it")));
        }
        let line = row.line()?;
        row.count(counts);
        self.write(&line)
    }

    /// Takes rows that waited, and what was counted of them.
    pub(super) fn take_waiting(&mut self, waiting: Waiting, counts: &mut Counts) -> Result<(), ReadError> {
        if !waiting.lines.is_empty() {
            self.write(&waiting.lines)?;
        }
        counts.merge(&waiting.counts);
        Ok(())
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), ReadError> {
        let mut write = || {
            if self.file.is_none() {
                self.file = Some(BufWriter::new(File::create_new(&self.path)?));
            }
            self.file.as_mut().expect("it was made above").write_all(lines)
        };
        write().map_err(ReadError::Quarantine)
    }

    /// Its file, where there is one.
    pub(super) fn finish(self) -> Result<Option<PathBuf>, ReadError> {
        let Some(file) = self.file else { return Ok(None) };
        file.into_inner().map_err(|error| ReadError::Quarantine(error.into_error()))?;
        Ok(Some(self.path))
    }
}

/// Bad rows that do not say their period, before any row that does: they go with the first period that opens.
#[derive(Default)]
pub(super) struct Waiting {
    lines: Vec<u8>,
    pub(super) counts: Counts,
    /// What to say of the first when no period ever opens.
    first: Option<Box<ReadError>>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn take(&mut self, row: BadRow<'_>) -> Result<(), ReadError> {
        let line = row.line()?;
        if self.lines.len() + line.len() > WAITING_BYTES_MAX {
            let because = format!("{} rows before it do not say their period either", self.counts.rows_quarantined);
            return Err(row.refused(because));
        }
        row.count(&mut self.counts);
        self.lines.extend_from_slice(&line);
        if self.first.is_none() {
            self.first = Some(Box::new(row.refused("no row of the report says a period that it could go with".to_owned())));
        }
        Ok(())
    }

    /// What to say when no period ever opened.
    pub(super) fn stops(self) -> Option<ReadError> {
        self.first.map(|first| *first)
    }
}

/// Joins the files of one period's tasks into one, in that order, under a header.
pub(super) fn join(parts: &[PathBuf], path: &Path) -> Result<(), ReadError> {
    let write = || {
        let mut file = BufWriter::new(File::create_new(path)?);
        file.write_all(b"file,row,column,value,problem,cost,record\n")?;
        for part in parts {
            io::copy(&mut File::open(part)?, &mut file)?;
            fs::remove_file(part)?;
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    write().map_err(ReadError::Quarantine)
}

#[cfg(test)]
mod tests {
    use super::{Aside, BadRow, ROWS_MAX};
    use crate::read::error::Place;
    use crate::read::sink::Counts;

    #[test]
    fn a_period_with_too_many_bad_rows_stops_at_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut aside = Aside::new(folder.path(), "x");
        let mut counts = Counts::default();
        counts.rows_quarantined = ROWS_MAX - 1;
        let text = |text: &str| text.to_owned();
        let mut bad = |row| {
            let place = Place { part: "bill.csv", row };
            let bad =
                BadRow { place, column: text("cost"), value: text("?"), problem: text("not an amount"), cost: None, record: text("[]") };
            aside.take(bad, &mut counts)
        };
        bad(7).unwrap();
        let error = bad(8).unwrap_err();
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint()), @"
        row 8 of `bill.csv`: cost `?` is not an amount, and the row cannot be set aside: 100000 rows of its period were before it
        hint: look at that row: a file with such rows is damaged or of another kind; have AWS deliver it again, or name its kind with --as
        ");
        let kept = std::fs::read_to_string(aside.finish().unwrap().unwrap()).unwrap();
        assert_eq!(kept, "bill.csv,7,cost,?,not an amount,,[]\n");
    }
}
