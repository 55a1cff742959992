//! The level at which one more unit committed no longer pays: the newsvendor's quantile, on whole numbers.

use tenor_money::UnitPrice;

/// The smallest level whose next unit is used in too few of the hours to pay: more than `price / on_demand` of them would be needed.
///
/// That maximizes what committing to it would have saved in these hours. The values are left in another order.
#[must_use]
pub fn level(values: &mut [u64], price: UnitPrice, on_demand: UnitPrice) -> u64 {
    let hours = values.len() as i128;
    // Hours that may exceed the level while one more unit would still not pay.
    let above = (hours * price.units()).div_euclid(on_demand.units()).min(hours);
    match usize::try_from(hours - above).expect("a share of a count is one") {
        0 => 0,
        place => *values.select_nth_unstable(place - 1).1,
    }
}

#[cfg(test)]
mod tests {
    use super::level;
    use proptest::prelude::*;
    use tenor_money::UnitPrice;

    #[test]
    fn a_unit_pays_when_it_is_used_often_enough() {
        let price = |text: &str| text.parse::<UnitPrice>().unwrap();
        assert_eq!(level(&mut [0, 0, 5, 9], price("1"), price("2.1")), 5);
        assert_eq!(level(&mut [0, 0, 5, 9], price("1"), price("1.9")), 0);
        assert_eq!(level(&mut [3, 4], price("2"), price("1.9")), 0);
        assert_eq!(level(&mut [], price("1"), price("2")), 0);
    }

    proptest! {
        #[test]
        fn no_other_level_would_have_saved_more(values in prop::collection::vec(0_u64..30, 1..40), price in 1_i128..30) {
            let saved = |level: u64| {
                values.iter().map(|value| 20 * i128::from(*value.min(&level)) - price * i128::from(level)).sum::<i128>()
            };
            let best = level(&mut values.clone(), UnitPrice::from_units(price), UnitPrice::from_units(20));
            prop_assert!((0..31).all(|other| saved(other) <= saved(best)));
        }
    }
}
