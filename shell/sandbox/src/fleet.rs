//! What the organization runs: resources, and how much of each it uses in any hour.
//!
//! Usage of an hour depends on the seed and the hour alone, so hours can be made in any order and on any thread.

use crate::account::Account;
use crate::demand::Demand;
use crate::exact;
use crate::meters::{METERS, Meter, metered, name_of};
use crate::node;
use crate::price;
use crate::random::{below, hash, hex};
use crate::region::{REGIONS, ZONES, index_of, zone_name};
use crate::sku::{self, Sku, text_key};
use crate::taken::TakenUsage;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_money::Quantity;

/// A group of instances whose number follows one demand series.
pub(crate) struct Pool {
    series: usize,
    /// Mean number of instances, in thousandths.
    mean_thousandths: u64,
    key: u64,
}

/// Something that is used and billed by the hour.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// Index of the account.
    pub(crate) account: u32,
    /// Zone across all Regions; the Region's first for what has none.
    pub(crate) zone: u32,
    /// Index of the SKU.
    pub(crate) sku: u32,
    /// AWS's id or ARN.
    pub(crate) id: String,
    /// The `Name` tag; empty for what nobody tagged.
    pub(crate) name: String,
    pub(crate) activity: Activity,
}

/// How usage of a resource arises.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Activity {
    /// An instance, running while its pool needs more than `rank`.
    Pooled { pool: u32, rank: u32 },
    /// The same every hour.
    Constant(Quantity),
    /// Chance between two numbers of steps.
    Varying { low: u64, high: u64, step: Quantity, key: u64 },
    /// As it was taken from bills: the number of its series.
    Taken { series: u32 },
}

/// Pools and resources.
pub(crate) struct Fleet {
    demand: Demand,
    pub(crate) skus: Vec<Sku>,
    pub(crate) pools: Vec<Pool>,
    /// In the order of account and id; those of taken usage by the account's id.
    pub(crate) resources: Vec<Resource>,
    /// What resources of taken usage use.
    taken: Option<Arc<TakenUsage>>,
    seed: u64,
}

/// How many instances each pool needs in one hour and needed in the one before.
pub(crate) struct Needs {
    now: Vec<u32>,
    before: Vec<u32>,
}

/// Series, Region, family, sizes, market, share of instances in thousandths.
type PoolPlan = (&'static str, &'static str, &'static str, &'static [&'static str], Market, u64);

#[derive(Clone, Copy, PartialEq)]
enum Market {
    Linux,
    Windows,
    Spot,
}

const POOLS: [PoolPlan; 12] = [
    ("r1B", "us-east-1", "m5", &["large", "xlarge", "2xlarge"], Market::Linux, 240),
    ("r2B", "eu-west-1", "c5", &["large", "2xlarge", "9xlarge"], Market::Linux, 160),
    ("r1E", "us-east-1", "r5", &["large", "xlarge", "4xlarge"], Market::Linux, 100),
    ("r2J", "eu-west-1", "m6i", &["large", "xlarge", "4xlarge"], Market::Linux, 100),
    ("r1J", "us-west-2", "t3", &["nano", "micro", "small", "medium"], Market::Linux, 90),
    ("r2E", "eu-west-1", "r6g", &["medium", "large", "2xlarge"], Market::Linux, 70),
    ("r2L", "eu-west-1", "c6i", &["large", "xlarge"], Market::Linux, 50),
    ("r1D", "us-west-2", "g4dn", &["xlarge", "2xlarge"], Market::Linux, 30),
    ("r2K", "us-west-2", "m6g", &["large", "xlarge"], Market::Linux, 50),
    ("r1L", "us-east-1", "m5", &["large", "xlarge"], Market::Windows, 50),
    ("r1C", "us-east-1", "c5", &["large", "xlarge", "4xlarge"], Market::Spot, 20),
    ("r2C", "eu-west-1", "m6i", &["2xlarge"], Market::Spot, 40),
];

/// On-demand capacity reservations: Region, instance type, how many instances.
const CAPACITY: [(&str, &str, u64); 4] =
    [("us-east-1", "m5.large", 3), ("us-east-1", "r5.xlarge", 2), ("eu-west-1", "c5.2xlarge", 2), ("us-west-2", "g4dn.xlarge", 1)];

impl Activity {
    /// The most that an hour may use.
    pub(crate) fn most(self) -> Quantity {
        match self {
            Self::Pooled { .. } => exact::ONE,
            Self::Constant(quantity) => quantity,
            Self::Varying { high, step, .. } => Quantity::from_units(step.units() * i128::from(high)),
            // Nobody buys by it: an organization whose usage was taken begins without commitments.
            Self::Taken { .. } => Quantity::ZERO,
        }
    }
}

impl Fleet {
    /// No fleet: nothing is used.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { demand: Demand::embedded(), skus: Vec::new(), pools: Vec::new(), resources: Vec::new(), taken: None, seed: 0 }
    }

    /// A fleet of about `rows_per_hour` rows an hour, spread over `accounts`, whose pools never need more in `hours` than they hold.
    pub(crate) fn new(rows_per_hour: u64, accounts: &[Account], seed: u64, hours: std::ops::Range<i64>) -> Self {
        let mut fleet = Self { demand: Demand::embedded(), skus: Vec::new(), pools: Vec::new(), resources: Vec::new(), taken: None, seed };
        let instances_thousandths = rows_per_hour * 330;
        for plan in &POOLS {
            fleet.add_pool(plan, instances_thousandths, accounts, hours.clone());
        }
        // Bought by mistake once: reservations for a type that only runs on the Spot market.
        let unused = price::ec2().into_iter().find(|p| p.region == "us-east-1" && p.instance_type == "c5.large");
        fleet.skus.push(sku::ec2(&unused.expect("the type has a price"), false));
        fleet.add_databases("db.r5.", (rows_per_hour / 25).max(8), accounts);
        fleet.add_databases("db.r7g.", (rows_per_hour / 60).max(4), accounts);
        fleet.add_nodes(rows_per_hour / 30, accounts);
        for capacity in &CAPACITY {
            fleet.add_capacity(capacity, accounts);
        }
        for meter in &METERS {
            fleet.add_meter(meter, rows_per_hour * 560, accounts);
        }
        fleet.resources.sort_by(|a, b| (a.account, &a.id, a.sku).cmp(&(b.account, &b.id, b.sku)));
        fleet
    }

    /// What an organization used by its bills, of what is `sold`: one resource for each series, in their order; `skus` are the indices of what each
    /// is usage of. What is not sold any more is left out, and [`crate::Store::load`] refuses it by name.
    pub(crate) fn taken(taken: &Arc<TakenUsage>, skus: &[Option<u32>], sold: &[Sku], seed: u64) -> Self {
        let mut fleet = Self { demand: Demand::embedded(), skus: Vec::new(), pools: Vec::new(), resources: Vec::new(), taken: None, seed };
        let mut by_sold = BTreeMap::new();
        for ((index, series), sku) in taken.series().iter().enumerate().zip(skus) {
            let Some(found) = sku.map(|sku| sku as usize) else { continue };
            let sku = *by_sold.entry(found).or_insert_with(|| {
                fleet.skus.push(sold[found].clone());
                fleet.skus.len() as u32 - 1
            });
            let region = sold[found].region;
            // Zones that the sandbox has not are taken for the Region's first.
            let zones = region * ZONES..(region + 1) * ZONES;
            let zone = zones.clone().find(|zone| zone_name(*zone) == series.zone()).unwrap_or(zones.start);
            let (id, activity) = (format!("rehearsed-{index:07}"), Activity::Taken { series: index as u32 });
            fleet.resources.push(Resource { account: series.account(), zone, sku, id, name: String::new(), activity });
        }
        fleet.taken = Some(Arc::clone(taken));
        fleet
    }

    /// What the pools need in the hour that begins at `hour`.
    pub(crate) fn needs(&self, hour: i64) -> Needs {
        let at = |hour| self.pools.iter().map(|pool| self.needed(pool, hour)).collect();
        Needs { now: at(hour), before: at(hour - 3600) }
    }

    /// How much of a resource the hour uses; zero if it does not run.
    pub(crate) fn usage(&self, resource: &Resource, needs: &Needs, hour: i64) -> Quantity {
        match resource.activity {
            Activity::Constant(quantity) => quantity,
            Activity::Varying { low, high, step, key } => {
                let steps = low + below(high - low + 1, &[self.seed, key, hour as u64]);
                Quantity::from_units(step.units() * i128::from(steps))
            }
            Activity::Taken { series } => self.taken.as_ref().map_or(Quantity::ZERO, |taken| taken.at(series, hour)),
            Activity::Pooled { pool, rank } => {
                let (now, before) = (needs.now[pool as usize], needs.before[pool as usize]);
                if rank >= now {
                    Quantity::ZERO
                } else if rank < before {
                    exact::ONE
                } else {
                    // Started within this hour: billed from some second on.
                    exact::hours(60 + below(3540, &[self.seed, u64::from(pool), u64::from(rank), hour as u64]) as i64)
                }
            }
        }
    }

    /// About how many resources run in the hour, without looking at each.
    pub(crate) fn running(&self, hour: i64) -> u64 {
        let pooled: u64 = self.pools.iter().map(|pool| u64::from(self.needed(pool, hour))).sum();
        let others = self.resources.iter().filter(|resource| !matches!(resource.activity, Activity::Pooled { .. })).count();
        pooled + others as u64
    }

    /// The Spot rate of a SKU in an hour: 30 to 40 percent of the on-demand rate, to 4 decimals.
    pub(crate) fn spot_rate(&self, sku: u32, hour: i64) -> tenor_money::UnitPrice {
        let percent = 30 + below(11, &[self.seed, 77, u64::from(sku), (hour / 86_400) as u64]);
        tenor_money::UnitPrice::from_units(exact::ratio(self.skus[sku as usize].rate.units(), i128::from(percent), 100, 4))
    }

    fn needed(&self, pool: &Pool, hour: i64) -> u32 {
        let (sum, hours) = self.demand.sum(pool.series);
        let count = u64::from(self.demand.at(pool.series, hour));
        (count * pool.mean_thousandths * hours).div_ceil(sum * 1000).max(1) as u32
    }

    fn add_pool(&mut self, plan: &PoolPlan, instances_thousandths: u64, accounts: &[Account], hours: std::ops::Range<i64>) {
        let (series, region, family, sizes, market, share) = *plan;
        let first = self.skus.len() as u32;
        let prices = price::ec2();
        for size in sizes {
            let instance_type = format!("{family}.{size}");
            let price =
                prices.iter().find(|p| p.region == region && p.instance_type == instance_type).expect("every pool's types have prices");
            self.skus.push(if market == Market::Spot { sku::spot(price) } else { sku::ec2(price, market == Market::Windows) });
        }
        let pool =
            Pool { series: self.demand.series(series), mean_thousandths: instances_thousandths * share / 1000, key: text_key(series) };
        let most = hours.step_by(3600).map(|hour| self.needed(&pool, hour)).max().unwrap_or(0);
        let index = self.pools.len() as u32;
        for rank in 0..most {
            // Instances come in pairs that share account, zone and size, as the members of a group do.
            let pair = u64::from(rank / 2);
            let chance = hash(&[self.seed, pool.key, pair]);
            let sku = first + pair as u32 % sizes.len() as u32;
            let zone = index_of(region) * ZONES + (chance >> 40) as u32 % ZONES;
            let name = if chance % 10 < 8 { format!("{family}-{rank:04}") } else { String::new() };
            let id = format!("i-0{}", hex(16, &[self.seed, pool.key, u64::from(rank), 2]));
            // A pool lives in a few accounts, not in all of them.
            let home = below(2 + accounts.len() as u64 / 6, &[self.seed, pool.key, pair, 4]);
            let account = self.account_of(accounts, pool.key, home);
            self.resources.push(Resource { account, zone, sku, id, name, activity: Activity::Pooled { pool: index, rank } });
        }
        self.pools.push(pool);
    }

    fn add_databases(&mut self, family: &str, count: u64, accounts: &[Account]) {
        let first = self.skus.len() as u32;
        self.skus.extend(price::rds().iter().filter(|price| price.instance_class.starts_with(family)).map(sku::rds));
        let kinds = self.skus.len() as u64 - u64::from(first);
        for rank in 0..count {
            // Kinds are dealt out in turn with a stride, so that even a few databases differ in engine and Region.
            let sku = first + (rank * 5 % kinds) as u32;
            let region = self.skus[sku as usize].region;
            let account = self.account_of(accounts, text_key(family), rank);
            let name = format!("{}-{rank:03}", if family == "db.r5." { "orders" } else { "ledger" });
            let id = format!("arn:aws:rds:{}:{}:db:{name}", REGIONS[region as usize].code, accounts[account as usize].id);
            self.resources.push(Resource { account, zone: region * ZONES, sku, id, name, activity: Activity::Constant(exact::ONE) });
        }
    }

    /// At least one cluster of each node type.
    fn add_nodes(&mut self, count: u64, accounts: &[Account]) {
        let first = self.skus.len() as u32;
        self.skus.extend(node::nodes().iter().map(node::sku));
        let kinds = self.skus.len() as u64 - u64::from(first);
        for rank in 0..count.max(kinds) {
            let sku = first + (rank % kinds) as u32;
            let Sku { region, product_code, .. } = self.skus[sku as usize];
            let account = self.account_of(accounts, 6, rank);
            let home = format!("{}:{}", REGIONS[region as usize].code, accounts[account as usize].id);
            let name = format!("cluster-{rank:03}");
            let (id, nodes) = match product_code {
                "AmazonES" => (format!("arn:aws:es:{home}:domain/{name}"), 1),
                "AmazonRedshift" => (format!("arn:aws:redshift:{home}:cluster:{name}"), 2),
                "AmazonMemoryDB" => (format!("arn:aws:memorydb:{home}:cluster/{name}"), 1),
                _ => (format!("arn:aws:elasticache:{home}:cluster:{name}"), 1),
            };
            let activity = Activity::Constant(Quantity::from_whole(nodes));
            self.resources.push(Resource { account, zone: region * ZONES, sku, id, name, activity });
        }
    }

    /// An on-demand capacity reservation: its hours for information, and what of it nobody uses.
    fn add_capacity(&mut self, (region, instance_type, count): &(&str, &str, u64), accounts: &[Account]) {
        let prices = price::ec2();
        let price = prices.iter().find(|p| p.region == *region && p.instance_type == *instance_type).expect("its type has a price");
        let key = text_key(instance_type);
        let chance = hash(&[self.seed, key, 9]);
        let account = self.account_of(accounts, key, 9);
        let zone = index_of(region) * ZONES + (chance >> 40) as u32 % ZONES;
        let id = format!("arn:aws:ec2:{region}:{}:capacity-reservation/cr-0{}", accounts[account as usize].id, hex(16, &[chance]));
        let held = Activity::Constant(Quantity::from_whole(*count as i64));
        let unused = Activity::Varying { low: 0, high: *count, step: exact::ONE, key: chance };
        for (sku, activity) in [(sku::capacity_reservation(price), held), (sku::unused_capacity(price), unused)] {
            let index = self.skus.len() as u32;
            self.skus.push(sku);
            self.resources.push(Resource { account, zone, sku: index, id: id.clone(), name: String::new(), activity });
        }
    }

    fn add_meter(&mut self, meter: &(Meter, u64, u64, u64, &str), rows_thousandths: u64, accounts: &[Account]) {
        let (meter, share, low, high, step) = meter;
        let count = (rows_thousandths * share / 1_000_000).max(1);
        let first = self.skus.len() as u32;
        self.skus.extend((0..3).map(|region| metered(region, meter)));
        let key = text_key(meter.1);
        let step: Quantity = step.parse().expect("steps are decimals");
        for rank in 0..count {
            let chance = hash(&[self.seed, key, rank]);
            // Half of it in the first Region, the rest shared by the others.
            let region = [0, 0, 1, 2][(chance >> 20) as usize % 4];
            let activity = if *high == 0 {
                Activity::Constant(self.constant(meter.3, step, chance))
            } else {
                Activity::Varying { low: *low, high: *high, step, key: chance }
            };
            let account = self.account_of(accounts, key, rank);
            let home = format!("{}:{}", REGIONS[region as usize].code, accounts[account as usize].id);
            let (id, name) = name_of(meter, &home, chance, rank);
            self.resources.push(Resource { account, zone: region * ZONES, sku: first + region, id, name, activity });
        }
    }

    /// What something that is there all month uses in an hour: a size of 8 GB to 2 TB, or the hour itself.
    fn constant(&self, unit: &str, step: Quantity, chance: u64) -> Quantity {
        if unit != "GB-Mo" {
            return step;
        }
        let size = 8_i128 << ((chance ^ self.seed) % 9);
        Quantity::from_units(exact::ratio(step.units(), size, 1, 10))
    }

    /// The account a resource belongs to; the payer runs nothing unless it is alone.
    fn account_of(&self, accounts: &[Account], key: u64, rank: u64) -> u32 {
        if accounts.len() == 1 { 0 } else { 1 + below(accounts.len() as u64 - 1, &[self.seed, 5, key, rank]) as u32 }
    }
}
