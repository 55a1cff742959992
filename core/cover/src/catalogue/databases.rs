//! Databases, caches, search and warehouses. Source: `aws-rules` §1.11, with each service's own guide.

use super::{Attributes, Sizes, Target, split_type};
use crate::sku::{ExactKey, Factor, FamilyKey};

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

pub(super) fn target(attributes: &Attributes<'_>, sizes: &Sizes, fee: bool) -> Option<Target> {
    let meter = attributes.meter();
    if meter.contains("HeavyUsage") != fee || !METERS.contains(&meter) {
        return None;
    }
    let name = attributes.type_name();
    let (family, _) = split_type(name)?;
    let found = match attributes.service {
        "AmazonRDS" => relational(attributes),
        "AmazonElastiCache" => cache(attributes),
        "AmazonMemoryDB" => memory(attributes),
        "AmazonES" => plain("OpenSearch"),
        "AmazonRedshift" => plain("Redshift"),
        _ => return None,
    };
    let single = sizes.factor(name);
    let flexible = found.flexible && single.is_some();
    let weighed = single.map_or(Factor::ONE.thousandths(), Factor::thousandths).checked_mul(found.weight).map(|units| units / 100);
    let (service, region) = (found.service, attributes.region());
    let pool = |engine: &String| FamilyKey(format!("{service} {region} {family} {engine}").trim_end().to_owned());
    let deployment = if found.flexible || found.weight == 100 { "" } else { deployment(attributes) };
    let engine = found.engines.first().map_or("", String::as_str);
    Some(Target {
        families: if flexible { found.engines.iter().map(pool).collect() } else { Vec::new() },
        exact: ExactKey(format!("{service} {region} {name} {engine} {deployment}").trim_end().to_owned()),
        factor: weighed.and_then(Factor::from_thousandths).unwrap_or(Factor::ONE),
    })
}

/// Matched by region and exact type, nothing else.
fn plain(service: &'static str) -> Found {
    Found { service, engines: vec![String::new()], flexible: false, weight: 100 }
}

/// Size-flexible but for SQL Server and Oracle with the licence included; Multi-AZ counts twice, a Multi-AZ cluster three times, Aurora
/// I/O-Optimized 1.3 times. Source: RDS and Aurora user guides, reserved DB instances.
fn relational(attributes: &Attributes<'_>) -> Found {
    let (engine, flexible) = engine(attributes);
    let weight = match deployment(attributes) {
        "Multi-AZ" => 200,
        "Multi-AZ cluster" => 300,
        _ if attributes.meter().ends_with("IOOptimized") => 130,
        _ => 100,
    };
    Found { service: "RDS", engines: vec![engine], flexible, weight }
}

/// How a database is deployed: by its attribute, or by its usage type where the bill says no more.
fn deployment(attributes: &Attributes<'_>) -> &'static str {
    let (said, meter) = (attributes.deployment, attributes.meter());
    if said.contains("cluster") || said.contains("readable standbys") || meter.starts_with("Multi-AZCluster") {
        "Multi-AZ cluster"
    } else if said.starts_with("Multi-AZ") || meter.starts_with("Multi-AZ") {
        "Multi-AZ"
    } else {
        "Single-AZ"
    }
}

/// The engine of a database, licence included where it matters, and whether its reservations are size-flexible.
///
/// By operation where the attribute is missing, as on fees. Source: RDS user guide, product codes of `CreateDBInstance`.
fn engine(attributes: &Attributes<'_>) -> (String, bool) {
    let code = attributes.operation.rsplit_once(':').map_or("", |(_, code)| code);
    let known = match code {
        "0002" => "MySQL",
        "0014" => "PostgreSQL",
        "0016" => "Aurora MySQL",
        "0018" => "MariaDB",
        "0021" => "Aurora PostgreSQL",
        _ => "",
    };
    if !known.is_empty() {
        return (known.to_owned(), true);
    }
    let name = attributes.database_engine;
    let byol = attributes.license_model.eq_ignore_ascii_case("bring your own license");
    let flexible = matches!(name, "MySQL" | "MariaDB" | "PostgreSQL" | "Aurora MySQL" | "Aurora PostgreSQL")
        || name.starts_with("Db2")
        || (name.starts_with("Oracle") && byol);
    // The code tells edition and licence of the rest apart.
    (if code.is_empty() { name.to_owned() } else { format!("engine {code}") }, flexible)
}

/// Size-flexible in a family and engine; reservations for Redis OSS cover Valkey, which counts 0.8 of its class. Source: ElastiCache guide,
/// reserved nodes.
fn cache(attributes: &Attributes<'_>) -> Found {
    let engine = cache_engine(attributes);
    let (engines, weight) = match engine {
        "Valkey" => (vec!["Valkey".to_owned(), "Redis".to_owned()], 80),
        engine => (vec![engine.to_owned()], 100),
    };
    Found { service: "ElastiCache", engines, flexible: true, weight }
}

/// The engine of a cache, by its attribute or else by its operation.
fn cache_engine<'a>(attributes: &Attributes<'a>) -> &'a str {
    let code = attributes.operation.rsplit_once(':').map_or("", |(_, code)| code);
    match (attributes.cache_engine, code) {
        ("Redis OSS", _) | ("", "0002" | "Redis") => "Redis",
        ("", "0001") => "Memcached",
        ("", "Valkey") => "Valkey",
        (said, _) => said,
    }
}

/// Size-flexible in a family; reservations for Redis OSS cover Valkey, which counts 0.7 of its class. Source: MemoryDB guide, reserved
/// nodes.
fn memory(attributes: &Attributes<'_>) -> Found {
    let (engines, weight) = match cache_engine(attributes) {
        "Valkey" => (vec!["Valkey".to_owned(), "Redis".to_owned()], 70),
        _ => (vec!["Redis".to_owned()], 100),
    };
    Found { service: "MemoryDB", engines, flexible: true, weight }
}

#[cfg(test)]
mod tests {
    use super::super::{Attributes, Sizes};

    fn matches(attributes: &Attributes<'_>) -> String {
        match attributes.reservable(&Sizes::published()).unwrap() {
            None => "nothing".to_owned(),
            Some(found) => {
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
            rds("EU-RDS:GP2-Storage", "CreateDBInstance:0014"),
        ];
        insta::assert_snapshot!(cases.iter().map(matches).collect::<Vec<_>>().join("\n"), @r"
        RDS eu-west-1 db.m5.large PostgreSQL | RDS eu-west-1 m5 PostgreSQL | 4000
        RDS eu-west-1 db.m5.large PostgreSQL | RDS eu-west-1 m5 PostgreSQL | 8000
        RDS eu-west-1 db.r6g.large Aurora PostgreSQL | RDS eu-west-1 r6g Aurora PostgreSQL | 5200
        RDS eu-west-1 db.m5.large engine 0012 Multi-AZ |  | 8000
        RDS eu-west-1 db.m5.large engine 0012 |  | 4000
        RDS eu-west-1 db.m5.large engine 0005 | RDS eu-west-1 m5 engine 0005 | 4000
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
            node("AmazonES", "ESInstance:m5.large.search", ""),
            node("AmazonRedshift", "Node:ra3.4xlarge", ""),
            node("AmazonS3", "TimedStorage-ByteHrs", ""),
        ];
        insta::assert_snapshot!(cases.iter().map(matches).collect::<Vec<_>>().join("\n"), @r"
        ElastiCache us-east-1 cache.r7g.large Valkey | ElastiCache us-east-1 r7g Valkey, ElastiCache us-east-1 r7g Redis | 3200
        ElastiCache us-east-1 cache.r7g.large Redis | ElastiCache us-east-1 r7g Redis | 4000
        MemoryDB us-east-1 db.r6g.xlarge Valkey | MemoryDB us-east-1 r6g Valkey, MemoryDB us-east-1 r6g Redis | 5600
        OpenSearch us-east-1 m5.large.search |  | 4000
        Redshift us-east-1 ra3.4xlarge |  | 32000
        nothing
        ");
    }
}
