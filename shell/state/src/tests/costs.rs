//! What calls cost is added up exactly and durably.

use super::{open, told_of};
use crate::Spent;
use tenor_bill::BillingPeriod;
use tenor_money::Money;

fn month(text: &str) -> BillingPeriod {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn costs_add_up_to_the_last_digit_and_stay() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    assert_eq!(state.spent(month("2026-01")).unwrap(), Money::ZERO);
    assert_eq!(state.add_spent(month("2026-01"), money("0.01")).unwrap(), money("0.01"));
    assert_eq!(state.add_spent(month("2026-01"), money("0.000000000001")).unwrap(), money("0.010000000001"));
    state.add_spent(month("2026-02"), money("5")).unwrap();
    drop(state);
    let state = open(home.path());
    assert_eq!(state.spent(month("2026-01")).unwrap(), money("0.010000000001"));
    assert_eq!(state.spent(month("2026-02")).unwrap(), money("5"));
}

#[test]
fn a_price_is_taken_only_where_the_month_has_it() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let (january, most) = (month("2026-01"), Some(money("0.02")));
    assert_eq!(state.spend(january, money("0.01"), most).unwrap(), Spent::Added(money("0.01")));
    assert_eq!(state.spend(january, money("0.01"), most).unwrap(), Spent::Added(money("0.02")));
    assert_eq!(state.spend(january, money("0.01"), most).unwrap(), Spent::Over(money("0.02")));
    assert_eq!(state.spend(month("2026-02"), money("0.01"), most).unwrap(), Spent::Added(money("0.01")));
    assert_eq!(state.unspend(january, money("0.01")).unwrap(), money("0.01"));
    assert_eq!(state.spend(january, money("0.01"), most).unwrap(), Spent::Added(money("0.02")));
    assert_eq!(state.unspend(january, money("1")).unwrap(), Money::ZERO);
    drop(state);
    let state = open(home.path());
    assert_eq!([january, month("2026-02")].map(|month| state.spent(month).unwrap()), [Money::ZERO, money("0.01")]);
}

#[test]
fn a_sum_beyond_all_amounts_is_refused_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.add_spent(month("2026-01"), money("999999999999999999")).unwrap();
    insta::assert_snapshot!(told_of(home.path(), state.add_spent(month("2026-01"), money("2"))), @"
    2 more than 999999999999999999 in 2026-01 is more than an amount can be
    hint: check what is being added
    ");
    told_of(home.path(), state.add_spent(month("2026-01"), Money::from_units(i128::MAX)));
    assert_eq!(state.spent(month("2026-01")).unwrap(), money("999999999999999999"));
}

#[test]
fn a_sum_that_is_no_amount_is_named() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path());
    state.db.execute("INSERT INTO call_costs (month, spent) VALUES ('2026-01', 'much')", []).unwrap();
    insta::assert_snapshot!(told_of(home.path(), state.spent(month("2026-01"))), @"
    the calls' costs of 2026-01 is `much`, which cannot be understood
    hint: update Tenor if a newer one wrote it; else restore the last backup into an empty home: tenor restore FILE --home FOLDER
    ");
}

#[test]
#[should_panic(expected = "a call costs nothing or something")]
fn a_call_never_gives_money() {
    let home = tempfile::tempdir().unwrap();
    let _ = open(home.path()).add_spent(month("2026-01"), money("-1"));
}
