//! Reports and exports of Tenor's own.

use super::keys::OwnName;
use crate::answer::{AnswerError, Arn, Input};
use crate::client::Client;
use std::collections::BTreeMap;
use tenor_wire::Value;

/// Where a report is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The bucket.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// What keys begin with.
    pub prefix: String,
}

/// An export to be made: Parquet, replaced at each delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateExport {
    /// Its name.
    pub name: OwnName,
    /// Its columns and table, as SQL.
    pub query: String,
    /// Settings of each table.
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
    /// Where it goes.
    pub destination: Destination,
}

/// A legacy report to be made: hourly, with resources, Parquet, replaced at each delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutReport {
    /// Its name.
    pub name: OwnName,
    /// Where it goes.
    pub destination: Destination,
}

impl CreateExport {
    /// Makes it, and gives its name for policies. It is sent once: AWS does not say what a second one does.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<Arn, AnswerError> {
        let tables = self.tables.iter().map(|(name, settings)| (name.clone().into(), crate::answer::input::map(settings)));
        let output = Input::new()
            .with("OutputType", "CUSTOM")
            .with("Format", "PARQUET")
            .with("Compression", "PARQUET")
            .with("Overwrite", "OVERWRITE_REPORT");
        let bucket = Input::new()
            .with("S3Bucket", self.destination.bucket.as_str())
            .with("S3Prefix", self.destination.prefix.as_str())
            .with("S3Region", self.destination.region.as_str())
            .with("S3OutputConfigurations", output);
        let query = Input::new().with("QueryStatement", self.query.as_str()).with("TableConfigurations", Value::Map(tables.collect()));
        let export = Input::new()
            .with("Name", &self.name)
            .with("DataQuery", query)
            .with("DestinationConfigurations", Input::new().with("S3Destination", bucket))
            .with("RefreshCadence", Input::new().with("Frequency", "SYNCHRONOUS"));
        client.one("bcm-data-exports", "CreateExport", Input::new().with("Export", export), "ExportArn").await
    }
}

impl PutReport {
    /// Makes it.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `DuplicateReportNameException` when there is one of that name.
    pub async fn send(&self, client: &Client) -> Result<(), AnswerError> {
        let report = Input::new()
            .with("ReportName", &self.name)
            .with("TimeUnit", "HOURLY")
            .with("Format", "Parquet")
            .with("Compression", "Parquet")
            .with("AdditionalSchemaElements", vec!["RESOURCES"])
            .with("S3Bucket", self.destination.bucket.as_str())
            .with("S3Prefix", self.destination.prefix.as_str())
            .with("S3Region", self.destination.region.as_str())
            .with("RefreshClosedReports", true)
            .with("ReportVersioning", "OVERWRITE_REPORT");
        client.done("cur", "PutReportDefinition", Input::new().with("ReportDefinition", report)).await
    }
}
