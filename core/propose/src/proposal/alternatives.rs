//! What would be done instead of a purchase, priced exactly in a few futures: reasons for a step, and a last look for what the solver missed.

use super::choices::{Choice, Goods};
use super::document::NextBest;
use super::figures::{amount, mean};
use super::inputs::{Inputs, InputsError};
use super::limits::keeps_limits;
use super::price::{Pricing, Purchase};
use super::search::Found;
use super::steps::{saved, words};
use tenor_money::Money;

/// Futures that alternatives are priced in: a few tell which is next, and what it costs to about a tenth.
const SCENARIOS: usize = 2;

/// Purchases whose alternatives are priced: those that save most.
const PURCHASES: usize = 8;

/// Ways to buy for the same usage that are tried: reservations of one pool cover alike, so the cheapest is next; plans have rates of their own.
const RESERVATIONS_TRIED: usize = 1;
const PLANS_TRIED: usize = 2;

/// Something to do instead of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alternative {
    /// As a step tells it.
    pub(crate) told: NextBest,
    /// What it costs more; below zero it is better.
    pub(crate) more: Money,
    /// What is bought instead, if anything.
    pub(crate) instead: Option<Purchase>,
}

/// By purchase: its alternatives, the best first, for those that save most.
pub(crate) fn alternatives(pricing: &Pricing<'_>, found: &Found) -> Result<Vec<Vec<Alternative>>, InputsError> {
    let mut largest: Vec<usize> =
        (0..found.purchases.len()).filter(|place| pricing.choices[found.purchases[*place].choice].is_step()).collect();
    largest.sort_by_key(|place| (std::cmp::Reverse(saved(pricing, found, *place)), *place));
    let scenarios = SCENARIOS.min(found.priced.totals.len());
    let least: Vec<Money> = (0..scenarios).map(|scenario| found.priced.cost(scenario)).collect();
    let mut all = vec![Vec::new(); found.purchases.len()];
    for place in largest.into_iter().take(PURCHASES) {
        all[place] = of_purchase(pricing, found, place, &least)?;
    }
    Ok(all)
}

/// Nothing, and other ways to buy for the same usage, as much.
fn of_purchase(pricing: &Pricing<'_>, found: &Found, place: usize, least: &[Money]) -> Result<Vec<Alternative>, InputsError> {
    let mut all = Vec::new();
    for (what, instead) in candidates(pricing, &found.purchases[place]) {
        let purchases = replaced(&found.purchases, &[(place, instead)]);
        if !keeps_limits(pricing.inputs, pricing.choices, &purchases) {
            continue;
        }
        let priced = pricing.price(&purchases, least.len())?;
        let more: Vec<Money> = (0..least.len()).map(|scenario| priced.cost(scenario) - least[scenario]).collect();
        let more = mean(&more) + interest(pricing.choices, &purchases) - interest(pricing.choices, &found.purchases);
        all.push(Alternative { told: NextBest { what, costs_more: amount(more), scenarios: least.len() }, more, instead });
    }
    all.sort_by_key(|one| one.more);
    Ok(all)
}

fn candidates(pricing: &Pricing<'_>, bought: &Purchase) -> Vec<(String, Option<Purchase>)> {
    let (inputs, choices) = (pricing.inputs, pricing.choices);
    let choice = &choices[bought.choice];
    let fits = |other: &Choice| {
        other.when == choice.when && other.hours == choice.hours && other.class == choice.class && same_usage(inputs, choice, other)
    };
    let mut others: Vec<(usize, &Choice)> =
        choices.iter().enumerate().filter(|(other, one)| *other != bought.choice && fits(one)).collect();
    let per_unit = |one: &Choice| one.hourly.units() * 1_000 / i128::from(one.thousandths.max(1));
    others.sort_by_key(|(other, one)| (per_unit(one), *other));
    let tried = if matches!(choice.goods, Goods::Plan { .. }) { PLANS_TRIED } else { RESERVATIONS_TRIED };
    let mut found = vec![("buying nothing instead".to_owned(), None)];
    for (other, one) in others.into_iter().take(tried) {
        let items = u64::from(bought.items) * u64::from(choice.thousandths) / u64::from(one.thousandths.max(1));
        let purchase = Purchase { choice: other, items: u32::try_from(items).unwrap_or(u32::MAX).max(1) };
        found.push((words(inputs, one, &purchase), Some(purchase)));
    }
    found
}

/// Whether two choices are for the same usage: reservations of one pool, plans of one kind, family and Region.
fn same_usage(inputs: &Inputs, one: &Choice, other: &Choice) -> bool {
    match (one.goods, other.goods) {
        (Goods::Reservation { pool, .. }, Goods::Reservation { pool: other, .. }) => pool == other,
        (Goods::Plan { offer }, Goods::Plan { offer: other }) => {
            let (one, other) = (&inputs.plans[offer], &inputs.plans[other]);
            (&one.kind, &one.family, &one.region) == (&other.kind, &other.family, &other.region)
        }
        _ => false,
    }
}

/// Purchases with some of them, by place, exchanged for others; those of one choice are added up.
pub(crate) fn replaced(purchases: &[Purchase], instead: &[(usize, Option<Purchase>)]) -> Vec<Purchase> {
    let mut all: Vec<Purchase> = Vec::new();
    for (place, purchase) in purchases.iter().enumerate() {
        let exchanged = instead.iter().find(|(other, _)| *other == place);
        all.extend(exchanged.map_or(Some(*purchase), |(_, instead)| *instead));
    }
    all.sort_by_key(|purchase| purchase.choice);
    let mut merged: Vec<Purchase> = Vec::new();
    for purchase in all {
        match merged.last_mut().filter(|last| last.choice == purchase.choice) {
            Some(last) => last.items = last.items.saturating_add(purchase.items),
            None => merged.push(purchase),
        }
    }
    merged
}

/// Interest on what is paid ahead.
pub(crate) fn interest(choices: &[Choice], purchases: &[Purchase]) -> Money {
    let one = |purchase: &Purchase| {
        let choice = &choices[purchase.choice];
        purchase.times(Money::from_units((choice.hourly.units() - choice.fee.units()) * choice.hours.len() as i128), choice)
    };
    purchases.iter().map(one).sum()
}
