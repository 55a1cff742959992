//! About how many bytes a question takes with its answer. It is an estimate: what is kept is bounded by it, and nothing else goes by it.

use tenor_bill::BillingPeriod;
use tenor_serve::{CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, CoverageRow, Covered, Did, Key, Utilization};

pub(super) fn weight_of_cost(asked: &CostQuestion, answer: &CostAnswer) -> usize {
    let question = weight_of_texts(&asked.by, [&asked.from, &asked.to, &asked.condition]);
    question + answer.rows.iter().map(|row| size_of::<CostRow>() + weight_of_keys(row.time.as_deref(), &row.keys)).sum::<usize>()
}

pub(super) fn weight_of_coverage(asked: &CoverageQuestion, answer: &CoverageAnswer) -> usize {
    let question = weight_of_texts(&asked.by, [&asked.from, &asked.to, &None]);
    question + answer.rows.iter().map(|row| size_of::<CoverageRow>() + weight_of_keys(row.time.as_deref(), &row.keys)).sum::<usize>()
}

pub(super) fn weight_of_utilization(asked: &(String, BillingPeriod), answer: &Utilization) -> usize {
    // A name has some fifty letters.
    asked.0.len() + answer.hours.len() * size_of::<(u64, Did)>() + answer.covered.len() * (size_of::<Covered>() + 150)
}

/// What stands in a question is anybody's, and as long as an address may be.
fn weight_of_texts(by: &[String], others: [&Option<String>; 3]) -> usize {
    by.iter().chain(others.into_iter().flatten()).map(|text| size_of::<String>() + text.len()).sum()
}

fn weight_of_keys(time: Option<&str>, keys: &[Key]) -> usize {
    let key = |key: &Key| size_of::<Key>() + if let Key::Value(value) = key { value.len() } else { 0 };
    time.map_or(0, str::len) + keys.iter().map(key).sum::<usize>()
}
