//! What an export takes and where it puts it; that it conforms is judged where there is a binary.

use crate::lake::{Lake, run, tell};
use std::fs;
use std::path::Path;
use tenor_lake::store::TimeUnit;
use tenor_query::cost::{Bound, Range};
use tenor_query::export::{Export, FileFormat, Target};

/// Two accounts whose names would look alike without their signs, and a charge of October on November's bill.
fn lake() -> Lake {
    let one = "when | BillingAccountId | BilledCost\n2018-11-01T00 | a/1:2 | 1\n2018-10-31T00 | a/1:2 | 2";
    Lake::sample().with("a/1:2", "2018-11", TimeUnit::Hour, one).with(
        "a/1_2",
        "2018-11",
        TimeUnit::Hour,
        "when | BillingAccountId | BilledCost\n2018-11-01T00 | a/1_2 | 4",
    )
}

fn export(to: Target, from: Option<&str>, until: Option<&str>) -> Export {
    let bound = |text: &str| text.parse::<Bound>().unwrap();
    Export { to, format: FileFormat::Csv, range: Range { from: from.map(bound), to: until.map(bound) }, with_extra: false }
}

/// The files below a folder with the number of their rows.
fn written(folder: &Path) -> String {
    let mut lines: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let rows = fs::read_to_string(&path).unwrap().lines().count() - 1;
            format!("{} {rows}", path.file_name().unwrap().to_str().unwrap())
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn a_folder_has_a_file_for_each_period_and_together_they_have_what_one_file_has() {
    let (lake, folder) = (lake(), tempfile::tempdir().unwrap());
    let all = folder.path().join("all");
    run(lake.engine().export(&export(Target::Folder(all.clone()), None, None), &|_| ())).unwrap();
    insta::assert_snapshot!(written(&all), @"
    focus-111-2018-10.csv 8
    focus-111-2018-11.csv 3
    focus-AWS-a%2F1%3A2-2018-11.csv 2
    focus-AWS-a%2F1_2-2018-11.csv 1
    ");
    let november = folder.path().join("november");
    fs::create_dir(&november).unwrap();
    let file = Target::File(november.join("one.csv"));
    run(lake.engine().export(&export(file, Some("2018-11"), Some("2018-11")), &|_| ())).unwrap();
    insta::assert_snapshot!(written(&november), @"one.csv 6");
}

#[test]
fn a_time_that_cuts_through_a_period_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::File(folder.path().join("day.csv"));
    let error = run(lake().engine().export(&export(target, Some("2018-10-02"), Some("2018-10-02")), &|_| ())).unwrap_err();
    insta::assert_snapshot!(tell(&error), @"
    error: 2018-10-02T00:00:00Z until 2018-10-03T00:00:00Z is not made of whole billing periods
    hint: name months, as 2018-10; `tenor sql --format csv` gives any other time
    ");
    insta::assert_snapshot!(written(folder.path()), @"");
}

#[test]
fn what_credits_add_to_list_and_contracted_costs_is_told_by_currency() {
    let table = "
        when          | ChargeCategory | CommitmentDiscountId | BilledCost | ListCost | ContractedCost | BillingCurrency
        2018-12-01T00 | Usage          |                      | 10         | 12       | 11             | EUR
        2018-12-01T00 | Credit         |                      | -3         | 0        | -1             | EUR
        2018-12-01T00 | Credit         | a-plan               | -5         | 0        | 0              | EUR
        2018-12-01T00 | Credit         |                      | -4         | -4       | -4             | GBP
    ";
    let (lake, folder) = (Lake::sample().with("222", "2018-12", TimeUnit::Hour, table), tempfile::tempdir().unwrap());
    let told = |from: &str| {
        let to = Target::File(folder.path().join("bill.csv"));
        let exported = run(lake.engine().export(&export(to, Some(from), None), &|_| ())).unwrap();
        let credits = exported.credits.into_iter().map(|of| format!("{} {} {}", of.currency.unwrap(), of.list, of.contracted));
        credits.collect::<Vec<_>>().join(", ")
    };
    assert_eq!([told("2018-11"), told("2018-10")], ["EUR -3 -2", "EUR -3 -2, USD -2 -2"]);
}
