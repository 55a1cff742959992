//! Billing periods: calendar months in UTC.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};
use std::fmt;
use std::str::FromStr;

/// A calendar month in UTC, the period AWS bills by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingPeriod {
    /// Its first day; always day 1.
    first_day: Date,
}

/// Why a text or moment is not a billing period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not `YYYY-MM`.
    #[error("`{0}` is not a billing period; write it as 2018-10")]
    Malformed(String),
}

impl BillingPeriod {
    /// The month of a year.
    ///
    /// # Errors
    /// When there is no such month.
    pub fn new(year: i16, month: i8) -> Result<Self, PeriodError> {
        let first_day = Date::new(year, month, 1).map_err(|_| PeriodError::Malformed(format!("{year}-{month}")))?;
        Ok(Self { first_day })
    }

    /// The period a moment falls in.
    #[must_use]
    pub fn containing(moment: Timestamp) -> Self {
        Self { first_day: Offset::UTC.to_datetime(moment).date().first_of_month() }
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.first_day.year()
    }

    /// Its month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.first_day.month()
    }

    /// Midnight UTC on its first day.
    ///
    /// # Panics
    /// Never: every date has a midnight in UTC.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Offset::UTC.to_timestamp(self.first_day.at(0, 0, 0, 0)).expect("a date in jiff's range is a moment in UTC")
    }

    /// Midnight UTC on the first day of the month after: the first moment that is no longer in it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        if self.next() == self { Timestamp::MAX } else { self.next().start() }
    }

    /// The month after. The last one of the calendar, December 9999, is followed by itself.
    #[must_use]
    pub fn next(self) -> Self {
        Self { first_day: self.first_day.checked_add(1.month()).unwrap_or(self.first_day) }
    }

    /// Whole hours in it: 744 in October.
    #[must_use]
    pub fn hours(self) -> u32 {
        u32::from(self.first_day.days_in_month().unsigned_abs()) * 24
    }
}

impl FromStr for BillingPeriod {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let malformed = || PeriodError::Malformed(text.chars().take(32).collect());
        let (year, month) = text.split_once('-').ok_or_else(malformed)?;
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(malformed());
        }
        let (Ok(year), Ok(month)) = (year.parse(), month.parse()) else { return Err(malformed()) };
        Self::new(year, month).map_err(|_| malformed())
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year(), self.month()))
    }
}

#[cfg(test)]
mod tests {
    use super::BillingPeriod;

    #[test]
    fn a_period_is_a_utc_month() {
        let october: BillingPeriod = "2018-10".parse().unwrap();
        assert_eq!(october.start().to_string(), "2018-10-01T00:00:00Z");
        assert_eq!(october.end().to_string(), "2018-11-01T00:00:00Z");
        assert_eq!(october.hours(), 744);
        assert_eq!(BillingPeriod::containing("2018-10-31T23:59:59Z".parse().unwrap()), october);
        assert_eq!("2023-12".parse::<BillingPeriod>().unwrap().next().to_string(), "2024-01");
        assert!("9999-12".parse::<BillingPeriod>().unwrap().end() > "9999-12-30T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn what_is_not_a_period_is_refused() {
        for text in ["", "2018", "2018-13", "2018-1", "18-10", "2018-10-01", "+018-10"] {
            assert!(text.parse::<BillingPeriod>().is_err(), "{text}");
        }
    }
}
