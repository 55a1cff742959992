//! What each of AWS's layouts, and none, is found to be.

use super::*;
use insta::assert_snapshot;

const OCTOBER: &str = "cur/hourly/20181001-20181101";

/// Two months of a create-new report; October has been delivered twice.
fn create_new() -> Source {
    let key = |month: &str, version: &str, number: u8| format!("cur/hourly/{month}/{version}/hourly-{number}.csv.gz");
    let (old, one, two) = (key("20181001-20181101", FIRST, 1), key("20181001-20181101", SECOND, 1), key("20181001-20181101", SECOND, 2));
    let november = key("20181101-20181201", FIRST, 1);
    let october = legacy_manifest(SECOND, "2018-10", &[&one, &two]);
    Source::new(&[
        (&old, gzip(&legacy("2018-10"))),
        (&one, gzip(&legacy("2018-10"))),
        (&two, gzip(&legacy("2018-10"))),
        (&november, gzip(&legacy("2018-11"))),
        (&format!("{OCTOBER}/{FIRST}/hourly-Manifest.json"), legacy_manifest(FIRST, "2018-10", &[&old])),
        (&format!("{OCTOBER}/{SECOND}/hourly-Manifest.json"), october.clone()),
        (&format!("{OCTOBER}/hourly-Manifest.json"), october),
        ("cur/hourly/20181101-20181201/hourly-Manifest.json", legacy_manifest(FIRST, "2018-11", &[&november])),
        ("cur/hourly/20181101-20181201/hourly-RedshiftManifest.json", b"{}".to_vec()),
        ("cur/aws-programmatic-access-test-object", b"x".to_vec()),
    ])
}

#[test]
fn of_a_create_new_report_the_top_manifest_counts_and_older_assemblies_do_not() {
    assert_snapshot!(create_new().found(""), @"
    LegacyCur `cur/hourly` 2018-10 of 111122223333, version 2
      cur/hourly/20181001-20181101/0a1e1e1e-0000-4000-8000-000000000002/hourly-1.csv.gz CsvGzip
      cur/hourly/20181001-20181101/0a1e1e1e-0000-4000-8000-000000000002/hourly-2.csv.gz CsvGzip
    LegacyCur `cur/hourly` 2018-11 of 111122223333, version 1
      cur/hourly/20181101-20181201/0a1e1e1e-0000-4000-8000-000000000001/hourly-1.csv.gz CsvGzip
    ");
}

#[test]
fn versions_that_the_months_manifest_left_behind_are_not_listed() {
    let listed = |source: &Source| {
        let store: Arc<dyn ObjectStore> = source.store.clone();
        let found = crate::source::stored::list(&store, &StorePath::from("bucket"), RUNTIME.handle()).unwrap();
        let mut names: Vec<String> = found.into_iter().map(|entry| entry.name).filter(|name| name.contains("0a1e1e1e")).collect();
        names.sort();
        names.join("\n").replace("0a1e1e1e-0000-4000-8000-00000000000", "version-")
    };
    assert_snapshot!(listed(&create_new()), @"
    cur/hourly/20181001-20181101/version-2/hourly-1.csv.gz
    cur/hourly/20181001-20181101/version-2/hourly-2.csv.gz
    cur/hourly/20181001-20181101/version-2/hourly-Manifest.json
    cur/hourly/20181101-20181201/version-1/hourly-1.csv.gz
    ");
    assert_snapshot!(listed(&exports(CUR2, &cur2("2026-04"))), @"
    all/data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-version-2/all-00001.csv.gz
    all/metadata/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-version-2/all-Manifest.json
    ");
    // Without the manifest of its month nothing says which version counts, so all are there to be refused.
    let source = create_new();
    let manifest = StorePath::from("bucket/cur/hourly/20181101-20181201/hourly-Manifest.json");
    RUNTIME.block_on(source.store.delete(&manifest)).unwrap();
    assert!(listed(&source).contains("20181101"));
    let error = discover(&source.stored(""), None).unwrap_err();
    assert_snapshot!(error.to_string(), @"`cur/hourly/20181101-20181201` has files but no manifest, unlike the report's other months");
}

#[test]
fn any_folder_of_a_report_may_be_pointed_at() {
    let source = create_new();
    assert_snapshot!(source.found(OCTOBER), @"
    LegacyCur `hourly` 2018-10 of 111122223333, version 2
      0a1e1e1e-0000-4000-8000-000000000002/hourly-1.csv.gz CsvGzip
      0a1e1e1e-0000-4000-8000-000000000002/hourly-2.csv.gz CsvGzip
    ");
    assert_snapshot!(source.found(&format!("{OCTOBER}/{FIRST}")), @"
    LegacyCur `hourly` 2018-10 of 111122223333, version 1
      hourly-1.csv.gz CsvGzip
    ");
    let fingerprint = |below: &str| discover(&source.local(below), None).unwrap().remove(0).fingerprint;
    assert_eq!(fingerprint(OCTOBER), fingerprint(""), "the same delivery is known again wherever it is seen from");
    assert_ne!(fingerprint(OCTOBER), fingerprint(&format!("{OCTOBER}/{FIRST}")));
}

#[test]
fn copies_of_a_report_may_lie_anywhere_and_flat() {
    let key = format!("cur/hourly/20181001-20181101/{FIRST}/hourly-1.csv.zip");
    let manifest = legacy_manifest(FIRST, "2018-10", &[&key]);
    let packed = zip(&[("hourly-1.csv", &legacy("2018-10"))]);
    let flat = Source::new(&[("mine/hourly-Manifest.json", manifest.clone()), ("mine/hourly-1.csv.zip", packed.clone())]);
    assert_snapshot!(flat.found(""), @"
    LegacyCur `mine` 2018-10 of 111122223333, version 1
      mine/hourly-1.csv.zip CsvZip
    ");
    let renamed = format!("old bills/20181001-20181101/{FIRST}/hourly-1.csv.zip");
    let moved = Source::new(&[("old bills/20181001-20181101/hourly-Manifest.json", manifest), (&renamed, packed)]);
    assert_snapshot!(moved.found(""), @"
    LegacyCur `old bills` 2018-10 of 111122223333, version 1
      old bills/20181001-20181101/0a1e1e1e-0000-4000-8000-000000000001/hourly-1.csv.zip CsvZip
    ");
}

#[test]
fn an_overwritten_report_and_its_left_over_chunk() {
    let key = "/cur/hourly/20181001-20181101/hourly-1.csv.gz";
    let source = Source::new(&[
        (&format!("{OCTOBER}/hourly-1.csv.gz"), gzip(&legacy("2018-10"))),
        (&format!("{OCTOBER}/hourly-2.csv.gz"), gzip(&legacy("2018-10"))),
        (&format!("{OCTOBER}/hourly-Manifest.json"), legacy_manifest(SECOND, "2018-10", &[key])),
    ]);
    assert_snapshot!(source.found(""), @"
    LegacyCur `cur/hourly` 2018-10 of 111122223333, version 2
      cur/hourly/20181001-20181101/hourly-1.csv.gz CsvGzip
    ");
    assert_snapshot!(source.found(OCTOBER), @"
    LegacyCur `hourly` 2018-10 of 111122223333, version 2
      hourly-1.csv.gz CsvGzip
    ");
}

#[test]
fn the_athena_layout() {
    let key = "cur/hourly/hourly/year=2018/month=10/hourly-00001.snappy.parquet";
    let source = Source::new(&[
        (key, legacy_parquet("2018-10")),
        (&format!("{OCTOBER}/hourly-Manifest.json"), legacy_manifest(FIRST, "2018-10", &[key])),
        (&format!("{OCTOBER}/hourly-create-table.sql"), b"create".to_vec()),
        ("cur/hourly/crawler-cfn.yml", b"AWS".to_vec()),
        ("cur/hourly/hourly/cost_and_usage_data_status/cost_and_usage_data_status.parquet", parquet(&[("status", "READY")])),
    ]);
    assert_snapshot!(source.found(""), @"
    LegacyCur `cur/hourly` 2018-10 of 111122223333, version 1
      cur/hourly/hourly/year=2018/month=10/hourly-00001.snappy.parquet Parquet
    ");
    let reports = discover(&source.local("cur/hourly"), None).unwrap();
    let names = reports[0].columns.clone().unwrap().join(" ");
    assert_snapshot!(names, @"identity_line_item_id bill_payer_account_id bill_billing_period_start_date line_item_line_item_type line_item_unblended_cost");
    assert_snapshot!(source.found("cur/hourly/hourly"), @"
    LegacyCur `year=2018/month=10` - of -, version -
      year=2018/month=10/hourly-00001.snappy.parquet Parquet
    ");
}

/// A CUR 2.0 export with a create-new month and an overwritten one.
fn exports(columns: &str, content: &[u8]) -> Source {
    let version = format!("2026-04-16T15:24:15.653Z-{SECOND}");
    let older = format!("2026-04-15T15:24:15.653Z-{FIRST}");
    let uri = format!("s3://billing/exports/all/data/BILLING_PERIOD=2026-04/{version}/all-00001.csv.gz");
    let manifest = export_manifest(SECOND, columns, &[&uri]);
    let may = [
        "s3://billing/exports/all/data/BILLING_PERIOD=2026-05/all-00001.csv.gz",
        "s3://billing/exports/all/data/BILLING_PERIOD=2026-05/all-00002.csv.gz",
    ];
    Source::new(&[
        (&format!("all/data/BILLING_PERIOD=2026-04/{version}/all-00001.csv.gz"), gzip(content)),
        (&format!("all/data/BILLING_PERIOD=2026-04/{older}/all-00001.csv.gz"), gzip(content)),
        (&format!("all/metadata/BILLING_PERIOD=2026-04/{older}/all-Manifest.json"), b"never opened".to_vec()),
        (&format!("all/metadata/BILLING_PERIOD=2026-04/{version}/all-Manifest.json"), manifest.clone()),
        ("all/metadata/BILLING_PERIOD=2026-04/all-Manifest.json", manifest),
        ("all/metadata/BILLING_PERIOD=2026-04/all-create-table.sql", b"create".to_vec()),
        ("all/data/BILLING_PERIOD=2026-05/all-00001.csv.gz", gzip(content)),
        ("all/data/BILLING_PERIOD=2026-05/all-00002.csv.gz", Vec::new()),
        ("all/data/BILLING_PERIOD=2026-05/all-00003.csv.gz", Vec::new()),
        ("all/metadata/BILLING_PERIOD=2026-05/all-Manifest.json", export_manifest(FIRST, columns, &may)),
    ])
}

#[test]
fn a_cur2_export_in_both_layouts() {
    let source = exports(CUR2, &cur2("2026-04"));
    assert_snapshot!(source.found(""), @"
    Cur2 `all` 2026-04 of 111122223333, version 2
      all/data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-0a1e1e1e-0000-4000-8000-000000000002/all-00001.csv.gz CsvGzip
    Cur2 `all` 2026-05 of 111122223333, version 1
      all/data/BILLING_PERIOD=2026-05/all-00001.csv.gz CsvGzip
    ");
    assert_eq!(source.found(""), source.found("all").replace("  data/", "  all/data/"), "wherever it is pointed at");
}

#[test]
fn a_focus_export_is_known_by_the_columns_of_its_manifest() {
    assert_snapshot!(exports(FOCUS, &focus("2026-04", "111122223333")).found("all"), @"
    Focus `all` 2026-04 of 111122223333, version 2
      data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-0a1e1e1e-0000-4000-8000-000000000002/all-00001.csv.gz CsvGzip
    Focus `all` 2026-05 of 111122223333, version 1
      data/BILLING_PERIOD=2026-05/all-00001.csv.gz CsvGzip
    ");
}

#[test]
fn data_without_metadata_are_read_as_they_lie() {
    let source = exports(CUR2, &cur2("2026-05"));
    assert_snapshot!(source.found("all/data/BILLING_PERIOD=2026-05"), @"
    Cur2 `all-00001.csv.gz` - of -, version -
      all-00001.csv.gz CsvGzip
    ");
}

#[test]
fn an_export_of_another_table_is_passed_by() {
    let uri = "s3://billing/tips/data/BILLING_PERIOD=2026-04/tips-00001.csv.gz";
    let source = exports(CUR2, &cur2("2026-04"));
    source.put("tips/data/BILLING_PERIOD=2026-04/tips-00001.csv.gz", b"x");
    source.put("tips/metadata/BILLING_PERIOD=2026-04/tips-Manifest.json", &export_manifest(FIRST, "recommendation_id,account_id", &[uri]));
    assert!(!source.found("").contains("tips"));
    assert_snapshot!(source.found("tips"), @"
    no cost report was recognised in `source`: its manifests are of exports without the columns of a bill
    hint: point at a legacy CUR, a CUR 2.0 export or a FOCUS export: its folder, or its CSV (also .gz or .zip) or Parquet files; where only the columns are unusual, say what it is with --as legacy-cur, cur2 or focus
    ");
}

#[test]
fn bare_files_are_one_report_per_folder_whatever_they_are_packed_in() {
    let source = Source::new(&[
        ("aws/oct.csv.zip", zip(&[("oct.csv", &legacy("2018-10"))])),
        ("aws/nov.csv", legacy("2018-11")),
        ("aws/dec.parquet", legacy_parquet("2018-12")),
        ("two/a.csv.gz", gzip(&cur2("2026-04"))),
        ("two/b.csv.gz", gzip(&cur2("2026-05"))),
        ("other/azure.csv", focus("2018-10", "b7")),
        ("other/.DS_Store", b"x".to_vec()),
        ("other/README.md", b"x".to_vec()),
        ("_temporary/x.csv", b"x".to_vec()),
        ("unpacked by a browser.csv.gz", focus("2018-11", "c8")),
    ]);
    assert_snapshot!(source.found(""), @"
    LegacyCur `aws` - of -, version -
      aws/dec.parquet Parquet
      aws/nov.csv Csv
      aws/oct.csv.zip CsvZip
    Focus `other` - of -, version -
      other/azure.csv Csv
    Cur2 `two` - of -, version -
      two/a.csv.gz CsvGzip
      two/b.csv.gz CsvGzip
    Focus `unpacked by a browser.csv.gz` - of -, version -
      unpacked by a browser.csv.gz Csv
    ");
    assert_snapshot!(source.found("aws/oct.csv.zip"), @"
    LegacyCur `oct.csv.zip` - of -, version -
      oct.csv.zip CsvZip
    ");
}

#[test]
fn payers_may_share_a_folder_of_reports() {
    let source = exports(CUR2, &cur2("2026-04"));
    source.put("other/apr.csv", &focus("2026-04", "999988887777"));
    assert_snapshot!(source.found("").lines().filter(|line| !line.starts_with(' ')).collect::<Vec<_>>().join("\n"), @"
    Cur2 `all` 2026-04 of 111122223333, version 2
    Cur2 `all` 2026-05 of 111122223333, version 1
    Focus `other` - of -, version -
    ");
}

#[test]
fn what_is_asked_for_overrides_what_is_found() {
    let source = Source::new(&[("x.csv", b"a,b\n1,2\n".to_vec())]);
    assert_snapshot!(source.found_as("", Some(ReportKind::Focus)), @"
    Focus `x.csv` - of -, version -
      x.csv Csv
    ");
    let source = exports(CUR2, &cur2("2026-04"));
    source.put("focus/apr.csv", &focus("2026-06", "111122223333"));
    assert_eq!(source.found_as("", Some(ReportKind::Cur2)), source.found("all").replace("  data/", "  all/data/"));
    assert_snapshot!(source.found_as("", Some(ReportKind::Focus)), @"
    Focus `focus` - of -, version -
      focus/apr.csv Csv
    ");
}
