//! The API, version 1: what the pages show, for programs, and what programs may have done. Amounts are exact, as text; lists come in parts.

mod access;
mod backtests;
mod commitment;
mod commitments;
mod deciding;
mod jobs;
mod once;
mod proposals;
pub(crate) mod schema;
mod sent;
mod settings;
mod users;

use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::desk::Run;
use crate::lake::{CostRow, CoverageQuestion, CoverageRow, Granularity, Key};
use crate::pages::{explore, ledger, orders};
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tenor_cover::inventory::{Coverage, Ratio};
use tenor_money::Money;

pub(crate) use access::access;
pub(crate) use backtests::{backtest, backtests, begin as begin_backtest};
pub(crate) use commitment::commitment;
pub(crate) use commitments::commitments;
pub(crate) use deciding::{create, reject, run, stop};
pub(crate) use jobs::{jobs, run as run_job};
pub(crate) use proposals::{make as propose, proposal, proposals};
pub(crate) use settings::{settings, stop as stop_all};
pub(crate) use users::users;

/// So many items of a list where the address does not say.
const LIMIT: usize = 100;
/// A program asks for no more of them at once.
pub(crate) const LIMIT_MAX: u32 = 1_000;
/// No list is so long.
pub(crate) const AFTER_MAX: u32 = u32::MAX;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
struct Part {
    limit: usize,
    after: usize,
}

impl Part {
    fn of(query: &Pairs) -> Result<Self, Trouble> {
        let number = |name: &str, none: usize, most: u32| match query.get(name).map(str::parse::<u32>) {
            None => Ok(none),
            Some(Ok(number)) if number <= most => Ok(number as usize),
            Some(_) => Err(Trouble::bad(format!("`{name}` is a whole number up to {most}"))),
        };
        let limit = number("limit", LIMIT, LIMIT_MAX)?;
        if limit == 0 {
            return Err(Trouble::bad("`limit` is 1 at least"));
        }
        Ok(Self { limit, after: number("after", 0, AFTER_MAX)? })
    }

    /// The items of the part, and where to go on.
    fn cut<T>(self, all: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>, item: impl Fn(T) -> Value) -> (Vec<Value>, Value) {
        let all = all.into_iter();
        let count = all.len();
        let items = all.skip(self.after).take(self.limit).map(item).collect();
        let end = self.after.saturating_add(self.limit);
        (items, if end < count { json!(end.to_string()) } else { Value::Null })
    }
}

fn money(amount: Money) -> Value {
    json!(amount.to_string())
}

fn maybe_money(amount: Option<Money>) -> Value {
    amount.map_or(Value::Null, money)
}

fn ratio(ratio: Option<Ratio>) -> Value {
    ratio.map_or(Value::Null, |ratio| json!(ratio.to_string()))
}

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
    let (question, part) = (explore::asked(&ask)?, Part::of(&ask.query)?);
    let answer = app.ports.lake.cost(&question).await?;
    let row = |CostRow { time, keys, cost }: &CostRow| {
        let mut row = groups(time.as_deref(), &question.by, keys);
        row.insert("is_other".to_owned(), json!(keys.contains(&Key::Other)));
        row.insert("cost".to_owned(), money(*cost));
        Value::Object(row)
    };
    let (items, next) = part.cut(&answer.rows, row);
    let left_out = answer.straddling.map_or(Value::Null, |(charges, cost)| json!({ "charges": charges, "cost": cost.to_string() }));
    Ok(document(&json!({
        "metric": question.metric.word(), "granularity": question.granularity.word(), "currency": answer.currency, "total": money(answer.total),
        "charges": answer.charges, "left_out": left_out, "items": items, "next": next,
    })))
}

pub(crate) async fn coverage(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let explore = explore::question(&ask.query)?;
    let question = CoverageQuestion { by: explore.by, granularity: explore.granularity, from: explore.from, to: explore.to };
    let answer = app.ports.lake.coverage(&question).await?;
    let row = |CoverageRow { time, keys, coverage, is_whole }: &CoverageRow| {
        let mut row = groups(time.as_deref(), &question.by, keys);
        row.append(&mut figures(coverage, *is_whole));
        Value::Object(row)
    };
    let total = Value::Object(figures(&answer.total, answer.is_whole));
    let (items, next) = part.cut(&answer.rows, row);
    let granularity: Granularity = question.granularity;
    Ok(document(&json!({
        "granularity": granularity.word(), "currency": answer.currency, "total": total, "notes": answer.notes, "items": items, "next": next,
    })))
}

/// Those that need all that is unused are null where it is not all there.
fn figures(coverage: &Coverage, is_whole: bool) -> Map<String, Value> {
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

pub(crate) async fn orders(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let (lines, stopped) = orders::read(&app).await?;
    let (items, next) = part.cut(lines, |line| order_line(&line));
    Ok(document(&json!({ "kill_switch": stopped, "items": items, "next": next })))
}

fn order_line(line: &orders::Line) -> Value {
    json!({
        "id": line.id, "made": line.made_exact, "connection": line.connection, "steps": line.steps, "obligation": money(line.obligation_exact),
        "currency": line.currency, "approvals": line.approvals, "standing": line.standing,
    })
}

pub(crate) async fn order(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let order = orders::asked(&app, &ask).await?;
    let step = |step: &orders::StepLine| {
        json!({
            "step": step.number, "action": step.action, "service": step.service, "what": step.what, "region": step.region, "quantity": step.quantity,
            "ceiling_hourly": money(step.hourly), "ceiling_upfront": money(step.upfront), "obligation": money(step.obligation), "state": step.state,
            "result": step.result, "said": step.said, "undo_until": step.undo_until.map(|until| until.to_string()),
        })
    };
    let run = app.ports.orders.progress(orders::id_of(&ask)?).map(|run: Run| {
        let steps: Vec<_> = run.steps.iter().map(|(number, would)| json!({ "step": number, "would": would })).collect();
        json!({ "is_going": run.is_going, "is_live": run.is_live, "is_good": run.is_good, "told": run.told, "steps": steps })
    });
    let approvals: Vec<_> =
        order.approvals.iter().map(|(person, _, until)| json!({ "person": person, "until": until.to_string() })).collect();
    Ok(document(&json!({
        "order": order_line(&order.line), "made_by": order.maker.to_string(), "proposal": order.proposal, "policy": order.policy, "inventory": order.inventory,
        "approvals": approvals, "rejected": order.rejected, "steps": order.steps.iter().map(step).collect::<Vec<_>>(), "run": run,
    })))
}

pub(crate) async fn ledger(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let search = ask.query.get("q").unwrap_or_default().to_owned();
    let before = (part.after > 0).then_some(part.after as u64);
    let found = app.home.read(move |view| ledger::newest(view, before, &search, part.limit)).await?;
    let raw = |text: String| serde_json::from_str::<Value>(&text).unwrap_or(Value::String(text));
    let entry = |entry: &tenor_ledger::Entry| {
        json!({
            "sequence": entry.sequence, "moment": entry.moment.to_string(), "clock": entry.clock.map(|clock| clock.to_string()),
            "actor": raw(ledger::json(&entry.actor)), "event": raw(ledger::json(&entry.event)), "previous": entry.previous.to_string(),
            "hash": entry.hash.to_string(),
        })
    };
    let items: Vec<_> = found.entries.iter().map(entry).collect();
    Ok(document(&json!({ "entries": found.total, "items": items, "next": found.next.map(|next| next.to_string()) })))
}
