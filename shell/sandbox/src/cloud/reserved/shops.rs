//! The services that sell reservations of nodes, each in its own words ([BOTO:rds], [BOTO:elasticache], [BOTO:memorydb], [BOTO:opensearch],
//! [BOTO:redshift]).

use super::form::{Codes, Form, Naming, Shop};
use super::{decimal, in_capitals};
use crate::cloud::pages::Paging;
use crate::cloud::quotas::RESERVED_DATABASES;
use crate::price::Payment;
use crate::sku::{Kind, Sku};
use tenor_wire::Value;

pub(super) enum Rds {}
pub(super) enum ElastiCache {}
pub(super) enum MemoryDb {}
pub(super) enum OpenSearch {}
pub(super) enum Redshift {}

/// Services of the query protocol page by records and marker, at least 20 of them.
const BY_MARKER: Paging = Paging { limit: "MaxRecords", token: "Marker", usual: 100, range: (20, 100), refusal: "InvalidParameterValue" };

impl Shop for Rds {
    const FORM: Form = Form {
        product_code: "AmazonRDS",
        offering: "ReservedDBInstancesOfferingId",
        id: "ReservedDBInstanceId",
        naming: Naming::Maybe,
        own_id: Some("LeaseId"),
        found_by: "ReservedDBInstanceId",
        arn: Some("ReservedDBInstanceArn"),
        node_type: "DBInstanceClass",
        count: "DBInstanceCount",
        payment: "OfferingType",
        payment_text: Payment::text,
        sold: "ReservedDBInstancesOfferings",
        held: "ReservedDBInstances",
        bought: Some("ReservedDBInstance"),
        sells: |_| true,
        facts: database,
        partial: &["ProductDescription"],
        paging: BY_MARKER,
        codes: Codes {
            exists: "ReservedDBInstanceAlreadyExists",
            no_offering: "ReservedDBInstancesOfferingNotFound",
            none_held: "ReservedDBInstanceNotFound",
            quota: "ReservedDBInstanceQuotaExceeded",
            invalid: "InvalidParameterValue",
            tags: "InvalidParameterValue",
        },
        listed: Some(&RESERVED_DATABASES),
        quota: RESERVED_DATABASES.value,
    };
}

impl Shop for ElastiCache {
    const FORM: Form = Form {
        product_code: "AmazonElastiCache",
        offering: "ReservedCacheNodesOfferingId",
        id: "ReservedCacheNodeId",
        naming: Naming::Maybe,
        own_id: None,
        found_by: "ReservedCacheNodeId",
        arn: Some("ReservationARN"),
        node_type: "CacheNodeType",
        count: "CacheNodeCount",
        payment: "OfferingType",
        payment_text: Payment::text,
        sold: "ReservedCacheNodesOfferings",
        held: "ReservedCacheNodes",
        bought: Some("ReservedCacheNode"),
        sells: |_| true,
        facts: |sku| vec![("ProductDescription", engine(sku).into()), ("UsagePrice", decimal(0))],
        partial: &[],
        paging: BY_MARKER,
        codes: Codes {
            exists: "ReservedCacheNodeAlreadyExists",
            no_offering: "ReservedCacheNodesOfferingNotFound",
            none_held: "ReservedCacheNodeNotFound",
            quota: "ReservedCacheNodeQuotaExceeded",
            invalid: "InvalidParameterValue",
            tags: "TagQuotaPerResourceExceeded",
        },
        listed: None,
        quota: 300,
    };
}

impl Shop for MemoryDb {
    const FORM: Form = Form {
        product_code: "AmazonMemoryDB",
        offering: "ReservedNodesOfferingId",
        id: "ReservationId",
        naming: Naming::Maybe,
        own_id: None,
        found_by: "ReservationId",
        arn: Some("ARN"),
        node_type: "NodeType",
        count: "NodeCount",
        payment: "OfferingType",
        payment_text: Payment::text,
        sold: "ReservedNodesOfferings",
        held: "ReservedNodes",
        bought: Some("ReservedNode"),
        // An offering names no engine: what is sold for a node type covers both, a Valkey node with fewer units ([MDB]).
        sells: |sku| engine(sku) != "valkey",
        facts: |_| Vec::new(),
        partial: &[],
        // Its range is UNVERIFIED.
        paging: Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "InvalidParameterValueException" },
        codes: Codes {
            exists: "ReservedNodeAlreadyExistsFault",
            no_offering: "ReservedNodesOfferingNotFoundFault",
            none_held: "ReservedNodeNotFoundFault",
            quota: "ReservedNodeQuotaExceededFault",
            invalid: "InvalidParameterValueException",
            tags: "TagQuotaPerResourceExceeded",
        },
        listed: None,
        quota: 300,
    };
}

impl Shop for OpenSearch {
    const FORM: Form = Form {
        product_code: "AmazonES",
        offering: "ReservedInstanceOfferingId",
        id: "ReservationName",
        naming: Naming::Buyer(5, 64),
        own_id: Some("ReservedInstanceId"),
        found_by: "ReservedInstanceId",
        arn: None,
        node_type: "InstanceType",
        count: "InstanceCount",
        payment: "PaymentOption",
        payment_text: in_capitals,
        sold: "ReservedInstanceOfferings",
        held: "ReservedInstances",
        bought: None,
        sells: |_| true,
        facts: |_| vec![("UsagePrice", decimal(0)), ("CurrencyCode", "USD".into())],
        partial: &[],
        paging: Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "ValidationException" },
        codes: Codes {
            exists: "ResourceAlreadyExistsException",
            no_offering: "ResourceNotFoundException",
            none_held: "ResourceNotFoundException",
            quota: "LimitExceededException",
            invalid: "ValidationException",
            tags: "ValidationException",
        },
        listed: None,
        quota: 100,
    };
}

impl Shop for Redshift {
    const FORM: Form = Form {
        product_code: "AmazonRedshift",
        offering: "ReservedNodeOfferingId",
        id: "ReservedNodeId",
        naming: Naming::Aws,
        own_id: None,
        found_by: "ReservedNodeId",
        arn: None,
        node_type: "NodeType",
        count: "NodeCount",
        payment: "OfferingType",
        payment_text: Payment::text,
        sold: "ReservedNodeOfferings",
        held: "ReservedNodes",
        bought: Some("ReservedNode"),
        sells: |_| true,
        // Which nodes are `Upgradable` AWS does not say; its examples have `Regular` ones alone.
        facts: |_| vec![("UsagePrice", decimal(0)), ("CurrencyCode", "USD".into()), ("ReservedNodeOfferingType", "Regular".into())],
        partial: &[],
        paging: BY_MARKER,
        codes: Codes {
            exists: "ReservedNodeAlreadyExists",
            no_offering: "ReservedNodeOfferingNotFound",
            none_held: "ReservedNodeNotFound",
            quota: "ReservedNodeQuotaExceeded",
            invalid: "InvalidParameterValue",
            tags: "InvalidParameterValue",
        },
        listed: None,
        quota: 200,
    };
}

fn database(sku: &Sku) -> Vec<(&'static str, Value)> {
    let Kind::Rds(price) = &sku.kind else { return Vec::new() };
    vec![
        ("ProductDescription", price.engine.to_lowercase().into()),
        ("MultiAZ", (price.deployment == "Multi-AZ").into()),
        ("UsagePrice", decimal(0)),
        ("CurrencyCode", "USD".into()),
    ]
}

fn engine(sku: &Sku) -> String {
    if let Kind::Node(price) = &sku.kind { price.engine.to_lowercase() } else { String::new() }
}
