//! Roles: made from a template, assumed with an External ID, read, simulated; and what a session of one may do.

mod allow;
mod policy;
mod read;
mod role;
mod simulate;
mod sts;
mod template;

pub use template::DeployError;

pub(crate) use role::{Role, Session};

use super::table::{Row, change, read as reads};

pub(super) const OPERATIONS: &[Row] = &[
    change("sts", "AssumeRole", sts::assume),
    reads("sts", "GetCallerIdentity", sts::identity),
    reads("iam", "GetRole", read::role),
    reads("iam", "ListAttachedRolePolicies", read::attached),
    reads("iam", "ListRolePolicies", read::inline),
    reads("iam", "GetRolePolicy", read::inline_policy),
    reads("iam", "GetPolicy", read::policy),
    reads("iam", "GetPolicyVersion", read::version),
    reads("iam", "ListAccountAliases", read::aliases),
    reads("iam", "SimulatePrincipalPolicy", simulate::principal),
];
