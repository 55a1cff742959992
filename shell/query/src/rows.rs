//! Rows of an answer as they come, each value as exact text.

use crate::QueryError;
use crate::tables::LakeFiles;
use crate::workers::Workers;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use std::sync::Arc;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnHead {
    /// Its name.
    pub name: String,
    /// Whether its values are numbers.
    pub is_number: bool,
}

/// One value of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text, a moment (ISO 8601 in UTC), a date, or a nested value as JSON-like text.
    Text(String),
    /// An exact decimal in its shortest form. Programs are given it as text.
    Amount(String),
    /// A whole or floating number.
    Number(String),
    /// Yes or no.
    Flag(bool),
}

/// The rows of an answer.
pub struct Rows {
    columns: Vec<ColumnHead>,
    stream: SendableRecordBatchStream,
    files: Arc<LakeFiles>,
    /// Kept at work, even when the engine is gone.
    _workers: Arc<Workers>,
    memory_bytes_max: usize,
    /// Rows of the information schema plan views while they come, and the engine may be gone by then.
    _session: SessionContext,
}

impl Rows {
    pub(crate) fn new(
        stream: SendableRecordBatchStream,
        files: Arc<LakeFiles>,
        workers: Arc<Workers>,
        session: SessionContext,
        memory_bytes_max: usize,
    ) -> Self {
        let schema = stream.schema();
        let columns =
            schema.fields().iter().map(|field| ColumnHead { name: field.name().clone(), is_number: field.data_type().is_numeric() });
        Self { columns: columns.collect(), stream, files, _workers: workers, memory_bytes_max, _session: session }
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[ColumnHead] {
        &self.columns
    }

    /// The next rows, a few thousand at most; `None` after the last.
    ///
    /// # Errors
    /// When the question fails on its way.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Value>>>, QueryError> {
        Ok(self.next_with_batch().await?.map(|(_, rows)| rows))
    }

    /// The next rows, with the batch they come from.
    pub(crate) async fn next_with_batch(&mut self) -> Result<Option<(RecordBatch, Vec<Vec<Value>>)>, QueryError> {
        let Some(batch) = self.next_batch().await? else { return Ok(None) };
        let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
        for column in batch.columns() {
            let show = values(column).map_err(|error| self.failed(error.into()))?;
            for (at, row) in rows.iter_mut().enumerate() {
                row.push(show(at).map_err(|error| self.failed(error.into()))?);
            }
        }
        Ok(Some((batch, rows)))
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    pub(crate) async fn next_batch(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        let batch = self.stream.next().await.transpose();
        batch.map_err(|error| self.failed(error))
    }

    pub(crate) fn failed(&self, error: DataFusionError) -> QueryError {
        match QueryError::running(error, self.memory_bytes_max) {
            QueryError::Damaged { source } => self.files.refusal(&source.to_string()).unwrap_or(QueryError::Damaged { source }),
            error => error,
        }
    }
}

/// A value as text, if there is one.
pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) | Value::Amount(text) | Value::Number(text) => Some(text),
        Value::Flag(flag) => Some(flag.to_string()),
    }
}

/// Shows the value of a row.
pub(crate) type Show<'a> = Box<dyn Fn(usize) -> Result<Value, ArrowError> + 'a>;

/// How to show the values of one column.
pub(crate) fn values(column: &ArrayRef) -> Result<Show<'_>, ArrowError> {
    let known: Show<'_> = match column.data_type() {
        DataType::Null => Box::new(|_| Ok(Value::Null)),
        DataType::Utf8View => {
            let texts = column.as_string_view();
            Box::new(|row| Ok(Value::Text(texts.value(row).to_owned())))
        }
        DataType::Utf8 => {
            let texts = column.as_string::<i32>();
            Box::new(|row| Ok(Value::Text(texts.value(row).to_owned())))
        }
        DataType::Decimal128(_, scale) if *scale >= 0 => {
            let (units, scale) = (column.as_primitive::<Decimal128Type>(), scale.unsigned_abs());
            Box::new(move |row| Ok(Value::Amount(decimal(units.value(row), scale.into()))))
        }
        DataType::Boolean => {
            let flags = column.as_boolean();
            Box::new(|row| Ok(Value::Flag(flags.value(row))))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let moments = column.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row| Ok(Value::Text(moment(moments.value(row)))))
        }
        other => {
            let options = FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"));
            let formatter = ArrayFormatter::try_new(column, &options)?;
            let is_number = other.is_numeric();
            let is_decimal = matches!(other, DataType::Decimal256(..));
            Box::new(move |row| {
                let text = formatter.value(row).try_to_string()?;
                Ok(if is_decimal {
                    Value::Amount(text)
                } else if is_number {
                    Value::Number(text)
                } else {
                    Value::Text(text)
                })
            })
        }
    };
    if column.null_count() == 0 {
        return Ok(known);
    }
    Ok(Box::new(move |row| if column.is_null(row) { Ok(Value::Null) } else { known(row) }))
}

/// The shortest exact decimal of `units` of 10⁻ˢᶜᵃˡᵉ.
pub(crate) fn decimal(units: i128, scale: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// A moment as ISO 8601 in UTC; one outside the calendar as its microseconds since 1970.
pub(crate) fn moment(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::{decimal, moment};

    #[test]
    fn decimals_are_exact_and_short() {
        let shown = [(0, 12), (5, 0), (-5, 12), (1_500_000_000_000, 12), (-1_000_000_000_000, 12), (i128::MAX, 2)];
        let shown: Vec<_> = shown.iter().map(|(units, scale)| decimal(*units, *scale)).collect();
        assert_eq!(shown, ["0", "5", "-0.000000000005", "1.5", "-1", "1701411834604692317316873037158841057.27"]);
    }

    #[test]
    fn moments_are_iso_8601_in_utc() {
        assert_eq!(moment(1_538_352_000_000_000), "2018-10-01T00:00:00Z");
        assert_eq!(moment(1_538_352_000_500_000), "2018-10-01T00:00:00.5Z");
        assert_eq!(moment(i64::MAX), "9223372036854775807");
    }
}
