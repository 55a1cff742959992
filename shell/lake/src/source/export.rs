//! Manifests of AWS Data Exports, which deliver CUR 2.0 and FOCUS.

use super::SourceError;
use super::keys;
use super::listing::base;
use super::manifest::{Manifest, text, texts};
use serde_json::Value;

/// What an export's manifest says.
pub(super) fn manifest(path: String, value: &Value) -> Result<Manifest, SourceError> {
    let lacks = |key| SourceError::ManifestLacks { manifest: path.clone(), key };
    let files = texts(value, "dataFiles").ok_or_else(|| lacks("dataFiles"))?;
    let assembly = text(value, "executionId").ok_or_else(|| lacks("executionId"))?;
    let arn = text(value, "exportArn").ok_or_else(|| lacks("exportArn"))?;
    let columns = value.get("columns").and_then(Value::as_array).ok_or_else(|| lacks("columns"))?;
    let columns: Option<Vec<String>> = columns.iter().map(|column| text(column, "name")).collect();
    let columns = columns.ok_or_else(|| lacks("columns.name"))?;
    let period = keys::partition(&files[0]).or_else(|| keys::partition(&path)).and_then(|partition| partition.period);
    let account = arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
    let report = base(&path).trim_end_matches("-Manifest.json").to_owned();
    Ok(Manifest { path, report, kind: None, period, account, assembly: Some(assembly), columns, files, has_left_overs: true })
}
