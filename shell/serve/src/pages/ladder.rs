//! When commitments end: what a month of each costs, by the month in which it ends. What does not tell its end or its cost is counted
//! apart, never left out in silence.

use super::commitments::Filter;
use crate::show;
use crate::stack::{Series, Stack, folded};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Horizon};
use tenor_money::{Money, Rounding};

/// A month is a twelfth of a term of one year.
const MONTH_HOURS: i128 = 730;
/// So many months ahead are drawn: a term of three years, queued a year ahead.
const MONTHS_MAX: usize = 48;

/// The chart, the table behind it, and what the chart leaves out.
pub(crate) struct Ladder {
    /// None where nothing of it can be drawn.
    pub(crate) stack: Option<Stack>,
    pub(crate) rungs: Vec<Rung>,
    /// Running commitments whose end or cost is not known.
    pub(crate) unknown: u64,
    /// Those that end later than is drawn.
    pub(crate) later: u64,
}

/// A row of the table behind it: what of a kind ends in a month.
pub(crate) struct Rung {
    pub(crate) month: String,
    pub(crate) kind: &'static str,
    pub(crate) count: u64,
    pub(crate) monthly: String,
    /// What a month costs of all that runs on after it; in the last row of a month.
    pub(crate) left: String,
    /// The commitments.
    pub(crate) address: String,
}

/// How many commitments end, and what a month of them costs.
type Ends = BTreeMap<(BillingPeriod, &'static str), (u64, Money)>;

impl Ladder {
    /// Of the commitments that run; none where none does. What it leads to is narrowed as these are.
    pub(crate) fn of(commitments: &[Commitment], filter: &Filter, horizon: Horizon, currency: &str) -> Option<Self> {
        let (mut ends, mut unknown) = (Ends::new(), 0);
        for commitment in commitments.iter().filter(|commitment| !horizon.is_over(commitment)) {
            let end = commitment.facts.term.and_then(|term| Timestamp::from_second(term.end()).ok()).map(BillingPeriod::containing);
            let Some((end, hourly)) = end.zip(commitment.hourly_cost()) else {
                unknown += 1;
                continue;
            };
            let sum = ends.entry((end, commitment.facts.kind.name())).or_default();
            sum.0 += 1;
            sum.1 += hourly.share(MONTH_HOURS, 1, Rounding::HalfEven);
        }
        let now = Timestamp::from_second(horizon.as_of).unwrap_or(Timestamp::UNIX_EPOCH);
        let months = months(&ends, BillingPeriod::containing(now));
        let later =
            ends.iter().filter(|((month, _), _)| months.last().is_none_or(|last| month > last)).map(|(_, (count, _))| *count).sum::<u64>();
        let stack = chart(&ends, &months, filter, currency);
        (unknown > 0 || !ends.is_empty()).then(|| Self { stack, rungs: rungs(&ends, filter), unknown, later })
    }
}

/// Every month from now to the last end, those in which nothing ends too: time is drawn as it passes.
fn months(ends: &Ends, now: BillingPeriod) -> Vec<BillingPeriod> {
    let Some(last) = ends.keys().map(|(month, _)| *month).max() else { return Vec::new() };
    std::iter::successors(Some(now), |month| Some(month.next())).take_while(|month| *month <= last).take(MONTHS_MAX).collect()
}

fn chart(ends: &Ends, months: &[BillingPeriod], filter: &Filter, currency: &str) -> Option<Stack> {
    let mut kinds: BTreeMap<&str, Vec<Money>> = BTreeMap::new();
    for ((month, kind), (_, monthly)) in ends {
        let Some(at) = months.iter().position(|one| one == month) else { continue };
        kinds.entry(*kind).or_insert_with(|| vec![Money::ZERO; months.len()])[at] += *monthly;
    }
    let one = |(kind, amounts): (&str, Vec<Money>)| {
        let address = Filter { kind: Some(kind.to_owned()), ..filter.clone() }.address();
        Series { name: kind.to_owned(), address: Some(address), amounts }
    };
    let series = folded(kinds.into_iter().map(one).collect());
    let labels: Vec<_> = months.iter().map(ToString::to_string).collect();
    Stack::of("ladder", "Cost of a month that ends, by month and kind", currency, &labels, &series)
}

fn rungs(ends: &Ends, filter: &Filter) -> Vec<Rung> {
    let mut left: Money = ends.values().map(|(_, monthly)| *monthly).sum();
    let mut rungs = Vec::new();
    let mut all = ends.iter().peekable();
    while let Some((&(month, kind), &(count, monthly))) = all.next() {
        left -= monthly;
        let is_last_of_month = all.peek().is_none_or(|((next, _), _)| *next != month);
        rungs.push(Rung {
            month: month.to_string(),
            kind,
            count,
            monthly: show::amount(monthly),
            left: if is_last_of_month { show::amount(left) } else { String::new() },
            address: Filter { kind: Some(kind.to_owned()), ends: Some(month), ..filter.clone() }.address(),
        });
    }
    rungs
}

#[cfg(test)]
mod tests {
    use super::Ladder;
    use crate::pages::commitment::tests::plan;
    use crate::pages::commitments::Filter;
    use tenor_cover::inventory::{Commitment, Horizon};

    fn ladder(commitments: &[Commitment]) -> Option<Ladder> {
        let as_of = "2026-01-20T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        let filter = Filter { state: Some("running".to_owned()), ..Filter::default() };
        Ladder::of(commitments, &filter, Horizon { as_of, soon_seconds: 0 }, "USD")
    }

    fn told(ladder: &Ladder) -> String {
        let rows = ladder
            .rungs
            .iter()
            .map(|rung| format!("{} {} × {}, then {}: {}", rung.month, rung.count, rung.monthly, rung.left, rung.address));
        let chart = if ladder.stack.is_some() { "drawn" } else { "not drawn" };
        rows.chain([format!("{chart}, {} unknown, {} later", ladder.unknown, ladder.later)]).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_ends_beyond_the_chart_is_in_the_table_and_counted() {
        let both = [plan("2025-06-01T00:00:00Z", Some("2")), plan("2035-06-01T00:00:00Z", Some("3"))];
        insta::assert_snapshot!(told(&ladder(&both).unwrap()), @"
        2026-06 1 × 1,460.00, then 2,190.00: /commitments?kind=Compute+Savings+Plan&state=running&ends=2026-06
        2036-05 1 × 2,190.00, then 0.00: /commitments?kind=Compute+Savings+Plan&state=running&ends=2036-05
        drawn, 0 unknown, 1 later
        ");
        insta::assert_snapshot!(told(&ladder(&both[1..]).unwrap()), @"
        2036-05 1 × 2,190.00, then 0.00: /commitments?kind=Compute+Savings+Plan&state=running&ends=2036-05
        not drawn, 0 unknown, 1 later
        ");
    }

    #[test]
    fn what_does_not_tell_its_cost_is_counted_though_nothing_is_drawn() {
        let unknown = plan("2025-06-01T00:00:00Z", None);
        assert_eq!(told(&ladder(std::slice::from_ref(&unknown)).unwrap()), "not drawn, 1 unknown, 0 later");
        let gone = Commitment { is_gone: true, ..unknown };
        assert!(ladder(&[gone]).is_none() && ladder(&[]).is_none(), "none of these runs");
    }
}
