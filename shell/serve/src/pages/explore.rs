//! Costs by anything. All of the question stands in the address, so that it can be kept and sent; a row leads to what it is made of.

use super::Frame;
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::lake::{CostAnswer, CostQuestion, Granularity, Key, Metric, RefusalKind};
use crate::reply::{Trouble, file, page, page_of};
use crate::show;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write as _;
use std::sync::Arc;
use tenor_ledger::{ContentHash, Event, Text};
use url::form_urlencoded::Serializer;

/// So many groups are shown unless the address says.
const TOP: usize = 50;
/// A page has no more rows; a file has all.
const ROWS_MAX: usize = 1_000;

/// Words that lead on to what a row is made of: the column each stands for, and what is told apart next.
const WORDS: [(&str, &str, &str); 8] = [
    ("service", "ServiceName", "usage-type"),
    ("account", "SubAccountId", "service"),
    ("account-name", "SubAccountName", "service"),
    ("region", "RegionId", "service"),
    ("category", "ChargeCategory", "service"),
    ("usage-type", "x_UsageType", "resource"),
    ("operation", "x_Operation", "resource"),
    ("instance-type", "x_InstanceType", "account"),
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
}

struct Row {
    cells: Vec<(String, Option<String>)>,
    cost: String,
    part: i128,
}

/// The question that an address asks.
pub(crate) fn question(query: &Pairs) -> Result<CostQuestion, Trouble> {
    let word = |name: &str, word: &str| Trouble::bad(format!("`{name}` is never `{word}`"));
    let metric = query.get("metric").map(|text| Metric::named(text).ok_or_else(|| word("metric", text))).transpose()?;
    let granularity = query.get("granularity").map(|text| Granularity::named(text).ok_or_else(|| word("granularity", text))).transpose()?;
    let top = query.get("top").map(|text| text.parse().map_err(|_| word("top", text))).transpose()?;
    let by: Vec<String> =
        query.all("by").flat_map(|by| by.split(',')).map(str::trim).filter(|by| !by.is_empty()).map(str::to_owned).collect();
    let text = |name: &str| query.get(name).map(str::to_owned);
    let (metric, granularity) = (metric.unwrap_or_default(), granularity.unwrap_or_default());
    Ok(CostQuestion { by, metric, granularity, from: text("from"), to: text("to"), condition: text("where"), top })
}

/// The address that asks it.
fn address(path: &str, question: &CostQuestion) -> String {
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
pub(crate) fn narrowed(question: &CostQuestion, word: &str, value: &str) -> Option<String> {
    let (_, column, next) = WORDS.iter().find(|(known, ..)| *known == word)?;
    let this = format!("{column} = '{}'", value.replace('\'', "''"));
    let condition = question.condition.as_ref().map_or_else(|| this.clone(), |before| format!("({before}) AND {this}"));
    let mut by: Vec<String> = question.by.iter().filter(|by| *by != word).cloned().collect();
    if by.is_empty() {
        by.push((*next).to_owned());
    }
    Some(address("/explore", &CostQuestion { by, condition: Some(condition), ..question.clone() }))
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
    let question = if ask.query.0.is_empty() { unasked() } else { question(&ask.query)? };
    let asked = shown(&question);
    let frame = ask.frame();
    match app.ports.lake.cost(&asked).await {
        Ok(answer) => Ok(page(&found(&frame, &question, answer))),
        // What is wrong with a question is told beside it, so that it can be mended.
        Err(refusal) if refusal.kind == RefusalKind::Question => {
            let wrong = Some((refusal.message, refusal.hint));
            Ok(page_of(StatusCode::BAD_REQUEST, &ExplorePage { wrong, ..found(&frame, &question, CostAnswer::default()) }))
        }
        Err(refusal) if refusal.kind == RefusalKind::Empty => Ok(crate::reply::see("/")),
        Err(refusal) => Err(refusal.into()),
    }
}

fn found<'a>(frame: &'a Frame, question: &'a CostQuestion, answer: CostAnswer) -> ExplorePage<'a> {
    let most = answer.rows.iter().map(|row| row.cost).max().unwrap_or_default();
    let mut notes = Vec::new();
    if answer.rows.len() > ROWS_MAX {
        notes.push(format!("The first {ROWS_MAX} of {} rows are shown; the file has all of them.", answer.rows.len()));
    }
    let currency = answer.currency.unwrap_or_default();
    if let Some((charges, cost)) = answer.straddling {
        notes.push(format!(
            "Not counted: {charges} charges that lie only partly in that time (monthly fees, taxes), together {} {currency}.",
            show::amount(cost)
        ));
    }
    let time = (question.granularity != Granularity::Total).then_some(if question.granularity == Granularity::Month {
        "Period"
    } else {
        "Day (UTC)"
    });
    let heads =
        time.into_iter().map(str::to_owned).chain(question.by.iter().map(|by| capitalized(by.rsplit(':').next().unwrap_or(by)))).collect();
    let row = |row: crate::lake::CostRow| {
        let time = row.time.into_iter().map(|time| (time, None));
        let keys = row.keys.iter().zip(&question.by).map(|(key, by)| {
            let address = match key {
                Key::Value(value) => narrowed(question, by, value),
                _ => None,
            };
            (told(key, by), address)
        });
        Row { cells: time.chain(keys).collect(), cost: show::amount(row.cost), part: show::thousandths(row.cost, most) }
    };
    let others = |by: &'static str| (by, address("/explore", &CostQuestion { by: vec![by.to_owned()], ..question.clone() }));
    ExplorePage {
        frame,
        question,
        by: question.by.join(","),
        top: question.top.map_or_else(String::new, |top| top.to_string()),
        metrics: Metric::ALL,
        granularities: Granularity::ALL,
        heads,
        rows: answer.rows.into_iter().take(ROWS_MAX).map(row).collect(),
        total: show::amount(answer.total),
        currency,
        notes,
        wrong: None,
        address: address("/explore.csv", question),
        groupings: ["service", "account", "region", "usage-type", "instance-type", "category", "commitment"].map(others).to_vec(),
    }
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
