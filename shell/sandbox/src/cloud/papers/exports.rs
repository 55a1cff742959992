//! Exports of AWS Data Exports, and their deliveries ([BOTO:bcm-data-exports]).

use super::definition::{Paper, kept, name, tags, word, wrong};
use super::deliveries::Delivery;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::pages::Paging;
use tenor_wire::Value;

const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 300, range: (1, 300), refusal: "ValidationException" };
/// UNVERIFIED: how many exports an account may have of a table.
const EXPORTS_MAX: usize = 5;
/// What can be exported.
const TABLES: [&str; 6] = [
    "COST_AND_USAGE_REPORT",
    "COST_AND_USAGE_DASHBOARD",
    "COST_OPTIMIZATION_RECOMMENDATIONS",
    "CARBON_EMISSIONS",
    "FOCUS_1_0_AWS",
    "FOCUS_1_2_AWS",
];
/// [BOTO:bcm-data-exports] `GenericString`: any characters.
const GENERIC_CHARS_MAX: usize = 1024;
const PLACE: &str = "DestinationConfigurations.S3Destination";
const OUTPUT: &str = "DestinationConfigurations.S3Destination.S3OutputConfigurations";

/// `ListExports`.
pub(super) fn list(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let value = |export: &Paper| {
        Value::of([
            ("ExportArn", export.arn.as_str().into()),
            ("ExportName", export.name.as_str().into()),
            ("ExportStatus", cloud.export_status(export)),
        ])
    };
    let found = cloud.exports(ask).map(value).collect();
    cloud.listed(&PAGING, ask, "Exports", found)
}

/// `GetExport`.
pub(super) fn get(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let export = cloud.export(ask)?;
    Ok(Value::of([("Export", export_value(export)), ("ExportStatus", cloud.export_status(export))]))
}

/// `ListExecutions`: the latest first.
pub(super) fn executions(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let export = cloud.export(ask)?;
    let value = |delivery: &Delivery| {
        Value::of([("ExecutionId", delivery.id.as_str().into()), ("ExecutionStatus", cloud.execution_status(export, delivery))])
    };
    let found = cloud.deliveries(export).iter().map(value).collect();
    cloud.listed(&PAGING, ask, "Executions", found)
}

/// `GetExecution`.
pub(super) fn execution(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let export = cloud.export(ask)?;
    let id = ask.text("ExecutionId").unwrap_or_default();
    let found = cloud.deliveries(export).into_iter().find(|delivery| delivery.id == id);
    let delivery = found.ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Execution {id} was not found")))?;
    let status = cloud.execution_status(export, &delivery);
    Ok(Value::of([("ExecutionId", id.into()), ("Export", export_value(export)), ("ExecutionStatus", status)]))
}

/// `CreateExport`.
pub(super) fn create(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let definition = ask.input.at("Export").unwrap_or(&Value::Null);
    let table = check(definition)?;
    let name = definition.text("Name").unwrap_or_default();
    // UNVERIFIED: AWS does not say that names are unique.
    if cloud.exports(ask).any(|export| export.name == name) {
        return Err(wrong(format!("An export with the name {name} already exists")));
    }
    if cloud.exports(ask).filter(|export| table_of(&export.value()) == Some(table)).count() >= EXPORTS_MAX {
        let message = format!("There are {EXPORTS_MAX} exports of {table} already, and there may be no more");
        return Err(Refusal::new("ServiceQuotaExceededException", message));
    }
    // Nothing below may refuse.
    let (account, id) = (ask.caller.account, cloud.fresh_id());
    let arn = format!("arn:aws:bcm-data-exports:us-east-1:{}:export/{name}-{id}", cloud.account_id(account));
    let export = Paper {
        account,
        name: name.to_owned(),
        arn: arn.clone(),
        definition: kept(definition, &["ExportArn"]),
        made: cloud.books.now,
        tags: tags(ask.input.list("ResourceTags").unwrap_or_default()),
    };
    cloud.books.papers.push(export);
    Ok(Value::of([("ExportArn", arn.into())]))
}

/// Refuses what the model does not allow, and formats and compressions that do not go together (the latter UNVERIFIED); gives the table.
fn check(definition: &Value) -> Result<&'static str, Refusal> {
    name(definition, "Name", 128, |each| each.is_ascii_alphanumeric() || "-_".contains(each))?;
    word(definition, "RefreshCadence.Frequency", &["SYNCHRONOUS"])?;
    name(definition, &format!("{PLACE}.S3Bucket"), GENERIC_CHARS_MAX, |_| true)?;
    name(definition, &format!("{PLACE}.S3Region"), GENERIC_CHARS_MAX, |_| true)?;
    if definition.text(&format!("{PLACE}.S3Prefix")).is_some_and(|prefix| prefix.chars().count() > GENERIC_CHARS_MAX) {
        return Err(wrong(format!("{PLACE}.S3Prefix must have at most {GENERIC_CHARS_MAX} characters")));
    }
    word(definition, &format!("{OUTPUT}.OutputType"), &["CUSTOM", "ATHENA", "REDSHIFT"])?;
    word(definition, &format!("{OUTPUT}.Overwrite"), &["CREATE_NEW_REPORT", "OVERWRITE_REPORT"])?;
    let format = word(definition, &format!("{OUTPUT}.Format"), &["TEXT_OR_CSV", "PARQUET"])?;
    let compression = word(definition, &format!("{OUTPUT}.Compression"), &["GZIP", "PARQUET", "ZIP"])?;
    if (format == "PARQUET") != (compression == "PARQUET") {
        return Err(wrong(format!("Format {format} does not go with Compression {compression}")));
    }
    table_of(definition).ok_or_else(|| wrong(format!("The query must select from one of {}", TABLES.join(", "))))
}

/// The table that a query selects from.
pub(super) fn table_of(definition: &Value) -> Option<&'static str> {
    let mut words = definition.text("DataQuery.QueryStatement")?.split_ascii_whitespace();
    words.next().filter(|first| first.eq_ignore_ascii_case("select"))?;
    words.find(|word| word.eq_ignore_ascii_case("from"))?;
    let table = words.next()?.trim_end_matches(';');
    TABLES.into_iter().find(|known| known.eq_ignore_ascii_case(table))
}

fn export_value(export: &Paper) -> Value {
    let mut value = export.value();
    value.set("ExportArn", export.arn.as_str().into());
    value
}

impl Cloud {
    fn exports(&self, ask: &Ask<'_>) -> impl Iterator<Item = &Paper> {
        let account = ask.caller.account;
        self.books.papers.iter().filter(move |paper| paper.account == account && !paper.arn.is_empty())
    }

    /// The caller's export that is asked for.
    fn export(&self, ask: &Ask<'_>) -> Result<&Paper, Refusal> {
        let arn = ask.text("ExportArn").unwrap_or_default();
        if !arn.starts_with("arn:aws:bcm-data-exports:") {
            return Err(wrong(format!("ExportArn `{arn}` is no ARN of an export")));
        }
        let found = self.exports(ask).find(|export| export.arn == arn);
        found.ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Export {arn} was not found")))
    }

    fn export_status(&self, export: &Paper) -> Value {
        let made = Value::Time(export.made.timestamp());
        let latest = self.latest_delivery(export);
        let refused = self.wanted(export).err().or_else(|| self.obstacle(export, latest.as_ref()?));
        let code = if refused.is_some() { "UNHEALTHY" } else { "HEALTHY" };
        let mut value = Value::of([("StatusCode", code.into()), ("CreatedAt", made.clone()), ("LastUpdatedAt", made)]);
        match (refused, latest) {
            (Some(refused), _) => value.set("StatusReason", refused.reason().into()),
            (None, Some(latest)) => value.set("LastRefreshedAt", Value::Time(latest.ended.timestamp())),
            (None, None) => {}
        }
        value
    }

    fn execution_status(&self, export: &Paper, delivery: &Delivery) -> Value {
        let (now, refused) = (self.books.now, self.obstacle(export, delivery));
        let mut value = Value::of([
            ("StatusCode", delivery.state(now, refused.is_none()).into()),
            ("CreatedAt", Value::Time(delivery.began.timestamp())),
            ("LastUpdatedAt", Value::Time(now.min(delivery.ended).timestamp())),
        ]);
        if delivery.ended <= now {
            value.set("CompletedAt", Value::Time(delivery.ended.timestamp()));
            if let Some(refused) = refused {
                value.set("StatusReason", refused.reason().into());
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::table_of;
    use tenor_wire::Value;

    #[test]
    fn a_query_names_its_table() {
        let table = |query: &str| {
            let mut definition = Value::Null;
            definition.set("DataQuery.QueryStatement", query.into());
            table_of(&definition)
        };
        let queries = [
            "SELECT a, b FROM COST_AND_USAGE_REPORT",
            "select a\nfrom FOCUS_1_2_AWS;",
            "SELECT a FROM BILLS",
            "DELETE FROM COST_AND_USAGE_REPORT",
            "",
        ];
        assert_eq!(queries.map(table), [Some("COST_AND_USAGE_REPORT"), Some("FOCUS_1_2_AWS"), None, None, None]);
    }
}
