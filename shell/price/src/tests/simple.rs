//! The simple CSV, and private pricing.

use super::{dated, imported};
use crate::read_private;
use std::error::Error as _;
use tenor_price::PrivatePricing;

/// As the sandbox writes it.
const BARE: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate
OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096
OnDemand,,,,eu-west-1,AmazonEC2,EU-BoxUsage:m5.large,RunInstances,0.107
EC2InstanceSavingsPlans,1yr,No Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06
ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0703
ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,EU-BoxUsage:m5.large,RunInstances,0.0781
";

const FULL: &str = "# date 2025-04-04
# currency EUR
offering,term,payment_option,family,region,service,usage_type,operation,rate,upfront,unit,usage_region,source,sku
StandardReservation,1yr,All Upfront,,eu-west-1,AmazonRDS,EU-InstanceUsage:db.m5.large,CreateDBInstance:0014,0,1000.50,Hrs,,private,ABCD
DatabaseSavingsPlans,1yr,No Upfront,,,AmazonRDS,InstanceUsage:db.r7g.large,CreateDBInstance:0014,0.2,,Hrs,us-east-1,simulated,
";

#[test]
fn the_simple_csv_is_read() {
    insta::assert_snapshot!(imported(&[("prices.csv", BARE)], &dated()), @"
    2025-04-04 USD prices CSV
    OnDemand,,,,eu-west-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.107,,,,list,
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096,,,,list,
    EC2InstanceSavingsPlans,1yr,No Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06,,,us-east-1,list,
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0781,,,eu-west-1,list,
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0703,,,us-east-1,list,
    ");
    insta::assert_snapshot!(imported(&[("full.csv", FULL)], &crate::Options::default()), @"
    2025-04-04 EUR prices CSV
    StandardReservation,1yr,All Upfront,,eu-west-1,AmazonRDS,InstanceUsage:db.m5.large,CreateDBInstance:0014,0,1000.5,Hrs,,private,ABCD
    DatabaseSavingsPlans,1yr,No Upfront,,,AmazonRDS,InstanceUsage:db.r7g.large,CreateDBInstance:0014,0.2,,Hrs,us-east-1,simulated,
    ");
    let with_mark = format!("\u{feff}{BARE}").replace('\n', "\r\n");
    assert_eq!(imported(&[("prices.csv", &with_mark)], &dated()), imported(&[("prices.csv", BARE)], &dated()));
}

#[test]
fn plans_are_simulated_when_asked_for() {
    let text = format!("{BARE}ConvertibleReservation,3yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.05\n");
    let options = crate::Options { simulate_plans: true, ..dated() };
    let told = imported(&[("prices.csv", &text)], &options);
    let simulated: Vec<&str> = told.lines().filter(|line| line.contains("simulated")).collect();
    insta::assert_snapshot!(simulated.join("\n"), @"
    2025-04-04 USD prices CSV, simulated Savings Plan rates
    ComputeSavingsPlans,3yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.05,,,us-east-1,simulated,
    ");
}

#[test]
fn what_is_wrong_with_a_line_is_named() {
    let with = |from: &str, to: &str| imported(&[("prices.csv", &BARE.replacen(from, to, 1))], &dated());
    let told = [
        with("OnDemand", "Spot"),
        with("0.107", "0,107"),
        with("0.107", "-0.107"),
        with("1yr", "2yr"),
        with("1yr,No Upfront", "1yr,Later"),
        with("OnDemand,,,,eu-west-1,AmazonEC2,EU-", "OnDemand,,,,us-east-1,AmazonEC2,"),
        with("OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large", "OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m6.large"),
        with("operation,rate", "operation,cost"),
        with("service,usage_type", "product,usage_type"),
        imported(&[("prices.csv", &format!("# tenor prices 2\n{BARE}"))], &dated()),
        imported(&[("prices.csv", &format!("# date someday\n{BARE}"))], &dated()),
        imported(&[("prices.csv", BARE)], &crate::Options::default()),
        imported(&[("full.csv", &FULL.replace("private", "heard"))], &dated()),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    line 2 of `prices.csv`: offering `Spot` is not an offering
    hint: correct the file: docs/spec/prices.md shows the columns

    `prices.csv` is not CSV
      because: CSV error: record 1 (line: 2, byte: 69): found record with 10 fields, but the previous record has 9 fields
    hint: correct the line, or download the file again

    line 3 of `prices.csv`: rate `-0.107` is not an amount from 0 to a billion with at most 12 decimals
    hint: correct the file: docs/spec/prices.md shows the columns

    line 4 of `prices.csv`: term `2yr` is not `1yr` or `3yr`
    hint: correct the file: docs/spec/prices.md shows the columns

    line 4 of `prices.csv`: payment_option `Later` is not `No Upfront`, `Partial Upfront` or `All Upfront`
    hint: correct the file: docs/spec/prices.md shows the columns

    line 3 of `prices.csv`: another price of the same
      because: the on-demand rate of AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances has two prices: 0.096 and 0.107
    hint: keep one of the two lines

    line 5 of `prices.csv`: nothing says in which Region `BoxUsage:m5.large` is used
    hint: correct the file: docs/spec/prices.md shows the columns

    `prices.csv` is no price list that is known: it begins with `offering,term,payment_option,family,region,service,usage_type,operation,cost`
    hint: prices come from AWS's bulk files (JSON or CSV, also gzip), Savings Plan rate files, or the simple CSV of docs/spec/prices.md

    `prices.csv` is no price list that is known: it begins with `offering,term,payment_option,family,region,product,usage_type,operation,rate`
    hint: prices come from AWS's bulk files (JSON or CSV, also gzip), Savings Plan rate files, or the simple CSV of docs/spec/prices.md

    `prices.csv` begins with `# tenor prices 2`, which a later version of Tenor writes
    hint: update Tenor

    line 1 of `prices.csv`: date `someday` is not a day
    hint: correct the file: docs/spec/prices.md shows the columns

    none of the files says of which day its prices are
    hint: say the day: --date 2025-04-04

    line 4 of `full.csv`: source `heard` is not `list`, `private` or `simulated`
    hint: correct the file: docs/spec/prices.md shows the columns
    ");
}

const PRIVATE: &str = r#"
[[discount]]
percent = "5"
from = "2025-01-01"
until = "2026-01-01"
applies_to = ["on-demand", "reservations", "plans"]

[[discount]]
percent = "7.5"
from = "2025-01-01"
service = "AmazonEC2"
applies_to = ["on-demand"]

[[rate]]
service = "AmazonEC2"
region = "us-east-1"
usage_type = "BoxUsage:m5.large"
operation = "RunInstances"
rate = "0.08"
from = "2025-06-01"

[[spend]]
amount = "1000000"
from = "2025-01-01"
until = "2026-01-01"
"#;

#[test]
fn private_pricing_is_read() {
    insta::assert_debug_snapshot!(read_private(PRIVATE).unwrap(), @r#"
    PrivatePricing {
        discounts: [
            Discount {
                from: 2025-01-01,
                until: Some(
                    2026-01-01,
                ),
                service: None,
                applies_to: {
                    OnDemand,
                    Reservation,
                    Plan,
                },
                share: Share(
                    50000000000,
                ),
            },
            Discount {
                from: 2025-01-01,
                until: None,
                service: Some(
                    "AmazonEC2",
                ),
                applies_to: {
                    OnDemand,
                },
                share: Share(
                    75000000000,
                ),
            },
        ],
        rates: [
            PrivateRate {
                from: 2025-06-01,
                until: None,
                sku: SkuKey {
                    service: "AmazonEC2",
                    region: "us-east-1",
                    usage_type: "BoxUsage:m5.large",
                    operation: "RunInstances",
                },
                rate: UnitPrice(
                    80000000000,
                ),
            },
        ],
        commitments: [
            SpendCommitment {
                from: 2025-01-01,
                until: 2026-01-01,
                amount: Money(
                    1000000000000000000,
                ),
            },
        ],
    }
    "#);
    assert_eq!(read_private("").unwrap(), PrivatePricing::default());
}

#[test]
fn what_is_wrong_with_private_pricing_is_named() {
    let told = |from: &str, to: &str| {
        let error = read_private(&PRIVATE.replacen(from, to, 1)).unwrap_err();
        error.source().map_or(error.to_string(), |cause| format!("{error}\n  because: {cause}"))
    };
    let all = [
        told("percent = \"5\"", "percent = \"105\""),
        told("applies_to = [\"on-demand\"]", "applies_to = [\"everything\"]"),
        told("until = \"2026-01-01\"", "until = \"2024-01-01\""),
        told("2025-06-01", "soon"),
        told("0.08", "free"),
        told("1000000", "a lot"),
        told("service = \"AmazonEC2\"\napplies_to = [\"on-demand\"]", "applies_to = [\"on-demand\"]"),
        told("percent", "percentage"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    discount 1: percent
      because: `105` is not a percentage between 0 and 100
    discount 2: applies_to `everything` is not `on-demand`, `reservations` or `plans`
    discount 1 ends before it begins
    rate 1: from `soon` is not a day: 2025-04-04
    rate 1: rate `free` is not an amount from 0 to a billion with at most 12 decimals
    spend 1: amount `a lot` is not an amount from 0 to a billion with at most 12 decimals
    two discounts for every service hold on 2025-01-01: say when the first ends
    it is not written as private pricing is
      because: TOML parse error at line 3, column 1
      |
    3 | percentage = "5"
      | ^^^^^^^^^^
    unknown field `percentage`, expected one of `percent`, `from`, `until`, `service`, `applies_to`
    "#);
}
