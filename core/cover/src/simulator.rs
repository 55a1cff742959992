//! The simulator: prepares an organization once, then takes hour after hour in a straight corridor.

use crate::commitment::PlanKind;
use crate::cover_plans::{Covering, PlanPass};
use crate::exact::charge10;
use crate::items::{Items, money10};
use crate::organization::Organization;
use crate::plan_lanes::PlanLanes;
use crate::record::{RESERVED, Recorder, parts_of};
use crate::reservation_lanes::ReservationLanes;
use crate::settings::Settings;
use crate::sink::{OnDemand, Sink};
use crate::sku::Factor;
use crate::state::State;
use crate::totals::Totals;
use crate::usage::Usage;
use std::ops::Range;
use tenor_bill::Hour;

/// Applies an organization's commitments to its usage, hour by hour.
///
/// It never changes, so ranges of hours may be simulated on several threads and their [`Totals`] merged.
pub struct Simulator<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) settings: Settings,
    pub(crate) items: Items,
    /// Normalization factor of each SKU that reservations cover.
    pub(crate) factors: Vec<Option<Factor>>,
    pub(crate) reservations: ReservationLanes,
    /// By kind, in the order of application.
    pub(crate) plans: Vec<PlanLanes>,
}

impl<'a> Simulator<'a> {
    /// Prepares to simulate with the default [`Settings`].
    #[must_use]
    pub fn new(organization: &'a Organization) -> Self {
        Self::with_settings(organization, Settings::default())
    }

    /// Prepares to simulate.
    #[must_use]
    pub fn with_settings(organization: &'a Organization, settings: Settings) -> Self {
        Self::with_items(organization, Items::new(organization), settings)
    }

    /// Prepares with series that are in order already.
    pub(crate) fn with_items(organization: &'a Organization, items: Items, settings: Settings) -> Self {
        let skus = &organization.parts().skus;
        Self {
            organization,
            settings,
            factors: skus.iter().map(|sku| sku.reservable.as_ref().map(|reservable| reservable.factor)).collect(),
            reservations: ReservationLanes::new(organization, &items, settings),
            plans: PlanKind::ALL.iter().map(|kind| PlanLanes::new(organization, &items, settings, *kind)).collect(),
            items,
        }
    }

    /// Whose commitments these are.
    #[must_use]
    pub fn organization(&self) -> &'a Organization {
        self.organization
    }

    /// Simulates a range of hours and tells a sink what it finds; `&mut ()` wants nothing.
    ///
    /// # Panics
    /// When the usage does not hold an hour, or has more of it than [`Organization::check_cells`] lets pass.
    #[must_use]
    pub fn run<U: Usage + ?Sized, S: Sink>(&self, usage: &U, hours: Range<Hour>, sink: &mut S) -> Totals {
        let mut state = State::new(self.organization, &self.items, self.reservations.lanes.len());
        let mut passes: Vec<PlanPass> = self.plans.iter().map(PlanPass::new).collect();
        let mut hour = hours.start;
        while hour < hours.end {
            assert!(usage.holds(hour), "only hours are simulated that the usage holds: {hour} is none");
            usage.read(hour, &mut state.cells);
            self.simulate(hour, &mut state, &mut passes, sink, None);
            hour = hour.next();
        }
        state.totals(&self.items)
    }

    /// One hour: reservations, then plans kind by kind, then what stays on demand.
    pub(crate) fn simulate<S: Sink>(
        &self,
        hour: Hour,
        state: &mut State,
        passes: &mut [PlanPass],
        sink: &mut S,
        mut recorder: Option<&mut Recorder>,
    ) {
        self.open_items(state);
        self.open_reservations(hour, state);
        self.open_plans(hour, state);
        if let Some(recorder) = &mut recorder {
            recorder.open_hour(state);
        }
        self.cover_with_reservations(&self.reservations.all, hour, state, sink);
        if let Some(recorder) = &mut recorder {
            recorder.close_stage(RESERVED, state);
        }
        for (lanes, pass) in self.plans.iter().zip(passes) {
            let recorder = recorder.as_deref_mut();
            Covering { simulator: self, lanes, pass, state, hour, sink, recorder }.cover();
        }
        self.close_items(hour, state, sink);
        self.close_reservations(hour, state, sink);
        self.close_plans(hour, state, sink);
        state.hours += 1;
    }

    fn open_items(&self, state: &mut State) {
        for (item, series) in self.items.series.iter().enumerate() {
            let parts = parts_of(&self.items, item, state.cells[*series as usize]);
            state.remaining[item] = parts;
            state.sums[item].usage += u128::from(parts);
        }
    }

    fn close_items<S: Sink>(&self, hour: Hour, state: &mut State, sink: &mut S) {
        for (item, remaining) in state.remaining.iter().enumerate().filter(|(_, remaining)| **remaining > 0) {
            let facts = self.items.facts(item);
            let cost10 = charge10(facts.rate, *remaining, facts.step);
            let sums = &mut state.sums[item];
            sums.on_demand += u128::from(*remaining);
            sums.cost10 += u128::from(cost10);
            if S::WANTED {
                let series = self.items.series[item] as usize;
                let quantity = facts.quantity(u128::from(*remaining));
                sink.on_demand(hour, &OnDemand { series, quantity, cost: money10(u128::from(cost10)) });
            }
        }
    }
}
