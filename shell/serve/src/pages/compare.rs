//! Costs beside those of the time before. What cannot be told, because the time before was folded or is not held whole, is left open, and what
//! is left open is said.

use crate::calendar::Time;
use crate::home::blocking;
use crate::lake::{CostAnswer, CostQuestion, CostRow, Granularity, Held, Key, Lake, Refusal, RefusalKind};
use crate::show;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::Ratio;
use tenor_money::Money;

/// What a cost changed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) text: String,
    /// More is `up`, less is `down`.
    pub(crate) tone: &'static str,
}

/// What stood before an answer; none, with a note, where nothing can be said of that. No more than so many groups of it are told apart.
pub(crate) async fn before(
    lake: &dyn Lake,
    asked: &CostQuestion,
    answer: &Arc<CostAnswer>,
    groups_max: usize,
    notes: &mut Vec<String>,
) -> Result<Option<Before>, Refusal> {
    let held = match lake.commitments().await {
        Ok(held) => held,
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            notes.push(format!("Nothing is compared, since nobody can tell of which months all bills are there: {}.", refusal.message));
            return Ok(None);
        }
        Err(refusal) => return Err(refusal),
    };
    if asked.granularity != Granularity::Total {
        let (asked, answer) = (asked.clone(), Arc::clone(answer));
        let (before, told) = blocking(move || {
            let times = Times::of(&asked, &answer, held);
            let told = times.notes();
            (Before::within(answer, times), told)
        })
        .await;
        notes.extend(told);
        return Ok(Some(before));
    }
    let (from, to) = (asked.from.as_deref(), asked.to.as_deref());
    let then = time_before(from, to);
    let months = then.as_ref().and_then(|(begin, end)| Some((months(begin, end)?, months(from?, to?)?)));
    let (Some((begin, end)), Some((then, now))) = (then, months) else {
        notes.push("To compare, say from when to when, both as months or both as days; or tell months or days apart.".to_owned());
        return Ok(None);
    };
    if let Some(hole) = [then, now].into_iter().find_map(|months| hole(&held, months)) {
        notes.push(format!("Not compared with {begin} to {end}: {hole}."));
        return Ok(None);
    }
    let question = CostQuestion { from: Some(begin.clone()), to: Some(end.clone()), top: Some(groups_max), ..asked.clone() };
    let before = match lake.cost(&question).await {
        Ok(before) => before,
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            notes.push(format!("There is nothing to compare with from {begin} to {end}: {}.", refusal.message));
            return Ok(None);
        }
        Err(refusal) => return Err(refusal),
    };
    if let (Some(one), Some(other)) = (&before.currency, &answer.currency)
        && one != other
    {
        notes.push(format!("Not compared with {begin} to {end}: amounts there are in {one}."));
        return Ok(None);
    }
    notes.push(format!("Compared with {begin} to {end}."));
    notes.extend(open(&held, (then.0, now.1)));
    let currency = before.currency.as_deref().unwrap_or_default();
    notes.extend(before.straddling.map(|straddling| not_counted(&format!(" from {begin} to {end}"), straddling, currency)));
    Ok(Some(blocking(move || Before::of(before)).await))
}

/// That charges lie only partly in a time.
pub(super) fn not_counted(time: &str, (charges, cost): (u64, Money), currency: &str) -> String {
    format!(
        "Not counted{time}: {charges} charges that lie only partly in that time (monthly fees, taxes), together {} {currency}.",
        show::amount(cost)
    )
}

/// The time of the same length that ends where this one begins; none where it has no beginning or end, or they are of two kinds.
fn time_before(from: Option<&str>, to: Option<&str>) -> Option<(String, String)> {
    let (from, to) = (from?, to?);
    if let (Ok(first), Ok(last)) = (from.parse::<BillingPeriod>(), to.parse::<BillingPeriod>()) {
        let number = |month: BillingPeriod| i32::from(month.year()) * 12 + i32::from(month.month()) - 1;
        let month = |number: i32| {
            let (year, month) = (i16::try_from(number.div_euclid(12)).ok()?, i8::try_from(number.rem_euclid(12) + 1).ok()?);
            BillingPeriod::new(year, month).ok()
        };
        let length = number(last) - number(first) + 1;
        let (begin, end) = (month(number(first) - length)?, month(number(first) - 1)?);
        return (length > 0).then(|| (begin.to_string(), end.to_string()));
    }
    let (first, last) = (from.parse::<Date>().ok()?, to.parse::<Date>().ok()?);
    let length = i64::from(first.until(last).ok()?.get_days()) + 1;
    let before = |days: i64| Some(first.checked_sub(days.days()).ok()?.to_string());
    if length > 0 { Some((before(length)?, before(1)?)) } else { None }
}

/// The first and the last month.
type Months = (BillingPeriod, BillingPeriod);

/// Those that a time touches.
fn months(from: &str, to: &str) -> Option<Months> {
    let (first, last) = (Time::read(from)?.month(), Time::read(to)?.month());
    (first <= last).then_some((first, last))
}

fn is_held(held: &Held, month: BillingPeriod) -> bool {
    held.periods.0 <= month && month <= held.periods.1 && !held.absent.contains(&month)
}

/// Why some months are not held whole; none where they are.
fn hole(held: &Held, (first, last): Months) -> Option<String> {
    let (begin, end) = held.periods;
    if first < begin {
        return Some(format!("the bills begin with {begin}"));
    }
    if last > end {
        return Some(format!("the bills end with {end}"));
    }
    let missing: Vec<_> = held.absent.range(first..=last).map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| format!("bills of {} are missing", missing.join(", ")))
}

/// Which of them are not all yet.
fn open(held: &Held, (first, last): Months) -> Vec<String> {
    let open = held.open.range(first..=last);
    open.map(|month| format!("The bill of {month} ends before the month does: its figures are not all yet.")).collect()
}

/// The months or days of an answer, and what is known of those beside them.
struct Times {
    seen: BTreeSet<String>,
    /// What was asked for; nothing where it was asked for by the hour, since a day may then be there in part.
    days: (Date, Date),
    held: Arc<Held>,
}

impl Times {
    fn of(asked: &CostQuestion, answer: &CostAnswer, held: Arc<Held>) -> Self {
        let first = asked.from.as_deref().map_or(Date::MIN, |from| Time::read(from).map_or(Date::MAX, Time::first_day));
        let last = asked.to.as_deref().map_or(Date::MAX, |to| Time::read(to).map_or(Date::MIN, Time::last_day));
        let seen: BTreeSet<&str> = answer.rows.iter().filter_map(|row| row.time.as_deref()).collect();
        Self { seen: seen.into_iter().map(str::to_owned).collect(), days: (first, last), held }
    }

    /// The time before one by the calendar, where all of both was asked for and is held.
    fn before(&self, text: &str) -> Option<String> {
        // What is longer than a day follows nothing.
        let time = Time::read(text)?;
        let before = time.before()?;
        let is_asked = self.days.0 <= before.first_day() && time.last_day() <= self.days.1;
        if !is_asked || ![before, time].iter().all(|time| is_held(&self.held, time.month())) {
            return None;
        }
        // A day on which nothing matched cost nothing; of a month without any row nothing is said.
        let text = before.to_string();
        (matches!(before, Time::Day(_)) || self.seen.contains(&text)).then_some(text)
    }

    /// What is left open of it, and what is not all yet.
    fn notes(&self) -> Vec<String> {
        let (begin, end) = self.held.periods;
        let (first, last) = (Time::Day(self.days.0).month().max(begin), Time::Day(self.days.1).month().min(end));
        if first > last {
            return Vec::new();
        }
        let hole = hole(&self.held, (first, last)).map(|hole| format!("Not all is compared: {hole}."));
        hole.into_iter().chain(open(&self.held, (first, last))).collect()
    }
}

/// What was before: of each group, and altogether. Rows may be as many as there are resources, so they are shared and none is copied.
pub(crate) struct Before {
    answer: Arc<CostAnswer>,
    /// Which row is where, in order of time and keys.
    order: Vec<usize>,
    /// Of an answer by month or day.
    times: Option<Times>,
    total: Option<Money>,
    /// Whether some groups of it are only told together.
    is_folded: bool,
}

impl Before {
    /// Of an answer about the time before.
    fn of(answer: Arc<CostAnswer>) -> Self {
        let is_folded = answer.rows.iter().any(|row| row.keys.contains(&Key::Other));
        Self { order: order(&answer.rows), times: None, total: Some(answer.total), is_folded, answer }
    }

    /// Of an answer by month or day: each time is beside the one before it. Its groups are the same at all times.
    fn within(answer: Arc<CostAnswer>, times: Times) -> Self {
        Self { order: order(&answer.rows), times: Some(times), total: None, is_folded: false, answer }
    }

    /// What a row was before; none where that cannot be told.
    pub(crate) fn was(&self, row: &CostRow) -> Option<Money> {
        let time = match &row.time {
            None => None,
            Some(time) => Some(self.times.as_ref()?.before(time)?),
        };
        // Of the rest, other groups are the rest of another time.
        if row.time.is_none() && row.keys.contains(&Key::Other) {
            return None;
        }
        let (asked, rows) = ((time.as_deref(), row.keys.as_slice()), &self.answer.rows);
        match self.order.binary_search_by(|at| place(&rows[*at]).cmp(&asked)) {
            Ok(at) => Some(rows[self.order[at]].cost),
            Err(_) if self.is_folded => None,
            Err(_) => Some(Money::ZERO),
        }
    }

    /// What a row changed by; none where that cannot be told.
    pub(crate) fn change(&self, row: &CostRow) -> Option<Change> {
        Some(change(row.cost, self.was(row)?))
    }

    /// What all of it was before.
    pub(crate) const fn total_was(&self) -> Option<Money> {
        self.total
    }

    /// What all of it changed by.
    pub(crate) fn total(&self, total: Money) -> Option<Change> {
        Some(change(total, self.total_was()?))
    }
}

/// By what a row is found; no two rows of an answer have the same.
fn place(row: &CostRow) -> (Option<&str>, &[Key]) {
    (row.time.as_deref(), row.keys.as_slice())
}

fn order(rows: &[CostRow]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_unstable_by(|one, other| place(&rows[*one]).cmp(&place(&rows[*other])));
    order
}

fn change(now: Money, before: Money) -> Change {
    let difference = now - before;
    let sign = if difference > Money::ZERO { "+" } else { "" };
    let share = if before.is_zero() { None } else { Ratio::of_money(difference, before.abs()) };
    let share = match share {
        Some(share) => format!(" ({sign}{})", show::percent(Some(share))),
        None if before.is_zero() && !now.is_zero() => " (new)".to_owned(),
        None => String::new(),
    };
    let tone = if difference > Money::ZERO {
        "up"
    } else if difference < Money::ZERO {
        "down"
    } else {
        ""
    };
    Change { text: format!("{sign}{}{share}", show::amount(difference)), tone }
}

#[cfg(test)]
mod tests;
