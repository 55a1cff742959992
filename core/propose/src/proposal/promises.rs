//! Promises of spend: what falls short of one is owed all the same, so nothing is saved by it.

use super::figures::amount;
use super::inputs::{Inputs, Promise};
use super::price::Pricing;
use super::search::Found;
use super::steps;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_money::{Money, Rounding};

/// What each purchase saves, evenly over the hours of the horizon in which it holds.
pub(crate) type Saved = [(Range<usize>, Money)];

/// What the purchases of a portfolio save.
pub(crate) fn saved(pricing: &Pricing<'_>, found: &Found) -> Vec<(Range<usize>, Money)> {
    let one = |place: usize| (pricing.choices[found.purchases[place].choice].hours.clone(), steps::saved(pricing, found, place));
    (0..found.purchases.len()).map(one).collect()
}

/// Whether a promise that is kept when nothing is bought is left short when so much is saved.
pub(crate) fn starves(inputs: &Inputs, saved: &Saved) -> bool {
    inputs.promises.iter().any(|promise| promise.expected >= promise.amount && short(inputs, promise, saved) > Money::ZERO)
}

/// Promises that are left short, in words.
pub(crate) fn left_short(inputs: &Inputs, saved: &Saved) -> Vec<String> {
    let told = |promise: &Promise| {
        let short = short(inputs, promise, saved);
        let until = Hour::from_epoch_hours(promise.until);
        (short > Money::ZERO).then(|| {
            let (promised, short) = (promise.amount, amount(short));
            format!("of the {promised} promised until {until}, {short} would not be spent with these steps; what falls short is owed all the same")
        })
    };
    inputs.promises.iter().filter_map(told).collect()
}

/// By how much a promise is left short; below zero it is kept.
fn short(inputs: &Inputs, promise: &Promise, saved: &Saved) -> Money {
    let until = usize::try_from(promise.until - inputs.first - inputs.hours as i64).unwrap_or(0);
    let by_then = |(hours, saved): &(Range<usize>, Money)| {
        let within = until.clamp(hours.start, hours.end) - hours.start;
        saved.share(within as i128, hours.len().max(1) as i128, Rounding::HalfEven)
    };
    promise.amount - (promise.expected - saved.iter().map(by_then).sum::<Money>())
}
