//! What is known right before a call: read live, each time anew.

use crate::aws::{Aws, NoPrice, Place, Unread};
use crate::encoded::Encoded as _;
use crate::error::ExecuteError;
use crate::held::{Held, Standing};
use crate::journal::Journal;
use crate::snapshot::{Own, Snapshot, differs};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tenor_aws::client::Clock;
use tenor_ledger::{Event, Moment, OrderId, ProposalId, Text};
use tenor_order::{Action, Book, Course, Facts, Order, Reading, Service, Step, StepState, is_same_step, meets_same_need};

/// AWS lists what was bought within minutes; so much later what is not among it is there no more.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// AWS takes back so many plans in a calendar year. Source: `[SP:return-sp]`.
const RETURNS_MAX: usize = 10;
/// Of an order that carries no proposal out.
const NO_PROPOSAL: ProposalId = ProposalId::from_bytes([0; 32]);

/// Says whether the usage that justified a step is still there. The bills know, and so another crate.
pub trait Demand {
    /// Which usage is gone, if any is; or why nobody can tell.
    fn gone(&self, order: &Order, step: &Step, now: Moment) -> Reading<Option<Text>>;
}

/// What was read, and what it was read from.
pub(crate) struct Read {
    pub(crate) facts: Facts,
    pub(crate) held: Result<Vec<Held>, Unread>,
}

/// Reads all that the guard rails ask for.
pub(crate) async fn read(
    journal: &impl Journal,
    aws: &dyn Aws,
    demand: &dyn Demand,
    order: &Order,
    step: &Step,
    clock: &dyn Clock,
) -> Result<Read, ExecuteError> {
    let place = Place::of(step);
    // Each reading is as old as the moment at which it was asked for; what is judged by them is judged when all of them are there.
    let held_at = Moment(clock.now());
    let held = aws.held(&place).await;
    let price_at = Moment(clock.now());
    let price = if step.action.commits() {
        match aws.price(step).await {
            Ok(price) => Reading::Read(price_at, Some(price)),
            Err(NoPrice::NotSold(_)) => Reading::Read(price_at, None),
            Err(NoPrice::Unread(unread)) => Reading::Unread(unread.0),
        }
    } else {
        Reading::Unread(Text::fitted("nothing is bought"))
    };
    let inventory = match &held {
        Ok(held) => Reading::Read(held_at, changed(journal, (order, step), &place, held, held_at)?),
        Err(unread) => Reading::Unread(unread.0.clone()),
    };
    let demand_at = Moment(clock.now());
    let demand = if step.action.commits() { demand.gone(order, step, demand_at) } else { Reading::Read(demand_at, None) };
    let now = Moment(clock.now());
    let (book, orders) = (journal.book(), journal.orders());
    let without = (order.id(), step.number);
    let facts = Facts {
        now,
        today: book.obliged(orders, order.currency(), Moment(midnight(now.0)), without)?,
        this_month: book.obliged(orders, order.currency(), Moment(first_of_month(now.0)), without)?,
        returns_left: returns_left(step, &held, now),
        price,
        inventory,
        demand,
    };
    Ok(Read { facts, held })
}

/// What differs from what the order was made on. What another order bought since for the need of a purchase does too: who made this one did not know of
/// it, and the need may be met.
fn changed(
    journal: &impl Journal,
    (order, step): (&Order, &Step),
    place: &Place,
    held: &[Held],
    now: Moment,
) -> Result<Option<Text>, ExecuteError> {
    let document = journal.document(order.inventory())?.ok_or(ExecuteError::NoInventory(order.id()))?;
    let snapshot = Snapshot::read(&document).map_err(|why| ExecuteError::BadDocument { hash: order.inventory(), why })?;
    let Some(before) = snapshot.of(place) else {
        return Ok(Some(Text::fitted(&format!("the order was made without a look at {place}"))));
    };
    let met = met_by_another(journal, (order, step), &snapshot, now);
    Ok(met.or_else(|| differs(before, held, &own(journal, place, snapshot.at()), now)))
}

/// What another order committed to for the need of a purchase since the order was made, wherever that is, and whether AWS lists it yet or not. Other
/// purchases of the same proposal were proposed beside it, and meet other needs.
fn met_by_another(journal: &impl Journal, (order, step): (&Order, &Step), snapshot: &Snapshot, now: Moment) -> Option<Text> {
    let since = snapshot.at();
    // An order that was made by a clock that was ahead does not say when it was.
    let is_later = |course: &Course| since > now || course.done().is_none_or(|done| done >= since);
    // What was done shortly before may not have been listed yet where whoever made the order looked.
    let is_unlisted = |other: &Step, course: &Course| {
        let is_recent = course.done().is_some_and(|done| since.0.duration_since(done.0) <= LISTED_WITHIN);
        // What an exchange made has no id in its result.
        other.action != Action::Exchange && is_recent && snapshot.of(&Place::of(other)).is_some() && !was_changed(journal, course)
    };
    // What was held when the order was made is no news.
    let was_held = |course: &Course| course.result().is_some() && made(course).all(|id| snapshot.ids().any(|held| *held == id));
    let is_of_proposal = |id: OrderId| {
        let proposal = order.proposal();
        proposal != NO_PROPOSAL && journal.orders().get(&id).is_some_and(|other| other.proposal() == proposal)
    };
    let is_part = |id: OrderId, other: &Step| is_of_proposal(id) && !is_same_step(step, other);
    let is_it = |id: OrderId, other: &Step, course: &Course| {
        let is_others = id != order.id() && course.state() == StepState::Done && !is_part(id, other);
        is_others && meets_same_need(step, other) && !was_held(course) && (is_later(course) || is_unlisted(other, course))
    };
    let (id, other, _) = steps(journal.book(), journal).find(|(id, other, course)| is_it(*id, other, course))?;
    let (number, id) = (other.number, id.to_string());
    Some(Text::fitted(&format!("step {number} of the order {id:.12} bought for the same need meanwhile")))
}

/// Whether a step of ours modified, exchanged or offered what another one made, so that it has other ids.
fn was_changed(journal: &impl Journal, course: &Course) -> bool {
    let ids: BTreeSet<Text> = made(course).collect();
    let changes = |step: &Step| matches!(step.action, Action::Modify | Action::Exchange | Action::List);
    let given = |step: &Step| step.details.iter().any(|details| details.given().iter().any(|given| ids.contains(given)));
    steps(journal.book(), journal)
        .any(|(_, step, course)| course.state() == StepState::Done && changes(step) && (ids.contains(&step.object) || given(step)))
}

/// What steps of our own made or changed in a place. What is under way and unknown is not among it.
pub(crate) fn own(journal: &impl Journal, place: &Place, since: Moment) -> Own {
    let mut own = Own::default();
    for (_, step, course) in steps(journal.book(), journal) {
        if !matches!(course.state(), StepState::Done | StepState::Failed | StepState::Undone) || Place::of(step) != *place {
            continue;
        }
        // What was made long ago may be listed only now: an id is a step's for good.
        own.ids.extend(made(course));
        own.ids.extend(step.details.iter().flat_map(|details| details.given().iter().cloned()));
        if matches!(step.action, Action::CancelQueued | Action::Return | Action::Modify | Action::List | Action::CancelListing) {
            own.ids.insert(step.object.clone());
        }
        let is_recent = course.intents().last().is_none_or(|intent| intent.at >= since);
        own.splits |= is_recent && matches!(step.action, Action::Modify | Action::Exchange | Action::List | Action::CancelListing);
    }
    own
}

/// The ids that a step's result names.
pub(crate) fn made(course: &Course) -> impl Iterator<Item = Text> {
    course.result().into_iter().flat_map(|result| result.as_str().split(' ')).map(Text::fitted)
}

/// All steps of all orders, with what became of them.
pub(crate) fn steps<'a>(book: &'a Book, journal: &'a impl Journal) -> impl Iterator<Item = (OrderId, &'a Step, &'a Course)> {
    book.orders().flat_map(move |(id, record)| {
        let order = journal.orders().get(&id);
        (1..).zip(&record.steps).filter_map(move |(number, course)| Some((id, order?.step(number)?, course)))
    })
}

/// What of other orders is undone when a step is done that takes something back. What AWS split is undone when all of it is.
#[must_use]
pub fn undone(journal: &impl Journal, order: &Order, step: &Step) -> Vec<Event> {
    if !matches!(step.action, Action::CancelQueued | Action::Return) {
        return Vec::new();
    }
    let is_it = |course: &Course| course.result().is_some() && made(course).all(|made| made == step.object);
    steps(journal.book(), journal)
        .filter(|(id, _, course)| *id != order.id() && course.state() == StepState::Done && is_it(course))
        .map(|(id, other, _)| Event::StepUndone { order: id, step: other.number, by: order.id() })
        .collect()
}

fn returns_left(step: &Step, held: &Result<Vec<Held>, Unread>, now: Moment) -> u32 {
    if step.service != Service::SavingsPlans {
        return 0;
    }
    // Nobody knows, and the rail of what is held has it wait.
    let Ok(held) = held else { return u32::try_from(RETURNS_MAX).expect("ten") };
    let year = |moment: Moment| moment.0.to_zoned(TimeZone::UTC).year();
    // AWS does not say when it was returned: in the calendar month in which it began, and so in that year.
    let is_of_this_year = |one: &&Held| one.start.is_none_or(|start| year(start) >= year(now));
    let is_returned = |one: &&Held| matches!(one.standing, Standing::Returning | Standing::Returned);
    let returned = held.iter().filter(is_returned).filter(is_of_this_year).count();
    u32::try_from(RETURNS_MAX.saturating_sub(returned)).expect("ten at most")
}

fn midnight(now: Timestamp) -> Timestamp {
    now.to_zoned(TimeZone::UTC).start_of_day().expect("UTC has every midnight").timestamp()
}

fn first_of_month(now: Timestamp) -> Timestamp {
    let first = now.to_zoned(TimeZone::UTC).date().first_of_month();
    first.to_zoned(TimeZone::UTC).expect("UTC has every midnight").timestamp()
}
