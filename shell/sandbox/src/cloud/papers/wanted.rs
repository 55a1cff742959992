//! What a report or an export asks for, and why some of it is not delivered: the sandbox writes hourly bills of the whole organization, with resources.

use super::PAYER;
use super::definition::Paper;
use super::exports::table_of;
use crate::cloud::Cloud;
use crate::cloud::ask::texts;
use crate::request::{BillRequest, Format, Layout};
use crate::write::columns;
use tenor_wire::Value;

const S3: &str = "DestinationConfigurations.S3Destination";
/// The longest part of a key that is a folder or a file too: what most file systems have room for, less what stands behind a name.
const PART_BYTES_MAX: usize = 200;

/// A kind of bill and how it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(super) format: Format,
    pub(super) layout: Layout,
    /// The only columns; empty for all.
    pub(super) columns: Vec<String>,
    pub(super) is_split: bool,
}

/// Why nothing is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotDelivered {
    /// The bucket is another account's.
    Foreign,
    /// There can be no such bucket, or nothing can lie there.
    NoPlace,
    /// The sandbox does not write such a bill.
    Unwritten,
}

impl NotDelivered {
    /// [BOTO:bcm-data-exports] `ExecutionStatusReason`.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Foreign | Self::NoPlace => "INSUFFICIENT_PERMISSION",
            Self::Unwritten => "INTERNAL_FAILURE",
        }
    }

    /// [BOTO:cur] `LastStatus`, which has no word for what is not written.
    pub(super) fn last_status(self) -> &'static str {
        match self {
            Self::NoPlace => "ERROR_NO_BUCKET",
            Self::Foreign | Self::Unwritten => "ERROR_PERMISSIONS",
        }
    }
}

impl Paper {
    fn is_export(&self) -> bool {
        !self.arn.is_empty()
    }

    /// A member of the definition that says where things go; a legacy report has it itself.
    fn place(&self, member: &str) -> &str {
        let place = if self.is_export() { &self.definition["DestinationConfigurations"]["S3Destination"] } else { &self.definition };
        place[member].as_str().unwrap_or_default()
    }

    /// The bucket that it goes into.
    pub(super) fn bucket(&self) -> &str {
        self.place("S3Bucket")
    }

    /// The Region that the bucket is in.
    pub(super) fn region(&self) -> &str {
        self.place("S3Region")
    }

    /// The folder of all its months in the bucket.
    pub(super) fn base(&self) -> String {
        match self.place("S3Prefix").trim_matches('/') {
            "" => self.name.clone(),
            prefix => format!("{prefix}/{}", self.name),
        }
    }

    /// Whether a bucket may be called so, and keys below it can be files.
    pub(super) fn has_place(&self) -> bool {
        let is_edge = |each: Option<char>| each.is_some_and(|each| each.is_ascii_lowercase() || each.is_ascii_digit());
        let (bucket, base) = (self.bucket(), self.base());
        let is_bucket = (3..=63).contains(&bucket.len())
            && is_edge(bucket.chars().next())
            && is_edge(bucket.chars().last())
            && !bucket.contains("..")
            && bucket.chars().all(|each| is_edge(Some(each)) || ".-".contains(each));
        let is_part = |part: &str| !part.is_empty() && part.len() <= PART_BYTES_MAX && part != "." && part != ".." && !part.contains('\0');
        is_bucket && base.split('/').all(is_part)
    }
}

impl Cloud {
    /// What is delivered of a definition.
    pub(super) fn wanted(&self, paper: &Paper) -> Result<Wanted, NotDelivered> {
        let Some(bucket) = self.bucket(paper.bucket()).filter(|_| paper.has_place()) else { return Err(NotDelivered::NoPlace) };
        if bucket.owner != paper.account {
            return Err(NotDelivered::Foreign);
        }
        let definition = paper.value();
        let wanted = if paper.is_export() { of_export(&definition) } else { of_report(&definition) };
        wanted.filter(|_| paper.account == PAYER).ok_or(NotDelivered::Unwritten)
    }
}

/// None for what the sandbox does not write: other times than hours, bills without resources, ZIP, files for other programs.
fn of_report(definition: &Value) -> Option<Wanted> {
    let format = match (definition.text("Format")?, definition.text("Compression")?) {
        ("textORcsv", "GZIP") => Format::LegacyCsv,
        ("Parquet", "Parquet") => Format::LegacyParquet,
        _ => return None,
    };
    let layout = match (&texts(definition, "AdditionalArtifacts")[..], definition.text("ReportVersioning")) {
        (["ATHENA"], _) if format == Format::LegacyParquet => Layout::Athena,
        ([], Some("OVERWRITE_REPORT")) => Layout::Overwrite,
        ([], _) => Layout::CreateNew,
        _ => return None,
    };
    let elements = texts(definition, "AdditionalSchemaElements");
    let is_written = definition.text("TimeUnit") == Some("HOURLY") && elements.contains(&"RESOURCES");
    is_written.then(|| Wanted { format, layout, columns: Vec::new(), is_split: elements.contains(&"SPLIT_COST_ALLOCATION_DATA") })
}

/// None for other tables, other times than hours, a CUR 2.0 without resources, ZIP, files for other programs, and queries that ask for more than columns.
/// UNVERIFIED: hours are what an export has that does not say.
fn of_export(definition: &Value) -> Option<Wanted> {
    let table = table_of(definition)?;
    let is_parquet = definition.text(&format!("{S3}.S3OutputConfigurations.Format")) == Some("PARQUET");
    let format = match (table, is_parquet) {
        ("COST_AND_USAGE_REPORT", true) => Format::Cur2Parquet,
        ("COST_AND_USAGE_REPORT", false) => Format::Cur2Csv,
        ("FOCUS_1_2_AWS", true) => Format::FocusParquet,
        ("FOCUS_1_2_AWS", false) => Format::FocusCsv,
        _ => return None,
    };
    let output = |member: &str| definition.text(&format!("{S3}.S3OutputConfigurations.{member}"));
    let set = |key: &str| definition.text(&format!("DataQuery.TableConfigurations.{table}.{key}"));
    let is_written = output("OutputType") == Some("CUSTOM")
        && output("Compression") != Some("ZIP")
        && set("TIME_GRANULARITY").is_none_or(|unit| unit == "HOURLY")
        && (table == "FOCUS_1_2_AWS" || set("INCLUDE_RESOURCES") == Some("TRUE"));
    let columns = selected(definition.text("DataQuery.QueryStatement")?, format).filter(|_| is_written)?;
    let layout = if output("Overwrite") == Some("OVERWRITE_REPORT") { Layout::Overwrite } else { Layout::CreateNew };
    Some(Wanted { format, layout, columns, is_split: set("INCLUDE_SPLIT_COST_ALLOCATION_DATA") == Some("TRUE") })
}

/// The columns of `SELECT a, b FROM table`, empty for `SELECT *`; none when it asks for more, or for a column that the bill does not have.
fn selected(query: &str, format: Format) -> Option<Vec<String>> {
    let words: Vec<&str> = query.trim().trim_end_matches(';').split_ascii_whitespace().collect();
    let [_, named @ .., from, _] = &words[..] else { return None };
    let named = named.join(" ");
    if !from.eq_ignore_ascii_case("from") || named == "*" {
        return (named == "*").then(Vec::new);
    }
    let named: Vec<String> = named.split(',').map(|name| name.trim().to_owned()).collect();
    let request = BillRequest { columns: named.clone(), ..BillRequest::small(format) };
    (columns(&request).len() == named.len()).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::{Format, Paper, selected};
    use crate::cloud::moment::Moment;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn a_query_selects_columns_that_there_are_and_nothing_else() {
        let of = |query: &str| selected(query, Format::Cur2Parquet);
        assert_eq!(of("SELECT * FROM COST_AND_USAGE_REPORT;"), Some(Vec::new()));
        let two = of("select line_item_usage_type,\n bill_payer_account_id from COST_AND_USAGE_REPORT").unwrap();
        assert_eq!(two, ["line_item_usage_type", "bill_payer_account_id"]);
        for other in ["SELECT mood FROM COST_AND_USAGE_REPORT", "SELECT line_item_usage_type FROM COST_AND_USAGE_REPORT WHERE 1", "SELECT"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn nothing_lies_outside_of_its_bucket() {
        let has_place = |bucket: &str, prefix: &str, name: &str| {
            let definition = json!({"S3Bucket": bucket, "S3Prefix": prefix});
            let (arn, tags) = (String::new(), BTreeMap::new());
            Paper { account: 0, name: name.to_owned(), arn, definition, made: Moment(0), tags }.has_place()
        };
        assert!(has_place("bills", "", "a") && has_place("my.bills-1", "/a/b/", "c"));
        for (bucket, prefix, name) in [
            ("..", "a", "b"),
            ("a..b", "a", "b"),
            (".new", "a", "b"),
            ("bills/..", "a", "b"),
            ("bi", "a", "b"),
            ("Bills", "a", "b"),
            ("bills", "../x", "b"),
            ("bills", "a//b", "c"),
            ("bills", "a/./b", "c"),
            ("bills", "a", ".."),
        ] {
            assert!(!has_place(bucket, prefix, name), "{bucket} {prefix} {name}");
        }
        assert!(!has_place("bills", &"a".repeat(201), "b"));
    }
}
