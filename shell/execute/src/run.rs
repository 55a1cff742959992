//! Runs an order: step by step, each looked at, recorded, looked at again, sent once, and recorded again.

use crate::aws::{Aws, Outcome, Place, Sent, Trail};
use crate::facts::{self, Demand};
use crate::intent::Intent;
use crate::journal::{Journal, JournalError};
use crate::resolve::{Found, Known, Patience, resolve};
use std::collections::BTreeSet;
use tenor_aws::client::Clock;
use tenor_ledger::{ContentHash, Ending, Event, Moment, OrderId, PutBack, Text};
use tenor_order::{
    ApprovalError, Approved, Ballot, BookError, CALLS_MAX, Cleared, Course, NoProof, Order, OrderStanding, Proof, Rails, Record, Refusal,
    Step, StepState, approve, check_step,
};
use tenor_permit::Retry;

/// What the owner allows, and how long is waited for what.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The guard rails; the policy is in them.
    pub rails: Rails,
    /// Who may approve when they are logged in.
    pub persons: BTreeSet<Text>,
    /// How long is waited.
    pub patience: Patience,
    /// Whether anything may be sent at all. Without it everything but that is done.
    pub is_live: bool,
}

/// How far an order came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It ended: everything is done, or it was stopped and nothing is left to find out.
    Ended(Ending),
    /// Nothing was sent, for it was only rehearsed: what would become of each step that is not done.
    Rehearsed(Vec<(u32, Vec<Refusal>)>),
    /// It goes on later by itself.
    Waits {
        /// With which step.
        step: u32,
        /// When to try again, where that is known.
        until: Option<Moment>,
        /// For what.
        why: Vec<Text>,
    },
    /// A person has to say what became of a step: `tenor order resolve`.
    Held {
        /// Which.
        step: u32,
        /// What is known.
        why: Text,
    },
    /// A person has to do a step by hand, and to say so: `tenor order resolve`.
    ByHand {
        /// Which.
        step: u32,
    },
}

/// Why an order cannot be run. Nothing was sent because of it.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// There is none.
    #[error("there is no order {0}")]
    NoOrder(OrderId),
    /// What was held when it was made is not kept.
    #[error("what was held when order {0} was made is not kept any more")]
    NoInventory(OrderId),
    /// A content is kept that says nothing.
    #[error("the content {hash} cannot be read: {why}")]
    BadDocument {
        /// Which.
        hash: ContentHash,
        /// Why.
        why: String,
    },
    /// Not enough people agree to it, here and now.
    #[error("the order may not run")]
    NotApproved(#[from] ApprovalError),
    /// The ledger says what cannot be.
    #[error("nothing can be decided by the ledger")]
    Book(#[from] BookError),
    /// The journal cannot be read or written.
    #[error("what happens cannot be recorded")]
    Journal(#[from] JournalError),
}

impl ExecuteError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::NoOrder(_) => "list the orders: tenor order list",
            Self::NoInventory(_) | Self::BadDocument { .. } => "restore the last backup into an empty home: tenor restore",
            Self::NotApproved(error) => error.hint(),
            Self::Book(error) => error.hint(),
            Self::Journal(error) => error.hint(),
        }
    }
}

/// Runs orders on one journal and one account of AWS.
pub struct Executor<'a, J> {
    /// Where it is recorded.
    pub journal: &'a mut J,
    /// Who is asked.
    pub aws: &'a dyn Aws,
    /// Who knows the usage.
    pub demand: &'a dyn Demand,
    /// What time it is. It is never asked to wait.
    pub clock: &'a dyn Clock,
    /// What is allowed.
    pub terms: &'a Terms,
}

/// What to do after a step was taken a bit further.
enum Next {
    /// Look at the order again.
    Again,
    /// Say how far it came.
    Stop(Progress),
}

impl<J: Journal> Executor<'_, J> {
    /// Takes up the work of a process that died: what it was about to send is unknown from here on.
    ///
    /// # Errors
    /// When that cannot be recorded.
    pub fn take_up(&mut self) -> Result<(), ExecuteError> {
        let reason = Text::fitted("the process ended before an answer was recorded");
        let events: Vec<_> =
            self.journal.book().under_way().map(|(order, step)| Event::StepUnknown { order, step, reason: reason.clone() }).collect();
        if events.is_empty() { Ok(()) } else { self.write(&events, &[]) }
    }

    /// Runs an order as far as it goes now. Call it again when it says when, or when a person has done their part.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing is sent after one.
    pub async fn run(&mut self, id: OrderId) -> Result<Progress, ExecuteError> {
        self.take_up()?;
        if !self.terms.is_live {
            return self.rehearse(id).await;
        }
        loop {
            let record = self.record(id)?;
            if let Some((_, ending)) = record.ended {
                return Ok(Progress::Ended(ending));
            }
            let open = (1_u32..).zip(&record.steps).find(|(_, course)| !course.state().is_final()).map(|(number, _)| number);
            let is_stopped =
                record.steps.iter().any(|course| matches!(course.state(), StepState::Refused | StepState::Stopped | StepState::Failed));
            let next = match open {
                None => {
                    let ending = if is_stopped { Ending::Stopped } else { Ending::Done };
                    self.write(&[Event::OrderEnded { order: id, ending }], &[])?;
                    Next::Again
                }
                // What was refused may be what the rest was meant to go with.
                Some(_) if is_stopped && !self.is_stopping(id)? => {
                    let reason = Text::fitted("a step of the order was refused, stopped or not paid for");
                    self.write(&[Event::OrderStopping { order: id, reason }], &[])?;
                    Next::Again
                }
                Some(number) => self.advance(id, number).await?,
            };
            if let Next::Stop(progress) = next {
                return Ok(progress);
            }
        }
    }

    fn is_stopping(&self, id: OrderId) -> Result<bool, ExecuteError> {
        let open = self.record(id)?.steps.iter().filter(|course| !course.state().is_final());
        Ok(open.into_iter().all(|course| course.track().stop_wanted()))
    }

    fn record(&self, id: OrderId) -> Result<&Record, ExecuteError> {
        self.journal.book().order(id).ok_or(ExecuteError::NoOrder(id))
    }

    fn order(&self, id: OrderId) -> Result<Order, ExecuteError> {
        self.journal.orders().get(&id).cloned().ok_or(ExecuteError::NoOrder(id))
    }

    fn course(&self, id: OrderId, number: u32) -> Result<&Course, ExecuteError> {
        let place = usize::try_from(number).expect("steps are few") - 1;
        self.record(id)?.steps.get(place).ok_or(ExecuteError::NoOrder(id))
    }

    fn now(&self) -> Moment {
        Moment(self.clock.now())
    }

    fn write(&mut self, events: &[Event], documents: &[String]) -> Result<(), ExecuteError> {
        let now = self.now();
        Ok(self.journal.write(now, events, documents)?)
    }

    /// Takes a step a bit further.
    async fn advance(&mut self, id: OrderId, number: u32) -> Result<Next, ExecuteError> {
        let order = self.order(id)?;
        let step = order.step(number).ok_or(ExecuteError::NoOrder(id))?.clone();
        let course = self.course(id, number)?;
        match course.state() {
            StepState::Held => {
                let why = course.said().map_or_else(|| Text::fitted("nobody knows"), |(_, why)| why.clone());
                Ok(Next::Stop(Progress::Held { step: number, why }))
            }
            StepState::Planned if step.is_by_hand() => Ok(Next::Stop(Progress::ByHand { step: number })),
            StepState::Planned => self.begin(&order, &step).await,
            // Nothing else stays in the ledger between two looks at it.
            _ => self.find_out(&order, &step).await,
        }
    }

    /// Whether enough people agree now.
    fn approved(&self, order: &Order, now: Moment) -> Result<Approved, ExecuteError> {
        let record = self.record(order.id())?;
        let approvals = record.approvals.clone();
        let approved = self.with_ballot(order, now, |ballot| approve(order.clone(), record.submission.clone(), &approvals, ballot))?;
        Ok(approved?)
    }

    /// The ballot as it is this very moment; the kill switch is asked anew.
    fn with_ballot<T>(&self, order: &Order, now: Moment, ask: impl FnOnce(&Ballot<'_>) -> T) -> Result<T, ExecuteError> {
        let book = self.journal.book();
        let stopped = book.stopped().is_some() || self.journal.halted()?.is_some();
        let rails = Rails { stopped, ..self.terms.rails.clone() };
        let agreement = book.agreement(order.connection()).unwrap_or(ContentHash::from_bytes([0; 32]));
        let standing = book.order(order.id()).map_or(OrderStanding::Ended, Record::standing);
        let (keys, persons, head) = (book.keys(), &self.terms.persons, self.journal.head());
        Ok(ask(&Ballot { keys, persons, rails: &rails, agreement, standing, head, now }))
    }

    /// Reads everything and asks the guard rails.
    async fn look(&self, order: &Order, step: &Step) -> Result<Looked, ExecuteError> {
        let approved = self.approved(order, self.now())?;
        let read = facts::read(&*self.journal, self.aws, self.demand, order, step, self.now()).await?;
        let answer = self.with_ballot(order, read.facts.now, |ballot| check_step(&approved, step.number, ballot, &read.facts))?;
        Ok(Looked { read, answer })
    }

    /// What would become of the steps: everything but the calls.
    async fn rehearse(&mut self, id: OrderId) -> Result<Progress, ExecuteError> {
        let order = self.order(id)?;
        let mut told = Vec::new();
        for step in order.steps() {
            if self.course(id, step.number)?.state() != StepState::Planned || step.is_by_hand() {
                continue;
            }
            let looked = self.look(&order, step).await?;
            let mut refusals = looked.answer.err().unwrap_or_default();
            if refusals.is_empty()
                && let Err(unread) = self.aws.rehearse(step).await
            {
                let (limit, value) = ("what AWS would do".to_owned(), unread.to_string());
                refusals.push(Refusal { rule: tenor_order::Rule::Offering, limit, value, waits: false });
            }
            told.push((step.number, refusals));
        }
        Ok(Progress::Rehearsed(told))
    }

    /// Looks, records what will be asked, looks again, and asks.
    async fn begin(&mut self, order: &Order, step: &Step) -> Result<Next, ExecuteError> {
        if let Some(why) = self.blocked(order, step) {
            return Ok(Next::Stop(Progress::Waits { step: step.number, until: None, why: vec![why] }));
        }
        let looked = self.look(order, step).await?;
        if let Err(refusals) = looked.answer {
            return self.refuse(order, step, refusals);
        }
        let held = looked.read.held.map_err(|unread| ExecuteError::BadDocument { hash: order.inventory(), why: unread.to_string() })?;
        let price = match &looked.read.facts.price {
            tenor_order::Reading::Read(_, price) => Some(price),
            tenor_order::Reading::Unread(_) => None,
        };
        let intent = Intent::new(order, step, self.now(), price, held.clone());
        self.intend(order, step, &intent)?;
        // From here on the call may leave, and so all is looked at once more: the disk may have taken its time.
        let again = self.look(order, step).await?;
        let cleared = match again.answer {
            Ok(cleared) if again.read.held.as_ref().ok() == Some(&held) => cleared,
            Ok(_) => {
                let reason = Text::fitted("what is held changed while the intent was recorded");
                self.write(&[Event::StepPutBack { order: order.id(), step: step.number, because: PutBack::Waits, reason }], &[])?;
                return Ok(Next::Again);
            }
            Err(refusals) => return self.refuse(order, step, refusals),
        };
        self.send(order, step, cleared).await
    }

    /// Why a step may not begin while another one is unknown: nobody could tell whose a new commitment is.
    fn blocked(&self, order: &Order, step: &Step) -> Option<Text> {
        let place = Place::of(step);
        let open =
            [StepState::Intended, StepState::Sent, StepState::Unknown, StepState::CheckedAgain, StepState::SentAgain, StepState::Held];
        facts::steps(self.journal.book(), &*self.journal)
            .filter(|(id, other, _)| (*id, other.number) != (order.id(), step.number))
            .find(|(_, other, course)| open.contains(&course.state()) && Place::of(other) == place)
            .map(|(id, other, course)| Text::fitted(&format!("step {} of order {id} in {place} is {}", other.number, course.state())))
    }

    fn intend(&mut self, order: &Order, step: &Step, intent: &Intent) -> Result<(), ExecuteError> {
        let event = Event::StepIntended {
            order: order.id(),
            step: step.number,
            account: step.account.clone(),
            region: region_of(step),
            operation: intent.operation.clone(),
            request: intent.hash(),
            token: intent.key.clone(),
        };
        self.write(&[event], &[intent.encode()])
    }

    /// Records what refuses a step. One that waits is tried again later, unless something refuses it for good.
    fn refuse(&mut self, order: &Order, step: &Step, refusals: Vec<Refusal>) -> Result<Next, ExecuteError> {
        let (order, number) = (order.id(), step.number);
        let is_intended = self.course(order, number)?.state() == StepState::Intended;
        let why: Vec<Text> = refusals.iter().map(|refusal| Text::fitted(&refusal.to_string())).collect();
        if refusals.iter().any(|refusal| !refusal.waits) {
            // One moves the step; the others are told with the order.
            let told = |refusal: &Refusal, step| Event::GuardRefused {
                order,
                step,
                rule: Text::fitted(refusal.rule.as_str()),
                limit: Text::fitted(&refusal.limit),
                value: Text::fitted(&refusal.value),
            };
            let mut events: Vec<_> = refusals.iter().filter(|refusal| !refusal.waits).map(|refusal| told(refusal, None)).collect();
            events[0] = told(refusals.iter().find(|refusal| !refusal.waits).expect("there is one"), Some(number));
            self.write(&events, &[])?;
            return Ok(Next::Again);
        }
        if is_intended {
            let reason = why.first().cloned().unwrap_or_else(|| Text::fitted("a guard rail waits"));
            self.write(&[Event::StepPutBack { order, step: number, because: PutBack::Waits, reason }], &[])?;
        }
        Ok(Next::Stop(Progress::Waits { step: number, until: None, why }))
    }

    /// Sends the call and records what came of it.
    async fn send(&mut self, order: &Order, step: &Step, cleared: Cleared) -> Result<Next, ExecuteError> {
        let key = order.key(step);
        let Sent { request_id, outcome } = self.aws.send(cleared, key.as_ref()).await;
        let (id, number) = (order.id(), step.number);
        let called = |error: Option<Text>| Event::Called {
            order: Some(id),
            step: Some(number),
            account: step.account.clone(),
            region: region_of(step),
            operation: Text::fitted(&step.operation().map_or_else(String::new, ToString::to_string)),
            request_id: request_id.clone(),
            error,
        };
        let mut events = match outcome {
            Outcome::Done { result, paid } => vec![called(None), Event::StepDone { order: id, step: number, result, paid }],
            Outcome::Refused { code, reason } => {
                vec![called(Some(code.clone())), Event::StepRefused { order: id, step: number, code, reason }]
            }
            Outcome::Already { code } => {
                let reason = Text::fitted(&format!("AWS says that it was done before: {code}"));
                vec![called(Some(code)), Event::StepUnknown { order: id, step: number, reason }]
            }
            Outcome::NotSent(reason) => {
                self.write(&[Event::StepPutBack { order: id, step: number, because: PutBack::NotSent, reason: reason.clone() }], &[])?;
                let until = Some(Moment(self.clock.now() + self.terms.patience.again));
                return Ok(Next::Stop(Progress::Waits { step: number, until, why: vec![reason] }));
            }
            Outcome::Lost(reason) => vec![called(None), Event::StepUnknown { order: id, step: number, reason }],
        };
        events.extend(self.undone(order, step, &events));
        self.write(&events, &[])?;
        Ok(Next::Again)
    }

    /// What another order did and this one took back.
    fn undone(&self, order: &Order, step: &Step, events: &[Event]) -> Vec<Event> {
        let takes_back = matches!(step.action, tenor_order::Action::CancelQueued | tenor_order::Action::Return);
        if !takes_back || !events.iter().any(|event| matches!(event, Event::StepDone { .. })) {
            return Vec::new();
        }
        facts::steps(self.journal.book(), &*self.journal)
            .filter(|(id, _, course)| {
                *id != order.id() && course.state() == StepState::Done && facts::made(course).any(|made| made == step.object)
            })
            .map(|(id, other, _)| Event::StepUndone { order: id, step: other.number, by: order.id() })
            .collect()
    }

    /// Finds out what became of a call.
    async fn find_out(&mut self, order: &Order, step: &Step) -> Result<Next, ExecuteError> {
        let course = self.course(order.id(), step.number)?.clone();
        let now = self.now();
        let first = self.first_intent(&course)?;
        let last = course.intents().last().map_or(first.at, |intent| intent.at);
        let (place, key) = (Place::of(step), order.key(step));
        let held = self.aws.held(&place).await;
        let by_key = match &key {
            Some(key) => self.aws.by_key(step, key).await,
            None => Ok(None),
        };
        let trail = self.trail(step, first.at, last, now).await;
        let others = facts::own(&*self.journal, &place, first.at).ids;
        let mut known = Known {
            step,
            key: key.as_ref(),
            first: &first,
            last,
            held: held.as_deref(),
            others: &others,
            by_key,
            trail: trail.as_ref(),
            proof: self.proof(step, &course, first.at, now),
            now,
        };
        let mut found = resolve(&known, &self.terms.patience);
        if let Found::Repeat(_) = found {
            let looked = self.look(order, step).await?;
            match looked.answer {
                Ok(cleared) => {
                    let intent = Intent::new(order, step, self.now(), None, looked.read.held.unwrap_or_default());
                    self.intend(order, step, &intent)?;
                    return self.send(order, step, cleared).await;
                }
                Err(_) => {
                    known.proof = Err(NoProof::Unknown);
                    found = resolve(&known, &self.terms.patience);
                }
            }
        }
        self.conclude(order, step, found)
    }

    fn conclude(&mut self, order: &Order, step: &Step, found: Found) -> Result<Next, ExecuteError> {
        let (id, number) = (order.id(), step.number);
        let event = match found {
            Found::Done(result) => Event::StepDone { order: id, step: number, result, paid: None },
            Found::NotDone(reason) => Event::StepPutBack { order: id, step: number, because: PutBack::NotDone, reason },
            Found::Give(reason) => Event::StepHeld { order: id, step: number, reason },
            Found::Wait { until, why } => return Ok(Next::Stop(Progress::Waits { step: number, until: Some(until), why: vec![why] })),
            Found::Repeat(_) => unreachable!("a repeat is sent, or resolved without its proof"),
        };
        let mut events = vec![event];
        events.extend(self.undone(order, step, &events));
        self.write(&events, &[])?;
        Ok(Next::Again)
    }

    /// What was recorded before the first call that may have left since the step was last known not to be done.
    fn first_intent(&self, course: &Course) -> Result<Intent, ExecuteError> {
        let named = course.since_planned().ok_or(ExecuteError::NoOrder(OrderId::from_bytes([0; 32])))?;
        let document = self.journal.document(named.request)?;
        let bad = |why: String| ExecuteError::BadDocument { hash: named.request, why };
        Intent::read(&document.ok_or_else(|| bad("it is not kept".to_owned()))?).map_err(bad)
    }

    /// The proof that the same call may leave again.
    fn proof(&self, step: &Step, course: &Course, first: Moment, now: Moment) -> Result<Proof, NoProof> {
        let operation = step.operation().ok_or(NoProof::Unknown)?;
        if course.track().calls() >= CALLS_MAX || course.track().stop_wanted() {
            return Err(NoProof::Unknown);
        }
        Proof::of(operation, first, now, self.terms.patience.token)
    }

    /// Asks CloudTrail, where nothing else tells.
    async fn trail(&self, step: &Step, first: Moment, last: Moment, now: Moment) -> Option<Trail> {
        let is_late = now.0.duration_since(last.0) >= self.terms.patience.trail;
        let needs = step.operation().is_some_and(|operation| operation.retry == Retry::Never);
        if is_late || needs { Some(self.aws.trail(step, first).await) } else { None }
    }
}

/// What was read, and what the guard rails say of it.
struct Looked {
    read: facts::Read,
    answer: Result<Cleared, Vec<Refusal>>,
}

fn region_of(step: &Step) -> Text {
    Text::fitted(step.region.as_ref().map_or("-", |region| region.as_str()))
}
