//! Costs beside those of the time before. What cannot be told, because the time before was folded or is not held, is left open.

use crate::lake::{CostAnswer, CostRow, Granularity, Key};
use crate::show;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;
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

/// The time of the same length that ends where this one begins; none where it has no beginning or end, or they are of two kinds.
pub(crate) fn time_before(from: Option<&str>, to: Option<&str>) -> Option<(String, String)> {
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

/// What was before: of each group, and altogether.
pub(crate) struct Before {
    groups: BTreeMap<(Option<String>, Vec<Key>), Money>,
    /// The time before each.
    times: BTreeMap<String, String>,
    total: Option<Money>,
    /// Whether some groups of it are only told together.
    is_folded: bool,
}

impl Before {
    /// Of an answer about the time before.
    pub(crate) fn of(answer: &CostAnswer) -> Self {
        let is_folded = answer.rows.iter().any(|row| row.keys.contains(&Key::Other));
        Self { groups: groups(&answer.rows), times: BTreeMap::new(), total: Some(answer.total), is_folded }
    }

    /// Of an answer by month or day: each time is beside the one before it. Its groups are the same at all times.
    pub(crate) fn within(answer: &CostAnswer) -> Self {
        let mut seen: Vec<&String> = answer.rows.iter().filter_map(|row| row.time.as_ref()).collect();
        seen.dedup();
        // What is longer than a day stands behind all days, and follows none of them.
        let is_time = |text: &String| text.starts_with(|c: char| c.is_ascii_digit());
        let pairs = seen.windows(2).filter(|pair| is_time(pair[1]));
        let times = pairs.map(|pair| (pair[1].clone(), pair[0].clone())).collect();
        Self { groups: groups(&answer.rows), times, total: None, is_folded: false }
    }

    /// What a row changed by; none where that cannot be told.
    pub(crate) fn change(&self, row: &CostRow) -> Option<Change> {
        let time = match &row.time {
            None => None,
            Some(time) => Some(self.times.get(time)?.clone()),
        };
        // Of the rest, other groups are the rest of another time.
        if row.time.is_none() && row.keys.contains(&Key::Other) {
            return None;
        }
        match self.groups.get(&(time, row.keys.clone())) {
            Some(before) => Some(change(row.cost, *before)),
            None if self.is_folded => None,
            None => Some(change(row.cost, Money::ZERO)),
        }
    }

    /// What all of it changed by.
    pub(crate) fn total(&self, total: Money) -> Option<Change> {
        Some(change(total, self.total?))
    }
}

/// Whether an answer is to be held against another one, of the time before.
pub(crate) fn needs_another(granularity: Granularity) -> bool {
    granularity == Granularity::Total
}

fn groups(rows: &[CostRow]) -> BTreeMap<(Option<String>, Vec<Key>), Money> {
    rows.iter().map(|row| ((row.time.clone(), row.keys.clone()), row.cost)).collect()
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
mod tests {
    use super::{change, time_before};

    #[test]
    fn the_time_before_is_as_long_and_ends_where_this_one_begins() {
        let before =
            |from: &str, to: &str| time_before(Some(from), Some(to)).map_or("none".to_owned(), |(from, to)| format!("{from} to {to}"));
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
}
