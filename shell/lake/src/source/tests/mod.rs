//! Sources made up in folders and in a store at once: whatever is found in one is found in the other, in the same words.

mod bytes;
mod errors;
mod layouts;
mod real;
mod s3;

use super::{Location, Report, discover};
use crate::store::ReportKind;
use ::bytes::Bytes;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use object_store::memory::InMemory;
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use std::fs;
use std::io::Write;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// The two ids that versions go by here; the second is the newer.
const FIRST: &str = "0a1e1e1e-0000-4000-8000-000000000001";
const SECOND: &str = "0a1e1e1e-0000-4000-8000-000000000002";

const LEGACY: &str = "identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost\n";
const CUR2: &str = "bill_payer_account_id,bill_billing_period_start_date,line_item_line_item_type,product\n";
const FOCUS: &str = "BilledCost,BillingAccountId,BillingPeriodStart,ChargeCategory\n";

fn legacy(month: &str) -> Vec<u8> {
    format!("{LEGACY}x,111122223333,{month}-01T00:00:00Z,Usage,0.1\n").into_bytes()
}

fn cur2(month: &str) -> Vec<u8> {
    format!("{CUR2}111122223333,{month}-01T00:00:00.000Z,Usage,{{}}\n").into_bytes()
}

fn focus(month: &str, payer: &str) -> Vec<u8> {
    format!("{FOCUS}1.5,{payer},{month}-01 00:00:00,Usage\n").into_bytes()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A Parquet file of one row of texts.
fn parquet(row: &[(&str, &str)]) -> Vec<u8> {
    let columns = row.iter().map(|(name, value)| (*name, Arc::new(StringArray::from(vec![*value])) as ArrayRef));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn legacy_parquet(month: &str) -> Vec<u8> {
    let start = format!("{month}-01T00:00:00Z");
    parquet(&[
        ("identity_line_item_id", "x"),
        ("bill_payer_account_id", "111122223333"),
        ("bill_billing_period_start_date", &start),
        ("line_item_line_item_type", "Usage"),
        ("line_item_unblended_cost", "0.1"),
    ])
}

fn legacy_manifest(assembly: &str, month: &str, keys: &[&str]) -> Vec<u8> {
    let columns: Vec<_> = LEGACY.trim().split(',').map(|name| name.split_once('/').unwrap()).collect();
    let columns: Vec<_> = columns.iter().map(|(category, name)| serde_json::json!({"category": category, "name": name})).collect();
    let start = format!("{}01T000000.000Z", month.replace('-', ""));
    serde_json::json!({"assemblyId": assembly, "account": "111122223333", "columns": columns, "charset": "UTF-8", "compression": "GZIP",
        "contentType": "text/csv", "reportId": "1fbc", "reportName": "hourly", "billingPeriod": {"start": start, "end": ""},
        "bucket": "billing", "reportKeys": keys, "additionalArtifactKeys": []})
    .to_string()
    .into_bytes()
}

fn export_manifest(execution: &str, columns: &str, uris: &[&str]) -> Vec<u8> {
    let columns: Vec<_> = columns.trim().split(',').map(|name| serde_json::json!({"name": name, "type": "string"})).collect();
    let arn = "arn:aws:bcm-data-exports:us-east-1:111122223333:export/all-0e818247";
    serde_json::json!({"executionId": execution, "exportArn": arn, "columns": columns, "dataFiles": uris}).to_string().into_bytes()
}

/// The same files in a folder and in a store.
struct Source {
    folder: TempDir,
    store: Arc<InMemory>,
}

impl Source {
    fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let source = Self { folder: TempDir::new().unwrap(), store: Arc::new(InMemory::new()) };
        for (name, content) in files {
            source.put(name, content);
        }
        source
    }

    fn put(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let path = StorePath::parse(format!("bucket/{name}")).unwrap();
        RUNTIME.block_on(self.store.put(&path, Bytes::copy_from_slice(content).into())).unwrap();
    }

    fn local(&self, below: &str) -> Location {
        Location::Local(if below.is_empty() { self.folder.path().to_owned() } else { self.folder.path().join(below) })
    }

    fn stored(&self, below: &str) -> Location {
        let prefix = StorePath::parse(format!("bucket/{below}")).unwrap();
        let store: Arc<dyn ObjectStore> = self.store.clone();
        Location::Store { store, prefix, name: format!("s3://bucket/{below}"), runtime: RUNTIME.handle().clone() }
    }

    /// What is found, or refused, below a folder.
    fn found(&self, below: &str) -> String {
        self.found_as(below, None)
    }

    fn found_as(&self, below: &str, as_kind: Option<ReportKind>) -> String {
        let location = self.local(below);
        let here = described(&location, as_kind).replace(&location.to_string(), "source");
        let location = self.stored(below);
        let there = described(&location, as_kind).replace(&location.to_string(), "source");
        assert_eq!(here, there, "a folder and a store differ");
        here
    }
}

fn described(location: &Location, as_kind: Option<ReportKind>) -> String {
    match discover(location, as_kind) {
        Ok(reports) => reports.iter().map(line).collect::<Vec<_>>().join("\n"),
        Err(error) => {
            let cause = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
            format!("{error}{cause}\nhint: {}", error.hint())
        }
    }
}

fn line(report: &Report) -> String {
    let parts: Vec<_> = report.parts.iter().map(|part| format!("\n  {} {:?}", part.name, part.format)).collect();
    let period = report.period.map_or("-".to_owned(), |period| period.to_string());
    let version = report.assembly.as_deref().map_or("-", |id| &id[id.len() - 1..]);
    let payer = report.payer.as_deref().unwrap_or("-");
    format!("{:?} `{}` {period} of {payer}, version {version}{}", report.kind, report.name, parts.concat())
}
