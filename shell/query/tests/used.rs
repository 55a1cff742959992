//! What small lakes say was used, handed over sum by sum.

use crate::lake::{Lake, run};
use std::collections::BTreeSet;
use tenor_lake::store::TimeUnit;
use tenor_query::QueryError;
use tenor_query::replay::{LastMonth, PlanningQuestion, UsedMonths, UsedSum};

const HEADER: &str = "when | ChargeCategory | x_LineItemType | x_ServiceCode | RegionId | x_UsageType | x_Operation | SubAccountId | SubAccountName | \
    ResourceId | AvailabilityZone | x_UsageAmount | ListCost";

fn used(when: &str, line_type: &str, account: &str, amount: &str) -> String {
    format!(
        "{when} | Usage | {line_type} | AmazonEC2 | us-east-1 | BoxUsage:m5.large | RunInstances | {account} | shop | i-1 | us-east-1b | {amount} | 2"
    )
}

/// What a lake of January says, and the lake, whose files go with it.
fn months(rows: &[String]) -> (Lake, UsedMonths) {
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, &format!("{HEADER}\n{}", rows.join("\n")));
    let question = PlanningQuestion { payer: None, months_max: 12, until: None };
    let months = run(lake.engine().used_months(&question, 48)).unwrap();
    (lake, months)
}

/// All sums of a usage type, a line each.
fn sums(months: &UsedMonths) -> String {
    let mut lines = Vec::new();
    let mut take = |sum: &UsedSum<'_>| {
        let UsedSum { account, service, region, usage_type, operation, zone, hour, quantity, list_cost, rows } = *sum;
        lines.push(format!(
            "{account} {service} {region} {usage_type} {operation} {zone} {hour} {quantity}, {list_cost} USD in {rows} rows"
        ));
    };
    run(months.each(&BTreeSet::from(["BoxUsage:m5.large"]), &mut take)).unwrap();
    lines.join("\n")
}

#[test]
fn whatever_paid_for_it_an_hours_usage_is_one_sum() {
    let (_lake, months) = months(&[
        used("2025-01-31T23", "Usage", "222", "1"),
        used("2025-01-01T05", "Usage", "222", "0.25"),
        used("2025-01-01T05", "DiscountedUsage", "222", "0.000000000001"),
        used("2025-01-01T05", "SavingsPlanCoveredUsage", "222", "0.5"),
        used("2025-01-01T05", "SavingsPlanNegation", "222", "-0.5"),
        used("2025-01-01T04", "Usage", "111", "1"),
        used("2025-01-01T04", "Usage", "111", "-3"),
        used("2025-01-02", "Usage", "222", "24"),
    ]);
    insta::assert_snapshot!(sums(&months), @"
    111 AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances us-east-1b 2025-01-01T04:00Z -2, 4 USD in 2 rows
    222 AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances us-east-1b 2025-01-01T05:00Z 0.750000000001, 6 USD in 3 rows
    222 AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances us-east-1b 2025-01-31T23:00Z 1, 2 USD in 1 rows
    ");
    assert_eq!((months.payer.as_str(), months.last, months.first.to_string().as_str()), ("111", LastMonth::Whole, "2025-01-01T04:00Z"));
    assert_eq!(format!("{} {}", months.hours.start, months.hours.end), "2025-01-01T00:00Z 2025-02-01T00:00Z");
    assert_eq!(months.names["222"], "shop");
    let skus = run(months.skus()).unwrap();
    let [sku] = &skus[..] else { panic!("{skus:?}") };
    let costs = (sku.list_cost.to_string(), sku.list_cost_too_long.to_string());
    assert_eq!((costs, sku.rows, sku.rows_too_long), (("14".to_owned(), "2".to_owned()), 7, 1), "a day's row lies in no hour");
}

#[test]
fn an_open_month_is_not_looked_at_to_its_end() {
    let (_lake, months) = months(&[used("2025-01-03T00", "Usage", "222", "1"), used("2025-01-12T00", "Usage", "222", "1")]);
    assert_eq!((months.last, months.hours.end.to_string().as_str()), (LastMonth::Open, "2025-01-10T00:00Z"), "it was imported in 2019");
    insta::assert_snapshot!(sums(&months), @"222 AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances us-east-1b 2025-01-03T00:00Z 1, 2 USD in 1 rows");
    assert_eq!(run(months.skus()).unwrap()[0].rows, 1);
}

#[test]
fn what_is_known_of_the_last_month_comes_before_a_guess() {
    let rows = |invoices: [&str; 2]| {
        let days = ["2025-01-03T00", "2025-01-12T00"].into_iter().zip(invoices);
        let lines: Vec<String> = days.map(|(when, invoice)| format!("{} | {invoice}", used(when, "Usage", "222", "1"))).collect();
        format!("{HEADER} | InvoiceId\n{}", lines.join("\n"))
    };
    let told = |imported_at: &str, invoices: [&str; 2]| {
        let mut lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, &rows(invoices));
        imported_at.clone_into(&mut lake.snapshot.periods[0].record.imported_at);
        let question = PlanningQuestion { payer: None, months_max: 12, until: None };
        let months = run(lake.engine().used_months(&question, 48)).unwrap();
        format!("{:?} {}", months.last, months.hours.end)
    };
    insta::assert_snapshot!(
        [
            told("2025-01-12T20:00:00Z", ["", ""]),
            told("2025-03-01T00:00:00Z", ["", ""]),
            told("2025-03-01T00:00:00Z", ["7", "7"]),
            // What is bought has an invoice at once, so a month of which only a part has one is not final.
            told("2025-03-01T00:00:00Z", ["7", ""]),
        ]
        .join("\n"),
        @"
    Open 2025-01-10T00:00Z
    Guessed 2025-01-10T00:00Z
    Whole 2025-02-01T00:00Z
    Guessed 2025-01-10T00:00Z
    ");
}

#[test]
fn without_hours_there_is_nothing_to_use_again() {
    let (_lake, months) = months(&[used("2025-01-02", "Usage", "222", "24")]);
    assert_eq!(months.hours.start, months.hours.end);
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Day, &format!("{HEADER}\n{}", used("2025-01-02", "Usage", "222", "24")));
    let question = PlanningQuestion { payer: None, months_max: 12, until: None };
    assert!(matches!(run(lake.engine().used_months(&question, 48)), Err(QueryError::TooCoarse { .. })));
}
