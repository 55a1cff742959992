//! Exact numbers, as far as the checks need them: twelve decimals, and whether that was all of them.

use arrow::datatypes::i256;

/// The number of decimals kept.
const SCALE: u32 = 12;
const ONE: i128 = 10_i128.pow(SCALE);
/// Amounts in AWS's reports end at the tenth decimal; a product of two of its figures may differ from the third by one unit there.
const REPORTED_UNIT: i128 = 100;

/// A number in units of 10⁻¹²; `exact` when nothing beyond was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) units: i128,
    pub(crate) exact: bool,
}

impl Number {
    /// Reads an integer, a decimal or a number in E notation, as FOCUS writes them: no plus sign, nothing before or after.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match unsigned.split_once('E') {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        let number = Number::scaled(if digits.is_empty() { 0 } else { digits.parse().ok()? }, scale)?;
        Some(Number { units: if negative { -number.units } else { number.units }, ..number })
    }

    /// The number `mantissa` x 10 to the power of -`scale`.
    pub(crate) fn scaled(mantissa: i128, scale: i32) -> Option<Number> {
        let shift = i32::try_from(SCALE).ok()?.checked_sub(scale)?;
        if mantissa == 0 {
            return Some(Number { units: 0, exact: true });
        }
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        if shift >= 0 {
            return Some(Number { units: mantissa.checked_mul(power?)?, exact: true });
        }
        // A divisor beyond the range leaves nothing of the number.
        let Some(power) = power else { return Some(Number { units: 0, exact: false }) };
        Some(Number { units: mantissa / power, exact: mantissa % power == 0 })
    }

    /// Whether `self` x `quantity` is `cost`, as exactly as the figures allow.
    ///
    /// A price or a quantity written with twelve decimals may be off by one unit there, which the other factor multiplies;
    /// and the cost may be off by one unit of what AWS reports.
    pub(crate) fn times_is(self, quantity: Number, cost: Number) -> bool {
        let wide = i256::from_i128;
        let product = wide(self.units).wrapping_mul(wide(quantity.units));
        let off = product.wrapping_sub(wide(cost.units).wrapping_mul(wide(ONE))).wrapping_abs();
        let from_factors = wide(self.units).wrapping_abs().wrapping_add(wide(quantity.units).wrapping_abs());
        off <= from_factors.wrapping_add(wide(REPORTED_UNIT).wrapping_mul(wide(ONE)))
    }

    /// The number in plain decimals, without trailing zeros.
    pub(crate) fn text(self) -> String {
        let sign = if self.units < 0 { "-" } else { "" };
        let magnitude = self.units.unsigned_abs();
        let one = ONE.unsigned_abs();
        let fraction = format!("{:012}", magnitude % one);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}", magnitude / one)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_exponent(text: &str) -> Option<i32> {
    if !is_digits(text.strip_prefix('-').unwrap_or(text)) {
        return None;
    }
    text.parse().ok().filter(|exponent| (-999..=999).contains(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text} is not a number"))
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, read) in
            [("0", "0"), ("-0.05", "-0.05"), ("1E-3", "0.001"), ("-7.0E-10", "-0.0000000007"), ("12.5E2", "1250"), ("000.100", "0.1")]
        {
            assert_eq!(number(text).text(), read);
            assert!(number(text).exact, "{text}");
        }
        assert_eq!(number("0.0000000000001"), Number { units: 0, exact: false });
        assert_eq!(number("1E-400"), Number { units: 0, exact: false });
    }

    #[test]
    fn what_focus_does_not_allow_is_not_a_number() {
        for text in ["", "+1", "1,000", "$1", "1/2", "1e5", "1E+5", ".5", "5.", "NaN", "1 ", "--1", "1E", "9E99"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_product_matches_within_the_last_decimal_of_its_factors() {
        let matches = |price: &str, quantity: &str, cost: &str| number(price).times_is(number(quantity), number(cost));
        assert!(matches("0.096", "3", "0.288"));
        assert!(!matches("0.096", "3", "0.2881"));
        assert!(matches("0.333333333333", "3000000", "1000000"));
        assert!(!matches("0.333333", "3000000", "1000000"));
        assert!(matches("0.0000166667", "12.3456", "0.0002057604"));
        assert!(matches("-0.1", "170000000000000000", "-17000000000000000"));
    }
}
