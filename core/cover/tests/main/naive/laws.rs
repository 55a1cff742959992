//! What holds in the rules whatever an organization uses and holds.

use super::{Covered, cover_hour, on_demand_cost};
use crate::case::{Case, random, shrink::shrink, text};
use tenor_cover::Organization;
use tenor_money::{Money, Quantity};

const CASES: u64 = 2_000;

/// Draws cases and shows the smallest that breaks a law.
fn always(law: impl Fn(&Case) -> Result<(), String>) {
    for seed in 0..CASES {
        let case = random::draw(seed);
        if law(&case).is_err() {
            let smallest = shrink(case, |case| law(case).is_err());
            panic!("{}\nseed {seed}:\n{}", law(&smallest).expect_err("it fails still"), text::write(&smallest));
        }
    }
}

fn require(holds: bool, law: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(law.to_owned()) }
}

fn cover(case: &Case) -> Vec<(Vec<Quantity>, Covered)> {
    case.usage().map(|(hour, usage)| (usage.clone(), cover_hour(&case.parts, case.settings, hour, &usage))).collect()
}

#[test]
fn random_organizations_fit_together() {
    always(|case| Organization::new(case.parts.clone()).map(drop).map_err(|error| error.to_string()));
}

#[test]
fn usage_is_covered_or_on_demand() {
    always(|case| {
        for (usage, covered) in cover(case) {
            let mut sum = covered.on_demand.clone();
            require(sum.iter().all(|rest| *rest >= Quantity::ZERO), "no more is covered than used")?;
            for (series, quantity) in
                covered.reserved.iter().map(|r| (r.series, r.quantity)).chain(covered.planned.iter().map(|p| (p.series, p.quantity)))
            {
                require(quantity > Quantity::ZERO, "a piece is more than nothing")?;
                sum[series] += quantity;
            }
            require(sum == usage, "covered and on demand are what was used")?;
        }
        Ok(())
    });
}

#[test]
fn no_more_is_used_of_a_commitment_than_it_holds() {
    always(|case| {
        for (_, covered) in cover(case) {
            for hour in covered.reservations.values() {
                require((0..=hour.capacity).contains(&hour.unused_units), "units used are within capacity")?;
                require((Money::ZERO..=hour.recurring).contains(&hour.unused_recurring), "recurring fees are within the hour's")?;
                require((Money::ZERO..=hour.amortized).contains(&hour.unused_amortized), "upfront fees are within the hour's")?;
                let fully_used = hour.unused_units == 0 && hour.capacity > 0;
                let nothing_left = hour.unused_recurring.is_zero() && hour.unused_amortized.is_zero();
                require(!fully_used || nothing_left, "a reservation used in full leaves no remainder")?;
            }
            for hour in covered.plans.values() {
                require((Money::ZERO..=hour.commitment()).contains(&hour.unused), "a plan's use is within its commitment")?;
            }
        }
        Ok(())
    });
}

#[test]
fn the_order_of_input_does_not_matter() {
    always(|case| {
        let mut turned = case.clone();
        turned.parts.reservations.reverse();
        turned.parts.plans.reverse();
        turned.parts.series.reverse();
        turned.hours.iter_mut().for_each(|cells| cells.reverse());
        let last = case.parts.series.len() - 1;
        for ((_, straight), (_, mut reversed)) in cover(case).into_iter().zip(cover(&turned)) {
            reversed.on_demand.reverse();
            reversed.reserved.iter_mut().for_each(|piece| piece.series = last - piece.series);
            reversed.planned.iter_mut().for_each(|piece| piece.series = last - piece.series);
            require(straight == reversed, "turning the input round changes nothing")?;
        }
        Ok(())
    });
}

/// Where accounts compete for plans this does not hold: `crate::rules::rule_3_5_a_plan_more_may_raise_what_is_left_on_demand` shows why.
#[test]
fn a_commitment_more_never_raises_on_demand_cost_of_an_account_or_where_there_are_only_reservations() {
    always(|case| {
        let mut only_reservations = case.clone();
        only_reservations.parts.plans.clear();
        one_more_never_raises_on_demand_cost(&only_reservations)?;
        let mut one_account = case.clone();
        for (index, series) in one_account.parts.series.iter_mut().enumerate() {
            series.account = "a".parse().expect("an account id");
            series.resource = format!("i{index}");
        }
        one_more_never_raises_on_demand_cost(&one_account)
    });
}

fn one_more_never_raises_on_demand_cost(case: &Case) -> Result<(), String> {
    let costs = on_demand_costs(case);
    let reservations = (0..case.parts.reservations.len()).map(|at| {
        let mut without = case.clone();
        without.parts.reservations.remove(at);
        without
    });
    let plans = (0..case.parts.plans.len()).map(|at| {
        let mut without = case.clone();
        without.parts.plans.remove(at);
        without
    });
    // What rounding may take away: each piece is cut to 6 decimals at worst, and the dearest unit costs less than four.
    let slack = Money::from_units(20 * 4_000_000);
    for without in reservations.chain(plans) {
        for (with, without) in costs.iter().zip(on_demand_costs(&without)) {
            require(*with <= without + slack, &format!("on demand is {without} without a commitment and {with} with it"))?;
        }
    }
    Ok(())
}

fn on_demand_costs(case: &Case) -> Vec<Money> {
    let sku = |series: usize| &case.parts.skus[case.parts.series[series].sku];
    let cost = |(series, rest): (usize, &Quantity)| on_demand_cost(sku(series), *rest);
    cover(case).iter().map(|(_, covered)| covered.on_demand.iter().enumerate().map(cost).sum()).collect()
}
