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

/// One import for all that is asked of it: the bill is large.
#[test]
fn the_real_2018_bill_tells_what_was_held_and_what_it_was_worth() {
    let Some(home) = real("cur/legacy-2018") else { return };
    the_real_2018_reservations_have_their_golden_figures(home.path());
    the_real_2018_reservations_are_listed_with_what_is_wasted_on_top(home.path());
    the_views_say_what_the_command_says(home.path());
    coverage_of_the_real_2018_bill_states_its_scope(home.path());
    unused_cost_goes_to_the_owner_or_to_who_used_the_rest(home.path());
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--from", "2018-10-05"]), @"
    [stderr]
    error: 2018-10-05T00:00:00Z until now is not made of whole billing periods
    hint: name months, as 2018-10; `tenor sql --format csv` gives any other time
    [exit 1]
    ");
}

fn the_real_2018_reservations_have_their_golden_figures(home: &Path) {
    let of_month = |month: &str| {
        let answer = json(home, &["commitments", "--from", month, "--to", month, "--as-of", "2018-11-30"]);
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
    insta::assert_snapshot!(of_month("2018-10"), @r#"
    9 "2018-10" to "2018-10"
    {"amortized_cost":"281.24935678","commitments":9,"list_cost_covered":"338.0206064496","net_savings":"56.7712496696","unused_cost":"48.99556079","used_cost":"232.25379599","utilization":"0.7909","utilization_by":"normalized hours"}
    wasted | EC2 reservation | 836060457634 | c4 | c4.large | us-east-1 | Partial Upfront | 0.0000 | 44.6569863 | offering class
    "#);
    insta::assert_snapshot!(of_month("2018-11"), @r#"
    9 "2018-11" to "2018-11"
    {"amortized_cost":"274.61687837","commitments":9,"list_cost_covered":"336.24","net_savings":"61.62312163","unused_cost":"43.21643836","used_cost":"231.40044001","utilization":"0.8049","utilization_by":"normalized hours"}
    wasted | EC2 reservation | 836060457634 | c4 | c4.large | us-east-1 | Partial Upfront | 0.0000 | 43.21643836 | offering class
    "#);
}

fn the_real_2018_reservations_are_listed_with_what_is_wasted_on_top(home: &Path) {
    insta::assert_snapshot!(tenor(home, ["commitments", "--as-of", "2018-11-30"]), @"
    [stdout]
    Attention   Commitment                             Kind              Owner          Type           Region      Ends         Cost (USD)   Unused   Utilization   Breaks even   Net savings   Way out
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    ! wasted    3a2944f2-fbdc-4f9a-86f7-4b83dc6e058a   EC2 reservation   836060457634   1 x c4.large   us-east-1   2019-04-24        87.87    87.87         0.00%                      -87.87
    idle        2dbc59ec-6e3c-404a-b6c3-ec308c3d56fd   EC2 reservation   836060457634   1 x t2.micro   us-east-1   2019-10-09        14.75     3.96        73.18%        72.84%          0.07   resell
    idle        041bc7b7-802b-43c3-a6b1-3fb5e69135aa   EC2 reservation   836060457634   1 x t2.micro   us-east-1   2019-08-13        12.15     0.38        96.86%        71.55%          4.30   exchange
    fine        28b7acb4-6ba7-4ade-9fad-c385beb7d4bc   EC2 reservation   836060457634   1 x t2.small   us-east-1   2019-04-03        19.98     0.00       100.00%        58.83%         13.98   resell
    fine        2a64512a-6eea-493f-967b-cd946b6e496d   EC2 reservation   836060457634   2 x c5.large   us-east-1   2019-04-03       150.66     0.00       100.00%        60.54%         98.22   resell
    fine        766cbd37-5005-4d0e-a7bc-a1f7a79c3865   EC2 reservation   836060457634   2 x t2.nano    us-east-1   2019-04-03         9.99     0.00       100.00%        58.83%          6.99   resell
    fine        9eb89604-e4b9-41eb-b46d-2b178bc4a397   EC2 reservation   836060457634   3 x t2.micro   us-east-1   2019-04-03        29.97     0.00       100.00%        58.83%         20.97   resell
    fine        c1a6599c-87a4-4c87-ad72-67dd9b01f1e3   EC2 reservation   836060457634   1 x t2.micro   us-east-1   2019-08-13        10.54     0.00       100.00%        62.07%          6.44   resell
    fine        e5d82234-6933-4412-9f36-c9fcca2a5ce1   EC2 reservation   836060457634   1 x m5.large   us-east-1   2019-04-03       219.93     0.00       100.00%        79.91%         55.30   resell
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                                                                                                                           555.87    92.21        79.78%                      118.39

    Of the bills of 2018-10 to 2018-11; terms as of 2018-11-30T00:00:00Z.
    Lock-in: 1,268.93 USD to the ends of the terms, of it 727.69 USD still to be paid, 4.5574 months on average by cost.
    [stderr]
    the bills do not tell: offering class of 1
    [exit 0]
    ");
    insta::assert_snapshot!(tenor(home, ["commitments", "--as-of", "2019-03-31", "--expiring", "5d", "--to", "2018-10"]), @"
    [stdout]
    Attention   Commitment                             Kind              Owner          Type           Region      Ends         Cost (USD)   Unused   Utilization   Breaks even   Net savings   Way out
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    expiring    28b7acb4-6ba7-4ade-9fad-c385beb7d4bc   EC2 reservation   836060457634   1 x t2.small   us-east-1   2019-04-03        10.16     0.00       100.00%        58.83%          7.11
    expiring    2a64512a-6eea-493f-967b-cd946b6e496d   EC2 reservation   836060457634   2 x c5.large   us-east-1   2019-04-03        76.57     0.00       100.00%        60.54%         49.91
    expiring    766cbd37-5005-4d0e-a7bc-a1f7a79c3865   EC2 reservation   836060457634   2 x t2.nano    us-east-1   2019-04-03         5.08     0.00       100.00%        58.83%          3.55
    expiring    9eb89604-e4b9-41eb-b46d-2b178bc4a397   EC2 reservation   836060457634   3 x t2.micro   us-east-1   2019-04-03        15.23     0.00       100.00%        58.83%         10.66
    expiring    e5d82234-6933-4412-9f36-c9fcca2a5ce1   EC2 reservation   836060457634   1 x m5.large   us-east-1   2019-04-03       111.77     0.00       100.00%        79.91%         28.10
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                                                                                                                           218.80     0.00       100.00%                       99.33

    Of the bills of 2018-10; terms as of 2019-03-31T00:00:00Z.
    Lock-in: 21.57 USD to the ends of the terms, of it 10.81 USD still to be paid, 0.1005 months on average by cost.
    [exit 0]
    ");
}

fn the_views_say_what_the_command_says(home: &Path) {
    let views = "SELECT billing_period, ratio(sum(used), sum(held)) AS utilization, sum(unused_cost) AS unused FROM utilization \
                 GROUP BY billing_period ORDER BY billing_period";
    insta::assert_snapshot!(told(home, &["sql", views, "--format", "csv"]), @"
    billing_period,utilization,unused
    2018-10,0.7909,48.99556079
    2018-11,0.8049,43.21643836
    ");
    let savings = "SELECT billing_period, spot, discounts, list_cost, cost, effective_savings_rate FROM savings ORDER BY 1, 2, 3";
    insta::assert_snapshot!(told(home, &["sql", savings, "--format", "csv"]), @"
    billing_period,spot,discounts,list_cost,cost,effective_savings_rate
    2018-10,exclude,exclude,1553.354855302,1486.6932056324,0.0429
    2018-10,exclude,include,1553.354855302,1486.6932056324,0.0429
    2018-10,include,exclude,1553.354855302,1486.6932056324,0.0429
    2018-10,include,include,1553.354855302,1486.6932056324,0.0429
    2018-11,exclude,exclude,1380.4446149302,1308.9688533012,0.0518
    2018-11,exclude,include,1380.4446149302,1308.9688533012,0.0518
    2018-11,include,exclude,1380.4446149302,1308.9688533012,0.0518
    2018-11,include,include,1380.4446149302,1308.9688533012,0.0518
    ");
    let lock_in = "SELECT sum(obligation) AS obligation, sum(cash) AS cash, \
                   ratio(sum(hourly_cost * remaining_seconds), sum(hourly_cost) * 2628000) AS weighted_months \
                   FROM lock_in WHERE billing_period = '2018-11'";
    let view = json(home, &["sql", lock_in]);
    let command = json(home, &["commitments", "--as-of", "2018-12-01"]);
    for key in ["obligation", "cash", "weighted_months"] {
        assert_eq!(amount(&view[0], key), amount(&command["lock_in"], key), "{key}");
    }
    let coverage = "SELECT family, sum(eligible_list_cost) AS eligible_list_cost, sum(covered_list_cost) AS covered_list_cost, \
                    ratio(sum(covered_list_cost), sum(eligible_list_cost)) AS coverage FROM coverage WHERE billing_period = '2018-10' \
                    GROUP BY family ORDER BY 2 DESC";
    let view = json(home, &["sql", coverage]);
    let command = json(home, &["coverage", "--by", "family", "--from", "2018-10", "--to", "2018-10"]);
    for (view, command) in view.as_array().unwrap().iter().zip(command.as_array().unwrap()) {
        for key in ["family", "eligible_list_cost", "covered_list_cost"] {
            assert_eq!(view[key], command[key], "{key}");
        }
    }
}

fn coverage_of_the_real_2018_bill_states_its_scope(home: &Path) {
    insta::assert_snapshot!(told(home, &["coverage", "--by", "family", "--from", "2018-10", "--to", "2018-10"]), @"
    Family   Eligible at list (USD)   Covered at list   Coverage   Of hours   Commitments cost   Unused   Utilization   On demand   Savings   ESR without Spot, with private discounts
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    db.r4                    431.52              0.00      0.00%      0.00%               0.00     0.00                    431.52      0.00                                      0.00%
    c5                       281.52            126.48     44.93%     44.93%              76.57     0.00       100.00%      155.04     49.91                                     17.73%
    m5                       279.74            139.87     50.00%     50.00%             111.77     0.00       100.00%      139.87     28.10                                     10.05%
    db.m4                    260.40              0.00      0.00%      0.00%               0.00     0.00                    260.40      0.00                                      0.00%
    t2                       151.35             71.67     47.35%     47.41%              48.26     4.34        91.01%       69.79     33.30                                     22.00%
    m4                       148.80              0.00      0.00%      0.00%               0.00     0.00                    148.80      0.00                                      0.00%
    t3                         0.02              0.00      0.00%      0.00%               0.00     0.00                      0.02      0.00                                      0.00%
    c4                         0.00              0.00                                    44.66    44.66         0.00%        0.00    -44.66
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                  1,553.35            338.02     21.76%     27.54%             281.25    49.00        82.58%    1,205.44     66.66                                      4.29%
    ");
    insta::assert_snapshot!(told(home, &["coverage", "--granularity", "month", "--format", "json"]), @r#"
    [
      {"billing_period": "2018-10", "eligible_list_cost": "1553.354855302", "covered_list_cost": "338.0206064496", "coverage": "0.2176", "eligible_hours": "16899.980558", "covered_hours": "6177.500556", "coverage_of_hours": "0.2754", "commitment_cost": "281.24935678", "unused_cost": "48.99556079", "utilization": "0.8258", "on_demand_cost": "1205.4438488524", "savings": "66.6616496696", "effective_savings_rate": "0.0429", "spot": "exclude", "discounts": "include"},
      {"billing_period": "2018-11", "eligible_list_cost": "1380.4446149302", "covered_list_cost": "336.24", "coverage": "0.2436", "eligible_hours": "15865.053888", "covered_hours": "4275", "coverage_of_hours": "0.2914", "commitment_cost": "274.61687837", "unused_cost": "43.21643836", "utilization": "0.8426", "on_demand_cost": "1034.3519749312", "savings": "71.475761629", "effective_savings_rate": "0.0518", "spot": "exclude", "discounts": "include"}
    ]
    "#);
    insta::assert_snapshot!(tenor(home, ["coverage", "--spot", "include", "--from", "2018-11", "--format", "csv"]), @"
    [stdout]
    eligible_list_cost,covered_list_cost,coverage,eligible_hours,covered_hours,coverage_of_hours,commitment_cost,unused_cost,utilization,on_demand_cost,savings,effective_savings_rate,spot,discounts
    1380.4446149302,336.24,0.2436,15865.053888,4275,0.2914,274.61687837,43.21643836,0.8426,1034.3519749312,71.475761629,0.0518,include,include
    [stderr]
    not counted: Spot for 39.0827689999 USD, to which the bills give no on-demand price
    [exit 0]
    ");
    let hours = told(home, &["coverage", "--granularity", "hour", "--from", "2018-10-09T20Z", "--to", "2018-10-09T22Z", "--format", "csv"]);
    insta::assert_snapshot!(hours, @"
    hour,eligible_list_cost,covered_list_cost,coverage,eligible_hours,covered_hours,coverage_of_hours,commitment_cost,unused_cost,utilization,on_demand_cost,savings,effective_savings_rate,spot,discounts
    2018-10-09T20:00:00Z,1.981,0.4508,0.2276,22,11.5,0.2977,0.30958951,0,,1.517,,,exclude,include
    2018-10-09T21:00:00Z,1.9972,0.467,0.2338,23,12.5,0.3041,0.32138951,0,,1.517,,,exclude,include
    2018-10-09T22:00:00Z,1.9972,0.467,0.2338,23,12.5,0.3041,0.32138951,0,,1.517,,,exclude,include
    ");
}

fn unused_cost_goes_to_the_owner_or_to_who_used_the_rest(home: &Path) {
    let charged = |unused_to: &str| told(home, &["commitments", "--to", "2018-10", "--unused-to", unused_to, "--format", "csv"]);
    insta::assert_snapshot!(charged("owner"), @"
    id,billing_period,charged_to,used,used_cost,unused_cost
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/041bc7b7-802b-43c3-a6b1-3fb5e69135aa,2018-10,011254002932,96.500278,1.6019046,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/041bc7b7-802b-43c3-a6b1-3fb5e69135aa,2018-10,836060457634,252.5,4.1915,0.38179539
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/28b7acb4-6ba7-4ade-9fad-c385beb7d4bc,2018-10,011254002932,59.749722,0.81554307,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/28b7acb4-6ba7-4ade-9fad-c385beb7d4bc,2018-10,836060457634,684.250278,9.33955095,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/2a64512a-6eea-493f-967b-cd946b6e496d,2018-10,836060457634,5952,76.56745056,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/2dbc59ec-6e3c-404a-b6c3-ec308c3d56fd,2018-10,011254002932,97.5,2.301,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/2dbc59ec-6e3c-404a-b6c3-ec308c3d56fd,2018-10,836060457634,0,0,3.9567791
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/3a2944f2-fbdc-4f9a-86f7-4b83dc6e058a,2018-10,836060457634,0,0,44.6569863
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/766cbd37-5005-4d0e-a7bc-a1f7a79c3865,2018-10,836060457634,372,5.07754699,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/9eb89604-e4b9-41eb-b46d-2b178bc4a397,2018-10,836060457634,1116,15.23263718,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/c1a6599c-87a4-4c87-ad72-67dd9b01f1e3,2018-10,011254002932,119.5,1.7208,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/c1a6599c-87a4-4c87-ad72-67dd9b01f1e3,2018-10,836060457634,252.5,3.636,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/e5d82234-6933-4412-9f36-c9fcca2a5ce1,2018-10,836060457634,2976,111.76986264,0
    ");
    insta::assert_snapshot!(charged("beneficiaries"), @"
    id,billing_period,charged_to,used,used_cost,unused_cost
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/041bc7b7-802b-43c3-a6b1-3fb5e69135aa,2018-10,011254002932,96.500278,1.6019046,0.105568286321
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/041bc7b7-802b-43c3-a6b1-3fb5e69135aa,2018-10,836060457634,252.5,4.1915,0.276227103679
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/28b7acb4-6ba7-4ade-9fad-c385beb7d4bc,2018-10,011254002932,59.749722,0.81554307,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/28b7acb4-6ba7-4ade-9fad-c385beb7d4bc,2018-10,836060457634,684.250278,9.33955095,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/2a64512a-6eea-493f-967b-cd946b6e496d,2018-10,836060457634,5952,76.56745056,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/2dbc59ec-6e3c-404a-b6c3-ec308c3d56fd,2018-10,011254002932,97.5,2.301,3.9567791
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/3a2944f2-fbdc-4f9a-86f7-4b83dc6e058a,2018-10,836060457634,0,0,44.6569863
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/766cbd37-5005-4d0e-a7bc-a1f7a79c3865,2018-10,836060457634,372,5.07754699,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/9eb89604-e4b9-41eb-b46d-2b178bc4a397,2018-10,836060457634,1116,15.23263718,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/c1a6599c-87a4-4c87-ad72-67dd9b01f1e3,2018-10,011254002932,119.5,1.7208,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/c1a6599c-87a4-4c87-ad72-67dd9b01f1e3,2018-10,836060457634,252.5,3.636,0
    arn:aws:ec2:us-east-1:836060457634:reserved-instances/e5d82234-6933-4412-9f36-c9fcca2a5ce1,2018-10,836060457634,2976,111.76986264,0
    ");
    for unused_to in ["owner", "beneficiaries"] {
        let rows = json(home, &["coverage", "--by", "account", "--unused-to", unused_to]);
        let sum: Money = rows.as_array().unwrap().iter().map(|row| amount(row, "unused_cost")).sum();
        assert_eq!(sum.to_string(), "92.21199915", "{unused_to}");
    }
}

#[test]
fn a_bill_without_commitments_says_so_and_a_daily_one_has_no_hours() {
    let Some(home) = real("cur/cur2-2026-04") else { return };
    insta::assert_snapshot!(tenor(home.path(), ["commitments", "--as-of", "2026-05-01"]), @"
    [stdout]
    Attention   Commitment   Kind   Owner   Type   Region   Ends   Cost   Unused   Utilization   Breaks even   Net savings   Way out
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    Of the bills of 2026-04; terms as of 2026-05-01T00:00:00Z.
    [stderr]
    the bills of 2026-04 show no commitment
    [exit 0]
    ");
    insta::assert_snapshot!(told(home.path(), &["coverage", "--granularity", "hour"]), @"
    error: the bill of 2026-04 for payer 111122223333 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows
    ");
    insta::assert_snapshot!(told(home.path(), &["coverage", "--granularity", "day", "--by", "service", "--to", "2026-04-02"]), @"
    Day (UTC)    Service                              Eligible at list (USD)   Covered at list   Coverage   Of hours   Commitments cost   Unused   Utilization   On demand   Savings   ESR without Spot, with private discounts
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    2026-04-01   Amazon Elastic Compute Cloud                           0.50              0.00      0.00%      0.00%               0.00     0.00                      0.50      0.00                                      0.00%
    2026-04-01   Amazon Relational Database Service                     0.41              0.00      0.00%      0.00%               0.00     0.00                      0.41      0.00                                      0.00%
    2026-04-02   Amazon Elastic Compute Cloud                           0.50              0.00      0.00%      0.00%               0.00     0.00                      0.50      0.00                                      0.00%
    2026-04-02   Amazon Relational Database Service                     0.41              0.00      0.00%      0.00%               0.00     0.00                      0.41      0.00                                      0.00%
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                                                               1.81              0.00      0.00%      0.00%               0.00     0.00                      1.81      0.00                                      0.00%
    ");
}

#[test]
fn a_bill_that_lacks_what_commitments_cost_shows_no_savings() {
    let Some(home) = real("focus/FOCUS-1.0_focus_sample.csv") else { return };
    insta::assert_snapshot!(tenor(home.path(), ["coverage", "--format", "csv"]), @"
    [stdout]
    eligible_list_cost,covered_list_cost,coverage,eligible_hours,covered_hours,coverage_of_hours,commitment_cost,unused_cost,utilization,on_demand_cost,savings,effective_savings_rate,spot,discounts
    0.1426790222,0.1426790222,1.0000,0,0,,0,0,,0,,,exclude,include
    [stderr]
    not counted: 993 charges of usage that do not tell what they are of, 22.86192672899 USD at list prices
    no utilization and no savings: 4 covered charges lack what the commitment cost
    [exit 0]
    ");
    let savings = "SELECT billing_period, list_cost, cost, savings, effective_savings_rate FROM savings \
                   WHERE spot = 'exclude' AND discounts = 'include' AND cost IS NULL";
    insta::assert_snapshot!(told(home.path(), &["sql", savings, "--format", "csv"]), @"
    billing_period,list_cost,cost,savings,effective_savings_rate
    2024-09,0.1426790222,,,
    ");
}

#[test]
fn rules_on_ways_out_are_options() {
    let (home, _) = simulated(&BillRequest::small(Format::Cur2Parquet));
    let returnable = |options: &[&str]| {
        let answer = json(home.path(), &[&["commitments", "--as-of", "2025-01-21"], options].concat());
        rows(&answer).iter().filter(|row| row["returnable_until"].is_string()).count()
    };
    let counts = [returnable(&[]), returnable(&["--return-days-max", "14"]), returnable(&["--return-hourly-max", "0.1"])];
    insta::assert_snapshot!(format!("{counts:?}"), @"[2, 4, 1]");
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
        // The views decide in SQL what the core decides in Rust: they say the same of every commitment.
        let views = format!(
            "SELECT u.commitment_id AS id, u.utilization, c.net_savings FROM utilization u JOIN commitments c \
             ON u.commitment_id = c.commitment_id AND u.billing_period = c.billing_period WHERE c.billing_period = '{month}'"
        );
        let views = json(home, &["sql", &views]);
        for view in views.as_array().unwrap() {
            let row = found[of(view, "id")];
            for key in ["utilization", "net_savings"] {
                let told = |row: &Value| row[key].as_str().map(|text| text.parse::<Money>().unwrap());
                assert_eq!(told(view), told(row), "{key} of {}", of(view, "id"));
            }
        }
        assert_eq!(views.as_array().unwrap().len(), found.len());
    }
}

#[test]
fn simulated_commitments_of_every_kind_have_their_true_figures() {
    for (format, months) in [(Format::LegacyCsv, 2), (Format::Cur2Parquet, 1), (Format::FocusParquet, 1)] {
        let (home, truth) = simulated(&BillRequest { months, ..BillRequest::small(format) });
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
    insta::assert_snapshot!(lines.join("\n"), @"
    fine | Database Savings Plan | 450174235868 | - | - | active | 1.278 | USD | 2024-12-12T07:00:00Z | 2025-12-12T07:00:00Z | No Upfront | -
    idle | Compute Savings Plan | 113419221001 | - | - | active | 0.128 | USD | 2023-11-28T00:00:00Z | 2026-11-27T00:00:00Z | No Upfront | -
    idle | Compute Savings Plan | 274885435539 | - | - | active | 0.124 | USD | 2025-01-20T09:00:00Z | 2026-01-20T09:00:00Z | All Upfront | 2025-01-27T09:00:00Z
    idle | Compute Savings Plan | 657232072960 | - | - | active | 0.196 | USD | 2024-09-23T05:00:00Z | 2025-09-23T05:00:00Z | Partial Upfront | -
    idle | EC2 Instance Savings Plan | 450174235868 | c6i | eu-west-1 | active | 0.052 | USD | 2024-12-02T00:00:00Z | 2027-12-02T00:00:00Z | Partial Upfront | -
    idle | SageMaker Savings Plan | 598994263142 | - | - | active | 0.102 | USD | 2025-01-05T03:00:00Z | 2028-01-05T03:00:00Z | Partial Upfront | -
    idle | SageMaker Savings Plan | 804121442660 | - | - | active | 0.144 | USD | 2024-11-02T00:00:00Z | 2025-11-02T00:00:00Z | No Upfront | -
    losing | Database Savings Plan | 804121442660 | - | - | active | 3.836 | USD | 2025-01-13T00:00:00Z | 2026-01-13T00:00:00Z | No Upfront | -
    losing | EC2 Instance Savings Plan | 274885435539 | g4dn | us-west-2 | active | 0.032 | USD | 2025-01-18T00:00:00Z | 2026-01-18T00:00:00Z | Partial Upfront | 2025-01-25T00:00:00Z
    losing | EC2 Instance Savings Plan | 274885435539 | m5 | us-east-1 | active | 0.076 | USD | 2025-01-11T14:00:00Z | 2026-01-11T14:00:00Z | No Upfront | -
    wasted | EC2 Instance Savings Plan | 113419221001 | r6g | eu-west-1 | active | 0.006 | USD | 2024-04-26T00:00:00Z | 2025-04-26T00:00:00Z | All Upfront | -
    ");
}

#[test]
fn unused_cost_of_plans_is_shared_to_the_last_digit() {
    let (home, truth) = simulated(&BillRequest::small(Format::LegacyCsv));
    let unused: Money = truth.periods[0].commitments.values().map(|totals| totals.unused_cost).sum();
    let charged = json(home.path(), &["commitments", "--unused-to", "beneficiaries", "--as-of", "2025-02-01"]);
    let shared: Money = charged["unused"].as_array().unwrap().iter().map(|row| amount(row, "unused_cost")).sum();
    assert_eq!(shared, unused);
    for by in ["account,family", "service"] {
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
    insta::assert_snapshot!(told.join("\n"), @"
    tenor commitments
    [stderr]
    error: the lake holds no bill yet
    hint: import one first: tenor import SOURCE
    [exit 1]

    tenor commitments --as-of tomorrow
    [stderr]
    error: invalid value 'tomorrow' for '--as-of <DATE>': write it as 2018-11-30 or 2018-11-30T12:00:00Z

    For more information, try '--help'.
    [exit 2]

    tenor commitments --expiring 90
    [stderr]
    error: invalid value '90' for '--expiring <TIME>': write it as 90d or 12w

    For more information, try '--help'.
    [exit 2]

    tenor coverage --by savings
    [stderr]
    error: invalid value 'savings' for '--by <GROUPING>': `savings` is not a column; did you mean `x_SavingsPlanRate` or `x_SavingsPlanRegion` or `x_SavingsPlanEndTime`?

    For more information, try '--help'.
    [exit 2]

    tenor coverage --by family,family
    [stderr]
    error: `family` would be there twice
    hint: name each grouping once
    [exit 2]

    tenor coverage --from 2018-11 --to 2018-10
    [stderr]
    error: --to is before --from
    hint: both ends are included; name the earlier one with --from
    [exit 2]
    ");
}
