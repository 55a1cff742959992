//! The week in a message: money, orders, what ends soon, what failed, and what is to be looked at. What could not be read is said, and is not nothing.

use crate::connect::keep;
use crate::context::Context;
use crate::notify::Fact;
use crate::output::{self, sentence_amount};
use crate::{lake, watch};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Coverage, Horizon, Ratio};
use tenor_money::{Money, Rounding};
use tenor_notify::Kind;
use tenor_order::Book;
use tenor_query::commitments::{Answer as Covered, CoverageQuestion, Included, Inventory, UnusedTo};
use tenor_query::cost::{Answer as Spent, Granularity, Metric, Question, Range, Time};
use tenor_query::{Engine, QueryError};

/// A digest is of so long.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What ends within so many days is told.
const SOON_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;
/// So many findings, and so many ends, stand in a digest.
const LISTED: usize = 10;
/// A payer whose last bill is older than the newest of all by more months counts as gone.
const LEFT_MONTHS: i32 = 2;
const NOTHING: &str = "not known";

/// What the bills say.
struct Bills {
    spent: Spent,
    covered: Covered,
    held: Inventory,
}

/// What happened in the week, how the newest month stands beside the one before, and what is to be looked at now.
pub(super) fn digest(context: &Context) -> anyhow::Result<Fact> {
    let now = context.now();
    let since = now - WEEK;
    let mut lines = Vec::new();
    match bills(context) {
        Ok(Some(bills)) => {
            lines.extend(money(&bills));
            lines.extend(left(&bills.held));
            lines.extend(ends(&bills.held, now));
        }
        Ok(None) => lines.push("There is no bill yet: tenor import SOURCE".to_owned()),
        Err(error) => lines.push(format!("What was spent could not be read: {error:#}")),
    }
    {
        let view = keep::view(context)?;
        lines.extend(orders(&view.book()?, since));
        let failures = view.job_failures(since)?;
        lines.extend(failures.into_iter().map(|(job, count)| format!("The job {job} failed or was broken off {}.", times(count))));
        let given_up = view.given_up(since)?;
        if given_up > 0 {
            lines.push(format!("{given_up} messages of this week were given up: tenor notify list"));
        }
    }
    // What the watch prints is not the digest's to show.
    let (looked, _) = output::captured(|| watch::findings(context, false, None));
    match looked {
        Ok((found, is_whole)) => {
            lines.push(format!("{} things to look at.", found.len()));
            lines.extend(found.iter().take(LISTED).map(|event| format!("{}: {}. {}", event.of, event.what.name(), event.told)));
            if let Err(error) = is_whole {
                lines.push(format!("Not all could be read: {error:#}"));
            }
        }
        Err(error) => lines.push(format!("What is to be looked at could not be read: {error:#}")),
    }
    Ok(Fact {
        kind: Kind::Digest,
        dedup: format!("digest:{}", now.strftime("%Y-%m-%d")),
        title: format!("The week to {}", now.strftime("%Y-%m-%d")),
        lines,
        path: "/".to_owned(),
        moment: now,
    })
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Nothing where there is no bill.
fn bills(context: &Context) -> anyhow::Result<Option<Bills>> {
    context.block_on(lake::ask(context, None, async |engine| read(engine).await))
}

async fn read(engine: &Engine) -> Result<Option<Bills>, QueryError> {
    let (by, granularity, range) = (Vec::new(), Granularity::Month, Range::default());
    let spent = Question { by: by.clone(), metric: Metric::Effective, granularity, range, filter: None, top: None };
    let spent = match engine.cost(&spent).await {
        Err(QueryError::NothingHeld) => return Ok(None),
        spent => spent?,
    };
    let covered = CoverageQuestion { by, granularity, range, discounts: Included::Include, unused_to: UnusedTo::Owner };
    Ok(Some(Bills { spent, covered: engine.coverage(&covered).await?, held: engine.inventory(&range).await? }))
}

/// The newest month, each figure with that of the month before.
fn money(bills: &Bills) -> Vec<String> {
    let Bills { spent, covered, held } = bills;
    let by_month: BTreeMap<&str, Money> = spent.rows.iter().filter_map(|row| Some((month(row.time.as_ref())?, row.cost))).collect();
    let mut newest_first = by_month.iter().rev().map(|(month, cost)| (*month, *cost));
    let Some((newest, cost)) = newest_first.next() else { return Vec::new() };
    let before = newest_first.next();
    let not_all = |month: &str| if is_whole(held, month) { "" } else { ", not all of it billed yet" };
    let currency = spent.currency.as_deref().unwrap_or_default();
    let amount = |amount: Money| format!("{} {currency}", sentence_amount(amount));
    let beside = before.map_or_else(String::new, |(month, cost)| format!("; {month}{}: {}", not_all(month), amount(cost)));
    let of = |wanted: &str| covered.rows.iter().find(|row| month(row.time.as_ref()) == Some(wanted)).map(|row| row.coverage);
    let (this, last) = (of(newest), before.map(|(month, _)| of(month)));
    let pair = |figure: &dyn Fn(&Coverage) -> Option<String>| {
        let told = |of: Option<Coverage>| of.as_ref().and_then(figure).unwrap_or_else(|| NOTHING.to_owned());
        match last {
            Some(last) => format!("{} ({})", told(this), told(last)),
            None => told(this),
        }
    };
    let percent = |ratio: Option<Ratio>| ratio.map(|ratio| format!("{} %", ratio.percent()));
    let savings = pair(&|of: &Coverage| of.savings(false).map(amount));
    let rate = pair(&|of: &Coverage| percent(of.effective_savings_rate(false)));
    let coverage = pair(&|of: &Coverage| percent(of.coverage()));
    let month_before = before.map_or_else(String::new, |(month, _)| format!(" (in brackets: {month})"));
    vec![
        format!("Spend, amortized: {newest}{}: {}{beside}.", not_all(newest), amount(cost)),
        format!("Commitments in {newest}{month_before}: savings {savings}, effective savings rate {rate}, coverage {coverage}."),
    ]
}

/// Whether all of a month is billed, of each payer: else it stands beside no other. A payer who left long ago lacks in none.
fn is_whole(held: &Inventory, month: &str) -> bool {
    let is_it = |period: &BillingPeriod| period.to_string() == month;
    let newest = held.periods.1;
    // Written year first, months compare as their texts do.
    let is_outside =
        |(first, last): &(BillingPeriod, BillingPeriod)| first.to_string().as_str() > month || last.to_string().as_str() < month;
    !held.ends_early.iter().any(|early| is_it(&early.period))
        && !held.missing.iter().any(|(period, _)| is_it(period))
        && !held.spans.values().any(|span| is_outside(span) && !has_left(span.1, newest))
}

/// Whether no bills came for so long that a payer counts as gone.
fn has_left(last: BillingPeriod, newest: BillingPeriod) -> bool {
    let months = |period: BillingPeriod| i32::from(period.year()) * 12 + i32::from(period.month());
    months(newest) - months(last) > LEFT_MONTHS
}

/// Payers who count as gone, each once: they may not be.
fn left(held: &Inventory) -> Vec<String> {
    let newest = held.periods.1;
    let gone = held.spans.iter().filter(|(_, (_, last))| has_left(*last, newest));
    gone.map(|(payer, (_, last))| format!("There are no bills of {payer} since {last}: what is said of months after it is without them."))
        .collect()
}

fn month(time: Option<&Time>) -> Option<&str> {
    match time {
        Some(Time::At(month)) => Some(month),
        Some(Time::Longer) | None => None,
    }
}

/// What ends soon, the soonest first, with what an hour of it costs.
fn ends(held: &Inventory, now: Timestamp) -> Vec<String> {
    let horizon = Horizon { as_of: now.as_second(), soon_seconds: SOON_DAYS * DAY_SECONDS };
    let soon = held.commitments.iter().filter(|held| !held.is_gone && horizon.is_expiring(held));
    let mut ending: Vec<(i64, &Commitment)> = soon.filter_map(|held| Some((held.facts.term?.end(), held))).collect();
    ending.sort_by_key(|(end, _)| *end);
    let unknown = held.commitments.iter().filter(|held| !held.is_gone && held.facts.term.is_none()).count();
    let currency = held.currency.as_deref().unwrap_or_default();
    let rate = |cost: Money| format!("{} {currency} an hour", cost.round_to(4, Rounding::HalfEven));
    let line = |(end, held): &(i64, &Commitment)| {
        let day = Timestamp::from_second(*end).map_or_else(|_| NOTHING.to_owned(), |end| end.strftime("%Y-%m-%d").to_string());
        let hourly = held.hourly_cost().map_or_else(|| NOTHING.to_owned(), rate);
        format!("Ends on {day}: {}, {hourly}.", held.facts.id)
    };
    let mut lines: Vec<_> = ending.iter().take(LISTED).map(line).collect();
    match ending.len() {
        0 if unknown > 0 => lines.push(format!("Nothing of which the end is known ends in the next {SOON_DAYS} days.")),
        0 => lines.push(format!("Nothing ends in the next {SOON_DAYS} days.")),
        more if more > LISTED => {
            lines.push(format!("{} more end in the next {SOON_DAYS} days: tenor commitments --expiring {SOON_DAYS}d", more - LISTED))
        }
        _ => {}
    }
    if ending.len() > 1 {
        let costs: Vec<_> = ending.iter().filter_map(|(_, held)| held.hourly_cost()).collect();
        let without = match ending.len() - costs.len() {
            0 => String::new(),
            without => format!(", without {without} whose cost is {NOTHING}"),
        };
        lines.push(format!("In all {}{without}.", rate(costs.into_iter().sum())));
    }
    if unknown > 0 {
        lines.push(format!("Of {unknown} commitments the end is {NOTHING}: tenor commitments"));
    }
    lines
}

/// How orders stand that are not over, and how those ended that did in the week.
fn orders(book: &Book, since: Timestamp) -> Vec<String> {
    let (mut open, mut ended) = (BTreeMap::<&'static str, usize>::new(), BTreeMap::<&'static str, usize>::new());
    let mut are_any = false;
    for (_, record) in book.orders() {
        are_any = true;
        let over = record.ended.as_ref().map(|(moment, _)| moment.0);
        match over.or(record.rejected_at.map(|moment| moment.0)) {
            None => *open.entry(record.stage().as_str()).or_default() += 1,
            Some(moment) if moment >= since => *ended.entry(record.stage().as_str()).or_default() += 1,
            Some(_) => {}
        }
    }
    if !are_any {
        return vec!["Nothing was ordered yet.".to_owned()];
    }
    let told = |counts: &BTreeMap<&'static str, usize>| {
        let told: Vec<_> = counts.iter().map(|(stage, count)| format!("{count} {stage}")).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    vec![format!("Orders open: {}; ended this week: {}.", told(&open), told(&ended))]
}

#[cfg(test)]
mod tests {
    use super::{Bills, digest, ends, is_whole, left, money};
    use crate::connect::keep;
    use crate::context::Context;
    use crate::output::Format;
    use std::collections::BTreeSet;
    use tenor_bill::BillingPeriod;
    use tenor_query::commitments::Inventory;
    use tenor_sandbox::{BillRequest, write_bill};

    #[test]
    fn a_digest_without_bills_and_orders_says_so() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        drop(keep::writer(&context, "test").unwrap());
        let fact = digest(&context).unwrap();
        let told = fact.lines.join("\n");
        assert!(told.starts_with("There is no bill yet: tenor import SOURCE\nNothing was ordered yet.\n"), "{told}");
    }

    #[test]
    fn a_digest_tells_the_newest_month_and_what_ends() {
        let (home, bill) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_bill(&BillRequest::small(tenor_sandbox::Format::Cur2Parquet), bill.path()).unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let (imported, _) =
            crate::output::captured(|| crate::import::run(&context, crate::import::Args::of(bill.path().display().to_string())));
        imported.unwrap();
        let bills: Bills = super::bills(&context).unwrap().unwrap();
        let told = money(&bills).join("\n");
        assert!(
            told.starts_with("Spend, amortized: 2025-01") && told.contains("USD.") && told.contains("Commitments in 2025-01: savings "),
            "{told}"
        );
        assert!(!told.contains("in brackets"), "there is no month before: {told}");
        let held = bills.held.commitments.iter().filter(|held| !held.is_gone && held.facts.term.is_some());
        let commitment = held.min_by_key(|held| held.facts.term.map(|term| term.end())).unwrap();
        let (end, id) = (commitment.facts.term.unwrap().end(), commitment.facts.id.to_string());
        let soon = |days: i64| ends(&bills.held, jiff::Timestamp::from_second(end - days * 86_400).unwrap()).join("\n");
        assert!(soon(29).contains(&format!(": {id}, ")), "{}", soon(29));
        assert!(!soon(31).contains(&format!(": {id}, ")), "{}", soon(31));
    }

    #[test]
    fn a_month_lacks_before_a_payers_first_bill_and_after_their_last_unless_they_left_long_ago() {
        let period = |text: &str| text.parse::<BillingPeriod>().unwrap();
        let spans =
            [("111111111111", "2024-09", "2025-04"), ("222222222222", "2025-02", "2025-03"), ("333333333333", "2024-09", "2025-01")];
        let held = Inventory {
            commitments: Vec::new(),
            periods: (period("2024-09"), period("2025-04")),
            currency: None,
            missing: BTreeSet::new(),
            payers: spans.iter().map(|(payer, ..)| (*payer).to_owned()).collect(),
            spans: spans.iter().map(|(payer, first, last)| ((*payer).to_owned(), (period(first), period(last)))).collect(),
            ends_early: Vec::new(),
        };
        assert_eq!(["2025-01", "2025-02", "2025-03", "2025-04"].map(|month| is_whole(&held, month)), [false, true, true, false]);
        let told = "There are no bills of 333333333333 since 2025-01: what is said of months after it is without them.";
        assert_eq!(left(&held), [told]);
    }
}
