//! Policies tried on real demand, from the public trace to the answer.

use crate::ran::tenor;
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
