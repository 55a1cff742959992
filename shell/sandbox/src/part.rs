//! One data file being written, as gzip CSV or Parquet.

use crate::columnar::ArrowRows;
use crate::csv::{CsvRows, Dialect};
use crate::error::WriteError;
use crate::focus::focus_rows;
use crate::line::LineItem;
use crate::month::Month;
use crate::number::Spelling;
use crate::request::{BillRequest, Format};
use crate::time::Clock;
use crate::write::columns;
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression as Codec;
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Effort of compression: bills are written once and read a few times.
const GZIP_LEVEL: u32 = 3;
/// Rendered text that is handed to the compressor at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Rows that become one record batch.
const BATCH_ROWS: usize = 8192;
/// Rows of a row group, which the encoder holds in memory.
const ROW_GROUP_ROWS: usize = 131_072;

/// A data file that takes rows.
pub(crate) struct PartWriter<'a> {
    path: PathBuf,
    month: &'a Month<'a>,
    focus: bool,
    body: Body<'a>,
}

enum Body<'a> {
    Csv { out: GzEncoder<BufWriter<File>>, rows: Box<CsvRows<'a>>, chunk: Vec<u8> },
    Parquet { out: Box<ArrowWriter<File>>, rows: ArrowRows<'a>, waiting: Vec<LineItem> },
}

impl<'a> PartWriter<'a> {
    /// Creates the file and its folders.
    pub(crate) fn create(request: &BillRequest, month: &'a Month<'a>, path: PathBuf) -> Result<Self, WriteError> {
        make_parent(&path)?;
        let file = File::create(&path).map_err(|source| WriteError::File { path: path.clone(), source })?;
        let csv = |dialect| {
            let rows = CsvRows::new(month, columns(request), dialect);
            let out = GzEncoder::new(BufWriter::new(file.try_clone()?), Compression::new(GZIP_LEVEL));
            Ok(Body::Csv { out, chunk: rows.header(), rows: Box::new(rows) })
        };
        let body: std::io::Result<Body<'a>> = match request.format {
            Format::LegacyCsv => csv(Dialect { numbers: Spelling::Padded, clock: Clock::Seconds }),
            Format::Cur2Csv => csv(Dialect { numbers: Spelling::Java, clock: Clock::Millis }),
            Format::FocusCsv => csv(Dialect { numbers: Spelling::Java, clock: Clock::Seconds }),
            Format::LegacyParquet | Format::Cur2Parquet | Format::FocusParquet => {
                let rows = ArrowRows::new(month, columns(request), request.format == Format::LegacyParquet);
                let properties =
                    WriterProperties::builder().set_compression(Codec::SNAPPY).set_max_row_group_row_count(Some(ROW_GROUP_ROWS)).build();
                let out = ArrowWriter::try_new(file, rows.schema(), Some(properties));
                let out = Box::new(out.map_err(|source| WriteError::Parquet { path: path.clone(), source })?);
                Ok(Body::Parquet { out, rows, waiting: Vec::new() })
            }
        };
        let body = body.map_err(|source| WriteError::File { path: path.clone(), source })?;
        let focus = matches!(request.format, Format::FocusParquet | Format::FocusCsv);
        Ok(Self { path, month, focus, body })
    }

    /// Takes rows.
    pub(crate) fn write(&mut self, rows: &[LineItem]) -> Result<(), WriteError> {
        let charges;
        let rows = if self.focus {
            charges = focus_rows(self.month, rows);
            &charges
        } else {
            rows
        };
        match &mut self.body {
            Body::Csv { rows: rendered, chunk, .. } => {
                for row in rows {
                    rendered.push(chunk, row);
                }
            }
            Body::Parquet { waiting, .. } => waiting.extend_from_slice(rows),
        }
        self.flush(false)
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<(), WriteError> {
        self.flush(true)?;
        let Self { path, body, .. } = self;
        match body {
            Body::Csv { out, .. } => {
                let ended = out.finish().and_then(|buffered| buffered.into_inner().map_err(std::io::IntoInnerError::into_error));
                ended.map(drop).map_err(|source| WriteError::File { path, source })
            }
            Body::Parquet { out, .. } => out.close().map(drop).map_err(|source| WriteError::Parquet { path, source }),
        }
    }

    /// Hands on what has gathered, all of it at the end.
    fn flush(&mut self, all: bool) -> Result<(), WriteError> {
        match &mut self.body {
            Body::Csv { out, chunk, .. } => {
                if all || chunk.len() >= CHUNK_BYTES {
                    out.write_all(chunk).map_err(|source| WriteError::File { path: self.path.clone(), source })?;
                    chunk.clear();
                }
            }
            Body::Parquet { out, rows, waiting } => {
                while waiting.len() >= BATCH_ROWS || (all && !waiting.is_empty()) {
                    let rest = waiting.split_off(waiting.len().min(BATCH_ROWS));
                    out.write(&rows.batch(waiting)).map_err(|source| WriteError::Parquet { path: self.path.clone(), source })?;
                    *waiting = rest;
                }
            }
        }
        Ok(())
    }
}

/// Makes the folder a file is to lie in.
pub(crate) fn make_parent(path: &Path) -> Result<(), WriteError> {
    let parent = path.parent().expect("every file lies in a folder");
    fs::create_dir_all(parent).map_err(|source| WriteError::File { path: parent.to_owned(), source })
}
