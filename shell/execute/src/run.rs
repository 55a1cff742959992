//! Runs an order: step by step, each looked at, recorded, looked at again, sent once, and recorded again.

use crate::aws::Aws;
use crate::error::ExecuteError;
use crate::facts::Demand;
use crate::journal::Journal;
use crate::terms::Terms;
use jiff::SignedDuration;
use tenor_aws::client::Clock;
use tenor_bill::AccountId;
use tenor_ledger::{Ending, Event, Moment, OrderId, Text};
use tenor_order::{Course, Order, Record, Refusal, Rule, StepState};

/// By so much this machine's clock may differ from AWS's: AWS refuses signatures that are older.
pub const CLOCK_OFF_MAX: SignedDuration = SignedDuration::from_mins(5);

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
    /// Whether anything may be sent at all. Without it everything but that is done.
    pub is_live: bool,
}

/// What to do after a step was taken a bit further.
pub(crate) enum Next {
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
        for step in self.order(id)?.steps() {
            self.check_clock(&step.account)?;
        }
        self.take_up()?;
        if !self.is_live {
            return self.rehearse(id).await;
        }
        self.settle().await?;
        let progress = self.go_on(id).await?;
        // Last, so that no step waits for it.
        self.tag(id).await?;
        Ok(progress)
    }

    /// Step by step, until there is something to be said of it.
    async fn go_on(&mut self, id: OrderId) -> Result<Progress, ExecuteError> {
        loop {
            let record = self.record(id)?;
            if let Some((_, ending)) = record.ended {
                // What was done and not paid for was not done.
                let is_unpaid = record.steps.iter().any(|course| course.state() == StepState::Failed);
                return Ok(Progress::Ended(if is_unpaid { Ending::Stopped } else { ending }));
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

    pub(crate) fn record(&self, id: OrderId) -> Result<&Record, ExecuteError> {
        self.journal.book().order(id).ok_or(ExecuteError::NoOrder(id))
    }

    pub(crate) fn order(&self, id: OrderId) -> Result<Order, ExecuteError> {
        self.journal.orders().get(&id).cloned().ok_or(ExecuteError::NoOrder(id))
    }

    pub(crate) fn course(&self, id: OrderId, number: u32) -> Result<&Course, ExecuteError> {
        let place = usize::try_from(number).expect("steps are few") - 1;
        self.record(id)?.steps.get(place).ok_or(ExecuteError::NoOrder(id))
    }

    /// Refuses to begin anything by a clock that is not AWS's, where AWS has said what time it is.
    pub(crate) fn check_clock(&self, account: &AccountId) -> Result<(), ExecuteError> {
        match self.aws.ahead(account) {
            Some(ahead) if ahead.abs() > CLOCK_OFF_MAX => Err(ExecuteError::ClockOff { ahead }),
            _ => Ok(()),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.now())
    }

    pub(crate) fn write(&mut self, events: &[Event], documents: &[String]) -> Result<(), ExecuteError> {
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
                refusals.push(Refusal { rule: Rule::Offering, limit, value, waits: false });
            }
            if refusals.is_empty()
                && let Ok(held) = &looked.read.held
            {
                refusals.extend(self.over_quota(&order, step, held).await?);
            }
            told.push((step.number, refusals));
        }
        Ok(Progress::Rehearsed(told))
    }
}
