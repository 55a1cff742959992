//! Real bills, imported and questioned as a user would.

use crate::ran::tenor;
use std::path::{Path, PathBuf};
use tenor_testkit::shared;

fn data(name: &str) -> Option<String> {
    shared::path(&format!("data/{name}")).map(|path: PathBuf| path.display().to_string())
}

/// What `tenor` answers, or what it complains of.
fn told(home: &Path, arguments: &[&str]) -> String {
    let ran = tenor(home, arguments).0;
    let text = if ran.status.success() { ran.stdout } else { ran.stderr };
    String::from_utf8(text).unwrap()
}

#[test]
fn the_real_2018_bill_adds_up_to_its_golden_figures() {
    let Some(bill) = data("cur/legacy-2018") else { return };
    let home = tempfile::tempdir().unwrap();
    assert!(tenor(home.path(), ["import", &bill]).0.status.success());
    let months = told(home.path(), &["cost", "--metric", "billed", "--granularity", "month", "--format", "json"]);
    insta::assert_snapshot!(months, @r#"
    [
      {"billing_period": "2018-10", "cost": "4064.4831315379"},
      {"billing_period": "2018-11", "cost": "3505.3269681268"}
    ]
    "#);
    let reserved = "SELECT billing_period, sum(listcost) AS on_demand, sum(effectivecost) AS effective, sum(x_normalizedusageamount) AS used \
                    FROM charges WHERE commitmentdiscountstatus = 'Used' GROUP BY billing_period ORDER BY billing_period";
    insta::assert_snapshot!(told(home.path(), &["sql", reserved, "--format", "csv"]), @"
    billing_period,on_demand,effective,used
    2018-10,338.0206064496,232.25379599,11978.500278
    2018-11,336.24,231.40044001,11880
    ");
    let unused = "SELECT billing_period, sum(effectivecost) AS waste, sum(commitmentdiscountquantity) AS units \
                  FROM charges WHERE commitmentdiscountstatus = 'Unused' GROUP BY billing_period ORDER BY billing_period";
    insta::assert_snapshot!(told(home.path(), &["sql", unused, "--format", "csv"]), @"
    billing_period,waste,units
    2018-10,48.99556079,3166.659861
    2018-11,43.21643836,2880
    ");
    let residuals = told(home.path(), &["sql", "SELECT name, amount, explained FROM residuals ORDER BY name, amount", "--format", "csv"]);
    insta::assert_snapshot!(residuals, @"
    name,amount,explained
    cash-bridge,-0.00000518,true
    cash-bridge,-0.00000166,true
    ");
}

#[test]
fn credits_never_hide_usage_and_a_daily_bill_has_no_hours() {
    let Some(bill) = data("cur/cur2-2026-04") else { return };
    let home = tempfile::tempdir().unwrap();
    assert!(tenor(home.path(), ["import", &bill]).0.status.success());
    insta::assert_snapshot!(told(home.path(), &["cost", "--by", "ChargeCategory", "--format", "csv"]), @"
    ChargeCategory,cost
    Usage,47.6816938322
    Tax,0
    Credit,-47.6816938998
    ");
    insta::assert_snapshot!(told(home.path(), &["cost", "--granularity", "hour"]), @"
    error: the bill of 2026-04 for payer 111122223333 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows
    ");
}

#[test]
fn payers_live_side_by_side_and_another_kind_of_report_is_refused() {
    let (Some(legacy), Some(cur2), Some(focus)) =
        (data("cur/legacy-2018"), data("cur/cur2-2026-04"), data("focus/FOCUS-1.0_focus_sample.csv"))
    else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    for bill in [&legacy, &cur2, &focus] {
        assert!(tenor(home.path(), ["import", bill]).0.status.success());
    }
    let periods = "SELECT provider, x_payer, billing_period, kind, rows_charges FROM imports ORDER BY provider, x_payer, billing_period";
    insta::assert_snapshot!(told(home.path(), &["sql", periods, "--format", "csv"]), @"
    provider,x_payer,billing_period,kind,rows_charges
    AWS,111122223333,2026-04,cur2,1882
    AWS,1234567890123,2024-09,focus,942
    AWS,836060457634,2018-10,legacy-cur,119316
    AWS,836060457634,2018-11,legacy-cur,124349
    Microsoft,/providers/Microsoft.Billing/billingAccounts/8611537,2024-09,focus,51
    Oracle,20209880,2024-09,focus,6
    Oracle,20209880,2024-10,focus,1
    ");
    let findings = told(home.path(), &["doctor", "--format", "csv"]);
    assert!(findings.contains("4 rows: usage under a commitment has a list cost but an effective cost of 0"), "{findings}");

    // The same month of the same payer, as another kind of report.
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("bill.csv");
    let text = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName\n\
                1,1,836060457634,USD,2018-10-01T00:00:00Z,Usage,2018-10-01T00:00:00Z,2018-10-01T01:00:00Z,AWS\n";
    std::fs::write(&other, text).unwrap();
    let refused = tenor(home.path(), ["import", &other.display().to_string()]);
    insta::assert_snapshot!(refused, @"
    [stderr]
    error: 2018-10 of AWS 836060457634 is held from a legacy CUR report, and this is a FOCUS one
    hint: two kinds of report describe the same charges; to let this one take its place, add --replace
    [exit 1]
    ");
    assert!(tenor(home.path(), ["import", &other.display().to_string(), "--replace"]).0.status.success());
}
