//! When commitments end: what a month of each costs, by the month in which it ends. What does not tell its end or its cost is counted
//! apart, never left out in silence.

use crate::show;
use crate::stack::{Series, Stack, folded};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Horizon};
use tenor_money::{Money, Rounding};
use url::form_urlencoded::Serializer;

/// A month is a twelfth of a term of one year.
const MONTH_HOURS: i128 = 730;
/// So many months ahead are drawn: a term of three years, queued a year ahead.
const MONTHS_MAX: usize = 48;

/// The chart, and what it leaves out.
pub(crate) struct Ladder {
    pub(crate) stack: Stack,
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
    /// Of the commitments that run; no chart where none tells its end and cost.
    pub(crate) fn of(commitments: &[Commitment], horizon: Horizon, currency: &str) -> (Option<Self>, Vec<Rung>) {
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
        (chart(&ends, &months, currency).map(|stack| Self { stack, unknown, later }), rungs(&ends))
    }
}

/// Every month from now to the last end, those in which nothing ends too: time is drawn as it passes.
fn months(ends: &Ends, now: BillingPeriod) -> Vec<BillingPeriod> {
    let Some(last) = ends.keys().map(|(month, _)| *month).max() else { return Vec::new() };
    std::iter::successors(Some(now), |month| Some(month.next())).take_while(|month| *month <= last).take(MONTHS_MAX).collect()
}

fn chart(ends: &Ends, months: &[BillingPeriod], currency: &str) -> Option<Stack> {
    let mut kinds: BTreeMap<&str, Vec<Money>> = BTreeMap::new();
    for ((month, kind), (_, monthly)) in ends {
        let Some(at) = months.iter().position(|one| one == month) else { continue };
        kinds.entry(*kind).or_insert_with(|| vec![Money::ZERO; months.len()])[at] += *monthly;
    }
    let one = |(kind, amounts): (&str, Vec<Money>)| {
        let query: String = Serializer::new(String::new()).append_pair("kind", kind).finish();
        Series { name: kind.to_owned(), address: Some(format!("/commitments?{query}")), amounts }
    };
    let series = folded(kinds.into_iter().map(one).collect());
    let labels: Vec<_> = months.iter().map(ToString::to_string).collect();
    Stack::of("ladder", "Cost of a month that ends, by month and kind", currency, &labels, &series)
}

fn rungs(ends: &Ends) -> Vec<Rung> {
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
            address: format!(
                "/commitments?{}",
                Serializer::new(String::new()).append_pair("kind", kind).append_pair("ends", &month.to_string()).finish()
            ),
        });
    }
    rungs
}
