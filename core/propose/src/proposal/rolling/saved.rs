//! How much of one commitment would have saved most, in whole numbers: the quantile of what is left, each hour's dearest usage covered first.

use crate::proposal::choices::Choice;
use tenor_money::{Rounding, SCALE, mul_div_round};

/// A line that a commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered {
    /// Index of the line.
    pub(super) line: usize,
    /// What a unit of its usage takes of the commitment, in 10⁻¹².
    pub(super) takes: i128,
    /// What of its on-demand price one of the commitment stands for, in 10⁻¹².
    pub(super) worth: i128,
}

impl Covered {
    /// None where the commitment takes nothing of it, or as much as it costs on demand.
    pub(super) fn new(line: usize, takes: i128, on_demand: i128) -> Option<Self> {
        (takes > 0).then(|| Self { line, takes, worth: mul_div_round(on_demand, SCALE, takes, Rounding::Floor) })
    }
}

/// One kind of commitment over some hours.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    /// What it covers, in the order in which AWS does: where it saves most first.
    covered: Vec<Covered>,
    /// By line and hour: what is left of usage, in 10⁻¹².
    left: &'a [Vec<i128>],
    hours: usize,
    /// What one item covers in an hour, in 10⁻¹².
    item: i128,
    /// What one item costs for an hour, in 10⁻¹².
    price: i128,
}

impl<'a> Candidate<'a> {
    /// A choice that covers some lines, of which so much is left. One item is a reservation, or a thousandth of an hourly commitment.
    pub(super) fn new(choice: &Choice, mut covered: Vec<Covered>, left: &'a [Vec<i128>], is_plan: bool) -> Self {
        covered.sort_by_key(|one| (std::cmp::Reverse(one.worth), one.line));
        let thousandth = SCALE / 1_000;
        let (item, price) = if is_plan {
            (thousandth, choice.fee.units() / 1_000)
        } else {
            (thousandth * i128::from(choice.thousandths), choice.fee.units())
        };
        Self { covered, left, hours: left.first().map_or(0, Vec::len), item, price }
    }

    /// The items that would have saved most, and how much: in 10⁻²⁴.
    pub(super) fn best(&self) -> (u32, i128) {
        let level = self.level();
        let fewer = level / self.item;
        let both = [fewer, fewer + 1].map(|items| (items, self.saved(items)));
        let (items, saved) = if both[1].1 > both[0].1 { both[1] } else { both[0] };
        (u32::try_from(items).unwrap_or(u32::MAX), saved)
    }

    /// Up to which commitment one more pays: hour by hour what it is worth falls from step to step, and so does the sum.
    fn level(&self) -> i128 {
        let cost = self.price * self.hours as i128 * SCALE;
        let mut steps = Vec::with_capacity(self.covered.len() * self.hours);
        for hour in 0..self.hours {
            let mut end = 0;
            for (place, one) in self.covered.iter().enumerate() {
                end += self.amount(one, hour);
                steps.push((end, one.worth - self.covered.get(place + 1).map_or(0, |next| next.worth)));
            }
        }
        steps.sort_unstable();
        let mut worth = self.covered.first().map_or(0, |first| first.worth) * self.hours as i128;
        let mut level = 0;
        for (end, less) in steps {
            if worth * self.item <= cost {
                break;
            }
            level = end;
            worth -= less;
        }
        level
    }

    fn saved(&self, items: i128) -> i128 {
        let mut saved = -self.price * items * self.hours as i128 * SCALE;
        for hour in 0..self.hours {
            let mut rest = items * self.item;
            for one in &self.covered {
                let used = rest.min(self.amount(one, hour));
                rest -= used;
                saved += used * one.worth;
            }
        }
        saved
    }

    fn amount(&self, one: &Covered, hour: usize) -> i128 {
        mul_div_round(self.left[one.line][hour], one.takes, SCALE, Rounding::Floor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Covered};
    use proptest::prelude::*;
    use tenor_money::SCALE;

    proptest! {
        #[test]
        fn no_other_count_would_have_saved_more(
            left in prop::collection::vec(prop::collection::vec(0_i128..12, 6), 1..4), prices in prop::collection::vec(1_i128..30, 3),
            takes in 1_i128..4, item in 1_i128..4, price in 1_i128..40
        ) {
            let left: Vec<Vec<i128>> = left.iter().map(|line| line.iter().map(|units| units * SCALE).collect()).collect();
            let covered = (0..left.len()).map(|line| Covered::new(line, takes * SCALE, prices[line] * SCALE).unwrap());
            let mut covered: Vec<Covered> = covered.collect();
            covered.sort_by_key(|one| std::cmp::Reverse(one.worth));
            let candidate = Candidate { covered, left: &left, hours: 6, item: item * SCALE, price: price * SCALE };
            let (items, saved) = candidate.best();
            prop_assert_eq!(candidate.saved(i128::from(items)), saved);
            prop_assert!(saved >= 0);
            prop_assert!((0..60).all(|other| candidate.saved(other) <= saved));
        }
    }

    #[test]
    fn what_takes_nothing_is_not_counted() {
        assert_eq!(Covered::new(0, 0, 5), None);
    }
}
