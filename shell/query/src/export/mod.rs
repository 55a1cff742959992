//! Charges out, as FOCUS 1.2: Parquet or CSV, one file or one for each payer and period, streamed.
//!
//! A file appears whole or not at all: rows go to a file beside it, which is then renamed.

mod conform;
mod write;

use crate::cost::Range;
use crate::engine::Planner;
use crate::tables::{PAYER, PERIOD};
use crate::{Engine, QueryError};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::DataFrame;
use std::path::{Path, PathBuf};
use write::Writer;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Amounts as decimals, moments in microseconds, tags as JSON text.
    Parquet,
    /// As RFC 4180 has it; moments in ISO 8601, UTC.
    Csv,
}

impl FileFormat {
    /// The ending of its files' names.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// Where an export goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One file.
    File(PathBuf),
    /// A folder, with a file `focus-<payer>-<period>` for each payer and period.
    Folder(PathBuf),
}

/// What to export.
#[derive(Debug, Clone)]
pub struct Export {
    /// Where to.
    pub to: Target,
    /// How.
    pub format: FileFormat,
    /// Charges of which time.
    pub range: Range,
    /// With the `x_` columns after FOCUS's own.
    pub with_extra: bool,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Charges in it.
    pub rows: u64,
}

impl Engine {
    /// Writes charges as FOCUS 1.2. `progress` is told of rows as they are written.
    ///
    /// # Errors
    /// When nothing is held in that time, or a file cannot be written. Files that were finished before stay.
    pub async fn export(&self, export: &Export, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<ExportedFile>, QueryError> {
        let periods = crate::cost::touched(self, &export.range)?;
        let (folder, parts) = match &export.to {
            Target::File(path) => return Ok(vec![self.export_file(export, path, None, progress).await?]),
            Target::Folder(folder) => (folder, periods),
        };
        std::fs::create_dir_all(folder).map_err(|source| QueryError::Write { path: folder.clone(), source })?;
        let mut files = Vec::new();
        for period in parts {
            let (payer, month) = (period.key.payer.to_string(), period.key.period.to_string());
            let plain: String = payer.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let path = folder.join(format!("focus-{plain}-{month}.{}", export.format.extension()));
            files.push(self.export_file(export, &path, Some([payer, month]), progress).await?);
        }
        Ok(files)
    }

    /// Writes the charges of one payer and period, or of all.
    async fn export_file(
        &self,
        export: &Export,
        path: &Path,
        of: Option<[String; 2]>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ExportedFile, QueryError> {
        let (range, with_extra) = (export.range, export.with_extra);
        let plan = move |planner: &Planner| plan(planner, range, of, with_extra);
        let mut rows = self.ask(plan).await?;
        let mut writer = Writer::create(path, export.format, rows.schema())?;
        while let Some(batch) = rows.next_batch().await? {
            writer.write(&batch)?;
            progress(batch.num_rows() as u64);
        }
        Ok(ExportedFile { path: path.to_owned(), rows: writer.finish()? })
    }
}

fn plan(planner: &Planner, range: Range, of: Option<[String; 2]>, with_extra: bool) -> Result<DataFrame, QueryError> {
    let is = |column: &str, value: String| ident(column).eq(lit(ScalarValue::Utf8View(Some(value))));
    let of = of.map(|[payer, period]| is(PAYER, payer).and(is(PERIOD, period)));
    let conditions = [Some(range.touching()), Some(range.containing()), of];
    let condition = conditions.into_iter().flatten().reduce(Expr::and).expect("there are two at least");
    let charges = planner.table("charges")?.filter(condition).map_err(QueryError::planning)?;
    let columns = conform::columns(planner, &charges, with_extra)?;
    charges.select(columns).map_err(QueryError::planning)
}
