//! What bills charge for commitments, and when a bill is complete.

use crate::lake::{Lake, run};
use tenor_lake::store::TimeUnit;
use tenor_query::commitments::CommitmentFees;
use tenor_query::cost::Range;

fn fees(table: &str) -> CommitmentFees {
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, table);
    run(lake.engine().commitment_fees(&Range::default())).unwrap()
}

fn is_complete(charges: &[&str]) -> bool {
    let header = "when | ChargeCategory | CommitmentDiscountStatus | InvoiceId | CommitmentDiscountId";
    let periods = fees(&format!("{header}\n{}", charges.join("\n"))).periods;
    assert_eq!(periods.keys().map(|(payer, period)| format!("{payer} {period}")).collect::<Vec<_>>(), ["111 2025-01"]);
    periods.into_values().all(|is_complete| is_complete)
}

#[test]
fn a_bill_is_complete_by_its_invoice_or_by_how_far_its_use_reaches() {
    let (early, last) = ("2025-01-10T00 | Usage | | ", "2025-01-31T23 | Usage | | ");
    let used = "2025-01-31T23 | Usage | Used | | r";
    let unused = "2025-01 | Usage | Unused | | r";
    let invoiced = "2025-01-10T00 | Usage | | i-1";
    assert!(is_complete(&[early, last]), "its use reaches to its end");
    assert!(is_complete(&[early, used]), "so does that of a commitment");
    assert!(!is_complete(&[early]), "more may come");
    // What nobody used of a reservation is dated to the period's end while the period runs.
    assert!(!is_complete(&[early, unused]), "a reservation in part unused completes no bill");
    assert!(is_complete(&[invoiced]), "it has its invoice");
    assert!(!is_complete(&[invoiced, last]), "a part has none");
    assert!(is_complete(&[invoiced, "2025-01 | Usage | Unused | i-1 | r"]));
    assert!(!is_complete(&["2025-01 | Purchase | | i-1 | r"]), "a purchase has its own invoice at once");
}

#[test]
fn each_fee_of_a_commitment_is_told_by_what_it_is_for() {
    let fees = fees(
        "
        when          | ChargeCategory | ChargeFrequency | x_LineItemType | CommitmentDiscountId | BilledCost | x_UnblendedCost | ChargeDescription
        2025-01       | Purchase       | Recurring       | RIFee          | arn:ri-1             | 7          | 8               |
        2025-01       | Purchase       | One-Time        | Fee            | arn:ri-1             | 100        | 100             |
        2025-01       | Purchase       | Recurring       | RIFee          |                      | 5          | 5               |
        2025-01       | Purchase       | One-Time        | Fee            |                      | 9          | 9               | a domain
        2025-01       | Purchase       | Recurring       |                | arn:sp-1             | 3          |                 |
        2025-01       | Credit         |                 | Refund         | arn:ri-1             | -40        | -40             |
        2025-01       | Credit         |                 | Credit         | arn:ri-1             | -2         | -2              |
        2025-01       | Credit         |                 |                | arn:sp-1             | -1         |                 |
        2025-01       | Credit         |                 | Refund         |                      | -30        | -30             | Refund for one-time fee for Savings Plan ID: 0a1b2c3d-0000-4000-8000-0123456789ab
        2025-01-01T00 | Usage          | Usage-Based     | DiscountedUsage | arn:ri-1            | 0          | 0               |
        ",
    );
    let told = fees.fees.iter().map(|fee| format!("{} {} {:?} of {}: {}", fee.payer, fee.period, fee.kind, fee.commitment, fee.amount));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    111 2025-01 Recurring of : 5
    111 2025-01 Refund of 0a1b2c3d-0000-4000-8000-0123456789ab: -30
    111 2025-01 Upfront of arn:ri-1: 100
    111 2025-01 Recurring of arn:ri-1: 8
    111 2025-01 Refund of arn:ri-1: -40
    111 2025-01 Recurring of arn:sp-1: 3
    111 2025-01 Refund of arn:sp-1: -1
    ");
    assert_eq!(run(Lake::empty().engine().commitment_fees(&Range::default())).unwrap(), CommitmentFees::default());
}
