//! How much is granted, counted from what is granted.

use crate::catalogue::capabilities;
use crate::kinds::Tier;
use crate::permit::Permitted;
use crate::row::{Capability, Grant};
use crate::selection::Selection;
use std::collections::BTreeMap;
use std::fmt;

/// IAM actions, counted by what they can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All.
    pub actions: usize,
    /// Those that change something: write, tagging and permissions.
    pub write_level: usize,
    /// Those whose answers can carry secrets or customer data.
    pub sensitive: usize,
    /// Of those, the ones limited to nothing by AWS.
    pub sensitive_unscoped: usize,
}

impl Counts {
    /// Of what is permitted.
    pub fn of<'a>(permitted: impl IntoIterator<Item = &'a Permitted>) -> Self {
        Self::of_grants(permitted.into_iter().map(|permitted| permitted.grant))
    }

    /// Of what all tiers bring, tier by tier; an action is counted in the lowest tier that needs it. What is on by name alone is in none of them.
    #[must_use]
    pub fn by_tier() -> BTreeMap<Tier, Self> {
        let grants = lowest_of(Selection::of(Tier::ALL).capabilities());
        let of = |tier| Self::of_grants(grants.values().filter(|(lowest, _)| *lowest == tier).map(|(_, grant)| *grant));
        Tier::ALL.into_iter().map(|tier| (tier, of(tier))).collect()
    }

    fn of_grants<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Self {
        let mut counts = Self::default();
        for grant in grants {
            counts.actions += 1;
            counts.write_level += usize::from(!grant.access.only_looks());
            counts.sensitive += usize::from(grant.sensitive.is_some());
            counts.sensitive_unscoped += usize::from(grant.sensitive.is_some() && grant.scope == crate::Scope::Unscopable);
        }
        counts
    }
}

/// Every action of the catalogue's policies with the lowest tier that needs it.
pub(crate) fn lowest_tiers() -> BTreeMap<&'static str, (Tier, &'static Grant)> {
    lowest_of(capabilities())
}

fn lowest_of(capabilities: impl Iterator<Item = &'static Capability>) -> BTreeMap<&'static str, (Tier, &'static Grant)> {
    let mut lowest = BTreeMap::new();
    for capability in capabilities {
        for (_, grant) in Capability::grants(capability) {
            let entry = lowest.entry(grant.action).or_insert((capability.tier, grant));
            entry.0 = entry.0.min(capability.tier);
        }
    }
    lowest
}

/// The table of the project's README: what each tier grants.
#[must_use]
pub fn counts_table() -> String {
    let mut lines = vec![
        "| tier | what it does | IAM actions | of write level | that can show secrets |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (tier, counts) in Counts::by_tier().into_iter().filter(|(_, counts)| counts.actions > 0) {
        let Counts { actions, write_level, sensitive, .. } = counts;
        lines.push(format!("| {tier} | {} | {actions} | {write_level} | {sensitive} |", tier.promise()));
    }
    lines.push(String::new());
    lines.join("\n")
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { actions, write_level, sensitive, .. } = self;
        let plural = if *actions == 1 { "" } else { "s" };
        write!(f, "{actions} IAM action{plural}, {write_level} of write level, {sensitive} whose answers can show secrets.")
    }
}
