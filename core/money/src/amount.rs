//! Amounts with a meaning: dollars do not mix with hours.

use crate::decimal::{Decimal, DecimalError, SCALE, write_units};
use crate::rounding::{Rounding, mul_div_round};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

/// An exact amount in the ledger's currency, counted in units of 10⁻¹².
///
/// The scale is that of Arrow's `Decimal128(38, 12)`: a cost column and a `Money` are the same bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

/// An exact quantity of something AWS meters (hours, gigabytes, requests, normalized units), in units of 10⁻¹².
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

/// An exact price of one unit of usage, in units of 10⁻¹² of the ledger's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(i128);

macro_rules! exact_amount {
    ($name:ident) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// An amount from its count of 10⁻¹².
            #[must_use]
            pub const fn from_units(units: i128) -> Self {
                Self(units)
            }

            /// A whole number of dollars, hours or whatever is counted.
            #[must_use]
            pub const fn from_whole(whole: i64) -> Self {
                Self(whole as i128 * SCALE)
            }

            /// The count of 10⁻¹².
            #[must_use]
            pub const fn units(self) -> i128 {
                self.0
            }

            /// The amount without its sign.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// Whether this is nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// `self * numerator / denominator`, rounded once.
            ///
            /// A method and not an operator: operators are kept for exact arithmetic, and this rounds.
            ///
            /// # Panics
            /// When `denominator` is zero or the result does not fit.
            #[must_use]
            pub fn share(self, numerator: i128, denominator: i128, rounding: Rounding) -> Self {
                Self(mul_div_round(self.0, numerator, denominator, rounding))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.checked_add(other.0).expect("a sum of amounts fits 38 digits"))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.checked_sub(other.0).expect("a difference of amounts fits 38 digits"))
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            /// The shortest exact decimal. Width and alignment work; precision does not cut digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_units(f, self.0)
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;

            /// Reads decimal text; digits beyond 10⁻¹² are rounded half-even.
            fn from_str(text: &str) -> Result<Self, DecimalError> {
                Decimal::parse(text.as_bytes()).map(|decimal| Self(decimal.units))
            }
        }
    };
}

exact_amount!(Money);
exact_amount!(Quantity);
exact_amount!(UnitPrice);

impl Money {
    /// Rounded to `decimals` digits after the point, as a display or an invoice wants it.
    ///
    /// # Panics
    /// When `decimals` exceeds 12.
    #[must_use]
    pub fn round_to(self, decimals: u32, rounding: Rounding) -> Self {
        let step = 10_i128.pow(12_u32.checked_sub(decimals).expect("an amount has 12 decimals"));
        Self(crate::div_round(self.0, step, rounding) * step)
    }
}

impl UnitPrice {
    /// What `usage` costs at this price.
    ///
    /// A method and not `*`: operators are kept for exact arithmetic, and this rounds.
    #[must_use]
    pub fn charge(self, usage: Quantity, rounding: Rounding) -> Money {
        Money(mul_div_round(self.0, usage.0, SCALE, rounding))
    }
}

#[cfg(test)]
mod tests {
    use super::{Money, Quantity, UnitPrice};
    use crate::Rounding;
    use proptest::prelude::*;

    #[test]
    fn a_charge_is_price_times_usage() {
        let price: UnitPrice = "0.0116".parse().unwrap();
        let usage: Quantity = "0.2575".parse().unwrap();
        assert_eq!(price.charge(usage, Rounding::HalfEven).to_string(), "0.002987");
    }

    #[test]
    fn rounding_to_cents_keeps_the_scale() {
        let amount: Money = "-1.005".parse().unwrap();
        assert_eq!(amount.round_to(2, Rounding::HalfEven).to_string(), "-1");
        assert_eq!(amount.round_to(2, Rounding::HalfUp).to_string(), "-1.01");
    }

    proptest! {
        #[test]
        fn shares_of_a_fee_add_up_when_the_last_takes_the_rest(units in any::<i64>(), parts in 1_i128..5_000) {
            let fee = Money::from_units(i128::from(units));
            let until = |n| fee.share(n, parts, Rounding::HalfEven);
            let total: Money = (1..=parts).map(|n| until(n) - until(n - 1)).sum();
            prop_assert_eq!(total, fee);
        }
    }
}
