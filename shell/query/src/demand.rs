//! Hourly demand out of a Parquet or CSV table that somebody else keeps.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit, TimestampMicrosecondType};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{cast, ident};
use datafusion::prelude::{CsvReadOptions, DataFrame, ParquetReadOptions, SessionContext};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use tenor_bill::Hour;
use tenor_money::Quantity;
use tenor_propose::{Demand, DemandError, DemandSeries};

/// Hours that a table may span: ten years, so that one mistyped year does not fill the memory.
const HOURS_MAX: i64 = 10 * 8_784;

/// Microseconds in an hour.
const HOUR_MICROS: i64 = 3_600_000_000;

/// A table of demand: one row for each series and hour, any order; rows of one series and hour are added up, absent ones are zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandTable {
    /// The file: Parquet, or CSV with a header where its name ends in `.csv`.
    pub path: PathBuf,
    /// The column of the hour, a moment in UTC.
    pub time: String,
    /// The columns that tell series apart, from wide to narrow.
    pub series: Vec<String>,
    /// The column of the value: a number that is not negative.
    pub value: String,
}

/// Why a table is no demand.
#[derive(Debug, thiserror::Error)]
pub enum DemandTableError {
    /// It cannot be read, or has other columns.
    #[error("`{path}` cannot be read as a table of demand")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: DataFusionError,
    },
    /// A cell that is not what its column holds.
    #[error("`{path}`, {place}: {column} `{value}` {what}")]
    Cell {
        /// The file.
        path: String,
        /// The series and hour.
        place: String,
        /// The column.
        column: String,
        /// As it stands there.
        value: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No row at all.
    #[error("`{path}` has no row")]
    Empty {
        /// The file.
        path: String,
    },
    /// More hours than a demand has.
    #[error("`{path}` spans {hours} hours, from {first} to {last}, and a demand at most ten years")]
    TooLong {
        /// The file.
        path: String,
        /// How many.
        hours: i64,
        /// The first.
        first: Hour,
        /// The last.
        last: Hour,
    },
    /// The series do not fit together.
    #[error(transparent)]
    Demand(#[from] DemandError),
}

/// Sums by series and hour.
type Cells = BTreeMap<Vec<String>, BTreeMap<i64, Quantity>>;

impl DemandTable {
    /// Reads it. Hours of which no series has a row are unknown, unless they are at an end.
    ///
    /// # Errors
    /// When it cannot be read, lacks a column, has a cell that is no amount or no moment, or spans more than ten years.
    pub async fn read(&self) -> Result<Demand, DemandTableError> {
        let failed = |source| DemandTableError::Read { path: self.path.display().to_string(), source };
        let mut stream = self.frame().await.map_err(failed)?.execute_stream().await.map_err(failed)?;
        let mut cells = Cells::new();
        while let Some(batch) = stream.next().await {
            self.add(&batch.map_err(failed)?, &mut cells)?;
        }
        self.demand(cells)
    }

    /// Time, value, and the series' columns, as text but for the time.
    async fn frame(&self) -> Result<DataFrame, DataFusionError> {
        let context = SessionContext::new();
        let path = self.path.display().to_string();
        let is_csv = self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let frame = match is_csv {
            // As text: a type guessed from some rows would drop leading zeros of labels and last digits of values.
            true => {
                let guessed = context.read_csv(path.as_str(), CsvReadOptions::new()).await?;
                let fields = guessed.schema().fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
                context.read_csv(path, CsvReadOptions::new().schema(&Schema::new(fields.collect::<Vec<_>>()))).await?
            }
            false => {
                let extension = self.path.extension().map(|extension| format!(".{}", extension.display())).unwrap_or_default();
                context.read_parquet(path, ParquetReadOptions { file_extension: &extension, ..ParquetReadOptions::default() }).await?
            }
        };
        let text = |column: &String| cast(ident(column), DataType::Utf8View);
        let time = cast(ident(&self.time), DataType::Timestamp(TimeUnit::Microsecond, None));
        frame.select([time.alias("time"), text(&self.value).alias("value")].into_iter().chain(self.series.iter().map(text)))
    }

    fn add(&self, batch: &RecordBatch, cells: &mut Cells) -> Result<(), DemandTableError> {
        let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        let values = batch.column(1).as_string_view();
        let labels: Vec<_> = batch.columns()[2..].iter().map(|column| column.as_string_view()).collect();
        for row in 0..batch.num_rows() {
            let labels: Vec<String> =
                labels.iter().map(|column| if column.is_null(row) { "" } else { column.value(row) }.to_owned()).collect();
            let bad = |column: &str, value: &str, what| {
                let hour = (!times.is_null(row)).then(|| Hour::from_epoch_hours(times.value(row).div_euclid(HOUR_MICROS)));
                let hour = hour.map_or("no hour".to_owned(), |hour| hour.to_string());
                let place = format!("the row of `{}` at {hour}", labels.join(" "));
                DemandTableError::Cell {
                    path: self.path.display().to_string(),
                    place,
                    column: column.to_owned(),
                    value: value.to_owned(),
                    what,
                }
            };
            if times.is_null(row) {
                return Err(bad(&self.time, "", "is empty"));
            }
            let text = if values.is_null(row) { "" } else { values.value(row) };
            let value: Quantity = text.parse().map_err(|_| bad(&self.value, text, "is not a number"))?;
            if value < Quantity::ZERO {
                return Err(bad(&self.value, text, "is negative, which no demand is"));
            }
            let hour = times.value(row).div_euclid(HOUR_MICROS);
            let cell = cells.entry(labels.clone()).or_default().entry(hour).or_default();
            let sum = cell.units().checked_add(value.units()).filter(|sum| *sum <= i128::from(u64::MAX));
            *cell = Quantity::from_units(sum.ok_or_else(|| bad(&self.value, text, "makes its hour more than 18 million"))?);
        }
        Ok(())
    }

    fn demand(&self, cells: Cells) -> Result<Demand, DemandTableError> {
        let path = || self.path.display().to_string();
        let hours = || cells.values().flat_map(|of_series| of_series.keys().copied());
        let (Some(first), Some(last)) = (hours().min(), hours().max()) else { return Err(DemandTableError::Empty { path: path() }) };
        let count = last - first + 1;
        if count > HOURS_MAX {
            let (first, last) = (Hour::from_epoch_hours(first), Hour::from_epoch_hours(last));
            return Err(DemandTableError::TooLong { path: path(), hours: count, first, last });
        }
        let count = usize::try_from(count).expect("at most ten years");
        let place = |hour: i64| usize::try_from(hour - first).expect("the first is the least");
        let mut has_rows = vec![false; count];
        hours().for_each(|hour| has_rows[place(hour)] = true);
        let series = cells.iter().map(|(labels, of_series)| {
            let decimals = of_series.values().map(|value| decimals_of(*value)).max().unwrap_or(0);
            let mut dense = vec![0; count];
            for (hour, value) in of_series {
                dense[place(*hour)] = u64::try_from(value.units() / 10_i128.pow(12 - decimals)).expect("sums are checked");
            }
            DemandSeries { labels: labels.clone(), decimals, cells: dense }
        });
        Ok(Demand::new(Hour::from_epoch_hours(first), count, self.series.clone(), series.collect(), spans_without(&has_rows))?)
    }
}

/// Decimals that a quantity needs, up to 12.
fn decimals_of(value: Quantity) -> u32 {
    (0..12).find(|decimals| value.units() % 10_i128.pow(12 - decimals) == 0).unwrap_or(12)
}

/// Where there is nothing, as spans in order.
fn spans_without(has: &[bool]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for place in (0..has.len()).filter(|place| !has[*place]) {
        match spans.last_mut().filter(|span| span.end == place) {
            Some(span) => span.end = place + 1,
            None => spans.push(place..place + 1),
        }
    }
    spans
}
