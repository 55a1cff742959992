//! Moments as reports write them.

use jiff::Timestamp;

/// How a report writes a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// `2025-01-01T00:00:00Z`
    Seconds,
    /// `2025-01-01T00:00:00.000Z`
    Millis,
}

/// A second of the Unix epoch as text.
pub(crate) fn iso(second: i64, clock: Clock) -> String {
    let text = Timestamp::from_second(second).expect("bills lie within jiff's calendar").to_string();
    match clock {
        Clock::Seconds => text,
        Clock::Millis => text.replace('Z', ".000Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, iso};

    #[test]
    fn moments_are_spelled_as_aws_does() {
        assert_eq!(iso(1_735_689_600, Clock::Seconds), "2025-01-01T00:00:00Z");
        assert_eq!(iso(1_735_689_601, Clock::Millis), "2025-01-01T00:00:01.000Z");
    }
}
