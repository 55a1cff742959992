//! What a selection needs on a connection, action by action, each with its reasons; and what it cannot have there, with why.

use crate::connection::{AccountKind, Connection};
use crate::kinds::{Access, Tier};
use crate::partition::{Partition, Unoffered, offered};
use crate::row::{Capability, Grant, Guard, Member, Operation, Scope};
use crate::selection::Selection;
use std::collections::BTreeMap;

/// What is permitted on a connection. Only [`Permit::new`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    permitted: Vec<Permitted>,
    withheld: Vec<Withheld>,
}

/// An IAM action that the role gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted {
    /// The lowest tier that needs it, and so the one whose document grants it.
    pub tier: Tier,
    /// The action with its resources and guards.
    pub grant: &'static Grant,
    /// Every selected operation that needs it; at least one.
    pub operations: Vec<&'static Operation>,
    /// Every selected capability that needs it; at least one.
    pub capabilities: Vec<&'static Capability>,
}

/// Something selected that the connection cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Whose it is.
    pub capability: &'static Capability,
    /// Which operation; none when it is all of the capability.
    pub operation: Option<&'static Operation>,
    /// Why.
    pub why: Why,
}

/// Why something cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The partition lacks the service.
    #[error(transparent)]
    NotInPartition(#[from] Unoffered),
    /// It makes no sense on a member account.
    #[error("not on a member account: {0}")]
    NotOnMember(&'static str),
    /// No report bucket was named.
    #[error("the connection names no report bucket")]
    NoReport,
}

impl Permit {
    /// What `selection` needs on `connection`.
    #[must_use]
    pub fn new(selection: &Selection, connection: &Connection) -> Self {
        let mut permitted = BTreeMap::<(Tier, &str), Permitted>::new();
        let mut withheld = Vec::new();
        let mut capabilities: Vec<_> = selection.capabilities().collect();
        // An action belongs to the lowest tier that needs it, so the lower ones come first.
        capabilities.sort_by_key(|capability| capability.tier);
        for capability in capabilities {
            if let (AccountKind::Member, Member::Nothing(why)) = (connection.kind, capability.member) {
                withheld.push(Withheld { capability, operation: None, why: Why::NotOnMember(why) });
                continue;
            }
            for operation in capability.operations {
                match obstacle(operation, connection) {
                    Some(why) => withheld.push(Withheld { capability, operation: Some(operation), why }),
                    None => permit(&mut permitted, capability, operation),
                }
            }
        }
        Self { permitted: permitted.into_values().collect(), withheld }
    }

    /// The actions, by tier and then by name; each once.
    #[must_use]
    pub fn permitted(&self) -> &[Permitted] {
        &self.permitted
    }

    /// What was selected and cannot be had.
    #[must_use]
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// The permitted actions of one tier.
    pub fn of_tier(&self, tier: Tier) -> impl Iterator<Item = &Permitted> {
        self.permitted.iter().filter(move |permitted| permitted.tier == tier)
    }
}

fn permit(permitted: &mut BTreeMap<(Tier, &'static str), Permitted>, capability: &'static Capability, operation: &'static Operation) {
    for (_, grant) in capability.grants().filter(|(needed_by, _)| *needed_by == operation) {
        let lower = Tier::ALL.into_iter().find(|tier| permitted.contains_key(&(*tier, grant.action)));
        let tier = lower.unwrap_or(capability.tier);
        let fresh = || Permitted { tier, grant, operations: Vec::new(), capabilities: Vec::new() };
        let entry = permitted.entry((tier, grant.action)).or_insert_with(fresh);
        if !entry.operations.contains(&operation) {
            entry.operations.push(operation);
        }
        if !entry.capabilities.contains(&capability) {
            entry.capabilities.push(capability);
        }
    }
}

/// Why the connection cannot have the operation, if so.
fn obstacle(operation: &'static Operation, connection: &Connection) -> Option<Why> {
    if let Err(unoffered) = offered(operation.service, connection.partition) {
        return Some(unoffered.into());
    }
    let needs_report = operation.grants.iter().any(|grant| grant.scope.needs_report());
    (needs_report && connection.report.is_none()).then_some(Why::NoReport)
}

impl Scope {
    /// Whether it names the report bucket.
    pub(crate) fn needs_report(self) -> bool {
        matches!(self, Self::Arns(arns) if arns.iter().any(|arn| arn.contains("{bucket}")))
    }

    /// Whether it, or a guard beside it, names the prefix of the report's files.
    pub(crate) fn needs_prefix(self, guards: &[Guard]) -> bool {
        matches!(self, Self::Arns(arns) if arns.iter().any(|arn| arn.contains("{prefix}"))) || guards.contains(&Guard::KeyPrefix)
    }
}

impl Capability {
    /// What of the capability is not offered in a partition: the services it lacks, each once.
    pub fn unoffered(&self, partition: Partition) -> Vec<Unoffered> {
        let mut missing: Vec<_> = self.operations.iter().filter_map(|operation| offered(operation.service, partition).err()).collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

impl Permitted {
    /// Whether it leaves everything as it is.
    #[must_use]
    pub const fn only_looks(&self) -> bool {
        self.grant.access.only_looks()
    }

    /// AWS's access level of the action.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.grant.access
    }
}
