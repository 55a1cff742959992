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

/// A table's turn at a pool.
struct Turn {
    table: usize,
    pool: usize,
    rate: f32,
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
    remaining: Vec<Row>,
    left: Vec<Row>,
    kept: Vec<Row>,
    values: Vec<Row>,
    /// By table: what one unit more of it is worth in each hour.
    pub(crate) prices: Vec<Row>,
}

impl Order {
    pub(crate) fn new(market: &Market) -> Self {
        let on_demand: Vec<f64> = market.pools.iter().map(|pool| pool.on_demand).collect();
        let mut turns = Vec::new();
        for (table, rates) in market.tables.iter().enumerate() {
            for (pool, rate) in rates.rates.iter().copied().filter(|(pool, rate)| *rate < on_demand[*pool]) {
                turns.push(Turn { table, pool, rate: rate as f32, kept: None });
            }
        }
        let saving = |turn: &Turn| 1.0 - f64::from(turn.rate) / on_demand[turn.pool];
        turns.sort_by(|a, b| {
            let level = |turn: &Turn| market.tables[turn.table].level;
            let by_saving = saving(b).total_cmp(&saving(a)).then(a.rate.total_cmp(&b.rate));
            level(a).cmp(&level(b)).then(by_saving).then((a.table, a.pool).cmp(&(b.table, b.pool)))
        });
        let (mut seen, mut kept) = (vec![false; on_demand.len()], 0);
        for turn in turns.iter_mut().rev() {
            if std::mem::replace(&mut seen[turn.pool], true) {
                turn.kept = Some(kept);
                kept += 1;
            }
        }
        let mut of_table = vec![Vec::new(); market.tables.len()];
        for (place, turn) in turns.iter().enumerate() {
            of_table[turn.table].push(place);
        }
        let mut backwards: Vec<usize> = (0..market.tables.len()).collect();
        // A table's place is that of its first turn: offerings keep their order of savings from SKU to SKU.
        backwards.sort_by_key(|table| std::cmp::Reverse(of_table[*table].first().copied().unwrap_or(usize::MAX)));
        Self { turns, of_table, backwards, kept, on_demand }
    }

    pub(crate) fn scratch(&self) -> Scratch {
        let rows = |count| vec![[0.0; BLOCK]; count];
        Scratch {
            remaining: rows(self.on_demand.len()),
            left: rows(self.of_table.len()),
            kept: rows(self.kept),
            values: rows(self.on_demand.len()),
            prices: rows(self.of_table.len()),
        }
    }

    /// Fills a block; what remains on demand costs this much in each hour. `demand` gives a pool's row.
    pub(crate) fn fill(&self, amounts: &Amounts, scratch: &mut Scratch, demand: impl Fn(usize, &mut Row)) -> CostRow {
        for (pool, row) in scratch.remaining.iter_mut().enumerate() {
            demand(pool, row);
            let held = amounts.pools[pool] as f32;
            row.iter_mut().for_each(|used| *used = (*used - held).max(0.0));
        }
        for (left, held) in scratch.left.iter_mut().zip(&amounts.tables) {
            left.fill(*held as f32);
        }
        for turn in &self.turns {
            let remaining = &mut scratch.remaining[turn.pool];
            if amounts.tables[turn.table] > 0.0 {
                let inverse = 1.0 / turn.rate;
                for (remaining, left) in remaining.iter_mut().zip(&mut scratch.left[turn.table]) {
                    let need = *remaining * turn.rate;
                    let rest = *remaining - *left * inverse;
                    *remaining = if need <= *left { 0.0 } else { rest.max(0.0) };
                    *left = (*left - need).max(0.0);
                }
            }
            if let Some(kept) = turn.kept {
                scratch.kept[kept] = *remaining;
            }
        }
        let mut costs: CostRow = [0.0; BLOCK];
        for (remaining, on_demand) in scratch.remaining.iter().zip(&self.on_demand) {
            costs.iter_mut().zip(remaining).for_each(|(cost, remaining)| *cost += f64::from(*remaining) * on_demand);
        }
        costs
    }

    /// Works out, after a fill, what one unit more of each table is worth.
    ///
    /// Any prices give a valid bound; these are those of the fill: nothing where commitment is left over, else the best use that
    /// usage not covered by the table would make of it.
    pub(crate) fn price(&self, scratch: &mut Scratch) {
        for (values, on_demand) in scratch.values.iter_mut().zip(&self.on_demand) {
            values.fill(*on_demand as f32);
        }
        for table in self.backwards.iter().copied() {
            let prices = &mut scratch.prices[table];
            prices.fill(0.0);
            for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
                let after = turn.kept.map_or(&scratch.remaining[turn.pool], |kept| &scratch.kept[kept]);
                let inverse = 1.0 / turn.rate;
                for ((price, after), value) in prices.iter_mut().zip(after).zip(&scratch.values[turn.pool]) {
                    let worth = if *after > 0.0 { value * inverse } else { 0.0 };
                    *price = price.max(worth);
                }
            }
            for (price, left) in prices.iter_mut().zip(&scratch.left[table]) {
                *price = if *left > 0.0 { 0.0 } else { *price };
            }
            for turn in self.of_table[table].iter().map(|turn| &self.turns[*turn]) {
                for (value, price) in scratch.values[turn.pool].iter_mut().zip(&*prices) {
                    *value = value.min(price * turn.rate);
                }
            }
        }
    }

    /// The least a unit of a pool is worth in each hour: by table the rate, and the prices of what it takes.
    pub(crate) fn values(&self, rates: &[(usize, f32)], pool: usize, prices: &[Row]) -> Row {
        let mut values = [self.on_demand[pool] as f32; BLOCK];
        for (table, rate) in rates {
            values.iter_mut().zip(&prices[*table]).for_each(|(value, price)| *value = value.min(price * rate));
        }
        values
    }
}

/// The sum of a row's first hours.
pub(crate) fn sum(row: &[f32]) -> f64 {
    row.iter().map(|value| f64::from(*value)).sum()
}

/// A pool's rates at the tables that cover it, each times a factor of the table's prices.
pub(crate) fn scaled_rates(rates: &[(usize, f64)], factors: &[f64]) -> Vec<(usize, f32)> {
    rates.iter().map(|(table, rate)| (*table, (rate * factors[*table]) as f32)).collect()
}
