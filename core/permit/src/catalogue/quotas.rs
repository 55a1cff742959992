//! Service Quotas: how many reservations AWS lets an account hold, and asking for more.
//!
//! AWS lets most of it be limited to single quotas, and so it is: those of reservations, and no other. What is everybody's default it lets be limited to
//! nothing.

use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Guard, Member, Operation, Wave};

/// The quotas of reservations that AWS lists: EC2's "New Reserved Instances per month", RDS's "Reserved DB instances".
const QUOTAS: &[&str] =
    &["arn:{partition}:servicequotas:*:{account}:ec2/L-D0B7243C", "arn:{partition}:servicequotas:*:{account}:rds/L-78E853F4"];
const ROLE: &[&str] = &["arn:{partition}:iam::{account}:role/aws-service-role/servicequotas.amazonaws.com/AWSServiceRoleForServiceQuotas"];

/// The read by which Service Quotas asks RDS what holds there: AWS's reference says that whoever asks needs it too. It names reads of seven more
/// services, whose quotas are not asked for (UNVERIFIED that none of them is needed for these two: a quota without a value is AWS's to enforce).
const RDS_LIMITS: Grant = Grant::new(Access::List, "rds:DescribeAccountAttributes");

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "quota-visibility",
        title: "Quotas of reservations",
        gives: "Before an order is sent one sees whether a quota of AWS's would refuse it, and what became of a request for more.",
        tier: Tier::Trial,
        wave: Wave(4),
        operations: &[&GET_QUOTA, &GET_DEFAULT, &QUOTA_REQUESTS],
        member: Member::Whole,
    },
    Capability {
        name: "quota-increase",
        title: "Ask for a higher quota",
        gives: "Where a quota of reservations would refuse an approved order, AWS is asked for a higher one.",
        tier: Tier::Automation,
        wave: Wave(4),
        operations: &[&GET_QUOTA, &GET_DEFAULT, &QUOTA_REQUESTS, &REQUEST_INCREASE],
        member: Member::Whole,
    },
    Capability {
        name: "slr-service-quotas",
        title: "The role of Service Quotas",
        gives: "A higher quota can be asked for in an account that never used Service Quotas.",
        tier: Tier::Automation,
        wave: Wave(4),
        operations: &[&MAKE_ROLE],
        member: Member::Whole,
    },
];

static GET_QUOTA: Operation = Operation::read(
    "service-quotas",
    "GetServiceQuota",
    &[Grant::new(Access::Read, "servicequotas:GetServiceQuota").on(QUOTAS), RDS_LIMITS],
    "Reads how many reservations AWS lets the account buy or hold.",
);
static GET_DEFAULT: Operation = Operation::read(
    "service-quotas",
    "GetAWSDefaultServiceQuota",
    &[Grant::new(Access::Read, "servicequotas:GetAWSDefaultServiceQuota")],
    "Reads how many AWS lets every account buy or hold: it tells no other number of a quota that was never raised.",
);
static QUOTA_REQUESTS: Operation = Operation::read(
    "service-quotas",
    "ListRequestedServiceQuotaChangeHistoryByQuota",
    &[Grant::new(Access::Read, "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota").on(QUOTAS)],
    "Finds requests for a higher quota of reservations that were made before, and what became of them.",
);
static REQUEST_INCREASE: Operation = Operation::change(
    "service-quotas",
    "RequestServiceQuotaIncrease",
    &[Grant::new(Access::Write, "servicequotas:RequestServiceQuotaIncrease").on(QUOTAS)],
    // AWS keeps one open request of a quota, and refuses a second.
    (MoneyEffect::None, Retry::NaturalKey { parameter: "QuotaCode" }),
    "Asks AWS for a higher quota of reservations, where an approved order needs it.",
);
static MAKE_ROLE: Operation = Operation::change(
    "iam",
    "CreateServiceLinkedRole",
    &[Grant::new(Access::Permissions, "iam:CreateServiceLinkedRole").on(ROLE).when(&[Guard::ServiceLinked("servicequotas.amazonaws.com")])],
    (MoneyEffect::None, Retry::NaturalKey { parameter: "AWSServiceName" }),
    "Makes the role by which Service Quotas passes a request on to AWS's support; it is AWS's own, and nobody else can assume it.",
);
