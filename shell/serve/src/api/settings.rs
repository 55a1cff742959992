//! What is in force, for programs; and the kill switch, which they can set and nobody lifts here.

use super::sent::{only, user};
use crate::app::App;
use crate::ask::Ask;
use crate::pages::deciding::reason;
use crate::pages::refused::refused;
use crate::pages::settings as shown;
use crate::reply::{Trouble, document};
use crate::setup::{Known, StorageFinding};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_state::UserRole;

pub(crate) async fn settings(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    // The file beside the database first: it is set while others write.
    let halted = app.home.halted().await;
    let found = shown::read(&app).await?;
    let own = app.ports.setup.files().await.map_err(refused("The home cannot be looked at"))?;
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    // It names folders and files of the machine.
    let storage = if is_admin { storage(&app).await } else { Value::Null };
    let terms = found.terms.map(|terms| {
        let (by, at) = terms.set.unzip();
        json!({ "hash": terms.hash, "text": terms.text, "set_by": by, "set": at.map(|at| at.to_string()) })
    });
    let keys: Vec<_> = found.keys.iter().map(key).collect();
    Ok(document(&json!({
        "kill_switch": halted.or(found.stopped), "terms": terms, "keys": keys, "server": app.home.server().to_string(),
        "is_server_enrolled": found.is_enrolled, "has_policy": known(&own.policy), "has_schedule": known(&own.schedule),
        "has_notify": known(&own.notify), "storage": storage, "version": app.home.version().to_string(),
        "policy_version": tenor_permit::CURRENT,
    })))
}

fn key(of: &shown::KeyLine) -> Value {
    json!({ "key": of.key, "person": of.person, "role": of.role, "revoked": of.revoked.map(|at| at.to_string()) })
}

/// Whether it is there; null where nobody can tell.
fn known(known: &Known<bool>) -> Option<bool> {
    known.as_ref().ok().copied()
}

/// How the home lies; null where nobody could look.
async fn storage(app: &App) -> Value {
    let finding =
        |of: &StorageFinding| json!({ "severity": of.severity, "title": of.title, "meaning": of.meaning, "what_to_do": of.what_to_do });
    match app.ports.setup.storage().await {
        Ok(findings) => Value::Array(findings.iter().map(finding).collect()),
        Err(_) => Value::Null,
    }
}

/// Sets the kill switch, whatever key it carries: stopping twice is stopping, and to take a key takes the right to write, which a run may have.
pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["reason"])?;
    let (user, why) = (user(&ask)?, reason(ask.sent.members.get("reason").and_then(Value::as_str))?);
    let is_recorded = shown::halt(&app, &user, why.clone(), ask.now).await?;
    Ok(document(&json!({ "kill_switch": why.as_str(), "is_recorded": is_recorded })))
}
