//! Orders as the server has them done: the very functions of `tenor order`, for whoever is logged in, signed with the server's key.
//!
//! What asks AWS or waits for the right to write does so on a thread that answers nobody, and few at once where anybody may ask. One order runs at a
//! time, in a thread of its own, which gives the right to write back while it waits.

use super::apart::Apart;
use super::runs::Runs;
use crate::connect::keep;
use crate::context::Context;
use crate::order::desk::{Desk, terms, terms_name};
use crate::order::{self, Again, Doing, How, Meant, Signer, Twice};
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
use tenor_state::{Books, ConnectionName, LeaseError, StateError, UserName, View};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const COMMAND: &str = "tenor serve";
/// It is looked again so soon where nobody says when.
const AGAIN: Duration = Duration::from_secs(60);
/// So many orders are made at once: each asks AWS for all that it is of.
const MAKING_MAX: usize = 2;

/// Orders of a home.
pub(super) struct Orders {
    context: Context,
    is_live: bool,
    runs: Arc<Runs>,
    books: Arc<Books>,
    making: Arc<Semaphore>,
    apart: Arc<Apart>,
}

impl Orders {
    pub(super) fn new(context: &Context, is_live: bool, runs: &Arc<Runs>, apart: &Arc<Apart>, books: &Arc<Books>) -> Self {
        let (runs, books, making) = (Arc::clone(runs), Arc::clone(books), Arc::new(Semaphore::new(MAKING_MAX)));
        Self { context: context.clone(), is_live, runs, books, making, apart: Arc::clone(apart) }
    }

    /// A turn to make an order. Whoever goes away meanwhile leaves the making to its end, so it is taken into the work.
    fn turn(&self) -> Result<OwnedSemaphorePermit, NotDone> {
        let hint = "try again in a moment".to_owned();
        let busy = |_| NotDone { kind: NotDoneKind::Busy, message: format!("{MAKING_MAX} orders are being made already"), hint };
        Arc::clone(&self.making).try_acquire_owned().map_err(busy)
    }

    /// Changes something on a thread that answers nobody; the end of the server waits for it.
    async fn apart<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Context) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, NotDone> {
        let part = self.apart.begin(what);
        self.aside(move |context| {
            let _part = part;
            work(context)
        })
        .await
    }

    /// Does something on a thread that answers nobody.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce(&Context) -> anyhow::Result<T> + Send + 'static) -> Result<T, NotDone> {
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
        let (proposal, connection, user, turn) = (proposal.to_owned(), connection.clone(), user.clone(), self.turn()?);
        self.apart("the making of an order", move |context| {
            let _turn = turn;
            let kept = propose::named(context, &proposal)?;
            made(context, &user, |doing| order::create_as(doing, &kept, &Chosen::default(), &connection, &Meant::default()))
        })
        .await
    }

    async fn agreeing(&self, order: OrderId) -> Result<Agreeing, NotDone> {
        let books = Arc::clone(&self.books);
        self.aside(move |context| agreeing(context, &books, order)).await
    }

    async fn approve(&self, order: OrderId, shown: &str, hours: Option<u32>, user: &UserName) -> Result<(), NotDone> {
        let (shown, user) = (shown.to_owned(), user.clone());
        self.apart("an approval", move |context| {
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
        self.apart("a rejection", move |context| {
            let signer = Signer::of_server(context, &user)?;
            order::reject_as(&Doing { context, command: COMMAND, signer: &signer, tell: &|_: &str| {} }, order, &reason)
        })
        .await
    }

    async fn run(&self, order: OrderId, is_live: bool, user: &UserName) -> Result<(), NotDone> {
        if is_live && !self.is_live {
            return Err(refused("this server sends nothing to AWS", "the owner lets it: tenor serve --live"));
        }
        // Said now and in words; it is asked again before each call. What became of a call is found out whoever agrees.
        let agreeing = self.agreeing(order).await?;
        if let Some(why) = agreeing.why_not.filter(|_| !(is_live && agreeing.is_to_be_settled)) {
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
                if runs.end_run(false, told, &[]) {
                    order::record_stops(&context, COMMAND);
                }
            }
        };
        std::thread::Builder::new().name("order".to_owned()).spawn(work).map(drop).map_err(|error| {
            given_up.end_run(false, "the system grants no thread for it", &[]);
            failed(&anyhow::Error::from(error))
        })
    }

    async fn stop(&self, order: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        // Durable before it is answered, whoever has the right to write; only then the run is told, so that it ends at once.
        let (why, who) = (reason.clone(), user.clone());
        self.apart("the stop of an order", move |context| {
            // Stopping is the safe side: without a key that says who was logged in it is somebody's word.
            let said = Actor::Operator { name: who.text() };
            let actor = Signer::of_server(context, &who).map_or(said, |signer| signer.actor());
            order::stop_as(context, actor, order, &why)
        })
        .await?;
        if self.runs.stop(order, user, reason) {
            // It has the right to write, and records it when the call in hand was answered.
            return Ok(());
        }
        self.apart("the stop of an order", |context| {
            order::record_stops(context, COMMAND);
            Ok(())
        })
        .await
    }

    async fn take_back(&self, order: OrderId, step: u32, user: &UserName) -> Result<Placed, NotDone> {
        let (user, turn) = (user.clone(), self.turn()?);
        self.apart("the making of an order", move |context| {
            let _turn = turn;
            take_back(context, order, step, &user)
        })
        .await
    }

    fn persons(&self, view: &View) -> Result<Vec<Text>, String> {
        let persons = || -> anyhow::Result<Vec<Text>> {
            let book = view.book()?;
            // Without terms nobody may approve anything.
            if book.setting(&terms_name()).is_none() {
                return Ok(Vec::new());
            }
            Ok(terms(view, &book)?.persons.into_iter().collect())
        };
        persons().map_err(|error| format!("{error:#}"))
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

fn agreeing(context: &Context, books: &Books, id: OrderId) -> anyhow::Result<Agreeing> {
    let view = keep::view(context)?;
    let folded = books.of(&view)?;
    let found = order::agreeing(&view, &folded, id, Moment(context.now()))?;
    let found = found.ok_or_else(|| Refused::new(format!("there is no order `{id}`")))?;
    let off = super::enrolled(context, &folded.book)?.err().map(str::to_owned);
    let why_not = found.why_not.map(|why| why.to_string());
    let could = found.could.iter().map(ToString::to_string).collect();
    let (needed, counted, hours_max, is_to_be_settled) = (found.needed, found.counted, found.hours_max, found.is_to_be_settled);
    Ok(Agreeing { needed, counted, why_not, is_to_be_settled, could, hours_max, off })
}

/// Takes an order as far as it goes, waiting in between for as long as a run may; then says how it ended, with a stop that was asked for meanwhile.
fn carry_out(context: &Context, runs: &Runs, id: OrderId, is_live: bool, user: &UserName) {
    let (is_good, told, steps) = loop {
        match pass(context, runs, id, is_live, user) {
            Ok((_, Progress::Waits { step, until, why })) if is_live => {
                let told = format!("step {step} waits: {}", order::words(&why));
                let wait = until.map_or(AGAIN, |until| Duration::try_from(until.0.duration_since(context.now())).unwrap_or_default());
                if !runs.wait(wait.max(Duration::from_secs(1)), &told, context.now()) {
                    break (false, told, Vec::new());
                }
            }
            Ok((order, progress)) => break outcome(&order, &progress),
            // Nothing was begun: whoever writes now is not in the way for good.
            Err(error) if is_live && is_held(&error) => {
                let told = "another command is writing; it goes on when that is over".to_owned();
                if !runs.wait(AGAIN, &told, context.now()) {
                    break (false, told, Vec::new());
                }
            }
            Err(error) => {
                context.note(format_args!("order {id}: {error:#}"));
                break (false, refusal(&error).unwrap_or_else(|| "it failed; why is told where the server runs".to_owned()), Vec::new());
            }
        }
    };
    // What was asked for while it waited is in the ledger before it is over; what comes after this look, right after.
    let is_recorded = runs.is_stopped();
    if is_recorded {
        order::record_stops(context, COMMAND);
    }
    if runs.end_run(is_good, &told, &steps) && !is_recorded {
        order::record_stops(context, COMMAND);
    }
}

/// One look at all of it, from what is recorded now.
fn pass(context: &Context, runs: &Runs, id: OrderId, is_live: bool, user: &UserName) -> anyhow::Result<(Order, Progress)> {
    let actor: Actor = Signer::of_server(context, user)?.actor();
    let view = keep::view(context)?;
    let mut desk = Desk::open(&view)?;
    drop(view);
    let order = desk.orders.remove(&id).ok_or_else(|| Refused::new(format!("there is no order `{id}`")))?;
    let halted = || -> Result<Option<String>, StateError> {
        // Before each call, twice: whoever stops this run need not wait for the right to write.
        if let Some(why) = runs.why_halted() { Ok(Some(why)) } else { order::halted(&context.home, id) }
    };
    let progress = order::carry_out(context, &order, &How { command: COMMAND, actor, halted: &halted, is_live, waits: false })?;
    Ok((order, progress))
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

/// Whether somebody else had the right to write for too long.
fn is_held(error: &anyhow::Error) -> bool {
    holder(error).is_some()
}

/// Who had the right to write for too long; none where something else is wrong.
pub(super) fn holder(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| match cause.downcast_ref::<LeaseError>() {
        Some(LeaseError::Held { holder, .. }) => Some(holder.to_string()),
        _ => None,
    })
}

fn not_done(error: &anyhow::Error) -> NotDone {
    let hint = report::hint(error).unwrap_or_default();
    if is_held(error) {
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

#[cfg(test)]
mod tests {
    use super::{Orders, is_held, keep, not_done};
    use crate::context::Context;
    use crate::output::Format;
    use std::sync::Arc;
    use std::time::Duration;
    use tenor_ledger::OrderId;
    use tenor_serve::{NotDone, NotDoneKind, Orders as _};
    use tenor_state::{Books, Claim, Lease};

    #[tokio::test]
    async fn so_many_orders_are_made_at_once_and_a_turn_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let orders = Orders::new(&context, false, &Arc::default(), &Arc::default(), &Arc::new(Books::default()));
        let (ada, payer, order) = ("ada".parse().unwrap(), "payer".parse().unwrap(), OrderId::from_bytes([1; 32]));
        let kinds = async || {
            let told = |refused: NotDone| refused.kind;
            let create = orders.create("0b0b0b0b0b0b0b0b", &payer, &ada).await.map_err(told);
            let take_back = orders.take_back(order, 1, &ada).await.map_err(told);
            (create.unwrap_err(), take_back.unwrap_err())
        };
        let turns = [orders.turn().unwrap(), orders.turn().unwrap()];
        assert_eq!(kinds().await, (NotDoneKind::Busy, NotDoneKind::Busy));
        drop(turns);
        // There is nothing in the home.
        for _ in 0..3 {
            assert_eq!(kinds().await, (NotDoneKind::Refused, NotDoneKind::Refused));
        }
    }

    #[test]
    fn that_somebody_else_writes_is_known_from_what_fails() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let other = Lease::take(home.path(), &Claim::of_this_process("tenor import", Duration::ZERO), context.now()).unwrap();
        let error = keep::writer_within(&context, "tenor serve", Duration::ZERO).unwrap_err();
        assert!(is_held(&error) && not_done(&error).kind == NotDoneKind::Busy, "{error:#}");
        drop(other);
        assert!(!is_held(&anyhow::anyhow!("the disk is full")));
    }
}
