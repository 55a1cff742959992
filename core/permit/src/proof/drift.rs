//! Where a role differs from what was published for its connection.

use crate::connection::{Connection, ExternalId};
use crate::permit::Permit;
use crate::policy::{PolicyError, documents, trust_policy};
use crate::version::CURRENT;
use serde_json::Value;
use std::collections::BTreeMap;

/// A role as IAM shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleFound {
    /// Its trust policy, JSON.
    pub trust: String,
    /// Its policies by name, attached or inline, JSON. Names are those of the connection's documents where it has them.
    pub documents: BTreeMap<String, String>,
    /// The ARN of its permission boundary, if it has one.
    pub boundary: Option<String>,
    /// What its tag says the policy version is.
    pub version: Option<String>,
}

/// A difference between a role and what was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Drift {
    /// Somebody else is trusted, or under other conditions.
    #[error("the trust policy is not the one that was published")]
    Trust,
    /// A policy is not there.
    #[error("the policy `{0}` is missing")]
    Lost(String),
    /// A policy says something else.
    #[error("the policy `{0}` is not the one that was published")]
    Changed(String),
    /// A policy that was never published.
    #[error("the role has a policy that is not Tenor's: `{0}`")]
    Added(String),
    /// A boundary takes away of what the policies grant.
    #[error("the role has a permission boundary, `{0}`, which may take away what its policies grant")]
    Boundary(String),
    /// The role is of another version.
    #[error("the role is of policy version {found}; the newest is {newest}")]
    Version {
        /// As its tag says, or `none`.
        found: String,
        /// The newest.
        newest: u32,
    },
}

/// Where a role differs from what a permit on a connection publishes, the most serious first.
///
/// # Errors
/// As [`documents`].
pub fn drift(permit: &Permit, connection: &Connection, external_id: &ExternalId, found: &RoleFound) -> Result<Vec<Drift>, PolicyError> {
    let mut drifts = Vec::new();
    if !same(&trust_policy(connection, external_id), &found.trust) {
        drifts.push(Drift::Trust);
    }
    let published: BTreeMap<String, String> =
        documents(permit, connection)?.iter().map(|document| (document.name(), document.to_json(connection))).collect();
    drifts.extend(found.documents.keys().filter(|name| !published.contains_key(*name)).cloned().map(Drift::Added));
    for (name, text) in &published {
        match found.documents.get(name) {
            None => drifts.push(Drift::Lost(name.clone())),
            Some(other) if !same(text, other) => drifts.push(Drift::Changed(name.clone())),
            Some(_) => {}
        }
    }
    drifts.extend(found.boundary.clone().map(Drift::Boundary));
    if found.version.as_deref() != Some(CURRENT.to_string().as_str()) {
        drifts.push(Drift::Version { found: found.version.clone().unwrap_or_else(|| "none".to_owned()), newest: CURRENT });
    }
    Ok(drifts)
}

/// Whether two policies mean the same to the letter: IAM may reorder members and lists, and writes a list of one as it likes. What cannot be read is
/// the same as nothing.
fn same(one: &str, other: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => plain(one) == plain(other),
        _ => false,
    }
}

/// With all lists sorted and single values as lists of one.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let one = |(name, value): (String, Value)| (name, plain(value));
            Value::Object(members.into_iter().map(one).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(plain).collect();
            items.sort_by_key(ToString::to_string);
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        other => other,
    }
}
