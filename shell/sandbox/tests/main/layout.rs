//! File trees as AWS lays them out, and the same bytes whatever the threads.

use crate::read::files;
use std::fs;
use std::path::Path;
use tenor_sandbox::{BillRequest, Format, Layout, WriteError, write_bill};

/// A bill's files.
fn tree(format: Format, layout: Layout) -> String {
    let dir = tempfile::tempdir().unwrap();
    write_bill(&BillRequest { layout, ..BillRequest::small(format) }, dir.path()).unwrap();
    listing(dir.path())
}

fn listing(dir: &Path) -> String {
    files(dir).iter().map(|path| path.strip_prefix(dir).unwrap().display().to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_legacy_report_lies_as_aws_lays_it() {
    insta::assert_snapshot!(tree(Format::LegacyCsv, Layout::CreateNew), @r"
    billing/tenor-sandbox/20250101-20250201/db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-1.csv.gz
    billing/tenor-sandbox/20250101-20250201/db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-2.csv.gz
    billing/tenor-sandbox/20250101-20250201/db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-Manifest.json
    billing/tenor-sandbox/20250101-20250201/tenor-sandbox-Manifest.json
    ");
    insta::assert_snapshot!(tree(Format::LegacyCsv, Layout::Overwrite), @r"
    billing/tenor-sandbox/20250101-20250201/tenor-sandbox-1.csv.gz
    billing/tenor-sandbox/20250101-20250201/tenor-sandbox-2.csv.gz
    billing/tenor-sandbox/20250101-20250201/tenor-sandbox-Manifest.json
    ");
    insta::assert_snapshot!(tree(Format::LegacyParquet, Layout::Athena), @r"
    billing/tenor-sandbox/20250101-20250201/db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-Manifest.json
    billing/tenor-sandbox/20250101-20250201/tenor-sandbox-Manifest.json
    billing/tenor-sandbox/tenor-sandbox/year=2025/month=1/tenor-sandbox-1.snappy.parquet
    billing/tenor-sandbox/tenor-sandbox/year=2025/month=1/tenor-sandbox-2.snappy.parquet
    ");
}

#[test]
fn an_export_lies_as_aws_lays_it() {
    insta::assert_snapshot!(tree(Format::Cur2Csv, Layout::CreateNew), @r"
    billing/tenor-sandbox/data/BILLING_PERIOD=2025-01/2025-02-03T04:24:13.653Z-db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-00001.csv.gz
    billing/tenor-sandbox/data/BILLING_PERIOD=2025-01/2025-02-03T04:24:13.653Z-db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-00002.csv.gz
    billing/tenor-sandbox/metadata/BILLING_PERIOD=2025-01/2025-02-03T04:24:13.653Z-db93fca2-078d-4a81-8890-58c53bbc1b03/tenor-sandbox-Manifest.json
    billing/tenor-sandbox/metadata/BILLING_PERIOD=2025-01/tenor-sandbox-Manifest.json
    ");
    insta::assert_snapshot!(tree(Format::Cur2Parquet, Layout::Overwrite), @r"
    billing/tenor-sandbox/data/BILLING_PERIOD=2025-01/tenor-sandbox-00001.snappy.parquet
    billing/tenor-sandbox/data/BILLING_PERIOD=2025-01/tenor-sandbox-00002.snappy.parquet
    billing/tenor-sandbox/metadata/BILLING_PERIOD=2025-01/tenor-sandbox-Manifest.json
    ");
}

#[test]
fn the_same_request_gives_the_same_bytes_on_any_number_of_threads() {
    let write = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let request = BillRequest { threads, months: 2, part_rows: 12_000, seed: 5, ..BillRequest::small(Format::LegacyCsv) };
        let truth = write_bill(&request, dir.path()).unwrap();
        let bytes: Vec<Vec<u8>> = files(dir.path()).iter().map(|path| fs::read(path).unwrap()).collect();
        (listing(dir.path()), bytes, truth)
    };
    let (one, three) = (write(1), write(3));
    assert!(one.0.lines().count() > 8, "several parts a month");
    assert!(one == three);
}

#[test]
fn a_request_that_contradicts_itself_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let good = BillRequest::small(Format::LegacyCsv);
    let requests = [
        BillRequest { accounts: 0, ..good.clone() },
        BillRequest { months: 0, ..good.clone() },
        BillRequest { part_rows: 0, ..good.clone() },
        BillRequest { discount_percent: Some(100), ..good.clone() },
        BillRequest { layout: Layout::Athena, ..good },
    ];
    let said: Vec<String> = requests.iter().map(|request| write_bill(request, dir.path()).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    cannot write such a bill: an organization has at least one account
    cannot write such a bill: a bill has at least one month
    cannot write such a bill: a part holds at least one row
    cannot write such a bill: a discount lies between 1 and 99 percent
    cannot write such a bill: the Athena layout is for legacy Parquet
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("billing");
    fs::write(&blocked, "a file where the folder should be").unwrap();
    let error = write_bill(&BillRequest::small(Format::LegacyCsv), dir.path()).unwrap_err();
    assert!(matches!(error, WriteError::File { .. }));
    assert!(error.to_string().starts_with("cannot write `"));
}
