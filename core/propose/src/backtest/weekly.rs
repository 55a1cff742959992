//! Weekly levels of the pools of an offer: the level that would have paid in each past week.

use super::{Known, WEEK};
use crate::level::level;

/// Levels of whole weeks, counted back from the first decision; more weeks are added as they pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weekly {
    /// The first week's first hour.
    start: usize,
    /// By pool and week.
    levels: Vec<Vec<u64>>,
}

impl Weekly {
    /// Adds the weeks that have passed since. A week of which nothing is known repeats the one before.
    pub(crate) fn extend(&mut self, known: &Known<'_>, offer: usize) {
        let (now, pools) = (known.past.hours(), known.pools.names(offer).len());
        if self.levels.is_empty() {
            *self = Self { start: now % WEEK, levels: vec![Vec::new(); pools] };
        }
        let price = known.offers.offers()[offer].hourly();
        let (weeks, first) = ((now - self.start) / WEEK, self.levels.first().map_or(0, Vec::len));
        for week in first..weeks {
            let begin = self.start + week * WEEK;
            let hours: Vec<usize> = known.past.known(begin..begin + WEEK).flatten().collect();
            let mut totals = vec![vec![0_u64; hours.len()]; pools];
            for (series, pool) in known.past.series().iter().zip(known.pools.of_series(offer)) {
                totals[*pool].iter_mut().zip(&hours).for_each(|(total, hour)| *total += series.cells[*hour]);
            }
            for (levels, total) in self.levels.iter_mut().zip(&mut totals) {
                let before = levels.last().copied().unwrap_or(0);
                levels.push(if hours.is_empty() { before } else { level(total, price, known.offers.on_demand()) });
            }
        }
    }

    /// By pool and week.
    pub(crate) fn levels(&self) -> &[Vec<u64>] {
        &self.levels
    }

    /// At most `units`, and as much of them as a pool has kept: half of it has been reached in enough weeks to pay since it first was,
    /// within a term. What comes and goes again, as a batch each quarter, is not kept.
    pub(crate) fn kept(&self, known: &Known<'_>, offer: usize, pool: usize, units: u64) -> u64 {
        let (price, on_demand) = (known.offers.offers()[offer].hourly().units(), known.offers.on_demand().units());
        let term_weeks = (known.offers.offers()[offer].term_hours / WEEK).max(1);
        let weeks = &self.levels[pool];
        let weeks = &weeks[weeks.len().saturating_sub(term_weeks)..];
        let paid = |units: u64| {
            let reached = |level: &u64| 2 * u128::from(*level) >= u128::from(units);
            let since = weeks.iter().position(reached).map_or(&[][..], |first| &weeks[first..]);
            !since.is_empty() && since.iter().filter(|level| reached(level)).count() as i128 * on_demand >= since.len() as i128 * price
        };
        // Only levels that were there are candidates, so that a demand in other units is treated the same.
        let reached = weeks.iter().copied().filter(|level| *level < units);
        std::iter::once(units).chain(reached).filter(|units| paid(*units)).max().unwrap_or(0)
    }

    /// The decision at which a week has just passed.
    pub(crate) fn decided_after(&self, week: usize) -> usize {
        self.start + (week + 1) * WEEK
    }
}
