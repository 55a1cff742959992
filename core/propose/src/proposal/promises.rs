//! Promises of spend: what falls short of one is owed all the same, so nothing is saved by it.

use super::figures::amount;
use super::inputs::{Inputs, Promise};
use tenor_bill::Hour;
use tenor_money::{Money, Rounding};

/// Whether a promise that is kept when nothing is bought is left short when so much is saved over the horizon.
pub(crate) fn starves(inputs: &Inputs, saved: Money, horizon: usize) -> bool {
    inputs.promises.iter().any(|promise| promise.expected >= promise.amount && short(inputs, promise, saved, horizon) > Money::ZERO)
}

/// Promises that are left short, in words.
pub(crate) fn left_short(inputs: &Inputs, saved: Money, horizon: usize) -> Vec<String> {
    let told = |promise: &Promise| {
        let short = short(inputs, promise, saved, horizon);
        let until = Hour::from_epoch_hours(promise.until);
        (short > Money::ZERO).then(|| {
            let (promised, short) = (promise.amount, amount(short));
            format!("of the {promised} promised until {until}, {short} would not be spent with these steps; what falls short is owed all the same")
        })
    };
    inputs.promises.iter().filter_map(told).collect()
}

/// By how much a promise is left short; below zero it is kept. What is saved is taken to be saved evenly over the horizon.
fn short(inputs: &Inputs, promise: &Promise, saved: Money, horizon: usize) -> Money {
    let now = inputs.first + inputs.hours as i64;
    let hours = i128::from(promise.until - now).clamp(0, horizon as i128);
    promise.amount - (promise.expected - saved.share(hours, horizon.max(1) as i128, Rounding::HalfEven))
}
