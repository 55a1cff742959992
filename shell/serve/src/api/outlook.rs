//! What the steps of a proposal may come to, and what would be bought instead under other limits and fears, for programs. Nothing is decided by either.

use super::money;
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{Refusal, RefusalKind};
use crate::pages::proposals;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_propose::proposal::{Course, Outcome, Standing};

pub(crate) async fn outlook(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, whole) = proposals::asked(&app, &ask).await?;
    let found = app.ports.proposals.outlook(id).await.map_err(refused)?;
    let told = found.as_ref().map(|found| {
        json!({
            "scenarios": found.scenarios, "outcome": outcome(&found.outcome), "frontier_scenarios": found.frontier_scenarios,
            "proposed": outcome(&found.proposed), "frontier": found.frontier.iter().map(outcome).collect::<Vec<_>>(),
        })
    });
    Ok(document(&json!({
        "id": id.to_string(), "currency": whole.proposal.prices.currency, "is_computing": found.is_none(), "outlook": told,
    })))
}

pub(crate) async fn what_if(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, whole) = proposals::asked(&app, &ask).await?;
    let same = "nothing is asked to be otherwise than the proposal's policy has it";
    let knobs = proposals::turned(&ask, &whole)?.ok_or_else(|| Trouble::bad(same))?;
    let found = app.ports.proposals.what_if(id, &knobs).await.map_err(refused)?;
    let told = found
        .as_ref()
        .map(|found| json!({ "scenarios": found.scenarios, "proposed": outcome(&found.proposed), "instead": outcome(&found.instead) }));
    Ok(document(&json!({
        "id": id.to_string(), "currency": whole.proposal.prices.currency, "is_computing": found.is_none(), "what_if": told,
    })))
}

/// What is wrong with a question is whoever's who asks; all else is as of any proposal.
fn refused(refusal: Refusal) -> Trouble {
    if refusal.kind == RefusalKind::Question { refusal.into() } else { proposals::refused(refusal) }
}

fn outcome(of: &Outcome) -> Value {
    json!({
        "bought": of.bought, "commitment_per_hour": money(of.commitment_per_hour), "upfront": money(of.upfront), "obligation": money(of.obligation),
        "savings": of.savings.iter().copied().map(money).collect::<Vec<_>>(), "courses": of.courses.iter().map(course).collect::<Vec<_>>(),
        "before": standing(&of.before), "after": standing(&of.after), "standing_hours": of.standing_hours,
    })
}

fn course(of: &Course) -> Value {
    json!({
        "month": of.month.to_string(), "expected": money(of.expected), "p10": money(of.p10), "p25": money(of.p25), "p75": money(of.p75),
        "p90": money(of.p90),
    })
}

fn standing(of: &Standing) -> Value {
    json!({
        "spend": money(of.spend), "list": money(of.list), "covered": money(of.covered), "committed": money(of.committed), "unused": money(of.unused),
    })
}
