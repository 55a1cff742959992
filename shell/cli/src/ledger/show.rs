//! `tenor ledger show`: entries to be read, each as it stands.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Format, Table};
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use tenor_ledger::{Actor, Entry, OrderId, Told};
use tenor_state::View;

/// So many are shown when nobody says how many, or of which order.
const LAST: u32 = 20;
/// So many are read at once.
const PAGE: u32 = 1_000;
/// A hash of 64 digits is cut to so many where people read.
const SHOWN_DIGITS: usize = 12;

/// Arguments of `tenor ledger show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only those of an order.
    #[arg(long, value_name = "ID")]
    order: Option<OrderId>,

    /// At most so many, the newest [default: 20; all of an order].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
}

/// Prints entries.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let view = keep::view(context)?;
    let entries = match (args.order, args.last) {
        (None, last) => newest(&view, last.unwrap_or(LAST))?,
        (Some(order), last) => of_order(&view, order, last)?,
    };
    let is_table = context.format == Format::Table;
    let mut table = Table::new(columns(is_table));
    for entry in entries {
        table.row(row(&entry, is_table));
    }
    Ok(context.print(&table)?)
}

fn newest(view: &View, last: u32) -> anyhow::Result<VecDeque<Entry>> {
    let end = view.ledger_head()?.sequence();
    Ok(view.entries((end + 1).saturating_sub(u64::from(last)).max(1), last)?.into())
}

fn of_order(view: &View, order: OrderId, last: Option<u32>) -> anyhow::Result<VecDeque<Entry>> {
    let (id, mut found, mut from) = (order.to_string(), VecDeque::new(), 1);
    loop {
        let page = view.entries(from, PAGE)?;
        let Some(end) = page.last().map(|entry| entry.sequence) else { return Ok(found) };
        from = end + 1;
        for entry in page {
            let event = members(&json(&entry.event));
            if event.iter().any(|(member, value)| ["order", "by"].contains(&member.as_str()) && *value == id.as_str()) {
                found.push_back(entry);
            }
            if last.is_some_and(|last| found.len() > usize::try_from(last).unwrap_or(usize::MAX)) {
                found.pop_front();
            }
        }
    }
}

fn columns(is_table: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::number("sequence", "Entry"),
        Column::text("moment", "Moment"),
        Column::text("actor", "Who"),
        Column::text("event", "What"),
        Column::text("members", "Says"),
    ];
    if !is_table {
        columns.extend([Column::text("clock", "Clock"), Column::text("previous", "Previous"), Column::text("hash", "Hash")]);
    }
    columns
}

fn row(entry: &Entry, is_table: bool) -> Vec<Cell> {
    let (actor, event) = (json(&entry.actor), json(&entry.event));
    let kind = match &entry.event {
        Told::Known(event) => event.kind().to_owned(),
        Told::Unknown { kind, .. } => kind.clone(),
    };
    let sequence = Cell::Number(entry.sequence.to_string());
    if is_table {
        // Nine decimals are for machines.
        let moment = entry.moment.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        return vec![sequence, moment.into(), who(entry).into(), kind.into(), says(&event).into()];
    }
    let clock = entry.clock.map(|clock| clock.to_string());
    let (previous, hash) = (entry.previous.to_string(), entry.hash.to_string());
    vec![sequence, entry.moment.to_string().into(), actor.into(), kind.into(), event.into(), clock.into(), previous.into(), hash.into()]
}

fn who(entry: &Entry) -> String {
    match &entry.actor {
        Told::Known(Actor::Person { key }) => format!("key {}", short(&key.to_string())),
        Told::Known(Actor::LoggedIn { user, .. } | Actor::Operator { name: user }) => user.to_string(),
        Told::Known(Actor::Schedule { name }) => format!("schedule {name}"),
        Told::Known(Actor::System) => "tenor".to_owned(),
        Told::Unknown { text, .. } => text.clone(),
    }
}

/// What an event says but for its kind, in words.
fn says(event: &str) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => short(text),
        Value::Null => "-".to_owned(),
        value => value.to_string(),
    };
    let told = members(event).into_iter().filter(|(name, _)| name != "kind").map(|(name, value)| format!("{name} {}", shown(&value)));
    told.collect::<Vec<_>>().join(", ")
}

fn short(text: &str) -> String {
    let is_hash = text.len() >= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { format!("{}…", &text[..SHOWN_DIGITS]) } else { text.to_owned() }
}

/// As it stands in the line; what this version does not know too.
fn json<T: Serialize>(told: &Told<T>) -> String {
    match told {
        Told::Known(known) => serde_json::to_string(known).expect("members are texts and numbers"),
        Told::Unknown { text, .. } => text.clone(),
    }
}

fn members(event: &str) -> Vec<(String, Value)> {
    tenor_ledger::members(event).expect("what an entry has is an object")
}
