//! The sandbox's time, in whole seconds.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A second of the sandbox's clock, counted as Unix time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// So many seconds later.
    pub(crate) fn later(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// A moment of a request, cut to the second.
    pub(crate) fn of(timestamp: Timestamp) -> Self {
        Self(timestamp.as_second())
    }

    /// As a message holds it.
    pub(crate) fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX)
    }

    /// The first second of the next month, in UTC.
    pub(crate) fn month_end(self) -> Self {
        let date = self.timestamp().to_zoned(TimeZone::UTC).date();
        let next = date.first_of_month().saturating_add(jiff::Span::new().months(1));
        Self(next.to_zoned(TimeZone::UTC).map_or(i64::MAX, |zoned| zoned.timestamp().as_second()))
    }

    /// The year it lies in, in UTC.
    pub(crate) fn year(self) -> i16 {
        self.timestamp().to_zoned(TimeZone::UTC).year()
    }

    /// `2025-01-01T00:00:00.000Z`, as services write moments that their models call texts.
    pub(crate) fn text(self) -> String {
        format!("{:.3}", self.timestamp())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}
