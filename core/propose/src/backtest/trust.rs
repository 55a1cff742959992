//! How far a pool is trusted to be there for a term.

#![expect(clippy::disallowed_types, reason = "expected use is a float; what is bought are whole units")]

use super::Known;
use super::tenor::Settings;
use super::weekly::Weekly;
use crate::forecast::{Life, Mortality, lives, totals};
use std::collections::BTreeMap;

/// What is thought of an offer's pools.
#[derive(Debug)]
pub(crate) struct Trust {
    /// By pool: the share of the term that is expected to be used.
    expected_use: Vec<f64>,
}

impl Trust {
    /// Looks at an offer's pools. Only what is bound to the demand's last column wears out: columns go from wide to narrow, and the
    /// last one says which generation of machines it is.
    pub(crate) fn new(known: &Known<'_>, settings: &Settings, offer: usize, weekly: &Weekly) -> Self {
        let (columns, pools) = (known.past.columns(), known.pools.names(offer).len());
        let bound = columns.last().is_some_and(|last| columns.len() > 1 && known.offers.offers()[offer].pool.contains(last));
        if !bound {
            return Self { expected_use: vec![1.0; pools] };
        }
        let groups = Groups::new(known, offer, weekly.levels());
        let lives = lives(weekly.levels(), &groups.group);
        let shares: Vec<f64> = lives.iter().map(|life| groups.share(life)).collect();
        let mortality = Mortality::learn(settings.wear, &lives, &shares);
        let mut expected_use = vec![0.0; pools];
        let weeks = weekly.levels().first().map_or(0, Vec::len);
        for life in lives.iter().filter(|life| !life.ended) {
            expected_use[life.pool] = mortality.expected_use(life, weeks, known.offers.offers()[offer].term_hours);
        }
        let moves = groups.labels_moved(known, offer, weekly, &lives, &shares);
        for (expected, label) in expected_use.iter_mut().zip(&groups.labels) {
            if moves.get(label).is_some_and(|(all, moved)| *moved > 0.0 && moved * settings.moved_one_in >= *all) {
                *expected = 0.0;
            }
        }
        Self { expected_use }
    }

    /// By pool: what a committed unit is expected to save per hour of its term.
    pub(crate) fn worth(&self, known: &Known<'_>, offer: usize) -> Vec<f64> {
        let (on_demand, price) = (known.offers.on_demand().units() as f64, known.offers.offers()[offer].hourly().units() as f64);
        self.expected_use.iter().map(|expected| expected * on_demand - price).collect()
    }
}

/// Pools that differ in the last column alone form a group: among them usage moves from one generation to the next.
#[derive(Debug)]
struct Groups<'a> {
    /// By pool.
    group: Vec<usize>,
    /// By pool: its value of the last column.
    labels: Vec<&'a str>,
    /// By group and week.
    totals: Vec<Vec<u64>>,
}

impl<'a> Groups<'a> {
    fn new(known: &Known<'a>, offer: usize, levels: &[Vec<u64>]) -> Self {
        let pool_columns = &known.offers.offers()[offer].pool;
        let last = known.past.columns().len() - 1;
        let mut places = BTreeMap::new();
        let (mut group, mut labels) = (Vec::new(), Vec::new());
        for pool in 0..levels.len() {
            let member = known.pools.members(offer, pool).next().expect("a pool has series");
            let all = known.past.series()[member].labels;
            let others = known.past.columns().iter().zip(all).take(last).filter(|(column, _)| pool_columns.contains(column));
            let others: Vec<&String> = others.map(|(_, label)| label).collect();
            let next = places.len();
            group.push(*places.entry(others).or_insert(next));
            labels.push(all[last].as_str());
        }
        let totals = totals(levels, &group);
        Self { group, labels, totals }
    }

    /// How much of its group at its highest a life carried.
    fn share(&self, life: &Life) -> f64 {
        let highest = self.totals[self.group[life.pool]].iter().max().copied().unwrap_or(0);
        if highest == 0 { 0.0 } else { life.level as f64 / highest as f64 }
    }

    /// By label: the shares of all that bears it, and of what has been moved away from it not long ago.
    ///
    /// How soon the rest follows cannot be known, so regret decides: not buying costs `on_demand - price` an hour, buying may cost
    /// the price of a term; after `term × price / (on_demand - price)` hours without a move both are equal, and it is bought again.
    fn labels_moved(
        &self,
        known: &Known<'_>,
        offer: usize,
        weekly: &Weekly,
        lives: &[Life],
        shares: &[f64],
    ) -> BTreeMap<&'a str, (f64, f64)> {
        let (price, on_demand) = (known.offers.offers()[offer].hourly().units(), known.offers.on_demand().units());
        let term = known.offers.offers()[offer].term_hours as i128;
        let wait = if on_demand > price { term * price / (on_demand - price) } else { i128::MAX };
        // By pool: the largest share any of its lives had, and whether one has moved.
        let mut pools: BTreeMap<usize, (f64, bool)> = BTreeMap::new();
        for (life, share) in lives.iter().zip(shares) {
            let since = |week: usize| (known.past.hours() - weekly.decided_after(week)) as i128;
            let seen = pools.entry(life.pool).or_default();
            seen.0 = seen.0.max(*share);
            seen.1 |= life.ended && since(life.end) < wait;
        }
        let mut labels: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (pool, (share, moved)) in pools {
            let label = labels.entry(self.labels[pool]).or_default();
            label.0 += share;
            label.1 += if moved { share } else { 0.0 };
        }
        labels
    }
}
