//! The ledger: what was decided and done, the newest first, searched, verified.

use super::Frame;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, chain, page};
use crate::show;
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tenor_ledger::{Actor, Entry, Told};
use tenor_state::{StateError, View};
use url::form_urlencoded::Serializer;

/// So many entries on a page.
const PAGE: usize = 50;
/// So many are read at once while they are searched.
const READ: u32 = 1_000;

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage<'a> {
    frame: &'a Frame,
    search: String,
    count: String,
    lines: Vec<Line>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    frame: &'a Frame,
    is_whole: bool,
    said: String,
    hint: &'static str,
    facts: Vec<(&'static str, String)>,
    doubts: Vec<String>,
}

/// An entry as people read it.
struct Line {
    sequence: u64,
    moment: String,
    who: String,
    kind: String,
    says: String,
    hash: String,
}

/// Some entries, the newest first, and where to go on.
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    pub(crate) total: u64,
    pub(crate) next: Option<u64>,
}

/// At most so many entries below a number that have a text in them, whatever its case; the newest first.
pub(crate) fn newest(view: &View, before: Option<u64>, search: &str, most: usize) -> Result<Found, StateError> {
    let total = view.ledger_head()?.sequence();
    let search = search.to_lowercase();
    let (mut end, mut entries) = (before.unwrap_or(u64::MAX).min(total + 1), Vec::new());
    while end > 1 && entries.len() < most {
        let begin = end.saturating_sub(u64::from(READ)).max(1);
        let count = u32::try_from(end - begin).expect("no more than are read at once");
        for entry in view.entries(begin, count)?.into_iter().rev() {
            let has = search.is_empty()
                || [json(&entry.event), who(&entry), entry.hash.to_string()].iter().any(|text| text.to_lowercase().contains(&search));
            if has && entries.len() < most {
                entries.push(entry);
            }
        }
        end = begin;
    }
    let next = entries.last().map(|entry| entry.sequence).filter(|sequence| *sequence > 1 && entries.len() == most);
    Ok(Found { entries, total, next })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let search = ask.query.get("q").unwrap_or_default().to_owned();
    let number = |text: &str| text.parse::<u64>().map_err(|_| Trouble::bad("`before` is the number of an entry"));
    let before = ask.query.get("before").map(number).transpose()?;
    let asked = search.clone();
    let found = app.home.read(move |view| newest(view, before, &asked, PAGE)).await?;
    let older = found.next.map(|next| {
        format!("/ledger?{}", Serializer::new(String::new()).append_pair("q", &search).append_pair("before", &next.to_string()).finish())
    });
    let lines = found.entries.iter().map(line).collect();
    Ok(page(&LedgerPage { frame: &ask.frame(), search, count: show::thousands(&found.total.to_string()), lines, older }))
}

fn line(entry: &Entry) -> Line {
    let event = json(&entry.event);
    let kind = match &entry.event {
        Told::Known(event) => event.kind().to_owned(),
        Told::Unknown { kind, .. } => kind.clone(),
    };
    Line {
        sequence: entry.sequence,
        moment: moment(entry.moment.0),
        who: who(entry),
        kind,
        says: says(&event),
        hash: entry.hash.to_string(),
    }
}

/// To the second, in UTC.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Who did it, in a few words.
pub(crate) fn who(entry: &Entry) -> String {
    match &entry.actor {
        Told::Known(Actor::Person { key }) => format!("key {}", show::short(&key.to_string())),
        Told::Known(Actor::LoggedIn { user, .. } | Actor::Operator { name: user }) => user.to_string(),
        Told::Known(Actor::Schedule { name }) => format!("schedule {name}"),
        Told::Known(Actor::System) => "tenor".to_owned(),
        Told::Unknown { text, .. } => text.clone(),
    }
}

/// As it stands in the line; what this version does not know too.
pub(crate) fn json<T: Serialize>(told: &Told<T>) -> String {
    match told {
        Told::Known(known) => serde_json::to_string(known).expect("members are texts and numbers"),
        Told::Unknown { text, .. } => text.clone(),
    }
}

/// What an event says but for its kind, in words.
fn says(event: &str) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => show::short(text),
        Value::Null => show::NOTHING.to_owned(),
        value => value.to_string(),
    };
    let Some(members) = tenor_ledger::members(event) else { return event.to_owned() };
    let told =
        members.into_iter().filter(|(name, _)| name != "kind").map(|(name, value)| format!("{} {}", name.replace('_', " "), shown(&value)));
    told.collect::<Vec<_>>().join(" · ")
}

/// Verifies every byte: that takes a while where the ledger is long, and is asked for by hand.
pub(crate) async fn verify(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let frame = ask.frame();
    match app.home.read(|view| view.verify_ledger(&[])).await {
        Ok(verified) => {
            let report = verified.report;
            let facts = vec![
                ("Entries", show::thousands(&report.head.sequence().to_string())),
                ("First", report.begun.map_or_else(|| show::NOTHING.to_owned(), moment)),
                ("Last", report.begun.map_or_else(|| show::NOTHING.to_owned(), |_| moment(report.head.moment()))),
                ("Checkpoints", report.checkpoints.len().to_string()),
                ("Written while the clock was behind", report.clock_behind.to_string()),
                ("Of a kind not known here", report.unknown.values().sum::<u64>().to_string()),
                ("Hash of the last", report.head.hash().to_string()),
            ];
            let doubts = verified
                .doubts
                .iter()
                .map(|(sequence, doubt)| format!("The checkpoint of entry {sequence} says nothing: {doubt}."))
                .collect();
            let said = "Every entry is as it was written, and none is missing up to the sealed end.".to_owned();
            Ok(page(&VerifyPage { frame: &frame, is_whole: true, said, hint: "", facts, doubts }))
        }
        Err(error @ StateError::Ledger(_)) => {
            app.note(&chain(&error));
            Ok(page(&VerifyPage {
                frame: &frame,
                is_whole: false,
                said: chain(&error),
                hint: error.hint(),
                facts: Vec::new(),
                doubts: Vec::new(),
            }))
        }
        Err(error) => Err(error.into()),
    }
}
