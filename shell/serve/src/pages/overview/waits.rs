//! What waits for somebody: orders, what is stopped or held, jobs, the newest proposal, access, bills, commitments. Each leads to where it is done.
//!
//! What cannot be told is said to be so: it is never nothing.

use crate::access::{AccessStatus, ConnectionAccess};
use crate::app::App;
use crate::jobs::{Job, Jobs};
use crate::lake::{Held, Refusal, RefusalKind};
use crate::pages::orders::agreeing;
use crate::pages::{commitments, explore, ledger};
use crate::proposals::{ListedProposal, ProposalStanding};
use crate::reply::chain;
use crate::show;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Attention, Commitment, Horizon};
use tenor_ledger::OrderId;
use tenor_money::Money;
use tenor_order::{Order, Record, Stage, StepState};
use tenor_state::{Folded, JobOutcome, JobRun, StateError, View};

/// So many orders are named beside those whose fate is at stake; of the rest it is said how many they are.
const ORDERS: usize = 5;
/// A job that has not begun so long after its moment is overdue.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// Something that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Of what it is, in a word.
    pub(super) tag: &'static str,
    pub(super) tone: &'static str,
    pub(super) what: String,
    pub(super) detail: String,
    /// Where it is done, or seen from near.
    pub(super) address: String,
}

/// All of it, what a person has to decide first.
pub(super) async fn all(app: &App, now: Timestamp, held: &Held, horizon: Horizon) -> Vec<Wait> {
    let (halted, (folded, jobs)) = tokio::join!(app.home.halted(), state(app, now));
    let mut waits = Vec::new();
    let stopped = match &folded {
        Ok(folded) => {
            waits.extend(orders(app, folded).await);
            folded.book.stopped().map(ToString::to_string)
        }
        Err(error) => {
            waits.push(untold(app, "ledger", "What the ledger says of orders cannot be read", error, "/ledger/verify"));
            None
        }
    };
    waits.extend(halted.or(stopped).map(kill_switch));
    match jobs {
        Ok(jobs) => waits.extend(jobs),
        Err(why) => waits.push(untold(app, "jobs", "How jobs stand cannot be read", &why, "/jobs")),
    }
    let end = folded.as_ref().ok().map(|folded| folded.head.hash());
    match end.and_then(|end| app.kept.told(end)) {
        Some(told) => waits.extend(told.iter().cloned()),
        None => {
            let (told, is_all) = recorded(app).await;
            if let Some(end) = end.filter(|_| is_all) {
                app.kept.tell(end, Arc::new(told.clone()));
            }
            waits.extend(told);
        }
    }
    waits.extend(bills(held, now));
    waits.extend(of_commitments(&held.commitments, horizon));
    waits
}

/// Something of which nobody knows how it stands; why is for the owner.
fn untold(app: &App, tag: &'static str, what: &str, why: &str, address: &str) -> Wait {
    app.note(&format!("GET /: {what}: {why}"));
    let detail = "why is told where the server runs".to_owned();
    Wait { tag, tone: "bad", what: what.to_owned(), detail, address: address.to_owned() }
}

/// An order that waits, and how much that presses.
struct Pressing {
    order: OrderId,
    rank: Rank,
    wait: Wait,
}

/// How much an order presses, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Money may have been spent, or was not paid. None of these is left out, however many they are.
    Fate,
    /// Somebody has to say yes.
    Unsigned,
    /// Somebody did; whether that is enough is asked of those that are told.
    Signed,
    /// It was begun.
    Begun,
}

/// Orders that wait for a person: to be looked at, to be approved, to be carried out.
async fn orders(app: &App, Folded { book, orders, .. }: &Folded) -> Vec<Wait> {
    let mut made: Vec<_> = book.orders().filter_map(|(id, record)| orders.get(&id).map(|order| (id, order, record))).collect();
    made.sort_by_key(|(id, order, _)| Reverse((order.made().0, *id)));
    let is_going = |id| app.ports.orders.progress(id).is_some_and(|run| run.is_going && run.is_live);
    let waiting = made.into_iter().filter_map(|(id, order, record)| order_wait(id, order, record, || is_going(id)));
    let (mut told, mut others): (Vec<_>, Vec<_>) = waiting.partition(|one| one.rank == Rank::Fate);
    // Of those that press alike the newest is first.
    others.sort_by_key(|one| one.rank);
    let more = others.len().saturating_sub(ORDERS);
    told.extend(others.into_iter().take(ORDERS));
    let mut waits = Vec::new();
    for Pressing { order, rank, wait } in told {
        waits.push(if rank == Rank::Signed { agreed(app, order, wait).await } else { wait });
    }
    if more > 0 {
        let what = if more == 1 { "1 more order waits".to_owned() } else { format!("{more} more orders wait") };
        waits.push(Wait { tag: "orders", tone: "warn", what, detail: String::new(), address: "/orders".to_owned() });
    }
    waits
}

/// What waits of an order; nothing of one that is being carried out, or came to a good end.
fn order_wait(order_id: OrderId, order: &Order, record: &Record, is_going: impl FnOnce() -> bool) -> Option<Pressing> {
    let id = order_id.to_string();
    let (short, currency, address) = (show::short(&id), order.currency(), format!("/orders/{id}"));
    let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    let of = format!("{} {currency} of obligation, {}", show::amount(order.obligation()), steps(record.steps.len()));
    let made = ledger::moment(order.made().0);
    let count = |is_it: fn(StepState) -> bool| record.steps.iter().filter(|course| is_it(course.state())).count();
    let (held, unknown) = (count(|state| state == StepState::Held), count(is_unknown));
    let failed = count(|state| state == StepState::Failed);
    let wait = |rank, tag, tone, what, detail| Some(Pressing { order: order_id, rank, wait: Wait { tag, tone, what, detail, address } });
    match record.stage() {
        Stage::Waits => {
            wait(Rank::Unsigned, "approve", "warn", format!("Order {short} waits for an approval"), format!("{of}, made {made} UTC"))
        }
        Stage::Signed => wait(Rank::Signed, "run", "warn", format!("Order {short} is signed and not carried out"), of),
        // What was sent before somebody said no is under way all the same.
        Stage::Held | Stage::Running | Stage::Rejected if held > 0 => {
            let detail = format!("{of}; what became of it has to be looked up");
            wait(Rank::Fate, "held", "bad", format!("Order {short} has {} held for a person", steps(held)), detail)
        }
        Stage::Held | Stage::Running | Stage::Rejected if unknown > 0 => {
            let detail = format!("{of}; carry it out again, which finds out first");
            let what = format!("Nobody knows what became of {} of order {short}", steps(unknown));
            if is_going() { None } else { wait(Rank::Fate, "unknown", "bad", what, detail) }
        }
        // However the order ended, or goes on.
        _ if failed > 0 => {
            let detail = format!("{of}; AWS did it, and its payment failed");
            wait(Rank::Fate, "not paid", "bad", format!("Order {short} is not paid for"), detail)
        }
        Stage::Held | Stage::Running => {
            let what = format!("Order {short} was begun and is not at its end");
            if is_going() { None } else { wait(Rank::Begun, "run", "warn", what, of) }
        }
        Stage::NotPaid | Stage::Rejected | Stage::Done | Stage::Stopped | Stage::Expired => None,
    }
}

/// Whether a call may have been made and nobody knows what became of it.
const fn is_unknown(state: StepState) -> bool {
    match state {
        StepState::Intended | StepState::Sent | StepState::Unknown | StepState::CheckedAgain | StepState::SentAgain => true,
        StepState::Planned
        | StepState::Checked
        | StepState::Done
        | StepState::Refused
        | StepState::Held
        | StepState::Stopped
        | StepState::Failed
        | StepState::Undone => false,
    }
}

/// What waits of an order that somebody signed: more who agree, or that it is carried out.
async fn agreed(app: &App, order: OrderId, wait: Wait) -> Wait {
    let (agreeing, untold) = agreeing(app, order).await;
    let (short, of) = (show::short(&order.to_string()), &wait.detail);
    let counted = format!("{} of {} approvals count", agreeing.counted, agreeing.needed);
    match (untold, agreeing.why_not) {
        (Some(untold), _) => Wait { detail: format!("{of}; who agrees: {untold}"), ..wait },
        (None, None) => Wait { detail: format!("{of}; {counted}"), ..wait },
        (None, Some(_)) if agreeing.counted < agreeing.needed => {
            Wait { tag: "approve", what: format!("Order {short} waits for an approval"), detail: format!("{of}; {counted}"), ..wait }
        }
        (None, Some(why)) => {
            Wait { what: format!("Order {short} is signed and may not run"), detail: format!("{of}; {counted}: {why}"), ..wait }
        }
    }
}

fn kill_switch(reason: String) -> Wait {
    let what = "The kill switch is set: nothing is sent to AWS".to_owned();
    Wait { tag: "stopped", tone: "bad", what, detail: reason, address: "/settings".to_owned() }
}

/// What the state says, or why it does not, looked at once: of orders, and of jobs.
async fn state(app: &App, now: Timestamp) -> (Result<Arc<Folded>, String>, Result<Vec<Wait>, String>) {
    let (books, ports) = (Arc::clone(app.home.books()), Arc::clone(&app.ports.jobs));
    let read = app
        .home
        .read(move |view| Ok((books.of(view).map_err(|error| chain(&error)), jobs(view, &ports, now).map_err(|error| chain(&error)))));
    read.await.unwrap_or_else(|error| (Err(chain(&error)), Err(chain(&error))))
}

/// Jobs of the schedule whose newest run failed, and those that did not begin when they were due.
fn jobs(view: &View, jobs: &Jobs, now: Timestamp) -> Result<Vec<Wait>, StateError> {
    let mut found = Vec::new();
    for (job, timing) in &jobs.schedule().0 {
        let last = view.job_runs(Some(job.as_str()), 1)?.pop();
        let since = match &last {
            Some(last) => last.begun,
            None => view.job_since(job.as_str())?.unwrap_or(now),
        };
        let due = timing.next(since).filter(|due| *due + LATE < now);
        found.extend(job_wait(*job, last.as_ref(), due));
    }
    Ok(found)
}

fn job_wait(job: Job, last: Option<&JobRun>, due: Option<Timestamp>) -> Option<Wait> {
    let wait = |tag, tone, what, detail| Some(Wait { tag, tone, what, detail, address: "/jobs".to_owned() });
    match (last.map(|last| (last.outcome, last)), due) {
        (Some((JobOutcome::Running, _)), _) => None,
        (Some((JobOutcome::Failed | JobOutcome::BrokenOff, last)), _) => {
            let (what, begun) = (format!("The job {job} {}", failed(last.outcome)), ledger::moment(last.begun));
            wait("job", "bad", what, format!("it {}; begun {begun} UTC", job.summary()))
        }
        (_, Some(due)) => {
            let what = format!("The job {job} is overdue");
            wait("job", "warn", what, format!("it {}; due {} UTC", job.summary(), ledger::moment(due)))
        }
        _ => None,
    }
}

const fn failed(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::BrokenOff => "was broken off",
        _ => "failed",
    }
}

/// What changes only with the ledger, and whether all of it could be told.
async fn recorded(app: &App) -> (Vec<Wait>, bool) {
    let (proposals, connections) = tokio::join!(app.ports.proposals.list(), app.ports.access.connections());
    let (mut waits, mut is_all) = (Vec::new(), true);
    match proposals {
        Ok(all) => {
            let newest = all.proposals.iter().find(|one| one.standing == ProposalStanding::Newest);
            waits.extend(newest.filter(|one| one.steps + one.changes > 0).map(proposal));
            // What cannot be read may be the newest, and may be mended without a word in the ledger.
            if !all.notes.is_empty() {
                let why: Vec<_> = all.notes.iter().map(|note| note.shown(true)).collect();
                waits.push(untold(app, "proposal", "A proposal could not be read, or not be made", &why.join(" "), "/proposals"));
                is_all = false;
            }
        }
        Err(refusal) => {
            waits.extend(refused(app, "proposal", "Which proposals there are cannot be told", &refusal, "/proposals"));
            is_all = false;
        }
    }
    match connections {
        Ok(all) => waits.extend(all.iter().filter_map(access)),
        Err(refusal) => {
            waits.extend(refused(app, "access", "What connections may do cannot be told", &refusal, "/access"));
            is_all = false;
        }
    }
    (waits, is_all)
}

/// That something could not be told, but for where there is nothing yet.
fn refused(app: &App, tag: &'static str, what: &str, refusal: &Refusal, address: &str) -> Option<Wait> {
    (refusal.kind != RefusalKind::Empty).then(|| untold(app, tag, what, &refusal.message, address))
}

fn proposal(newest: &ListedProposal) -> Wait {
    let monthly = newest.monthly_savings.map_or_else(String::new, |monthly| format!(", {} a month", show::amount(monthly)));
    let (savings, currency) = (show::amount(newest.savings), &newest.currency);
    Wait {
        tag: "proposal",
        tone: "",
        what: "The newest proposal is not ordered".to_owned(),
        detail: format!("{savings} {currency} saved as expected{monthly}, {} owed", show::amount(newest.obligation)),
        address: format!("/proposals/{}", newest.id),
    }
}

fn access(connection: &ConnectionAccess) -> Option<Wait> {
    let (name, missing) = (&connection.name, connection.count(AccessStatus::Missing));
    let wait = |what, detail: String| Some(Wait { tag: "access", tone: "warn", what, detail, address: format!("/access/{name}") });
    match (connection.proved, missing) {
        (_, 1..) => wait(format!("The connection {name} lacks what it was to have"), format!("{missing} capabilities are missing")),
        (None, 0) => wait(format!("The connection {name} is not proved"), "nothing is bought through it until it is".to_owned()),
        (Some(_), 0) => None,
    }
}

/// Bills that are missing, old, or not complete though their month is over. That of the running month never is.
fn bills(held: &Held, now: Timestamp) -> Vec<Wait> {
    let (newest, this) = (held.periods.1, BillingPeriod::containing(now));
    let wait = |tone, what, address: &str| Wait { tag: "bills", tone, what, detail: String::new(), address: address.to_owned() };
    let mut waits = Vec::new();
    if newest.next() < this {
        waits.push(wait("warn", format!("The newest bill is of {newest}"), "/setup"));
    }
    if !held.missing.is_empty() {
        waits.push(wait("warn", format!("There is no bill of {}", held.missing.join(", ")), "/setup"));
    }
    for month in held.open.iter().filter(|month| **month < this) {
        let address = explore::address("/explore", &explore::of_month(&month.to_string()));
        waits.push(wait("", format!("The bill of {month} ends before the month does"), &address));
    }
    waits
}

/// Commitments by what they need attention for.
fn of_commitments(all: &[Commitment], horizon: Horizon) -> Vec<Wait> {
    let mut states: BTreeMap<Attention, (usize, Money)> = BTreeMap::new();
    for commitment in all.iter().filter(|commitment| commitments::needs_attention(commitment, horizon)) {
        let (count, unused) = states.entry(horizon.attention(commitment)).or_default();
        *count += 1;
        *unused += commitment.sums.unused_cost;
    }
    let wait = |(attention, (count, unused)): (Attention, (usize, Money))| {
        let (name, what) = (attention.name(), if count == 1 { "1 commitment".to_owned() } else { format!("{count} commitments") });
        let verb = match (attention, count) {
            (Attention::Losing, 1) => "costs more than it saves",
            (Attention::Losing, _) => "cost more than they save",
            (Attention::Expiring, 1) => "ends soon",
            (Attention::Expiring, _) => "end soon",
            (_, 1) => "is not used whole",
            (_, _) => "are not used whole",
        };
        Wait {
            tag: name,
            tone: commitments::tone(attention),
            what: format!("{what} {verb}"),
            detail: if unused > Money::ZERO { format!("{} unused", show::amount(unused)) } else { String::new() },
            address: format!("/commitments?state={name}"),
        }
    };
    states.into_iter().map(wait).collect()
}

#[cfg(test)]
mod tests {
    use super::{Wait, bills, job_wait};
    use crate::jobs::Job;
    use crate::lake::Held;
    use jiff::Timestamp;
    use std::collections::BTreeSet;
    use tenor_state::{JobOutcome, JobRun};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn told(waits: impl IntoIterator<Item = Wait>) -> String {
        waits.into_iter().map(|wait| format!("{}: {} → {}", wait.tag, wait.what, wait.address)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn bills_wait_where_they_are_old_missing_or_open_after_their_month() {
        let held = Held {
            commitments: Vec::new(),
            periods: ("2025-09".parse().unwrap(), "2025-12".parse().unwrap()),
            currency: None,
            missing: vec!["2025-10".to_owned()],
            absent: BTreeSet::from(["2025-10".parse().unwrap()]),
            partial: Vec::new(),
            open: BTreeSet::from(["2025-12".parse().unwrap()]),
            notes: Vec::new(),
        };
        assert_eq!(told(bills(&held, at("2025-12-20T00:00:00Z"))), "bills: There is no bill of 2025-10 → /setup");
        insta::assert_snapshot!(told(bills(&held, at("2026-02-01T00:00:00Z"))), @"
        bills: The newest bill is of 2025-12 → /setup
        bills: There is no bill of 2025-10 → /setup
        bills: The bill of 2025-12 ends before the month does → /explore?by=service&from=2025-12&to=2025-12
        ");
    }

    #[test]
    fn a_job_waits_for_somebody_where_it_failed_or_did_not_begin() {
        let (begun, due) = (at("2026-01-20T12:00:00Z"), Some(at("2026-01-20T13:00:00Z")));
        let run = |outcome| JobRun {
            id: 1,
            job: "import".to_owned(),
            due: begun,
            attempt: 1,
            asked_by: None,
            begun,
            ended: None,
            outcome,
            message: String::new(),
        };
        let wait = |outcome, due| told(job_wait(Job::Import, Some(&run(outcome)), due));
        assert_eq!(wait(JobOutcome::Failed, None), "job: The job import failed → /jobs");
        assert_eq!(wait(JobOutcome::BrokenOff, due), "job: The job import was broken off → /jobs");
        assert_eq!(wait(JobOutcome::Done, due), "job: The job import is overdue → /jobs");
        assert_eq!((wait(JobOutcome::Done, None), wait(JobOutcome::Running, due)), (String::new(), String::new()));
        assert_eq!(told(job_wait(Job::Import, None, due)), "job: The job import is overdue → /jobs");
    }
}
