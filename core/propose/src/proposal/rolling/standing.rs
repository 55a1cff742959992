//! How a policy did.

use super::lots::Lot;
use super::{RollingPolicy, RollingTest};
use crate::proposal::choices::Goods;
use crate::proposal::figures::millionths;
use crate::proposal::inputs::Inputs;
use crate::proposal::policy::Kind;
use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_cover::Totals;
use tenor_money::{Money, Quantity, SCALE};

/// How a policy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingStanding {
    /// The policy.
    pub name: String,
    /// What was paid for the hours that are counted: on demand, and fees of commitments for these hours, upfront ones spread evenly over their terms.
    /// Of the clairvoyant: at most what could have been.
    pub cost: Money,
    /// What it saved, as a share of what all usage costs on demand.
    pub saving: Quantity,
    /// The effective savings rate: the same as a share of what usage costs on demand that some commitment on sale covers; none without any.
    pub esr: Option<Quantity>,
    /// What foresight might have saved beyond that at most; at least zero.
    pub regret: Money,
    /// By kind of what was bought: the share of its cost that covered something, in the hours that are counted.
    pub utilization: Vec<(Kind, Quantity)>,
    /// How many purchases it made.
    pub purchases: usize,
    /// By decision. Without any for the clairvoyant, of whom the bound tells no purchases.
    pub over_time: Vec<RollingMoment>,
}

/// How a policy stands just after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingMoment {
    /// The decision.
    pub decision: Hour,
    /// What was saved from the first decision until the next one or the end, as a share of the cost on demand.
    pub saving: Quantity,
    /// What is still to be paid for all that was bought by then, to the ends of the terms. None for a level that was chosen afterwards, which is no
    /// purchase of what is on sale.
    pub obligation: Option<Money>,
    /// What has been paid upfront by then.
    pub upfront: Money,
    /// Purchases made by then.
    pub purchases: usize,
}

impl RollingStanding {
    /// The most that was ever owed just after a decision.
    #[must_use]
    pub fn peak_obligation(&self) -> Option<Money> {
        self.over_time.iter().filter_map(|moment| moment.obligation).max()
    }
}

/// What of some totals is on-demand cost of usage that a commitment on sale covers, if nothing is held.
pub(super) fn eligible(inputs: &Inputs, totals: &Totals) -> Money {
    let is_covered = |sku: usize| {
        let rated = |rates: &[crate::proposal::inputs::PlanRate]| rates.binary_search_by_key(&sku, |rate| rate.sku).is_ok();
        inputs.reserved.iter().any(|offer| offer.sku == sku) || inputs.plans.iter().any(|plan| rated(&plan.rates))
    };
    let lines = inputs.lines.iter().zip(&totals.series).filter(|(line, _)| is_covered(line.sku));
    lines.map(|(_, series)| series.on_demand_cost).sum()
}

/// The standing of a policy that bought some lots, with the bill from each decision to the next.
pub(super) fn standing(test: &RollingTest<'_>, policy: RollingPolicy, lots: &[Lot], totals: &[Totals], least: Money) -> RollingStanding {
    let cost: Money = totals.iter().map(|totals| cost(lots, totals)).sum();
    let saved = test.on_demand_cost() - cost;
    RollingStanding {
        name: policy.name(),
        cost,
        saving: share(saved, test.on_demand_cost()),
        esr: esr(test, saved),
        regret: (cost - least).max(Money::ZERO),
        utilization: utilization(lots, totals),
        purchases: lots.len(),
        over_time: over_time(test, policy, lots, totals),
    }
}

/// What is paid of some totals: plans cost what private pricing leaves of what they commit to.
fn cost(lots: &[Lot], totals: &Totals) -> Money {
    let plans = lots.iter().filter(|lot| matches!(lot.goods, Goods::Plan { .. })).zip(&totals.plans);
    let taken_off: Money = plans.map(|(lot, plan)| plan.cost() - lot.paid(plan.cost())).sum();
    totals.total_cost() - taken_off
}

/// The standing of perfect foresight, of which only a bound on the cost is known.
pub(super) fn clairvoyant(test: &RollingTest<'_>, least: Money) -> RollingStanding {
    let saved = test.on_demand_cost() - least;
    RollingStanding {
        name: "clairvoyant".to_owned(),
        cost: least,
        saving: share(saved, test.on_demand_cost()),
        esr: esr(test, saved),
        regret: Money::ZERO,
        utilization: Vec::new(),
        purchases: 0,
        over_time: Vec::new(),
    }
}

fn esr(test: &RollingTest<'_>, saved: Money) -> Option<Quantity> {
    (test.eligible > Money::ZERO).then(|| share(saved, test.eligible))
}

fn share(part: Money, whole: Money) -> Quantity {
    Quantity::from_units(millionths(part.units(), whole.units()) * (SCALE / 1_000_000))
}

fn utilization(lots: &[Lot], totals: &[Totals]) -> Vec<(Kind, Quantity)> {
    let mut sums: BTreeMap<Kind, (Money, Money)> = BTreeMap::new();
    let (mut reservation, mut plan) = (0, 0);
    for lot in lots {
        let sum = sums.entry(lot.kind).or_default();
        let is_plan = matches!(lot.goods, Goods::Plan { .. });
        for totals in totals {
            let (used, cost) = match is_plan {
                true => (totals.plans[plan].used, totals.plans[plan].cost()),
                false => (totals.reservations[reservation].used_cost(), totals.reservations[reservation].cost()),
            };
            *sum = (sum.0 + used, sum.1 + cost);
        }
        *(if is_plan { &mut plan } else { &mut reservation }) += 1;
    }
    sums.into_iter().filter(|(_, (_, cost))| *cost > Money::ZERO).map(|(kind, (used, cost))| (kind, share(used, cost))).collect()
}

fn over_time(test: &RollingTest<'_>, policy: RollingPolicy, lots: &[Lot], totals: &[Totals]) -> Vec<RollingMoment> {
    let (mut on_demand_cost, mut sum) = (Money::ZERO, Money::ZERO);
    let mut moments = Vec::new();
    for ((decision, nothing), totals) in test.decisions.iter().zip(&test.on_demand).zip(totals) {
        on_demand_cost += *nothing;
        sum += cost(lots, totals);
        let by_then = || lots.iter().filter(|lot| lot.decided <= *decision);
        let is_sold = policy != RollingPolicy::HindsightLevel;
        moments.push(RollingMoment {
            decision: Hour::from_epoch_hours(test.inputs.first + *decision as i64),
            saving: share(on_demand_cost - sum, on_demand_cost),
            obligation: is_sold.then(|| by_then().map(|lot| lot.owed(*decision)).sum()),
            upfront: by_then().filter(|lot| lot.hours.start <= *decision).map(Lot::upfront).sum(),
            purchases: by_then().count(),
        });
    }
    moments
}
