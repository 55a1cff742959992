//! One thread's way through its parts: rows go to the sink of their period, bad ones aside, and all is gathered at the end.

use super::error::{Place, ReadError};
use super::mapper::{Mapper, RowKey};
use super::row::{Fault, Problem, Row, Wanted};
use super::sink::{Counts, RowError, Shapes, Sink};
use super::{Conversion, Converted};
use crate::source::Report;
use crate::store::Key;
use crate::write::{Finished, Rollup, WriteError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tenor_bill::{AccountId, BillingPeriod};
use tenor_money::Money;

/// Rows that may wait in memory for all periods of one thread together.
const BUFFERED_ROWS_MAX: usize = 1 << 17;
/// Rows that one task may set aside of a period; a bill with more of them is another kind of file, and the import stops.
const QUARANTINE_ROWS_MAX: u64 = 100_000;
/// The provider of rows that name none.
const AWS: &str = "AWS";

/// A period's sink and the raw key its rows carry.
struct Open {
    payer: Vec<u8>,
    period_start: i64,
    provider: Vec<u8>,
    key: Key,
    sink: Sink,
    aside: Vec<u8>,
}

/// One thread's open periods.
pub(crate) struct Lane<'a> {
    task: usize,
    conversion: &'a Conversion<'a>,
    report: &'a Report,
    shapes: &'a Shapes,
    gathered: &'a Mutex<Gathered>,
    open: Vec<Open>,
    /// The one the last row went to.
    last: usize,
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        task: usize,
        conversion: &'a Conversion<'a>,
        report: &'a Report,
        shapes: &'a Shapes,
        gathered: &'a Mutex<Gathered>,
    ) -> Self {
        Self { task, conversion, report, shapes, gathered, open: Vec::new(), last: 0 }
    }

    /// Takes one row, or sets it aside. `checked` is what the file format found wrong with it.
    pub(crate) fn take<M: Mapper, R: Row>(
        &mut self,
        mapper: &mut M,
        row: &R,
        checked: Result<(), Fault>,
        place: Place<'_>,
        wanted: &[Wanted],
    ) -> Result<(), ReadError> {
        // Where fields are missing or too many, no column is where the header has it, the cost neither.
        let cost = if checked.is_ok() { mapper.cost(row) } else { None };
        let found = match checked.and_then(|()| mapper.key(row)) {
            Ok(key) => self.find(key, place)?,
            Err(fault) => Err(fault),
        };
        let fault = match found {
            Ok(at) => {
                self.last = at;
                match mapper.map(row, &mut self.open[at].sink) {
                    Ok(()) => return self.bound_memory(),
                    Err(RowError::Write(error)) => return Err(error.into()),
                    Err(RowError::Fault(fault)) => fault,
                }
            }
            Err(fault) => fault,
        };
        self.set_aside(cost, row, &fault, place, wanted)
    }

    /// The open period a row belongs to, opened when it is the first of its kind.
    fn find(&mut self, key: RowKey<'_>, place: Place<'_>) -> Result<Result<usize, Fault>, ReadError> {
        let is = |open: &Open| open.period_start == key.period_start && open.payer == key.payer && open.provider == key.provider;
        if self.open.get(self.last).is_some_and(is) {
            return Ok(Ok(self.last));
        }
        if let Some(at) = self.open.iter().position(is) {
            return Ok(Ok(at));
        }
        let parsed = match parse_key(key) {
            Ok(parsed) => parsed,
            Err(fault) => return Ok(Err(fault)),
        };
        // Two ways to write the same period are one period.
        if let Some(at) = self.open.iter().position(|open| open.key == parsed) {
            return Ok(Ok(at));
        }
        if let Some(expected) = self.report.period.filter(|expected| *expected != parsed.period) {
            let (found, expected) = (parsed.period.to_string(), expected.to_string());
            return Err(ReadError::OtherPeriod { part: place.part.to_owned(), row: place.row, found, expected });
        }
        let folder = self.gathered.lock().expect("no reader panicked").folder(&parsed, self.conversion.staging)?;
        let sink = Sink::new(&folder, &format!("{:05}", self.task), self.shapes);
        let (payer, provider) = (key.payer.to_vec(), key.provider.to_vec());
        self.open.push(Open { payer, period_start: key.period_start, provider, key: parsed, sink, aside: Vec::new() });
        Ok(Ok(self.open.len() - 1))
    }

    /// Writes the largest buffer out when all periods together hold too many rows.
    fn bound_memory(&mut self) -> Result<(), ReadError> {
        if self.open.len() > 1 {
            let buffered: usize = self.open.iter().map(|open| open.sink.charges.buffered()).sum();
            if buffered > BUFFERED_ROWS_MAX {
                let largest = self.open.iter_mut().max_by_key(|open| open.sink.charges.buffered());
                largest.expect("there are several").sink.charges.flush()?;
            }
        }
        Ok(())
    }

    /// Sets a row aside, or stops at it.
    fn set_aside<R: Row>(
        &mut self,
        cost: Option<i128>,
        row: &R,
        fault: &Fault,
        place: Place<'_>,
        wanted: &[Wanted],
    ) -> Result<(), ReadError> {
        let column = fault.column.map_or_else(|| "the row".to_owned(), |at| wanted[at].name.clone());
        let value = fault.column.map_or_else(|| row.record(), |at| row.shown(at));
        let value: String = value.chars().take(200).collect();
        let problem = fault.problem.to_string();
        // A row that does not say its period goes with the rows before it; the first row of all has none to go with.
        let open = self.open.get_mut(self.last).filter(|_| self.conversion.quarantine);
        let Some(open) = open.filter(|open| open.sink.counts.rows_quarantined < QUARANTINE_ROWS_MAX) else {
            return Err(ReadError::Row { part: place.part.to_owned(), row: place.row, column, value, problem });
        };
        let counts = &mut open.sink.counts;
        counts.rows_read += 1;
        counts.rows_quarantined += 1;
        match cost {
            Some(units) => counts.sums.quarantined_unblended += Money::from_units(units),
            None => counts.sums.quarantined_unreadable += 1,
        }
        let mut line = csv::Writer::from_writer(&mut open.aside);
        let shown_cost = cost.map_or_else(String::new, |units| Money::from_units(units).to_string());
        let row_number = place.row.to_string();
        line.write_record([place.part, &row_number, &column, &value, &problem, &shown_cost, &row.record()])
            .and_then(|()| line.flush().map_err(csv::Error::from))
            .map_err(|error| ReadError::Quarantine(io::Error::other(error)))
    }

    /// Closes all files and hands everything over.
    pub(crate) fn finish(self) -> Result<(), ReadError> {
        for open in self.open {
            let charges = open.sink.charges.finish()?;
            let split = open.sink.split.finish()?;
            let counts = open.sink.counts;
            let piece = Piece { task: self.task, charges: charges.files, split: split.files, aside: open.aside };
            let rollup = charges.rollup.expect("charges have a roll-up");
            self.gathered.lock().expect("no reader panicked").add(open.key, piece, charges.rows, &rollup, &counts)?;
        }
        Ok(())
    }
}

fn parse_key(key: RowKey<'_>) -> Result<Key, Fault> {
    let payer = std::str::from_utf8(key.payer).ok().and_then(|text| text.parse::<AccountId>().ok());
    let payer = payer.ok_or(Fault { column: None, problem: Problem::Account })?;
    let start = Timestamp::from_microsecond(key.period_start).map_err(|_| Fault { column: None, problem: Problem::Moment })?;
    let provider = std::str::from_utf8(key.provider).map_err(|_| Fault { column: None, problem: Problem::Text })?;
    let provider = if provider.is_empty() { AWS.to_owned() } else { provider.to_owned() };
    Ok(Key { payer, period: BillingPeriod::containing(start), provider })
}

/// What one task wrote of one period.
struct Piece {
    task: usize,
    charges: Vec<Finished>,
    split: Vec<Finished>,
    aside: Vec<u8>,
}

/// What all tasks wrote of one period.
struct Period {
    folder: PathBuf,
    pieces: Vec<Piece>,
    rows_charges: u64,
    rollup: Rollup,
    counts: Counts,
}

/// Everything written so far, by period.
#[derive(Default)]
pub(crate) struct Gathered {
    periods: BTreeMap<Key, Period>,
}

impl Gathered {
    /// The folder of a period, made when it is new.
    fn folder(&mut self, key: &Key, staging: &Path) -> Result<PathBuf, WriteError> {
        if let Some(period) = self.periods.get(key) {
            return Ok(period.folder.clone());
        }
        let folder = staging.join(format!("{:04}", self.periods.len()));
        fs::create_dir_all(&folder).map_err(|source| WriteError::Io { path: folder.clone(), source })?;
        let period =
            Period { folder: folder.clone(), pieces: Vec::new(), rows_charges: 0, rollup: Rollup::default(), counts: Counts::default() };
        self.periods.insert(key.clone(), period);
        Ok(folder)
    }

    fn add(&mut self, key: Key, piece: Piece, rows: u64, rollup: &Rollup, counts: &Counts) -> Result<(), ReadError> {
        let period = self.periods.get_mut(&key).expect("its folder was made before");
        period.counts.merge(counts).map_err(|[first, second]| ReadError::MixedCurrencies {
            payer: key.payer.to_string(),
            period: key.period.to_string(),
            first,
            second,
        })?;
        period.pieces.push(piece);
        period.rows_charges += rows;
        period.rollup.merge(rollup);
        Ok(())
    }

    /// All periods in key order, their files in the order of the source.
    pub(crate) fn finish(self) -> Result<Vec<Converted>, ReadError> {
        self.periods.into_iter().map(|(key, period)| period.finish(key)).collect()
    }
}

impl Period {
    fn finish(mut self, key: Key) -> Result<Converted, ReadError> {
        self.pieces.sort_by_key(|piece| piece.task);
        let rollup = self.rollup.write(&self.folder.join("rollup.parquet"))?;
        let mut hasher = blake3::Hasher::new();
        let files = self.pieces.iter().flat_map(|piece| piece.charges.iter().chain(&piece.split));
        for file in files.chain(&rollup) {
            hasher.update(file.hash.as_bytes());
        }
        let quarantined = self.write_aside()?;
        let paths = |files: fn(&Piece) -> &[Finished]| self.pieces.iter().flat_map(files).map(|file| file.path.clone()).collect();
        let counts = &self.counts;
        let notices = counts.notices.iter().map(|(text, rows)| format!("{rows} rows: {text}")).collect();
        Ok(Converted {
            charges: paths(|piece| &piece.charges),
            split_costs: paths(|piece| &piece.split),
            rollup: rollup.map(|file| file.path),
            quarantined,
            version: hasher.finalize().to_hex()[..16].to_owned(),
            time_unit: counts.time_unit(),
            currency: counts.currency.clone().unwrap_or_default(),
            rows_read: counts.rows_read,
            rows_charges: self.rows_charges,
            rows_split: counts.rows_split,
            rows_quarantined: counts.rows_quarantined,
            sums: self.counts.sums.clone(),
            line_items: self.counts.line_items(),
            notices,
            key,
        })
    }

    /// Rows set aside, in the order of the source, with what is wrong with each.
    fn write_aside(&self) -> Result<Option<PathBuf>, ReadError> {
        if self.counts.rows_quarantined == 0 {
            return Ok(None);
        }
        let path = self.folder.join("quarantine.csv");
        let write = || {
            let mut file = io::BufWriter::new(File::create_new(&path)?);
            file.write_all(b"file,row,column,value,problem,cost,record\n")?;
            self.pieces.iter().try_for_each(|piece| file.write_all(&piece.aside))?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        };
        write().map_err(ReadError::Quarantine)?;
        Ok(Some(path))
    }
}
