//! One group or rest pass again: accounts take what they took wherever nothing about their turn has changed but who pays.

use crate::live_pools::{NO_POOL, countable};
use crate::plan_lanes::PlanLanes;
use crate::record::{HourRecord, PassRecord, stage};
use crate::rerun::{NOWHERE, Rerun};
use crate::rerun_ways::{Way, meet};
use crate::sharing::Reach;
use crate::usage::Usage;
use std::cmp::Reverse;

/// What is the same for all turns of a pass, and what is left.
pub(crate) struct Turns<'r> {
    pub(crate) kind: usize,
    pub(crate) pass: Reach,
    pub(crate) stage: u8,
    pub(crate) noted: Option<&'r PassRecord>,
    /// The plans that had something left in the base run after so many were used up: a set of bits for each, by the caller's places.
    noted_live: Vec<u64>,
    /// Those that have now.
    pub(crate) live: Vec<u64>,
    /// How many those are in each market, and in all.
    pub(crate) plans_left: Vec<u32>,
    pub(crate) all_left: u32,
}

impl Turns<'_> {
    /// The plans that had something left after so many were used up.
    pub(crate) fn noted_live(&self, died: usize) -> &[u64] {
        &self.noted_live[died * self.live.len()..][..self.live.len()]
    }

    /// Whether a market's plans were used up in the base run before a turn, or there was no such turn or market.
    pub(crate) fn ended(&self, market: usize, base_place: Option<usize>) -> bool {
        let end = self.noted.and_then(|noted| noted.ends.get(market)).copied().unwrap_or(0);
        base_place.is_none_or(|place| end as usize <= place)
    }
}

/// What became of an audience's best rates at the start of a pass.
#[derive(Clone)]
enum Rates {
    Same,
    /// The markets in which they are others, and what was and is best in each.
    Changed(Vec<(u32, [usize; 2])>),
    /// They are to be looked for.
    Unknown,
}

impl Rates {
    /// In one more market they are others, if that can be told.
    fn add(&mut self, market: u32, regimes: Option<[usize; 2]>) {
        match (&mut *self, regimes) {
            (Self::Same, Some(regimes)) => {
                meet(Way::RatesChanged);
                *self = Self::Changed(vec![(market, regimes)]);
            }
            (Self::Changed(markets), Some(regimes)) => markets.push((market, regimes)),
            _ => {
                meet(Way::RatesUnknown);
                *self = Self::Unknown;
            }
        }
    }
}

/// An account whose place in the order has to be found: what it saves, its number, its place in the base run's order.
type Moved = (Reverse<u128>, usize, Option<usize>);

impl<'a, U: Usage + ?Sized> Rerun<'a, '_, U> {
    /// The pass, if it or the base run's has something to give.
    pub(crate) fn cover_others(&mut self, kind: usize, pass: Reach, reaching: &[usize], record: &'a HourRecord) {
        let lanes = &self.simulator.plans[kind];
        let mut turns = self.open_pass(kind, pass, reaching, record);
        if turns.all_left == 0 && turns.noted.is_none() {
            return;
        }
        self.kinds[kind].open_pass(lanes, &self.state);
        let rates = self.compare_rates(&turns);
        let mut moved = self.moved(&turns, rates.as_deref(), record).into_iter().peekable();
        let noted = turns.noted;
        for (base_place, (place, high, low)) in noted.iter().flat_map(|noted| &noted.savings).enumerate() {
            if turns.all_left == 0 && noted.is_some_and(|noted| base_place >= noted.turns.len()) {
                break;
            }
            let place = *place as usize;
            let account = self.kinds[kind].lanes_by_place[place] as usize;
            let same = |rates: &Vec<Rates>| matches!(rates[self.kinds[kind].audiences[account] as usize], Rates::Same);
            if self.loaded[place] || !rates.as_ref().is_none_or(same) {
                continue;
            }
            let turn = (Reverse(u128::from(*high) << 64 | u128::from(*low)), account);
            while let Some((_, earlier, of_base)) = moved.next_if(|moved| (moved.0, moved.1) < turn) {
                self.take_turn(&mut turns, earlier, of_base, record);
            }
            self.take_turn(&mut turns, account, Some(base_place), record);
        }
        for (_, account, base_place) in moved {
            self.take_turn(&mut turns, account, base_place, record);
        }
        self.unload(turns.stage, record);
    }

    fn open_pass(&self, kind: usize, pass: Reach, reaching: &[usize], record: &'a HourRecord) -> Turns<'a> {
        let lanes = &self.simulator.plans[kind];
        let stage = stage(kind, pass);
        let noted = record.pass(stage);
        let words = self.state.plans.len() / 64 + 1;
        let mut noted_live = vec![0; words * noted.map_or(1, |noted| noted.died.len() + 1)];
        for plan in noted.iter().flat_map(|noted| &noted.live).map(|plan| *plan as usize) {
            noted_live[plan / 64] |= 1 << (plan % 64);
        }
        for (before, plan) in noted.iter().flat_map(|noted| &noted.died).map(|plan| *plan as usize).enumerate() {
            noted_live.copy_within(before * words..(before + 1) * words, (before + 1) * words);
            noted_live[(before + 1) * words + plan / 64] &= !(1 << (plan % 64));
        }
        let (mut live, mut plans_left) = (vec![0; words], vec![0; lanes.pools.by_market.len()]);
        for plan in reaching.iter().copied().filter(|plan| self.left(lanes, *plan) > 0) {
            live[lanes.plans[plan] / 64] |= 1 << (lanes.plans[plan] % 64);
            plans_left[lanes.pools.market(plan)] += 1;
        }
        let all_left = plans_left.iter().sum();
        Turns { kind, pass, stage, noted, noted_live, live, plans_left, all_left }
    }

    pub(crate) fn left(&self, lanes: &PlanLanes, plan: usize) -> u128 {
        self.state.plans[lanes.plans[plan]].left
    }

    /// What became of the best rates of each audience since the base run began the pass; none if those of all are the same.
    fn compare_rates(&mut self, turns: &Turns<'_>) -> Option<Vec<Rates>> {
        let (lanes, kind) = (&self.simulator.plans[turns.kind], &mut self.kinds[turns.kind]);
        let has = |set: &[u64], plan: usize| set[lanes.plans[plan] / 64] >> (lanes.plans[plan] % 64) & 1 == 1;
        let was_live = turns.noted_live(0);
        let changed = (0..lanes.plans.len()).filter(|plan| has(&turns.live, *plan) != has(was_live, *plan));
        let mut pools: Vec<(u32, usize)> =
            changed.map(|plan| lanes.pools.of_plan[plan] as usize).map(|pool| (lanes.pools.markets[pool], pool)).collect();
        pools.sort_unstable();
        pools.dedup();
        let mut rates = vec![if kind.all_kept { Rates::Same } else { Rates::Unknown }; lanes.audiences.len()];
        for (audience, rates) in rates.iter_mut().enumerate() {
            let reach = &lanes.audiences[audience];
            for pools in pools.chunk_by(|one, other| one.0 == other.0) {
                let (market, mut flips, mut differs) = (pools[0].0, 0, false);
                for (_, pool) in pools {
                    let reaching = |plan: &u32| reach[*plan as usize] == Some(turns.pass) && has(was_live, *plan as usize);
                    let was = lanes.pools.plans[*pool].iter().any(reaching);
                    if was != kind.pools.leader(lanes, &self.state, *pool, audience, turns.pass).is_some() {
                        flips |= lanes.pools.bit(*pool);
                        differs = true;
                    }
                }
                if !differs {
                    continue;
                }
                let live = kind.pools.live(lanes, &self.state, market, audience, turns.pass);
                if !kind.pools.alike(lanes, market, live, live ^ flips) {
                    let known = kind.kept[market as usize] && countable(lanes, market);
                    let regimes = known.then(|| [live ^ flips, live].map(|live| kind.pools.regime(lanes, market, live)));
                    rates.add(market, regimes);
                }
            }
        }
        if rates.iter().all(|rates| matches!(rates, Rates::Same)) { None } else { Some(rates) }
    }

    /// Accounts that are loaded, or whose best rates are not what they were, in order.
    fn moved(&mut self, turns: &Turns<'_>, rates: Option<&[Rates]>, record: &HourRecord) -> Vec<Moved> {
        let lanes = &self.simulator.plans[turns.kind];
        let savings = || turns.noted.iter().flat_map(|noted| &noted.savings).map(|(place, ..)| *place as usize);
        let mut moved = Vec::new();
        for place in self.loaded_places.clone() {
            let account = self.kinds[turns.kind].lanes_by_place[place];
            if account == NOWHERE {
                continue;
            }
            self.open_slots(turns, &lanes.usages[lanes.accounts[account as usize].clone()]);
            if let Some(saved) = self.covering(turns.kind).saving(account as usize) {
                moved.push((Reverse(saved), account as usize, savings().position(|of| of == place)));
            }
        }
        if let Some(rates) = rates {
            let mut base_places = vec![None; lanes.accounts.len()];
            for (base_place, place) in savings().enumerate() {
                base_places[self.kinds[turns.kind].lanes_by_place[place] as usize] = Some(base_place);
            }
            for (account, base_place) in base_places.into_iter().enumerate() {
                let rates = &rates[self.kinds[turns.kind].audiences[account] as usize];
                if self.loaded[lanes.places[account]] || matches!(rates, Rates::Same) {
                    continue;
                }
                let saved = self.saving_changed(turns, account, base_place, rates, record);
                match saved.or_else(|| self.saving_unloaded(turns, account, record)) {
                    Some(saved) => moved.push((Reverse(saved), account, base_place)),
                    // What took its turn then and has none now keeps what it had before the pass.
                    None if turns.took(base_place) => self.load(lanes.places[account], turns.stage, record),
                    None => {}
                }
            }
        }
        moved.sort_unstable();
        moved
    }

    /// What an account saves whose usage is as it was, from what it saved and the rates that are not what they were; none where one of
    /// its usages may have no rate any more.
    fn saving_changed(
        &self,
        turns: &Turns<'_>,
        account: usize,
        base_place: Option<usize>,
        rates: &Rates,
        record: &HourRecord,
    ) -> Option<u128> {
        let (lanes, pools) = (&self.simulator.plans[turns.kind], &self.kinds[turns.kind].pools);
        let (Rates::Changed(markets), Some(noted)) = (rates, turns.noted) else { return None };
        let (mut saved, mut saved_no_more) = (noted.saving(base_place?), 0);
        for (market, [was, is]) in markets {
            for usage in &lanes.pools.usages[self.part(turns.kind, account, *market as usize)] {
                let slot = &lanes.slots[usage.slot as usize];
                let (was, is) = (pools.best(*was)[slot.sku as usize], pools.best(*is)[slot.sku as usize]);
                if was.0 != NO_POOL && is.0 == NO_POOL {
                    return None;
                }
                if was == is {
                    continue;
                }
                let (item, facts) = (usage.item as usize, &self.simulator.items.skus[slot.sku as usize]);
                let parts = u128::from(record.remaining(item, turns.stage, || self.used(item)));
                let each = |rate: u64| u128::from(facts.rate - rate) * u128::from(1_000_000_000_000 / facts.step);
                saved += each(is.1) * parts;
                saved_no_more += if was.0 == NO_POOL { 0 } else { each(was.1) * parts };
            }
        }
        Some(saved - saved_no_more)
    }

    /// What an account saves whose usage is as it was.
    fn saving_unloaded(&mut self, turns: &Turns<'_>, account: usize, record: &HourRecord) -> Option<u128> {
        let lanes = &self.simulator.plans[turns.kind];
        self.open_slots(turns, &lanes.usages[lanes.accounts[account].clone()]);
        let (lanes, pass) = (&self.simulator.plans[turns.kind], &self.kinds[turns.kind].pass);
        let (mut saved, mut reached) = (0_u128, false);
        for usage in &lanes.usages[lanes.accounts[account].clone()] {
            if lanes.candidates.get(pass.best[usage.slot as usize]).is_some() {
                let item = usage.item as usize;
                let remaining = record.remaining(item, turns.stage, || self.used(item));
                reached |= remaining > 0;
                saved += pass.saving[usage.slot as usize] * u128::from(remaining);
            }
        }
        reached.then_some(saved)
    }
}

impl Turns<'_> {
    /// Whether an account took anything in the base run's pass.
    pub(crate) fn took(&self, base_place: Option<usize>) -> bool {
        let taken = |(noted, place): (&PassRecord, usize)| noted.parts(place).any(|part| !noted.entries(part).is_empty());
        self.noted.zip(base_place).is_some_and(taken)
    }
}
