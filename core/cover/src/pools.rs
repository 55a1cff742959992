//! Plans that charge alike. They tie on every usage, so what they cover together does not depend on how much of it is whose.
//!
//! SKUs that one plan has rates for, and plans that have rates for one SKU, belong to one *market*; nothing one market's plans do concerns
//! another's, but for the order of accounts.

use crate::exact::{charge8, charge10};
use crate::items::Items;
use crate::live_pools::PoolSet;
use crate::organization::Organization;
use crate::plan_lanes::{PlanLanes, PlanUsage};
use std::collections::BTreeMap;
use std::ops::Range;

/// No market: no plan has a rate.
pub(crate) const NO_MARKET: u32 = u32::MAX;

/// The pools of one kind's plans, and its markets. Numbers grow with the caller's place of plans, so one plan more, which comes last,
/// leaves those of all others as they were unless it joins two markets.
#[derive(Default)]
pub(crate) struct Pools {
    /// The pool of each plan.
    pub(crate) of_plan: Vec<u32>,
    /// Each pool's plans in the order that breaks ties.
    pub(crate) plans: Vec<Vec<u32>>,
    /// The market of each pool.
    pub(crate) markets: Vec<u32>,
    /// Each market's pools, in ascending order.
    pub(crate) by_market: Vec<Vec<u32>>,
    /// The market of each SKU.
    pub(crate) of_sku: Vec<u32>,
    /// The usages of the kind by account, then market, then item.
    pub(crate) usages: Vec<PlanUsage>,
    /// For each account its markets, and where its usages in them are.
    pub(crate) parts: Vec<Vec<(u32, Range<usize>)>>,
}

/// A usage as a pool comes to it.
#[derive(Clone, Copy)]
pub(crate) struct Stop {
    /// The place of its saving, rate and capacity among all of the kind.
    level: u32,
    pub(crate) item: u32,
    pub(crate) sku: u32,
    pub(crate) rate: u64,
}

impl Stop {
    /// What parts of it take of a plan, in 10⁻¹², and cost on demand, in 10⁻¹⁰.
    #[inline]
    pub(crate) fn charge(&self, items: &Items, parts: u64) -> (u128, u128) {
        let facts = &items.skus[self.sku as usize];
        (u128::from(charge8(self.rate, parts, facts.step)) * 10_000, u128::from(charge10(facts.rate, parts, facts.step)))
    }
}

impl PlanLanes {
    /// An account's usages as a pool comes to them.
    pub(crate) fn stops(&self, account: usize, pool: usize) -> Box<[Stop]> {
        let usages = self.pools.part(account, self.pools.markets[pool] as usize);
        let mut stops: Vec<Stop> = Vec::with_capacity(usages.len());
        for usage in &self.pools.usages[usages] {
            let slot = &self.slots[usage.slot as usize];
            let mut candidates = self.candidates[self.rates[slot.rates].clone()].iter();
            if let Some(candidate) = candidates.find(|candidate| self.pools.of_plan[candidate.plan as usize] as usize == pool) {
                stops.push(Stop { level: candidate.level, item: usage.item, sku: slot.sku, rate: candidate.rate });
            }
        }
        stops.sort_unstable_by_key(|stop| (stop.level, stop.item));
        stops.into()
    }
}

impl Pools {
    pub(crate) fn new(organization: &Organization, lanes: &PlanLanes) -> Self {
        let parts = organization.parts();
        let mut by_caller: Vec<usize> = (0..lanes.plans.len()).collect();
        by_caller.sort_unstable_by_key(|plan| lanes.plans[*plan]);
        let mut seen = BTreeMap::new();
        let mut of_plan = vec![0; lanes.plans.len()];
        for plan in by_caller {
            let rates = &parts.rate_tables[parts.plans[lanes.plans[plan]].rate_table].rates;
            of_plan[plan] = u32::try_from(Items::number(&mut seen, rates).0).expect("pools are at most plans");
        }
        let mut plans = vec![Vec::new(); seen.len()];
        for (plan, pool) in (0..).zip(&of_plan) {
            plans[*pool as usize].push(plan);
        }
        let mut pools = Self { of_plan, plans, ..Self::default() };
        pools.find_markets(lanes);
        pools.sort_usages(lanes);
        pools
    }

    /// The market of a plan.
    pub(crate) fn market(&self, plan: usize) -> usize {
        self.markets[self.of_plan[plan] as usize] as usize
    }

    /// Where an account's usages in a market are.
    pub(crate) fn part(&self, account: usize, market: usize) -> Range<usize> {
        let parts = &self.parts[account];
        parts.iter().find(|part| part.0 as usize == market).map_or(0..0, |part| part.1.clone())
    }

    /// A pool as a set within its market: empty where that has too many.
    pub(crate) fn bit(&self, pool: usize) -> PoolSet {
        let place = self.by_market[self.markets[pool] as usize].iter().position(|of| *of as usize == pool);
        place.and_then(|place| PoolSet::from(1_u8).checked_shl(u32::try_from(place).ok()?)).unwrap_or(0)
    }

    fn find_markets(&mut self, lanes: &PlanLanes) {
        // Each pool begins as a market of its own; a SKU joins those that have a rate for it, under the least number.
        let mut markets: Vec<u32> = (0..).take(self.plans.len()).collect();
        let pools_of = |sku: &Range<usize>| lanes.candidates[sku.clone()].iter().map(|candidate| self.of_plan[candidate.plan as usize]);
        loop {
            let before = markets.clone();
            for sku in &lanes.rates {
                if let Some(least) = pools_of(sku).map(|pool| markets[pool as usize]).min() {
                    pools_of(sku).for_each(|pool| markets[pool as usize] = least);
                }
            }
            if markets == before {
                break;
            }
        }
        let mut seen = BTreeMap::new();
        self.markets = markets.iter().map(|market| u32::try_from(Items::number(&mut seen, *market).0).expect("few")).collect();
        self.by_market = vec![Vec::new(); seen.len()];
        for (pool, market) in (0..).zip(&self.markets) {
            self.by_market[*market as usize].push(pool);
        }
        let market = |sku: &Range<usize>| {
            let first = lanes.candidates[sku.clone()].first();
            first.map_or(NO_MARKET, |candidate| self.markets[self.of_plan[candidate.plan as usize] as usize])
        };
        self.of_sku = lanes.rates.iter().map(market).collect();
    }

    fn sort_usages(&mut self, lanes: &PlanLanes) {
        for range in &lanes.accounts {
            let market = |usage: &PlanUsage| self.of_sku[lanes.slots[usage.slot as usize].sku as usize];
            let start = self.usages.len();
            self.usages.extend_from_slice(&lanes.usages[range.clone()]);
            self.usages[start..].sort_by_key(market);
            let mut parts: Vec<(u32, Range<usize>)> = Vec::new();
            for place in start..self.usages.len() {
                let market = market(&self.usages[place]);
                match parts.last_mut() {
                    Some((last, range)) if *last == market => range.end = place + 1,
                    _ => parts.push((market, place..place + 1)),
                }
            }
            self.parts.push(parts);
        }
    }
}
