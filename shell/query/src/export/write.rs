//! Batches of charges to a file.

use super::FileFormat;
use crate::QueryError;
use crate::rows::{Value, values};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of encoded rows at which a row group ends.
const GROUP_BYTES: usize = 64 << 20;

/// A file on its way; dropped before it is finished, it is gone.
pub(super) struct Writer {
    path: PathBuf,
    part: Part,
    sink: Sink,
    rows: u64,
}

enum Sink {
    Parquet(Box<ArrowWriter<File>>),
    Csv(BufWriter<File>),
}

impl Writer {
    /// Begins `path` in a file beside it.
    pub(super) fn create(path: &Path, format: FileFormat, schema: SchemaRef) -> Result<Self, QueryError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".part-{}", std::process::id()));
        let part = Part(path.with_file_name(name));
        let failed = |source| QueryError::Write { path: path.to_owned(), source };
        let file = File::create(&part.0).map_err(failed)?;
        let sink = match format {
            FileFormat::Parquet => {
                let writer = ArrowWriter::try_new(file, schema, Some(properties()));
                Sink::Parquet(Box::new(writer.map_err(|source| QueryError::Encode { path: path.to_owned(), source })?))
            }
            FileFormat::Csv => {
                let mut file = BufWriter::with_capacity(1 << 20, file);
                let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                writeln!(file, "{}", names.join(",")).map_err(failed)?;
                Sink::Csv(file)
            }
        };
        Ok(Self { path: path.to_owned(), part, sink, rows: 0 })
    }

    /// Writes a batch.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        self.rows += batch.num_rows() as u64;
        match &mut self.sink {
            Sink::Csv(file) => write_csv(file, batch).map_err(|source| QueryError::Write { path: self.path.clone(), source }),
            Sink::Parquet(writer) => {
                let written =
                    writer.write(batch).and_then(|()| if writer.in_progress_size() > GROUP_BYTES { writer.flush() } else { Ok(()) });
                written.map_err(|source| QueryError::Encode { path: self.path.clone(), source })
            }
        }
    }

    /// Completes the file and puts it in its place. Says how many rows it has.
    pub(super) fn finish(self) -> Result<u64, QueryError> {
        let failed = |source| QueryError::Write { path: self.path.clone(), source };
        let file = match self.sink {
            Sink::Csv(file) => file.into_inner().map_err(|error| failed(error.into_error()))?,
            Sink::Parquet(writer) => writer.into_inner().map_err(|source| QueryError::Encode { path: self.path.clone(), source })?,
        };
        file.sync_all().map_err(failed)?;
        fs::rename(&self.part.0, &self.path).map_err(failed)?;
        Ok(self.rows)
    }
}

/// The file beside the one that will be; removed unless it was renamed.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // It is gone when all went well; otherwise what is left of it harms nobody.
        let _ = fs::remove_file(&self.0);
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("tenor".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("zstd has a level 1")))
        .build()
}

fn write_csv(file: &mut BufWriter<File>, batch: &RecordBatch) -> io::Result<()> {
    let columns = batch.columns().iter().map(values).collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
    for row in 0..batch.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            file.write_all(if at == 0 { b"" } else { b"," })?;
            match column(row).map_err(io::Error::other)? {
                Value::Null => {}
                Value::Text(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
                    write!(file, "\"{}\"", text.replace('"', "\"\""))?;
                }
                Value::Text(text) | Value::Amount(text) | Value::Number(text) => file.write_all(text.as_bytes())?,
                Value::Flag(flag) => write!(file, "{flag}")?,
            }
        }
        file.write_all(b"\n")?;
    }
    Ok(())
}
