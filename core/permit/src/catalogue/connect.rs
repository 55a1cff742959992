//! Connecting an account: credentials, who it is, whether the role is as it should be, what was done with it.

use crate::kinds::{Access, Channel, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Member, Operation, Wave};

const ROLE: &[&str] = &["arn:{partition}:iam::{account}:role/tenor/{role}"];
const POLICIES: &[&str] = &["arn:{partition}:iam::{account}:policy/tenor/{role}-*"];
/// The organization's id is not known before it is read.
const UNITS: &[&str] = &["arn:{partition}:organizations::{account}:ou/o-*/ou-*", "arn:{partition}:organizations::{account}:root/o-*/r-*"];
const TAGGED_NODES: &[&str] = &[
    "arn:{partition}:organizations::{account}:account/o-*/*",
    "arn:{partition}:organizations::{account}:ou/o-*/ou-*",
    "arn:{partition}:organizations::{account}:root/o-*/r-*",
];

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "account-connect",
        title: "Connect an account through a role",
        gives: "An account is connected by a role that one principal alone may assume, with an External ID of 128 random bits.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&ASSUME_ROLE, &WEB_IDENTITY, &CALLER_IDENTITY, &SSO_CREDENTIALS, &SSO_TOKEN],
        member: Member::Whole,
    },
    Capability {
        name: "role-self-verify",
        title: "Check the role",
        gives: "For each capability one sees whether its permissions work, and whether role or policies differ from what was published.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[
            &GET_ROLE,
            &GET_ROLE_POLICY,
            &LIST_ROLE_POLICIES,
            &LIST_ATTACHED_POLICIES,
            &GET_POLICY,
            &GET_POLICY_VERSION,
            &SIMULATE,
        ],
        member: Member::Whole,
    },
    Capability {
        name: "account-identity",
        title: "Name the account",
        gives: "Accounts are shown by name and alias instead of twelve digits.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&LIST_ALIASES, &ACCOUNT_INFORMATION, &DESCRIBE_ORGANIZATION],
        member: Member::Whole,
    },
    Capability {
        name: "org-account-inventory",
        title: "The organization's tree",
        gives: "Every member account is shown at its place in the organization; cost and commitments can be grouped by it.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&DESCRIBE_ORGANIZATION, &LIST_ACCOUNTS, &LIST_ROOTS, &LIST_UNITS, &LIST_ACCOUNTS_FOR_PARENT, &LIST_ORG_TAGS],
        member: Member::Nothing("AWS lets the management account and delegated administrators alone list an organization"),
    },
    Capability {
        name: "own-call-audit",
        title: "Tenor's own calls in CloudTrail",
        gives: "What Tenor says it did is compared with what CloudTrail recorded of it, call by call; and who bought what no order did is named.",
        tier: Tier::Detail,
        wave: Wave(2),
        operations: &[&LOOKUP_EVENTS],
        member: Member::Whole,
    },
];

static ASSUME_ROLE: Operation = Operation::change(
    "sts",
    "AssumeRole",
    &[
        Grant::new(Access::Write, "sts:AssumeRole").on(ROLE).by_trust(),
        Grant::new(Access::Write, "sts:SetSourceIdentity").on(ROLE).by_trust(),
        Grant::new(Access::Tagging, "sts:TagSession").on(ROLE).by_trust(),
    ],
    (MoneyEffect::None, Retry::Read),
    "Gets short-lived credentials of the role, with the approver's name on them.",
)
.through(Channel::AwsConfig);
static WEB_IDENTITY: Operation = Operation::change(
    "sts",
    "AssumeRoleWithWebIdentity",
    &[],
    (MoneyEffect::None, Retry::Read),
    "Gets Tenor's own credentials where it runs in a cluster; asks nothing of a connected account.",
)
.through(Channel::AwsConfig);
static CALLER_IDENTITY: Operation =
    Operation::read("sts", "GetCallerIdentity", &[], "Tells which account and role the credentials are of; AWS asks for no permission.")
        .through(Channel::AwsConfig);
static SSO_CREDENTIALS: Operation = Operation::read(
    "sso",
    "GetRoleCredentials",
    &[],
    "Gets Tenor's own credentials from a person's single sign-on; asks nothing of a connected account.",
)
.through(Channel::AwsConfig);
static SSO_TOKEN: Operation = Operation::change(
    "sso-oidc",
    "CreateToken",
    &[],
    (MoneyEffect::None, Retry::Never),
    "Renews a person's single sign-on; asks nothing of a connected account.",
)
.through(Channel::AwsConfig);

static GET_ROLE: Operation = Operation::read(
    "iam",
    "GetRole",
    &[Grant::new(Access::Read, "iam:GetRole").on(ROLE)],
    "Reads who may assume the role, its permission boundary and the policy version in its tags.",
);
static GET_ROLE_POLICY: Operation = Operation::read(
    "iam",
    "GetRolePolicy",
    &[Grant::new(Access::Read, "iam:GetRolePolicy").on(ROLE).showing("the role's own inline policies")],
    "Reads policies that were put into the role itself, to find what is in excess.",
);
static LIST_ROLE_POLICIES: Operation = Operation::read(
    "iam",
    "ListRolePolicies",
    &[Grant::new(Access::List, "iam:ListRolePolicies").on(ROLE)],
    "Finds policies that were put into the role itself.",
);
static LIST_ATTACHED_POLICIES: Operation = Operation::read(
    "iam",
    "ListAttachedRolePolicies",
    &[Grant::new(Access::List, "iam:ListAttachedRolePolicies").on(ROLE)],
    "Finds the policies that are attached to the role.",
);
static GET_POLICY: Operation = Operation::read(
    "iam",
    "GetPolicy",
    &[Grant::new(Access::Read, "iam:GetPolicy").on(POLICIES)],
    "Tells which version of Tenor's own policies is in force.",
);
static GET_POLICY_VERSION: Operation = Operation::read(
    "iam",
    "GetPolicyVersion",
    &[Grant::new(Access::Read, "iam:GetPolicyVersion").on(POLICIES)],
    "Reads Tenor's own policies, to compare them with what was published.",
);
static SIMULATE: Operation = Operation::read(
    "iam",
    "SimulatePrincipalPolicy",
    &[Grant::new(Access::Read, "iam:SimulatePrincipalPolicy").on(ROLE)],
    "Asks AWS whether the role may do what a capability needs, without doing it.",
);

static LIST_ALIASES: Operation =
    Operation::read("iam", "ListAccountAliases", &[Grant::new(Access::List, "iam:ListAccountAliases")], "Shows the account by its alias.");
static ACCOUNT_INFORMATION: Operation = Operation::read(
    "account",
    "GetAccountInformation",
    &[Grant::new(Access::Read, "account:GetAccountInformation").on(&["arn:{partition}:account::{account}:account"])],
    "Shows the account by its name.",
);
static DESCRIBE_ORGANIZATION: Operation = Operation::read(
    "organizations",
    "DescribeOrganization",
    &[Grant::new(Access::Read, "organizations:DescribeOrganization")],
    "Tells which organization the account is in and which account pays.",
);
static LIST_ACCOUNTS: Operation = Operation::read(
    "organizations",
    "ListAccounts",
    &[Grant::new(Access::List, "organizations:ListAccounts")],
    "Lists the accounts whose usage commitments can cover.",
);
static LIST_ROOTS: Operation = Operation::read(
    "organizations",
    "ListRoots",
    &[Grant::new(Access::List, "organizations:ListRoots")],
    "Finds where the organization's tree begins.",
);
static LIST_UNITS: Operation = Operation::read(
    "organizations",
    "ListOrganizationalUnitsForParent",
    &[Grant::new(Access::List, "organizations:ListOrganizationalUnitsForParent").on(UNITS)],
    "Walks the organization's tree, unit by unit.",
);
static LIST_ACCOUNTS_FOR_PARENT: Operation = Operation::read(
    "organizations",
    "ListAccountsForParent",
    &[Grant::new(Access::List, "organizations:ListAccountsForParent").on(UNITS)],
    "Places each account in the organization's tree.",
);
static LIST_ORG_TAGS: Operation = Operation::read(
    "organizations",
    "ListTagsForResource",
    &[Grant::new(Access::List, "organizations:ListTagsForResource").on(TAGGED_NODES)],
    "Groups cost by the tags of accounts and units.",
);

static LOOKUP_EVENTS: Operation = Operation::read(
    "cloudtrail",
    "LookupEvents",
    &[Grant::new(Access::Read, "cloudtrail:LookupEvents").showing("management events of 90 days: users, addresses, request parameters")],
    "Finds what CloudTrail recorded of Tenor's own calls, and who bought what no order did; AWS cannot limit it to those, so it is opt-in.",
);
