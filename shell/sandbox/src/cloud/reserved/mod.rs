//! Reservations of the services beside EC2: RDS, ElastiCache, MemoryDB, OpenSearch, Redshift, Redshift Serverless.
//!
//! All but the last sell nodes alike and differ in their words alone, so one engine serves them from a form for each. What nobody could try says
//! UNVERIFIED.

mod buy;
mod exchange;
mod form;
mod list;
mod record;
mod serverless;
mod shops;

use super::ask::Ask;
use super::table::{Row, change, read};
use crate::price::Payment;
use crate::region::REGIONS;
use buy::purchase;
use list::{held, offerings};
use shops::{ElastiCache, MemoryDb, OpenSearch, Rds, Redshift};
use std::fmt;
use tenor_wire::{Decimal, Value};

pub(super) const OPERATIONS: &[Row] = &[
    read("rds", "DescribeReservedDBInstancesOfferings", offerings::<Rds>),
    read("rds", "DescribeReservedDBInstances", held::<Rds>),
    change("rds", "PurchaseReservedDBInstancesOffering", purchase::<Rds>),
    read("elasticache", "DescribeReservedCacheNodesOfferings", offerings::<ElastiCache>),
    read("elasticache", "DescribeReservedCacheNodes", held::<ElastiCache>),
    change("elasticache", "PurchaseReservedCacheNodesOffering", purchase::<ElastiCache>),
    read("memorydb", "DescribeReservedNodesOfferings", offerings::<MemoryDb>),
    read("memorydb", "DescribeReservedNodes", held::<MemoryDb>),
    change("memorydb", "PurchaseReservedNodesOffering", purchase::<MemoryDb>),
    read("opensearch", "DescribeReservedInstanceOfferings", offerings::<OpenSearch>),
    read("opensearch", "DescribeReservedInstances", held::<OpenSearch>),
    change("opensearch", "PurchaseReservedInstanceOffering", purchase::<OpenSearch>),
    read("redshift", "DescribeReservedNodeOfferings", offerings::<Redshift>),
    read("redshift", "DescribeReservedNodes", held::<Redshift>),
    change("redshift", "PurchaseReservedNodeOffering", purchase::<Redshift>),
    read("redshift", "GetReservedNodeExchangeOfferings", exchange::offerings),
    read("redshift", "DescribeReservedNodeExchangeStatus", exchange::statuses),
    change("redshift", "AcceptReservedNodeExchange", exchange::accept),
    read("redshift-serverless", "ListReservationOfferings", serverless::offerings),
    read("redshift-serverless", "GetReservationOffering", serverless::offering),
    read("redshift-serverless", "ListReservations", serverless::reservations),
    change("redshift-serverless", "CreateReservation", serverless::create),
];

/// The index of the Region that a call is for; none for one in which the sandbox sells nothing.
fn region_of(ask: &Ask<'_>) -> Option<u32> {
    REGIONS.iter().position(|region| region.code == ask.region).map(|index| index as u32)
}

/// An amount as a message's number.
fn decimal(amount: impl fmt::Display) -> Value {
    Value::Decimal(Decimal::parse(&amount.to_string()).expect("amounts print as decimal numbers"))
}

/// A payment option as newer APIs spell it.
fn in_capitals(payment: Payment) -> &'static str {
    match payment {
        Payment::Nothing => "NO_UPFRONT",
        Payment::Half => "PARTIAL_UPFRONT",
        Payment::Everything => "ALL_UPFRONT",
    }
}
