//! Back-tests, for programs; and a new one.

use super::once::queued;
use super::part::Part;
use super::sent::{number, only, text, user};
use crate::app::App;
use crate::ask::{Ask, Sent};
use crate::backtests::{BACKTEST_DAYS_MAX, BACKTEST_SCENARIOS_MAX, BACKTEST_WEEKS_MAX, BacktestAsked, BacktestPolicy, BacktestResult};
use crate::pages;
use crate::pages::backtest::{AFTER_DAYS, EVERY_WEEKS, SCENARIOS};
use crate::pages::refused::refused;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_state::UserRole;

pub(crate) async fn backtests(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let all = pages::backtest::all(&app).await?;
    let (items, next) = part.cut(all.results, |(id, _)| id.clone(), |(id, of)| item(&id, &of))?;
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

/// Begins one, and does not wait for it. It goes on in this process alone, so it takes no key.
pub(crate) async fn begin(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (user, asked, now) = (user(&ask)?, asked(&ask.sent)?, ask.now);
    app.ports.backtests.begin(asked, &user, now).await.map_err(pages::backtest::unbegun)?;
    Ok(queued("/api/v1/backtests", json!({})).answer())
}

/// Has the one that goes on end: whose it is may, and admins. It takes no key, as no stopping does.
pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &[])?;
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    app.ports.backtests.stop(&user(&ask)?, is_admin).await.map_err(refused("Not stopped"))?;
    Ok(document(&json!({ "is_stopped": true })))
}

/// What is to be tried; what is not said is as the command has it.
fn asked(sent: &Sent) -> Result<BacktestAsked, Trouble> {
    only(sent, &["policy", "every_weeks", "start_after_days", "scenarios"])?;
    let policy = if sent.members.contains_key("policy") { Some(text(sent, "policy")?.to_owned()) } else { None };
    let short = |number: u32| u16::try_from(number).expect("it is below the most");
    Ok(BacktestAsked {
        policy,
        every_weeks: short(number(sent, "every_weeks", EVERY_WEEKS, 1, BACKTEST_WEEKS_MAX.into())?),
        start_after_days: short(number(sent, "start_after_days", AFTER_DAYS, 0, BACKTEST_DAYS_MAX.into())?),
        scenarios: number(sent, "scenarios", SCENARIOS, 1, BACKTEST_SCENARIOS_MAX)?,
    })
}
