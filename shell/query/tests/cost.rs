//! Cost questions: totals that hold, time that pretends nothing.

use crate::lake::{Lake, run, tell};
use tenor_lake::store::TimeUnit;
use tenor_query::cost::{Answer, Granularity, Key, Metric, Question, Range, Time};
use tenor_query::{Engine, Options, QueryError};

/// A question as words: `by service,tag:Team hour effective from 2018-10 to 2018-11 top 2 where ServiceName = 'EC2'`.
pub(crate) fn question(text: &str) -> Question {
    let mut question = Question {
        by: Vec::new(),
        metric: Metric::Billed,
        granularity: Granularity::Total,
        range: Range::default(),
        filter: None,
        top: None,
    };
    let (words, filter) = text.split_once("where ").map_or((text, None), |(words, filter)| (words, Some(filter.to_owned())));
    question.filter = filter;
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap();
        match word {
            "by" => question.by = next().split(',').map(|name| name.parse().unwrap()).collect(),
            "from" => question.range.from = Some(next().parse().unwrap()),
            "to" => question.range.to = Some(next().parse().unwrap()),
            "top" => question.top = Some(next().parse().unwrap()),
            "month" => question.granularity = Granularity::Month,
            "day" => question.granularity = Granularity::Day,
            "hour" => question.granularity = Granularity::Hour,
            "effective" => question.metric = Metric::Effective,
            "list" => question.metric = Metric::List,
            "unblended" => question.metric = Metric::Unblended,
            other => panic!("no such word: {other}"),
        }
    }
    question
}

fn show(answer: &Answer) -> String {
    let mut lines: Vec<_> = answer
        .rows
        .iter()
        .map(|row| {
            let time = row.time.iter().map(|time| match time {
                Time::At(text) => text.clone(),
                Time::Longer => "longer".to_owned(),
            });
            let keys = row.keys.iter().map(|key| match key {
                Key::Value(text) => text.clone(),
                Key::Nothing => "-".to_owned(),
                Key::Other => "OTHER".to_owned(),
            });
            time.chain(keys).chain([row.cost.to_string()]).collect::<Vec<_>>().join(" | ")
        })
        .collect();
    let source = if answer.from_rollups { "roll-ups" } else { "charges" };
    lines.push(format!("= {} {} in {} charges, from {source}", answer.total, answer.currency.as_deref().unwrap_or("-"), answer.charges));
    lines.extend(answer.straddling.map(|(charges, cost)| format!("and {charges} charges only in part: {cost}")));
    lines.join("\n")
}

pub(crate) fn ask(lake: &Lake, text: &str) -> Result<Answer, QueryError> {
    run(lake.engine().cost(&question(text)))
}

pub(crate) fn told(lake: &Lake, text: &str) -> String {
    format!("{text}\n{}\n", ask(lake, text).map_or_else(|error| tell(&error), |answer| show(&answer)))
}

#[test]
fn everyday_questions_are_answered() {
    let lake = Lake::sample();
    let questions = [
        "",
        "month",
        "by service",
        "by service effective month",
        "by service,region top 2",
        "by service month top 1",
        "by tag:Team",
        "by tag:Team,service from 2018-10 to 2018-10",
        "by account where RegionId = 'us-east-1' and chargecategory = 'Usage'",
        "by usage-type",
        "by type day from 2018-10 to 2018-10",
        "by service hour from 2018-10 to 2018-10 where x_lineitemtype <> 'Tax'",
        "by billedcost where billedcost > 5",
        "by service where ServiceName = 'Nothing'",
        "by service where x_UsageType = 'Nothing'",
        "by service where charges.RegionId = 'eu-west-1' and CHARGES.BilledCost < 1",
        "by service where charges.RegionId = 'eu-west-1'",
        "by service where rollup.RegionId = 'eu-west-1'",
        "top 1",
    ];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @"

    67.000000000001
    = 67.000000000001 USD in 11 charges, from roll-ups

    month
    2018-10 | 36.000000000001
    2018-11 | 31
    = 67.000000000001 USD in 11 charges, from roll-ups

    by service
    EC2 | 42.000000000001
    RDS | 20
    - | 4
    S3 | 1
    = 67.000000000001 USD in 11 charges, from roll-ups

    by service effective month
    2018-10 | - | 3
    2018-10 | EC2 | 1.5
    2018-10 | S3 | 1
    2018-11 | RDS | 20
    2018-11 | EC2 | 10
    2018-11 | - | 1
    = 36.5 USD in 11 charges, from roll-ups

    by service,region top 2
    EC2 | us-east-1 | 42
    RDS | us-east-1 | 20
    OTHER | OTHER | 5.000000000001
    = 67.000000000001 USD in 11 charges, from roll-ups

    by service month top 1
    2018-10 | EC2 | 32.000000000001
    2018-10 | OTHER | 4
    2018-11 | EC2 | 10
    2018-11 | OTHER | 21
    = 67.000000000001 USD in 11 charges, from roll-ups

    by tag:Team
    - | 33
    data | 20.000000000001
    web | 14
    = 67.000000000001 USD in 11 charges, from charges

    by tag:Team,service from 2018-10 to 2018-10
    - | EC2 | 28
    web | EC2 | 4
    - | - | 3
    - | S3 | 1
    data | EC2 | 0.000000000001
    = 36.000000000001 USD in 8 charges, from charges

    by account where RegionId = 'us-east-1' and chargecategory = 'Usage'
    333 | 20.75
    222 | 14.25
    = 35 USD in 6 charges, from roll-ups

    by usage-type
    - | 67.000000000001
    = 67.000000000001 USD in 11 charges, from roll-ups

    by type day from 2018-10 to 2018-10
    2018-10-01 | Usage | 4.000000000001
    2018-10-02 | Usage | 0.25
    2018-10-02 | Credit | -2
    2018-10-31 | Usage | 0.75
    longer | RIFee | 30
    longer | Tax | 3
    = 36.000000000001 USD in 8 charges, from roll-ups

    by service hour from 2018-10 to 2018-10 where x_lineitemtype <> 'Tax'
    2018-10-01T00:00:00Z | EC2 | 1.5
    2018-10-01T01:00:00Z | EC2 | 2.500000000001
    2018-10-02T05:00:00Z | S3 | 0.25
    2018-10-02T05:00:00Z | EC2 | -2
    longer | EC2 | 30
    longer | S3 | 0.75
    = 33.000000000001 USD in 7 charges, from charges

    by billedcost where billedcost > 5
    30 | 30
    20 | 20
    10 | 10
    = 60 USD in 3 charges, from charges

    by service where ServiceName = 'Nothing'
    = 0 - in 0 charges, from roll-ups

    by service where x_UsageType = 'Nothing'
    = 0 - in 0 charges, from roll-ups

    by service where charges.RegionId = 'eu-west-1' and CHARGES.BilledCost < 1
    EC2 | 0.000000000001
    = 0.000000000001 USD in 1 charges, from charges

    by service where charges.RegionId = 'eu-west-1'
    EC2 | 0.000000000001
    = 0.000000000001 USD in 1 charges, from roll-ups

    by service where rollup.RegionId = 'eu-west-1'
    error: there is no column `rollup.RegionId`; did you mean `RegionId`?
    hint: DESCRIBE charges lists all columns

    top 1
    67.000000000001
    = 67.000000000001 USD in 11 charges, from roll-ups
    ");
}

#[test]
fn a_range_counts_what_lies_in_it_and_names_what_lies_across_its_ends() {
    let lake = Lake::sample();
    let questions = [
        "by service from 2018-10-01 to 2018-10-01",
        "from 2018-10-01T01Z to 2018-10-01T01Z",
        "by service from 2018-10-31 to 2018-11-01",
        "from 2018-10-01 to 2018-10-31",
        "from 2018-10-02",
        "to 2018-11-29",
    ];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @"
    by service from 2018-10-01 to 2018-10-01
    EC2 | 4.000000000001
    = 4.000000000001 USD in 3 charges, from roll-ups
    and 2 charges only in part: 33

    from 2018-10-01T01Z to 2018-10-01T01Z
    2.500000000001
    = 2.500000000001 USD in 2 charges, from charges
    and 2 charges only in part: 33

    by service from 2018-10-31 to 2018-11-01
    EC2 | 10
    S3 | 0.75
    = 10.75 USD in 2 charges, from roll-ups
    and 3 charges only in part: 34

    from 2018-10-01 to 2018-10-31
    36.000000000001
    = 36.000000000001 USD in 8 charges, from roll-ups

    from 2018-10-02
    30
    = 30 USD in 6 charges, from roll-ups
    and 2 charges only in part: 33

    to 2018-11-29
    66.000000000001
    = 66.000000000001 USD in 10 charges, from roll-ups
    and 1 charges only in part: 1
    ");
}

#[test]
fn questions_that_the_lake_cannot_answer_are_refused_with_the_reason() {
    let daily = "when | ServiceName | BilledCost | BillingCurrency\n2019-01-01 | EC2 | 5 | EUR\n2019-01 | EC2 | 6 | EUR";
    let lake = Lake::sample().with("111", "2019-01", TimeUnit::Day, daily).with(
        "111",
        "2019-02",
        TimeUnit::Month,
        "when | BilledCost\n2019-02 | 5",
    );
    let questions = [
        "hour from 2018-10",
        "hour to 2018-11",
        "day from 2019-01",
        "day from 2019-01 to 2019-01",
        "from 2020-01",
        "month from 2018-11 to 2019-01",
        "month from 2018-11 to 2019-01 where BillingCurrency = 'EUR'",
        "by tag:team to 2018-11",
        "by tag:Xyzzy to 2018-11",
        "by category:Unit to 2018-11",
        "to 2018-11 where Servcename = 'EC2'",
        "where BilledCost = (select max(BilledCost) from charges)",
        "where ServiceName = 'EC2') or (1 = 1",
        "where ServiceName +",
        "to 2018-11 where ServiceName",
    ];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @r#"
    hour from 2018-10
    error: the bill of 2019-01 for payer 111 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    hour to 2018-11
    2018-10-01T00:00:00Z | 1.5
    2018-10-01T01:00:00Z | 2.500000000001
    2018-10-02T05:00:00Z | -1.75
    2018-11-01T00:00:00Z | 10
    2018-11-03T00:00:00Z | 20
    longer | 34.75
    = 67.000000000001 USD in 11 charges, from charges

    day from 2019-01
    error: the bill of 2019-02 for payer 111 has rows of a month, so nothing can be said by day
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    day from 2019-01 to 2019-01
    2019-01-01 | 5
    longer | 6
    = 11 EUR in 2 charges, from roll-ups

    from 2020-01
    error: the lake holds no bill from 2020-01-01T00:00:00Z until now; it holds 2018-10 to 2019-02
    hint: change --from and --to; both ends are included

    month from 2018-11 to 2019-01
    error: the charges asked for are in more than one currency: EUR, USD
    hint: choose one with --where "BillingCurrency = 'USD'"

    month from 2018-11 to 2019-01 where BillingCurrency = 'EUR'
    2019-01 | 11
    = 11 EUR in 2 charges, from charges

    by tag:team to 2018-11
    error: none of the charges asked for has the tag `team`; did you mean `Team`?
    hint: keys are spelled exactly as they are in the bill, capitals included

    by tag:Xyzzy to 2018-11
    error: none of the charges asked for has the tag `Xyzzy`
    hint: keys are spelled exactly as they are in the bill, capitals included

    by category:Unit to 2018-11
    error: none of the charges asked for has the cost category `Unit`
    hint: keys are spelled exactly as they are in the bill, capitals included

    to 2018-11 where Servcename = 'EC2'
    error: there is no column `servcename`; did you mean `ServiceName`?
    hint: DESCRIBE charges lists all columns

    where BilledCost = (select max(BilledCost) from charges)
    error: a subquery in a condition is refused: SQL can only ask questions of the lake
    hint: a condition compares columns; what takes more goes to `tenor sql`, on the machine of the home

    where ServiceName = 'EC2') or (1 = 1
    error: the statement cannot be parsed
    because: sql parser error: Expected: EOF, found: ) at Line: 1, Column: 20
    hint: names with spaces or capitals of their own go in "double quotes", text in 'single quotes'

    where ServiceName +
    error: the statement cannot be parsed
    because: sql parser error: Expected: an expression, found: EOF
    hint: names with spaces or capitals of their own go in "double quotes", text in 'single quotes'

    to 2018-11 where ServiceName
    error: the statement makes no sense to the lake
    because: Error during planning: Cannot create filter with non-boolean predicate 'rollup.ServiceName' returning Utf8View
    hint: SHOW TABLES and DESCRIBE charges say what there is to ask for
    "#);
    insta::assert_snapshot!(told(&Lake::empty(), "by service"), @"
    by service
    error: the lake holds no bill yet
    hint: import one first: tenor import SOURCE
    ");
}

#[test]
fn payers_live_side_by_side() {
    let lake = Lake::sample().with(
        "999",
        "2018-10",
        TimeUnit::Hour,
        "when | BillingAccountId | ServiceName | BilledCost\n2018-10-01T00 | 999 | EC2 | 100",
    );
    insta::assert_snapshot!(told(&lake, "by x_payer month"), @"
    by x_payer month
    2018-10 | 999 | 100
    2018-10 | 111 | 36.000000000001
    2018-11 | 111 | 31
    = 167.000000000001 USD in 12 charges, from roll-ups
    ");
    insta::assert_snapshot!(told(&lake, "by service where x_payer = '999'"), @"
    by service where x_payer = '999'
    EC2 | 100
    = 100 USD in 1 charges, from roll-ups
    ");
}

#[test]
fn a_key_is_missed_only_where_that_is_known() {
    let lake = Lake::sample();
    let questions = [
        "by tag:Env from 2018-11",
        "by tag:Env from 2018-11 where ServiceName = 'RDS'",
        "by tag:Env where ServiceName = 'RDS'",
        "by service,tag:Nv top 1 from 2018-11",
    ];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @"
    by tag:Env from 2018-11
    error: none of the charges asked for has the tag `Env`
    hint: keys are spelled exactly as they are in the bill, capitals included

    by tag:Env from 2018-11 where ServiceName = 'RDS'
    error: none of the charges asked for has the tag `Env`
    hint: keys are spelled exactly as they are in the bill, capitals included

    by tag:Env where ServiceName = 'RDS'
    - | 20
    = 20 USD in 1 charges, from charges

    by service,tag:Nv top 1 from 2018-11
    error: none of the charges asked for has the tag `Nv`
    hint: keys are spelled exactly as they are in the bill, capitals included
    ");
}

#[test]
fn an_answer_of_more_groups_than_are_held_is_refused_but_for_its_top() {
    let lake = Lake::sample();
    let engine = Engine::open(&lake.snapshot, &Options { groups_max: 4, ..Options::default() }).unwrap();
    let told = |text: &str| {
        let answer = run(engine.cost(&question(text)));
        format!("{text}\n{}\n", answer.map_or_else(|error| tell(&error), |answer| show(&answer)))
    };
    let questions =
        ["by ChargePeriodStart", "by ChargePeriodStart top 2", "by ChargePeriodStart top 2 month", "by ChargePeriodStart top 7"];
    insta::assert_snapshot!(questions.map(told).join("\n"), @"
    by ChargePeriodStart
    error: the answer has more than 4 groups
    hint: show the dearest with --top, tell less apart, or ask in SQL: `tenor sql` prints rows as they come

    by ChargePeriodStart top 2
    2018-10-01T00:00:00Z | 34.5
    2018-11-03T00:00:00Z | 20
    OTHER | 12.500000000001
    = 67.000000000001 USD in 11 charges, from charges

    by ChargePeriodStart top 2 month
    2018-10 | 2018-10-01T00:00:00Z | 34.5
    2018-10 | OTHER | 1.500000000001
    2018-11 | 2018-11-03T00:00:00Z | 20
    2018-11 | OTHER | 11
    = 67.000000000001 USD in 11 charges, from charges

    by ChargePeriodStart top 7
    error: the answer has more than 4 groups
    hint: show the dearest with --top, tell less apart, or ask in SQL: `tenor sql` prints rows as they come
    ");
}

#[test]
fn a_question_that_roll_ups_answer_is_known_to_be_quick() {
    let lake = Lake::sample();
    let is_quick = |by: &str| {
        let (metric, granularity) = (Metric::Effective, Granularity::Month);
        let question = Question { by: vec![by.parse().unwrap()], metric, granularity, range: Range::default(), filter: None, top: None };
        run(lake.engine().is_quick(&question)).unwrap()
    };
    assert_eq!(["service", "usage-type", "tag:Team"].map(is_quick), [true, true, false]);
}

#[test]
fn it_is_quick_where_the_roll_ups_by_month_are_the_smaller_ones_too() {
    let mut lake = Lake::sample();
    // Nothing is read to tell, so it need be no roll-up.
    let large = lake.folder.path().join("large");
    std::fs::write(&large, vec![0; 1 << 20]).unwrap();
    for period in &mut lake.snapshot.periods {
        period.rollup = Some(large.clone());
    }
    let (metric, granularity) = (Metric::Effective, Granularity::Month);
    let question = Question { by: vec!["service".parse().unwrap()], metric, granularity, range: Range::default(), filter: None, top: None };
    assert!(run(lake.engine().is_quick(&question)).unwrap());
}
