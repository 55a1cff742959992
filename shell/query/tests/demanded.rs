//! Tables of demand that somebody else keeps.

use tenor_query::demand::DemandTable;

/// Reads rows of `when,account,type,used`.
fn read(rows: &str) -> Result<tenor_propose::Demand, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demand.csv");
    std::fs::write(&path, format!("when,account,type,used\n{rows}\n")).unwrap();
    let text = |text: &str| text.to_owned();
    let table = DemandTable { path, time: text("when"), series: vec![text("account"), text("type")], value: text("used") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = folder.path().display().to_string();
    runtime.block_on(table.read()).map_err(|error| error.to_string().replace(&place, "…"))
}

#[test]
fn labels_and_values_are_kept_as_they_are_written() {
    let demand = read(
        "2025-01-01T00:00:00Z,012345678901,m5,1.5
2025-01-01T00:00:00Z,12345678901,m5,12345678.123456789012
2025-01-01T02:00:00Z,12345678901,m5,3
2025-01-01T02:59:00Z,12345678901,m5,4",
    );
    let demand = demand.unwrap();
    let told: Vec<String> =
        demand.series().iter().map(|series| format!("{} {} {:?}", series.labels.join(" "), series.decimals, series.cells)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    012345678901 m5 1 [15, 0, 0]
    12345678901 m5 12 [12345678123456789012, 0, 7000000000000]
    ");
    assert_eq!((demand.first().to_string().as_str(), demand.hours()), ("2025-01-01T00:00Z", 3));
    assert_eq!(demand.unknown(), [std::ops::Range { start: 1, end: 2 }], "no series has a row of that hour");
}

#[test]
fn a_cell_that_is_no_demand_is_named() {
    let told = |row: &str| read(row).unwrap_err();
    insta::assert_snapshot!(told("2025-01-01T00:00:00Z,1,m5,many"), @"`…/demand.csv`, the row of `1 m5` at 2025-01-01T00:00Z: used `many` is not a number");
    insta::assert_snapshot!(told("2025-01-01T00:00:00Z,1,m5,-1"), @"`…/demand.csv`, the row of `1 m5` at 2025-01-01T00:00Z: used `-1` is negative, which no demand is");
    insta::assert_snapshot!(told(",1,m5,1"), @"`…/demand.csv`, the row of `1 m5` at no hour: when `` is empty");
    insta::assert_snapshot!(told("2025-01-01T00:00:00Z,1,m5,19000000"), @"`…/demand.csv`, the row of `1 m5` at 2025-01-01T00:00Z: used `19000000` makes its hour more than 18 million");
    insta::assert_snapshot!(told("2025-01-01T00:00:00Z,1,m5,1\n2125-01-01T00:00:00Z,1,m5,1"), @"`…/demand.csv` spans 876577 hours, from 2025-01-01T00:00Z to 2125-01-01T00:00Z, and a demand at most ten years");
    insta::assert_snapshot!(told(""), @"`…/demand.csv` has no row");
}
