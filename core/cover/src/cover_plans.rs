//! Applies the plans of one kind to what reservations left of an hour's usage (`docs/spec/rounding.md` 3.3 to 3.5 and 5).

use crate::commitment::Plan;
use crate::exact::{charge8, charge10, divide};
use crate::items::money10;
use crate::plan_lanes::{Candidate, PlanLanes, PlanUsage};
use crate::record::{AccountTurn, Entry, Recorder, stage};
use crate::settings::PartialHours;
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::sink::{Held, HeldHour, Piece, Sink, Takes};
use crate::state::{PlanState, State, money12};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity, UnitPrice};

/// No candidate is left.
pub(crate) const NONE: usize = usize::MAX;

/// What the passes of one kind of plan work with; kept to save its allocation.
pub(crate) struct PlanPass {
    /// For each slot its best candidate that still has commitment.
    pub(crate) best: Vec<usize>,
    /// For each slot what a part of usage saves with it, in 10⁻²² of the currency.
    pub(crate) saving: Vec<u128>,
    /// Accounts in the order of the pass.
    pub(crate) order: Vec<(Reverse<u128>, usize)>,
    /// What an account is to take, before it is known to be there.
    takings: Vec<Taking>,
    /// The sums of that by plan, in 10⁻⁸.
    asked8: Vec<u128>,
    /// Pairs of plan and usage in the order in which they have a turn.
    turns: BinaryHeap<Reverse<Turn>>,
    /// Plans that reach someone in this pass and have commitment left.
    pub(crate) live: usize,
}

/// A usage to be covered whole.
struct Taking {
    item: u32,
    candidate: usize,
    used8: u64,
}

/// A pair of plan and usage, ordered by when it has its turn (3.4): level, then plan, then item.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    level: u32,
    plan: u32,
    item: u32,
    slot: u32,
    candidate: usize,
}

impl PlanPass {
    pub(crate) fn new(lanes: &PlanLanes) -> Self {
        Self {
            best: vec![NONE; lanes.slots.len()],
            saving: vec![0; lanes.slots.len()],
            order: Vec::with_capacity(lanes.accounts.len()),
            takings: Vec::new(),
            asked8: vec![0; lanes.plans.len()],
            turns: BinaryHeap::new(),
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
        self.refresh(self.lanes.accounts[account].clone(), Reach::Own);
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
            recorder.open_pass(stage(lanes.kind, pass), live, lanes, &self.pass.order);
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

    /// Finds the best candidate of each usage of one account.
    fn refresh(&mut self, usages: std::ops::Range<usize>, pass: Reach) {
        for usage in &self.lanes.usages[usages] {
            let start = self.lanes.slots[usage.slot as usize].candidates.start;
            self.pass.best[usage.slot as usize] = self.next_candidate(usage.slot, start, pass);
        }
    }

    /// Finds the best candidate of each slot, and what it saves.
    pub(crate) fn refresh_all(&mut self, pass: Reach) {
        for (index, slot) in self.lanes.slots.iter().enumerate() {
            let slot_number = u32::try_from(index).expect("slots are fewer than items");
            let best = self.next_candidate(slot_number, slot.candidates.start, pass);
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
        let reach = &self.lanes.audiences[slot.audience];
        let fits = |candidate: &Candidate| reach[candidate.plan as usize] == Some(pass) && self.left(candidate.plan as usize) > 0;
        let found = self.lanes.candidates[from..slot.candidates.end].iter().position(fits);
        found.map_or(NONE, |offset| from + offset)
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
    pub(crate) fn take_account(&mut self, account: usize, pass: Reach) {
        let lanes = self.lanes;
        self.pass.takings.clear();
        for usage in &lanes.usages[lanes.accounts[account].clone()] {
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
            self.pass.takings.push(Taking { item: usage.item, candidate: best, used8 });
        }
        let takings = std::mem::take(&mut self.pass.takings);
        let noted = self.open_turn(&takings, pass);
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
        self.pass.takings = takings;
        if !enough {
            self.take_in_turns(account, pass);
        }
        self.close_turn(noted, enough);
    }

    /// Notes what an account is to take of each plan, and the list cost each has covered before.
    fn open_turn(&mut self, takings: &[Taking], pass: Reach) -> Option<(Vec<Entry>, Vec<u128>, usize)> {
        if pass == Reach::Own {
            return None;
        }
        let died = self.recorder.as_mut()?.pass()?.died.len();
        let (mut entries, mut before) = (Vec::<Entry>::new(), Vec::new());
        for taking in takings {
            let plan = self.lanes.candidates[taking.candidate].plan as usize;
            let index = u32::try_from(self.lanes.plans[plan]).expect("checked by the organization");
            match entries.iter_mut().find(|entry| entry.plan == index) {
                Some(entry) => entry.used8 += taking.used8,
                None => {
                    entries.push(Entry { plan: index, used8: taking.used8, list10: 0 });
                    before.push(self.state.plans[index as usize].list10);
                }
            }
        }
        Some((entries, before, died))
    }

    /// Notes what an account has taken.
    fn close_turn(&mut self, noted: Option<(Vec<Entry>, Vec<u128>, usize)>, whole: bool) {
        let Some((mut entries, before, died)) = noted else { return };
        for (entry, before) in entries.iter_mut().zip(before) {
            let list10 = self.state.plans[entry.plan as usize].list10 - before;
            entry.list10 = u64::try_from(list10).expect("an hour's charge is below 1.8 billion");
        }
        if let Some(pass) = self.recorder.as_mut().and_then(|recorder| recorder.pass()) {
            pass.entries.extend(entries);
            pass.turns.push(AccountTurn {
                entries_end: u32::try_from(pass.entries.len()).expect("a few for each account"),
                died: u16::try_from(died).expect("plans of one kind are fewer than 65,536"),
                whole,
            });
        }
    }

    /// Covers an account's usage pair by pair.
    fn take_in_turns(&mut self, account: usize, pass: Reach) {
        let lanes = self.lanes;
        for usage in &lanes.usages[lanes.accounts[account].clone()] {
            let best = self.pass.best[usage.slot as usize];
            if self.state.remaining[usage.item as usize] > 0 && best != NONE {
                self.queue(*usage, best, pass);
            }
        }
        while let Some(Reverse(turn)) = self.pass.turns.pop() {
            let usage = PlanUsage { item: turn.item, slot: turn.slot };
            if self.left(turn.plan as usize) > 0 && self.take_turn(&turn, pass) {
                continue;
            }
            self.queue(usage, turn.candidate + 1, pass);
        }
    }

    /// Lets a usage wait for its turn with the next candidate that has something left.
    fn queue(&mut self, usage: PlanUsage, from: usize, pass: Reach) {
        let candidate = self.next_candidate(usage.slot, from, pass);
        if let Some(Candidate { level, plan, .. }) = self.lanes.candidates.get(candidate).copied() {
            self.pass.turns.push(Reverse(Turn { level, plan, item: usage.item, slot: usage.slot, candidate }));
        }
    }

    /// Covers what a plan's commitment is left for (5.2); whether that is all of the usage.
    fn take_turn(&mut self, turn: &Turn, pass: Reach) -> bool {
        let facts = self.simulator.items.facts(turn.item as usize);
        let rate = self.lanes.candidates[turn.candidate].rate;
        let (remaining, left) = (self.state.remaining[turn.item as usize], self.left(turn.plan as usize));
        let used = u128::from(charge8(rate, remaining, facts.step)) * 10_000;
        if used <= left {
            self.take(turn.item, turn.candidate, remaining, used, pass);
            return true;
        }
        // `left` counts 10⁻¹² and the rate 10⁻¹⁰; a quotient beyond what remains is cut back to it.
        let grains = divide(left * u128::from(facts.step / facts.grain), u128::from(rate) * 100);
        let covered = (grains * u128::from(facts.grain)).min(u128::from(remaining));
        let covered = u64::try_from(covered).expect("at most what remains");
        if covered > 0 {
            self.take(turn.item, turn.candidate, covered, left, pass);
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
        let now = &mut self.state.plans[index];
        now.left -= used;
        now.list10 += u128::from(list10);
        if now.left == 0 {
            self.pass.live -= 1;
            if let (Some(recorder), true) = (&mut self.recorder, pass != Reach::Own) {
                let died = recorder.pass().map(|pass| &mut pass.died);
                died.into_iter().for_each(|died| died.push(u32::try_from(index).expect("checked by the organization")));
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
        if self.settings.plan_partial_hours == PartialHours::Whole || is_whole(plan, hour) {
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

/// Whether a plan is held in all of a clock hour.
fn is_whole(plan: &Plan, hour: Hour) -> bool {
    plan.term.start <= hour.start_second() && plan.term.end() >= hour.next().start_second()
}
