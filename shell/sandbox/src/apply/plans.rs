//! Savings Plans on what reservations left: kind by kind, the owner's usage before its group's and the rest's, the highest saving first.

use super::{Applied, Engine, Item, PlanFacts, PlannedPiece, Reach, SkuFacts};
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
    unused_capacity: bool,
}

/// The pairs of each stage, in their order.
pub(super) struct Lanes {
    stages: [Stage; 4],
}

struct Stage {
    own: Vec<Pair>,
    /// The group pass and the rest pass, by account.
    shared: [Vec<Vec<Pair>>; 2],
    plans: Vec<usize>,
}

impl Lanes {
    pub(super) fn new(items: &[Item], skus: &[SkuFacts], facts: &[PlanFacts]) -> Self {
        Self { stages: [0, 1, 2, 3].map(|stage| Stage::new(stage, items, skus, facts)) }
    }

    pub(super) fn apply(&self, engine: &Engine, commitments: &[Money], applied: &mut Applied) {
        let mut left = commitments.to_vec();
        for stage in &self.stages {
            stage.cover(engine, &stage.own, &mut left, applied);
            for lanes in &stage.shared {
                for account in stage.accounts_by_saving(lanes, &left, applied) {
                    stage.cover(engine, &lanes[account], &mut left, applied);
                }
            }
        }
    }
}

impl Stage {
    fn new(stage: u8, items: &[Item], skus: &[SkuFacts], facts: &[PlanFacts]) -> Self {
        let accounts = items.iter().map(|item| item.account as usize + 1).max().unwrap_or(0);
        let mut found = Self { own: Vec::new(), shared: [vec![Vec::new(); accounts], vec![Vec::new(); accounts]], plans: Vec::new() };
        found.plans = (0..facts.len()).filter(|plan| facts[*plan].stage == stage).collect();
        for (index, item) in items.iter().enumerate() {
            let sku = &skus[item.sku as usize];
            for &plan in &found.plans {
                // A rate above the on-demand rate is passed over (rule 3.3).
                let Some(rate) = sku.plan_rates[plan].filter(|rate| *rate <= sku.on_demand) else { continue };
                let account = item.account as usize;
                let lane = match facts[plan].reaches[account] {
                    None => continue,
                    Some(Reach::Own) => &mut found.own,
                    Some(Reach::Group) => &mut found.shared[0][account],
                    Some(Reach::Rest) => &mut found.shared[1][account],
                };
                let (on_demand, unused_capacity) = (sku.on_demand, sku.unused_capacity);
                lane.push(Pair { plan: plan as u32, item: index as u32, rate, on_demand, unused_capacity });
            }
        }
        found.own.sort_by(by_saving);
        found.shared.iter_mut().flatten().for_each(|lane| lane.sort_by(by_saving));
        found
    }

    /// Accounts with usage that a pass may still cover, the largest calculated saving first (rule 3.5).
    fn accounts_by_saving(&self, lanes: &[Vec<Pair>], left: &[Money], applied: &Applied) -> Vec<usize> {
        if self.exhausted(left) || lanes.iter().all(Vec::is_empty) {
            return Vec::new();
        }
        let mut seen = vec![false; applied.remaining.len()];
        let mut savings = vec![0_i128; lanes.len()];
        for (saving, lane) in savings.iter_mut().zip(lanes) {
            for pair in lane.iter().filter(|pair| !left[pair.plan as usize].is_zero()) {
                // An item's pairs come by ascending rate: the first is the best.
                if !std::mem::replace(&mut seen[pair.item as usize], true) {
                    // Units of 10⁻²⁴: only their order matters.
                    *saving += (pair.on_demand - pair.rate).units() * applied.remaining[pair.item as usize].units();
                }
            }
        }
        let mut accounts: Vec<usize> = (0..savings.len()).filter(|account| !lanes[*account].is_empty()).collect();
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

/// The order of rule 3.4: descending saving as an exact fraction, ascending rate, instances before unused capacity, plan, item.
fn by_saving(a: &Pair, b: &Pair) -> Ordering {
    // What an hour costs with the plan, as a fraction of the on-demand rate; what costs nothing anyway saves nothing.
    let cost = |pair: &Pair| if pair.on_demand.is_zero() { (1, 1) } else { (pair.rate.units(), pair.on_demand.units()) };
    let ((cost_a, whole_a), (cost_b, whole_b)) = (cost(a), cost(b));
    let by_cost = (cost_a * whole_b).cmp(&(cost_b * whole_a));
    let ties = |pair: &Pair| (pair.rate, pair.unused_capacity, pair.plan, pair.item);
    by_cost.then(ties(a).cmp(&ties(b)))
}
