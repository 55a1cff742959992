//! Shares of one amount in another, exact until they are shown.

use std::fmt;
use tenor_money::{Money, Quantity, Rounding, mul_div_round};

/// Decimals that a ratio is shown with.
const DECIMALS: usize = 4;
/// Ten thousandths, in which it is shown.
const SCALE: i128 = 10_i128.pow(DECIMALS as u32);

/// An exact quotient of two amounts of one unit.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    numerator: i128,
    /// Never zero.
    denominator: i128,
}

impl Ratio {
    /// `part` of `whole`; none when the whole is nothing.
    #[must_use]
    pub fn of_money(part: Money, whole: Money) -> Option<Self> {
        Self::of_units(part.units(), whole.units())
    }

    /// `part` of `whole`; none when the whole is nothing.
    #[must_use]
    pub fn of_quantity(part: Quantity, whole: Quantity) -> Option<Self> {
        Self::of_units(part.units(), whole.units())
    }

    /// A quotient of two whole numbers; none when the denominator is zero.
    #[must_use]
    pub const fn of_units(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 { None } else { Some(Self { numerator, denominator }) }
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
        assert_eq!(Ratio::of_units(11_978_500_278, 15_145_160_139).unwrap().percent(), "79.09");
    }
}
