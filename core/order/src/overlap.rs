//! Whether the need of an order is met by another one already: a proposal knows what is held from the bill alone.
//!
//! It judges by what orders and the ledger say, and never by what AWS lists: what an order is about to buy is listed nowhere.

use crate::book::{Book, BookError, Course};
use crate::order::{Action, Order, Step};
use crate::service::Service;
use crate::state::StepState;
use std::collections::BTreeMap;
use tenor_ledger::{Moment, OrderId};
use tenor_propose::proposal::Kind;

/// A purchase of another proposal's order, of which the proposal of this order knew nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// The other order.
    pub order: OrderId,
    /// Its step.
    pub step: u32,
    /// When the purchase began, if it is done; none while it may still be made, or nobody knows what became of it.
    pub bought: Option<Moment>,
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

/// The first purchase of another proposal's order that the same account makes, or made, for the same need as a purchase of this one, and that a
/// proposal which knows usage until a moment cannot know of. `contents` has every order.
///
/// # Errors
/// [`BookError::NoOrder`] when the content of one is missing: what it buys is not nothing.
pub fn overlap(order: &Order, known_until: Moment, book: &Book, contents: &BTreeMap<OrderId, Order>) -> Result<Option<Overlap>, BookError> {
    let own: Vec<&Step> = order.steps().iter().filter(|step| buys(step)).collect();
    if own.is_empty() {
        return Ok(None);
    }
    // The other parts of the same proposal meet other needs.
    for (id, record) in book.orders().filter(|(_, record)| record.proposal != order.proposal()) {
        let other = contents.get(&id).ok_or(BookError::NoOrder(id))?;
        for (step, course) in other.steps().iter().zip(&record.steps).filter(|(step, _)| buys(step)) {
            let alike: Vec<&Step> = own.iter().copied().filter(|own| meets_same_need(own, step)).collect();
            let overlap = |bought| Ok(Some(Overlap { order: id, step: step.number, bought }));
            if alike.is_empty() {
                continue;
            }
            match course.state() {
                StepState::Done => {
                    // By a clock that was put right it is the moment of that, and so no earlier than it was.
                    let at = course.intents().last().map_or(record.created, |intent| intent.at);
                    let is_unbilled = at > known_until;
                    // What is queued is on no bill before it begins, and would be queued again.
                    let is_queued = step.starts.is_some_and(|starts| starts > known_until);
                    if is_unbilled || (is_queued && alike.iter().any(|own| own.action == Action::Queue)) {
                        return overlap(Some(at));
                    }
                }
                _ if may_still(record.is_open(), course) => return overlap(None),
                _ => {}
            }
        }
    }
    Ok(None)
}

/// Whether two steps are purchases that the same account makes for the same need.
#[must_use]
pub fn meets_same_need(one: &Step, other: &Step) -> bool {
    buys(one) && buys(other) && one.account == other.account && is_same(need(one), need(other))
}

/// Whether a step that is not done may be, or was without anybody knowing.
const fn may_still(is_open: bool, course: &Course) -> bool {
    let state = course.state();
    state.may_have_cost() || (is_open && !state.is_final())
}

const fn buys(step: &Step) -> bool {
    matches!(step.action, Action::Buy | Action::Queue)
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
