//! The policy of this house: buy what has just paid, where it is expected to last.
//!
//! A unit is bought when it would have paid in each of the last two weeks, net of all that is active (what can be bought next week
//! need not be bought ahead), and when the offer is the best of those that cover it, given how long what it is bound to lasts.

#![expect(clippy::disallowed_types, reason = "expected use is a float; what is bought are whole units")]

use super::baselines::Rest;
use super::trust::Trust;
use super::weekly::Weekly;
use super::{Known, Policy, Purchase, WEEK};
use crate::forecast::{Overlay, Wear};
use crate::level::level;
use crate::offers::Offer;

/// What the policy assumes where the demand does not tell. The defaults are round; `docs/planning.md` shows how little they matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// A unit has to have paid in each of so many weeks.
    pub confirmed_weeks: usize,
    /// A type is being left once this part of what runs on it has been moved away: one in so many.
    pub moved_one_in: f64,
    /// How types wear out.
    pub wear: Wear,
}

impl Default for Settings {
    fn default() -> Self {
        Self { confirmed_weeks: 2, moved_one_in: 5.0, wear: Wear::CONVENTION }
    }
}

/// Tenor's policy, with the changes that the owner knows of.
#[derive(Debug, Clone, Default)]
pub struct Tenor {
    settings: Settings,
    overlay: Overlay,
    /// By offer.
    weekly: Vec<Weekly>,
}

impl Tenor {
    /// A policy that knows of changes to come.
    #[must_use]
    pub fn knowing(overlay: Overlay) -> Self {
        Self { overlay, ..Self::default() }
    }

    /// The same with other assumptions, to see how much they matter.
    #[must_use]
    pub fn assuming(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }
}

impl Policy for Tenor {
    fn name(&self) -> String {
        "tenor".to_owned()
    }

    fn decide(&mut self, known: &Known<'_>) -> Vec<Purchase> {
        self.weekly.resize_with(known.offers.offers().len(), Weekly::default);
        self.weekly.iter_mut().enumerate().for_each(|(offer, weekly)| weekly.extend(known, offer));
        let worth = |(offer, weekly)| Trust::new(known, &self.settings, offer, weekly).worth(known, offer);
        let worth: Vec<Vec<f64>> = self.weekly.iter().enumerate().map(worth).collect();
        let mut left = Uncovered::of(known, &self.overlay, self.settings.confirmed_weeks);
        let mut purchases = Vec::new();
        for offer in 0..worth.len() {
            for pool in left.largest_first(offer) {
                let wanted = if best_of_all(known, &worth, offer, pool) { left.wanted(known, offer, pool) } else { 0 };
                if wanted > 0 {
                    let held = left.held(known, offer, pool);
                    let kept = self.weekly[offer].kept(known, offer, pool, held + wanted);
                    let units = wanted.min(kept.saturating_sub(held));
                    left.cover(known, offer, pool, units);
                    purchases.extend((units > 0).then_some(Purchase { offer, pool, units }));
                }
            }
        }
        purchases.sort_unstable();
        purchases
    }
}

/// Whether an offer is worth buying for a pool, and no other that covers all of it is worth more; of equals the first is taken.
fn best_of_all(known: &Known<'_>, worth: &[Vec<f64>], offer: usize, pool: usize) -> bool {
    let own = worth[offer][pool];
    own > 0.0
        && (0..worth.len()).filter(|other| *other != offer).all(|other| match covering(known, offer, pool, other) {
            Some(wider) => worth[other][wider] < own || (worth[other][wider] == own && other > offer),
            None => true,
        })
}

/// The pool of another offer that covers all of a pool, if one does.
fn covering(known: &Known<'_>, offer: usize, pool: usize, other: usize) -> Option<usize> {
    let (own, other_columns) = (&known.offers.offers()[offer].pool, &known.offers.offers()[other].pool);
    let member = known.pools.members(offer, pool).next()?;
    other_columns.iter().all(|column| own.contains(column)).then(|| known.pools.of_series(other)[member])
}

/// Takes away what the owner knows will go before any offer for it has paid.
fn keep_what_lasts(known: &Known<'_>, overlay: &Overlay, series: &mut [Vec<u64>]) {
    for (place, cells) in series.iter_mut().enumerate() {
        let lasting = |offer: &Offer| overlay.lasting(&known.past, place, offer.term_hours, offer.hourly(), known.offers.on_demand());
        let thousandths = known.offers.offers().iter().map(lasting).min().unwrap_or(1000);
        if thousandths < 1000 {
            cells.iter_mut().for_each(|cell| *cell = (u128::from(*cell) * u128::from(thousandths) / 1000) as u64);
        }
    }
}

/// What is left to cover in the last weeks once all that is active has been applied, by offer, pool and hour.
#[derive(Debug)]
struct Uncovered {
    left: Vec<Vec<Vec<u64>>>,
    /// By offer and pool: what is active, with what is bought now.
    active: Vec<Vec<u64>>,
    /// The hours of each week, as places in the above.
    weeks: Vec<std::ops::Range<usize>>,
}

impl Uncovered {
    fn of(known: &Known<'_>, overlay: &Overlay, confirmed_weeks: usize) -> Self {
        let (now, mut hours, mut weeks) = (known.past.hours(), Vec::new(), Vec::new());
        for week in (0..confirmed_weeks).rev() {
            let end = now.saturating_sub(week * WEEK);
            let start = hours.len();
            hours.extend(known.past.known(end.saturating_sub(WEEK)..end).flatten());
            weeks.push(start..hours.len());
        }
        weeks.retain(|week| !week.is_empty());
        let mut rest = Rest::of(known, &hours);
        keep_what_lasts(known, overlay, &mut rest.series);
        let active: Vec<Vec<u64>> = (0..known.offers.offers().len()).map(|offer| known.active_until_next(offer)).collect();
        let mut left = Vec::new();
        for (offer, active) in active.iter().enumerate() {
            rest.apply(known, offer, active.clone());
            left.push((0..known.pools.names(offer).len()).map(|pool| rest.total(known, offer, pool)).collect());
        }
        Self { left, active, weeks }
    }

    /// The pools of an offer, the one with most left first.
    fn largest_first(&self, offer: usize) -> Vec<usize> {
        let total = |pool: &usize| self.left[offer][*pool].iter().map(|units| u128::from(*units)).sum::<u128>();
        let mut pools: Vec<usize> = (0..self.left[offer].len()).collect();
        pools.sort_by_key(|pool| std::cmp::Reverse(total(pool)));
        pools
    }

    /// What is active for a pool, and within it.
    fn held(&self, known: &Known<'_>, offer: usize, pool: usize) -> u64 {
        let inside = |other: usize, place: usize| {
            (other, place) == (offer, pool) || (other != offer && covering(known, other, place, offer) == Some(pool))
        };
        let places = self
            .active
            .iter()
            .enumerate()
            .flat_map(|(other, pools)| pools.iter().enumerate().map(move |(place, units)| (other, place, *units)));
        places.filter(|(other, place, units)| *units > 0 && inside(*other, *place)).map(|(.., units)| units).sum()
    }

    /// By hour: what neither a pool's offer nor any that applies later covers there.
    fn open(&self, known: &Known<'_>, offer: usize, pool: usize) -> Vec<u64> {
        let mut open = self.left[offer][pool].clone();
        for (other, wider) in self.later(known, offer, pool) {
            open.iter_mut().zip(&self.left[other][wider]).for_each(|(open, left)| *open = (*open).min(*left));
        }
        open
    }

    /// How many more units would have paid in each of the weeks.
    fn wanted(&self, known: &Known<'_>, offer: usize, pool: usize) -> u64 {
        let (price, on_demand) = (known.offers.offers()[offer].hourly(), known.offers.on_demand());
        let open = self.open(known, offer, pool);
        self.weeks.iter().map(|week| level(&mut open[week.clone()].to_vec(), price, on_demand)).min().unwrap_or(0)
    }

    /// Counts units as active from now on.
    fn cover(&mut self, known: &Known<'_>, offer: usize, pool: usize, units: u64) {
        let open = self.open(known, offer, pool);
        let spots = std::iter::once((offer, pool)).chain(self.later(known, offer, pool));
        for (other, wider) in spots.collect::<Vec<_>>() {
            self.left[other][wider].iter_mut().zip(&open).for_each(|(left, open)| *left -= (*open).min(units));
        }
        self.active[offer][pool] += units;
    }

    /// The pools that cover all of a pool in offers that apply later.
    fn later(&self, known: &Known<'_>, offer: usize, pool: usize) -> impl Iterator<Item = (usize, usize)> {
        let wider: Vec<_> = (offer + 1..self.left.len()).filter_map(|other| Some((other, covering(known, offer, pool, other)?))).collect();
        wider.into_iter()
    }
}
