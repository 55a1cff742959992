//! One Parquet file, written a sorted row group at a time, a column at a time.

use super::batch::Batch;
use crate::schema::{ColumnInfo, Kind};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a data page: small enough that one resource's history is a few pages, large enough to encode well.
const PAGE_ROWS: usize = 16_384;
/// Columns whose pages can be skipped by their smallest and largest values.
const PAGED: [&str; 4] = ["SubAccountId", "ServiceName", "ResourceId", "ChargePeriodStart"];

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file could not be made or written to.
    #[error("cannot write `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Parquet could not be encoded or written; a full disk ends here too.
    #[error("cannot write Parquet to `{path}`")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        source: ParquetError,
    },
}

/// Bytes on their way to a file, hashed as they pass.
struct HashedFile {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The columns of a table as Arrow and Parquet see them.
pub(crate) struct TableShape {
    pub(crate) columns: Vec<ColumnInfo>,
    schema: SchemaRef,
    properties: WriterPropertiesPtr,
}

impl TableShape {
    pub(crate) fn new(columns: Vec<ColumnInfo>) -> Self {
        let fields: Vec<_> = columns.iter().map(|info| Field::new(info.name, writer_type(*info), true)).collect();
        Self { schema: Arc::new(Schema::new(fields)), properties: Arc::new(writer_properties(&columns)), columns }
    }
}

/// Text goes to the writer as dictionaries, which it encodes without looking at each row's bytes again.
fn writer_type(info: ColumnInfo) -> DataType {
    match info.kind {
        Kind::Text | Kind::Json => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Amount | Kind::Moment | Kind::Day | Kind::Count => info.data_type(),
    }
}

fn writer_properties(columns: &[ColumnInfo]) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("zstd has a level 1");
    let mut properties = WriterProperties::builder()
        .set_created_by("tenor".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_column_index_truncate_length(Some(64))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_dictionary_page_size_limit(8 << 20)
        .set_max_row_group_row_count(None);
    for info in columns {
        // Rows are sorted by the first, so their pages can be skipped; nobody looks for charges by amount.
        let statistics = match info.kind {
            _ if PAGED.contains(&info.name) => EnabledStatistics::Page,
            Kind::Amount => EnabledStatistics::None,
            _ => continue,
        };
        properties = properties.set_column_statistics_enabled(ColumnPath::from(info.name), statistics);
    }
    properties.build()
}

/// A file of one table, open for row groups.
pub(crate) struct TableFile {
    path: PathBuf,
    writer: SerializedFileWriter<HashedFile>,
    factory: ArrowRowGroupWriterFactory,
    row_groups: usize,
    pub(crate) rows: u64,
}

/// A finished file: where it is, and the hash of its bytes.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) hash: blake3::Hash,
}

impl TableFile {
    pub(crate) fn create(path: &Path, shape: &TableShape) -> Result<Self, WriteError> {
        let file = File::create_new(path).map_err(|source| WriteError::Io { path: path.to_owned(), source })?;
        let sink = HashedFile { file: BufWriter::with_capacity(1 << 20, file), hasher: blake3::Hasher::new() };
        let parquet = |source| WriteError::Parquet { path: path.to_owned(), source };
        // The Arrow schema is left out of the file: readers then see plain text, not our dictionaries.
        let schema = ArrowSchemaConverter::new().schema_root("charges").convert(&shape.schema).map_err(parquet)?;
        let writer = SerializedFileWriter::new(sink, schema.root_schema_ptr(), Arc::clone(&shape.properties)).map_err(parquet)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&shape.schema));
        Ok(Self { path: path.to_owned(), writer, factory, row_groups: 0, rows: 0 })
    }

    /// Writes the batch's rows in the order of `rows` as one row group.
    pub(crate) fn write_row_group(&mut self, batch: &Batch, rows: &[u32], shape: &TableShape) -> Result<(), WriteError> {
        self.encode(batch, rows, shape).map_err(|source| WriteError::Parquet { path: self.path.clone(), source })?;
        self.rows += rows.len() as u64;
        Ok(())
    }

    fn encode(&mut self, batch: &Batch, rows: &[u32], shape: &TableShape) -> Result<(), ParquetError> {
        let writers = self.factory.create_column_writers(self.row_groups)?;
        self.row_groups += 1;
        let mut group = self.writer.next_row_group()?;
        // A column is gathered, encoded and appended before the next, so that only one is in memory twice.
        for (column, mut writer) in writers.into_iter().enumerate() {
            let field = shape.schema.field(column);
            let array = batch.array(column, rows, field.data_type());
            for leaf in compute_leaves(field, &array)? {
                writer.write(&leaf)?;
            }
            writer.close()?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Finished, WriteError> {
        let path = self.path;
        let sink = self.writer.into_inner().map_err(|source| WriteError::Parquet { path: path.clone(), source })?;
        let HashedFile { file, hasher } = sink;
        let io = |source| WriteError::Io { path: path.clone(), source };
        let file = file.into_inner().map_err(|error| io(error.into_error()))?;
        file.sync_all().map_err(io)?;
        Ok(Finished { path, hash: hasher.finalize() })
    }
}
