//! `tenor connect look`, end to end, before a Cost Explorer that answers as AWS documents it.

use crate::fake_aws::{Asked, Aws, Reply, refusal};
use crate::live::connect;
use crate::ran::{tenor, tenor_in};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tenor_state::{Claim, Lease};

/// The first day of the last whole month before what was asked about ends.
fn last_month(body: &Value) -> Date {
    let end: Date = body["TimePeriod"]["End"].as_str().unwrap()[..10].parse().unwrap();
    end.first_of_month().saturating_sub(1.month())
}

fn costs(body: &Value) -> Value {
    let month = last_month(body);
    let metric = |amount: &str| json!({"Amount": amount, "Unit": "USD"});
    let group = |key: &str, billed: &str, amortized: &str| json!({"Keys": [key], "Metrics": {"UnblendedCost": metric(billed), "AmortizedCost": metric(amortized)}});
    let slice = |day: Date, total: Value, groups: Value| json!({"TimePeriod": {"Start": day.to_string(), "End": day.to_string()}, "Total": total, "Groups": groups, "Estimated": true});
    let whole = |amount: &str| json!({"UnblendedCost": metric(amount), "AmortizedCost": metric(amount)});
    let slices = match (body["Granularity"].as_str().unwrap(), body["GroupBy"][0]["Key"].as_str()) {
        ("HOURLY", _) => vec![slice(month, whole("1.5"), json!([])), slice(month, whole("2.5"), json!([]))],
        (_, Some("SERVICE")) => vec![
            slice(month.saturating_sub(1.month()), json!({}), json!([group("Amazon S3", "7.25", "7.25")])),
            slice(month, json!({}), json!([group("Amazon S3", "1.10", "1.10"), group("Amazon EC2", "900.0000000001", "1000")])),
        ],
        _ => vec![slice(month, json!({}), json!([group("111122223333", "901.1000000001", "1001.1")]))],
    };
    json!({"ResultsByTime": slices})
}

fn documented(asked: &Asked) -> Reply {
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let month = |body: &Value| json!({"Start": last_month(body).to_string(), "End": last_month(body).to_string()});
    let answer = match asked.name.as_str() {
        "ce:GetCostAndUsage" => costs(&body),
        "ce:GetSavingsPlansCoverage" => json!({"SavingsPlansCoverages": [{"TimePeriod": month(&body), "Attributes": {}, "Coverage": {
            "SpendCoveredBySavingsPlans": "60", "OnDemandCost": "40", "TotalCost": "100", "CoveragePercentage": "60"}}]}),
        "ce:GetReservationCoverage" => return refusal("DataUnavailableException"),
        "ce:GetSavingsPlansPurchaseRecommendation" if body["SavingsPlansType"] == "COMPUTE_SP" => json!({
            "Metadata": {"RecommendationId": "r", "GenerationTimestamp": "2025-01-01T00:00:00Z"},
            "SavingsPlansPurchaseRecommendation": {"SavingsPlansPurchaseRecommendationDetails": [
                {"HourlyCommitmentToPurchase": "1.234", "EstimatedMonthlySavingsAmount": "250.5", "UpfrontCost": "0.0", "CurrencyCode": "USD"}]}}),
        "ce:GetReservationPurchaseRecommendation" if body["Service"] == "Amazon Relational Database Service" => json!({
            "Metadata": {"RecommendationId": "r"},
            "Recommendations": [{"RecommendationDetails": [{"AccountId": "111122223333", "InstanceDetails": {"RDSInstanceDetails": {
                "InstanceType": "db.r6g.large", "Region": "eu-west-1"}}, "RecommendedNumberOfInstancesToPurchase": "2",
                "EstimatedMonthlySavingsAmount": "40", "CurrencyCode": "USD"}]}]}),
        "ce:GetSavingsPlansPurchaseRecommendation" | "ce:GetReservationPurchaseRecommendation" => {
            json!({"Metadata": {"RecommendationId": "r"}})
        }
        other => panic!("nobody asked for {other}"),
    };
    (200, answer.to_string())
}

/// The months that the answers are of have names of their own here: tests run in any.
fn told(home: &Path, aws: &Aws, words: &str) -> String {
    let mut told = tenor_in(home, words.split(' '), &aws.variables()).to_string();
    let first = Timestamp::now().to_zoned(TimeZone::UTC).date().first_of_month();
    for (months, name) in [(1, "LAST-MONTH"), (2, "MONTH-BEFORE")] {
        told = told.replace(&first.saturating_sub(months.months()).to_string(), name);
    }
    told
}

#[test]
fn a_first_report_says_what_it_is_worth_and_what_it_cost() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(documented);
    connect(home.path(), "payer", "111122223333", true, "");
    insta::assert_snapshot!(told(home.path(), &aws, "connect look payer"), @"
    [stdout]
    Service      13 months   Last whole month   The same, amortized
    ─────────────────────────────────────────────────────────────────
    Amazon EC2      900.00             900.00              1,000.00
    Amazon S3         8.35               1.10                  1.10
    ─────────────────────────────────────────────────────────────────
    Total           908.35             901.10              1,001.10

    Account        13 months   Last whole month   The same, amortized
    ───────────────────────────────────────────────────────────────────
    111122223333      901.10             901.10              1,001.10
    ───────────────────────────────────────────────────────────────────
    Total             901.10             901.10              1,001.10

    Hours: 2 of the last days cost 1.50 at least, 2.00 on average, 2.50 at most.

    Covered by      Share (%)   Left on demand, last whole month
    ──────────────────────────────────────────────────────────────
    Savings Plans          60                              40.00
    Reservations

    AWS recommends, for a year                        Type           Region      Account        Count   An hour   Upfront   Saves a month
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Compute Savings Plan                                                                                   1.23      0.00          250.50
    reservation, Amazon Relational Database Service   db.r6g.large   eu-west-1   111122223333       2                               40.00

    Amounts are in USD.
    From AWS's Cost Explorer: of lower confidence than a bill, and never enough for an order. Import a bill to propose from.
    What AWS recommends of different kinds is for the same usage: it does not add up. DynamoDB is not asked about.
    Requests that AWS charges for: 15; price: 0.15 dollars.
    [exit 0]
    ");
    insta::assert_snapshot!(told(home.path(), &aws, "connect look payer --format csv"), @r#"
    [stdout]
    section,time,name,figure,value,unit,note
    service,MONTH-BEFORET00:00:00Z,Amazon S3,unblended_cost,7.25,USD,
    service,MONTH-BEFORET00:00:00Z,Amazon S3,amortized_cost,7.25,USD,
    service,LAST-MONTHT00:00:00Z,Amazon S3,unblended_cost,1.1,USD,
    service,LAST-MONTHT00:00:00Z,Amazon S3,amortized_cost,1.1,USD,
    service,LAST-MONTHT00:00:00Z,Amazon EC2,unblended_cost,900.0000000001,USD,
    service,LAST-MONTHT00:00:00Z,Amazon EC2,amortized_cost,1000,USD,
    account,LAST-MONTHT00:00:00Z,111122223333,unblended_cost,901.1000000001,USD,
    account,LAST-MONTHT00:00:00Z,111122223333,amortized_cost,1001.1,USD,
    hour,LAST-MONTHT00:00:00Z,all,unblended_cost,1.5,USD,
    hour,LAST-MONTHT00:00:00Z,all,amortized_cost,1.5,USD,
    hour,LAST-MONTHT00:00:00Z,all,unblended_cost,2.5,USD,
    hour,LAST-MONTHT00:00:00Z,all,amortized_cost,2.5,USD,
    coverage,LAST-MONTHT00:00:00Z,Savings Plans,covered,60,percent,
    coverage,LAST-MONTHT00:00:00Z,Savings Plans,on_demand_cost,40,USD,
    recommendation,,Compute Savings Plan,hourly_commitment,1.234,USD,
    recommendation,,Compute Savings Plan,upfront,0,USD,
    recommendation,,Compute Savings Plan,monthly_savings,250.5,USD,
    recommendation,,"reservation, Amazon Relational Database Service, db.r6g.large, eu-west-1, 111122223333",count,2,,
    recommendation,,"reservation, Amazon Relational Database Service, db.r6g.large, eu-west-1, 111122223333",monthly_savings,40,USD,
    no answer,,coverage by reservations,,,,Cost Explorer has nothing about it
    [stderr]
    From AWS's Cost Explorer: of lower confidence than a bill, and never enough for an order. Import a bill to propose from. What AWS recommends of different kinds is for the same usage: it does not add up. DynamoDB is not asked about. Requests that AWS charges for: 15; price: 0.15 dollars.
    [exit 0]
    "#);
    assert_eq!(aws.asked().iter().filter(|asked| asked.name.starts_with("ce:")).count(), 2 * 15);
    let lake = home.path().join("lake");
    assert!(!lake.exists(), "nothing of it is a bill");
}

#[test]
fn the_months_budget_is_kept_from_run_to_run() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(documented);
    connect(home.path(), "payer", "111122223333", true, "");
    let first = told(home.path(), &aws, "connect look payer --format json --calls-max 0.16");
    assert!(first.contains("\"requests\": 15,\n  \"price\": \"0.15\"") && first.ends_with("[exit 0]"), "{first}");
    let second = told(home.path(), &aws, "connect look payer --format csv --calls-max 0.16");
    assert_eq!(aws.asked().iter().filter(|asked| asked.name.starts_with("ce:")).count(), 16);
    let lines: Vec<_> = second.lines().filter(|line| !line.starts_with("service,") && !line.starts_with("no answer")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    [stdout]
    section,time,name,figure,value,unit,note
    [stderr]
    From AWS's Cost Explorer: of lower confidence than a bill, and never enough for an order. Import a bill to propose from. What AWS recommends of different kinds is for the same usage: it does not add up. DynamoDB is not asked about. Requests that AWS charges for: 1; price: 0.01 dollars.
    error: 14 questions to Cost Explorer have no answer, so what is shown is not all
    hint: raise --calls-max, or wait for the next month
    [exit 1]
    ");
}

#[test]
fn runs_side_by_side_keep_to_one_budget() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(documented);
    connect(home.path(), "payer", "111122223333", true, "");
    let look = || told(home.path(), &aws, "connect look payer --format csv --calls-max 0.20");
    let (one, other) = std::thread::scope(|scope| {
        let first = scope.spawn(look);
        (look(), first.join().unwrap())
    });
    // Each writes before it asks: whoever waited too long for the other to write has asked less.
    let asked = aws.asked().iter().filter(|asked| asked.name.starts_with("ce:")).count();
    assert!((1..=20).contains(&asked), "{asked}: {one}\n{other}");
    assert!([one, other].iter().any(|told| told.ends_with("[exit 1]")));
}

#[test]
fn what_a_call_costs_is_not_spent_where_it_cannot_be_counted() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(documented);
    connect(home.path(), "payer", "111122223333", true, "");
    let database = home.path().join("state").join("tenor.db");
    std::fs::write(&database, "no database").unwrap();
    let told = told(home.path(), &aws, "connect look payer");
    assert!(told.ends_with("[exit 1]") && !told.contains("--calls-max"), "{told}");
    assert!(aws.asked().is_empty());
}

#[test]
fn figures_of_two_currencies_are_not_added_up() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(|asked| {
        let (status, body) = documented(asked);
        let is_by_account = asked.body.contains("LINKED_ACCOUNT");
        (status, if is_by_account { body.replace("USD", "CNY") } else { body })
    });
    connect(home.path(), "payer", "111122223333", true, "");
    let told = told(home.path(), &aws, "connect look payer");
    assert!(told.contains("figures are in CNY and USD, which do not add up: each stands by itself"), "{told}");
    assert!(told.contains("901.1000000001") && told.contains("Requests that AWS charges for: 15; price: 0.15 dollars."), "{told}");
}

/// Whether another process could write to the home's state now.
fn is_free(home: &Path) -> bool {
    Lease::take(home, &Claim::of_this_process("test", Duration::ZERO), Timestamp::now()).is_ok()
}

#[test]
fn others_may_write_while_aws_is_asked() {
    let home = tempfile::tempdir().unwrap();
    connect(home.path(), "payer", "111122223333", true, "");
    let (free, place) = (Arc::new(AtomicBool::new(true)), home.path().to_owned());
    let seen = Arc::clone(&free);
    let aws = Aws::start_with(documented, move || seen.store(is_free(&place), Ordering::SeqCst));
    for words in ["connect look payer", "connect prove payer"] {
        told(home.path(), &aws, words);
        assert!(free.load(Ordering::SeqCst), "{words}");
    }
}

#[test]
fn what_is_found_of_a_connection_that_is_gone_meanwhile_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    connect(home.path(), "payer", "111122223333", false, "");
    let place = home.path().to_owned();
    let forget = move || {
        tenor(&place, ["connect", "forget", "payer"]);
    };
    let aws = Aws::start_with(documented, forget);
    insta::assert_snapshot!(told(home.path(), &aws, "connect prove payer"), @"
    [stderr]
    what follows could not be kept: connection `payer` was forgotten while AWS was asked
    error: connection `payer` is not proved: the role can be assumed without an External ID: its trust policy does not ask for one
    hint: update the role from this connection's template; until then it is not used
    [exit 1]
    ");
}

#[test]
fn a_member_account_is_asked_about_itself_alone() {
    let home = tempfile::tempdir().unwrap();
    let aws = Aws::start(|asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        match (asked.name.as_str(), body["Granularity"].as_str()) {
            ("ce:GetCostAndUsage", Some("HOURLY")) => {
                (400, r#"{"__type":"ValidationException","message":"Hourly granularity is not enabled"}"#.to_owned())
            }
            ("ce:GetSavingsPlansCoverage", _) => refusal("AccessDeniedException"),
            _ => documented(asked),
        }
    });
    connect(home.path(), "member", "222233334444", true, " --member");
    let told = told(home.path(), &aws, "connect look member");
    let (_, stderr) = told.split_once("[stderr]").unwrap();
    insta::assert_snapshot!(stderr, @"

    account 222233334444 is a member: it sees its own costs alone, and those only where the payer lets members use Cost Explorer
    no answer: coverage by Savings Plans: the role may not ask: ce:GetSavingsPlansCoverage failed: AccessDeniedException: as told
    error: a question to Cost Explorer has no answer, so what is shown is not all
    hint: `tenor access verify` says what the role lacks
    [exit 1]
    ");
    assert!(told.contains("Hours: hours are not switched on"), "{told}");
    let scopes: Vec<_> =
        aws.asked().iter().filter(|asked| asked.name.contains("Recommendation")).map(|asked| asked.body.contains("LINKED")).collect();
    assert_eq!(scopes, [true; 10]);
}

#[test]
fn what_is_not_proved_or_has_no_cost_explorer_is_not_looked_into() {
    let home = tempfile::tempdir().unwrap();
    connect(home.path(), "payer", "111122223333", false, "");
    let out = home.path().join("gov");
    let words = format!(
        "connect make gov --tier trial --account 111122223333 --partition aws-us-gov --trusted arn:aws-us-gov:iam::999988887777:user/caller --out {}",
        out.display()
    );
    tenor(home.path(), words.split(' '));
    insta::assert_snapshot!(["payer", "gov"].map(|name| tenor(home.path(), ["connect", "look", name]).to_string()).join("\n"), @"
    [stderr]
    error: connection `payer` is not proved
    hint: prove it first: tenor connect prove payer
    [exit 1]
    [stderr]
    error: `gov` has no Cost Explorer to look into
    hint: AWS has no `ce` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    [exit 1]
    ");
}
