//! Legacy Cost and Usage Reports.

use crate::answer::{AnswerError, Arn, Input, record, words};
use crate::client::Client;

record! {
    /// A report's definition.
    pub Report {
        /// Its name.
        name: String = "ReportName",
        /// The time that a row is for.
        time_unit: TimeUnit = "TimeUnit",
        /// `textORcsv` or `Parquet`.
        format: String = "Format",
        /// `GZIP`, `ZIP` or `Parquet`.
        compression: String = "Compression",
        /// What it has besides: `RESOURCES`, `SPLIT_COST_ALLOCATION_DATA`.
        elements: Vec<String> = "AdditionalSchemaElements",
        /// Its bucket.
        bucket: String = "S3Bucket",
        /// What its keys begin with.
        prefix: Option<String> = "S3Prefix",
        /// The bucket's region.
        region: String = "S3Region",
        /// For whom it is laid out besides: `ATHENA`.
        artifacts: Vec<String> = "AdditionalArtifacts",
        /// Whether a closed month is delivered again when it changes.
        refreshes_closed: Option<bool> = "RefreshClosedReports",
        /// Whether a new delivery replaces the one before: `OVERWRITE_REPORT`.
        versioning: Option<String> = "ReportVersioning",
        /// The billing view that it is of.
        view: Option<Arn> = "BillingViewArn",
        /// When it was last delivered, as AWS writes it.
        delivered: Option<String> = "ReportStatus.lastDelivery",
        /// How that went: `SUCCESS`, `ERROR_PERMISSIONS`, `ERROR_NO_BUCKET`.
        status: Option<String> = "ReportStatus.lastStatus",
    }
}

words! {
    /// The time that a row is for.
    pub TimeUnit {
        /// An hour.
        Hourly = "HOURLY",
        /// A day.
        Daily = "DAILY",
        /// A month.
        Monthly = "MONTHLY",
    }
}

/// All report definitions.
///
/// # Errors
/// [`AnswerError`].
pub async fn reports(client: &Client) -> Result<Vec<Report>, AnswerError> {
    client.all("cur", "DescribeReportDefinitions", Input::new(), "ReportDefinitions").await
}
