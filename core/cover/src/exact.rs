//! Products of rates and quantities, rounded as bills round them, without a division on 128 bits where bills usually are.
//!
//! Rates are counted in 10⁻¹⁰, quantities in parts of a unit: `step` of them make one.

/// Parts that make a unit of nearly every SKU: 8 decimals.
pub(crate) const STEP: u64 = 100_000_000;

/// What is left of `step` parts: `rate * quantity`, in 10⁻¹⁰, rounded half to even.
#[inline]
pub(crate) fn charge10(rate: u64, quantity: u64, step: u64) -> u64 {
    if step == STEP {
        let (whole, part) = (quantity / STEP, quantity % STEP);
        if let Some(of_whole) = rate.checked_mul(whole) {
            if part == 0 {
                return of_whole;
            }
            if let Some(of_part) = rate.checked_mul(part) {
                let (floor, rest) = (of_whole + of_part / STEP, of_part % STEP);
                return floor + u64::from(rest > STEP / 2 || (rest == STEP / 2 && floor & 1 == 1));
            }
        }
    }
    wide(rate, quantity, u128::from(step))
}

/// `rate * quantity`, in 10⁻⁸, rounded half to even.
#[inline]
pub(crate) fn charge8(rate: u64, quantity: u64, step: u64) -> u64 {
    if step == STEP {
        let (whole, part) = (quantity / STEP, quantity % STEP);
        if let (Some(of_whole), Some(of_part)) = (rate.checked_mul(whole), rate.checked_mul(part)) {
            let exact = of_whole + of_part / STEP;
            let (floor, rest) = (exact / 100, (exact % 100) * STEP + of_part % STEP);
            return floor + u64::from(rest > 50 * STEP || (rest == 50 * STEP && floor & 1 == 1));
        }
    }
    wide(rate, quantity, u128::from(step) * 100)
}

/// `rate * quantity / denominator`, rounded half to even.
#[cold]
fn wide(rate: u64, quantity: u64, denominator: u128) -> u64 {
    let rounded = divide(u128::from(rate) * u128::from(quantity), denominator);
    u64::try_from(rounded).expect("an hour's charge is below 1.8 billion")
}

/// `numerator / denominator`, rounded half to even.
pub(crate) fn divide(numerator: u128, denominator: u128) -> u128 {
    let (floor, rest) = (numerator / denominator, numerator % denominator);
    let half = rest.cmp(&(denominator - rest));
    floor + u128::from(half.is_gt() || (half.is_eq() && floor & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::{STEP, charge8, charge10, divide};
    use proptest::prelude::*;
    use tenor_money::{Rounding, div_round, mul_div_round};

    fn exact(rate: u64, quantity: u64, denominator: i128) -> u64 {
        u64::try_from(mul_div_round(i128::from(rate), i128::from(quantity), denominator, Rounding::HalfEven)).unwrap()
    }

    proptest! {
        #[test]
        fn charges_are_what_the_plain_formula_says(
            rate in prop_oneof![0_u64..300, 0_u64..2_000_000_000_000],
            quantity in prop_oneof![(0_u64..3_000).prop_map(|hours| hours * STEP), (0_u64..5_000).prop_map(|n| n * STEP / 200), 0_u64..1_000_000_000_000],
            step in prop_oneof![Just(STEP), Just(STEP * 10), Just(STEP * 10_000)],
        ) {
            prop_assert_eq!(charge10(rate, quantity, step), exact(rate, quantity, i128::from(step)));
            prop_assert_eq!(charge8(rate, quantity, step), exact(rate, quantity, i128::from(step) * 100));
        }

        #[test]
        fn division_rounds_half_to_even(numerator in 0_u64..1_000, denominator in 1_u64..20) {
            let expected = div_round(i128::from(numerator), i128::from(denominator), Rounding::HalfEven);
            prop_assert_eq!(divide(u128::from(numerator), u128::from(denominator)), u128::try_from(expected).unwrap());
        }
    }
}
