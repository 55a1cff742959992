//! Manifests of legacy Cost and Usage Reports, in the create-new, overwrite and Athena layouts.

use super::columns::athena_name;
use super::manifest::{Manifest, text, texts};
use super::peek::format_named;
use super::{Format, SourceError};
use crate::store::ReportKind;
use serde_json::Value;

/// What a legacy manifest says.
pub(super) fn manifest(path: String, value: &Value) -> Result<Manifest, SourceError> {
    let lacks = |key| SourceError::ManifestLacks { manifest: path.clone(), key };
    let files = texts(value, "reportKeys").ok_or_else(|| lacks("reportKeys"))?;
    let assembly = text(value, "assemblyId").ok_or_else(|| lacks("assemblyId"))?;
    let report = text(value, "reportName").ok_or_else(|| lacks("reportName"))?;
    let start = value.get("billingPeriod").and_then(|period| text(period, "start")).ok_or_else(|| lacks("billingPeriod.start"))?;
    let month = |start: &str| format!("{}-{}", start.get(..4)?, start.get(4..6)?).parse().ok();
    let period = month(&start).ok_or_else(|| lacks("billingPeriod.start"))?;
    let is_parquet = files.iter().any(|file| format_named(file) == Some(Format::Parquet));
    let columns = columns(value, is_parquet).ok_or_else(|| lacks("columns"))?;
    let account = text(value, "account");
    let (kind, assembly) = (Some(ReportKind::LegacyCur), Some(assembly));
    Ok(Manifest { path, report, kind, period: Some(period), account, assembly, columns, files, has_left_overs: false })
}

/// The columns as the files write them: `category/Name` in CSV, `category_name` in Parquet.
fn columns(value: &Value, is_parquet: bool) -> Option<Vec<String>> {
    let column = |column: &Value| {
        let name = format!("{}/{}", text(column, "category")?, text(column, "name")?);
        Some(if is_parquet { athena_name(&name) } else { name })
    };
    value.get("columns")?.as_array()?.iter().map(column).collect()
}
