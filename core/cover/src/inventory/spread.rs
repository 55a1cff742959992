//! Sharing an amount out in proportion, to the last digit.

use tenor_money::{Money, Quantity, Rounding};

/// `amount` in proportion to `weights`, in their order: each gets the difference of the rounded running shares, so that the shares add up
/// to the amount exactly. None when nobody has a weight.
///
/// Rounded half to even to 10⁻¹².
///
/// # Panics
/// When a weight is negative: nobody uses less than nothing.
#[must_use]
pub fn spread(amount: Money, weights: &[Quantity]) -> Option<Vec<Money>> {
    assert!(weights.iter().all(|weight| weight.units() >= 0), "a weight is what somebody used");
    let total: Quantity = weights.iter().copied().sum();
    if total.is_zero() {
        return None;
    }
    let (mut weight_so_far, mut shared) = (Quantity::ZERO, Money::ZERO);
    let share = |weight: &Quantity| {
        weight_so_far += *weight;
        let until = amount.share(weight_so_far.units(), total.units(), Rounding::HalfEven);
        let share = until - shared;
        shared = until;
        share
    };
    Some(weights.iter().map(share).collect())
}

#[cfg(test)]
mod tests {
    use super::spread;
    use proptest::prelude::*;
    use tenor_money::{Money, Quantity};

    #[test]
    fn an_amount_goes_by_weight_and_to_nobody_without_any() {
        let weights = [1, 0, 2].map(Quantity::from_whole);
        let shares = spread("1".parse().unwrap(), &weights).unwrap();
        assert_eq!(shares.iter().map(Money::to_string).collect::<Vec<_>>(), ["0.333333333333", "0", "0.666666666667"]);
        assert_eq!(spread(Money::from_whole(1), &[Quantity::ZERO]), None);
        assert_eq!(spread(Money::from_whole(1), &[]), None);
    }

    proptest! {
        #[test]
        fn shares_add_up_to_the_last_digit(units in any::<i64>(), weights in prop::collection::vec(0_i64..=i64::MAX, 1..50)) {
            let amount = Money::from_units(i128::from(units));
            let weights: Vec<_> = weights.into_iter().map(|weight| Quantity::from_units(i128::from(weight))).collect();
            if let Some(shares) = spread(amount, &weights) {
                prop_assert_eq!(shares.iter().copied().sum::<Money>(), amount);
                for (share, weight) in shares.iter().zip(&weights) {
                    prop_assert!(!weight.is_zero() || share.is_zero(), "who used nothing pays nothing");
                    prop_assert!(share.is_zero() || (share.units() < 0) == (units < 0), "no share has the other sign");
                }
            }
        }
    }
}
