//! How an exact quotient becomes a whole number of units.

/// Which neighbour a value between two units goes to. Nothing in this project rounds without naming one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest unit; a tie goes to the even one. What an import uses for digits beyond the scale.
    HalfEven,
    /// To the nearest unit; a tie goes away from zero. What an invoice line uses.
    HalfUp,
    /// Toward negative infinity.
    Floor,
    /// Toward positive infinity.
    Ceiling,
}

/// `numerator / denominator`, rounded to a whole number.
///
/// # Panics
/// When `denominator` is zero: a caller that may divide by zero decides first what that means.
#[must_use]
pub fn div_round(numerator: i128, denominator: i128, rounding: Rounding) -> i128 {
    assert!(denominator != 0, "a quotient has a denominator");
    let quotient = numerator.div_euclid(denominator);
    let remainder = numerator.rem_euclid(denominator);
    if remainder == 0 {
        return quotient;
    }
    // `div_euclid` leaves a remainder in 0..|denominator|, so the exact value lies strictly between two neighbours.
    let (floor, ceiling) = if denominator > 0 { (quotient, quotient + 1) } else { (quotient - 1, quotient) };
    let above_floor = if denominator > 0 { remainder } else { -denominator - remainder };
    let twice = above_floor.checked_mul(2).expect("a remainder is below half of i128's range");
    match (rounding, twice.cmp(&denominator.abs())) {
        (Rounding::Floor, _) | (Rounding::HalfEven | Rounding::HalfUp, std::cmp::Ordering::Less) => floor,
        (Rounding::Ceiling, _) | (Rounding::HalfEven | Rounding::HalfUp, std::cmp::Ordering::Greater) => ceiling,
        (Rounding::HalfEven, std::cmp::Ordering::Equal) => {
            if floor % 2 == 0 {
                floor
            } else {
                ceiling
            }
        }
        (Rounding::HalfUp, std::cmp::Ordering::Equal) => {
            if ceiling > 0 {
                ceiling
            } else {
                floor
            }
        }
    }
}

/// `a * b / denominator`, rounded once at the end, with a product that may exceed 128 bits.
///
/// # Panics
/// When `denominator` is zero or the result does not fit an `i128`: both are our bugs.
#[must_use]
pub fn mul_div_round(a: i128, b: i128, denominator: i128, rounding: Rounding) -> i128 {
    if let Some(product) = a.checked_mul(b) {
        return div_round(product, denominator, rounding);
    }
    assert!(denominator != 0, "a quotient has a denominator");
    let negative = (a < 0) ^ (b < 0) ^ (denominator < 0);
    let (quotient, remainder) = wide_div(a.unsigned_abs(), b.unsigned_abs(), denominator.unsigned_abs());
    let quotient = i128::try_from(quotient).expect("the result fits an i128");
    let floor = if negative { -quotient - i128::from(remainder != 0) } else { quotient };
    if remainder == 0 {
        return floor;
    }
    let denominator = denominator.unsigned_abs();
    // How far the exact value lies above its floor, as a share of `denominator`.
    let above_floor = if negative { denominator - remainder } else { remainder };
    let half = above_floor.cmp(&(denominator - above_floor));
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceiling => true,
        Rounding::HalfEven => half.is_gt() || (half.is_eq() && floor % 2 != 0),
        Rounding::HalfUp => half.is_gt() || (half.is_eq() && floor >= 0),
    };
    floor + i128::from(up)
}

/// `a * b` divided by `denominator` on 256 bits: quotient (which must fit 128 bits) and remainder.
fn wide_div(a: u128, b: u128, denominator: u128) -> (u128, u128) {
    let (mut high, mut low) = wide_mul(a, b);
    assert!(high < denominator, "the result fits an i128");
    // Schoolbook division, a bit at a time: this path runs only for products beyond 128 bits, which bills seldom have.
    let mut quotient = 0_u128;
    for _ in 0..128 {
        let carry = high >> 127;
        high = (high << 1) | (low >> 127);
        low <<= 1;
        quotient <<= 1;
        if carry == 1 || high >= denominator {
            high = high.wrapping_sub(denominator);
            quotient |= 1;
        }
    }
    (quotient, high)
}

/// The 256-bit product of two 128-bit numbers, as (high, low).
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const MASK: u128 = u64::MAX as u128;
    let (a_high, a_low) = (a >> 64, a & MASK);
    let (b_high, b_low) = (b >> 64, b & MASK);
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> 64);
    let cross = a_low * b_high + (middle & MASK);
    (a_high * b_high + (middle >> 64) + (cross >> 64), (cross << 64) | (low & MASK))
}

#[cfg(test)]
mod tests {
    use super::{Rounding, div_round, mul_div_round};
    use proptest::prelude::*;

    #[test]
    fn each_rounding_goes_its_own_way_on_ties() {
        let row = |numerator, denominator| {
            [Rounding::HalfEven, Rounding::HalfUp, Rounding::Floor, Rounding::Ceiling].map(|r| div_round(numerator, denominator, r))
        };
        assert_eq!(row(5, 2), [2, 3, 2, 3]);
        assert_eq!(row(7, 2), [4, 4, 3, 4]);
        assert_eq!(row(-5, 2), [-2, -3, -3, -2]);
        assert_eq!(row(5, -2), [-2, -3, -3, -2]);
        assert_eq!(row(-1, 3), [0, 0, -1, 0]);
        assert_eq!(row(6, 3), [2, 2, 2, 2]);
    }

    fn any_rounding() -> impl Strategy<Value = Rounding> {
        prop_oneof![Just(Rounding::HalfEven), Just(Rounding::HalfUp), Just(Rounding::Floor), Just(Rounding::Ceiling)]
    }

    proptest! {
        #[test]
        fn a_rounded_quotient_is_within_one_unit(n in any::<i64>(), d in any::<i64>().prop_filter("not zero", |d| *d != 0), r in any_rounding()) {
            let (n, d) = (i128::from(n), i128::from(d));
            let error = (div_round(n, d, r) * d - n).abs();
            prop_assert!(error < d.abs());
            if matches!(r, Rounding::HalfEven | Rounding::HalfUp) {
                prop_assert!(error * 2 <= d.abs());
            }
        }

        #[test]
        fn the_wide_path_agrees_with_the_narrow_one(a in any::<i64>(), b in any::<i64>(), d in 1_i64.., r in any_rounding()) {
            // Multiplying numerator and denominator by 2^64 forces 256-bit products without changing the quotient.
            let narrow = div_round(i128::from(a) * i128::from(b), i128::from(d), r);
            let wide = mul_div_round(i128::from(a) << 62, i128::from(b) , i128::from(d) << 62, r);
            prop_assert_eq!(narrow, wide);
        }
    }
}
