//! Legacy Cost and Usage Reports ([BOTO:cur]).

use super::definition::{Paper, kept, name, tags, word, wrong};
use super::wanted::NotDelivered;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::pages::Paging;
use tenor_wire::Value;

/// [BOTO:cur]: five, neither fewer nor more.
const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 5, range: (5, 5), refusal: "ValidationException" };
/// [BOTO:cur ReportLimitReachedException].
const REPORTS_MAX: usize = 5;

/// `DescribeReportDefinitions`.
pub(super) fn describe(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let found = cloud.reports(ask).map(|report| cloud.report_value(report)).collect();
    cloud.listed(&PAGING, ask, "ReportDefinitions", found)
}

/// `PutReportDefinition`.
pub(super) fn put(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let definition = ask.input.at("ReportDefinition").unwrap_or(&Value::Null);
    check(definition)?;
    let name = definition.text("ReportName").unwrap_or_default();
    if cloud.reports(ask).any(|report| report.name == name) {
        return Err(Refusal::new("DuplicateReportNameException", format!("A report with the name {name} already exists")));
    }
    if cloud.reports(ask).count() >= REPORTS_MAX {
        return Err(Refusal::new(
            "ReportLimitReachedException",
            format!("There are {REPORTS_MAX} reports already, and there may be no more"),
        ));
    }
    let report = Paper {
        account: ask.caller.account,
        name: name.to_owned(),
        arn: String::new(),
        definition: kept(definition, &["ReportStatus"]),
        made: cloud.books.now,
        tags: tags(ask.input.list("Tags").unwrap_or_default()),
    };
    cloud.books.papers.push(report);
    Ok(Value::Null)
}

/// Refuses what the model does not allow, and formats and compressions that do not go together (the latter UNVERIFIED).
fn check(definition: &Value) -> Result<(), Refusal> {
    name(definition, "ReportName", 256, |each| each.is_ascii_alphanumeric() || "!-_.*'()".contains(each))?;
    name(definition, "S3Bucket", 256, |each| each.is_ascii_alphanumeric() || "_.-".contains(each))?;
    let is_good = |each: char| each.is_ascii_alphanumeric() || "!-_.*'()/".contains(each);
    if let Some(prefix) = definition.text("S3Prefix").filter(|prefix| prefix.len() > 256 || !prefix.chars().all(is_good)) {
        return Err(wrong(format!("S3Prefix `{prefix}` must have at most 256 characters, of letters, digits and !-_.*'()/")));
    }
    name(definition, "S3Region", 64, |each| each.is_ascii_alphanumeric() || each == '-')?;
    word(definition, "TimeUnit", &["HOURLY", "DAILY", "MONTHLY"])?;
    let format = word(definition, "Format", &["textORcsv", "Parquet"])?;
    let compression = word(definition, "Compression", &["ZIP", "GZIP", "Parquet"])?;
    if (format == "Parquet") != (compression == "Parquet") {
        return Err(wrong(format!("Format {format} does not go with Compression {compression}")));
    }
    for element in texts(definition, "AdditionalSchemaElements") {
        if !["RESOURCES", "SPLIT_COST_ALLOCATION_DATA", "MANUAL_DISCOUNT_COMPATIBILITY"].contains(&element) {
            return Err(wrong(format!("AdditionalSchemaElements has `{element}`, which there is not")));
        }
    }
    if definition.text("ReportVersioning").is_some() {
        word(definition, "ReportVersioning", &["CREATE_NEW_REPORT", "OVERWRITE_REPORT"])?;
    }
    Ok(())
}

impl Cloud {
    fn reports(&self, ask: &Ask<'_>) -> impl Iterator<Item = &Paper> {
        let account = ask.caller.account;
        self.books.papers.iter().filter(move |paper| paper.account == account && paper.arn.is_empty())
    }

    fn report_value(&self, report: &Paper) -> Value {
        let mut value = report.value();
        if let Some(delivered) = self.latest_delivery(report) {
            let status = self.obstacle(report, &delivered).map_or("SUCCESS", NotDelivered::last_status);
            value.set("ReportStatus.lastDelivery", delivered.ended.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string().into());
            value.set("ReportStatus.lastStatus", status.into());
        }
        value
    }
}
