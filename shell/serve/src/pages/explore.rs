//! Costs by anything. All of the question stands in the address, so that it can be kept and sent; a row leads to what it is made of.

use super::Frame;
use super::compare::{Before, Change, needs_another, time_before};
use super::condition::{self, Part};
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::lake::{CostAnswer, CostQuestion, CostRow, Granularity, Key, Lake, Metric, RefusalKind};
use crate::reply::{Trouble, file, page, page_of};
use crate::show;
use crate::stack::{Series, Stack, folded};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use tenor_ledger::{ContentHash, Event, Text};
use tenor_money::Money;
use url::form_urlencoded::Serializer;

/// So many groups are shown unless the address says.
const TOP: usize = 50;
/// An address asks for no more of them.
pub(crate) const TOP_MAX: u32 = 10_000;
/// A page has no more rows; a file has all.
const ROWS_MAX: usize = 1_000;

/// Words that lead on to what a row is made of: the column each stands for, and what is told apart next.
const WORDS: [(&str, &str, &str); 10] = [
    ("service", "ServiceName", "usage-type"),
    ("account", "SubAccountId", "service"),
    ("account-name", "SubAccountName", "service"),
    ("region", "RegionId", "service"),
    ("category", "ChargeCategory", "service"),
    ("usage-type", "x_UsageType", "resource"),
    ("operation", "x_Operation", "resource"),
    ("instance-type", "x_InstanceType", "account"),
    ("commitment", "CommitmentDiscountId", "usage-type"),
    ("resource", "ResourceId", "operation"),
];

#[derive(Template)]
#[template(path = "explore.html")]
struct ExplorePage<'a> {
    frame: &'a Frame,
    question: &'a CostQuestion,
    by: String,
    top: String,
    metrics: &'static [Metric],
    granularities: &'static [Granularity],
    heads: Vec<String>,
    rows: Vec<Row>,
    total: String,
    currency: String,
    notes: Vec<String>,
    wrong: Option<(String, String)>,
    address: String,
    groupings: Vec<(&'static str, String)>,
    /// What narrows the question, each with the address of the question without it.
    chips: Vec<(String, String)>,
    chart: Option<Stack>,
    /// Addresses of the same by month and day, where it is told altogether.
    finer: Vec<(&'static str, String)>,
    compares: bool,
    has_changes: bool,
    total_change: Option<Change>,
}

struct Row {
    cells: Vec<(String, Option<String>)>,
    cost: String,
    change: Option<Change>,
    part: i128,
}

/// An answer, what stood before it, and what is to be said of both.
#[derive(Default)]
struct Found {
    answer: Arc<CostAnswer>,
    before: Option<Before>,
    compares: bool,
    notes: Vec<String>,
}

/// The question that an address asks.
pub(crate) fn question(query: &Pairs) -> Result<CostQuestion, Trouble> {
    let word = |name: &str, word: &str| Trouble::bad(format!("`{name}` is never `{word}`"));
    let metric = query.get("metric").map(|text| Metric::named(text).ok_or_else(|| word("metric", text))).transpose()?;
    let granularity = query.get("granularity").map(|text| Granularity::named(text).ok_or_else(|| word("granularity", text))).transpose()?;
    let top = |text: &str| text.parse::<u32>().ok().filter(|top| *top <= TOP_MAX).map(|top| top as usize);
    let top = query.get("top").map(|text| top(text).ok_or_else(|| word("top", text))).transpose()?;
    let by: Vec<String> =
        query.all("by").flat_map(|by| by.split(',')).map(str::trim).filter(|by| !by.is_empty()).map(str::to_owned).collect();
    let text = |name: &str| query.get(name).map(str::to_owned);
    let (metric, granularity) = (metric.unwrap_or_default(), granularity.unwrap_or_default());
    Ok(CostQuestion { by, metric, granularity, from: text("from"), to: text("to"), condition: text("where"), top })
}

/// The address that asks it.
pub(crate) fn address(path: &str, question: &CostQuestion) -> String {
    let mut query = Serializer::new(String::new());
    if !question.by.is_empty() {
        query.append_pair("by", &question.by.join(","));
    }
    if question.metric != Metric::default() {
        query.append_pair("metric", question.metric.word());
    }
    if question.granularity != Granularity::default() {
        query.append_pair("granularity", question.granularity.word());
    }
    let top = question.top.map(|top| top.to_string());
    for (name, value) in [("from", &question.from), ("to", &question.to), ("where", &question.condition), ("top", &top)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where a value leads: the same question of it alone, told apart by the next word. None where its word has no column.
pub(crate) fn narrowed(question: &CostQuestion, word: &str, value: Option<&str>) -> Option<String> {
    let (column, next) = match word.strip_prefix("tag:") {
        Some(key) => (format!("tag(Tags, '{}')", key.replace('\'', "''")), "service"),
        None => WORDS.iter().find(|(known, ..)| *known == word).map(|(_, column, next)| ((*column).to_owned(), *next))?,
    };
    let part = Part { column, value: value.map(str::to_owned) };
    let condition = condition::and(question.condition.as_deref(), &part);
    let mut by: Vec<String> = question.by.iter().filter(|by| *by != word).cloned().collect();
    if by.is_empty() {
        by.push(next.to_owned());
    }
    Some(address("/explore", &CostQuestion { by, condition: Some(condition), ..question.clone() }))
}

/// The same address, which goes on to compare.
fn carried(address: String, compares: bool) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    if compares { format!("{address}{separator}compare=before") } else { address }
}

/// Where a key leads.
fn led(question: &CostQuestion, word: &str, key: &Key, compares: bool) -> Option<String> {
    let value = match key {
        Key::Value(value) => Some(value.as_str()),
        Key::Nothing => None,
        Key::Other => return None,
    };
    Some(carried(narrowed(question, word, value)?, compares))
}

/// What narrows a question, and the address without each.
fn chips(question: &CostQuestion, compares: bool) -> Vec<(String, String)> {
    let without = |question: CostQuestion| carried(address("/explore", &question), compares);
    let mut chips = Vec::new();
    if question.from.is_some() || question.to.is_some() {
        let text = format!("{} to {}", question.from.as_deref().unwrap_or("the beginning"), question.to.as_deref().unwrap_or("now"));
        chips.push((text, without(CostQuestion { from: None, to: None, ..question.clone() })));
    }
    let Some(condition) = &question.condition else { return chips };
    let Some(parts) = condition::parts(condition) else {
        chips.push((condition.clone(), without(CostQuestion { condition: None, ..question.clone() })));
        return chips;
    };
    for (at, part) in parts.iter().enumerate() {
        let word = WORDS.iter().find(|(_, column, _)| *column == part.column).map_or(part.column.as_str(), |(word, ..)| *word);
        let others = parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| part);
        let question = CostQuestion { condition: condition::joined(others), ..question.clone() };
        chips.push((format!("{word}: {}", part.value.as_deref().unwrap_or("none")), without(question)));
    }
    chips
}

/// A key as people read it.
pub(crate) fn told(key: &Key, word: &str) -> String {
    match key {
        Key::Value(value) => value.clone(),
        Key::Nothing => format!("no {}", word.rsplit(':').next().unwrap_or(word)),
        Key::Other => "other".to_owned(),
    }
}

/// What is asked of the bills where an address asks nothing.
pub(super) fn first() -> CostQuestion {
    shown(&unasked())
}

fn unasked() -> CostQuestion {
    CostQuestion { by: vec!["service".to_owned()], ..CostQuestion::default() }
}

/// The question as a page asks it: not for more groups than it shows.
fn shown(question: &CostQuestion) -> CostQuestion {
    CostQuestion { top: question.top.or((!question.by.is_empty()).then_some(TOP)), ..question.clone() }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let compares = match ask.query.get("compare") {
        None => false,
        Some("before") => true,
        Some(text) => return Err(Trouble::bad(format!("`compare` is never `{text}`"))),
    };
    let question = if ask.query.0.is_empty() { unasked() } else { question(&ask.query)? };
    let asked = shown(&question);
    let frame = ask.frame();
    let lake = app.ports.lake.now().await?;
    match lake.cost(&asked).await {
        Ok(answer) => {
            let mut found = Found { answer, compares, ..Found::default() };
            if compares {
                found.before = before(&*lake, &asked, &found.answer, &mut found.notes).await?;
            }
            Ok(page(&explored(&frame, &question, found)))
        }
        // What is wrong with a question is told beside it, so that it can be mended.
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            let wrong = Some((refusal.message, refusal.hint));
            let nothing = Found { compares, ..Found::default() };
            Ok(page_of(StatusCode::BAD_REQUEST, &ExplorePage { wrong, ..explored(&frame, &question, nothing) }))
        }
        Err(refusal) if refusal.kind == RefusalKind::Empty => Ok(crate::reply::see("/")),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What stood before an answer; none, with a note, where nothing can be said of that.
async fn before(lake: &dyn Lake, asked: &CostQuestion, answer: &CostAnswer, notes: &mut Vec<String>) -> Result<Option<Before>, Trouble> {
    if !needs_another(asked.granularity) {
        return Ok(Some(Before::within(answer)));
    }
    let Some((from, to)) = time_before(asked.from.as_deref(), asked.to.as_deref()) else {
        notes.push("To compare, say from when to when, both as months or both as days; or tell months or days apart.".to_owned());
        return Ok(None);
    };
    let question = CostQuestion { from: Some(from.clone()), to: Some(to.clone()), top: Some(ROWS_MAX), ..asked.clone() };
    match lake.cost(&question).await {
        Ok(before) => {
            notes.push(format!("Compared with {from} to {to}."));
            Ok(Some(Before::of(&before)))
        }
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            notes.push(format!("There is nothing to compare with from {from} to {to}: {}.", refusal.message));
            Ok(None)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn explored<'a>(frame: &'a Frame, question: &'a CostQuestion, found: Found) -> ExplorePage<'a> {
    let Found { answer, before, compares, mut notes } = found;
    let most = answer.rows.iter().map(|row| row.cost).max().unwrap_or_default();
    if answer.rows.len() > ROWS_MAX {
        notes.push(format!("The first {ROWS_MAX} of {} rows are shown; the file has all of them.", answer.rows.len()));
    }
    let currency = answer.currency.clone().unwrap_or_default();
    if let Some((charges, cost)) = answer.straddling {
        notes.push(format!(
            "Not counted: {charges} charges that lie only partly in that time (monthly fees, taxes), together {} {currency}.",
            show::amount(cost)
        ));
    }
    let time = match question.granularity {
        Granularity::Total => None,
        Granularity::Month => Some("Period"),
        Granularity::Day => Some("Day (UTC)"),
    };
    let names = question.by.iter().map(|by| capitalized(by.rsplit(':').next().unwrap_or(by)));
    let row = |row: &CostRow| {
        let time = row.time.iter().map(|time| (time.clone(), None));
        let keys = row.keys.iter().zip(&question.by).map(|(key, by)| (told(key, by), led(question, by, key, compares)));
        Row {
            cells: time.chain(keys).collect(),
            cost: show::amount(row.cost),
            change: before.as_ref().and_then(|before| before.change(row)),
            part: show::thousandths(row.cost, most),
        }
    };
    let others =
        |by: &'static str| (by, carried(address("/explore", &CostQuestion { by: vec![by.to_owned()], ..question.clone() }), compares));
    let finer = |(name, granularity): (&'static str, Granularity)| {
        (name, carried(address("/explore", &CostQuestion { granularity, ..question.clone() }), compares))
    };
    let is_total = question.granularity == Granularity::Total;
    ExplorePage {
        frame,
        question,
        by: question.by.join(","),
        top: question.top.map_or_else(String::new, |top| top.to_string()),
        metrics: Metric::ALL,
        granularities: Granularity::ALL,
        heads: time.into_iter().map(str::to_owned).chain(names).collect(),
        rows: answer.rows.iter().take(ROWS_MAX).map(row).collect(),
        total: show::amount(answer.total),
        wrong: None,
        address: address("/explore.csv", question),
        groupings: ["service", "account", "region", "usage-type", "instance-type", "category", "commitment"].map(others).to_vec(),
        chips: chips(question, compares),
        chart: if is_total { None } else { chart(question, &answer, compares, &currency) },
        finer: if is_total { [("by month", Granularity::Month), ("by day", Granularity::Day)].map(finer).to_vec() } else { Vec::new() },
        compares,
        has_changes: before.is_some(),
        total_change: before.as_ref().and_then(|before| before.total(answer.total)),
        notes,
        currency,
    }
}

/// Groups over time; what has no time of its own, being longer, is one more bar.
fn chart(question: &CostQuestion, answer: &CostAnswer, compares: bool, currency: &str) -> Option<Stack> {
    let mut times: Vec<&String> = answer.rows.iter().filter_map(|row| row.time.as_ref()).collect();
    times.dedup();
    let mut groups: BTreeMap<&[Key], Vec<Money>> = BTreeMap::new();
    for row in &answer.rows {
        let Some(at) = row.time.as_ref().and_then(|time| times.iter().position(|one| *one == time)) else { continue };
        groups.entry(&row.keys).or_insert_with(|| vec![Money::ZERO; times.len()])[at] += row.cost;
    }
    let series = |(keys, amounts): (&[Key], Vec<Money>)| {
        let names: Vec<_> = keys.iter().zip(&question.by).map(|(key, by)| told(key, by)).collect();
        let name = if names.is_empty() { question.metric.label().to_owned() } else { names.join(" · ") };
        let address = match (keys, question.by.as_slice()) {
            ([key], [by]) => led(question, by, key, compares),
            _ => None,
        };
        Series { name, address, amounts }
    };
    let series = folded(groups.into_iter().map(series).collect());
    let labels: Vec<_> = times.into_iter().cloned().collect();
    Stack::of("cost", "Cost over time, by group", currency, &labels, &series)
}

/// The same as a file, exact and without a limit of groups unless the address says one. That it left is recorded, so no other site has it asked for.
pub(crate) async fn download(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let question = question(&ask.query)?;
    let answer = app.ports.lake.cost(&question).await?;
    let content = csv(&question, &answer);
    let rows = u64::try_from(answer.rows.len()).expect("rows are counted");
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let event = Event::DataExported {
        what: Text::fitted(ask.route.word.unwrap_or_default()),
        content: ContentHash::sha256(content.as_bytes()),
        rows,
    };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    Ok(file("text/csv; charset=utf-8", "tenor-cost.csv", content))
}

fn csv(question: &CostQuestion, answer: &CostAnswer) -> String {
    let time = match question.granularity {
        Granularity::Total => None,
        Granularity::Month => Some("billing_period"),
        Granularity::Day => Some("day"),
    };
    let heads = time.into_iter().chain(question.by.iter().map(String::as_str)).chain(["cost", "currency"]);
    let mut text = heads.map(field).collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    let currency = answer.currency.as_deref().unwrap_or_default();
    for row in &answer.rows {
        let keys = row.keys.iter().map(|key| match key {
            Key::Value(value) => field(value),
            Key::Nothing => String::new(),
            Key::Other => "other".to_owned(),
        });
        let cells = row.time.iter().map(|time| field(time)).chain(keys).collect::<Vec<_>>();
        let _ = write!(text, "{}{}{},{}\r\n", cells.join(","), if cells.is_empty() { "" } else { "," }, row.cost, field(currency));
    }
    text
}

/// Quoted where it has to be; what a spreadsheet would take for a formula is told by an apostrophe not to be one.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
