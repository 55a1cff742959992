//! Reading the date-times of bills.

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Microseconds since 1970 of `2018-10-01T00:00:00Z`, `2026-04-01T00:00:00.000Z`, `2024-09-18 23:00:00` or `2024-09-18`, all in UTC.
///
/// `None` when the text is none of these.
pub(crate) fn parse_moment(text: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let at = |index: usize, allowed: &[u8]| text.get(index).is_some_and(|byte| allowed.contains(byte));
    if !at(4, b"-") || !at(7, b"-") {
        return None;
    }
    let midnight = days_since_1970(number(0, 4)?, number(5, 7)?, number(8, 10)?)? * SECONDS_PER_DAY * MICROS_PER_SECOND;
    if text.len() == 10 {
        return Some(midnight);
    }
    if !at(10, b"T ") || !at(13, b":") || !at(16, b":") {
        return None;
    }
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second;
    Some(midnight + seconds * MICROS_PER_SECOND + fraction_micros(&text[19..])?)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. `None` when there is no such date.
///
/// Bills carry four moments a row, so this is plain arithmetic: days of whole years, then of whole months, then of the month.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    const DAYS_IN: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let at = usize::try_from(month - 1).ok().filter(|at| *at < 12)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let leap_day = i64::from(leap);
    if year < 1 || day < 1 || day > DAYS_IN[at] + if month == 2 { leap_day } else { 0 } {
        return None;
    }
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400;
    let this_year = DAYS_BEFORE[at] + if month > 2 { leap_day } else { 0 } + day - 1;
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    Some(before * 365 + leaps + this_year - 719_162)
}

/// `.123Z`, `Z` or nothing, in microseconds. Digits beyond the sixth are cut.
fn fraction_micros(text: &[u8]) -> Option<i64> {
    let text = text.strip_suffix(b"Z").or_else(|| text.strip_suffix(b"+00:00")).unwrap_or(text);
    let Some(digits) = text.strip_prefix(b".") else { return text.is_empty().then_some(0) };
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((0..6).fold(0, |micros, place| micros * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))))
}

/// Whether a moment can be in a bill: from 1970 until the year 9000, which leaves room for a calendar's arithmetic after it.
pub(crate) fn is_plausible(micros: &i64) -> bool {
    (0..221_845_392_000 * MICROS_PER_SECOND).contains(micros)
}

/// The exclusive end of a charge or billing period: AWS writes some ends as the last second of an hour (`23:59:59`), FOCUS wants the moment
/// after. For ends alone: a start at that second is one.
pub(crate) fn exclusive_end(micros: i64) -> i64 {
    let into_the_hour = micros.rem_euclid(3600 * MICROS_PER_SECOND);
    if into_the_hour == 3599 * MICROS_PER_SECOND { micros + MICROS_PER_SECOND } else { micros }
}

/// Start and end of an identity time interval `2018-10-01T00:00:00Z/2018-10-01T01:00:00Z`, the end exclusive.
pub(crate) fn parse_interval(text: &[u8]) -> Option<(i64, i64)> {
    let slash = text.iter().position(|byte| *byte == b'/')?;
    Some((parse_moment(&text[..slash])?, exclusive_end(parse_moment(&text[slash + 1..])?)))
}

#[cfg(test)]
mod tests {
    use super::{exclusive_end, parse_interval, parse_moment};
    use proptest::prelude::*;

    #[test]
    fn every_way_a_bill_writes_a_moment_is_read() {
        let october = 1_538_352_000_000_000;
        for text in ["2018-10-01T00:00:00Z", "2018-10-01T00:00:00.000Z", "2018-10-01 00:00:00", "2018-10-01", "2018-10-01T00:00:00+00:00"] {
            assert_eq!(parse_moment(text.as_bytes()), Some(october), "{text}");
        }
        assert_eq!(parse_moment(b"2018-10-01T00:00:00.123456789Z"), Some(october + 123_456));
        assert_eq!(exclusive_end(parse_moment(b"2018-10-31T23:59:59Z").unwrap()), parse_moment(b"2018-11-01").unwrap());
        for whole in ["2018-10-31T23:59:59.5Z", "2018-10-31T23:58:59Z", "2018-10-31T23:59:58Z", "2018-10-31T23:00:00Z"] {
            let micros = parse_moment(whole.as_bytes()).unwrap();
            assert_eq!(exclusive_end(micros), micros, "{whole}");
        }
        assert_eq!(parse_interval(b"2018-10-01T00:00:00Z/2018-10-01T01:00:00Z"), Some((october, october + 3_600_000_000)));
    }

    #[test]
    fn what_is_not_a_moment_is_refused() {
        for text in [
            "",
            "2018",
            "2018-13-01",
            "2018-02-30",
            "2018-10-01T25:00:00Z",
            "2018-10-01T00:00",
            "2018-10-01X00:00:00Z",
            "2018-10-01T00:00:00.Z",
        ] {
            assert_eq!(parse_moment(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hostile_text_never_panics(text in "[-0-9T:Z. /]{0,40}") {
            let _ = parse_moment(text.as_bytes());
            let _ = parse_interval(text.as_bytes());
        }

        #[test]
        fn moments_agree_with_jiff(second in 0_i64..4_000_000_000) {
            let text = jiff::Timestamp::from_second(second).unwrap().to_string();
            prop_assert_eq!(parse_moment(text.as_bytes()), Some(second * 1_000_000));
        }
    }
}
