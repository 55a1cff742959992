//! What something is for, in the words of an order's step: the same of what is held and of what is sold.

use tenor_aws::answer::Tenancy;
use tenor_aws::reads::ec2::Scope;
use tenor_ledger::Text;

/// What accounts that had two networks append to a platform; it means nothing any more. Source: `aws-rules` 1.1.
pub(super) const VPC: &str = " (Amazon VPC)";

/// Of a plan: its family, where it is for one.
pub(super) fn of_plan(family: Option<&str>) -> Text {
    joined(&[family.unwrap_or_default()])
}

/// Of EC2's: `m5.large, Linux/UNIX, default`, and the zone of zonal ones.
pub(super) fn of_instances(instance_type: &str, product: &str, tenancy: &Tenancy, zone: Option<&str>) -> Text {
    joined(&[instance_type, product.trim_end_matches(VPC), tenancy.as_str(), zone.unwrap_or_default()])
}

/// Of a database: `db.r6g.large, postgresql`, and `multi-AZ` where it counts twice.
pub(super) fn of_databases(class: &str, product: &str, is_multi_az: bool) -> Text {
    joined(&[class, product, if is_multi_az { "multi-AZ" } else { "" }])
}

/// Of nodes: `cache.r6g.large, redis`; the engine is empty where the service has none.
pub(super) fn of_nodes(node_type: &str, engine: &str) -> Text {
    joined(&[node_type, engine])
}

/// The zone in which EC2's apply; none of those that apply in a whole Region.
pub(super) fn zone<'a>(scope: Option<&Scope>, zone: Option<&'a str>, zone_id: Option<&'a str>) -> Option<&'a str> {
    zone.or(zone_id).filter(|_| scope != Some(&Scope::Region))
}

/// On whose hosts, by a step's words.
pub(super) fn tenancy(goods: &Text) -> Option<Tenancy> {
    goods.as_str().split(", ").nth(2).map(Tenancy::from_text)
}

fn joined(words: &[&str]) -> Text {
    let words: Vec<&str> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    Text::fitted(&words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{of_databases, of_instances, of_nodes, of_plan, tenancy};
    use tenor_aws::answer::Tenancy;

    #[test]
    fn goods_are_said_in_few_words() {
        let goods = [
            of_plan(None),
            of_plan(Some("m5")),
            of_instances("m5.large", "Linux/UNIX (Amazon VPC)", &Tenancy::Default, None),
            of_instances("m5.large", "Windows", &Tenancy::Dedicated, Some("eu-west-1a")),
            of_databases("db.r6g.large", "oracle-se2(byol)", true),
            of_databases("db.r6g.large", "postgresql", false),
            of_nodes("cache.r6g.large", "redis"),
            of_nodes("ra3.4xlarge", ""),
            of_nodes("", ""),
        ];
        assert_eq!([2, 3, 7].map(|at| tenancy(&goods[at])), [Some(Tenancy::Default), Some(Tenancy::Dedicated), None]);
        insta::assert_snapshot!(goods.map(|goods| goods.to_string()).join("\n"), @"
        -
        m5
        m5.large, Linux/UNIX, default
        m5.large, Windows, dedicated, eu-west-1a
        db.r6g.large, oracle-se2(byol), multi-AZ
        db.r6g.large, postgresql
        cache.r6g.large, redis
        ra3.4xlarge
        -
        ");
    }
}
