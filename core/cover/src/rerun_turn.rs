//! One account's turn again, market by market: as noted, or as noted but for who pays, or from its usage.

use crate::cover_plans::split;
use crate::exact::charge10;
use crate::live_pools::PoolSet;
use crate::plan_lanes::PlanUsage;
use crate::pools::Stop;
use crate::record::{Entry, HourRecord, Mark, PassRecord};
use crate::rerun::Rerun;
use crate::rerun_pass::Turns;
use crate::rerun_ways::{Way, meet};
use crate::usage::Usage;
use std::ops::Range;

/// How a pool gets along.
enum Step {
    Next,
    Done,
    /// It cannot cover the usage.
    Stuck,
}

/// A part of a turn to be taken as noted.
#[derive(Clone, Copy)]
struct Noted<'r> {
    pass: &'r PassRecord,
    part: usize,
    /// How many plans were used up before the turn.
    died: usize,
    account: usize,
}

impl<'a, U: Usage + ?Sized> Rerun<'a, '_, U> {
    /// An account's turn.
    pub(crate) fn take_turn(&mut self, turns: &mut Turns<'a>, account: usize, base_place: Option<usize>, record: &HourRecord) {
        let place = self.simulator.plans[turns.kind].places[account];
        if turns.all_left == 0 {
            if !self.loaded[place] && turns.took(base_place) {
                meet(Way::NothingLeft);
                self.load(place, turns.stage, record);
            }
        } else if self.loaded[place] {
            self.take_loaded(turns, account, base_place, record);
        } else {
            self.take_unloaded(turns, account, base_place, record);
        }
    }

    /// The turn of an account of which nothing is known to differ.
    fn take_unloaded(&mut self, turns: &mut Turns<'a>, account: usize, base_place: Option<usize>, record: &HourRecord) {
        let lanes = &self.simulator.plans[turns.kind];
        let noted = turns.noted.zip(base_place);
        let mut missed = std::mem::take(&mut self.missed);
        let mut differs = false;
        for part in noted.map_or(0..0, |(pass, place)| pass.parts(place)) {
            let (pass, place) = noted.expect("it has a part");
            let market = pass.parts[part].market;
            if !self.kinds[turns.kind].kept[market as usize] {
                meet(Way::Foreign);
                differs = true;
            } else if !self.take_part(turns, Noted { pass, part, died: pass.turns[place].died as usize, account }, record) {
                missed.push(market);
            }
        }
        for market in 0..turns.plans_left.len() {
            let unknown = turns.plans_left[market] > 0 && (!self.kinds[turns.kind].kept[market] || turns.ended(market, base_place));
            if unknown
                && self
                    .part(turns.kind, account, market)
                    .any(|usage| self.noted_remaining(turns, lanes.pools.usages[usage].item, record) > 0)
            {
                meet(Way::Ended);
                missed.push(u16::try_from(market).expect("plans of one kind are fewer than 65,536"));
            }
        }
        if differs || !missed.is_empty() {
            self.load(lanes.places[account], turns.stage, record);
            for part in noted.map_or(0..0, |(pass, place)| pass.parts(place)) {
                let market = turns.noted.map_or(0, |pass| pass.parts[part].market);
                if self.kinds[turns.kind].kept[market as usize] && !missed.contains(&market) {
                    meet(Way::Settled);
                    self.settle(turns, account, market as usize, record);
                }
            }
            for market in missed.drain(..) {
                self.simulate(turns, account, market as usize);
            }
        }
        self.missed = missed;
    }

    /// The turn of an account of which something differs.
    fn take_loaded(&mut self, turns: &mut Turns<'a>, account: usize, base_place: Option<usize>, record: &HourRecord) {
        let lanes = &self.simulator.plans[turns.kind];
        for (market, usages) in &lanes.pools.parts[account] {
            let market = *market as usize;
            if turns.plans_left[market] == 0 {
                continue;
            }
            let as_noted = |item: u32| self.state.remaining[item as usize] == self.noted_remaining(turns, item, record);
            let noted = turns.noted.zip(base_place).filter(|_| self.kinds[turns.kind].kept[market]);
            let part = noted
                .and_then(|(pass, place)| Some((pass, place, pass.parts(place).find(|part| pass.parts[*part].market as usize == market)?)));
            let part = part.filter(|_| lanes.pools.usages[usages.clone()].iter().all(|usage| as_noted(usage.item)));
            let taken = part.is_some_and(|(pass, place, part)| {
                self.take_part(turns, Noted { pass, part, died: pass.turns[place].died as usize, account }, record)
            });
            if taken {
                meet(Way::LoadedAsNoted);
                self.settle(turns, account, market, record);
            } else {
                self.simulate(turns, account, market);
            }
        }
    }

    /// Where an account's usages in a market are.
    pub(crate) fn part(&self, kind: usize, account: usize, market: usize) -> Range<usize> {
        self.simulator.plans[kind].pools.part(account, market)
    }

    /// What remained of an item when the pass began.
    #[inline]
    fn noted_remaining(&self, turns: &Turns<'_>, item: u32, record: &HourRecord) -> u64 {
        record.remaining(item as usize, turns.stage, || self.used(item as usize))
    }

    /// Leaves a loaded account's usage in a market as the pass left it.
    fn settle(&mut self, turns: &Turns<'_>, account: usize, market: usize, record: &HourRecord) {
        for usage in self.part(turns.kind, account, market) {
            let item = self.simulator.plans[turns.kind].pools.usages[usage].item as usize;
            self.state.remaining[item] = record.remaining(item, turns.stage + 1, || self.used(item));
        }
    }

    /// Covers a loaded account's usage in a market from scratch.
    fn simulate(&mut self, turns: &mut Turns<'_>, account: usize, market: usize) {
        let lanes = &self.simulator.plans[turns.kind];
        let usages = &lanes.pools.usages[self.part(turns.kind, account, market)];
        if turns.plans_left[market] == 0 || usages.is_empty() {
            return;
        }
        self.open_slots(turns, usages);
        self.covering(turns.kind).take_usages(usages, turns.pass);
        for word in 0..turns.live.len() {
            let mut live = turns.live[word] & self.kinds[turns.kind].market_plans[market * turns.live.len() + word];
            while live != 0 {
                let index = word * 64 + live.trailing_zeros() as usize;
                live &= live - 1;
                if self.state.plans[index].left == 0 {
                    self.use_up(turns, index);
                }
            }
        }
    }

    /// Finds the best candidate of the slots of some usages, if that is not done in this pass.
    pub(crate) fn open_slots(&mut self, turns: &Turns<'_>, usages: &[PlanUsage]) {
        let lanes = &self.simulator.plans[turns.kind];
        for usage in usages {
            let kind = &mut self.kinds[turns.kind];
            if kind.opened[usage.slot as usize] == kind.passes {
                continue;
            }
            kind.opened[usage.slot as usize] = kind.passes;
            let slot = &lanes.slots[usage.slot as usize];
            let rates = lanes.rates[slot.rates].clone();
            let first = &mut kind.firsts[slot.rates];
            if first.0 != kind.passes {
                *first = (kind.passes, rates.start);
            }
            while first.1 < rates.end && self.state.plans[lanes.plans[lanes.candidates[first.1].plan as usize]].left == 0 {
                first.1 += 1;
            }
            let first = first.1;
            let best = self.covering(turns.kind).next_candidate(usage.slot, first, turns.pass);
            let facts = &self.simulator.items.skus[slot.sku as usize];
            let pass = &mut self.kinds[turns.kind].pass;
            pass.best[usage.slot as usize] = best;
            pass.saving[usage.slot as usize] = lanes
                .candidates
                .get(best)
                .map_or(0, |candidate| u128::from(facts.rate - candidate.rate) * u128::from(1_000_000_000_000 / facts.step));
        }
    }

    /// A plan, by the caller's place of it, is used up.
    fn use_up(&mut self, turns: &mut Turns<'_>, index: usize) {
        let (lanes, kind) = (&self.simulator.plans[turns.kind], &mut self.kinds[turns.kind]);
        let plan = kind.lanes_by_plan[index] as usize;
        kind.pools.use_up(lanes, &self.state, plan);
        turns.live[index / 64] &= !(1 << (index % 64));
        turns.plans_left[lanes.pools.market(plan)] -= 1;
        turns.all_left -= 1;
    }

    /// Takes a part of a turn as it was but for who pays, where that is all that may differ; whether it did.
    fn take_part(&mut self, turns: &mut Turns<'_>, noted: Noted<'_>, record: &HourRecord) -> bool {
        if !noted.pass.parts[noted.part].pooled {
            return self.take_again(turns, noted);
        }
        let (lanes, part) = (&self.simulator.plans[turns.kind], noted.pass.parts[noted.part]);
        let kind = &mut self.kinds[turns.kind];
        let (market, audience) = (u32::from(part.market), kind.audiences[noted.account] as usize);
        let live = kind.pools.live(lanes, &self.state, market, audience, turns.pass);
        if !kind.pools.alike(lanes, market, part.live, live) {
            meet(Way::OtherBest);
            return false;
        }
        let mut touched = std::mem::take(&mut self.touched_plans);
        let mut all = true;
        for entry in noted.pass.entries(noted.part) {
            let leader = self.kinds[turns.kind].pools.leader(lanes, &self.state, entry.of as usize, audience, turns.pass);
            let index = lanes.plans[leader.expect("the best pool has something left")];
            let now = &mut self.state.plans[index];
            touched.push((index, now.left, now.list10));
            if u128::from(entry.used) < now.left {
                meet(Way::Enough);
                now.left -= u128::from(entry.used);
                now.list10 += u128::from(entry.list10);
            } else if !self.take_along(turns, noted.account, (market, live), (entry, noted.pass.mark(entry)), &mut touched, record) {
                all = false;
                break;
            }
        }
        while let Some((index, left, list10)) = touched.pop() {
            let now = &mut self.state.plans[index];
            if !all {
                (now.left, now.list10) = (left, list10);
            } else if now.left == 0 {
                self.use_up(turns, index);
            }
        }
        self.touched_plans = touched;
        all
    }

    /// Takes of each plan what was taken, if the same plans have something left and each looked at has just as much.
    fn take_again(&mut self, turns: &mut Turns<'_>, noted: Noted<'_>) -> bool {
        let market = noted.pass.parts[noted.part].market as usize;
        let members = &self.kinds[turns.kind].market_plans[market * turns.live.len()..];
        let same_plans =
            turns.live.iter().zip(turns.noted_live(noted.died)).zip(members).all(|((now, was), members)| (now ^ was) & members == 0);
        let entries = noted.pass.entries(noted.part);
        if !same_plans || entries.iter().any(|entry| u128::from(entry.left) != self.state.plans[entry.of as usize].left) {
            meet(Way::NotAgain);
            return false;
        }
        meet(Way::Again);
        for entry in entries {
            let now = &mut self.state.plans[entry.of as usize];
            now.left -= u128::from(entry.used);
            now.list10 += u128::from(entry.list10);
            if now.left == 0 {
                self.use_up(turns, entry.of as usize);
            }
        }
        true
    }

    /// Goes along what a pool covers of an account until its plans in turn have enough for the rest; whether they did.
    fn take_along(
        &mut self,
        turns: &Turns<'_>,
        account: usize,
        (market, live): (u32, PoolSet),
        (entry, mark): (&Entry, Mark),
        touched: &mut Vec<(usize, u128, u128)>,
        record: &HourRecord,
    ) -> bool {
        let lanes = &self.simulator.plans[turns.kind];
        let pool = entry.of as usize;
        let regime = self.kinds[turns.kind].pools.regime(lanes, market, live);
        let place = account * lanes.pools.plans.len() + pool;
        let stops = self.kinds[turns.kind].stops[place].take().unwrap_or_else(|| lanes.stops(account, pool));
        let audience = self.kinds[turns.kind].audiences[account] as usize;
        let is_best = |rerun: &Self, stop: &Stop| rerun.kinds[turns.kind].pools.best(regime)[stop.sku as usize].0 as usize == pool;
        let (mut step, before) = (Step::Next, touched.len());
        // Where the base run's first plan had its end this one's is not far, and whatever comes before it is paid by the first plan.
        let Mark { mut stop, used, list10 } = mark;
        let (mut used, mut list10) = (u128::from(used), u128::from(list10));
        let (index, left, _) = *touched.last().expect("the leader");
        while used >= left {
            stop -= 1;
            let earlier = &stops[stop as usize];
            let remaining = self.noted_remaining(turns, earlier.item, record);
            if remaining > 0 && is_best(self, earlier) {
                let charge = earlier.charge(&self.simulator.items, remaining);
                (used, list10) = (used - charge.0, list10 - charge.1);
            }
        }
        self.state.plans[index].left -= used;
        self.state.plans[index].list10 += list10;
        let mut rest = (u128::from(entry.used) - used, u128::from(entry.list10) - list10);
        for stop in &stops[stop as usize..] {
            let remaining = self.noted_remaining(turns, stop.item, record);
            if remaining > 0 && is_best(self, stop) {
                step = self.pay(turns, (pool, audience), stop, remaining, &mut rest, touched);
                if !matches!(step, Step::Next) {
                    break;
                }
            }
        }
        self.kinds[turns.kind].stops[place] = Some(stops);
        let found = !matches!(step, Step::Stuck);
        if found {
            meet(if touched.len() > before + 1 { Way::AlongSeveral } else { Way::Along });
        }
        found
    }

    /// Lets the plans of a pool pay for one usage, the one touched last first, and the next for all the rest if it has enough.
    fn pay(
        &mut self,
        turns: &Turns<'_>,
        (pool, audience): (usize, usize),
        stop: &Stop,
        mut remaining: u64,
        rest: &mut (u128, u128),
        touched: &mut Vec<(usize, u128, u128)>,
    ) -> Step {
        let lanes = &self.simulator.plans[turns.kind];
        let items = &self.simulator.items;
        let facts = &items.skus[stop.sku as usize];
        let charge = |parts| stop.charge(items, parts);
        let (mut used, mut list10) = charge(remaining);
        *rest = (rest.0 - used, rest.1 - list10);
        let (mut index, _, _) = *touched.last().expect("the leader");
        loop {
            if self.state.plans[index].left == 0 {
                let leader = self.kinds[turns.kind].pools.leader(lanes, &self.state, pool, audience, turns.pass);
                let Some(leader) = leader else {
                    meet(Way::NoneLeft);
                    return Step::Stuck;
                };
                index = lanes.plans[leader];
                let now = &mut self.state.plans[index];
                touched.push((index, now.left, now.list10));
                if used + rest.0 < now.left {
                    now.left -= used + rest.0;
                    now.list10 += list10 + rest.1;
                    return Step::Done;
                }
            }
            let now = &mut self.state.plans[index];
            if used <= now.left {
                now.left -= used;
                now.list10 += list10;
                return Step::Next;
            }
            let covered = split(now.left, stop.rate, facts, remaining);
            if covered == 0 {
                meet(Way::Crumbs);
                return Step::Stuck;
            }
            now.list10 += u128::from(charge10(facts.rate, covered, facts.step));
            now.left = 0;
            remaining -= covered;
            if remaining == 0 {
                return Step::Next;
            }
            (used, list10) = charge(remaining);
        }
    }
}
