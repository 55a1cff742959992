//! Orders as the server has them done: the very functions of `tenor order`, for whoever is logged in, signed with the server's key.
//!
//! What asks AWS or waits for the right to write does so on a thread that answers nobody. One order runs at a time, in a thread of its own, which gives the
//! right to write back while it waits.

use super::runs::Runs;
use crate::connect::keep;
use crate::context::Context;
use crate::order::desk::Desk;
use crate::order::{self, Again, Doing, How, Prepared, Signer, Twice};
use crate::propose;
use crate::report::{self, Refused};
use async_trait::async_trait;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tenor_execute::{Chosen, ExecuteError, Progress};
use tenor_ledger::{Actor, Ending, Moment, OrderId, Text};
use tenor_order::{Order, Service};
use tenor_serve::{Agreeing, NotDone, NotDoneKind, Placed, Run};
use tenor_state::{ConnectionName, LeaseError, StateError, UserName};

const COMMAND: &str = "tenor serve";
/// It is looked again so soon where nobody says when.
const AGAIN: Duration = Duration::from_secs(60);

/// Orders of a home.
pub(super) struct Orders {
    context: Context,
    is_live: bool,
    runs: Arc<Runs>,
}

impl Orders {
    pub(super) fn new(context: &Context, is_live: bool, runs: &Arc<Runs>) -> Self {
        Self { context: context.clone(), is_live, runs: Arc::clone(runs) }
    }

    /// Does something on a thread that answers nobody.
    async fn apart<T: Send + 'static>(&self, work: impl FnOnce(&Context) -> anyhow::Result<T> + Send + 'static) -> Result<T, NotDone> {
        let context = self.context.clone();
        let done = tokio::task::spawn_blocking(move || work(&context)).await;
        done.map_err(|error| failed(&anyhow::Error::from(error)))?.map_err(|error| not_done(&error))
    }
}

#[async_trait]
impl tenor_serve::Orders for Orders {
    fn is_live(&self) -> bool {
        self.is_live
    }

    async fn create(&self, proposal: &str, connection: &ConnectionName, user: &UserName) -> Result<Placed, NotDone> {
        let (proposal, connection, user) = (proposal.to_owned(), connection.clone(), user.clone());
        self.apart(move |context| {
            let kept = propose::named(context, &proposal)?;
            made(context, &user, |doing| order::create_as(doing, &kept, &Chosen::default(), &connection, Twice::Refused))
        })
        .await
    }

    async fn agreeing(&self, order: OrderId) -> Result<Agreeing, NotDone> {
        self.apart(move |context| agreeing(context, order)).await
    }

    async fn approve(&self, order: OrderId, shown: &str, hours: Option<u32>, user: &UserName) -> Result<(), NotDone> {
        let (shown, user) = (shown.to_owned(), user.clone());
        self.apart(move |context| {
            if shown != order.to_string() {
                return Err(Refused::new("this is not the order that was shown: nothing was signed")
                    .hint("look at the order again")
                    .into());
            }
            let signer = Signer::of_server(context, &user)?;
            order::approve_as(&Doing { context, command: COMMAND, signer: &signer, tell: &|_: &str| {} }, order, hours, Again::Refused)
        })
        .await
    }

    async fn reject(&self, order: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        if self.runs.is_going(order) {
            return Err(busy("the order is being carried out"));
        }
        let (reason, user) = (reason.clone(), user.clone());
        self.apart(move |context| {
            let signer = Signer::of_server(context, &user)?;
            order::reject_as(&Doing { context, command: COMMAND, signer: &signer, tell: &|_: &str| {} }, order, &reason)
        })
        .await
    }

    async fn run(&self, order: OrderId, is_live: bool, user: &UserName) -> Result<(), NotDone> {
        if is_live && !self.is_live {
            return Err(refused("this server sends nothing to AWS", "the owner lets it: tenor serve --live"));
        }
        // Said now and in words; it is asked again before each call.
        if let Some(why) = self.agreeing(order).await?.why_not {
            return Err(refused(&why, "look at who still has to agree"));
        }
        let (context, runs, user) = (self.context.clone(), Arc::clone(&self.runs), user.clone());
        if !runs.begin(order, is_live, &user, context.now()) {
            return Err(busy("an order is being carried out already, or the server is ending"));
        }
        let given_up = Arc::clone(&runs);
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| carry_out(&context, &runs, order, is_live, &user)));
            if done.is_err() {
                // A bug, told where it panicked. The server goes on, and the next run finds out what became of a call.
                let told = "it ended in the middle; run it again, which finds out how far it came";
                while runs.end_run(false, told, &[]).is_some() {}
            }
        };
        std::thread::Builder::new().name("order".to_owned()).spawn(work).map(drop).map_err(|error| {
            while given_up.end_run(false, "the system grants no thread for it", &[]).is_some() {}
            failed(&anyhow::Error::from(error))
        })
    }

    async fn stop(&self, order: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        // Whoever runs it has the right to write, and records it when the call in hand was answered.
        if self.runs.stop(order, user, reason) {
            return Ok(());
        }
        let (reason, user) = (reason.clone(), user.clone());
        self.apart(move |context| order::stop_as(context, COMMAND, Signer::of_server(context, &user)?.actor(), order, &reason)).await
    }

    async fn take_back(&self, order: OrderId, step: u32, user: &UserName) -> Result<Placed, NotDone> {
        let user = user.clone();
        self.apart(move |context| take_back(context, order, step, &user)).await
    }

    fn progress(&self, order: OrderId) -> Option<Run> {
        self.runs.of(order)
    }
}

/// Makes an order for somebody who is logged in, with what is told of it.
fn made(context: &Context, user: &UserName, make: impl FnOnce(&Doing<'_>) -> anyhow::Result<order::Placed>) -> anyhow::Result<Placed> {
    let (signer, notes) = (Signer::of_server(context, user)?, RefCell::new(Vec::new()));
    // Before AWS is asked about all of it.
    signer.person(&keep::view(context)?.book()?)?;
    let tell = |text: &str| notes.borrow_mut().push(text.to_owned());
    let placed = make(&Doing { context, command: COMMAND, signer: &signer, tell: &tell });
    let notes = notes.into_inner();
    match placed {
        Ok(placed) => Ok(Placed { order: placed.order.id(), notes }),
        // What the command line prints before its error is its reason here.
        Err(error) if !notes.is_empty() && refusal(&error).is_some() => {
            let hint = report::hint(&error).unwrap_or_default();
            Err(Refused::new(format!("{error}: {}", notes.join("; "))).hint(hint).into())
        }
        Err(error) => Err(error),
    }
}

fn take_back(context: &Context, id: OrderId, number: u32, user: &UserName) -> anyhow::Result<Placed> {
    let view = keep::view(context)?;
    let desk = Desk::open(&view)?;
    drop(view);
    let gone = || Refused::new(format!("there is no step {number} of an order `{id}`"));
    let (order, record) = desk.orders.get(&id).zip(desk.book.order(id)).ok_or_else(gone)?;
    let step = order.step(number).ok_or_else(gone)?;
    let course = usize::try_from(number)?.checked_sub(1).and_then(|place| record.steps.get(place)).ok_or_else(gone)?;
    let by_hand = "name it on the command line: tenor order take-back ID";
    let region = match step.service {
        Service::SavingsPlans => None,
        Service::Ec2 => Some(step.region.as_ref().ok_or_else(gone)?),
        _ => return Err(Refused::new("nothing of this service can be taken back").into()),
    };
    // AWS may have split it; which of the parts is meant is for a person to say.
    let result = course.result().ok_or_else(|| Refused::new("the step has made nothing that could be taken back"))?;
    if result.as_str().contains(' ') {
        return Err(Refused::new(format!("the step made several: {result}")).hint(by_hand).into());
    }
    let plan = result.as_str().rsplit('/').next().unwrap_or_default();
    let connection: ConnectionName = order.connection().as_str().parse()?;
    made(context, user, |doing| order::take_back_as(doing, &connection, region, plan, Twice::Refused))
}

fn agreeing(context: &Context, id: OrderId) -> anyhow::Result<Agreeing> {
    let view = keep::view(context)?;
    let found = order::agreeing(&view, id, Moment(context.now()))?;
    let found = found.ok_or_else(|| Refused::new(format!("there is no order `{id}`")))?;
    let off = super::enrolled(context, &view)?.err().map(str::to_owned);
    let why_not = found.why_not.map(|why| why.to_string());
    let could = found.could.iter().map(ToString::to_string).collect();
    Ok(Agreeing { needed: found.needed, counted: found.counted, why_not, could, hours_max: found.hours_max, off })
}

/// Takes an order as far as it goes, waiting in between for as long as a run may; then says how it ended, and records a stop that was asked for meanwhile.
fn carry_out(context: &Context, runs: &Runs, id: OrderId, is_live: bool, user: &UserName) {
    let (is_good, mut told, steps) = loop {
        match pass(context, runs, id, is_live, user) {
            Ok((_, Progress::Waits { step, until, why })) if is_live => {
                let told = format!("step {step} waits: {}", order::words(&why));
                let wait = until.map_or(AGAIN, |until| Duration::try_from(until.0.duration_since(context.now())).unwrap_or_default());
                if !runs.wait(wait.max(Duration::from_secs(1)), &told, context.now()) {
                    break (false, told, Vec::new());
                }
            }
            Ok((order, progress)) => break outcome(&order, &progress),
            Err(error) => {
                context.note(format_args!("order {id}: {error:#}"));
                break (false, refusal(&error).unwrap_or_else(|| "it failed; why is told where the server runs".to_owned()), Vec::new());
            }
        }
    };
    // Whoever asked for a stop while it ran has it recorded now, in the order's own words; nothing was sent since they asked.
    while let Some((who, reason)) = runs.end_run(is_good, &told, &steps) {
        told = stopped(context, id, &who, &reason);
    }
}

fn stopped(context: &Context, id: OrderId, user: &UserName, reason: &Text) -> String {
    let signer = Signer::of_server(context, user);
    match signer.and_then(|signer| order::stop_as(context, COMMAND, signer.actor(), id, reason)) {
        Ok(()) => format!("{user} stopped it: {reason}"),
        Err(error) => {
            context.note(format_args!("order {id}: that it is to be stopped cannot be recorded: {error:#}"));
            let why = refusal(&error).unwrap_or_else(|| "stop it again".to_owned());
            format!("{user} wanted it stopped, which is not recorded: {why}")
        }
    }
}

/// One look at all of it, from what is recorded now.
fn pass(context: &Context, runs: &Runs, id: OrderId, is_live: bool, user: &UserName) -> anyhow::Result<(Order, Progress)> {
    let actor: Actor = Signer::of_server(context, user)?.actor();
    let view = keep::view(context)?;
    let desk = Desk::open(&view)?;
    let prepared = Prepared::new(context, &view, &desk, id)?;
    drop((view, desk));
    let halted = || -> Result<Option<String>, StateError> {
        // Before each call, twice: whoever stops this run need not wait for the right to write.
        if let Some(why) = runs.why_halted() { Ok(Some(why)) } else { tenor_state::halted(&context.home) }
    };
    let progress = prepared.carry_out(context, How { command: COMMAND, actor, halted: &halted, is_live, waits: false })?;
    Ok((prepared.order, progress))
}

/// How it ended, for people.
fn outcome(order: &Order, progress: &Progress) -> (bool, String, Vec<(u32, String)>) {
    let none = Vec::new;
    match progress {
        Progress::Ended(Ending::Done) => (true, "done: every step".to_owned(), none()),
        Progress::Ended(_) => (false, "the order was stopped; the steps say where, and why".to_owned(), none()),
        Progress::Waits { step, why, .. } => (false, format!("step {step} waits: {}", order::words(why)), none()),
        Progress::Held { step, why } => {
            (false, format!("step {step} is held for a person: {why}. Look at AWS, then: tenor order resolve"), none())
        }
        Progress::ByHand { step } => {
            let lines = order::by_hand(order, *step);
            (false, format!("step {step} is done by hand: {lines}. Do it, then: tenor order resolve"), none())
        }
        Progress::Rehearsed(steps) => {
            let said = |refusals: &[tenor_order::Refusal]| refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let refused = steps.iter().filter(|(_, refusals)| !refusals.is_empty()).count();
            let told = match refused {
                0 => "nothing was sent, and every step would be".to_owned(),
                _ => format!("nothing was sent, and {refused} of {} steps would be refused", steps.len()),
            };
            let steps = steps.iter().map(|(number, refusals)| match &refusals[..] {
                [] => (*number, "be sent".to_owned()),
                refusals => (*number, format!("be refused: {}", said(refusals))),
            });
            (refused == 0, told, steps.collect())
        }
    }
}

/// What was refused, in words; nothing where something failed.
fn refusal(error: &anyhow::Error) -> Option<String> {
    let of = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<ExecuteError>() {
        Some(ExecuteError::NotApproved(why)) => Some(why.to_string()),
        _ => cause.downcast_ref::<Refused>().map(ToString::to_string),
    };
    error.chain().find_map(of)
}

fn not_done(error: &anyhow::Error) -> NotDone {
    let is_held = |cause: &(dyn std::error::Error + 'static)| matches!(cause.downcast_ref::<LeaseError>(), Some(LeaseError::Held { .. }));
    let hint = report::hint(error).unwrap_or_default();
    if error.chain().any(is_held) {
        return NotDone { kind: NotDoneKind::Busy, message: format!("{error:#}"), hint };
    }
    match refusal(error) {
        Some(message) => NotDone { kind: NotDoneKind::Refused, message, hint },
        None => NotDone { kind: NotDoneKind::Failed, message: format!("{error:#}"), hint },
    }
}

fn failed(error: &anyhow::Error) -> NotDone {
    NotDone { kind: NotDoneKind::Failed, message: format!("{error:#}"), hint: "try it again".to_owned() }
}

fn refused(message: &str, hint: &str) -> NotDone {
    NotDone { kind: NotDoneKind::Refused, message: message.to_owned(), hint: hint.to_owned() }
}

fn busy(message: &str) -> NotDone {
    NotDone { kind: NotDoneKind::Busy, message: message.to_owned(), hint: "wait until it is over, or stop it".to_owned() }
}
