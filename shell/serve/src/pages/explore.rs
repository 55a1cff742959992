//! Costs by anything. All of the question stands in the address, so that it can be kept and sent; a row leads to what it is made of.

mod csv;

use super::compare::{Before, Change, before, not_counted};
use super::condition;
use super::groups::chart;
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::lake::{CostAnswer, CostQuestion, CostRow, Granularity, Key, Metric, Refusal, RefusalKind, of_one_snapshot};
use crate::reply::Trouble;
use crate::show;
use crate::stack::Stack;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use url::form_urlencoded::{Serializer, byte_serialize};

pub(crate) use csv::download;
pub(super) use csv::field;

/// So many groups are shown unless the address says.
const TOP: usize = 50;
/// An address asks for no more of them.
pub(crate) const TOP_MAX: u32 = 10_000;
/// A table has no more rows, so that a page is light; a file has all.
const ROWS_MAX: usize = 250;
/// And no more cells that lead on: of rows that have more of them there are fewer.
const LEADS_MAX: usize = 450;
/// Of the time before no more groups are told apart.
const BEFORE_MAX: usize = 1_000;
/// A chart is drawn of no more rows.
const CHART_ROWS_MAX: usize = 2_000;
/// A page has no more groups: the rest is one more row.
const PAGE_TOP_MAX: usize = ROWS_MAX - 1;

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

/// What the form offers to group by. Any column and any tag will do, too.
const OFFERED: [&str; 14] = [
    "service",
    "account",
    "account-name",
    "region",
    "category",
    "type",
    "usage-type",
    "operation",
    "instance-type",
    "commitment",
    "resource",
    "payer",
    "provider",
    "tag:Team",
];

/// What stands in the page of an answer. It has nothing of who asks, since it is shown to others too.
#[derive(Template)]
#[template(path = "explore.html")]
struct ExploreContent<'a> {
    question: &'a CostQuestion,
    by: String,
    offered: &'static [&'static str],
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
    /// Whether who sees it may take all of it as a file.
    may_download: bool,
}

struct Row {
    cells: Vec<(String, Option<String>)>,
    cost: String,
    change: Option<Change>,
    /// Percent of the largest.
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

/// The question that somebody asks. A condition may take work, so no other site has one asked for.
pub(crate) fn asked(ask: &Ask) -> Result<CostQuestion, Trouble> {
    let question = question(&ask.query)?;
    if ask.is_cross_site && question.condition.is_some() {
        let (title, detail) = ("Not asked from elsewhere", "a condition was asked for by another site");
        return Err(Trouble::new(StatusCode::FORBIDDEN, title, detail, "open the address from the address bar, or ask it here"));
    }
    Ok(question)
}

/// Whether the time before is to stand beside it.
pub(crate) fn compares(query: &Pairs) -> Result<bool, Trouble> {
    match query.get("compare") {
        None => Ok(false),
        Some("before") => Ok(true),
        Some(text) => Err(Trouble::bad(format!("`compare` is never `{text}`"))),
    }
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

/// What stands in an address for the part of a condition that is still to come: no part that is made here has it.
const OPEN: char = '\u{1}';

/// Where the values of a word lead: the same question of one of them alone, told apart by the next word. What all of them share is written once.
pub(crate) struct Way {
    column: String,
    head: String,
    tail: String,
}

impl Way {
    /// None where the word has no column.
    pub(crate) fn of(question: &CostQuestion, word: &str, compares: bool) -> Option<Self> {
        let (column, next) = match word.strip_prefix("tag:") {
            Some(key) => (format!("tag(Tags, '{}')", key.replace('\'', "''")), "service"),
            None => WORDS.iter().find(|(known, ..)| *known == word).map(|(_, column, next)| ((*column).to_owned(), *next))?,
        };
        let condition = condition::and(question.condition.as_deref(), &OPEN.to_string());
        let mut by: Vec<String> = question.by.iter().filter(|by| *by != word).cloned().collect();
        if by.is_empty() {
            by.push(next.to_owned());
        }
        let address = carried(address("/explore", &CostQuestion { by, condition: Some(condition), ..question.clone() }), compares);
        // It is the end of the condition, and only a number and a word come behind that.
        let (head, tail) = address.rsplit_once("%01").expect("the part to come is in it");
        Some(Self { column, head: head.to_owned(), tail: tail.to_owned() })
    }

    /// Where one value leads; none for no value.
    pub(crate) fn to(&self, value: Option<&str>) -> String {
        let part = condition::sql(&self.column, value);
        let mut address = String::with_capacity(self.head.len() + 2 * part.len() + self.tail.len());
        address.push_str(&self.head);
        address.extend(byte_serialize(part.as_bytes()));
        address.push_str(&self.tail);
        address
    }

    /// Where a key leads; the rest leads nowhere.
    fn to_key(&self, key: &Key) -> Option<String> {
        match key {
            Key::Value(value) => Some(self.to(Some(value))),
            Key::Nothing => Some(self.to(None)),
            Key::Other => None,
        }
    }
}

/// The same address, which goes on to compare.
fn carried(address: String, compares: bool) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    if compares { format!("{address}{separator}compare=before") } else { address }
}

/// Where a key leads.
pub(super) fn led(question: &CostQuestion, word: &str, key: &Key, compares: bool) -> Option<String> {
    Way::of(question, word, compares)?.to_key(key)
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

/// The costs of a month by service.
pub(crate) fn of_month(month: &str) -> CostQuestion {
    CostQuestion { from: Some(month.to_owned()), to: Some(month.to_owned()), ..unasked() }
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
    let top = question.top.map(|top| top.min(PAGE_TOP_MAX));
    CostQuestion { top: top.or((!question.by.is_empty()).then_some(TOP)), ..question.clone() }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let compares = compares(&ask.query)?;
    let question = if ask.query.0.is_empty() { unasked() } else { asked(&ask)? };
    let asked = shown(&question);
    let may_download = may_download(&ask);
    let asked = &asked;
    let found = of_one_snapshot(&*app.ports.lake, |lake| async move {
        let mut found = Found { answer: lake.cost(asked).await?, compares, ..Found::default() };
        if compares {
            found.before = before(&*lake, asked, &found.answer, BEFORE_MAX, &mut found.notes).await?;
        }
        Ok::<_, Refusal>(found)
    });
    match found.await {
        Ok(found) if compares => Ok(framed(StatusCode::OK, &ask, &rendered(&explored(&question, found, may_download)))),
        Ok(Found { answer, .. }) => {
            let make = || rendered(&explored(&question, Found { answer: Arc::clone(&answer), ..Found::default() }, may_download));
            Ok(framed(StatusCode::OK, &ask, &app.kept.content(&answer, &question, may_download, make)))
        }
        // What is wrong with a question is told beside it, so that it can be mended.
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            let wrong = Some((refusal.message, refusal.hint));
            let nothing = Found { compares, ..Found::default() };
            let content = ExploreContent { wrong, ..explored(&question, nothing, may_download) };
            Ok(framed(StatusCode::BAD_REQUEST, &ask, &rendered(&content)))
        }
        Err(refusal) if refusal.kind == RefusalKind::Empty => Ok(crate::reply::see("/")),
        Err(refusal) => Err(refusal.into()),
    }
}

fn may_download(ask: &Ask) -> bool {
    ask.frame().may("analyst")
}

fn framed(status: StatusCode, ask: &Ask, content: &str) -> Response {
    super::framed(status, &ask.frame(), "Explore", content)
}

fn rendered(content: &ExploreContent<'_>) -> String {
    content.render().expect("templates fail only where what they show does, and texts do not")
}

/// Where the rest is, for who may take it.
pub(super) const fn in_file(may_download: bool) -> &'static str {
    if may_download { "; the file has all of them" } else { "; analysts may take all of them as a file" }
}

fn explored<'a>(question: &'a CostQuestion, found: Found, may_download: bool) -> ExploreContent<'a> {
    let Found { answer, before, compares, mut notes } = found;
    let rows = rows_shown(&answer.rows, ROWS_MAX.min(LEADS_MAX / question.by.len().max(1)).max(1));
    let most = rows.iter().map(|row| row.cost).max().unwrap_or_default();
    if rows.len() < answer.rows.len() {
        let which = if question.granularity == Granularity::Total { "first" } else { "last" };
        notes.push(format!("The {which} {} of {} rows are shown{}.", rows.len(), answer.rows.len(), in_file(may_download)));
    }
    if question.top.is_some_and(|top| top > PAGE_TOP_MAX) {
        notes.push(format!("A page tells no more than {PAGE_TOP_MAX} groups apart{}.", in_file(may_download)));
    }
    let currency = answer.currency.clone().unwrap_or_default();
    notes.extend(answer.straddling.map(|straddling| not_counted("", straddling, &currency)));
    let time = match question.granularity {
        Granularity::Total => None,
        Granularity::Month => Some("Period"),
        Granularity::Day => Some("Day (UTC)"),
    };
    let names = question.by.iter().map(|by| capitalized(by.rsplit(':').next().unwrap_or(by)));
    let ways: Vec<_> = question.by.iter().map(|by| Way::of(question, by, compares)).collect();
    let row = |row: &CostRow| {
        let time = row.time.iter().map(|time| (time.clone(), None));
        let cell = |(key, (by, way)): (&Key, (&String, &Option<Way>))| (told(key, by), way.as_ref().and_then(|way| way.to_key(key)));
        let keys = row.keys.iter().zip(question.by.iter().zip(&ways)).map(cell);
        Row {
            cells: time.chain(keys).collect(),
            cost: show::amount(row.cost),
            change: before.as_ref().and_then(|before| before.change(row)),
            part: show::hundredths(row.cost, most),
        }
    };
    let others =
        |by: &'static str| (by, carried(address("/explore", &CostQuestion { by: vec![by.to_owned()], ..question.clone() }), compares));
    let finer = |(name, granularity): (&'static str, Granularity)| {
        (name, carried(address("/explore", &CostQuestion { granularity, ..question.clone() }), compares))
    };
    let is_total = question.granularity == Granularity::Total;
    ExploreContent {
        question,
        by: question.by.join(","),
        offered: &OFFERED,
        top: question.top.map_or_else(String::new, |top| top.to_string()),
        metrics: Metric::ALL,
        granularities: Granularity::ALL,
        heads: time.into_iter().map(str::to_owned).chain(names).collect(),
        rows: rows.iter().map(row).collect(),
        total: show::amount(answer.total),
        wrong: None,
        address: carried(address("/explore.csv", question), compares),
        groupings: ["service", "account", "region", "usage-type", "instance-type", "category", "commitment"].map(others).to_vec(),
        chips: chips(question, compares),
        chart: if is_total { None } else { chart(question, rows_shown(&answer.rows, CHART_ROWS_MAX), compares, &currency) },
        finer: if is_total { [("by month", Granularity::Month), ("by day", Granularity::Day)].map(finer).to_vec() } else { Vec::new() },
        compares,
        has_changes: before.is_some(),
        may_download,
        total_change: before.as_ref().and_then(|before| before.total(answer.total)),
        notes,
        currency,
    }
}

/// The rows that there is room for. Of times it is the newest, each of them whole.
fn rows_shown(rows: &[CostRow], most: usize) -> &[CostRow] {
    let from = rows.len().saturating_sub(most);
    let Some(last) = rows.last().filter(|last| from > 0 && last.time.is_some()) else { return &rows[..rows.len().min(most)] };
    match (from..rows.len()).find(|at| rows[*at].time != rows[*at - 1].time) {
        Some(whole) => &rows[whole..],
        // One time alone is more than that: its largest.
        None => {
            let begin = rows.iter().rposition(|row| row.time != last.time).map_or(0, |at| at + 1);
            &rows[begin..begin + most]
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
