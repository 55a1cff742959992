//! Questions at the edges of what the lake can say: another month's bill, shorter times than its rows, costs its reports do not give.

use crate::cost::told;
use crate::lake::Lake;
use tenor_lake::store::TimeUnit;

#[test]
fn a_charge_on_another_months_bill_is_told_with_its_own_currency() {
    let refund = "when | BilledCost | BillingCurrency\n2018-10-31T05 | -7 | CNY\n2018-11-01T05 | 9 | CNY";
    let lake = Lake::sample().with("222", "2018-11", TimeUnit::Hour, refund);
    insta::assert_snapshot!(told(&lake, "from 2018-10-31 to 2018-10-31"), @r#"
    from 2018-10-31 to 2018-10-31
    error: the charges asked for are in more than one currency: CNY, USD
    hint: choose one with --where "BillingCurrency = 'USD'"
    "#);
    insta::assert_snapshot!(told(&lake, "from 2018-10-31 to 2018-10-31 where BillingCurrency = 'CNY'"), @"
    from 2018-10-31 to 2018-10-31 where BillingCurrency = 'CNY'
    -7
    = -7 CNY in 1 charges, from charges
    ");
}

#[test]
fn charges_that_lie_across_the_ends_are_not_added_over_currencies() {
    let yearly = "when | BilledCost | BillingCurrency\n2018-10 | 100 | EUR";
    let lake = Lake::sample().with("222", "2018-10", TimeUnit::Hour, yearly);
    insta::assert_snapshot!(told(&lake, "from 2018-10-02 to 2018-10-02"), @r#"
    from 2018-10-02 to 2018-10-02
    error: the charges asked for are in more than one currency: EUR, USD
    hint: choose one with --where "BillingCurrency = 'USD'"
    "#);
}

#[test]
fn a_time_shorter_than_the_rows_is_refused_and_not_empty() {
    let daily = "when | BilledCost\n2018-12-05 | 5";
    let lake = Lake::empty().with("111", "2018-12", TimeUnit::Day, daily).with(
        "222",
        "2018-12",
        TimeUnit::Month,
        "when | BilledCost\n2018-12 | 7",
    );
    let questions = [
        "from 2018-12-05T03Z to 2018-12-05T05Z",
        "from 2018-12-05 to 2018-12-05",
        "from 2018-12-05 to 2018-12-05 where x_payer = '111'",
        "day where x_payer = '111' and BilledCost > 1",
        "hour where x_payer = '111'",
        "day where x_payer = '111' or BilledCost > 1",
        "from 2018-12",
    ];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @"
    from 2018-12-05T03Z to 2018-12-05T05Z
    error: the bill of 2018-12 for payer 111 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    from 2018-12-05 to 2018-12-05
    error: the bill of 2018-12 for payer 222 has rows of a month, so nothing can be said by day
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    from 2018-12-05 to 2018-12-05 where x_payer = '111'
    5
    = 5 USD in 1 charges, from roll-ups

    day where x_payer = '111' and BilledCost > 1
    2018-12-05 | 5
    = 5 USD in 1 charges, from charges

    hour where x_payer = '111'
    error: the bill of 2018-12 for payer 111 has rows of a day, so nothing can be said by hour
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    day where x_payer = '111' or BilledCost > 1
    error: the bill of 2018-12 for payer 222 has rows of a month, so nothing can be said by day
    hint: ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows

    from 2018-12
    12
    = 12 USD in 2 charges, from roll-ups
    ");
}

#[test]
fn a_cost_that_a_report_does_not_give_is_refused_and_not_nothing() {
    let with = "when | BilledCost | x_UnblendedCost\n2018-12-05T03 | 5 | 6";
    let without = "when | BilledCost\n2019-01-05T03 | 7";
    let lake = Lake::empty().with("111", "2018-12", TimeUnit::Hour, with).with("111", "2019-01", TimeUnit::Hour, without);
    let questions = ["unblended hour to 2018-12", "unblended hour", "unblended hour where x_UnblendedCost is not null"];
    let answers: Vec<_> = questions.iter().map(|text| told(&lake, text)).collect();
    insta::assert_snapshot!(answers.join("\n"), @"
    unblended hour to 2018-12
    2018-12-05T03:00:00Z | 6
    = 6 USD in 1 charges, from charges

    unblended hour
    error: 1 of the charges asked for have no x_UnblendedCost: their report does not give it
    hint: ask for another cost (--metric, --discounts include), or leave those charges out with --from, --to or --where

    unblended hour where x_UnblendedCost is not null
    2018-12-05T03:00:00Z | 6
    = 6 USD in 1 charges, from charges
    ");
}
