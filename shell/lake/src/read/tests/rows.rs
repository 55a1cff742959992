//! What single rows become: units, list costs, tags, discounts, moments.

use super::{check, converted, sparse};
use crate::store::ReportKind;

const UNITS: &[&str] =
    &["x_LineItemType", "PricingQuantity", "PricingUnit", "ConsumedUnit", "CommitmentDiscountQuantity", "CommitmentDiscountUnit"];

#[test]
fn spot_usage_whose_list_cost_a_parquet_file_says_is_0_is_listed_at_what_it_cost() {
    let bill = sparse(&["lineItem/LineItemType=Usage;lineItem/UnblendedCost=0.03;pricing/publicOnDemandCost=0.0"]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &["BilledCost", "ListCost"]), @"0.03 | 0.03");
}

#[test]
fn commitments_are_counted_in_units_of_their_own() {
    let bill = sparse(&[
        "lineItem/LineItemType=RIFee;lineItem/UnblendedCost=7;reservation/ReservationARN=arn:a;reservation/TotalReservedUnits=4;reservation/TotalReservedNormalizedUnits=8;reservation/UnusedQuantity=1;reservation/UnusedNormalizedUnitQuantity=2;reservation/UnusedRecurringFee=1",
        "lineItem/LineItemType=DiscountedUsage;reservation/ReservationARN=arn:a;lineItem/UsageAmount=3;lineItem/NormalizedUsageAmount=6;pricing/unit=Hrs;reservation/EffectiveCost=6;pricing/publicOnDemandCost=9",
        "lineItem/LineItemType=RIFee;lineItem/UnblendedCost=7;reservation/ReservationARN=arn:z;reservation/AvailabilityZone=z;reservation/TotalReservedUnits=4;reservation/TotalReservedNormalizedUnits=8;reservation/UnusedQuantity=1;reservation/UnusedNormalizedUnitQuantity=2;reservation/UnusedRecurringFee=1",
        "lineItem/LineItemType=DiscountedUsage;reservation/ReservationARN=arn:z;reservation/AvailabilityZone=z;lineItem/UsageAmount=3;lineItem/NormalizedUsageAmount=6;pricing/unit=Hrs;reservation/EffectiveCost=6;pricing/publicOnDemandCost=9",
        "lineItem/LineItemType=SavingsPlanRecurringFee;lineItem/UnblendedCost=1;savingsPlan/SavingsPlanARN=arn:p;savingsPlan/TotalCommitmentToDate=1;savingsPlan/UsedCommitment=0.75",
        "lineItem/LineItemType=SavingsPlanCoveredUsage;lineItem/UnblendedCost=2;savingsPlan/SavingsPlanARN=arn:p;lineItem/UsageAmount=3;pricing/unit=Hrs;savingsPlan/SavingsPlanEffectiveCost=0.75",
        "lineItem/LineItemType=SavingsPlanNegation;lineItem/UnblendedCost=-2;savingsPlan/SavingsPlanARN=arn:p",
        "lineItem/LineItemType=SavingsPlanUpfrontFee;lineItem/UnblendedCost=99;savingsPlan/SavingsPlanARN=arn:p;pricing/unit=Quantity",
        "lineItem/LineItemType=Credit;lineItem/UnblendedCost=-1;lineItem/UsageAmount=5;pricing/unit=GB",
    ]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, UNITS), @"
    RIFee | 8 | Normalized Hours | - | 8 | Normalized Hours
    RIFee | 2 | Normalized Hours | - | 2 | Normalized Hours
    DiscountedUsage | 3 | Hrs | Hrs | 6 | Normalized Hours
    RIFee | 4 | Hours | - | 4 | Hours
    RIFee | 1 | Hours | - | 1 | Hours
    DiscountedUsage | 3 | Hrs | Hrs | 3 | Hours
    SavingsPlanRecurringFee | 1 | USD | - | 1 | USD
    SavingsPlanRecurringFee | 0.25 | USD | - | 0.25 | USD
    SavingsPlanCoveredUsage | 3 | Hrs | Hrs | 0.75 | USD
    SavingsPlanUpfrontFee | 99 | USD | - | 99 | USD
    Credit | - | - | - | - | -
    ");
}

#[test]
fn any_savings_plan_can_be_returned() {
    let refund = |product: &str| {
        format!(
            "lineItem/LineItemType=Refund;lineItem/UnblendedCost=-9;lineItem/ProductCode={product};lineItem/LineItemDescription=Refund for one-time fee for Savings Plan ID x"
        )
    };
    let bill = sparse(&[&refund("ComputeSavingsPlans"), &refund("DatabaseSavingsPlans"), &refund("AmazonEC2")]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &["x_ServiceCode", "BilledCost", "EffectiveCost"]), @"
    AmazonEC2 | -9 | -9
    ComputeSavingsPlans | -9 | 0
    DatabaseSavingsPlans | -9 | 0
    ");
}

#[test]
fn tags_of_cur_2_keep_the_keys_their_owners_gave_and_fall_back_to_those_without_capitals() {
    let bill = r#"bill_payer_account_id,bill_billing_period_start_date,line_item_usage_start_date,line_item_usage_end_date,line_item_line_item_type,line_item_currency_code,line_item_unblended_cost,tags,resource_tags
1,2026-04-01T00:00:00.000Z,2026-04-01T00:00:00.000Z,2026-04-02T00:00:00.000Z,Usage,USD,1,"{""resourceTags/user:CostCenter"":""a"",""accountTag/Team"":""b""}","{""user_cost_center"":""a""}"
1,2026-04-01T00:00:00.000Z,2026-04-02T00:00:00.000Z,2026-04-03T00:00:00.000Z,Usage,USD,1,{},"{""user_cost_center"":""a""}"
1,2026-04-01T00:00:00.000Z,2026-04-03T00:00:00.000Z,2026-04-04T00:00:00.000Z,Usage,USD,1,,
"#;
    insta::assert_snapshot!(check(ReportKind::Cur2, bill, &["Tags"]), @r#"
    {"CostCenter":"a","accountTag/Team":"b"}
    {"cost_center":"a"}
    -
    "#);
}

#[test]
fn discounts_of_a_map_and_of_columns_are_kept_together() {
    let bill = sparse(&[
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;discount/EdpDiscount=-0.1;discount/TotalDiscount=-0.1",
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1",
    ]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &["x_Discounts"]), @r#"
    {"EdpDiscount":"-0.1","TotalDiscount":"-0.1"}
    -
    "#);
    let cur_2 = r#"bill_payer_account_id,bill_billing_period_start_date,line_item_usage_start_date,line_item_usage_end_date,line_item_line_item_type,line_item_currency_code,line_item_unblended_cost,discount,discount_total_discount,discount_bundled_discount
1,2026-04-01T00:00:00.000Z,2026-04-01T00:00:00.000Z,2026-04-02T00:00:00.000Z,Usage,USD,1,"{""edp"":-0.25}",-0.5,
1,2026-04-01T00:00:00.000Z,2026-04-02T00:00:00.000Z,2026-04-03T00:00:00.000Z,Usage,USD,1,{},-0.5,
"#;
    insta::assert_snapshot!(check(ReportKind::Cur2, cur_2, &["x_Discounts"]), @r#"
    {"edp":-0.25,"total_discount":"-0.5"}
    {"total_discount":"-0.5"}
    "#);
}

#[test]
fn values_with_a_nul_are_not_taken_for_two() {
    let bill = sparse(&[
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;resourceTags/user:A=x\0;resourceTags/user:B=y",
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;resourceTags/user:A=x;resourceTags/user:B=\0y",
    ]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &["Tags"]), @r#"
    {"A":"x\u0000","B":"y"}
    {"A":"x","B":"\u0000y"}
    "#);
}

#[test]
fn an_end_is_made_exclusive_and_a_start_is_not() {
    let moments = "lineItem/UsageStartDate=2018-10-01T21:59:59Z;lineItem/UsageEndDate=2018-10-31T23:59:59Z;bill/BillingPeriodStartDate=2018-10-01T00:59:59Z;bill/BillingPeriodEndDate=2018-10-31T23:59:59Z";
    let bill = sparse(&[
        &format!("lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;{moments}"),
        &format!("lineItem/LineItemType=Usage;lineItem/Operation=EKSPod-EC2;{moments}"),
    ]);
    let columns = ["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd"];
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &columns), @"2018-10-01T21:59:59 | 2018-11-01T00:00:00 | 2018-10-01T00:59:59 | 2018-11-01T00:00:00");
    let staging = tempfile::tempdir().unwrap();
    let split = &converted(ReportKind::LegacyCur, &bill, false, staging.path()).unwrap()[0].split_costs[0];
    insta::assert_snapshot!(super::show(split, &["ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart"]), @"2018-10-01T21:59:59 | 2018-11-01T00:00:00 | 2018-10-01T00:59:59");
}

#[test]
fn what_looks_wrong_and_is_booked_all_the_same_is_noted() {
    let bill = sparse(&[
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1;lineItem/UsageEndDate=2018-09-30T00:00:00Z",
        "lineItem/LineItemType=DiscountedUsage;reservation/ReservationARN=arn:a;lineItem/UsageAmount=1;reservation/EffectiveCost=1;pricing/publicOnDemandCost=0",
        "lineItem/LineItemType=DiscountedUsage;reservation/ReservationARN=arn:a;lineItem/UsageAmount=1;reservation/EffectiveCost=1",
    ]);
    let staging = tempfile::tempdir().unwrap();
    let notices = converted(ReportKind::LegacyCur, &bill, false, staging.path()).unwrap().remove(0).notices;
    insta::assert_snapshot!(notices.join("\n"), @"
    1 rows: the charge ends before it starts in the source; its end is taken to be its start
    2 rows: usage that a reservation paid for has no on-demand cost in the source: its list cost is 0, so savings of reservations look smaller
    ");
}

#[test]
fn cash_on_split_rows_is_summed_and_named() {
    let bill = sparse(&[
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=1",
        "lineItem/LineItemType=Usage;lineItem/UnblendedCost=0.25;lineItem/Operation=EKSPod-EC2;splitLineItem/SplitCost=0.12345678901234",
    ]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &["BilledCost"]), @"
    1
    split-unblended differs by 0.25
    ");
    let staging = tempfile::tempdir().unwrap();
    let sums = converted(ReportKind::LegacyCur, &bill, false, staging.path()).unwrap().remove(0).sums;
    let rounding: Vec<_> = sums.rounding.iter().map(|(column, r)| format!("{column}: {} lost {}e-24", r.numbers, r.residue)).collect();
    insta::assert_snapshot!(rounding.join("\n"), @"split_line_item_split_cost: 1 lost 340000000000e-24");
    let bad = bill.replace("0.12345678901234", "?");
    let sums = converted(ReportKind::LegacyCur, &bad, true, &staging.path().join("bad")).unwrap().remove(0).sums;
    assert_eq!((sums.quarantined_unblended.to_string().as_str(), sums.quarantined_unreadable), ("0", 0), "its cost is that of others");
}

#[test]
fn numbers_of_focus_rows_that_are_rounded_are_counted_by_column() {
    let bill = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName\n\
                0.0000000000014,0.0000000000016,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,AWS\n\
                0.0000000000014,1,77,USD,2024-09-01,Usage,2024-09-18,2024-09-19,AWS\n";
    let staging = tempfile::tempdir().unwrap();
    let sums = converted(ReportKind::Focus, bill, false, staging.path()).unwrap().remove(0).sums;
    let rounding: Vec<_> = sums.rounding.iter().map(|(column, r)| format!("{column}: {} lost {}e-24", r.numbers, r.residue)).collect();
    insta::assert_snapshot!(rounding.join("\n"), @"
    BilledCost: 2 lost 800000000000e-24
    EffectiveCost: 1 lost -400000000000e-24
    ");
}
