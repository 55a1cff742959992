//! Rows of Parquet files, whatever types their columns have.

use super::double::{decimal_of, decimal_of_single};
use super::moment::{is_plausible, parse_moment};
use super::nested::{map_texts, nested_texts};
use super::row::{Fault, Problem, Row, Want, Wanted};
use crate::source::Part;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use std::sync::Arc;
use tenor_money::{Decimal, DecimalError, SCALE_DIGITS};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4096;

/// A Parquet part with its footer read.
pub(crate) struct ParquetPart {
    part: Part,
    metadata: ArrowReaderMetadata,
    /// Names of its top-level columns.
    pub(crate) columns: Vec<String>,
}

impl ParquetPart {
    pub(crate) fn open(part: &Part) -> Result<Self, ParquetError> {
        let metadata = ArrowReaderMetadata::load(part, ArrowReaderOptions::new())?;
        let columns = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { part: part.clone(), metadata, columns })
    }

    /// Batches with only the wanted columns, in file order.
    pub(crate) fn read(&self, wanted: &[Wanted]) -> Result<ParquetRecordBatchReader, ParquetError> {
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), wanted.iter().map(|column| column.index));
        ParquetRecordBatchReaderBuilder::new_with_metadata(self.part.clone(), self.metadata.clone())
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
    }
}

/// One wanted column of a batch, in the form it is read by.
enum Values {
    Text(StringArray),
    Double(arrow::array::Float64Array),
    Single(arrow::array::Float32Array),
    Whole(arrow::array::Int64Array),
    Exact { values: arrow::array::Decimal128Array, scale: i8 },
    Moment(TimestampMicrosecondArray),
    Nested(Vec<Arc<str>>),
}

/// A batch whose columns are ready to be read by row.
pub(crate) struct ParquetBatch {
    columns: Vec<Values>,
    pub(crate) rows: usize,
}

/// A column whose values cannot be read as what they are wanted for.
#[derive(Debug)]
pub(crate) struct UnreadableColumn {
    /// Its name.
    pub(crate) column: String,
    /// What the decoder said.
    pub(crate) source: ArrowError,
}

impl ParquetBatch {
    /// Takes the wanted columns out of a batch that was read with them.
    pub(crate) fn new(batch: &RecordBatch, wanted: &[Wanted]) -> Result<Self, UnreadableColumn> {
        let schema = batch.schema();
        let column = |column: &Wanted| {
            let (at, _) = schema.column_with_name(&column.name).expect("the reader gives the columns it was asked for");
            values(batch.column(at), column.want).map_err(|source| UnreadableColumn { column: column.name.clone(), source })
        };
        Ok(Self { columns: wanted.iter().map(column).collect::<Result<_, _>>()?, rows: batch.num_rows() })
    }
}

fn values(array: &ArrayRef, want: Want) -> Result<Values, ArrowError> {
    match (want, array.data_type()) {
        (Want::Text | Want::Map, DataType::Map(..)) => Ok(Values::Nested(map_texts(array.as_map())?)),
        (Want::Text | Want::Map, data_type) if data_type.is_nested() => Ok(Values::Nested(nested_texts(array)?)),
        (Want::Amount, DataType::Float64) => Ok(Values::Double(array.as_primitive::<Float64Type>().clone())),
        (Want::Amount, DataType::Float32) => Ok(Values::Single(array.as_primitive::<Float32Type>().clone())),
        (Want::Amount, DataType::Decimal128(_, scale)) => {
            Ok(Values::Exact { values: array.as_primitive::<Decimal128Type>().clone(), scale: *scale })
        }
        // Unsigned numbers of 64 bits need not fit; their text says so row by row.
        (Want::Amount, data_type) if data_type.is_integer() && *data_type != DataType::UInt64 => {
            Ok(Values::Whole(strict_cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
        }
        (Want::Moment, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) => {
            let micros = strict_cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            Ok(Values::Moment(micros.as_primitive::<TimestampMicrosecondType>().clone()))
        }
        // Anything else is read by its text: strings of every kind, booleans, numbers in text columns.
        _ => Ok(Values::Text(strict_cast(array, &DataType::Utf8)?.as_string::<i32>().clone())),
    }
}

/// A cast that fails where a value has no counterpart, instead of making it null.
pub(super) fn strict_cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}

/// One row of a batch.
pub(crate) struct ParquetRow<'a> {
    pub(crate) batch: &'a ParquetBatch,
    pub(crate) row: usize,
}

impl Row for ParquetRow<'_> {
    #[inline]
    fn text(&self, wanted: usize) -> &[u8] {
        match &self.batch.columns[wanted] {
            Values::Text(texts) if texts.is_valid(self.row) => texts.value(self.row).as_bytes(),
            Values::Nested(texts) => texts[self.row].as_bytes(),
            _ => &[],
        }
    }

    #[inline]
    fn amount(&self, wanted: usize) -> Result<Option<Decimal>, Fault> {
        let fault = |error: DecimalError| Fault::at(wanted, Problem::Amount(error));
        let row = self.row;
        match &self.batch.columns[wanted] {
            Values::Double(values) if values.is_valid(row) => decimal_of(values.value(row)).map(Some).map_err(fault),
            Values::Single(values) if values.is_valid(row) => decimal_of_single(values.value(row)).map(Some).map_err(fault),
            Values::Whole(values) if values.is_valid(row) => whole(values.value(row)).map(Some).map_err(fault),
            Values::Exact { values, scale } if values.is_valid(row) => exact(values.value(row), *scale).map(Some).map_err(fault),
            Values::Text(_) => match self.text(wanted) {
                [] => Ok(None),
                text => Decimal::parse(text).map(Some).map_err(fault),
            },
            _ => Ok(None),
        }
    }

    fn moment(&self, wanted: usize) -> Result<Option<i64>, Fault> {
        match &self.batch.columns[wanted] {
            Values::Moment(moments) if moments.is_valid(self.row) => {
                let micros = Some(moments.value(self.row)).filter(is_plausible);
                micros.map(Some).ok_or(Fault::at(wanted, Problem::Moment))
            }
            Values::Moment(_) => Ok(None),
            _ => match self.text(wanted) {
                [] => Ok(None),
                text => parse_moment(text).filter(is_plausible).map(Some).ok_or(Fault::at(wanted, Problem::Moment)),
            },
        }
    }

    fn shown(&self, wanted: usize) -> String {
        let row = self.row;
        match &self.batch.columns[wanted] {
            Values::Double(values) if values.is_valid(row) => values.value(row).to_string(),
            Values::Single(values) if values.is_valid(row) => values.value(row).to_string(),
            Values::Whole(values) if values.is_valid(row) => values.value(row).to_string(),
            Values::Exact { values, .. } if values.is_valid(row) => values.value_as_string(row),
            Values::Moment(values) if values.is_valid(row) => {
                values.value_as_datetime(row).map(|moment| moment.to_string()).unwrap_or_default()
            }
            _ => String::from_utf8_lossy(self.text(wanted)).into_owned(),
        }
    }

    fn record(&self) -> String {
        let values: Vec<_> = (0..self.batch.columns.len()).map(|column| self.shown(column)).collect();
        serde_json::to_string(&values).expect("texts are JSON")
    }
}

fn whole(value: i64) -> Result<Decimal, DecimalError> {
    Decimal { units: i128::from(value) * tenor_money::SCALE, residue: 0 }.within_limits()
}

/// A decimal of another scale.
fn exact(value: i128, scale: i8) -> Result<Decimal, DecimalError> {
    match u32::try_from(i32::from(SCALE_DIGITS as i8) - i32::from(scale)) {
        Ok(more) if more <= 38 => {
            let units = 10_i128.checked_pow(more).and_then(|factor| value.checked_mul(factor)).ok_or(DecimalError::TooLarge)?;
            Decimal { units, residue: 0 }.within_limits()
        }
        // More decimals than we keep: the text knows how to round and to count what rounding takes.
        _ => Decimal::parse(format!("{value}e{}", -i32::from(scale)).as_bytes()),
    }
}
