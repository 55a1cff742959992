//! Independent programs read the lake, and S3 gives what a folder gives.

use crate::ran::tenor;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tenor_testkit::moto::Moto;
use tenor_testkit::{judges, shared};

const TOTALS: &str = r#"
import decimal, sys, duckdb, polars
files = sys.argv[1] + "/charges/*/*/*.parquet"
def show(row):
    print(*[format(cell, "f") if isinstance(cell, decimal.Decimal) else cell for cell in row])
columns = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"]
sums = ", ".join(f"sum({c})" for c in columns)
for row in duckdb.sql(f"SELECT x_LineItemType, count(*), {sums} FROM '{files}' GROUP BY 1 ORDER BY 1").fetchall():
    show(row)
frame = polars.scan_parquet(files).group_by("x_LineItemType").agg(polars.len(), *[polars.col(c).sum() for c in columns])
for row in frame.sort("x_LineItemType").collect().rows():
    show(row)
"#;

#[test]
fn duckdb_and_polars_read_the_lake_and_agree_to_the_last_digit() {
    let (Some(python), Some(bill)) = (judges::python(), shared::path("data/cur/legacy-2018")) else { return };
    let home = tempfile::tempdir().unwrap();
    assert!(tenor(home.path(), ["import", &bill.display().to_string()]).0.status.success());
    let output = Command::new(python).arg("-c").arg(TOTALS).arg(home.path().join("lake")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = theirs.lines().collect();
    let (duckdb, polars) = lines.split_at(lines.len() / 2);
    assert_eq!(duckdb, polars);
    let question = "SELECT x_lineitemtype, count(*), sum(billedcost), sum(effectivecost), sum(listcost), sum(contractedcost) \
                    FROM charges GROUP BY x_lineitemtype ORDER BY x_lineitemtype";
    let ours = String::from_utf8(tenor(home.path(), ["sql", question, "--format", "csv"]).0.stdout).unwrap();
    let exact = |cell: &str| if cell.contains('.') { cell.trim_end_matches('0').trim_end_matches('.').to_owned() } else { cell.to_owned() };
    let ours: Vec<Vec<String>> = ours.lines().skip(1).map(|line| line.split(',').map(exact).collect()).collect();
    let theirs: Vec<Vec<String>> = duckdb.iter().map(|line| line.split(' ').map(exact).collect()).collect();
    assert_eq!(ours, theirs);
}

/// Every file of a lake but what tells where it came from and when.
fn contents(lake: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|ending| ending == "parquet") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(lake, lake, &mut found);
    found
}

#[test]
fn a_bill_in_s3_gives_the_same_bytes_as_in_a_folder() {
    let (Some(moto), Some(bill)) = (Moto::start(), shared::path("data/cur/cur2-2026-04")) else { return };
    let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(tenor(near.path(), ["import", &bill.display().to_string()]).0.status.success());
    moto.upload("bills", &bill);
    let output = Command::new(env!("CARGO_BIN_EXE_tenor"))
        .env_clear()
        .env("TENOR_HOME", far.path())
        .env("AWS_ENDPOINT_URL_S3", &moto.endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .args(["import", "s3://bills"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let near = contents(&near.path().join("lake"));
    assert!(!near.is_empty());
    assert_eq!(near, contents(&far.path().join("lake")));
}
