//! The search for a portfolio: the solver's answer, priced exactly, cut back to what the owner's rules allow, then improved.

#![expect(clippy::disallowed_types, reason = "the solver works on floats; what it answers is priced again exactly")]

use super::alternatives::{Alternative, alternatives, replaced};
use super::choices::{Choice, Goods, market};
use super::decide::objective;
use super::figures::{amount, mean};
use super::inputs::InputsError;
use super::limits::keeps_limits;
use super::price::{Priced, Pricing, Purchase};
use super::usable::usable;
use super::{promises, steps};
use crate::solve::{Effort, solve};
use tenor_money::{Money, SCALE};

/// How often less is bought of what would not be used enough, before it is left out altogether.
const UTILIZATION_ROUNDS: u32 = 10;

/// How often alternatives are looked for once more.
const IMPROVEMENT_ROUNDS: usize = 3;

/// Parts that purchases are cut into when all of them would leave a promise of spend short.
const PROMISE_PARTS: u64 = 256;

/// How hard the solver looks: at all cells of a small organization, at a sample of this many of a large one; all are priced.
pub(crate) const EFFORT: Effort = Effort { cells: 20_000_000, rounds: 30 };

/// A portfolio with its exact price.
pub(crate) struct Found {
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) priced: Priced,
    /// The solver's bound.
    pub(crate) bound: f64,
}

/// Where a portfolio is looked for.
pub(crate) struct Search<'a> {
    pub(crate) pricing: &'a Pricing<'a>,
    /// By scenario: what buying nothing costs.
    pub(crate) nothing: Vec<Money>,
    /// Hours.
    pub(crate) horizon: usize,
    /// How hard the solver looks.
    pub(crate) effort: Effort,
}

impl Search<'_> {
    /// The cheapest portfolio found that keeps the owner's rules.
    pub(crate) fn run(&self) -> Result<Found, InputsError> {
        let (inputs, choices) = (self.pricing.inputs, self.pricing.choices);
        let references: Vec<f64> = self.nothing.iter().map(|cost| cost.units() as f64 / SCALE as f64).collect();
        let most = usable(inputs, self.pricing.pools, self.pricing.outlook, choices, self.pricing.workers);
        let market = market(inputs, self.pricing.pools, choices, &most, self.horizon, references);
        let portfolio = solve(&market, self.pricing.outlook, self.effort, self.pricing.workers)?;
        let mut found = self.priced(purchases(choices, &portfolio.units), portfolio.bound)?;
        // By itself each choice could be used enough; beside the others some are not. Less of it is used more.
        for round in 0..UTILIZATION_ROUNDS {
            let idle = self.idle(&found);
            if idle.is_empty() {
                break;
            }
            let fewer = self.fewer(&found.purchases, &idle, round);
            found = self.priced(fewer, found.bound)?;
        }
        found = self.keeping_promises(found)?;
        // What the solver cannot see, such as the order in which plans apply, may leave a portfolio that is worse than none.
        if !self.idle(&found).is_empty() || self.objective(&found) >= mean(&self.nothing) {
            return self.priced(Vec::new(), found.bound);
        }
        Ok(found)
    }

    /// The same with alternatives in place of what they are better than, as long as that lowers the objective in all futures; and by purchase
    /// what remains next best.
    pub(crate) fn improved(&self, mut found: Found) -> Result<(Found, Vec<Option<Alternative>>), InputsError> {
        for _ in 0..IMPROVEMENT_ROUNDS {
            let mut next = alternatives(self.pricing, &found)?;
            match self.better(&found, &mut next)? {
                Some(better) => found = better,
                None => return Ok((found, first(next))),
            }
        }
        // Nothing more is taken now; what a few futures called better may be, and is not said to cost more.
        let mut next = alternatives(self.pricing, &found)?;
        next.iter_mut().for_each(|all| all.retain(|one| one.more >= Money::ZERO));
        Ok((found, first(next)))
    }

    /// What a few futures call better, if it is better in all of them: all of it at once, or the best of it. What turns out not to be is priced
    /// in all futures, or left out where it breaks a rule.
    fn better(&self, found: &Found, next: &mut [Vec<Alternative>]) -> Result<Option<Found>, InputsError> {
        let is_better = |all: &Vec<Alternative>| all.first().is_some_and(|one| one.more < Money::ZERO);
        let places = |next: &[Vec<Alternative>]| -> Vec<usize> { (0..next.len()).filter(|place| is_better(&next[*place])).collect() };
        let joint: Vec<_> = places(next).into_iter().map(|place| (place, next[place][0].instead)).collect();
        if joint.len() > 1
            && let Some(better) = self.allowed(found, &joint)?
            && self.objective(&better) < self.objective(found)
        {
            return Ok(Some(better));
        }
        while let Some(place) = places(next).into_iter().min_by_key(|place| next[*place][0].more) {
            let mut tried = next[place].remove(0);
            let Some(other) = self.allowed(found, &[(place, tried.instead)])? else { continue };
            tried.more = self.objective(&other) - self.objective(found);
            if tried.more < Money::ZERO {
                return Ok(Some(other));
            }
            tried.told.costs_more = amount(tried.more);
            tried.told.scenarios = other.priced.totals.len();
            next[place].push(tried);
            next[place].sort_by_key(|one| one.more);
        }
        Ok(None)
    }

    /// A portfolio with some purchases, by place, exchanged for others, unless that breaks a rule of the owner's.
    fn allowed(&self, found: &Found, instead: &[(usize, Option<Purchase>)]) -> Result<Option<Found>, InputsError> {
        let purchases = replaced(&found.purchases, instead);
        if !keeps_limits(self.pricing.inputs, self.pricing.choices, &purchases) {
            return Ok(None);
        }
        let other = self.priced(purchases, found.bound)?;
        Ok(if self.idle(&other).is_empty() && !self.starves(&other.purchases)? { Some(other) } else { None })
    }

    /// As much of all purchases as leaves no promise of spend short that would be kept without them.
    fn keeping_promises(&self, found: Found) -> Result<Found, InputsError> {
        if !self.starves(&found.purchases)? {
            return Ok(found);
        }
        let part = |parts: u64| -> Vec<Purchase> {
            let less = |purchase: &Purchase| Purchase { items: (u64::from(purchase.items) * parts / PROMISE_PARTS) as u32, ..*purchase };
            found.purchases.iter().map(less).filter(|purchase| purchase.items > 0).collect()
        };
        let (mut low, mut high) = (0, PROMISE_PARTS);
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if self.starves(&part(middle))? { high = middle } else { low = middle }
        }
        self.priced(part(low), found.bound)
    }

    /// Whether the purchases of this proposal leave a promise of spend short.
    fn starves(&self, purchases: &[Purchase]) -> Result<bool, InputsError> {
        if self.pricing.inputs.promises.is_empty() {
            return Ok(false);
        }
        Ok(promises::starves(self.pricing.inputs, &promises::saved(self.pricing, &self.steps_alone(purchases)?)))
    }

    /// Some purchases without what is assumed of later proposals.
    pub(crate) fn steps_alone(&self, purchases: &[Purchase]) -> Result<Found, InputsError> {
        self.priced(self.steps_of(purchases), f64::NEG_INFINITY)
    }

    /// Those that are bought by this proposal and not assumed of later ones.
    fn steps_of(&self, purchases: &[Purchase]) -> Vec<Purchase> {
        purchases.iter().copied().filter(|purchase| self.pricing.choices[purchase.choice].is_step()).collect()
    }

    fn priced(&self, purchases: Vec<Purchase>, bound: f64) -> Result<Found, InputsError> {
        let priced = self.pricing.price(&purchases, self.nothing.len())?;
        Ok(Found { purchases, priced, bound })
    }

    fn objective(&self, found: &Found) -> Money {
        objective(self.pricing, &self.nothing, found).iter().copied().sum()
    }

    /// Places of purchases of this proposal that are not used enough in enough scenarios, each with how much is, in millionths.
    fn idle(&self, found: &Found) -> Vec<(usize, i128)> {
        let rule = self.pricing.inputs.policy.utilization;
        let used = |place: usize| rule.reached(&steps::utilization(self.pricing, &found.purchases, &found.priced, place));
        let is_step = |place: &usize| self.pricing.choices[found.purchases[*place].choice].is_step();
        (0..found.purchases.len())
            .filter(is_step)
            .map(|place| (place, used(place)))
            .filter(|(_, used)| *used < i128::from(rule.at_least.millionths()))
            .collect()
    }

    /// Less of each idle purchase, and at last none.
    fn fewer(&self, purchases: &[Purchase], idle: &[(usize, i128)], round: u32) -> Vec<Purchase> {
        let at_least = i128::from(self.pricing.inputs.policy.utilization.at_least.millionths().max(1));
        let mut fewer = purchases.to_vec();
        for (place, used) in idle {
            let items = i128::from(fewer[*place].items);
            // What is least used goes first, so less by a few percent may change little: the cut doubles from round to round.
            let cut = (items * (at_least - used) / at_least).max(1) << round;
            let kept = if round + 1 == UTILIZATION_ROUNDS { 0 } else { (items - cut).max(0) };
            fewer[*place].items = u32::try_from(kept).unwrap_or(0);
        }
        fewer.retain(|purchase| purchase.items > 0);
        fewer
    }
}

/// The best of each list.
fn first(next: Vec<Vec<Alternative>>) -> Vec<Option<Alternative>> {
    next.into_iter().map(|all| all.into_iter().next()).collect()
}

/// What the solver answers, in what AWS sells: whole reservations, thousandths of a commitment.
fn purchases(choices: &[Choice], units: &[f64]) -> Vec<Purchase> {
    let items = |choice: &Choice, units: f64| {
        let parts = if matches!(choice.goods, Goods::Plan { .. }) { 1_000.0 } else { 1_000.0 / f64::from(choice.thousandths) };
        (units * parts).round() as u32
    };
    let all =
        choices.iter().zip(units).enumerate().map(|(place, (choice, units))| Purchase { choice: place, items: items(choice, *units) });
    all.filter(|purchase| purchase.items > 0).collect()
}
