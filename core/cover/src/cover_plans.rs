//! Applies the plans of one kind to what reservations left of an hour's usage (`docs/spec/rounding.md` 3.3 to 3.5 and 5).

use crate::commitment::Plan;
use crate::exact::{charge8, charge10, divide};
use crate::items::{SkuFacts, money10};
use crate::plan_lanes::{Candidate, PlanLanes, PlanUsage};
use crate::record::{Recorder, stage};
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::sink::{Held, HeldHour, Piece, Sink, Takes};
use crate::state::{PlanState, State, money12};
use std::cmp::Reverse;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity, UnitPrice};

/// No candidate is left.
pub(crate) const NONE: usize = usize::MAX;

/// What the passes of one kind of plan work with; kept to save its allocation.
pub(crate) struct PlanPass {
    /// For each slot its best candidate that still has commitment.
    pub(crate) best: Vec<usize>,
    /// For each SKU's rates the first candidate whose plan has commitment left when the pass begins.
    firsts: Vec<usize>,
    /// For each slot what a part of usage saves with it, in 10⁻²² of the currency.
    pub(crate) saving: Vec<u128>,
    /// Accounts in the order of the pass.
    pub(crate) order: Vec<(Reverse<u128>, usize)>,
    /// What an account is to take, before it is known to be there.
    takings: Vec<Taking>,
    /// The sums of that by plan, in 10⁻⁸.
    asked8: Vec<u128>,
    /// When each taking has its turn, where order matters.
    turns: Vec<(u64, u32)>,
    /// Plans that reach someone in this pass and have commitment left.
    pub(crate) live: usize,
}

/// A usage to be covered by its best candidate.
struct Taking {
    item: u32,
    slot: u32,
    candidate: usize,
    used8: u64,
}

impl PlanPass {
    pub(crate) fn new(lanes: &PlanLanes) -> Self {
        Self {
            best: vec![NONE; lanes.slots.len()],
            firsts: vec![0; lanes.rates.len()],
            saving: vec![0; lanes.slots.len()],
            order: Vec::with_capacity(lanes.accounts.len()),
            takings: Vec::new(),
            asked8: vec![0; lanes.plans.len()],
            turns: Vec::new(),
            live: 0,
        }
    }
}

/// One kind's plans at work on one hour.
pub(crate) struct Covering<'a, 'b, S> {
    pub(crate) simulator: &'a Simulator<'b>,
    pub(crate) lanes: &'a PlanLanes,
    pub(crate) pass: &'a mut PlanPass,
    pub(crate) state: &'a mut State,
    pub(crate) hour: Hour,
    pub(crate) sink: &'a mut S,
    pub(crate) recorder: Option<&'a mut Recorder>,
}

impl<S: Sink> Covering<'_, '_, S> {
    /// The three passes.
    pub(crate) fn cover(&mut self) {
        let lanes = self.lanes;
        for account in &lanes.owners {
            self.cover_own(*account);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.close_own(lanes, self.state);
            recorder.close_stage(stage(lanes.kind, Reach::Own), self.state);
        }
        for (pass, reaching) in [Reach::Group, Reach::Rest].into_iter().zip(&lanes.reaching) {
            self.pass.live = reaching.iter().filter(|plan| self.left(**plan) > 0).count();
            if self.pass.live > 0 {
                self.cover_others(pass, reaching);
            }
        }
    }

    /// Lets the plans an account owns cover its usage.
    pub(crate) fn cover_own(&mut self, account: usize) {
        self.pass.live = usize::MAX;
        self.refresh_own(self.lanes.accounts[account].clone());
        self.take_account(account, Reach::Own);
    }

    /// Lets plans cover the usage of accounts they reach in a pass, account by account.
    fn cover_others(&mut self, pass: Reach, reaching: &[usize]) {
        let lanes = self.lanes;
        self.refresh_all(pass);
        self.pass.order.clear();
        for account in 0..lanes.accounts.len() {
            self.pass.order.extend(self.saving(account).map(|saved| (Reverse(saved), account)));
        }
        self.pass.order.sort_unstable();
        if let Some(recorder) = &mut self.recorder {
            let live = reaching.iter().filter(|plan| self.state.plans[lanes.plans[**plan]].left > 0);
            let live = live.map(|plan| u32::try_from(lanes.plans[*plan]).expect("checked by the organization")).collect();
            recorder.open_pass(pass, live, lanes, self.state, &self.pass.order);
        }
        for place in 0..self.pass.order.len() {
            if self.pass.live == 0 {
                break;
            }
            self.take_account(self.pass.order[place].1, pass);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.close_stage(stage(lanes.kind, pass), self.state);
        }
    }

    pub(crate) fn left(&self, plan: usize) -> u128 {
        self.state.plans[self.lanes.plans[plan]].left
    }

    /// Finds the best candidate of each usage of one account among its own plans.
    fn refresh_own(&mut self, usages: std::ops::Range<usize>) {
        for usage in &self.lanes.usages[usages] {
            self.pass.best[usage.slot as usize] = self.next_candidate(usage.slot, 0, Reach::Own);
        }
    }

    /// Finds the best candidate of each slot, and what it saves.
    pub(crate) fn refresh_all(&mut self, pass: Reach) {
        for (first, rates) in self.pass.firsts.iter_mut().zip(&self.lanes.rates) {
            let live = |candidate: &Candidate| self.state.plans[self.lanes.plans[candidate.plan as usize]].left > 0;
            let found = self.lanes.candidates[rates.clone()].iter().position(live);
            *first = found.map_or(rates.end, |offset| rates.start + offset);
        }
        for (index, slot) in self.lanes.slots.iter().enumerate() {
            let slot_number = u32::try_from(index).expect("slots are fewer than items");
            let best = self.next_candidate(slot_number, self.pass.firsts[slot.rates], pass);
            let facts = &self.simulator.items.skus[slot.sku as usize];
            self.pass.best[index] = best;
            self.pass.saving[index] = match self.lanes.candidates.get(best) {
                Some(candidate) => u128::from(facts.rate - candidate.rate) * u128::from(1_000_000_000_000 / facts.step),
                None => 0,
            };
        }
    }

    /// The first candidate of a slot from one on whose plan reaches it in this pass and has commitment left.
    pub(crate) fn next_candidate(&self, slot: u32, from: usize, pass: Reach) -> usize {
        let slot = &self.lanes.slots[slot as usize];
        if pass == Reach::Own {
            let live = |candidate: &usize| *candidate >= from && self.left(self.lanes.candidates[*candidate].plan as usize) > 0;
            return slot.own.iter().copied().find(live).unwrap_or(NONE);
        }
        let reach = &self.lanes.audiences[slot.audience];
        let fits = |candidate: &Candidate| reach[candidate.plan as usize] == Some(pass) && self.left(candidate.plan as usize) > 0;
        let rest = self.lanes.candidates.get(from..self.lanes.rates[slot.rates].end).unwrap_or_default();
        rest.iter().position(fits).map_or(NONE, |offset| from + offset)
    }

    /// What an account's remaining usage saves with the best plans (3.5), if any reaches it.
    pub(crate) fn saving(&self, account: usize) -> Option<u128> {
        let (mut saved, mut reached) = (0_u128, false);
        for usage in &self.lanes.usages[self.lanes.accounts[account].clone()] {
            let remaining = self.state.remaining[usage.item as usize];
            if remaining > 0 && self.pass.best[usage.slot as usize] != NONE {
                reached = true;
                saved += self.pass.saving[usage.slot as usize] * u128::from(remaining);
            }
        }
        reached.then_some(saved)
    }

    /// Covers an account's usage: all at once where the best plan of each usage has enough, else pair by pair.
    fn take_account(&mut self, account: usize, pass: Reach) {
        let lanes = self.lanes;
        self.take_usages(&lanes.usages[lanes.accounts[account].clone()], pass);
    }

    /// The same for some usages of an account, in the order of items.
    pub(crate) fn take_usages(&mut self, usages: &[PlanUsage], pass: Reach) {
        let lanes = self.lanes;
        self.pass.takings.clear();
        for usage in usages {
            let remaining = self.state.remaining[usage.item as usize];
            let mut best = self.pass.best[usage.slot as usize];
            if remaining == 0 || best == NONE {
                continue;
            }
            if self.left(lanes.candidates[best].plan as usize) == 0 {
                best = self.next_candidate(usage.slot, best, pass);
                self.pass.best[usage.slot as usize] = best;
                if best == NONE {
                    continue;
                }
            }
            let candidate = &lanes.candidates[best];
            let used8 = charge8(candidate.rate, remaining, self.simulator.items.facts(usage.item as usize).step);
            self.pass.asked8[candidate.plan as usize] += u128::from(used8);
            self.pass.takings.push(Taking { item: usage.item, slot: usage.slot, candidate: best, used8 });
        }
        let mut takings = std::mem::take(&mut self.pass.takings);
        if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
            recorder.open_turn(self.simulator, lanes, usages, &self.pass.best, self.state);
        }
        // A plan that would be used up to the last digit takes nothing afterwards, not even what costs nothing: order matters then.
        let enough = takings.iter().all(|taking| {
            let plan = lanes.candidates[taking.candidate].plan as usize;
            self.pass.asked8[plan] * 10_000 < self.left(plan)
        });
        for taking in &takings {
            self.pass.asked8[lanes.candidates[taking.candidate].plan as usize] = 0;
            if enough {
                let remaining = self.state.remaining[taking.item as usize];
                self.take(taking.item, taking.candidate, remaining, u128::from(taking.used8) * 10_000, pass);
            }
        }
        if !enough {
            self.take_in_turns(&mut takings, pass);
        }
        self.pass.takings = takings;
        if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
            recorder.close_turn(self.simulator, lanes, enough, self.state);
        }
    }

    /// Covers an account's usage pair by pair, given the best candidate of each usage.
    fn take_in_turns(&mut self, takings: &mut [Taking], pass: Reach) {
        let mut turns = std::mem::take(&mut self.pass.turns);
        turns.clear();
        turns.extend((0..).zip(&*takings).map(|(place, taking)| (self.turn(taking.candidate), place)));
        turns.sort_unstable();
        let mut next = 0;
        while let Some((_, place)) = turns.get(next).copied() {
            let taking = &mut takings[place as usize];
            let plan = self.lanes.candidates[taking.candidate].plan as usize;
            if self.left(plan) > 0 {
                if self.take_turn(taking, pass) {
                    next += 1;
                    continue;
                }
                taking.candidate = self.next_candidate(taking.slot, taking.candidate + 1, pass);
            }
            self.queue_again(&mut turns, next, takings, pass);
        }
        self.pass.turns = turns;
    }

    /// When a pair has its turn (3.4): by level, then plan; items keep their order.
    fn turn(&self, candidate: usize) -> u64 {
        self.lanes.candidates.get(candidate).map_or(u64::MAX, |candidate| u64::from(candidate.level) << 32 | u64::from(candidate.plan))
    }

    /// Lets all that waits for a plan that is used up wait for the next one instead.
    fn queue_again(&self, turns: &mut Vec<(u64, u32)>, next: usize, takings: &mut [Taking], pass: Reach) {
        for (turn, place) in &mut turns[next..] {
            let taking = &mut takings[*place as usize];
            let used_up = |candidate: &Candidate| self.left(candidate.plan as usize) == 0;
            if self.lanes.candidates.get(taking.candidate).is_some_and(used_up) {
                taking.candidate = self.next_candidate(taking.slot, taking.candidate, pass);
            }
            *turn = self.turn(taking.candidate);
        }
        turns[next..].sort_unstable();
        while turns.last().is_some_and(|(turn, _)| *turn == u64::MAX) && turns.len() > next {
            turns.pop();
        }
    }

    /// Covers what a plan's commitment is left for (5.2); whether that is all of the usage.
    fn take_turn(&mut self, taking: &Taking, pass: Reach) -> bool {
        let facts = self.simulator.items.facts(taking.item as usize);
        let Candidate { rate, plan, .. } = self.lanes.candidates[taking.candidate];
        let (remaining, left) = (self.state.remaining[taking.item as usize], self.left(plan as usize));
        let used = u128::from(charge8(rate, remaining, facts.step)) * 10_000;
        if used <= left {
            self.take(taking.item, taking.candidate, remaining, used, pass);
            return true;
        }
        let covered = split(left, rate, facts, remaining);
        if covered > 0 {
            self.take(taking.item, taking.candidate, covered, left, pass);
        } else if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
            recorder.note_crumbs(self.lanes.plans[plan as usize], self.state);
        }
        covered == remaining
    }

    /// Covers a quantity with a part of a plan's commitment.
    fn take(&mut self, item: u32, candidate: usize, covered: u64, used: u128, pass: Reach) {
        let item = item as usize;
        let facts = self.simulator.items.facts(item);
        let Candidate { rate, plan, .. } = self.lanes.candidates[candidate];
        let index = self.lanes.plans[plan as usize];
        let list10 = charge10(facts.rate, covered, facts.step);
        self.state.remaining[item] -= covered;
        if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
            recorder.note(index, self.state);
        }
        let now = &mut self.state.plans[index];
        now.left -= used;
        now.list10 += u128::from(list10);
        if now.left == 0 {
            self.pass.live -= 1;
            if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
                recorder.use_up(self.lanes, plan as usize, self.state);
            }
        }
        if S::WANTED {
            let takes = Takes::Commitment { used: money12(used), rate: UnitPrice::from_units(i128::from(rate) * 100) };
            let piece = Piece {
                series: self.simulator.items.series[item] as usize,
                by: Held::Plan(index),
                reach: pass,
                covered: facts.quantity(u128::from(covered)),
                list_cost: money10(u128::from(list10)),
                takes,
            };
            self.sink.piece(self.hour, &piece);
        }
    }
}

/// How much of what remains is covered by what a plan has left, in 10⁻¹², when that is not enough for all (5.2).
pub(crate) fn split(left: u128, rate: u64, facts: &SkuFacts, remaining: u64) -> u64 {
    // The rate counts 10⁻¹⁰; a quotient beyond what remains is cut back to it.
    let grains = divide(left * u128::from(facts.step / facts.grain), u128::from(rate) * 100);
    let covered = (grains * u128::from(facts.grain)).min(u128::from(remaining));
    u64::try_from(covered).expect("at most what remains")
}

impl Simulator<'_> {
    /// Begins an hour of all plans.
    pub(crate) fn open_plans(&self, hour: Hour, state: &mut State) {
        for (plan, now) in self.organization.parts().plans.iter().zip(&mut state.plans) {
            self.open_plan(plan, hour, now);
        }
    }

    /// Begins an hour of one plan.
    pub(crate) fn open_plan(&self, plan: &Plan, hour: Hour, now: &mut PlanState) {
        now.active = plan.term.touches(hour);
        now.fees = (Money::ZERO, Money::ZERO);
        (now.held, now.left) = (0, 0);
        if !now.active {
            return;
        }
        now.fees.1 = now.meter.read_plan(plan, hour);
        if self.settings.plan_partial_hours.counts(plan.term, hour) {
            now.fees.0 = plan.recurring;
            now.held = u128::try_from((now.fees.0 + now.fees.1).units()).expect("a commitment is never negative");
            now.left = now.held;
        }
    }

    /// Adds an hour of all plans to their sums.
    pub(crate) fn close_plans<S: Sink>(&self, hour: Hour, state: &mut State, sink: &mut S) {
        for (index, now) in state.plans.iter_mut().enumerate().filter(|(_, now)| now.active) {
            let used = money12(now.held - now.left);
            now.sums.recurring += now.fees.0;
            now.sums.amortized += now.fees.1;
            now.sums.used += used;
            if S::WANTED {
                let held = HeldHour {
                    held: Held::Plan(index),
                    units: (Quantity::ZERO, Quantity::ZERO),
                    recurring: (now.fees.0, used),
                    amortized: (now.fees.1, Money::ZERO),
                };
                sink.held(hour, &held);
            }
        }
    }
}
