//! The overview, for programs: what is spent by month, what commitments do, what to look at first. It asks the questions that its page asks, of one
//! snapshot.

use super::commitments::item;
use super::cost::figures;
use super::{maybe_money, money, ratio};
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, Granularity, Held, Key, Lake, Refusal, of_one_snapshot,
};
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Attention, Commitment, Horizon, Ratio, by_attention};
use tenor_money::Money;

/// So many months are told, the newest.
const MONTHS: usize = 13;
/// So many commitments and services, as the page has them; the lists of their own have all.
const ROWS: usize = 8;

/// What it is made of.
struct Answered {
    cost: Arc<CostAnswer>,
    coverage: Arc<CoverageAnswer>,
    held: Arc<Held>,
    services: Arc<CostAnswer>,
    /// The newest month.
    newest: Option<String>,
}

async fn answers(lake: &dyn Lake) -> Result<Answered, Refusal> {
    let by_month = CostQuestion { granularity: Granularity::Month, ..CostQuestion::default() };
    let coverage = CoverageQuestion { granularity: Granularity::Month, ..CoverageQuestion::default() };
    let (cost, coverage, held) = tokio::join!(lake.cost(&by_month), lake.coverage(&coverage), lake.commitments());
    let (cost, coverage, held) = (cost?, coverage?, held?);
    let newest = cost.rows.iter().filter_map(|row| row.time.clone()).max();
    let services = CostQuestion {
        by: vec!["service".to_owned()],
        from: newest.clone(),
        to: newest.clone(),
        top: Some(ROWS),
        ..CostQuestion::default()
    };
    let services = lake.cost(&services).await?;
    Ok(Answered { cost, coverage, held, services, newest })
}

pub(crate) async fn overview(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let Answered { cost, coverage, held, services, newest } =
        of_one_snapshot(&*app.ports.lake, |lake| async move { answers(&*lake).await }).await?;

    let horizon = Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let needs = |one: &&Commitment| horizon.attention(one) != Attention::Fine && !horizon.is_over(one);
    let mut attention: Vec<&Commitment> = held.commitments.iter().filter(needs).collect();
    by_attention(&mut attention, horizon);
    let months = cost.rows.iter().filter_map(|row| Some((row.time.as_deref()?, row.cost))).collect::<Vec<_>>();
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

/// What the newest month costs, beside the one before; null where there is none.
fn spend(months: &[(&str, Money)], held: &Held) -> Value {
    let Some((month, cost)) = months.last() else { return Value::Null };
    let before = months.len().checked_sub(2).and_then(|at| months.get(at)).map(|(_, cost)| *cost);
    let change = before.and_then(|before| Ratio::of_money(*cost - before, before));
    json!({ "month": month, "is_open": is_open(month, held), "cost": money(*cost), "before": maybe_money(before), "change": ratio(change) })
}

/// Figures of coverage are null where nothing is known of the month.
fn of_month(month: &str, cost: Money, answer: &CoverageAnswer, held: &Held) -> Value {
    let row = answer.rows.iter().find(|row| row.time.as_deref() == Some(month));
    json!({
        "month": month, "is_open": is_open(month, held), "cost": money(cost), "coverage": row.map(|row| figures(&row.coverage, row.is_whole)),
    })
}

/// Whether its bill ends before it does.
fn is_open(month: &str, held: &Held) -> bool {
    month.parse().is_ok_and(|month: BillingPeriod| held.open.contains(&month))
}
