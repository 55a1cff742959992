//! Charges out, as FOCUS 1.2: Parquet or CSV, one file or one for each payer and period, streamed.
//!
//! A file appears whole or not at all: rows go to a file beside it, which is then renamed.

mod conform;
mod credits;
mod price;
mod write;

pub use credits::CreditDifference;

use crate::cost::Range;
use crate::engine::Planner;
use crate::{Engine, QueryError};
use std::path::{Path, PathBuf};
use tenor_lake::store::{HeldPeriod, hive};
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
    /// A folder, with a file `focus-<payer>-<period>` for each period held.
    Folder(PathBuf),
}

/// What to export.
#[derive(Debug, Clone)]
pub struct Export {
    /// Where to.
    pub to: Target,
    /// How.
    pub format: FileFormat,
    /// Charges of which billing periods.
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

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The files.
    pub files: Vec<ExportedFile>,
    /// How much more list and contracted costs add up to in them than in the lake, since FOCUS gives credits the cost that was billed.
    pub credits: Vec<CreditDifference>,
}

impl Engine {
    /// Writes charges as FOCUS 1.2. `progress` is told of rows as they are written.
    ///
    /// # Errors
    /// When the range is not made of billing periods (a charge that lies only partly in a shorter time would be lost, or told whole), when
    /// nothing is held in it, or a file cannot be written. Files that were finished before stay.
    pub async fn export(&self, export: &Export, progress: &(dyn Fn(u64) + Sync)) -> Result<Exported, QueryError> {
        if !export.range.is_of_periods() {
            return Err(QueryError::NotOfPeriods { range: export.range.to_string() });
        }
        let periods = crate::cost::touched(self, &export.range)?;
        let credits = credits::differences(self, export.range).await?;
        let folder = match &export.to {
            Target::File(path) => return Ok(Exported { files: vec![self.export_file(export, path, progress).await?], credits }),
            Target::Folder(folder) => folder,
        };
        std::fs::create_dir_all(folder).map_err(|source| QueryError::Write { path: folder.clone(), source })?;
        let mut files = Vec::new();
        for period in periods {
            let path = folder.join(format!("{}.{}", file_stem(period), export.format.extension()));
            files.push(self.of(period)?.export_file(export, &path, progress).await?);
        }
        Ok(Exported { files, credits })
    }

    /// Writes the charges of all periods in the range to one file.
    async fn export_file(&self, export: &Export, path: &Path, progress: &(dyn Fn(u64) + Sync)) -> Result<ExportedFile, QueryError> {
        let (range, with_extra) = (export.range, export.with_extra);
        let plan = move |planner: &Planner| {
            let charges = planner.table("charges")?.filter(range.touching()).map_err(QueryError::planning)?;
            conform::conformed(planner, charges, with_extra)
        };
        let mut rows = self.ask(plan).await?;
        let mut writer = Writer::create(path, export.format, rows.schema())?;
        while let Some(batch) = rows.next_batch().await? {
            writer.write(&batch)?;
            progress(batch.num_rows() as u64);
        }
        Ok(ExportedFile { path: path.to_owned(), rows: writer.finish()? })
    }
}

/// `focus-111122223333-2018-10`: what tells a period from all others, as the lake's folders have it.
fn file_stem(period: &HeldPeriod) -> String {
    let folder = hive::folder(&period.key);
    let values = folder.iter().filter_map(|part| part.to_str()?.split_once('=').map(|(_, value)| value));
    std::iter::once("focus").chain(values).collect::<Vec<_>>().join("-")
}
