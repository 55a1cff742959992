//! One group or rest pass again: accounts take what they took wherever nothing about their turn has changed.

use crate::plan_lanes::PlanLanes;
use crate::record::{Entry, HourRecord, PassRecord, stage};
use crate::rerun::{NOWHERE, Rerun};
use crate::sharing::Reach;
use crate::usage::Usage;
use std::cmp::Reverse;
use tenor_bill::Hour;

/// A set of plans, by the caller's place of each; the added one is never in it.
#[derive(Clone, PartialEq, Eq)]
struct Plans(Vec<u64>);

impl Plans {
    fn of(plans: usize, members: impl Iterator<Item = usize>) -> Self {
        let mut set = Self(vec![0; plans / 64 + 1]);
        members.for_each(|plan| set.0[plan / 64] |= 1 << (plan % 64));
        set
    }

    fn has(&self, plan: usize) -> bool {
        self.0[plan / 64] >> (plan % 64) & 1 == 1
    }

    fn remove(&mut self, plan: usize) {
        self.0[plan / 64] &= !(1 << (plan % 64));
    }
}

/// What is the same for all turns of a pass.
struct Turns<'r> {
    kind: usize,
    pass: Reach,
    stage: u8,
    noted: Option<&'r PassRecord>,
    /// The plans that had something left in the base run after so many were used up.
    noted_live: Vec<Plans>,
    /// Those that have now.
    live: Plans,
    /// Counts changes of `live` and of the added plan.
    version: u32,
    /// For each audience the version it was looked at and whether the added plan was the best for any usage.
    added_best: Vec<(u32, bool)>,
}

impl<U: Usage + ?Sized> Rerun<'_, '_, U> {
    /// The pass, if it or the base run's has something to give.
    pub(crate) fn cover_others(&mut self, kind: usize, pass: Reach, reaching: &[usize], hour: Hour, record: &HourRecord) {
        let lanes = &self.simulator.plans[kind];
        let stage = stage(kind, pass);
        let noted = record.pass(stage);
        let live = reaching.iter().filter(|plan| self.left(lanes, **plan) > 0).count();
        if live == 0 && noted.is_none() {
            return;
        }
        let plans = self.state.plans.len();
        let mut noted_live = vec![Plans::of(plans, noted.iter().flat_map(|noted| &noted.live).map(|plan| *plan as usize))];
        for died in noted.iter().flat_map(|noted| &noted.died) {
            let mut next = noted_live[noted_live.len() - 1].clone();
            next.remove(*died as usize);
            noted_live.push(next);
        }
        let mut turns = Turns {
            kind,
            pass,
            stage,
            noted,
            noted_live,
            live: self.live(kind, reaching),
            version: 1,
            added_best: vec![(0, false); lanes.audiences.len()],
        };
        self.kinds[kind].pass.live = live;
        self.covering(kind, hour).refresh_all(pass);
        self.order_accounts(&turns, hour, record);
        let order = std::mem::take(&mut self.kinds[kind].pass.order);
        for (_, account) in &order {
            self.take_turn(&mut turns, *account, reaching, hour, record);
        }
        // What took its turn then and has none now keeps what it had before the pass.
        for (base_place, place) in noted.iter().flat_map(|noted| &noted.savings).map(|(place, ..)| *place as usize).enumerate() {
            let had_turn = self.kinds[kind].base_places[place] != NOWHERE;
            if had_turn && !self.loaded[place] && noted.is_some_and(|noted| took(noted, base_place)) {
                self.load(place, stage, record);
            }
            self.kinds[kind].base_places[place] = NOWHERE;
        }
        self.kinds[kind].pass.order = order;
        self.unload(stage, record);
    }

    fn left(&self, lanes: &PlanLanes, plan: usize) -> u128 {
        self.state.plans[lanes.plans[plan]].left
    }

    /// The plans but the added one that have something left.
    fn live(&self, kind: usize, reaching: &[usize]) -> Plans {
        let lanes = &self.simulator.plans[kind];
        let live = reaching.iter().filter(|plan| Some(**plan) != self.kinds[kind].added && self.left(lanes, **plan) > 0);
        Plans::of(self.state.plans.len(), live.map(|plan| lanes.plans[*plan]))
    }

    /// Puts accounts in order by what they save: as noted, where the best rates are the same and the usage is.
    fn order_accounts(&mut self, turns: &Turns<'_>, hour: Hour, record: &HourRecord) {
        let lanes = &self.simulator.plans[turns.kind];
        let same = self.same_rates(turns);
        let mut order = std::mem::take(&mut self.kinds[turns.kind].pass.order);
        order.clear();
        for (base_place, (place, ..)) in (0..).zip(turns.noted.iter().flat_map(|noted| &noted.savings)) {
            let place = *place as usize;
            let account = self.kinds[turns.kind].lanes_by_place[place] as usize;
            self.kinds[turns.kind].base_places[place] = base_place;
            if !self.loaded[place] && same[lanes.audience(account)] {
                let saved = turns.noted.map_or(0, |noted| noted.saving(base_place as usize));
                order.push((Reverse(saved), account));
            }
        }
        for account in 0..lanes.accounts.len() {
            let saved = if self.loaded[lanes.places[account]] {
                self.covering(turns.kind, hour).saving(account)
            } else if !same[lanes.audience(account)] {
                self.saving_unloaded(turns, account, record)
            } else {
                continue;
            };
            order.extend(saved.map(|saved| (Reverse(saved), account)));
        }
        // Stable, since that is quick on what is nearly in order.
        order.sort();
        self.kinds[turns.kind].pass.order = order;
    }

    /// For each audience whether every usage's best rate at the start of the pass is what it was.
    fn same_rates(&self, turns: &Turns<'_>) -> Vec<bool> {
        let (lanes, kind) = (&self.simulator.plans[turns.kind], &self.kinds[turns.kind]);
        let mut same = vec![true; lanes.audiences.len()];
        let unchanged = turns.live == turns.noted_live[0];
        for (slot, best) in lanes.slots.iter().zip(&kind.pass.best) {
            let best = lanes.candidates.get(*best);
            if unchanged && best.is_none_or(|best| Some(best.plan as usize) != kind.added) {
                continue;
            }
            let reach = &lanes.audiences[slot.audience];
            let was = lanes.candidates[lanes.rates[slot.rates].clone()].iter().find(|candidate| {
                let plan = candidate.plan as usize;
                reach[plan] == Some(turns.pass) && turns.noted_live[0].has(lanes.plans[plan])
            });
            same[slot.audience] &= was.map(|was| was.rate) == best.map(|best| best.rate);
        }
        same
    }

    /// What an account saves whose usage is as it was.
    fn saving_unloaded(&self, turns: &Turns<'_>, account: usize, record: &HourRecord) -> Option<u128> {
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

    /// An account's turn.
    fn take_turn(&mut self, turns: &mut Turns<'_>, account: usize, reaching: &[usize], hour: Hour, record: &HourRecord) {
        let place = self.simulator.plans[turns.kind].places[account];
        let base_place = std::mem::replace(&mut self.kinds[turns.kind].base_places[place], NOWHERE) as usize;
        if !self.loaded[place] {
            let live = self.kinds[turns.kind].pass.live;
            let took_nothing = turns.noted.is_none_or(|noted| !took(noted, base_place));
            if (live == 0 && took_nothing) || (live > 0 && self.take_as_noted(turns, account, base_place, reaching)) {
                return;
            }
            self.load(place, turns.stage, record);
        }
        let live = self.kinds[turns.kind].pass.live;
        if live > 0 {
            self.covering(turns.kind, hour).take_account(account, turns.pass);
            if self.kinds[turns.kind].pass.live != live {
                turns.live = self.live(turns.kind, reaching);
                turns.version += 1;
            }
        }
    }

    /// Lets an account take what it took, if the same plans have something left and enough of it; whether it did.
    fn take_as_noted(&mut self, turns: &mut Turns<'_>, account: usize, base_place: usize, reaching: &[usize]) -> bool {
        let Some((noted, turn)) = turns.noted.and_then(|noted| Some((noted, noted.turns.get(base_place)?))) else { return false };
        if turns.live != turns.noted_live[turn.died as usize] {
            return false;
        }
        let entries = noted.entries(base_place);
        if turn.whole {
            let enough = |entry: &Entry| u128::from(entry.used) < self.state.plans[entry.plan as usize].left;
            if !entries.iter().all(enough) || self.added_is_best(turns, account) {
                return false;
            }
        } else {
            // Where a plan was used up every choice counts: it is the same if each plan looked at has just as much left.
            let same = |entry: &Entry| u128::from(entry.left) == self.state.plans[entry.plan as usize].left;
            let lanes = &self.simulator.plans[turns.kind];
            let added = self.kinds[turns.kind].added.is_some_and(|plan| self.left(lanes, plan) > 0);
            if added || !entries.iter().all(same) {
                return false;
            }
        }
        let mut used_up = 0;
        for entry in entries {
            let now = &mut self.state.plans[entry.plan as usize];
            now.left -= u128::from(entry.used);
            now.list10 += u128::from(entry.list10);
            used_up += usize::from(now.left == 0 && entry.used > 0);
        }
        if used_up > 0 {
            self.kinds[turns.kind].pass.live -= used_up;
            turns.live = self.live(turns.kind, reaching);
            turns.version += 1;
        }
        true
    }

    /// Whether the added plan is the best there is for any usage that accounts like this one may have.
    fn added_is_best(&mut self, turns: &mut Turns<'_>, account: usize) -> bool {
        let lanes = &self.simulator.plans[turns.kind];
        let Some(added) = self.kinds[turns.kind].added.filter(|plan| self.left(lanes, *plan) > 0) else { return false };
        let audience = lanes.audience(account);
        if turns.added_best[audience].0 != turns.version {
            let kind = &self.kinds[turns.kind];
            let best = |slot: &u32| {
                let reach = &lanes.audiences[audience];
                let mut candidates = lanes.candidates[lanes.rates[lanes.slots[*slot as usize].rates].clone()].iter();
                let live = candidates.find(|candidate| {
                    let plan = candidate.plan as usize;
                    reach[plan] == Some(turns.pass) && self.left(lanes, plan) > 0
                });
                live.is_some_and(|candidate| candidate.plan as usize == added)
            };
            turns.added_best[audience] = (turns.version, kind.slots[audience].iter().any(best));
        }
        turns.added_best[audience].1
    }
}

/// Whether an account took anything in the base run's pass, or may have.
fn took(noted: &PassRecord, base_place: usize) -> bool {
    noted.turns.get(base_place).is_some_and(|turn| !turn.whole) || !noted.entries(base_place).is_empty()
}
