//! Back-tests, for programs.

use super::Part;
use crate::app::App;
use crate::ask::Ask;
use crate::backtests::{BacktestPolicy, BacktestResult};
use crate::pages;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn backtests(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let all = pages::backtest::all(&app).await?;
    let (items, next) = part.cut(all.results, |(id, of)| item(&id, &of));
    let notes: Vec<_> = all.notes.iter().map(|note| note.told.as_str()).collect();
    Ok(document(&json!({ "notes": notes, "is_going": all.going.is_some(), "items": items, "next": next })))
}

fn item(id: &str, of: &BacktestResult) -> Value {
    let policy = |one: &BacktestPolicy| json!({ "name": one.name, "cost": one.cost, "saving": one.saving, "esr": one.esr });
    json!({
        "id": id, "made": of.made, "user": of.user, "policy": of.settings.policy, "every_weeks": of.settings.every_weeks,
        "start_after_days": of.settings.start_after_days, "scenarios": of.settings.scenarios, "inputs": of.inputs, "currency": of.currency,
        "decisions": of.decisions, "on_demand_cost": of.on_demand_cost, "policies": of.policies.iter().map(policy).collect::<Vec<_>>(),
    })
}

pub(crate) async fn backtest(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, of) = pages::backtest::named(&app, &ask).await?;
    Ok(document(&json!({ "id": id, "backtest": *of })))
}
