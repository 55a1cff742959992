//! A lake's usage used again in the sandbox: bought for, billed, imported into a second home and compared with the first.

use crate::ran::{Ran, tenor};
use crate::sandbox::Sandbox;
use std::path::Path;
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_testkit::judges;

/// What each account used of what in each hour of January, whatever paid for it: everything but Spot.
const USED: &str = "SELECT SubAccountId, x_UsageType, x_Operation, ChargePeriodStart, sum(x_UsageAmount) AS used FROM charges \
     WHERE ChargeCategory = 'Usage' AND x_LineItemType IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') \
     AND x_UsageType NOT LIKE '%Spot%' AND ChargePeriodStart < '2025-02-01' \
     GROUP BY 1, 2, 3, 4 HAVING sum(x_UsageAmount) <> 0 ORDER BY 1, 2, 3, 4";

fn done(ran: Ran) -> String {
    assert!(ran.0.status.success(), "{ran}");
    String::from_utf8(ran.0.stdout).unwrap()
}

fn used(home: &Path) -> String {
    done(tenor(home, ["--format", "csv", "sql", USED]))
}

/// What is said and answered, with the folder's name taken out.
fn said(home: &Path, arguments: &[&str]) -> String {
    tenor(home, arguments).to_string().replace(&home.display().to_string(), "[home]")
}

/// A home whose lake has a month of an organization that holds commitments.
fn lake() -> tempfile::TempDir {
    let (home, bill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_bill(&BillRequest { accounts: 4, seed: 3, ..BillRequest::small(Format::Cur2Parquet) }, bill.path()).unwrap();
    done(tenor(home.path(), ["import".as_ref(), bill.path()]));
    home
}

#[test]
fn usage_taken_over_is_billed_again_to_the_last_digit() {
    let (home, second, bills) = (lake(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    insta::assert_snapshot!(said(home.path(), &["--format", "csv", "sandbox", "deploy", "--from-lake"]), @"");
    if let Some(python) = judges::python() {
        Sandbox::serve(home.path()).step(&python, &["january"]);
    }
    assert!(done(tenor(home.path(), ["sandbox", "advance", "60d"])).starts_with("2025-03-0"));

    let settings = second.path().join("settings");
    let [bills, settings] = [bills.path(), &settings].map(|path| path.to_str().unwrap());
    done(tenor(home.path(), ["sandbox", "bills", "--out", bills, "--settings", settings]));
    done(tenor(second.path(), ["import", bills]));
    let (first, again) = (used(home.path()), used(second.path()));
    let differs = first.lines().zip(again.lines()).find(|(first, again)| first != again);
    assert_eq!(differs, None);
    assert_eq!(first.lines().count(), again.lines().count());
    assert!(first.lines().count() > 10_000, "{}", first.lines().count());

    for month in ["2025-01", "2025-02"] {
        let [sharing, prices] = ["sharing.toml", "prices.csv"].map(|name| format!("{settings}/{name}"));
        let ran = tenor(second.path(), ["cover", "--replay", month, "--sharing", &sharing, "--prices", &prices]);
        let told = String::from_utf8(ran.0.stderr.clone()).unwrap();
        assert!(told.contains(" hours simulated; nothing differs, to the last digit"), "{month}: {told}");
        done(ran);
    }
}

#[test]
fn usage_taken_over_moves_with_the_books() {
    let home = lake();
    done(tenor(home.path(), ["sandbox", "deploy", "--from-lake"]));
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"");
    let copy = home.path().join("copy.json").display().to_string();
    done(tenor(home.path(), ["sandbox", "snapshot", &copy]));
    done(tenor(home.path(), ["sandbox", "advance", "40d"]));
    done(tenor(home.path(), ["sandbox", "reset"]));
    let left: Vec<_> = std::fs::read_dir(home.path().join("sandbox")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
    done(tenor(home.path(), ["sandbox", "restore", &copy]));
    assert_eq!(done(tenor(home.path(), ["sandbox", "time"])), "2025-01-01T00:00:00Z\n");
    let accounts = "SELECT DISTINCT SubAccountId FROM charges WHERE SubAccountId <> '' ORDER BY 1";
    let of_lake = done(tenor(home.path(), ["--format", "csv", "sql", accounts]));
    let keys = done(tenor(home.path(), ["--format", "csv", "sandbox", "keys"]));
    let mut of_keys: Vec<&str> = keys.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    of_keys.sort_unstable();
    assert_eq!(of_keys, of_lake.lines().skip(1).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_rehearsed_is_said() {
    let home = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"");
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "template.json", "--from-lake"]), @"");
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy"]), @"");
    // A real bill of a Region and of types that the sandbox hardly sells.
    let Some(bill) = tenor_testkit::shared::path("data/cur/legacy-2018") else { return };
    done(tenor(home.path(), ["import".as_ref(), bill.as_path()]));
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"");
}
