//! `tenor commitments --live`, end to end: a simulated bill beside an AWS that lists what a test says.

use crate::fake_aws::{Asked, Aws, Reply, refusal};
use crate::ran::{tenor, tenor_in};
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_state::{By, Claim, KeySource, Lease, State, SystemRandomness, Verification};

/// Makes a connection, and keeps that it was proved.
pub(crate) fn connect(home: &Path, name: &str, account: &str, is_proved: bool, more: &str) {
    let out = home.join(format!("out-{name}"));
    let words = format!(
        "connect make {name} --tier trial --account {account} --trusted arn:aws:iam::999988887777:user/caller --out {}{more}",
        out.display()
    );
    let made = tenor(home, words.split(' '));
    assert!(made.0.status.success(), "{made}");
    if is_proved {
        let (now, random) = (Timestamp::now(), SystemRandomness::new());
        let lease = Lease::take(home, &Claim::of_this_process("test", Duration::ZERO), now).unwrap();
        let key = KeySource::find(home, |_| None).unwrap().held().unwrap();
        let mut state = State::open(lease, &key, &random, now).unwrap();
        state.keep_verification(&name.parse().unwrap(), &Verification::new(now), &[], &By::system(now), &random).unwrap();
    }
}

/// A home with the bill of January 2025, and what it shows of commitments.
fn billed() -> (TempDir, Vec<Value>) {
    let (home, bill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_bill(&BillRequest::small(Format::Cur2Parquet), bill.path()).unwrap();
    assert!(tenor(home.path(), [Path::new("import"), bill.path()]).0.status.success());
    let printed = tenor(home.path(), "commitments --as-of 2025-02-01 --format json".split(' '));
    let answer: Value = serde_json::from_slice(&printed.0.stdout).unwrap();
    (home, answer["commitments"].as_array().unwrap().clone())
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// A plan as AWS lists it.
fn plan(arn: &str, start: &str, end: &str, state: &str, hourly: &str) -> String {
    let id = arn.rsplit('/').next().unwrap();
    format!(
        r#"{{"savingsPlanId":"{id}","savingsPlanArn":"{arn}","start":"{start}","end":"{end}","state":"{state}","savingsPlanType":"Compute","paymentOption":"No Upfront","productTypes":["EC2"],"currency":"USD","commitment":"{hourly}","termDurationInSeconds":31536000}}"#
    )
}

/// Nothing at all, by every service that is asked.
fn nothing(asked: &Asked) -> Reply {
    let xml = |operation: &str, list: &str| {
        format!("<{operation}Response><{operation}Result><{list}/></{operation}Result></{operation}Response>")
    };
    let body = match asked.name.as_str() {
        "savingsplans:/DescribeSavingsPlans" => r#"{"savingsPlans":[]}"#.to_owned(),
        "ec2:DescribeReservedInstances" => {
            "<DescribeReservedInstancesResponse><reservedInstancesSet/></DescribeReservedInstancesResponse>".to_owned()
        }
        "rds:DescribeReservedDBInstances" => xml("DescribeReservedDBInstances", "ReservedDBInstances"),
        "elasticache:DescribeReservedCacheNodes" => xml("DescribeReservedCacheNodes", "ReservedCacheNodes"),
        "redshift:DescribeReservedNodes" => xml("DescribeReservedNodes", "ReservedNodes"),
        "memorydb:DescribeReservedNodes" => r#"{"ReservedNodes":[]}"#.to_owned(),
        "es:/2021-01-01/opensearch/reservedInstances" => r#"{"ReservedInstances":[]}"#.to_owned(),
        "redshift-serverless:ListReservations" => r#"{"reservationsList":[]}"#.to_owned(),
        other => panic!("nobody asked for {other}"),
    };
    (200, body)
}

/// AWS's names for its requests, which differ from run to run here, are left out.
fn told(home: &Path, aws: &Aws, words: &str) -> String {
    tenor_in(home, words.split(' '), &aws.variables()).to_string()
}

#[test]
fn bills_and_aws_lists_are_held_against_each_other() {
    let (home, commitments) = billed();
    let plans: Vec<&Value> = commitments.iter().filter(|row| text(row, "kind").ends_with("Savings Plan")).collect();
    let owner = text(plans[0], "owner").to_owned();
    let of_owner: Vec<&&Value> = plans.iter().filter(|row| text(row, "owner") == owner).collect();
    let (one, two) = (of_owner[0], of_owner[1]);
    let listed = [
        plan(text(one, "id"), text(one, "start"), text(one, "end"), "active", text(one, "held_per_hour")),
        plan(text(two, "id"), text(two, "start"), text(two, "end"), "active", "77.5"),
        plan("arn:aws:savingsplans::1:savingsplan/bought-since", "2025-02-02T00:00:00.000Z", "2026-02-02T00:00:00.000Z", "active", "3"),
        plan("arn:aws:savingsplans::1:savingsplan/given-back", "2025-02-02T00:00:00.000Z", "2026-02-02T00:00:00.000Z", "returned", "4"),
    ];
    let listed = format!(r#"{{"savingsPlans":[{}]}}"#, listed.join(","));
    let aws = Aws::start(move |asked| match asked.name.as_str() {
        "savingsplans:/DescribeSavingsPlans" => (200, listed.clone()),
        _ => nothing(asked),
    });
    connect(home.path(), "payer", &owner, true, "");
    let answer = tenor_in(home.path(), "commitments --live --as-of 2025-02-10 --format json".split(' '), &aws.variables());
    assert!(answer.0.status.success(), "{answer}");
    let answer: Value = serde_json::from_slice(&answer.0.stdout).unwrap();
    assert_eq!((&answer["is_whole"], answer["unreadable"].as_array().unwrap().len()), (&Value::Bool(true), 0));
    let rows = answer["commitments"].as_array().unwrap();
    let row = |id: &str| rows.iter().find(|row| text(row, "id") == id).unwrap();
    let said = |id: &str| ["known_from", "live_state", "verdict", "differences"].map(|key| text(row(id), key)).join(" | ");
    let hourly = text(two, "held_per_hour").to_owned();
    let said = [
        text(one, "id"),
        text(two, "id"),
        "arn:aws:savingsplans::1:savingsplan/bought-since",
        "arn:aws:savingsplans::1:savingsplan/given-back",
    ]
    .map(said);
    insta::assert_snapshot!(said.join("\n").replace(&hourly, "HOURLY"), @"
    both | active | as billed | 
    both | active | differs | commits HOURLY / 77.5 an hour
    live | active | newer than the bills | 
    live | returned | newer than the bills |
    ");
    // Whatever else the owner had in the bill is not listed; what others had was not looked at.
    for row in rows.iter().filter(|row| text(row, "known_from") == "bill") {
        let expected = match (text(row, "billed_end") < "2025-02-10", text(row, "owner") == owner) {
            (true, _) => "ended",
            (false, true) => "listed no more",
            (false, false) => "not looked at",
        };
        assert_eq!(text(row, "verdict"), expected, "{row}");
    }
    assert_eq!(rows.len(), commitments.len() + 2);
    assert!(aws.asked().iter().all(|asked| asked.name == "sts:AssumeRole" || asked.account == owner));
}

#[test]
fn what_cannot_be_read_is_named_and_fails_and_the_rest_is_shown() {
    let home = tempfile::tempdir().unwrap();
    connect(home.path(), "payer", "111122223333", true, "");
    connect(home.path(), "other", "222233334444", false, "");
    let aws = Aws::start(|asked| match (asked.name.as_str(), asked.region.as_str()) {
        ("savingsplans:/DescribeSavingsPlans", _) => {
            let arn = "arn:aws:savingsplans::111122223333:savingsplan/one";
            let plan = plan(arn, "2025-02-02T00:00:00.000Z", "2026-02-02T00:00:00.000Z", "active", "3.25");
            (200, format!(r#"{{"savingsPlans":[{plan}]}}"#))
        }
        ("memorydb:DescribeReservedNodes", "eu-west-1") => refusal("AccessDeniedException"),
        _ => nothing(asked),
    });
    let words = "commitments --live --regions eu-west-1,us-east-1 --as-of 2025-03-01";
    insta::assert_snapshot!(told(home.path(), &aws, words), @"
    [stdout]
    Known from     Commitment   Kind                   Owner          Type     Region      State at AWS   Ends         Together               In the bills / at AWS
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    ! unreadable                MemoryDB reservation   111122223333            eu-west-1                               not known
    live           one          Compute Savings Plan   111122223333   3.25/h               active         2026-02-02   newer than the bills

    Of no bill and of what AWS lists of 111122223333 in eu-west-1, us-east-1; as of 2025-03-01T00:00:00Z.
    NOT ALL: what is marked unreadable (1) could hold more. Of nothing in it is said that it is not there.
    [stderr]
    `other` is not looked through: it is not proved
    the lake holds no bill yet, so all of it is newer than the bills
    could not be read: MemoryDB reservation of 111122223333 in eu-west-1: the role may not look: memorydb:DescribeReservedNodes failed: AccessDeniedException: as told
    error: a part of what AWS lists could not be read, so what is shown is not all there is
    hint: `tenor access verify` says what a role lacks; --regions leaves out Regions that are not in use
    [exit 1]
    ");
    insta::assert_snapshot!(told(home.path(), &aws, &format!("{words} --format csv")), @"
    [stdout]
    known_from,id,kind,owner,type,region,live_state,verdict,differences,billed_end,live_start,live_end,billed_count,live_count,billed_hourly_commitment,live_hourly_commitment,note
    unreadable,,MemoryDB reservation,111122223333,,eu-west-1,,,,,,,,,,,the role may not look: memorydb:DescribeReservedNodes failed: AccessDeniedException: as told
    live,arn:aws:savingsplans::111122223333:savingsplan/one,Compute Savings Plan,111122223333,,,active,newer than the bills,,,2025-02-02T00:00:00Z,2026-02-02T00:00:00Z,,,,3.25,
    [stderr]
    `other` is not looked through: it is not proved
    the lake holds no bill yet, so all of it is newer than the bills
    could not be read: MemoryDB reservation of 111122223333 in eu-west-1: the role may not look: memorydb:DescribeReservedNodes failed: AccessDeniedException: as told
    error: a part of what AWS lists could not be read, so what is shown is not all there is
    hint: `tenor access verify` says what a role lacks; --regions leaves out Regions that are not in use
    [exit 1]
    ");
    insta::assert_snapshot!(told(home.path(), &aws, &format!("{words} --format json")), @r#"
    [stdout]
    {
      "from": null,
      "to": null,
      "as_of": "2025-03-01T00:00:00Z",
      "accounts": "111122223333",
      "regions": "eu-west-1, us-east-1",
      "is_whole": false,
      "unreadable": [
        {"account": "111122223333", "kind": "MemoryDB reservation", "region": "eu-west-1", "why": "the role may not look: memorydb:DescribeReservedNodes failed: AccessDeniedException: as told"}
      ],
      "commitments": [
        {"known_from": "live", "id": "arn:aws:savingsplans::111122223333:savingsplan/one", "kind": "Compute Savings Plan", "owner": "111122223333", "type": null, "region": null, "live_state": "active", "verdict": "newer than the bills", "differences": null, "billed_end": null, "live_start": "2025-02-02T00:00:00Z", "live_end": "2026-02-02T00:00:00Z", "billed_count": null, "live_count": null, "billed_hourly_commitment": null, "live_hourly_commitment": "3.25", "note": null}
      ]
    }
    [stderr]
    `other` is not looked through: it is not proved
    the lake holds no bill yet, so all of it is newer than the bills
    could not be read: MemoryDB reservation of 111122223333 in eu-west-1: the role may not look: memorydb:DescribeReservedNodes failed: AccessDeniedException: as told
    error: a part of what AWS lists could not be read, so what is shown is not all there is
    hint: `tenor access verify` says what a role lacks; --regions leaves out Regions that are not in use
    [exit 1]
    "#);
}

#[test]
fn an_account_that_lets_nobody_in_is_not_an_empty_one() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(nothing);
    insta::assert_snapshot!(told(home.path(), &aws, "commitments --live"), @"
    [stderr]
    error: there is no proved connection to look through
    hint: make one and prove it: tenor connect make, tenor connect prove
    [exit 1]
    ");
    connect(home.path(), "payer", "111122223333", false, "");
    insta::assert_snapshot!(told(home.path(), &aws, "commitments --live payer"), @"
    [stderr]
    error: connection `payer` is not proved
    hint: prove it first: tenor connect prove payer
    [exit 1]
    ");
    insta::assert_snapshot!(told(home.path(), &aws, "commitments --live nobody"), @"
    [stderr]
    error: there is no connection `nobody`
    hint: there are payer
    [exit 1]
    ");
    insta::assert_snapshot!(told(home.path(), &aws, "commitments --live payer --expiring 30d"), @"
    [stderr]
    error: the argument '--live [<CONNECTIONS>]' cannot be used with '--expiring <TIME>'

    Usage: tenor commitments --live [<CONNECTIONS>] --home <FOLDER>

    For more information, try '--help'.
    [exit 2]
    ");
    assert_eq!(aws.asked().len(), 0);
    // AWS's lists are of now, whichever endpoint one service has.
    connect(home.path(), "past", "333344445555", true, "");
    let variables = [("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent"), ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")];
    let ran = tenor_in(home.path(), "commitments --live past --as-of 2025-03-01".split(' '), &variables);
    insta::assert_snapshot!(ran, @"
    [stderr]
    error: AWS lists what is there now, and --as-of is another moment
    hint: leave --as-of out; beside --live it is for a sandbox, which has its own time
    [exit 1]
    ");
    // Nobody is at home, so no role is assumed.
    connect(home.path(), "proved", "222233334444", true, "");
    let variables = [("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")];
    let ran = tenor_in(home.path(), "commitments --live proved".split(' '), &variables);
    assert_eq!(ran.0.status.code(), Some(1), "{ran}");
    assert!(ran.to_string().contains("could not be read"), "{ran}");
}
