//! A role and its sessions.

use crate::cloud::Cloud;
use crate::cloud::ask::{Ask, Refusal};
use crate::cloud::moment::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) account: u32,
    pub(crate) name: String,
    /// `/tenor/`.
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) made: Moment,
    pub(crate) description: String,
    /// The longest session, in seconds.
    pub(crate) session_max: i64,
    /// The trust policy as JSON.
    pub(crate) trust: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Managed policies, by name.
    pub(crate) managed: BTreeMap<String, Managed>,
    /// Policies of the role's own, by name.
    pub(crate) inline: BTreeMap<String, String>,
}

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Managed {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) description: String,
    /// Versions by their number; the last is in force.
    pub(crate) versions: BTreeMap<u32, String>,
}

/// What assuming a role gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: u32,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) token: String,
    /// When it ends, in the machine's time: that is what clients go by.
    pub(crate) ends: i64,
    pub(crate) source_identity: String,
}

impl Managed {
    /// The number of the version in force.
    pub(crate) fn newest(&self) -> u32 {
        self.versions.keys().next_back().copied().unwrap_or(1)
    }
}

impl Cloud {
    pub(super) fn role_arn(&self, role: &Role) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account_id(role.account), role.path, role.name)
    }

    pub(super) fn policy_arn(&self, role: &Role, name: &str) -> String {
        let path = role.managed.get(name).map_or("/", |managed| &managed.path);
        format!("arn:aws:iam::{}:policy{path}{name}", self.account_id(role.account))
    }

    /// The role of the caller's account that `RoleName` names.
    pub(super) fn named_role(&self, ask: &Ask<'_>) -> Result<&Role, Refusal> {
        let name = ask.text("RoleName").unwrap_or_default();
        let mine = self.books.roles.iter().find(|role| role.account == ask.caller.account && role.name == name);
        mine.ok_or_else(|| no_entity(format!("The role with name {name} cannot be found.")))
    }

    /// The role with this ARN.
    pub(super) fn role_at(&self, arn: &str) -> Option<&Role> {
        self.books.roles.iter().find(|role| self.role_arn(role) == arn)
    }

    /// The texts of everything that a role may do.
    pub(super) fn documents(role: &Role) -> impl Iterator<Item = &str> {
        let managed = role.managed.values().filter_map(|managed| managed.versions.get(&managed.newest()));
        managed.chain(role.inline.values()).map(String::as_str)
    }
}

pub(super) fn no_entity(message: String) -> Refusal {
    Refusal::new("NoSuchEntity", message).with_status(404)
}
