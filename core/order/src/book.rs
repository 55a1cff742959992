//! All that a ledger says of orders, keys and settings: a fold over its entries, so that a restart finds the same again.

mod course;

pub use course::{Call, Course, Intent};

use crate::approval::{Approval, Enrolled, Lowered, OrderStanding, Role, Submission, lowered_since};
use crate::clock::{NotPutRight, PutRight};
use crate::order::Order;
use crate::state::{Impossible, StepEvent, StepState};
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_ledger::{ClockSetBack, ContentHash, Ending, EntryHash, Event, Head, Moment, OrderId, ProposalId, PublicKey, Text};
use tenor_money::Money;

/// Roles of users who may approve.
const APPROVING: [&str; 2] = ["approver", "admin"];

/// Of a user who was none before.
const NEVER: Moment = Moment(jiff::Timestamp::MIN);

/// What a ledger says of orders, and of what decides about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    stopped: Option<Text>,
    keys: BTreeMap<PublicKey, Enrolled>,
    /// Which users were removed or lowered, and since when those who came may approve.
    lowered: BTreeMap<Text, Lowered>,
    agreements: BTreeMap<Text, ContentHash>,
    settings: BTreeMap<Text, ContentHash>,
    orders: BTreeMap<OrderId, Record>,
    /// By their ids alone: what else is said of them may be more another time.
    strangers: BTreeSet<(AccountId, String)>,
    /// How far the clock has come since an approver put it right; none where nobody had to.
    reached: Option<Moment>,
}

/// What a ledger says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it was recorded.
    pub created: Moment,
    /// The proposal that it carries out.
    pub proposal: ProposalId,
    /// That somebody made it.
    pub submission: Submission,
    /// That others agree, in the order of their signing.
    pub approvals: Vec<Approval>,
    /// Why somebody who may approve said no.
    pub rejected: Option<Text>,
    /// When.
    pub rejected_at: Option<Moment>,
    /// Why nothing more of it is to be sent, as it was said last.
    pub stopping: Option<Text>,
    /// How it ended, and when.
    pub ended: Option<(Moment, Ending)>,
    /// What became of its steps, the first one first.
    pub steps: Vec<Course>,
}

/// A ledger that says what cannot be. Nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Of an order that was never made.
    #[error("the ledger speaks of order {0}, which it has no beginning of")]
    NoOrder(OrderId),
    /// Made a second time.
    #[error("the ledger says twice that order {0} was made")]
    Twice(OrderId),
    /// Of a step that the order has not.
    #[error("the ledger speaks of step {step} of order {order}, which has {steps}")]
    NoStep {
        /// The order.
        order: OrderId,
        /// The step.
        step: u32,
        /// How many it has.
        steps: usize,
    },
    /// What cannot happen to a step.
    #[error("step {step} of order {order}")]
    Impossible {
        /// The order.
        order: OrderId,
        /// The step.
        step: u32,
        /// Why not.
        source: Impossible,
    },
    /// Said by nobody who may.
    #[error("the ledger says that the clock was put right")]
    Clock(#[source] NotPutRight),
    /// A role of keys that this version does not know.
    #[error("the ledger enrols key {key} as `{role}`, which is no role")]
    Role {
        /// The key.
        key: PublicKey,
        /// What it says.
        role: Text,
    },
}

impl BookError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "verify the ledger (tenor ledger verify); if it is whole, a newer Tenor wrote it: update this one"
    }
}

impl Book {
    /// The moment by which an entry counts that has this moment and this clock: once the clock was put right, what the clock said.
    #[must_use]
    pub fn counts_at(&self, moment: Moment, clock: Option<Moment>) -> Moment {
        self.reached.map_or(moment, |reached| clock.unwrap_or(moment).max(reached))
    }

    /// The same for the entry that is appended next, when the clock says `now`.
    #[must_use]
    pub fn counts_now(&self, head: &Head, now: Moment) -> Moment {
        let last = Moment(head.moment());
        self.counts_at(now.max(last), (now < last).then_some(now))
    }

    /// Whether the clock has passed the last entry, as far as it was put right. Whoever is about to begin something asks this first.
    ///
    /// # Errors
    /// When it is behind.
    pub fn check_clock(&self, head: &Head, now: Moment) -> Result<(), ClockSetBack> {
        check_clock(head, self.reached, now)
    }

    /// How far the clock has come since it was put right, if it was.
    #[must_use]
    pub const fn reached(&self) -> Option<Moment> {
        self.reached
    }

    /// Whether an event may stand in a place of a ledger, by the hashes of its first entry and of the one before; none is one that is not known. Whoever
    /// enters it asks this first: a book knows no chain.
    ///
    /// # Errors
    /// When it was signed for another place.
    pub fn check_place(event: &Event, first: Option<EntryHash>, previous: Option<EntryHash>) -> Result<(), BookError> {
        PutRight::of(event).map_or(Ok(()), |said| said.check_place(first, previous)).map_err(BookError::Clock)
    }

    /// What the ledger says after one entry more, which counts by the moment `at` ([`counts_at`](Self::counts_at)).
    ///
    /// # Errors
    /// When it cannot be.
    pub fn enter(&mut self, at: Moment, event: &Event) -> Result<(), BookError> {
        self.reached = self.reached.map(|reached| reached.max(at));
        match event {
            Event::ClockPutRight { moment, .. } => {
                PutRight::of(event).map_or(Ok(()), |said| said.check(&self.keys, at)).map_err(BookError::Clock)?;
                self.go_on_from(*moment);
            }
            Event::KillSwitch { stopped, reason } => self.stopped = stopped.then(|| reason.clone()),
            Event::KeyEnrolled { key, name, role } => {
                let role = Role::named(role.as_str()).ok_or_else(|| BookError::Role { key: *key, role: role.clone() })?;
                self.keys.insert(*key, Enrolled { person: name.clone(), role, revoked: None });
            }
            Event::KeyRevoked { key, .. } => {
                if let Some(enrolled) = self.keys.get_mut(key) {
                    enrolled.revoked = Some(at);
                }
            }
            Event::UserRemoved { user } => {
                self.lowered.insert(user.clone(), Lowered { at, raised: None });
            }
            Event::UserAdded { user, role } => {
                self.enter_role(at, user, role);
                // Who was nobody until now has agreed to nothing before.
                self.lowered.entry(user.clone()).or_insert(Lowered { at: NEVER, raised: Some(at) });
            }
            Event::UserChanged { user, role } => self.enter_role(at, user, role),
            Event::ConnectionMade { connection, agreement, .. } | Event::ConnectionChanged { connection, agreement } => {
                self.agreements.insert(connection.clone(), *agreement);
            }
            Event::ConnectionRemoved { connection } => drop(self.agreements.remove(connection)),
            Event::ConfigurationChanged { what, after: Some(after), .. } => drop(self.settings.insert(what.clone(), *after)),
            Event::ConfigurationChanged { what, after: None, .. } => drop(self.settings.remove(what)),
            Event::StrangerFound { account, commitment } => {
                let id = commitment.as_str().rsplit(' ').next().unwrap_or_default();
                self.strangers.insert((account.clone(), id.to_owned()));
            }
            other => self.enter_order(at, other)?,
        }
        Ok(())
    }

    /// What a user may do from now on. Who is an approver and was never known to be less is not written down.
    fn enter_role(&mut self, at: Moment, user: &Text, role: &Text) {
        if !APPROVING.contains(&role.as_str()) {
            self.lowered.insert(user.clone(), Lowered { at, raised: None });
        } else if let Some(lowered) = self.lowered.get_mut(user) {
            lowered.raised.get_or_insert(at);
        }
    }

    fn enter_order(&mut self, at: Moment, event: &Event) -> Result<(), BookError> {
        match event {
            Event::OrderCreated { order, proposal, steps, key, user, signature, .. } => {
                let submission = Submission { order: *order, key: *key, user: user.clone(), signature: *signature };
                let steps = vec![Course::default(); *steps as usize];
                let (proposal, approvals) = (*proposal, Vec::new());
                let record = Record {
                    created: at,
                    proposal,
                    submission,
                    approvals,
                    rejected: None,
                    rejected_at: None,
                    stopping: None,
                    ended: None,
                    steps,
                };
                if self.orders.insert(*order, record).is_some() {
                    return Err(BookError::Twice(*order));
                }
            }
            Event::Approved { order, policy, signed, expires, key, user, signature } => {
                let (policy, signed, expires) = (*policy, *signed, *expires);
                let approval = Approval { order: *order, policy, signed, expires, key: *key, user: user.clone(), signature: *signature };
                self.record(*order)?.approvals.push(approval);
            }
            Event::Rejected { order, reason } => {
                let record = self.record(*order)?;
                (record.rejected, record.rejected_at) = (Some(reason.clone()), Some(at));
            }
            Event::OrderStopping { order, reason } => {
                self.record(*order)?.stopping = Some(reason.clone());
                for step in 1..=u32::try_from(self.record(*order)?.steps.len()).expect("steps are few") {
                    let course = self.course(*order, step)?;
                    // What has come to its end is not stopped.
                    if !course.state().is_final() {
                        course.goes(*order, step, &[StepEvent::Stop])?;
                        course.said = Some((at, reason.clone()));
                    }
                }
            }
            Event::OrderEnded { order, ending } => self.record(*order)?.ended = Some((at, *ending)),
            other => {
                if let Some((order, step)) = step_of(other) {
                    self.course(order, step)?.enter(order, step, at, other)?;
                }
            }
        }
        Ok(())
    }

    /// What was recorded by a clock that was ahead counts as of the moment at which it was put right: nothing is in the future.
    fn go_on_from(&mut self, moment: Moment) {
        self.reached = Some(moment);
        let put = |at: &mut Moment| *at = (*at).min(moment);
        self.keys.values_mut().filter_map(|enrolled| enrolled.revoked.as_mut()).for_each(put);
        self.lowered.values_mut().flat_map(|lowered| [Some(&mut lowered.at), lowered.raised.as_mut()]).flatten().for_each(put);
        for record in self.orders.values_mut() {
            put(&mut record.created);
            // It would count on the day by which it was signed, whatever became of who signed it.
            record.approvals.retain(|approval| approval.signed <= moment);
            record.ended.iter_mut().for_each(|(at, _)| put(at));
            for course in &mut record.steps {
                for intent in &mut course.intents {
                    intent.moved |= intent.at > moment;
                    put(&mut intent.at);
                }
                course.calls.iter_mut().for_each(|call| put(&mut call.at));
                course.said.iter_mut().for_each(|(at, _)| put(at));
                course.done.iter_mut().for_each(put);
            }
        }
    }

    fn record(&mut self, order: OrderId) -> Result<&mut Record, BookError> {
        self.orders.get_mut(&order).ok_or(BookError::NoOrder(order))
    }

    fn course(&mut self, order: OrderId, step: u32) -> Result<&mut Course, BookError> {
        let record = self.record(order)?;
        let steps = record.steps.len();
        let place = usize::try_from(step).ok().and_then(|step| step.checked_sub(1));
        place.and_then(|place| record.steps.get_mut(place)).ok_or(BookError::NoStep { order, step, steps })
    }

    /// Steps whose call was about to leave when this was recorded: whoever takes up the work finds out what became of them.
    pub fn under_way(&self) -> impl Iterator<Item = (OrderId, u32)> {
        let steps =
            self.orders.iter().flat_map(|(order, record)| (1..).zip(&record.steps).map(|(number, course)| (*order, number, course)));
        let is = |course: &Course| matches!(course.state(), StepState::Intended | StepState::Sent | StepState::SentAgain);
        steps.filter(move |(_, _, course)| is(course)).map(|(order, number, _)| (order, number))
    }

    /// Why nothing may be sent, while the kill switch is set.
    #[must_use]
    pub const fn stopped(&self) -> Option<&Text> {
        self.stopped.as_ref()
    }

    /// Whose the keys are.
    #[must_use]
    pub const fn keys(&self) -> &BTreeMap<PublicKey, Enrolled> {
        &self.keys
    }

    /// Which users were removed or lowered, or came, and since when those of them may approve who do.
    #[must_use]
    pub const fn lowered(&self) -> &BTreeMap<Text, Lowered> {
        &self.lowered
    }

    /// Whether what an approval counts by was there and is: its key was not revoked, and its user was an approver and is one ever since.
    #[must_use]
    pub fn stands(&self, approval: &Approval) -> bool {
        let is_enrolled = self.keys.get(&approval.key).is_some_and(|held| held.revoked.is_none());
        is_enrolled && lowered_since(&self.lowered, approval).is_none()
    }

    /// What is agreed on for a connection now.
    #[must_use]
    pub fn agreement(&self, connection: &Text) -> Option<ContentHash> {
        self.agreements.get(connection).copied()
    }

    /// The hash of a setting as it is now.
    #[must_use]
    pub fn setting(&self, what: &Text) -> Option<ContentHash> {
        self.settings.get(what).copied()
    }

    /// Whether a purchase that no order made is recorded already, by its id.
    #[must_use]
    pub fn knows_stranger(&self, account: &AccountId, id: &str) -> bool {
        self.strangers.contains(&(account.clone(), id.to_owned()))
    }

    /// An order.
    #[must_use]
    pub fn order(&self, order: OrderId) -> Option<&Record> {
        self.orders.get(&order)
    }

    /// All orders, by their ids.
    pub fn orders(&self) -> impl Iterator<Item = (OrderId, &Record)> {
        self.orders.iter().map(|(order, record)| (*order, record))
    }

    /// What steps of any order in a currency have obliged to since a moment, or may have, and all of which nobody knows when; without one step. Two
    /// currencies are never added. `contents` has every order that has begun.
    ///
    /// # Errors
    /// [`BookError::NoOrder`] when the content of one is missing: what it obliged to is not nothing.
    pub fn obliged(
        &self,
        contents: &BTreeMap<OrderId, Order>,
        currency: &Text,
        since: Moment,
        without: (OrderId, u32),
    ) -> Result<Money, BookError> {
        let mut sum = 0_i128;
        for (id, record) in &self.orders {
            for (number, course) in (1_u32..).zip(&record.steps) {
                let is_recent = course.intents.last().is_some_and(|intent| intent.moved || intent.at >= since);
                if (*id, number) == without || !is_recent || !course.state().may_have_cost() {
                    continue;
                }
                let order = contents.get(id).ok_or(BookError::NoOrder(*id))?;
                let step = order.step(number).ok_or(BookError::NoOrder(*id))?;
                if order.currency() == currency {
                    sum = sum.saturating_add(step.obligation.units());
                }
            }
        }
        Ok(Money::from_units(sum))
    }
}

impl Record {
    /// Where it stands.
    #[must_use]
    pub const fn standing(&self) -> OrderStanding {
        match (&self.ended, &self.rejected) {
            (Some(_), _) => OrderStanding::Ended,
            (None, Some(_)) => OrderStanding::Rejected,
            (None, None) => OrderStanding::Waiting,
        }
    }

    /// Whether anything of it may still be begun: nobody rejected it, it did not end, and it was not stopped.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.standing(), OrderStanding::Waiting) && !self.steps.iter().all(|course| course.state().is_final())
    }

    /// Whether a run has something to do to which nobody has to agree: to find out what became of a call, or to record that all has come to its end.
    #[must_use]
    pub fn is_to_be_settled(&self) -> bool {
        use StepState as S;
        let is_out = |course: &Course| matches!(course.state(), S::Intended | S::Sent | S::Unknown | S::CheckedAgain | S::SentAgain);
        self.ended.is_none() && (self.steps.iter().any(is_out) || self.steps.iter().all(|course| course.state().is_final()))
    }
}

/// Whether the clock has passed what the ledger has come to, or what it has come to since it was put right.
pub(crate) fn check_clock(head: &Head, reached: Option<Moment>, now: Moment) -> Result<(), ClockSetBack> {
    match reached {
        None => head.check_clock(now.0),
        Some(reached) if now < reached => Err(ClockSetBack { clock: now.0, last: reached.0 }),
        Some(_) => Ok(()),
    }
}

/// Of which step an event tells.
const fn step_of(event: &Event) -> Option<(OrderId, u32)> {
    match event {
        Event::StepIntended { order, step, .. }
        | Event::StepDone { order, step, .. }
        | Event::StepRefused { order, step, .. }
        | Event::StepUnknown { order, step, .. }
        | Event::StepPutBack { order, step, .. }
        | Event::StepFailed { order, step, .. }
        | Event::StepHeld { order, step, .. }
        | Event::StepResolved { order, step, .. }
        | Event::StepUndone { order, step, .. }
        | Event::GuardRefused { order, step: Some(step), .. }
        | Event::Called { order: Some(order), step: Some(step), .. } => Some((*order, *step)),
        _ => None,
    }
}
