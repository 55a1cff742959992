//! Reserved Instances of EC2: what is held and sold, buying, cancelling, exchanging, modifying, reselling.
//!
//! AWS lets purchases and listings be limited by region alone, and takes no tag when a reservation is bought: it gets one afterwards, if at all.

use super::analytics::{REDSHIFT_EXCHANGE_OFFERINGS, REDSHIFT_EXCHANGE_STATUS};
use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

const RESERVATIONS: &[&str] = &["arn:{partition}:ec2:*:{account}:reserved-instances/*"];
const REGION: &[Guard] = &[Guard::Regions("ec2:Region")];
const OWN_TAGS: &[Guard] = &[Guard::Regions("ec2:Region"), Guard::MadeTagged, Guard::OwnTagKeys];

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "ec2-ri-inventory",
        title: "EC2 reservations held and on sale",
        gives: "Every EC2 reservation is listed with state, scope, term and end, and every offering with its price.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&DESCRIBE_RESERVED_INSTANCES, &DESCRIBE_MODIFICATIONS, &DESCRIBE_OFFERINGS, &DESCRIBE_LISTINGS],
        member: Member::Whole,
    },
    Capability {
        name: "exchange-options",
        title: "What an exchange would bring",
        gives: "The price of exchanging a convertible EC2 reservation or a Redshift reservation is known before anything is decided.",
        tier: Tier::Trial,
        wave: Wave(2),
        operations: &[&EXCHANGE_QUOTE, &REDSHIFT_EXCHANGE_OFFERINGS, &REDSHIFT_EXCHANGE_STATUS],
        member: Member::Whole,
    },
    Capability {
        name: "ec2-ri-purchase",
        title: "Buy an EC2 reservation",
        gives: "An approved EC2 reservation is bought, now or queued, at no more than the approved price, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&DESCRIBE_OFFERINGS, &DESCRIBE_RESERVED_INSTANCES, &PURCHASE_RESERVED_INSTANCES],
        member: Member::Whole,
    },
    Capability {
        name: "ec2-ri-queue-cancel",
        title: "Cancel a queued EC2 reservation",
        gives: "A queued EC2 reservation is cancelled before it starts.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_RESERVED_INSTANCES, &DELETE_QUEUED],
        member: Member::Whole,
    },
    Capability {
        name: "ec2-ri-exchange",
        title: "Exchange convertible reservations",
        gives: "Convertible reservations are exchanged for what fits better, at the price that was approved.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_RESERVED_INSTANCES, &DESCRIBE_OFFERINGS, &EXCHANGE_QUOTE, &ACCEPT_EXCHANGE],
        member: Member::Whole,
    },
    Capability {
        name: "ec2-ri-modify",
        title: "Modify EC2 reservations",
        gives: "Zone, scope or sizes of EC2 reservations are changed so that they are used again.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_RESERVED_INSTANCES, &DESCRIBE_MODIFICATIONS, &MODIFY],
        member: Member::Whole,
    },
    Capability {
        name: "ec2-ri-marketplace",
        title: "Resell on the Marketplace",
        gives: "Unused standard reservations are offered for sale, watched and taken back.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_RESERVED_INSTANCES, &DESCRIBE_LISTINGS, &CREATE_LISTING, &CANCEL_LISTING],
        member: Member::Part("the account has to be registered as a seller by hand first"),
    },
    Capability {
        name: "ec2-ri-tag",
        title: "Tag EC2 reservations",
        gives: "An EC2 reservation that an order bought says by its tags which order and step that was.",
        tier: Tier::Automation,
        wave: Wave(4),
        operations: &[&CREATE_TAGS],
        member: Member::Whole,
    },
];

pub(super) static DESCRIBE_RESERVED_INSTANCES: Operation = Operation::read(
    "ec2",
    "DescribeReservedInstances",
    &[Grant::new(Access::List, "ec2:DescribeReservedInstances")],
    "Lists the EC2 reservations that are held, and finds out what became of a purchase.",
);
static DESCRIBE_MODIFICATIONS: Operation = Operation::read(
    "ec2",
    "DescribeReservedInstancesModifications",
    &[Grant::new(Access::List, "ec2:DescribeReservedInstancesModifications")],
    "Tells how reservations came to be what they are, and what became of a modification.",
);
static DESCRIBE_OFFERINGS: Operation = Operation::read(
    "ec2",
    "DescribeReservedInstancesOfferings",
    &[Grant::new(Access::List, "ec2:DescribeReservedInstancesOfferings")],
    "Finds which EC2 reservations are sold, by AWS and on the Marketplace.",
);
static DESCRIBE_LISTINGS: Operation = Operation::read(
    "ec2",
    "DescribeReservedInstancesListings",
    &[Grant::new(Access::List, "ec2:DescribeReservedInstancesListings")],
    "Shows reservations that are offered for sale.",
);
static EXCHANGE_QUOTE: Operation = Operation::read(
    "ec2",
    "GetReservedInstancesExchangeQuote",
    &[Grant::new(Access::Read, "ec2:GetReservedInstancesExchangeQuote").on(RESERVATIONS)],
    "Asks what an exchange would cost, without making it.",
);
pub(super) static PURCHASE_RESERVED_INSTANCES: Operation = Operation::change(
    "ec2",
    "PurchaseReservedInstancesOffering",
    &[Grant::new(Access::Write, "ec2:PurchaseReservedInstancesOffering").when(REGION)],
    (MoneyEffect::Spends, Retry::Never),
    "Buys an EC2 reservation that was approved, in the connection's regions alone.",
);
static DELETE_QUEUED: Operation = Operation::change(
    "ec2",
    "DeleteQueuedReservedInstances",
    &[Grant::new(Access::Write, "ec2:DeleteQueuedReservedInstances").on(RESERVATIONS).when(REGION)],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "ReservedInstancesIds" }),
    "Cancels a queued EC2 reservation before it starts.",
);
static ACCEPT_EXCHANGE: Operation = Operation::change(
    "ec2",
    "AcceptReservedInstancesExchangeQuote",
    &[Grant::new(Access::Write, "ec2:AcceptReservedInstancesExchangeQuote").on(RESERVATIONS).when(REGION)],
    (MoneyEffect::Spends, Retry::Never),
    "Makes an exchange that was approved, for the difference that was quoted.",
);
static MODIFY: Operation = Operation::change(
    "ec2",
    "ModifyReservedInstances",
    &[Grant::new(Access::Write, "ec2:ModifyReservedInstances").on(RESERVATIONS).when(REGION)],
    (MoneyEffect::None, Retry::Token { parameter: "ClientToken" }),
    "Changes zone, scope or sizes of a reservation, which costs nothing.",
);
static CREATE_LISTING: Operation = Operation::change(
    "ec2",
    "CreateReservedInstancesListing",
    &[Grant::new(Access::Write, "ec2:CreateReservedInstancesListing").when(REGION)],
    (MoneyEffect::Transfers, Retry::Token { parameter: "ClientToken" }),
    "Offers a standard reservation for sale at the approved price.",
);
static CANCEL_LISTING: Operation = Operation::change(
    "ec2",
    "CancelReservedInstancesListing",
    &[Grant::new(Access::Write, "ec2:CancelReservedInstancesListing").when(REGION)],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "ReservedInstancesListingId" }),
    "Takes back what is offered for sale.",
);
static CREATE_TAGS: Operation = Operation::change(
    "ec2",
    "CreateTags",
    &[Grant::new(Access::Tagging, "ec2:CreateTags").on(RESERVATIONS).when(OWN_TAGS)],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "Resources" }),
    "Writes order and step on an EC2 reservation that was bought; it sets no other tags and tags nothing else.",
);
