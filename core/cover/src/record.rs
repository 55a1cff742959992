//! What a base run notes of each hour, so that one commitment more can be simulated without the rest (`rerun.rs` reads it).

use crate::items::Items;
use crate::plan_lanes::PlanLanes;
use crate::sharing::Reach;
use crate::state::State;
use std::cmp::Reverse;
use std::mem::take;

/// The stage of reservations; those of plans follow, three for each kind.
pub(crate) const RESERVED: u8 = 1;

/// The end of the hour: after every stage.
pub(crate) const END: u8 = 15;

/// Nothing ever covers all of it.
const NEVER: u8 = 0x7F;

/// The item has partials.
const PARTLY: u8 = 0x80;

/// The stage of one pass of one kind of plan.
pub(crate) fn stage(kind: usize, pass: Reach) -> u8 {
    u8::try_from(2 + 3 * kind + pass as usize).expect("there are four kinds")
}

/// One hour.
#[derive(Default)]
pub(crate) struct HourRecord {
    /// For each item the stage at whose end nothing remains.
    ends: Box<[u8]>,
    /// What remains of items that a stage covers in part, by item and stage.
    partials: Box<[(u32, u8, u64)]>,
    /// Passes that had something to give, by stage.
    pub(crate) passes: Vec<(u8, PassRecord)>,
    /// For each reservation: units used, list cost covered in 10⁻¹⁰.
    pub(crate) reservations: Box<[(u128, u64)]>,
    /// For each plan.
    pub(crate) plans: Box<[PlanRecord]>,
}

/// A plan's hour, in 10⁻¹²; list cost covered in 10⁻¹⁰.
#[derive(Clone, Copy, Default)]
pub(crate) struct PlanRecord {
    pub(crate) held: u128,
    pub(crate) left_own: u128,
    pub(crate) left: u128,
    pub(crate) list_own: u64,
    pub(crate) list: u64,
}

/// A group or rest pass.
#[derive(Default)]
pub(crate) struct PassRecord {
    /// Plans that reach someone and have something left at the start, by the caller's place of them.
    pub(crate) live: Vec<u32>,
    /// Plans in the order in which they were used up.
    pub(crate) died: Vec<u32>,
    /// The accounts that any of them reaches, in order, and what each saves.
    pub(crate) savings: Vec<(u32, u64, u64)>,
    /// What became of each, in the same order.
    pub(crate) turns: Vec<AccountTurn>,
    pub(crate) entries: Vec<Entry>,
}

/// An account's turn in a pass.
#[derive(Clone, Copy)]
pub(crate) struct AccountTurn {
    /// Where its entries end; they begin where those of the account before end.
    pub(crate) entries_end: u32,
    /// How many plans were used up before.
    pub(crate) died: u16,
    /// Whether all that could be covered was, by the best plan of each usage.
    pub(crate) whole: bool,
}

/// What an account took of a plan, in 10⁻¹², and the list cost that covered, in 10⁻¹⁰.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) plan: u32,
    /// What the plan had left before.
    pub(crate) left: u64,
    pub(crate) used: u64,
    pub(crate) list10: u64,
}

impl PassRecord {
    /// What an account saves, from its two halves.
    pub(crate) fn saving(&self, place: usize) -> u128 {
        let (_, high, low) = self.savings[place];
        u128::from(high) << 64 | u128::from(low)
    }

    /// The entries of an account's turn; none where it had no turn.
    pub(crate) fn entries(&self, place: usize) -> &[Entry] {
        let Some(turn) = self.turns.get(place) else { return &[] };
        let start = if place == 0 { 0 } else { self.turns[place - 1].entries_end };
        &self.entries[start as usize..turn.entries_end as usize]
    }
}

impl HourRecord {
    /// What remained of an item when a stage began, given all that was used of it.
    pub(crate) fn remaining(&self, item: usize, stage: u8, used: impl FnOnce() -> u64) -> u64 {
        let end = self.ends[item];
        if end & !PARTLY < stage {
            return 0;
        }
        if end & PARTLY == 0 {
            return used();
        }
        let item = u32::try_from(item).expect("checked by the organization");
        let before = self.partials.partition_point(|partial| (partial.0, partial.1) < (item, stage));
        match before.checked_sub(1).map(|place| self.partials[place]) {
            Some((of, _, remaining)) if of == item => remaining,
            _ => used(),
        }
    }

    /// The record of a pass.
    pub(crate) fn pass(&self, stage: u8) -> Option<&PassRecord> {
        self.passes.iter().find(|(of, _)| *of == stage).map(|(_, pass)| pass)
    }
}

/// Notes an hour while it is simulated.
#[derive(Default)]
pub(crate) struct Recorder {
    record: HourRecord,
    ends: Vec<u8>,
    partials: Vec<(u32, u8, u64)>,
    /// What remained at the end of the last stage.
    before: Vec<u64>,
    /// The turn being simulated: what each plan gives, and the list cost it had covered before.
    turn: Vec<(Entry, u128)>,
    /// Sums of list cost when the hour began: reservations, plans.
    lists: (Vec<u128>, Vec<u128>),
}

fn narrow(count: u128) -> u64 {
    u64::try_from(count).expect("an hour's money is below 18 million")
}

impl Recorder {
    /// All usage is known, nothing is covered.
    pub(crate) fn open_hour(&mut self, state: &State) {
        self.before.clone_from(&state.remaining);
        self.ends = state.remaining.iter().map(|remaining| if *remaining == 0 { 0 } else { NEVER }).collect();
        self.lists.0 = state.reservations.iter().map(|reservation| reservation.list10).collect();
        self.lists.1 = state.plans.iter().map(|plan| plan.list10).collect();
        let plan =
            |plan: &crate::state::PlanState| PlanRecord { held: plan.held, left_own: plan.left, left: plan.left, ..PlanRecord::default() };
        self.record.plans = state.plans.iter().map(plan).collect();
    }

    /// A stage is over.
    pub(crate) fn close_stage(&mut self, stage: u8, state: &State) {
        for (item, (before, remaining)) in self.before.iter_mut().zip(&state.remaining).enumerate() {
            if before != remaining {
                if *remaining == 0 {
                    self.ends[item] = self.ends[item] & PARTLY | stage;
                } else {
                    self.ends[item] |= PARTLY;
                    self.partials.push((u32::try_from(item).expect("checked by the organization"), stage, *remaining));
                }
                *before = *remaining;
            }
        }
    }

    /// The own pass of a kind is over.
    pub(crate) fn close_own(&mut self, lanes: &PlanLanes, state: &State) {
        for index in lanes.plans.iter().copied() {
            let list = narrow(state.plans[index].list10 - self.lists.1[index]);
            let plan = &mut self.record.plans[index];
            (plan.left_own, plan.list_own) = (state.plans[index].left, list);
        }
    }

    /// A group or rest pass begins, in this order of accounts.
    pub(crate) fn open_pass(&mut self, stage: u8, live: Vec<u32>, lanes: &PlanLanes, order: &[(Reverse<u128>, usize)]) {
        let half = |saved: u128| ((saved >> 64) as u64, saved as u64);
        let savings = order.iter().map(|(Reverse(saved), account)| {
            let (high, low) = half(*saved);
            (u32::try_from(lanes.places[*account]).expect("accounts are fewer than series"), high, low)
        });
        self.record.passes.push((stage, PassRecord { live, savings: savings.collect(), ..PassRecord::default() }));
    }

    /// The pass being simulated.
    fn pass(&mut self) -> Option<&mut PassRecord> {
        self.record.passes.last_mut().map(|(_, pass)| pass)
    }

    /// An account's turn begins; how many plans are used up.
    pub(crate) fn open_turn(&mut self) -> usize {
        self.turn.clear();
        self.pass().map_or(0, |pass| pass.died.len())
    }

    /// A plan is about to cover something, or cannot.
    pub(crate) fn note(&mut self, plan: usize, state: &State) {
        if !self.turn.iter().any(|(entry, _)| entry.plan as usize == plan) {
            let now = &state.plans[plan];
            let index = u32::try_from(plan).expect("checked by the organization");
            self.turn.push((Entry { plan: index, left: narrow(now.left), used: 0, list10: 0 }, now.list10));
        }
    }

    /// A plan is used up.
    pub(crate) fn use_up(&mut self, plan: usize) {
        if let Some(pass) = self.pass() {
            pass.died.push(u32::try_from(plan).expect("checked by the organization"));
        }
    }

    /// An account's turn is over.
    pub(crate) fn close_turn(&mut self, died: usize, whole: bool, state: &State) {
        let turn = take(&mut self.turn);
        if let Some(pass) = self.pass() {
            for (entry, list10) in &turn {
                let now = &state.plans[entry.plan as usize];
                let used = entry.left - narrow(now.left);
                pass.entries.push(Entry { used, list10: narrow(now.list10 - list10), ..*entry });
            }
            pass.turns.push(AccountTurn {
                entries_end: u32::try_from(pass.entries.len()).expect("a few for each account"),
                died: u16::try_from(died).expect("plans of one kind are fewer than 65,536"),
                whole,
            });
        }
        self.turn = turn;
    }

    /// The hour is over.
    pub(crate) fn close_hour(&mut self, state: &State) -> HourRecord {
        let reservations = state.reservations.iter().zip(&self.lists.0);
        self.record.reservations =
            reservations.map(|(now, before)| (if now.active { now.used } else { 0 }, narrow(now.list10 - before))).collect();
        for (index, plan) in self.record.plans.iter_mut().enumerate() {
            plan.left = state.plans[index].left;
            plan.list = narrow(state.plans[index].list10 - self.lists.1[index]);
        }
        self.partials.sort_unstable();
        self.record.ends = take(&mut self.ends).into();
        self.record.partials = take(&mut self.partials).into();
        for (_, pass) in &mut self.record.passes {
            pass.turns.shrink_to_fit();
            pass.entries.shrink_to_fit();
            pass.died.shrink_to_fit();
        }
        take(&mut self.record)
    }
}

/// The usage of an item in parts, from the caller's cell.
pub(crate) fn parts_of(items: &Items, item: usize, cell: u64) -> u64 {
    cell.checked_mul(items.facts(item).scale).expect("a cell is below 1.8 x 10¹¹ units")
}
