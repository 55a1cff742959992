//! Scenarios of demand, week by week: the group's level, the share of each series in it, and the pattern within the week.
//!
//! Series that differ in the last column alone form a group. A group's level moves by runs of weekly changes drawn from all that any
//! group has been through (level, trend, yearly pattern, sudden ends); shares move by runs of their own changes, and a series whose
//! life ends gives its share to the successor within four weeks (migrations); hours follow a past week drawn from the last quarter
//! (daily and weekly pattern). A scenario first draws which runs it may use, so that a short history is not taken for the truth.

#![expect(clippy::disallowed_types, reason = "the forecast computes in floats, in a fixed order")]

use super::lives::{Life, Mortality, Wear, lives};
use super::overlay::Overlay;
use super::random::Random;
use crate::past::Past;
use std::collections::BTreeMap;
use tenor_bill::Hour;

/// Hours in a week.
const WEEK: usize = 168;
/// Weeks in a run of changes: a month, so that what follows on a change follows in the scenario too.
const RUN: usize = 4;
/// Weeks in a year.
const YEAR: usize = 52;
/// How many weeks of the past may lend their hours.
const PATTERN_WEEKS: usize = 13;
/// What is added to shares before they are compared, so that one can fall to nothing and come back.
const SHARE_FLOOR: f64 = 0.001;
/// So many runs of its own count as much as those of all other series.
const OWN_RUNS: usize = 13;
/// A change of a week beyond e³, twentyfold, is one of e³.
const CHANGE_MAX: f64 = 3.0;

/// What is known of a demand, ready to draw scenarios from.
#[derive(Debug, Clone)]
pub struct Forecast<'a> {
    past: Past<'a>,
    seed: u64,
    overlay: Overlay,
    /// The first hour of the first whole week; weeks are counted back from the decision.
    start: usize,
    /// By series and week: the mean.
    means: Vec<Vec<f64>>,
    /// By series: its group.
    group: Vec<usize>,
    /// By group and week: the logarithm of the week's change; `None` where it came from or went to nothing.
    changes: Vec<Vec<Option<f64>>>,
    /// By series and week: the same of its share in the group, above [`SHARE_FLOOR`].
    share_changes: Vec<Vec<f64>>,
    /// Runs of share changes: the series and the first week.
    share_runs: Vec<(usize, usize)>,
    /// By series: its life, when it has not ended.
    lives: Vec<Option<Life>>,
    mortality: Mortality,
}

impl<'a> Forecast<'a> {
    /// Reads the past. All series of a group have the same unit.
    #[must_use]
    pub fn new(past: Past<'a>, overlay: Overlay, seed: u64) -> Self {
        let (start, weeks) = (past.hours() % WEEK, past.hours() / WEEK);
        let mean = |cells: &[u64], week: usize| {
            let hours = past.known(start + week * WEEK..start + (week + 1) * WEEK);
            let (sum, count) = hours.flatten().fold((0_u128, 0_u32), |(sum, count), hour| (sum + u128::from(cells[hour]), count + 1));
            (count > 0).then(|| sum as f64 / f64::from(count))
        };
        let of_series = |cells: &[u64]| {
            let mut before = 0.0;
            let mut means = Vec::with_capacity(weeks);
            for week in 0..weeks {
                before = mean(cells, week).unwrap_or(before);
                means.push(before);
            }
            means
        };
        let means: Vec<Vec<f64>> = past.series().iter().map(|one| of_series(one.cells)).collect();
        let mut places: BTreeMap<&[String], usize> = BTreeMap::new();
        let mut group = Vec::new();
        for one in past.series() {
            let next = places.len();
            group.push(*places.entry(&one.labels[..one.labels.len().saturating_sub(1)]).or_insert(next));
        }
        let mut totals = vec![vec![0.0; weeks]; places.len()];
        for (means, group) in means.iter().zip(&group) {
            totals[*group].iter_mut().zip(means).for_each(|(total, mean)| *total += mean);
        }
        let shares: Vec<Vec<f64>> = means.iter().zip(&group).map(|(means, group)| quotients(means, &totals[*group])).collect();
        // Lives are read from whole numbers: a thousandth of a unit is fine enough.
        let levels: Vec<Vec<u64>> = means.iter().map(|means| means.iter().map(|mean| (mean * 1000.0) as u64).collect()).collect();
        let all = lives(&levels, &group);
        let highest = |life: &Life| totals[group[life.pool]].iter().fold(0.0_f64, |most, total| if *total > most { *total } else { most });
        let weights: Vec<f64> = all.iter().map(|life| life.level as f64 / 1000.0 / highest(life).max(0.001)).collect();
        let mortality = Mortality::learn(Wear::CONVENTION, &all, &weights);
        let mut open = vec![None; means.len()];
        all.into_iter().filter(|life| !life.ended).for_each(|life| open[life.pool] = Some(life));
        let changes = totals.iter().map(|weeks| log_changes(weeks)).collect();
        let share_changes: Vec<Vec<f64>> = shares.iter().map(|weeks| share_log_changes(weeks)).collect();
        // The first weeks of a life are its arrival, which happens once.
        let settled = open.iter().enumerate().filter_map(|(series, life)| life.map(|life: Life| (series, life.start + RUN)));
        let runs = settled.flat_map(|(series, first)| (first..weeks.saturating_sub(RUN)).map(move |week| (series, week)));
        let share_runs = runs.collect();
        Self { past, seed, overlay, start, means, group, changes, share_changes, share_runs, lives: open, mortality }
    }

    /// The scenario of a number: any number, any order.
    #[must_use]
    pub fn scenario(&self, number: u64) -> Scenario<'_> {
        let mut random = Random::new(self.seed, number);
        // Where things stand is itself known from a week or two only.
        let stand = 1 + random.below(2);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (group, changes) in self.changes.iter().enumerate() {
            runs.extend((0..(changes.len() + 1).saturating_sub(RUN)).map(|week| (group, week)));
        }
        runs.retain(|(group, week)| self.changes[*group][*week..week + RUN].iter().all(Option::is_some));
        let count = runs.len().div_ceil(RUN);
        let drawn = (0..if runs.is_empty() { 0 } else { count }).map(|_| runs[random.below(runs.len())]).collect();
        let week = self.means.first().map_or(0, Vec::len);
        let recent = |means: &Vec<f64>| means.iter().rev().take(stand).sum::<f64>() / means.len().clamp(1, stand) as f64;
        let levels: Vec<f64> = self.means.iter().map(recent).collect();
        let groups = self.group.iter().max().map_or(0, |last| last + 1);
        Scenario {
            forecast: self,
            drawn,
            totals: sums(&levels, &self.group, groups),
            unseen: vec![0.0; groups],
            levels,
            dying: vec![None; self.means.len()],
            group_runs: vec![None; groups],
            share_runs: vec![None; self.means.len()],
            week,
            random,
        }
    }

    /// The hour of the past in which a week begins.
    pub(super) fn first_hour(&self, week: usize) -> usize {
        self.start + week * WEEK
    }

    /// The mean of a series in a week of the past.
    pub(super) fn mean(&self, series: usize, week: usize) -> f64 {
        self.means[series][week]
    }

    /// The groups of series that differ in the last column alone, by series.
    #[must_use]
    pub fn groups(&self) -> &[usize] {
        &self.group
    }
}

/// One course of things.
#[derive(Debug, Clone)]
pub struct Scenario<'a> {
    forecast: &'a Forecast<'a>,
    /// The runs this scenario knows: group and first week.
    drawn: Vec<(usize, usize)>,
    /// By group: this week's mean.
    totals: Vec<f64>,
    /// By group: the part that has moved to a successor nobody has seen yet.
    unseen: Vec<f64>,
    /// By series: this week's mean.
    levels: Vec<f64>,
    /// By series: weeks since its life ended.
    dying: Vec<Option<usize>>,
    /// By group: where it is in a run.
    group_runs: Vec<Option<(usize, usize, usize)>>,
    /// By series: where it is in a run of share changes: of which series, which week, how many more.
    share_runs: Vec<Option<(usize, usize, usize)>>,
    week: usize,
    random: Random,
}

impl Scenario<'_> {
    /// Moves on by a week. [`Self::levels`], [`Self::unseen`] and [`Self::hours`] are then those of that week.
    pub fn advance(&mut self) {
        for group in 0..self.totals.len() {
            let change = self.group_change(group);
            self.totals[group] *= libm::exp(change);
        }
        for series in 0..self.levels.len() {
            self.move_share(series);
        }
        let (groups, seen) = (self.totals.len(), sums(&self.levels, &self.forecast.group, self.totals.len()));
        // Shares add up to the whole: what the group has grown or shrunk by, its series and the unseen have.
        let scale: Vec<f64> = (0..groups)
            .map(|group| {
                let all = seen[group] + self.unseen[group];
                if all > 0.0 { self.totals[group] / all } else { 0.0 }
            })
            .collect();
        self.levels.iter_mut().zip(&self.forecast.group).for_each(|(level, group)| *level *= scale[*group]);
        self.unseen.iter_mut().zip(&scale).for_each(|(unseen, scale)| *unseen *= scale);
        self.week += 1;
    }

    /// By series: the mean of this week, with the changes the owner knows of.
    #[must_use]
    pub fn levels(&self) -> Vec<f64> {
        let (past, overlay) = (&self.forecast.past, &self.forecast.overlay);
        if overlay.changes.is_empty() {
            return self.levels.clone();
        }
        let now = past.first().epoch_hours() + past.hours() as i64;
        let known = self.forecast.means.first().map_or(0, Vec::len);
        // The middle of the week that `advance` has gone into; before that, now.
        let middle = (self.week - known) * WEEK;
        let hour = Hour::from_epoch_hours(now + middle.saturating_sub(WEEK / 2) as i64);
        let times = |labels: &[String]| overlay.thousandths(past.columns(), labels, Hour::from_epoch_hours(now), hour) as f64 / 1000.0;
        self.levels.iter().zip(past.series()).map(|(level, one)| level * times(one.labels)).collect()
    }

    /// By group: the mean of what runs on types that nobody has seen yet.
    #[must_use]
    pub fn unseen(&self) -> &[f64] {
        &self.unseen
    }

    /// By group: the mean of this week.
    #[must_use]
    pub fn totals(&self) -> Vec<f64> {
        let seen = sums(&self.levels(), &self.forecast.group, self.totals.len());
        seen.iter().zip(&self.unseen).map(|(seen, unseen)| seen + unseen).collect()
    }

    /// The hours of this week by series, written over `cells`: all series follow the same week of the past.
    pub fn hours(&mut self, cells: &mut [Vec<f64>]) {
        let model = self.pattern_week();
        let levels = self.levels();
        for (series, cells) in cells.iter_mut().enumerate() {
            let mean = model.map_or(0.0, |week| self.forecast.means[series][week]);
            cells.clear();
            cells.extend((0..WEEK).map(|hour| match model {
                Some(week) if mean > 0.0 => {
                    let past = self.forecast.past.series()[series].cells[self.forecast.start + week * WEEK + hour];
                    levels[series] * past as f64 / mean
                }
                _ => levels[series],
            }));
        }
    }

    /// A week of the last quarter whose hours this week follows, of those that are known whole if there is one.
    pub(super) fn pattern_week(&mut self) -> Option<usize> {
        let forecast = self.forecast;
        let weeks = forecast.means.first().map_or(0, Vec::len);
        let recent: Vec<usize> = (0..weeks).rev().take(PATTERN_WEEKS).collect();
        let hours = |week: usize| forecast.start + week * WEEK..forecast.start + (week + 1) * WEEK;
        let whole: Vec<usize> = recent.iter().copied().filter(|week| forecast.past.known(hours(*week)).eq([hours(*week)])).collect();
        let weeks = if whole.is_empty() { recent } else { whole };
        (!weeks.is_empty()).then(|| weeks[self.random.below(weeks.len())])
    }

    /// The group's next change: on in its run, or the first of another.
    fn group_change(&mut self, group: usize) -> f64 {
        let run = match self.group_runs[group] {
            Some((from, week, left)) if left > 0 => (from, week + 1, left - 1),
            _ => match self.next_run(group) {
                Some((from, week)) => (from, week, RUN - 1),
                None => return 0.0,
            },
        };
        self.group_runs[group] = Some(run);
        self.forecast.changes[run.0][run.1].unwrap_or(0.0)
    }

    /// A run this scenario knows. With a year of its own behind it, a group lives through the same season again every other time.
    fn next_run(&mut self, group: usize) -> Option<(usize, usize)> {
        let season = self.week.checked_sub(YEAR + 1).filter(|week| week + RUN <= self.forecast.changes[group].len());
        let any = (!self.drawn.is_empty()).then(|| self.drawn[self.random.below(self.drawn.len())]);
        match season.filter(|week| self.forecast.changes[group][*week..week + RUN].iter().all(Option::is_some)) {
            Some(week) if self.random.below(2) == 0 => Some((group, week)),
            _ => any,
        }
    }

    /// A series' share in its group: it ends, is ending, or follows a run of its own past.
    fn move_share(&mut self, series: usize) {
        let forecast = self.forecast;
        let Some(life) = &forecast.lives[series] else { return };
        if self.dying[series].is_none() && self.random.unit() < forecast.mortality.chance(life, self.week) {
            self.dying[series] = Some(0);
        }
        if let Some(weeks) = &mut self.dying[series] {
            *weeks += 1;
            let leaving = if *weeks >= RUN { self.levels[series] } else { self.levels[series] / 2.0 };
            self.levels[series] -= leaving;
            match self.successor(series) {
                Some(other) => self.levels[other] += leaving,
                None => self.unseen[forecast.group[series]] += leaving,
            }
            return;
        }
        let run = match self.share_runs[series] {
            Some((of, week, left)) if left > 0 => (of, week + 1, left - 1),
            _ => match self.next_share_run(series, life) {
                Some((of, week)) => (of, week, RUN - 1),
                None => return,
            },
        };
        self.share_runs[series] = Some(run);
        let floor = SHARE_FLOOR * self.totals[forecast.group[series]];
        let moved = (self.levels[series] + floor) * libm::exp(forecast.share_changes[run.0][run.1]) - floor;
        self.levels[series] = if moved > 0.0 { moved } else { 0.0 };
    }

    /// A run of the series' own, the likelier the more it has, or of any.
    fn next_share_run(&mut self, series: usize, life: &Life) -> Option<(usize, usize)> {
        let (first, last) = (life.start + RUN, self.forecast.share_changes[series].len().saturating_sub(RUN - 1));
        let own = last.saturating_sub(first);
        if own > 0 && self.random.below(own + OWN_RUNS) < own {
            return Some((series, first + self.random.below(own)));
        }
        let any = &self.forecast.share_runs;
        (!any.is_empty()).then(|| any[self.random.below(any.len())])
    }

    /// Who takes over: the largest series of the group whose life began later and goes on.
    fn successor(&self, series: usize) -> Option<usize> {
        let forecast = self.forecast;
        let born = |other: usize| forecast.lives[other].map_or(0, |life| life.start);
        (0..self.levels.len())
            .filter(|other| forecast.group[*other] == forecast.group[series] && forecast.lives[*other].is_some())
            .filter(|other| born(*other) > born(series) && self.dying[*other].is_none())
            .max_by(|a, b| self.levels[*a].total_cmp(&self.levels[*b]))
    }
}

/// Sums of values by group.
fn sums(values: &[f64], group: &[usize], groups: usize) -> Vec<f64> {
    let mut sums = vec![0.0; groups];
    values.iter().zip(group).for_each(|(value, group)| sums[*group] += value);
    sums
}

fn quotients(parts: &[f64], wholes: &[f64]) -> Vec<f64> {
    parts.iter().zip(wholes).map(|(part, whole)| if *whole > 0.0 { part / whole } else { 0.0 }).collect()
}

/// The logarithms of the changes of a share from week to week.
fn share_log_changes(weeks: &[f64]) -> Vec<f64> {
    let change = |pair: &[f64]| libm::log((pair[1] + SHARE_FLOOR) / (pair[0] + SHARE_FLOOR)).clamp(-CHANGE_MAX, CHANGE_MAX);
    weeks.windows(2).map(change).collect()
}

/// The logarithms of the changes from week to week.
fn log_changes(weeks: &[f64]) -> Vec<Option<f64>> {
    let change = |pair: &[f64]| (pair[0] > 0.0 && pair[1] > 0.0).then(|| libm::log(pair[1] / pair[0]).clamp(-CHANGE_MAX, CHANGE_MAX));
    weeks.windows(2).map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::{Forecast, WEEK};
    use crate::forecast::{Change, Effect, Overlay};
    use crate::{Demand, DemandSeries, Past};
    use tenor_bill::Hour;

    fn demand(weeks: usize, series: &[(&str, &dyn Fn(usize) -> u64)]) -> Demand {
        let one = |(labels, value): &(&str, &dyn Fn(usize) -> u64)| DemandSeries {
            labels: labels.split(' ').map(str::to_owned).collect(),
            decimals: 0,
            cells: (0..weeks * WEEK).map(value).collect(),
        };
        let columns = vec!["region".to_owned(), "type".to_owned()];
        Demand::new(Hour::from_epoch_hours(0), weeks * WEEK, columns, series.iter().map(one).collect(), Vec::new()).unwrap()
    }

    /// Rounded levels of the first series and of what is unseen, so many weeks ahead.
    fn ahead(demand: &Demand, overlay: &Overlay, number: u64, weeks: usize) -> (u64, u64) {
        let forecast = Forecast::new(Past::of(demand, demand.hours()), overlay.clone(), 7);
        let mut scenario = forecast.scenario(number);
        (0..weeks).for_each(|_| scenario.advance());
        (scenario.levels()[0].round() as u64, scenario.unseen()[0].round() as u64)
    }

    #[test]
    fn what_never_changed_goes_on_or_is_replaced_whole() {
        let demand = demand(60, &[("r1 A", &|_| 100)]);
        let ends: Vec<(u64, u64)> = (0..40).map(|number| ahead(&demand, &Overlay::default(), number, 52)).collect();
        assert!(ends.iter().all(|(level, unseen)| (*level, *unseen) == (100, 0) || level + unseen == 100), "{ends:?}");
        assert!(ends.contains(&(100, 0)) && ends.contains(&(0, 100)), "{ends:?}");
    }

    #[test]
    fn the_same_seed_and_number_give_the_same_scenario() {
        let demand = demand(60, &[("r1 A", &|hour| 100 + (hour * hour % 31) as u64), ("r1 B", &|hour| (hour / 99 % 17) as u64)]);
        let drawn = |number| ahead(&demand, &Overlay::default(), number, 30);
        assert_eq!(drawn(3), drawn(3));
        assert!((0..20).any(|number| drawn(number) != drawn(3)));
    }

    #[test]
    fn the_week_keeps_its_pattern() {
        let demand = demand(20, &[("r1 A", &|hour| if hour % 24 < 8 { 30 } else { 0 })]);
        let forecast = Forecast::new(Past::of(&demand, demand.hours()), Overlay::default(), 7);
        let mut scenario = forecast.scenario(0);
        let mut cells = vec![Vec::new(); 1];
        scenario.hours(&mut cells);
        assert_eq!(cells[0].iter().map(|cell| cell.round() as u64).collect::<Vec<_>>(), demand.series()[0].cells[..WEEK]);
    }

    #[test]
    fn known_changes_are_laid_over_and_pass() {
        let demand = demand(20, &[("r1 A", &|_| 100)]);
        let hour = |week: i64| Hour::from_epoch_hours((20 + week) * WEEK as i64);
        let effect = Effect::Grows { thousandths: 1000 };
        let doubled = Change { of: Vec::new(), from: hour(1), until: Some(hour(2)), effect, told: hour(0) };
        let overlay = Overlay { changes: vec![doubled] };
        assert_eq!([1, 2, 3].map(|weeks| ahead(&demand, &overlay, 0, weeks)), [(100, 0), (200, 0), (100, 0)]);
    }
}
