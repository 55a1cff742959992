//! The series of an organization in the order of application, whatever order the caller has them in.

use crate::exact::STEP;
use crate::organization::Organization;
use crate::sku::{Capacity, Sku, Unit};
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity, UnitPrice};

/// Series by account id, then resource id, SKU name and zone (`docs/spec/rounding.md` 3.2 and 3.4): of two SKUs the organization has made sure
/// that they differ in name, so nothing is equal then.
///
/// An *item* is a place in this order, so comparing items breaks ties. `series`, `account` and `sku` have one place for each.
#[derive(Clone)]
pub(crate) struct Items {
    /// The caller's place of each item.
    pub(crate) series: Vec<u32>,
    /// The account's place among `ids`.
    pub(crate) account: Vec<u32>,
    /// The SKU's place among `skus`, which is the caller's.
    pub(crate) sku: Vec<u32>,
    /// Items of each account.
    pub(crate) ranges: Vec<Range<usize>>,
    /// Accounts that use something, in their order.
    pub(crate) ids: Vec<AccountId>,
    /// What there is to know of each SKU.
    pub(crate) skus: Vec<SkuFacts>,
}

/// A SKU in numbers that are quick to compute with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SkuFacts {
    /// On-demand rate, in 10⁻¹⁰.
    pub(crate) rate: u64,
    /// Parts that make one unit: 10⁸, or more where cells are finer.
    pub(crate) step: u64,
    /// Parts in one of the caller's.
    pub(crate) scale: u64,
    /// Parts in the last decimal to which a plan splits (`docs/spec/rounding.md` 1.2).
    pub(crate) grain: u64,
    /// Whether this is idle reserved capacity.
    pub(crate) capacity: Capacity,
}

impl SkuFacts {
    pub(crate) fn new(sku: &Sku) -> Self {
        let step = STEP.max(10_u64.pow(sku.decimals));
        let split = match sku.unit {
            Unit::Hour => STEP,
            Unit::Other => 1_000_000,
        };
        Self { rate: rate10(sku.on_demand), step, scale: step / 10_u64.pow(sku.decimals), grain: step / split, capacity: sku.capacity }
    }

    /// A count of parts as a quantity.
    pub(crate) fn quantity(&self, parts: u128) -> Quantity {
        Quantity::from_units(signed(parts * u128::from(1_000_000_000_000 / self.step)))
    }
}

/// A rate in 10⁻¹⁰: [`Organization::new`] has seen that it has no more decimals and is none that would not fit.
pub(crate) fn rate10(rate: UnitPrice) -> u64 {
    u64::try_from(rate.units() / 100).expect("an organization's rates are small")
}

/// Money from its count of 10⁻¹⁰.
pub(crate) fn money10(count: u128) -> Money {
    Money::from_units(signed(count * 100))
}

/// A count that is never negative as the number amounts are made of.
pub(crate) fn signed(count: u128) -> i128 {
    i128::try_from(count).expect("sums of a simulation stay far below 10³⁸")
}

impl Items {
    pub(crate) fn new(organization: &Organization) -> Self {
        let parts = organization.parts();
        let mut order: Vec<u32> = (0..).take(parts.series.len()).collect();
        order.sort_by_key(|index| {
            let series = &parts.series[*index as usize];
            (&series.account, &series.resource, &parts.skus[series.sku].name, &series.zone)
        });
        let mut items = Self {
            series: Vec::with_capacity(order.len()),
            account: Vec::with_capacity(order.len()),
            sku: Vec::with_capacity(order.len()),
            ranges: Vec::new(),
            ids: Vec::new(),
            skus: parts.skus.iter().map(SkuFacts::new).collect(),
        };
        for (item, index) in order.into_iter().enumerate() {
            let series = &parts.series[index as usize];
            if items.ids.last() != Some(&series.account) {
                items.ids.push(series.account.clone());
                items.ranges.push(item..item);
            }
            let account = items.ids.len() - 1;
            items.ranges[account].end = item + 1;
            items.series.push(index);
            items.account.push(u32::try_from(account).expect("there are fewer accounts than series"));
            items.sku.push(u32::try_from(series.sku).expect("checked by the organization"));
        }
        items
    }

    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }

    /// What there is to know of an item's SKU.
    #[inline]
    pub(crate) fn facts(&self, item: usize) -> &SkuFacts {
        &self.skus[self.sku[item] as usize]
    }

    /// Numbers distinct values from 0 on, in the order in which they come.
    pub(crate) fn number<T: Ord>(seen: &mut BTreeMap<T, usize>, value: T) -> (usize, bool) {
        let next = seen.len();
        let place = *seen.entry(value).or_insert(next);
        (place, place == next)
    }
}
