//! What `tenor commitments` and `tenor coverage` say of real and of simulated bills.

use crate::ran::tenor;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;
use tenor_money::Money;
use tenor_sandbox::{BillRequest, CommitmentTotals, Format, GroundTruth, write_bill};
use tenor_testkit::shared;

/// What `tenor` answers, or what it complains of.
fn told(home: &Path, arguments: &[&str]) -> String {
    let ran = tenor(home, arguments).0;
    let text = if ran.status.success() { ran.stdout } else { ran.stderr };
    String::from_utf8(text).unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(home, &[arguments, &["--format", "json"]].concat())).unwrap()
}

/// A home with a bill in it.
fn home_of(bill: &Path) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), [Path::new("import"), bill]);
    assert!(ran.0.status.success(), "{ran}");
    home
}

fn real(name: &str) -> Option<TempDir> {
    Some(home_of(&shared::path(&format!("data/{name}"))?))
}

fn simulated(request: &BillRequest) -> (TempDir, GroundTruth) {
    let folder = tempfile::tempdir().unwrap();
    let truth = write_bill(request, folder.path()).unwrap();
    (home_of(folder.path()), truth)
}

fn of<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("-")
}

fn amount(row: &Value, key: &str) -> Money {
    of(row, key).parse().unwrap()
}

fn rows(answer: &Value) -> &[Value] {
    answer["commitments"].as_array().unwrap()
}

#[test]
fn the_real_2018_reservations_have_their_golden_figures() {
    let Some(home) = real("cur/legacy-2018") else { return };
    let of_month = |month: &str| {
        let answer = json(home.path(), &["commitments", "--from", month, "--to", month, "--as-of", "2018-11-30"]);
        let rows = rows(&answer);
        let sum = |key: &str| rows.iter().map(|row| amount(row, key)).sum::<Money>();
        for key in ["list_cost_covered", "used_cost", "unused_cost", "net_savings", "amortized_cost"] {
            assert_eq!(sum(key), amount(&answer["total"], key), "{key}");
        }
        let first: Vec<_> =
            ["attention", "kind", "owner", "family", "type", "region", "payment_option", "utilization", "unused_cost", "unknown"]
                .iter()
                .map(|key| of(&rows[0], key))
                .collect();
        format!("{} {} to {}\n{}\n{}", rows.len(), answer["from"], answer["to"], answer["total"], first.join(" | "))
    };
    insta::assert_snapshot!(of_month("2018-10"), @"");
    insta::assert_snapshot!(of_month("2018-11"), @"");
}

#[test]
fn the_real_2018_reservations_are_listed_with_what_is_wasted_on_top() {
    let Some(home) = real("cur/legacy-2018") else { return };
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--as-of", "2018-11-30"]), @"");
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--as-of", "2019-03-31", "--expiring", "5d", "--to", "2018-10"]), @"");
}

#[test]
fn the_views_say_what_the_command_says() {
    let Some(home) = real("cur/legacy-2018") else { return };
    let views = "SELECT billing_period, ratio(sum(used), sum(held)) AS utilization, sum(unused_cost) AS unused FROM utilization \
                 GROUP BY billing_period ORDER BY billing_period";
    insta::assert_snapshot!(told(home.path(), &["sql", views, "--format", "csv"]), @"");
    let savings = "SELECT billing_period, spot, discounts, list_cost, cost, effective_savings_rate FROM savings ORDER BY 1, 2, 3";
    insta::assert_snapshot!(told(home.path(), &["sql", savings, "--format", "csv"]), @"");
    let lock_in = "SELECT sum(obligation) AS obligation, sum(cash) AS cash FROM lock_in WHERE billing_period = '2018-11'";
    let view = json(home.path(), &["sql", lock_in]);
    let command = json(home.path(), &["commitments", "--as-of", "2018-12-01"]);
    for key in ["obligation", "cash"] {
        assert_eq!(view[0][key], command["lock_in"][key], "{key}");
    }
    let coverage = "SELECT family, sum(eligible_list_cost) AS eligible_list_cost, sum(covered_list_cost) AS covered_list_cost, \
                    ratio(sum(covered_list_cost), sum(eligible_list_cost)) AS coverage FROM coverage WHERE billing_period = '2018-10' \
                    GROUP BY family ORDER BY 2 DESC";
    let view = json(home.path(), &["sql", coverage]);
    let command = json(home.path(), &["coverage", "--by", "family", "--from", "2018-10", "--to", "2018-10"]);
    for (view, command) in view.as_array().unwrap().iter().zip(command.as_array().unwrap()) {
        for key in ["family", "eligible_list_cost", "covered_list_cost"] {
            assert_eq!(view[key], command[key], "{key}");
        }
    }
}

#[test]
fn coverage_of_the_real_2018_bill_states_its_scope() {
    let Some(home) = real("cur/legacy-2018") else { return };
    insta::assert_snapshot!(told(home.path(), &["coverage", "--by", "family", "--from", "2018-10", "--to", "2018-10"]), @"");
    insta::assert_snapshot!(told(home.path(), &["coverage", "--granularity", "month", "--format", "json"]), @"");
    let hours =
        told(home.path(), &["coverage", "--granularity", "hour", "--from", "2018-10-09T20Z", "--to", "2018-10-09T22Z", "--format", "csv"]);
    insta::assert_snapshot!(hours, @"");
}

#[test]
fn unused_cost_goes_to_the_owner_or_to_who_used_the_rest() {
    let Some(home) = real("cur/legacy-2018") else { return };
    let charged = |unused_to: &str| told(home.path(), &["commitments", "--to", "2018-10", "--unused-to", unused_to, "--format", "csv"]);
    insta::assert_snapshot!(charged("owner"), @"");
    insta::assert_snapshot!(charged("beneficiaries"), @"");
    for unused_to in ["owner", "beneficiaries"] {
        let rows = json(home.path(), &["coverage", "--by", "account", "--unused-to", unused_to]);
        let sum: Money = rows.as_array().unwrap().iter().map(|row| amount(row, "unused_cost")).sum();
        assert_eq!(sum.to_string(), "92.21199915", "{unused_to}");
    }
}

#[test]
fn a_bill_without_commitments_says_so_and_a_daily_one_has_no_hours() {
    let Some(home) = real("cur/cur2-2026-04") else { return };
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--as-of", "2026-05-01"]), @"");
    insta::assert_snapshot!(told(home.path(), &["coverage", "--granularity", "hour"]), @"");
    insta::assert_snapshot!(told(home.path(), &["coverage", "--granularity", "day", "--by", "service", "--to", "2026-04-02"]), @"");
}

/// Every commitment's figures, against the truth that the bill was written from.
fn assert_true(home: &Path, truth: &GroundTruth) {
    for period in &truth.periods {
        let month = period.period.to_string();
        let answer = json(home, &["commitments", "--from", &month, "--to", &month, "--as-of", "2025-02-01"]);
        let found: BTreeMap<&str, &Value> = rows(&answer).iter().map(|row| (of(row, "id"), row)).collect();
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), period.commitments.keys().map(String::as_str).collect::<Vec<_>>());
        for (arn, CommitmentTotals { held, used, cost, used_cost, unused_cost, .. }) in &period.commitments {
            let row = found[arn.as_str()];
            let figures = [("amortized_cost", cost), ("used_cost", used_cost), ("unused_cost", unused_cost)];
            for (key, expected) in figures {
                assert_eq!(amount(row, key), *expected, "{arn} {key}");
            }
            let utilization = tenor_cover::inventory::Ratio::of_quantity(*used, *held).unwrap().to_string();
            assert_eq!(of(row, "utilization"), utilization, "{arn}");
        }
    }
}

#[test]
fn simulated_commitments_of_every_kind_have_their_true_figures() {
    for format in [Format::LegacyCsv, Format::Cur2Parquet, Format::FocusParquet] {
        let (home, truth) = simulated(&BillRequest { months: 2, ..BillRequest::small(format) });
        assert_true(home.path(), &truth);
    }
}

#[test]
fn simulated_plans_are_described() {
    let (home, _) = simulated(&BillRequest::small(Format::Cur2Parquet));
    let answer = json(home.path(), &["commitments", "--as-of", "2025-01-21"]);
    let keys = [
        "attention",
        "kind",
        "owner",
        "family",
        "region",
        "state",
        "held_per_hour",
        "unit",
        "start",
        "end",
        "payment_option",
        "returnable_until",
    ];
    let plans = rows(&answer).iter().filter(|row| of(row, "kind").ends_with("Plan"));
    let mut lines: Vec<_> = plans.map(|row| keys.map(|key| of(row, key)).join(" | ")).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @"");
}

#[test]
fn unused_cost_of_plans_is_shared_to_the_last_digit() {
    let (home, truth) = simulated(&BillRequest::small(Format::LegacyCsv));
    let unused: Money = truth.periods[0].commitments.values().map(|totals| totals.unused_cost).sum();
    let charged = json(home.path(), &["commitments", "--unused-to", "beneficiaries", "--as-of", "2025-02-01"]);
    let shared: Money = charged["unused"].as_array().unwrap().iter().map(|row| amount(row, "unused_cost")).sum();
    assert_eq!(shared, unused);
    for by in ["account", "account,family", "service", "family,region"] {
        for granularity in ["total", "day", "hour"] {
            let rows = json(home.path(), &["coverage", "--by", by, "--granularity", granularity, "--unused-to", "beneficiaries"]);
            let shared: Money = rows.as_array().unwrap().iter().map(|row| amount(row, "unused_cost")).sum();
            assert_eq!(shared, unused, "{by} {granularity}");
        }
    }
}

#[test]
fn private_discounts_are_in_the_rate_or_not() {
    let (home, _) = simulated(&BillRequest { discount_percent: Some(10), ..BillRequest::small(Format::Cur2Parquet) });
    let cost = |discounts: &str| {
        let rows = json(home.path(), &["coverage", "--spot", "include", "--discounts", discounts]);
        (amount(&rows[0], "commitment_cost"), amount(&rows[0], "on_demand_cost"), rows[0]["discounts"].clone())
    };
    let ((with, with_on_demand, said), (without, without_on_demand, _)) = (cost("include"), cost("exclude"));
    let tenth_off = |money: Money| money.share(9, 10, tenor_money::Rounding::HalfEven);
    assert_eq!((with, with_on_demand, said), (tenth_off(without), tenth_off(without_on_demand), "include".into()));
}

#[test]
fn bad_usage_of_commitments_and_coverage_is_told() {
    let home = tempfile::tempdir().unwrap();
    let runs: [&[&str]; 6] = [
        &["commitments"],
        &["commitments", "--as-of", "tomorrow"],
        &["commitments", "--expiring", "90"],
        &["coverage", "--by", "savings"],
        &["coverage", "--by", "family,family"],
        &["coverage", "--from", "2018-11", "--to", "2018-10"],
    ];
    let told: Vec<_> =
        runs.iter().map(|arguments| format!("tenor {}\n{}\n", arguments.join(" "), tenor(home.path(), *arguments))).collect();
    insta::assert_snapshot!(told.join("\n"), @"");
    let Some(home) = real("cur/legacy-2018") else { return };
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--from", "2018-10-05"]), @"");
}
