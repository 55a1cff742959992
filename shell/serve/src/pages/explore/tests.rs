//! What a page shows of an answer that is longer than it.

use super::{CHART_ROWS_MAX, Found, PAGE_TOP_MAX, ROWS_MAX, Way, explored, rendered, rows_shown, shown};
use crate::lake::{CostAnswer, CostQuestion, CostRow, Granularity, Key};
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
    rendered(&explored(question, Found { answer, ..Found::default() }, true))
}

fn by(granularity: Granularity) -> CostQuestion {
    CostQuestion { by: vec!["service".to_owned()], granularity, ..CostQuestion::default() }
}

#[test]
fn of_a_long_time_the_table_has_the_newest_as_the_chart_does() {
    let html = page(rows(1_200, 1), &by(Granularity::Day));
    assert!(html.contains("The last 250 of 1200 rows are shown; the file has all of them."), "{html}");
    // 2023-04-14 is the last day, 2022-08-08 the first of the last 250.
    assert!(html.contains("<td>2023-04-14</td>") && html.contains("<td>2022-08-08</td>") && !html.contains("<td>2022-08-07</td>"));
    assert!(html.contains("The newest are drawn; 1010 before them are not drawn."), "{html}");
}

#[test]
fn every_time_that_is_shown_or_drawn_is_whole() {
    let all = rows(100, 30);
    for (most, whole) in [(ROWS_MAX, 240), (CHART_ROWS_MAX, 1_980)] {
        let shown = rows_shown(&all, most);
        assert_eq!((shown.len(), shown.len() % 30, shown.last() == all.last()), (whole, 0, true));
    }
    let html = page(all, &by(Granularity::Day));
    // Eight looks of forty-eight days are drawn.
    assert!(html.contains("2020-04-09, group 0: 1.00 USD") && !html.contains("2020-02-21,"), "{html}");
    let one = rows(1, 1_500);
    assert_eq!((rows_shown(&one, ROWS_MAX).len(), rows_shown(&one, ROWS_MAX).first() == one.first()), (ROWS_MAX, true));
}

#[test]
fn a_way_is_the_address_of_the_question_that_it_asks() {
    let from = CostQuestion {
        from: Some("2026-01".to_owned()),
        top: Some(7),
        condition: Some("A > 1 OR B = 'x'".to_owned()),
        ..by(Granularity::Month)
    };
    let way = Way::of(&from, "service", true).unwrap();
    assert_eq!(
        way.to(Some("it's & <more>")),
        "/explore?by=usage-type&granularity=month&from=2026-01\
         &where=%28A+%3E+1+OR+B+%3D+%27x%27%29+AND+ServiceName+%3D+%27it%27%27s+%26+%3Cmore%3E%27&top=7&compare=before"
    );
    let (tag, nothing) = (Way::of(&by(Granularity::Total), "tag:it's", false).unwrap(), Way::of(&from, "payer", false));
    assert_eq!(tag.to(None), "/explore?by=service&where=tag%28Tags%2C+%27it%27%27s%27%29+IS+NULL");
    assert!(nothing.is_none());
}

#[test]
fn the_largest_page_of_costs_is_light_and_has_nothing_of_anybody() {
    let long = |row: CostRow| CostRow { keys: vec![Key::Value(format!("{} {}", "Amazon Elastic Compute Cloud", row.cost)); 3], ..row };
    let all = rows(365, 50)
        .into_iter()
        .enumerate()
        .map(|(at, row)| long(CostRow { cost: Money::from_whole(i64::try_from(at).unwrap() + 1_000_000), ..row }))
        .collect();
    let question = CostQuestion { by: ["service", "usage-type", "resource"].map(str::to_owned).to_vec(), ..by(Granularity::Day) };
    let html = page(all, &question);
    let assets = include_str!("../../../assets/style.css").len() + include_str!("../../../assets/tenor.js").len();
    assert!(html.len() + assets + 8_000 < 200_000, "{} bytes", html.len());
    assert!(!html.contains("form_token") && !html.contains("<html"), "whose page it is stands around it");
}

#[test]
fn altogether_the_largest_are_shown() {
    let all: Vec<_> = rows(1, 1_500).into_iter().map(|row| CostRow { time: None, ..row }).collect();
    let html = page(all, &by(Granularity::Total));
    assert!(html.contains("The first 250 of 1500 rows are shown; the file has all of them."));
    let viewer = explored(
        &by(Granularity::Day),
        Found { answer: Arc::new(CostAnswer { rows: rows(1_200, 1), ..CostAnswer::default() }), ..Found::default() },
        false,
    )
    .notes;
    assert_eq!(viewer[0], "The last 250 of 1200 rows are shown; analysts may take all of them as a file.");
    assert!(html.contains("group 249<") && !html.contains("group 250<"));
}

#[test]
fn no_more_groups_are_asked_for_than_a_page_has_rows() {
    let question = CostQuestion { top: Some(1_000_000), ..by(Granularity::Total) };
    assert_eq!((shown(&question).top, shown(&by(Granularity::Total)).top), (Some(PAGE_TOP_MAX), Some(50)));
    assert!(page(rows(1, 1), &question).contains("A page tells no more than 249 groups apart; the file has all of them."));
}
