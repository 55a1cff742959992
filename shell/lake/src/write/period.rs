//! The rows of one period: buffered, sorted, written to files, summed.

use super::batch::Batch;
use super::file::{Finished, TableFile, TableShape, WriteError};
use super::rollup::Rollups;
use super::text::NULL_KEY;
use crate::schema::Column;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a row group: sorted together, kept in memory until then.
pub(crate) const GROUP_ROWS: usize = 1 << 17;
/// Bytes of buffered rows at which a row group is written early.
pub(crate) const GROUP_BYTES: usize = 128 << 20;
/// Bytes of a buffered row without its texts, roughly.
const ROW_BYTES: usize = 1 << 10;
/// Rows after which the next file begins.
const FILE_ROWS: u64 = 16 * GROUP_ROWS as u64;

/// Writes the charges of one period, as they come, into sorted row groups.
///
/// Within a row group rows are ordered by account, service, resource and time, so that one resource's history is a few pages.
pub(crate) struct PeriodWriter {
    folder: PathBuf,
    prefix: String,
    shape: Arc<TableShape>,
    batch: Batch,
    sorts: bool,
    file: Option<TableFile>,
    finished: Vec<Finished>,
    rollups: Option<Rollups>,
    rows: u64,
}

/// What a period writer leaves.
#[derive(Debug)]
pub(crate) struct PeriodFiles {
    pub(crate) files: Vec<Finished>,
    pub(crate) rows: u64,
    pub(crate) rollups: Option<Rollups>,
}

impl PeriodWriter {
    /// A writer for `charges`: sorted, with roll-ups. Files go to `folder` and begin with `prefix`.
    pub(crate) fn charges(folder: &Path, prefix: &str, shape: Arc<TableShape>) -> Self {
        Self { rollups: Some(Rollups::default()), sorts: true, ..Self::plain(folder, prefix, shape) }
    }

    /// A writer that keeps the source's order.
    pub(crate) fn plain(folder: &Path, prefix: &str, shape: Arc<TableShape>) -> Self {
        Self {
            folder: folder.to_owned(),
            prefix: prefix.to_owned(),
            batch: Batch::new(&shape.columns),
            shape,
            sorts: false,
            file: None,
            finished: Vec::new(),
            rollups: None,
            rows: 0,
        }
    }

    /// The buffer to set the next row in.
    pub(crate) fn row(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Completes the row that was set, and writes a row group when there are enough.
    pub(crate) fn end_row(&mut self) -> Result<(), WriteError> {
        self.batch.end_row();
        let rows = self.batch.rows();
        // Texts are bounded row by row, as one row may bring megabytes of them; all else has a few hundred bytes a row.
        let full = rows >= GROUP_ROWS
            || self.batch.text_bytes() >= GROUP_BYTES
            || (rows.is_multiple_of(4096) && self.batch.bytes() >= GROUP_BYTES);
        if full { self.flush() } else { Ok(()) }
    }

    /// Rough bytes that wait in memory.
    #[inline]
    pub(crate) fn buffered(&self) -> usize {
        self.batch.text_bytes() + self.batch.rows() * ROW_BYTES
    }

    /// Writes what is buffered as a row group.
    pub(crate) fn flush(&mut self) -> Result<(), WriteError> {
        if self.batch.rows() == 0 {
            return Ok(());
        }
        let rows = if self.sorts { sorted(&self.batch) } else { (0..self.batch.rows() as u32).collect() };
        if let Some(rollups) = &mut self.rollups {
            rollups.add(&self.batch, &rows);
        }
        if self.file.is_none() {
            let name = format!("{}-{:03}.parquet", self.prefix, self.finished.len());
            self.file = Some(TableFile::create(&self.folder.join(name), &self.shape)?);
        }
        let file = self.file.as_mut().expect("it was opened above");
        file.write_row_group(&self.batch, &rows, &self.shape)?;
        self.rows += rows.len() as u64;
        self.batch.clear();
        if file.rows >= FILE_ROWS {
            self.close()?;
        }
        Ok(())
    }

    /// Writes the rest and closes the last file.
    pub(crate) fn finish(mut self) -> Result<PeriodFiles, WriteError> {
        self.flush()?;
        self.close()?;
        Ok(PeriodFiles { files: self.finished, rows: self.rows, rollups: self.rollups })
    }

    fn close(&mut self) -> Result<(), WriteError> {
        if let Some(file) = self.file.take() {
            self.finished.push(file.finish()?);
        }
        Ok(())
    }
}

/// The rows of a `charges` batch in file order.
fn sorted(batch: &Batch) -> Vec<u32> {
    let columns = [Column::SubAccountId, Column::ServiceName, Column::ResourceId].map(|column| batch.text(column as usize));
    let ranks = columns.map(super::text::TextData::ranks);
    let rank = |column: usize, row: usize| {
        let key = columns[column].key(row);
        if key == NULL_KEY { 0 } else { ranks[column][key as usize] }
    };
    let mut order: Vec<(u32, u32, u32, i64, u32)> = (0..batch.rows())
        .map(|row| {
            let start = batch.moment(Column::ChargePeriodStart as usize, row).unwrap_or(i64::MIN);
            (rank(0, row), rank(1, row), rank(2, row), start, row as u32)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(.., row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::{GROUP_BYTES, PeriodWriter, ROW_BYTES};
    use crate::schema::{ColumnInfo, Kind};
    use crate::write::{TEXT_BYTES_MAX, TableShape};
    use std::sync::Arc;

    #[test]
    fn long_texts_are_written_before_they_fill_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let shape = Arc::new(TableShape::new(vec![ColumnInfo { name: "a", kind: Kind::Text, meaning: "" }]));
        let mut writer = PeriodWriter::plain(folder.path(), "x", shape);
        let rows = GROUP_BYTES / TEXT_BYTES_MAX + 10;
        let mut text = vec![b'x'; TEXT_BYTES_MAX];
        for row in 0..rows {
            text[..6].copy_from_slice(format!("{row:06}").as_bytes());
            writer.row().set_text(0, &text).unwrap();
            writer.end_row().unwrap();
            assert!(writer.buffered() < GROUP_BYTES + rows * ROW_BYTES);
        }
        assert_eq!(writer.buffered(), 10 * (TEXT_BYTES_MAX + ROW_BYTES));
        assert_eq!(writer.finish().unwrap().rows, rows as u64);
    }
}
