//! What a page shows of an answer that is longer than it.

use super::{Found, PAGE_TOP_MAX, ROWS_MAX, explored, rows_shown, shown};
use crate::lake::{CostAnswer, CostQuestion, CostRow, Granularity, Key};
use crate::pages::Frame;
use askama::Template as _;
use jiff::civil::Date;
use std::sync::Arc;
use tenor_money::Money;

/// Rows of so many days from 2020-01-01, with so many groups each.
fn rows(days: usize, groups: usize) -> Vec<CostRow> {
    let first: Date = "2020-01-01".parse().unwrap();
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(days);
    let row = |day: Date, group: usize| CostRow {
        time: Some(day.to_string()),
        keys: vec![Key::Value(format!("group {group}"))],
        cost: Money::from_whole(1),
    };
    days.flat_map(|day| (0..groups).map(move |group| row(day, group))).collect()
}

fn page(rows: Vec<CostRow>, question: &CostQuestion) -> String {
    let answer = Arc::new(CostAnswer { rows, currency: Some("USD".to_owned()), ..CostAnswer::default() });
    explored(&Frame::default(), question, Found { answer, ..Found::default() }).render().unwrap()
}

fn by(granularity: Granularity) -> CostQuestion {
    CostQuestion { by: vec!["service".to_owned()], granularity, ..CostQuestion::default() }
}

#[test]
fn of_a_long_time_the_table_has_the_newest_as_the_chart_does() {
    let html = page(rows(1_200, 1), &by(Granularity::Day));
    assert!(html.contains("The last 1000 of 1200 rows are shown; the file has all of them."), "{html}");
    // 2023-04-14 is the last day, 2020-07-19 the first of a thousand.
    assert!(html.contains("<td>2023-04-14</td>") && html.contains("<td>2020-07-19</td>") && !html.contains("2020-07-18"));
    assert!(html.contains("The newest are drawn; 810 before them are not drawn."), "{html}");
}

#[test]
fn every_time_that_is_drawn_is_whole_in_the_table() {
    let all = rows(100, 30);
    let shown = rows_shown(&all);
    assert_eq!((shown.len(), shown.len() % 30, shown.last() == all.last()), (990, 0, true));
    let html = page(all, &by(Granularity::Day));
    assert!(html.contains("2020-04-09, group 0: 1.00 USD") && !html.contains("2020-03-07,"), "33 days are shown and drawn: {html}");
    let one = rows(1, 1_500);
    assert_eq!((rows_shown(&one).len(), rows_shown(&one).first() == one.first()), (ROWS_MAX, true));
}

#[test]
fn altogether_the_largest_are_shown() {
    let all: Vec<_> = rows(1, 1_500).into_iter().map(|row| CostRow { time: None, ..row }).collect();
    let html = page(all, &by(Granularity::Total));
    assert!(html.contains("The first 1000 of 1500 rows are shown; the file has all of them."));
    assert!(html.contains("group 999<") && !html.contains("group 1000<"));
}

#[test]
fn no_more_groups_are_asked_for_than_a_page_has_rows() {
    let question = CostQuestion { top: Some(1_000_000), ..by(Granularity::Total) };
    assert_eq!((shown(&question).top, shown(&by(Granularity::Total)).top), (Some(PAGE_TOP_MAX), Some(50)));
    assert!(page(rows(1, 1), &question).contains("A page tells no more than 999 groups apart; the file has all of them."));
}
