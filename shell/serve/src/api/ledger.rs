//! The ledger, for programs: its entries, and whether it is whole.

use super::AFTER_MAX;
use super::part::limit;
use crate::app::App;
use crate::ask::Ask;
use crate::pages::ledger;
use crate::reply::{Trouble, chain, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_ledger::Entry;
use tenor_state::{StateError, Verified};

/// An entry's number says where to go on: it never changes, and comes before all that is written later.
pub(crate) async fn ledger(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let limit = limit(&ask.query)?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let bad = || Trouble::bad(format!("`after` is the number of an entry, 1 to {AFTER_MAX}"));
    let before = ask.query.said("after").map(|text| number(text).ok_or_else(bad)).transpose()?.map(u64::from);
    let search = ask.query.get("q").unwrap_or_default().to_owned();
    let found = app.home.read(move |view| ledger::newest(view, before, &search, limit)).await?;
    let items: Vec<_> = found.entries.iter().map(entry).collect();
    Ok(document(&json!({ "entries": found.total, "items": items, "next": found.next.map(|next| next.to_string()) })))
}

fn entry(entry: &Entry) -> Value {
    let raw = |text: String| serde_json::from_str::<Value>(&text).unwrap_or(Value::String(text));
    json!({
        "sequence": entry.sequence, "moment": entry.moment.to_string(), "clock": entry.clock.map(|clock| clock.to_string()),
        "actor": raw(ledger::json(&entry.actor)), "event": raw(ledger::json(&entry.event)), "previous": entry.previous.to_string(),
        "hash": entry.hash.to_string(),
    })
}

/// Verifies every byte. That it is not whole is an answer, and no failure to answer.
pub(crate) async fn verify(app: Arc<App>, _: Ask) -> Result<Response, Trouble> {
    match app.home.read(|view| view.verify_ledger(&[])).await {
        Ok(verified) => Ok(document(&whole(&verified))),
        Err(error @ StateError::Ledger(_)) => {
            app.note(&chain(&error));
            Ok(document(&json!({
                "is_whole": false, "wrong": chain(&error), "hint": error.hint(), "entries": null, "first": null, "last": null, "hash": null,
                "checkpoints": null, "clock_behind": null, "unknown": null, "doubts": [],
            })))
        }
        Err(error) => Err(error.into()),
    }
}

fn whole(verified: &Verified) -> Value {
    let report = &verified.report;
    let doubts = verified.doubts.iter().map(|(entry, doubt)| json!({ "entry": entry, "why": doubt.to_string() }));
    json!({
        "is_whole": true, "wrong": null, "hint": null, "entries": report.head.sequence(), "first": report.begun.map(|first| first.to_string()),
        "last": report.begun.map(|_| report.head.moment().to_string()), "hash": report.head.hash().to_string(),
        "checkpoints": report.checkpoints.len(), "clock_behind": report.clock_behind, "unknown": report.unknown.values().sum::<u64>(),
        "doubts": doubts.collect::<Vec<_>>(),
    })
}
