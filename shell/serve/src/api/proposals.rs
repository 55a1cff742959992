//! Proposals, for programs; and a new one.

use super::once::{begun, once_made, queued};
use super::part::Part;
use super::sent::{only, user};
use super::{maybe_money, money};
use crate::app::App;
use crate::ask::Ask;
use crate::pages;
use crate::proposals::ListedProposal;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_propose::proposal::Candidate;

pub(crate) async fn proposals(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let all = app.ports.proposals.list().await.map_err(pages::proposals::refused)?;
    let notes = pages::proposals::noted(&all.notes, &ask);
    let (items, next) = part.cut(all.proposals, |listed| listed.id.to_string(), |listed| item(&listed))?;
    Ok(document(&json!({ "notes": notes, "is_making": all.is_making, "items": items, "next": next })))
}

fn item(listed: &ListedProposal) -> Value {
    json!({
        "id": listed.id.to_string(), "made": listed.made.map(|made| made.to_string()), "as_of": listed.as_of, "steps": listed.steps,
        "changes": listed.changes, "savings": money(listed.savings), "horizon_hours": listed.horizon_hours,
        "monthly_savings": maybe_money(listed.monthly_savings), "obligation": money(listed.obligation), "gap": listed.gap, "currency": listed.currency, "standing": listed.standing.word(),
    })
}

pub(crate) async fn proposal(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, whole) = pages::proposals::asked(&app, &ask).await?;
    let compared: Vec<_> = whole.compared.iter().map(candidate).collect();
    Ok(document(&json!({
        "id": id.to_string(), "made": whole.made.map(|made| made.to_string()), "standing": whole.standing.word(), "notes": pages::proposals::noted(&whole.notes, &ask),
        "compared": compared,
        "proposal": whole.proposal,
    })))
}

/// Has one computed of what is known now. What takes longer goes on, and is in the list when it is done.
pub(crate) async fn make(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &[])?;
    let by = app.home.by(&user(&ask)?, ask.now);
    let doing = Arc::clone(&app);
    let work = async move {
        let made = doing.ports.proposals.make(by).await.map_err(pages::proposals::refused)?;
        Ok(match made {
            Some(id) => begun(&format!("/api/v1/proposals/{id}"), json!({ "proposal": id.to_string() })),
            // It is computed in this process alone: a server that ends, or a failure, leaves nothing that its answer would be of.
            None => queued("/api/v1/proposals", json!({ "proposal": null })),
        })
    };
    once_made(&app, &ask, work).await
}

/// A row of the comparison, as `tenor propose --compare` has it.
fn candidate(candidate: &Candidate) -> Value {
    json!({
        "name": candidate.name, "purchases": candidate.purchases, "left_out": candidate.left_out, "expected_cost": candidate.expected_cost,
        "savings": candidate.savings.expected, "savings_p10": candidate.savings.p10, "savings_p90": candidate.savings.p90,
        "commitment_per_hour": candidate.commitment_per_hour, "upfront": candidate.upfront, "obligation": candidate.obligation,
        "lowest_utilization": candidate.lowest_utilization, "aws_monthly_savings": candidate.aws_monthly_savings, "breaks": candidate.breaks,
        "notes": candidate.notes,
    })
}
