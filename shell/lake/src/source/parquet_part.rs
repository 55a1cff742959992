//! Parquet straight from a part: its columns, and any value of its first row.

use super::bytes::{Part, PartBytes};
use super::peek;
use super::{Format, SourceError};
use ::bytes::{Buf, Bytes};
use jiff::Timestamp;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// A page header and the small pages after it come in one piece.
const BLOCK: u64 = 64 << 10;

impl Length for Part {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Part {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(Box::new(From { bytes: Arc::clone(&self.bytes), position: start, size: self.size, block: Bytes::new() }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.bytes.range(start, length).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// The bytes from a position on, in small blocks.
struct From {
    bytes: Arc<dyn PartBytes>,
    position: u64,
    size: u64,
    block: Bytes,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let length = BLOCK.min(self.size.saturating_sub(self.position));
            self.block = self.bytes.range(self.position, usize::try_from(length).map_err(io::Error::other)?)?;
            self.position += length;
        }
        let length = buffer.len().min(self.block.len());
        self.block.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// The names of a part's columns, as written: the first line of a CSV part without its byte order mark, or the schema of a Parquet
/// file. Empty for a part without any content, as overwritten exports leave behind.
///
/// # Errors
/// When the part cannot be read.
pub fn columns(part: &Part) -> Result<Vec<String>, SourceError> {
    let failed = |source| SourceError::Read { part: part.name.clone(), source };
    if part.size == 0 {
        return Ok(Vec::new());
    }
    if part.format == Format::Parquet {
        return Ok(schema_names(&metadata(part).map_err(failed)?));
    }
    let text = part.text().map_err(failed)?;
    Ok(peek::records(text, 1).map_err(failed)?.pop().unwrap_or_default())
}

/// A Parquet file's footer.
pub(super) fn metadata(part: &Part) -> io::Result<ParquetMetaData> {
    ParquetMetaDataReader::new().parse_and_finish(part).map_err(io::Error::other)
}

pub(super) fn schema_names(metadata: &ParquetMetaData) -> Vec<String> {
    metadata.file_metadata().schema().get_fields().iter().map(|field| field.name().to_owned()).collect()
}

/// The first row's values of the columns that `wanted` takes, as text; nothing when the file has no row.
pub(super) fn first_row(part: &Part, wanted: impl Fn(&str) -> bool) -> io::Result<BTreeMap<String, String>> {
    let reader = SerializedFileReader::new(part.clone()).map_err(io::Error::other)?;
    let schema = reader.metadata().file_metadata().schema();
    let fields: Vec<_> = schema.get_fields().iter().filter(|field| wanted(field.name())).cloned().collect();
    if fields.is_empty() {
        return Ok(BTreeMap::new());
    }
    let projection = Type::group_type_builder(schema.name()).with_fields(fields).build().map_err(io::Error::other)?;
    let mut rows = reader.get_row_iter(Some(projection)).map_err(io::Error::other)?;
    let Some(row) = rows.next() else { return Ok(BTreeMap::new()) };
    let row = row.map_err(io::Error::other)?;
    Ok(row.get_column_iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

fn text(value: &Field) -> String {
    let moment = match value {
        Field::Str(text) => return text.clone(),
        Field::TimestampMillis(moment) => Timestamp::from_millisecond(*moment),
        Field::TimestampMicros(moment) => Timestamp::from_microsecond(*moment),
        other => return other.to_string(),
    };
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}
