//! Every error of a source, provoked, with the hint a person gets.

use super::*;
use insta::assert_snapshot;

const KEY: &str = "cur/hourly/20181001-20181101/hourly-1.csv.gz";
const MANIFEST: &str = "cur/hourly/20181001-20181101/hourly-Manifest.json";

#[test]
fn nothing_there() {
    assert_snapshot!(Source::new(&[]).found("nowhere"), @"
    there is no file at or below `source`
    hint: check the path; for S3 write s3://bucket/prefix, where the prefix is the one of the report or export
    ");
}

#[test]
fn nothing_recognised() {
    let source =
        Source::new(&[("a/notes.txt", b"x".to_vec()), ("a/report.json", b"{}".to_vec()), ("b/sales.csv", b"date,amount\n1,2\n".to_vec())]);
    assert_snapshot!(source.found("a"), @"
    no cost report was recognised in `source`: none of its files is CSV, zip, Parquet or a manifest (notes.txt, report.json)
    hint: point at a legacy CUR, a CUR 2.0 export or a FOCUS export: its folder, or its CSV (also .gz or .zip) or Parquet files; where only the columns are unusual, say what it is with --as legacy-cur, cur2 or focus
    ");
    assert_snapshot!(source.found("b"), @"
    no cost report was recognised in `source`: `sales.csv` has the columns date, amount
    hint: point at a legacy CUR, a CUR 2.0 export or a FOCUS export: its folder, or its CSV (also .gz or .zip) or Parquet files; where only the columns are unusual, say what it is with --as legacy-cur, cur2 or focus
    ");
}

#[test]
fn kinds_mixed_in_one_folder() {
    let mut files = vec![("bill/a.csv", legacy("2018-10")), ("bill/b.csv", focus("2018-11", "1"))];
    assert_snapshot!(Source::new(&files).found(""), @"
    `bill/a.csv` is a legacy CUR, but `bill/b.csv` is FOCUS
    hint: import each kind from a folder of its own and move other files away
    ");
    files[1] = ("bill/sales.csv", b"date,amount\n1,2\n".to_vec());
    assert_snapshot!(Source::new(&files).found(""), @"
    `bill/a.csv` is a legacy CUR, but `bill/sales.csv` is no cost report
    hint: import each kind from a folder of its own and move other files away
    ");
}

#[test]
fn another_kind_asked_for_than_the_manifest_says() {
    let source = Source::new(&[(MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])), (KEY, gzip(&legacy("2018-10")))]);
    assert_snapshot!(Source::new(&[("x.csv", legacy("2018-10"))]).found_as("", Some(ReportKind::Focus)), @"
    `x.csv` is a legacy CUR by its columns, not FOCUS
    hint: leave --as out: the report says by itself what it is
    ");
    assert_snapshot!(source.found_as("", Some(ReportKind::Focus)), @"
    `cur/hourly` is a legacy CUR by its manifest, not FOCUS
    hint: leave --as out: the report says by itself what it is
    ");
}

#[test]
fn a_listed_chunk_that_is_missing_is_never_replaced_by_another_months() {
    let other = "cur/hourly/20181101-20181201/hourly-1.csv.gz";
    let source = Source::new(&[
        (MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])),
        ("cur/hourly/20181101-20181201/hourly-Manifest.json", legacy_manifest(FIRST, "2018-11", &[other])),
        (other, gzip(&legacy("2018-11"))),
    ]);
    assert_snapshot!(source.found(""), @"
    `cur/hourly/20181001-20181101/hourly-1.csv.gz` is listed in `cur/hourly/20181001-20181101/hourly-Manifest.json` and is not there
    hint: copy the whole report, manifest and files, as AWS delivered it, or point at the report's top folder; if AWS is just delivering, import again in a few minutes
    ");
}

#[test]
fn a_file_that_manifests_list_twice() {
    let short = "somewhere/else/hourly-1.csv.gz";
    let slash = format!("/{KEY}");
    let same = [(MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY, &slash])), (KEY, gzip(&legacy("2018-10")))];
    assert_snapshot!(Source::new(&same).found(""), @"
    `cur/hourly/20181001-20181101/hourly-Manifest.json` lists `/cur/hourly/20181001-20181101/hourly-1.csv.gz` more than once
    hint: its charges would count twice: fetch the manifest again, or have AWS deliver the report again
    ");
    let flat = [("m/a-Manifest.json", legacy_manifest(FIRST, "2018-10", &[KEY, short])), ("m/hourly-1.csv.gz", gzip(&legacy("2018-10")))];
    assert_snapshot!(Source::new(&flat).found(""), @"
    `m/a-Manifest.json` lists `somewhere/else/hourly-1.csv.gz` more than once
    hint: its charges would count twice: fetch the manifest again, or have AWS deliver the report again
    ");
    let export = export_manifest(FIRST, CUR2, &["s3://b/all-1.csv.gz", "s3://b/all-1.csv.gz"]);
    assert_snapshot!(Source::new(&[("all-Manifest.json", export), ("all-1.csv.gz", gzip(&cur2("2026-04")))]).found(""), @"
    `all-Manifest.json` lists `s3://b/all-1.csv.gz` more than once
    hint: its charges would count twice: fetch the manifest again, or have AWS deliver the report again
    ");
    let two = [
        ("a-Manifest.json", legacy_manifest(FIRST, "2018-10", &["a-1.csv.gz"])),
        ("b-Manifest.json", legacy_manifest(SECOND, "2018-11", &["a-1.csv.gz"])),
        ("a-1.csv.gz", gzip(&legacy("2018-10"))),
    ];
    assert_snapshot!(Source::new(&two).found(""), @"
    `a-1.csv.gz` is listed in `a-Manifest.json` and in `b-Manifest.json`
    hint: its charges would count twice: move the manifest away that is not of this delivery
    ");
}

#[test]
fn a_month_twice() {
    let two = Source::new(&[("daily/x.csv", legacy("2018-10")), ("hourly/x.csv", legacy("2018-10"))]);
    assert_snapshot!(two.found(""), @"
    2018-10 is there twice: in `daily` and in `hourly`
    hint: import one of them: point at its folder, or move the other away; files that make up one month together belong in one folder
    ");
    let both = Source::new(&[("x.csv", legacy("2018-10")), ("x.parquet", legacy_parquet("2018-10"))]);
    assert_snapshot!(both.found(""), @"
    2018-10 is there twice: in `x.csv` and in `x.parquet`
    hint: import one of them: point at its folder, or move the other away; files that make up one month together belong in one folder
    ");
    let other = "cur/daily/20181001-20181101/hourly-1.csv.gz";
    let reports = Source::new(&[
        (MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])),
        (KEY, gzip(&legacy("2018-10"))),
        ("cur/daily/20181001-20181101/hourly-Manifest.json", legacy_manifest(SECOND, "2018-10", &[other])),
        (other, gzip(&legacy("2018-10"))),
    ]);
    assert_snapshot!(reports.found(""), @"
    2018-10 is there twice: in `cur/daily` and in `cur/hourly`
    hint: import one of them: point at its folder, or move the other away; files that make up one month together belong in one folder
    ");
}

#[test]
fn a_month_twice_in_one_folder() {
    let flat = Source::new(&[
        ("a-Manifest.json", legacy_manifest(FIRST, "2018-10", &["a-1.csv.gz"])),
        ("a-1.csv.gz", gzip(&legacy("2018-10"))),
        ("b-Manifest.json", legacy_manifest(SECOND, "2018-10", &["b-1.csv.gz"])),
        ("b-1.csv.gz", gzip(&legacy("2018-10"))),
    ]);
    assert_snapshot!(flat.found(""), @"
    2018-10 is there twice: in `a-Manifest.json` and in `b-Manifest.json`
    hint: import one of them: point at its folder, or move the other away; files that make up one month together belong in one folder
    ");
    let version = |id: &str| format!("data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-{id}/all-00001.csv.gz");
    let executions = Source::new(&[(&version(FIRST), gzip(&cur2("2026-04"))), (&version(SECOND), gzip(&cur2("2026-04")))]);
    assert_snapshot!(executions.found(""), @"
    2026-04 is there twice: in `data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-0a1e1e1e-0000-4000-8000-000000000001` and in `data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-0a1e1e1e-0000-4000-8000-000000000002`
    hint: import one of them: point at its folder, or move the other away; files that make up one month together belong in one folder
    ");
}

#[test]
fn a_file_twice() {
    let source = Source::new(&[("bill (1).csv", legacy("2018-10")), ("bill.csv", legacy("2018-10"))]);
    let here = described(&source.local(""), None);
    assert_snapshot!(here, @"
    `bill (1).csv` and `bill.csv` are the same file
    hint: every charge would count twice: remove `bill.csv`
    ");
}

#[test]
fn a_zip_file_of_several_files() {
    let packed = zip(&[("a.csv", &legacy("2018-10")), ("b.csv", &legacy("2018-11"))]);
    assert_snapshot!(Source::new(&[("bills.zip", packed)]).found(""), @"
    `bills.zip` holds 2 files (a.csv, b.csv), and a report's zip file holds one
    hint: unpack it into a folder and import the folder
    ");
}

#[test]
fn a_file_that_is_not_what_its_name_says() {
    assert_snapshot!(Source::new(&[("bill.parquet", b"<html>".to_vec())]).found(""), @"
    `bill.parquet` is not Parquet, whatever its name says
    hint: fetch the file again, or give it the ending of what it is
    ");
    let source = Source::new(&[
        (MANIFEST, legacy_manifest(FIRST, "2018-10", &["hourly-1.xlsx"])),
        ("cur/hourly/20181001-20181101/hourly-1.xlsx", vec![1]),
    ]);
    assert_snapshot!(source.found(""), @"
    `cur/hourly/20181001-20181101/hourly-1.xlsx` is not CSV, zip or Parquet, whatever its name says
    hint: fetch the file again, or give it the ending of what it is
    ");
}

#[test]
fn a_damaged_file() {
    let mut packed = gzip(&legacy("2018-10"));
    packed.truncate(20);
    assert_snapshot!(Source::new(&[("bill.csv.gz", packed)]).found(""), @"
    cannot read `bill.csv.gz`: incomplete deflate stream
    hint: fetch the file again if it was copied or is still being written, then import again
    ");
    assert_snapshot!(Source::new(&[("bill.zip", b"PK\x03\x04".to_vec())]).found(""), @"
    cannot read `bill.zip`: invalid Zip archive: Could not find EOCD
    hint: fetch the file again if it was copied or is still being written, then import again
    ");
}

#[test]
fn an_empty_file() {
    assert_snapshot!(Source::new(&[("a.csv", legacy("2018-10")), ("b.csv", Vec::new())]).found(""), @"
    `b.csv` is empty
    hint: fetch the file again, or remove it if nothing is missing without it
    ");
    let source = Source::new(&[(MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])), (KEY, Vec::new())]);
    assert_snapshot!(source.found(""), @"
    `cur/hourly/20181001-20181101/hourly-1.csv.gz` is empty
    hint: fetch the file again, or remove it if nothing is missing without it
    ");
}

#[test]
fn a_manifest_that_is_not_one() {
    assert_snapshot!(Source::new(&[("a-Manifest.json", b"{".to_vec())]).found(""), @"
    `a-Manifest.json` is not JSON: EOF while parsing an object at line 1 column 1
    hint: fetch the manifest again; without manifests the files are read as they lie, so a file that is no manifest can be moved away
    ");
    assert_snapshot!(Source::new(&[("a-Manifest.json", b"{\"assemblyId\": \"x\"}".to_vec())]).found(""), @"
    `a-Manifest.json` has no usable `reportKeys`
    hint: fetch the manifest again; without manifests the files are read as they lie, so a file that is no manifest can be moved away
    ");
    assert_snapshot!(Source::new(&[("a-Manifest.json", b"{\"dataFiles\": []}".to_vec())]).found(""), @"
    `a-Manifest.json` has no usable `dataFiles`
    hint: fetch the manifest again; without manifests the files are read as they lie, so a file that is no manifest can be moved away
    ");
    let text = String::from_utf8(legacy_manifest(FIRST, "2018-10", &[KEY])).unwrap();
    for (from, to, key) in [
        ("assemblyId", "x", "assemblyId"),
        ("reportName", "x", "reportName"),
        ("20181001T", "soon", "billingPeriod.start"),
        ("\"category\"", "\"x\"", "columns"),
    ] {
        let broken = text.replace(from, to).into_bytes();
        let expected = format!("`a-Manifest.json` has no usable `{key}`");
        assert_eq!(Source::new(&[("a-Manifest.json", broken)]).found("").lines().next(), Some(expected.as_str()));
    }
    let text = String::from_utf8(export_manifest(FIRST, CUR2, &["s3://b/a.csv.gz"])).unwrap();
    for (from, to, key) in [
        ("executionId", "x", "executionId"),
        ("exportArn", "x", "exportArn"),
        ("columns", "x", "columns"),
        ("\"name\"", "\"x\"", "columns.name"),
    ] {
        let broken = text.replace(from, to).into_bytes();
        let expected = format!("`a-Manifest.json` has no usable `{key}`");
        assert_eq!(Source::new(&[("a-Manifest.json", broken)]).found("").lines().next(), Some(expected.as_str()));
    }
}

#[test]
fn a_month_without_its_manifest() {
    let source = Source::new(&[
        (MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])),
        (KEY, gzip(&legacy("2018-10"))),
        ("cur/hourly/20181101-20181201/hourly-1.csv.gz", gzip(&legacy("2018-11"))),
    ]);
    assert_snapshot!(source.found(""), @"
    `cur/hourly/20181101-20181201` has files but no manifest, unlike the report's other months
    hint: AWS writes the manifest last: import again in a few minutes, or copy the missing manifest; to read the files as they are, point at that folder
    ");
}

#[test]
fn a_report_that_aws_is_updating() {
    let source = Source::new(&[
        ("hourly/cost_and_usage_data_status/cost_and_usage_data_status.parquet", parquet(&[("status", "UPDATING")])),
        ("hourly/year=2018/month=10/hourly-00001.snappy.parquet", legacy_parquet("2018-10")),
    ]);
    assert_snapshot!(source.found(""), @"
    AWS is updating this report: `hourly/cost_and_usage_data_status/cost_and_usage_data_status.parquet` says UPDATING
    hint: import again in a few minutes, when it says READY
    ");
}

#[test]
fn a_file_without_the_columns_of_its_manifest() {
    let thin = gzip(b"identity/LineItemId,lineItem/UnblendedCost\nx,1\n");
    let source = Source::new(&[(MANIFEST, legacy_manifest(FIRST, "2018-10", &[KEY])), (KEY, thin)]);
    let report = discover(&source.stored(""), None).unwrap().remove(0);
    let names = crate::source::columns(&report.parts[0]).unwrap();
    let error = report.check_columns(&report.parts[0], &names).unwrap_err();
    assert_snapshot!(format!("{error}\nhint: {}", error.hint()), @"
    `cur/hourly/20181001-20181101/hourly-1.csv.gz` lacks columns that the manifest of `cur/hourly` lists: bill/PayerAccountId, bill/BillingPeriodStartDate, lineItem/LineItemType
    hint: the manifest and the file are of different deliveries: fetch both again
    ");
    assert!(report.check_columns(&report.parts[0], &[]).is_ok(), "an empty left-over has no header");
}

#[test]
fn what_is_no_file_of_a_bill_is_not_opened_or_followed() {
    let source = Source::new(&[("a/x.csv", legacy("2018-10"))]);
    let path = |name: &str| source.folder.path().join(name);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, path(name)).unwrap();
    link("nowhere", "a/dangling");
    link("nowhere", "a/.#x.csv");
    link("..", "a/up");
    link(".", "a/here");
    assert!(std::process::Command::new("mkfifo").arg(path("a/pipe.csv")).status().unwrap().success());
    assert_snapshot!(described(&source.local(""), None), @"
    LegacyCur `a` - of -, version -
      a/x.csv Csv
    ");
    let said = described(&source.local("a/pipe.csv"), None).replace(&source.local("").to_string(), "source");
    assert_snapshot!(said, @"
    cannot list `source/a/pipe.csv`: it is neither a file nor a folder
    hint: see that the location can be reached and is one report's folder, then import again
    ");
}

#[test]
fn what_the_file_system_refuses() {
    let source = Source::new(&[("a/x.csv", legacy("2018-10"))]);
    std::os::unix::fs::symlink("nowhere", source.folder.path().join("a/dangling.csv")).unwrap();
    assert_snapshot!(described(&source.local(""), None).replace(&source.local("").to_string(), "source"), @"
    cannot list `source`: `source/a/dangling.csv`: No such file or directory (os error 2)
    hint: see that the location can be reached and is one report's folder, then import again
    ");
    let denied = crate::source::SourceError::Read { part: "x".to_owned(), source: std::io::ErrorKind::PermissionDenied.into() };
    assert_snapshot!(format!("{denied}\nhint: {}", denied.hint()), @"
    cannot read `x`
    hint: allow the reader to read it; in S3 that takes s3:GetObject on the object, and kms:Decrypt on its key where it is encrypted with one
    ");
    let gone = crate::source::SourceError::Read { part: "x".to_owned(), source: std::io::ErrorKind::NotFound.into() };
    assert_snapshot!(gone.hint(), @"it was removed since it was found: import again; an object of S3 whose key begins with `/` is never found: copy the report with `aws s3 cp --recursive` and import the copy");
    let deep = Source::new(&[(&format!("{}x.csv", "d/".repeat(34)), legacy("2018-10"))]);
    let said = described(&deep.local(""), None);
    assert!(said.contains("is more than 32 folders deep"), "{said}");
    let denied = crate::source::SourceError::List { location: "x".to_owned(), source: std::io::ErrorKind::PermissionDenied.into() };
    assert_snapshot!(format!("{denied}\nhint: {}", denied.hint()), @"
    cannot list `x`
    hint: allow the reader to read it; in S3 that takes s3:ListBucket on the bucket
    ");
}
