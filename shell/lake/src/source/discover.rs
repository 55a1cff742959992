//! Finds the reports of a source: those with manifests first, then bare files, then whatever contradicts itself.

use super::bare::{self, Found};
use super::error::some;
use super::keys::{self, Partition};
use super::listing::{Entry, Listing, base, folder};
use super::manifest::{self, Manifest};
use super::peek::format_named;
use super::{Format, Location, Month, Report, SourceError, parquet_part};
use crate::store::ReportKind;
use std::collections::{BTreeMap, BTreeSet};

/// The folder in which the Athena layout keeps whether AWS is writing.
const STATUS: &str = "cost_and_usage_data_status";

/// The reports at a location, in name order.
///
/// Manifests are read and every file they list is found; of files without a manifest the first bytes are read, to know them by their
/// columns. `as_kind` says what files without a manifest are, and which kind is meant where there are manifests of several. For a store
/// this blocks the calling thread while the runtime works, so an async caller runs it on a blocking thread.
///
/// # Errors
/// When nothing is there, nothing is recognised, something is missing or unreadable, or one month is there twice. [`SourceError::hint`]
/// says what to do.
pub fn discover(location: &Location, as_kind: Option<ReportKind>) -> Result<Vec<Report>, SourceError> {
    let listing = Listing::of(location)?;
    not_updating(&listing)?;
    let manifests = manifest::all(&listing)?;
    let paths: Vec<String> = manifests.iter().map(|manifest| manifest.path.clone()).collect();
    let has_manifests = !manifests.is_empty();
    let Listed { mut found, foreign, another } = listed(manifests, as_kind, &listing)?;
    let rest = unlisted(&listing, &found, &foreign, &paths)?;
    match bare::reports(&rest, as_kind, &listing.source) {
        Ok(bare) => found.extend(bare),
        // What was asked for is there, and something else beside it.
        Err(SourceError::AnotherKind { .. }) if !found.is_empty() => {}
        Err(error) => return Err(error),
    }
    if found.is_empty() {
        let not_recognised = || SourceError::NotRecognised { location: listing.source.clone(), seen: seen(&listing, has_manifests) };
        return Err(another.unwrap_or_else(not_recognised));
    }
    no_month_twice(&found)?;
    let mut reports: Vec<Report> = found.into_iter().map(|found| found.report).collect();
    reports.sort_by(|a, b| (&a.name, a.period).cmp(&(&b.name, b.period)));
    Ok(reports)
}

/// Refuses a report that AWS says it is writing.
fn not_updating(listing: &Listing) -> Result<(), SourceError> {
    let is_status = |entry: &&Entry| is_status(&entry.name) && format_named(&entry.name) == Some(Format::Parquet) && entry.size > 0;
    for entry in listing.entries().iter().filter(is_status) {
        let part = super::Part { name: entry.name.clone(), format: Format::Parquet, size: entry.size, bytes: entry.bytes.clone() };
        let row = parquet_part::first_row(&part, |name| name.eq_ignore_ascii_case("status"));
        let row = row.map_err(|source| SourceError::Read { part: entry.name.clone(), source })?;
        if row.values().any(|status| status.eq_ignore_ascii_case("UPDATING")) {
            return Err(SourceError::Updating { status: entry.name.clone() });
        }
    }
    Ok(())
}

fn is_status(name: &str) -> bool {
    name.split('/').any(|segment| segment == STATUS || segment.strip_prefix(STATUS).is_some_and(|rest| rest.starts_with('.')))
}

/// What manifests list.
#[derive(Default)]
struct Listed {
    found: Vec<Found>,
    /// Paths of manifests that are not read as a bill.
    foreign: Vec<String>,
    /// What to say of them if nothing else is found.
    another: Option<SourceError>,
}

fn listed(manifests: Vec<Manifest>, as_kind: Option<ReportKind>, listing: &Listing) -> Result<Listed, SourceError> {
    let mut listed = Listed::default();
    let mut listed_by: BTreeMap<String, String> = BTreeMap::new();
    for manifest in manifests {
        match (manifest.kind(), as_kind) {
            (Some(is), Some(asked)) if is != asked => {
                listed.another = listed.another.or_else(|| Some(manifest.another_kind(is, asked)));
                listed.foreign.push(manifest.path);
            }
            (Some(kind), _) | (None, Some(kind)) => {
                let place = manifest.path.clone();
                let report = manifest.report(kind, listing)?;
                for part in &report.parts {
                    if let Some(first) = listed_by.insert(part.name.clone(), place.clone()) {
                        return Err(SourceError::ListedByTwo { part: part.name.clone(), first, second: place });
                    }
                }
                let month = report.period.map(|period| Month { period, payer: report.payer.clone() });
                listed.found.push(Found { months: month.into_iter().collect(), place, report });
            }
            // An export of another table, of recommendations for example.
            (None, None) => listed.foreign.push(manifest.path),
        }
    }
    Ok(listed)
}

/// Files of a bill's formats that no manifest lists, and that are no left-overs of one that does.
fn unlisted<'a>(listing: &'a Listing, reports: &[Found], foreign: &[String], manifests: &[String]) -> Result<Vec<&'a Entry>, SourceError> {
    let claimed: BTreeSet<&str> = reports.iter().flat_map(|found| &found.report.parts).map(|part| part.name.as_str()).collect();
    let months: Vec<Partition> = claimed.iter().copied().chain(manifests.iter().map(String::as_str)).filter_map(keys::partition).collect();
    let foreign: Vec<Partition> = foreign.iter().filter_map(|path| keys::partition(path)).collect();
    let chunks: BTreeSet<String> = claimed.iter().map(|name| chunk(name)).collect();
    let mut rest = Vec::new();
    for entry in listing.entries() {
        let name = entry.name.as_str();
        let is_alone = listing.entries().len() == 1;
        if (format_named(name).is_none() && !is_alone) || claimed.contains(name) || is_status(name) {
            continue;
        }
        let Some(own) = keys::partition(name) else {
            let is_version = keys::is_version(folder(name)) && manifests.iter().any(|path| folder(path) == folder(folder(name)));
            if !is_version && !chunks.contains(&chunk(name)) {
                rest.push(entry);
            }
            continue;
        };
        if foreign.iter().any(|month| own.belongs_to(month)) || months.iter().any(|month| month.folder == own.folder) {
            continue;
        }
        if months.iter().any(|month| month.root == own.root) {
            return Err(SourceError::NoManifest { folder: own.folder });
        }
        rest.push(entry);
    }
    Ok(rest)
}

/// A chunk's path without its number: the same for all chunks of one delivery.
fn chunk(name: &str) -> String {
    let (stem, ending) = base(name).split_once('.').unwrap_or((base(name), ""));
    format!("{}/{}.{ending}", folder(name), stem.trim_end_matches(|letter: char| letter.is_ascii_digit()))
}

/// Refuses two reports with one month of one payer.
fn no_month_twice(found: &[Found]) -> Result<(), SourceError> {
    for (index, second) in found.iter().enumerate() {
        for first in &found[..index] {
            let is_same = |a: &Month, b: &Month| a.period == b.period && (a.payer.is_none() || b.payer.is_none() || a.payer == b.payer);
            let twice = first.months.iter().find(|month| second.months.iter().any(|other| is_same(month, other)));
            if let Some(month) = twice {
                let is_told = first.report.name != second.report.name;
                let name = |found: &Found| if is_told { found.report.name.clone() } else { found.place.clone() };
                let (first, second) = (name(first), name(second));
                return Err(SourceError::PeriodTwice { period: month.period, first, second });
            }
        }
    }
    Ok(())
}

/// What is there when nothing is a bill.
fn seen(listing: &Listing, has_manifests: bool) -> String {
    if has_manifests {
        return "its manifests are of exports without the columns of a bill".to_owned();
    }
    let names: Vec<String> = listing.entries().iter().map(|entry| entry.name.clone()).collect();
    format!("none of its files is CSV, zip, Parquet or a manifest ({})", some(&names))
}
