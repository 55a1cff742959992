//! Moments, in the three ways AWS writes them.

use crate::model::TimeFormat;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// As a text: `2025-01-31T00:00:00Z`, `1738281600.5` or `Fri, 31 Jan 2025 00:00:00 GMT`.
pub(crate) fn to_text(moment: Timestamp, format: TimeFormat) -> String {
    match format {
        TimeFormat::Iso8601 => moment.to_string(),
        TimeFormat::Unix => seconds(moment),
        TimeFormat::Http => moment.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    }
}

/// Reads any of the three, whichever is expected: services mix them.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        let without_zone = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp());
        return from_seconds(text).or_else(|| text.parse().ok()).or_else(without_zone);
    }
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// Seconds since 1970, with as many decimals as it takes.
fn seconds(moment: Timestamp) -> String {
    let nanoseconds = moment.as_nanosecond();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (whole, rest) = (nanoseconds.unsigned_abs() / NANOSECONDS, nanoseconds.unsigned_abs() % NANOSECONDS);
    let text = format!("{sign}{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const NANOSECONDS: u128 = 1_000_000_000;

/// Exactly, without a float; digits past the ninth are dropped, and an exponent is read as far as AWS's JSON writes one.
fn from_seconds(text: &str) -> Option<Timestamp> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|exponent| exponent.abs() <= 20)?),
        None => (text, 0),
    };
    let (negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    if all.is_empty() || all.len() > 30 || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut nanoseconds: i128 = all.parse().ok()?;
    let power = 9 + exponent - i32::try_from(fraction.len()).ok()?;
    for _ in 0..power.abs() {
        nanoseconds = if power > 0 { nanoseconds.checked_mul(10)? } else { nanoseconds / 10 };
    }
    Timestamp::from_nanosecond(if negative { -nanoseconds } else { nanoseconds }).ok()
}

#[cfg(test)]
mod tests {
    use super::{from_text, to_text};
    use crate::model::TimeFormat;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let moment = "2025-01-31T12:34:56.789Z".parse().unwrap();
        let written = [TimeFormat::Iso8601, TimeFormat::Unix].map(|format| to_text(moment, format));
        assert_eq!(written, ["2025-01-31T12:34:56.789Z", "1738326896.789"]);
        assert_eq!(written.map(|text| from_text(&text).unwrap()), [moment; 2]);
        let http = to_text("2025-01-31T12:34:56Z".parse().unwrap(), TimeFormat::Http);
        assert_eq!(http, "Fri, 31 Jan 2025 12:34:56 GMT");
        assert_eq!(from_text(&http).unwrap().to_string(), "2025-01-31T12:34:56Z");
    }

    #[test]
    fn odd_ways_are_read_and_what_is_no_moment_is_not() {
        let read = |text: &str| from_text(text).map(|moment| moment.to_string()).unwrap_or_default();
        assert_eq!(read("1.738326896789E9"), "2025-01-31T12:34:56.789Z");
        assert_eq!(read("-1.5"), "1969-12-31T23:59:58.5Z");
        assert_eq!(read("2025-01-31T12:34:56"), "2025-01-31T12:34:56Z");
        assert_eq!(read("2025-01-31T12:34:56+02:00"), "2025-01-31T10:34:56Z");
        assert_eq!(["", "soon", "1e99", "99999999999999999999999999999999", "-", "2025-13-01T00:00:00Z"].map(read), [""; 6]);
    }
}
