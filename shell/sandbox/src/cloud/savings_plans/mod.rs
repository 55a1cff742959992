//! Savings Plans: on sale, bought, queued, returned.

mod change;
mod describe;
mod rates;
mod sale;

pub(super) use sale::sold_as;

use super::table::{Row, change, read};
use crate::commitment::PlanType;
use crate::sku::Sku;

const SERVICE: &str = "savingsplans";

pub(super) const OPERATIONS: &[Row] = &[
    read(SERVICE, "DescribeSavingsPlansOfferings", sale::offerings),
    read(SERVICE, "DescribeSavingsPlansOfferingRates", sale::offering_rates),
    read(SERVICE, "DescribeSavingsPlans", describe::plans),
    read(SERVICE, "DescribeSavingsPlanRates", rates::rates),
    read(SERVICE, "ListTagsForResource", describe::tags),
    change(SERVICE, "CreateSavingsPlan", change::create),
    change(SERVICE, "DeleteQueuedSavingsPlan", change::delete_queued),
    change(SERVICE, "ReturnSavingsPlan", change::give_back),
];

/// The API's name of a kind ([BOTO:savingsplans] `SavingsPlanType`).
fn type_name(kind: &PlanType) -> &'static str {
    match kind {
        PlanType::Compute => "Compute",
        PlanType::Ec2Instance { .. } => "EC2Instance",
        PlanType::SageMaker => "SageMaker",
        PlanType::Database => "Database",
    }
}

/// What a kind covers, in the API's words ([BOTO:savingsplans] `SavingsPlanProductType`).
fn products(kind: &PlanType) -> &'static [&'static str] {
    match kind {
        PlanType::Compute => &["EC2", "Fargate", "Lambda"],
        PlanType::Ec2Instance { .. } => &["EC2"],
        PlanType::SageMaker => &["SageMaker"],
        PlanType::Database => {
            &["RDS", "DSQL", "DynamoDB", "ElastiCache", "DocDB", "Neptune", "Timestream", "Keyspaces", "DMS", "OpenSearch"]
        }
    }
}

/// Which of them a SKU is.
fn product_of(sku: &Sku) -> &'static str {
    match sku.product_code {
        "AmazonEC2" => "EC2",
        "AmazonECS" | "AmazonEKS" => "Fargate",
        "AWSLambda" => "Lambda",
        "AmazonSageMaker" => "SageMaker",
        "AmazonElastiCache" => "ElastiCache",
        "AmazonDynamoDB" => "DynamoDB",
        "AmazonES" => "OpenSearch",
        _ => "RDS",
    }
}

/// What AWS calls an offering or a plan.
fn description(years: &str, payment: &str, kind: &PlanType) -> String {
    let family = match kind {
        PlanType::Ec2Instance { family, region } => format!(" {family} {}", crate::region::REGIONS[*region as usize].code),
        _ => String::new(),
    };
    format!(
        "{years} year {payment} {} Savings Plan{family}",
        if matches!(kind, PlanType::Ec2Instance { .. }) { "EC2 Instance" } else { type_name(kind) }
    )
}
