//! What each capability can do on a connection, from what AWS simulated and what was tried.

use crate::connection::Connection;
use crate::permit::{Permit, Why};
use crate::row::{Capability, Operation, Via};
use crate::selection::Selection;
use std::collections::BTreeMap;

/// What was seen of a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Works,
    /// AWS says no.
    Denied,
    /// It could not be found out: why, in words.
    Unclear(String),
}

/// What was seen on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// By IAM action: what AWS's simulation says of it; of what only the role's trust grants, what came of trying it, where it was tried.
    pub simulated: BTreeMap<&'static str, Seen>,
    /// By operation, `service:Operation`: what came of calling it. Only what only looks is ever tried.
    pub tried: BTreeMap<String, Seen>,
}

/// What a capability can do on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All of it.
    Works,
    /// All that the account can have of it; a part it cannot have, for this reason.
    Part(Why),
    /// It lacks permissions: IAM actions, or operations that AWS refused when they were tried.
    Missing(Vec<String>),
    /// It was not chosen, and the role lets Tenor do some of it all the same, by these IAM actions that nothing chosen needs.
    Excess(Vec<String>),
    /// The account cannot have it.
    NotOffered(Why),
    /// It could not be found out.
    Unclear(String),
}

impl Standing {
    /// `works`, `works in part`, `missing`, `in excess`, `not offered`, `unclear`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Part(_) => "works in part",
            Self::Missing(_) => "missing",
            Self::Excess(_) => "in excess",
            Self::NotOffered(_) => "not offered",
            Self::Unclear(_) => "unclear",
        }
    }
}

/// How each capability stands: those chosen, in the catalogue's order, and of the others those that the role permits anyhow.
#[must_use]
pub fn standings(selection: &Selection, connection: &Connection, observed: &Observed) -> Vec<(&'static Capability, Standing)> {
    let permit = Permit::new(selection, connection);
    let needed = |action: &str| permit.permitted().iter().any(|permitted| permitted.grant.action == action);
    let one = |capability: &'static Capability| {
        if selection.has(capability) {
            return Some((capability, chosen(capability, &permit, observed)));
        }
        let mut excess: Vec<String> = capability
            .grants()
            .filter(|(_, grant)| !needed(grant.action) && observed.simulated.get(grant.action) == Some(&Seen::Works))
            .map(|(_, grant)| grant.action.to_owned())
            .collect();
        excess.sort_unstable();
        excess.dedup();
        (!excess.is_empty()).then_some((capability, Standing::Excess(excess)))
    };
    crate::capabilities().filter_map(one).collect()
}

fn chosen(capability: &'static Capability, permit: &Permit, observed: &Observed) -> Standing {
    let withheld: Vec<_> = permit.withheld().iter().filter(|withheld| withheld.capability == capability).collect();
    if let Some(whole) = withheld.iter().find(|withheld| withheld.operation.is_none()) {
        return Standing::NotOffered(whole.why.clone());
    }
    let is_offered = |operation: &Operation| !withheld.iter().any(|withheld| withheld.operation == Some(operation));
    let offered: Vec<&'static Operation> = capability.operations.iter().copied().filter(|operation| is_offered(operation)).collect();
    if offered.is_empty()
        && let Some(first) = withheld.first()
    {
        return Standing::NotOffered(first.why.clone());
    }
    let (mut missing, mut unclear) = (Vec::new(), None);
    for operation in offered {
        let name = operation.to_string();
        let tried = observed.tried.get(&name);
        // What AWS did counts for more than what it says it would do.
        if tried == Some(&Seen::Works) {
            continue;
        }
        for (_, grant) in capability.grants().filter(|(of, _)| *of == operation) {
            match observed.simulated.get(grant.action) {
                Some(Seen::Works) => {}
                Some(Seen::Denied) => missing.push(grant.action.to_owned()),
                Some(Seen::Unclear(why)) => unclear = unclear.or(Some(why.clone())),
                None => unclear = unclear.or_else(|| Some(format!("{} was not simulated", grant.action))),
            }
        }
        let by_trust = operation.grants.iter().filter(|grant| grant.via == Via::Trust).map(|grant| grant.action);
        missing.extend(by_trust.filter(|action| observed.simulated.get(action) == Some(&Seen::Denied)).map(str::to_owned));
        match tried {
            Some(Seen::Denied) => missing.push(name),
            Some(Seen::Unclear(why)) => unclear = unclear.or_else(|| Some(why.clone())),
            Some(Seen::Works) | None => {}
        }
    }
    missing.sort_unstable();
    missing.dedup();
    match (missing.is_empty(), unclear) {
        (false, _) => Standing::Missing(missing),
        (true, Some(why)) => Standing::Unclear(why),
        (true, None) => withheld.first().map_or(Standing::Works, |part| Standing::Part(part.why.clone())),
    }
}
