//! Whoever reads while imports replace a period gets the whole old one or the whole new one.
//!
//! Our own questions always get an answer. A program that lists files and then opens them may find one gone, and is told so; what it must
//! never get is a part of each.

use crate::ran::tenor;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tenor_testkit::judges;

const ROWS: u64 = 20_000;
const IMPORTS: usize = 12;

/// Asks over and over until it finds the file of its second argument; tells each answer.
const READER: &str = r#"
import os, sys, duckdb
files, stop = sys.argv[1] + "/charges/*/*/*.parquet", sys.argv[2]
print("ready", flush=True)
while not os.path.exists(stop):
    try:
        print(*duckdb.sql(f"SELECT count(*), sum(BilledCost) FROM '{files}'").fetchall()[0])
    except duckdb.IOException as error:
        print("gone" if "No such file" in str(error) or "No files found" in str(error) else error)
"#;

/// A legacy CUR of one month; versions have the same costs, and differ in what they are said to be for.
fn source(folder: &Path, version: usize) {
    fs::create_dir(folder).unwrap();
    let mut csv = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
        lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/ResourceId,lineItem/UsageAmount,\
        lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/LineItemDescription\n"
        .to_owned();
    for row in 0..ROWS {
        let hour = format!("2018-10-{:02}T{:02}:00:00Z", row / 24 % 28 + 1, row % 24);
        let end = hour.replace(":00:00Z", ":59:59Z");
        writeln!(csv, "111122223333,2018-10-01T00:00:00Z,4444,Usage,{hour},{end},AmazonEC2,i-{row},1,USD,0.{row:06},version {version}")
            .unwrap();
    }
    fs::write(folder.join("bill.csv"), csv).unwrap();
}

#[test]
fn readers_get_the_same_totals_while_a_period_is_replaced() {
    let Some(python) = judges::python() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let sources = [at("source-0"), at("source-1")];
    for (version, folder) in sources.iter().enumerate() {
        source(folder, version);
    }
    let (home, stop) = (at("home"), at("stop"));
    let import = |source: &Path| {
        let ran = tenor(&home, [Path::new("import"), source]);
        assert!(ran.0.status.success(), "{ran}");
    };
    import(&sources[0]);
    let mut reader = Command::new(python);
    reader.arg("-c").arg(READER).arg(home.join("lake")).arg(&stop).stdout(Stdio::piped()).stderr(Stdio::piped());
    let reader = reader.spawn().unwrap();

    let mut ours = BTreeSet::new();
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut answers = BTreeSet::new();
            while !stop.exists() {
                let ran = tenor(&home, ["sql", "SELECT count(*), sum(billedcost) FROM charges", "--format", "csv"]);
                answers.insert(ran.to_string());
            }
            answers
        });
        for source in sources.iter().cycle().skip(1).take(IMPORTS) {
            import(source);
        }
        fs::write(&stop, "").unwrap();
        ours = asking.join().unwrap();
    });
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = String::from_utf8(output.stdout).unwrap();
    let answers: BTreeSet<&str> = theirs.lines().skip(1).filter(|answer| *answer != "gone").collect();
    // 0.000000 + 0.000001 + … + 0.019999
    assert_eq!(answers, BTreeSet::from(["20000 199.990000000000"]));
    let ours: Vec<String> = ours.into_iter().collect();
    insta::assert_snapshot!(ours.join("\n"), @"
    [stdout]
    count(*),sum(charges.BilledCost)
    20000,199.99
    [exit 0]
    ");
}
