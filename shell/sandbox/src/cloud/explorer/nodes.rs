//! What a recommended reservation is for, in each service's own members ([BOTO:ce] `InstanceDetails`).

use crate::region::REGIONS;
use crate::sku::{Kind, Sku, family_of, instance_type_of};
use tenor_wire::Value;

/// The services that reservations are recommended for, by the name in a request ([CM:ri-recommendations]).
pub(super) const SERVICES: [(&str, &str); 9] = [
    ("Amazon Elastic Compute Cloud - Compute", "AmazonEC2"),
    ("Amazon Relational Database Service", "AmazonRDS"),
    ("Amazon ElastiCache", "AmazonElastiCache"),
    ("Amazon OpenSearch Service", "AmazonES"),
    ("Amazon Elasticsearch Service", "AmazonES"),
    ("Amazon Redshift", "AmazonRedshift"),
    ("Amazon MemoryDB", "AmazonMemoryDB"),
    ("Amazon MemoryDB Service", "AmazonMemoryDB"),
    ("Amazon DynamoDB", "AmazonDynamoDB"),
];

/// A SKU's details.
pub(super) fn instance_details(sku: &Sku, flexible: bool) -> Value {
    let region = REGIONS[sku.region as usize].code;
    let (family, instance) = (family_of(sku), instance_type_of(sku));
    let attribute = |name: &str| sku.product.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    let common = |mut members: Vec<(&'static str, Value)>| {
        members.extend([("Region", region.into()), ("CurrentGeneration", true.into()), ("SizeFlexEligible", flexible.into())]);
        Value::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let node = |name: &'static str| vec![("Family", family.into()), (name, instance.into())];
    match (&sku.kind, sku.product_code) {
        (Kind::Ec2 { license, .. }, _) => {
            let platform = if license.is_some() { "Windows" } else { "Linux/UNIX" };
            let mut members = node("InstanceType");
            members.extend([("Platform", platform.into()), ("Tenancy", "shared".into())]);
            Value::of([("EC2InstanceDetails", common(members))])
        }
        (Kind::Rds(price), _) => {
            let mut members = node("InstanceType");
            members.extend([
                ("DatabaseEngine", price.engine.as_str().into()),
                ("DeploymentOption", price.deployment.as_str().into()),
                ("LicenseModel", "No license required".into()),
            ]);
            Value::of([("RDSInstanceDetails", common(members))])
        }
        (_, "AmazonES") => {
            let (class, size) = instance.trim_end_matches(".search").split_once('.').unwrap_or((instance, ""));
            Value::of([("ESInstanceDetails", common(vec![("InstanceClass", class.into()), ("InstanceSize", size.into())]))])
        }
        (_, "AmazonRedshift") => Value::of([("RedshiftInstanceDetails", common(node("NodeType")))]),
        (_, "AmazonMemoryDB") => Value::of([("MemoryDBInstanceDetails", common(node("NodeType")))]),
        _ => {
            let mut members = node("NodeType");
            members.push(("ProductDescription", attribute("cacheEngine").to_lowercase().into()));
            Value::of([("ElastiCacheInstanceDetails", common(members))])
        }
    }
}
