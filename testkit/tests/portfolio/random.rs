//! Random portfolio problems, and their text for a judge.

use tenor_propose::solve::{Cap, Futures, Holding, Market, Offer, Pool, Risk, Table, Target};

/// Demand in memory: by scenario, pool and hour.
pub(crate) struct Demand(pub(crate) Vec<Vec<Vec<f64>>>);

impl Futures for Demand {
    fn scenarios(&self) -> usize {
        self.0.len()
    }

    fn hours(&self) -> usize {
        self.0[0][0].len()
    }

    fn read(&self, scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]) {
        let cells = self.0[scenario][pool].iter().skip(first).step_by(step);
        into.iter_mut().zip(cells).for_each(|(into, cell)| *into = *cell as f32);
    }
}

/// Numbers that look random, from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A whole number below `below`.
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % below
    }

    /// From `low` to `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll(1_000_001) as f64 / 1e6
    }
}

/// What an instance may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One reservation offer for one pool, no risk, no limits.
    Reservation,
    /// One plan over several pools.
    Plan,
    /// Anything.
    Mixed,
}

pub(crate) fn instance(seed: u64, kind: Kind) -> (Market, Demand) {
    let mut dice = Dice(seed);
    let mixed = kind == Kind::Mixed;
    let pools = if kind == Kind::Reservation { 1 } else { 1 + dice.roll(4) as usize };
    let scenarios = if mixed { 1 + dice.roll(4) as usize } else { 1 };
    let hours = 4 + dice.roll(if mixed { 10 } else { 20 }) as usize;
    let demand = Demand(
        (0..scenarios)
            .map(|_| {
                let one = |dice: &mut Dice| {
                    let base = dice.roll(12);
                    let wide = 1 + dice.roll(10);
                    (0..hours).map(|_| (base + dice.roll(wide)) as f64).collect()
                };
                (0..pools).map(|_| one(&mut dice)).collect()
            })
            .collect(),
    );
    let pool_list: Vec<Pool> = (0..pools).map(|_| Pool { on_demand: dice.between(0.5, 2.0) }).collect();
    let mut market = Market {
        pools: pool_list,
        tables: Vec::new(),
        offers: Vec::new(),
        held: Vec::new(),
        caps: Vec::new(),
        risk: Risk { weight: 0.0, tail: 0.5 },
        hour_weight: 1.0,
        references: Vec::new(),
    };
    if kind != Kind::Reservation {
        let tables = if mixed { 1 + dice.roll(2) } else { 1 };
        for level in 0..tables {
            let mut rates = Vec::new();
            for (pool, facts) in market.pools.iter().enumerate() {
                if level + 1 == tables || dice.roll(2) == 0 {
                    rates.push((pool, facts.on_demand * dice.between(0.4, 0.9)));
                }
            }
            market.tables.push(Table { level: level as u8, rates });
            market.offers.push(Offer {
                target: Target::Table(level as usize),
                hours: 0..hours,
                cost: hours as f64,
                step: 0.25,
                most: f64::INFINITY,
            });
        }
    }
    if kind != Kind::Plan {
        for pool in 0..pools {
            for _ in 0..if mixed { dice.roll(3) } else { 1 } {
                let start = if mixed && dice.roll(4) == 0 { dice.roll(hours as u64 / 2) as usize } else { 0 };
                let end = if mixed && dice.roll(4) == 0 { hours - dice.roll(hours as u64 / 2) as usize } else { hours };
                let cost = market.pools[pool].on_demand * dice.between(0.35, 0.9) * (end - start) as f64;
                let most = if mixed && dice.roll(5) == 0 { dice.roll(8) as f64 } else { f64::INFINITY };
                market.offers.push(Offer { target: Target::Pool(pool), hours: start..end, cost, step: 1.0, most });
            }
        }
    }
    if mixed {
        limits(&mut market, &mut dice, hours, scenarios);
    }
    (market, demand)
}

fn limits(market: &mut Market, dice: &mut Dice, hours: usize, scenarios: usize) {
    if dice.roll(2) == 0 {
        market.risk = Risk { weight: dice.between(0.1, 2.0), tail: [0.25, 0.5, 1.0][dice.roll(3) as usize] };
        if dice.roll(2) == 0 {
            market.references = (0..scenarios).map(|_| dice.between(0.0, 20.0)).collect();
        }
    }
    if dice.roll(3) == 0 && !market.offers.is_empty() {
        let weights = market.offers.iter().map(|offer| offer.cost / hours as f64).collect();
        market.caps.push(Cap { weights, most: dice.between(0.0, 15.0) });
    }
    if dice.roll(3) == 0 {
        let target = if dice.roll(2) == 0 { Target::Pool(0) } else { Target::Table(0) };
        market.held.push(Holding { target, hours: 0..hours / 2, units: dice.roll(6) as f64 });
    }
}

/// An instance as the judge reads it.
pub(crate) fn to_json(market: &Market, demand: &Demand) -> String {
    let target = |target: Target| match target {
        Target::Pool(pool) => format!("[\"pool\",{pool}]"),
        Target::Table(table) => format!("[\"table\",{table}]"),
    };
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let numbers = |numbers: &[f64]| list(numbers.iter().map(|number| format!("{number:?}")).collect());
    let offers = market.offers.iter().map(|offer| {
        let most = if offer.most.is_finite() { format!("{:?}", offer.most) } else { "null".to_owned() };
        let (start, end) = (offer.hours.start, offer.hours.end);
        format!(
            r#"{{"target":{},"hours":[{start},{end}],"cost":{:?},"step":{:?},"most":{most}}}"#,
            target(offer.target),
            offer.cost,
            offer.step
        )
    });
    let held = market.held.iter().map(|held| {
        format!(r#"{{"target":{},"hours":[{},{}],"units":{:?}}}"#, target(held.target), held.hours.start, held.hours.end, held.units)
    });
    let tables = market.tables.iter().map(|table| list(table.rates.iter().map(|(pool, rate)| format!("[{pool},{rate:?}]")).collect()));
    let caps = market.caps.iter().map(|cap| format!(r#"{{"weights":{},"most":{:?}}}"#, numbers(&cap.weights), cap.most));
    format!(
        r#"{{"pools":{},"tables":{},"offers":{},"held":{},"caps":{},"risk":[{:?},{:?}],"references":{},"demand":{}}}"#,
        numbers(&market.pools.iter().map(|pool| pool.on_demand).collect::<Vec<_>>()),
        list(tables.collect()),
        list(offers.collect()),
        list(held.collect()),
        list(caps.collect()),
        market.risk.weight,
        market.risk.tail,
        numbers(&market.references),
        list(demand.0.iter().map(|scenario| list(scenario.iter().map(|row| numbers(row)).collect())).collect()),
    )
}
