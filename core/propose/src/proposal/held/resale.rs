//! Standard reservations of EC2 that can be sold on the marketplace (`aws-rules` §1.8). That somebody buys is an expectation of the owner's.

use super::super::document::Becomes;
use super::super::figures::amount;
use super::super::portion::Portion;
use super::scene::{Action, Active, Change, Scene};
use tenor_cover::inventory::is_opt_in_region;
use tenor_money::{Money, Rounding};

/// What AWS keeps of the upfront price, in percent. Source: `aws-rules` §1.8.
const FEE_PERCENT: i128 = 12;

pub(super) fn candidates(scene: &Scene<'_>) -> Vec<Change> {
    let Some(portion) = scene.pricing.inputs.policy.held.resale else { return Vec::new() };
    let active = scene.active();
    let sellable = active.iter().filter(|one| is_sellable(scene, one));
    sellable.flat_map(|one| one.counts().into_iter().filter_map(|count| change(scene, one, count, portion))).collect()
}

fn is_sellable(scene: &Scene<'_>, one: &Active<'_>) -> bool {
    one.held.is_convertible == Some(false)
        && scene.now - one.held.start >= scene.rules.resale_active_seconds_min
        && one.end() - scene.now >= scene.rules.resale_left_seconds_min
        && is_opt_in_region(one.key.region) == Some(false)
}

fn change(scene: &Scene<'_>, one: &Active<'_>, count: u32, portion: Portion) -> Option<Change> {
    let left = one.upfront_left(count, scene.now);
    let each = portion.of(left, Rounding::Floor).share(1, i128::from(count.max(1)), Rounding::Floor).round_to(2, Rounding::Floor);
    // AWS lists nothing for nothing.
    if each <= Money::ZERO {
        return None;
    }
    let price = Money::from_units(each.units() * i128::from(count));
    let proceeds = price.share(100 - FEE_PERCENT, 100, Rounding::Floor);
    let cash_within = scene.within(proceeds, one.end());
    let of_some = |amount: Money| amount.share(i128::from(count), i128::from(one.held.count.max(1)), Rounding::HalfEven);
    // What is never needed is sold first.
    let uncovered = if count == one.held.count { one.list_cost } else { Money::ZERO };
    Some(Change {
        action: Action::List,
        id: one.held.id.clone(),
        what: one.words(count),
        count: Some(count),
        held: Some(one.held.count),
        becomes: Becomes::Listed { price: amount(each) },
        from: format!("{} held", one.held.count),
        to: format!("{count} listed on the marketplace for {price} upfront in all; the buyer takes over the recurring fees"),
        deadline: Some(one.end() - scene.rules.resale_left_seconds_min),
        instead: one.without(count).into_iter().collect(),
        cash: proceeds,
        cash_within,
        interest: Money::ZERO,
        hope: of_some(one.recurring) + cash_within - uncovered,
        conditions: vec![
            format!(
                "an expectation: that somebody buys at once at {portion} of what is left of the upfront fee, as the policy says; until then the fees are owed on"
            ),
            format!("AWS keeps {FEE_PERCENT}% of the price; the money comes some days after the sale, to a US bank account of a registered seller"),
            "active for at least 30 days with the upfront fee received, and at least one month left; that a month is 30 days is UNVERIFIED".to_owned(),
            "not bought with a volume discount and not sold by AWS India; UNVERIFIED for this one, as is what holds under private pricing".to_owned(),
            "whether a regional one is accepted as it is, or has to be modified to a zonal one first, is UNVERIFIED: AWS's documents disagree".to_owned(),
            "a seller may list 50,000 USD and 5,000 reservations in all unless AWS raises that".to_owned(),
        ],
        reason: format!(
            "{}, and what is expected for it, with the fees that end, comes to more than its usage costs without it.",
            one.usage(scene.pricing.inputs.scenarios)
        ),
    })
}
