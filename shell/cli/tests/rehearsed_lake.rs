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
    insta::assert_snapshot!(said(home.path(), &["--format", "csv", "sandbox", "deploy", "--from-lake"]), @r#"
    [stdout]
    service,region,usage_type,operation,rows,list_cost,why
    AmazonEC2,eu-west-1,EU-SpotUsage:m6i.2xlarge,RunInstances:SV052,748,319.361473476,"Spot, which nothing covers"
    AmazonEC2,us-east-1,SpotUsage:c5.large,RunInstances:SV052,762,64.18352346,"Spot, which nothing covers"
    AmazonEC2,us-east-1,SpotUsage:c5.xlarge,RunInstances:SV052,8,0.92513065,"Spot, which nothing covers"
    AmazonEC2,us-east-1,SpotUsage:c5.4xlarge,RunInstances:SV052,1,0.36153356,"Spot, which nothing covers"
    [stderr]
    The sandbox begins with 2025-01 and uses what was used until 2025-02-01T00:00Z: 73 series of 4 accounts.
    From then on the last 4 weeks are used again and again.
    No commitment is taken over: all of it is on demand until somebody buys.
    Its bills are of your accounts and months: import them into another home (--home), where they replace no real ones.
    Taken over: 97.81 % of the list cost of all usage, 17153.53 of 17538.36 USD
    Left out:
    [exit 0]
    "#);
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
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"
    [stderr]
    error: there is a sandbox in `[home]/sandbox`, in which somebody may have bought
    hint: `tenor sandbox reset` forgets it; or name another folder with --home
    [exit 1]
    ");
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

/// Ten days of one instance from the third day of a month on, of which an hour is corrected by more than it used. No row has an invoice.
fn corrected() -> tempfile::TempDir {
    let (home, bill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first: jiff::Timestamp = "2025-01-03T00:00:00Z".parse().unwrap();
    let row = |hour: i64, amount: &str, cost: &str| {
        let [start, end] = [hour, hour + 1].map(|hour| first + jiff::SignedDuration::from_hours(hour));
        format!(
            "111122223333,2025-01-01T00:00:00Z,111122223333,Usage,{start},{end},AmazonEC2,BoxUsage:m5.large,RunInstances,us-east-1b,{amount},USD,{cost},{cost}\n"
        )
    };
    let header = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,\
                  lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/AvailabilityZone,\
                  lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost\n";
    let rows: String = (0..240).map(|hour| row(hour, "1", "0.1")).chain(Some(row(5, "-3", "-0.3"))).collect();
    std::fs::write(bill.path().join("bill.csv"), format!("{header}{rows}")).unwrap();
    done(tenor(home.path(), ["import".as_ref(), bill.path()]));
    home
}

#[test]
fn what_corrections_undo_is_not_taken_over_and_a_guess_is_called_one() {
    let home = corrected();
    insta::assert_snapshot!(said(home.path(), &["--format", "csv", "sandbox", "deploy", "--from-lake"]), @r#"
    [stdout]
    service,region,usage_type,operation,rows,list_cost,why
    AmazonEC2,"",BoxUsage:m5.large,RunInstances,2,-0.2,hours that corrections leave nothing of
    [stderr]
    The sandbox begins with 2025-01 and uses what was used until 2025-01-10T23:00Z: 1 series of 1 accounts.
    By a guess the last month is open, since not all of its usage is on an invoice, and that ends early or was imported within 48 hours of the month's end: the 48 hours before its last usage may not be told completely, and are left out.
    From then on the last 1 weeks are used again and again.
    No commitment is taken over: all of it is on demand until somebody buys.
    Its bills are of your accounts and months: import them into another home (--home), where they replace no real ones.
    note: 1 sums of an hour are negative, as corrections are, and count as nothing
    Taken over: 100.00 % of the list cost of all usage, 19 of 19 USD
    note: hours that corrections leave nothing of are not in that share: -0.2 USD
    Left out:
    [exit 0]
    "#);
}

#[test]
fn what_cannot_be_rehearsed_is_said() {
    let home = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"
    [stderr]
    error: the lake holds no bill
    hint: bring one in with `tenor import SOURCE`; `tenor doctor` lists what is held
    [exit 1]
    ");
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "template.json", "--from-lake"]), @"
    [stderr]
    error: the argument '[TEMPLATE]' cannot be used with '--from-lake'

    Usage: tenor sandbox deploy --home <FOLDER> <TEMPLATE>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy"]), @"
    [stderr]
    error: the following required arguments were not provided:
      --account <NUMBER>
      <TEMPLATE>

    Usage: tenor sandbox deploy --home <FOLDER> --account <NUMBER> <TEMPLATE>

    For more information, try '--help'.
    [exit 2]
    ");
    // A real bill of a Region and of types that the sandbox hardly sells.
    let Some(bill) = tenor_testkit::shared::path("data/cur/legacy-2018") else { return };
    done(tenor(home.path(), ["import".as_ref(), bill.as_path()]));
    insta::assert_snapshot!(said(home.path(), &["sandbox", "deploy", "--from-lake"]), @"
    [stdout]
    Service            Region      Usage type                   Operation                   Rows   List cost   Why
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    AWSGlue            us-east-1   USE1-DEVED-DPU-Hour          StartDevEndpoint           2,135    4,394.13   the sandbox sells none
    AmazonRDS          us-east-1   InstanceUsage:db.r4.large    CreateDBInstance:0016      2,635      764.15   the sandbox sells none
    AmazonRDS          us-east-1   Multi-AZUsage:db.m4.large    CreateDBInstance:0018      1,317      460.95   the sandbox sells none
    AmazonRDS          us-east-1   RDS:Multi-AZ-PIOPS           CreateDBInstance           1,317      359.17   the sandbox sells none
    AmazonEC2          us-east-1   BoxUsage:t2.large            RunInstances               8,274      255.02   the sandbox sells none
    AmazonEC2          us-east-1   BoxUsage:m4.xlarge           RunInstances               1,222      244.25   the sandbox sells none
    AmazonEC2          us-east-1   BoxUsage:t2.micro            RunInstances              13,085      142.96   the sandbox sells none
    AmazonEC2          us-east-1   EBS:VolumeUsage.gp2          CreateVolume-Gp2          49,685       91.63   the sandbox sells none
    AmazonRDS          us-east-1   RDS:Multi-AZ-PIOPS-Storage   CreateDBInstance           1,317       44.90   the sandbox sells none
    AmazonQuickSight   global      QS-User-Standard-Month       QS-User-Standard-Month       888       40.29   the sandbox sells none
    AmazonEC2          us-east-1   SpotUsage:c5.large           RunInstances:SV062           889       29.59   Spot, which nothing covers
    AmazonEC2          us-east-1   SpotUsage:m5.large           RunInstances:SV001           711       22.77   Spot, which nothing covers
    AmazonEC2          eu-west-2   EUW2-BoxUsage:t2.micro       RunInstances               1,464       19.32   the sandbox sells none
    AWSConfig          us-east-1   ConfigurationItemRecorded    None                         448       17.38   the sandbox sells none
    AmazonEC2          us-east-1   BoxUsage:t2.micro            RunInstances:0002            915       14.82   the sandbox sells none
    (384 others)                                                                         144,174       53.65   --format csv names them
    [stderr]
    The sandbox begins with 2018-10 and uses what was used until 2018-12-01T00:00Z: 9 series of 2 accounts.
    From then on the last 8 weeks are used again and again.
    No commitment is taken over: all of it is on demand until somebody buys.
    Its bills are of your accounts and months: import them into another home (--home), where they replace no real ones.
    Taken over: 12.84 % of the list cost of all usage, 1024.5 of 7979.47 USD
    Left out:
    [exit 0]
    ");
}
