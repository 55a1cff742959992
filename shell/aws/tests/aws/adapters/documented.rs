//! Answers as AWS documents them, by hand.

use super::fake::{Fake, Reply, told};
use super::reads::{costs, recommended_plans, rows, simulation, span};
use super::sample::{call, page};
use crate::client::world::run;
use tenor_aws::client::Client;
use tenor_aws::reads::explorer::{Clause, Filter, Granularity};
use tenor_aws::reads::{bucket, ec2, explorer, pricing, role};

/// What the read of a row says on the wire.
fn asked(name: &str) -> String {
    let fake = Fake::new(|asked| Reply::Good(page(call(&asked.name), false)));
    let (_, adapter) = rows().into_iter().find(|(known, _)| *known == name).unwrap();
    run(adapter(fake.client().0)).unwrap();
    let asked = fake.asked.lock().unwrap();
    told(&asked[0].input)
}

#[test]
fn reads_ask_in_words_that_aws_takes() {
    let names = [
        "ce:GetCostAndUsage",
        "ce:GetReservationCoverage",
        "ce:GetReservationUtilization",
        "ce:GetSavingsPlansCoverage",
        "ce:GetSavingsPlansUtilization",
        "ce:GetSavingsPlansPurchaseRecommendation",
        "ce:GetReservationPurchaseRecommendation",
        "ce:GetCostCategories",
        "ec2:DescribeReservedInstancesOfferings",
        "ec2:DescribeReservedInstancesModifications",
        "ec2:GetReservedInstancesExchangeQuote",
        "savingsplans:DescribeSavingsPlans",
        "savingsplans:DescribeSavingsPlansOfferings",
        "savingsplans:DescribeSavingsPlansOfferingRates",
        "iam:SimulatePrincipalPolicy",
        "cloudtrail:LookupEvents",
        "billing:GetBillingPreferences",
        "pricing:GetProducts",
        "pricing:ListPriceLists",
        "s3:GetBucketLocation",
    ];
    let told = names.map(|name| format!("{name} {}", asked(name)));
    insta::assert_snapshot!(told.join("\n"), @"
    ce:GetCostAndUsage {Filter: {Not: {Dimensions: {Key: `RECORD_TYPE`, Values: [`Tax`, `Credit`]}}}, Granularity: `DAILY`, GroupBy: [{Key: `SERVICE`, Type: `DIMENSION`}, {Key: `team`, Type: `TAG`}], Metrics: [`UnblendedCost`, `UsageQuantity`], TimePeriod: {End: `2025-02-01`, Start: `2025-01-01`}}
    ce:GetReservationCoverage {Granularity: `DAILY`, Metrics: [`Hour`, `Unit`, `Cost`], TimePeriod: {End: `2025-02-01`, Start: `2025-01-01`}}
    ce:GetReservationUtilization {GroupBy: [{Key: `SUBSCRIPTION_ID`, Type: `DIMENSION`}], TimePeriod: {End: `2025-02-01`, Start: `2025-01-01`}}
    ce:GetSavingsPlansCoverage {Granularity: `DAILY`, MaxResults: 100, Metrics: [`SpendCoveredBySavingsPlans`], TimePeriod: {End: `2025-02-01`, Start: `2025-01-01`}}
    ce:GetSavingsPlansUtilization {Granularity: `HOURLY`, TimePeriod: {End: `2025-02-01T00:00:00Z`, Start: `2025-01-01T00:00:00Z`}}
    ce:GetSavingsPlansPurchaseRecommendation {AccountScope: `PAYER`, LookbackPeriodInDays: `THIRTY_DAYS`, PaymentOption: `NO_UPFRONT`, SavingsPlansType: `COMPUTE_SP`, TermInYears: `ONE_YEAR`}
    ce:GetReservationPurchaseRecommendation {AccountScope: `LINKED`, LookbackPeriodInDays: `SIXTY_DAYS`, PaymentOption: `ALL_UPFRONT`, Service: `Amazon Elastic Compute Cloud - Compute`, ServiceSpecification: {EC2Specification: {OfferingClass: `CONVERTIBLE`}}, TermInYears: `THREE_YEARS`}
    ce:GetCostCategories {CostCategoryName: `team`, SearchString: `a`, TimePeriod: {End: `2025-02-01`, Start: `2025-01-01`}}
    ec2:DescribeReservedInstancesOfferings {IncludeMarketplace: false, InstanceType: `m5.large`, MaxDuration: 31536000, MinDuration: 1, OfferingClass: `standard`}
    ec2:DescribeReservedInstancesModifications {Filters: [{Name: `client-token`, Values: [`token`]}]}
    ec2:GetReservedInstancesExchangeQuote {ReservedInstanceIds: [`1`], TargetConfigurations: [{OfferingId: `2`}]}
    savingsplans:DescribeSavingsPlans {maxResults: 1000}
    savingsplans:DescribeSavingsPlansOfferings {durations: [31536000], maxResults: 1000, paymentOptions: [`Partial Upfront`], planTypes: [`EC2Instance`]}
    savingsplans:DescribeSavingsPlansOfferingRates {filters: [{name: `region`, values: [`eu-west-1`]}], maxResults: 1000, serviceCodes: [`AmazonEC2`]}
    iam:SimulatePrincipalPolicy {ActionNames: [`ce:GetTags`, `s3:GetObject`], ContextEntries: [{ContextKeyName: `aws:RequestedRegion`, ContextKeyType: `string`, ContextKeyValues: [`eu-west-1`]}], PolicySourceArn: `arn:aws:x::111122223333:y/z`, ResourceArns: [`*`]}
    cloudtrail:LookupEvents {EndTime: 2025-02-01T00:00:00Z, LookupAttributes: [{AttributeKey: `Username`, AttributeValue: `tenor`}], StartTime: 2025-01-01T00:00:00Z}
    billing:GetBillingPreferences {features: [`RI_SHARING`]}
    pricing:GetProducts {Filters: [{Field: `instanceType`, Type: `TERM_MATCH`, Value: `m5.large`}], FormatVersion: `aws_v1`, ServiceCode: `AmazonEC2`}
    pricing:ListPriceLists {CurrencyCode: `USD`, EffectiveDate: 2025-01-01T00:00:00Z, RegionCode: `eu-west-1`, ServiceCode: `AmazonEC2`}
    s3:GetBucketLocation {Bucket: `bills`, ExpectedBucketOwner: `111122223333`}
    ");
}

fn answering(body: &'static str) -> Client {
    Fake::new(move |_| Reply::Body(body)).client().0
}

#[test]
fn a_bucket_is_where_s3_says_in_its_old_words_too() {
    let told = ["eu-south-2", "EU", ""].map(|place| match place {
        "" => r#"<?xml version="1.0"?><LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#,
        "EU" => r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">EU</LocationConstraint>"#,
        _ => r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-south-2</LocationConstraint>"#,
    });
    let found = told.map(|body| run(bucket::region(&answering(body), "bills", &"111122223333".parse().unwrap())).unwrap());
    assert_eq!(found, ["eu-south-2", "eu-west-1", "us-east-1"]);
}

#[test]
fn what_says_nothing_of_a_place_is_no_bucket_in_the_first_region() {
    let told = ["", "<html><body>Sign in</body></html>", "<Error><Code>x</Code></Error>"].map(|body| {
        let error = run(bucket::region(&answering(body), "bills", &"111122223333".parse().unwrap())).unwrap_err();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| (*error).source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    });
    insta::assert_snapshot!(told.join("\n"), @"
    the answer cannot be read: s3:GetBucketLocation: the message is not XML: it is empty
    the answer cannot be read: s3:GetBucketLocation: the message is not this operation's answer: there is no `LocationConstraint`
    the answer cannot be read: s3:GetBucketLocation: the message is not this operation's answer: there is no `LocationConstraint`
    ");
}

#[test]
fn costs_are_read_to_the_last_digit() {
    let body = r#"{"GroupDefinitions":[{"Key":"SERVICE","Type":"DIMENSION"}],"ResultsByTime":[{"TimePeriod":{"Start":"2025-01-01","End":"2025-01-02"},"Total":{},"Groups":[{"Keys":["Amazon EC2","team$"],"Metrics":{"UnblendedCost":{"Amount":"1234.567890123456","Unit":"USD"},"UsageQuantity":{"Amount":"-0.0000000001","Unit":"N/A"}}}],"Estimated":true}],"DimensionValueAttributes":[{"Value":"111122223333","Attributes":{"description":"prod"}}]}"#;
    let totals = run(explorer::costs(&answering(body), &costs())).unwrap();
    let slice = &totals.slices[0];
    let amounts: Vec<String> = slice.groups[0].metrics.values().map(|metric| metric.amount.to_string()).collect();
    assert_eq!((amounts, slice.is_estimated), (vec!["1234.567890123456".to_owned(), "-0.0000000001".to_owned()], true));
    assert_eq!((slice.span.end.to_string(), slice.groups[0].keys[1].as_str()), ("2025-01-02T00:00:00Z".to_owned(), "team$"));
    assert_eq!(totals.values[0].attributes["description"], "prod");
}

#[test]
fn an_amount_that_is_none_names_operation_and_member() {
    let body = r#"{"Total":{"Utilization":{"TotalCommitment":"10","UsedCommitment":"a lot","UnusedCommitment":"1"}}}"#;
    let error = run(explorer::plan_utilization(&answering(body), span(), &Granularity::Daily, &Filter::All)).unwrap_err();
    insta::assert_snapshot!(error, @"ce:GetSavingsPlansUtilization: Total.Utilization.UsedCommitment is not an amount");
    let body = r#"{"ResultsByTime":[{"TimePeriod":{"Start":"2025-01-01","End":"soon"},"Estimated":false}]}"#;
    let error = run(explorer::costs(&answering(body), &costs())).unwrap_err();
    insta::assert_snapshot!(error, @"ce:GetCostAndUsage: ResultsByTime[0].TimePeriod.End is not a moment");
}

#[test]
fn nothing_to_recommend_is_told_from_no_answer() {
    let told = |body| run(explorer::plan_recommendations(&answering(body), &recommended_plans()));
    let nothing = r#"{"Metadata":{"RecommendationId":"r","GenerationTimestamp":"2025-01-01T00:00:00Z","AdditionalMetadata":"no usage"}}"#;
    let found = told(nothing).unwrap();
    assert!(found.plans.is_empty() && found.at.is_some());
    insta::assert_snapshot!(told("{}").unwrap_err(), @"ce:GetSavingsPlansPurchaseRecommendation: the answer has no SavingsPlansPurchaseRecommendation");
}

#[test]
fn a_quote_that_is_not_valid_says_why() {
    let body = r#"<GetReservedInstancesExchangeQuoteResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><isValidExchange>false</isValidExchange><validationFailureReason>UNMATCHED_TERM</validationFailureReason><currencyCode>USD</currencyCode><paymentDue>0.000000</paymentDue><reservedInstanceValueRollup><hourlyPrice>0.025</hourlyPrice><remainingTotalValue>210.512</remainingTotalValue><remainingUpfrontValue>0.000000</remainingUpfrontValue></reservedInstanceValueRollup></GetReservedInstancesExchangeQuoteResponse>"#;
    let quote = run(ec2::exchange_quote(&answering(body), &["1".to_owned()], "2")).unwrap();
    assert_eq!((quote.is_valid, quote.reason.as_deref()), (false, Some("UNMATCHED_TERM")));
    assert_eq!(quote.given.unwrap().total_left.to_string(), "210.512");
}

#[test]
fn a_simulation_says_what_is_missing() {
    let body = r#"<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>ce:GetTags</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>allowed</EvalDecision><MatchedStatements><member><SourcePolicyId>trial</SourcePolicyId><SourcePolicyType>IAM Policy</SourcePolicyType></member></MatchedStatements><MissingContextValues/></member><member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision><MissingContextValues><member>s3:ResourceAccount</member></MissingContextValues><OrganizationsDecisionDetail><AllowedByOrganizations>true</AllowedByOrganizations></OrganizationsDecisionDetail></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"#;
    let told = run(role::simulate(&answering(body), &simulation())).unwrap();
    let lines = told.iter().map(|one| format!("{} {} {:?} {:?}", one.action, one.decision, one.missing, one.is_allowed_by_organization));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    ce:GetTags allowed [] None
    s3:GetObject implicitDeny ["s3:ResourceAccount"] Some(true)
    "#);
}

#[test]
fn a_product_is_the_text_that_it_was() {
    let body = r#"{"FormatVersion":"aws_v1","PriceList":["{\"product\":{\"sku\":\"X\"},\"price\":0.10}"]}"#;
    let products = run(pricing::products(&answering(body), "AmazonEC2", &[])).unwrap();
    assert_eq!(products[0].0, r#"{"product":{"sku":"X"},"price":0.10}"#);
}

#[test]
fn changes_of_cost_say_of_what() {
    let body = r#"{"CostAndUsageComparisons":[{"CostAndUsageSelector":{"Dimensions":{"Key":"SERVICE","Values":["AmazonEC2"],"MatchOptions":["EQUALS"]}},"Metrics":{"UnblendedCost":{"BaselineTimePeriodAmount":"1.5","ComparisonTimePeriodAmount":"1.25","Difference":"-0.25","Unit":"USD"}}}],"TotalCostAndUsage":{}}"#;
    let comparison = explorer::Comparison {
        before: span(),
        after: span(),
        metric: explorer::MetricName::Unblended,
        filter: Filter::All,
        group_by: Vec::new(),
    };
    let changed = run(explorer::changes(&answering(body), &comparison)).unwrap();
    let clause = Clause { compared: vec!["EQUALS".to_owned()], ..Clause::new("SERVICE", &["AmazonEC2"]) };
    assert_eq!(
        (&changed[0].of, changed[0].metrics["UnblendedCost"].difference.to_string().as_str()),
        (&Filter::Dimension(clause), "-0.25")
    );
}
