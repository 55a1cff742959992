//! Months and days as addresses and answers write them: which is before which, and those in between. It asks no clock.

use jiff::civil::Date;
use std::fmt;
use tenor_bill::BillingPeriod;

/// What lies in between is filled in up to so many times: ten years of days.
const FILLED_MAX: usize = 4_000;
/// Letters of a day; other forms of dates are not ours.
const DAY_LETTERS: usize = 10;

/// A month or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    Month(BillingPeriod),
    Day(Date),
}

impl Time {
    /// None where a text is neither.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(month) => Some(Self::Month(month)),
            Err(_) => text.parse().ok().filter(|_| text.len() == DAY_LETTERS).map(Self::Day),
        }
    }

    pub(crate) fn month(self) -> BillingPeriod {
        match self {
            Self::Month(month) => month,
            Self::Day(day) => BillingPeriod::new(day.year(), day.month()).expect("a day lies in a month"),
        }
    }

    pub(crate) fn first_day(self) -> Date {
        match self {
            Self::Month(month) => Date::new(month.year(), month.month(), 1).expect("a month has a first day"),
            Self::Day(day) => day,
        }
    }

    pub(crate) fn last_day(self) -> Date {
        match self {
            Self::Month(_) => self.first_day().last_of_month(),
            Self::Day(day) => day,
        }
    }

    /// The one before; none where the calendar begins.
    pub(crate) fn before(self) -> Option<Self> {
        let day = Self::Day(self.first_day().yesterday().ok()?);
        Some(self.of_the_same_kind(day))
    }

    fn after(self) -> Option<Self> {
        let day = Self::Day(self.last_day().tomorrow().ok()?);
        Some(self.of_the_same_kind(day))
    }

    fn of_the_same_kind(self, other: Self) -> Self {
        if self.is_month() { Self::Month(other.month()) } else { other }
    }

    const fn is_month(self) -> bool {
        matches!(self, Self::Month(_))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => fmt::Display::fmt(month, f),
            Self::Day(day) => fmt::Display::fmt(day, f),
        }
    }
}

/// Times with all that lie between the first and the last of them, in order: time is drawn as it passes. What is no month or day follows as it
/// stands. Times of two kinds, or of more than a chart is ever of, stay as they are.
pub(crate) fn filled(times: &[String]) -> Vec<String> {
    let read: Vec<Time> = times.iter().map_while(|time| Time::read(time)).collect();
    let first = read.iter().copied().min_by_key(|time| time.first_day());
    let last = read.iter().map(|time| time.first_day()).max();
    let (Some(first), Some(last)) = (first, last) else { return times.to_vec() };
    let all = std::iter::successors(Some(first), |time| time.after()).take_while(|time| time.first_day() <= last);
    let mut all: Vec<String> = all.take(FILLED_MAX + 1).map(|time| time.to_string()).collect();
    if all.len() > FILLED_MAX || read.iter().any(|time| time.is_month() != first.is_month()) {
        return times.to_vec();
    }
    all.extend_from_slice(&times[read.len()..]);
    all
}

#[cfg(test)]
mod tests {
    use super::{Time, filled};

    #[test]
    fn a_time_is_a_month_or_a_day_and_has_one_before_it() {
        let before = |text: &str| Time::read(text).map_or("none".to_owned(), |time| time.before().unwrap().to_string());
        assert_eq!(["2026-01", "2026-03-01", "2024-03-01"].map(before), ["2025-12", "2026-02-28", "2024-02-29"]);
        assert_eq!(["longer than a day", "2026", "20260101", "2026-01-05T10"].map(before), ["none"; 4]);
        let february = Time::read("2026-02").unwrap();
        assert_eq!([february.first_day().to_string(), february.last_day().to_string()], ["2026-02-01", "2026-02-28"]);
        assert_eq!(Time::read("2026-02-14").unwrap().month().to_string(), "2026-02");
    }

    #[test]
    fn what_lies_between_is_filled_in_and_what_is_longer_stays_behind() {
        let filled = |times: &str| filled(&times.split(' ').map(str::to_owned).collect::<Vec<_>>()).join(" ");
        assert_eq!(filled("2025-11 2026-02"), "2025-11 2025-12 2026-01 2026-02");
        assert_eq!(filled("2026-02-27 2026-03-02 longer"), "2026-02-27 2026-02-28 2026-03-01 2026-03-02 longer");
        assert_eq!(
            ["longer", "2026-01 2026-03-05", "0001-01-01 2026-01-01"].map(filled),
            ["longer", "2026-01 2026-03-05", "0001-01-01 2026-01-01"]
        );
    }
}
