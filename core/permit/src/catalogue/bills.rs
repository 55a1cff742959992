//! The bill itself: finding and reading reports, setting one up, price lists, sharing preferences.

use crate::kinds::{Access, Channel, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

/// $0.005 for 1,000 requests that write or list.
const S3_LIST: i128 = 5_000_000;
/// $0.0004 for 1,000 requests that read.
const S3_GET: i128 = 400_000;

const BUCKET: &[&str] = &["arn:{partition}:s3:::{bucket}"];
const OBJECTS: &[&str] = &["arn:{partition}:s3:::{bucket}/{prefix}*"];
/// Each partition has one region for these, so the region needs no limit.
const EXPORTS: &[&str] = &["arn:{partition}:bcm-data-exports:*:{account}:export/*"];
const NEW_EXPORTS: &[&str] = &[
    "arn:{partition}:bcm-data-exports:*:{account}:export/tenor-*",
    "arn:{partition}:bcm-data-exports:*:{account}:table/COST_AND_USAGE_REPORT",
    "arn:{partition}:bcm-data-exports:*:{account}:table/FOCUS_*",
];

const OWN_REPORTS: Member = Member::Part("a member's reports hold its own charges alone");

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "cur-ingest",
        title: "Read the bill",
        gives: "Reports (legacy CUR, CUR 2.0, FOCUS) are found and imported from one bucket.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[
            &LIST_EXPORTS,
            &GET_EXPORT,
            &LIST_EXECUTIONS,
            &GET_EXECUTION,
            &DESCRIBE_REPORTS,
            &BUCKET_LOCATION,
            &HEAD_BUCKET,
            &LIST_OBJECTS,
            &HEAD_OBJECT,
            &GET_OBJECT,
        ],
        member: OWN_REPORTS,
    },
    Capability {
        name: "cur-setup",
        title: "Set up a report",
        gives: "A correct hourly report with resources and a closed bucket are made without a visit to the console.",
        tier: Tier::Automation,
        wave: Wave(1),
        operations: &[
            &CREATE_EXPORT,
            &PUT_REPORT,
            &CREATE_BUCKET,
            &PUT_BUCKET_POLICY,
            &PUT_BUCKET_ENCRYPTION,
            &PUT_PUBLIC_ACCESS_BLOCK,
            &PUT_BUCKET_LIFECYCLE,
        ],
        member: OWN_REPORTS,
    },
    Capability {
        name: "price-catalog",
        title: "Prices",
        gives: "On-demand, reserved and Savings Plan prices of every SKU in every region are known.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&DESCRIBE_SERVICES, &ATTRIBUTE_VALUES, &GET_PRODUCTS, &LIST_PRICE_LISTS, &PRICE_LIST_URL],
        member: Member::Whole,
    },
    Capability {
        name: "discount-sharing",
        title: "Who shares discounts",
        gives: "Coverage is computed with the sharing that is in force, account by account.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&BILLING_PREFERENCES],
        member: Member::Nothing("sharing is decided in the account that pays"),
    },
];

static LIST_EXPORTS: Operation = Operation::read(
    "bcm-data-exports",
    "ListExports",
    &[Grant::new(Access::List, "bcm-data-exports:ListExports")],
    "Finds which CUR 2.0 and FOCUS exports exist.",
);
static GET_EXPORT: Operation = Operation::read(
    "bcm-data-exports",
    "GetExport",
    &[Grant::new(Access::Read, "bcm-data-exports:GetExport").on(EXPORTS)],
    "Reads an export's columns, granularity and bucket, to say what is missing from it.",
);
static LIST_EXECUTIONS: Operation = Operation::read(
    "bcm-data-exports",
    "ListExecutions",
    &[Grant::new(Access::List, "bcm-data-exports:ListExecutions").on(EXPORTS)],
    "Tells when an export was last delivered.",
);
static GET_EXECUTION: Operation = Operation::read(
    "bcm-data-exports",
    "GetExecution",
    &[Grant::new(Access::Read, "bcm-data-exports:GetExecution").on(EXPORTS)],
    "Tells why a delivery of an export failed.",
);
static DESCRIBE_REPORTS: Operation = Operation::read(
    "cur",
    "DescribeReportDefinitions",
    &[Grant::new(Access::Read, "cur:DescribeReportDefinitions")],
    "Finds which legacy reports exist and where they are delivered.",
);
static BUCKET_LOCATION: Operation = Operation::read(
    "s3",
    "GetBucketLocation",
    &[Grant::new(Access::Read, "s3:GetBucketLocation").on(BUCKET).when(&[Guard::BucketOwner])],
    "Tells in which region the report bucket is.",
)
.costing(S3_GET);
static HEAD_BUCKET: Operation = Operation::read(
    "s3",
    "HeadBucket",
    &[],
    "Asks, without credentials, in which region a bucket is; AWS answers that without permission.",
)
.through(Channel::ObjectStore)
.costing(S3_GET);
static LIST_OBJECTS: Operation = Operation::read(
    "s3",
    "ListObjectsV2",
    &[Grant::new(Access::List, "s3:ListBucket")
        .on(BUCKET)
        .when(&[Guard::BucketOwner, Guard::KeyPrefix])
        .showing("the names of the report's files")],
    "Lists the report's files.",
)
.through(Channel::ObjectStore)
.costing(S3_LIST);
static HEAD_OBJECT: Operation = Operation::read("s3", "HeadObject", &[GET_REPORT_OBJECT], "Asks for the size of a report's file.")
    .through(Channel::ObjectStore)
    .costing(S3_GET);
static GET_OBJECT: Operation =
    Operation::read("s3", "GetObject", &[GET_REPORT_OBJECT], "Reads the report's files.").through(Channel::ObjectStore).costing(S3_GET);
const GET_REPORT_OBJECT: Grant =
    Grant::new(Access::Read, "s3:GetObject").on(OBJECTS).when(&[Guard::BucketOwner]).showing("the bill, under the report's prefix alone");

static CREATE_EXPORT: Operation = Operation::change(
    "bcm-data-exports",
    "CreateExport",
    &[Grant::new(Access::Write, "bcm-data-exports:CreateExport").on(NEW_EXPORTS)],
    // AWS documents neither a token nor what a second export of the same name does.
    (MoneyEffect::None, Retry::Never),
    "Makes an hourly CUR 2.0 or FOCUS export whose name begins with `tenor-`.",
);
static PUT_REPORT: Operation = Operation::change(
    "cur",
    "PutReportDefinition",
    &[Grant::new(Access::Write, "cur:PutReportDefinition").on(&["arn:{partition}:cur:*:{account}:definition/tenor-*"])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "ReportDefinition.ReportName" }),
    "Makes a legacy report whose name begins with `tenor-`, where exports are not offered.",
);
static CREATE_BUCKET: Operation = Operation::change(
    "s3",
    "CreateBucket",
    &[Grant::new(Access::Write, "s3:CreateBucket").on(BUCKET).when(&[Guard::BucketOwner])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Bucket" }),
    "Makes the report bucket.",
)
.costing(S3_LIST);
static PUT_BUCKET_POLICY: Operation = Operation::change(
    "s3",
    "PutBucketPolicy",
    &[Grant::new(Access::Permissions, "s3:PutBucketPolicy").on(BUCKET).when(&[Guard::BucketOwner])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Bucket" }),
    "Lets AWS's billing service, and nobody else, write reports into the bucket.",
)
.costing(S3_LIST);
static PUT_BUCKET_ENCRYPTION: Operation = Operation::change(
    "s3",
    "PutBucketEncryption",
    &[Grant::new(Access::Write, "s3:PutEncryptionConfiguration").on(BUCKET).when(&[Guard::BucketOwner])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Bucket" }),
    "Encrypts the report bucket.",
)
.costing(S3_LIST);
static PUT_PUBLIC_ACCESS_BLOCK: Operation = Operation::change(
    "s3",
    "PutPublicAccessBlock",
    &[Grant::new(Access::Permissions, "s3:PutBucketPublicAccessBlock").on(BUCKET).when(&[Guard::BucketOwner])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Bucket" }),
    "Closes the report bucket to the public.",
)
.costing(S3_LIST);
static PUT_BUCKET_LIFECYCLE: Operation = Operation::change(
    "s3",
    "PutBucketLifecycleConfiguration",
    &[Grant::new(Access::Write, "s3:PutLifecycleConfiguration").on(BUCKET).when(&[Guard::BucketOwner])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Bucket" }),
    "Removes what was never wholly uploaded to the report bucket; reports themselves are never removed.",
)
.costing(S3_LIST);

static DESCRIBE_SERVICES: Operation = Operation::read(
    "pricing",
    "DescribeServices",
    &[Grant::new(Access::Read, "pricing:DescribeServices")],
    "Finds which services have price lists.",
);
static ATTRIBUTE_VALUES: Operation = Operation::read(
    "pricing",
    "GetAttributeValues",
    &[Grant::new(Access::Read, "pricing:GetAttributeValues")],
    "Finds which regions and families a price list has.",
);
static GET_PRODUCTS: Operation = Operation::read(
    "pricing",
    "GetProducts",
    &[Grant::new(Access::Read, "pricing:GetProducts")],
    "Looks up single prices without the whole list.",
);
static LIST_PRICE_LISTS: Operation = Operation::read(
    "pricing",
    "ListPriceLists",
    &[Grant::new(Access::Read, "pricing:ListPriceLists")],
    "Finds the price lists in force on a day.",
);
static PRICE_LIST_URL: Operation = Operation::read(
    "pricing",
    "GetPriceListFileUrl",
    &[Grant::new(Access::Read, "pricing:GetPriceListFileUrl")],
    "Tells where a price list can be downloaded.",
);

static BILLING_PREFERENCES: Operation = Operation::read(
    "billing",
    "GetBillingPreferences",
    &[Grant::new(Access::Read, "billing:GetBillingPreferences")],
    "Tells in which accounts reservations and Savings Plans are shared.",
);
