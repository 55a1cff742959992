//! Rows set aside: where they go, and when they cannot.

use super::{Converted, convert_reports, converted, legacy, part, report, sparse};
use crate::read::ReadError;
use crate::source::{Format, Part};
use crate::store::ReportKind;

const GOOD: &str = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,";

fn keyless(bill: &str) -> String {
    bill.replace("\n111122223333,", "\n,")
}

fn shown(periods: &[Converted]) -> String {
    let line = |period: &Converted| {
        let aside = period.quarantined.as_ref().map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
        let rows: Vec<_> = aside.lines().skip(1).map(|line| line.split(",not").next().unwrap().split(",\"empty").next().unwrap()).collect();
        format!(
            "{}: {} read, {} kept, {} aside [{}]",
            period.key,
            period.rows_read,
            period.rows_charges,
            period.rows_quarantined,
            rows.join(" ")
        )
    };
    periods.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_first_row_without_a_period_waits_for_those_after_it() {
    let bill =
        keyless(&legacy(&[GOOD])) + "\n" + legacy(&[GOOD, "Usage|1|BoxUsage|RunInstances|i-1|1|?|0.1|,,,,,,"]).split_once('\n').unwrap().1;
    let staging = tempfile::tempdir().unwrap();
    let periods = converted(ReportKind::LegacyCur, &bill, true, staging.path()).unwrap();
    insta::assert_snapshot!(shown(&periods), @"2018-10 of AWS 111122223333: 3 read, 1 kept, 2 aside [bill.csv,2,bill/PayerAccountId, bill.csv,4,lineItem/UnblendedCost,?]");
    assert_eq!(periods[0].sums.quarantined_charged.to_string(), "0.1");
}

#[test]
fn rows_of_a_file_without_any_period_go_with_the_period_of_their_report() {
    let task = |name: &str, bill: String| Part { size: 48 << 20, ..part(name, Format::Csv, bill.into()) };
    let november = legacy(&[GOOD]).replace("2018-11-01", "2018-12-01").replace("2018-10-01", "2018-11-01");
    let parts = || vec![task("a.csv", keyless(&legacy(&[GOOD]))), task("b.csv", legacy(&[GOOD])), task("c.csv", november.clone())];
    let staging = tempfile::tempdir().unwrap();
    let periods = convert_reports(&[report(ReportKind::LegacyCur, parts())], true, staging.path()).unwrap();
    insta::assert_snapshot!(shown(&periods), @"
    2018-10 of AWS 111122223333: 2 read, 1 kept, 1 aside [a.csv,2,bill/PayerAccountId,]
    2018-11 of AWS 111122223333: 1 read, 1 kept, 0 aside []
    ");
    let only = crate::source::Report {
        period: Some("2018-11".parse().unwrap()),
        ..report(ReportKind::LegacyCur, vec![parts().remove(0), parts().remove(2)])
    };
    let staging = tempfile::tempdir().unwrap();
    let periods = convert_reports(&[only], true, staging.path()).unwrap();
    insta::assert_snapshot!(shown(&periods), @"2018-11 of AWS 111122223333: 2 read, 1 kept, 1 aside [a.csv,2,bill/PayerAccountId,]");
}

#[test]
fn a_row_that_cannot_be_set_aside_is_told_without_the_advice_to_set_it_aside() {
    let told = |error: ReadError| format!("{error}\nhint: {}", error.hint());
    let staging = tempfile::tempdir().unwrap();
    let lost = converted(ReportKind::LegacyCur, &keyless(&legacy(&[GOOD])), true, staging.path()).unwrap_err();
    let long = format!("lineItem/LineItemType=Usage;bill/PayerAccountId=;lineItem/ResourceId={}", "x".repeat(400 << 10));
    let waiting = converted(ReportKind::LegacyCur, &sparse(&[&long, &long, &long]), true, &staging.path().join("waiting")).unwrap_err();
    insta::assert_snapshot!([lost, waiting].map(told).join("\n"), @"
    row 2 of `bill.csv`: bill/PayerAccountId `` is empty, which it must not be, and the row cannot be set aside: no row of the report says a period that it could go with
    hint: look at that row: a file with such rows is damaged or of another kind; have AWS deliver it again, or name its kind with --as
    row 4 of `bill.csv`: bill/PayerAccountId `` is empty, which it must not be, and the row cannot be set aside: 2 rows before it do not say their period either
    hint: look at that row: a file with such rows is damaged or of another kind; have AWS deliver it again, or name its kind with --as
    ");
}

#[test]
fn more_payers_than_can_be_open_at_once_lose_nothing() {
    let payer = |n: usize| format!("lineItem/LineItemType=Usage;lineItem/UnblendedCost={n};bill/PayerAccountId=1{n:03}");
    let bad = |n: usize| format!("lineItem/LineItemType=Usage;lineItem/UnblendedCost=?{n};bill/PayerAccountId=1{n:03}");
    let rows: Vec<_> = (0..66).map(payer).chain((0..66).map(bad)).chain((0..66).map(payer)).collect();
    let bill = sparse(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let staging = tempfile::tempdir().unwrap();
    let periods = converted(ReportKind::LegacyCur, &bill, true, staging.path()).unwrap();
    assert_eq!(periods.len(), 66);
    for (n, period) in periods.iter().enumerate() {
        assert_eq!((period.rows_read, period.rows_charges, period.rows_quarantined), (3, 2, 1));
        assert_eq!(period.sums.billed.to_string(), (2 * n).to_string());
        assert_eq!((period.written.len(), period.charges.len() > 1), (0, true));
        let aside = std::fs::read_to_string(period.quarantined.as_ref().unwrap()).unwrap();
        assert_eq!(aside.lines().count(), 2);
    }
}
