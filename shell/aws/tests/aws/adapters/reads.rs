//! A call of every read.

use super::table::{Row, row};
use tenor_aws::answer::{Arn, PaymentOption, Span};
use tenor_aws::reads::explorer::{
    self, AccountScope, Clause, Comparison, Costs, Filter, Granularity, GroupBy, Lookback, MetricName, RecommendedPlans,
    RecommendedReservations, SoldPlan, TermYears, WhichValues,
};
use tenor_aws::reads::role::{Context, Simulation};
use tenor_aws::reads::{
    accounts, bucket, cloudtrail, ec2, elasticache, exports, identity, memorydb, opensearch, plans, pricing, quotas, rds, redshift,
    reports, role, serverless, sharing,
};

pub(crate) fn rows() -> Vec<Row> {
    [whose(), bills(), explored(), held(), sold()].concat()
}

fn arn() -> Arn {
    Arn("arn:aws:x::111122223333:y/z".to_owned())
}

pub(crate) fn span() -> Span {
    Span { start: "2025-01-01T00:00:00Z".parse().unwrap(), end: "2025-02-01T00:00:00Z".parse().unwrap() }
}

fn whose() -> Vec<Row> {
    vec![
        row!("sts:GetCallerIdentity", |client| identity::caller(&client)),
        row!("iam:ListAccountAliases", |client| identity::aliases(&client)),
        row!("account:GetAccountInformation", |client| identity::information(&client)),
        row!("organizations:DescribeOrganization", |client| accounts::organization(&client)),
        row!("organizations:ListAccounts", |client| accounts::accounts(&client)),
        row!("organizations:ListRoots", |client| accounts::roots(&client)),
        row!("organizations:ListOrganizationalUnitsForParent", |client| accounts::units(&client, "r-1")),
        row!("organizations:ListAccountsForParent", |client| accounts::accounts_under(&client, "r-1")),
        row!("organizations:ListTagsForResource", |client| accounts::tags(&client, "r-1")),
        row!("iam:GetRole", |client| role::role(&client, "tenor")),
        row!("iam:ListRolePolicies", |client| role::inline_policies(&client, "tenor")),
        row!("iam:GetRolePolicy", |client| role::inline_policy(&client, "tenor", "trial")),
        row!("iam:ListAttachedRolePolicies", |client| role::attached_policies(&client, "tenor")),
        row!("iam:GetPolicy", |client| role::policy(&client, &arn())),
        row!("iam:GetPolicyVersion", |client| role::policy_version(&client, &arn(), "v1")),
        row!("iam:SimulatePrincipalPolicy", |client| role::simulate(&client, &simulation())),
        row!("cloudtrail:LookupEvents", |client| cloudtrail::events(&client, &cloudtrail::Attribute::User("tenor".to_owned()), span())),
    ]
}

pub(crate) fn simulation() -> Simulation {
    let context = Context { key: "aws:RequestedRegion".to_owned(), values: vec!["eu-west-1".to_owned()], kind: "string".to_owned() };
    Simulation {
        principal: arn(),
        actions: vec!["ce:GetTags".to_owned(), "s3:GetObject".to_owned()],
        resources: vec!["*".to_owned()],
        context: vec![context],
    }
}

fn bills() -> Vec<Row> {
    vec![
        row!("bcm-data-exports:ListExports", |client| exports::exports(&client)),
        row!("bcm-data-exports:GetExport", |client| exports::export(&client, &arn())),
        row!("bcm-data-exports:ListExecutions", |client| exports::executions(&client, &arn())),
        row!("bcm-data-exports:GetExecution", |client| exports::execution(&client, &arn(), "1")),
        row!("cur:DescribeReportDefinitions", |client| reports::reports(&client)),
        row!("s3:GetBucketLocation", |client| bucket::region(&client, "bills", &"111122223333".parse().unwrap())),
        row!("billing:GetBillingPreferences", |client| sharing::preferences(&client, &sharing::Feature::Sharing)),
    ]
}

pub(crate) fn costs() -> Costs {
    Costs {
        span: span(),
        granularity: Granularity::Daily,
        metrics: vec![MetricName::Unblended, MetricName::Usage],
        filter: Filter::Not(Box::new(Filter::Dimension(Clause::new("RECORD_TYPE", &["Tax", "Credit"])))),
        group_by: vec![GroupBy::Dimension("SERVICE".to_owned()), GroupBy::Tag("team".to_owned())],
    }
}

fn values() -> WhichValues {
    WhichValues { span: span(), filter: Filter::All, search: Some("a".to_owned()) }
}

fn comparison() -> Comparison {
    Comparison { before: span(), after: span(), metric: MetricName::Unblended, filter: Filter::All, group_by: Vec::new() }
}

pub(crate) fn recommended_plans() -> RecommendedPlans {
    RecommendedPlans {
        kind: SoldPlan::Compute,
        term: TermYears::One,
        payment: PaymentOption::NoUpfront,
        scope: AccountScope::Payer,
        lookback: Lookback::ThirtyDays,
        filter: Filter::All,
    }
}

fn recommended_reservations() -> RecommendedReservations {
    RecommendedReservations {
        service: "Amazon Elastic Compute Cloud - Compute".to_owned(),
        term: TermYears::Three,
        payment: PaymentOption::AllUpfront,
        class: Some(ec2::OfferingClass::Convertible),
        scope: AccountScope::Linked,
        lookback: Lookback::SixtyDays,
        filter: Filter::All,
    }
}

fn explored() -> Vec<Row> {
    vec![
        row!("ce:GetCostAndUsage", |client| explorer::costs(&client, &costs())),
        row!("ce:GetCostAndUsageWithResources", |client| explorer::costs_by_resource(&client, &costs())),
        row!("ce:GetDimensionValues", |client| explorer::dimension_values(&client, "SERVICE", &values())),
        row!("ce:GetTags", |client| explorer::tag_values(&client, Some("team"), &values())),
        row!("ce:GetCostCategories", |client| explorer::cost_category_values(&client, Some("team"), &values())),
        row!("ce:GetCostAndUsageComparisons", |client| explorer::changes(&client, &comparison())),
        row!("ce:GetCostComparisonDrivers", |client| explorer::drivers(&client, &comparison())),
        row!("ce:GetReservationCoverage", |client| explorer::reservation_coverage(&client, span(), &Granularity::Daily, &Filter::All, &[])),
        row!("ce:GetReservationUtilization", |client| explorer::reservation_utilization(
            &client,
            span(),
            &Granularity::Monthly,
            &Filter::All,
            &[GroupBy::Dimension("SUBSCRIPTION_ID".to_owned())]
        )),
        row!("ce:GetSavingsPlansCoverage", |client| explorer::plan_coverage(&client, span(), &Granularity::Daily, &Filter::All, &[])),
        row!("ce:GetSavingsPlansUtilization", |client| explorer::plan_utilization(&client, span(), &Granularity::Hourly, &Filter::All)),
        row!("ce:GetSavingsPlansUtilizationDetails", |client| explorer::utilization_by_plan(&client, span(), &Filter::All)),
        row!("ce:GetSavingsPlansPurchaseRecommendation", |client| explorer::plan_recommendations(&client, &recommended_plans())),
        row!("ce:GetSavingsPlanPurchaseRecommendationDetails", |client| explorer::plan_recommendation_detail(&client, "1")),
        row!("ce:ListSavingsPlansPurchaseRecommendationGeneration", |client| explorer::generations(&client)),
        row!("ce:GetReservationPurchaseRecommendation", |client| explorer::reservation_recommendations(
            &client,
            &recommended_reservations()
        )),
        row!("ce:ListCommitmentPurchaseAnalyses", |client| explorer::analyses(&client)),
        row!("ce:GetCommitmentPurchaseAnalysis", |client| explorer::analysis(&client, "1")),
    ]
}

fn held() -> Vec<Row> {
    vec![
        row!("savingsplans:DescribeSavingsPlans", |client| plans::plans(&client)),
        row!("savingsplans:DescribeSavingsPlanRates", |client| plans::rates(&client, "1")),
        row!("savingsplans:ListTagsForResource", |client| plans::tags(&client, &arn())),
        row!("ec2:DescribeReservedInstances", |client| ec2::reserved_instances(&client)),
        row!("ec2:DescribeReservedInstancesListings", |client| ec2::listings(&client)),
        row!("ec2:DescribeReservedInstancesModifications", |client| ec2::modifications(&client, Some("token"))),
        row!("ec2:GetReservedInstancesExchangeQuote", |client| ec2::exchange_quote(&client, &["1".to_owned()], "2")),
        row!("rds:DescribeReservedDBInstances", |client| rds::reserved_instances(&client)),
        row!("elasticache:DescribeReservedCacheNodes", |client| elasticache::reserved_nodes(&client)),
        row!("memorydb:DescribeReservedNodes", |client| memorydb::reserved_nodes(&client)),
        row!("opensearch:DescribeReservedInstances", |client| opensearch::reserved_instances(&client)),
        row!("redshift:DescribeReservedNodes", |client| redshift::reserved_nodes(&client)),
        row!("redshift:DescribeReservedNodeExchangeStatus", |client| redshift::exchanges(&client, Some("1"))),
        row!("redshift-serverless:ListReservations", |client| serverless::reservations(&client)),
    ]
}

fn plan_offerings() -> plans::WhichOfferings {
    plans::WhichOfferings {
        ids: Vec::new(),
        kinds: vec![plans::PlanType::Ec2Instance],
        payments: vec![PaymentOption::PartialUpfront],
        seconds: vec![31_536_000],
    }
}

fn plan_rates() -> plans::WhichRates {
    plans::WhichRates { regions: vec!["eu-west-1".to_owned()], services: vec!["AmazonEC2".to_owned()], ..plans::WhichRates::default() }
}

fn offerings() -> ec2::WhichOfferings {
    ec2::WhichOfferings {
        instance_type: Some("m5.large".to_owned()),
        seconds: Some((1, 31_536_000)),
        class: Some(ec2::OfferingClass::Standard),
        ..ec2::WhichOfferings::default()
    }
}

fn sold() -> Vec<Row> {
    vec![
        row!("savingsplans:DescribeSavingsPlansOfferings", |client| plans::offerings(&client, &plan_offerings())),
        row!("savingsplans:DescribeSavingsPlansOfferingRates", |client| plans::offering_rates(&client, &plan_rates())),
        row!("ec2:DescribeReservedInstancesOfferings", |client| ec2::offerings(&client, &offerings())),
        row!("rds:DescribeReservedDBInstancesOfferings", |client| rds::offerings(&client, None)),
        row!("elasticache:DescribeReservedCacheNodesOfferings", |client| elasticache::offerings(&client, None)),
        row!("memorydb:DescribeReservedNodesOfferings", |client| memorydb::offerings(&client, Some("1"))),
        row!("opensearch:DescribeReservedInstanceOfferings", |client| opensearch::offerings(&client, Some("1"))),
        row!("redshift:DescribeReservedNodeOfferings", |client| redshift::offerings(&client, None)),
        row!("redshift:GetReservedNodeExchangeOfferings", |client| redshift::exchange_offerings(&client, "1")),
        row!("redshift-serverless:ListReservationOfferings", |client| serverless::offerings(&client)),
        row!("redshift-serverless:GetReservationOffering", |client| serverless::offering(&client, "1")),
        row!("service-quotas:GetServiceQuota", |client| quotas::quota(&client, "ec2", "L-D0B7243C")),
        row!("service-quotas:GetAWSDefaultServiceQuota", |client| quotas::default_quota(&client, "ec2", "L-D0B7243C")),
        row!("service-quotas:ListRequestedServiceQuotaChangeHistoryByQuota", |client| quotas::requests(&client, "ec2", "L-D0B7243C")),
        row!("pricing:DescribeServices", |client| pricing::services(&client)),
        row!("pricing:GetAttributeValues", |client| pricing::attribute_values(&client, "AmazonEC2", "tenancy")),
        row!("pricing:GetProducts", |client| pricing::products(&client, "AmazonEC2", &[having()])),
        row!("pricing:ListPriceLists", |client| pricing::price_lists(&client, "AmazonEC2", Some("eu-west-1"), span().start)),
        row!("pricing:GetPriceListFileUrl", |client| pricing::file_url(&client, &arn(), "json")),
    ]
}

fn having() -> pricing::Having {
    pricing::Having { attribute: "instanceType".to_owned(), value: "m5.large".to_owned() }
}
