//! What SQL sees of a lake.

use crate::lake::{Lake, charges, charges_batch, run, show, tell, write};
use std::fs;
use std::sync::Arc;
use tenor_query::{Engine, Options, QueryError};

#[test]
fn records_of_imports_are_tables() {
    let lake = Lake::sample();
    insta::assert_snapshot!(lake.ask("select x_payer, billing_period, kind, time_unit, rows_charges, billed, list, line_items from imports"), @r#"
    x_payer | billing_period | kind | time_unit | rows_charges | billed | list | line_items
    111 | 2018-10 | legacy-cur | hour | 8 | 12.5 | - | {"Usage":8}
    111 | 2018-11 | legacy-cur | hour | 3 | 12.5 | - | {"Usage":3}
    "#);
    insta::assert_snapshot!(lake.ask("select * from residuals where billing_period = '2018-11'"), @"
    x_payer | billing_period | provider | name | amount | meaning | explained
    111 | 2018-11 | AWS | rounding | 0.000000000001 | long doubles were rounded | true
    ");
}

#[test]
fn an_empty_lake_answers_with_nothing() {
    let lake = Lake::empty();
    insta::assert_snapshot!(lake.ask("select count(*) as n, sum(BilledCost) as cost from charges"), @"
    n | cost
    0 | -
    ");
    insta::assert_snapshot!(lake.ask("select * from split_costs"), @"BillingAccountId | BillingPeriodStart | ChargePeriodStart | ChargePeriodEnd | SubAccountId | BillingCurrency | ResourceId | x_ServiceCode | x_UsageType | x_Operation | x_UsageAmount | x_SplitParentResourceId | x_SplitActualUsage | x_SplitReservedUsage | x_SplitUsage | x_SplitUsageRatio | x_SplitCost | x_SplitUnusedCost | x_NetSplitCost | x_NetSplitUnusedCost | x_PublicOnDemandSplitCost | x_PublicOnDemandSplitUnusedCost | x_payer | billing_period");
    insta::assert_snapshot!(lake.ask("select * from imports where kind = 'focus'").lines().count(), @"1");
}

#[test]
fn amounts_moments_and_arithmetic_are_exact() {
    let lake = Lake::sample();
    insta::assert_snapshot!(lake.ask(
        "select BilledCost, BilledCost * 1.1 as more, BilledCost > 0.1 as large, ChargePeriodStart as at, x_payer, 7 / 2 as n, arrow_typeof(sum(BilledCost) over ()) as t
         from charges where RegionId = 'eu-west-1'"), @"
    BilledCost | more | large | at | x_payer | n | t
    0.000000000001 | 0.0000000000011 | false | 2018-10-01T01:00:00Z | 111 | 3 | Decimal128(38, 12)
    ");
}

#[test]
fn payer_and_period_prune_files() {
    let lake = Lake::sample();
    let plan = lake.ask("explain select sum(BilledCost) from charges where billing_period > '2018-10' and x_payer = '111'");
    assert!(plan.contains("billing_period=2018-11") && !plan.contains("billing_period=2018-10"), "{plan}");
    let plan = lake.ask("explain select sum(BilledCost) from charges where billing_period like '2019%'");
    assert!(plan.contains("EmptyExec"), "{plan}");
    insta::assert_snapshot!(lake.ask("select billing_period, sum(BilledCost) from charges where billing_period = '2018-11' or ServiceName = 'S3' group by 1 order by 1"), @"
    billing_period | sum(charges.BilledCost)
    2018-10 | 1
    2018-11 | 31
    ");
}

#[test]
fn charges_lie_in_a_day_or_hour_or_in_none() {
    let lake = Lake::sample();
    insta::assert_snapshot!(lake.ask(
        "select charge_day(ChargePeriodStart, ChargePeriodEnd) as d, charge_hour(ChargePeriodStart, ChargePeriodEnd) as h, count(*) as n
         from charges where billing_period = '2018-10' group by 1, 2 order by 1, 2"), @"
    d | h | n
    2018-10-01 | 2018-10-01T00:00:00Z | 1
    2018-10-01 | 2018-10-01T01:00:00Z | 2
    2018-10-02 | 2018-10-02T05:00:00Z | 2
    2018-10-31 | - | 1
    - | - | 2
    ");
}

#[test]
fn a_file_of_an_older_version_reads_null_where_it_lacks_a_column() {
    let lake = Lake::sample();
    let file = &lake.snapshot.periods[0].charges[0];
    let batch = charges_batch(&charges("when | BilledCost\n2018-10 | 4"));
    let old: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name() != "x_Extra" && field.name() != "Tags")
        .map(|(at, _)| at)
        .collect();
    write(file, &batch.project(&old).unwrap());
    insta::assert_snapshot!(lake.ask("select billing_period, BilledCost, Tags, tag(Tags, 'Team') as team, x_Extra from charges where BilledCost in (4, 20) order by 1"), @r#"
    billing_period | BilledCost | Tags | team | x_Extra
    2018-10 | 4 | - | - | -
    2018-11 | 20 | {"Team":"data"} | data | -
    "#);
}

#[test]
fn a_file_that_an_import_moved_away_is_found_again() {
    let lake = Lake::sample();
    let moved = lake.folder.path().join("old.parquet");
    let found = moved.clone();
    let options = Options { resolve: Some(Arc::new(move |_| Some(found.clone()))), ..Options::default() };
    let (engine, lost) = (Engine::open(&lake.snapshot, &options).unwrap(), lake.engine());
    let file = &lake.snapshot.periods[0].charges[0];
    fs::rename(file, &moved).unwrap();
    let total = |engine: &Engine| -> Result<String, QueryError> {
        run(async {
            let mut rows = engine.sql("select sum(BilledCost) from charges").await?;
            Ok(show(&rows.next().await?.unwrap()[0][0]))
        })
    };
    assert_eq!(total(&engine).unwrap(), "67.000000000001");
    let told = tell(&total(&lost).unwrap_err()).replace(lake.folder.path().to_str().unwrap(), "…");
    insta::assert_snapshot!(told, @"
    error: cannot read `…/x_payer=111/billing_period=2018-10/1-000.parquet`
    because: No such file or directory (os error 2)
    hint: run the question again; if this persists, run `tenor doctor`
    ");
}

#[test]
fn a_question_on_its_way_keeps_the_files_it_began_with() {
    let lake = Lake::sample();
    let engine = lake.engine();
    let total = run(async {
        let mut rows = engine.sql("select sum(BilledCost) from charges").await.unwrap();
        for period in &lake.snapshot.periods {
            fs::remove_file(&period.charges[0]).unwrap();
        }
        show(&rows.next().await.unwrap().unwrap()[0][0])
    });
    assert_eq!(total, "67.000000000001");
}

#[test]
fn a_damaged_file_is_an_error_that_names_it() {
    let lake = Lake::sample();
    fs::write(&lake.snapshot.periods[0].charges[0], "PAR1 nothing of the kind").unwrap();
    insta::assert_snapshot!(lake.ask("select sum(BilledCost) from charges"), @"
    error: a file of the lake is damaged
    because: Parquet error: Parquet error: Failed to fetch metadata for file x_payer=111/billing_period=2018-10/1-000.parquet: Parquet error: Parquet error: Invalid Parquet file. Corrupt footer
    because: Parquet error: Failed to fetch metadata for file x_payer=111/billing_period=2018-10/1-000.parquet: Parquet error: Parquet error: Invalid Parquet file. Corrupt footer
    hint: import that period again with --replace
    ");
}

#[test]
fn memory_is_bounded() {
    let lake = Lake::sample();
    let engine = Engine::open(&lake.snapshot, &Options { memory_bytes_max: 1 << 20, threads: 2, ..Options::default() }).unwrap();
    let ask = |sql: &str| -> Result<usize, QueryError> {
        run(async {
            let mut rows = engine.sql(sql).await?;
            let mut count = 0;
            while let Some(rows) = rows.next().await? {
                count += rows.len();
            }
            Ok(count)
        })
    };
    assert_eq!(
        ask("select a.value + b.value as v from generate_series(1, 1000) a cross join generate_series(1, 1000) b").unwrap(),
        1_000_000
    );
    let error = ask("select array_agg(value) from generate_series(1, 10000000)").unwrap_err();
    assert_eq!(error.to_string(), "the answer needs more than 1 MiB of memory");
}
