//! The overview, for programs: what is spent by month, what commitments do, what to look at first. It asks the questions that its page asks, of one
//! snapshot.

use super::commitments::item;
use super::cost::figures;
use super::{maybe_money, money, ratio};
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{CostRow, CoverageAnswer, Held, Key, of_one_snapshot};
use crate::pages::overview::{Answered, MONTHS, ROWS, asked, held_against, is_open, months, needing};
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_cover::inventory::{Horizon, Ratio};
use tenor_money::Money;

pub(crate) async fn overview(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let Answered { cost, coverage, held, services } = of_one_snapshot(&*app.ports.lake, |lake| async move { asked(&*lake).await }).await?;
    let horizon = Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let (attention, months) = (needing(&held, horizon), months(&cost));
    let newest = cost.rows.iter().filter_map(|row| row.time.as_deref()).max();
    let shown = &months[months.len().saturating_sub(MONTHS)..];
    Ok(document(&json!({
        "currency": cost.currency, "as_of": ask.now.to_string(), "first": months.first().map(|(month, _)| month), "last": newest,
        "notes": notes(&held, &coverage), "spend": spend(&months, &held), "to_date": figures(&coverage.total, coverage.is_whole),
        "months": shown.iter().map(|(month, cost)| of_month(month, *cost, &coverage, &held)).collect::<Vec<_>>(),
        "attention_count": attention.len(), "attention": attention.iter().take(ROWS).map(|one| item(one, horizon, ask.now)).collect::<Vec<_>>(),
        "services": services.rows.iter().map(service).collect::<Vec<_>>(),
    })))
}

/// What a service cost in the newest month.
fn service(row: &CostRow) -> Value {
    let name = if let Some(Key::Value(name)) = row.keys.first() { Some(name) } else { None };
    json!({ "service": name, "is_other": row.keys.contains(&Key::Other), "cost": money(row.cost) })
}

/// What is to be known before any figure.
fn notes(held: &Held, coverage: &CoverageAnswer) -> Vec<String> {
    let missing = (!held.missing.is_empty()).then(|| format!("There is no bill of {}.", held.missing.join(", ")));
    held.partial.iter().cloned().chain(missing).chain(coverage.notes.iter().cloned()).collect()
}

/// What the newest month costs, beside the one before, where both are all there; null where there is none.
fn spend(months: &[(String, Money)], held: &Held) -> Value {
    let Some((month, cost)) = months.last() else { return Value::Null };
    let before = held_against(months, &held.open).map(|(_, cost)| *cost);
    let change = before.and_then(|before| Ratio::of_money(*cost - before, before));
    json!({
        "month": month, "is_open": is_open(month, &held.open), "cost": money(*cost), "before": maybe_money(before), "change": ratio(change),
    })
}

/// Figures of coverage are null where nothing is known of the month.
fn of_month(month: &str, cost: Money, answer: &CoverageAnswer, held: &Held) -> Value {
    let row = answer.rows.iter().find(|row| row.time.as_deref() == Some(month));
    json!({
        "month": month, "is_open": is_open(month, &held.open), "cost": money(cost), "coverage": row.map(|row| figures(&row.coverage, row.is_whole)),
    })
}
