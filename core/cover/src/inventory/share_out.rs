//! Who is charged for what is unused of a commitment: its owner, or those who used the rest of it.

use super::spread::spread;
use std::collections::BTreeMap;
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity};

/// What one account used of a commitment, told apart by `K` (a service, a family, nothing).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use<K> {
    /// Who used it.
    pub account: Option<AccountId>,
    /// What it was.
    pub key: K,
    /// How much, in the commitment's unit.
    pub quantity: Quantity,
    /// Its amortized cost: the measure where no quantity is told.
    pub cost: Money,
}

/// A share of what is unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared<K> {
    /// Who is charged.
    pub account: Option<AccountId>,
    /// For which of its uses.
    pub key: K,
    /// The share.
    pub amount: Money,
}

/// Shares `unused` among those who used the rest, in proportion; none when nobody did, and the owner is charged.
///
/// First among accounts in the order of their ids, then within each among its uses in the order of their keys, so that an account's share
/// is the same however finely its uses are told apart, corrections among them included. Shares add up to `unused` to the last digit.
#[must_use]
pub fn share_out<K: Ord + Clone>(unused: Money, uses: &[Use<K>]) -> Option<Vec<Shared<K>>> {
    let mut quantities: BTreeMap<&Option<AccountId>, Quantity> = BTreeMap::new();
    for one in uses {
        *quantities.entry(&one.account).or_default() += one.quantity;
    }
    let is_told = quantities.values().any(|quantity| *quantity > Quantity::ZERO);
    let mut accounts: BTreeMap<&Option<AccountId>, BTreeMap<&K, Quantity>> = BTreeMap::new();
    for one in uses {
        let weight = if is_told { one.quantity } else { Quantity::from_units(one.cost.units()) };
        *accounts.entry(&one.account).or_default().entry(&one.key).or_default() += weight;
    }
    // A correction may leave less than nothing, which is no use: of an account, and within it of a key.
    let positive = |weight: Quantity| weight.max(Quantity::ZERO);
    let of_account = |uses: &BTreeMap<&K, Quantity>| positive(uses.values().copied().sum());
    let weights: Vec<_> = accounts.values().map(of_account).collect();
    let mut shared = Vec::new();
    for ((account, uses), amount) in accounts.into_iter().zip(spread(unused, &weights)?) {
        let weights: Vec<_> = uses.values().copied().map(positive).collect();
        let Some(amounts) = spread(amount, &weights) else { continue };
        let keyed = uses.into_keys().zip(amounts).filter(|(_, amount)| !amount.is_zero());
        shared.extend(keyed.map(|(key, amount)| Shared { account: account.clone(), key: key.clone(), amount }));
    }
    Some(shared)
}

#[cfg(test)]
mod tests {
    use super::{Use, share_out};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use tenor_money::{Money, Quantity};

    fn used(account: &str, key: u8, quantity: i64) -> Use<u8> {
        let quantity = Quantity::from_whole(quantity);
        Use { account: account.parse().ok(), key, quantity, cost: Money::from_units(quantity.units() / 2) }
    }

    #[test]
    fn who_used_it_pays_for_what_nobody_did() {
        let shares = share_out(Money::from_whole(10), &[used("333", 0, 1), used("222", 0, 2), used("444", 0, 0)]).unwrap();
        let told: Vec<_> = shares.iter().map(|share| format!("{} {}", share.account.as_ref().unwrap(), share.amount)).collect();
        assert_eq!(told, ["222 6.666666666667", "333 3.333333333333"]);
        assert_eq!(share_out::<u8>(Money::from_whole(10), &[]), None);
        assert_eq!(share_out(Money::from_whole(10), &[used("222", 0, 0)]), None);
    }

    #[test]
    fn cost_weighs_where_no_quantity_is_told() {
        let untold = |account: &str, cost: i64| Use { quantity: Quantity::ZERO, cost: Money::from_whole(cost), ..used(account, 0, 0) };
        let shares = share_out(Money::from_whole(3), &[untold("222", 1), untold("333", 2)]).unwrap();
        assert_eq!(shares.iter().map(|share| share.amount.to_string()).collect::<Vec<_>>(), ["1", "2"]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_an_account_pays_the_same_however_its_uses_are_told_apart(
            units in 0_i64..i64::MAX,
            uses in prop::collection::vec((0_u8..4, 0_u8..5, -500_i64..1_000), 1..30),
        ) {
            let unused = Money::from_units(i128::from(units));
            let fine: Vec<_> = uses.iter().map(|(account, key, quantity)| used(&format!("{account}"), *key, *quantity)).collect();
            // As SQL adds uses up that are not told apart.
            let mut coarse: Vec<Use<u8>> = Vec::new();
            for one in &fine {
                match coarse.iter_mut().find(|sum| sum.account == one.account) {
                    Some(sum) => {
                        sum.quantity += one.quantity;
                        sum.cost += one.cost;
                    }
                    None => coarse.push(Use { key: 0, ..one.clone() }),
                }
            }
            let by_account = |uses: &[Use<u8>]| {
                let mut sums: BTreeMap<_, Money> = BTreeMap::new();
                for share in share_out(unused, uses)? {
                    *sums.entry(share.account).or_default() += share.amount;
                }
                Some(sums)
            };
            let sums = by_account(&fine);
            prop_assert_eq!(&sums, &by_account(&coarse));
            if let Some(sums) = sums {
                prop_assert_eq!(sums.into_values().sum::<Money>(), unused);
            }
        }
    }
}
