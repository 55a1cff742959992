//! What a base run notes of each hour, so that one commitment more can be simulated without the rest (`rerun.rs` reads it).

use crate::exact::{charge8, charge10};
use crate::items::Items;
use crate::live_pools::{LivePools, PoolSet, countable};
use crate::plan_lanes::{PlanLanes, PlanUsage};
use crate::pools::Stop;
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::state::State;
use std::cmp::Reverse;
use std::mem::take;
use std::ops::Range;

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
    pub(crate) live: Box<[u32]>,
    /// Plans in the order in which they were used up.
    pub(crate) died: Vec<u32>,
    /// The accounts that any of them reaches, in order, and what each saves.
    pub(crate) savings: Box<[(u32, u64, u64)]>,
    /// What became of each, in the same order, until nothing was left.
    pub(crate) turns: Vec<AccountTurn>,
    pub(crate) parts: Vec<TurnPart>,
    pub(crate) entries: Vec<Entry>,
    /// Where plans of pools had their ends.
    marks: Vec<Mark>,
    /// For each market the first turn before which all its plans were used up.
    pub(crate) ends: Box<[u32]>,
}

/// An account's turn in a pass.
#[derive(Clone, Copy)]
pub(crate) struct AccountTurn {
    /// Where its parts end; they begin where those of the account before end.
    parts_end: u32,
    /// How many plans were used up before.
    pub(crate) died: u16,
}

/// A market's part of a turn; there is one if the account has usage left in a market that has plans left.
#[derive(Clone, Copy)]
pub(crate) struct TurnPart {
    /// The pools that had something left for the account.
    pub(crate) live: PoolSet,
    /// Where its entries end; they begin where those of the part before end.
    entries_end: u32,
    pub(crate) market: u16,
    /// Whether each usage was covered by the pool that is best for it, so that entries are of pools and not of plans.
    pub(crate) pooled: bool,
}

/// What an account took of a plan, in 10⁻¹², and the list cost that covered, in 10⁻¹⁰; or what it takes of a pool if no plan has an end.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The plan by the caller's place of it, or the pool.
    pub(crate) of: u32,
    /// What the plan had left before; of a pool, the number of its mark if it has one.
    pub(crate) left: u64,
    pub(crate) used: u64,
    pub(crate) list10: u64,
}

/// A usage of an account, as a pool comes to it, for which the pool's first plan had too little left, and what comes before it: what that
/// takes, in 10⁻¹², and its list cost, in 10⁻¹⁰.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    pub(crate) stop: u32,
    pub(crate) used: u64,
    pub(crate) list10: u64,
}

impl PassRecord {
    /// Where the first plan of an entry's pool had its end, or the start.
    pub(crate) fn mark(&self, entry: &Entry) -> Mark {
        let place = usize::try_from(entry.left).ok().and_then(|number| number.checked_sub(1));
        place.map_or_else(Mark::default, |place| self.marks[place])
    }

    /// What an account saves, from its two halves.
    pub(crate) fn saving(&self, place: usize) -> u128 {
        let (_, high, low) = self.savings[place];
        u128::from(high) << 64 | u128::from(low)
    }

    /// The parts of an account's turn; none where it had no turn.
    pub(crate) fn parts(&self, place: usize) -> Range<usize> {
        let Some(turn) = self.turns.get(place) else { return 0..0 };
        let start = if place == 0 { 0 } else { self.turns[place - 1].parts_end };
        start as usize..turn.parts_end as usize
    }

    /// The entries of a part.
    pub(crate) fn entries(&self, part: usize) -> &[Entry] {
        let start = if part == 0 { 0 } else { self.parts[part - 1].entries_end };
        &self.entries[start as usize..self.parts[part].entries_end as usize]
    }
}

impl HourRecord {
    /// What remained of an item when a stage began, given all that was used of it.
    #[inline]
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
    /// Sums of list cost when the hour began: reservations, plans.
    lists: (Vec<u128>, Vec<u128>),
    /// By kind.
    pools: Vec<LivePools>,
    /// By kind, for each account and pool its usages as the pool comes to them, once they are needed.
    stops: Vec<Vec<Option<Box<[Stop]>>>>,
    /// The pass being simulated, and how many plans each market has left in it.
    pass: Option<(Reach, Vec<usize>)>,
    turn: OpenTurn,
}

/// The turn being simulated.
#[derive(Default)]
struct OpenTurn {
    audience: usize,
    /// The account among the kind's.
    account: usize,
    /// How many plans were used up before.
    died: usize,
    /// Each market, the pools that have something left in it, and whether each usage has one best pool.
    parts: Vec<(u32, PoolSet, bool)>,
    /// What would be taken of each pool, by part.
    asked: Vec<(usize, Entry)>,
    /// What each plan gives, and the list cost it had covered before.
    given: Vec<(Entry, u128)>,
    /// Whether a plan had too little left to cover anything.
    crumbs: bool,
    /// Whether each plan had more than was asked of it.
    enough: bool,
}

fn narrow(count: u128) -> u64 {
    u64::try_from(count).expect("an hour's money is below 18 million")
}

impl Recorder {
    pub(crate) fn new(kinds: &[PlanLanes]) -> Self {
        let none = |lanes: &PlanLanes| std::iter::repeat_with(|| None).take(lanes.accounts.len() * lanes.pools.plans.len()).collect();
        Self { pools: kinds.iter().map(LivePools::new).collect(), stops: kinds.iter().map(none).collect(), ..Self::default() }
    }

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
    pub(crate) fn open_pass(&mut self, pass: Reach, live: Box<[u32]>, lanes: &PlanLanes, state: &State, order: &[(Reverse<u128>, usize)]) {
        let half = |saved: u128| ((saved >> 64) as u64, saved as u64);
        let savings = order.iter().map(|(Reverse(saved), account)| {
            let (high, low) = half(*saved);
            (u32::try_from(lanes.places[*account]).expect("accounts are fewer than series"), high, low)
        });
        let mut plans_left = vec![0; lanes.pools.by_market.len()];
        for (plan, index) in lanes.plans.iter().enumerate() {
            if u32::try_from(*index).is_ok_and(|index| live.contains(&index)) {
                plans_left[lanes.pools.market(plan)] += 1;
            }
        }
        let ends = plans_left.iter().map(|left| if *left == 0 { 0 } else { u32::MAX }).collect();
        let noted = PassRecord { live, savings: savings.collect(), ends, ..PassRecord::default() };
        self.record.passes.push((stage(lanes.kind, pass), noted));
        self.pools[lanes.kind].open(lanes, state);
        self.pass = Some((pass, plans_left));
    }

    /// The pass being simulated.
    fn noted(&mut self) -> &mut PassRecord {
        self.record.passes.last_mut().map(|(_, pass)| pass).expect("a pass is open")
    }

    /// An account's turn begins: its usages, and the best candidate of each slot.
    pub(crate) fn open_turn(&mut self, simulator: &Simulator<'_>, lanes: &PlanLanes, usages: &[PlanUsage], best: &[usize], state: &State) {
        let died = self.noted().died.len();
        let (pass, plans_left) = self.pass.as_ref().expect("a pass is open");
        let (pools, turn) = (&mut self.pools[lanes.kind], &mut self.turn);
        turn.parts.clear();
        turn.asked.clear();
        turn.given.clear();
        (turn.died, turn.crumbs) = (died, false);
        if let Some(usage) = usages.first() {
            let place = simulator.items.account[usage.item as usize] as usize;
            turn.account = lanes.places.binary_search(&place).expect("an account of the kind");
        }
        for usage in usages {
            let slot = &lanes.slots[usage.slot as usize];
            let (remaining, market) = (state.remaining[usage.item as usize], lanes.pools.of_sku[slot.sku as usize]);
            turn.audience = slot.audience;
            if remaining == 0 || plans_left[market as usize] == 0 {
                continue;
            }
            let part = turn.parts.iter().position(|part| part.0 == market).unwrap_or_else(|| {
                let live = pools.live(lanes, state, market, slot.audience, *pass);
                turn.parts.push((market, live, countable(lanes, market)));
                turn.parts.len() - 1
            });
            let Some(candidate) = lanes.candidates.get(best[usage.slot as usize]) else { continue };
            let pool = lanes.pools.of_plan[candidate.plan as usize];
            let regime = pools.regime(lanes, market, turn.parts[part].1);
            turn.parts[part].2 &= pools.best(regime)[slot.sku as usize].0 == pool;
            let facts = simulator.items.facts(usage.item as usize);
            let used = charge8(candidate.rate, remaining, facts.step).checked_mul(10_000);
            let list10 = charge10(facts.rate, remaining, facts.step);
            let place = turn.asked.iter().position(|asked| asked.1.of == pool).unwrap_or_else(|| {
                turn.asked.push((part, Entry { of: pool, left: 0, used: 0, list10: 0 }));
                turn.asked.len() - 1
            });
            let asked = &mut turn.asked[place].1;
            // What no plan could pay is noted as what it was, plan by plan.
            match used.and_then(|used| Some((asked.used.checked_add(used)?, asked.list10.checked_add(list10)?))) {
                Some(sums) => (asked.used, asked.list10) = sums,
                None => turn.parts[part].2 = false,
            }
        }
    }

    /// A plan is about to cover something, or cannot.
    pub(crate) fn note(&mut self, plan: usize, state: &State) {
        if !self.turn.given.iter().any(|(entry, _)| entry.of as usize == plan) {
            let now = &state.plans[plan];
            let of = u32::try_from(plan).expect("checked by the organization");
            self.turn.given.push((Entry { of, left: narrow(now.left), used: 0, list10: 0 }, now.list10));
        }
    }

    /// A plan has too little left to cover anything of a usage.
    pub(crate) fn note_crumbs(&mut self, plan: usize, state: &State) {
        self.note(plan, state);
        self.turn.crumbs = true;
    }

    /// A plan is used up.
    pub(crate) fn use_up(&mut self, lanes: &PlanLanes, plan: usize, state: &State) {
        self.pools[lanes.kind].use_up(lanes, state, plan);
        let market = lanes.pools.market(plan);
        let (_, plans_left) = self.pass.as_mut().expect("a pass is open");
        plans_left[market] -= 1;
        let ended = plans_left[market] == 0;
        let noted = self.noted();
        noted.died.push(u32::try_from(lanes.plans[plan]).expect("checked by the organization"));
        if ended {
            noted.ends[market] = u32::try_from(noted.turns.len() + 1).expect("accounts are fewer than series");
        }
    }

    /// An account's turn is over.
    pub(crate) fn close_turn(&mut self, simulator: &Simulator<'_>, lanes: &PlanLanes, enough: bool, state: &State) {
        let mut turn = take(&mut self.turn);
        turn.enough = enough;
        let (pass, _) = *self.pass.as_ref().expect("a pass is open");
        for place in 0..turn.parts.len() {
            let (market, live, sure) = turn.parts[place];
            // A pool that still has something left has covered all that it is best for, unless a plan of it was passed over.
            let pools = &self.pools[lanes.kind];
            let left = |asked: &Entry| pools.leader(lanes, state, asked.of as usize, turn.audience, pass).is_some();
            let mut asked = turn.asked.iter().filter(|(part, _)| *part == place);
            let pooled = sure && (enough || (!turn.crumbs && asked.all(|(_, asked)| left(asked))));
            if pooled {
                self.note_pools(simulator, lanes, &mut turn, place);
            } else {
                self.note_plans(lanes, &turn, market, state);
            }
            let noted = self.noted();
            noted.parts.push(TurnPart {
                live,
                entries_end: u32::try_from(noted.entries.len()).expect("a few for each account"),
                market: u16::try_from(market).expect("plans of one kind are fewer than 65,536"),
                pooled,
            });
        }
        let noted = self.noted();
        noted.turns.push(AccountTurn {
            parts_end: u32::try_from(noted.parts.len()).expect("a few for each account"),
            died: u16::try_from(turn.died).expect("plans of one kind are fewer than 65,536"),
        });
        self.turn = turn;
    }

    /// Notes what each plan of a market gave.
    fn note_plans(&mut self, lanes: &PlanLanes, turn: &OpenTurn, market: u32, state: &State) {
        for (entry, list10) in &turn.given {
            if pool_of(lanes, entry).is_some_and(|pool| lanes.pools.markets[pool as usize] == market) {
                let now = &state.plans[entry.of as usize];
                let (used, list10) = (entry.left - narrow(now.left), narrow(now.list10 - list10));
                self.noted().entries.push(Entry { used, list10, ..*entry });
            }
        }
    }

    /// Notes what was asked of each pool in a part, and where its first plan had its end.
    fn note_pools(&mut self, simulator: &Simulator<'_>, lanes: &PlanLanes, turn: &mut OpenTurn, part: usize) {
        let (market, live, _) = turn.parts[part];
        let regime = self.pools[lanes.kind].regime(lanes, market, live);
        for (_, asked) in turn.asked.iter_mut().filter(|asked| asked.0 == part) {
            let mut given = turn.given.iter().filter(|_| !turn.enough);
            let first = given.find(|(entry, _)| pool_of(lanes, entry) == Some(asked.of));
            if let Some((first, _)) = first.filter(|(first, _)| first.left <= asked.used) {
                let mark = self.mark(simulator, lanes, (turn.account, regime), asked.of as usize, first.left);
                let marks = &mut self.noted().marks;
                marks.push(mark);
                asked.left = marks.len() as u64;
            }
            self.noted().entries.push(*asked);
        }
    }

    /// The first usage that so much of a plan, and what its pool has it pay before, is too little for.
    fn mark(&mut self, simulator: &Simulator<'_>, lanes: &PlanLanes, (account, regime): (usize, usize), pool: usize, left: u64) -> Mark {
        let stops = self.stops[lanes.kind][account * lanes.pools.plans.len() + pool].get_or_insert_with(|| lanes.stops(account, pool));
        let mut mark = Mark::default();
        for (number, stop) in (0..).zip(stops.iter()) {
            let remaining = self.before[stop.item as usize];
            if remaining > 0 && self.pools[lanes.kind].best(regime)[stop.sku as usize].0 as usize == pool {
                let (used, list10) = stop.charge(&simulator.items, remaining);
                mark.stop = number;
                if u128::from(mark.used) + used > u128::from(left) {
                    break;
                }
                (mark.used, mark.list10) = (mark.used + narrow(used), mark.list10 + narrow(list10));
                mark.stop += 1;
            }
        }
        mark
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
            pass.parts.shrink_to_fit();
            pass.marks.shrink_to_fit();
            pass.entries.shrink_to_fit();
            pass.died.shrink_to_fit();
        }
        take(&mut self.record)
    }
}

/// The pool of an entry's plan.
fn pool_of(lanes: &PlanLanes, entry: &Entry) -> Option<u32> {
    let plan = lanes.plans.iter().position(|plan| *plan == entry.of as usize)?;
    Some(lanes.pools.of_plan[plan])
}

/// The usage of an item in parts, from the caller's cell.
pub(crate) fn parts_of(items: &Items, item: usize, cell: u64) -> u64 {
    cell.checked_mul(items.facts(item).scale).expect("a cell is below 1.8 x 10¹¹ units")
}
