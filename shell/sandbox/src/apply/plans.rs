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
            for account in stage.accounts_by_saving(&left, applied) {
                stage.cover(engine, &stage.others[account], &mut left, applied);
            }
        }
    }
}

impl Stage {
    fn new(stage: u8, items: &[Item], skus: &[SkuFacts], facts: &[PlanFacts]) -> Self {
        let accounts = items.iter().map(|item| item.account as usize + 1).max().unwrap_or(0);
        let mut found = Self { own: Vec::new(), others: vec![Vec::new(); accounts], plans: Vec::new() };
        found.plans = (0..facts.len()).filter(|plan| facts[*plan].stage == stage).collect();
        for (index, item) in items.iter().enumerate() {
            let sku = &skus[item.sku as usize];
            for &plan in &found.plans {
                let Some(rate) = sku.plan_rates[plan] else { continue };
                let pair = Pair { plan: plan as u32, item: index as u32, rate, on_demand: sku.on_demand };
                let lane = if facts[plan].owner == item.account { &mut found.own } else { &mut found.others[item.account as usize] };
                lane.push(pair);
            }
        }
        found.own.sort_by(by_saving);
        found.others.iter_mut().for_each(|lane| lane.sort_by(by_saving));
        found
    }

    /// Accounts with usage that other accounts' plans may still cover, the largest calculated saving first.
    fn accounts_by_saving(&self, left: &[Money], applied: &Applied) -> Vec<usize> {
        if self.exhausted(left) {
            return Vec::new();
        }
        let mut seen = vec![false; applied.remaining.len()];
        let mut savings = vec![0_i128; self.others.len()];
        for (saving, lane) in savings.iter_mut().zip(&self.others) {
            for pair in lane.iter().filter(|pair| !left[pair.plan as usize].is_zero()) {
                // An item's pairs come by ascending rate: the first is the best.
                if !std::mem::replace(&mut seen[pair.item as usize], true) {
                    // Units of 10⁻²⁴: only their order matters.
                    *saving += (pair.on_demand - pair.rate).units() * applied.remaining[pair.item as usize].units();
                }
            }
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
