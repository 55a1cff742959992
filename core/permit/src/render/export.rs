//! Templates that make a report: a closed bucket and an hourly CUR 2.0 export into it, by whoever owns the account and not by Tenor.
//!
//! A stack and a module make the same. Neither needs anything of Tenor's, and nothing in them is a secret.

use super::cloudformation::{BUCKET_PATTERN, get_att, reference, substituted};
use super::terraform::{TerraformFile, variable};
use crate::connection::{AccountNumber, BucketName, Connection, KeyPrefix};
use crate::json::Json;
use crate::partition::{Partition, Unoffered, offered};
use std::fmt::Write as _;

/// The name of an export: `tenor-` and letters, digits, hyphens and underscores, as the policies that let Tenor make one say too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportName(String);

/// An export to make, with its bucket.
///
/// Its prefix is never empty: AWS demands one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    bucket: BucketName,
    prefix: KeyPrefix,
    name: ExportName,
    with_split_costs: bool,
}

/// Why there is no template for an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Not a name for one.
    #[error("`{0}` is no name for an export: `tenor-` and then letters, digits, - and _, 128 characters at most")]
    Name(String),
    /// AWS wants a folder in the bucket.
    #[error("an export needs a folder in its bucket")]
    NoPrefix,
    /// The partition has no exports.
    #[error(transparent)]
    NotOffered(#[from] Unoffered),
    /// No bucket was agreed on.
    #[error("the connection names no report bucket")]
    NoReport,
    /// A template makes things in the account that it is deployed in alone.
    #[error("the report bucket is account {owner}'s, and the connection is to account {account}")]
    AnothersBucket {
        /// Whose the bucket is.
        owner: AccountNumber,
        /// Whose bills they are.
        account: AccountNumber,
    },
}

/// The one region of Data Exports in the commercial partition; the bucket is made beside it.
const REGION: &str = "us-east-1";
/// What was never wholly uploaded is removed after so many days. Reports themselves are never removed.
const UNFINISHED_DAYS: i64 = 7;
const FOLDER_PATTERN: &str = "^[A-Za-z0-9_.=+-]([A-Za-z0-9_./=+-]{0,197}[A-Za-z0-9_.=+-])?$";
const NAME_PATTERN: &str = "^tenor-[A-Za-z0-9_-]{1,122}$";
const NAME_CHARACTERS_MAX: usize = 128;

/// The columns of CUR 2.0 that every export can have. AWS adds columns; one that it did not have would be refused with the whole export.
const COLUMNS: &str = "bill_bill_type bill_billing_entity bill_billing_period_end_date bill_billing_period_start_date bill_invoice_id \
    bill_invoicing_entity bill_payer_account_id bill_payer_account_name cost_category discount discount_bundled_discount discount_total_discount \
    identity_line_item_id identity_time_interval line_item_availability_zone line_item_blended_cost line_item_blended_rate \
    line_item_currency_code line_item_legal_entity line_item_line_item_description line_item_line_item_type line_item_net_unblended_cost \
    line_item_net_unblended_rate line_item_normalization_factor line_item_normalized_usage_amount line_item_operation line_item_product_code \
    line_item_resource_id line_item_tax_type line_item_unblended_cost line_item_unblended_rate line_item_usage_account_id \
    line_item_usage_account_name line_item_usage_amount line_item_usage_end_date line_item_usage_start_date line_item_usage_type pricing_currency \
    pricing_lease_contract_length pricing_offering_class pricing_public_on_demand_cost pricing_public_on_demand_rate pricing_purchase_option \
    pricing_rate_code pricing_rate_id pricing_term pricing_unit product product_comment product_fee_code product_fee_description \
    product_from_location product_from_location_type product_from_region_code product_instance_family product_instance_type product_instancesku \
    product_location product_location_type product_operation product_pricing_unit product_product_family product_region_code product_servicecode \
    product_sku product_to_location product_to_location_type product_to_region_code product_usagetype reservation_amortized_upfront_cost_for_usage \
    reservation_amortized_upfront_fee_for_billing_period reservation_availability_zone reservation_effective_cost reservation_end_time \
    reservation_modification_status reservation_net_amortized_upfront_cost_for_usage reservation_net_amortized_upfront_fee_for_billing_period \
    reservation_net_effective_cost reservation_net_recurring_fee_for_usage reservation_net_unused_amortized_upfront_fee_for_billing_period \
    reservation_net_unused_recurring_fee reservation_net_upfront_value reservation_normalized_units_per_reservation \
    reservation_number_of_reservations reservation_recurring_fee_for_usage reservation_reservation_a_r_n reservation_start_time \
    reservation_subscription_id reservation_total_reserved_normalized_units reservation_total_reserved_units reservation_units_per_reservation \
    reservation_unused_amortized_upfront_fee_for_billing_period reservation_unused_normalized_unit_quantity reservation_unused_quantity \
    reservation_unused_recurring_fee reservation_upfront_value resource_tags savings_plan_amortized_upfront_commitment_for_billing_period \
    savings_plan_end_time savings_plan_instance_type_family savings_plan_net_amortized_upfront_commitment_for_billing_period \
    savings_plan_net_recurring_commitment_for_billing_period savings_plan_net_savings_plan_effective_cost savings_plan_offering_type \
    savings_plan_payment_option savings_plan_purchase_term savings_plan_recurring_commitment_for_billing_period savings_plan_region \
    savings_plan_savings_plan_a_r_n savings_plan_savings_plan_effective_cost savings_plan_savings_plan_rate savings_plan_start_time \
    savings_plan_total_commitment_to_date savings_plan_used_commitment";

/// Those that there are only with split cost allocation.
const SPLIT_COLUMNS: &str = "split_line_item_actual_usage split_line_item_net_split_cost split_line_item_net_unused_cost \
    split_line_item_parent_resource_id split_line_item_public_on_demand_split_cost split_line_item_public_on_demand_unused_cost \
    split_line_item_reserved_usage split_line_item_split_cost split_line_item_split_usage split_line_item_split_usage_ratio \
    split_line_item_unused_cost";

impl ExportName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ExportName {
    type Err = ExportError;

    fn from_str(text: &str) -> Result<Self, ExportError> {
        let rest = text.strip_prefix("tenor-").unwrap_or_default();
        let is = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = !rest.is_empty() && rest.bytes().all(is) && text.len() <= NAME_CHARACTERS_MAX;
        if fits { Ok(Self(text.to_owned())) } else { Err(ExportError::Name(text.chars().take(64).collect())) }
    }
}

impl Export {
    /// An export into a bucket that is made with it, in an account of a partition.
    ///
    /// # Errors
    /// Without a prefix, and where AWS has no exports.
    pub fn new(
        partition: Partition,
        bucket: BucketName,
        prefix: KeyPrefix,
        name: ExportName,
        with_split_costs: bool,
    ) -> Result<Self, ExportError> {
        offered("bcm-data-exports", partition)?;
        if prefix.as_str().is_empty() {
            return Err(ExportError::NoPrefix);
        }
        Ok(Self { bucket, prefix, name, with_split_costs })
    }

    /// The one that a connection's policies read.
    ///
    /// # Errors
    /// As [`Export::new`]; and when the connection has no bucket, or another account's.
    pub fn of(connection: &Connection, name: ExportName, with_split_costs: bool) -> Result<Self, ExportError> {
        let report = connection.report.clone().ok_or(ExportError::NoReport)?;
        if report.owner != connection.account {
            return Err(ExportError::AnothersBucket { owner: report.owner, account: connection.account.clone() });
        }
        Self::new(connection.partition, report.bucket, report.prefix, name, with_split_costs)
    }

    /// The region that it is made in.
    #[must_use]
    pub const fn region(&self) -> &'static str {
        REGION
    }

    /// A CloudFormation template. It needs no capability, and its parameters have defaults.
    #[must_use]
    pub fn cloudformation(&self) -> String {
        let parameter = |what: &str, default: &str, pattern: &str| {
            Json::object([
                ("Type", Json::text("String")),
                ("Description", Json::text(what)),
                ("Default", Json::text(default)),
                ("AllowedPattern", Json::text(pattern)),
            ])
        };
        let parameters = Json::object([
            ("ReportBucket", parameter("The bucket to make for reports", self.bucket.as_str(), BUCKET_PATTERN)),
            ("ReportFolder", parameter("The folder of the report's files, without a slash at its end", self.folder(), FOLDER_PATTERN)),
            ("ExportName", parameter("The name of the export", self.name.as_str(), NAME_PATTERN)),
        ]);
        let resources = Json::object([("Bucket", bucket()), ("BucketPolicy", bucket_policy()), ("Export", self.export())]);
        let template = Json::object([
            ("AWSTemplateFormatVersion", Json::text("2010-09-09")),
            ("Description", Json::text(format!("A closed bucket and an hourly CUR 2.0 export into it; make it in {REGION}"))),
            ("Parameters", parameters),
            ("Rules", only_here()),
            ("Resources", resources),
            ("Outputs", Json::object([("ExportArn", Json::object([("Value", get_att("Export", "ExportArn"))]))])),
        ]);
        template.pretty()
    }

    /// A Terraform module: `variables.tf`, `main.tf`, `outputs.tf`. Its provider has to be of the export's region.
    #[must_use]
    pub fn terraform(&self) -> Vec<TerraformFile> {
        let variables = [
            variable("report_bucket", "The bucket to make for reports.", self.bucket.as_str(), BUCKET_PATTERN),
            variable("report_folder", "The folder of the report's files, without a slash at its end.", self.folder(), FOLDER_PATTERN),
            variable("export_name", "The name of the export.", self.name.as_str(), NAME_PATTERN),
        ];
        let outputs = "output \"export_arn\" {\n  description = \"The export.\"\n  value       = aws_bcmdataexports_export.report.id\n}\n";
        vec![
            TerraformFile { name: "variables.tf", text: variables.concat().trim_start().to_owned() },
            TerraformFile { name: "main.tf", text: format!("{HEAD}{}{}", terraform_policy(), self.terraform_export()) },
            TerraformFile { name: "outputs.tf", text: outputs.to_owned() },
        ]
    }

    /// The prefix as Data Exports takes it, which adds the slash.
    fn folder(&self) -> &str {
        self.prefix.as_str().trim_end_matches('/')
    }

    fn query(&self) -> String {
        let split = if self.with_split_costs { SPLIT_COLUMNS } else { "" };
        let mut columns: Vec<&str> = COLUMNS.split_whitespace().chain(split.split_whitespace()).collect();
        columns.sort_unstable();
        format!("SELECT {} FROM COST_AND_USAGE_REPORT", columns.join(", "))
    }

    /// The table's settings, in the words of Data Exports.
    const fn settings(&self) -> [(&'static str, &'static str); 4] {
        [
            ("TIME_GRANULARITY", "HOURLY"),
            ("INCLUDE_RESOURCES", "TRUE"),
            ("INCLUDE_SPLIT_COST_ALLOCATION_DATA", if self.with_split_costs { "TRUE" } else { "FALSE" }),
            ("INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY", "FALSE"),
        ]
    }

    fn export(&self) -> Json {
        let settings = Json::object(self.settings().map(|(name, value)| (name, Json::text(value))));
        let query = Json::object([
            ("QueryStatement", Json::text(self.query())),
            ("TableConfigurations", Json::object([("COST_AND_USAGE_REPORT", settings)])),
        ]);
        let destination = Json::object([
            ("S3Bucket", reference("Bucket")),
            ("S3Prefix", reference("ReportFolder")),
            ("S3Region", reference("AWS::Region")),
            ("S3OutputConfigurations", Json::object(OUTPUT.map(|(name, _, value)| (name, Json::text(value))))),
        ]);
        let export = Json::object([
            ("Name", reference("ExportName")),
            ("DataQuery", query),
            ("DestinationConfigurations", Json::object([("S3Destination", destination)])),
            ("RefreshCadence", Json::object([("Frequency", Json::text("SYNCHRONOUS"))])),
        ]);
        Json::object([
            ("Type", Json::text("AWS::BCMDataExports::Export")),
            // AWS looks whether it may write before it makes an export.
            ("DependsOn", Json::text("BucketPolicy")),
            ("Properties", Json::object([("Export", export)])),
        ])
    }

    fn terraform_export(&self) -> String {
        let settings: String = self.settings().iter().fold(String::new(), |mut text, (name, value)| {
            writeln!(text, "          {name:<37} = \"{value}\"").expect("a String takes everything");
            text
        });
        let output: String = OUTPUT.iter().fold(String::new(), |mut text, (_, name, value)| {
            writeln!(text, "          {name:<11} = \"{value}\"").expect("a String takes everything");
            text
        });
        format!(
            r#"
resource "aws_bcmdataexports_export" "report" {{
  depends_on = [aws_s3_bucket_policy.report]

  export {{
    name = var.export_name

    data_query {{
      query_statement = "{}"

      table_configurations = {{
        COST_AND_USAGE_REPORT = {{
{settings}        }}
      }}
    }}

    destination_configurations {{
      s3_destination {{
        s3_bucket = aws_s3_bucket.report.bucket
        s3_prefix = var.report_folder
        s3_region = data.aws_region.current.name

        s3_output_configurations {{
{output}        }}
      }}
    }}

    refresh_cadence {{
      frequency = "SYNCHRONOUS"
    }}
  }}
}}
"#,
            self.query()
        )
    }
}

/// How files come: in CloudFormation's word, in Terraform's, and what it is.
const OUTPUT: [(&str, &str, &str); 4] = [
    ("OutputType", "output_type", "CUSTOM"),
    ("Format", "format", "PARQUET"),
    ("Compression", "compression", "PARQUET"),
    ("Overwrite", "overwrite", "OVERWRITE_REPORT"),
];

/// A stack in another region is refused before it makes the bucket there.
fn only_here() -> Json {
    let is_here = Json::object([("Fn::Equals", Json::List(vec![reference("AWS::Region"), Json::text(REGION)]))]);
    let described = Json::text(format!("AWS has exports in {REGION} alone; make the stack there"));
    let assertion = Json::object([("Assert", is_here), ("AssertDescription", described)]);
    Json::object([("Region", Json::object([("Assertions", Json::List(vec![assertion]))]))])
}

fn bucket() -> Json {
    let yes = || Json::text("true");
    let closed = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"].map(|name| (name, yes()));
    let encrypted = Json::object([("ServerSideEncryptionByDefault", Json::object([("SSEAlgorithm", Json::text("AES256"))]))]);
    let unfinished = Json::object([
        ("Id", Json::text("unfinished-uploads")),
        ("Status", Json::text("Enabled")),
        ("AbortIncompleteMultipartUpload", Json::object([("DaysAfterInitiation", Json::Number(UNFINISHED_DAYS))])),
    ]);
    let owned = Json::object([("ObjectOwnership", Json::text("BucketOwnerEnforced"))]);
    let properties = Json::object([
        ("BucketName", reference("ReportBucket")),
        ("BucketEncryption", Json::object([("ServerSideEncryptionConfiguration", Json::List(vec![encrypted]))])),
        ("PublicAccessBlockConfiguration", Json::object(closed)),
        ("OwnershipControls", Json::object([("Rules", Json::List(vec![owned]))])),
        ("LifecycleConfiguration", Json::object([("Rules", Json::List(vec![unfinished]))])),
    ]);
    Json::object([
        ("Type", Json::text("AWS::S3::Bucket")),
        // Bills outlive the stack.
        ("DeletionPolicy", Json::text("RetainExceptOnCreate")),
        ("UpdateReplacePolicy", Json::text("Retain")),
        ("Properties", properties),
    ])
}

fn bucket_policy() -> Json {
    let document = policy("${AWS::Partition}", "${AWS::AccountId}", "${ReportBucket}", "${ReportFolder}");
    let properties = Json::object([("Bucket", reference("Bucket")), ("PolicyDocument", substituted(document))]);
    Json::object([("Type", Json::text("AWS::S3::BucketPolicy")), ("Properties", properties)])
}

/// Lets AWS's billing services, for this account's own reports and no other's, look at the bucket's policy and write under the folder.
fn policy(partition: &str, account: &str, bucket: &str, folder: &str) -> Json {
    let sources = [
        format!("arn:{partition}:cur:{REGION}:{account}:definition/*"),
        format!("arn:{partition}:bcm-data-exports:{REGION}:{account}:export/*"),
    ];
    let condition = Json::object([
        ("StringEquals", Json::object([("aws:SourceAccount", Json::text(account))])),
        ("ArnLike", Json::object([("aws:SourceArn", Json::texts(sources))])),
    ]);
    let services = Json::object([("Service", Json::texts(["billingreports.amazonaws.com", "bcm-data-exports.amazonaws.com"]))]);
    let statement = |sid: &str, action: &str, resource: String| {
        Json::object([
            ("Sid", Json::text(sid)),
            ("Effect", Json::text("Allow")),
            ("Principal", services.clone()),
            ("Action", Json::text(action)),
            ("Resource", Json::text(resource)),
            ("Condition", condition.clone()),
        ])
    };
    Json::object([
        ("Version", Json::text("2012-10-17")),
        (
            "Statement",
            Json::List(vec![
                statement("LookAtThisPolicy", "s3:GetBucketPolicy", format!("arn:{partition}:s3:::{bucket}")),
                statement("WriteReports", "s3:PutObject", format!("arn:{partition}:s3:::{bucket}/{folder}/*")),
            ]),
        ),
    ])
}

fn terraform_policy() -> String {
    let (partition, account) = ("${data.aws_partition.current.partition}", "${data.aws_caller_identity.current.account_id}");
    let document = policy(partition, account, "${var.report_bucket}", "${var.report_folder}").indented(1);
    format!(
        r#"
resource "aws_s3_bucket_policy" "report" {{
  bucket = aws_s3_bucket.report.id

  policy = jsonencode({document})
}}
"#
    )
}

const HEAD: &str = r#"terraform {
  required_version = ">= 1.2"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40, < 6.0"
    }
  }
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_s3_bucket" "report" {
  bucket = var.report_bucket

  lifecycle {
    precondition {
      condition     = data.aws_region.current.name == "us-east-1"
      error_message = "AWS keeps exports in us-east-1: give the module a provider of that region."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "report" {
  bucket                  = aws_s3_bucket.report.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "report" {
  bucket = aws_s3_bucket.report.id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
"#;

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
