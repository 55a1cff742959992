//! Files that cannot be read when they are needed, and files of which there are more than a process may open.

use crate::lake::{Lake, run, show, tell};
use std::fs;
use std::process::Command;
use tenor_lake::store::TimeUnit;
use tenor_query::{Engine, QueryError};

/// A lake of so many periods of one charge each; their files are one.
fn many(periods: usize) -> Lake {
    let mut lake = Lake::empty().with("111", "2018-10", TimeUnit::Hour, "when | BilledCost\n2018-10-01T00 | 1");
    let first = lake.snapshot.periods[0].clone();
    for at in 1..periods {
        let payer = 1_000 + at;
        let mut period = first.clone();
        let folder = lake.folder.path().join(format!("x_payer={payer}/billing_period=2018-10"));
        fs::create_dir_all(&folder).unwrap();
        period.key.payer = payer.to_string().parse().unwrap();
        period.charges = vec![folder.join("1-000.parquet")];
        period.rollup = Some(folder.join("rollup"));
        fs::hard_link(&first.charges[0], &period.charges[0]).unwrap();
        fs::hard_link(first.rollup.as_ref().unwrap(), folder.join("rollup")).unwrap();
        lake.snapshot.periods.push(period);
    }
    lake
}

const TOTAL: &str = "select sum(BilledCost) from charges";

fn total(engine: &Engine) -> Result<String, QueryError> {
    run(ask(engine, TOTAL))
}

/// The first value of an answer.
async fn ask(engine: &Engine, sql: &str) -> Result<String, QueryError> {
    let mut rows = engine.sql(sql).await?;
    Ok(show(&rows.next().await?.unwrap()[0][0]))
}

/// More files than are held open.
const MANY: usize = 402;

#[test]
fn a_file_lost_before_its_metadata_is_read_is_gone_and_not_damaged() {
    let lake = many(MANY);
    let engine = lake.engine();
    run(ask(&engine, &format!("explain {TOTAL}"))).unwrap();
    assert_lost(&lake, &engine);
}

#[test]
fn a_file_lost_before_its_pages_are_read_is_gone_and_not_damaged() {
    let lake = many(MANY);
    let engine = lake.engine();
    assert_eq!(total(&engine).unwrap(), MANY.to_string());
    assert_lost(&lake, &engine);
}

fn assert_lost(lake: &Lake, engine: &Engine) {
    let last = &lake.snapshot.periods[MANY - 1];
    fs::remove_file(&last.charges[0]).unwrap();
    let error = total(engine).unwrap_err();
    assert!(error.is_gone(), "the command line asks once more then");
    let told = tell(&error).replace(lake.folder.path().to_str().unwrap(), "…");
    let expected = [
        "error: cannot read `…/x_payer=1401/billing_period=2018-10/1-000.parquet`",
        "because: No such file or directory (os error 2)",
        "hint: run the question again; if this persists, run `tenor doctor`",
    ];
    assert_eq!(told, expected.join("\n"));
}

#[test]
fn a_question_opens_no_file_of_a_period_that_it_leaves_out() {
    let lake = Lake::sample();
    fs::remove_file(&lake.snapshot.periods[0].charges[0]).unwrap();
    assert_eq!(run(ask(&lake.engine(), &format!("{TOTAL} where billing_period = '2018-11'"))).unwrap(), "31");
}

#[test]
fn two_tables_may_have_files_of_the_same_name() {
    let mut lake = Lake::sample().with("222", "2018-11", TimeUnit::Hour, "when | BilledCost\n2018-11-01T00 | 5");
    let other = lake.folder.path().join("other/x_payer=111/billing_period=2018-10");
    fs::create_dir_all(&other).unwrap();
    fs::rename(&lake.snapshot.periods[2].charges[0], other.join("1-000.parquet")).unwrap();
    lake.snapshot.periods[2].charges = vec![other.join("1-000.parquet")];
    let engine = lake.engine();
    assert_eq!([total(&engine).unwrap(), total(&engine).unwrap()], ["72.000000000001", "72.000000000001"]);
}

const LIMITED: &str = "TENOR_TEST_LIMITED";

/// Run again by itself, in a process that may open few files, since a limit is that of a whole process.
#[test]
fn a_low_limit_of_open_files_stops_no_question() {
    if std::env::var_os(LIMITED).is_none() {
        let script = r#"ulimit -n 40 && exec "$0" --exact files::a_low_limit_of_open_files_stops_no_question"#;
        let mut limited = Command::new("sh");
        limited.arg("-c").arg(script).arg(std::env::current_exe().unwrap()).env(LIMITED, "1");
        let ended = limited.output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
        return;
    }
    let lake = many(60);
    let engine = lake.engine();
    run(async {
        assert_eq!(ask(&engine, TOTAL).await.unwrap(), "60");
        // Other work of the process may take whatever is left.
        let taken: Vec<_> = std::iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
        assert!(!taken.is_empty());
        assert_eq!(ask(&engine, TOTAL).await.unwrap(), "60");
    });
    assert_eq!(total(&lake.engine()).unwrap(), "60");
}
