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

/// What a lake of January says that was imported at this moment, and the lake, whose files go with it.
fn months(imported_at: &str, rows: &[String]) -> (Lake, UsedMonths) {
    months_of(imported_at, &format!("{HEADER}\n{}", rows.join("\n")))
}

fn months_of(imported_at: &str, text: &str) -> (Lake, UsedMonths) {
    let mut lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, text);
    imported_at.clone_into(&mut lake.snapshot.periods[0].record.imported_at);
    let question = PlanningQuestion { payer: None, months_max: 12, until: None };
    let months = run(lake.engine().used_months(&question, 48)).unwrap();
    (lake, months)
}

/// How far the month is told by usage in these hours, each with an invoice or none.
fn told(imported_at: &str, rows: [(&str, &str); 2]) -> String {
    let lines = rows.map(|(when, invoice)| format!("{} | {invoice}", used(when, "Usage", "222", "1")));
    let (_lake, months) = months_of(imported_at, &format!("{HEADER} | InvoiceId\n{}", lines.join("\n")));
    format!("{:?} {}", months.last, months.hours.end)
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
    let rows = [
        used("2025-01-31T23", "Usage", "222", "1"),
        used("2025-01-01T05", "Usage", "222", "0.25"),
        used("2025-01-01T05", "DiscountedUsage", "222", "0.000000000001"),
        used("2025-01-01T05", "SavingsPlanCoveredUsage", "222", "0.5"),
        used("2025-01-01T05", "SavingsPlanNegation", "222", "-0.5"),
        used("2025-01-01T04", "Usage", "111", "1"),
        used("2025-01-01T04", "Usage", "111", "-3"),
        used("2025-01-02", "Usage", "222", "24"),
    ];
    // No invoice, but a week after the month.
    let (_lake, months) = months("2025-02-08T00:00:00Z", &rows);
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
    let rows = ["2025-01-03T00", "2025-01-12T00"].map(|when| used(when, "Usage", "222", "1"));
    let (_lake, months) = months("2025-01-13T00:00:00Z", &rows);
    assert_eq!((months.last, months.hours.end.to_string().as_str()), (LastMonth::Open, "2025-01-10T00:00Z"));
    insta::assert_snapshot!(sums(&months), @"222 AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances us-east-1b 2025-01-03T00:00Z 1, 2 USD in 1 rows");
    assert_eq!(run(months.skus()).unwrap()[0].rows, 1);
}

#[test]
fn what_is_known_of_the_last_month_comes_before_a_guess() {
    let told = |imported_at, [first, last]: [&str; 2]| told(imported_at, [("2025-01-03T00", first), ("2025-01-12T00", last)]);
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
fn usage_in_the_last_hour_makes_no_month_whole_that_was_imported_early() {
    let told = |imported_at, invoice| told(imported_at, [("2025-01-03T00", invoice), ("2025-01-31T23", invoice)]);
    insta::assert_snapshot!(
        [
            told("2025-01-31T23:59:59Z", ""),
            told("2025-02-01T03:00:00Z", ""),
            told("2025-02-02T23:59:59Z", ""),
            told("2025-02-03T00:00:00Z", ""),
            told("2025-02-01T03:00:00Z", "7"),
            told("no moment", ""),
        ]
        .join("\n"),
        @"
    Open 2025-01-29T23:00Z
    Guessed 2025-01-29T23:00Z
    Guessed 2025-01-29T23:00Z
    Whole 2025-02-01T00:00Z
    Whole 2025-02-01T00:00Z
    Whole 2025-02-01T00:00Z
    ");
}

#[test]
fn without_hours_there_is_nothing_to_use_again() {
    let (_lake, months) = months("2025-02-08T00:00:00Z", &[used("2025-01-02", "Usage", "222", "24")]);
    assert_eq!(months.hours.start, months.hours.end);
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Day, &format!("{HEADER}\n{}", used("2025-01-02", "Usage", "222", "24")));
    let question = PlanningQuestion { payer: None, months_max: 12, until: None };
    assert!(matches!(run(lake.engine().used_months(&question, 48)), Err(QueryError::TooCoarse { .. })));
}
