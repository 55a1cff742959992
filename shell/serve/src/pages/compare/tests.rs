//! What is held against what, by the calendar and by what is held.

use super::{Before, before, change, time_before};
use crate::lake::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, Granularity, Held, Key, Lake, Refusal, Utilization,
};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::Commitment;
use tenor_money::Money;

#[test]
fn the_time_before_is_as_long_and_ends_where_this_one_begins() {
    let before = |from: &str, to: &str| time_before(Some(from), Some(to)).map_or("none".to_owned(), |(from, to)| format!("{from} to {to}"));
    assert_eq!(before("2026-01", "2026-01"), "2025-12 to 2025-12");
    assert_eq!(before("2025-11", "2026-01"), "2025-08 to 2025-10");
    assert_eq!(before("2026-03-01", "2026-03-07"), "2026-02-22 to 2026-02-28");
    assert_eq!(before("2026-03-01", "2026-03-01"), "2026-02-28 to 2026-02-28");
    assert_eq!([before("2026-01", "2026-01-05"), before("2026-02", "2026-01"), before("x", "y")], ["none"; 3]);
    assert_eq!(time_before(None, Some("2026-01")), None);
}

#[test]
fn a_change_has_its_sign_and_its_share() {
    let told = |now: &str, before: &str| change(now.parse().unwrap(), before.parse().unwrap()).text;
    assert_eq!(
        [told("150", "100"), told("50", "100"), told("5", "0"), told("0", "0")],
        ["+50.00 (+50.00 %)", "−50.00 (−50.00 %)", "+5.00 (new)", "0.00"]
    );
}

/// Bills from 2025-06 to 2026-02, without those of 2025-09; that of 2026-02 is open, and 2025-07 is in francs. Each question costs 10.
struct Bills;

#[async_trait]
impl Lake for Bills {
    async fn now(&self) -> Result<Arc<dyn Lake>, Refusal> {
        Ok(Arc::new(Self))
    }

    async fn snapshot(&self) -> Result<String, Refusal> {
        Ok("1".to_owned())
    }

    async fn cost(&self, question: &CostQuestion) -> Result<Arc<CostAnswer>, Refusal> {
        let currency = if question.from.as_deref() == Some("2025-07") { "CHF" } else { "USD" };
        let straddling = question.from.as_deref().filter(|from| from.len() > 7).map(|_| (2, Money::from_whole(3)));
        let total = Money::from_whole(10);
        Ok(Arc::new(CostAnswer { rows: Vec::new(), total, currency: Some(currency.to_owned()), charges: 1, straddling }))
    }

    async fn coverage(&self, _: &CoverageQuestion) -> Result<Arc<CoverageAnswer>, Refusal> {
        Ok(Arc::default())
    }

    async fn commitments(&self) -> Result<Arc<Held>, Refusal> {
        let month = |text: &str| text.parse::<BillingPeriod>().unwrap();
        Ok(Arc::new(Held {
            commitments: Vec::new(),
            periods: (month("2025-06"), month("2026-02")),
            currency: None,
            missing: vec!["2025-09".to_owned()],
            absent: BTreeSet::from([month("2025-09")]),
            partial: Vec::new(),
            open: BTreeSet::from([month("2026-02")]),
            notes: Vec::new(),
        }))
    }

    async fn commitment(&self, _: &str) -> Result<Arc<Vec<(BillingPeriod, Commitment)>>, Refusal> {
        Ok(Arc::default())
    }

    async fn utilization(&self, _: &str, _: BillingPeriod) -> Result<Arc<Utilization>, Refusal> {
        Ok(Arc::default())
    }

    async fn is_readable(&self) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What is said of a comparison, a line for each note, and the change of all of it.
async fn told(from: &str, to: &str) -> String {
    let asked = CostQuestion { from: Some(from.to_owned()), to: Some(to.to_owned()), ..CostQuestion::default() };
    let answer = Bills.cost(&asked).await.unwrap();
    let mut notes = Vec::new();
    let before = before(&Bills, &asked, &answer, 10, &mut notes).await.unwrap();
    let change = before.and_then(|before| before.total(answer.total)).map_or("no change".to_owned(), |change| change.text);
    notes.into_iter().chain([change]).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_held_in_part_is_compared_with_nothing_and_says_so() {
    assert_eq!(told("2025-12", "2025-12").await, "Compared with 2025-11 to 2025-11.\n0.00 (0.00 %)");
    assert_eq!(told("2025-07", "2025-08").await, "Not compared with 2025-05 to 2025-06: the bills begin with 2025-06.\nno change");
    assert_eq!(told("2025-10", "2025-10").await, "Not compared with 2025-09 to 2025-09: bills of 2025-09 are missing.\nno change");
    assert_eq!(told("2025-09", "2025-09").await, "Not compared with 2025-08 to 2025-08: bills of 2025-09 are missing.\nno change");
    assert_eq!(told("2026-01", "2026-03").await, "Not compared with 2025-10 to 2025-12: the bills end with 2026-02.\nno change");
    assert_eq!(
        told("2025-10-01", "2025-10-02").await,
        "Not compared with 2025-09-29 to 2025-09-30: bills of 2025-09 are missing.\nno change"
    );
}

#[tokio::test]
async fn what_is_of_another_currency_is_compared_with_nothing_and_says_so() {
    assert_eq!(told("2025-08", "2025-08").await, "Not compared with 2025-07 to 2025-07: amounts there are in CHF.\nno change");
}

#[tokio::test]
async fn what_is_not_all_yet_or_left_out_of_the_time_before_is_told() {
    let open = "The bill of 2026-02 ends before the month does: its figures are not all yet.";
    assert_eq!(told("2026-02", "2026-02").await, format!("Compared with 2026-01 to 2026-01.\n{open}\n0.00 (0.00 %)"));
    insta::assert_snapshot!(told("2025-12-08", "2025-12-09").await, @"
    Compared with 2025-12-06 to 2025-12-07.
    Not counted from 2025-12-06 to 2025-12-07: 2 charges that lie only partly in that time (monthly fees, taxes), together 3.00 USD.
    0.00 (0.00 %)
    ");
}

/// The change of each row of an answer: its times, each of which costs 10 more than the one before it.
async fn changes(granularity: Granularity, from: Option<&str>, to: Option<&str>, times: &str) -> String {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let asked = CostQuestion { granularity, from: owned(from), to: owned(to), ..CostQuestion::default() };
    let row = |(at, time): (i64, &str)| CostRow {
        time: Some(time.replace('_', " ")),
        keys: vec![Key::Nothing],
        cost: Money::from_whole(10 * at),
    };
    let rows = (1..).zip(times.split(' ')).map(row).collect();
    let answer = Arc::new(CostAnswer { rows, ..CostAnswer::default() });
    let mut notes = Vec::new();
    let before: Before = before(&Bills, &asked, &answer, 10, &mut notes).await.unwrap().unwrap();
    let line = |row: &CostRow| before.change(row).map_or("–".to_owned(), |change| change.text);
    answer.rows.iter().map(line).chain(notes).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_month_stands_beside_the_one_before_it_in_the_calendar() {
    let open = "The bill of 2026-02 ends before the month does: its figures are not all yet.";
    // 2025-09 is not held, and of 2025-12 nothing matched.
    let told = changes(Granularity::Month, None, None, "2025-07 2025-08 2025-10 2025-11 2026-01 2026-02").await;
    let hole = "Not all is compared: bills of 2025-09 are missing.";
    assert_eq!(told, format!("–\n+10.00 (+100.00 %)\n–\n+10.00 (+33.33 %)\n–\n+10.00 (+20.00 %)\n{hole}\n{open}"));
    let partly = changes(Granularity::Month, Some("2025-11-15"), Some("2026-01"), "2025-11 2025-12 2026-01").await;
    assert_eq!(partly, "–\n–\n+10.00 (+50.00 %)", "half of a month is beside no whole one");
}

#[tokio::test]
async fn a_day_stands_beside_the_one_before_it_whether_or_not_anything_matched() {
    let days = "2025-11-29 2025-11-30 2025-12-02 longer_than_a_day";
    let told = changes(Granularity::Day, Some("2025-11-29"), Some("2025-12"), days).await;
    assert_eq!(told, "–\n+10.00 (+100.00 %)\n+30.00 (new)\n–");
    let begin = changes(Granularity::Day, None, Some("2025-10"), "2025-06-01 2025-08-31 2025-10-01 2025-10-02").await;
    assert_eq!(begin, "–\n+20.00 (new)\n–\n+10.00 (+33.33 %)\nNot all is compared: bills of 2025-09 are missing.");
}
