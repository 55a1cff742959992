//! What a pasted IAM policy grants, action by action, beside what Tenor needs. It reads text; it asks AWS nothing.
//!
//! Wildcards are expanded with a table of the actions of the services that such policies usually name. An action counts on the resources of its
//! statement only if it can act on a resource of that kind: `s3:*` on one bucket grants what buckets have, not what objects have.

mod glob;
mod policy;
mod table;
#[cfg(test)]
mod tests;

pub use policy::AuditError;

use crate::counts::lowest_tiers;
use crate::kinds::{Access, Tier};
use crate::row::Grant;
use policy::{Actions, Resources, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use table::{Action, TABLE};

/// What one or more policies grant together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    granted: BTreeMap<&'static str, Found>,
    unknown: BTreeSet<String>,
    idle: BTreeSet<String>,
    denials: usize,
    conditional: usize,
}

/// What is granted of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// AWS's access level of the action.
    pub access: Access,
    /// Whether a statement grants it on everything.
    pub everywhere: bool,
    /// What kind of secrets or customer data its answer can carry, if any: `credentials`, `code`, …
    pub sensitive: Option<&'static str>,
    /// The lowest tier in which Tenor needs it; none when it never does.
    pub needed: Option<Tier>,
}

impl Audit {
    /// Read policies as IAM takes them and add up what they allow.
    ///
    /// # Errors
    /// Says which statement cannot be read, and what of it.
    pub fn of<'a>(policies: impl IntoIterator<Item = &'a str>) -> Result<Self, AuditError> {
        let mut audit = Self::default();
        let needed = lowest_tiers();
        for text in policies {
            for statement in policy::statements(text)? {
                audit.add(&statement, &needed);
            }
        }
        // What another statement grants is not idle.
        let granted: BTreeSet<_> = audit.granted.keys().map(|action| action.to_ascii_lowercase()).collect();
        audit.idle.retain(|pattern| !granted.contains(&pattern.to_ascii_lowercase()));
        Ok(audit)
    }

    /// Every action that is granted.
    #[must_use]
    pub const fn granted(&self) -> &BTreeMap<&'static str, Found> {
        &self.granted
    }

    /// Those that change something: write, tagging and permissions.
    pub fn write_level(&self) -> impl Iterator<Item = (&'static str, Found)> {
        self.all().filter(|(_, found)| !found.access.only_looks())
    }

    /// Those whose answers can carry secrets or customer data.
    pub fn sensitive(&self) -> impl Iterator<Item = (&'static str, Found)> {
        self.all().filter(|(_, found)| found.sensitive.is_some())
    }

    /// Those that Tenor never needs, in no tier.
    pub fn unneeded(&self) -> impl Iterator<Item = (&'static str, Found)> {
        self.all().filter(|(_, found)| found.needed.is_none())
    }

    /// How many are of each level.
    #[must_use]
    pub fn by_level(&self) -> BTreeMap<Access, usize> {
        let count = |access| self.all().filter(|(_, found)| found.access == access).count();
        Access::ALL.into_iter().map(|access| (access, count(access))).collect()
    }

    /// Patterns of actions that the table has nothing for: misspelt, dead, or of a service it does not know. They may grant something.
    #[must_use]
    pub const fn unknown(&self) -> &BTreeSet<String> {
        &self.unknown
    }

    /// Patterns that grant nothing, because no action of theirs can act on what their statement names.
    #[must_use]
    pub const fn idle(&self) -> &BTreeSet<String> {
        &self.idle
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, Found)> {
        self.granted.iter().map(|(action, found)| (*action, *found))
    }

    fn add(&mut self, statement: &Statement, needed: &BTreeMap<&'static str, (Tier, &'static Grant)>) {
        if !statement.allows {
            self.denials += 1;
            return;
        }
        self.conditional += usize::from(statement.conditional);
        let mut reach = Reach { resources: &statement.resources, kinds: BTreeMap::new() };
        let mut grant = |action: &'static Action| {
            let reached = reach.has(action);
            if reached {
                let everywhere = matches!(statement.resources, Resources::Everything);
                let needed = needed.get(action.name).map(|(tier, _)| *tier);
                let found = Found { access: action.access, everywhere, sensitive: TABLE.sensitive(action.name), needed };
                self.granted.entry(action.name).or_insert(found).everywhere |= everywhere;
            }
            reached
        };
        match &statement.actions {
            Actions::These(patterns) => {
                for pattern in patterns {
                    let reached: Vec<_> = TABLE.matching(pattern).map(&mut grant).collect();
                    if reached.is_empty() {
                        self.unknown.insert(pattern.clone());
                    } else if !reached.contains(&true) {
                        self.idle.insert(pattern.clone());
                    }
                }
            }
            Actions::AllBut(patterns) => {
                let spared = |action: &&Action| patterns.iter().any(|pattern| glob::matches(pattern, action.name));
                for action in TABLE.actions().filter(|action| !spared(action)) {
                    grant(action);
                }
            }
        }
    }
}

/// What a statement's resources are, service by service.
struct Reach<'a> {
    resources: &'a Resources,
    kinds: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Reach<'_> {
    /// Whether the action can act on any of the resources.
    fn has(&mut self, action: &'static Action) -> bool {
        let Resources::These(arns) = self.resources else { return true };
        let service = action.service();
        let kinds = self.kinds.entry(service).or_insert_with(|| arns.iter().flat_map(|arn| TABLE.kinds(service, arn)).collect());
        action.types.iter().any(|kind| kinds.contains(kind))
    }
}

/// The counts, one fact a line.
impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels: Vec<_> = self.by_level().into_iter().map(|(access, count)| format!("{count} {access}")).collect();
        writeln!(f, "{} IAM actions: {}", self.granted.len(), levels.join(", "))?;
        writeln!(f, "{} of write level", self.write_level().count())?;
        let everywhere = self.sensitive().filter(|(_, found)| found.everywhere).count();
        writeln!(f, "{} whose answers can show secrets, {everywhere} of them on everything", self.sensitive().count())?;
        writeln!(f, "{} that Tenor never needs", self.unneeded().count())?;
        if self.conditional > 0 {
            writeln!(f, "{} statements hold only under conditions, which are not weighed here", self.conditional)?;
        }
        if self.denials > 0 {
            writeln!(f, "{} statements deny something, which is not taken off here", self.denials)?;
        }
        for pattern in &self.unknown {
            writeln!(f, "unknown: {pattern}")?;
        }
        for pattern in &self.idle {
            writeln!(f, "grants nothing: {pattern}")?;
        }
        Ok(())
    }
}
