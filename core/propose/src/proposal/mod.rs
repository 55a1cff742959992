//! Proposals: from what is used, held and sold to what to buy, with its price, its proof and its reasons.
//!
//! [`Inputs`] are all that goes in and [`propose`] computes; the shell reads the one and writes the other.

mod alternatives;
mod cells;
mod check;
mod choices;
mod compare;
mod decide;
mod document;
mod figures;
mod gather;
mod held;
mod inputs;
mod limits;
mod policy;
mod pools;
mod portion;
mod price;
mod promises;
mod rolling;
mod search;
mod steps;
mod study;
#[cfg(test)]
mod tests;
mod text;
mod usable;

pub use cells::Cells;
pub use compare::{Candidate, CompareError, Compared, LeftOut, NotMatched, Recommended, RecommendedGoods, Reserved, compare};
pub use decide::propose;
pub use document::{Becomes, Certificate, Ending, HeldStep, Later, NextBest, OutlookFacts, Proposal, Spread, Step, Summary};
pub use gather::Sources;
pub use inputs::{
    Class, HISTORY_HOURS_MIN, HeldPlan, HeldReservation, Inputs, InputsError, KnownChange, Line, PlanOffer, PlanRate, PriceFacts, Promise,
    ReservedOffer, UsedSku,
};
pub use policy::{Capital, HeldRule, Kind, Limits, Policy, PolicyError, Purchase, RiskRule, Term, Upfront, Utilization};
pub use portion::{NotAPortion, Portion};
pub use rolling::{Rolling, RollingMoment, RollingPolicy, RollingStanding, RollingTest, rolling};
pub use study::{Course, Outcome, Standing, Study};
