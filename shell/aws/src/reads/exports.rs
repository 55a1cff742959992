//! Exports of AWS Data Exports: CUR 2.0 and FOCUS.

use crate::answer::{AnswerError, Arn, Input, record, words};
use crate::client::Client;
use jiff::Timestamp;
use std::collections::BTreeMap;

record! {
    /// An export in a list.
    pub Listed {
        /// Its name for policies.
        arn: Arn = "ExportArn",
        /// Its name.
        name: String = "ExportName",
        /// How it is.
        status: ExportStatus = "ExportStatus",
    }
}

record! {
    /// How an export is.
    pub ExportStatus {
        /// In a word.
        code: Health = "StatusCode",
        /// Why it is not well: `INSUFFICIENT_PERMISSION`.
        reason: Option<String> = "StatusReason",
        /// When it was made.
        created: Option<Timestamp> = "CreatedAt",
        /// When it was last changed.
        updated: Option<Timestamp> = "LastUpdatedAt",
        /// When it was last delivered.
        refreshed: Option<Timestamp> = "LastRefreshedAt",
    }
}

words! {
    /// How an export is.
    pub Health {
        /// It is delivered.
        Healthy = "HEALTHY",
        /// It is not.
        Unhealthy = "UNHEALTHY",
    }
}

record! {
    /// An export: what it says, and where it goes.
    pub Export {
        /// Its name for policies; none before it is made.
        arn: Option<Arn> = "ExportArn",
        /// Its name.
        name: String = "Name",
        /// What its owner wrote about it.
        description: Option<String> = "Description",
        /// Its columns and table, as SQL.
        query: String = "DataQuery.QueryStatement",
        /// Settings of each table: `TIME_GRANULARITY` and so on.
        tables: BTreeMap<String, BTreeMap<String, String>> = "DataQuery.TableConfigurations",
        /// Its bucket.
        bucket: String = "DestinationConfigurations.S3Destination.S3Bucket",
        /// The account that has the bucket, where that is said.
        bucket_owner: Option<String> = "DestinationConfigurations.S3Destination.S3BucketOwner",
        /// What its keys begin with.
        prefix: String = "DestinationConfigurations.S3Destination.S3Prefix",
        /// The bucket's region.
        region: String = "DestinationConfigurations.S3Destination.S3Region",
        /// `TEXT_OR_CSV` or `PARQUET`.
        format: String = "DestinationConfigurations.S3Destination.S3OutputConfigurations.Format",
        /// `GZIP`, `ZIP` or `PARQUET`.
        compression: String = "DestinationConfigurations.S3Destination.S3OutputConfigurations.Compression",
        /// Whether a new delivery replaces the one before: `OVERWRITE_REPORT`.
        overwrite: String = "DestinationConfigurations.S3Destination.S3OutputConfigurations.Overwrite",
        /// For whom it is laid out: `CUSTOM`.
        output: String = "DestinationConfigurations.S3Destination.S3OutputConfigurations.OutputType",
        /// How often it comes: `SYNCHRONOUS`.
        frequency: String = "RefreshCadence.Frequency",
    }
}

record! {
    /// An export, and how it is.
    pub Described {
        /// What it is.
        export: Export = "Export",
        /// How it is.
        status: ExportStatus = "ExportStatus",
    }
}

record! {
    /// A delivery in a list.
    pub Execution {
        /// Its id.
        id: String = "ExecutionId",
        /// How it went.
        status: ExecutionStatus = "ExecutionStatus",
    }
}

record! {
    /// A delivery, and the export as it was then.
    pub DescribedExecution {
        /// Its id.
        id: String = "ExecutionId",
        /// How it went.
        status: ExecutionStatus = "ExecutionStatus",
        /// What was delivered.
        export: Option<Export> = "Export",
    }
}

record! {
    /// How a delivery went.
    pub ExecutionStatus {
        /// In a word.
        code: Delivery = "StatusCode",
        /// Why it failed.
        reason: Option<String> = "StatusReason",
        /// When it began.
        created: Option<Timestamp> = "CreatedAt",
        /// When it ended.
        completed: Option<Timestamp> = "CompletedAt",
        /// When this was last told.
        updated: Option<Timestamp> = "LastUpdatedAt",
    }
}

words! {
    /// How a delivery went.
    pub Delivery {
        /// It begins.
        Beginning = "INITIATION_IN_PROCESS",
        /// Its query waits.
        Queued = "QUERY_QUEUED",
        /// Its query runs.
        Querying = "QUERY_IN_PROCESS",
        /// Its query failed.
        QueryFailed = "QUERY_FAILURE",
        /// It is being written.
        Delivering = "DELIVERY_IN_PROCESS",
        /// It is there.
        Delivered = "DELIVERY_SUCCESS",
        /// It could not be written.
        DeliveryFailed = "DELIVERY_FAILURE",
    }
}

/// All exports.
///
/// # Errors
/// [`AnswerError`].
pub async fn exports(client: &Client) -> Result<Vec<Listed>, AnswerError> {
    client.all("bcm-data-exports", "ListExports", Input::new(), "Exports").await
}

/// One export.
///
/// # Errors
/// [`AnswerError`].
pub async fn export(client: &Client, export: &Arn) -> Result<Described, AnswerError> {
    client.one("bcm-data-exports", "GetExport", Input::new().with("ExportArn", export.0.as_str()), "").await
}

/// The deliveries of an export.
///
/// # Errors
/// [`AnswerError`].
pub async fn executions(client: &Client, export: &Arn) -> Result<Vec<Execution>, AnswerError> {
    client.all("bcm-data-exports", "ListExecutions", Input::new().with("ExportArn", export.0.as_str()), "Executions").await
}

/// One delivery of an export.
///
/// # Errors
/// [`AnswerError`].
pub async fn execution(client: &Client, export: &Arn, execution: &str) -> Result<DescribedExecution, AnswerError> {
    let input = Input::new().with("ExportArn", export.0.as_str()).with("ExecutionId", execution);
    client.one("bcm-data-exports", "GetExecution", input, "").await
}
