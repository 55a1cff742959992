//! The store's own tests, on small files that only look like Parquet: the store never opens them.

mod crash;
pub(crate) mod disk;
mod lake;
mod mark;
mod power;
mod together;

use super::{ImportRecord, Key, LAYOUT, Lake, ReportKind, Snapshot, Staged, StoreError, TimeUnit, Wait, Writer};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A folder in memory where there is one, so that thousands of imports do not wait for a disk.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

pub(crate) fn key(payer: &str, period: &str) -> Key {
    Key { payer: payer.parse().unwrap(), period: period.parse().unwrap(), provider: "AWS".to_owned() }
}

/// A record of made-up contents; `version` is one character, repeated.
pub(crate) fn record(key: &Key, version: &str) -> ImportRecord {
    ImportRecord {
        layout: LAYOUT,
        payer: key.payer.to_string(),
        period: key.period.to_string(),
        provider: key.provider.clone(),
        version: version.repeat(16),
        charges_files: 0,
        split_files: 0,
        kind: ReportKind::LegacyCur,
        assembly: None,
        fingerprint: format!("fingerprint {version}"),
        source_periods: 1,
        source: "a folder".to_owned(),
        report: None,
        account: None,
        imported_at: now().to_string(),
        time_unit: TimeUnit::Hour,
        currency: "USD".to_owned(),
        rows_read: 3,
        rows_charges: 3,
        rows_split: 0,
        rows_quarantined: 0,
        totals: BTreeMap::new(),
        line_items: BTreeMap::new(),
        residuals: Vec::new(),
        notices: Vec::new(),
        given_up: Vec::new(),
    }
}

/// A period of two charges files, and one of everything else, whose bytes say which version they are of.
pub(crate) fn stage(writer: &mut Writer<'_>, key: &Key, version: &str) -> Result<Staged, StoreError> {
    let folder = writer.stage()?;
    let file = |name: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("{key} {version} {name}")).unwrap();
        path
    };
    Ok(Staged {
        record: record(key, version),
        charges: vec![file("first"), file("second")],
        rollup: Some(file("rollup")),
        detail: Some(file("detail")),
        split_costs: vec![file("split")],
        quarantine: Some(file("bad.csv")),
    })
}

/// Imports one version of one period, as a process of its own would.
pub(crate) fn import(lake: &Lake, key: &Key, version: &str) -> Result<ImportRecord, StoreError> {
    let mut writer = lake.writer(Wait::No, now)?;
    let staged = stage(&mut writer, key, version)?;
    writer.commit(staged)
}

/// What readers see, as text: each period with the contents of its files.
pub(crate) fn seen(snapshot: &Snapshot) -> String {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| format!("{}: {error}", path.display()));
    let mut seen = String::new();
    for period in &snapshot.periods {
        seen += &format!("{} is of version {}\n", period.key, &period.record.version[..1]);
        for file in period.charges.iter().chain(&period.rollup).chain(&period.detail).chain(&period.split_costs).chain(&period.quarantine) {
            seen += &format!("  {}\n", read(file));
        }
    }
    seen
}

/// Every file and folder below one, with the sizes of files: nothing escapes it.
pub(crate) fn tree(root: &Path) -> String {
    fn walk(root: &Path, folder: &Path, lines: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.path().strip_prefix(root).unwrap().display().to_string();
            if entry.path().is_dir() {
                lines.push(format!("{name}/"));
                walk(root, &entry.path(), lines);
            } else {
                lines.push(name);
            }
        }
    }
    let mut lines = Vec::new();
    walk(root, root, &mut lines);
    lines.sort();
    lines.join("\n")
}
