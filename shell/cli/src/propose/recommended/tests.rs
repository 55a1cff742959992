//! Answers of AWS, good and hostile.

use super::{Reader, text_of};
use tenor_propose::proposal::{RecommendedGoods, Reserved};

/// What files say, one recommendation in a line; or why they are refused.
fn read(files: &[&str]) -> String {
    let mut reader = Reader::default();
    let read = files.iter().zip(1..).try_for_each(|(text, number)| reader.file(&format!("f{number}.json"), text));
    match read.and_then(|()| reader.finish()) {
        Err(refused) => refused.to_string(),
        Ok(found) => {
            let told = |one: &super::Recommended| {
                let more = match &one.goods {
                    RecommendedGoods::Reservation { of: Reserved::Ec2 { tenancy, zone, .. }, .. } => format!(" {tenancy} {zone}"),
                    RecommendedGoods::Reservation { of: Reserved::Rds { edition, license_model, .. }, .. } => {
                        format!(" {edition} {license_model}")
                    }
                    _ => String::new(),
                };
                let amount = |amount: Option<tenor_money::Money>| amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
                let (upfront, saved) = (amount(one.upfront), amount(one.monthly_savings));
                format!("{}: {one}{more}; {} {} {upfront} {saved}", one.source, one.account, one.currency)
            };
            found.iter().map(told).collect::<Vec<_>>().join("\n")
        }
    }
}

const PLANS: &str = r#"{
  "Metadata": {"RecommendationId": "1", "GenerationTimestamp": "2025-06-22T10:00:00Z"},
  "SavingsPlansPurchaseRecommendation": {
    "AccountScope": "LINKED", "SavingsPlansType": "EC2_INSTANCE_SP", "TermInYears": "ONE_YEAR", "PaymentOption": "PARTIAL_UPFRONT",
    "LookbackPeriodInDays": "SIXTY_DAYS",
    "SavingsPlansPurchaseRecommendationDetails": [{
      "SavingsPlansDetails": {"Region": "us-east-1", "InstanceFamily": "m5", "OfferingId": "1b1c"},
      "AccountId": "111111111111", "UpfrontCost": "10597.08", "EstimatedROI": "58.7", "CurrencyCode": "USD",
      "HourlyCommitmentToPurchase": "2.4194", "EstimatedMonthlySavingsAmount": "1036.6"
    }],
    "SavingsPlansPurchaseRecommendationSummary": {"HourlyCommitmentToPurchase": "2.4194"}
  }
}"#;

fn reservations(details: &str) -> String {
    format!(
        r#"{{"Recommendations": [{{"AccountScope": "PAYER", "LookbackPeriodInDays": "SIXTY_DAYS", "TermInYears": "THREE_YEARS",
        "PaymentOption": "ALL_UPFRONT", "ServiceSpecification": {{"EC2Specification": {{"OfferingClass": "CONVERTIBLE"}}}},
        "RecommendationDetails": [{details}]}}]}}"#
    )
}

fn detail(instance: &str) -> String {
    format!(r#"{{"AccountId": "111111111111", "InstanceDetails": {{{instance}}}, "RecommendedNumberOfInstancesToPurchase": "3"}}"#)
}

const EC2: &str = r#""EC2InstanceDetails": {"Family": "m5", "InstanceType": "m5.large", "Region": "US East (N. Virginia)",
    "AvailabilityZone": "NA", "Platform": "Linux/UNIX", "Tenancy": "shared", "CurrentGeneration": true, "SizeFlexEligible": true}"#;

#[test]
fn answers_are_read_as_aws_prints_them() {
    let details = [
        EC2,
        r#""RDSInstanceDetails": {"Family": "db.r5", "InstanceType": "db.r5.large", "Region": "eu-west-1", "DatabaseEngine": "Oracle",
            "DatabaseEdition": "Enterprise", "DeploymentOption": "Multi-AZ", "LicenseModel": "Bring your own license"}"#,
        r#""ElastiCacheInstanceDetails": {"NodeType": "cache.r6g.large", "Region": "eu-west-1", "ProductDescription": "Redis"}"#,
        r#""RedshiftInstanceDetails": {"NodeType": "ra3.4xlarge", "Region": "eu-west-1"}, "RDSInstanceDetails": null"#,
        r#""ESInstanceDetails": {"InstanceClass": "m5", "InstanceSize": "large", "Region": "eu-west-1"}"#,
        r#""MemoryDBInstanceDetails": {"NodeType": "db.r6g.large", "Region": "eu-west-1"}"#,
    ];
    let all = details.map(detail).join(",");
    let units = r#"{"ReservedCapacityDetails": {"DynamoDBCapacityDetails": {"CapacityUnits": "RCU", "Region": "eu-west-1"}},
        "RecommendedNumberOfCapacityUnitsToPurchase": "100.0"}"#;
    insta::assert_snapshot!(read(&[PLANS, &reservations(&format!("{all},{units}"))]), @"
    f1.json: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0]: 2.4194 an hour for m5 us-east-1 of EC2 Instance Savings Plans, 1yr Partial Upfront, from 60 days, each account alone; 111111111111 USD 10597.08 1036.6
    f2.json: Recommendations[0].RecommendationDetails[0]: 3 × m5.large Linux/UNIX us-east-1 of EC2 convertible reservations, 3yr All Upfront, from 60 days shared NA; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[1]: 3 × db.r5.large Oracle Multi-AZ eu-west-1 of RDS reservations, 3yr All Upfront, from 60 days Enterprise Bring your own license; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[2]: 3 × cache.r6g.large eu-west-1 of ElastiCache reservations, 3yr All Upfront, from 60 days; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[3]: 3 × ra3.4xlarge eu-west-1 of Redshift reservations, 3yr All Upfront, from 60 days; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[4]: 3 × m5.large.search eu-west-1 of OpenSearch reservations, 3yr All Upfront, from 60 days; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[5]: 3 × db.r6g.large eu-west-1 of MemoryDB reservations, 3yr All Upfront, from 60 days; 111111111111  - -
    f2.json: Recommendations[0].RecommendationDetails[6]: 100 × RCU eu-west-1 of DynamoDB reserved capacity, 3yr All Upfront, from 60 days;   - -
    ");
}

#[test]
fn several_answers_and_pages_may_be_in_one_file_or_in_several() {
    let page = |more: &str| reservations(&detail(EC2)).replacen('{', &format!("{{{more}"), 1);
    let (first, last) = (page(r#""NextPageToken": "abc","#), page(r#""NextPageToken": "","#));
    let nothing = r#"{"Metadata": {}}"#;
    let empty = r#"{"Recommendations": []}"#;
    let without = r#"{"SavingsPlansPurchaseRecommendation": {"SavingsPlansType": "COMPUTE_SP"}}"#;
    let of_another = |page: &str| page.replace("SIXTY_DAYS", "THIRTY_DAYS").replace("m5.large", "m5.xlarge");
    let (other, end) = (of_another(&first), of_another(&last));
    insta::assert_snapshot!(read(&[&format!("\u{feff}[{first},{last},{PLANS}]"), &format!("{other}\n{end}"), nothing, empty, without]), @"
    f1.json: [0].Recommendations[0].RecommendationDetails[0]: 3 × m5.large Linux/UNIX us-east-1 of EC2 convertible reservations, 3yr All Upfront, from 60 days shared NA; 111111111111  - -
    f1.json: [1].Recommendations[0].RecommendationDetails[0]: 3 × m5.large Linux/UNIX us-east-1 of EC2 convertible reservations, 3yr All Upfront, from 60 days shared NA; 111111111111  - -
    f1.json: [2].SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0]: 2.4194 an hour for m5 us-east-1 of EC2 Instance Savings Plans, 1yr Partial Upfront, from 60 days, each account alone; 111111111111 USD 10597.08 1036.6
    f2.json: answer 1 Recommendations[0].RecommendationDetails[0]: 3 × m5.xlarge Linux/UNIX us-east-1 of EC2 convertible reservations, 3yr All Upfront, from 30 days shared NA; 111111111111  - -
    f2.json: answer 2 Recommendations[0].RecommendationDetails[0]: 3 × m5.xlarge Linux/UNIX us-east-1 of EC2 convertible reservations, 3yr All Upfront, from 30 days shared NA; 111111111111  - -
    ");
    let refused = [vec![first.as_str()], vec![first.as_str(), PLANS], vec![last.as_str(), first.as_str()], vec![PLANS, &last, PLANS]];
    insta::assert_snapshot!(refused.map(|files| read(&files)).join("\n"), @"
    `f1.json` has a NextPageToken, and the page after it is missing
    `f1.json` has a NextPageToken, and the page after it is missing
    `f2.json` recommends for the same as `f1.json`: added up it would count twice
    `f3.json` recommends for the same as `f1.json`: added up it would count twice
    ");
}

#[test]
fn one_set_is_not_counted_twice_and_a_page_of_another_question_is_no_next_page() {
    let page = |text: &str, token: &str| text.replacen('{', &format!("{{\"NextPageToken\": \"{token}\","), 1);
    let later = PLANS.replace("10:00", "11:00").replace("2.4194", "2.5");
    let (first, last) = (page(PLANS, "a"), page(&later, ""));
    let of_account = later.replace("111111111111", "222222222222");
    let of_three_years = later.replace("ONE_YEAR", "THREE_YEARS");
    let lines = |files: &[&str]| read(files).lines().count();
    assert_eq!(lines(&[&first, &last]), 2, "pages of one answer");
    assert_eq!(lines(&[PLANS, &of_account, &of_three_years]), 3, "other accounts, other terms");
    let refused = [
        vec![PLANS, &later],
        vec![&first, &last, &last],
        vec![&first, &first, &last],
        vec![&first, &of_three_years],
        vec![&first, r#"{"Metadata": {}}"#],
    ];
    insta::assert_snapshot!(refused.map(|files| read(&files)).join("\n"), @"
    `f2.json` recommends for the same as `f1.json`: added up it would count twice
    `f3.json` recommends for the same as `f1.json`: added up it would count twice
    `f2.json` recommends for the same as `f1.json`: added up it would count twice
    `f1.json` has a NextPageToken, and the page after it is missing
    `f1.json` has a NextPageToken, and the page after it is missing
    ");
}

#[test]
fn whatever_is_not_as_aws_writes_it_is_refused_with_its_place() {
    let plans = |from: &str, to: &str| {
        assert!(PLANS.contains(from), "{from}");
        read(&[&PLANS.replacen(from, to, 1)])
    };
    let one = |from: &str, to: &str| {
        let text = reservations(&detail(EC2));
        assert!(text.contains(from), "{from}");
        read(&[&text.replacen(from, to, 1)])
    };
    let long = "9".repeat(500);
    let told = [
        read(&[""]),
        read(&["{"]),
        read(&["{} x"]),
        read(&["7"]),
        read(&[r#"[{"Metadata": {}}, "x"]"#]),
        read(&[r#"{"Rightsizing": []}"#]),
        read(&[&format!("{}{}", "[".repeat(1_000), "]".repeat(1_000))]),
        read(&[&format!("{} {}", r#"{"Metadata": {}}"#, r#"{"Recommendations": {}}"#)]),
        plans("ONE_YEAR", "TWO_YEARS"),
        plans("PARTIAL_UPFRONT", "HEAVY_UTILIZATION"),
        plans("EC2_INSTANCE_SP", "EC3"),
        plans(r#""2.4194""#, "2.4194"),
        plans(r#""2.4194""#, r#""NaN""#),
        plans(r#""2.4194""#, &format!("\"{long}\"")),
        plans(r#""HourlyCommitmentToPurchase": "2.4194", "#, ""),
        plans(r#""InstanceFamily": "m5", "#, ""),
        plans(r#""111111111111""#, r#""nobody""#),
        plans(r#"{"Region": "us-east-1", "InstanceFamily": "m5", "OfferingId": "1b1c"}"#, r#""m5""#),
        one("CONVERTIBLE", "SCHEDULED"),
        one(r#""3""#, r#""2.5""#),
        one(r#""3""#, r#""-3""#),
        one(r#""3""#, r#""99999999999""#),
        one("PAYER", "EVERYBODY"),
        one("SIXTY_DAYS", "90"),
        one("EC2InstanceDetails", "EC3InstanceDetails"),
        one(r#""Platform": "Linux/UNIX", "#, ""),
        one(r#""Region": "US East (N. Virginia)""#, r#""Region": " ""#),
        one(r#""InstanceType": "m5.large""#, r#""InstanceType": ["m5.large"]"#),
        one(r#""THREE_YEARS""#, "null"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    `f1.json` is empty
    `f1.json` is not JSON: EOF while parsing an object at line 1 column 1
    `f1.json` is not JSON: expected value at line 1 column 4
    `f1.json`: it is `7`, not an answer of AWS, which is an object
    `f1.json`: [1] is `x`, not an answer of AWS, which is an object
    `f1.json`: it is an object, not an answer with either `SavingsPlansPurchaseRecommendation` or `Recommendations`
    `f1.json` is not JSON: recursion limit exceeded at line 1 column 128
    `f1.json`: answer 2 Recommendations is an object, not a list
    `f1.json`: SavingsPlansPurchaseRecommendation.TermInYears is `TWO_YEARS`, not one of ONE_YEAR, THREE_YEARS
    `f1.json`: SavingsPlansPurchaseRecommendation.PaymentOption is `HEAVY_UTILIZATION`, not one of NO_UPFRONT, PARTIAL_UPFRONT, ALL_UPFRONT
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansType is `EC3`, not one of COMPUTE_SP, EC2_INSTANCE_SP, SAGEMAKER_SP, DATABASE_SP
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].HourlyCommitmentToPurchase is `2.4194`, not text, as AWS writes all of its values
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].HourlyCommitmentToPurchase is `NaN`, not an amount
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].HourlyCommitmentToPurchase is `999999999999999999999999999999999999999999999999999999999999`, not an amount
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].HourlyCommitmentToPurchase is missing, not an amount
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].SavingsPlansDetails.InstanceFamily is missing, not a name, which is needed
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].AccountId is `nobody`, not an account, which is 12 digits
    `f1.json`: SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails[0].SavingsPlansDetails is `m5`, not an object
    `f1.json`: Recommendations[0].ServiceSpecification.EC2Specification.OfferingClass is `SCHEDULED`, not one of STANDARD, CONVERTIBLE
    `f1.json`: Recommendations[0].RecommendationDetails[0].RecommendedNumberOfInstancesToPurchase is `2.5`, not a count
    `f1.json`: Recommendations[0].RecommendationDetails[0].RecommendedNumberOfInstancesToPurchase is `-3`, not a count
    `f1.json`: Recommendations[0].RecommendationDetails[0].RecommendedNumberOfInstancesToPurchase is `99999999999`, not a count
    `f1.json`: Recommendations[0].AccountScope is `EVERYBODY`, not one of PAYER, LINKED
    `f1.json`: Recommendations[0].LookbackPeriodInDays is `90`, not one of SEVEN_DAYS, THIRTY_DAYS, SIXTY_DAYS
    `f1.json`: Recommendations[0].RecommendationDetails[0] is an object, not a recommendation that is known: its InstanceDetails have none of EC2InstanceDetails, RDSInstanceDetails, RedshiftInstanceDetails, ElastiCacheInstanceDetails, ESInstanceDetails, MemoryDBInstanceDetails
    `f1.json`: Recommendations[0].RecommendationDetails[0].InstanceDetails.EC2InstanceDetails.Platform is missing, not a name, which is needed
    `f1.json`: Recommendations[0].RecommendationDetails[0].InstanceDetails.EC2InstanceDetails.Region is ` `, not a name, which is needed
    `f1.json`: Recommendations[0].RecommendationDetails[0].InstanceDetails.EC2InstanceDetails.InstanceType is a list, not text, as AWS writes all of its values
    `f1.json`: Recommendations[0].TermInYears is missing, not one of ONE_YEAR, THREE_YEARS
    ");
}

#[test]
fn more_than_can_be_compared_is_refused() {
    let details = vec![detail(EC2); 10_001].join(",");
    insta::assert_snapshot!(read(&[&reservations(&details)]), @"`f1.json`: more than 10000 recommendations are not compared");
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        text_of(&path, 4).unwrap_or_else(|refused| refused.to_string().replace(&folder.path().display().to_string(), "HERE"))
    };
    let missing = text_of(&folder.path().join("none.json"), 4).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read `") && missing.ends_with("none.json`"), "{missing}");
    let texts = [told("small.json", b"{  }"), told("large.json", b"{   }"), told("other.json", b"\xff\xfe")];
    insta::assert_snapshot!(texts.join("\n"), @"
    {  }
    `HERE/large.json` is larger than 4 bytes
    `HERE/other.json` is not UTF-8 text
    ");
}
