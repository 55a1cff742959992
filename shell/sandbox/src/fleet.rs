//! What the organization runs: resources, and how much of each it uses in any hour.
//!
//! Usage of an hour depends on the seed and the hour alone, so hours can be made in any order and on any thread.

use crate::account::Account;
use crate::demand::Demand;
use crate::exact;
use crate::price;
use crate::random::{below, hash, hex};
use crate::region::{REGIONS, ZONES, index_of};
use crate::sku::{self, Meter, Sku, text_key};
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
}

/// Pools and resources.
pub(crate) struct Fleet {
    demand: Demand,
    pub(crate) skus: Vec<Sku>,
    pub(crate) pools: Vec<Pool>,
    /// In the order of account and id.
    pub(crate) resources: Vec<Resource>,
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

/// Meters with how often each occurs (thousandths of the rows that are not instances), the least and the most of an hour, and the step.
const METERS: [(Meter, u64, u64, u64, &str); 21] = [
    (("AmazonEC2", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "GB-Mo", "0.08", "Storage", None), 330, 0, 0, "0.000136986301"),
    (("AmazonEC2", "EBS:SnapshotUsage", "CreateSnapshot", "GB-Mo", "0.05", "Storage Snapshot", None), 60, 0, 0, "0.000136986301"),
    (("AWSDataTransfer", "DataTransfer-Out-Bytes", "RunInstances", "GB", "0.09", "Data Transfer", None), 90, 1, 9_000_000, "0.000001"),
    (
        ("AWSDataTransfer", "DataTransfer-Regional-Bytes", "InterZone-Out", "GB", "0.01", "Data Transfer", None),
        70,
        1,
        20_000_000,
        "0.000001",
    ),
    (("AmazonS3", "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.023", "Storage", None), 60, 10_000, 90_000, "0.00001"),
    (("AmazonS3", "Requests-Tier1", "PutObject", "Requests", "0.000005", "API Request", None), 40, 1, 50_000, "1"),
    (("AmazonS3", "Requests-Tier2", "GetObject", "Requests", "0.0000004", "API Request", None), 40, 1, 400_000, "1"),
    (
        ("AWSLambda", "Lambda-GB-Second", "Invoke", "Lambda-GB-Second", "0.0000166667", "Serverless", Some(88)),
        35,
        100_000,
        90_000_000,
        "0.000125",
    ),
    (("AWSLambda", "Request", "Invoke", "Lambda-Requests", "0.0000002", "Serverless", Some(100)), 35, 1, 90_000, "1"),
    (("AmazonECS", "Fargate-vCPU-Hours:perCPU", "FargateTask", "hours", "0.04048", "Compute", Some(80)), 30, 250, 4_000, "0.001"),
    (("AmazonECS", "Fargate-GB-Hours", "FargateTask", "hours", "0.004445", "Compute", Some(80)), 30, 500, 16_000, "0.001"),
    (("AmazonRDS", "RDS:GP3-Storage", "CreateDBInstance:0002", "GB-Mo", "0.115", "Database Storage", None), 20, 0, 0, "0.000136986301"),
    (("AmazonCloudWatch", "CW:MetricMonitorUsage", "MetricStorage", "Metrics", "0.3", "Metric", None), 30, 1, 400, "0.0013440860"),
    (
        (
            "AmazonDynamoDB",
            "WriteRequestUnits",
            "PayPerRequestThroughput",
            "WriteRequestUnits",
            "0.00000125",
            "Amazon DynamoDB PayPerRequest Throughput",
            None,
        ),
        25,
        1,
        900_000,
        "1",
    ),
    (("AmazonDynamoDB", "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.25", "Database Storage", None), 15, 100, 90_000, "0.00001"),
    (("AWSQueueService", "Requests-RBP", "SendMessage", "Requests", "0.0000004", "API Request", None), 20, 1, 300_000, "1"),
    (("awskms", "KMS-Requests", "Decrypt", "Requests", "0.000003", "Encryption Key", None), 15, 1, 9_000, "1"),
    (("AWSELB", "LoadBalancerUsage", "LoadBalancing:Application", "Hrs", "0.0225", "Load Balancer-Application", None), 20, 0, 0, "1"),
    (("AWSELB", "LCUUsage", "LoadBalancing:Application", "LCU-Hrs", "0.008", "Load Balancer-Application", None), 15, 100, 90_000, "0.0001"),
    (("AmazonElastiCache", "NodeUsage:cache.r6g.large", "CreateCacheCluster:0002", "Hrs", "0.206", "Cache Instance", None), 10, 0, 0, "1"),
    (("AmazonVPC", "NatGateway-Hours", "NatGateway", "Hrs", "0.045", "NAT Gateway", None), 10, 0, 0, "1"),
];

impl Fleet {
    /// A fleet of about `rows_per_hour` rows an hour, spread over `accounts`, whose pools never need more in `hours` than they hold.
    pub(crate) fn new(rows_per_hour: u64, accounts: &[Account], seed: u64, hours: std::ops::Range<i64>) -> Self {
        let mut fleet = Self { demand: Demand::embedded(), skus: Vec::new(), pools: Vec::new(), resources: Vec::new(), seed };
        let instances_thousandths = rows_per_hour * 330;
        for plan in &POOLS {
            fleet.add_pool(plan, instances_thousandths, accounts, hours.clone());
        }
        // Bought by mistake once: reservations for a type that only runs on the Spot market.
        let unused = price::ec2().into_iter().find(|p| p.region == "us-east-1" && p.instance_type == "c5.large");
        fleet.skus.push(sku::ec2(&unused.expect("the type has a price"), false));
        fleet.add_databases((rows_per_hour / 25).max(8), accounts);
        for meter in &METERS {
            fleet.add_meter(meter, rows_per_hour * 560, accounts);
        }
        fleet.resources.sort_by(|a, b| (a.account, &a.id, a.sku).cmp(&(b.account, &b.id, b.sku)));
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

    fn add_databases(&mut self, count: u64, accounts: &[Account]) {
        let first = self.skus.len() as u32;
        self.skus.extend(price::rds().iter().filter(|price| price.instance_class.starts_with("db.r5.")).map(sku::rds));
        let kinds = self.skus.len() as u64 - u64::from(first);
        for rank in 0..count {
            // Kinds are dealt out in turn with a stride, so that even a few databases differ in engine and Region.
            let sku = first + (rank * 5 % kinds) as u32;
            let region = self.skus[sku as usize].region;
            let account = self.account_of(accounts, 3, rank);
            let name = format!("orders-{rank:03}");
            let id = format!("arn:aws:rds:{}:{}:db:{name}", REGIONS[region as usize].code, accounts[account as usize].id);
            self.resources.push(Resource { account, zone: region * ZONES, sku, id, name, activity: Activity::Constant(exact::ONE) });
        }
    }

    fn add_meter(&mut self, meter: &(Meter, u64, u64, u64, &str), rows_thousandths: u64, accounts: &[Account]) {
        let (meter, share, low, high, step) = meter;
        let count = (rows_thousandths * share / 1_000_000).max(1);
        let first = self.skus.len() as u32;
        self.skus.extend((0..3).map(|region| sku::metered(region, meter)));
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

/// A resource's id as its service writes it, and its `Name` tag; `home` is the Region and account of an ARN.
fn name_of(meter: &Meter, home: &str, chance: u64, rank: u64) -> (String, String) {
    let short = hex(17, &[chance]);
    let (id, tagged) = match (meter.0, meter.1) {
        ("AmazonEC2", "EBS:VolumeUsage.gp3") => (format!("vol-{short}"), true),
        ("AmazonEC2", _) => (format!("arn:aws:ec2:{home}:snapshot/snap-{short}"), false),
        ("AWSDataTransfer", _) => (format!("i-{short}"), false),
        ("AmazonS3", _) => (format!("example-bucket-{}-{}", rank % 40, &short[..6]), false),
        ("AWSLambda", _) => (format!("arn:aws:lambda:{home}:function:worker-{rank}"), true),
        ("AmazonECS", _) => (format!("arn:aws:ecs:{home}:task/cluster/{}", hex(32, &[chance, 1])), true),
        ("AmazonRDS", _) => (format!("arn:aws:rds:{home}:db:orders-{rank:03}"), true),
        ("AWSELB", _) => (format!("arn:aws:elasticloadbalancing:{home}:loadbalancer/app/front-{rank}/{short}"), true),
        ("AmazonVPC", _) => (format!("nat-{short}"), true),
        ("AmazonElastiCache", _) => (format!("arn:aws:elasticache:{home}:cluster:sessions-{rank}"), true),
        _ => (String::new(), false),
    };
    let name = if tagged && !chance.is_multiple_of(4) {
        format!("{}-{rank:04}", meter.0.trim_start_matches("Amazon").to_lowercase())
    } else {
        String::new()
    };
    (id, name)
}
