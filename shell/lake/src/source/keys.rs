//! Where the files that a manifest lists lie below the source.
//!
//! A manifest lists keys of AWS's bucket. What is read may be that bucket, any folder of it, or a copy of any of these, so keys are
//! never compared from the left. A listed file is taken only from where the layout puts it relative to its manifest: a file of
//! another month or report with the same name must never stand in for a missing one.

use super::listing::{Entry, Listing, folder, join};
use tenor_bill::BillingPeriod;

/// The folder of one month in one of AWS's layouts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partition {
    /// The folder that holds the months' folders.
    pub(super) root: String,
    /// The month's own folder.
    pub(super) folder: String,
    /// What follows it.
    pub(super) rest: String,
    /// The month.
    pub(super) period: Option<BillingPeriod>,
}

impl Partition {
    /// The report's or export's own folder, whichever of its folders this month lies in.
    fn home<'a>(&'a self, holder: Option<&str>) -> Option<&'a str> {
        let (home, last) = self.root.rsplit_once('/').unwrap_or(("", &self.root));
        holder.is_none_or(|holder| holder == last).then_some(home)
    }

    /// The path from the month's folder on.
    fn tail(&self) -> String {
        let month = self.folder.strip_prefix(&self.root).unwrap_or(&self.folder);
        join(month.trim_start_matches('/'), &self.rest)
    }

    /// Where listed files lie when their months' folders are not those of the manifests: data exports keep `data/` beside
    /// `metadata/`, and the Athena layout keeps the folder of all `year=` beside the months of the manifests.
    fn beside(&self, listed: &Self) -> String {
        let holder = listed.root.rsplit('/').next().unwrap_or_default();
        join(self.home(Some("metadata")).unwrap_or(&self.root), &join(holder, &listed.tail()))
    }

    /// The folder to point at for the report whose manifest lies in this month, which is at `path`.
    pub(super) fn place(&self, path: &str) -> String {
        let (own, export) = (folder(path), self.home(Some("metadata")));
        match export {
            _ if own == self.folder => export.unwrap_or(&self.root).to_owned(),
            Some(home) => join(home, &join("data", folder(&self.tail()))),
            None => own.to_owned(),
        }
    }

    /// Whether this is the same month of the same report as that of a manifest.
    pub(super) fn is_of(&self, manifest: &Self) -> bool {
        self.period == manifest.period && self.belongs_to(manifest)
    }

    /// Whether this month's files lie where the report of a manifest keeps them.
    pub(super) fn belongs_to(&self, manifest: &Self) -> bool {
        self.folder == manifest.folder || self.home(None) == Some(manifest.home(Some("metadata")).unwrap_or(&manifest.root))
    }
}

/// The month's folder in a path: `20181001-20181101`, `BILLING_PERIOD=2018-10` or `year=2018/month=10`.
pub(super) fn partition(path: &str) -> Option<Partition> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let folders = &segments[..segments.len().saturating_sub(1)];
    folders.iter().enumerate().find_map(|(index, segment)| {
        let (length, period) = match (dates(segment), value(segment, "billing_period"), value(segment, "year")) {
            (Some(period), _, _) => (1, Some(period)),
            (_, Some(period), _) => (1, period.parse().ok()),
            (_, _, Some(year)) => {
                let month = folders.get(index + 1).and_then(|next| value(next, "month"))?;
                (2, format!("{year}-{month:0>2}").parse().ok())
            }
            _ => return None,
        };
        let end = index + length;
        Some(Partition { root: segments[..index].join("/"), folder: segments[..end].join("/"), rest: segments[end..].join("/"), period })
    })
}

/// Finds a listed file.
///
/// A manifest in its month's folder has its files where the layout puts them and nowhere else. Any other manifest is a copy, or is
/// seen from within its month: its files lie below it, by as much of their path as is left.
pub(super) fn find<'a>(listing: &'a Listing, manifest: &str, key: &str) -> Option<&'a Entry> {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    if let (Some(own), Some(listed)) = (partition(manifest), partition(key)) {
        return listing.get(&own.beside(&listed)).or_else(|| listing.get(&join(&own.root, &listed.tail())));
    }
    let segments: Vec<&str> = key.split('/').filter(|segment| !segment.is_empty()).collect();
    (0..segments.len()).find_map(|start| listing.get(&join(folder(manifest), &segments[start..].join("/"))))
}

/// The month of `20181001-20181101`.
fn dates(segment: &str) -> Option<BillingPeriod> {
    let (start, end) = segment.split_once('-')?;
    let is_date = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_date(start) && is_date(end)).then(|| format!("{}-{}", &start[..4], &start[4..6]).parse().ok())?
}

fn value<'a>(segment: &'a str, name: &str) -> Option<&'a str> {
    segment.split_once('=').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Whether a folder's name ends in an id, as those of assemblies and executions do.
pub(super) fn is_version(folder: &str) -> bool {
    let id = folder.get(folder.len().wrapping_sub(36)..).unwrap_or_default();
    let is_uuid = |(index, byte): (usize, u8)| if [8, 13, 18, 23].contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    id.len() == 36 && id.bytes().enumerate().all(is_uuid)
}

#[cfg(test)]
mod tests {
    use super::{is_version, partition};

    fn month(path: &str) -> String {
        partition(path).map_or("none".to_owned(), |found| {
            let period = found.period.map_or("?".to_owned(), |period| period.to_string());
            format!("{period}: {} / {} / {}", found.root, found.folder, found.rest)
        })
    }

    #[test]
    fn the_months_folder_is_known_in_each_layout() {
        assert_eq!(month("cur/hourly/20181001-20181101/a1/f.csv.gz"), "2018-10: cur/hourly / cur/hourly/20181001-20181101 / a1/f.csv.gz");
        assert_eq!(month("data/BILLING_PERIOD=2026-04/f.parquet"), "2026-04: data / data/BILLING_PERIOD=2026-04 / f.parquet");
        assert_eq!(month("r/r/year=2024/month=1/f.parquet"), "2024-01: r/r / r/r/year=2024/month=1 / f.parquet");
        assert_eq!(month("year=2024/f.parquet"), "none");
        assert_eq!(month("a/20181001-20181101"), "none", "a file is no folder");
    }

    #[test]
    fn data_lie_beside_metadata_and_athenas_folder_beside_the_months() {
        let beside = |manifest: &str, key: &str| partition(manifest).unwrap().beside(&partition(key).unwrap());
        let export = "b/cur/e/data/BILLING_PERIOD=2026-04/x/e-00001.csv.gz";
        assert_eq!(beside("e/metadata/BILLING_PERIOD=2026-04/e-Manifest.json", export), "e/data/BILLING_PERIOD=2026-04/x/e-00001.csv.gz");
        assert_eq!(beside("metadata/BILLING_PERIOD=2026-04/e-Manifest.json", export), "data/BILLING_PERIOD=2026-04/x/e-00001.csv.gz");
        let athena = "p/hourly/hourly/year=2024/month=1/hourly-00001.snappy.parquet";
        let found = beside("copy/20240101-20240201/hourly-Manifest.json", athena);
        assert_eq!(found, "copy/hourly/year=2024/month=1/hourly-00001.snappy.parquet");
    }

    #[test]
    fn what_to_point_at_is_the_folder_of_the_report() {
        let place = |path: &str| partition(path).unwrap().place(path);
        assert_eq!(place("cur/hourly/20181001-20181101/hourly-Manifest.json"), "cur/hourly");
        assert_eq!(place("cur/hourly/20181001-20181101/a1/hourly-Manifest.json"), "cur/hourly/20181001-20181101/a1");
        assert_eq!(place("x/all/metadata/BILLING_PERIOD=2026-04/all-Manifest.json"), "x/all");
        assert_eq!(place("metadata/BILLING_PERIOD=2026-04/v1/all-Manifest.json"), "data/BILLING_PERIOD=2026-04/v1");
    }

    #[test]
    fn versions_are_folders_that_end_in_an_id() {
        assert!(is_version("2026-04-16T15:24:15.653Z-04e9e487-79a7-42b1-a680-1de7c660dc8f"));
        assert!(is_version("04e9e487-79a7-42b1-a680-1de7c660dc8f"));
        for other in ["", "feb", "20181001-20181101", "04e9e487-79a7-42b1-a680-1de7c660dc8", "04e9e487x79a7-42b1-a680-1de7c660dc8f"] {
            assert!(!is_version(other), "{other}");
        }
    }
}
