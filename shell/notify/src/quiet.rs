//! Quiet hours: a time of the day, in a time zone, in which what is not urgent waits. Reads no clock.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// When what is not urgent waits.
#[derive(Debug, Clone)]
pub struct Quiet {
    from: Time,
    to: Time,
    zone: TimeZone,
}

/// Why they make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuietError {
    /// No time of the day.
    #[error("`{0}` is no time of the day")]
    Time(String),
    /// No such zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// They would never end, or never begin.
    #[error("they begin when they end")]
    Empty,
}

impl QuietError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Time(_) | Self::Empty => "write them as `from = \"20:00\"` and `to = \"07:00\"`",
            Self::Zone(_) => "name one of the IANA database: Europe/Berlin, America/New_York, UTC",
        }
    }
}

impl Quiet {
    /// From one time of the day to another, over midnight where the second is the earlier.
    ///
    /// # Errors
    /// When a time or the zone makes no sense.
    pub fn read(from: &str, to: &str, zone: &str) -> Result<Self, QuietError> {
        let time = |text: &str| text.parse::<Time>().map_err(|_| QuietError::Time(text.to_owned()));
        let (from, to) = (time(from)?, time(to)?);
        if from == to {
            return Err(QuietError::Empty);
        }
        let zone = TimeZone::get(zone).map_err(|_| QuietError::Zone(zone.to_owned()))?;
        Ok(Self { from, to, zone })
    }

    /// When something that is not urgent may be sent: at once, or at the end of the quiet hours that it falls into.
    #[must_use]
    pub fn allow(&self, now: Timestamp) -> Timestamp {
        let local = now.to_zoned(self.zone.clone());
        let time = local.time();
        let is_over_midnight = self.to < self.from;
        let is_quiet = if is_over_midnight { time >= self.from || time < self.to } else { time >= self.from && time < self.to };
        if !is_quiet {
            return now;
        }
        let is_tomorrow = is_over_midnight && time >= self.from;
        let day = if is_tomorrow { local.date().saturating_add(1.day()) } else { local.date() };
        // A time that clocks leave out ends when they are ahead again.
        day.to_datetime(self.to).to_zoned(self.zone.clone()).map_or(now, |end| end.timestamp().max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::{Quiet, QuietError};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn allowed(quiet: &Quiet, now: &str) -> String {
        quiet.allow(now.parse().unwrap()).to_string()
    }

    #[test]
    fn what_falls_into_quiet_hours_waits_for_their_end() {
        let night = Quiet::read("20:00", "07:00", "Europe/Berlin").unwrap();
        let noon = Quiet::read("12:00", "13:30", "UTC").unwrap();
        assert_eq!(allowed(&night, "2026-01-20T18:59:59Z"), "2026-01-20T18:59:59Z");
        assert_eq!(allowed(&night, "2026-01-20T19:00:00Z"), "2026-01-21T06:00:00Z");
        assert_eq!(allowed(&night, "2026-01-21T05:59:59Z"), "2026-01-21T06:00:00Z");
        assert_eq!(allowed(&night, "2026-01-21T06:00:00Z"), "2026-01-21T06:00:00Z");
        assert_eq!(allowed(&night, "2026-03-28T22:00:00Z"), "2026-03-29T05:00:00Z", "clocks were put ahead");
        assert_eq!(allowed(&noon, "2026-01-20T12:00:00Z"), "2026-01-20T13:30:00Z");
        assert_eq!(allowed(&noon, "2026-01-20T13:30:00Z"), "2026-01-20T13:30:00Z");
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        let read = |from, to, zone| Quiet::read(from, to, zone).map(drop).unwrap_err();
        assert_eq!(read("25:00", "07:00", "UTC"), QuietError::Time("25:00".to_owned()));
        assert_eq!(read("07:00", "07:00", "UTC"), QuietError::Empty);
        assert_eq!(read("20:00", "07:00", "Mars/Base"), QuietError::Zone("Mars/Base".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_waits_longer_than_a_day_and_what_waited_may_be_sent(second in 1_700_000_000_i64..1_900_000_000, from in 0_u8..24, to in 0_u8..24) {
            prop_assume!(from != to && (to + 1) % 24 != from);
            let quiet = Quiet::read(&format!("{from:02}:00"), &format!("{to:02}:00"), "America/New_York").unwrap();
            let now = Timestamp::from_second(second).unwrap();
            let first = quiet.allow(now);
            prop_assert!(first >= now && first.as_second() - second <= 25 * 3_600);
            prop_assert_eq!(quiet.allow(first), first);
        }
    }
}
