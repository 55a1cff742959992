//! Orders that nobody began: they wait for approvals, which run out, or to be run.

use super::{Event, What, short};
use crate::approval::{Enrolled, OrderStanding, Role};
use crate::book::Record;
use crate::order::Order;
use crate::state::StepState;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{OrderId, PublicKey};
use tenor_money::Money;

/// An order that nobody began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub order: OrderId,
    /// How many persons' approvals have not run out.
    pub counted: u32,
    /// How many have to.
    pub needed: u32,
    /// When the first of them runs out.
    pub expires: Option<Timestamp>,
    /// When the first of its steps cannot be done any more.
    pub deadline: Option<Timestamp>,
    /// What it obliges to.
    pub obligation: Money,
}

impl Waiting {
    /// The order, if it waits and nothing of it was begun. Whether approvals count is asked again when it is run; here those do whose keys are
    /// approvers', not revoked and not those of who made it, and that have not run out.
    #[must_use]
    pub fn of(
        id: OrderId,
        order: &Order,
        record: &Record,
        keys: &BTreeMap<PublicKey, Enrolled>,
        needed: u32,
        now: Timestamp,
    ) -> Option<Self> {
        let is_untouched = record.steps.iter().all(|course| course.state() == StepState::Planned);
        if record.standing() != OrderStanding::Waiting || !is_untouched {
            return None;
        }
        let proposer = keys.get(&order.proposer()).map(|held| &held.person);
        let counting: Vec<_> = record
            .approvals
            .iter()
            .filter(|approval| approval.expires.0 > now)
            .filter_map(|approval| Some((keys.get(&approval.key)?, approval)))
            .filter(|(held, _)| held.revoked.is_none() && held.role != Role::Proposer && Some(&held.person) != proposer)
            .collect();
        let persons: BTreeSet<_> = counting.iter().map(|(held, approval)| approval.user.as_ref().unwrap_or(&held.person)).collect();
        Some(Self {
            order: id,
            counted: u32::try_from(persons.len()).expect("persons are few"),
            needed,
            expires: counting.iter().map(|(_, approval)| approval.expires.0).min(),
            deadline: order.steps().iter().filter_map(|step| step.deadline).map(|deadline| deadline.0).min(),
            obligation: order.obligation(),
        })
    }

    pub(super) fn event(&self, now: Timestamp) -> Event {
        let is_late = self.deadline.is_some_and(|deadline| deadline <= now);
        let id = short(self.order);
        let missing = self.needed.saturating_sub(self.counted);
        let (told, advice) = match (is_late, missing) {
            (true, _) => (
                "a step of it cannot be done any more: make it again".to_owned(),
                format!("tenor order reject {id} --key FILE --reason late"),
            ),
            (false, 0) => {
                ("it is approved, and was not run; then the first approval runs out".to_owned(), format!("tenor order run {id} --live"))
            }
            (false, missing) => (
                format!("{} of {} approvals count: {missing} more must agree", self.counted, self.needed),
                format!("tenor order approve {id} --key FILE"),
            ),
        };
        let deadline = self.expires.into_iter().chain(self.deadline).min();
        let stake = Some(self.obligation);
        Event { what: What::OrderWaits, id, account: None, of: "order".to_owned(), deadline, stake, told, advice }
    }
}
