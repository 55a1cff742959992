//! Groups of costs over time, as a chart of the rows that a page shows. Those that are not among the largest are one more group: nothing is lost.

use super::explore::{led, told};
use crate::calendar::filled;
use crate::lake::{CostQuestion, CostRow, Key};
use crate::stack::{LOOKS, Series, Stack};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use tenor_money::Money;

/// Groups over time, whether or not anything was in it; what has no time of its own, being longer, is one more bar.
pub(super) fn chart(question: &CostQuestion, rows: &[CostRow], compares: bool, currency: &str) -> Option<Stack> {
    let mut times: Vec<String> = rows.iter().filter_map(|row| row.time.clone()).collect();
    times.dedup();
    let labels = filled(&times);
    let places: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(at, label)| (label.as_str(), at)).collect();
    let largest = largest(rows);
    let own = if largest.len() > LOOKS { LOOKS - 1 } else { largest.len() };
    let looks: BTreeMap<&[Key], usize> = largest.iter().enumerate().map(|(at, keys)| (*keys, at.min(own))).collect();
    let mut amounts = vec![vec![Money::ZERO; labels.len()]; largest.len().min(LOOKS)];
    for row in rows {
        let place = row.time.as_deref().and_then(|time| places.get(time));
        if let (Some(place), Some(look)) = (place, looks.get(row.keys.as_slice())) {
            amounts[*look][*place] += row.cost;
        }
    }
    let rest = (largest.len() > own).then(|| (format!("{} others", largest.len() - own), None));
    let names = largest.iter().take(own).map(|keys| named(question, keys, compares)).chain(rest);
    let series: Vec<_> = names.zip(amounts).map(|((name, address), amounts)| Series { name, address, amounts }).collect();
    Stack::of("cost", "Cost over time, by group", currency, &labels, &series)
}

/// Groups by what they come to over all time, credits like costs.
fn largest(rows: &[CostRow]) -> Vec<&[Key]> {
    let mut sizes: BTreeMap<&[Key], Money> = BTreeMap::new();
    for row in rows {
        *sizes.entry(&row.keys).or_default() += row.cost.abs();
    }
    let mut largest: Vec<_> = sizes.into_iter().collect();
    largest.sort_by_key(|(_, size)| Reverse(*size));
    largest.into_iter().map(|(keys, _)| keys).collect()
}

/// What a group is called, and where it leads.
fn named(question: &CostQuestion, keys: &[Key], compares: bool) -> (String, Option<String>) {
    let names: Vec<_> = keys.iter().zip(&question.by).map(|(key, by)| told(key, by)).collect();
    let name = if names.is_empty() { question.metric.label().to_owned() } else { names.join(" · ") };
    let address = match (keys, question.by.as_slice()) {
        ([key], [by]) => led(question, by, key, compares),
        _ => None,
    };
    (name, address)
}

#[cfg(test)]
mod tests {
    use super::chart;
    use crate::lake::{CostQuestion, CostRow, Granularity, Key};
    use askama::Template as _;
    use tenor_money::Money;

    fn row(time: &str, name: &str, cost: i64) -> CostRow {
        CostRow { time: Some(time.to_owned()), keys: vec![Key::Value(name.to_owned())], cost: Money::from_whole(cost) }
    }

    fn drawn(rows: &[CostRow]) -> String {
        let question = CostQuestion { by: vec!["service".to_owned()], granularity: Granularity::Month, ..CostQuestion::default() };
        chart(&question, rows, false, "USD").unwrap().render().unwrap()
    }

    #[test]
    fn a_month_in_which_nothing_matched_has_its_place() {
        let html = drawn(&[row("2025-11", "a", 1), row("2026-01", "a", 1)]);
        for month in ["2025-11", "2025-12", "2026-01"] {
            assert!(html.contains(&format!("y=\"218\">{month}</text>")), "{html}");
        }
        assert_eq!(html.matches("class=\"mark\"").count(), 2);
    }

    #[test]
    fn those_that_are_not_among_the_largest_are_drawn_together() {
        let rows: Vec<_> = (1..=100).map(|at| row("2026-01", &format!("group {at}"), at)).collect();
        let html = drawn(&rows);
        assert_eq!(html.matches("class=\"mark\"").count(), 8);
        assert!(html.contains("2026-01, group 100: 100.00 USD") && html.contains("2026-01, 93 others: 4,371.00 USD"), "{html}");
    }
}
