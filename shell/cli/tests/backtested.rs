//! Policies tried on real demand, from the public trace to the answer; what the owner knows on a small one.

use crate::ran::{Ran, tenor};
use std::fmt::Write as _;
use std::path::Path;
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_testkit::shared;

/// The saving of each policy, by its name, as the JSON says.
fn savings(offers: &str) -> Option<Vec<(String, f64)>> {
    let (demand, offers) = (shared::path("data/demand/shaved-ice-regions-1-2.parquet")?, shared::path("data/demand")?.join(offers));
    let home = tempfile::tempdir().unwrap();
    let words = ["--format", "json", "backtest", "--time", "USAGE_HOUR", "--series", "REGION_NUM,INSTANCE_TYPE", "--value", "NORM_USAGE"];
    let files = ["--demand".as_ref(), demand.as_os_str(), "--offers".as_ref(), offers.as_os_str()];
    let output = tenor(home.path(), words.iter().map(AsRef::as_ref).chain(files)).0;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let policies = answer["policies"].as_array().unwrap().iter();
    Some(policies.map(|policy| (policy["name"].as_str().unwrap().to_owned(), policy["saving"].as_f64().unwrap())).collect())
}

#[test]
fn the_policy_saves_more_than_aws_s_rule_on_real_demand() {
    // Floors and other programs' figures: the data's own table.
    let expected = [("pooled.toml", 0.4197, 0.4197, 0.3594, 0.4249), ("per-type.toml", 0.32, 0.3167, 0.0523, 0.3949)];
    for (offers, floor, rule, level, bound) in expected {
        let Some(found) = savings(offers) else { return };
        let of = |name: &str| found.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("no {name} in {found:?}")).1;
        assert!(of("tenor") >= floor && of("tenor") <= of("clairvoyant"), "{offers}: {found:?}");
        for (name, figure) in [("aws-30d", rule), ("hindsight-level", level), ("clairvoyant", bound), ("nothing", 0.0)] {
            assert!((of(name) - figure).abs() < 0.001, "{offers}: {name} is {} and not {figure}", of(name));
        }
    }
}

/// Half a year of two types from Monday 2025-01-06 on: A with ten units, B with five and a quarter.
fn demand() -> String {
    let start = 482_256_i64 * 3600;
    (0..26 * 168).fold("hour,type,units\n".to_owned(), |mut text, hour| {
        let moment = jiff::Timestamp::from_second(start + hour * 3600).unwrap();
        writeln!(text, "{moment},A,10\n{moment},B,5.25").unwrap();
        text
    })
}

const OFFERS: &str = "on_demand = \"2\"\n[[offer]]\nname = \"flexible\"\nprice = \"1\"\npool = []\nterm_hours = 8760\n";

/// Runs a back-test in a folder with that demand, those offers and a file of known changes.
fn backtest(home: &Path, overlay: &str, more: &[&str]) -> Ran {
    let files = [("demand.csv", demand().as_str()), ("offers.toml", OFFERS), ("overlay.toml", overlay)].map(|(name, text)| {
        let path = home.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    });
    let [demand, offers, overlay] = &files;
    let words = ["backtest", "--time", "hour", "--series", "type", "--value", "units", "--demand", demand, "--offers", offers];
    tenor(home, words.into_iter().chain(["--overlay", overlay]).chain(more.iter().copied()))
}

#[test]
fn what_the_owner_knows_counts_from_the_day_it_was_told() {
    let home = tempfile::tempdir().unwrap();
    let held = |overlay: &str| {
        let Ran(output) = backtest(home.path(), overlay, &["--format", "json"]);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let note = String::from_utf8(output.stderr).unwrap();
        (answer["policies"][1]["held_at_the_end_flexible"].as_f64().unwrap(), note.contains("this change moves nothing"))
    };
    let ends = |told: &str| format!("[[change]]\nof = {{ type = \"A\" }}\nfrom = \"2025-07-20\"\neffect = \"ends\"\n{told}");
    assert_eq!(held(""), (15.25, false));
    assert_eq!(held(&ends("told = \"2025-03-10\"")), (5.25, false), "the first decision knows of it");
    assert_eq!(held(&ends("told = \"2025-03-11\"")), (15.25, false), "the first decision does not");
    assert_eq!(held(&ends("")), (15.25, true), "it begins after the last decision");
}

#[test]
fn known_changes_of_what_the_demand_does_not_have_are_refused_where_they_stand() {
    let home = tempfile::tempdir().unwrap();
    let change = "[[change]]\nof = { account = \"1\" }\nfrom = \"2025-07-20\"\neffect = \"ends\"\n";
    let told = backtest(home.path(), change, &[]).to_string().replace(&home.path().display().to_string(), "");
    insta::assert_snapshot!(told, @"
    [stderr]
    error: `/overlay.toml` does not say which changes are known
      because: line 2, column 8: `account` is no column of --series; there are `type`
    hint: docs/spec/overlay.md shows the format
    [exit 1]
    ");
}

#[test]
fn json_tells_each_decision_in_the_demand_s_own_units() {
    let home = tempfile::tempdir().unwrap();
    let ends = "[[change]]\nof = { type = \"A\" }\nfrom = \"2025-07-01\"\neffect = \"ends\"\ntold = \"2025-01-01\"\n";
    let Ran(output) = backtest(home.path(), ends, &["--format", "json", "--every", "6weeks"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let tenor: String = text.lines().skip_while(|line| !line.contains("\"tenor\"")).take(5).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(tenor, @r#"
    {"name": "tenor", "saving": 0.172131, "cost": "72114", "regret": "28560", "utilization_flexible": 1, "held_at_the_end_flexible": 5.25, "peak_obligation": "45990", "over_time": [
      {"hour": "2025-03-10T00:00Z", "saving": 0.172131, "obligation": "45990", "units": [5.25]},
      {"hour": "2025-04-21T00:00Z", "saving": 0.172131, "obligation": "40698", "units": [5.25]},
      {"hour": "2025-06-02T00:00Z", "saving": 0.172131, "obligation": "35406", "units": [5.25]}
    ]},
    "#);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let policies = answer["policies"].as_array().unwrap();
    let decisions: Vec<_> = policies.iter().map(|policy| policy["over_time"].as_array().unwrap().len()).collect();
    assert_eq!((decisions.as_slice(), &answer["offers"][0]), ([3, 3, 3, 3, 3, 3, 0].as_slice(), &"flexible".into()));
}

#[test]
fn a_chart_takes_the_place_of_a_file_and_of_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let told = |name: &str| {
        let ran = backtest(home.path(), "", &["--chart", &home.path().join(name).display().to_string()]);
        let text = String::from_utf8_lossy(&ran.0.stderr).replace(&home.path().display().to_string(), "");
        (ran.0.status.code(), text.lines().filter(|line| !line.contains("decisions;")).collect::<Vec<_>>().join(" "))
    };
    std::fs::write(home.path().join("a.svg"), "old").unwrap();
    std::fs::create_dir(home.path().join("b.svg")).unwrap();
    assert_eq!(told("a.svg"), (Some(0), "the chart is in `/a.svg`".to_owned()));
    assert!(std::fs::read_to_string(home.path().join("a.svg")).unwrap().starts_with("<svg"));
    let refused = ["b.svg", "none/a.svg", "a.png"].map(told).map(|(code, text)| format!("{} {text}", code.unwrap_or_default()));
    insta::assert_snapshot!(refused.join("\n"), @"
    2 error: `/b.svg` is there and is no file hint: name a file that is there, or a new one in a folder that is there
    2 error: `/none` is no folder hint: name a file that is there, or a new one in a folder that is there
    2 error: `/a.png` is neither an SVG nor an HTML file hint: end the name in .svg for the drawing alone, or in .html for a page with its figures
    ");
    let mut left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["a.svg", "b.svg", "demand.csv", "offers.toml", "overlay.toml"]);
}

#[test]
fn the_lake_is_a_demand_too() {
    let (bill, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_bill(&BillRequest::small(Format::Cur2Parquet), bill.path()).unwrap();
    assert!(tenor(home.path(), ["import".as_ref(), bill.path()]).0.status.success());
    let offers = home.path().join("offers.toml");
    let text = "on_demand = \"1\"\n[[offer]]\nname = \"plan\"\nprice = \"0.7\"\npool = [\"service\"]\nterm_hours = 8760\n";
    std::fs::write(&offers, text).unwrap();
    let offers = offers.display().to_string();
    let run = |words: &str| {
        let words = words.replace("OFFERS", &offers);
        tenor(home.path(), format!("--format json backtest --demand lake --offers {offers} --start-after 14d {words}").split(' '))
    };
    for value in ["list-cost", "units"] {
        let ran = run(&format!("--series service,region --value {value}"));
        assert!(ran.0.status.success(), "{ran}");
        let told: serde_json::Value = serde_json::from_slice(&ran.0.stdout).unwrap();
        let saving = |name: &str| {
            let policies = told["policies"].as_array().unwrap();
            policies.iter().find(|policy| policy["name"] == name).unwrap()["saving"].as_f64().unwrap()
        };
        assert!(saving("clairvoyant") > 0.0 && saving("clairvoyant") >= saving("tenor"), "{told}");
    }
    insta::assert_snapshot!(run("--series service,colour"), @"
    [stderr]
    error: the lake's usage has no `colour`
    hint: --series takes account, service, region, operation, family, type
    [exit 2]
    ");
    insta::assert_snapshot!(run("--series service --value money"), @"
    [stderr]
    error: `money` is nothing that the lake's usage is counted in
    hint: --value units (of what reservations cover) or list-cost (of what plans may cover)
    [exit 2]
    ");
    let table = tenor(home.path(), ["backtest", "--demand", "x.csv", "--series", "a", "--offers", &offers]);
    insta::assert_snapshot!(table, @"
    [stderr]
    error: a table of demand takes --time and --value: its columns of the hour and of how much was used
    hint: or say --demand lake for the bills imported
    [exit 2]
    ");
}
