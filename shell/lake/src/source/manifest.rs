//! Manifests: which of those in a source count, what they say, and the reports they make.

use super::bytes::{Part, read_small};
use super::columns::{self, kind_name};
use super::listing::{Entry, Listing, base, folder, join};
use super::peek::format_named;
use super::{Format, Month, Report, SourceError, export, fingerprint, keys, legacy};
use crate::store::ReportKind;
use serde_json::Value;
use std::collections::BTreeSet;
use tenor_bill::BillingPeriod;

/// Far more than a manifest of tens of thousands of files takes.
pub(super) const SIZE_MAX: u64 = 64 << 20;

/// What a manifest says, of either family.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Where it lies below the source.
    pub(super) path: String,
    /// The report's or export's name.
    pub(super) report: String,
    /// What kind of report it is, where the manifest is of one kind only.
    pub(super) kind: Option<ReportKind>,
    pub(super) period: Option<BillingPeriod>,
    pub(super) account: Option<String>,
    pub(super) assembly: Option<String>,
    /// The columns, as the files write them.
    pub(super) columns: Vec<String>,
    /// The files, as keys or URIs of AWS's bucket.
    pub(super) files: Vec<String>,
    /// Whether files without any byte are left-overs and not losses.
    pub(super) has_left_overs: bool,
}

/// Reads the manifests that count.
///
/// AWS keeps the newest manifest of a month beside the folders of its versions, each of which holds its own copy: those of the
/// versions are not even opened.
pub(super) fn all(listing: &Listing) -> Result<Vec<Manifest>, SourceError> {
    let newest = |entry: &&Entry| is_manifest(&entry.name) && !has_newer(listing, &entry.name);
    listing.entries().iter().filter(newest).map(read).collect()
}

pub(super) fn is_manifest(name: &str) -> bool {
    base(name).ends_with("-Manifest.json")
}

/// Whether this manifest lies in a version's folder, below a manifest of the same name.
fn has_newer(listing: &Listing, name: &str) -> bool {
    let own = folder(name);
    let is_month = keys::partition(name).is_some_and(|partition| partition.folder == own);
    !own.is_empty() && !is_month && listing.get(&join(folder(own), base(name))).is_some()
}

fn read(entry: &Entry) -> Result<Manifest, SourceError> {
    let content = read_small(entry, SIZE_MAX)?;
    let path = entry.name.clone();
    let value: Value =
        serde_json::from_slice(&content).map_err(|source| SourceError::ManifestNotJson { manifest: path.clone(), source })?;
    if value.get("exportArn").is_some() || value.get("dataFiles").is_some() {
        return export::manifest(path, &value);
    }
    legacy::manifest(path, &value)
}

impl Manifest {
    /// The kind of its report; nothing for an export of another table, which is no bill.
    pub(super) fn kind(&self) -> Option<ReportKind> {
        self.kind.or_else(|| columns::kind(&self.columns, self.format().unwrap_or(Format::Parquet)))
    }

    fn format(&self) -> Option<Format> {
        self.files.iter().find_map(|file| format_named(file))
    }

    /// What it is called in messages: the folder to point at, or its name when that is the source itself.
    pub(super) fn name(&self) -> String {
        let place = keys::partition(&self.path).map_or_else(|| folder(&self.path).to_owned(), |month| month.place(&self.path));
        if place.is_empty() { self.report.clone() } else { place }
    }

    /// The report that it lists, once every file of it is found.
    pub(super) fn report(self, kind: ReportKind, listing: &Listing) -> Result<Report, SourceError> {
        let mut parts = Vec::with_capacity(self.files.len());
        let mut taken = BTreeSet::new();
        for key in &self.files {
            let missing = || SourceError::MissingChunk { manifest: self.path.clone(), key: key.clone() };
            let entry = keys::find(listing, &self.path, key).ok_or_else(missing)?;
            if !taken.insert(&entry.name) {
                return Err(SourceError::ListedTwice { manifest: self.path.clone(), key: key.clone() });
            }
            let Some(format) = format_named(&entry.name) else {
                return Err(SourceError::WrongFormat { part: entry.name.clone(), expected: "CSV, zip or Parquet" });
            };
            if entry.size > 0 {
                parts.push(Part { name: entry.name.clone(), format, size: entry.size, bytes: entry.bytes.clone() });
            } else if !self.has_left_overs {
                return Err(SourceError::Empty { part: entry.name.clone() });
            }
        }
        let fingerprint = fingerprint::of_version(kind, self.assembly.as_deref(), &parts);
        Ok(Report {
            kind,
            name: self.name(),
            title: Some(self.report),
            period: self.period,
            payer: self.account,
            assembly: self.assembly,
            columns: Some(self.columns),
            months: self.period.map(|period| Month { period, payer: None }).into_iter().collect(),
            parts,
            fingerprint,
        })
    }

    /// Refuses a kind that was asked for and cannot be.
    pub(super) fn another_kind(&self, is: ReportKind, asked: ReportKind) -> SourceError {
        SourceError::AnotherKind { report: self.name(), is: kind_name(is), by: "manifest", asked: kind_name(asked) }
    }
}

/// A text of a manifest.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A list of texts of a manifest, which is not empty.
pub(super) fn texts(value: &Value, key: &str) -> Option<Vec<String>> {
    let items = value.get(key)?.as_array().filter(|items| !items.is_empty())?;
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}
