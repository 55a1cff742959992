//! The ledger: what was decided and done, the newest first, searched, verified, and taken away as a file.

use super::Frame;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, chain, page, whole};
use crate::show;
use askama::Template;
use axum::body::Body;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_ledger::{Actor, ContentHash, ContentHasher, Entry, Event, PublicKey, Text, Told};
use tenor_order::Enrolled;
use tenor_state::{StateError, View};
use url::form_urlencoded::Serializer;

/// So many entries on a page.
const PAGE: usize = 50;
/// So many are read at once while they are searched.
const READ: u32 = 1_000;
/// A piece of them that is taken away ends behind the line with which it has so many bytes.
const PIECE_BYTES: usize = 1 << 20;
/// A search looks at no more of them before it asks whether to go on.
const LOOKED_AT: u64 = 20_000;

/// Whose keys they are, as the ledger says.
type Keys = BTreeMap<PublicKey, Enrolled>;

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage<'a> {
    frame: &'a Frame,
    search: String,
    count: String,
    lines: Vec<Line>,
    older: Option<String>,
    /// Down to which entry was searched, where it was not to the first.
    searched_to: Option<String>,
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
    /// Entries below this one were not looked at.
    pub(crate) next: Option<u64>,
    /// Whether that is because enough were, and not because enough were found.
    is_cut: bool,
}

/// At most so many entries below a number that have a text in them, whatever its case; the newest first. No more are looked at than may be at once.
pub(crate) fn newest(view: &View, before: Option<u64>, search: &str, most: usize) -> Result<Found, StateError> {
    search_for(view, before, search, most, &Keys::new())
}

/// The same; the names of those whose keys they are count too.
fn search_for(view: &View, before: Option<u64>, search: &str, most: usize, keys: &Keys) -> Result<Found, StateError> {
    let total = view.ledger_head()?.sequence();
    let search = search.to_lowercase();
    let (mut end, mut entries) = (before.unwrap_or(u64::MAX).min(total + 1), Vec::new());
    let least = end.saturating_sub(LOOKED_AT).max(1);
    while end > least && entries.len() < most {
        let begin = end.saturating_sub(u64::from(READ)).max(least);
        let count = u32::try_from(end - begin).expect("no more than are read at once");
        for entry in view.entries(begin, count)?.into_iter().rev() {
            let has = search.is_empty()
                || [json(&entry.event), who_of(&entry, keys), entry.hash.to_string()]
                    .iter()
                    .any(|text| text.to_lowercase().contains(&search));
            if has && entries.len() < most {
                entries.push(entry);
            }
        }
        end = begin;
    }
    let is_full = entries.len() == most;
    let next = if is_full { entries.last().map(|entry| entry.sequence) } else { Some(end) }.filter(|next| *next > 1);
    Ok(Found { is_cut: !is_full && next.is_some(), entries, total, next })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let search = ask.query.get("q").unwrap_or_default().to_owned();
    let number = |text: &str| text.parse::<u64>().map_err(|_| Trouble::bad("`before` is the number of an entry"));
    let before = ask.query.get("before").map(number).transpose()?;
    let asked = search.clone();
    // Where the ledger is not whole nobody says whose keys they are, and the entries are shown all the same.
    let folded = app.home.folded().await.ok();
    let held = folded.clone();
    let search_it = move |view: &View| match &held {
        Some(folded) => search_for(view, before, &asked, PAGE, folded.book.keys()),
        None => newest(view, before, &asked, PAGE),
    };
    let found = app.home.read(search_it).await?;
    let none = Keys::new();
    let keys = folded.as_ref().map_or(&none, |folded| folded.book.keys());
    let older = found.next.map(|next| {
        format!("/ledger?{}", Serializer::new(String::new()).append_pair("q", &search).append_pair("before", &next.to_string()).finish())
    });
    let lines = found.entries.iter().map(|entry| line(entry, keys)).collect();
    let searched_to = found.next.filter(|_| found.is_cut).map(|next| show::thousands(&next.to_string()));
    let count = show::thousands(&found.total.to_string());
    Ok(page(&LedgerPage { frame: &ask.frame(), search, count, lines, older, searched_to }))
}

/// All of it as it is stored, line after line: what `tenor ledger export` writes. It is read in pieces, and ends where the ledger did when it was asked
/// for. That it left is recorded, so no other site has it asked for.
pub(crate) async fn download(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let (last, content) = app.home.read(hashed).await?;
    let event = Event::DataExported { what: Text::fitted(ask.route.word.unwrap_or_default()), content, rows: last };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    // Lines never change, so these are the ones that were hashed. Whoever reads slowly holds nothing open in between.
    let pieces = futures::stream::try_unfold(1_u64, move |from| {
        let app = Arc::clone(&app);
        async move {
            if from > last {
                return Ok::<_, StateError>(None);
            }
            let read = app.home.read(move |view| view.ledger_lines(from, last + 1, PIECE_BYTES)).await;
            // The answer has begun, so that whoever asks sees it break off and not why.
            let (piece, next) =
                read.inspect_err(|error| app.note(&format!("GET /ledger.jsonl: it broke off before entry {from}: {}", chain(error))))?;
            Ok(Some((Bytes::from(piece), next)))
        }
    });
    let mut response = whole(StatusCode::OK, "application/x-ndjson", Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"tenor-ledger.jsonl\""));
    Ok(response)
}

/// How many lines there are, and the hash of them. Where one is missing there is neither.
fn hashed(view: &View) -> Result<(u64, ContentHash), StateError> {
    let (last, mut hasher, mut from) = (view.ledger_head()?.sequence(), ContentHasher::default(), 1);
    while from <= last {
        let (piece, next) = view.ledger_lines(from, last + 1, PIECE_BYTES)?;
        hasher.take(&piece);
        from = next;
    }
    Ok((last, hasher.finish()))
}

fn line(entry: &Entry, keys: &Keys) -> Line {
    let event = json(&entry.event);
    let kind = match &entry.event {
        Told::Known(event) => event.kind().to_owned(),
        Told::Unknown { kind, .. } => kind.clone(),
    };
    Line {
        sequence: entry.sequence,
        moment: moment(entry.moment.0),
        who: who_of(entry, keys),
        kind,
        says: says(&event),
        hash: entry.hash.to_string(),
    }
}

/// To the second, in UTC.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Who did it, in a few words: by name where the ledger says whose key it is.
fn who_of(entry: &Entry, keys: &Keys) -> String {
    match &entry.actor {
        Told::Known(Actor::Person { key }) => match keys.get(key) {
            Some(held) => format!("{} ({})", held.person, who(entry)),
            None => who(entry),
        },
        _ => who(entry),
    }
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
