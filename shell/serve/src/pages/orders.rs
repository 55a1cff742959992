//! Orders: what was decided, who agrees, and how far each step came. What can be decided here has its forms here; what comes of them is in `deciding`.

mod beside;
mod buyers;
mod notes;
mod words;

pub(crate) use buyers::{Buyer, buyers, ranked};
pub(crate) use notes::Notes;

use super::Frame;
use super::deciding;
use super::ledger::moment;
use crate::app::App;
use crate::ask::Ask;
use crate::desk::{Agreeing, NotDone, NotDoneKind, Run};
use crate::lake::Refusal;
use crate::reply::{Trouble, page, page_of};
use crate::show;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use beside::Beside;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::sync::Arc;
use tenor_ledger::{Moment, OrderId, ProposalId, PublicKey, Text};
use tenor_money::Money;
use tenor_order::{Action, Book, Course, Details, Order, OrderStanding, Record, Stage, Step, StepState, is_same_person, undo_until};
use tenor_state::{Folded, StateError};

/// Of an order that carries no proposal out.
const NO_PROPOSAL: ProposalId = ProposalId::from_bytes([0; 32]);

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage<'a> {
    frame: &'a Frame,
    lines: Vec<Line>,
    stopped: Option<String>,
    buyers: Vec<Buyer>,
}

/// Where an order came from.
enum Origin {
    /// No proposal: it changes what is held, or takes something back.
    Nowhere,
    /// Its proposal is not kept here.
    Gone,
    /// Its proposal cannot be read.
    Unread,
    /// Its proposal.
    Kept(Box<Beside>),
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: &'a Frame,
    order: Shown,
    origin: Origin,
    /// What was told when it was made, and stands nowhere else on the page.
    notes: Vec<String>,
    agreeing: Agreeing,
    /// Why nobody can say who agrees.
    untold: Option<String>,
    run: Option<Run>,
    /// Whether the server sends anything to AWS.
    is_live: bool,
    /// Whether anybody may approve without their password.
    is_demo: bool,
    told: Option<&'static str>,
    wrong: &'static str,
    user: Text,
    now: Timestamp,
}

impl OrderPage<'_> {
    fn is_going(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_going)
    }

    /// Its proposal, where that is kept.
    fn beside(&self) -> Option<&Beside> {
        match &self.origin {
            Origin::Kept(beside) => Some(beside),
            Origin::Nowhere | Origin::Gone | Origin::Unread => None,
        }
    }

    /// Why there is nothing to look at beside it.
    const fn no_origin(&self) -> &'static str {
        match self.origin {
            Origin::Nowhere => "none: it changes what is held, or takes something back",
            Origin::Gone => "it is not kept here",
            Origin::Unread => "it cannot be read; why is told where the server runs",
            Origin::Kept(_) => "",
        }
    }

    const fn has_proposal(&self) -> bool {
        !matches!(self.origin, Origin::Nowhere)
    }

    /// Who looks at it may say yes to it here.
    fn may_approve(&self) -> bool {
        let is_theirs = self.frame.may("approver") && !self.is_own();
        is_theirs && self.order.is_open && self.order.is_unended && self.agreeing.off.is_none() && !self.is_going()
    }

    /// How many agree, whether that is enough, and who could.
    fn agreed(&self) -> String {
        let counted = format!("{} of {} approvals count", self.agreeing.counted, self.agreeing.needed);
        match &self.agreeing.why_not {
            None => format!("{counted}."),
            // The reason begins with the count, mostly.
            Some(why) if why.starts_with(&counted) => format!("{why}. {}", self.could()),
            Some(why) => format!("{counted}. It may not run: {why}. {}", self.could()),
        }
    }

    /// What this server did or does of it, and how that looks.
    fn run_line(&self) -> Option<(&'static str, String)> {
        let run = self.run.as_ref()?;
        let tone = match (run.is_going, run.is_good) {
            (true, _) => "warn",
            (false, true) => "good",
            (false, false) => "bad",
        };
        let what = if run.is_live { "Run" } else { "Rehearsal" };
        Some((tone, format!("{what} begun by {} at {} UTC: {}", run.user, moment(run.begun), run.told)))
    }

    fn could(&self) -> String {
        match &self.agreeing.could[..] {
            [] => "Nobody else may approve it.".to_owned(),
            could => format!("Who may and has not: {}.", could.join(", ")),
        }
    }

    /// Whether who looks at it made it.
    fn is_own(&self) -> bool {
        is_same_person(&self.order.maker, &self.user)
    }

    fn may_rehearse(&self) -> bool {
        self.order.is_unended && self.untold.is_none() && self.agreeing.why_not.is_none() && !self.is_going()
    }

    /// Where nobody agrees any more, what became of its calls is found out all the same.
    fn may_settle(&self) -> bool {
        let is_all = self.agreeing.why_not.is_some() && self.agreeing.is_to_be_settled;
        self.is_live && self.untold.is_none() && is_all && !self.is_going()
    }

    fn may_run(&self) -> bool {
        self.may_rehearse() || self.may_settle()
    }

    /// All that it obliges to, to the last digit: what is signed.
    fn obligation(&self) -> String {
        show::exact(self.order.line.obligation_exact)
    }

    fn hours_max(&self) -> u32 {
        self.agreeing.hours_max.max(1)
    }

    /// The server's time, by which a browser counts on whatever its own clock says.
    fn now_exact(&self) -> String {
        self.now.to_string()
    }

    /// What is left of the time in which a step can be taken back; nothing where it cannot.
    fn left(&self, step: &StepLine) -> Option<String> {
        step.undo_until.and_then(|until| left(until.0.duration_since(self.now)))
    }

    /// Whether the form to take it back is shown.
    fn may_take_back(&self, step: &StepLine) -> bool {
        step.is_undoable && self.left(step).is_some() && self.frame.may("analyst")
    }

    /// What a rehearsal said of a step.
    fn rehearsed(&self, step: &StepLine) -> Option<&str> {
        let steps = &self.run.as_ref()?.steps;
        steps.iter().find(|(number, _)| *number == step.number).map(|(_, said)| said.as_str())
    }
}

/// `23 h 10 min left`; nothing when the time is over.
fn left(time: SignedDuration) -> Option<String> {
    let minutes = time.as_secs().div_euclid(60);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (time.is_positive(), days, hours) {
        (false, ..) => None,
        (true, 0, 0) => Some(format!("{minutes} min left")),
        (true, 0, _) => Some(format!("{hours} h {minutes} min left")),
        (true, ..) => Some(format!("{days} d {hours} h left")),
    }
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
    pub(crate) maker: Text,
    /// Who agrees, and until when that holds: as people read it, and to the last digit.
    pub(crate) approvals: Vec<(String, String, Moment)>,
    pub(crate) rejected: Option<String>,
    /// Whether somebody can still say yes or no.
    pub(crate) is_open: bool,
    /// Whether something of it may still be under way.
    pub(crate) is_unended: bool,
    pub(crate) steps: Vec<StepLine>,
}

/// A step of it. Amounts are exact.
pub(crate) struct StepLine {
    pub(crate) number: u32,
    pub(crate) action: &'static str,
    /// The same in words for people.
    pub(crate) action_words: &'static str,
    pub(crate) service: String,
    pub(crate) what: String,
    /// What is bought or changed, as AWS calls it.
    pub(crate) object: String,
    /// The same in words for people, with how long and how paid.
    pub(crate) what_words: String,
    /// What it does besides, for people, a line each.
    pub(crate) more: Vec<String>,
    /// Who does it.
    pub(crate) account: String,
    pub(crate) starts: Option<Moment>,
    pub(crate) deadline: Option<Moment>,
    /// What its kind of action says besides.
    pub(crate) details: Option<Details>,
    pub(crate) region: Option<String>,
    pub(crate) quantity: String,
    /// The same with its unit.
    pub(crate) quantity_words: String,
    pub(crate) hourly: Money,
    pub(crate) upfront: Money,
    pub(crate) obligation: Money,
    pub(crate) state: &'static str,
    pub(crate) result: Option<String>,
    pub(crate) said: Option<String>,
    pub(crate) undo_until: Option<Moment>,
    /// Whether it can be taken back by an order.
    pub(crate) is_undoable: bool,
}

impl StepLine {
    fn region_text(&self) -> &str {
        self.region.as_deref().unwrap_or(show::NOTHING)
    }

    fn undo_exact(&self) -> String {
        self.undo_until.map_or_else(String::new, |until| until.0.to_string())
    }

    fn undo_text(&self) -> String {
        self.undo_until.map_or_else(String::new, |until| moment(until.0))
    }

    // What is signed is shown to the last digit.
    fn hourly_text(&self) -> String {
        show::exact(self.hourly)
    }

    fn upfront_text(&self) -> String {
        show::exact(self.upfront)
    }

    fn obligation_text(&self) -> String {
        show::exact(self.obligation)
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
    let (lines, stopped) = all(app.home.folded().await?.as_ref());
    Ok((lines, halted.or(stopped)))
}

fn all(Folded { book, orders, .. }: &Folded) -> (Vec<Line>, Option<String>) {
    let mut made: Vec<_> = book.orders().map(|(id, record)| (orders[&id].made(), id, record)).collect();
    made.sort_by_key(|(made, id, _)| Reverse((made.0, *id)));
    let lines = made.into_iter().map(|(_, id, record)| line(id, &orders[&id], record)).collect();
    (lines, book.stopped().map(ToString::to_string))
}

/// One of them, by its whole id.
fn one(Folded { book, orders, .. }: &Folded, id: OrderId) -> Option<Shown> {
    book.order(id).zip(orders.get(&id)).map(|(record, order)| shown(book, id, order, record))
}

fn shown(book: &Book, id: OrderId, order: &Order, record: &Record) -> Shown {
    // A server's key is nobody's: it signed for whom it let in.
    let person = |key: PublicKey, user: Option<&Text>| {
        let held = || book.keys().get(&key).map(|held| held.person.clone());
        user.cloned().or_else(held).unwrap_or_else(|| Text::fitted("somebody unknown"))
    };
    let approval = |approval: &tenor_order::Approval| {
        let person = person(approval.key, approval.user.as_ref()).to_string();
        (person, moment(approval.expires.0), approval.expires)
    };
    Shown {
        line: line(id, order, record),
        proposal: order.proposal().to_string(),
        policy: order.policy().to_string(),
        inventory: order.inventory().to_string(),
        maker: person(record.submission.key, record.submission.user.as_ref()),
        approvals: record.approvals.iter().map(approval).collect(),
        rejected: record.rejected.as_ref().map(ToString::to_string),
        is_open: record.standing() == OrderStanding::Waiting,
        is_unended: record.ended.is_none(),
        steps: order.steps().iter().zip(&record.steps).map(|(step, course)| step_line(step, course, order.currency().as_str())).collect(),
    }
}

fn step_line(step: &Step, course: &Course, currency: &str) -> StepLine {
    let bought = course.intents().last().filter(|_| course.state() == StepState::Done);
    StepLine {
        number: step.number,
        action: step.action.as_str(),
        action_words: words::action(step.action),
        service: step.service.as_str().to_owned(),
        what: what(step),
        object: step.object.to_string(),
        what_words: words::what(step),
        more: words::more(step, currency),
        account: step.account.as_str().to_owned(),
        starts: step.starts,
        deadline: step.deadline,
        details: step.details.clone(),
        region: step.region.as_ref().map(|region| region.as_str().to_owned()),
        quantity: step.quantity.to_string(),
        quantity_words: words::quantity(step, currency),
        hourly: step.ceiling_hourly,
        upfront: step.ceiling_upfront,
        obligation: step.obligation,
        state: course.state().as_str(),
        result: course.result().map(ToString::to_string),
        said: course.said().map(|(_, said)| said.to_string()),
        undo_until: bought.and_then(|intent| undo_until(step, intent.at)),
        is_undoable: matches!(step.action, Action::Buy | Action::Queue) && course.state() == StepState::Done,
    }
}

/// What a step is of, as programs are told.
fn what(step: &Step) -> String {
    let kind = step.kind.map_or("", tenor_propose::proposal::Kind::as_str);
    let goods = if step.goods.as_str() == "-" { "" } else { step.goods.as_str() };
    let words: Vec<_> = [kind, goods].into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { step.object.to_string() } else { words.join(" of ") }
}

pub(crate) async fn list(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (lines, stopped) = read(&app).await?;
    Ok(page(&OrdersPage { frame: &ask.frame(), lines, stopped, buyers: buyers(&app).await? }))
}

/// The id in an address.
pub(crate) fn id_of(ask: &Ask) -> Result<OrderId, Trouble> {
    ask.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(|| Trouble::not_found("there is no order of that id"))
}

/// The same, of an order that is there.
pub(crate) async fn known(app: &App, ask: &Ask) -> Result<OrderId, Trouble> {
    let id = id_of(ask)?;
    let is_there = app.home.folded().await?.book.order(id).is_some();
    if is_there { Ok(id) } else { Err(Trouble::not_found("there is no order of that id")) }
}

/// The order that an address names.
pub(crate) async fn asked(app: &App, ask: &Ask) -> Result<Shown, Trouble> {
    let id = id_of(ask)?;
    one(app.home.folded().await?.as_ref(), id).ok_or_else(|| Trouble::not_found("there is no order of that id"))
}

/// Who agrees to an order; or why nobody can say: what was recorded is told all the same. What names files and entries is for the owner.
pub(crate) async fn agreeing(app: &App, id: OrderId) -> (Agreeing, Option<String>) {
    match app.ports.orders.agreeing(id).await {
        Ok(agreeing) => (agreeing, None),
        Err(NotDone { kind: NotDoneKind::Failed, message, .. }) => {
            app.note(&format!("order {id}: who agrees cannot be told: {message}"));
            (Agreeing::default(), Some("That cannot be told; why is told where the server runs.".to_owned()))
        }
        Err(NotDone { message, hint, .. }) => (Agreeing::default(), Some(format!("{message}. {hint}"))),
    }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    shown_again(&app, &ask, StatusCode::OK, "").await
}

/// Where an order came from; what was told when it was made loses what is told with its proposal.
async fn origin(app: &App, id: OrderId, notes: &mut Vec<String>) -> Result<Origin, StateError> {
    let folded = app.home.folded().await?;
    let Some(order) = folded.orders.get(&id) else { return Ok(Origin::Gone) };
    if order.proposal() == NO_PROPOSAL {
        return Ok(Origin::Nowhere);
    }
    Ok(match app.ports.proposals.get(order.proposal()).await {
        Ok(Some(whole)) => Origin::Kept(Box::new(beside::beside(&whole.proposal, order, notes))),
        Ok(None) => Origin::Gone,
        // The order says itself what is signed; the page stands without its proposal.
        Err(Refusal { message, .. }) => {
            app.note(&format!("order {id}: its proposal cannot be read: {message}"));
            Origin::Unread
        }
    })
}

/// The page of an order, with what was wrong with a form of it.
pub(crate) async fn shown_again(app: &App, ask: &Ask, status: StatusCode, wrong: &'static str) -> Result<Response, Trouble> {
    let (id, order) = (id_of(ask)?, asked(app, ask).await?);
    let (agreeing, untold) = agreeing(app, id).await;
    let (run, is_live) = (app.ports.orders.progress(id), app.ports.orders.is_live());
    let user = ask.who.user().map_or_else(|| Text::fitted(""), |user| user.name.text());
    let is_going = run.as_ref().is_some_and(|run| run.is_going);
    let (frame, told, now) = (ask.frame(), deciding::told(ask.query.get("told"), is_going), ask.now);
    let is_demo = app.settings.is_demo;
    let mut notes = app.notes.of(id);
    let origin = origin(app, id, &mut notes).await?;
    let page = OrderPage { frame: &frame, order, origin, notes, agreeing, untold, run, is_live, is_demo, told, wrong, user, now };
    Ok(page_of(status, &page))
}

#[cfg(test)]
mod tests {
    use super::left;
    use jiff::SignedDuration;

    #[test]
    fn the_time_that_is_left_is_told_in_two_units_at_most() {
        let told =
            [23 * 3_600 + 10 * 60 + 59, 6 * 86_400 + 3 * 3_600, 60, 59, 0, -1].map(|seconds| left(SignedDuration::from_secs(seconds)));
        let told = told.map(|told| told.unwrap_or_else(|| "over".to_owned()));
        assert_eq!(told, ["23 h 10 min left", "6 d 3 h left", "1 min left", "0 min left", "over", "over"]);
    }
}
