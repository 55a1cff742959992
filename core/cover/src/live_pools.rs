//! Which pools have something left for whom, while a pass goes on.

use crate::plan_lanes::PlanLanes;
use crate::sharing::Reach;
use crate::state::State;
use std::collections::BTreeMap;

/// Several pools have the best rate: which of them goes first depends on their plans.
pub(crate) const SEVERAL: u32 = u32::MAX;

/// No pool has a rate.
pub(crate) const NO_POOL: u32 = u32::MAX - 1;

/// Pools of one market in a set of bits, by their place in it.
pub(crate) type PoolSet = u64;

/// One kind's pools in a pass.
#[derive(Default)]
pub(crate) struct LivePools {
    /// For each pool the place of its first plan that has something left.
    firsts: Vec<usize>,
    /// Counts passes and plans used up.
    version: u64,
    /// For each market the version that a plan of it was used up in.
    changed: Vec<u64>,
    /// For each audience and market the version it was looked at in, and which pools had something left.
    known: Vec<(u64, PoolSet)>,
    /// The regime of each market under a set of pools.
    regimes: BTreeMap<(u32, PoolSet), usize>,
    last: (u32, PoolSet, usize),
    /// Two sets of a market that were compared last, and whether they are alike.
    compared: (u32, PoolSet, PoolSet, bool),
    /// The market of each regime, and for each SKU the best pool and its rate.
    best: Vec<(u32, Vec<(u32, u64)>)>,
}

impl LivePools {
    pub(crate) fn new(lanes: &PlanLanes) -> Self {
        let markets = lanes.pools.by_market.len();
        Self {
            firsts: vec![0; lanes.pools.plans.len()],
            changed: vec![0; markets],
            known: vec![(0, 0); markets * lanes.audiences.len()],
            last: (u32::MAX, 0, 0),
            compared: (u32::MAX, 0, 0, false),
            ..Self::default()
        }
    }

    /// A pass begins.
    pub(crate) fn open(&mut self, lanes: &PlanLanes, state: &State) {
        self.version += 1;
        self.changed.fill(self.version);
        for pool in 0..self.firsts.len() {
            self.firsts[pool] = 0;
            self.skip(lanes, state, pool);
        }
    }

    /// A plan is used up.
    pub(crate) fn use_up(&mut self, lanes: &PlanLanes, state: &State, plan: usize) {
        let pool = lanes.pools.of_plan[plan] as usize;
        self.version += 1;
        self.changed[lanes.pools.markets[pool] as usize] = self.version;
        self.skip(lanes, state, pool);
    }

    fn skip(&mut self, lanes: &PlanLanes, state: &State, pool: usize) {
        let plans = &lanes.pools.plans[pool];
        let first = &mut self.firsts[pool];
        while plans.get(*first).is_some_and(|plan| state.plans[lanes.plans[*plan as usize]].left == 0) {
            *first += 1;
        }
    }

    /// A pool's first plan that has something left for an audience.
    #[inline]
    pub(crate) fn leader(&self, lanes: &PlanLanes, state: &State, pool: usize, audience: usize, pass: Reach) -> Option<usize> {
        let reach = &lanes.audiences[audience];
        let mut plans = lanes.pools.plans[pool][self.firsts[pool]..].iter().map(|plan| *plan as usize);
        plans.find(|plan| state.plans[lanes.plans[*plan]].left > 0 && reach[*plan] == Some(pass))
    }

    /// The pools of a market that have something left for an audience.
    pub(crate) fn live(&mut self, lanes: &PlanLanes, state: &State, market: u32, audience: usize, pass: Reach) -> PoolSet {
        let place = audience * self.changed.len() + market as usize;
        if self.known[place].0 < self.changed[market as usize] {
            let mut live = 0;
            for (bit, pool) in (0..PoolSet::BITS).zip(&lanes.pools.by_market[market as usize]) {
                live |= PoolSet::from(self.leader(lanes, state, *pool as usize, audience, pass).is_some()) << bit;
            }
            self.known[place] = (self.version, live);
        }
        self.known[place].1
    }

    /// Whether the same pools have the best rates under both sets.
    #[inline]
    pub(crate) fn alike(&mut self, lanes: &PlanLanes, market: u32, one: PoolSet, other: PoolSet) -> bool {
        if !countable(lanes, market) {
            return false;
        }
        if one != other && (self.compared.0, self.compared.1, self.compared.2) != (market, one, other) {
            let alike = self.regime(lanes, market, one) == self.regime(lanes, market, other);
            self.compared = (market, one, other, alike);
        }
        one == other || self.compared.3
    }

    /// For each SKU the best pool under a set, and its rate.
    pub(crate) fn best(&self, regime: usize) -> &[(u32, u64)] {
        &self.best[regime].1
    }

    /// A number for what is best under a set.
    pub(crate) fn regime(&mut self, lanes: &PlanLanes, market: u32, live: PoolSet) -> usize {
        if (self.last.0, self.last.1) == (market, live) {
            return self.last.2;
        }
        let regime = match self.regimes.get(&(market, live)) {
            Some(regime) => *regime,
            None => {
                let best = best_pools(lanes, market, live);
                let found = self.best.iter().position(|known| known.0 == market && known.1 == best);
                let regime = found.unwrap_or(self.best.len());
                if found.is_none() {
                    self.best.push((market, best));
                }
                self.regimes.insert((market, live), regime);
                regime
            }
        };
        self.last = (market, live, regime);
        regime
    }
}

/// Whether the pools of a market fit a set; a larger one is simulated the long way.
pub(crate) fn countable(lanes: &PlanLanes, market: u32) -> bool {
    lanes.pools.by_market[market as usize].len() <= PoolSet::BITS as usize
}

fn best_pools(lanes: &PlanLanes, market: u32, live: PoolSet) -> Vec<(u32, u64)> {
    let pools = &lanes.pools;
    let is_live = |pool: u32| {
        let bit = pools.by_market[market as usize].binary_search(&pool);
        bit.is_ok_and(|bit| bit < PoolSet::BITS as usize && live >> bit & 1 == 1)
    };
    let best = |(sku, range): (usize, &std::ops::Range<usize>)| {
        if pools.of_sku[sku] != market {
            return (NO_POOL, 0);
        }
        let offers = lanes.candidates[range.clone()].iter().map(|candidate| (pools.of_plan[candidate.plan as usize], candidate.rate));
        let mut offers = offers.filter(|(pool, _)| is_live(*pool));
        let Some((pool, rate)) = offers.next() else { return (NO_POOL, 0) };
        let several = offers.take_while(|offer| offer.1 == rate).any(|offer| offer.0 != pool);
        (if several { SEVERAL } else { pool }, rate)
    };
    lanes.rates.iter().enumerate().map(best).collect()
}
