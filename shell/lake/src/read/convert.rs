//! Reads every part of a report on two threads and gathers what belongs to each period.

use super::csv::CsvPart;
use super::cur_map::CurMapper;
use super::error::{COLUMNS_MAX, Place, ReadError};
use super::focus::FocusMapper;
use super::gathered::Gathered;
use super::lane::Lane;
use super::mapper::{BindError, Mapper};
use super::parquet::{ParquetBatch, ParquetPart, ParquetRow, UnreadableColumn};
use super::sink::Shapes;
use super::{Conversion, Converted, Progress};
use crate::source::{Format, Part, PartBytes, Report};
use crate::store::ReportKind;
use bytes::Bytes;
use csv::ByteRecord;
use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Threads that read and write; each holds one row group in memory.
const WORKERS: usize = 2;
/// Stored bytes after which the next part begins a new task, and so a new file.
const TASK_BYTES: u64 = 48 << 20;
/// Rows between two words of progress.
const PROGRESS_ROWS: u64 = 8192;

/// Converts reports of one kind into the charges of the periods their rows belong to, in key order.
///
/// The files depend on the source alone: not on threads, on time, or on where the source lies.
///
/// # Errors
/// [`ReadError`] names the part and, where there is one, the row, the column and the value. Nothing outside the staging folder was touched.
pub fn convert(conversion: &Conversion<'_>) -> Result<Vec<Converted>, ReadError> {
    let tasks = tasks(conversion.reports);
    let gathered = Mutex::new(Gathered::default());
    let run = Run {
        conversion,
        tasks: &tasks,
        next: AtomicUsize::new(0),
        failed: AtomicUsize::new(usize::MAX),
        shapes: Shapes::new(),
        gathered: &gathered,
    };
    let outcomes: Vec<Result<(), (usize, ReadError)>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS.min(tasks.len())).map(|_| scope.spawn(|| run.work())).collect();
        workers.into_iter().map(|worker| worker.join().expect("what panics is caught in its task")).collect()
    });
    // Of several failures the earliest in the source is told, whichever thread met it first.
    if let Some((_, error)) = outcomes.into_iter().filter_map(Result::err).min_by_key(|(task, _)| *task) {
        return Err(error);
    }
    gathered.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
}

/// Consecutive parts of one report that one thread reads into files of their own.
struct Task<'a> {
    report: &'a Report,
    parts: Vec<&'a Part>,
}

fn tasks(reports: &[Report]) -> Vec<Task<'_>> {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for report in reports {
        let mut bytes = TASK_BYTES;
        for part in &report.parts {
            if bytes >= TASK_BYTES {
                tasks.push(Task { report, parts: Vec::new() });
                bytes = 0;
            }
            tasks.last_mut().expect("one was begun above").parts.push(part);
            bytes += part.size;
        }
    }
    tasks
}

struct Run<'a> {
    conversion: &'a Conversion<'a>,
    tasks: &'a [Task<'a>],
    next: AtomicUsize,
    /// The first task known to have failed. Those before it go on, for one of them may fail as well and is then the one to tell of.
    failed: AtomicUsize,
    shapes: Shapes,
    gathered: &'a Mutex<Gathered>,
}

impl Run<'_> {
    fn work(&self) -> Result<(), (usize, ReadError)> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = self.tasks.get(number) else { return Ok(()) };
            if self.is_in_vain(number) {
                return Ok(());
            }
            if let Err(error) = self.guarded(number, task) {
                self.failed.fetch_min(number, Ordering::Relaxed);
                return Err((number, error));
            }
        }
    }

    /// Whether a task is after one that failed.
    fn is_in_vain(&self, number: usize) -> bool {
        self.failed.load(Ordering::Relaxed) < number
    }

    /// Runs a task. What panics in it is a decoder that met bytes it should have refused; that is no reason to leave the staging folder
    /// behind.
    fn guarded(&self, number: usize, task: &Task<'_>) -> Result<(), ReadError> {
        let at = Cell::new(task.parts.first().map_or("", |part| part.name.as_str()));
        let done = catch_unwind(AssertUnwindSafe(|| self.task(number, task, &at)));
        done.unwrap_or_else(|_| Err(ReadError::Panicked { part: at.get().to_owned() }))
    }

    fn task<'t>(&self, number: usize, task: &Task<'t>, at: &Cell<&'t str>) -> Result<(), ReadError> {
        let mut lane = Lane::new(number, self.conversion, task.report, &self.shapes, self.gathered);
        for part in &task.parts {
            if self.is_in_vain(number) {
                return Ok(());
            }
            at.set(&part.name);
            match task.report.kind {
                ReportKind::LegacyCur | ReportKind::Cur2 => self.part::<CurMapper>(task.report, part, &mut lane)?,
                ReportKind::Focus => self.part::<FocusMapper>(task.report, part, &mut lane)?,
            }
        }
        lane.finish()
    }

    fn part<M: Mapper>(&self, report: &Report, part: &Part, lane: &mut Lane<'_>) -> Result<(), ReadError> {
        match part.format {
            Format::Parquet => self.parquet::<M>(report, part, lane),
            Format::Csv | Format::CsvGzip | Format::CsvZip => self.csv::<M>(report, part, lane),
        }
    }

    fn csv<M: Mapper>(&self, report: &Report, part: &Part, lane: &mut Lane<'_>) -> Result<(), ReadError> {
        let unreadable = |source| ReadError::Unreadable { part: part.name.clone(), source };
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::new(Counted { bytes: Arc::clone(&part.bytes), read: Arc::clone(&read) });
        let mut csv = CsvPart::open(&Part { bytes: counted, ..part.clone() }).map_err(unreadable)?;
        // An overwritten report that shrank leaves parts without a single byte behind.
        if csv.columns.is_empty() {
            return Ok(());
        }
        let mut mapper = bind::<M>(report, part, &csv.columns)?;
        let wanted = mapper.wanted().to_vec();
        let mut record = ByteRecord::new();
        let mut row = 1;
        let mut told = 0;
        while csv.next(&mut record).map_err(unreadable)? {
            row += 1;
            let place = Place { part: &part.name, row };
            let csv_row = csv.row(&record, &wanted, M::NULL_WORD);
            lane.take(&mut mapper, &csv_row, csv_row.check(), place, &wanted)?;
            if row % PROGRESS_ROWS == 0 {
                if self.is_in_vain(lane.task) {
                    return Ok(());
                }
                self.tell(&read, &mut told, PROGRESS_ROWS);
            }
        }
        self.tell(&read, &mut told, (row - 1) % PROGRESS_ROWS);
        Ok(())
    }

    fn tell(&self, read: &AtomicUsize, told: &mut usize, rows: u64) {
        let bytes = read.load(Ordering::Relaxed);
        (self.conversion.progress)(Progress { bytes: (bytes - *told) as u64, rows });
        *told = bytes;
    }

    fn parquet<M: Mapper>(&self, report: &Report, part: &Part, lane: &mut Lane<'_>) -> Result<(), ReadError> {
        if part.size == 0 {
            return Ok(());
        }
        let unreadable = |source| ReadError::Unreadable { part: part.name.clone(), source };
        // A remote part is copied here first, alone in a folder that goes when it is read.
        let folder = self.conversion.staging.join(format!("nearby-{}", blake3::hash(part.name.as_bytes()).to_hex()));
        fs::create_dir(&folder).map_err(unreadable)?;
        let read = part.nearby(&folder).map_err(unreadable).and_then(|nearby| self.parquet_rows::<M>(report, &nearby, lane));
        fs::remove_dir_all(&folder).map_err(unreadable)?;
        read
    }

    fn parquet_rows<M: Mapper>(&self, report: &Report, part: &Part, lane: &mut Lane<'_>) -> Result<(), ReadError> {
        let damaged = |source| ReadError::Parquet { part: part.name.clone(), source };
        let file = ParquetPart::open(part).map_err(damaged)?;
        let mut mapper = bind::<M>(report, part, &file.columns)?;
        let wanted = mapper.wanted().to_vec();
        let mut first_row = 1;
        for batch in file.read(&wanted).map_err(damaged)? {
            let types = |source| ReadError::Arrow { part: part.name.clone(), source };
            let column = |UnreadableColumn { column, source }| ReadError::Column { part: part.name.clone(), column, source };
            let batch = ParquetBatch::new(&batch.map_err(types)?, &wanted).map_err(column)?;
            for row in 0..batch.rows {
                let place = Place { part: &part.name, row: first_row + row as u64 };
                lane.take(&mut mapper, &ParquetRow { batch: &batch, row }, Ok(()), place, &wanted)?;
            }
            first_row += batch.rows as u64;
            (self.conversion.progress)(Progress { bytes: 0, rows: batch.rows as u64 });
            if self.is_in_vain(lane.task) {
                return Ok(());
            }
        }
        (self.conversion.progress)(Progress { bytes: part.size, rows: 0 });
        Ok(())
    }
}

/// Binds a file's columns, after checking that the manifest told the truth about them.
fn bind<M: Mapper>(report: &Report, part: &Part, columns: &[String]) -> Result<M, ReadError> {
    if columns.len() > COLUMNS_MAX {
        return Err(ReadError::TooManyColumns { part: part.name.clone(), columns: columns.len() });
    }
    report.check_columns(part, columns).map_err(|source| ReadError::Columns(Box::new(source)))?;
    M::bind(columns).map_err(|error| match error {
        BindError::Missing(column) => ReadError::MissingColumn { part: part.name.clone(), column },
        BindError::Twice(column) => ReadError::ColumnTwice { part: part.name.clone(), column },
    })
}

/// A part's bytes, counted as they are streamed.
#[derive(Debug)]
struct Counted {
    bytes: Arc<dyn PartBytes>,
    read: Arc<AtomicUsize>,
}

impl PartBytes for Counted {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(CountedStream { stream: self.bytes.stream()?, read: Arc::clone(&self.read) }))
    }

    fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
        self.bytes.range(start, length)
    }
}

struct CountedStream {
    stream: Box<dyn Read + Send>,
    read: Arc<AtomicUsize>,
}

impl Read for CountedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.read.fetch_add(count, Ordering::Relaxed);
        Ok(count)
    }
}
