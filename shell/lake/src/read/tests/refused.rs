//! What is refused, and how it is told.

use super::{COSTS, check, convert_reports, converted, legacy, part, report, sparse};
use crate::read::ReadError;
use crate::source::{Format, Part, PartBytes};
use crate::store::ReportKind;
use bytes::Bytes;
use std::io::{self, Read};
use std::sync::Arc;

const GOOD: &str = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,";
const FOCUS: &str = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName";

fn told(error: &ReadError) -> String {
    format!("{error}\nhint: {}", error.hint())
}

#[test]
fn rows_that_become_no_charge_speak_of_the_currency_too() {
    let negation =
        "lineItem/LineItemType=SavingsPlanNegation;lineItem/UnblendedCost=-1;savingsPlan/SavingsPlanARN=arn;lineItem/CurrencyCode=EUR";
    let split = "lineItem/LineItemType=Usage;lineItem/Operation=EKSPod-EC2;lineItem/CurrencyCode=EUR";
    let good = "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1";
    let no_currency = "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;lineItem/CurrencyCode=US dollars";
    let bad_first = [good.replace("=1", "=?;lineItem/CurrencyCode=EUR"), good.to_owned()];
    let shown: Vec<_> = [vec![good, negation], vec![good, split], vec![split, good], vec![no_currency]]
        .iter()
        .map(|rows| check(ReportKind::LegacyCur, &sparse(rows), COSTS).lines().next().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    row 3 of `bill.csv`: lineItem/CurrencyCode `EUR` is another currency than the USD of earlier rows; one period has one currency
    row 3 of `bill.csv`: lineItem/CurrencyCode `EUR` is another currency than the USD of earlier rows; one period has one currency
    row 3 of `bill.csv`: lineItem/CurrencyCode `USD` is another currency than the EUR of earlier rows; one period has one currency
    row 2 of `bill.csv`: lineItem/CurrencyCode `US dollars` is not a currency's code of three letters
    ");
    let staging = tempfile::tempdir().unwrap();
    let kept = converted(ReportKind::LegacyCur, &sparse(&[&bad_first[0], &bad_first[1]]), true, staging.path()).unwrap().remove(0);
    assert_eq!((kept.currency.as_str(), kept.rows_charges, kept.rows_quarantined), ("USD", 1, 1), "a bad row decides nothing");
}

#[test]
fn a_column_that_decides_and_is_there_twice_is_refused() {
    let focus = format!("{FOCUS},billedcost\n1,1,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,AWS,2\n");
    let cur = legacy(&[GOOD]).replacen("pricing/publicOnDemandCost", "line_item_unblended_cost", 1);
    let shown = [check(ReportKind::Focus, &focus, COSTS), check(ReportKind::LegacyCur, &cur, COSTS)];
    insta::assert_snapshot!(shown.join("\n"), @"
    `bill.csv` has two columns `billedcost`, and a row can be booked by one only
    hint: remove one of the two columns, or have AWS deliver the report again
    `bill.csv` has two columns `line_item_unblended_cost`, and a row can be booked by one only
    hint: remove one of the two columns, or have AWS deliver the report again
    ");
}

#[test]
fn a_header_of_more_columns_than_any_report_is_refused() {
    let tags: String = (0..10_000).map(|n| format!(",resourceTags/user:{n}")).collect();
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &legacy(&[GOOD]).replacen("resourceTags/user:Team", &format!("x{tags}"), 1), COSTS), @"
    `bill.csv` has 10022 columns; a report has at most 10000
    hint: if this is another kind of report, name it with --as legacy-cur, --as cur2 or --as focus
    ");
}

#[test]
fn words_and_texts_too_long_for_any_bill_are_refused() {
    let long = "x".repeat(64 << 10);
    let rows = [
        format!("lineItem/LineItemType={};lineItem/UnblendedCost=1", &long[..65]),
        format!("lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;lineItem/ResourceId={long}x"),
        format!("lineItem/LineItemType=RIFee;lineItem/UnblendedCost=1;reservation/ReservationARN={}", &long[..2049]),
    ];
    let shown: Vec<_> =
        rows.iter().map(|row| check(ReportKind::LegacyCur, &sparse(&[row]), COSTS).lines().next().unwrap().to_owned()).collect();
    let shown = shown.join("\n").replace(&long[..200], "LONG").replace(&long[..65], "LONG");
    insta::assert_snapshot!(shown, @"
    row 2 of `bill.csv`: lineItem/LineItemType `LONG` is longer than the 64 bytes that a line item type may have
    row 2 of `bill.csv`: lineItem/ResourceId `LONG` is longer than the 64 KiB that a text may have
    row 2 of `bill.csv`: reservation/ReservationARN `LONG` is longer than the 2048 bytes of an ARN
    ");
    let kinds: Vec<_> = (0..65).map(|n| format!("lineItem/LineItemType=Kind{n};lineItem/UnblendedCost=1")).collect();
    let kinds = sparse(&kinds.iter().map(String::as_str).collect::<Vec<_>>());
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &kinds, COSTS).lines().next().unwrap(), @"row 66 of `bill.csv`: lineItem/LineItemType `Kind64` is one line item type more than the 64 that a bill may have");
}

#[test]
fn what_names_folders_or_reaches_a_terminal_has_no_control_letters() {
    let focus = format!("{FOCUS}\n1,1,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,a\u{1b}[2Jb\n");
    let payer = legacy(&[GOOD]).replacen("\n111122223333", "\n1\u{7}", 1);
    let amount = legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1|\u{1b}]0;x\u{7}\u{202e}|0.1|,,,,,,"]);
    let shown = [(ReportKind::Focus, focus), (ReportKind::LegacyCur, payer), (ReportKind::LegacyCur, amount)]
        .map(|(kind, bill)| check(kind, &bill, COSTS).lines().next().unwrap().to_owned());
    insta::assert_snapshot!(shown.join("\n"), @r"
    row 2 of `bill.csv`: ProviderName `a\u{1b}[2Jb` is not a provider's name
    row 2 of `bill.csv`: bill/PayerAccountId `1\u{7}` is not an account id
    row 2 of `bill.csv`: lineItem/UnblendedCost `\u{1b}]0;x\u{7}\u{202e}` is not an amount (not a decimal number)
    ");
}

/// A part that is a task of its own.
fn task(name: &str, bill: &str) -> Part {
    Part { size: 48 << 20, ..part(name, Format::Csv, bill.as_bytes().to_vec()) }
}

#[test]
fn of_several_failures_the_first_in_the_source_is_told_whichever_was_met_first() {
    let mut rows = vec![GOOD; 20_000];
    rows.push("Usage|1|BoxUsage|RunInstances|i-1|1|first|0.1|,,,,,,");
    let late = legacy(&rows);
    let early = legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1|second|0.1|,,,,,,"]);
    let euros = legacy(&[GOOD]).replace("USD", "EUR");
    for _ in 0..3 {
        let told_of = |parts: Vec<Part>| {
            let staging = tempfile::tempdir().unwrap();
            convert_reports(&[report(ReportKind::LegacyCur, parts)], false, staging.path()).unwrap_err().to_string()
        };
        let bad = told_of(vec![task("a.csv", &late), task("b.csv", &early)]);
        assert!(bad.starts_with("row 20002 of `a.csv`"), "{bad}");
        let mixed = told_of(vec![task("a.csv", &legacy(&vec![GOOD; 9_000])), task("b.csv", &euros)]);
        assert_eq!(mixed, "111122223333 2018-10 has amounts in USD and in EUR; one period has one currency");
    }
}

#[derive(Debug)]
struct Breaks;

impl PartBytes for Breaks {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        panic!("a decoder broke down, as this test wants");
    }

    fn range(&self, _: u64, _: usize) -> io::Result<Bytes> {
        self.stream().map(|_| Bytes::new())
    }
}

#[test]
fn a_part_that_breaks_its_reader_is_named() {
    let breaks = Part { bytes: Arc::new(Breaks), ..part("b.csv", Format::Csv, Vec::new()) };
    let parts = vec![part("a.csv", Format::Csv, legacy(&[GOOD]).into()), breaks];
    let staging = tempfile::tempdir().unwrap();
    let error = convert_reports(&[report(ReportKind::LegacyCur, parts)], false, staging.path()).unwrap_err();
    insta::assert_snapshot!(told(&error), @"
    `b.csv` broke its reader
    hint: the file is damaged or not whole: download it again, or have AWS deliver the report again
    ");
}
