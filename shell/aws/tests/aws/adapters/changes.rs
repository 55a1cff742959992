//! A call of every change, and what each says on the wire.

use super::fake::{Fake, Reply, told};
use super::reads::span;
use super::sample::{call, page};
use super::table::{Row, row};
use crate::client::world::run;
use tenor_aws::answer::PaymentOption;
use tenor_aws::changes::bucket::ReportBucket;
use tenor_aws::changes::explorer::{Added, Aim, Analyze, GenerateRecommendations};
use tenor_aws::changes::plans::{CreatePlan, DeleteQueuedPlan, ReturnPlan};
use tenor_aws::changes::quotas::{RaiseQuota, make_role};
use tenor_aws::changes::reports::{CreateExport, Destination, PutReport};
use tenor_aws::changes::reserved::NamedPurchase;
use tenor_aws::changes::{OwnName, OwnTags, PurchaseName, Token, ec2, redshift, serverless};
use tenor_aws::reads::explorer::{SoldPlan, TermYears};

pub(crate) fn rows() -> Vec<Row> {
    [bought(), altered(), set_up()].concat()
}

fn token() -> Token {
    Token::new("0b7f8f4e-0000-4000-8000-000000000001").unwrap()
}

pub(crate) fn plan() -> CreatePlan {
    CreatePlan {
        offering: "offering".to_owned(),
        commitment: "12.34567".parse().unwrap(),
        upfront: Some("1000".parse().unwrap()),
        start: Some(span().start),
        token: token(),
        tags: OwnTags([("order".to_owned(), "7".to_owned())].into()),
    }
}

pub(crate) fn named() -> NamedPurchase {
    NamedPurchase { offering: "offering".to_owned(), count: 2, name: PurchaseName::new("tenor-7-1").unwrap(), tags: OwnTags::default() }
}

pub(crate) fn instances() -> ec2::Purchase {
    ec2::Purchase { offering: "offering".to_owned(), count: 2, limit: Some("99.5".parse().unwrap()), start: Some(span().start) }
}

fn bought() -> Vec<Row> {
    vec![
        row!("savingsplans:CreateSavingsPlan", |client| plan().send(&client)),
        row!("ec2:PurchaseReservedInstancesOffering", |client| instances().send(&client)),
        row!("rds:PurchaseReservedDBInstancesOffering", |client| named().of_rds(&client)),
        row!("elasticache:PurchaseReservedCacheNodesOffering", |client| named().of_elasticache(&client)),
        row!("memorydb:PurchaseReservedNodesOffering", |client| named().of_memorydb(&client)),
        row!("opensearch:PurchaseReservedInstanceOffering", |client| named().of_opensearch(&client)),
        row!("redshift:PurchaseReservedNodeOffering", |client| redshift::Purchase { offering: "offering".to_owned(), count: 2 }
            .send(&client)),
        row!("redshift-serverless:CreateReservation", |client| serverless::Purchase {
            offering: "offering".to_owned(),
            capacity: 8,
            token: token()
        }
        .send(&client)),
    ]
}

fn modify() -> ec2::Modify {
    let target = |count, place| ec2::Target { count, instance_type: Some("m5.large".to_owned()), place };
    ec2::Modify {
        reservations: vec!["1".to_owned()],
        targets: vec![target(1, ec2::Place::Region), target(2, ec2::Place::Zone("eu-west-1a".to_owned()))],
        token: token(),
    }
}

fn list() -> ec2::List {
    let prices = vec![ec2::Asked { months: 5, price: "20.5".parse().unwrap() }, ec2::Asked { months: 2, price: "10".parse().unwrap() }];
    ec2::List { reservation: "1".to_owned(), count: 2, prices, token: token() }
}

fn tag() -> ec2::Tag {
    ec2::Tag { reservations: vec!["1".to_owned(), "2".to_owned()], tags: OwnTags([("order".to_owned(), "7".to_owned())].into()) }
}

fn raise() -> RaiseQuota {
    RaiseQuota { service: "ec2".to_owned(), code: "L-D0B7243C".to_owned(), desired: 60 }
}

fn altered() -> Vec<Row> {
    vec![
        row!("savingsplans:DeleteQueuedSavingsPlan", |client| DeleteQueuedPlan { plan: "1".to_owned() }.send(&client)),
        row!("savingsplans:ReturnSavingsPlan", |client| ReturnPlan { plan: "1".to_owned(), token: token() }.send(&client)),
        row!("ec2:ModifyReservedInstances", |client| modify().send(&client)),
        row!("ec2:AcceptReservedInstancesExchangeQuote", |client| ec2::Exchange {
            given: vec!["1".to_owned()],
            offering: "offering".to_owned()
        }
        .send(&client)),
        row!("ec2:CreateReservedInstancesListing", |client| list().send(&client)),
        row!("ec2:CancelReservedInstancesListing", |client| ec2::CancelListing { listing: "1".to_owned() }.send(&client)),
        row!("ec2:DeleteQueuedReservedInstances", |client| ec2::DeleteQueued { reservations: vec!["1".to_owned(), "2".to_owned()] }
            .send(&client)),
        row!("ec2:CreateTags", |client| tag().send(&client)),
        row!("service-quotas:RequestServiceQuotaIncrease", |client| raise().send(&client)),
        row!("iam:CreateServiceLinkedRole", |client| make_role(&client)),
        row!("redshift:AcceptReservedNodeExchange", |client| redshift::Exchange { node: "1".to_owned(), offering: "offering".to_owned() }
            .send(&client)),
    ]
}

fn destination() -> Destination {
    Destination { bucket: "bills".to_owned(), region: "eu-west-1".to_owned(), prefix: "tenor".to_owned() }
}

fn export() -> CreateExport {
    let settings = [("TIME_GRANULARITY".to_owned(), "HOURLY".to_owned())].into();
    CreateExport {
        name: OwnName::new("tenor-cur2").unwrap(),
        query: "SELECT a FROM COST_AND_USAGE_REPORT".to_owned(),
        tables: [("COST_AND_USAGE_REPORT".to_owned(), settings)].into(),
        destination: destination(),
    }
}

fn analyze() -> Analyze {
    let added = Added {
        kind: SoldPlan::Ec2Instance,
        term: TermYears::Three,
        payment: PaymentOption::PartialUpfront,
        family: Some(("eu-west-1".to_owned(), "m5".to_owned())),
        commitment: Some("0.5".parse().unwrap()),
    };
    Analyze { account: None, aim: Aim::Coverage(80), added: vec![added], excluded: vec!["1".to_owned()], span: span() }
}

fn bucket() -> ReportBucket {
    ReportBucket { name: "bills".to_owned(), owner: "111122223333".parse().unwrap() }
}

fn set_up() -> Vec<Row> {
    vec![
        row!("bcm-data-exports:CreateExport", |client| export().send(&client)),
        row!("cur:PutReportDefinition", |client| PutReport { name: OwnName::new("tenor-cur").unwrap(), destination: destination() }
            .send(&client)),
        row!("s3:CreateBucket", |client| bucket().create(&client.in_region("eu-west-1"))),
        row!("s3:PutBucketPolicy", |client| bucket().set_policy(&client, "{}")),
        row!("s3:PutBucketEncryption", |client| bucket().encrypt(&client)),
        row!("s3:PutPublicAccessBlock", |client| bucket().close(&client)),
        row!("s3:PutBucketLifecycleConfiguration", |client| bucket().drop_unfinished_uploads(&client)),
        row!("ce:StartSavingsPlansPurchaseRecommendationGeneration", |client| GenerateRecommendations.send(&client)),
        row!("ce:StartCommitmentPurchaseAnalysis", |client| analyze().send(&client)),
    ]
}

#[test]
fn every_change_says_this_and_nothing_else() {
    let said = rows().into_iter().map(|(name, adapter)| {
        let fake = Fake::new(|asked| Reply::Good(page(call(&asked.name), false)));
        run(adapter(fake.client().0)).unwrap();
        let asked = fake.asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "{name}");
        format!("{name} {}", told(&asked[0].input))
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @"
    savingsplans:CreateSavingsPlan {clientToken: `0b7f8f4e-0000-4000-8000-000000000001`, commitment: `12.34567`, purchaseTime: 2025-01-01T00:00:00Z, savingsPlanOfferingId: `offering`, tags: {tenor:managed: `true`, tenor:order: `7`}, upfrontPaymentAmount: `1000`}
    ec2:PurchaseReservedInstancesOffering {InstanceCount: 2, LimitPrice: {Amount: 99.5, CurrencyCode: `USD`}, PurchaseTime: 2025-01-01T00:00:00Z, ReservedInstancesOfferingId: `offering`}
    rds:PurchaseReservedDBInstancesOffering {DBInstanceCount: 2, ReservedDBInstanceId: `tenor-7-1`, ReservedDBInstancesOfferingId: `offering`, Tags: [{Key: `tenor:managed`, Value: `true`}]}
    elasticache:PurchaseReservedCacheNodesOffering {CacheNodeCount: 2, ReservedCacheNodeId: `tenor-7-1`, ReservedCacheNodesOfferingId: `offering`, Tags: [{Key: `tenor:managed`, Value: `true`}]}
    memorydb:PurchaseReservedNodesOffering {NodeCount: 2, ReservationId: `tenor-7-1`, ReservedNodesOfferingId: `offering`, Tags: [{Key: `tenor:managed`, Value: `true`}]}
    opensearch:PurchaseReservedInstanceOffering {InstanceCount: 2, ReservationName: `tenor-7-1`, ReservedInstanceOfferingId: `offering`}
    redshift:PurchaseReservedNodeOffering {NodeCount: 2, ReservedNodeOfferingId: `offering`}
    redshift-serverless:CreateReservation {capacity: 8, clientToken: `0b7f8f4e-0000-4000-8000-000000000001`, offeringId: `offering`}
    savingsplans:DeleteQueuedSavingsPlan {savingsPlanId: `1`}
    savingsplans:ReturnSavingsPlan {clientToken: `0b7f8f4e-0000-4000-8000-000000000001`, savingsPlanId: `1`}
    ec2:ModifyReservedInstances {ClientToken: `0b7f8f4e-0000-4000-8000-000000000001`, ReservedInstancesIds: [`1`], TargetConfigurations: [{InstanceCount: 1, InstanceType: `m5.large`, Scope: `Region`}, {AvailabilityZone: `eu-west-1a`, InstanceCount: 2, InstanceType: `m5.large`, Scope: `Availability Zone`}]}
    ec2:AcceptReservedInstancesExchangeQuote {ReservedInstanceIds: [`1`], TargetConfigurations: [{OfferingId: `offering`}]}
    ec2:CreateReservedInstancesListing {ClientToken: `0b7f8f4e-0000-4000-8000-000000000001`, InstanceCount: 2, PriceSchedules: [{CurrencyCode: `USD`, Price: 20.5, Term: 5}, {CurrencyCode: `USD`, Price: 10, Term: 2}], ReservedInstancesId: `1`}
    ec2:CancelReservedInstancesListing {ReservedInstancesListingId: `1`}
    ec2:DeleteQueuedReservedInstances {ReservedInstancesIds: [`1`, `2`]}
    ec2:CreateTags {Resources: [`1`, `2`], Tags: [{Key: `tenor:managed`, Value: `true`}, {Key: `tenor:order`, Value: `7`}]}
    service-quotas:RequestServiceQuotaIncrease {DesiredValue: 60, QuotaCode: `L-D0B7243C`, ServiceCode: `ec2`}
    iam:CreateServiceLinkedRole {AWSServiceName: `servicequotas.amazonaws.com`}
    redshift:AcceptReservedNodeExchange {ReservedNodeId: `1`, TargetReservedNodeOfferingId: `offering`}
    bcm-data-exports:CreateExport {Export: {DataQuery: {QueryStatement: `SELECT a FROM COST_AND_USAGE_REPORT`, TableConfigurations: {COST_AND_USAGE_REPORT: {TIME_GRANULARITY: `HOURLY`}}}, DestinationConfigurations: {S3Destination: {S3Bucket: `bills`, S3OutputConfigurations: {Compression: `PARQUET`, Format: `PARQUET`, OutputType: `CUSTOM`, Overwrite: `OVERWRITE_REPORT`}, S3Prefix: `tenor`, S3Region: `eu-west-1`}}, Name: `tenor-cur2`, RefreshCadence: {Frequency: `SYNCHRONOUS`}}}
    cur:PutReportDefinition {ReportDefinition: {AdditionalSchemaElements: [`RESOURCES`], Compression: `Parquet`, Format: `Parquet`, RefreshClosedReports: true, ReportName: `tenor-cur`, ReportVersioning: `OVERWRITE_REPORT`, S3Bucket: `bills`, S3Prefix: `tenor`, S3Region: `eu-west-1`, TimeUnit: `HOURLY`}}
    s3:CreateBucket {Bucket: `bills`, CreateBucketConfiguration: {LocationConstraint: `eu-west-1`}}
    s3:PutBucketPolicy {Bucket: `bills`, ExpectedBucketOwner: `111122223333`, Policy: `{}`}
    s3:PutBucketEncryption {Bucket: `bills`, ExpectedBucketOwner: `111122223333`, ServerSideEncryptionConfiguration: {Rules: [{ApplyServerSideEncryptionByDefault: {SSEAlgorithm: `AES256`}}]}}
    s3:PutPublicAccessBlock {Bucket: `bills`, ExpectedBucketOwner: `111122223333`, PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}}
    s3:PutBucketLifecycleConfiguration {Bucket: `bills`, ExpectedBucketOwner: `111122223333`, LifecycleConfiguration: {Rules: [{AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}, Filter: {Prefix: ``}, ID: `tenor-unfinished-uploads`, Status: `Enabled`}]}}
    ce:StartSavingsPlansPurchaseRecommendationGeneration {}
    ce:StartCommitmentPurchaseAnalysis {CommitmentPurchaseAnalysisConfiguration: {SavingsPlansPurchaseAnalysisConfiguration: {AccountScope: `PAYER`, AnalysisType: `TARGET_AVERAGE_COVERAGE`, LookBackTimePeriod: {End: `2025-02-01T00:00:00Z`, Start: `2025-01-01T00:00:00Z`}, SavingsPlansTargetCoverage: 80, SavingsPlansToAdd: [{InstanceFamily: `m5`, PaymentOption: `PARTIAL_UPFRONT`, Region: `eu-west-1`, SavingsPlansCommitment: 0.5, SavingsPlansType: `EC2_INSTANCE_SP`, TermInYears: `THREE_YEARS`}], SavingsPlansToExclude: [`1`]}}}
    ");
}
