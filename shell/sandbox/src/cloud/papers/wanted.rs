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
/// [S3:object-keys].
const KEY_BYTES_MAX: usize = 1024;
/// The longest that a key has beside the base and the name: folders of month and delivery, a number and what the file is.
const KEY_REST_BYTES: usize = 124;

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
    /// There can be no such bucket, or no keys of such a length in it.
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

    /// Whether a bucket may be called so ([S3:bucketnamingrules]).
    pub(super) fn has_bucket(&self) -> bool {
        let is_edge = |each: Option<char>| each.is_some_and(|each| each.is_ascii_lowercase() || each.is_ascii_digit());
        let bucket = self.bucket();
        (3..=63).contains(&bucket.len())
            && is_edge(bucket.chars().next())
            && is_edge(bucket.chars().last())
            && !bucket.contains("..")
            && bucket.chars().all(|each| is_edge(Some(each)) || ".-".contains(each))
    }

    /// Whether its longest key is no longer than S3 takes.
    fn has_keys(&self) -> bool {
        self.base().len() + self.name.len() + KEY_REST_BYTES <= KEY_BYTES_MAX
    }
}

impl Cloud {
    /// What is delivered of a definition.
    pub(super) fn wanted(&self, paper: &Paper) -> Result<Wanted, NotDelivered> {
        let Some(bucket) = self.bucket(paper.bucket()).filter(|_| paper.has_keys()) else { return Err(NotDelivered::NoPlace) };
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
    use super::{Format, KEY_REST_BYTES, Paper, selected};
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

    fn paper(bucket: &str, prefix: &str) -> Paper {
        let definition = json!({"S3Bucket": bucket, "S3Prefix": prefix});
        Paper { account: 0, name: "hourly".to_owned(), arn: String::new(), definition, made: Moment(0), tags: BTreeMap::new() }
    }

    #[test]
    fn buckets_are_called_as_s3_allows() {
        let has_bucket = |bucket: &str| paper(bucket, "").has_bucket();
        assert!(has_bucket("bills") && has_bucket("my.bills-1"));
        for bucket in ["", "..", "a..b", ".new", "bills/..", "bi", "Bills", "bills-", "bills\0"] {
            assert!(!has_bucket(bucket), "{bucket}");
        }
        assert!(!has_bucket(&"a".repeat(64)));
    }

    #[test]
    fn no_key_is_longer_than_s3_takes() {
        let of = |bytes: usize| paper("bills", &"a".repeat(bytes));
        // The prefix, a slash, the name in the base and in the file.
        let most = 1024 - 1 - 2 * "hourly".len() - KEY_REST_BYTES;
        assert!(of(most).has_keys() && !of(most + 1).has_keys());
        assert!(!paper("bills", &"\u{1f600}".repeat(1024)).has_keys(), "it counts bytes");
    }
}
