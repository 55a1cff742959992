//! What `tenor cost` and `tenor export` say about a small bill.

use crate::ran::{Ran, tenor};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

/// A home with a month of a bill: hourly usage of three services, one of them called `other`, a monthly fee and a credit.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let lines = [
        "4444,Usage,2018-10-01T00:00:00Z,2018-10-01T00:59:59Z,AmazonEC2,USD,7,7",
        "4444,Usage,2018-10-02T05:00:00Z,2018-10-02T05:59:59Z,other,USD,3,3",
        "5555,Usage,2018-10-02T05:00:00Z,2018-10-02T05:59:59Z,AmazonS3,USD,2,2",
        "5555,Usage,2018-10-02T06:00:00Z,2018-10-02T06:59:59Z,AWSLambda,USD,1,1",
        "4444,Fee,2018-10-01T00:00:00Z,2018-10-31T23:59:59Z,AmazonEC2,USD,30,",
        "4444,Credit,2018-10-02T05:00:00Z,2018-10-02T05:59:59Z,AmazonEC2,USD,-0.5,",
    ];
    let header = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,\
                  lineItem/UsageEndDate,lineItem/ProductCode,lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost";
    let lines = lines.map(|line| format!("111122223333,2018-10-01T00:00:00Z,{line}\n"));
    let bill = home.path().join("bill.csv");
    fs::write(&bill, format!("{header}\n{}", lines.concat())).unwrap();
    let ran = tenor(home.path(), [Path::new("import"), &bill]);
    assert!(ran.0.status.success(), "{ran}");
    home
}

fn told(home: &TempDir, arguments: &[&str]) -> String {
    tenor(home.path(), arguments).to_string().replace(home.path().canonicalize().unwrap().to_str().unwrap(), "HOME")
}

#[test]
fn the_rest_of_the_groups_is_told_from_one_that_is_called_other() {
    let home = home();
    let top = ["cost", "--by", "x_ServiceCode", "--top", "2"];
    insta::assert_snapshot!(told(&home, &top), @"
    [stdout]
    X_ServiceCode   Cost (USD)
    ────────────────────────────
    AmazonEC2            36.50
    other                 3.00
    (other)               3.00
    ────────────────────────────
    Total                42.50
    [exit 0]
    ");
    insta::assert_snapshot!(told(&home, &[&top[..], &["--format", "json"]].concat()), @r#"
    [stdout]
    [
      {"x_ServiceCode": "AmazonEC2", "cost": "36.5", "is_other": false},
      {"x_ServiceCode": "other", "cost": "3", "is_other": false},
      {"x_ServiceCode": "other", "cost": "3", "is_other": true}
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(told(&home, &[&top[..], &["--granularity", "month", "--format", "csv"]].concat()), @"
    [stdout]
    billing_period,x_ServiceCode,cost,is_other
    2018-10,AmazonEC2,36.5,false
    2018-10,other,3,false
    2018-10,other,3,true
    [exit 0]
    ");
}

#[test]
fn groupings_may_be_written_with_spaces_and_the_last_time_as_until() {
    let home = home();
    let asked = ["cost", "--by", "account, x_ServiceCode", "--from", "2018-10-02", "--until", "2018-10-02", "--format", "csv"];
    insta::assert_snapshot!(told(&home, &asked), @"
    [stdout]
    account,x_ServiceCode,cost
    4444,other,3
    5555,AmazonS3,2
    5555,AWSLambda,1
    4444,AmazonEC2,-0.5
    [stderr]
    not counted: 1 charges that lie only partly in that time (monthly fees, taxes), together 30 USD
    [exit 0]
    ");
}

#[test]
fn an_export_says_what_credits_add_to_list_costs() {
    let home = home();
    let file = home.path().join("bill.csv.parquet");
    let ran: Ran = tenor(home.path(), ["export", "--to", file.to_str().unwrap(), "--format", "parquet"]);
    insta::assert_snapshot!(String::from_utf8_lossy(&ran.0.stderr), @"credits: FOCUS gives them their billed cost, which changes the sum of ListCost by -0.5 USD from that of `tenor cost --metric list`, and that of ContractedCost by -0.5 USD from `--metric contracted`");
}

#[test]
fn an_export_into_the_lake_is_refused_however_it_is_written() {
    let home = home();
    let at = |name: &str| home.path().join(name).display().to_string();
    symlink(at("lake/charges"), at("link")).unwrap();
    let targets = [
        "lake/charges/bill.parquet",
        "lake/new/folder",
        "lake/charges",
        "link/x_payer=111122223333/bill.csv",
        "nothing/../lake/charges/bill.csv",
    ];
    let before = told(&home, &["sql", "select count(*) as n from charges", "--format", "csv"]);
    let runs = targets.map(|target| format!("{target}\n{}\n", told(&home, &["export", "--to", &at(target)])));
    insta::assert_snapshot!(runs.join("\n"), @"
    lake/charges/bill.parquet
    [stderr]
    error: `HOME/lake/charges/bill.parquet` lies in the lake `HOME/lake`
    hint: export to a file or folder outside of it; what lies inside is read as charges
    [exit 2]

    lake/new/folder
    [stderr]
    error: `HOME/lake/new/folder` lies in the lake `HOME/lake`
    hint: export to a file or folder outside of it; what lies inside is read as charges
    [exit 2]

    lake/charges
    [stderr]
    error: `HOME/lake/charges` lies in the lake `HOME/lake`
    hint: export to a file or folder outside of it; what lies inside is read as charges
    [exit 2]

    link/x_payer=111122223333/bill.csv
    [stderr]
    error: `HOME/link/x_payer=111122223333/bill.csv` lies in the lake `HOME/lake`
    hint: export to a file or folder outside of it; what lies inside is read as charges
    [exit 2]

    nothing/../lake/charges/bill.csv
    [stderr]
    error: `HOME/nothing/../lake/charges/bill.csv` lies in the lake `HOME/lake`
    hint: export to a file or folder outside of it; what lies inside is read as charges
    [exit 2]
    ");
    assert_eq!(told(&home, &["sql", "select count(*) as n from charges", "--format", "csv"]), before);
    assert!(told(&home, &["export", "--to", &at("lake/../bill.csv")]).contains("[exit 0]"));
    assert!(!home.path().join("nothing").exists() && !home.path().join("lake/new").exists());
}

#[test]
fn help_says_what_is_left_out_and_what_differs() {
    let (cost, export) = (tenor(Path::new("/no"), ["cost", "--help"]), tenor(Path::new("/no"), ["export", "--help"]));
    let said =
        |ran: &Ran, text: &str| String::from_utf8_lossy(&ran.0.stdout).split_whitespace().collect::<Vec<_>>().join(" ").contains(text);
    assert!(said(&cost, "a line on stderr says how many they are") && said(&cost, "`is_other`"));
    assert!(said(&export, "A line on stderr says by how much"));
}
