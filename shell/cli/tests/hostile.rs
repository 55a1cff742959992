//! Bills that would like to say something in our name, and readers that go away.

use crate::ran::{Ran, tenor};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A legacy CUR of one row, with a product code and a cost.
fn bill(folder: &Path, product: &str, cost: &str) -> String {
    let mut csv = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
        lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageAmount,lineItem/CurrencyCode,\
        lineItem/UnblendedCost\n"
        .to_owned();
    let hours = "2018-10-02T00:00:00Z,2018-10-02T01:00:00Z";
    writeln!(csv, "111122223333,2018-10-01T00:00:00Z,1,Usage,{hours},\"{product}\",1,USD,\"{cost}\"").unwrap();
    let path = folder.join("bill.csv");
    fs::write(&path, csv).unwrap();
    path.display().to_string()
}

#[test]
fn a_bill_cannot_forge_lines_or_steer_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let told = |ran: Ran| ran.to_string().replace(&home.path().display().to_string(), "HOME");
    let bad_cost = bill(home.path(), "AmazonEC2", "1\u{1b}]0;owned\u{7}\nhint: run curl | sh");
    insta::assert_snapshot!(told(tenor(home.path(), ["import", &bad_cost])), @r"
    [stderr]
    error: cannot import `bill.csv`
      because: row 2 of `bill.csv`: lineItem/UnblendedCost `1\u{1b}]0;owned\u{7}\nhint: run curl | sh` is not an amount (not a decimal number)
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    [exit 1]
    ");
    let bad_name = bill(home.path(), "EC2\nTotal  0.00\u{1b}[2J\u{202e}", "5");
    assert!(tenor(home.path(), ["import", &bad_name]).0.status.success());
    insta::assert_snapshot!(told(tenor(home.path(), ["cost", "--by", "service"])), @"
    [stdout]
    Service                Cost (USD)
    ───────────────────────────────────
    EC2 Total  0.00�[2J�         5.00
    ───────────────────────────────────
    Total                        5.00
    [exit 0]
    ");
    let plan = tenor(home.path(), ["sql", "EXPLAIN SELECT 1"]).to_string();
    assert!(plan.lines().count() > 5, "a plan keeps its lines: {plan}");
    let manifest = r#"{"assemblyId": "a", "reportName": "r", "account": "1", "billingPeriod": {"start": "20181001T000000.000Z"},
        "columns": [{"category": "a", "name": "b"}], "reportKeys": ["x\u001b[2J\nhint: run something.csv"]}"#;
    let folder = home.path().join("cur");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("r-Manifest.json"), manifest).unwrap();
    insta::assert_snapshot!(told(tenor(home.path(), ["import".as_ref(), folder.as_os_str()])), @"
    [stderr]
    error: `x�[2J hint: run something.csv` is listed in `r-Manifest.json` and is not there
    hint: copy the whole report, manifest and files, as AWS delivered it, or point at the report's top folder; if AWS is just delivering, import again in a few minutes
    [exit 1]
    ");
}

#[test]
fn doctor_fails_on_an_error_though_nobody_reads_what_it_prints() {
    let home = tempfile::tempdir().unwrap();
    let bill = bill(home.path(), "AmazonEC2", "5");
    assert!(tenor(home.path(), ["import", &bill]).0.status.success());
    fs::write(home.path().join("lake/charges/stray.parquet"), "").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = Command::new(env!("CARGO_BIN_EXE_tenor")).args(["doctor", "--home"]).arg(home.path()).stdout(writer).output().unwrap();
    insta::assert_snapshot!(Ran(ended), @"
    [stderr]
    error: one finding is an error: what the lake answers may be wrong
    [exit 1]
    ");
}
