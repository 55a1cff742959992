//! What commitments cover and save, by anything: the rows behind coverage, utilization and savings on the overview.

use super::Frame;
use super::commitments;
use super::explore::{self, Way, field};
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{CostQuestion, CoverageAnswer, CoverageQuestion, Granularity, Key, Refusal, RefusalKind};
use crate::reply::{Trouble, file, page, page_of, see};
use crate::show;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tenor_cover::inventory::Coverage;
use tenor_ledger::{ContentHash, Event, Text};
use url::form_urlencoded::Serializer;

/// A page has no more rows, so that it is light; a file has all.
const ROWS_MAX: usize = 250;

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage<'a> {
    frame: &'a Frame,
    question: &'a CoverageQuestion,
    by: String,
    granularities: &'static [Granularity],
    currency: String,
    notes: Vec<String>,
    wrong: Option<(String, String)>,
    heads: Vec<String>,
    rows: Vec<Row>,
    total: Row,
    groupings: Vec<(&'static str, String)>,
    /// Where all of it is as a file.
    file: String,
}

/// Figures; those that need all that is unused are open where it is not all there.
struct Row {
    /// Each with what it is made of.
    cells: Vec<(String, Option<String>)>,
    eligible: String,
    covered: String,
    coverage: String,
    commitments: String,
    unused: String,
    utilization: String,
    on_demand: String,
    savings: String,
    rate: String,
}

impl Row {
    fn of(cells: Vec<(String, Option<String>)>, coverage: &Coverage, is_whole: bool) -> Self {
        let whole = Some(coverage).filter(|_| is_whole);
        Self {
            cells,
            eligible: show::amount(coverage.eligible_list_cost()),
            covered: show::amount(coverage.covered.list_cost),
            coverage: show::percent(coverage.coverage()),
            commitments: show::amount(coverage.commitment_cost()),
            unused: show::amount(coverage.unused_cost),
            utilization: show::percent(whole.and_then(Coverage::utilization)),
            on_demand: show::amount(coverage.on_demand.cost),
            savings: show::maybe(whole.and_then(|of| of.savings(false))),
            rate: show::percent(whole.and_then(|of| of.effective_savings_rate(false))),
        }
    }
}

/// The address of coverage told apart in some time.
pub(crate) fn address(by: &str, from: Option<&str>, to: Option<&str>) -> String {
    let time = |time: Option<&str>| time.map(str::to_owned);
    address_of("/coverage", &CoverageQuestion { by: vec![by.to_owned()], from: time(from), to: time(to), ..CoverageQuestion::default() })
}

fn address_of(path: &str, question: &CoverageQuestion) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("by", &question.by.join(","));
    if question.granularity != Granularity::default() {
        query.append_pair("granularity", question.granularity.word());
    }
    for (name, value) in [("from", &question.from), ("to", &question.to)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("{path}?{}", query.finish())
}

/// The question that an address asks.
fn asked(ask: &Ask) -> Result<CoverageQuestion, Trouble> {
    let asked = explore::question(&ask.query)?;
    let by = if ask.query.0.is_empty() { vec!["service".to_owned()] } else { asked.by };
    Ok(CoverageQuestion { by, granularity: asked.granularity, from: asked.from, to: asked.to })
}

/// The same as a file, exact. That it left is recorded, so no other site has it asked for.
pub(crate) async fn download(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let question = asked(&ask)?;
    let answer = app.ports.lake.coverage(&question).await?;
    let content = csv(&question, &answer);
    let rows = u64::try_from(answer.rows.len()).expect("rows are counted");
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let hash = ContentHash::sha256(content.as_bytes());
    let event = Event::DataExported { what: Text::fitted(ask.route.word.unwrap_or_default()), content: hash, rows };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    Ok(file("text/csv; charset=utf-8", "tenor-coverage.csv", content))
}

fn csv(question: &CoverageQuestion, answer: &CoverageAnswer) -> String {
    const FIGURES: [&str; 7] =
        ["eligible_list_cost", "covered_list_cost", "commitment_cost", "unused_cost", "on_demand_cost", "savings", "currency"];
    let time = (question.granularity != Granularity::Total).then_some("time");
    let heads = time.into_iter().chain(question.by.iter().map(String::as_str)).chain(FIGURES).map(field);
    let mut text = heads.collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    for row in &answer.rows {
        let keys = row.keys.iter().map(|key| match key {
            Key::Value(value) => field(value),
            Key::Nothing => String::new(),
            Key::Other => "other".to_owned(),
        });
        let of = &row.coverage;
        let amounts = [of.eligible_list_cost(), of.covered.list_cost, of.commitment_cost(), of.unused_cost, of.on_demand.cost];
        // What needs all that is unused is open where that is not all there.
        let savings = of.savings(false).filter(|_| row.is_whole).map_or_else(String::new, |savings| savings.to_string());
        let currency = field(answer.currency.as_deref().unwrap_or_default());
        let cells =
            row.time.iter().map(|time| field(time)).chain(keys).chain(amounts.map(|amount| amount.to_string())).chain([savings, currency]);
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let question = asked(&ask)?;
    let frame = ask.frame();
    match app.ports.lake.coverage(&question).await {
        Ok(answer) => Ok(page(&shown(&frame, &question, &answer))),
        // What is wrong with a question is told beside it, so that it can be mended.
        Err(Refusal { kind: RefusalKind::Question, message, hint }) => {
            let page = CoveragePage { wrong: Some((message, hint)), ..shown(&frame, &question, &CoverageAnswer::default()) };
            Ok(page_of(StatusCode::BAD_REQUEST, &page))
        }
        Err(Refusal { kind: RefusalKind::Empty, .. }) => Ok(see("/")),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The costs behind a row, in its own time where it has one.
fn behind(question: &CoverageQuestion, time: Option<&str>) -> CostQuestion {
    let (from, to) = match time {
        Some(time) => (Some(time.to_owned()), Some(time.to_owned())),
        None => (question.from.clone(), question.to.clone()),
    };
    CostQuestion { by: question.by.clone(), from, to, ..CostQuestion::default() }
}

/// Where a key leads: a commitment to itself, anything else to its costs.
fn led(behind: &CostQuestion, by: &str, key: &Key) -> Option<String> {
    match (by, key) {
        ("commitment", Key::Value(id)) => Some(commitments::address(id)),
        (_, Key::Value(value)) => Way::of(behind, by, false).map(|way| way.to(Some(value))),
        _ => None,
    }
}

fn shown<'a>(frame: &'a Frame, question: &'a CoverageQuestion, answer: &CoverageAnswer) -> CoveragePage<'a> {
    let mut notes = answer.notes.clone();
    let is_total = question.granularity == Granularity::Total;
    let left_out = answer.rows.len().saturating_sub(ROWS_MAX);
    if left_out > 0 {
        let which = if is_total { "first" } else { "last" };
        let rest = explore::in_file(frame.may("analyst"));
        notes.push(format!("The {which} {ROWS_MAX} of {} rows are shown{rest}.", answer.rows.len()));
    }
    let time = (!is_total).then(|| "Time (UTC)".to_owned());
    let heads: Vec<_> = time.into_iter().chain(question.by.iter().cloned()).collect();
    let row = |row: &crate::lake::CoverageRow| {
        let behind = behind(question, row.time.as_deref());
        let keys = row.keys.iter().zip(&question.by).map(|(key, by): (&Key, &String)| (explore::told(key, by), led(&behind, by, key)));
        Row::of(row.time.clone().map(|time| (time, None)).into_iter().chain(keys).collect(), &row.coverage, row.is_whole)
    };
    let others = |by: &'static str| (by, address_of("/coverage", &CoverageQuestion { by: vec![by.to_owned()], ..question.clone() }));
    CoveragePage {
        frame,
        question,
        by: question.by.join(","),
        granularities: Granularity::ALL,
        currency: answer.currency.clone().unwrap_or_default(),
        notes,
        wrong: None,
        heads,
        rows: answer.rows.iter().skip(if is_total { 0 } else { left_out }).take(ROWS_MAX).map(row).collect(),
        total: Row::of(Vec::new(), &answer.total, answer.is_whole),
        file: address_of("/coverage.csv", question),
        groupings: ["service", "account", "region", "family", "commitment"].map(others).to_vec(),
    }
}
