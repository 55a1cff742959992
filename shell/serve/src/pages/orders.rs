//! Orders: what was decided, who agrees, and how far each step came. Nothing is decided here.

use super::Frame;
use super::ledger::moment;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, page};
use crate::show;
use askama::Template;
use axum::response::Response;
use std::cmp::Reverse;
use std::sync::Arc;
use tenor_ledger::{Moment, OrderId, PublicKey};
use tenor_money::Money;
use tenor_order::{Book, Course, Order, Record, Stage, Step, StepState, undo_until};
use tenor_state::{StateError, View};

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage<'a> {
    frame: &'a Frame,
    lines: Vec<Line>,
    stopped: Option<String>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: &'a Frame,
    order: Shown,
}

/// An order in a list.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) made: String,
    /// The same, to the last digit.
    pub(crate) made_exact: String,
    pub(crate) connection: String,
    pub(crate) steps: usize,
    pub(crate) obligation: String,
    pub(crate) obligation_exact: Money,
    pub(crate) currency: String,
    pub(crate) approvals: usize,
    pub(crate) standing: &'static str,
    pub(crate) tone: &'static str,
}

/// An order, read.
pub(crate) struct Shown {
    pub(crate) line: Line,
    pub(crate) proposal: String,
    pub(crate) policy: String,
    pub(crate) inventory: String,
    pub(crate) maker: String,
    /// Who agrees, and until when that holds: as people read it, and to the last digit.
    pub(crate) approvals: Vec<(String, String, Moment)>,
    pub(crate) rejected: Option<String>,
    pub(crate) steps: Vec<StepLine>,
}

/// A step of it. Amounts are exact.
pub(crate) struct StepLine {
    pub(crate) number: u32,
    pub(crate) action: &'static str,
    pub(crate) service: String,
    pub(crate) what: String,
    pub(crate) region: Option<String>,
    pub(crate) quantity: String,
    pub(crate) hourly: Money,
    pub(crate) upfront: Money,
    pub(crate) obligation: Money,
    pub(crate) state: &'static str,
    pub(crate) result: Option<String>,
    pub(crate) said: Option<String>,
    pub(crate) undo_until: Option<Moment>,
}

impl StepLine {
    fn region_text(&self) -> &str {
        self.region.as_deref().unwrap_or(show::NOTHING)
    }

    fn undo_text(&self) -> String {
        self.undo_until.map_or_else(String::new, |until| moment(until.0))
    }

    fn hourly_text(&self) -> String {
        show::amount(self.hourly)
    }

    fn upfront_text(&self) -> String {
        show::amount(self.upfront)
    }

    fn obligation_text(&self) -> String {
        show::amount(self.obligation)
    }
}

/// How where an order stands looks. Signatures alone are no good news: more may be needed.
const fn tone(stage: Stage) -> &'static str {
    match stage {
        Stage::Done => "good",
        Stage::NotPaid | Stage::Held => "bad",
        Stage::Stopped | Stage::Expired | Stage::Rejected | Stage::Waits => "warn",
        Stage::Running | Stage::Signed => "",
    }
}

fn line(id: OrderId, order: &Order, record: &Record) -> Line {
    let stage = record.stage();
    Line {
        id: id.to_string(),
        made: moment(order.made().0),
        made_exact: order.made().to_string(),
        connection: order.connection().to_string(),
        steps: record.steps.len(),
        obligation: show::amount(order.obligation()),
        obligation_exact: order.obligation(),
        currency: order.currency().to_string(),
        approvals: record.approvals.len(),
        standing: stage.as_str(),
        tone: tone(stage),
    }
}

/// All orders, the newest first; and why nothing is sent, while the kill switch is set.
pub(crate) async fn read(app: &App) -> Result<(Vec<Line>, Option<String>), StateError> {
    let halted = app.home.halted().await;
    let (lines, stopped) = app.home.read(all).await?;
    Ok((lines, halted.or(stopped)))
}

fn all(view: &View) -> Result<(Vec<Line>, Option<String>), StateError> {
    let book = view.book()?;
    let orders = view.orders(&book)?;
    let mut made: Vec<_> = book.orders().map(|(id, record)| (orders[&id].made(), id, record)).collect();
    made.sort_by_key(|(made, id, _)| Reverse((made.0, *id)));
    let lines = made.into_iter().map(|(_, id, record)| line(id, &orders[&id], record)).collect();
    Ok((lines, book.stopped().map(ToString::to_string)))
}

/// One of them, by its whole id.
pub(crate) fn one(view: &View, id: OrderId) -> Result<Option<Shown>, StateError> {
    let book = view.book()?;
    let orders = view.orders(&book)?;
    Ok(book.order(id).zip(orders.get(&id)).map(|(record, order)| shown(&book, id, order, record)))
}

fn shown(book: &Book, id: OrderId, order: &Order, record: &Record) -> Shown {
    let person = |key: PublicKey| book.keys().get(&key).map_or_else(|| "somebody unknown".to_owned(), |held| held.person.to_string());
    Shown {
        line: line(id, order, record),
        proposal: order.proposal().to_string(),
        policy: order.policy().to_string(),
        inventory: order.inventory().to_string(),
        maker: person(order.proposer()),
        approvals: record.approvals.iter().map(|approval| (person(approval.key), moment(approval.expires.0), approval.expires)).collect(),
        rejected: record.rejected.as_ref().map(ToString::to_string),
        steps: order.steps().iter().zip(&record.steps).map(|(step, course)| step_line(step, course)).collect(),
    }
}

fn step_line(step: &Step, course: &Course) -> StepLine {
    let bought = course.intents().last().filter(|_| course.state() == StepState::Done);
    StepLine {
        number: step.number,
        action: step.action.as_str(),
        service: step.service.as_str().to_owned(),
        what: what(step),
        region: step.region.as_ref().map(|region| region.as_str().to_owned()),
        quantity: step.quantity.to_string(),
        hourly: step.ceiling_hourly,
        upfront: step.ceiling_upfront,
        obligation: step.obligation,
        state: course.state().as_str(),
        result: course.result().map(ToString::to_string),
        said: course.said().map(|(_, said)| said.to_string()),
        undo_until: bought.and_then(|intent| undo_until(step, intent.at)),
    }
}

/// What a step is of, in words.
fn what(step: &Step) -> String {
    let kind = step.kind.map_or("", tenor_propose::proposal::Kind::as_str);
    let goods = if step.goods.as_str() == "-" { "" } else { step.goods.as_str() };
    let words: Vec<_> = [kind, goods].into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { step.object.to_string() } else { words.join(" of ") }
}

pub(crate) async fn list(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (lines, stopped) = read(&app).await?;
    Ok(page(&OrdersPage { frame: &ask.frame(), lines, stopped }))
}

/// The order that an address names.
pub(crate) async fn asked(app: &App, ask: &Ask) -> Result<Shown, Trouble> {
    let none = || Trouble::not_found("there is no order of that id");
    let id: OrderId = ask.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(none)?;
    app.home.read(move |view| one(view, id)).await?.ok_or_else(none)
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let order = asked(&app, &ask).await?;
    Ok(page(&OrderPage { frame: &ask.frame(), order }))
}
