//! What `tenor export` writes is FOCUS 1.2, as its own conformance model judges.

use crate::ran::tenor;
use std::path::{Path, PathBuf};
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_testkit::focus::{Applicability, Dataset, Model, Report};
use tenor_testkit::shared;

/// Imports `bill`, exports it whole to a file of that name, and has it judged.
fn judged(bill: &Path, name: &str, applicability: &Applicability) -> Option<Report> {
    let model = Model::read(shared::path("data/focus/model-1.2.json")?).unwrap();
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), [Path::new("import"), bill]);
    assert!(ran.0.status.success(), "{ran}");
    let export = home.path().join(name);
    let ran = tenor(home.path(), [Path::new("export"), Path::new("--to"), &export]);
    assert!(ran.0.status.success(), "{ran}");
    let dataset = if name.ends_with("csv") { Dataset::from_csv(export) } else { Dataset::from_parquet(&[export]) };
    Some(model.check(&dataset.unwrap(), applicability).unwrap())
}

/// The same of a simulated bill, with private discounts and split-cost rows.
fn judged_simulated(format: Format, name: &str, applicability: &Applicability) -> Option<Report> {
    let folder = tempfile::tempdir().unwrap();
    let request = BillRequest { discount_percent: Some(10), split: true, ..BillRequest::small(format) };
    write_bill(&request, folder.path()).unwrap();
    judged(folder.path(), name, applicability)
}

fn real(name: &str) -> Option<PathBuf> {
    shared::path(&format!("data/{name}"))
}

fn assert_conforms(report: Option<Report>) {
    if let Some(report) = report {
        assert!(report.conforms(), "{report}");
    }
}

#[test]
fn a_real_legacy_bill_conforms() {
    let Some(bill) = real("cur/legacy-2018") else { return };
    assert_conforms(judged(&bill, "bill.csv", &Applicability::aws_legacy_cur()));
}

#[test]
fn a_real_cur_2_bill_conforms() {
    let Some(bill) = real("cur/cur2-2026-04") else { return };
    assert_conforms(judged(&bill, "bill.parquet", &Applicability::aws()));
}

#[test]
fn a_simulated_legacy_bill_with_every_kind_of_commitment_conforms() {
    assert_conforms(judged_simulated(Format::LegacyCsv, "bill.csv", &Applicability::aws_legacy_cur()));
}

#[test]
fn a_simulated_cur_2_bill_with_every_kind_of_commitment_conforms() {
    assert_conforms(judged_simulated(Format::Cur2Parquet, "bill.parquet", &Applicability::aws()));
}

#[test]
fn a_simulated_focus_bill_conforms() {
    assert_conforms(judged_simulated(Format::FocusParquet, "bill.csv", &Applicability::aws()));
}
