//! Commitments, for programs.

use super::part::Part;
use super::{maybe_money, money, ratio};
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::pages::commitments::Filter;
use crate::reply::{Trouble, document};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_cover::inventory::{Commitment, ExitRules, Exits, Horizon, LockIn, OfferingClass, Payment, Totals, by_attention};

const DAY_SECONDS: i64 = 86_400;

pub(crate) async fn commitments(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (part, filter) = (Part::of(&ask)?, filter(&ask.query)?);
    let lake = app.ports.lake.now().await?;
    let place = part.place(&*lake, ask.now).await?;
    let (held, now) = (lake.commitments().await?, place.as_of);
    part.is_still(&place, &*app.ports.lake).await?;
    let horizon = Horizon { as_of: now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let mut asked: Vec<&Commitment> = held.commitments.iter().filter(|one| filter.has(one, horizon)).collect();
    by_attention(&mut asked, horizon);
    let (totals, lock_in) = (Totals::of(asked.iter().copied()), LockIn::of(asked.iter().copied(), now, &ExitRules::default()));
    let total = json!({
        "commitments": asked.len(), "amortized_cost": money(totals.sums.amortized_cost()), "used_cost": money(totals.sums.used_cost),
        "unused_cost": money(totals.sums.unused_cost), "list_cost_covered": money(totals.sums.list_cost),
        "net_savings": maybe_money(totals.net_savings()), "utilization": ratio(totals.utilization()),
    });
    let owed = json!({
        "obligation": money(lock_in.obligation), "cash": money(lock_in.cash), "returnable": money(lock_in.returnable),
        "weighted_months": ratio(lock_in.weighted_months()), "unknown": lock_in.unknown, "gone": lock_in.gone,
    });
    let (items, next) = part.cut_at(&place, asked, |commitment| item(commitment, horizon, now));
    Ok(document(&json!({
        "from": held.periods.0.to_string(), "to": held.periods.1.to_string(), "missing": held.missing, "partial": held.partial, "notes": held.notes,
        "currency": held.currency, "as_of": now.to_string(), "total": total, "lock_in": owed, "items": items, "next": next,
    })))
}

/// What is asked for. The form of the page says nothing by an empty word; a program that sends one has lost what it wanted to say.
fn filter(query: &Pairs) -> Result<Filter, Trouble> {
    let empty = ["kind", "state", "ends"].into_iter().find(|name| query.said(name) == Some(""));
    empty.map_or_else(|| Filter::of(query), |name| Err(Trouble::bad(format!("`{name}` is never empty; leave it out"))))
}

/// What is told of one in any list.
pub(super) fn item(commitment: &Commitment, horizon: Horizon, now: Timestamp) -> Value {
    let (facts, sums, figures) = (&commitment.facts, &commitment.sums, commitment.figures());
    let exits = Exits::of(facts, commitment.hourly_commitment, now, &ExitRules::default());
    let moment = |second: Option<i64>| second.and_then(|second| Timestamp::from_second(second).ok()).map(|moment| moment.to_string());
    json!({
        "id": facts.id.to_string(), "attention": horizon.attention(commitment).name(), "kind": facts.kind.name(),
        "owner": facts.owner.as_ref().map(ToString::to_string), "region": facts.region, "zone": facts.zone, "family": facts.family,
        "type": facts.instance_type, "count": facts.count.map(|count| count.to_string()), "is_over": horizon.is_over(commitment),
        "is_gone": commitment.is_gone, "term_days": facts.term.map(|term| term.seconds / DAY_SECONDS),
        "start": moment(facts.term.map(|term| term.start)), "end": moment(facts.term.map(tenor_cover::Term::end)),
        "payment_option": facts.payment.map(Payment::name), "offering_class": facts.class.map(OfferingClass::name),
        "amortized_cost": money(sums.amortized_cost()), "used_cost": money(sums.used_cost), "unused_cost": money(sums.unused_cost),
        "list_cost_covered": money(sums.list_cost), "net_savings": maybe_money(figures.net_savings), "utilization": ratio(figures.utilization),
        "break_even_utilization": ratio(figures.break_even_utilization),
        "returnable_until": exits.returnable_until.map(|until| until.to_string()), "resellable": exits.resellable, "exchangeable": exits.exchangeable,
        "unknown": facts.unknown(),
    })
}
