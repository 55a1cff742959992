//! Savings Plans on what reservations left: EC2 Instance plans before Compute plans, the owner's usage first, the highest saving first.

use super::{Applied, Engine, Item, PlanFacts, PlannedPiece, SkuFacts};
use crate::exact::{COMMITMENT_DECIMALS, charge, ratio};
use std::cmp::Ordering;
use tenor_money::{Money, Quantity, SCALE, UnitPrice};

/// A plan and an item it may cover.
#[derive(Debug, Clone, Copy)]
struct Pair {
    plan: u32,
    item: u32,
    rate: UnitPrice,
    on_demand: UnitPrice,
}

/// The pairs of each stage, in their order.
pub(super) struct Lanes {
    stages: [Stage; 2],
}

struct Stage {
    own: Vec<Pair>,
    /// By account: pairs of other accounts' plans with its usage.
    others: Vec<Vec<Pair>>,
    /// By item: what the stage's best rate saves per unit; zero where no plan fits.
    best_saving: Vec<UnitPrice>,
    plans: Vec<usize>,
}

impl Lanes {
    pub(super) fn new(items: &[Item], skus: &[SkuFacts], facts: &[PlanFacts]) -> Self {
        Self { stages: [0, 1].map(|stage| Stage::new(stage, items, skus, facts)) }
    }

    pub(super) fn apply(&self, engine: &Engine, commitments: &[Money], applied: &mut Applied) {
        let mut left = commitments.to_vec();
        for stage in &self.stages {
            stage.cover(engine, &stage.own, &mut left, applied);
            for account in stage.accounts_by_saving(engine, &left, applied) {
                stage.cover(engine, &stage.others[account], &mut left, applied);
            }
        }
    }
}

impl Stage {
    fn new(stage: u8, items: &[Item], skus: &[SkuFacts], facts: &[PlanFacts]) -> Self {
        let accounts = items.iter().map(|item| item.account as usize + 1).max().unwrap_or(0);
        let mut found = Self { own: Vec::new(), others: vec![Vec::new(); accounts], best_saving: Vec::new(), plans: Vec::new() };
        found.plans = (0..facts.len()).filter(|plan| facts[*plan].stage == stage).collect();
        for (index, item) in items.iter().enumerate() {
            let sku = &skus[item.sku as usize];
            let mut best = UnitPrice::ZERO;
            for &plan in &found.plans {
                let Some(rate) = sku.plan_rates[plan] else { continue };
                best = best.max(sku.on_demand - rate);
                let pair = Pair { plan: plan as u32, item: index as u32, rate, on_demand: sku.on_demand };
                let lane = if facts[plan].owner == item.account { &mut found.own } else { &mut found.others[item.account as usize] };
                lane.push(pair);
            }
            found.best_saving.push(best);
        }
        found.own.sort_by(by_saving);
        found.others.iter_mut().for_each(|lane| lane.sort_by(by_saving));
        found
    }

    /// Accounts with usage that other accounts' plans may cover, the largest calculated saving first.
    fn accounts_by_saving(&self, engine: &Engine, left: &[Money], applied: &Applied) -> Vec<usize> {
        if self.exhausted(left) {
            return Vec::new();
        }
        let mut savings = vec![0_i128; self.others.len()];
        for (index, item) in engine.items.iter().enumerate() {
            // Units of 10⁻²⁴: only their order matters.
            savings[item.account as usize] += self.best_saving[index].units() * applied.remaining[index].units();
        }
        let mut accounts: Vec<usize> = (0..savings.len()).filter(|account| !self.others[*account].is_empty()).collect();
        accounts.sort_by_key(|account| std::cmp::Reverse(savings[*account]));
        accounts
    }

    fn exhausted(&self, left: &[Money]) -> bool {
        self.plans.iter().all(|plan| left[*plan].is_zero())
    }

    /// Covers a lane's items until its plans are exhausted (rule 5.2).
    fn cover(&self, engine: &Engine, lane: &[Pair], left: &mut [Money], applied: &mut Applied) {
        for pair in lane {
            let rest = applied.remaining[pair.item as usize];
            let plan_left = left[pair.plan as usize];
            if rest.is_zero() || plan_left.is_zero() {
                continue;
            }
            let full = charge(pair.rate, rest, COMMITMENT_DECIMALS);
            let (covered, used) = if full <= plan_left {
                (rest, full)
            } else {
                let decimals = engine.facts(pair.item).decimals;
                let most = Quantity::from_units(ratio(plan_left.units(), SCALE, pair.rate.units(), decimals));
                (most.min(rest), plan_left)
            };
            if covered.is_zero() {
                continue;
            }
            left[pair.plan as usize] = plan_left - used;
            applied.remaining[pair.item as usize] = rest - covered;
            applied.planned.push(PlannedPiece { item: pair.item, plan: pair.plan, covered, used });
            if self.exhausted(left) {
                return;
            }
        }
    }
}

/// Descending saving as an exact fraction, then ascending rate, then plan, then item.
fn by_saving(a: &Pair, b: &Pair) -> Ordering {
    // 1 - a.rate / a.on_demand > 1 - b.rate / b.on_demand, without dividing.
    let (cost_a, cost_b) = (a.rate.units() * b.on_demand.units(), b.rate.units() * a.on_demand.units());
    cost_a.cmp(&cost_b).then(a.rate.cmp(&b.rate)).then(a.plan.cmp(&b.plan)).then(a.item.cmp(&b.item))
}
