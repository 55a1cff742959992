//! Quotes that nobody closes, and those that are no fault.

use super::{COSTS, check, legacy};
use crate::store::ReportKind;

const GOOD: &str = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,red";

#[test]
fn a_file_that_ends_inside_a_quote_is_not_read_short() {
    let open = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,\"blue";
    for bill in
        [legacy(&[GOOD, open, GOOD, GOOD]), legacy(&[open]), legacy(&[GOOD, open]) + "\n", legacy(&[GOOD]).replacen("bill/", "\"bill/", 1)]
    {
        let shown = check(ReportKind::LegacyCur, &bill, COSTS);
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown, @"
            cannot read `bill.csv`: the file ends inside a quoted value
            hint: the file is damaged or not whole: download it again, or have AWS deliver the report again
            ");
        }
    }
}

#[test]
fn rows_between_an_open_quote_and_the_next_one_are_not_swallowed() {
    let open = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,\"blue";
    let closing = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,\"red\"";
    let bill = legacy(&[GOOD, open, GOOD, GOOD, closing, GOOD]);
    for bill in [bill.clone(), bill.replace('\n', "\r\n")] {
        let shown = check(ReportKind::LegacyCur, &bill, COSTS).replace("\\r", "");
        let (before, after) = shown.split_once("the row `").unwrap();
        let told = format!("{before}{}", after.split_once("` is ").unwrap().1);
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"
            row 3 of `bill.csv`: text over several lines that holds whole rows: a quote before it is not closed
            hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
            ");
        }
    }
}

#[test]
fn a_text_of_several_lines_is_a_text() {
    let bill = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,ChargeDescription\n\n\
                1,1,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,AWS,\"one,\ntwo \"\"and\"\"\nthree\"\r\n\
                2,2,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,AWS,last";
    insta::assert_snapshot!(check(ReportKind::Focus, bill, &["BilledCost", "ChargeDescription"]), @r#"
    1 | one,
    two "and"
    three
    2 | last
    "#);
}
