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
        // What was assumed is told, and as it happens the simulated AWS assumes the same: names of zones, tenancy, reservations first.
        let told: String = told.lines().filter(|line| !line.starts_with("note: ")).map(|line| format!("{line}\n")).collect();
        assert_eq!(told, "744 hours simulated; nothing differs, to the last digit\n", "{accounts} accounts, {sharing:?}");
    }
}

#[test]
fn what_a_sharing_file_names_in_vain_is_told() {
    let (bill, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_bill(&BillRequest { accounts: 1, ..BillRequest::small(Format::Cur2Parquet) }, bill.path()).unwrap();
    assert!(tenor(home.path(), ["import".as_ref(), bill.path()]).0.status.success());
    let file = home.path().join("sharing.toml");
    std::fs::write(&file, "off = [\"999\"]\n[[commitment]]\narn = \"arn:mistyped\"\nmode = \"restricted\"\naccounts = []\n").unwrap();
    let told = compared(home.path(), &["2025-01", "--sharing", file.to_str().unwrap()]).1;
    let named: Vec<_> = told.lines().filter(|line| line.contains("sharing file")).collect();
    insta::assert_snapshot!(named.join("\n"), @"
    note: in the sharing file and not in the bill: account 999 (no commitment of it, and no usage that one could cover)
    note: in the sharing file and not in the bill: commitment arn:mistyped
    ");
}

#[test]
fn the_real_bill_comes_out_in_every_hour() {
    let Some(bill) = shared::path("data/cur/legacy-2018") else { return };
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), ["import".as_ref(), bill.as_path()]);
    assert!(ran.0.status.success(), "{ran}");
    // The Windows reservation began at 21:40:47: AWS spreads its month's fee over its units, ours has a third of an hour's fee in that hour.
    insta::assert_snapshot!(compared(home.path(), &["2018-10", "--by", "pool"]).0, @"
    pool,hours,hours_different,first_different,units_billed,units_simulated,effective_billed,effective_simulated
    EC2 us-east-1 c4 RunInstances default,744,0,,,,0,0
    EC2 us-east-1 c5 RunInstances default,744,0,,,,76.56745056,76.56745205
    EC2 us-east-1 m5.large RunInstances:0002 default,744,0,,,,111.76986264,111.76986302
    EC2 us-east-1 t2 RunInstances default,744,0,,,,41.61548279,41.61547576
    EC2 us-east-1 t2.micro RunInstances:0002 default,531,0,,,,2.301,2.29297918
    ");
    insta::assert_snapshot!(compared(home.path(), &["2018-11", "--by", "pool"]).0, @"
    pool,hours,hours_different,first_different,units_billed,units_simulated,effective_billed,effective_simulated
    EC2 us-east-1 c4 RunInstances default,720,0,,,,0,0
    EC2 us-east-1 c5 RunInstances default,720,0,,,,74.09753281,74.09753425
    EC2 us-east-1 m5.large RunInstances:0002 default,720,0,,,,108.1643832,108.16438356
    EC2 us-east-1 t2 RunInstances default,720,0,,,,40.642524,40.64252051
    EC2 us-east-1 t2.micro RunInstances:0002 default,720,0,,,,8.496,8.496
    ");
    let nobody = tenor(home.path(), ["cover", "--explain", "2018-10-09T21Z", "1"]);
    insta::assert_snapshot!(String::from_utf8(nobody.0.stderr).unwrap(), @"
    note: fees of EC2 reservations say no tenancy; they are taken as reservations of shared instances
    error: in 2018-10 the bill has no usage of account 1 that a commitment could cover
    hint: tenor cost --by account lists the accounts that have any
    ");
    let explained = tenor(home.path(), ["cover", "--explain", "2018-10-09T21Z", "011254002932"]);
    insta::assert_snapshot!(String::from_utf8(explained.0.stdout).unwrap().lines().take(3).collect::<Vec<_>>().join("\n"), @"
    Account 011254002932, hour 2018-10-09T21:00Z:
    1 of BoxUsage:t2.micro RunInstances (AmazonEC2 us-east-1) by i-0512991d4fa76e853, 0.0116 each on demand.
      0.5 covered by the reservation arn:aws:ec2:us-east-1:836060457634:reserved-instances/766cbd37-5005-4d0e-a7bc-a1f7a79c3865, which 836060457634 owns and had left for others, with 0.25 of its units; it costs 0.00341233 instead of 0.0058.
    ");
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
    insta::assert_snapshot!(told(&["cover", "--replay", "2026-04"]), @"
    error: the bill of 2026-04 for payer 111122223333 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows
    ");
    insta::assert_snapshot!(told(&["cover", "--replay", "2017-01"]), @"
    error: the lake holds no bill from 2017-01; it holds 2024-09, 2024-10, 2026-04
    hint: change --from and --to; both ends are included
    ");
    insta::assert_snapshot!(told(&["cover", "--explain", "2018-10", "1"]), @"
    error: `2018-10` is not an hour
    hint: write it in UTC: 2018-10-09T21Z
    ");
    insta::assert_snapshot!(told(&["cover", "--replay", "2026-04", "--prices", "nowhere.csv"]), @"
    error: cannot read `nowhere.csv`
      because: No such file or directory (os error 2)
    hint: check the name and whether it may be read
    ");
}
