//! The owner's limits on what one proposal buys, counted exactly: one rule for what is searched and for what is compared.

use super::choices::{Choice, base, ending, month_of_end};
use super::figures::amount;
use super::inputs::Inputs;
use super::price::Purchase;
use tenor_money::{Money, Rounding, SCALE};

/// What a limit may be exceeded by: nothing that can be seen.
const TOLERANCE: Money = Money::from_units(SCALE / 1_000_000);

/// Whether purchases keep the owner's limits.
pub(crate) fn keeps_limits(inputs: &Inputs, choices: &[Choice], purchases: &[Purchase]) -> bool {
    broken_limits(inputs, choices, purchases).is_empty()
}

/// The limits that purchases break, in words.
pub(crate) fn broken_limits(inputs: &Inputs, choices: &[Choice], purchases: &[Purchase]) -> Vec<String> {
    let limits = &inputs.policy.limits;
    let bought = || purchases.iter().map(|purchase| (purchase, &choices[purchase.choice])).filter(|(_, choice)| choice.is_step());
    let hourly: Money = bought().map(|(purchase, choice)| purchase.hourly(choice)).sum();
    // The solver counts in floats: a millionth more is not more.
    let is_above = |sum: Money, most: Money| sum > most + TOLERANCE;
    let sums = [
        ("commitment per hour", hourly, limits.hourly),
        ("cash upfront", bought().map(|(purchase, choice)| purchase.times(choice.upfront, choice)).sum(), limits.upfront),
        ("obligation", bought().map(|(purchase, choice)| purchase.times(choice.obligation(), choice)).sum(), limits.obligation),
    ];
    let mut broken = Vec::new();
    for (what, sum, most) in sums {
        if let Some(most) = most.filter(|most| is_above(sum, *most)) {
            broken.push(format!("{what} of {} is above the limit of {most}", amount(sum)));
        }
    }
    if limits.step.is_none() && limits.ending_in_a_month.is_none() {
        return broken;
    }
    let list = base(inputs);
    if let Some(step) = limits.step.filter(|step| is_above(hourly, step.of(list, Rounding::Floor))) {
        let hourly = amount(hourly);
        broken.push(format!("commitment per hour of {hourly} is above one step, {step} of the {} that usage costs at list", amount(list)));
    }
    if let Some(share) = limits.ending_in_a_month {
        let most = share.of(list, Rounding::Floor);
        for (month, held) in ending(inputs, choices) {
            let of_month = bought().filter(|(_, choice)| month_of_end(inputs, choice) == Some(month));
            let ends: Money = of_month.map(|(purchase, choice)| purchase.hourly(choice)).sum();
            if !ends.is_zero() && is_above(held + ends, most) {
                let ends = amount(held + ends);
                broken.push(format!("{ends} an hour ends in {month}, above the limit of {share} of what usage costs at list"));
            }
        }
    }
    broken
}
