//! Pools: usage that the same reservations cover, counted in one unit; and what they may become.

#![expect(clippy::disallowed_types, reason = "the futures are drawn in floats, in a fixed order")]

mod stretch;

pub(crate) use stretch::Stretch;

use super::inputs::{Inputs, KnownChange, Line};
use crate::demand::{Demand, DemandSeries};
use crate::forecast::{Ensemble, Pattern, Span};
use crate::solve::Futures;
use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_cover::instance_family;

/// Decimals in which the forecast is told of usage.
const DECIMALS: u32 = 3;

/// Hours in a week.
const WEEK: usize = 168;

/// Hours of a week that a spike may last.
const SPIKE_HOURS: usize = 8;

/// What a whole is in thousandths.
const THOUSAND: u64 = 1_000;

/// Usage that is reserved for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolOfLines {
    /// Whose.
    pub(crate) class: usize,
    /// Indices of its lines; none of what nobody has seen yet.
    pub(crate) lines: Vec<usize>,
    /// The SKU whose rates stand for it where it has no lines, else its largest.
    pub(crate) sku: usize,
    /// The group of what replaces each other; of usage unseen: the group it stands for.
    pub(crate) group: usize,
}

/// All pools of some inputs: those of lines first, then one for each group of what nobody has seen yet.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) pools: Vec<PoolOfLines>,
    /// How many of them have lines.
    pub(crate) seen: usize,
    /// By line: its pool.
    pub(crate) of_line: Vec<usize>,
    /// By line: units of its pool in one whole number of its cells.
    pub(crate) unit: Vec<f64>,
    /// Labels of the pools with lines, for the forecast.
    labels: Vec<Vec<String>>,
}

impl Pools {
    /// The pools of checked inputs.
    pub(crate) fn of(inputs: &Inputs) -> Self {
        let mut places: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (place, line) in inputs.lines.iter().enumerate() {
            places.entry((line.class, key(inputs, line))).or_default().push(place);
        }
        let unit: Vec<f64> = inputs.lines.iter().map(|line| unit(inputs, line.sku)).collect();
        let mut pools = Self { pools: Vec::new(), seen: 0, of_line: vec![0; inputs.lines.len()], unit, labels: Vec::new() };
        let labelled = |((class, key), lines): ((usize, String), Vec<usize>)| {
            let sku = inputs.lines[pools.largest(inputs, &lines)].sku;
            let labels = vec![inputs.classes[class].name.clone(), substitutes(inputs, sku, &key), key];
            (labels, PoolOfLines { class, lines, sku, group: 0 })
        };
        // In the order of their labels, which is that of the forecast's series: a pool's place there is its place here.
        let mut all: Vec<(Vec<String>, PoolOfLines)> = places.into_iter().map(labelled).collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        for (labels, pool) in all {
            pool.lines.iter().for_each(|line| pools.of_line[*line] = pools.pools.len());
            pools.labels.push(labels);
            pools.pools.push(pool);
        }
        pools.seen = pools.pools.len();
        pools
    }

    /// Adds a pool for what nobody has seen yet of each group, once the forecast has grouped the pools.
    pub(crate) fn with_unseen(mut self, inputs: &Inputs, groups: &[usize]) -> Self {
        for (pool, group) in self.pools.iter_mut().zip(groups) {
            pool.group = *group;
        }
        let count = groups.iter().max().map_or(0, |last| last + 1);
        for group in 0..count {
            let members: Vec<usize> = (0..self.seen).filter(|pool| groups[*pool] == group).collect();
            let lines: Vec<usize> = members.iter().flat_map(|pool| self.pools[*pool].lines.clone()).collect();
            let sku = inputs.lines[self.largest(inputs, &lines)].sku;
            let class = self.pools[members[0]].class;
            self.pools.push(PoolOfLines { class, lines: Vec::new(), sku, group });
        }
        self
    }

    /// What a line used in the last four weeks, in units of its pool.
    fn lately(&self, inputs: &Inputs, line: usize) -> f64 {
        let cells = &inputs.lines[line].cells;
        let of_line: f64 = cells[cells.len().saturating_sub(28 * 24)..].iter().map(|cell| *cell as f64).sum();
        of_line * self.unit[line]
    }

    /// The line that used most lately, of some.
    fn largest(&self, inputs: &Inputs, lines: &[usize]) -> usize {
        let most =
            lines.iter().copied().map(|line| (self.lately(inputs, line), line)).reduce(|most, one| if one.0 > most.0 { one } else { most });
        most.map_or(0, |(_, line)| line)
    }

    /// Units of a pool of unseen usage in one whole number of its SKU's cells.
    fn unit_of_unseen(&self, inputs: &Inputs, pool: usize) -> f64 {
        unit(inputs, self.pools[pool].sku)
    }

    /// The history of the pools with lines, as a forecast reads it.
    pub(crate) fn demand(&self, inputs: &Inputs) -> Demand {
        let columns = ["class", "substitutes", "pool"].map(str::to_owned).to_vec();
        let series = self.pools[..self.seen].iter().zip(&self.labels).map(|(pool, labels)| {
            let mut cells = vec![0.0; inputs.hours];
            for line in &pool.lines {
                let unit = self.unit[*line] * THOUSAND as f64;
                cells.iter_mut().zip(inputs.lines[*line].cells.iter()).for_each(|(sum, cell)| *sum += *cell as f64 * unit);
            }
            clip(&mut cells);
            DemandSeries { labels: labels.clone(), decimals: DECIMALS, cells: cells.into_iter().map(|cell| (cell + 0.5) as u64).collect() }
        });
        let unknown = inputs.unknown.iter().map(|(start, end)| *start..*end).collect();
        let made = Demand::new(Hour::from_epoch_hours(inputs.first), inputs.hours, columns, series.collect(), unknown);
        let demand = made.expect("pools differ in labels, and checked inputs have spans in order");
        let in_order = demand.series().iter().zip(&self.labels).all(|(series, labels)| series.labels == *labels);
        assert!(in_order, "a pool's place among the series is its place here");
        demand
    }
}

/// Cuts what a week reaches in few hours down to what it reaches in more: a spike is no level, and no commitment lives on it. Weeks are counted
/// back from the end, as the forecast counts them.
fn clip(cells: &mut [f64]) {
    let start = cells.len() % WEEK;
    for week in cells[start..].chunks_exact_mut(WEEK) {
        let mut sorted = week.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let most = sorted[SPIKE_HOURS];
        week.iter_mut().for_each(|cell| *cell = cell.min(most));
    }
}

/// Units of its pool in one whole number of a SKU's cells.
fn unit(inputs: &Inputs, sku: usize) -> f64 {
    let sku = &inputs.skus[sku];
    let factor = if sku.families.is_empty() { 1.0 } else { f64::from(sku.factor) / THOUSAND as f64 };
    factor / 10_u64.pow(sku.decimals) as f64
}

/// What tells pools of a class apart.
fn key(inputs: &Inputs, line: &Line) -> String {
    let sku = &inputs.skus[line.sku];
    // The last family is the widest: reservations for Redis OSS cover Valkey too, so that both are one pool.
    match (sku.families.last(), &sku.exact) {
        (Some(family), _) => format!("family {family}"),
        (None, Some(exact)) => format!("type {exact}"),
        (None, None) => format!("sku {}", sku.name),
    }
}

/// What usage of a pool may move to: the same service, Region and platform on instances of the same letter. Only normalized units compare.
fn substitutes(inputs: &Inputs, sku: usize, key: &str) -> String {
    let sku = &inputs.skus[sku];
    let family = instance_family(&sku.instance_type).filter(|_| !sku.families.is_empty());
    let Some(family) = family else { return key.to_owned() };
    let (before, name) = family.rsplit_once('.').map_or(("", family.as_str()), |(before, name)| (before, name));
    let letters: String = name.chars().take_while(char::is_ascii_alphabetic).collect();
    let meter = sku.usage_type.split(':').next().unwrap_or_default();
    format!("{} {} {meter} {} {before}{letters}", sku.service, sku.region, sku.operation)
}

/// Times that change what lines use: from an hour of the horizon on, thousandths by line.
#[derive(Debug, Clone, PartialEq)]
struct Era {
    first: usize,
    thousandths: Vec<u64>,
    /// By group: the mean of its lines, by what they used lately. What has moved to types nobody has seen yet goes their way.
    groups: Vec<f64>,
}

/// Futures of pools and of their lines, the same for both.
#[derive(Debug)]
pub(crate) struct Outlook<'a> {
    inputs: &'a Inputs,
    pools: &'a Pools,
    ensemble: Ensemble,
    hours: usize,
    eras: Vec<Era>,
    /// By era and pool with lines: the history in units of the pool, each line times its thousandths.
    past: Vec<Vec<Vec<f32>>>,
    /// By pool with lines: the line that takes what has no pattern.
    bearer: Vec<usize>,
}

impl<'a> Outlook<'a> {
    /// What may become of pools in the hours after the history.
    pub(crate) fn new(inputs: &'a Inputs, pools: &'a Pools, ensemble: Ensemble, hours: usize) -> Self {
        let eras = eras(inputs, pools, hours);
        let row = |era: &Era, pool: &PoolOfLines| {
            let mut row = vec![0.0_f64; inputs.hours];
            for line in &pool.lines {
                let unit = pools.unit[*line] * era.thousandths[*line] as f64 / THOUSAND as f64;
                row.iter_mut().zip(inputs.lines[*line].cells.iter()).for_each(|(sum, cell)| *sum += *cell as f64 * unit);
            }
            row.into_iter().map(|cell| cell as f32).collect()
        };
        let past = eras.iter().map(|era| pools.pools[..pools.seen].iter().map(|pool| row(era, pool)).collect()).collect();
        let bearer = pools.pools[..pools.seen].iter().map(|pool| pools.largest(inputs, &pool.lines)).collect();
        Self { inputs, pools, ensemble, hours, eras, past, bearer }
    }

    fn era(&self, hour: usize) -> usize {
        self.eras.partition_point(|era| era.first <= hour) - 1
    }

    /// At least as much as each place of [`Self::hour`] ever is.
    pub(crate) fn most(&self) -> Vec<u64> {
        let highest: Vec<f64> = self.inputs.lines.iter().map(|line| line.cells.iter().copied().max().unwrap_or(0) as f64).collect();
        let mut most = vec![0.0_f64; self.inputs.lines.len() + self.pools.pools.len() - self.pools.seen];
        for (course, week) in (0..self.ensemble.courses()).flat_map(|course| (0..self.hours.div_ceil(WEEK)).map(move |week| (course, week)))
        {
            for (line, most) in most[..highest.len()].iter_mut().enumerate() {
                let pool = self.pools.of_line[line];
                let used = match self.ensemble.pattern(course, week, pool) {
                    Pattern::Follows { times, .. } => highest[line] * times,
                    Pattern::Flat(level) => level / THOUSAND as f64 / self.pools.unit[line],
                };
                *most = most.max(used);
            }
            for (place, most) in most[highest.len()..].iter_mut().enumerate() {
                let pool = self.pools.seen + place;
                *most = most.max(self.unseen(course, pool, week * WEEK) / self.pools.unit_of_unseen(self.inputs, pool));
            }
        }
        let thousandths = |line: usize| self.eras.iter().filter_map(|era| era.thousandths.get(line)).copied().max().unwrap_or(THOUSAND);
        most.into_iter().enumerate().map(|(line, most)| (most * thousandths(line) as f64 / THOUSAND as f64) as u64 + 1).collect()
    }

    /// What a pool of unseen usage uses in an hour of a scenario, in its units.
    fn unseen(&self, scenario: usize, pool: usize, hour: usize) -> f64 {
        let group = self.pools.pools[pool].group;
        self.ensemble.unseen(scenario, Ensemble::place(hour).0, group) / THOUSAND as f64 * self.eras[self.era(hour)].groups[group]
    }
}

impl Futures for Outlook<'_> {
    fn scenarios(&self) -> usize {
        self.ensemble.courses()
    }

    fn hours(&self) -> usize {
        self.hours
    }

    fn read(&self, scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]) {
        let mut hour = first;
        for used in into {
            *used = if pool >= self.pools.seen {
                self.unseen(scenario, pool, hour) as f32
            } else {
                let (week, within) = Ensemble::place(hour);
                let era = self.era(hour);
                match self.ensemble.pattern(scenario, week, pool) {
                    Pattern::Follows { hour, times } => (f64::from(self.past[era][pool][hour + within]) * times) as f32,
                    Pattern::Flat(level) => {
                        let bearer = self.eras[era].thousandths[self.bearer[pool]];
                        (level / THOUSAND as f64 * bearer as f64 / THOUSAND as f64) as f32
                    }
                }
            };
            hour += step;
        }
    }
}

/// The times between changes that the owner knows of, each laid over the history as it stands at the decision.
fn eras(inputs: &Inputs, pools: &Pools, hours: usize) -> Vec<Era> {
    let now = inputs.first + inputs.hours as i64;
    let offset = |hour: i64| usize::try_from(hour - now).ok().filter(|offset| *offset < hours);
    let mut edges: Vec<usize> = vec![0];
    for change in &inputs.changes {
        edges.extend(offset(change.from));
        edges.extend(change.until.and_then(offset));
    }
    edges.sort_unstable();
    edges.dedup();
    let lately: Vec<f64> = (0..inputs.lines.len()).map(|line| pools.lately(inputs, line)).collect();
    let era = |first: usize| {
        let hour = now + first as i64;
        let times = |line: &Line| {
            let of_line = inputs.changes.iter().filter(|change| concerns(inputs, change, line));
            of_line.fold(THOUSAND, |times, change| {
                Span { from: change.from, until: change.until }.laid_over(times, change.thousandths, now, hour)
            })
        };
        let thousandths: Vec<u64> = inputs.lines.iter().map(times).collect();
        let groups = pools.pools.iter().map(|pool| pool.group + 1).max().unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); groups];
        for (line, times) in thousandths.iter().enumerate() {
            let sum = &mut sums[pools.pools[pools.of_line[line]].group];
            *sum = (sum.0 + lately[line] * *times as f64 / THOUSAND as f64, sum.1 + lately[line]);
        }
        let groups = sums.into_iter().map(|(changed, all)| if all > 0.0 { changed / all } else { 1.0 }).collect();
        Era { first, thousandths, groups }
    };
    edges.into_iter().map(era).collect()
}

/// Whether a change is one of a line.
pub(crate) fn concerns(inputs: &Inputs, change: &KnownChange, line: &Line) -> bool {
    let sku = &inputs.skus[line.sku];
    let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
    let family = || instance_family(&sku.instance_type).unwrap_or_default();
    is(&change.account, &line.account)
        && is(&change.service, &sku.service)
        && is(&change.region, &sku.region)
        && change.family.as_ref().is_none_or(|wanted| *wanted == family())
}
