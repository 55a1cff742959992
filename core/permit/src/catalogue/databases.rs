//! Reservations of RDS, ElastiCache and MemoryDB: the caller names what is bought, so a purchase can be asked for again.
//!
//! Buying with tags needs the permission to tag; it is limited to reservations and to Tenor's own tags.

use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

const RDS: &[&str] = &["arn:{partition}:rds:*:{account}:ri:*"];
const ELASTICACHE: &[&str] = &["arn:{partition}:elasticache:*:{account}:reserved-instance:*"];
const MEMORYDB: &[&str] = &["arn:{partition}:memorydb:*:{account}:reservednode/*"];
const MADE: &[Guard] = &[Guard::Regions("aws:RequestedRegion"), Guard::MadeTagged, Guard::OwnTagKeys];

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "rds-ri-inventory",
        title: "RDS reservations held and on sale",
        gives: "Every reserved database instance is listed with its term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&RDS_HELD, &RDS_OFFERINGS],
        member: Member::Whole,
    },
    Capability {
        name: "rds-ri-purchase",
        title: "Buy an RDS reservation",
        gives: "An approved reserved database instance is bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&RDS_HELD, &RDS_OFFERINGS, &RDS_PURCHASE],
        member: Member::Whole,
    },
    Capability {
        name: "elasticache-ri-inventory",
        title: "ElastiCache reservations held and on sale",
        gives: "Every reserved cache node is listed with its term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&ELASTICACHE_HELD, &ELASTICACHE_OFFERINGS],
        member: Member::Whole,
    },
    Capability {
        name: "elasticache-ri-purchase",
        title: "Buy an ElastiCache reservation",
        gives: "Approved reserved cache nodes are bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&ELASTICACHE_HELD, &ELASTICACHE_OFFERINGS, &ELASTICACHE_PURCHASE],
        member: Member::Whole,
    },
    Capability {
        name: "memorydb-ri-inventory",
        title: "MemoryDB reservations held and on sale",
        gives: "Every reserved MemoryDB node is listed with its term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&MEMORYDB_HELD, &MEMORYDB_OFFERINGS],
        member: Member::Whole,
    },
    Capability {
        name: "memorydb-ri-purchase",
        title: "Buy a MemoryDB reservation",
        gives: "Approved reserved MemoryDB nodes are bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&MEMORYDB_HELD, &MEMORYDB_OFFERINGS, &MEMORYDB_PURCHASE],
        member: Member::Whole,
    },
];

static RDS_HELD: Operation = Operation::read(
    "rds",
    "DescribeReservedDBInstances",
    &[Grant::new(Access::List, "rds:DescribeReservedDBInstances").on(RDS)],
    "Lists the reserved database instances that are held, and finds out what became of a purchase.",
);
static RDS_OFFERINGS: Operation = Operation::read(
    "rds",
    "DescribeReservedDBInstancesOfferings",
    &[Grant::new(Access::List, "rds:DescribeReservedDBInstancesOfferings")],
    "Finds which reserved database instances are sold.",
);
static RDS_PURCHASE: Operation = Operation::change(
    "rds",
    "PurchaseReservedDBInstancesOffering",
    &[
        Grant::new(Access::Write, "rds:PurchaseReservedDBInstancesOffering").on(RDS).when(MADE),
        Grant::new(Access::Tagging, "rds:AddTagsToResource").on(RDS).when(MADE),
    ],
    (MoneyEffect::Spends, Retry::NaturalKey { parameter: "ReservedDBInstanceId" }),
    "Buys a reserved database instance that was approved, and only with Tenor's tag on it.",
);

static ELASTICACHE_HELD: Operation = Operation::read(
    "elasticache",
    "DescribeReservedCacheNodes",
    &[Grant::new(Access::List, "elasticache:DescribeReservedCacheNodes").on(ELASTICACHE)],
    "Lists the reserved cache nodes that are held, and finds out what became of a purchase.",
);
static ELASTICACHE_OFFERINGS: Operation = Operation::read(
    "elasticache",
    "DescribeReservedCacheNodesOfferings",
    &[Grant::new(Access::List, "elasticache:DescribeReservedCacheNodesOfferings")],
    "Finds which reserved cache nodes are sold.",
);
static ELASTICACHE_PURCHASE: Operation = Operation::change(
    "elasticache",
    "PurchaseReservedCacheNodesOffering",
    &[
        Grant::new(Access::Write, "elasticache:PurchaseReservedCacheNodesOffering").on(ELASTICACHE).when(MADE),
        Grant::new(Access::Tagging, "elasticache:AddTagsToResource").on(ELASTICACHE).when(MADE),
    ],
    (MoneyEffect::Spends, Retry::NaturalKey { parameter: "ReservedCacheNodeId" }),
    "Buys reserved cache nodes that were approved, and only with Tenor's tag on them.",
);

static MEMORYDB_HELD: Operation = Operation::read(
    "memorydb",
    "DescribeReservedNodes",
    &[Grant::new(Access::Read, "memorydb:DescribeReservedNodes").on(MEMORYDB)],
    "Lists the reserved MemoryDB nodes that are held, and finds out what became of a purchase.",
);
static MEMORYDB_OFFERINGS: Operation = Operation::read(
    "memorydb",
    "DescribeReservedNodesOfferings",
    &[Grant::new(Access::Read, "memorydb:DescribeReservedNodesOfferings")],
    "Finds which reserved MemoryDB nodes are sold.",
);
static MEMORYDB_PURCHASE: Operation = Operation::change(
    "memorydb",
    "PurchaseReservedNodesOffering",
    &[
        Grant::new(Access::Write, "memorydb:PurchaseReservedNodesOffering").on(MEMORYDB).when(MADE),
        Grant::new(Access::Tagging, "memorydb:TagResource").on(MEMORYDB).when(MADE),
    ],
    (MoneyEffect::Spends, Retry::NaturalKey { parameter: "ReservationId" }),
    "Buys reserved MemoryDB nodes that were approved, and only with Tenor's tag on them.",
);
