//! Whether the files are those that the records describe.

use super::{Finding, IMPORT_AGAIN, Severity};
use crate::schema::{Column, ROLLUP_AMOUNTS};
use crate::store::{GivenUp, HeldPeriod, Lake, StoreError};
use arrow::array::{Array, Date32Array, Decimal128Array, Int64Array, RecordBatch};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use std::fs::File;
use std::path::{Path, PathBuf};
use tenor_money::Money;

/// Counts rows by the files' footers, and adds up the roll-ups.
pub(super) fn check(held: &HeldPeriod) -> Vec<Finding> {
    let record = &held.record;
    let mut found = Vec::new();
    found.extend(rows(&held.charges, record.rows_charges, "charges"));
    found.extend(rows(&held.split_costs, record.rows_split, "split costs"));
    match &held.rollup {
        Some(rollup) => match add_up(rollup) {
            Ok(sums) => {
                found.extend(check_rollup(held, &sums));
                found.extend(ends_early(held, &sums));
            }
            Err(error) => found.push(damaged(rollup, &error)),
        },
        None if record.given_up.contains(&GivenUp::ByDay) => {
            let meaning = "its days have too many different charges for one; answers are right and come from the charges, more slowly";
            found.push(Finding::new(Severity::Note, "no roll-up", meaning, ""));
        }
        None if record.rows_charges > 0 => {
            let meaning = "answers stay right but come from the charges, more slowly";
            found.push(Finding::new(Severity::Warning, "roll-up missing", meaning, IMPORT_AGAIN));
        }
        None => {}
    }
    found.extend(detail(held));
    found
}

/// What is to be said of the roll-up by month.
fn detail(held: &HeldPeriod) -> Option<Finding> {
    let what =
        "answers about usage types, operations, instance types, families and coverage are right and come from the charges, more slowly";
    match &held.detail {
        Some(detail) => match add_up(detail) {
            Ok(sums) => {
                let title = "roll-up by month does not add up";
                let counts = |column: &str| {
                    Finding::new(Severity::Error, title, format!("{column} counts more charges than there are"), IMPORT_AGAIN)
                };
                let differs = check_rollup(held, &sums).map(|finding| Finding { title: title.to_owned(), ..finding });
                differs.or_else(|| sums.overcounted.as_deref().map(counts))
            }
            Err(error) => Some(damaged(detail, &error)),
        },
        None if held.record.given_up.contains(&GivenUp::ByMonth) => {
            let meaning = format!("it has too many different charges for one; {what}");
            Some(Finding::new(Severity::Note, "no roll-up by month", meaning, ""))
        }
        None if held.record.rows_charges > 0 => Some(Finding::new(Severity::Note, "roll-up by month missing", what, IMPORT_AGAIN)),
        None => None,
    }
}

fn rows(files: &[PathBuf], expected: u64, what: &str) -> Option<Finding> {
    let mut counted = 0;
    for file in files {
        match footer_rows(file) {
            Ok(rows) => counted += rows,
            Err(error) => return Some(damaged(file, &error)),
        }
    }
    (counted != expected).then(|| {
        let meaning = format!("the files of {what} hold {} where {expected} were imported", super::counted(counted, "row"));
        Finding::new(Severity::Error, format!("{what} changed"), meaning, IMPORT_AGAIN)
    })
}

fn damaged(file: &Path, error: &ParquetError) -> Finding {
    let meaning = format!("`{}` cannot be read: {error}", file.display());
    Finding::new(Severity::Error, "damaged file", meaning, IMPORT_AGAIN)
}

fn footer_rows(file: &Path) -> Result<u64, ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&File::open(file)?)?;
    Ok(metadata.file_metadata().num_rows().unsigned_abs())
}

/// A roll-up has to add up to what its charges add up to, or quick answers differ from slow ones.
fn check_rollup(held: &HeldPeriod, sums: &RollupSums) -> Option<Finding> {
    let record = &held.record;
    let differs = |(column, sum): (&Column, &Money)| {
        let total = total_name(*column).and_then(|name| record.totals.get(name)?.parse::<Money>().ok());
        total.filter(|total| total != sum).map(|total| format!("{} adds up to {sum} and not {total}", column.info().name))
    };
    let mut differences: Vec<_> = ROLLUP_AMOUNTS.iter().zip(&sums.amounts).filter_map(differs).collect();
    if sums.rows != record.rows_charges {
        differences.push(format!("it is of {} rows and not {}", sums.rows, record.rows_charges));
    }
    (!differences.is_empty()).then(|| Finding::new(Severity::Error, "roll-up does not add up", differences.join("; "), IMPORT_AGAIN))
}

/// A month whose charges stop before its last day, in a report taken after it: perhaps an early version of it.
fn ends_early(held: &HeldPeriod, sums: &RollupSums) -> Option<Finding> {
    let last_day = Date::constant(1970, 1, 1).checked_add(i64::from(sums.last_day?).days()).ok()?;
    let taken: Timestamp = held.record.imported_at.parse().ok()?;
    let end = Offset::UTC.to_datetime(held.key.period.end()).date();
    if taken < held.key.period.end() || last_day.tomorrow().ok()? >= end {
        return None;
    }
    let meaning = format!("its last charges are of {last_day}: the report may be an early version of the month");
    Some(Finding::new(Severity::Note, "ends early", meaning, "import its last version, if there is a later one"))
}

fn total_name(column: Column) -> Option<&'static str> {
    match column {
        Column::BilledCost => Some("billed"),
        Column::EffectiveCost => Some("effective"),
        Column::ListCost => Some("list"),
        Column::ContractedCost => Some("contracted"),
        Column::XUnblendedCost => Some("unblended"),
        _ => None,
    }
}

/// What a roll-up adds up to, in the order of [`ROLLUP_AMOUNTS`].
struct RollupSums {
    amounts: Vec<Money>,
    rows: u64,
    /// The last day that charges of a day or less are of, counted from 1970.
    last_day: Option<i32>,
    /// A column that counts more charges of a group than it has.
    overcounted: Option<String>,
}

fn add_up(rollup: &Path) -> Result<RollupSums, ParquetError> {
    let mut sums = RollupSums { amounts: vec![Money::ZERO; ROLLUP_AMOUNTS.len()], rows: 0, last_day: None, overcounted: None };
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(rollup)?)?.build()? {
        let batch = batch?;
        for (sum, column) in sums.amounts.iter_mut().zip(ROLLUP_AMOUNTS) {
            let values: &Decimal128Array = column_of(&batch, column.info().name)?;
            *sum += values.iter().flatten().map(Money::from_units).sum();
        }
        // That by month has none.
        if batch.column_by_name("Day").is_some() {
            let days: &Date32Array = column_of(&batch, "Day")?;
            sums.last_day = sums.last_day.max(days.iter().flatten().max());
        }
        let rows: &Int64Array = column_of(&batch, "Rows")?;
        if let Some(column) = overcounted(&batch, rows)? {
            sums.overcounted = Some(column);
        }
        sums.rows += rows.iter().flatten().map(i64::unsigned_abs).sum::<u64>();
    }
    Ok(sums)
}

/// A column of how many of a group's charges have an amount, where that is not some or all of them.
fn overcounted(batch: &RecordBatch, rows: &Int64Array) -> Result<Option<String>, ParquetError> {
    let schema = batch.schema();
    for name in schema.fields().iter().map(|field| field.name()).filter(|name| name.ends_with("Rows") && *name != "Rows") {
        let counts: &Int64Array = column_of(batch, name)?;
        if counts.iter().zip(rows).any(|(count, rows)| count.zip(rows).is_none_or(|(count, rows)| count < 0 || count > rows)) {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

fn column_of<'a, T: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a T, ParquetError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    column.ok_or_else(|| ParquetError::General(format!("it has no column {name} of the right type")))
}

/// Parquet files under `charges/` that no record counts: other engines would count them as charges.
pub(super) fn strays(lake: &Lake) -> Result<Vec<Finding>, StoreError> {
    let strays = lake.strays()?;
    let finding = |file: &PathBuf| {
        let meaning = format!("`{}` was not put there by an import; engines that read the folder count it", file.display());
        Finding::new(Severity::Error, "stray file", meaning, "move it out of the lake")
    };
    Ok(strays.iter().map(finding).collect())
}

/// The remains of an import that died, if there are any and no import is running.
pub(super) fn interrupted(lake: &Lake) -> Option<Finding> {
    let meaning = "an import was interrupted; the lake is whole, and what it had not finished is still in `staging`";
    lake.was_interrupted()
        .then(|| Finding::new(Severity::Note, "interrupted import", meaning, "run the import again, which clears it away"))
}

/// That this file system shows other programs a moment without the folder of a period that is replaced.
pub(super) fn journal(lake: &Lake) -> Option<Finding> {
    let meaning = "the file system cannot swap two folders in one step; while a period is replaced, other programs may find its folder missing \
        for a moment, and Tenor's own readers do not";
    let todo = "have other programs read when no import runs, or keep the lake on a local file system";
    lake.replaces_by_journal().then(|| Finding::new(Severity::Note, "replaced in two steps", meaning, todo))
}
