//! Shares of one amount in another, exact until they are shown.

use std::fmt;
use tenor_money::{Money, Quantity, Rounding, mul_div_round};

/// Decimals that a ratio is shown with.
const DECIMALS: usize = 4;
/// Ten thousandths, in which it is shown.
const SCALE: i128 = 10_i128.pow(DECIMALS as u32);
/// The first whole number of more than 38 digits.
const DIGITS_38: u128 = 10_u128.pow(38);

/// `a * b / denominator`, rounded half to even; none where the denominator is zero or the quotient may exceed the numbers that amounts are
/// made of. What comes from a bill or a statement goes through here: it may be any number.
#[must_use]
pub fn mul_div(a: i128, b: i128, denominator: i128) -> Option<i128> {
    let bits = |number: i128| i128::BITS - number.unsigned_abs().leading_zeros();
    let fits = denominator != 0 && bits(a) + bits(b) <= 125 + bits(denominator);
    fits.then(|| mul_div_round(a, b, denominator, Rounding::HalfEven))
}

/// An exact quotient of two amounts of one unit.
///
/// Its ten thousandths fit 38 digits, as a column of a database holds them, and the denominator is never zero: [`Ratio::of_units`] checks.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// `part` of `whole`; none when the whole is nothing, or so little that the quotient has more than 38 digits.
    #[must_use]
    pub fn of_money(part: Money, whole: Money) -> Option<Self> {
        Self::of_units(part.units(), whole.units())
    }

    /// As [`Ratio::of_money`].
    #[must_use]
    pub fn of_quantity(part: Quantity, whole: Quantity) -> Option<Self> {
        Self::of_units(part.units(), whole.units())
    }

    /// A quotient of two whole numbers; none when the denominator is zero, or so small that the quotient has more than 38 digits.
    #[must_use]
    pub fn of_units(numerator: i128, denominator: i128) -> Option<Self> {
        mul_div(numerator, SCALE, denominator).filter(|quotient| quotient.unsigned_abs() < DIGITS_38)?;
        Some(Self { numerator, denominator })
    }

    /// In ten thousandths, rounded half to even.
    #[must_use]
    pub fn ten_thousandths(self) -> i128 {
        mul_div_round(self.numerator, SCALE, self.denominator, Rounding::HalfEven)
    }

    /// As a percentage: `79.09`.
    #[must_use]
    pub fn percent(self) -> String {
        decimal(self.ten_thousandths(), DECIMALS - 2)
    }
}

impl fmt::Display for Ratio {
    /// Four decimals, rounded half to even: `0.7909`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal(self.ten_thousandths(), DECIMALS))
    }
}

fn decimal(units: i128, decimals: usize) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn a_ratio_is_rounded_when_it_is_shown() {
        let show = |numerator, denominator| Ratio::of_units(numerator, denominator).map(|ratio| ratio.to_string());
        assert_eq!([show(2, 3), show(-1, 3), show(5, 4), show(0, 7)].map(Option::unwrap), ["0.6667", "-0.3333", "1.2500", "0.0000"]);
        assert_eq!([show(1, 20_000), show(3, 20_000)].map(Option::unwrap), ["0.0000", "0.0002"], "half to even");
        assert_eq!(show(1, 0), None);
        assert_eq!([show(i128::MAX, 1), show(i128::MIN, -1), show(10_i128.pow(34), 1)], [None, None, None], "more than 38 digits");
        assert_eq!(show(i128::MAX, i128::MAX).unwrap(), "1.0000");
        assert_eq!(show(10_i128.pow(33), 1).unwrap(), format!("{}.0000", 10_i128.pow(33)));
        assert_eq!(Ratio::of_units(11_978_500_278, 15_145_160_139).unwrap().percent(), "79.09");
    }
}
