//! Reads a dataset from Parquet, from Arrow record batches, or from CSV.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::dataset::{Cell, Collector, Dataset, Kind};
use super::number::Number;

impl Dataset {
    /// Reads Parquet files that together are one dataset; each must have the same columns.
    ///
    /// # Errors
    /// When a file cannot be read, or its columns are not those of the first.
    pub fn from_parquet<P: AsRef<Path>>(paths: &[P]) -> Result<Dataset> {
        let mut reader = BatchReader::default();
        for path in paths {
            let path = path.as_ref();
            let open = || -> Result<_> { Ok(ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?) };
            let builder = open().with_context(|| format!("cannot open `{}`", path.display()))?;
            reader.start(builder.schema()).with_context(|| format!("in `{}`", path.display()))?;
            for batch in builder.build()? {
                let batch = batch.with_context(|| format!("cannot read `{}`", path.display()))?;
                reader.push(&batch).with_context(|| format!("in `{}`", path.display()))?;
            }
        }
        reader.finish()
    }

    /// Takes record batches that have the same columns.
    ///
    /// # Errors
    /// When the columns of a batch are not those of the first.
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Dataset> {
        let mut reader = BatchReader::default();
        for batch in batches {
            reader.start(&batch.schema())?;
            reader.push(batch)?;
        }
        reader.finish()
    }

    /// Reads a CSV file with a header line; an empty field is null.
    ///
    /// # Errors
    /// When the file cannot be read as CSV in UTF-8.
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Dataset> {
        let path = path.as_ref();
        let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        Dataset::from_csv_reader(file).with_context(|| format!("cannot read `{}`", path.display()))
    }

    /// Reads CSV with a header line; an empty field is null.
    ///
    /// # Errors
    /// When it is not CSV in UTF-8.
    pub fn from_csv_reader(source: impl Read) -> Result<Dataset> {
        let mut reader = csv::Reader::from_reader(source);
        let mut columns: Vec<Collector> = reader.headers()?.iter().map(|name| Collector::new(name, Kind::Untyped)).collect();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            for (column, field) in columns.iter_mut().zip(&record) {
                if field.is_empty() { column.push_null() } else { column.push_text(field)? }
            }
        }
        Dataset::new(columns.into_iter().map(Collector::finish).collect())
    }
}

#[derive(Default)]
struct BatchReader {
    columns: Vec<Collector>,
}

impl BatchReader {
    fn start(&mut self, schema: &Schema) -> Result<()> {
        if self.columns.is_empty() {
            self.columns = schema.fields().iter().map(|field| Collector::new(field.name(), kind(field.data_type()))).collect();
        }
        ensure!(schema.fields().len() == self.columns.len(), "the number of columns differs from the first part");
        Ok(())
    }

    fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        for (index, column) in self.columns.iter_mut().enumerate() {
            let field = schema.field(index);
            ensure!(kind(field.data_type()) == *column.kind(), "column `{}` has another type than in the first part", field.name());
            append(column, batch.column(index)).with_context(|| format!("column `{}`", field.name()))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Dataset> {
        Dataset::new(self.columns.into_iter().map(Collector::finish).collect())
    }
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Dictionary(_, value) => kind(value),
        DataType::Decimal128(_, _) => Kind::Decimal,
        DataType::Float64 | DataType::Float32 => Kind::Float,
        DataType::Timestamp(_, zone) => Kind::Moment { utc: zone.as_deref().is_some_and(is_utc) },
        other => Kind::Other(other.to_string()),
    }
}

fn is_utc(zone: &str) -> bool {
    ["UTC", "Z", "+00:00", "Etc/UTC"].contains(&zone)
}

fn append(column: &mut Collector, values: &ArrayRef) -> Result<()> {
    match (column.kind(), values.data_type()) {
        (Kind::Text, DataType::Dictionary(_, _)) => append_dictionary(column, values),
        (Kind::Text, _) => append_text(column, values),
        (Kind::Decimal, DataType::Decimal128(_, scale)) => append_decimals(column, values, i32::from(*scale)),
        (Kind::Moment { .. }, _) => append_moments(column, values),
        _ => append_shown(column, values),
    }
}

fn append_text(column: &mut Collector, values: &ArrayRef) -> Result<()> {
    let values = cast(values, &DataType::Utf8View)?;
    for value in values.as_string_view() {
        match value {
            Some(text) => column.push_text(text)?,
            None => column.push_null(),
        }
    }
    Ok(())
}

fn append_dictionary(column: &mut Collector, values: &ArrayRef) -> Result<()> {
    let values = cast(values, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))?;
    let dictionary = values.as_dictionary::<Int32Type>();
    let texts = dictionary.values().as_string::<i32>();
    for key in dictionary.keys() {
        match key.and_then(|key| usize::try_from(key).ok()).filter(|key| texts.is_valid(*key)) {
            Some(key) => column.push_text(texts.value(key))?,
            None => column.push_null(),
        }
    }
    Ok(())
}

fn append_decimals(column: &mut Collector, values: &ArrayRef, scale: i32) -> Result<()> {
    for value in values.as_primitive::<Decimal128Type>() {
        let Some(value) = value else {
            column.push_null();
            continue;
        };
        column.push(&value.to_le_bytes(), || {
            let number = Number::scaled(value, scale).with_context(|| format!("{value} of scale {scale} is out of range"))?;
            Ok(Cell { text: number.text(), number: Some(number) })
        })?;
    }
    Ok(())
}

fn append_moments(column: &mut Collector, values: &ArrayRef) -> Result<()> {
    let zone = match values.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let values = cast(values, &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
    let texts = cast(&values, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let format = FormatOptions::new().with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"));
    let shown = ArrayFormatter::try_new(&texts, &format)?;
    for (row, value) in values.as_primitive::<TimestampMicrosecondType>().iter().enumerate() {
        match value {
            Some(value) => {
                column.push(&value.to_le_bytes(), || Ok(Cell { text: shown.value(row).try_to_string()?, number: None }))?;
            }
            None => column.push_null(),
        }
    }
    Ok(())
}

/// Any other type: its text as Arrow shows it.
fn append_shown(column: &mut Collector, values: &ArrayRef) -> Result<()> {
    let shown = ArrayFormatter::try_new(values, &FormatOptions::new())?;
    for row in 0..values.len() {
        if values.is_null(row) {
            column.push_null();
            continue;
        }
        let text = shown.value(row).try_to_string()?;
        // Arrow shows a double by its shortest text, with a lower-case `e` that FOCUS does not know.
        let text = if *column.kind() == Kind::Float { text.replace('e', "E") } else { text };
        column.push_text(&text)?;
    }
    Ok(())
}
