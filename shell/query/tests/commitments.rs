//! Commitments of small lakes: sums, shares, what is not told.

use crate::lake::{Lake, run, tell};
use tenor_lake::store::TimeUnit;
use tenor_query::QueryError;
use tenor_query::commitments::{CoverageQuestion, Included, UnusedTo};
use tenor_query::cost::{Granularity, Key, Range, Time};

const ARN: &str = "arn:aws:ec2:us-east-1:111:reserved-instances/r";

/// A month in which two accounts use a reservation of four units an hour for two hours, and leave some unused.
fn held() -> Lake {
    let charges = format!(
        "
        when          | ChargeCategory | ChargeFrequency | CommitmentDiscountId | CommitmentDiscountCategory | CommitmentDiscountStatus | CommitmentDiscountQuantity | SubAccountId | ServiceName | x_ServiceCode | x_UsageType         | ConsumedQuantity | x_NormalizedUsageAmount | ListCost | EffectiveCost | BilledCost | PricingCategory | x_UnblendedCost
        2025-01-01T00 | Usage          | Usage-Based     | {ARN}                | Usage                      | Used                     | 2                          | 222          | EC2         | AmazonEC2     | BoxUsage:m5.medium  | 1                | 2                       | 0.4      | 0.2           | 0          | Committed       | 0
        2025-01-01T00 | Usage          | Usage-Based     | {ARN}                | Usage                      | Used                     | 1                          | 333          | EC2         | AmazonEC2     | BoxUsage:m5.small   | 1                | 1                       | 0.2      | 0.1           | 0          | Committed       | 0
        2025-01-01T00 | Usage          | Usage-Based     |                      |                            |                          |                            | 333          | EC2         | AmazonEC2     | BoxUsage:m5.small   | 1                | 1                       | 0.2      | 0.2           | 0.2        | Standard        | 0.2
        2025-01-01T01 | Usage          | Usage-Based     |                      |                            |                          |                            | 333          | EC2         | AmazonEC2     | SpotUsage:c5.large  | 1                | 4                       | 0.2      | 0.05          | 0.05       | Dynamic         | 0.05
        2025-01-01T01 | Usage          | Usage-Based     |                      |                            |                          |                            | 333          | S3          | AmazonS3      | TimedStorage-ByteHrs | 9               |                         | 7        | 7             | 7          | Standard        | 7
        2025-01       | Purchase       | Recurring       | {ARN}                | Usage                      |                          | 8                          | 111          | EC2         | AmazonEC2     | HeavyUsage:m5.large | 2                |                         | 0        | 0             | 0.8        |                 | 0.8
        2025-01       | Usage          | Usage-Based     | {ARN}                | Usage                      | Unused                   | 5                          | 111          | EC2         | AmazonEC2     | HeavyUsage:m5.large |                  |                         | 0        | 0.5           | 0          | Committed       | 0
        "
    );
    Lake::empty().with("111", "2025-01", TimeUnit::Hour, &charges)
}

fn question() -> CoverageQuestion {
    CoverageQuestion {
        by: Vec::new(),
        granularity: Granularity::Total,
        range: Range::default(),
        discounts: Included::Include,
        unused_to: UnusedTo::Owner,
    }
}

fn coverage(lake: &Lake, question: &CoverageQuestion) -> Result<String, QueryError> {
    let answer = run(lake.engine().coverage(question))?;
    let lines = answer.rows.iter().map(|row| {
        let time = row.time.as_ref().map(|time| match time {
            Time::At(text) => text.clone(),
            Time::Longer => "longer".to_owned(),
        });
        let keys = row.keys.iter().map(|key| if let Key::Value(text) = key { text.clone() } else { "-".to_owned() });
        let figures = row.coverage;
        let amounts = [figures.covered.list_cost, figures.on_demand.list_cost, figures.spot.cost, figures.unused_cost];
        time.into_iter().chain(keys).chain(amounts.map(|amount| amount.to_string())).collect::<Vec<_>>().join(" | ")
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn by(words: &str) -> CoverageQuestion {
    CoverageQuestion { by: words.split(',').map(|word| word.parse().unwrap()).collect(), ..question() }
}

#[test]
fn eligible_usage_is_told_apart_by_who_pays() {
    let lake = held();
    insta::assert_snapshot!(coverage(&lake, &by("account")).unwrap(), @"
    222 | 0.4 | 0 | 0 | 0
    333 | 0.2 | 0.2 | 0.05 | 0
    111 | 0 | 0 | 0 | 0.5
    ");
    insta::assert_snapshot!(coverage(&lake, &by("service,family")).unwrap(), @"
    EC2 | m5 | 0.6 | 0.2 | 0 | 0.5
    EC2 | c5 | 0 | 0 | 0.05 | 0
    ");
    insta::assert_snapshot!(coverage(&lake, &CoverageQuestion { granularity: Granularity::Hour, ..question() }).unwrap(), @"
    2025-01-01T00:00:00Z | 0.6 | 0.2 | 0 | 0
    2025-01-01T01:00:00Z | 0 | 0 | 0.05 | 0
    longer | 0 | 0 | 0 | 0.5
    ");
}

#[test]
fn beneficiaries_are_charged_by_what_they_used() {
    let lake = held();
    let shared = |words: &str| coverage(&lake, &CoverageQuestion { unused_to: UnusedTo::Beneficiaries, ..by(words) }).unwrap();
    insta::assert_snapshot!(shared("account"), @"
    222 | 0.4 | 0 | 0 | 0.333333333333
    333 | 0.2 | 0.2 | 0.05 | 0.166666666667
    ");
    insta::assert_snapshot!(shared("account,usage-type"), @"
    222 | BoxUsage:m5.medium | 0.4 | 0 | 0 | 0.333333333333
    333 | BoxUsage:m5.small | 0.2 | 0.2 | 0 | 0.166666666667
    333 | SpotUsage:c5.large | 0 | 0 | 0.05 | 0
    ");
    let charged = run(lake.engine().charged(&Range::default(), UnusedTo::Beneficiaries)).unwrap();
    let told: Vec<_> = charged.iter().map(|one| format!("{} {} {}", one.account.as_ref().unwrap(), one.used, one.unused_cost)).collect();
    assert_eq!(told, ["222 2 0.333333333333", "333 1 0.166666666667"]);
}

#[test]
fn a_commitment_nobody_used_is_its_owners() {
    let lake = Lake::empty().with(
        "111",
        "2025-01",
        TimeUnit::Hour,
        "
        when    | ChargeCategory | CommitmentDiscountId | CommitmentDiscountCategory | CommitmentDiscountStatus | SubAccountId | EffectiveCost | ListCost
        2025-01 | Usage          | r                    | Usage                      | Unused                   | 111          | 0.5           | 0
        ",
    );
    let charged = run(lake.engine().charged(&Range::default(), UnusedTo::Beneficiaries)).unwrap();
    assert_eq!(charged.iter().map(|one| format!("{} {}", one.account.as_ref().unwrap(), one.unused_cost)).collect::<Vec<_>>(), ["111 0.5"]);
    let inventory = run(lake.engine().inventory(&Range::default())).unwrap();
    assert!(inventory.commitments[0].is_wasted());
    let unknown = ["kind", "type", "family", "region", "term", "payment option", "count"];
    assert_eq!(inventory.commitments[0].facts.unknown(), unknown);
}

#[test]
fn costs_before_discounts_are_refused_where_a_report_lacks_them() {
    let error = coverage(&held(), &CoverageQuestion { discounts: Included::Exclude, ..question() }).unwrap_err();
    insta::assert_snapshot!(tell(&error), @"
    error: 3 of the charges asked for have no cost before private discounts: their report does not give it
    hint: ask for another cost (--metric, --discounts include), or leave those charges out with --from, --to or --where
    ");
}

#[test]
fn use_by_periods_is_what_an_inventory_of_each_says() {
    let lake = held();
    let inventory = run(lake.engine().inventory(&Range::default())).unwrap();
    let whole = inventory.commitments[0].figures().utilization.unwrap().ten_thousandths();
    let used = run(lake.engine().shown(&Range::default(), None)).unwrap().utilization();
    let told: Vec<_> = used.iter().map(|(period, id, used)| (period.to_string(), id.as_str(), used.ten_thousandths())).collect();
    assert_eq!(told, [("2025-01".to_owned(), ARN, whole)]);
}

#[test]
fn a_commitment_is_never_cut_through_a_period() {
    let range = Range { from: "2025-01-05".parse().ok(), to: None };
    let error = run(held().engine().inventory(&range)).unwrap_err();
    insta::assert_snapshot!(tell(&error), @"
    error: 2025-01-05T00:00:00Z until now is not made of whole billing periods
    hint: name months, as 2018-10; `tenor sql --format csv` gives any other time
    ");
}

#[test]
fn views_answer_in_sql() {
    let lake = held();
    insta::assert_snapshot!(lake.ask("SELECT commitment_id, owner, used_cost, unused_cost, list_cost_covered, net_savings FROM commitments"), @"
    commitment_id | owner | used_cost | unused_cost | list_cost_covered | net_savings
    arn:aws:ec2:us-east-1:111:reserved-instances/r | 111 | 0.3 | 0.5 | 0.6 | -0.2
    ");
    insta::assert_snapshot!(lake.ask("SELECT Unit, held, used, utilization FROM utilization"), @"
    unit | held | used | utilization
    amortized cost | 0.8 | 0.3 | 0.375
    ");
    insta::assert_snapshot!(lake.ask("SELECT account, family, eligible_list_cost, coverage, eligible_normalized_hours FROM coverage ORDER BY 1"), @"
    account | family | eligible_list_cost | coverage | eligible_normalized_hours
    222 | m5 | 0.4 | 1 | 2
    333 | m5 | 0.4 | 0.5 | 2
    ");
    insta::assert_snapshot!(lake.ask("SELECT spot, discounts, list_cost, cost, savings, effective_savings_rate FROM savings ORDER BY 1, 2"), @"
    spot | discounts | list_cost | cost | savings | effective_savings_rate
    exclude | exclude | 0.8 | - | - | -
    exclude | include | 0.8 | 1 | -0.2 | -0.25
    include | exclude | 1 | - | - | -
    include | include | 1 | 1.05 | -0.05 | -0.05
    ");
    insta::assert_snapshot!(lake.ask("SELECT as_of, obligation, cash FROM lock_in"), @"
    as_of | obligation | cash
    2025-02-01T00:00:00Z | - | -
    ");
    insta::assert_snapshot!(lake.ask("SELECT paid_by, count(*) AS n FROM eligible_usage GROUP BY paid_by ORDER BY 1"), @"
    paid_by | n
    commitment | 2
    on demand | 1
    spot | 1
    unused | 1
    ");
    insta::assert_snapshot!(lake.ask("SELECT ratio(sum(ListCost), 3 * sum(ListCost)) AS a, ratio(sum(ListCost), sum(ListCost) - sum(ListCost)) AS b FROM charges"), @"
    a | b
    0.3333 | -
    ");
    insta::assert_snapshot!(Lake::empty().ask("SELECT count(*) AS n FROM commitments"), @"
    n
    0
    ");
    insta::assert_snapshot!(lake.ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'lake' ORDER BY 1"), @"
    table_name
    charges
    commitments
    coverage
    eligible_usage
    imports
    lock_in
    residuals
    rollup
    savings
    split_costs
    utilization
    ");
    assert!(lake.ask("DESCRIBE lock_in").contains("obligation"));
}
