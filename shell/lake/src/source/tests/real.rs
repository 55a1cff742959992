//! The real bills, where they are at hand.

use super::*;
use crate::source::{Format, columns};
use insta::assert_snapshot;

fn shared(name: &str) -> Option<Location> {
    tenor_testkit::shared::path(&format!("data/{name}")).map(Location::Local)
}

fn found(name: &str) -> Option<String> {
    let location = shared(name)?;
    Some(described(&location, None).replace(&location.to_string(), "source"))
}

#[test]
fn two_months_of_a_real_legacy_report_without_manifest() {
    let Some(text) = found("cur/legacy-2018") else { return };
    assert_snapshot!(text, @"
    LegacyCur `source` - of -, version -
      Nov2018-WorkshopCUR-00001.snappy.parquet Parquet
      Oct2018-WorkshopCUR-00001.snappy.parquet Parquet
    ");
}

#[test]
fn a_real_cur2_export() {
    let Some(text) = found("cur/cur2-2026-04") else { return };
    assert_snapshot!(text, @"
    Cur2 `ha-project-CUR-daily-1` 2026-04 of 111122223333, version f
      data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-04e9e487-79a7-42b1-a680-1de7c660dc8f/ha-project-CUR-daily-1-00001.csv.gz CsvGzip
    ");
    let Some(location) = shared("cur/cur2-2026-04") else { return };
    let report = discover(&location, None).unwrap().remove(0);
    let names = columns(&report.parts[0]).unwrap();
    report.check_columns(&report.parts[0], &names).unwrap();
    assert_eq!(names, report.columns.unwrap(), "in the very same order");
}

#[test]
fn the_focus_sample_and_the_specs_examples() {
    let Some(text) = found("focus/FOCUS-1.0_focus_sample.csv") else { return };
    assert_snapshot!(text, @"
    Focus `FOCUS-1.0_focus_sample.csv` - of -, version -
      FOCUS-1.0_focus_sample.csv Csv
    ");
    let Some(location) = shared("focus/spec_examples") else { return };
    let reports = discover(&location, None).unwrap();
    assert_eq!((reports.len(), reports[0].parts.len()), (1, 26));
    assert!(reports[0].parts.iter().all(|part| part.format == Format::Csv && columns(part).unwrap().contains(&"BilledCost".to_owned())));
}
