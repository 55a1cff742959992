//! The arithmetic of `docs/spec/rounding.md`: each function is one rule and rounds once.

use tenor_money::{Money, Quantity, Rounding, SCALE, UnitPrice, mul_div_round};

/// Decimals of usage costs (rule 1.3).
pub(crate) const COST_DECIMALS: u32 = 10;
/// Decimals of commitment money (rule 1.4).
pub(crate) const COMMITMENT_DECIMALS: u32 = 8;

/// One hour, or one of whatever is counted.
pub(crate) const ONE: Quantity = Quantity::from_whole(1);

/// `a * b / divisor`, where all are counts of 10⁻¹² or plain numbers such that the exact result is one, rounded to `decimals`.
pub(crate) fn ratio(a: i128, b: i128, divisor: i128, decimals: u32) -> i128 {
    let step = 10_i128.pow(12 - decimals);
    mul_div_round(a, b, divisor * step, Rounding::HalfEven) * step
}

/// What `usage` costs at `rate`, to 10 decimals (rule 1.3).
pub(crate) fn cost(rate: UnitPrice, usage: Quantity) -> Money {
    charge(rate, usage, COST_DECIMALS)
}

/// What `usage` costs at `rate`, to `decimals`.
pub(crate) fn charge(rate: UnitPrice, usage: Quantity, decimals: u32) -> Money {
    if usage == ONE && rate.units() % 10_i128.pow(12 - decimals) == 0 {
        return Money::from_units(rate.units());
    }
    Money::from_units(ratio(rate.units(), usage.units(), SCALE, decimals))
}

/// `usage` of a size in normalized units (rule 2.1): exact, since factors are multiples of a quarter.
pub(crate) fn normalize(usage: Quantity, factor: Quantity) -> Quantity {
    if factor == ONE { usage } else { Quantity::from_units(ratio(usage.units(), factor.units(), SCALE, 12)) }
}

/// How much usage of a size `units` can cover: down to 6 decimals (rule 2.3).
pub(crate) fn denormalize(units: Quantity, factor: Quantity) -> Quantity {
    const STEP: i128 = 1_000_000;
    Quantity::from_units(mul_div_round(units.units(), SCALE / STEP, factor.units(), Rounding::Floor) * STEP)
}

/// Hours that `seconds` are, to 6 decimals (rules 1.1 and 4.3).
pub(crate) fn hours(seconds: i64) -> Quantity {
    if seconds == 3600 { ONE } else { Quantity::from_units(ratio(i128::from(seconds), SCALE, 3600, 6)) }
}

/// The part of `total` that belongs between two running sums, of `whole` (rules 4.2 and 4.4).
pub(crate) fn running_share(total: Money, from: i128, to: i128, whole: i128) -> Money {
    if total.is_zero() || from == to {
        return Money::ZERO;
    }
    if from == 0 && to == whole {
        return total;
    }
    let until = |part| Money::from_units(ratio(total.units(), part, whole, COMMITMENT_DECIMALS));
    until(to) - until(from)
}

/// `amount` after a private discount of `percent` (rule 6.1): exact.
pub(crate) fn net(units: i128, percent: u8) -> i128 {
    let product = units * i128::from(100 - percent);
    debug_assert!(product % 100 == 0, "rule 6.1: a gross amount has at most 10 decimals");
    product / 100
}

#[cfg(test)]
mod tests {
    use super::{cost, denormalize, hours, net, running_share};
    use tenor_money::{Money, Quantity};

    #[test]
    fn each_rule_gives_the_numbers_of_a_real_bill() {
        assert_eq!(hours(928).to_string(), "0.257778");
        assert_eq!(hours(3600).to_string(), "1");
        assert_eq!(cost("0.0000166667".parse().unwrap(), "123.456789".parse().unwrap()).to_string(), "0.0020576173");
        let upfront: Money = "446".parse().unwrap();
        assert_eq!(running_share(upfront, 0, 744 * 3600, 31_536_000).to_string(), "37.87945205");
        assert_eq!(denormalize(Quantity::from_whole(8), Quantity::from_whole(72)).to_string(), "0.111111");
        assert_eq!(Money::from_units(net("0.0000000001".parse::<Money>().unwrap().units(), 7)).to_string(), "0.000000000093");
    }
}
