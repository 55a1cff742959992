//! What is metered other than instances, databases and nodes. All of its rates are simulated.

use crate::price::amount;
use crate::random::hex;
use crate::region::REGIONS;
use crate::sku::PlanScope::{self, Compute, Database, SageMaker};
use crate::sku::{Sku, base};

/// What a service meters: product code, usage type, operation, unit, rate, product family, and which plans cover it with what saving.
pub(crate) type Meter = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, Option<(PlanScope, i128)>);

/// Meters with how often each occurs (thousandths of the rows that are not instances), the least and the most of an hour, and the step.
pub(crate) const METERS: [(Meter, u64, u64, u64, &str); 28] = [
    (("AmazonEC2", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "GB-Mo", "0.08", "Storage", None), 270, 0, 0, "0.000136986301"),
    (("AmazonEC2", "EBS:SnapshotUsage", "CreateSnapshot", "GB-Mo", "0.05", "Storage Snapshot", None), 60, 0, 0, "0.000136986301"),
    (("AWSDataTransfer", "DataTransfer-Out-Bytes", "RunInstances", "GB", "0.09", "Data Transfer", None), 90, 1, 9_000_000, "0.000001"),
    (
        ("AWSDataTransfer", "DataTransfer-Regional-Bytes", "InterZone-Out", "GB", "0.01", "Data Transfer", None),
        70,
        1,
        20_000_000,
        "0.000001",
    ),
    (("AmazonS3", "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.023", "Storage", None), 60, 10_000, 90_000, "0.00001"),
    (("AmazonS3", "Requests-Tier1", "PutObject", "Requests", "0.000005", "API Request", None), 40, 1, 50_000, "1"),
    (("AmazonS3", "Requests-Tier2", "GetObject", "Requests", "0.0000004", "API Request", None), 40, 1, 400_000, "1"),
    (
        ("AWSLambda", "Lambda-GB-Second", "Invoke", "Lambda-GB-Second", "0.0000166667", "Serverless", Some((Compute, 12))),
        35,
        100_000,
        90_000_000,
        "0.000125",
    ),
    (("AWSLambda", "Request", "Invoke", "Lambda-Requests", "0.0000002", "Serverless", Some((Compute, 0))), 35, 1, 90_000, "1"),
    (
        ("AmazonECS", "Fargate-vCPU-Hours:perCPU", "FargateTask", "hours", "0.04048", "Compute", Some((Compute, 20))),
        30,
        250,
        4_000,
        "0.001",
    ),
    (("AmazonECS", "Fargate-GB-Hours", "FargateTask", "hours", "0.004445", "Compute", Some((Compute, 20))), 30, 500, 16_000, "0.001"),
    (("AmazonRDS", "RDS:GP3-Storage", "CreateDBInstance:0002", "GB-Mo", "0.115", "Database Storage", None), 20, 0, 0, "0.000136986301"),
    (("AmazonCloudWatch", "CW:MetricMonitorUsage", "MetricStorage", "Metrics", "0.3", "Metric", None), 30, 1, 400, "0.0013440860"),
    (
        (
            "AmazonDynamoDB",
            "WriteRequestUnits",
            "PayPerRequestThroughput",
            "WriteRequestUnits",
            "0.00000125",
            "Amazon DynamoDB PayPerRequest Throughput",
            Some((Database, 18)),
        ),
        25,
        1,
        900_000,
        "1",
    ),
    (("AmazonDynamoDB", "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.25", "Database Storage", None), 15, 100, 90_000, "0.00001"),
    (("AWSQueueService", "Requests-RBP", "SendMessage", "Requests", "0.0000004", "API Request", None), 20, 1, 300_000, "1"),
    (("awskms", "KMS-Requests", "Decrypt", "Requests", "0.000003", "Encryption Key", None), 15, 1, 9_000, "1"),
    (("AWSELB", "LoadBalancerUsage", "LoadBalancing:Application", "Hrs", "0.0225", "Load Balancer-Application", None), 20, 0, 0, "1"),
    (("AWSELB", "LCUUsage", "LoadBalancing:Application", "LCU-Hrs", "0.008", "Load Balancer-Application", None), 15, 100, 90_000, "0.0001"),
    (("AmazonVPC", "NatGateway-Hours", "NatGateway", "Hrs", "0.045", "NAT Gateway", None), 10, 0, 0, "1"),
    // A rate that a plan has and that is above on-demand: no plan takes it.
    (
        ("AmazonECS", "Fargate-EphemeralStorage-GB-Hours", "FargateTask", "hours", "0.000111", "Compute", Some((Compute, -5))),
        10,
        1_000,
        90_000,
        "0.001",
    ),
    (("AmazonSageMaker", "Host:ml.m5.large", "RunInstance", "Hrs", "0.115", "ML Instance", Some((SageMaker, 27))), 12, 0, 0, "1"),
    (
        ("AmazonSageMaker", "Train:ml.g4dn.xlarge", "RunInstance", "Hrs", "0.7364", "ML Instance", Some((SageMaker, 20))),
        8,
        0,
        10_000,
        "0.0001",
    ),
    (("AmazonSageMaker", "Notebk:ml.t3.medium", "RunInstance", "Hrs", "0.05", "ML Instance", Some((SageMaker, 30))), 8, 0, 0, "1"),
    (
        ("AmazonRDS", "Aurora:ServerlessV2Usage", "CreateDBInstance:0021", "ACU-Hr", "0.12", "ServerlessV2", Some((Database, 35))),
        12,
        1,
        64,
        "0.5",
    ),
    (
        (
            "AmazonElastiCache",
            "ElastiCacheProcessingUnits:Valkey",
            "CreateServerlessCache:Valkey",
            "ElastiCacheProcessingUnit",
            "0.0000000023",
            "ElastiCache Serverless",
            Some((Database, 30)),
        ),
        8,
        1_000_000,
        90_000_000,
        "1",
    ),
    (
        (
            "AmazonDynamoDB",
            "ReadRequestUnits",
            "PayPerRequestThroughput",
            "ReadRequestUnits",
            "0.000000125",
            "Amazon DynamoDB PayPerRequest Throughput",
            Some((Database, 18)),
        ),
        12,
        1,
        900_000,
        "1",
    ),
    (
        ("AmazonRDS", "RDS:ChargedBackupUsage", "CreateDBInstance:0002", "GB-Mo", "0.095", "Storage Snapshot", None),
        8,
        0,
        0,
        "0.000136986301",
    ),
];

/// A meter in a Region.
pub(crate) fn metered(region: u32, meter: &Meter) -> Sku {
    let (product_code, usage_type, operation, unit, rate, family, plan) = *meter;
    let mut sku = base(region, product_code, usage_type, operation, unit, amount(rate));
    sku.product.push(("productFamily", family.to_owned()));
    sku.product.extend(match product_code {
        "AWSDataTransfer" => vec![
            ("fromLocation", REGIONS[region as usize].location.to_owned()),
            ("fromLocationType", "AWS Region".to_owned()),
            ("toLocation", "External".to_owned()),
            ("toLocationType", "Other".to_owned()),
            ("transferType", "AWS Outbound".to_owned()),
        ],
        "AmazonS3" if unit == "GB-Mo" => vec![
            ("storageClass", "General Purpose".to_owned()),
            ("volumeType", "Standard".to_owned()),
            ("durability", "99.999999999%".to_owned()),
            ("availability", "99.99%".to_owned()),
        ],
        "AmazonEC2" if unit == "GB-Mo" => vec![
            ("storageMedia", "SSD-backed".to_owned()),
            ("volumeType", "General Purpose".to_owned()),
            ("maxVolumeSize", "16 TiB".to_owned()),
            ("maxIopsvolume", "16000".to_owned()),
        ],
        _ => Vec::new(),
    });
    sku.plan = plan;
    sku.decimals = if matches!(unit, "Hrs" | "hours") { 8 } else { 6 };
    sku
}

/// A resource's id as its service writes it, and its `Name` tag; `home` is the Region and account of an ARN.
pub(crate) fn name_of(meter: &Meter, home: &str, chance: u64, rank: u64) -> (String, String) {
    let short = hex(17, &[chance]);
    let (id, tagged) = match (meter.0, meter.1) {
        ("AmazonEC2", "EBS:VolumeUsage.gp3") => (format!("vol-{short}"), true),
        ("AmazonEC2", _) => (format!("arn:aws:ec2:{home}:snapshot/snap-{short}"), false),
        ("AWSDataTransfer", _) => (format!("i-{short}"), false),
        ("AmazonS3", _) => (format!("example-bucket-{}-{}", rank % 40, &short[..6]), false),
        ("AWSLambda", _) => (format!("arn:aws:lambda:{home}:function:worker-{rank}"), true),
        ("AmazonECS", _) => (format!("arn:aws:ecs:{home}:task/cluster/{}", hex(32, &[chance, 1])), true),
        ("AmazonRDS", "Aurora:ServerlessV2Usage") => (format!("arn:aws:rds:{home}:db:aurora-{rank:03}"), true),
        ("AmazonRDS", _) => (format!("arn:aws:rds:{home}:db:orders-{rank:03}"), true),
        ("AWSELB", _) => (format!("arn:aws:elasticloadbalancing:{home}:loadbalancer/app/front-{rank}/{short}"), true),
        ("AmazonVPC", _) => (format!("nat-{short}"), true),
        ("AmazonElastiCache", _) => (format!("arn:aws:elasticache:{home}:serverlesscache:sessions-{rank}"), true),
        ("AmazonDynamoDB", _) => (format!("arn:aws:dynamodb:{home}:table/orders-{rank}"), true),
        ("AmazonSageMaker", _) => (format!("arn:aws:sagemaker:{home}:endpoint/model-{rank}-{}", &short[..6]), true),
        _ => (String::new(), false),
    };
    let name = if tagged && !chance.is_multiple_of(4) {
        format!("{}-{rank:04}", meter.0.trim_start_matches("Amazon").to_lowercase())
    } else {
        String::new()
    };
    (id, name)
}
