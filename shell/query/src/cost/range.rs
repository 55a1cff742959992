//! Which time a question is about: from a period, day or hour to another, both included, in UTC.

use super::Granularity;
use crate::tables::PERIOD;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ident, lit};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::fmt;
use std::str::FromStr;
use tenor_bill::{BillingPeriod, Hour};
use tenor_lake::schema::Column;

const SECONDS_PER_DAY: i64 = 86_400;

/// One end of a range: a time that is included whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Its first moment.
    start: Timestamp,
    /// The first moment after it.
    end: Timestamp,
}

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write it as 2018-10, 2018-10-31 or 2018-10-31T23:00Z")]
pub struct BoundError(String);

impl FromStr for Bound {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, BoundError> {
        let malformed = || BoundError(text.chars().take(40).collect());
        if let Ok(period) = text.parse::<BillingPeriod>() {
            return Ok(Self { start: period.start(), end: period.end() });
        }
        if let Some((_, clock)) = text.split_once('T') {
            let whole_hour = clock.get(2..).is_some_and(|rest| matches!(rest, "Z" | ":00Z" | ":00:00Z"));
            let hour = clock.get(..2).filter(|_| whole_hour).ok_or_else(malformed)?;
            let start: Timestamp = format!("{}T{hour}:00:00Z", &text[..text.len() - clock.len() - 1]).parse().map_err(|_| malformed())?;
            return Ok(Self { start, end: start.checked_add(SignedDuration::from_hours(1)).map_err(|_| malformed())? });
        }
        let is_dated = text.len() == 10;
        let day: Date = text.parse().ok().filter(|_| is_dated).ok_or_else(malformed)?;
        let midnight = |day: Date| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| malformed());
        Ok(Self { start: midnight(day)?, end: midnight(day.checked_add(1.day()).map_err(|_| malformed())?)? })
    }
}

impl Bound {
    /// Its first clock hour.
    #[must_use]
    pub fn first_hour(&self) -> Hour {
        Hour::containing(self.start)
    }

    /// The clock hour it is, if it is one.
    #[must_use]
    pub fn hour(&self) -> Option<Hour> {
        let hour = Hour::containing(self.start);
        (self.end.as_second() == hour.next().start_second() && self.start.as_second() == hour.start_second()).then_some(hour)
    }
}

/// From one time to another, both included; without an end it goes as far as the lake does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The first time included.
    pub from: Option<Bound>,
    /// The last time included.
    pub to: Option<Bound>,
}

impl Range {
    /// Whether its end is before its beginning.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if to.end <= from.start)
    }

    /// Its first and its last billing period, where it has such ends.
    #[must_use]
    pub fn periods(&self) -> (Option<BillingPeriod>, Option<BillingPeriod>) {
        let whole = self.whole_periods();
        let of = |bound: Option<Bound>| bound.map(|bound| BillingPeriod::containing(bound.start));
        (of(whole.from), of(whole.to))
    }

    /// First moment.
    pub(super) fn start(&self) -> Option<Timestamp> {
        self.from.map(|from| from.start)
    }

    /// First moment after it.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.to.map(|to| to.end)
    }

    /// Whether it has a moment of the period in it.
    pub(super) fn touches(&self, period: BillingPeriod) -> bool {
        self.start().is_none_or(|start| period.end() > start) && self.end().is_none_or(|end| period.start() < end)
    }

    /// The whole billing periods that it touches.
    pub(crate) fn whole_periods(&self) -> Self {
        let whole = |period: BillingPeriod| Bound { start: period.start(), end: period.end() };
        // The end is the first moment that is no longer in it.
        let last = |bound: Bound| Timestamp::from_nanosecond(bound.end.as_nanosecond() - 1).unwrap_or(bound.start);
        Self {
            from: self.from.map(|bound| whole(BillingPeriod::containing(bound.start))),
            to: self.to.map(|bound| whole(BillingPeriod::containing(last(bound)))),
        }
    }

    /// How short a charge must be for its beginning and end to tell it apart: the granularity that its own bounds ask for.
    pub(super) fn finest(&self) -> Granularity {
        let bounds = || [self.start(), self.end()].into_iter().flatten();
        let is_midnight = |moment: Timestamp| Offset::UTC.to_datetime(moment).time() == Time::midnight();
        if self.is_of_periods() {
            Granularity::Total
        } else if bounds().all(is_midnight) {
            Granularity::Day
        } else {
            Granularity::Hour
        }
    }

    /// Whether it is made of whole billing periods, so that charges belong to it or not by their period alone.
    pub(crate) fn is_of_periods(&self) -> bool {
        let begins_one = |moment: Timestamp| BillingPeriod::containing(moment).start() == moment;
        self.start().is_none_or(begins_one) && self.end().is_none_or(begins_one)
    }
}

/// Conditions over `charges` and, where they say so, over `rollup`.
impl Range {
    /// Charges that have anything to do with the time. For ranges of whole periods, groups of `rollup` too.
    pub(crate) fn touching(&self) -> Expr {
        let (from, to) = (self.start(), self.end());
        let mut conditions = Vec::new();
        if self.is_of_periods() {
            let period = |moment| lit(ScalarValue::Utf8View(Some(BillingPeriod::containing(moment).to_string())));
            conditions.extend(from.map(|from| ident(PERIOD).gt_eq(period(from))));
            conditions.extend(to.map(|to| ident(PERIOD).lt(period(to))));
        } else {
            // A charge of no length at all belongs to the moment it is at.
            conditions.extend(from.map(|from| end().gt(moment(from)).or(start().gt_eq(moment(from)))));
            conditions.extend(to.map(|to| start().lt(moment(to))));
        }
        conditions.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true))
    }

    /// Of those, the charges that lie in it whole.
    pub(crate) fn containing(&self) -> Expr {
        if self.is_of_periods() {
            return lit(true);
        }
        let after = self.start().map(|from| start().gt_eq(moment(from)));
        let before = self.end().map(|to| end().lt_eq(moment(to)));
        after.into_iter().chain(before).reduce(Expr::and).unwrap_or_else(|| lit(true))
    }

    /// Groups of `rollup` whose day lies in it: those whose charges do, when both ends are midnights.
    pub(super) fn days(&self) -> Expr {
        let day = |moment: Timestamp| {
            let days = moment.as_second().div_euclid(SECONDS_PER_DAY);
            lit(ScalarValue::Date32(Some(i32::try_from(days).expect("the calendar has fewer days"))))
        };
        let after = self.start().map(|from| ident("day").gt_eq(day(from)));
        let before = self.end().map(|to| ident("day").lt(day(to)));
        after.into_iter().chain(before).reduce(Expr::and).unwrap_or_else(|| lit(true))
    }
}

/// The first moment of a charge's time.
pub(super) fn start() -> Expr {
    ident(Column::ChargePeriodStart.info().name)
}

/// The first moment after it.
pub(super) fn end() -> Expr {
    ident(Column::ChargePeriodEnd.info().name)
}

fn moment(moment: Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(moment.as_microsecond()), Some("UTC".into())))
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |moment: Option<Timestamp>, open: &str| moment.map_or_else(|| open.to_owned(), |moment| moment.to_string());
        write!(f, "{} until {}", show(self.start(), "the beginning"), show(self.end(), "now"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Range};

    fn read(text: &str) -> String {
        text.parse::<Bound>().map_or_else(|error| error.to_string(), |bound| format!("{} until {}", bound.start, bound.end))
    }

    #[test]
    fn a_time_is_a_period_a_day_or_an_hour() {
        let texts = ["2018-10", "2018-12-31", "2018-10-31T23:00Z", "2018-10-31T23Z", "2018-10-31T23:00:00Z"];
        insta::assert_snapshot!(texts.map(read).join("\n"), @"
        2018-10-01T00:00:00Z until 2018-11-01T00:00:00Z
        2018-12-31T00:00:00Z until 2019-01-01T00:00:00Z
        2018-10-31T23:00:00Z until 2018-11-01T00:00:00Z
        2018-10-31T23:00:00Z until 2018-11-01T00:00:00Z
        2018-10-31T23:00:00Z until 2018-11-01T00:00:00Z
        ");
        let wrong = [
            "",
            "2018",
            "2018-13",
            "2018-10-32",
            "2018-10-31T23:30Z",
            "2018-10-31T23:00",
            "2018-10-31T",
            "Té",
            "2018-10-31T1é",
            "2018-10-31T23:00+02:00",
        ];
        for text in wrong {
            assert!(text.parse::<Bound>().is_err(), "{text}");
        }
    }

    #[test]
    fn whole_months_are_known_as_such() {
        let range = |from: &str, to: &str| Range { from: from.parse().ok(), to: to.parse().ok() };
        assert!(range("2018-10", "2018-11").is_of_periods());
        assert!(range("2018-10-01", "2018-10-31").is_of_periods());
        assert!(range("", "2018-11").is_of_periods());
        assert!(!range("2018-10", "2018-11-05").is_of_periods());
        assert_eq!(range("2018-10-31T23Z", "2018-11-01").whole_periods(), range("2018-10", "2018-11"));
        assert_eq!(range("2018-10-05", "2018-10-31").whole_periods(), range("2018-10", "2018-10"));
        assert!(range("2018-11", "2018-10").is_backwards() && !range("2018-10", "2018-10").is_backwards());
    }
}
