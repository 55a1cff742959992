//! Proposals tried on the lake's own past at real prices: `tenor backtest --prices`.

use crate::proposed::Organization;
use crate::ran::tenor;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use tenor_sandbox::{BillRequest, Format, write_bill};

fn amount(of: &Value, key: &str) -> f64 {
    of[key].as_str().unwrap_or_else(|| panic!("no {key} in {of}")).parse().unwrap()
}

#[test]
fn proposals_are_tried_on_the_lake_at_real_prices() {
    let organization = Organization::new(Format::Cur2Parquet);
    let words = "backtest --demand lake --prices latest --policy HERE/policy.toml --scenarios 2 --start-after 14d --chart HERE/chart.html";
    let ran = organization.run(&format!("--format json {words}"));
    assert!(ran.0.status.success(), "{ran}");
    let answer: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    let policies = answer["policies"].as_array().unwrap();
    let names: Vec<&str> = policies.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nothing", "tenor", "aws-30d", "aws-60d", "newsvendor", "hindsight-level", "clairvoyant"]);
    let (on_demand, least) = (amount(&answer, "on_demand_cost"), amount(&policies[6], "cost"));
    assert!(on_demand >= amount(&answer, "eligible_cost") && amount(&answer, "eligible_cost") > 0.0, "{answer}");
    for one in policies {
        let (cost, saving) = (amount(one, "cost"), one["saving"].as_f64().unwrap());
        assert!((saving - (1.0 - cost / on_demand)).abs() < 1e-5, "{one}");
        assert!(one["esr"].as_f64().unwrap().abs() >= saving.abs(), "the rate is of less usage: {one}");
        assert!((amount(one, "regret") - (cost - least)).abs() < 0.01, "{one}");
    }
    let tenor = &policies[1];
    assert!(amount(tenor, "cost") < on_demand && tenor["purchases"].as_u64().unwrap() > 0, "{tenor}");
    let over_time = tenor["over_time"].as_array().unwrap();
    let decided: Vec<&str> = over_time.iter().map(|one| one["hour"].as_str().unwrap()).collect();
    assert_eq!(decided, ["2025-01-20T00:00Z", "2025-01-27T00:00Z"], "Mondays after two weeks");
    assert!(amount(&over_time[0], "obligation") > 0.0 && over_time[0]["saving"].as_f64().is_some(), "{tenor}");
    let used = tenor["utilization"].as_object().unwrap();
    assert!(!used.is_empty() && used.values().all(|share| (0.0..=1.0).contains(&share.as_f64().unwrap())), "{tenor}");
    let page = fs::read_to_string(organization.file("chart.html")).unwrap();
    assert!(page.contains("newsvendor") && !page.contains("one list price"), "{page}");
    let again = organization.done(&format!("--format csv {words} --threads 1"));
    let row = again.lines().find(|line| line.starts_with("tenor,")).unwrap();
    assert_eq!(row.split(',').nth(1).unwrap().parse::<f64>().ok(), tenor["saving"].as_f64(), "the same on one thread");
}

#[test]
fn what_does_not_go_with_prices_is_bad_usage() {
    let organization = Organization::new(Format::Cur2Parquet);
    let told = |words: &str| organization.told(&format!("backtest --policy HERE/policy.toml {words}"));
    insta::assert_snapshot!(told("--demand HERE/demand.csv --prices latest"), @"
    [stderr]
    error: `HERE/demand.csv` is a table of demand, which --prices has no prices for
    hint: with --prices the demand is the lake's, counted and told apart as `tenor propose` does: --demand lake --prices latest
    [exit 2]
    ");
    let others = ["--offers HERE/offers.toml", "--series type", "--value units", "--time hour", "--overlay HERE/overlay.toml"];
    for other in others {
        let said = told(&format!("--demand lake --prices latest {other}"));
        assert!(said.contains(" says nothing beside --prices\nhint: ") && said.contains("[exit 2]"), "{other}: {said}");
    }
    insta::assert_snapshot!(organization.told("backtest --demand lake"), @"
    [stderr]
    error: a back-test takes --offers and --series: what can be bought, and the columns that tell series apart
    hint: or --demand lake --prices latest, to propose at real prices
    [exit 2]
    ");
    assert!(told("--demand lake --offers HERE/offers.toml --series type").contains("[exit 2]"), "a policy is for proposals");
    let early = told("--demand lake --prices latest --start-after 60d");
    let refusal = "error: no decision falls into the 744 hours of usage: the first is made on a Monday after 1440 hours\nhint: import the bills of earlier months, or decide sooner with --start-after";
    assert!(early.contains(refusal) && early.contains("[exit 1]"), "{early}");
}

/// A bill's rows up to an hour alone, as AWS tells of an open month.
fn cut(folder: &Path, last: &str) -> PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".csv.gz") {
                let mut text = String::new();
                GzDecoder::new(fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
                let (head, rows) = text.split_once('\n').unwrap();
                let column = head.split(',').position(|name| name.contains("TimeInterval")).unwrap();
                let is_told = |row: &&str| row.split(',').nth(column).is_some_and(|interval| interval.trim_matches('"') < last);
                let kept: Vec<&str> = rows.lines().filter(is_told).collect();
                let mut packed = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
                write!(packed, "{head}\n{}\n", kept.join("\n")).unwrap();
                packed.finish().unwrap();
            }
        }
    }
    folder.to_owned()
}

#[test]
fn an_open_month_s_unfinished_end_is_no_demand() {
    let folder = tempfile::tempdir().unwrap();
    let (home, bill, offers) = (folder.path().join("home"), folder.path().join("bill"), folder.path().join("offers.toml"));
    fs::create_dir(&bill).unwrap();
    write_bill(&BillRequest::small(Format::LegacyCsv), &bill).unwrap();
    fs::write(&offers, "on_demand = \"1\"\n[[offer]]\nname = \"any\"\nprice = \"0.5\"\npool = []\nterm_hours = 8760\n").unwrap();
    let imported = tenor(&home, ["import".as_ref(), cut(&bill, "2025-01-27T05").as_os_str()]);
    assert!(imported.0.status.success(), "{imported}");
    let words =
        ["backtest", "--demand", "lake", "--series", "service", "--start-after", "14d", "--offers"].map(AsRef::<std::ffi::OsStr>::as_ref);
    let ran = tenor(&home, words.into_iter().chain([offers.as_os_str()])).to_string();
    assert!(ran.contains("[exit 0]"), "{ran}");
    // From Monday the 20th to the 25th, 04:00: two days before the last hour that is told.
    assert!(ran.contains("1 decisions; 124 hours counted"), "{ran}");
    assert!(
        ran.contains("note: the last month is open: its usage is told until 2025-01-27T04:00Z, and looked at until 2025-01-25T04:00Z"),
        "{ran}"
    );
    // Nothing is complete of a month of which 49 hours are told.
    let imported = tenor(&home, ["import".as_ref(), cut(&bill, "2025-01-03T01").as_os_str(), "--replace".as_ref()]);
    assert!(imported.0.status.success(), "{imported}");
    let ran = tenor(&home, words.into_iter().chain([offers.as_os_str()])).to_string();
    assert!(ran.contains("there are 0 known hours of usage before the decision") && ran.contains("[exit 1]"), "{ran}");
}
