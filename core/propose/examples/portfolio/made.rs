//! Pools of many shapes, demand for them in many futures, and all that is on offer.

use tenor_propose::solve::{Futures, Market, Offer, Pool, Risk, Table, Target};

/// Hours of the horizon.
const YEAR_HOURS: usize = 8_760;

fn mix(place: u64) -> u64 {
    let mut x = place.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn share(place: u64) -> f64 {
    (mix(place) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Levels by pool and week, a pattern by hour of the week, and noise.
pub(crate) struct Made {
    pools: usize,
    scenarios: usize,
    /// Of the year's hours, one in so many is looked at.
    stride: usize,
    /// By pool: hours of a week.
    patterns: Vec<[f32; 168]>,
    /// By scenario and pool: weeks.
    levels: Vec<Vec<[f32; 53]>>,
}

impl Made {
    pub(crate) fn new(pools: usize, scenarios: usize, stride: usize) -> Self {
        let pattern = |pool: usize| {
            let depth = share(pool as u64 * 7 + 1) * 0.6;
            std::array::from_fn(|hour| {
                let day = (hour % 24) as f64;
                let work = if (8.0..20.0).contains(&day) && hour < 120 { 1.0 } else { 1.0 - depth };
                (work * (10.0 + 1000.0 * share(pool as u64 * 7 + 2).powi(4))) as f32
            })
        };
        let path = |scenario: usize, pool: usize| {
            let trend = (share(pool as u64 * 7 + 3) - 0.45) * 0.8 + (share((scenario * 100_003 + pool) as u64 + 5_000_000) - 0.5) * 0.6;
            let all = (share(scenario as u64 + 9_000_000) - 0.5) * 0.4;
            let end = if share((scenario * 7_919 + pool) as u64 + 77) < 0.1 {
                (share((scenario + pool * 31) as u64) * 52.0) as usize
            } else {
                99
            };
            std::array::from_fn(|week| {
                let level = (1.0 + (trend + all) * week as f64 / 52.0).max(0.05);
                if week >= end { (level * 0.1) as f32 } else { level as f32 }
            })
        };
        let levels = (0..scenarios).map(|scenario| (0..pools).map(|pool| path(scenario, pool)).collect()).collect();
        Self { pools, scenarios, stride, patterns: (0..pools).map(pattern).collect(), levels }
    }
}

impl Futures for Made {
    fn scenarios(&self) -> usize {
        self.scenarios
    }

    fn hours(&self) -> usize {
        YEAR_HOURS / self.stride
    }

    fn read(&self, scenario: usize, pool: usize, first: usize, step: usize, into: &mut [f32]) {
        let (pattern, levels) = (&self.patterns[pool], &self.levels[scenario][pool]);
        let (first, step) = (first * self.stride, step * self.stride);
        let (mut week, mut hour) = (first / 168, first % 168);
        let mut rest = into;
        while !rest.is_empty() {
            // The hours of a week at once.
            let (now, later) = rest.split_at_mut(rest.len().min((168 - hour).div_ceil(step)));
            let level = levels[week];
            match step {
                1 => now.iter_mut().zip(&pattern[hour..]).for_each(|(used, of_hour)| *used = of_hour * level),
                _ => now.iter_mut().zip(pattern[hour..].iter().step_by(step)).for_each(|(used, of_hour)| *used = of_hour * level),
            }
            hour += now.len() * step;
            (week, hour) = (week + hour / 168, hour % 168);
            rest = later;
        }
    }
}

/// All that is on offer.
pub(crate) fn market(made: &Made) -> Market {
    let hours = made.hours();
    let pools: Vec<Pool> = (0..made.pools).map(|pool| Pool { on_demand: 0.02 + 0.2 * share(pool as u64 + 11) }).collect();
    // One year and three; no, partial and all upfront: standard and convertible reservations, EC2 Instance plans, Compute plans.
    let shares = [0.63, 0.60, 0.58, 0.43, 0.40, 0.38];
    let mut tables = Vec::new();
    let mut offers = Vec::new();
    let mut offer = |target, cost, step| offers.push(Offer { target, hours: 0..hours, cost, step, most: f64::INFINITY });
    for (number, of_list) in shares.iter().enumerate() {
        for (pool, facts) in pools.iter().enumerate() {
            for dearer in [0.0, 0.07] {
                let little = 0.02 * share((pool * 13 + number) as u64);
                offer(Target::Pool(pool), facts.on_demand * (of_list + dearer + little) * hours as f64, 1.0);
            }
        }
        let rate = |(pool, facts): (usize, &Pool)| (pool, facts.on_demand * (of_list + 0.08 + 0.06 * share(pool as u64 + 17)));
        tables.push(Table { level: 2, rates: pools.iter().enumerate().map(rate).collect() });
        offer(Target::Table(tables.len() - 1), hours as f64, 0.001);
        for family in 0..pools.len() / 4 {
            let rate = |pool: usize| (pool, pools[pool].on_demand * (of_list + 0.01 + 0.01 * share((pool * 5 + number) as u64)));
            tables.push(Table { level: 1, rates: (family * 4..family * 4 + 4).map(rate).collect() });
            offer(Target::Table(tables.len() - 1), hours as f64, 0.001);
        }
    }
    Market {
        pools,
        tables,
        offers,
        held: Vec::new(),
        caps: Vec::new(),
        risk: Risk { weight: 0.0, tail: 0.1 },
        hour_weight: 1.0,
        references: Vec::new(),
    }
}
