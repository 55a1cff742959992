//! What others do: AWS's documented rule, and the plain quantile of all history.

use super::{Known, Policy, Purchase};
use crate::level::level;

/// AWS's documented rule: the commitment that would have saved most over a trailing window, net of what is active.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The window.
    pub days: usize,
}

/// The newsvendor's quantile of all that is known, net of what is active.
#[derive(Debug, Clone)]
pub struct Quantile;

impl Policy for Rule {
    fn name(&self) -> String {
        format!("aws-{}d", self.days)
    }

    fn decide(&mut self, known: &Known<'_>) -> Vec<Purchase> {
        most_saved(known, self.days * 24)
    }
}

impl Policy for Quantile {
    fn name(&self) -> String {
        "newsvendor".to_owned()
    }

    fn decide(&mut self, known: &Known<'_>) -> Vec<Purchase> {
        most_saved(known, known.past.hours())
    }
}

/// Offer by offer in the order of application: the level that would have saved most on what is left.
fn most_saved(known: &Known<'_>, window: usize) -> Vec<Purchase> {
    let hours = known.past.trailing(window);
    let mut rest = Rest::of(known, &hours);
    let mut purchases = Vec::new();
    for (place, offer) in known.offers.offers().iter().enumerate() {
        let held = known.active(place);
        let bought: Vec<u64> = (0..held.len())
            .map(|pool| {
                let mut left: Vec<u64> = rest.total(known, place, pool).iter().map(|units| units.saturating_sub(held[pool])).collect();
                level(&mut left, offer.hourly(), known.offers.on_demand())
            })
            .collect();
        rest.apply(known, place, held.iter().zip(&bought).map(|(held, bought)| held + bought).collect());
        let some = bought.into_iter().enumerate().filter(|(_, units)| *units > 0);
        purchases.extend(some.map(|(pool, units)| Purchase { offer: place, pool, units }));
    }
    purchases
}

/// What commitments leave of some hours, series by series.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    /// By series and hour.
    pub(crate) series: Vec<Vec<u64>>,
    hours: usize,
}

impl Rest {
    /// All that was used in `hours`.
    pub(crate) fn of(known: &Known<'_>, hours: &[usize]) -> Self {
        let series = known.past.series().iter().map(|one| hours.iter().map(|hour| one.cells[*hour]).collect()).collect();
        Self { series, hours: hours.len() }
    }

    /// What is left in a pool, by hour.
    pub(crate) fn total(&self, known: &Known<'_>, offer: usize, pool: usize) -> Vec<u64> {
        let mut total = vec![0; self.hours];
        for member in known.pools.members(offer, pool) {
            total.iter_mut().zip(&self.series[member]).for_each(|(total, units)| *total += units);
        }
        total
    }

    /// Applies units of an offer, by pool, to each hour.
    pub(crate) fn apply(&mut self, known: &Known<'_>, offer: usize, units: Vec<u64>) {
        let mut left: Vec<Vec<u64>> = units.into_iter().map(|units| vec![units; self.hours]).collect();
        for (series, pool) in self.series.iter_mut().zip(known.pools.of_series(offer)) {
            for (rest, left) in series.iter_mut().zip(&mut left[*pool]) {
                let used = (*rest).min(*left);
                *rest -= used;
                *left -= used;
            }
        }
    }
}
