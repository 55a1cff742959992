//! Settles amounts and prices exactly where few offers meet: pools that narrow plans join are solved group by group at given prices of
//! the wide plans, and the wide plans at what the groups leave.

use crate::solve::bundle::Bundle;
use crate::solve::descend::{Descent, Dual, Found, PARTS, Pricing, fits, offer_costs};
use crate::solve::factors::Factors;
use crate::solve::fill::{Amounts, BLOCK, Order, Row, only_if, sum};
use crate::solve::market::{Market, Offer, Target};
use crate::solve::points::{collect, runs};
use crate::solve::risk::Weights;

/// A plan over more pools than this is a wide one, as are all that a chain of narrower ones joins to so many.
const NARROW_MAX: usize = 24;

/// How often groups and wide plans answer each other.
const PHASES: usize = 2;

/// Points tried in each phase.
const TRIES: usize = 14;

/// Less than this share of a cost is not looked for.
const WITHIN: f64 = 1e-5;

/// Pools, the plans that join them, and the offers of both.
struct Group {
    pools: Vec<usize>,
    tables: Vec<usize>,
    offers: Vec<usize>,
    /// The offers, by places within the group.
    local: Vec<Offer>,
    order: Order,
}

impl Group {
    fn new(market: &Market, pools: Vec<usize>, tables: Vec<usize>, reserving: bool) -> Self {
        let place = |list: &[usize], of: usize| list.binary_search(&of).ok();
        let mut smaller = Market { pools: pools.iter().map(|pool| market.pools[*pool].clone()).collect(), ..market.emptied() };
        for table in &tables {
            let mut table = market.tables[*table].clone();
            table.rates = table.rates.iter().filter_map(|(pool, rate)| Some((place(&pools, *pool)?, *rate))).collect();
            smaller.tables.push(table);
        }
        let (mut offers, mut local) = (Vec::new(), Vec::new());
        for (number, offer) in market.offers.iter().enumerate() {
            let target = match offer.target {
                Target::Pool(pool) => place(&pools, pool).filter(|_| reserving).map(Target::Pool),
                Target::Table(table) => place(&tables, table).map(Target::Table),
            };
            if let Some(target) = target {
                offers.push(number);
                local.push(Offer { target, ..offer.clone() });
            }
        }
        Self { order: Order::new(&smaller), pools, tables, offers, local }
    }
}

/// A group's usage, by pool and block.
struct View<'a> {
    descent: &'a Descent<'a>,
    group: &'a Group,
    weights: &'a Weights,
    usage: Vec<&'a [Row]>,
    /// What a unit is worth where the group does not cover it; empty where that is what it costs on demand.
    values: Vec<Vec<Row>>,
}

/// What one point tells.
struct Told {
    rest: f64,
    /// By segment: of pools and of tables.
    worths: Vec<(Vec<f64>, Vec<f64>)>,
    /// By block and table.
    prices: Vec<Row>,
}

impl View<'_> {
    fn amounts(&self, units: &[f64]) -> Vec<Amounts> {
        let calendar = self.descent.calendar;
        let held = calendar.held.iter().map(|held| Amounts {
            pools: vec![0.0; self.group.pools.len()],
            tables: self.group.tables.iter().map(|table| held.tables[*table]).collect(),
        });
        let mut all: Vec<Amounts> = held.collect();
        for (offer, units) in self.group.local.iter().zip(units) {
            for (amounts, _) in all.iter_mut().zip(&calendar.edges).filter(|(_, edge)| offer.hours.contains(edge)) {
                match offer.target {
                    Target::Pool(pool) => amounts.pools[pool] += units,
                    Target::Table(table) => amounts.tables[table] += units,
                }
            }
        }
        all
    }

    /// Tries amounts on a run of blocks.
    fn evaluate(&self, amounts: &[Amounts], blocks: std::ops::Range<usize>) -> Told {
        let order = &self.group.order;
        let mut scratch = order.scratch();
        let even = vec![1.0; self.group.tables.len()];
        let none = (vec![0.0; self.group.pools.len()], vec![0.0; self.group.tables.len()]);
        let mut told = Told { rest: 0.0, worths: vec![none; amounts.len()], prices: Vec::new() };
        let reserving = self.group.local.iter().any(|offer| matches!(offer.target, Target::Pool(_)));
        for number in blocks {
            let block = &self.descent.sample.blocks[number];
            let weight = self.weights.of(block.scenario) * block.weight;
            let amounts = &amounts[block.segment];
            if self.values.is_empty() {
                let cost = order.fill(amounts, &mut scratch, |pool| &self.usage[pool][number]);
                told.rest += weight * cost.iter().sum::<f64>();
                order.price(&even, &mut scratch);
            } else {
                scratch.values.iter_mut().zip(&self.values).for_each(|(row, values)| *row = values[number]);
                order.apply_best(amounts, &mut scratch, |pool| &self.usage[pool][number]);
                let mut costs: Row = [0.0; BLOCK];
                for (remaining, values) in scratch.remaining.iter().zip(&scratch.values) {
                    costs.iter_mut().zip(remaining).zip(values).for_each(|((cost, remaining), value)| *cost += remaining * value);
                }
                told.rest += weight * sum(&costs);
                order.price_above(&even, false, &mut scratch);
            }
            let (pools, tables) = &mut told.worths[block.segment];
            if reserving {
                for (pool, worth) in pools.iter_mut().enumerate() {
                    let reserved = amounts.pools[pool] as f32;
                    let mut row: Row = [0.0; BLOCK];
                    let pairs = scratch.values[pool].iter().zip(&self.usage[pool][number]);
                    row.iter_mut().zip(pairs).for_each(|(row, (value, used))| *row = only_if(*used > reserved, *value));
                    *worth += weight * sum(&row);
                }
            }
            tables.iter_mut().zip(&scratch.prices).for_each(|(worth, row)| *worth += weight * sum(row));
            told.prices.extend_from_slice(&scratch.prices);
        }
        told
    }

    /// What one unit more of each offer is worth.
    fn worths(&self, told: &Told) -> Vec<f64> {
        let worth = |offer: &Offer| {
            let within = told.worths.iter().zip(&self.descent.calendar.edges).filter(|(_, edge)| offer.hours.contains(edge));
            let of_target = within.map(|((pools, tables), _)| match offer.target {
                Target::Pool(pool) => pools[pool],
                Target::Table(table) => tables[table],
            });
            of_target.sum::<f64>()
        };
        self.group.local.iter().map(worth).collect()
    }

    /// The least-cost amounts from some on, and the prices that say so, by block and table.
    fn solve(&self, start: Vec<f64>, costs: &[f64], scales: &[f64], try_out: impl Fn(&[Amounts]) -> Told) -> (Vec<f64>, Vec<Row>) {
        let offers = &self.group.offers;
        let of_offers = |list: &[f64]| -> Vec<f64> { offers.iter().map(|offer| list[*offer]).collect() };
        let most = self.group.local.iter().map(|offer| offer.most).collect();
        let mut bundle = Bundle::new(start.clone(), of_offers(costs), most, of_offers(scales));
        let (mut next, mut prices) = (start, Vec::new());
        for _ in 0..TRIES {
            let told = try_out(&self.amounts(&next));
            next = bundle.tell(&next, told.rest, &self.worths(&told));
            prices.push(told.prices);
            if bundle.is_within(WITHIN) {
                break;
            }
        }
        let mut mean = vec![[0.0; BLOCK]; prices.first().map_or(0, Vec::len)];
        for (weight, rows) in bundle.weights().zip(&prices).filter(|(weight, _)| *weight > 0.0) {
            let cells = mean.iter_mut().flatten().zip(rows.iter().flatten());
            cells.for_each(|(mean, price)| *mean += weight as f32 * price);
        }
        (bundle.best().to_vec(), mean)
    }
}

/// What a group answers: units of its offers, and prices by block and table.
type Answer = (Vec<f64>, Vec<Row>);

/// Everything that is asked in turn.
struct Settling<'a> {
    descent: &'a Descent<'a>,
    narrow: Vec<Group>,
    wide: Group,
    /// By offer: what a unit costs, and how many are many.
    costs: Vec<f64>,
    scales: Vec<f64>,
    weights: &'a Weights,
}

/// What settling found.
pub(crate) struct Settled {
    pub(crate) found: Found,
    /// The prices that were settled on, and what they are multiplied with.
    pub(crate) dual: Dual,
    pub(crate) factors: Factors,
}

/// Improves what a descent found, and its bound if that is wanted.
pub(crate) fn settle(descent: &Descent<'_>, mut found: Found, bounding: bool) -> Settled {
    let market = descent.market;
    let (narrow, wide) = groups(market);
    let (costs, scales) = (offer_costs(market, &found.cap_prices), descent.means());
    let weights = found.weights.clone();
    let settling = Settling { descent, narrow, wide, costs, scales, weights: &weights };
    let mut units = found.units.clone();
    let mut dual = Dual { prices: vec![vec![[0.0; BLOCK]; market.tables.len()]; descent.sample.blocks.len()], weights: weights.clone() };
    let mut factors = Factors::even(market, descent.calendar);
    for phase in 0..PHASES {
        let left = settling.left(&units);
        let wide_prices = settling.solve_wide(&left, &mut units);
        settling.offer(&mut found, &units);
        let share = 1.0 / (phase as f64 + 1.0);
        settling.answer(wide_prices, share, &mut units, &mut dual.prices);
        if bounding {
            factors = Factors::fit(market, descent.calendar, &descent.worths(&dual.prices, &weights), &settling.costs, true);
            found.bound = found.bound.max(descent.bound(&dual, &factors, &found.cap_prices));
        }
    }
    settling.solve_wide(&settling.left(&units), &mut units);
    settling.offer(&mut found, &units);
    Settled { found, dual, factors }
}

impl Settling<'_> {
    /// Takes units that are better.
    fn offer(&self, found: &mut Found, units: &[f64]) {
        let objective = self.descent.objective(units, &self.descent.fill(units, Pricing::No).costs);
        if objective < found.objective && fits(self.descent.market, units) {
            (found.objective, found.units) = (objective, units.to_vec());
        }
    }

    /// By pool and block: the usage that the groups leave to wide plans.
    fn left(&self, units: &[f64]) -> Vec<Vec<Row>> {
        let mut left = vec![Vec::new(); self.descent.market.pools.len()];
        let of_groups = collect(self.descent.workers, self.narrow.len(), |place| self.view(&self.narrow[place], Vec::new()).left(units));
        for (group, of_group) in self.narrow.iter().zip(of_groups) {
            group.pools.iter().zip(of_group).for_each(|(pool, rows)| left[*pool] = rows);
        }
        left
    }

    /// Moves prices of wide plans, and units of all groups, by a share towards what is best at the others'.
    fn answer(&self, wide_prices: Vec<Row>, share: f64, units: &mut [f64], prices: &mut [Vec<Row>]) {
        for (block, rows) in prices.iter_mut().zip(wide_prices.chunks(self.wide.tables.len().max(1))) {
            for (table, row) in self.wide.tables.iter().zip(rows) {
                block[*table].iter_mut().zip(row).for_each(|(mean, price)| *mean += share as f32 * (price - *mean));
            }
        }
        let answers: Vec<Answer> =
            collect(self.descent.workers, self.narrow.len(), |place| self.solve_narrow(&self.narrow[place], prices, units));
        for (group, (found, of_tables)) in self.narrow.iter().zip(answers) {
            group.offers.iter().zip(found).for_each(|(offer, found)| units[*offer] += share * (found - units[*offer]));
            for (block, rows) in prices.iter_mut().zip(of_tables.chunks(group.tables.len().max(1))) {
                group.tables.iter().zip(rows).for_each(|(table, row)| block[*table] = *row);
            }
        }
    }

    fn view<'b>(&'b self, group: &'b Group, values: Vec<Vec<Row>>) -> View<'b> {
        let usage = group.pools.iter().map(|pool| &self.descent.sample.demand[*pool][..]).collect();
        View { descent: self.descent, group, weights: self.weights, usage, values }
    }

    /// The amounts of wide plans for what is left to them, and their prices.
    fn solve_wide(&self, left: &[Vec<Row>], units: &mut [f64]) -> Vec<Row> {
        let wide = &self.wide;
        if wide.tables.is_empty() {
            return Vec::new();
        }
        let usage = wide.pools.iter().map(|pool| &left[*pool][..]).collect();
        let view = View { descent: self.descent, group: wide, weights: self.weights, usage, values: Vec::new() };
        let parts = runs(self.descent.sample.blocks.len(), PARTS);
        let start = wide.offers.iter().map(|offer| units[*offer]).collect();
        let (found, prices) = view.solve(start, &self.costs, &self.scales, |amounts| {
            let told = collect(self.descent.workers, parts.len(), |part| view.evaluate(amounts, parts[part].clone()));
            told.into_iter().reduce(Told::and).expect("there is at least one part")
        });
        wide.offers.iter().zip(found).for_each(|(offer, found)| units[*offer] = found);
        prices
    }

    fn solve_narrow(&self, group: &Group, prices: &[Vec<Row>], units: &[f64]) -> Answer {
        let values = group.pools.iter().map(|pool| {
            let rates: Vec<(usize, f32)> = self.descent.rates[*pool]
                .iter()
                .filter(|(table, _)| self.wide.tables.binary_search(table).is_ok())
                .map(|(table, rate)| (*table, *rate as f32))
                .collect();
            prices.iter().map(|prices| self.descent.order.values(&rates, *pool, prices)).collect()
        });
        let view = self.view(group, values.collect());
        let start = group.offers.iter().map(|offer| units[*offer]).collect();
        let blocks = 0..self.descent.sample.blocks.len();
        view.solve(start, &self.costs, &self.scales, |amounts| view.evaluate(amounts, blocks.clone()))
    }
}

impl View<'_> {
    /// By pool and block: what the group leaves of its usage.
    fn left(&self, units: &[f64]) -> Vec<Vec<Row>> {
        let amounts = self.amounts(&self.group.offers.iter().map(|offer| units[*offer]).collect::<Vec<_>>());
        let mut scratch = self.group.order.scratch();
        let mut left = vec![Vec::with_capacity(self.descent.sample.blocks.len()); self.group.pools.len()];
        for (number, block) in self.descent.sample.blocks.iter().enumerate() {
            self.group.order.apply(&amounts[block.segment], &mut scratch, |pool| &self.usage[pool][number]);
            left.iter_mut().zip(&scratch.remaining).for_each(|(rows, row)| rows.push(*row));
        }
        left
    }
}

impl Told {
    /// Two runs of blocks, one after the other.
    fn and(mut self, other: Self) -> Self {
        self.rest += other.rest;
        for (of_segment, more) in self.worths.iter_mut().zip(other.worths) {
            of_segment.0.iter_mut().zip(more.0).for_each(|(sum, more)| *sum += more);
            of_segment.1.iter_mut().zip(more.1).for_each(|(sum, more)| *sum += more);
        }
        self.prices.extend(other.prices);
        self
    }
}

/// The groups that narrow plans make of the pools, and the wide plans with all pools they cover.
fn groups(market: &Market) -> (Vec<Group>, Group) {
    let pools = market.pools.len();
    let mut wide: Vec<bool> = market.tables.iter().map(|table| table.rates.len() > NARROW_MAX).collect();
    let mut groups = joined(market, &wide);
    let mut sizes = vec![0; pools];
    groups.iter().for_each(|group| sizes[*group] += 1);
    for (table, wide) in market.tables.iter().zip(&mut wide) {
        *wide |= table.rates.first().is_some_and(|(pool, _)| sizes[groups[*pool]] > NARROW_MAX);
    }
    groups = joined(market, &wide);
    let mut of_group: Vec<(Vec<usize>, Vec<usize>)> = vec![Default::default(); pools];
    groups.iter().enumerate().for_each(|(pool, group)| of_group[*group].0.push(pool));
    for (number, table) in market.tables.iter().enumerate().filter(|(number, _)| !wide[*number]) {
        if let Some((pool, _)) = table.rates.first() {
            of_group[groups[*pool]].1.push(number);
        }
    }
    let narrow = of_group.into_iter().filter(|(pools, _)| !pools.is_empty());
    let narrow = narrow.map(|(pools, tables)| Group::new(market, pools, tables, true)).collect();
    let tables: Vec<usize> = (0..market.tables.len()).filter(|table| wide[*table]).collect();
    let mut covered: Vec<usize> = tables.iter().flat_map(|table| market.tables[*table].rates.iter().map(|(pool, _)| *pool)).collect();
    covered.sort_unstable();
    covered.dedup();
    (narrow, Group::new(market, covered, tables, false))
}

/// By pool: the first of all pools that a chain of tables joins it to, wide ones left out.
fn joined(market: &Market, wide: &[bool]) -> Vec<usize> {
    let mut first: Vec<usize> = (0..market.pools.len()).collect();
    let root = |first: &[usize], mut pool: usize| {
        while first[pool] != pool {
            pool = first[pool];
        }
        pool
    };
    for (table, _) in market.tables.iter().zip(wide).filter(|(_, wide)| !**wide) {
        for pair in table.rates.windows(2) {
            let (a, b) = (root(&first, pair[0].0), root(&first, pair[1].0));
            first[a.max(b)] = a.min(b);
        }
    }
    (0..first.len()).map(|pool| root(&first, pool)).collect()
}
