//! Databases, caches, search and warehouses. Source: `aws-rules` §1.11, with each service's own guide.

use super::usage_type::lines;
use super::{Attributes, Gap, Sizes, Target, split_type};
use crate::sku::{ExactKey, Factor, FamilyKey};

/// `code,engine,flexible` lines.
pub(super) const ENGINES: &str = include_str!("../../data/database_engines.csv");

/// Engines of one edition without a licence, whose names alone say what a match depends on.
const PLAIN_ENGINES: [&str; 5] = ["MySQL", "MariaDB", "PostgreSQL", "Aurora MySQL", "Aurora PostgreSQL"];

/// Usage types of their instances and nodes, and of their reservations' fees, without region and type.
pub(super) const METERS: [&str; 13] = [
    "InstanceUsage",
    "InstanceUsageIOOptimized",
    "Multi-AZUsage",
    "Multi-AZClusterUsage",
    "NodeUsage",
    "ESInstance",
    "Node",
    "HeavyUsage",
    "Multi-AZHeavyUsage",
    "HeavyUsageIOOptimized",
    "Multi-AZClusterHeavyUsage",
    "ESHeavyUsage",
    "NodeHeavyUsage",
];

/// Parts of a key and a factor that a service's rules give.
struct Found {
    service: &'static str,
    /// What a match depends on besides region and type; the first is its own, further ones reservations of which cover it too.
    engines: Vec<String>,
    flexible: bool,
    /// In hundredths: 200 for Multi-AZ.
    weight: u32,
}

pub(super) fn target(attributes: &Attributes<'_>, observed: Option<Factor>, sizes: &Sizes, fee: bool) -> Result<Option<Target>, Gap> {
    let meter = attributes.meter();
    if attributes.is_fee() != fee || !METERS.contains(&meter) {
        return Ok(None);
    }
    let name = attributes.type_name();
    let Some((family, _)) = split_type(name) else { return Ok(None) };
    let found = match attributes.service {
        "AmazonRDS" => relational(attributes)?,
        "AmazonElastiCache" => cache(attributes)?,
        "AmazonMemoryDB" => memory(attributes)?,
        "AmazonES" => plain("OpenSearch"),
        "AmazonRedshift" => plain("Redshift"),
        _ => return Ok(None),
    };
    let weighed = |single: Factor| single.thousandths().checked_mul(found.weight).and_then(|units| Factor::from_thousandths(units / 100));
    // What the bill counts has the deployment in it.
    let factor = observed.or_else(|| sizes.factor(name).and_then(weighed));
    let flexible = found.flexible && factor.is_some();
    let (service, region) = (found.service, attributes.region());
    let pool = |engine: &String| FamilyKey(format!("{service} {region} {family} {engine}").trim_end().to_owned());
    let deployment = if flexible || found.weight == 100 || service != "RDS" { "" } else { deployment(attributes).as_str() };
    let engine = found.engines.first().map_or("", String::as_str);
    Ok(Some(Target {
        families: if flexible { found.engines.iter().map(pool).collect() } else { Vec::new() },
        exact: ExactKey(format!("{service} {region} {name} {engine} {deployment}").trim_end().to_owned()),
        factor: factor.or_else(|| weighed(Factor::ONE)).unwrap_or(Factor::ONE),
    }))
}

/// What was assumed of a usage or fee that is matched.
pub(super) fn gaps(attributes: &Attributes<'_>) -> Option<Gap> {
    let known = || listed_engine(attributes).is_some() || PLAIN_ENGINES.contains(&attributes.database_engine);
    let unknown = attributes.service == "AmazonRDS" && !known();
    unknown.then(|| Gap::UnknownEngineCode { operation: attributes.operation.to_owned() })
}

/// Matched by region and exact type, nothing else.
fn plain(service: &'static str) -> Found {
    Found { service, engines: vec![String::new()], flexible: false, weight: 100 }
}

/// Size-flexible but for SQL Server and Oracle with the licence included; Multi-AZ counts twice, a Multi-AZ cluster three times, Aurora
/// I/O-Optimized 1.3 times. Source: RDS and Aurora user guides, reserved DB instances.
fn relational(attributes: &Attributes<'_>) -> Result<Found, Gap> {
    let (engine, flexible) = engine(attributes)?;
    Ok(Found { service: "RDS", engines: vec![engine], flexible, weight: deployment(attributes).weight() })
}

/// How a database is deployed.
#[derive(Clone, Copy)]
enum Deployment {
    Single,
    IoOptimized,
    MultiAz,
    Cluster,
}

impl Deployment {
    const fn weight(self) -> u32 {
        match self {
            Self::Single => 100,
            Self::IoOptimized => 130,
            Self::MultiAz => 200,
            Self::Cluster => 300,
        }
    }

    /// As keys of exact matches say it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "Single-AZ",
            Self::IoOptimized => "I/O-Optimized",
            Self::MultiAz => "Multi-AZ",
            Self::Cluster => "Multi-AZ cluster",
        }
    }
}

/// By its attribute, or by its usage type where the bill says no more.
fn deployment(attributes: &Attributes<'_>) -> Deployment {
    let (said, meter) = (attributes.deployment, attributes.meter());
    if said.contains("cluster") || said.contains("readable standbys") || meter.starts_with("Multi-AZCluster") {
        Deployment::Cluster
    } else if said.starts_with("Multi-AZ") || meter.starts_with("Multi-AZ") {
        Deployment::MultiAz
    } else if meter.ends_with("IOOptimized") {
        Deployment::IoOptimized
    } else {
        Deployment::Single
    }
}

/// The engine of a database, edition and licence included where they matter, and whether its reservations are size-flexible.
///
/// By the operation's code, which fees have too; by attributes where no list has the code.
fn engine(attributes: &Attributes<'_>) -> Result<(String, bool), Gap> {
    if let Some((engine, flexible)) = listed_engine(attributes) {
        return Ok((engine.to_owned(), flexible));
    }
    let name = attributes.database_engine;
    if PLAIN_ENGINES.contains(&name) {
        return Ok((name.to_owned(), true));
    }
    // Of all others only a code tells edition and licence, even one that no list has.
    let code = code(attributes);
    if name.is_empty() || code.is_empty() {
        return Err(no_engine(attributes));
    }
    let byol = attributes.license_model.eq_ignore_ascii_case("bring your own license");
    Ok((format!("{name} {code}"), name.starts_with("Db2") || (name.starts_with("Oracle") && byol)))
}

/// What the list says of an operation: `CreateDBInstance:0005`.
fn listed_engine(attributes: &Attributes<'_>) -> Option<(&'static str, bool)> {
    let code = code(attributes);
    let (_, rest) = lines(ENGINES).filter_map(|line| line.split_once(',')).find(|(of, _)| *of == code)?;
    rest.split_once(',').map(|(engine, flexible)| (engine, flexible == "flexible"))
}

fn code<'a>(attributes: &Attributes<'a>) -> &'a str {
    attributes.operation.rsplit_once(':').map_or("", |(_, code)| code)
}

fn no_engine(attributes: &Attributes<'_>) -> Gap {
    let [service, usage_type, operation] = [attributes.service, attributes.usage_type, attributes.operation].map(str::to_owned);
    Gap::NoEngine { service, usage_type, operation }
}

/// Size-flexible in a family and engine; reservations for Redis OSS cover Valkey, which counts 0.8 of its class. Source: ElastiCache guide,
/// reserved nodes.
fn cache(attributes: &Attributes<'_>) -> Result<Found, Gap> {
    let (engines, weight) = match cache_engine(attributes) {
        Some("Valkey") => (vec!["Valkey".to_owned(), "Redis".to_owned()], 80),
        Some(engine) => (vec![engine.to_owned()], 100),
        None => return Err(no_engine(attributes)),
    };
    Ok(Found { service: "ElastiCache", engines, flexible: true, weight })
}

/// The engine of a cache, by its attribute or else by its operation; none where neither is known.
fn cache_engine(attributes: &Attributes<'_>) -> Option<&'static str> {
    let known = |name: &str| match name {
        "Redis OSS" | "Redis" | "0002" => Some("Redis"),
        "Memcached" | "0001" => Some("Memcached"),
        "Valkey" => Some("Valkey"),
        _ => None,
    };
    known(attributes.cache_engine).or_else(|| known(code(attributes)))
}

/// Size-flexible in a family; reservations for Redis OSS cover Valkey, which counts 0.7 of its class. Source: MemoryDB guide, reserved
/// nodes.
fn memory(attributes: &Attributes<'_>) -> Result<Found, Gap> {
    let (engines, weight) = match cache_engine(attributes) {
        Some("Valkey") => (vec!["Valkey".to_owned(), "Redis".to_owned()], 70),
        Some("Redis") => (vec!["Redis".to_owned()], 100),
        _ => return Err(no_engine(attributes)),
    };
    Ok(Found { service: "MemoryDB", engines, flexible: true, weight })
}

#[cfg(test)]
mod tests {
    use super::super::{Attributes, Sizes};
    use crate::commitment::Covers;

    fn matches(attributes: &Attributes<'_>) -> String {
        match attributes.reservable(None, &Sizes::published()) {
            Err(gap) => gap.to_string(),
            Ok(None) => "nothing".to_owned(),
            Ok(Some(found)) => {
                let families: Vec<&str> = found.families.iter().map(|family| family.0.as_str()).collect();
                format!("{} | {} | {}", found.exact, families.join(", "), found.factor.thousandths())
            }
        }
    }

    fn rds<'a>(usage_type: &'a str, operation: &'a str) -> Attributes<'a> {
        Attributes { service: "AmazonRDS", region: "eu-west-1", usage_type, operation, ..Attributes::default() }
    }

    #[test]
    fn databases_count_by_deployment_and_match_by_engine() {
        let oracle = Attributes {
            database_engine: "Oracle",
            license_model: "Bring your own license",
            ..rds("EU-InstanceUsage:db.m5.large", "CreateDBInstance:0005")
        };
        let cases = [
            rds("EU-InstanceUsage:db.m5.large", "CreateDBInstance:0014"),
            rds("EU-Multi-AZUsage:db.m5.large", "CreateDBInstance:0014"),
            rds("EU-InstanceUsageIOOptimized:db.r6g.large", "CreateDBInstance:0021"),
            rds("EU-Multi-AZUsage:db.m5.large", "CreateDBInstance:0012"),
            rds("EU-InstanceUsage:db.m5.large", "CreateDBInstance:0012"),
            oracle,
            Attributes { deployment: "Multi-AZ (readable standbys)", ..rds("EU-Multi-AZUsage:db.m5.large", "CreateDBInstance:0014") },
            rds("EU-Multi-AZClusterUsage:db.m5.large", "CreateDBInstance:0028"),
            Attributes { database_engine: "SQL Server", ..rds("EU-InstanceUsage:db.m5.large", "") },
            rds("EU-RDS:GP2-Storage", "CreateDBInstance:0014"),
        ];
        insta::assert_snapshot!(cases.iter().map(matches).collect::<Vec<_>>().join("\n"), @"
        RDS eu-west-1 db.m5.large PostgreSQL | RDS eu-west-1 m5 PostgreSQL | 4000
        RDS eu-west-1 db.m5.large PostgreSQL | RDS eu-west-1 m5 PostgreSQL | 8000
        RDS eu-west-1 db.r6g.large Aurora PostgreSQL | RDS eu-west-1 r6g Aurora PostgreSQL | 5200
        RDS eu-west-1 db.m5.large SQL Server SE Multi-AZ |  | 8000
        RDS eu-west-1 db.m5.large SQL Server SE |  | 4000
        RDS eu-west-1 db.m5.large Oracle EE BYOL | RDS eu-west-1 m5 Oracle EE BYOL | 4000
        RDS eu-west-1 db.m5.large PostgreSQL | RDS eu-west-1 m5 PostgreSQL | 12000
        RDS eu-west-1 db.m5.large Db2 SE BYOL | RDS eu-west-1 m5 Db2 SE BYOL | 12000
        AmazonRDS `EU-InstanceUsage:db.m5.large` (operation ``) names no engine that a rule is known for; it is taken as matching nothing
        nothing
        ");
    }

    #[test]
    fn caches_search_and_warehouses_match_as_their_guides_say() {
        let node = |service, usage_type, cache_engine| Attributes {
            service,
            region: "us-east-1",
            usage_type,
            cache_engine,
            ..Attributes::default()
        };
        let cases = [
            node("AmazonElastiCache", "NodeUsage:cache.r7g.large", "Valkey"),
            node("AmazonElastiCache", "NodeUsage:cache.r7g.large", "Redis"),
            node("AmazonMemoryDB", "NodeUsage:db.r6g.xlarge", "Valkey"),
            node("AmazonMemoryDB", "NodeUsage:db.r6g.xlarge", ""),
            node("AmazonES", "ESInstance:m5.large.search", ""),
            node("AmazonRedshift", "Node:ra3.4xlarge", ""),
            node("AmazonS3", "TimedStorage-ByteHrs", ""),
        ];
        insta::assert_snapshot!(cases.iter().map(matches).collect::<Vec<_>>().join("\n"), @"
        ElastiCache us-east-1 cache.r7g.large Valkey | ElastiCache us-east-1 r7g Valkey, ElastiCache us-east-1 r7g Redis | 3200
        ElastiCache us-east-1 cache.r7g.large Redis | ElastiCache us-east-1 r7g Redis | 4000
        MemoryDB us-east-1 db.r6g.xlarge Valkey | MemoryDB us-east-1 r6g Valkey, MemoryDB us-east-1 r6g Redis | 5600
        AmazonMemoryDB `NodeUsage:db.r6g.xlarge` (operation ``) names no engine that a rule is known for; it is taken as matching nothing
        OpenSearch us-east-1 m5.large.search |  | 4000
        Redshift us-east-1 ra3.4xlarge |  | 32000
        nothing
        ");
    }

    fn covered(attributes: &Attributes<'_>) -> String {
        match attributes.covers(false, None, &Sizes::published()) {
            Ok((Covers::Family(family), factor)) => format!("all sizes: {family}, {}", factor.thousandths()),
            Ok((Covers::Exact(exact), factor)) => format!("one size: {exact}, {}", factor.thousandths()),
            Err(gap) => gap.to_string(),
        }
    }

    #[test]
    fn a_database_fee_covers_what_its_operation_says() {
        let cases = [
            rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance:0002"),
            rds("EU-Multi-AZHeavyUsage:db.m5.large", "CreateDBInstance:0005"),
            rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance:0029"),
            rds("EU-Multi-AZClusterHeavyUsage:db.m5.large", "CreateDBInstance:0014"),
            rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance:0020"),
            rds("EU-Multi-AZHeavyUsage:db.m5.large", "CreateDBInstance:0015"),
            rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance:0999"),
            Attributes { database_engine: "Oracle", ..rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance:0999") },
            Attributes { database_engine: "MariaDB", ..rds("EU-HeavyUsage:db.m5.large", "CreateDBInstance") },
            rds("EU-HeavyUsage:db.m5.large", ""),
            rds("EU-Multi-AZHeavyUsage:db.r5b.2xlarge.tpc2.mem4x", "CreateDBInstance:0005"),
        ];
        insta::assert_snapshot!(cases.iter().map(covered).collect::<Vec<_>>().join("\n"), @"
        all sizes: RDS eu-west-1 m5 MySQL, 4000
        all sizes: RDS eu-west-1 m5 Oracle EE BYOL, 8000
        all sizes: RDS eu-west-1 m5 Db2 AE BYOL, 4000
        all sizes: RDS eu-west-1 m5 PostgreSQL, 12000
        one size: RDS eu-west-1 db.m5.large Oracle SE2 licence included, 4000
        one size: RDS eu-west-1 db.m5.large SQL Server EE Multi-AZ, 8000
        AmazonRDS `EU-HeavyUsage:db.m5.large` (operation `CreateDBInstance:0999`) names no engine that a rule is known for; it is taken as matching nothing
        one size: RDS eu-west-1 db.m5.large Oracle 0999, 4000
        all sizes: RDS eu-west-1 m5 MariaDB, 4000
        AmazonRDS `EU-HeavyUsage:db.m5.large` (operation ``) names no engine that a rule is known for; it is taken as matching nothing
        one size: RDS eu-west-1 db.r5b.2xlarge.tpc2.mem4x Oracle EE BYOL Multi-AZ, 2000
        ");
    }

    #[test]
    fn a_node_fee_covers_what_its_service_says() {
        let fee =
            |service, usage_type, operation| Attributes { service, region: "us-east-1", usage_type, operation, ..Attributes::default() };
        let cases = [
            fee("AmazonElastiCache", "HeavyUsage:cache.r7g.large", "CreateCacheCluster:0002"),
            fee("AmazonElastiCache", "HeavyUsage:cache.r7g.large", "CreateCacheCluster:Valkey"),
            fee("AmazonElastiCache", "HeavyUsage:cache.r7g.large", "CreateCacheCluster:0001"),
            fee("AmazonElastiCache", "HeavyUsage:cache.r7g.large", "CreateCacheCluster"),
            fee("AmazonMemoryDB", "NodeHeavyUsage:db.r6g.xlarge", "CreateCluster:Redis"),
            fee("AmazonMemoryDB", "NodeHeavyUsage:db.r6g.xlarge", "CreateCluster"),
            fee("AmazonES", "ESHeavyUsage:m5.large.search", "ESDomain"),
            fee("AmazonRedshift", "HeavyUsage:ra3.4xlarge", "RunComputeNode:0001"),
        ];
        insta::assert_snapshot!(cases.iter().map(covered).collect::<Vec<_>>().join("\n"), @"
        all sizes: ElastiCache us-east-1 r7g Redis, 4000
        all sizes: ElastiCache us-east-1 r7g Valkey, 3200
        all sizes: ElastiCache us-east-1 r7g Memcached, 4000
        AmazonElastiCache `HeavyUsage:cache.r7g.large` (operation `CreateCacheCluster`) names no engine that a rule is known for; it is taken as matching nothing
        all sizes: MemoryDB us-east-1 r6g Redis, 8000
        AmazonMemoryDB `NodeHeavyUsage:db.r6g.xlarge` (operation `CreateCluster`) names no engine that a rule is known for; it is taken as matching nothing
        one size: OpenSearch us-east-1 m5.large.search, 4000
        one size: Redshift us-east-1 ra3.4xlarge, 32000
        ");
    }

    /// Fees often lack all attributes; what they cover has them.
    #[test]
    fn a_fee_without_attributes_covers_usage_with_them() {
        let sizes = Sizes::published();
        for (code, engine, license) in [
            ("0005", "Oracle", "Bring your own license"),
            ("0029", "Db2", "Bring your own license"),
            ("0014", "PostgreSQL", "No license required"),
            ("0012", "SQL Server", "License included"),
        ] {
            let operation = format!("CreateDBInstance:{code}");
            let usage = Attributes {
                database_engine: engine,
                license_model: license,
                deployment: "Multi-AZ",
                ..rds("EU-Multi-AZUsage:db.m5.large", &operation)
            };
            let usage = usage.reservable(None, &sizes).unwrap().unwrap();
            let matches = match rds("EU-Multi-AZHeavyUsage:db.m5.large", &operation).covers(false, None, &sizes).unwrap().0 {
                Covers::Family(family) => usage.families.contains(&family),
                Covers::Exact(exact) => usage.families.is_empty() && usage.exact == exact,
            };
            assert!(matches, "{engine}");
        }
    }

    #[test]
    fn a_code_that_no_list_has_is_named() {
        let usage = Attributes { database_engine: "Oracle", ..rds("EU-InstanceUsage:db.m5.large", "CreateDBInstance:0999") };
        let gaps = usage.gaps(None, &Sizes::published());
        insta::assert_snapshot!(gaps[0].to_string(), @"no list says which edition and licence `CreateDBInstance:0999` is; it is matched as the engine that the bill names");
    }
}
