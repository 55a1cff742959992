//! What an hour costs on demand when certain amounts are held, and what one unit more of each plan would be worth in it.
//!
//! Usage is filled as AWS applies commitments: reservations, then plans by level, each where it saves most first. Hours come in
//! blocks, so that the arithmetic runs over rows of them.

use crate::solve::market::Market;

/// Hours of a block.
pub(crate) const BLOCK: usize = 64;

/// A row of hours. Single precision: a share of 10⁻⁷ of a cell is far below what a forecast knows, and the bound allows for it.
pub(crate) type Row = [f32; BLOCK];

/// What hours cost.
pub(crate) type CostRow = [f64; BLOCK];

/// Pools over which costs are summed in single precision before they are summed in double.
const COST_RUN: usize = 16;

/// After so many turns of a table it is looked whether any of it is left.
const LOOK: usize = 8;

/// Tables of at most so many pools are applied where they save most in each hour.
const SORTED_MAX: usize = 8;

/// A table's turn at a pool.
struct Turn {
    table: usize,
    pool: usize,
    rate: f32,
    /// What one of money at the table saves here where nothing comes after it.
    worth: f32,
    /// Time to look whether any of the table is left.
    look: bool,
    /// Where what remains after the turn is kept, if another turn at the pool follows.
    kept: Option<usize>,
}

/// The order in which plans are applied, the same in every hour.
pub(crate) struct Order {
    turns: Vec<Turn>,
    /// Turns of each table.
    of_table: Vec<Vec<usize>>,
    /// Tables from the last applied to the first.
    backwards: Vec<usize>,
    /// Tables after which nothing is applied to any of their pools.
    last: Vec<bool>,
    kept: usize,
    on_demand: Vec<f64>,
}

/// Units held in a segment, bought or held before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Amounts {
    pub(crate) pools: Vec<f64>,
    pub(crate) tables: Vec<f64>,
}

/// What a block is worked out with.
pub(crate) struct Scratch {
    pub(crate) remaining: Vec<Row>,
    left: Vec<Row>,
    kept: Vec<Row>,
    /// Tables of which something is left.
    open: Vec<bool>,
    sorting: Sorting,
    /// By pool: the least a unit of it is worth in each hour at the prices.
    pub(crate) values: Vec<Row>,
    /// By table: what one unit more of it is worth in each hour.
    pub(crate) prices: Vec<Row>,
}

/// By pool of a table: what it needs of it, what one of money saves there, and what others leave to it.
struct Sorting {
    needs: Vec<Row>,
    worths: Vec<Row>,
    rooms: Vec<Row>,
}

impl Order {
    pub(crate) fn new(market: &Market) -> Self {
        let on_demand: Vec<f64> = market.pools.iter().map(|pool| pool.on_demand).collect();
        let mut turns = Vec::new();
        for (table, rates) in market.tables.iter().enumerate() {
            for (pool, rate) in rates.rates.iter().copied().filter(|(pool, rate)| *rate < on_demand[*pool]) {
                let worth = (on_demand[pool] / rate) as f32;
                turns.push(Turn { table, pool, rate: rate as f32, worth, look: false, kept: None });
            }
        }
        let saving = |turn: &Turn| 1.0 - f64::from(turn.rate) / on_demand[turn.pool];
        let groups = groups(market);
        turns.sort_by(|a, b| {
            let level = |turn: &Turn| (market.tables[turn.table].level, groups[turn.table]);
            let by_saving = saving(b).total_cmp(&saving(a)).then(a.rate.total_cmp(&b.rate));
            level(a).cmp(&level(b)).then(by_saving).then((a.table, a.pool).cmp(&(b.table, b.pool)))
        });
        let (mut seen, mut kept) = (vec![false; on_demand.len()], 0);
        let mut last = vec![true; market.tables.len()];
        for turn in turns.iter_mut().rev() {
            if std::mem::replace(&mut seen[turn.pool], true) {
                turn.kept = Some(kept);
                last[turn.table] = false;
                kept += 1;
            }
        }
        let mut of_table = vec![Vec::new(); market.tables.len()];
        for (place, turn) in turns.iter_mut().enumerate() {
            of_table[turn.table].push(place);
            turn.look = of_table[turn.table].len().is_multiple_of(LOOK);
        }
        let mut backwards: Vec<usize> = (0..market.tables.len()).collect();
        // A table's place is that of its first turn: offerings keep their order of savings from SKU to SKU.
        backwards.sort_by_key(|table| std::cmp::Reverse(of_table[*table].first().copied().unwrap_or(usize::MAX)));
        Self { turns, of_table, backwards, last, kept, on_demand }
    }

    pub(crate) fn scratch(&self) -> Scratch {
        let rows = |count| vec![[0.0; BLOCK]; count];
        Scratch {
            remaining: rows(self.on_demand.len()),
            left: rows(self.of_table.len()),
            kept: rows(self.kept),
            open: vec![false; self.of_table.len()],
            sorting: Sorting { needs: rows(SORTED_MAX), worths: rows(SORTED_MAX), rooms: rows(SORTED_MAX) },
            values: self.on_demand.iter().map(|on_demand| [*on_demand as f32; BLOCK]).collect(),
            prices: rows(self.of_table.len()),
        }
    }

    /// Fills a block; what remains on demand costs this much in each hour. `demand` gives a pool's row.
    pub(crate) fn fill<'a>(&self, amounts: &Amounts, scratch: &mut Scratch, demand: impl Fn(usize) -> &'a Row) -> CostRow {
        self.apply(amounts, scratch, demand);
        let mut costs: CostRow = [0.0; BLOCK];
        for (remaining, on_demand) in scratch.remaining.chunks(COST_RUN).zip(self.on_demand.chunks(COST_RUN)) {
            let mut run: Row = [0.0; BLOCK];
            for (remaining, on_demand) in remaining.iter().zip(on_demand) {
                let on_demand = *on_demand as f32;
                run.iter_mut().zip(remaining).for_each(|(cost, remaining)| *cost += remaining * on_demand);
            }
            costs.iter_mut().zip(&run).for_each(|(cost, run)| *cost += f64::from(*run));
        }
        costs
    }

    /// Applies all that is held to a block. `demand` gives a pool's row.
    pub(crate) fn apply<'a>(&self, amounts: &Amounts, scratch: &mut Scratch, demand: impl Fn(usize) -> &'a Row) {
        self.reserve(amounts, scratch, demand);
        for turn in &self.turns {
            let remaining = &mut scratch.remaining[turn.pool];
            if scratch.open[turn.table] {
                let left = &mut scratch.left[turn.table];
                cover(turn.rate, remaining, left);
                scratch.open[turn.table] = !turn.look || left.iter().any(|left| *left > 0.0);
            }
            if let Some(kept) = turn.kept {
                scratch.kept[kept] = *remaining;
            }
        }
    }

    /// Applies reservations, and sets out what is held of plans.
    fn reserve<'a>(&self, amounts: &Amounts, scratch: &mut Scratch, demand: impl Fn(usize) -> &'a Row) {
        for (pool, row) in scratch.remaining.iter_mut().enumerate() {
            let held = amounts.pools[pool] as f32;
            row.iter_mut().zip(demand(pool)).for_each(|(remaining, used)| *remaining = above_zero(used - held));
        }
        for ((left, open), held) in scratch.left.iter_mut().zip(&mut scratch.open).zip(&amounts.tables) {
            left.fill(*held as f32);
            *open = *held > 0.0;
        }
    }

    /// Applies all that is held to a block as is best and not as AWS does: plan by plan, each where it saves most in the hour by what
    /// `scratch.values` says a unit is worth.
    pub(crate) fn apply_best<'a>(&self, amounts: &Amounts, scratch: &mut Scratch, demand: impl Fn(usize) -> &'a Row) {
        self.reserve(amounts, scratch, demand);
        for table in self.backwards.iter().rev().copied() {
            self.cover_best(table, scratch);
        }
    }

    /// Applies a table where it saves most in each hour.
    fn cover_best(&self, table: usize, scratch: &mut Scratch) {
        if scratch.open[table] {
            self.cover_open(table, scratch);
        }
        for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
            if let Some(kept) = turn.kept {
                scratch.kept[kept] = scratch.remaining[turn.pool];
            }
        }
    }

    fn cover_open(&self, table: usize, scratch: &mut Scratch) {
        let turns = &self.of_table[table];
        let left = &mut scratch.left[table];
        if turns.len() > SORTED_MAX {
            let turns = turns.iter().map(|turn| &self.turns[*turn]);
            turns.for_each(|turn| cover(turn.rate, &mut scratch.remaining[turn.pool], left));
            return;
        }
        let Sorting { needs, worths, rooms } = &mut scratch.sorting;
        for (place, turn) in turns.iter().map(|turn| &self.turns[*turn]).enumerate() {
            let inverse = 1.0 / turn.rate;
            needs[place].iter_mut().zip(&scratch.remaining[turn.pool]).for_each(|(need, remaining)| *need = remaining * turn.rate);
            worths[place].iter_mut().zip(&scratch.values[turn.pool]).for_each(|(worth, value)| *worth = value * inverse);
            rooms[place] = *left;
        }
        // What is left for a pool after all those at which the hour saves more.
        for second in 1..turns.len() {
            for first in 0..second {
                let (firsts, seconds) = rooms.split_at_mut(second);
                let pairs = firsts[first].iter_mut().zip(&mut seconds[0]).zip(worths[first].iter().zip(&worths[second]));
                let both = needs[first].iter().zip(&needs[second]);
                for (((of_first, of_second), (a, b)), (need_of_first, need_of_second)) in pairs.zip(both) {
                    *of_second -= only_if(a >= b, *need_of_first);
                    *of_first -= only_if(a < b, *need_of_second);
                }
            }
        }
        for (turn, room) in turns.iter().map(|turn| &self.turns[*turn]).zip(rooms.iter_mut()) {
            cover(turn.rate, &mut scratch.remaining[turn.pool], room);
        }
        for need in &needs[..turns.len()] {
            left.iter_mut().zip(need).for_each(|(left, need)| *left -= need);
        }
        left.iter_mut().for_each(|left| *left = above_zero(*left));
    }

    /// Works out, after a fill, what one unit more of each table is worth, times a factor of the table's.
    ///
    /// Any prices give a valid bound; these are those of the fill: nothing where commitment is left over, else the best use that
    /// usage not covered by the table would make of it.
    pub(crate) fn price(&self, factors: &[f64], scratch: &mut Scratch) {
        let rows = scratch.values.iter_mut().zip(&self.on_demand);
        rows.for_each(|(row, on_demand)| row.fill(*on_demand as f32));
        self.price_above(factors, true, scratch);
    }

    /// The same where units are worth what `scratch.values` says before tables; `plain` where that is what they cost on demand.
    pub(crate) fn price_above(&self, factors: &[f64], plain: bool, scratch: &mut Scratch) {
        for table in self.backwards.iter().copied() {
            if plain && self.last[table] {
                self.price_of_last(table, scratch);
            } else {
                self.price_of(table, scratch);
            }
            self.lower_values(table, factors, scratch);
        }
    }

    /// Works out prices after a fill as they would be if all plans that others follow had been applied as is best: a better bound, and
    /// half as much work again.
    pub(crate) fn price_best<'a>(&self, amounts: &Amounts, factors: &[f64], scratch: &mut Scratch, demand: impl Fn(usize) -> &'a Row) {
        let rows = scratch.values.iter_mut().zip(&self.on_demand);
        rows.for_each(|(row, on_demand)| row.fill(*on_demand as f32));
        for table in self.backwards.iter().copied().filter(|table| self.last[*table]) {
            self.price_of_last(table, scratch);
            self.lower_values(table, factors, scratch);
        }
        self.reserve(amounts, scratch, demand);
        for table in self.backwards.iter().rev().copied().filter(|table| !self.last[*table]) {
            self.cover_best(table, scratch);
        }
        for table in self.backwards.iter().copied().filter(|table| !self.last[*table]) {
            self.price_of(table, scratch);
            self.lower_values(table, factors, scratch);
        }
    }

    /// Takes a table's price times its factor into account at all pools it covers; the price is nothing where some is left over.
    fn lower_values(&self, table: usize, factors: &[f64], scratch: &mut Scratch) {
        let prices = &mut scratch.prices[table];
        let factor = factors[table] as f32;
        for (price, left) in prices.iter_mut().zip(&scratch.left[table]) {
            *price = only_if(*left <= 0.0, *price * factor);
        }
        for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
            let values = &mut scratch.values[turn.pool];
            values.iter_mut().zip(&*prices).for_each(|(value, price)| *value = lower(price * turn.rate, *value));
        }
    }

    /// The best use of a table, by what units are worth without it.
    fn price_of(&self, table: usize, scratch: &mut Scratch) {
        let prices = &mut scratch.prices[table];
        prices.fill(0.0);
        for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
            let after = turn.kept.map_or(&scratch.remaining[turn.pool], |kept| &scratch.kept[kept]);
            let inverse = 1.0 / turn.rate;
            for ((price, after), value) in prices.iter_mut().zip(after).zip(&scratch.values[turn.pool]) {
                let worth = only_if(*after > 0.0, value * inverse);
                *price = higher(worth, *price);
            }
        }
    }

    /// The best use of a table that nothing follows: the first in the order that is not wholly covered.
    fn price_of_last(&self, table: usize, scratch: &mut Scratch) {
        let prices = &mut scratch.prices[table];
        prices.fill(0.0);
        for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
            for (price, after) in prices.iter_mut().zip(&scratch.remaining[turn.pool]) {
                let worth = only_if(*after > 0.0, turn.worth);
                *price = higher(worth, *price);
            }
            if turn.look && prices.iter().zip(&scratch.left[table]).all(|(price, left)| *price > 0.0 || *left > 0.0) {
                return;
            }
        }
    }

    /// The least a unit of a pool is worth in each hour: by table the rate, and the prices of what it takes.
    pub(crate) fn values(&self, rates: &[(usize, f32)], pool: usize, prices: &[Row]) -> Row {
        let mut values = [self.on_demand[pool] as f32; BLOCK];
        for (table, rate) in rates {
            values.iter_mut().zip(&prices[*table]).for_each(|(value, price)| *value = lower(price * rate, *value));
        }
        values
    }
}

/// By table: a number that tables of the same level share when pools join them. What is applied to a pool keeps its order whatever the
/// order of groups; one group after the other keeps the rows at hand.
fn groups(market: &Market) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..market.tables.len()).collect();
    let mut first_at: std::collections::BTreeMap<(u8, usize), usize> = std::collections::BTreeMap::new();
    let root = |groups: &[usize], mut table: usize| {
        while groups[table] != table {
            table = groups[table];
        }
        table
    };
    for (number, table) in market.tables.iter().enumerate() {
        for (pool, _) in &table.rates {
            let first = *first_at.entry((table.level, *pool)).or_insert(number);
            let (a, b) = (root(&groups, first), root(&groups, number));
            groups[a.max(b)] = a.min(b);
        }
    }
    (0..groups.len()).map(|table| root(&groups, table)).collect()
}

/// Covers what remains of a pool with what is left of a table.
fn cover(rate: f32, remaining: &mut Row, left: &mut Row) {
    let inverse = 1.0 / rate;
    for (remaining, left) in remaining.iter_mut().zip(left) {
        let need = *remaining * rate;
        let rest = *remaining - above_zero(*left) * inverse;
        *remaining = only_if(need > *left, above_zero(rest));
        *left = above_zero(*left - need);
    }
}

/// Not `f32::max`, which takes care of numbers that are none and takes three times as long.
fn above_zero(amount: f32) -> f32 {
    if amount > 0.0 { amount } else { 0.0 }
}

fn higher(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// A number or 0, without a branch.
pub(crate) fn only_if(condition: bool, number: f32) -> f32 {
    f32::from_bits(number.to_bits() & 0_u32.wrapping_sub(u32::from(condition)))
}

fn lower(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The sum of a row's first hours.
pub(crate) fn sum(row: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; 8];
    for eight in row.chunks(8) {
        lanes.iter_mut().zip(eight).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

/// A pool's rates at the tables that cover it, each times a factor of the table's prices.
pub(crate) fn scaled_rates(rates: &[(usize, f64)], factors: &[f64]) -> Vec<(usize, f32)> {
    rates.iter().map(|(table, rate)| (*table, (rate * factors[*table]) as f32)).collect()
}
