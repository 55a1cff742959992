//! What can be said of the command line without a bill.

use crate::ran::{Ran, tenor, tenor_reading};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn bad_usage_ends_with_2_and_says_what_is_wrong() {
    let home = empty();
    let runs: [&[&str]; 9] = [
        &["nosuch"],
        &["cost", "--metric", "gross"],
        &["cost", "--by", "servise"],
        &["cost", "--by", "service,service"],
        &["cost", "--by", "billing_period", "--granularity", "month"],
        &["cost", "--from", "2018-11", "--to", "2018-10"],
        &["cost", "--from", "yesterday"],
        &["cost", "--format", "parquet"],
        &["export", "--to", "bill.csv", "--format", "parquet"],
    ];
    let told: Vec<_> =
        runs.iter().map(|arguments| format!("tenor {}\n{}\n", arguments.join(" "), tenor(home.path(), *arguments))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    tenor nosuch
    [stderr]
    error: unrecognized subcommand 'nosuch'

    Usage: tenor [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]

    tenor cost --metric gross
    [stderr]
    error: invalid value 'gross' for '--metric <METRIC>'
      [possible values: billed, effective, list, contracted, unblended]

    For more information, try '--help'.
    [exit 2]

    tenor cost --by servise
    [stderr]
    error: invalid value 'servise' for '--by <GROUPING>': `servise` is not a column; did you mean `service`?

    For more information, try '--help'.
    [exit 2]

    tenor cost --by service,service
    [stderr]
    error: `service` would be there twice
    hint: name each grouping once
    [exit 2]

    tenor cost --by billing_period --granularity month
    [stderr]
    error: `billing_period` would be there twice
    hint: name each grouping once
    [exit 2]

    tenor cost --from 2018-11 --to 2018-10
    [stderr]
    error: --to is before --from
    hint: both ends are included; name the earlier one with --from
    [exit 2]

    tenor cost --from yesterday
    [stderr]
    error: invalid value 'yesterday' for '--from <TIME>': `yesterday` is not a time; write it as 2018-10, 2018-10-31 or 2018-10-31T23:00Z

    For more information, try '--help'.
    [exit 2]

    tenor cost --format parquet
    [stderr]
    error: answers are not printed as Parquet
    hint: `tenor export` writes Parquet files
    [exit 2]

    tenor export --to bill.csv --format parquet
    [stderr]
    error: `bill.csv` is named as something else
    hint: leave out --format, or end the name in .parquet
    [exit 2]
    ");
}

#[test]
fn a_home_without_a_lake_is_refused_or_empty_and_is_not_made() {
    let home = empty();
    let home = home.path().join("nothing/here");
    insta::assert_snapshot!(tenor(&home, ["cost"]), @"
    [stderr]
    error: the lake holds no bill yet
    hint: import one first: tenor import SOURCE
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(&home, ["export", "--to", "bill.csv"]), @"
    [stderr]
    error: the lake holds no bill yet
    hint: import one first: tenor import SOURCE
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(&home, ["sql", "select count(*) as n, sum(billedcost) as cost from charges", "--format", "json"]), @r#"
    [stdout]
    [
      {"n": 0, "cost": null}
    ]
    [exit 0]
    "#);
    assert!(!home.exists());
}

#[test]
fn sql_comes_from_an_argument_a_file_or_stdin_and_answers_in_three_formats() {
    let home = empty();
    let statement = "select 1.10 as amount, 7 as n, 'a \"b\", c' as text, null as nothing, 1 < 2 as flag, cast('1e300' as double) as big union all select -0.5, 8, '', null, false, 2 order by n";
    let file = home.path().join("question.sql");
    std::fs::write(&file, statement).unwrap();
    insta::assert_snapshot!(tenor(home.path(), ["sql", statement]), @r#"
    [stdout]
    amount   n   text       nothing   flag     big
    ────────────────────────────────────────────────
       1.1   7   a "b", c             yes    1e300
      -0.5   8                        no       2.0
    [exit 0]
    "#);
    insta::assert_snapshot!(tenor_reading(home.path(), ["sql", "--format", "json"], statement), @r#"
    [stdout]
    [
      {"amount": "1.1", "n": 7, "text": "a \"b\", c", "nothing": null, "flag": true, "big": 1e300},
      {"amount": "-0.5", "n": 8, "text": "", "nothing": null, "flag": false, "big": 2.0}
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(tenor(home.path(), ["sql", "--format", "csv", "--file", file.to_str().unwrap()]), @r#"
    [stdout]
    amount,n,text,nothing,flag,big
    1.1,7,"a ""b"", c",,true,1e300
    -0.5,8,"",,false,2.0
    [exit 0]
    "#);
    insta::assert_snapshot!(tenor(home.path(), ["sql", "--file", "/no/such/file"]), @"
    [stderr]
    error: cannot read the statement from `/no/such/file`
      because: No such file or directory (os error 2)
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sql", "drop table charges"]), @"
    [stderr]
    error: DROP is refused: SQL can only ask questions of the lake
    hint: use SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES or DESCRIBE; `tenor import` and `tenor export` read and write
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sql", "select servicenme from charges"]), @"
    [stderr]
    error: there is no column `servicenme`; did you mean `ServiceName`?
    hint: DESCRIBE charges lists all columns
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sql", "select a.x, b.x from (select 1 as x) a cross join (select 2 as x) b", "--format", "json"]), @r#"
    [stdout]
    [
      {"x": 1, "x_2": 2}
    ]
    [exit 0]
    "#);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenor"))
        .args(["sql", "select * from generate_series(1, 1000000)", "--format", "csv"])
        .env("TENOR_HOME", "/no/such/folder")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_million_rows_stream_in_every_format() {
    for (format, lines) in [("csv", 1_000_001), ("json", 1_000_002), ("table", 1_000_000 + 2 * 1000)] {
        let ran = tenor(Path::new("/no/such/folder"), ["sql", "select * from generate_series(1, 1000000)", "--format", format]);
        assert_eq!(ran.0.stdout.iter().filter(|byte| **byte == b'\n').count(), lines, "{format}");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = tenor(Path::new("/no/such/folder"), ["completions", shell]);
        assert!(ran.0.status.success() && ran.0.stdout.len() > 1_000, "{shell}");
    }
}

#[test]
fn each_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let ran = tenor(Path::new("/no/such/folder"), [Path::new("manual"), Path::new("--out"), &pages]);
    assert!(ran.0.status.success(), "{ran}");
    let page = |name: &str| std::fs::read_to_string(pages.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(page("tenor.1").contains("tenor\\-order(1)"));
    // An option of a command, two levels down.
    assert!(page("tenor-order-approve.1").contains("\\-\\-hours"));
}

#[test]
fn no_home_at_all_is_told() {
    let ended = Command::new(env!("CARGO_BIN_EXE_tenor")).env_clear().arg("cost").output().unwrap();
    insta::assert_snapshot!(Ran(ended), @"
    [stderr]
    error: there is no folder for Tenor's data: neither TENOR_HOME nor HOME is set
    hint: name one with --home FOLDER
    [exit 1]
    ");
}
