//! Reservations of Redshift, OpenSearch and Redshift Serverless, and those that AWS sells in its console alone.
//!
//! AWS lets none of these purchases be limited to a resource or a tag: by region alone.

use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

const REGION: &[Guard] = &[Guard::Regions("aws:RequestedRegion")];

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "redshift-ri-inventory",
        title: "Redshift reservations held and on sale",
        gives: "Every reserved Redshift node is listed with its term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&REDSHIFT_HELD, &REDSHIFT_OFFERINGS],
        member: Member::Whole,
    },
    Capability {
        name: "redshift-ri-purchase",
        title: "Buy a Redshift reservation",
        gives: "Approved reserved Redshift nodes are bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&REDSHIFT_HELD, &REDSHIFT_OFFERINGS, &REDSHIFT_PURCHASE],
        member: Member::Whole,
    },
    Capability {
        name: "redshift-ri-exchange",
        title: "Exchange Redshift reservations",
        gives: "Reserved Redshift nodes of the first dense-compute kind are exchanged for its successor at no cost.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&REDSHIFT_HELD, &REDSHIFT_EXCHANGE_OFFERINGS, &REDSHIFT_EXCHANGE_STATUS, &REDSHIFT_EXCHANGE],
        member: Member::Whole,
    },
    Capability {
        name: "opensearch-ri-inventory",
        title: "OpenSearch reservations held and on sale",
        gives: "Every reserved OpenSearch instance is listed with its term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&OPENSEARCH_HELD, &OPENSEARCH_OFFERINGS],
        member: Member::Whole,
    },
    Capability {
        name: "opensearch-ri-purchase",
        title: "Buy an OpenSearch reservation",
        gives: "Approved reserved OpenSearch instances are bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&OPENSEARCH_HELD, &OPENSEARCH_OFFERINGS, &OPENSEARCH_PURCHASE],
        member: Member::Whole,
    },
    Capability {
        name: "redshift-serverless-inventory",
        title: "Redshift Serverless reservations held and on sale",
        gives: "Every reservation of Redshift Serverless capacity is listed, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(2),
        operations: &[&SERVERLESS_HELD, &SERVERLESS_OFFERINGS, &SERVERLESS_OFFERING],
        member: Member::Whole,
    },
    Capability {
        name: "redshift-serverless-reservation",
        title: "Reserve Redshift Serverless capacity",
        gives: "Approved reservations of Redshift Serverless capacity are bought, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&SERVERLESS_HELD, &SERVERLESS_OFFERINGS, &SERVERLESS_OFFERING, &SERVERLESS_RESERVE],
        member: Member::Whole,
    },
    Capability {
        name: "dynamodb-reserved-capacity",
        title: "DynamoDB reserved capacity",
        gives: "Cost and use of reserved capacity are read from the bill; AWS sells it in its console alone, so a proposal says the steps.",
        tier: Tier::Trial,
        wave: Wave(2),
        operations: &[],
        member: Member::Whole,
    },
    Capability {
        name: "cloudfront-savings-bundle",
        title: "CloudFront security savings bundle",
        gives: "The bundle's commitment and use are read from the bill; AWS has no operation for it.",
        tier: Tier::Trial,
        wave: Wave(2),
        operations: &[],
        member: Member::Whole,
    },
];

static REDSHIFT_HELD: Operation = Operation::read(
    "redshift",
    "DescribeReservedNodes",
    &[Grant::new(Access::Read, "redshift:DescribeReservedNodes")],
    "Lists the reserved Redshift nodes that are held, and finds out what became of a purchase.",
);
static REDSHIFT_OFFERINGS: Operation = Operation::read(
    "redshift",
    "DescribeReservedNodeOfferings",
    &[Grant::new(Access::Read, "redshift:DescribeReservedNodeOfferings")],
    "Finds which reserved Redshift nodes are sold.",
);
pub(super) static REDSHIFT_EXCHANGE_OFFERINGS: Operation = Operation::read(
    "redshift",
    "GetReservedNodeExchangeOfferings",
    &[Grant::new(Access::Read, "redshift:GetReservedNodeExchangeOfferings")],
    "Finds what a reserved Redshift node can be exchanged for.",
);
pub(super) static REDSHIFT_EXCHANGE_STATUS: Operation = Operation::read(
    "redshift",
    "DescribeReservedNodeExchangeStatus",
    &[Grant::new(Access::Read, "redshift:DescribeReservedNodeExchangeStatus")],
    "Tells what became of an exchange of Redshift nodes.",
);
static REDSHIFT_PURCHASE: Operation = Operation::change(
    "redshift",
    "PurchaseReservedNodeOffering",
    &[Grant::new(Access::Write, "redshift:PurchaseReservedNodeOffering").when(REGION)],
    (MoneyEffect::Spends, Retry::Never),
    "Buys reserved Redshift nodes that were approved, in the connection's regions alone.",
);
static REDSHIFT_EXCHANGE: Operation = Operation::change(
    "redshift",
    "AcceptReservedNodeExchange",
    &[Grant::new(Access::Write, "redshift:AcceptReservedNodeExchange").when(REGION)],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "ReservedNodeId" }),
    "Makes an exchange of Redshift nodes that was approved; AWS asks no money for it.",
);

static OPENSEARCH_HELD: Operation = Operation::read(
    "opensearch",
    "DescribeReservedInstances",
    &[Grant::new(Access::List, "es:DescribeReservedInstances")],
    "Lists the reserved OpenSearch instances that are held, and finds out what became of a purchase.",
);
static OPENSEARCH_OFFERINGS: Operation = Operation::read(
    "opensearch",
    "DescribeReservedInstanceOfferings",
    &[Grant::new(Access::List, "es:DescribeReservedInstanceOfferings")],
    "Finds which reserved OpenSearch instances are sold.",
);
static OPENSEARCH_PURCHASE: Operation = Operation::change(
    "opensearch",
    "PurchaseReservedInstanceOffering",
    &[Grant::new(Access::Write, "es:PurchaseReservedInstanceOffering").when(REGION)],
    (MoneyEffect::Spends, Retry::NaturalKey { parameter: "ReservationName" }),
    "Buys reserved OpenSearch instances that were approved, in the connection's regions alone.",
);

static SERVERLESS_HELD: Operation = Operation::read(
    "redshift-serverless",
    "ListReservations",
    &[Grant::new(Access::List, "redshift-serverless:ListReservations")],
    "Lists the reservations of Redshift Serverless that are held, and finds out what became of a purchase.",
);
static SERVERLESS_OFFERINGS: Operation = Operation::read(
    "redshift-serverless",
    "ListReservationOfferings",
    &[Grant::new(Access::List, "redshift-serverless:ListReservationOfferings")],
    "Finds which reservations of Redshift Serverless are sold.",
);
static SERVERLESS_OFFERING: Operation = Operation::read(
    "redshift-serverless",
    "GetReservationOffering",
    &[Grant::new(Access::Read, "redshift-serverless:GetReservationOffering")],
    "Reads the price of a reservation of Redshift Serverless.",
);
static SERVERLESS_RESERVE: Operation = Operation::change(
    "redshift-serverless",
    "CreateReservation",
    &[Grant::new(Access::Write, "redshift-serverless:CreateReservation").when(REGION)],
    (MoneyEffect::Spends, Retry::Token { parameter: "clientToken" }),
    "Buys a reservation of Redshift Serverless that was approved, in the connection's regions alone.",
);
