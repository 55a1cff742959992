//! Whether usage is what a step's reservation is for, by the words of the step: its platform or engine, and whose hosts or how many zones.
//!
//! The words are those of AWS's offerings; a word that no list has says nothing, and nothing is guessed by it.

use crate::order::Step;
use crate::service::Service;
use tenor_cover::{operation_of_engine, operation_of_platform};

/// Whether usage of an operation is of the platform or the engine that a step's reservation is for. Where no list says which operation that is, it is.
#[must_use]
pub fn is_operation_of(step: &Step, operation: &str) -> bool {
    let product = step.goods.as_str().split(", ").nth(1).unwrap_or_default();
    match step.service {
        Service::Ec2 => operation_of_platform(product).is_none_or(|sold| sold == operation),
        Service::Rds => operation_of_database(product).is_none_or(|sold| sold == operation),
        Service::ElastiCache => cache_code(product).is_none_or(|code| operation.ends_with(code)),
        _ => true,
    }
}

/// Whether a usage type is of the tenancy, or of the number of zones, that a step's reservation is for.
#[must_use]
pub fn is_variant_of(step: &Step, usage_type: &str) -> bool {
    let has = |wanted: &str| step.goods.as_str().split(", ").any(|word| word == wanted);
    match step.service {
        Service::Ec2 => usage_type.contains("Dedicated") == has("dedicated"),
        Service::Rds => usage_type.contains("Multi-AZ") == has("multi-AZ"),
        _ => true,
    }
}

/// The operation of a database's product, in RDS's words: `oracle-se2(byol)`, `sqlserver-ee(li)`, `aurora-postgresql`.
#[must_use]
pub fn operation_of_database(product: &str) -> Option<String> {
    let (name, license) = product.trim_end_matches(')').split_once('(').unwrap_or((product, ""));
    let license = match license {
        "byol" => "Bring your own license",
        "li" => "License included",
        other => other,
    };
    let (engine, edition) = match name.split_once('-') {
        Some((engine @ ("oracle" | "sqlserver" | "db2"), edition)) => (engine, edition),
        _ => (name, ""),
    };
    let edition = match (engine, edition) {
        (_, "ee") => "Enterprise",
        (_, "se") => "Standard",
        (_, "se1") => "Standard One",
        (_, "se2") => "Standard Two",
        (_, "ae") => "Advanced",
        (_, "web") => "Web",
        (_, "ex") => "Express",
        (_, other) => other,
    };
    operation_of_engine(engine, edition, license)
}

/// What operations of a cache's engine end in. Source: `aws-rules` 1.11.
#[must_use]
pub fn cache_code(product: &str) -> Option<&'static str> {
    match product {
        "redis" => Some(":0002"),
        "memcached" => Some(":0001"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::operation_of_database;

    #[test]
    fn rds_says_engines_in_words_of_its_own() {
        let products = [
            "postgresql",
            "aurora-postgresql",
            "aurora-mysql",
            "mysql",
            "mariadb",
            "oracle-se2(byol)",
            "oracle-ee(li)",
            "sqlserver-ee(li)",
            "sqlserver-web(li)",
            "db2-ae(byol)",
            "plan9",
        ];
        let told = products.map(|product| format!("{product}: {}", operation_of_database(product).unwrap_or_else(|| "-".to_owned())));
        insta::assert_snapshot!(told.join("\n"), @"
        postgresql: CreateDBInstance:0014
        aurora-postgresql: CreateDBInstance:0021
        aurora-mysql: CreateDBInstance:0016
        mysql: CreateDBInstance:0002
        mariadb: CreateDBInstance:0018
        oracle-se2(byol): CreateDBInstance:0019
        oracle-ee(li): -
        sqlserver-ee(li): CreateDBInstance:0015
        sqlserver-web(li): CreateDBInstance:0011
        db2-ae(byol): CreateDBInstance:0029
        plan9: -
        ");
    }
}
