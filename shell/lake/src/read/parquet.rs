//! Rows of Parquet files, whatever types their columns have.

use super::double::decimal_of;
use super::moment::{is_plausible, parse_moment};
use super::row::{Fault, Problem, Row, Want, Wanted};
use crate::source::Part;
use arrow::array::{Array, ArrayRef, AsArray, MapArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
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
    Whole(arrow::array::Int64Array),
    Exact { values: arrow::array::Decimal128Array, scale: i8 },
    Moment(TimestampMicrosecondArray),
    Map(Vec<Arc<str>>),
}

/// A batch whose columns are ready to be read by row.
pub(crate) struct ParquetBatch {
    columns: Vec<Values>,
    pub(crate) rows: usize,
}

impl ParquetBatch {
    /// Takes the wanted columns out of a batch that was read with them.
    pub(crate) fn new(batch: &RecordBatch, wanted: &[Wanted]) -> Result<Self, ArrowError> {
        let schema = batch.schema();
        let column = |column: &Wanted| {
            let (at, _) = schema.column_with_name(&column.name).expect("the reader gives the columns it was asked for");
            values(batch.column(at), column.want)
        };
        Ok(Self { columns: wanted.iter().map(column).collect::<Result<_, _>>()?, rows: batch.num_rows() })
    }
}

fn values(array: &ArrayRef, want: Want) -> Result<Values, ArrowError> {
    let text = |array: &ArrayRef| Ok(Values::Text(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()));
    match (want, array.data_type()) {
        (Want::Map, DataType::Map(..)) => Ok(Values::Map(map_texts(array.as_map())?)),
        (Want::Amount, DataType::Float64 | DataType::Float32) => {
            Ok(Values::Double(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone()))
        }
        (Want::Amount, DataType::Decimal128(_, scale)) => {
            Ok(Values::Exact { values: array.as_primitive::<Decimal128Type>().clone(), scale: *scale })
        }
        (Want::Amount, data_type) if data_type.is_integer() => {
            Ok(Values::Whole(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
        }
        (Want::Moment, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) => {
            let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            Ok(Values::Moment(micros.as_primitive::<TimestampMicrosecondType>().clone()))
        }
        // Anything else is read by its text: strings of every kind, booleans, numbers in text columns.
        _ => text(array),
    }
}

/// Each row's map as JSON text with sorted keys; rows without entries have empty text.
fn map_texts(maps: &MapArray) -> Result<Vec<Arc<str>>, ArrowError> {
    let keys = cast(maps.keys(), &DataType::Utf8)?;
    let values = cast(maps.values(), &DataType::Utf8)?;
    let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
    let empty: Arc<str> = Arc::from("");
    let mut known: hashbrown::HashMap<Vec<u8>, Arc<str>> = hashbrown::HashMap::new();
    let mut raw = Vec::new();
    let row_text = |row: usize| {
        let entries = maps.value_offsets()[row] as usize..maps.value_offsets()[row + 1] as usize;
        if maps.is_null(row) || entries.is_empty() {
            return Arc::clone(&empty);
        }
        raw.clear();
        for at in entries.clone() {
            for part in [keys.value(at), if values.is_null(at) { "" } else { values.value(at) }] {
                raw.extend_from_slice(part.as_bytes());
                raw.push(0);
            }
        }
        if let Some(text) = known.get(&raw) {
            return Arc::clone(text);
        }
        let pairs = entries.filter(|at| !values.is_null(*at)).map(|at| (keys.value(at).to_owned(), values.value(at).into()));
        let text: Arc<str> = serde_json::Value::Object(pairs.collect()).to_string().into();
        known.insert(raw.clone(), Arc::clone(&text));
        text
    };
    Ok((0..maps.len()).map(row_text).collect())
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
            Values::Map(texts) => texts[self.row].as_bytes(),
            _ => &[],
        }
    }

    #[inline]
    fn amount(&self, wanted: usize) -> Result<Option<Decimal>, Fault> {
        let fault = |error: DecimalError| Fault::at(wanted, Problem::Amount(error));
        let row = self.row;
        match &self.batch.columns[wanted] {
            Values::Double(values) if values.is_valid(row) => decimal_of(values.value(row)).map(Some).map_err(fault),
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
