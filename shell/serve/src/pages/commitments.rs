//! What is held: each commitment with what it does, what to look at first on top, and what is still owed.

use super::Frame;
use crate::app::App;
use crate::ask::Ask;
use crate::lake::{Held, Refusal, RefusalKind};
use crate::reply::{Trouble, page, see};
use crate::show;
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_cover::inventory::{Attention, Commitment, ExitRules, Exits, Horizon, LockIn, Totals, by_attention};

#[derive(Template)]
#[template(path = "commitments.html")]
struct CommitmentsPage<'a> {
    frame: &'a Frame,
    scope: String,
    currency: String,
    notes: Vec<String>,
    lines: Vec<Line>,
    cost: String,
    unused: String,
    utilization: String,
    savings: String,
    obligation: String,
    cash: String,
    months: String,
}

/// A commitment as people read it.
pub(crate) struct Line {
    pub(crate) attention: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) is_over: bool,
    pub(crate) id: String,
    pub(crate) short_id: String,
    pub(crate) kind: &'static str,
    pub(crate) owner: String,
    pub(crate) what: String,
    pub(crate) place: String,
    pub(crate) ends: String,
    pub(crate) cost: String,
    pub(crate) unused: String,
    pub(crate) utilization: String,
    pub(crate) break_even: String,
    pub(crate) savings: String,
    pub(crate) exit: String,
}

/// Commitments as lines, what needs attention first.
pub(crate) fn lines(mut commitments: Vec<Commitment>, horizon: Horizon, now: Timestamp) -> Vec<Line> {
    by_attention(&mut commitments, horizon);
    commitments.iter().map(|commitment| line(commitment, horizon, now)).collect()
}

fn line(commitment: &Commitment, horizon: Horizon, now: Timestamp) -> Line {
    let (facts, figures, attention) = (&commitment.facts, commitment.figures(), horizon.attention(commitment));
    let exits = Exits::of(facts, commitment.hourly_commitment, now, &ExitRules::default());
    let count = facts.count.map_or_else(String::new, |count| format!("{count} × "));
    let what = facts.instance_type.as_ref().map(|kind| format!("{count}{kind}")).or_else(|| facts.family.clone());
    let end = facts.term.and_then(|term| Timestamp::from_second(term.end()).ok()).map(|end| end.strftime("%Y-%m-%d").to_string());
    let state = if horizon.has_ended(commitment) {
        ", ended"
    } else if commitment.is_gone {
        ", gone"
    } else {
        ""
    };
    let text = |value: Option<String>| value.unwrap_or_else(|| show::NOTHING.to_owned());
    Line {
        attention: attention.name(),
        tone: match attention {
            Attention::Wasted | Attention::Losing => "bad",
            Attention::Expiring | Attention::Idle => "warn",
            Attention::Fine => "good",
        },
        is_over: horizon.is_over(commitment),
        id: facts.id.to_string(),
        short_id: facts.id.0.rsplit(['/', ':']).next().unwrap_or_default().to_owned(),
        kind: facts.kind.name(),
        owner: text(facts.owner.as_ref().map(ToString::to_string)),
        what: text(what),
        place: text(facts.zone.clone().or_else(|| facts.region.clone())),
        ends: text(end.map(|end| format!("{end}{state}"))),
        cost: show::amount(commitment.sums.amortized_cost()),
        unused: show::amount(commitment.sums.unused_cost),
        utilization: show::percent(figures.utilization),
        break_even: show::percent(figures.break_even_utilization),
        savings: show::maybe(figures.net_savings),
        exit: way_out(&exits),
    }
}

fn way_out(exits: &Exits) -> String {
    match exits {
        Exits { returnable_until: Some(until), .. } => format!("return before {}", until.strftime("%Y-%m-%d %H:%M UTC")),
        Exits { resellable: Some(true), .. } => "resell".to_owned(),
        Exits { exchangeable: Some(true), .. } => "exchange".to_owned(),
        _ => show::NOTHING.to_owned(),
    }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let held = match app.ports.lake.commitments().await {
        Err(Refusal { kind: RefusalKind::Empty, .. }) => return Ok(see("/")),
        held => held?,
    };
    let horizon = Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let frame = ask.frame();
    Ok(page(&all(&frame, held, horizon, ask.now)))
}

fn all(frame: &Frame, held: Held, horizon: Horizon, now: Timestamp) -> CommitmentsPage<'_> {
    let totals = Totals::of(&held.commitments);
    let lock_in = LockIn::of(&held.commitments, now, &ExitRules::default());
    let (first, last) = held.periods;
    let scope = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let running = held.commitments.iter().filter(|commitment| !horizon.is_over(commitment)).count() as u64;
    let owed = |amount| if lock_in.unknown > 0 && lock_in.unknown == running { show::NOTHING.to_owned() } else { show::amount(amount) };
    let mut notes = held.partial;
    if !held.missing.is_empty() {
        notes.push(format!("There is no bill of {}.", held.missing.join(", ")));
    }
    if lock_in.unknown > 0 {
        notes.push(format!("Of {} commitments the bills do not tell what is still owed.", lock_in.unknown));
    }
    if lock_in.gone > 0 {
        notes.push(format!("{} commitments are gone: the newest bill has no fee of theirs, though their terms go on.", lock_in.gone));
    }
    notes.extend(held.notes);
    CommitmentsPage {
        frame,
        scope,
        currency: held.currency.unwrap_or_default(),
        notes,
        cost: show::amount(totals.sums.amortized_cost()),
        unused: show::amount(totals.sums.unused_cost),
        utilization: show::percent(totals.utilization()),
        savings: show::maybe(totals.net_savings()),
        obligation: owed(lock_in.obligation),
        cash: owed(lock_in.cash),
        months: lock_in.weighted_months().map_or_else(|| show::NOTHING.to_owned(), |months| months.to_string()),
        lines: lines(held.commitments, horizon, now),
    }
}
