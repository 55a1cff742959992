//! Billed months simulated again: what AWS and the sandbox billed comes out, or each difference is told.

use crate::ran::tenor;
use tenor_sandbox::{BillRequest, Format, SharingMode, write_bill, write_settings};
use tenor_testkit::shared;

/// What a comparison says of each commitment or pool, as CSV, and what is told beside it.
fn compared(home: &std::path::Path, arguments: &[&str]) -> (String, String) {
    let ran = tenor(home, ["--format", "csv", "cover", "--replay"].iter().chain(arguments));
    assert!(ran.0.status.success(), "{ran}");
    (String::from_utf8(ran.0.stdout).unwrap(), String::from_utf8(ran.0.stderr).unwrap())
}

/// Simulates a generated bill again with its own sharing settings and price list.
fn simulated(accounts: u32, sharing: SharingMode, format: Format, seed: u64) -> String {
    let (bill, settings, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let request = BillRequest { accounts, sharing, seed, ..BillRequest::small(format) };
    let truth = write_bill(&request, bill.path()).unwrap();
    write_settings(&truth, settings.path()).unwrap();
    let ran = tenor(home.path(), ["import".as_ref(), bill.path()]);
    assert!(ran.0.status.success(), "{ran}");
    let file = |name: &str| settings.path().join(name).display().to_string();
    compared(home.path(), &["2025-01", "--sharing", &file("sharing.toml"), "--prices", &file("prices.csv")]).1
}

#[test]
fn bills_of_every_sharing_mode_come_out_to_the_last_digit() {
    let cases = [
        (1, SharingMode::Open, Format::LegacyCsv),
        (8, SharingMode::Prioritized, Format::Cur2Parquet),
        (20, SharingMode::Restricted, Format::LegacyParquet),
        (50, SharingMode::Mixed, Format::LegacyCsv),
    ];
    for (accounts, sharing, format) in cases {
        let told = simulated(accounts, sharing, format, u64::from(accounts));
        assert_eq!(told, "744 hours simulated; nothing differs, to the last digit\n", "{accounts} accounts, {sharing:?}");
    }
}

#[test]
fn the_real_bill_comes_out_in_every_hour() {
    let Some(bill) = shared::path("data/cur/legacy-2018") else { return };
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), ["import".as_ref(), bill.as_path()]);
    assert!(ran.0.status.success(), "{ran}");
    // The Windows reservation began at 21:40:47: AWS spreads its month's fee over its units, ours has a third of an hour's fee in that hour.
    insta::assert_snapshot!(compared(home.path(), &["2018-10", "--by", "pool"]).0, @"");
    insta::assert_snapshot!(compared(home.path(), &["2018-11", "--by", "pool"]).0, @"");
    let explained = tenor(home.path(), ["cover", "--explain", "2018-10-09T21Z", "011254002932"]);
    insta::assert_snapshot!(String::from_utf8(explained.0.stdout).unwrap().lines().take(3).collect::<Vec<_>>().join("\n"), @"");
}

#[test]
fn what_cannot_be_simulated_is_said_with_what_to_do() {
    let Some(focus) = shared::path("data/focus/FOCUS-1.0_focus_sample.csv") else { return };
    let Some(daily) = shared::path("data/cur/cur2-2026-04") else { return };
    let home = tempfile::tempdir().unwrap();
    for bill in [&focus, &daily] {
        assert!(tenor(home.path(), ["import".as_ref(), bill.as_path()]).0.status.success());
    }
    let told = |arguments: &[&str]| String::from_utf8(tenor(home.path(), arguments).0.stderr).unwrap();
    insta::assert_snapshot!(told(&["cover", "--replay", "2026-04"]), @"");
    insta::assert_snapshot!(told(&["cover", "--replay", "2017-01"]), @"");
    insta::assert_snapshot!(told(&["cover", "--explain", "2018-10", "1"]), @"");
    insta::assert_snapshot!(told(&["cover", "--replay", "2026-04", "--prices", "nowhere.csv"]), @"");
}
