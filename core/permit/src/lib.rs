//! What Tenor may do in an AWS account: one catalogue from which its calls, its IAM policies and their proof are made.
//!
//! A [`Capability`] is what a user gets; it needs [`Operation`]s; an operation needs [`Grant`]s, which are IAM actions on resources under
//! guards. What is not in the catalogue can neither be called nor granted. A [`Selection`] on a [`Connection`] makes a [`Permit`], and a permit
//! makes policy [`documents`]. This crate reads no file and calls nobody: `shell/aws` makes the calls. What a row says is described in
//! `docs/spec/permit.md`.

mod audit;
mod catalogue;
mod connection;
mod counts;
mod json;
mod kinds;
mod partition;
mod permit;
mod policy;
mod proof;
mod render;
mod row;
mod selection;
mod version;

pub use audit::{Audit, AuditError, Found};
pub use catalogue::{capabilities, operations};
pub use connection::{
    AccountKind, AccountNumber, BucketName, Connection, ExternalId, KeyPrefix, NameError, Principal, RegionName, Regions, Report, RoleName,
};
pub use counts::{Counts, counts_table};
pub use kinds::{Access, Channel, MoneyEffect, Retry, Tier, UnknownAccess, UnknownTier};
pub use partition::{Partition, UnknownPartition, Unoffered, offered};
pub use permit::{Permit, Permitted, Why, Withheld};
pub use policy::{
    Document, INLINE_CHARACTERS_MAX, MANAGED_CHARACTERS_MAX, MANAGED_POLICIES_MAX, PolicyError, Statement, TRUST_CHARACTERS_MAX, documents,
    fit_inline, trust_policy,
};
pub use proof::{Assumed, Drift, NotProved, Observed, Question, RoleFound, Seen, Standing, Trials, drift, standings};
pub use render::{
    Export, ExportError, ExportName, Parameter, TEMPLATE_BODY_BYTES_MAX, TerraformFile, VERSION_TAG, cloudformation, iam_json, markdown,
    parameters, quick_create_link, stack_set, terraform,
};
pub use row::{Capability, Grant, Guard, Member, Operation, Scope, Via, Wave};
pub use selection::{Selection, UnknownCapability};
pub use version::{CURRENT, Change, Degraded, Granted, Version, VersionError};
