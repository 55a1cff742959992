//! What Tenor may do in an AWS account: one catalogue from which its calls, its IAM policies and their proof are made.
//!
//! A [`Capability`] is what a user gets; it needs [`Operation`]s; an operation needs [`Grant`]s, which are IAM actions on resources under
//! guards. What is not in the catalogue can neither be called nor granted. This crate reads no file and calls nobody: `shell/aws` makes the
//! calls. What a row says is described in `docs/spec/permit.md`.

mod catalogue;
mod kinds;
mod partition;
mod row;

pub use catalogue::{capabilities, operations};
pub use kinds::{Access, Channel, MoneyEffect, Retry, Tier, UnknownAccess, UnknownTier};
pub use partition::{Partition, UnknownPartition, Unoffered, offered};
pub use row::{Capability, Grant, Guard, Member, Operation, Scope, Via, Wave};
