//! No statement can change anything, or read what is not the lake's.

use crate::cost;
use crate::lake::{Lake, run, tell};
use std::fs;

#[test]
fn every_statement_that_is_not_a_question_is_refused() {
    let lake = Lake::sample();
    let engine = lake.engine();
    let before = tree(&lake);
    let outside = lake.folder.path().join("secret.csv");
    let (secret, target) = (outside.to_str().unwrap(), lake.folder.path().join("out.csv"));
    fs::write(&outside, "a\n1\n").unwrap();
    let target = target.to_str().unwrap();
    let statements = [
        format!("COPY charges TO '{target}'"),
        format!("COPY (SELECT 1) TO '{target}' STORED AS CSV"),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "CREATE DATABASE d".to_owned(),
        "CREATE FUNCTION f() RETURNS INT RETURN 1".to_owned(),
        "INSERT INTO charges VALUES (1)".to_owned(),
        "WITH x AS (INSERT INTO charges VALUES (1) RETURNING *) SELECT * FROM x".to_owned(),
        "UPDATE charges SET BilledCost = 0".to_owned(),
        "DELETE FROM charges".to_owned(),
        "TRUNCATE charges".to_owned(),
        "DROP TABLE charges".to_owned(),
        "ALTER TABLE charges ADD COLUMN x INT".to_owned(),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "RESET datafusion.execution.batch_size".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "EXECUTE p".to_owned(),
        "SELECT * INTO t FROM charges".to_owned(),
        "SELECT 1; DROP TABLE charges".to_owned(),
        "EXPLAIN INSERT INTO charges VALUES (1)".to_owned(),
        "EXPLAIN ANALYZE DELETE FROM charges".to_owned(),
        "SELECT * FROM charges FOR UPDATE".to_owned(),
        format!("SELECT * FROM '{secret}'"),
        format!("SELECT * FROM \"{secret}\""),
        "SELECT * FROM \"file.parquet\"".to_owned(),
        format!("SELECT * FROM read_csv('{secret}')"),
        format!("SELECT * FROM parquet_metadata('{secret}')"),
        format!("SELECT * FROM TABLE(read_csv('{secret}'))"),
        format!("SELECT (SELECT a FROM '{secret}')"),
        format!("SELECT * FROM charges WHERE BilledCost IN (SELECT a FROM \"file://{secret}\")"),
        "SHOW ALL".to_owned(),
        "USE other".to_owned(),
        "BEGIN".to_owned(),
        "SELECT".to_owned(),
        "SELEC 1".to_owned(),
        String::new(),
        ";;".to_owned(),
        "SELECT '".to_owned(),
    ];
    let tell = |sql: &String| match run(engine.sql(sql)) {
        Ok(_) => format!("ALLOWED {sql}"),
        Err(error) => tell(&error).split("\nhint").next().unwrap().replace('\n', "; ").replace(lake.folder.path().to_str().unwrap(), "…"),
    };
    let told: Vec<_> = statements.iter().map(tell).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: COPY is refused: SQL can only ask questions of the lake
    error: the statement cannot be parsed; because: sql parser error: Expected: end of statement, found: stored at Line: 1, Column: 46
    error: the statement cannot be parsed; because: sql parser error: Expected: fileformat, found: csv at Line: 1, Column: 35
    error: CREATE is refused: SQL can only ask questions of the lake
    error: CREATE is refused: SQL can only ask questions of the lake
    error: CREATE is refused: SQL can only ask questions of the lake
    error: CREATE is refused: SQL can only ask questions of the lake
    error: INSERT is refused: SQL can only ask questions of the lake
    error: INSERT is refused: SQL can only ask questions of the lake
    error: UPDATE is refused: SQL can only ask questions of the lake
    error: DELETE is refused: SQL can only ask questions of the lake
    error: TRUNCATE is refused: SQL can only ask questions of the lake
    error: DROP is refused: SQL can only ask questions of the lake
    error: ALTER is refused: SQL can only ask questions of the lake
    error: SET is refused: SQL can only ask questions of the lake
    error: RESET is refused: SQL can only ask questions of the lake
    error: PREPARE is refused: SQL can only ask questions of the lake
    error: EXECUTE is refused: SQL can only ask questions of the lake
    error: SELECT INTO is refused: SQL can only ask questions of the lake
    error: 2 statements where one is wanted
    error: EXPLAIN INSERT is refused: SQL can only ask questions of the lake
    error: EXPLAIN DELETE is refused: SQL can only ask questions of the lake
    error: FOR UPDATE is refused: SQL can only ask questions of the lake
    error: reading the file '…/secret.csv' is refused: SQL can only ask questions of the lake
    error: reading the file "…/secret.csv" is refused: SQL can only ask questions of the lake
    error: reading the file "file.parquet" is refused: SQL can only ask questions of the lake
    error: the table function `read_csv` is refused: SQL can only ask questions of the lake
    error: the table function `parquet_metadata` is refused: SQL can only ask questions of the lake
    error: `TABLE(read_csv('…/secret.csv'))` is refused: SQL can only ask questions of the lake
    error: reading the file '…/secret.csv' is refused: SQL can only ask questions of the lake
    error: reading the file "file://…/secret.csv" is refused: SQL can only ask questions of the lake
    error: SHOW is refused: SQL can only ask questions of the lake
    error: USE is refused: SQL can only ask questions of the lake
    error: BEGIN is refused: SQL can only ask questions of the lake
    error: the statement cannot be parsed; because: sql parser error: Expected: an expression, found: EOF
    error: the statement cannot be parsed; because: sql parser error: Expected: an SQL statement, found: selec at Line: 1, Column: 1
    error: 0 statements where one is wanted
    error: 0 statements where one is wanted
    error: the statement cannot be parsed; because: sql parser error: Unterminated string literal at Line: 1, Column: 8
    "#);
    fs::remove_file(&outside).unwrap();
    assert_eq!(tree(&lake), before, "nothing was written");
}

#[test]
fn statements_too_deep_or_too_long_are_refused_and_large_ones_are_not() {
    let lake = Lake::sample();
    let brief = |sql: String| lake.ask(&sql).lines().next().unwrap().to_owned();
    let listed = (0..20_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(brief(format!("select count(*) as n from charges where BilledCost in ({listed})")), "n");
    assert_eq!(brief(format!("select count(*) as n from charges where {}", vec!["BilledCost = 1"; 200].join(" or "))), "n");
    assert_eq!(brief(format!("select {}", vec!["1"; 100_000].join("+"))), "error: the statement is too deep");
    assert_eq!(brief(format!("select {}1{}", "(".repeat(50_000), ")".repeat(50_000))), "error: the statement is too deep");
    assert_eq!(brief(format!("select 1{}", "::int".repeat(20_000))), "error: the statement is too deep");
    assert_eq!(brief(vec!["select 1"; 10_000].join(" union all ")), "error: the statement is too deep");
    assert_eq!(brief(format!("select '{}'", "x".repeat(1 << 18))), "error: the statement is too long");
}

#[test]
fn set_operations_nest_to_the_right_too_and_are_refused_there_as_well() {
    let lake = Lake::sample();
    let brief = |sql: String| lake.ask(&sql).lines().next().unwrap().to_owned();
    // INTERSECT binds tighter than UNION and EXCEPT, so that a chain of it is to the right of the first.
    for first in ["union", "except"] {
        let chain = vec!["select 1"; 13_000].join(" intersect ");
        assert_eq!(brief(format!("select 1 {first} {chain}")), "error: the statement is too deep");
    }
    assert_eq!(brief(vec!["select 1"; 6_000].join(" union select 2 except ")), "error: the statement is too deep");
    let nested = (0..40).fold("select 1".to_owned(), |inner, _| format!("({inner}){}", " union select 1".repeat(20)));
    assert_eq!(brief(nested), "error: the statement is too deep");
    let derived = (0..20).fold("select 1".to_owned(), |inner, _| format!("select * from ({inner}) a{}", " union select 1".repeat(20)));
    assert_eq!(brief(derived), "error: the statement is too deep");
    assert_eq!(brief(format!("select 1 as n union {}", vec!["select 1"; 200].join(" intersect "))), "n");
}

#[test]
fn statements_of_too_many_tables_are_refused_however_they_are_named() {
    let lake = Lake::sample();
    let brief = |sql: &str| lake.ask(sql).lines().next().unwrap().to_owned();
    let doubling = |steps: usize| {
        let step = |n: usize| format!(", a{n} as (select a.x from a{0} a cross join a{0} b)", n - 1);
        format!("with a0 as (select 1 as x){} select count(*) as n from a{steps}", (1..=steps).map(step).collect::<String>())
    };
    let joined = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("imports i{n}")).collect();
        format!("select count(*) as n from {}", names.join(", "))
    };
    assert_eq!(brief(&doubling(6)), "n");
    assert_eq!(brief(&doubling(40)), "error: the statement is too wide");
    assert_eq!(brief(&joined(6)), "n");
    assert_eq!(brief(&joined(3_000)), "error: the statement is too wide");
    // What is named by nobody is not copied.
    let unused = (0..300).map(|n| format!("a{n} as (select 1 as x)")).collect::<Vec<_>>().join(", ");
    assert_eq!(brief(&format!("with {unused} select 1 as n")), "n");
    insta::assert_snapshot!(lake.ask(&joined(257)), @"
    error: the statement is too wide
    hint: name fewer tables; what WITH defines counts as all of its tables each time it is named
    ");
}

#[test]
fn what_a_question_may_be() {
    let lake = Lake::sample();
    insta::assert_snapshot!(lake.ask("SHOW TABLES"), @"
    table_catalog | table_schema | table_name | table_type
    tenor | lake | charges | BASE TABLE
    tenor | lake | commitments | VIEW
    tenor | lake | coverage | VIEW
    tenor | lake | eligible_usage | VIEW
    tenor | lake | imports | BASE TABLE
    tenor | lake | lock_in | VIEW
    tenor | lake | residuals | BASE TABLE
    tenor | lake | rollup | VIEW
    tenor | lake | savings | VIEW
    tenor | lake | split_costs | BASE TABLE
    tenor | lake | utilization | VIEW
    tenor | information_schema | tables | VIEW
    tenor | information_schema | views | VIEW
    tenor | information_schema | columns | VIEW
    tenor | information_schema | df_settings | VIEW
    tenor | information_schema | schemata | VIEW
    tenor | information_schema | routines | VIEW
    tenor | information_schema | parameters | VIEW
    ");
    insta::assert_snapshot!(lake.ask("VALUES (1, 'a'), (2, 'b')"), @"
    column1 | column2
    1 | a
    2 | b
    ");
    insta::assert_snapshot!(lake.ask("select * from generate_series(1, 3)"), @"
    value
    1
    2
    3
    ");
    insta::assert_snapshot!(lake.ask("DESCRIBE charges").lines().take(4).collect::<Vec<_>>().join("\n"), @"
    column_name | data_type | is_nullable
    AvailabilityZone | Utf8View | YES
    BilledCost | Decimal128(38, 12) | YES
    BillingAccountId | Utf8View | YES
    ");
    insta::assert_snapshot!(lake.ask("EXPLAIN SELECT 1").lines().count(), @"5");
    insta::assert_snapshot!(lake.ask("select table_name, count(*) from information_schema.columns where table_schema = 'lake' group by 1 order by 1"), @"
    table_name | count(*)
    charges | 126
    commitments | 39
    coverage | 15
    eligible_usage | 131
    imports | 22
    lock_in | 10
    residuals | 7
    rollup | 29
    savings | 9
    split_costs | 24
    utilization | 10
    ");
}

fn tree(lake: &Lake) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![lake.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.display().to_string());
            folders.extend(path.is_dir().then_some(path));
        }
    }
    found.sort();
    found
}

#[test]
fn a_condition_cannot_make_much_of_little_and_a_statement_may() {
    let lake = Lake::sample();
    for function in [
        "length(repeat('x', 2000000000)) > 0",
        "length(REPEAT('x', 2000000000)) > 0",
        "length(\"repeat\"('x', 2000000000)) > 0",
        "coalesce(ServiceName, lpad('x', 2000000000, 'y')) = 'z'",
        "rpad(ServiceName, 2000000000) = 'z'",
        "replace(ServiceName, 'E', 'much') = 'z'",
        "regexp_replace(ServiceName, 'E', 'much', 'g') = 'z'",
        "array_length(array_repeat(1, 2000000000)) > 0",
        "BilledCost in (array_element(range(0, 2000000000), 1))",
        "CASE WHEN length(concat_ws(ServiceName, 'a', 'b')) > 1 THEN true END",
        "sum(BilledCost) > 1",
    ] {
        let refused = cost::ask(&lake, &format!("where {function}")).unwrap_err().to_string();
        assert!(refused.starts_with("the function `") && refused.contains("` in a condition is refused"), "{function}: {refused}");
    }
    let refused = cost::ask(&lake, "where CAST(NULL AS BIGINT[2000000000]) IS NULL").unwrap_err().to_string();
    assert!(refused.starts_with("the type BIGINT[2000000000] in a condition is refused"), "{refused}");
    for condition in ["lower(ServiceName) = 'ec2'", "UPPER(tag(Tags, 'Team')) LIKE 'A%'", "CAST(BilledCost AS DECIMAL(20, 4)) > 1"] {
        assert!(cost::ask(&lake, &format!("where {condition}")).is_ok(), "{condition}");
    }
    assert!(run(lake.engine().sql("SELECT length(repeat('x', 3))")).is_ok());
}
