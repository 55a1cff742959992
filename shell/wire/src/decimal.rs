//! Numbers with a fraction, as AWS wrote them: prices arrive to the last digit.

use std::fmt;

/// A decimal number as text, in JSON's grammar: `-12.50`, `1e-7`. Never a float, which would change it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(String);

/// A text that is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotADecimal;

impl Decimal {
    /// Reads one; a leading `+`, a bare `.5` or `5.`, `NaN` and infinities are none.
    ///
    /// # Errors
    /// When it is none, or has more than 64 characters.
    pub fn parse(text: &str) -> Result<Self, NotADecimal> {
        let is_one = text.len() <= CHARACTERS_MAX && length_of_number(text.as_bytes()) == Some(text.len());
        if is_one { Ok(Self(text.to_owned())) } else { Err(NotADecimal) }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// No price has as many.
const CHARACTERS_MAX: usize = 64;

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How many bytes at the beginning are a number in JSON's grammar.
pub(crate) fn length_of_number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && text[at] == b'0') {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn a_number_stays_as_it_was_written() {
        for text in ["0", "-0.10", "1234567890123456789.000000001", "1E+7", "2.5e-3"] {
            assert_eq!(Decimal::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "-", "01", ".5", "5.", "+1", "1e", "NaN", "Infinity", "1 ", "0x1"] {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }
}
