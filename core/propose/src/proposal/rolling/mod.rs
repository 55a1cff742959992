//! A back-test of proposals at real prices: what policies would have saved on all usage of a history, if each had started with nothing held
//! (`docs/planning.md` 13).
//!
//! A policy is given a [`known::Known`], which ends at the decision; the bill is paid by the billing simulator over the hours that came. Nothing here
//! reads, prints or looks at a clock.

mod bill;
mod bound;
mod known;
mod lots;
mod rule;
mod saved;
mod standing;

pub use standing::{RollingMoment, RollingStanding};

use super::choices::Choice;
use super::decide::{decided, first_purchase};
use super::inputs::{Inputs, InputsError};
use crate::backtest::Schedule;
use crate::solve::Workers;
pub(crate) use known::Known;
pub(crate) use lots::Lot;
use std::collections::BTreeSet;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_cover::Totals;
use tenor_money::Money;
use tenor_price::TermLength;

/// A way to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollingPolicy {
    /// Buys nothing.
    Nothing,
    /// What [`super::propose`] would decide: its forecast, solver, exact prices and minimum utilization, without what it does to what is held.
    Tenor,
    /// AWS's documented rule: what would have saved most over a trailing window, net of what is active.
    Aws {
        /// The window.
        days: usize,
    },
    /// The same over all that is known.
    Newsvendor,
    /// One level for each commitment over all the time, chosen afterwards.
    HindsightLevel,
}

impl RollingPolicy {
    /// Those that [`rolling`] compares, in this order.
    pub const ALL: [Self; 6] =
        [Self::Nothing, Self::Tenor, Self::Aws { days: 30 }, Self::Aws { days: 60 }, Self::Newsvendor, Self::HindsightLevel];

    /// What reports call it: `aws-30d`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Tenor => "tenor".to_owned(),
            Self::Aws { days } => format!("aws-{days}d"),
            Self::Newsvendor => "newsvendor".to_owned(),
            Self::HindsightLevel => "hindsight-level".to_owned(),
        }
    }
}

/// A back-test's result. All amounts are in the currency of the inputs' prices, and count known hours from the first decision on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolling {
    /// The decisions, in order.
    pub decisions: Vec<Hour>,
    /// The hour after the last that is counted.
    pub end: Hour,
    /// What all usage would have cost on demand.
    pub on_demand_cost: Money,
    /// What of it is usage that some commitment on sale covers.
    pub eligible_cost: Money,
    /// [`RollingPolicy::ALL`], then `clairvoyant`: at most what any purchases at the decisions could have cost.
    pub policies: Vec<RollingStanding>,
}

/// Runs all policies on the history of some inputs and compares them.
///
/// Nothing is held at first, whatever the inputs say; changes and promises that they tell are not heeded, since nothing says when they were known.
/// Owner and offers are those of the inputs at every decision, so prices do not move.
///
/// # Errors
/// When the inputs do not fit together, no decision falls into their history, or they are more than a simulation can count.
pub fn rolling(inputs: &Inputs, schedule: Schedule, workers: &dyn Workers) -> Result<Rolling, InputsError> {
    let test = RollingTest::new(inputs, schedule, workers)?;
    let least = test.least_cost(workers)?;
    let mut policies = Vec::new();
    for policy in RollingPolicy::ALL {
        policies.push(test.standing(policy, least, workers)?);
    }
    policies.push(test.clairvoyant(least));
    let hour = |offset: usize| Hour::from_epoch_hours(inputs.first + offset as i64);
    Ok(Rolling {
        decisions: test.decisions.iter().map(|decision| hour(*decision)).collect(),
        end: hour(inputs.hours),
        on_demand_cost: test.on_demand_cost(),
        eligible_cost: test.eligible,
        policies,
    })
}

/// A history, prices and a schedule, ready to try policies on: [`rolling`] step by step, for who wants to tell how far it is.
#[derive(Debug, Clone)]
pub struct RollingTest<'a> {
    inputs: &'a Inputs,
    /// As offsets of hours.
    decisions: Vec<usize>,
    /// From each decision to the next, or the end: what all usage costs on demand.
    on_demand: Vec<Money>,
    eligible: Money,
}

impl<'a> RollingTest<'a> {
    /// Prepares a back-test.
    ///
    /// # Errors
    /// As [`rolling`] says.
    pub fn new(inputs: &'a Inputs, schedule: Schedule, workers: &dyn Workers) -> Result<Self, InputsError> {
        inputs.check()?;
        let decisions = schedule.decisions(Hour::from_epoch_hours(inputs.first), inputs.hours);
        if decisions.is_empty() {
            return Err(InputsError::NoDecision { hours: inputs.hours, start_after: schedule.start_after });
        }
        let mut test = Self { inputs, decisions, on_demand: Vec::new(), eligible: Money::ZERO };
        bill::check(inputs, &bill::organization(inputs, &[], &[])?)?;
        let nothing = test.paid(&[], workers)?;
        test.eligible = nothing.iter().map(|totals| standing::eligible(inputs, totals)).sum();
        test.on_demand = nothing.iter().map(Totals::on_demand_cost).collect();
        Ok(test)
    }

    /// How often a policy decides.
    #[must_use]
    pub fn decisions(&self) -> usize {
        self.decisions.len()
    }

    /// What all usage would have cost on demand.
    #[must_use]
    pub fn on_demand_cost(&self) -> Money {
        self.on_demand.iter().copied().sum()
    }

    /// What of it is usage that some commitment on sale covers.
    #[must_use]
    pub fn eligible_cost(&self) -> Money {
        self.eligible
    }

    /// At most what any purchases at the decisions could have cost.
    ///
    /// # Errors
    /// When the usage or the prices make no sense to the solver.
    pub fn least_cost(&self, workers: &dyn Workers) -> Result<Money, InputsError> {
        self.least_cost_with(bound::together(&self.starts()), workers)
    }

    /// The same with so many beginnings of commitments taken together, which only lowers it.
    pub(crate) fn least_cost_with(&self, together: usize, workers: &dyn Workers) -> Result<Money, InputsError> {
        let least = bound::least_cost(self.inputs, self.counted(), &self.starts(), together, workers)?;
        Ok(least.min(self.on_demand_cost()).max(Money::ZERO))
    }

    /// How a policy does, with a least cost to measure its regret from.
    ///
    /// # Errors
    /// When a decision or the bill is more than a simulation can count.
    pub fn standing(&self, policy: RollingPolicy, least: Money, workers: &dyn Workers) -> Result<RollingStanding, InputsError> {
        let lots = self.bought(policy, workers)?;
        let totals = self.paid(&lots, workers)?;
        Ok(standing::standing(self, policy, &lots, &totals, least))
    }

    /// How perfect foresight might do at best.
    #[must_use]
    pub fn clairvoyant(&self, least: Money) -> RollingStanding {
        standing::clairvoyant(self, least)
    }

    /// Lets a policy decide each time, with what it bought before.
    pub(crate) fn bought(&self, policy: RollingPolicy, workers: &dyn Workers) -> Result<Vec<Lot>, InputsError> {
        if policy == RollingPolicy::HindsightLevel {
            let alone = Known::at(self.inputs, self.inputs.hours, &[]);
            let levels = rule::levels(alone.inputs(), self.counted())?;
            return Ok(levels.iter().map(|level| Lot::level(self.inputs, &alone, level, self.counted())).collect());
        }
        let mut lots = Vec::new();
        for decision in &self.decisions {
            let known = Known::at(self.inputs, *decision, &lots);
            let bought = decide(policy, &known, workers)?;
            lots.extend(bought.iter().map(|bought| Lot::of(self.inputs, &known, bought)));
        }
        Ok(lots)
    }

    /// The bill from each decision to the next, or the end.
    pub(crate) fn paid(&self, lots: &[Lot], workers: &dyn Workers) -> Result<Vec<Totals>, InputsError> {
        let all = || lots.iter().enumerate();
        let reservations: Vec<_> = all().filter_map(|(place, lot)| lot.reservation(self.inputs, place)).collect();
        let plans: Vec<_> = all().filter_map(|(place, lot)| lot.plan(self.inputs, place)).collect();
        let organization = bill::organization(self.inputs, &reservations, &plans)?;
        Ok(bill::paid(self.inputs, &organization, &self.spans(), workers))
    }

    /// The hours that are counted.
    fn counted(&self) -> Range<usize> {
        self.decisions[0]..self.inputs.hours
    }

    /// From each decision to the next, or the end.
    pub(crate) fn spans(&self) -> Vec<Range<usize>> {
        let ends = self.decisions.iter().skip(1).copied().chain([self.inputs.hours]);
        self.decisions.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// All hours in which something bought may begin: at a decision, when plans are bought after a month's end, and when any of that has ended.
    fn starts(&self) -> Vec<usize> {
        let plans = |decision: usize| decision + first_purchase(&self.inputs.policy, (self.inputs.first + decision as i64) * 3_600);
        let first = self.decisions.iter().flat_map(|decision| [*decision, plans(*decision)]);
        let again = |start: usize| (start..self.inputs.hours).step_by(TermLength::OneYear.hours() as usize);
        first.flat_map(again).filter(|start| *start < self.inputs.hours).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What a policy buys with what is known.
fn decide(policy: RollingPolicy, known: &Known, workers: &dyn Workers) -> Result<Vec<(Choice, u32)>, InputsError> {
    let inputs = known.inputs();
    let window = |hours: usize| inputs.hours.saturating_sub(hours)..inputs.hours;
    if inputs.lines.is_empty() {
        return Ok(Vec::new());
    }
    match policy {
        RollingPolicy::Nothing | RollingPolicy::HindsightLevel => Ok(Vec::new()),
        RollingPolicy::Aws { days } => rule::recommended(inputs, window(days.saturating_mul(24))),
        RollingPolicy::Newsvendor => rule::recommended(inputs, window(inputs.hours)),
        RollingPolicy::Tenor => match decided(inputs, workers) {
            // A proposal is refused then, and nothing is bought.
            Err(InputsError::TooShort { .. }) => Ok(Vec::new()),
            other => other,
        },
    }
}
