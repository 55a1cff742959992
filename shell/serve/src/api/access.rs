//! What connections may do, for programs.

use super::Part;
use crate::access::{AccessStatus, CapabilityAccess, ConnectionAccess};
use crate::app::App;
use crate::ask::Ask;
use crate::pages;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) async fn access(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let bad = |text: &str| Trouble::bad(format!("`status` is never `{text}`"));
    let status = ask.query.get("status").map(|text| AccessStatus::named(text).ok_or_else(|| bad(text))).transpose()?;
    let (items, next) = part.cut(pages::access::read(&app).await?, |connection| item(&connection, status));
    Ok(document(&json!({ "items": items, "next": next })))
}

fn item(of: &ConnectionAccess, status: Option<AccessStatus>) -> Value {
    let capabilities = of.capabilities.iter().filter(|one| status.is_none_or(|status| one.status == status));
    let (tried, differences) = match &of.tried {
        None => (None, &[][..]),
        Some((at, differences)) => (Some(at.to_string()), differences.as_slice()),
    };
    let tiers: Vec<_> = of.tiers.iter().map(|tier| tier.as_str()).collect();
    json!({
        "connection": of.name.as_str(), "account": of.account, "kind": of.kind, "partition": of.partition, "role": of.role, "trusted": of.trusted,
        "policy_version": of.policy_versions.0, "newest_policy_version": of.policy_versions.1, "made": of.made.to_string(),
        "proved": of.proved.map(|at| at.to_string()), "tried": tried, "differences": differences, "tiers": tiers,
        "capabilities": capabilities.map(capability).collect::<Vec<_>>(),
    })
}

fn capability(of: &CapabilityAccess) -> Value {
    let operations: Vec<_> = of.capability.operations.iter().map(ToString::to_string).collect();
    let actions: BTreeSet<&str> = of.capability.grants().map(|(_, grant)| grant.action).collect();
    json!({
        "name": of.capability.name, "tier": of.capability.tier.as_str(), "is_chosen": of.is_chosen, "status": of.status.word(), "note": of.note,
        "operations": operations, "actions": actions,
    })
}
