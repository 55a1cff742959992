//! What connections may do, for programs.

use super::part::Part;
use crate::access::{AccessStatus, CapabilityAccess, ConnectionAccess, PolicyText, Template};
use crate::app::App;
use crate::ask::Ask;
use crate::pages;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_permit::Operation;

pub(crate) async fn access(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (part, (status, _)) = (Part::of(&ask)?, pages::access::filter(&ask.query)?);
    let is_asked = |one: &CapabilityAccess| status.is_none_or(|status| one.status == status);
    let told = |connection: ConnectionAccess| {
        let capabilities = connection.capabilities.iter().filter(|one| is_asked(one)).map(capability).collect();
        item(&connection, capabilities)
    };
    let (items, next) = part.cut(pages::access::read(&app).await?, |connection| connection.name.to_string(), told)?;
    Ok(document(&json!({ "items": items, "next": next })))
}

/// One of them, with the reason of each operation and the policies as IAM takes them. No External ID is in any of it.
pub(crate) async fn connection(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (status, tier) = pages::access::filter(&ask.query)?;
    let (of, policies) = pages::access::one(&app, &ask).await?;
    let is_asked = |one: &CapabilityAccess| {
        status.is_none_or(|status: AccessStatus| one.status == status) && tier.is_none_or(|tier| one.capability.tier == tier)
    };
    let mut told = item(&of, of.capabilities.iter().filter(|one| is_asked(one)).map(reasoned).collect());
    told["report"] = json!(of.report);
    told["regions"] = json!(of.regions);
    told["policies"] = policies.as_deref().unwrap_or_default().iter().map(policy).collect();
    told["no_policies"] = json!(policies.err());
    Ok(document(&told))
}

fn policy(of: &PolicyText) -> Value {
    let reasons: Vec<_> = of.reasons.iter().map(|(action, reason)| json!({ "action": action, "reason": reason })).collect();
    json!({ "name": of.name, "text": of.text, "reasons": reasons })
}

/// What makes a connection's role. That it left is recorded, as it is of the file.
pub(crate) async fn template(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (format, Template { file, text }) = pages::access::exported(&app, &ask).await?;
    Ok(document(&json!({ "format": format.word(), "file": file, "text": text })))
}

fn item(of: &ConnectionAccess, capabilities: Vec<Value>) -> Value {
    let (tried, differences) = match &of.tried {
        None => (None, &[][..]),
        Some((at, differences)) => (Some(at.to_string()), differences.as_slice()),
    };
    let tiers: Vec<_> = of.tiers.iter().map(|tier| tier.as_str()).collect();
    json!({
        "connection": of.name.as_str(), "account": of.account, "kind": of.kind, "partition": of.partition, "role": of.role, "trusted": of.trusted,
        "policy_version": of.policy_versions.0, "newest_policy_version": of.policy_versions.1, "made": of.made.to_string(),
        "proved": of.proved.map(|at| at.to_string()), "tried": tried, "differences": differences, "tiers": tiers,
        "capabilities": capabilities,
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

/// The same with why each operation is there, and on what each of its actions is granted.
fn reasoned(of: &CapabilityAccess) -> Value {
    let operation = |operation: &&'static Operation| {
        let line = pages::access::operation_line(operation);
        let grants: Vec<_> =
            line.grants.iter().map(|(action, access, on)| json!({ "action": action, "access": access, "on": on })).collect();
        json!({ "name": line.name, "reason": line.reason, "money": line.money, "grants": grants })
    };
    let mut told = capability(of);
    told["operations"] = of.capability.operations.iter().map(operation).collect();
    told
}
