//! Rules 3.3 to 3.5, 5.2 and 5.3: plans pay for what they save most on.

use super::amounts;
use super::order::{PASSES, Pair, Tier, tier};
use super::{PlanHour, Planned};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::{AccountId, Hour};
use tenor_cover::{CommitmentId, PartialHours, Parts, Plan, PlanKind, Settings};
use tenor_money::{Money, Quantity};

/// What is left while plans are applied.
struct Left<'a> {
    /// Of each plan's commitment: nothing when it is not held.
    money: Vec<Money>,
    /// Of each series.
    usage: &'a mut [Quantity],
}

/// Applies all plans, taking what they cover away from `remaining`.
pub(super) fn apply(
    parts: &Parts,
    settings: Settings,
    hour: Hour,
    remaining: &mut [Quantity],
) -> (Vec<Planned>, BTreeMap<CommitmentId, PlanHour>) {
    let mut hours = BTreeMap::new();
    for plan in parts.plans.iter().filter(|plan| amounts::is_held(plan.term, hour)) {
        // Where a part of an hour counts for nothing, the upfront fee is amortized all the same, so that its hours add up to it.
        let recurring = if counts(plan, settings, hour) { plan.recurring } else { Money::ZERO };
        let amortized = amounts::upfront_of_hour(plan, hour);
        hours.insert(plan.id.clone(), PlanHour { recurring, amortized, unused: recurring + amortized });
    }
    let commitment = |plan: &Plan| match hours.get(&plan.id) {
        Some(held) if counts(plan, settings, hour) => held.commitment(),
        _ => Money::ZERO,
    };
    let mut left = Left { money: parts.plans.iter().map(commitment).collect(), usage: remaining };
    let mut planned = Vec::new();
    for kind in [PlanKind::Ec2Instance, PlanKind::Compute, PlanKind::SageMaker, PlanKind::Database] {
        for pass in PASSES {
            let pairs = pairs(parts, settings, kind, pass);
            match pass {
                Tier::Own => cover_in_order(parts, pass, pairs, &mut left, &mut planned),
                _ => cover_by_account(parts, pass, &pairs, &mut left, &mut planned),
            }
        }
    }
    for piece in &planned {
        // Rule 5.3.
        hours.get_mut(&piece.plan).expect("only what is held covers").unused -= piece.used;
    }
    (planned, hours)
}

/// Rule 5.1: whether a plan commits to anything in an hour in which it is held; what a part of an hour counts is a setting.
fn counts(plan: &Plan, settings: Settings, hour: Hour) -> bool {
    match settings.plan_partial_hours {
        PartialHours::First => amounts::last_moment(plan.term) >= hour.next().start_second(),
        PartialHours::Whole => true,
        PartialHours::Nothing => plan.term.start <= hour.start_second() && amounts::last_moment(plan.term) >= hour.next().start_second(),
    }
}

/// Rules 3.1 and 3.3: the pairs of a pass.
fn pairs(parts: &Parts, settings: Settings, kind: PlanKind, pass: Tier) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    for (index, plan) in parts.plans.iter().enumerate() {
        for (series, usage) in parts.series.iter().enumerate() {
            if plan.kind == kind && tier(&parts.sharing, &plan.id, &plan.owner, &usage.account) == pass {
                pairs.extend(Pair::new(parts, settings, index, series));
            }
        }
    }
    pairs
}

/// Rule 3.4: takes pairs by saving.
fn cover_in_order(parts: &Parts, tier: Tier, mut pairs: Vec<Pair<'_>>, left: &mut Left<'_>, planned: &mut Vec<Planned>) {
    pairs.sort_by(|one, other| one.compare(*other));
    for Pair { plan, series, rate, .. } in pairs {
        let sku = &parts.skus[parts.series[series].sku];
        if let Some((quantity, used)) = amounts::cover(sku, rate, left.usage[series], left.money[plan]) {
            left.usage[series] -= quantity;
            left.money[plan] -= used;
            planned.push(Planned { series, plan: parts.plans[plan].id.clone(), tier, rate, quantity, used });
        }
    }
}

/// Rule 3.5: account by account, the one with most to save first.
fn cover_by_account(parts: &Parts, tier: Tier, pairs: &[Pair<'_>], left: &mut Left<'_>, planned: &mut Vec<Planned>) {
    let accounts: BTreeSet<&AccountId> = parts.series.iter().map(|series| &series.account).collect();
    let mut in_order: Vec<(Reverse<i128>, &AccountId)> = Vec::new();
    for account in accounts {
        in_order.push((Reverse(savings_of(parts, account, pairs, left)), account));
    }
    in_order.sort();
    for (_, account) in in_order {
        let own = pairs.iter().copied().filter(|pair| parts.series[pair.series].account == *account).collect();
        cover_in_order(parts, tier, own, left, planned);
    }
}

/// Rule 3.5: the sum over an account's remaining usage of `(on-demand rate - best rate) x usage`, in 10⁻²⁴.
fn savings_of(parts: &Parts, account: &AccountId, pairs: &[Pair<'_>], left: &Left<'_>) -> i128 {
    let mut sum = 0;
    for (index, series) in parts.series.iter().enumerate() {
        if series.account != *account {
            continue;
        }
        let open = pairs.iter().filter(|pair| pair.series == index && !left.money[pair.plan].is_zero());
        if let Some(best) = open.map(|pair| pair.rate).min() {
            sum += (parts.skus[series.sku].on_demand.units() - best.units()) * left.usage[index].units();
        }
    }
    sum
}
