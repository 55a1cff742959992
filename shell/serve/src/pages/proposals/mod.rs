//! Proposals: what they say, how sure it is, and what would be bought under other limits and fears. Nothing is decided here.

mod charts;
mod knobs;
mod told;

use super::Frame;
use super::ledger::moment;
use super::orders::{Buyer, buyers, ranked};
use super::refused::refused as untold;
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{Refusal, RefusalKind};
use crate::proposals::{AllProposals, Knobs, ListedProposal, ProposalNote, ProposalOutlook, ProposalStanding, WholeProposal};
use crate::reply::{Trouble, file, page, page_of, see};
use crate::show;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use charts::{Fan, Frontier};
use jiff::Timestamp;
use knobs::{Select, Slider};
use std::sync::Arc;
use tenor_ledger::{ContentHash, Event, ProposalId, Text};
use tenor_state::UserRole;
use told::{ChangeLine, Compared, EndLine, Fact, StandingLine, StepLine, Tile, WhatIfLine};

#[derive(Template)]
#[template(path = "proposals.html")]
struct ProposalsPage<'a> {
    frame: &'a Frame,
    lines: Vec<Line>,
    notes: Vec<String>,
    is_making: bool,
}

/// A proposal in the list.
struct Line {
    id: String,
    short: String,
    as_of: String,
    made: String,
    steps: usize,
    changes: usize,
    monthly: String,
    savings: String,
    obligation: String,
    gap: String,
    currency: String,
    standing: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "proposal.html")]
struct ProposalPage<'a> {
    frame: &'a Frame,
    id: String,
    as_of: String,
    made: String,
    standing: &'static str,
    tone: &'static str,
    currency: String,
    notes: Vec<String>,
    /// Through which connections an order can be made of it, for who may; who does most of it first.
    buyers: Vec<Buyer>,
    tiles: Vec<Tile>,
    certificate: Vec<String>,
    steps: Vec<StepLine>,
    changes: Vec<ChangeLine>,
    ending: Vec<EndLine>,
    later: usize,
    compared: Vec<Compared>,
    limitations: Vec<String>,
    facts: Vec<Fact>,
    sliders: Vec<Slider>,
    selects: Vec<Select>,
    /// What is wrong with the knobs, and what to do.
    wrong: Option<(String, String)>,
    answer: Option<Answer>,
    /// Whether the answer is still being computed.
    is_answering: bool,
    /// None while it is computed, or where it cannot be.
    outlook: Option<Outlook>,
    /// Whether it is still being computed.
    is_looking: bool,
    /// Why there is none.
    outlook_note: String,
}

impl ProposalPage<'_> {
    /// Whether there is anything to order.
    fn is_something(&self) -> bool {
        !self.steps.is_empty() || !self.changes.is_empty()
    }

    /// A connection with how much of the proposal is its account's. What AWS sells to it now is seen when the order is made.
    fn through(&self, buyer: &Buyer) -> String {
        let all = self.steps.len() + self.changes.len();
        format!("{} ({}), whose account is to do {} of {all}", buyer.name, buyer.account, buyer.parts)
    }
}

/// What would be bought instead.
struct Answer {
    scenarios: u32,
    lines: Vec<WhatIfLine>,
    bought: Vec<String>,
}

/// What the steps may come to.
struct Outlook {
    scenarios: u32,
    /// The standing is of so many days.
    days: usize,
    standing: Vec<StandingLine>,
    fan: Option<Fan>,
    frontier: Option<Frontier>,
    frontier_scenarios: u32,
}

/// How what became of a proposal looks.
const fn tone(standing: ProposalStanding) -> &'static str {
    match standing {
        ProposalStanding::Ordered => "good",
        ProposalStanding::Newest => "warn",
        ProposalStanding::Older | ProposalStanding::Unrecorded => "",
    }
}

/// When it was recorded, as people read it.
fn recorded(made: Option<Timestamp>) -> String {
    made.map_or_else(|| "not recorded".to_owned(), moment)
}

fn line(listed: ListedProposal) -> Line {
    let id = listed.id.to_string();
    Line {
        short: show::short(&id),
        id,
        as_of: listed.as_of,
        made: recorded(listed.made),
        steps: listed.steps,
        changes: listed.changes,
        monthly: show::maybe(listed.monthly_savings),
        savings: show::amount(listed.savings),
        obligation: show::amount(listed.obligation),
        gap: told::share(&listed.gap),
        currency: listed.currency,
        standing: listed.standing.word(),
        tone: tone(listed.standing),
    }
}

/// Why there is no answer, in words that fit proposals. What failed is for the owner.
pub(crate) fn refused(Refusal { kind, message, hint }: Refusal) -> Trouble {
    let (status, title) = match kind {
        RefusalKind::Empty => (StatusCode::CONFLICT, "There is no bill to propose from"),
        RefusalKind::Question => (StatusCode::BAD_REQUEST, "Cannot be answered"),
        RefusalKind::Slow => (StatusCode::GATEWAY_TIMEOUT, "It takes too long"),
        RefusalKind::Busy | RefusalKind::Moved => return Trouble::busy("Somebody else is at it", message, hint),
        RefusalKind::Failed => return untold("The proposals cannot be used")(Refusal { kind, message, hint }),
    };
    Trouble::new(status, title, message, hint)
}

/// Notes as whoever asks is told them.
pub(crate) fn noted(notes: &[ProposalNote], ask: &Ask) -> Vec<String> {
    notes.iter().map(|note| note.shown(is_admin(ask))).collect()
}

fn is_admin(ask: &Ask) -> bool {
    ask.who.role() == Some(UserRole::Admin)
}

/// Why a page stands without an outlook. What failed is told to the owner, and here to admins alone.
fn no_outlook(app: &App, ask: &Ask, Refusal { kind, message, hint }: Refusal) -> String {
    if kind != RefusalKind::Failed {
        return format!("It cannot be computed: {message}. {hint}.");
    }
    app.note(&format!("{:?}: the outlook cannot be computed: {message}", ask.route));
    let why = if is_admin(ask) { message } else { "why is told where the server runs".to_owned() };
    format!("It cannot be computed: {why}. {hint}.")
}

pub(crate) async fn list(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let AllProposals { proposals, notes, is_making } = app.ports.proposals.list().await.map_err(refused)?;
    let (lines, notes) = (proposals.into_iter().map(line).collect(), noted(&notes, &ask));
    Ok(page(&ProposalsPage { frame: &ask.frame(), lines, notes, is_making }))
}

/// Has one computed of what is known now. What takes longer goes on, and is in the list when it is done.
pub(crate) async fn make(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let made = app.ports.proposals.make(app.home.by(&user.name, ask.now)).await.map_err(refused)?;
    Ok(see(&made.map_or_else(|| "/proposals".to_owned(), |id| format!("/proposals/{id}"))))
}

/// The proposal that an address names.
pub(crate) async fn asked(app: &App, ask: &Ask) -> Result<(ProposalId, Arc<WholeProposal>), Trouble> {
    let none = || Trouble::not_found("there is no proposal of that id");
    let id: ProposalId = ask.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(none)?;
    let whole = app.ports.proposals.get(id).await.map_err(refused)?.ok_or_else(none)?;
    Ok((id, whole))
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, whole) = asked(&app, &ask).await?;
    let (frame, proposals) = (ask.frame(), &app.ports.proposals);
    let mut shown = shown(&frame, &whole, &ask);
    if frame.may("analyst") {
        shown.buyers = ranked(buyers(&app).await?, &whole.proposal);
    }
    match proposals.outlook(id).await {
        Ok(Some(outlook)) => shown.outlook = Some(outlook_of(&outlook, &whole)),
        Ok(None) => {
            shown.is_looking = true;
            "It is still being computed.".clone_into(&mut shown.outlook_note);
        }
        // The rest of the page stands without it.
        Err(refusal) => shown.outlook_note = no_outlook(&app, &ask, refusal),
    }
    let mut status = StatusCode::OK;
    let knobs = knobs::read(&ask.query, &whole.proposal);
    match knobs {
        Ok(None) => {}
        Ok(Some(knobs)) => match proposals.what_if(id, &knobs).await {
            Ok(None) => shown.is_answering = true,
            Ok(Some(found)) => {
                let lines = told::what_if(&found, &shown.currency);
                shown.answer = Some(Answer { scenarios: found.scenarios, lines, bought: found.instead.bought.clone() });
            }
            // What is wrong with a question is told beside it, so that it can be mended.
            Err(Refusal { kind: RefusalKind::Question, message, hint }) => {
                (status, shown.wrong) = (StatusCode::BAD_REQUEST, Some((message, hint)));
            }
            Err(refusal) => return Err(refused(refusal)),
        },
        Err(wrong) => (status, shown.wrong) = (StatusCode::BAD_REQUEST, Some(wrong)),
    }
    Ok(page_of(status, &shown))
}

/// The knobs that an address turns; none where it turns none.
pub(crate) fn turned(ask: &Ask, whole: &WholeProposal) -> Result<Option<Knobs>, Trouble> {
    let wrong = |(message, hint): (String, String)| Trouble::new(StatusCode::BAD_REQUEST, "Cannot be answered", message, hint);
    knobs::read(&ask.query, &whole.proposal).map_err(wrong)
}

fn shown<'a>(frame: &'a Frame, whole: &WholeProposal, ask: &Ask) -> ProposalPage<'a> {
    let proposal = &whole.proposal;
    ProposalPage {
        frame,
        id: proposal.id.clone(),
        as_of: proposal.as_of.clone(),
        made: recorded(whole.made),
        standing: whole.standing.word(),
        tone: tone(whole.standing),
        currency: proposal.prices.currency.clone(),
        notes: noted(&whole.notes, ask),
        buyers: Vec::new(),
        tiles: told::tiles(proposal),
        certificate: told::certificate(proposal),
        steps: proposal.steps.iter().map(|step| told::step(step, &proposal.policy)).collect(),
        changes: proposal.changes.iter().map(told::change).collect(),
        ending: proposal.ending.iter().map(told::end).collect(),
        later: proposal.later.len(),
        compared: whole.compared.iter().map(told::compared).collect(),
        limitations: proposal.limitations.clone(),
        facts: told::facts(proposal),
        sliders: knobs::sliders(&ask.query, proposal),
        selects: knobs::selects(&ask.query),
        wrong: None,
        answer: None,
        is_answering: false,
        outlook: None,
        is_looking: false,
        outlook_note: String::new(),
    }
}

fn outlook_of(outlook: &ProposalOutlook, whole: &WholeProposal) -> Outlook {
    let (outcome, proposal) = (&outlook.outcome, &whole.proposal);
    Outlook {
        scenarios: outlook.scenarios,
        days: outcome.standing_hours / 24,
        standing: told::standing(outcome, &proposal.prices.currency),
        fan: Fan::of(&outcome.courses, &proposal.prices.currency),
        frontier: Frontier::of(&outlook.frontier, &outlook.proposed, proposal.policy.limits.obligation, &proposal.prices.currency),
        frontier_scenarios: outlook.frontier_scenarios,
    }
}

/// The document as it is kept. That it left is recorded, so no other site has it asked for.
pub(crate) async fn download(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let (id, whole) = asked(&app, &ask).await?;
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let rows = u64::try_from(whole.proposal.steps.len()).expect("steps are counted");
    let content = ContentHash::sha256(whole.text.as_bytes());
    let event = Event::DataExported { what: Text::fitted(ask.route.word.unwrap_or_default()), content, rows };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    Ok(file("application/json", &format!("tenor-proposal-{:.16}.json", id.to_string()), whole.text.clone()))
}
