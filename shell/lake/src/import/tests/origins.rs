//! Which report may take the place of which, and which may be left unread.

use super::*;
use crate::source::Month;

/// October as a report of an account, with the payer's number in its rows whoever set it up.
fn of(title: &str, account: &str, cost: &str) -> Report {
    let title = Some(title.to_owned());
    Report { title, ..manifested(account, "2018-10", &[&format!("111122223333 2018-10 {cost}")]) }
}

#[test]
fn another_report_of_the_same_kind_is_refused_unless_told_to_replace() {
    let home = Home::new();
    let steps = [
        home.import(&[of("hourly", "222233334444", "1")]),
        home.import(&[of("hourly", "222233334444", "2")]),
        home.import(&[of("hourly", "555566667777", "3")]),
        home.import(&[of("daily", "222233334444", "3")]),
        home.held(),
        home.replace(&[of("daily", "222233334444", "3")]),
    ];
    insta::assert_snapshot!(steps.join("\n"), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 1

    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 2

    error: 2018-10 of AWS 111122223333 is held from the report `hourly` of account 222233334444, and this is `hourly` of account 555566667777
    hint: each may have charges that the other lacks: import the report of the payer, which has all accounts, keep this one in a lake of its own with --home, or let it take the place of the other with --replace

    error: 2018-10 of AWS 111122223333 is held from the report `hourly` of account 222233334444, and this is `daily` of account 222233334444
    hint: each may have charges that the other lacks: import the report of the payer, which has all accounts, keep this one in a lake of its own with --home, or let it take the place of the other with --replace

    2018-10 of AWS 111122223333 legacy CUR 2

    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 3
      the report `daily` of account 222233334444 took the place of `hourly` of account 222233334444
    ");
}

#[test]
fn another_report_is_refused_by_its_manifest_before_it_is_read() {
    let home = Home::new();
    home.import(&[of("hourly", "111122223333", "1")]);
    insta::assert_snapshot!(home.import(&[of("daily", "111122223333", "?")]), @"
    error: 2018-10 of AWS 111122223333 is held from the report `hourly` of account 111122223333, and this is `daily` of account 111122223333
    hint: each may have charges that the other lacks: import the report of the payer, which has all accounts, keep this one in a lake of its own with --home, or let it take the place of the other with --replace
    ");
}

#[test]
fn files_without_a_manifest_say_whose_place_they_took() {
    let home = Home::new();
    let from = |source: &str, cost: &str| {
        let bill = bill(&[&format!("{OCTOBER} {cost}")]);
        home.import_with(&[bill], &ImportOptions { source: source.to_owned(), ..options() })
    };
    let steps = [from("a", "1"), from("a", "2"), from("b", "3"), from("c", "3")];
    insta::assert_snapshot!(steps.join(""), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 1
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 2
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 3
      it took the place of what was read from `a`
    2018-10 of AWS 111122223333: Unchanged, 1 rows, billed 3
    ");
}

#[test]
fn a_record_of_before_reports_were_told_apart_is_still_read() {
    let home = Home::new();
    home.import(&[of("hourly", "111122223333", "1")]);
    let charges = home.lake.snapshot().unwrap().periods[0].charges[0].clone();
    let record = charges.with_file_name("_import.json");
    let text = fs::read_to_string(&record).unwrap();
    let older: Vec<_> = text.lines().filter(|line| !line.contains("\"report\":") && !line.contains("\"account\":")).collect();
    assert_eq!(older.len() + 2, text.lines().count());
    fs::write(&record, older.join("\n")).unwrap();
    insta::assert_snapshot!(home.import(&[of("daily", "111122223333", "2")]), @"2018-10 of AWS 111122223333: Replaced, 1 rows, billed 2");
}

#[test]
fn a_report_that_looks_like_a_held_one_is_read_when_its_month_is_not_held() {
    let home = Home::new();
    let alike = |payer: &str, period: &str| Report {
        fingerprint: "same name, size and time".to_owned(),
        months: vec![Month { period: period.parse().unwrap(), payer: Some(payer.to_owned()) }],
        ..bill(&[&format!("{payer} {period} 1")])
    };
    let steps = [("111122223333", "2018-10"), ("111122223333", "2018-11"), ("222233334444", "2018-10"), ("222233334444", "2018-10")]
        .map(|(payer, period)| home.import(&[alike(payer, period)]));
    insta::assert_snapshot!(steps.join(""), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 1
    2018-11 of AWS 111122223333: New, 1 rows, billed 1
    2018-10 of AWS 222233334444: New, 1 rows, billed 1
    2018-10 of AWS 222233334444: SameContents, 1 rows, billed 1
    ");
}

#[test]
fn a_month_that_has_no_rows_yet_is_passed_by_and_never_takes_the_place_of_one() {
    let home = Home::new();
    let empty = |account: &str, period: &str| manifested(account, period, &[]);
    let whole = manifested("111122223333", "2018-10", &["111122223333 2018-10 1"]);
    let steps = [
        home.import(&[empty("111122223333", "2018-09"), whole]),
        home.import(&[empty("111122223333", "2018-10")]),
        home.import(&[manifested("222233334444", "2018-11", &["111122223333 2018-11 1"])]),
        home.import(&[empty("222233334444", "2018-11")]),
        home.held(),
    ];
    insta::assert_snapshot!(steps.join("\n"), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 1
    `cur 2018-09` has no rows of 2018-09 yet

    error: `cur 2018-10` has no rows
    hint: AWS may still be writing it; look again in a few hours

    2018-11 of AWS 111122223333: New, 1 rows, billed 1

    error: `cur 2018-11` has no rows
    hint: AWS may still be writing it; look again in a few hours

    2018-10 of AWS 111122223333 legacy CUR 1
    2018-11 of AWS 111122223333 legacy CUR 1
    ");
}
