//! Clock hours in UTC, the grain at which AWS applies commitments.

use jiff::Timestamp;
use std::fmt;

/// Seconds in an hour.
const SECONDS: i64 = 3600;

/// A clock hour in UTC, counted from that of the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The clock hour a moment falls in.
    #[must_use]
    pub fn containing(moment: Timestamp) -> Self {
        Self(moment.as_second().div_euclid(SECONDS))
    }

    /// The clock hour so many hours after that of the Unix epoch.
    #[must_use]
    pub const fn from_epoch_hours(hours: i64) -> Self {
        Self(hours)
    }

    /// Hours since that of the Unix epoch.
    #[must_use]
    pub const fn epoch_hours(self) -> i64 {
        self.0
    }

    /// Its first second, since the Unix epoch.
    #[must_use]
    pub const fn start_second(self) -> i64 {
        self.0 * SECONDS
    }

    /// The hour after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Hour {
    /// `2018-10-09T21:00Z`; the count of hours where the calendar does not reach.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_second(self.start_second()) {
            Ok(start) => f.pad(&format!("{}Z", &start.to_string()[..16])),
            Err(_) => f.pad(&format!("hour {}", self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Hour;

    #[test]
    fn an_hour_begins_on_the_clock() {
        let hour = Hour::containing("2018-10-09T21:40:47Z".parse().unwrap());
        assert_eq!(hour.to_string(), "2018-10-09T21:00Z");
        assert_eq!(hour.next().to_string(), "2018-10-09T22:00Z");
        assert_eq!(Hour::containing("1969-12-31T23:59:59Z".parse().unwrap()).epoch_hours(), -1);
    }
}
