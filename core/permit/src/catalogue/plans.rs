//! Savings Plans: what is held, what is sold, buying, cancelling, returning, renewing.
//!
//! `savingsplans:TagResource` is never granted: with it the role could mark a foreign plan as its own and then return it.

use super::ec2::{DESCRIBE_RESERVED_INSTANCES, PURCHASE_RESERVED_INSTANCES};
use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

const PLANS: &[&str] = &["arn:{partition}:savingsplans::{account}:savingsplan/*"];

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "sp-inventory",
        title: "Savings Plans held",
        gives: "Every Savings Plan is listed with its commitment, term, end and the time in which it can be returned.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&DESCRIBE_PLANS, &DESCRIBE_PLAN_RATES, &LIST_PLAN_TAGS],
        member: Member::Whole,
    },
    Capability {
        name: "sp-offerings",
        title: "Savings Plans on sale",
        gives: "Every Savings Plan that can be bought is known with its rates.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&DESCRIBE_PLAN_OFFERINGS, &DESCRIBE_PLAN_OFFERING_RATES],
        member: Member::Whole,
    },
    Capability {
        name: "sp-purchase",
        title: "Buy a Savings Plan",
        gives: "An approved Savings Plan is bought, now or at a later time, once and on record.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&DESCRIBE_PLAN_OFFERINGS, &DESCRIBE_PLANS, &CREATE_PLAN],
        member: Member::Whole,
    },
    Capability {
        name: "sp-queue-cancel",
        title: "Cancel a queued Savings Plan",
        gives: "A Savings Plan that Tenor queued is cancelled before it starts.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_PLANS, &DELETE_QUEUED_PLAN],
        member: Member::Whole,
    },
    Capability {
        name: "sp-return",
        title: "Return a Savings Plan",
        gives: "A Savings Plan that Tenor bought is returned while AWS still takes it back.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_PLANS, &RETURN_PLAN],
        member: Member::Whole,
    },
    Capability {
        name: "commitment-renewal",
        title: "Renew without a gap",
        gives: "An approved renewal is queued to start in the second in which what it replaces ends.",
        tier: Tier::Commitments,
        wave: Wave(2),
        operations: &[&DESCRIBE_PLANS, &CREATE_PLAN, &DESCRIBE_RESERVED_INSTANCES, &PURCHASE_RESERVED_INSTANCES],
        member: Member::Whole,
    },
];

static DESCRIBE_PLANS: Operation = Operation::read(
    "savingsplans",
    "DescribeSavingsPlans",
    &[Grant::new(Access::Read, "savingsplans:DescribeSavingsPlans").on(PLANS)],
    "Lists the Savings Plans that are held, and finds out what became of a purchase.",
);
static DESCRIBE_PLAN_RATES: Operation = Operation::read(
    "savingsplans",
    "DescribeSavingsPlanRates",
    &[Grant::new(Access::Read, "savingsplans:DescribeSavingsPlanRates").on(PLANS)],
    "Reads the rates that a held Savings Plan gives.",
);
static LIST_PLAN_TAGS: Operation = Operation::read(
    "savingsplans",
    "ListTagsForResource",
    &[Grant::new(Access::List, "savingsplans:ListTagsForResource").on(PLANS)],
    "Tells which Savings Plans Tenor bought and by which order.",
);
static DESCRIBE_PLAN_OFFERINGS: Operation = Operation::read(
    "savingsplans",
    "DescribeSavingsPlansOfferings",
    &[Grant::new(Access::Read, "savingsplans:DescribeSavingsPlansOfferings")],
    "Finds which Savings Plans are sold.",
);
static DESCRIBE_PLAN_OFFERING_RATES: Operation = Operation::read(
    "savingsplans",
    "DescribeSavingsPlansOfferingRates",
    &[Grant::new(Access::Read, "savingsplans:DescribeSavingsPlansOfferingRates")],
    "Reads the rates of Savings Plans that are sold.",
);
static CREATE_PLAN: Operation = Operation::change(
    "savingsplans",
    "CreateSavingsPlan",
    &[Grant::new(Access::Write, "savingsplans:CreateSavingsPlan").when(&[Guard::MadeTagged, Guard::OwnTagKeys])],
    (MoneyEffect::Spends, Retry::Token { parameter: "clientToken" }),
    "Buys a Savings Plan that was approved, and only with Tenor's tag on it.",
);
static DELETE_QUEUED_PLAN: Operation = Operation::change(
    "savingsplans",
    "DeleteQueuedSavingsPlan",
    &[Grant::new(Access::Write, "savingsplans:DeleteQueuedSavingsPlan").on(PLANS).when(&[Guard::HeldTagged])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "savingsPlanId" }),
    "Cancels a Savings Plan with Tenor's tag before it starts.",
);
static RETURN_PLAN: Operation = Operation::change(
    "savingsplans",
    "ReturnSavingsPlan",
    &[Grant::new(Access::Write, "savingsplans:ReturnSavingsPlan").on(PLANS).when(&[Guard::HeldTagged])],
    (MoneyEffect::Refunds, Retry::Token { parameter: "clientToken" }),
    "Returns a Savings Plan with Tenor's tag, for a full refund.",
);
