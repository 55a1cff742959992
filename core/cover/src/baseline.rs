//! A simulation that remembers enough of each hour to say what one commitment more would change.

use crate::commitment::Commitment;
use crate::cover_plans::PlanPass;
use crate::organization::InputError;
use crate::record::{HourRecord, Recorder};
use crate::rerun::Rerun;
use crate::simulator::Simulator;
use crate::state::State;
use crate::totals::Totals;
use crate::usage::Usage;
use std::ops::Range;
use tenor_bill::Hour;

/// A range of hours, simulated, against which further commitments can be tried one at a time.
///
/// It holds about as much as the usage itself: of each hour what ended when, and of each pass what each account took.
pub struct Baseline<'a, U: ?Sized> {
    pub(crate) simulator: &'a Simulator<'a>,
    pub(crate) usage: &'a U,
    pub(crate) hours: Range<Hour>,
    pub(crate) totals: Totals,
    pub(crate) records: Vec<HourRecord>,
}

impl<'a> Simulator<'a> {
    /// Simulates a range of hours and remembers them.
    ///
    /// # Panics
    /// As [`Simulator::run`].
    #[must_use]
    pub fn baseline<U: Usage + ?Sized>(&'a self, usage: &'a U, hours: Range<Hour>) -> Baseline<'a, U> {
        let mut state = State::new(self.organization, &self.items, self.reservations.lanes.len());
        let mut passes: Vec<PlanPass> = self.plans.iter().map(PlanPass::new).collect();
        let mut recorder = Recorder::new(&self.plans);
        let mut records = Vec::new();
        let mut hour = hours.start;
        while hour < hours.end {
            assert!(usage.holds(hour), "usage is not held of {hour}");
            usage.read(hour, &mut state.cells);
            self.simulate(hour, &mut state, &mut passes, &mut (), Some(&mut recorder));
            records.push(recorder.close_hour(&state));
            hour = hour.next();
        }
        Baseline { simulator: self, usage, hours, totals: state.totals(&self.items), records }
    }
}

impl<U: Usage + ?Sized> Baseline<'_, U> {
    /// The totals as they are.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The totals with one commitment more, which comes last among its like: exactly those of a simulation from scratch.
    ///
    /// Only accounts whose usage, order or commitments the addition disturbs are looked at again.
    ///
    /// # Errors
    /// When the commitment is there already, or a number of it is none that a bill could have.
    pub fn with(&self, more: Commitment) -> Result<Totals, InputError> {
        let organization = self.simulator.organization.with(more.clone())?;
        let simulator = Simulator::with_items(&organization, self.simulator.items.clone(), self.simulator.settings);
        Ok(Rerun::new(self, &simulator, &more).run())
    }
}
