//! Costs by anything, and what commitments cover, for programs.

use super::part::Part;
use super::{maybe_money, money, ratio};
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{CostRow, CoverageQuestion, CoverageRow, Key};
use crate::pages::compare::{Before, before};
use crate::pages::explore;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tenor_cover::inventory::Coverage;

/// Time and groupings of a row, by their names.
fn groups(time: Option<&str>, by: &[String], keys: &[Key]) -> Map<String, Value> {
    let keys = by.iter().zip(keys).map(|(by, key)| {
        let value = match key {
            Key::Value(value) => json!(value),
            Key::Nothing | Key::Other => Value::Null,
        };
        (by.clone(), value)
    });
    let groups: Map<String, Value> = keys.collect();
    Map::from_iter([("time".to_owned(), json!(time)), ("groups".to_owned(), Value::Object(groups))])
}

pub(crate) async fn cost(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (question, compares, part) = (explore::asked(&ask)?, explore::compares(&ask.query)?, Part::of(&ask)?);
    let lake = app.ports.lake.now().await?;
    let place = part.place(&*lake, ask.now).await?;
    let answer = lake.cost(&question).await?;
    let mut notes = Vec::new();
    let then = if compares { before(&*lake, &question, &answer, explore::TOP_MAX as usize, &mut notes).await? } else { None };
    part.is_still(&place, &*app.ports.lake).await?;
    let row = |row: &CostRow| {
        let CostRow { time, keys, cost } = row;
        let mut told = groups(time.as_deref(), &question.by, keys);
        told.insert("is_other".to_owned(), json!(keys.contains(&Key::Other)));
        told.insert("cost".to_owned(), money(*cost));
        told.insert("before".to_owned(), maybe_money(then.as_ref().and_then(|then| then.was(row))));
        Value::Object(told)
    };
    let (items, next) = part.cut_at(&place, &answer.rows, row);
    let left_out = answer.straddling.map_or(Value::Null, |(charges, cost)| json!({ "charges": charges, "cost": cost.to_string() }));
    Ok(document(&json!({
        "metric": question.metric.word(), "granularity": question.granularity.word(), "currency": answer.currency, "total": money(answer.total),
        "total_before": maybe_money(then.as_ref().and_then(Before::total_was)), "charges": answer.charges, "left_out": left_out, "notes": notes,
        "items": items, "next": next,
    })))
}

pub(crate) async fn coverage(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let explore = explore::question(&ask.query)?;
    let question = CoverageQuestion { by: explore.by, granularity: explore.granularity, from: explore.from, to: explore.to };
    let lake = app.ports.lake.now().await?;
    let place = part.place(&*lake, ask.now).await?;
    let answer = lake.coverage(&question).await?;
    part.is_still(&place, &*app.ports.lake).await?;
    let row = |CoverageRow { time, keys, coverage, is_whole }: &CoverageRow| {
        let mut row = groups(time.as_deref(), &question.by, keys);
        row.append(&mut figures(coverage, *is_whole));
        Value::Object(row)
    };
    let total = Value::Object(figures(&answer.total, answer.is_whole));
    let (items, next) = part.cut_at(&place, &answer.rows, row);
    Ok(document(&json!({
        "granularity": question.granularity.word(), "currency": answer.currency, "total": total, "notes": answer.notes, "items": items, "next": next,
    })))
}

/// Those that need all that is unused are null where it is not all there.
pub(super) fn figures(coverage: &Coverage, is_whole: bool) -> Map<String, Value> {
    let figures = [
        ("eligible_list_cost", money(coverage.eligible_list_cost())),
        ("covered_list_cost", money(coverage.covered.list_cost)),
        ("coverage", ratio(coverage.coverage())),
        ("commitment_cost", money(coverage.commitment_cost())),
        ("unused_cost", money(coverage.unused_cost)),
        ("utilization", ratio(coverage.utilization().filter(|_| is_whole))),
        ("on_demand_cost", money(coverage.on_demand.cost)),
        ("savings", maybe_money(coverage.savings(false).filter(|_| is_whole))),
        ("effective_savings_rate", ratio(coverage.effective_savings_rate(false).filter(|_| is_whole))),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
