//! Simulates hours again with one commitment more, from what the base run noted of them.
//!
//! An account is *loaded* once anything about it may differ from the base run; from then on until the end of the hour its usage is
//! looked at item by item. Of all others the notes hold.

use crate::baseline::Baseline;
use crate::commitment::Commitment;
use crate::cover_plans::{Covering, PlanPass};
use crate::exact::charge10;
use crate::fees::running_share;
use crate::items::signed;
use crate::live_pools::LivePools;
use crate::plan_lanes::PlanLanes;
use crate::pools::{NO_MARKET, Stop};
use crate::record::{END, HourRecord, RESERVED, parts_of};
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::sink::Held;
use crate::state::{State, units};
use crate::totals::{PlanTotals, ReservationTotals, Totals};
use crate::usage::Usage;
use tenor_bill::Hour;
use tenor_money::{Money, Quantity};

/// No place.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Hours being simulated again.
pub(crate) struct Rerun<'a, 'b, U: ?Sized> {
    pub(crate) base: &'a Baseline<'a, U>,
    /// With the addition.
    pub(crate) simulator: &'a Simulator<'b>,
    pub(crate) added: Held,
    pub(crate) state: State,
    /// The hour being simulated.
    hour: Hour,
    /// Whether its cells are read, since they cannot be one by one.
    read: bool,
    pub(crate) kinds: Vec<Kind>,
    /// Which accounts are loaded.
    pub(crate) loaded: Vec<bool>,
    pub(crate) loaded_places: Vec<usize>,
    /// Reservations that an added one may disturb, and the items they may touch.
    connected: (Vec<usize>, Vec<u32>),
    /// Which items those are.
    touched: Vec<bool>,
    nothing: (),
    /// Markets in which a turn is not as noted; plans that a part of a turn touches, and what they had: kept to save their allocation.
    pub(crate) missed: Vec<u16>,
    pub(crate) touched_plans: Vec<(usize, u128, u128)>,
    /// What changes for each item: parts on demand and their cost in 10⁻¹⁰.
    changes: Vec<(i128, i128)>,
    totals: Totals,
}

/// What is worked with for one kind of plan.
pub(crate) struct Kind {
    pub(crate) pass: PlanPass,
    /// The place of each account in the kind's lanes.
    pub(crate) lanes_by_place: Vec<u32>,
    /// The place of each plan in them.
    pub(crate) lanes_by_plan: Vec<u32>,
    /// The audience of each account of the lanes.
    pub(crate) audiences: Vec<u32>,
    /// The added plan among the kind's.
    added: Option<usize>,
    pub(crate) pools: LivePools,
    /// The plans of each market: a set of bits for each, by the caller's places.
    pub(crate) market_plans: Vec<u64>,
    /// Whether each market has the SKUs it had, and whether all that were there have.
    pub(crate) kept: Vec<bool>,
    pub(crate) all_kept: bool,
    /// Counts group and rest passes.
    pub(crate) passes: u64,
    /// For each slot the pass that its best candidate was looked for in.
    pub(crate) opened: Vec<u64>,
    /// For each SKU's rates a pass, and the first candidate whose plan has something left in it.
    pub(crate) firsts: Vec<(u64, usize)>,
    /// For each account and pool its usages as the pool comes to them, once they are needed.
    pub(crate) stops: Vec<Option<Box<[Stop]>>>,
}

impl<'a, 'b, U: Usage + ?Sized> Rerun<'a, 'b, U> {
    pub(crate) fn new(base: &'a Baseline<'a, U>, simulator: &'a Simulator<'b>, more: &Commitment) -> Self {
        let items = &simulator.items;
        let mut totals = base.totals.clone();
        let mut connected = (Vec::new(), Vec::new());
        let added = match more {
            Commitment::Reservation(_) => {
                totals.reservations.push(ReservationTotals::default());
                connected = simulator.reservations.connected(items.len(), totals.reservations.len() - 1);
                Held::Reservation(totals.reservations.len() - 1)
            }
            Commitment::Plan(_) => {
                totals.plans.push(PlanTotals::default());
                Held::Plan(totals.plans.len() - 1)
            }
        };
        let mut touched = vec![false; items.len()];
        connected.1.iter().for_each(|item| touched[*item as usize] = true);
        Self {
            base,
            simulator,
            added,
            state: State::new(simulator.organization, items, simulator.reservations.lanes.len()),
            hour: base.hours.start,
            read: false,
            kinds: base
                .simulator
                .plans
                .iter()
                .zip(&simulator.plans)
                .map(|(base, lanes)| Kind::new(simulator, base, lanes, added))
                .collect(),
            loaded: vec![false; items.ids.len()],
            loaded_places: Vec::new(),
            connected,
            touched,
            nothing: (),
            missed: Vec::new(),
            touched_plans: Vec::new(),
            changes: vec![(0, 0); items.len()],
            totals,
        }
    }

    pub(crate) fn run(mut self) -> Totals {
        let base = self.base;
        for record in &base.records {
            let hour = self.hour;
            if self.open_added(hour) {
                self.read = !self.state.cells.is_empty() && base.usage.cell(hour, 0).is_none();
                if self.read {
                    base.usage.read(hour, &mut self.state.cells);
                }
                if let Held::Reservation(_) = self.added {
                    self.cover_with_reservations(hour, record);
                }
                for kind in 0..self.kinds.len() {
                    self.cover_with_plans(kind, record);
                }
                self.close_hour(record);
            }
            self.hour = hour.next();
        }
        for (item, (parts, cost10)) in self.changes.iter().enumerate() {
            let facts = self.simulator.items.facts(item);
            let quantity = |parts: i128| Quantity::from_units(parts * i128::from(1_000_000_000_000 / facts.step));
            let series = &mut self.totals.series[self.simulator.items.series[item] as usize];
            series.on_demand += quantity(*parts);
            series.covered -= quantity(*parts);
            series.on_demand_cost += Money::from_units(cost10 * 100);
        }
        self.totals
    }

    /// Begins an hour of the addition; whether it is held at all.
    fn open_added(&mut self, hour: Hour) -> bool {
        let parts = self.simulator.organization.parts();
        match self.added {
            Held::Reservation(index) => {
                let (reservation, now) = (&parts.reservations[index], &mut self.state.reservations[index]);
                if !reservation.term.touches(hour) {
                    return false;
                }
                now.fees = now.meter.read_reservation(reservation, hour);
                let sums = &mut self.totals.reservations[index];
                sums.recurring += now.fees.0;
                sums.amortized += now.fees.1;
                true
            }
            Held::Plan(index) => {
                let now = &mut self.state.plans[index];
                self.simulator.open_plan(&parts.plans[index], hour, now);
                let sums = &mut self.totals.plans[index];
                sums.recurring += now.fees.0;
                sums.amortized += now.fees.1;
                now.active
            }
        }
    }

    /// What was used of an item in all.
    #[inline]
    pub(crate) fn used(&self, item: usize) -> u64 {
        let items = &self.simulator.items;
        let series = items.series[item] as usize;
        let cell =
            if self.read { self.state.cells[series] } else { self.base.usage.cell(self.hour, series).expect("the first can be read") };
        parts_of(items, item, cell)
    }

    /// Loads an account as it was when a stage began; what an added reservation may touch is known already in the stage after it.
    pub(crate) fn load(&mut self, place: usize, stage: u8, record: &HourRecord) {
        self.loaded[place] = true;
        self.loaded_places.push(place);
        for item in self.simulator.items.ranges[place].clone() {
            if stage > RESERVED + 1 || !self.touched[item] {
                self.state.remaining[item] = record.remaining(item, stage, || self.used(item));
            }
        }
    }

    /// Applies the reservations again that the added one may disturb, and loads the accounts for which that makes a difference.
    fn cover_with_reservations(&mut self, hour: Hour, record: &HourRecord) {
        let reservations = &self.simulator.organization.parts().reservations;
        for run in self.connected.0.iter().map(|run| &self.simulator.reservations.runs[*run]) {
            let now = &mut self.state.reservations[run.index];
            now.active = reservations[run.index].term.touches(hour);
            (now.used, now.list10) = (0, 0);
            now.left = if reservations[run.index].term.covers_hour(hour) { run.capacity } else { 0 };
        }
        for item in self.connected.1.iter().map(|item| *item as usize) {
            self.state.remaining[item] = self.used(item);
        }
        self.simulator.cover_with_reservations(&self.connected.0, hour, &mut self.state, &mut ());
        for item in 0..self.connected.1.len() {
            let item = self.connected.1[item] as usize;
            let place = self.simulator.items.account[item] as usize;
            if !self.loaded[place] && self.state.remaining[item] != record.remaining(item, RESERVED + 1, || self.used(item)) {
                self.load(place, RESERVED + 1, record);
            }
        }
        for run in self.connected.0.iter().map(|run| &self.simulator.reservations.runs[*run]) {
            let now = &self.state.reservations[run.index];
            let (used, list10) = record.reservations.get(run.index).copied().unwrap_or_default();
            let sums = &mut self.totals.reservations[run.index];
            if Held::Reservation(run.index) == self.added && reservations[run.index].term.covers_hour(hour) {
                sums.held += units(run.capacity);
            }
            if (now.used, now.list10) != (used, u128::from(list10)) {
                let (start, end) = (hour.start_second(), hour.next().start_second());
                let reservation = &reservations[run.index];
                let change = |fee: Money| running_share(fee, now.used, run.capacity) - running_share(fee, used, run.capacity);
                sums.used += units(now.used) - units(used);
                sums.used_recurring += change(reservation.recurring(start, end));
                sums.used_amortized += change(reservation.amortized(start, end));
                sums.list_cost += Money::from_units((signed(now.list10) - i128::from(list10)) * 100);
            }
        }
    }

    /// Applies the plans of a kind again where that may make a difference.
    fn cover_with_plans(&mut self, kind: usize, record: &'a HourRecord) {
        let lanes = &self.simulator.plans[kind];
        let disturbed = |place: &usize| self.kinds[kind].lanes_by_place[*place] != NOWHERE;
        if self.kinds[kind].added.is_none() && !self.loaded_places.iter().any(disturbed) {
            return;
        }
        for index in lanes.plans.iter().filter(|index| Held::Plan(**index) != self.added) {
            let (now, noted) = (&mut self.state.plans[*index], &record.plans[*index]);
            (now.held, now.left, now.list10) = (noted.held, noted.left_own, u128::from(noted.list_own));
        }
        if let Some(plan) = self.kinds[kind].added {
            let now = &mut self.state.plans[lanes.plans[plan]];
            (now.left, now.list10) = (now.held, 0);
        }
        self.cover_own(kind, record);
        self.unload(crate::record::stage(kind, Reach::Own), record);
        for (pass, reaching) in [Reach::Group, Reach::Rest].into_iter().zip(&lanes.reaching) {
            self.cover_others(kind, pass, reaching, record);
        }
        for index in lanes.plans.iter().copied() {
            let (now, noted) = (&self.state.plans[index], record.plans.get(index).copied().unwrap_or_default());
            let sums = &mut self.totals.plans[index];
            let used = signed(now.held - now.left) - signed(noted.held - noted.left);
            sums.used += Money::from_units(used);
            sums.list_cost += Money::from_units((signed(now.list10) - i128::from(noted.list)) * 100);
        }
    }

    /// The own pass of accounts that are loaded or own the added plan.
    fn cover_own(&mut self, kind: usize, record: &HourRecord) {
        let lanes = &self.simulator.plans[kind];
        for account in lanes.owners.iter().copied() {
            let place = lanes.places[account];
            let reach = &lanes.audiences[lanes.audience(account)];
            let owns_added = self.kinds[kind].added.is_some_and(|plan| reach[plan] == Some(Reach::Own));
            if !self.loaded[place] && !owns_added {
                continue;
            }
            if !self.loaded[place] {
                self.load(place, crate::record::stage(kind, Reach::Own), record);
            }
            for plan in (0..reach.len()).filter(|plan| reach[*plan] == Some(Reach::Own)) {
                let now = &mut self.state.plans[lanes.plans[plan]];
                (now.left, now.list10) = (now.held, 0);
            }
            self.covering(kind).cover_own(account);
        }
    }

    /// Lets go of the accounts of which as much remains after a stage as did: the notes hold of them again.
    pub(crate) fn unload(&mut self, stage: u8, record: &HourRecord) {
        let mut places = std::mem::take(&mut self.loaded_places);
        places.retain(|place| {
            let differs = |item: usize| self.state.remaining[item] != record.remaining(item, stage + 1, || self.used(item));
            self.loaded[*place] = self.simulator.items.ranges[*place].clone().any(differs);
            self.loaded[*place]
        });
        self.loaded_places = places;
    }

    /// The arithmetic of plans on what is loaded.
    pub(crate) fn covering<'c>(&'c mut self, kind: usize) -> Covering<'c, 'b, ()>
    where
        'a: 'c,
    {
        Covering {
            simulator: self.simulator,
            lanes: &self.simulator.plans[kind],
            pass: &mut self.kinds[kind].pass,
            state: &mut self.state,
            hour: self.hour,
            sink: &mut self.nothing,
            recorder: None,
        }
    }

    /// Compares what remains on demand of loaded accounts with what did.
    fn close_hour(&mut self, record: &HourRecord) {
        while let Some(place) = self.loaded_places.pop() {
            self.loaded[place] = false;
            for item in self.simulator.items.ranges[place].clone() {
                let (before, after) = (record.remaining(item, END, || self.used(item)), self.state.remaining[item]);
                if before != after {
                    let facts = self.simulator.items.facts(item);
                    let cost10 = |parts| i128::from(charge10(facts.rate, parts, facts.step));
                    self.changes[item].0 += i128::from(after) - i128::from(before);
                    self.changes[item].1 += cost10(after) - cost10(before);
                }
            }
        }
    }
}

impl Kind {
    fn new(simulator: &Simulator<'_>, base: &PlanLanes, lanes: &PlanLanes, added: Held) -> Self {
        let mut lanes_by_place = vec![NOWHERE; simulator.items.ids.len()];
        for (account, place) in (0..).zip(&lanes.places) {
            lanes_by_place[*place] = account;
        }
        let plans = simulator.organization.parts().plans.len();
        let (mut lanes_by_plan, words) = (vec![NOWHERE; plans], plans / 64 + 1);
        let mut market_plans = vec![0; words * lanes.pools.by_market.len()];
        for (plan, index) in (0..).zip(&lanes.plans) {
            lanes_by_plan[*index] = plan;
            market_plans[lanes.pools.market(plan as usize) * words + index / 64] |= 1 << (index % 64);
        }
        let (were, are) = (base.pools.by_market.len(), lanes.pools.by_market.len());
        let mut kept: Vec<bool> = (0..were.max(are)).map(|market| market < were.min(are)).collect();
        let mut all_kept = true;
        for (was, is) in base.pools.of_sku.iter().zip(&lanes.pools.of_sku).filter(|(was, is)| was != is) {
            for market in [*was, *is] {
                if let Some(kept) = kept.get_mut(market as usize) {
                    *kept = false;
                }
            }
            all_kept &= *was == NO_MARKET && *is as usize >= were;
        }
        let audiences = (0..lanes.accounts.len()).map(|account| u32::try_from(lanes.audience(account)).expect("few")).collect();
        let stops = std::iter::repeat_with(|| None).take(lanes.accounts.len() * lanes.pools.plans.len()).collect();
        Self {
            pass: PlanPass::new(lanes),
            lanes_by_place,
            lanes_by_plan,
            audiences,
            added: lanes.plans.iter().position(|index| Held::Plan(*index) == added),
            pools: LivePools::new(lanes),
            market_plans,
            kept,
            all_kept,
            passes: 0,
            opened: vec![0; lanes.slots.len()],
            firsts: vec![(0, 0); lanes.rates.len()],
            stops,
        }
    }

    /// A group or rest pass begins.
    pub(crate) fn open_pass(&mut self, lanes: &PlanLanes, state: &State) {
        self.passes += 1;
        // Plans are counted by market; this only must not run out.
        self.pass.live = usize::MAX;
        self.pools.open(lanes, state);
    }
}
