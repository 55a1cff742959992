//! One commitment from near, for programs: what it is, what it did by month and by hour, and what it covered. An hour of which the bill says nothing is
//! not told.

use super::commitments::item;
use super::part::Part;
use super::{maybe_money, money, ratio};
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{Covered, Did, Utilization};
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Horizon};

pub(crate) async fn commitment(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let id = ask.query.get("id").ok_or_else(|| Trouble::bad("say which commitment: `id`, as the bills have it"))?;
    let bad = |text: &str| Trouble::bad(format!("`{text}` is not a month"));
    let asked = ask.query.get("month").map(|text| text.parse::<BillingPeriod>().map_err(|_| bad(text))).transpose()?;
    let lake = app.ports.lake.now().await?;
    let place = part.place(&*lake, ask.now).await?;
    let held = lake.commitments().await?;
    let found = held.commitments.iter().find(|commitment| commitment.facts.id.0 == id);
    let found = found.ok_or_else(|| Trouble::not_found(format!("no bill shows a commitment `{id}`")))?;
    let months = lake.commitment(id).await?;
    let period = asked.unwrap_or_else(|| months.last().map_or(held.periods.1, |(period, _)| *period));
    let is_there = months.iter().any(|(month, _)| *month == period);
    let did: Arc<Utilization> = if is_there { lake.utilization(id, period).await? } else { Arc::default() };
    part.is_still(&place, &*app.ports.lake).await?;
    let horizon = Horizon { as_of: place.as_of.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let months: Vec<_> = months.iter().map(|(month, one)| of_month(*month, one, held.open.contains(month))).collect();
    let hours: Vec<_> = did.hours.iter().map(|(hour, did)| with(figures(did), "hour", &hour.to_string())).collect();
    // The dearest first.
    let (items, next) = part.cut_at(&place, &did.covered, covered);
    Ok(document(&json!({
        "currency": held.currency, "as_of": place.as_of.to_string(), "commitment": item(found, horizon, place.as_of), "months": months,
        "month": period.to_string(), "is_in_month": is_there, "hours": hours, "longer": figures(&did.longer),
        "covered_count": did.covered.len(), "covered": items, "next": next,
    })))
}

fn of_month(month: BillingPeriod, one: &Commitment, is_open: bool) -> Value {
    let (sums, figures) = (&one.sums, one.figures());
    json!({
        "month": month.to_string(), "is_open": is_open, "amortized_cost": money(sums.amortized_cost()), "used_cost": money(sums.used_cost),
        "unused_cost": money(sums.unused_cost), "list_cost_covered": money(sums.list_cost), "net_savings": maybe_money(figures.net_savings),
        "utilization": ratio(figures.utilization),
    })
}

/// What it did in some time. Quantities are in its own unit, a plan's in currency.
fn figures(did: &Did) -> Value {
    json!({
        "used_cost": money(did.used_cost), "unused_cost": money(did.unused_cost), "list_cost": money(did.list_cost), "instance_hours": did.hours.to_string(),
        "quantity": did.quantity.to_string(), "unused_quantity": did.unused.to_string(),
    })
}

fn with(mut value: Value, name: &str, text: &str) -> Value {
    value[name] = json!(text);
    value
}

fn covered(of: &Covered) -> Value {
    json!({
        "service": of.service, "usage_type": of.usage_type, "meter": of.meter, "account": of.account, "cost": money(of.cost), "list_cost": money(of.list_cost),
    })
}
