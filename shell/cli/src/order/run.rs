//! `tenor order run`, `resolve` and `stop`: an order carried out as far as it goes, and what a person says of it.

use super::agree::approvers;
use super::demand::LakeUsage;
use super::desk::{self, Desk};
use super::live;
use super::show::{standing, what};
use super::signer::still;
use crate::clock::RunClock;
use crate::connect::{keep, who};
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tenor_aws::client::Clock as _;
use tenor_aws::proof::{Errand, Purpose, SourceIdentity};
use tenor_execute::{Executor, Journal as _, Kept, LiveAws, Progress};
use tenor_ledger::{Actor, Ending, Event, OrderId, Resolution, Text};
use tenor_order::{Order, Refusal, StepState, bare_id};
use tenor_state::{By, ConnectionName, LeaseError, StateError, UserName, UserRole};

/// It is looked again so soon where nobody says when.
const AGAIN: Duration = Duration::from_secs(60);
/// While it waits it looks so often whether somebody stopped the order.
const LOOK: Duration = Duration::from_secs(1);

/// Arguments of `tenor order run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,

    /// Send its calls. Without this everything is looked at and nothing is sent.
    #[arg(long)]
    live: bool,

    /// Wait and go on until it has come to its end or a person has to say something.
    #[arg(long, requires = "live")]
    wait: bool,
}

/// Arguments of `tenor order resolve`.
#[derive(Debug, clap::Args)]
pub(super) struct Resolve {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,

    /// The step, by its number.
    #[arg(value_name = "STEP")]
    step: u32,

    /// What you found: `done` (then name what AWS made with --result), or `not-done`.
    #[arg(value_name = "FOUND", value_parser = resolution)]
    found: Resolution,

    /// AWS's id of what was made or changed.
    #[arg(long, value_name = "ID")]
    result: Option<Text>,

    /// How you know; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

/// Arguments of `tenor order stop`.
#[derive(Debug, clap::Args)]
pub(super) struct Stop {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,

    /// Why; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

fn resolution(text: &str) -> Result<Resolution, String> {
    match text {
        "done" => Ok(Resolution::Done),
        "not-done" => Ok(Resolution::NotDone),
        _ => Err("it is neither `done` nor `not-done`".to_owned()),
    }
}

pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let view = keep::view(context)?;
    let desk = Desk::open(&view)?;
    let (id, order, _) = desk.find(&args.order)?;
    // What that means for each step the guard rails say; why it is so, only this does.
    let halted = tenor_state::halted(&context.home).unwrap_or_else(|_| Some("nobody could look whether it was".to_owned()));
    if let Some(why) = halted.or_else(|| desk.book.stopped().map(ToString::to_string)) {
        context.note(format_args!("stopped: {why}"));
    }
    drop(view);
    let halted = || self::halted(&context.home, id);
    let how = How { command: "tenor order run", actor: Actor::System, halted: &halted, is_live: args.live, waits: args.wait };
    let progress = carry_out(context, order, &how)?;
    tell(context, order, id, &progress)
}

/// Why nothing of an order may be sent this very moment: the kill switch is set, or somebody stopped the order while its run had the right to write.
///
/// # Errors
/// When that cannot be told: nothing may be sent then either.
pub(crate) fn halted(home: &Path, id: OrderId) -> Result<Option<String>, StateError> {
    match tenor_state::halted(home)? {
        Some(why) => Ok(Some(why)),
        None => tenor_state::order_stopped(home, id),
    }
}

/// How an order is carried out.
pub(crate) struct How<'a> {
    pub(crate) command: &'a str,
    /// Who has it done, as the ledger will say.
    pub(crate) actor: Actor,
    /// What may stop it, the kill switch included.
    pub(crate) halted: &'a desk::Switch<'a>,
    /// Whether anything may be sent.
    pub(crate) is_live: bool,
    /// Whether it goes on by itself when it has to wait.
    pub(crate) waits: bool,
}

/// Takes an order as far as it goes, and where it is to wait on from there. While it waits anybody else may write.
///
/// # Errors
/// When it may not be run, cannot be recorded, or AWS cannot be asked.
pub(crate) fn carry_out(context: &Context, order: &Order, how: &How<'_>) -> anyhow::Result<Progress> {
    let (mut has_begun, mut usage) = (false, None);
    let is_to_stop = || Ok::<_, StateError>(tenor_state::order_stopped(&context.home, order.id())?.is_some());
    loop {
        let was_to_stop = how.waits && is_to_stop()?;
        let wait = match pass(context, order, how, &mut usage) {
            Ok(Progress::Waits { step, until, why }) if how.waits => {
                // What that pass could not record, the next one cannot either: a stop ends each wait at once.
                if was_to_stop && is_to_stop()? {
                    return Ok(Progress::Waits { step, until, why });
                }
                has_begun = true;
                let wait = until.map_or(AGAIN, |until| Duration::try_from(until.0.duration_since(context.now())).unwrap_or_default());
                context.note(format_args!("step {step} waits {} s: {}", wait.as_secs(), words(&why)));
                wait
            }
            // It goes on when whoever writes now is done.
            Err(error) if has_begun && is_held(&error) => {
                context.note(format_args!("waits {} s: another command is writing", AGAIN.as_secs()));
                AGAIN
            }
            done => return done,
        };
        sleep(context, order.id(), wait.max(LOOK))?;
    }
}

/// Waits without the right to write, and no longer once somebody stops the order: the next look records that.
fn sleep(context: &Context, id: OrderId, wait: Duration) -> anyhow::Result<()> {
    let clock = RunClock::of(context);
    // Opened once: the key may be some command's.
    let view = keep::view(context)?;
    let mut head = view.ledger_head()?;
    context.block_on(async {
        let mut left = wait;
        while !left.is_zero() {
            clock.sleep(left.min(LOOK)).await;
            left = left.saturating_sub(LOOK);
            if tenor_state::order_stopped(&context.home, id)?.is_some() {
                break;
            }
            // Who stopped it may have had the right to write, and recorded it.
            let now = view.ledger_head()?;
            if now != head && view.book()?.order(id).is_some_and(|record| record.stopping.is_some()) {
                break;
            }
            head = now;
        }
        Ok(())
    })
}

/// Whether somebody else had the right to write for too long.
fn is_held(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<LeaseError>(), Some(LeaseError::Held { .. })))
}

/// Takes an order as far as it goes now. The lease is held for all of it: nobody else begins anything meanwhile, or changes under which terms and
/// through which connection it is done, which are those that hold once the lease is held. The usage is that of an earlier pass while it is young enough: to
/// read it takes its time, and nothing is read for a pass that does not have the lease.
fn pass(context: &Context, order: &Order, how: &How<'_>, usage: &mut Option<LakeUsage>) -> anyhow::Result<Progress> {
    let (id, clock) = (order.id(), RunClock::of(context));
    let name: ConnectionName = order.connection().as_str().parse()?;
    let (command, is_live) = (how.command, how.is_live);
    let user: Option<UserName> = match &how.actor {
        Actor::LoggedIn { user, .. } => Some(user.as_str().parse()?),
        _ => None,
    };
    // Where nothing is sent, or nobody has approved it, whoever has it looked at is who asks.
    let runner = who::identity(&if how.actor == Actor::System { keep::by(context).actor } else { how.actor.clone() });
    desk::with_switch(context, command, how.actor.clone(), how.halted, |journal| {
        if let Some(user) = &user {
            still(journal.state(), user, UserRole::Approver)?;
        }
        let terms = desk::terms(journal.state(), journal.book())?;
        let connection = journal.state().connection(&name)?.ok_or_else(|| gone(journal, id, &name))?;
        if usage.as_ref().is_none_or(|usage| usage.is_old(&terms, desk::now(context))) {
            *usage = Some(LakeUsage::read(context, order));
        }
        let demand = usage.as_ref().expect("it was read").under(&terms);
        let approvers = approvers(journal.book(), journal.head(), order, &terms, desk::now(context));
        let agreed = if is_live { SourceIdentity::of_all(approvers.iter().map(Text::as_str)) } else { None };
        let person = agreed.unwrap_or(runner);
        let errand = Errand { purpose: Purpose::Order { id: id.to_string() }, person: Some(person) };
        live::with(context, command, &connection, terms.looks_at_trail, &errand, async |aws: &LiveAws| -> anyhow::Result<Progress> {
            // Before anything of the order is recorded by a clock that may be wrong, or go wrong while a step waits.
            for account in order.steps().iter().map(|step| &step.account).collect::<BTreeSet<_>>() {
                aws.ask_time(account).await;
            }
            let mut executor = Executor { journal: &mut *journal, aws, demand: &demand, clock: &clock, terms: &terms, is_live };
            Ok(executor.run(id).await?)
        })?
    })
}

/// That there is no connection any more, and what to do: nobody can ask AWS what became of a call.
fn gone(journal: &Kept<'_>, id: OrderId, name: &ConnectionName) -> Refused {
    let mut courses = journal.book().order(id).into_iter().flat_map(|record| (1_u32..).zip(&record.steps));
    let is_out = |state: StepState| state.may_have_cost() && state != StepState::Done;
    let hint = match courses.find(|(_, course)| is_out(course.state())) {
        Some((step, course)) => format!(
            "step {step} is {}: look at AWS, then: tenor order resolve {:.12} {step} done|not-done --reason TEXT",
            course.state(),
            id.to_string()
        ),
        None => "make the order again through one that there is".to_owned(),
    };
    Refused::new(format!("there is no connection `{name}` any more")).hint(hint)
}

pub(crate) fn words(why: &[Text]) -> String {
    why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Says how far it came; it fails when it did not come to a good end.
fn tell(context: &Context, order: &Order, id: OrderId, progress: &Progress) -> anyhow::Result<()> {
    match progress {
        Progress::Rehearsed(steps) => return rehearsed(context, order, steps),
        Progress::Ended(Ending::Done) => {
            context.note("done: every step");
            return Ok(());
        }
        _ => {}
    }
    let short = format!("{:.12}", id.to_string());
    let refused = match progress {
        Progress::Ended(_) => Refused::new("the order was stopped").hint(format!("tenor order show {short} says at which step, and why")),
        Progress::Waits { step, why, .. } => {
            Refused::new(format!("step {step} waits: {}", words(why))).hint(format!("run it again later: tenor order run {short} --live"))
        }
        Progress::Held { step, why } => Refused::new(format!("step {step} is held for a person: {why}"))
            .hint(format!("look at AWS, then: tenor order resolve {short} {step} done|not-done --reason TEXT")),
        Progress::ByHand { step } => Refused::new(format!("step {step} is done by hand: {}", by_hand(order, *step)))
            .hint(format!("do it, then: tenor order resolve {short} {step} done --result ID --reason TEXT")),
        Progress::Rehearsed(_) => return Ok(()),
    };
    Err(refused.into())
}

pub(crate) fn by_hand(order: &Order, step: u32) -> String {
    match order.step(step).and_then(|step| step.details.as_ref()) {
        Some(tenor_order::Details::Instruct { lines }) => words(lines),
        _ => String::new(),
    }
}

/// What would become of each step.
fn rehearsed(context: &Context, order: &Order, steps: &[(u32, Vec<Refusal>)]) -> anyhow::Result<()> {
    let columns = ["step", "what", "would"].map(|key| Column::text(key, key));
    let mut table = Table::new(columns);
    let mut refused = 0;
    for (number, refusals) in steps {
        let told = refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        refused += usize::from(!refusals.is_empty());
        let what = order.step(*number).map(what).unwrap_or_default();
        table.row([Cell::Count(u64::from(*number)), what.into(), if told.is_empty() { "be sent".into() } else { Cell::Text(told) }]);
    }
    context.print(&table)?;
    context.note("nothing was sent: say --live to carry it out");
    if refused > 0 { Err(Refused::new(format!("{refused} of {} steps would be refused", steps.len())).into()) } else { Ok(()) }
}

pub(super) fn resolve(context: &Context, args: &Resolve) -> anyhow::Result<()> {
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    desk::with_journal(context, "tenor order resolve", desk::operator(context), |journal| {
        let events = resolved(journal, id, args)?;
        journal.record(desk::now(context), &events, &[])?;
        let (_, record) = desk::in_journal(journal, id)?;
        context.note(format_args!("recorded; the order is {}", standing(record)));
        Ok(())
    })
}

fn resolved(journal: &Kept<'_>, id: OrderId, args: &Resolve) -> anyhow::Result<Vec<Event>> {
    let (order, record) = desk::in_journal(journal, id)?;
    let number = args.step;
    let step = order.step(number).ok_or_else(|| Refused::bad_usage(format!("the order has no step {number}")))?;
    let state = record.steps[usize::try_from(number)? - 1].state();
    // Nobody can ask AWS any more, and while it is open it keeps the whole need waiting.
    let is_out = state.may_have_cost() && !matches!(state, StepState::Held | StepState::Done);
    let is_lost = is_out && journal.state().connection(&order.connection().as_str().parse::<ConnectionName>()?)?.is_none();
    let is_own = state == StepState::Held || is_lost || (step.is_by_hand() && state == StepState::Planned);
    if !is_own {
        let refused = Refused::new(format!("step {number} is {state}: it waits for nobody"));
        let way = format!("find out what became of it: tenor order run {:.12} --live", id.to_string());
        return Err(if is_out { refused.hint(way) } else { refused }.into());
    }
    if args.found == Resolution::Done && args.result.is_none() {
        return Err(Refused::bad_usage("say with --result what AWS made or changed").into());
    }
    let result = args.result.as_ref().map_or_else(|| step.object.clone(), ids);
    let done = |result| Event::StepDone { order: id, step: number, result, paid: None };
    let said = Event::StepResolved { order: id, step: number, resolution: args.found, reason: args.reason.clone() };
    let held = |reason: String| Event::StepHeld { order: id, step: number, reason: Text::fitted(&reason) };
    let mut events = Vec::new();
    if is_lost {
        let why = "its connection is gone, so nobody can ask AWS what became of it";
        // A process that died left it as it was.
        if state != StepState::Unknown {
            events.push(Event::StepUnknown { order: id, step: number, reason: Text::fitted(why) });
        }
        events.push(held(why.to_owned()));
    }
    let is_by_hand = state == StepState::Planned;
    match args.found {
        Resolution::Done if is_by_hand => events.push(done(result)),
        Resolution::NotDone if is_by_hand => events.push(Event::OrderStopping { order: id, reason: args.reason.clone() }),
        // What is found of a held step is recorded as found, and that a person says so beside it.
        Resolution::Done => {
            events.extend([held(format!("a person found it done: {}", args.reason)), done(result)]);
            events.extend(tenor_execute::undone(journal, order, step));
        }
        Resolution::NotDone => events.push(said),
    }
    Ok(events)
}

/// What AWS made, by its ids as the steps that Tenor finds have them: a person may name ARNs.
fn ids(result: &Text) -> Text {
    let id = |word| Some(bare_id(word)).filter(|id| !id.is_empty()).unwrap_or(word);
    Text::fitted(&result.as_str().split_whitespace().map(id).collect::<Vec<_>>().join(" "))
}

pub(super) fn stop(context: &Context, args: &Stop) -> anyhow::Result<()> {
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    stop_as(context, desk::operator(context), id, &args.reason)?;
    record_stops(context, "tenor order stop");
    context.note("nothing more of it is sent; what is unknown of it is still found out: tenor order run --live");
    Ok(())
}

/// Has nothing more of an order sent, durably, while it runs too: whoever writes, and whatever ends before it is in the ledger.
///
/// # Errors
/// When there is no such order, it has come to its end, or that cannot be made durable.
pub(crate) fn stop_as(context: &Context, actor: Actor, id: OrderId, reason: &Text) -> anyhow::Result<()> {
    let book = keep::view(context)?.book()?;
    let record = book.order(id).ok_or_else(|| Refused::new(format!("there is no order `{id}`")))?;
    if record.ended.is_some() {
        return Err(Refused::new("the order has come to its end").into());
    }
    Ok(tenor_state::stop_order(&context.home, id, reason, &By { actor, moment: context.now() })?)
}

/// Has the ledger say who stopped which order, where nobody else writes for long; whoever writes next does it otherwise.
pub(crate) fn record_stops(context: &Context, command: &str) {
    // Opening it records that.
    if let Err(error) = keep::writer(context, command) {
        context.note(format_args!("the ledger will say that the order is stopped when the state is next written to: {error:#}"));
    }
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn what_a_person_found_is_recorded_by_its_ids() {
        let told = |words: &str| ids(&words.parse().unwrap()).to_string();
        assert_eq!(told("arn:aws:savingsplans::111122223333:savingsplan/5f3b  5f3c"), "5f3b 5f3c");
        assert_eq!(told("arn:aws:rds:us-east-1:111122223333:ri:orders"), "orders");
        assert_eq!(told("odd/"), "odd/");
    }
}
