//! Moments in an entry: UTC with nine decimals always, so that equal moments are equal bytes and later ones sort later.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A moment as it stands in an entry: `2026-01-02T03:04:05.000000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub Timestamp);

/// A text that is no moment, or not in the one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a moment in UTC with nine decimals")]
pub struct MomentError(String);

crate::serial::as_text!(Moment);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.9}", self.0)
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        if let Some(moment) = of_four_digit_year(text) {
            return Ok(moment);
        }
        let wrong = || MomentError(text.chars().take(40).collect());
        let moment = text.parse().map(Self).map_err(|_| wrong())?;
        // Another offset, or fewer decimals, would be the same moment in other bytes.
        if moment.to_string() == text { Ok(moment) } else { Err(wrong()) }
    }
}

/// A moment in the one form and in a year of four digits, which nearly all are. It is not written again to be compared: each byte was looked at
/// in its place.
fn of_four_digit_year(text: &str) -> Option<Moment> {
    let bytes: &[u8; 30] = text.as_bytes().try_into().ok()?;
    let between = [4, 7, 10, 13, 16, 19, 29].map(|at| bytes[at]);
    if between != *b"--T::.Z" {
        return None;
    }
    let digit = |number: i32, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i32::from(byte - b'0'));
    let number = |place: Range<usize>| bytes[place].iter().try_fold(0, digit);
    let two = |at: usize| i8::try_from(number(at..at + 2)?).ok();
    let (year, decimals) = (i16::try_from(number(0..4)?).ok()?, number(20..29)?);
    // It refuses what no calendar or clock has.
    let civil = DateTime::new(year, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, decimals).ok()?;
    Offset::UTC.to_timestamp(civil).ok().map(Moment)
}

#[cfg(test)]
mod tests {
    use super::{Moment, of_four_digit_year};
    use jiff::Timestamp;
    use proptest::prelude::{prop_assert_eq, proptest};

    fn written_again(text: &str) -> Option<Moment> {
        text.parse().map(Moment).ok().filter(|moment| moment.to_string() == text)
    }

    proptest! {
        #[test]
        fn the_short_way_takes_what_is_written_again_in_the_same_bytes(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{9}Z") {
            prop_assert_eq!(of_four_digit_year(&text), written_again(&text));
        }

        #[test]
        fn the_short_way_takes_nothing_else(at in 0..30_usize, byte in 0..128_u8) {
            let mut bytes = *b"2024-02-29T23:59:59.999999999Z";
            bytes[at] = byte;
            let text = std::str::from_utf8(&bytes).unwrap();
            prop_assert_eq!(of_four_digit_year(text), written_again(text));
        }
    }

    #[test]
    fn the_first_and_the_last_years_of_four_digits_are_read() {
        for text in ["0000-01-01T00:00:00.000000000Z", "0001-01-01T00:00:00.000000001Z", "9999-12-30T22:00:00.999999999Z"] {
            assert_eq!((of_four_digit_year(text), written_again(text).is_some()), (written_again(text), true), "{text}");
        }
        for text in ["9999-12-31T23:59:59.000000000Z", "2023-02-29T00:00:00.000000000Z", "2016-12-31T23:59:60.000000000Z"] {
            assert_eq!((of_four_digit_year(text), written_again(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn a_moment_has_one_form() {
        let text = "2026-01-02T03:04:05.000000000Z";
        assert_eq!(Moment("2026-01-02T03:04:05Z".parse().unwrap()).to_string(), text);
        for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(Moment(moment).to_string().parse(), Ok(Moment(moment)));
        }
        for bad in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000000Z", "2026-01-02T04:04:05.000000000+01:00", "yesterday"] {
            let error = bad.parse::<Moment>().unwrap_err().to_string();
            assert_eq!(error, format!("`{bad}` is not a moment in UTC with nine decimals"));
        }
    }
}
