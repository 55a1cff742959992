//! Shares and spreads as a proposal writes them, computed in whole numbers.

use super::document::Spread;
use tenor_money::{Money, Rounding, SCALE, div_round};

/// A share of 1 with six decimals: `0.961234`. Nothing of nothing is nothing.
pub(crate) fn share(part: i128, whole: i128) -> String {
    let millionths = if whole == 0 { 0 } else { div_round(part.saturating_mul(1_000_000), whole, Rounding::HalfEven) };
    let sign = if millionths < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", millionths.abs() / 1_000_000, millionths.abs() % 1_000_000)
}

/// An amount to the cent of a cent, as people compare: `1234.5678`.
pub(crate) fn amount(amount: Money) -> String {
    amount.round_to(4, Rounding::HalfEven).to_string()
}

/// The mean of amounts.
pub(crate) fn mean(amounts: &[Money]) -> Money {
    let sum: Money = amounts.iter().copied().sum();
    sum.share(1, amounts.len().max(1) as i128, Rounding::HalfEven)
}

/// The value that a share of all values, in millionths, is not above: the nearest rank.
pub(crate) fn quantile<T: Copy + Ord>(values: &[T], millionths: u32) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (values.len() as u64 * u64::from(millionths)).div_ceil(1_000_000).max(1) as usize;
    sorted.get(rank - 1).copied()
}

/// The spread of amounts.
pub(crate) fn spread(amounts: &[Money]) -> Spread {
    let at = |millionths| amount(quantile(amounts, millionths).unwrap_or_default());
    Spread { expected: amount(mean(amounts)), p10: at(100_000), p90: at(900_000) }
}

/// The spread of shares `(part, whole)`; the expected one is of the sums.
pub(crate) fn spread_of_shares(parts: &[(i128, i128)]) -> Spread {
    let millionths: Vec<i128> = parts.iter().map(|(part, whole)| millionths(*part, *whole)).collect();
    let at = |rank| share(quantile(&millionths, rank).unwrap_or(0), 1_000_000);
    let (part, whole) = parts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    Spread { expected: share(part, whole), p10: at(100_000), p90: at(900_000) }
}

/// A share in millionths.
pub(crate) fn millionths(part: i128, whole: i128) -> i128 {
    if whole == 0 { 0 } else { div_round(part.saturating_mul(1_000_000), whole, Rounding::HalfEven) }
}

/// The mean of the worst share of regrets: the conditional value at risk, the last of them counted in part.
pub(crate) fn worst(regrets: &[Money], tail_millionths: u32) -> Money {
    let mut sorted = regrets.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let whole = 1_000_000_i128;
    let mut left = sorted.len() as i128 * i128::from(tail_millionths);
    let (mut sum, all) = (0_i128, left.max(1));
    for regret in sorted {
        let counted = left.min(whole);
        sum += regret.units() * counted;
        left -= counted;
    }
    Money::from_units(div_round(sum, all, Rounding::HalfEven))
}

/// A decimal of the solver as money, rounded down.
#[expect(clippy::disallowed_types, reason = "the solver's bound is a float")]
pub(crate) fn floor(value: f64) -> Money {
    // Beyond 15 digits a float says nothing: to a millionth, rounded down.
    Money::from_units(((value * 1e6).floor() as i128).saturating_mul(SCALE / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::{quantile, share, spread_of_shares, worst};
    use tenor_money::Money;

    #[test]
    fn the_worst_share_counts_the_last_regret_in_part() {
        let regrets = [5, -1, 10, 2].map(Money::from_whole);
        let told = |tail| worst(&regrets, tail).to_string();
        assert_eq!([250_000, 500_000, 375_000, 1_000_000].map(told), ["10", "7.5", "8.333333333333", "4"]);
    }

    #[test]
    fn quantiles_are_values_that_were_there() {
        let values: Vec<u32> = (1..=10).collect();
        assert_eq!([0, 100_000, 900_000, 1_000_000].map(|rank| quantile(&values, rank)), [Some(1), Some(1), Some(9), Some(10)]);
        assert_eq!(quantile::<u32>(&[], 1), None);
        assert_eq!([share(1, 3), share(-1, 8), share(5, 0)], ["0.333333", "-0.125000", "0.000000"]);
        let spread = spread_of_shares(&[(1, 1), (0, 1), (1, 2)]);
        assert_eq!((spread.expected.as_str(), spread.p10.as_str(), spread.p90.as_str()), ("0.500000", "0.000000", "1.000000"));
    }
}
