//! Where files lie, as AWS lays them out, and the manifests beside them.

use crate::cloud::text;
use crate::legacy::snake;
use crate::month::Month;
use crate::request::{Format, Layout};
use crate::schema::{Column, DataType};
use crate::value::{export_id, version_id};
use crate::world::World;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// What a report is called that nobody defined, and where it lies.
const REPORT: &str = "tenor-sandbox";
const PREFIX: &str = "billing";
const BUCKET: &str = "example-billing-reports";

/// Where a report or an export is delivered to, and as what.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Address {
    pub(crate) bucket: String,
    /// The folder of all its months: its prefix and name.
    pub(crate) base: String,
    pub(crate) name: String,
    /// A legacy report's.
    pub(crate) report_id: String,
    /// An export's.
    pub(crate) export_arn: String,
    /// Of the one delivery that is written; else each month has its own.
    pub(crate) version: Option<Version>,
}

/// One delivery of a month.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Version {
    /// Assembly or execution id.
    pub(crate) id: String,
    #[serde(with = "text")]
    pub(crate) delivered: Timestamp,
}

impl Address {
    /// That of a bill which nobody defined.
    pub(crate) fn own(world: &World) -> Self {
        let (payer, id) = (&world.accounts[0].id, export_id(world.seed));
        Self {
            bucket: BUCKET.to_owned(),
            base: format!("{PREFIX}/{REPORT}"),
            name: REPORT.to_owned(),
            export_arn: format!("arn:aws:bcm-data-exports:us-east-1:{payer}:export/{REPORT}-{id}"),
            report_id: id,
            version: None,
        }
    }
}

/// A file to write, its path relative to the bucket.
pub(crate) struct NamedText {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The paths of one month.
pub(crate) struct MonthLayout<'a> {
    address: &'a Address,
    format: Format,
    layout: Layout,
    year: i16,
    month: i8,
    /// `20250101-20250201`
    range: String,
    /// Assembly or execution id.
    version: String,
    /// When the version was delivered.
    delivered: String,
}

impl<'a> MonthLayout<'a> {
    pub(crate) fn new(month: &Month<'_>, format: Format, layout: Layout, address: &'a Address) -> Self {
        let day = |second: i64| Timestamp::from_second(second).expect("a bill's month").strftime("%Y%m%d").to_string();
        // Where nothing else is said, two days into the month after.
        let usual = || Timestamp::from_second(month.end + 2 * 86_400 + 15_853).expect("a bill's month");
        let version = address.version.clone().unwrap_or_else(|| Version { id: version_id(month), delivered: usual() });
        Self {
            address,
            format,
            layout,
            year: month.period.year(),
            month: month.period.month(),
            range: format!("{}-{}", day(month.start), day(month.end)),
            version: version.id,
            delivered: version.delivered.strftime("%Y-%m-%dT%H:%M:%S.653Z").to_string(),
        }
    }

    /// The path of a data file; numbers begin at 1.
    pub(crate) fn part(&self, number: usize) -> String {
        let Self { range, version, address: Address { base, name, .. }, .. } = self;
        match (self.is_legacy(), self.layout) {
            (true, Layout::Athena) => {
                format!("{base}/{name}/year={}/month={}/{name}-{number}.snappy.parquet", self.year, self.month)
            }
            (true, Layout::CreateNew) => format!("{base}/{range}/{version}/{name}-{number}.{}", self.extension()),
            (true, Layout::Overwrite) => format!("{base}/{range}/{name}-{number}.{}", self.extension()),
            (false, Layout::Overwrite) => format!("{base}/data/{}/{name}-{number:05}.{}", self.partition(), self.extension()),
            (false, _) => {
                format!("{base}/data/{}/{}-{version}/{name}-{number:05}.{}", self.partition(), self.delivered, self.extension())
            }
        }
    }

    /// The manifests of a month whose data files are `parts`.
    pub(crate) fn manifests(&self, month: &Month<'_>, columns: &[Column], parts: &[String]) -> Vec<NamedText> {
        let text = if self.is_legacy() { self.legacy_manifest(month, columns, parts) } else { self.export_manifest(columns, parts) };
        let Address { base, name, .. } = self.address;
        let file = format!("{name}-Manifest.json");
        let newest =
            if self.is_legacy() { format!("{base}/{}/{file}", self.range) } else { format!("{base}/metadata/{}/{file}", self.partition()) };
        let mut found = vec![NamedText { path: newest, text: text.clone() }];
        if self.layout != Layout::Overwrite {
            let path = if self.is_legacy() {
                format!("{base}/{}/{}/{file}", self.range, self.version)
            } else {
                format!("{base}/metadata/{}/{}-{}/{file}", self.partition(), self.delivered, self.version)
            };
            found.push(NamedText { path, text });
        }
        found
    }

    fn is_legacy(&self) -> bool {
        matches!(self.format, Format::LegacyCsv | Format::LegacyParquet)
    }

    fn is_parquet(&self) -> bool {
        matches!(self.format, Format::LegacyParquet | Format::Cur2Parquet | Format::FocusParquet)
    }

    fn extension(&self) -> &'static str {
        if self.is_parquet() { "snappy.parquet" } else { "csv.gz" }
    }

    fn partition(&self) -> String {
        let key = if matches!(self.format, Format::FocusParquet | Format::FocusCsv) { "billing_period" } else { "BILLING_PERIOD" };
        format!("{key}={:04}-{:02}", self.year, self.month)
    }

    fn legacy_manifest(&self, month: &Month<'_>, columns: &[Column], parts: &[String]) -> String {
        let (start, end) = self.range.split_once('-').expect("a range has two days");
        let compression = if self.is_parquet() { "Parquet" } else { "GZIP" };
        let content_type = if self.is_parquet() { "Parquet" } else { "text/csv" };
        pretty(&json!({
            "assemblyId": self.version,
            "account": month.world.accounts[0].id,
            "columns": columns.iter().map(|column| self.legacy_column(column)).collect::<Vec<_>>(),
            "charset": "UTF-8",
            "compression": compression,
            "contentType": content_type,
            "reportId": self.address.report_id,
            "reportName": self.address.name,
            "billingPeriod": { "start": format!("{start}T000000.000Z"), "end": format!("{end}T000000.000Z") },
            "bucket": self.address.bucket,
            "reportKeys": parts,
            "additionalArtifactKeys": [],
        }))
    }

    fn legacy_column(&self, column: &Column) -> Value {
        if let Some((category, name)) = column.name.split_once('/') {
            return json!({ "category": category, "name": name });
        }
        // Parquet reports name their columns as Athena does and say their types.
        const CATEGORIES: [&str; 10] = [
            "identity",
            "bill",
            "line_item",
            "product",
            "pricing",
            "reservation",
            "savings_plan",
            "split_line_item",
            "resource_tags",
            "cost_category",
        ];
        let fits = |category: &&&str| column.name.starts_with(&format!("{category}_"));
        let category = CATEGORIES.iter().find(fits).expect("every column has a category");
        let data = match column.data {
            DataType::Text | DataType::Map => "OptionalString",
            DataType::Double => "OptionalBigDecimal",
            DataType::Timestamp => "Interval",
        };
        json!({ "category": snake(category), "name": &column.name[category.len() + 1..], "type": data })
    }

    fn export_manifest(&self, columns: &[Column], parts: &[String]) -> String {
        let data = |column: &Column| match column.data {
            DataType::Text => "string",
            DataType::Double => "double",
            DataType::Timestamp => "timestamp",
            DataType::Map if self.is_parquet() => "map",
            DataType::Map => "string",
        };
        let Address { bucket, export_arn: arn, .. } = self.address;
        let columns: Vec<Value> = columns.iter().map(|column| json!({ "name": column.name, "type": data(column) })).collect();
        let files: Vec<String> = parts.iter().map(|part| format!("s3://{bucket}/{part}")).collect();
        json!({ "executionId": self.version, "exportArn": arn, "columns": columns, "dataFiles": files }).to_string()
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON values have text")
}
