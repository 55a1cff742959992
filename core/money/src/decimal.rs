//! Reading and writing decimal text, exactly.

use std::fmt;

/// Digits after the point that an amount keeps.
pub const SCALE_DIGITS: u32 = 12;
/// Units in one whole: 10¹².
pub const SCALE: i128 = 10_i128.pow(SCALE_DIGITS);
/// Parts of one unit in which a rounding residue is counted, so that residues have scale 24 (10⁻²⁴).
pub const RESIDUE_SCALE: i128 = 10_i128.pow(12);

/// The largest amount read: 10¹⁸ in whole units. A hundred million of them still add up within `Decimal128(38, 12)`.
const UNITS_MAX: u128 = 10_u128.pow(30);
/// More digits than any bill carries; longer text is hostile.
const TEXT_LENGTH_MAX: usize = 128;

/// A number read from text: whole units, and what rounding to them took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The value in units of 10⁻¹², rounded half-even.
    pub units: i128,
    /// Exact value minus `units`, in 10⁻²⁴; digits beyond that are cut. Zero for nearly every number of a real bill.
    pub residue: i128,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Empty, or with a character a decimal number cannot have.
    #[error("not a decimal number")]
    Malformed,
    /// Above 10¹⁸, or more text than a number needs.
    #[error("too large: an amount is at most 10^18")]
    TooLarge,
}

impl Decimal {
    /// Reads `text`: optional sign, digits with an optional point, optional exponent (`-7.0E-10`).
    ///
    /// # Errors
    /// [`DecimalError`] when the text is not a number or does not fit 38 digits at scale 12.
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        let decimal = match parse_short(text) {
            Some(units) => Self { units, residue: 0 },
            None => parse_long(text)?,
        };
        decimal.within_limits()
    }

    /// A number of another source, held to the same limit as text.
    ///
    /// # Errors
    /// [`DecimalError::TooLarge`] beyond it.
    pub fn within_limits(self) -> Result<Self, DecimalError> {
        if self.units.unsigned_abs() <= UNITS_MAX { Ok(self) } else { Err(DecimalError::TooLarge) }
    }
}

/// The common case, fast: at most 18 digits in all, at most 12 after the point, no exponent.
#[inline]
fn parse_short(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0_u64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    let whole_digits = digits.len() - decimals - usize::from(point.is_some());
    if decimals > SCALE_DIGITS as usize || whole_digits + decimals == 0 {
        return None;
    }
    let units = i128::from(value) * 10_i128.pow(SCALE_DIGITS - decimals as u32);
    Some(if negative { -units } else { units })
}

/// Every other number: long ones, exponents, more than 12 decimals.
#[cold]
fn parse_long(text: &[u8]) -> Result<Decimal, DecimalError> {
    if text.len() > TEXT_LENGTH_MAX {
        return Err(DecimalError::TooLarge);
    }
    let (mantissa, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, mantissa),
    };
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    let fraction = mantissa.get(point + 1..).unwrap_or_default();
    let digits: Vec<u8> = mantissa[..point].iter().chain(fraction).copied().collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DecimalError::Malformed);
    }
    // The digit at index `i` stands for 10^(whole - 1 - i).
    let whole = point as i64 + i64::from(exponent);
    let digit_at = |power: i64| usize::try_from(whole - 1 - power).ok().and_then(|i| digits.get(i)).map_or(0, |b| i128::from(b - b'0'));
    if (whole - 26).max(0) > 0 && (26..whole).any(|power| digit_at(power) != 0) {
        return Err(DecimalError::TooLarge);
    }
    let take = |highest: i64, lowest: i64| (lowest..=highest).rev().fold(0_i128, |value, power| value * 10 + digit_at(power));
    let units = take(25, -12);
    let residue = take(-13, -24);
    let beyond = digits.iter().enumerate().any(|(i, b)| *b != b'0' && whole - 1 - (i as i64) < -24);
    let half = residue.cmp(&(RESIDUE_SCALE / 2));
    let up = half.is_gt() || (half.is_eq() && (beyond || units % 2 == 1));
    let (units, residue) = if up { (units + 1, residue - RESIDUE_SCALE) } else { (units, residue) };
    Ok(if negative { Decimal { units: -units, residue: -residue } } else { Decimal { units, residue } })
}

fn parse_exponent(text: &[u8]) -> Result<i32, DecimalError> {
    let text = std::str::from_utf8(text).map_err(|_| DecimalError::Malformed)?;
    let exponent: i32 = text.parse().map_err(|_| DecimalError::Malformed)?;
    if (-400..=400).contains(&exponent) { Ok(exponent) } else { Err(DecimalError::TooLarge) }
}

/// Writes `units` of 10⁻¹² as the shortest exact decimal: `12`, `0.5`, `-0.000000000001`.
pub(crate) fn write_units(f: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result {
    let magnitude = units.unsigned_abs();
    let scale = SCALE.unsigned_abs();
    let (whole, fraction) = (magnitude / scale, magnitude % scale);
    let sign = if units < 0 { "-" } else { "" };
    if fraction == 0 {
        return f.pad(&format!("{sign}{whole}"));
    }
    let digits = format!("{fraction:012}");
    f.pad(&format!("{sign}{whole}.{}", digits.trim_end_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::{Decimal, DecimalError, RESIDUE_SCALE, parse_long, parse_short};
    use crate::Money;
    use proptest::prelude::*;

    fn check(text: &str) -> String {
        match Decimal::parse(text.as_bytes()) {
            Ok(Decimal { units, residue: 0 }) => Money::from_units(units).to_string(),
            Ok(Decimal { units, residue }) => {
                format!("{} and {residue}e-24", Money::from_units(units))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers_of_real_bills_are_read_exactly() {
        let texts = ["0", "0.0", "12", "-3.5", "0.0116", "-7.0E-10", "1e3", "+2", ".5", "5.", "0.0000000001", "100000000000000000.25"];
        let read: Vec<_> = texts.iter().map(|t| format!("{t} -> {}", check(t))).collect();
        insta::assert_snapshot!(read.join("\n"), @"
        0 -> 0
        0.0 -> 0
        12 -> 12
        -3.5 -> -3.5
        0.0116 -> 0.0116
        -7.0E-10 -> -0.0000000007
        1e3 -> 1000
        +2 -> 2
        .5 -> 0.5
        5. -> 5
        0.0000000001 -> 0.0000000001
        100000000000000000.25 -> 100000000000000000.25
        ");
    }

    #[test]
    fn digits_beyond_the_scale_are_rounded_half_even_and_counted() {
        assert_eq!(check("0.0000000000005"), "0 and 500000000000e-24");
        assert_eq!(check("0.0000000000015"), "0.000000000002 and -500000000000e-24");
        assert_eq!(check("0.00000000000050000000000001"), "0.000000000001 and -500000000000e-24");
        assert_eq!(check("-1.2345678901234"), "-1.234567890123 and -400000000000e-24");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "-", ".", "1.2.3", "abc", "1e", "1e+-3", "NaN", "inf", "1,000", "0x10", " 1", "--1", "1e99999999999"] {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(DecimalError::Malformed), "{text}");
        }
        for text in
            ["1e19", "1e-2147483648", "999999999999999999999999999", "1e401", &"1".repeat(200), "99999999999999999999999999.9999999999999"]
        {
            assert_eq!(Decimal::parse(text.as_bytes()), Err(DecimalError::TooLarge), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(units in -10_i128.pow(30)..10_i128.pow(30)) {
            let text = Money::from_units(units).to_string();
            prop_assert_eq!(Decimal::parse(text.as_bytes()), Ok(Decimal { units, residue: 0 }));
        }

        #[test]
        fn the_fast_path_agrees_with_the_slow_one(text in "-?[0-9]{0,12}(\\.[0-9]{0,12})?") {
            if let Some(units) = parse_short(text.as_bytes()) {
                prop_assert_eq!(parse_long(text.as_bytes()), Ok(Decimal { units, residue: 0 }));
            }
        }

        #[test]
        fn a_residue_is_at_most_half_a_unit(text in "-?[0-9]{1,5}\\.[0-9]{1,24}") {
            let read = Decimal::parse(text.as_bytes()).unwrap();
            prop_assert!(read.residue.abs() * 2 <= RESIDUE_SCALE);
        }

        #[test]
        fn hostile_text_never_panics(text in "[-+.eE0-9]{0,40}") {
            let _ = Decimal::parse(text.as_bytes());
        }
    }
}
