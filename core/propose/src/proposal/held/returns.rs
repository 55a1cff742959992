//! Plans that can still be returned (`aws-rules` §2.4).

use super::super::document::Becomes;
use super::scene::{Action, Change, Scene, percent};
use crate::proposal::inputs::paid;
use jiff::Timestamp;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding};

pub(super) fn candidates(scene: &Scene<'_>) -> Vec<Change> {
    let inputs = scene.pricing.inputs;
    if !inputs.policy.held.returns || inputs.policy.purchase.returns_left == 0 {
        return Vec::new();
    }
    (0..inputs.held_plans.len()).filter_map(|place| change(scene, place)).collect()
}

fn change(scene: &Scene<'_>, place: usize) -> Option<Change> {
    let inputs = scene.pricing.inputs;
    let held = &inputs.held_plans[place];
    let hourly = held.recurring + held.upfront.share(3_600, i128::from(held.seconds.max(1)), Rounding::Ceiling);
    let month = BillingPeriod::containing(Timestamp::from_second(held.start).ok()?);
    let until = (held.start + scene.rules.return_seconds_max).min(month.end().as_second());
    if held.start > scene.now || scene.now >= until || hourly > scene.rules.return_hourly_max {
        return None;
    }
    let end = held.start + held.seconds;
    let all = &scene.found.priced.totals;
    let totals = || all.iter().map(|totals| &totals.plans[place]);
    let list_cost: Money = totals().map(|plan| plan.list_cost).sum();
    let list_cost = list_cost.share(1, all.len().max(1) as i128, Rounding::HalfEven);
    let used: Money = totals().map(|plan| plan.used).sum();
    let cost: Money = totals().map(tenor_cover::PlanTotals::cost).sum();
    let recurring = totals().next().map_or(Money::ZERO, |plan| plan.recurring);
    // The window is counted in what it commits to, money in what is paid of it.
    let (refund, recurring) = (paid(held.upfront, held.fee), paid(recurring, held.fee));
    let within = scene.within(refund, end);
    let mut conditions = vec![
        "bought within seven days and in the same month (UTC), at most 100 an hour, active and not payment-pending".to_owned(),
        format!(
            "returned by the account that bought it, with one of the {} returns left this year under the management account of the purchase",
            inputs.policy.purchase.returns_left
        ),
        "all that was paid upfront is refunded within 24 hours; whether AWS refunds the hours billed since the start is UNVERIFIED, and none is counted".to_owned(),
        "a return cannot be undone".to_owned(),
    ];
    if !held.upfront.is_zero() {
        conditions.push(
            "not sold by AWS Brazil or AWS Turkey, which take no plan back that was paid upfront; UNVERIFIED for this one".to_owned(),
        );
    }
    Some(Change {
        action: Action::Return,
        id: held.id.clone(),
        what: format!("{} Savings Plan of {hourly} an hour", held.kind),
        count: None,
        held: None,
        becomes: Becomes::Returned,
        from: format!("held until {}", Timestamp::from_second(end).ok()?),
        to: "returned; what it covers goes to other commitments or on demand".to_owned(),
        deadline: Some(until),
        instead: Vec::new(),
        cash: refund,
        cash_within: within,
        interest: Money::ZERO,
        hope: recurring + within - list_cost,
        conditions,
        reason: format!(
            "Over {} futures {} of it is used, and what it covers costs less without it than its fees.",
            inputs.scenarios,
            percent(used.units(), cost.units())
        ),
    })
}
