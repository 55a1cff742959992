//! Whether the need of an order is met by another one already: a proposal knows what is held from the bill alone.
//!
//! It judges by what orders and the ledger say, and never by what AWS lists: what an order is about to buy is listed nowhere.

use crate::book::{Book, BookError, Course, Record};
use crate::order::{Action, Order, Step};
use crate::service::Service;
use crate::state::StepState;
use jiff::SignedDuration;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_ledger::{Moment, OrderId, ProposalId};
use tenor_money::Money;
use tenor_propose::proposal::Kind;

/// A bill tells the hours of a month that is open so late, and no later.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// A bill that reaches so far beyond a purchase and does not have it never will: it was changed, sold or taken back where no order says so.
const GONE_AFTER: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What the proposal of an order knows.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The end of the usage that it knows, and no later than now.
    pub until: Moment,
    /// What its bill has as held, by the last parts of ARNs ([`bare_id`]).
    pub held: &'a BTreeSet<String>,
    /// Whether what an order of that proposal buys with the last account may cover what this order's covers with the first. Asked of two accounts alone;
    /// where nobody can tell it may.
    pub shares: &'a dyn Fn(ProposalId, &AccountId, &AccountId) -> bool,
}

/// A step of another order that does, or did, what a step of this one is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// The other order.
    pub order: OrderId,
    /// Its proposal; all zeros where somebody made it by hand.
    pub proposal: ProposalId,
    /// Its step.
    pub step: u32,
    /// When what that queues begins; none where it begins at once.
    pub starts: Option<Moment>,
    /// How far that is.
    pub met: Met,
}

/// How far the other step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It may still be begun.
    Open,
    /// Nobody knows what became of it.
    Unknown,
    /// It was done at this moment.
    Bought(Moment),
}

/// What may cover the same usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Instances of EC2, and what Compute plans cover beside them.
    Compute,
    MachineLearning,
    /// Any service that Database plans cover.
    Databases,
    /// Reservations of one service.
    Of(Service),
}

/// The steps of an order for whose need another order commits to pay, or did without its proposal knowing of it; and those that another order of the same
/// proposal does, or did, changes of what is held included. By their numbers, with the first such step of another order each. `contents` has every order.
///
/// What an order in `again` did is left out of it, and what it may still do only where the look right before a purchase will see it
/// ([`meets_same_need`]): of anything else both orders would do all of it. Parts of the same proposal are left out whole.
///
/// # Errors
/// [`BookError::NoOrder`] when the content of one is missing: what it buys is not nothing.
pub fn overlaps(
    order: &Order,
    known: &Known<'_>,
    again: &BTreeSet<OrderId>,
    book: &Book,
    contents: &BTreeMap<OrderId, Order>,
) -> Result<BTreeMap<u32, Overlap>, BookError> {
    let (mut found, mut parts) = (BTreeMap::new(), Vec::new());
    let changed = changed(book, contents)?;
    for (id, record) in book.orders() {
        let is_named = again.contains(&id);
        let other = contents.get(&id).ok_or(BookError::NoOrder(id))?;
        for (step, course) in other.steps().iter().zip(&record.steps) {
            let Some(met) = met(record, course) else { continue };
            let overlap = Overlap { order: id, proposal: record.proposal, step: step.number, starts: step.starts, met };
            // No bill that comes later is known to the same proposal, and its other parts meet other needs.
            if record.proposal == order.proposal() {
                if !is_named {
                    parts.push((step, overlap));
                }
                continue;
            }
            let is_known = || matches!(met, Met::Bought(at) if is_billed(step, course, at, known, &changed));
            if !step.action.commits() || is_known() {
                continue;
            }
            let is_excused = |own: &Step| is_named && (matches!(met, Met::Bought(_)) || meets_same_need(own, step));
            let is_it = |own: &&Step| own.action.commits() && is_alike(own, step, record.proposal, known) && !is_excused(own);
            for own in order.steps().iter().filter(is_it) {
                found.entry(own.number).or_insert(overlap);
            }
        }
    }
    for (number, overlap) in same_steps(order.steps(), &parts) {
        found.entry(number).or_insert(overlap);
    }
    Ok(found)
}

/// Whether what another step commits to meets the need for which a step buys, of the same account.
#[must_use]
pub fn meets_same_need(step: &Step, other: &Step) -> bool {
    let buys = matches!(step.action, Action::Buy | Action::Queue);
    buys && other.action.commits() && step.account == other.account && is_same(need(step), need(other))
}

/// Whether two steps of orders of one proposal are the same one, but for how much. What is held is changed so once, whatever else is said of it.
#[must_use]
pub fn is_same_step(one: &Step, other: &Step) -> bool {
    let place = |step: &Step| (step.action, step.service, step.account.clone(), step.region.clone());
    if !one.action.commits() {
        return place(one) == place(other) && one.object == other.object;
    }
    let what = |step: &Step| (step.kind, step.term, step.payment, step.starts);
    place(one) == place(other) && what(one) == what(other) && (&one.goods, &one.details) == (&other.goods, &other.details)
}

/// The id in an ARN, or what is one already: bills have the one, and steps the other.
#[must_use]
pub fn bare_id(id: &str) -> &str {
    id.rsplit(['/', ':']).next().unwrap_or(id)
}

/// How far a step is that may cost something; none of one that never will.
fn met(record: &Record, course: &Course) -> Option<Met> {
    match course.state() {
        // Earlier than it was done it would be known too soon.
        StepState::Done => {
            let intended = || course.intents().last().map(|intent| intent.at);
            Some(Met::Bought(course.done().or_else(intended).unwrap_or(record.created)))
        }
        state if state.may_have_cost() => Some(Met::Unknown),
        state => (record.is_open() && !state.is_final()).then_some(Met::Open),
    }
}

/// Whether the bill of a proposal has what a step bought by a moment: by its ids, for nobody says of each hour when it was told completely. An exchange has
/// no id of what it made, and what was changed has others.
fn is_billed(step: &Step, course: &Course, at: Moment, known: &Known<'_>, changed: &BTreeSet<String>) -> bool {
    let ids = ids(course);
    if !ids.is_empty() && ids.iter().all(|id| known.held.contains(id)) {
        return true;
    }
    let has_none = ids.is_empty() || step.action == Action::Exchange || ids.iter().any(|id| changed.contains(id));
    let begins = step.starts.map_or(at, |starts| starts.max(at));
    known.until.0.duration_since(begins.0) >= if has_none { TOLD_WITHIN } else { GONE_AFTER }
}

/// The ids of what steps of ours modified, exchanged or offered for sale.
fn changed(book: &Book, contents: &BTreeMap<OrderId, Order>) -> Result<BTreeSet<String>, BookError> {
    let mut changed = BTreeSet::new();
    for (id, record) in book.orders() {
        let order = contents.get(&id).ok_or(BookError::NoOrder(id))?;
        let is_it = |step: &Step| matches!(step.action, Action::Modify | Action::Exchange | Action::List);
        for (step, _) in order.steps().iter().zip(&record.steps).filter(|(step, course)| course.state() == StepState::Done && is_it(step)) {
            let given = step.details.iter().flat_map(|details| details.given().iter());
            changed.extend(given.chain([&step.object]).map(|id| bare_id(id.as_str()).to_owned()));
        }
    }
    Ok(changed)
}

/// What a step made, by AWS's ids.
fn ids(course: &Course) -> Vec<String> {
    let words = course.result().into_iter().flat_map(|result| result.as_str().split(' '));
    words.map(bare_id).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Which steps those of other orders of the same proposal are. The parts of one plan differ in their quantity at most, so each uses up one step, of its own
/// quantity where there is one; else as many as come to it: what was cut otherwise is not bought beside itself.
fn same_steps(own: &[Step], parts: &[(&Step, Overlap)]) -> BTreeMap<u32, Overlap> {
    let (mut taken, mut unequal) = (BTreeMap::new(), Vec::new());
    for (step, overlap) in parts {
        let is_free = |own: &&Step| !taken.contains_key(&own.number);
        let equal = own.iter().filter(is_free).find(|own| is_same_step(own, step) && own.quantity == step.quantity);
        if let Some(equal) = equal {
            taken.insert(equal.number, *overlap);
        } else {
            unequal.push((*step, *overlap));
        }
    }
    for (step, overlap) in unequal {
        let mut wanted = amount(step);
        for own in own.iter().filter(|own| is_same_step(own, step)) {
            if wanted > 0
                && let Entry::Vacant(free) = taken.entry(own.number)
            {
                free.insert(overlap);
                wanted = wanted.saturating_sub(amount(own));
            }
        }
    }
    taken
}

/// How much a step is of, to be held against others of its kind; all there is where it says no amount.
fn amount(step: &Step) -> i128 {
    let count = || step.count().map(i128::from);
    step.commitment().map(Money::units).or_else(count).unwrap_or(i128::MAX)
}

/// Whether two steps commit to pay for the same need, and one may cover what the other one is for.
fn is_alike(own: &Step, other: &Step, proposal: ProposalId, known: &Known<'_>) -> bool {
    is_same(need(own), need(other)) && (own.account == other.account || (known.shares)(proposal, &own.account, &other.account))
}

const fn need(step: &Step) -> Need {
    match (step.kind, step.service) {
        (Some(Kind::ComputePlan | Kind::Ec2InstancePlan), _) | (_, Service::Ec2) => Need::Compute,
        (Some(Kind::SagemakerPlan), _) => Need::MachineLearning,
        (Some(Kind::DatabasePlan), _) => Need::Databases,
        (_, service) => Need::Of(service),
    }
}

fn is_same(one: Need, other: Need) -> bool {
    one == other || matches!((one, other), (Need::Databases, Need::Of(_)) | (Need::Of(_), Need::Databases))
}
