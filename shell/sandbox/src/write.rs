//! Writes bills: parts in parallel, each a stretch of hours of one month, then each month's closing part and manifests.

use crate::closing::closing_rows;
use crate::error::WriteError;
use crate::hour::{Scratch, rows_of_hour};
use crate::layout::{Address, MonthLayout, NamedText};
use crate::month::Month;
use crate::part::{PartWriter, make_parent};
use crate::price_list::price_list;
use crate::request::{BillRequest, Format};
use crate::schema::Column;
use crate::truth::{GroundTruth, PeriodTruth, Sums};
use crate::world::World;
use crate::{cur2, focus, legacy};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes the bill a request describes into `dir`, as into a bucket, and says what it holds.
///
/// # Errors
/// [`WriteError`] when the request cannot be met or a file cannot be written. What was written until then stays.
///
/// # Panics
/// When a thread of ours panicked.
pub fn write_bill(request: &BillRequest, dir: &Path) -> Result<GroundTruth, WriteError> {
    check(request)?;
    let world = World::new(request);
    write_world(request, &world, &Address::own(&world), &|key| dir.join(key))
}

/// The file that a key of a bucket stands for.
pub(crate) type FileOf<'a> = &'a (dyn Fn(&str) -> PathBuf + Sync);

/// The same of an organization that is there already, at an address, each key into its file.
pub(crate) fn write_world(request: &BillRequest, world: &World, address: &Address, file: FileOf<'_>) -> Result<GroundTruth, WriteError> {
    let target = Target { address, file };
    let months: Vec<Month<'_>> = world.periods.iter().map(|period| Month::new(world, *period)).collect();
    let mut jobs = Vec::new();
    for (index, month) in months.iter().enumerate() {
        let parts = hours_of_parts(month, request.part_rows);
        jobs.extend(parts.into_iter().enumerate().map(|(part, hours)| Job { month: index, part: part + 1, hours }));
    }
    let sums = run_jobs(request, target, &months, &jobs)?;
    let mut periods = Vec::new();
    for (index, month) in months.iter().enumerate() {
        let of_month: Vec<&Sums> = jobs.iter().zip(&sums).filter(|(job, _)| job.month == index).map(|(_, sums)| sums).collect();
        periods.push(close(request, target, month, &of_month)?);
    }
    let (sharing, prices) = (world.sharing.to_toml(&world.accounts), price_list(&world.fleet.skus));
    Ok(GroundTruth { payer: world.accounts[0].id.clone(), periods, sharing, prices })
}

/// Writes `sharing.toml` and `prices.csv` into `dir`: what applying commitments needs to know and no bill says.
///
/// Not into the bill's own folder: readers of a folder take every CSV file there for a part of the bill.
///
/// # Errors
/// [`WriteError`] when a file cannot be written.
pub fn write_settings(truth: &GroundTruth, dir: &Path) -> Result<(), WriteError> {
    for (name, text) in [("sharing.toml", &truth.sharing), ("prices.csv", &truth.prices)] {
        let path = dir.join(name);
        make_parent(&path)?;
        fs::write(&path, text).map_err(|source| WriteError::File { path, source })?;
    }
    Ok(())
}

/// Where a bill goes.
#[derive(Clone, Copy)]
struct Target<'a> {
    address: &'a Address,
    file: FileOf<'a>,
}

/// A part to write: hours of one month.
struct Job {
    month: usize,
    part: usize,
    hours: Vec<i64>,
}

fn check(request: &BillRequest) -> Result<(), WriteError> {
    let wrong = if request.accounts == 0 {
        "an organization has at least one account"
    } else if request.months == 0 {
        "a bill has at least one month"
    } else if request.part_rows == 0 {
        "a part holds at least one row"
    } else if request.discount_percent.is_some_and(|percent| percent == 0 || percent >= 100) {
        "a discount lies between 1 and 99 percent"
    } else if request.layout == crate::Layout::Athena && request.format != Format::LegacyParquet {
        "the Athena layout is for legacy Parquet"
    } else if columns(request).len() < request.columns.len() {
        "a column that it names is none of the report's"
    } else {
        return Ok(());
    };
    Err(WriteError::Request(wrong))
}

/// Splits a month into stretches of hours with about `part_rows` rows each, before any row is made.
fn hours_of_parts(month: &Month<'_>, part_rows: u64) -> Vec<Vec<i64>> {
    let mut parts = vec![Vec::new()];
    let mut rows = 0;
    for hour in (month.start..month.end).step_by(3600) {
        let of_hour = month.world.fleet.running(hour);
        let last = parts.last_mut().expect("there is always a part");
        if rows + of_hour > part_rows && !last.is_empty() {
            parts.push(vec![hour]);
            rows = of_hour;
        } else {
            last.push(hour);
            rows += of_hour;
        }
    }
    parts
}

fn run_jobs(request: &BillRequest, target: Target<'_>, months: &[Month<'_>], jobs: &[Job]) -> Result<Vec<Sums>, WriteError> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..request.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { return };
                    let done = run_job(request, target, &months[job.month], job);
                    let failed = done.is_err();
                    results.lock().expect("no thread panics with the lock").push((index, done));
                    if failed {
                        // The others finish their part and find nothing more to do.
                        next.store(jobs.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no thread panics with the lock");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, done)| done).collect()
}

fn run_job(request: &BillRequest, Target { address, file }: Target<'_>, month: &Month<'_>, job: &Job) -> Result<Sums, WriteError> {
    let layout = MonthLayout::new(month, request.format, request.layout, address);
    let mut part = PartWriter::create(request, month, file(&layout.part(job.part)))?;
    let (mut sums, mut scratch, mut rows) = (Sums::new(month), Scratch::default(), Vec::new());
    for &hour in &job.hours {
        rows_of_hour(month, hour, &mut scratch, &mut rows);
        sums.add(month, &rows);
        part.write(&rows)?;
    }
    part.finish()?;
    Ok(sums)
}

/// Writes what comes once a month: the closing part and the manifests.
fn close(
    request: &BillRequest,
    Target { address, file }: Target<'_>,
    month: &Month<'_>,
    parts: &[&Sums],
) -> Result<PeriodTruth, WriteError> {
    let mut sums = Sums::new(month);
    parts.iter().for_each(|part| sums.merge(part));
    let layout = MonthLayout::new(month, request.format, request.layout, address);
    let number = parts.len() + 1;
    let rows = closing_rows(month, &mut sums);
    let mut part = PartWriter::create(request, month, file(&layout.part(number)))?;
    part.write(&rows)?;
    part.finish()?;
    let keys: Vec<String> = (1..=number).map(|number| layout.part(number)).collect();
    for NamedText { path, text } in layout.manifests(month, &columns(request), &keys) {
        let path = file(&path);
        make_parent(&path)?;
        fs::write(&path, text).map_err(|source| WriteError::File { path, source })?;
    }
    Ok(sums.into_truth(month))
}

/// The columns of the report a request asks for: those it names, in its order.
pub(crate) fn columns(request: &BillRequest) -> Vec<Column> {
    let all = all_columns(request);
    if request.columns.is_empty() {
        return all;
    }
    let named = |name: &String| all.iter().find(|column| column.name.eq_ignore_ascii_case(name)).cloned();
    request.columns.iter().filter_map(named).collect()
}

fn all_columns(request: &BillRequest) -> Vec<Column> {
    let net = request.discount_percent.is_some();
    match request.format {
        Format::LegacyCsv => legacy::columns(false, net, request.split),
        Format::LegacyParquet => legacy::columns(true, net, request.split),
        Format::Cur2Parquet | Format::Cur2Csv => cur2::columns(),
        Format::FocusParquet | Format::FocusCsv => focus::columns(),
    }
}
