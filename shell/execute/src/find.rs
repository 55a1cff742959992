//! What became of a call of which nobody knows: looked for, and recorded.

use crate::aws::{Place, Trail};
use crate::encoded::Encoded as _;
use crate::error::ExecuteError;
use crate::facts;
use crate::intent::Intent;
use crate::journal::Journal;
use crate::look::{Looked, UNTOLD};
use crate::resolve::{Found, Known, SKEW, is_nameless, resolve};
use crate::run::{Executor, Next, Progress};
use tenor_ledger::{Event, Moment, PutBack, Text};
use tenor_order::{CALLS_MAX, Course, NoProof, Order, Proof, Step, StepState};
use tenor_permit::Retry;

impl<J: Journal> Executor<'_, J> {
    /// Finds out what became of a call.
    pub(crate) async fn find_out(&mut self, order: &Order, step: &Step) -> Result<Next, ExecuteError> {
        let course = self.course(order.id(), step.number)?.clone();
        let now = self.now();
        let named = course.since_planned().ok_or(ExecuteError::NoOrder(order.id()))?;
        let (first, counted) = (self.intent(named)?, named.at);
        let last = self.left_last(&course, &first)?;
        let (place, key) = (Place::of(step), order.key(step));
        let held = self.aws.held(&place).await;
        let by_key = match &key {
            Some(key) => self.aws.by_key(step, key).await,
            None => Ok(None),
        };
        let earliest = first.at.min(counted).min(self.record(order.id())?.created);
        let trail = self.trail(step, earliest, last, now).await;
        let others = facts::own(&*self.journal, &place, first.at).ids;
        let mut known = Known {
            step,
            key: key.as_ref(),
            first: &first,
            counted,
            last,
            unknown: course.said().map_or(last, |(at, _)| last.max(*at)),
            held: held.as_deref(),
            others: &others,
            by_key,
            trail: trail.as_ref(),
            proof: self.proof(step, &course, first.at.min(counted), now),
            now,
        };
        let mut found = resolve(&known, &self.terms.patience);
        if let Found::Repeat(_) = found {
            match self.look(order, step).await {
                Ok(Looked { read, answer: Ok(_) }) => {
                    let intent = Intent::new(order, step, self.now(), None, read.held.unwrap_or_default());
                    self.intend(order, step, &intent)?;
                    return self.repeat(order, step, &first).await;
                }
                // Without enough approvals it may not leave again either; what became of it is still to be found out.
                Ok(_) | Err(ExecuteError::NotApproved(_)) => {
                    known.proof = Err(NoProof::Unknown);
                    found = resolve(&known, &self.terms.patience);
                }
                Err(error) => return Err(error),
            }
        }
        // That all shows by now which a nameless call made is measured by this clock, as anything is but that one is done.
        let is_timed = is_nameless(&known) || !matches!(found, Found::Done(_));
        if is_timed {
            self.check_clock(&step.account)?;
        }
        if is_timed && matches!(found, Found::Done(_) | Found::NotDone(_)) && self.aws.ahead(&step.account).is_none() {
            return Ok(self.later(step, Text::fitted(UNTOLD)));
        }
        self.conclude(order, step, found)
    }

    /// Looks once more, now that it is durable that the call leaves again, and sends it.
    async fn repeat(&mut self, order: &Order, step: &Step, first: &Intent) -> Result<Next, ExecuteError> {
        let (id, number) = (order.id(), step.number);
        let why = match self.look(order, step).await {
            Ok(Looked { answer: Ok(cleared), .. }) => {
                let next = self.send(order, step, cleared, first).await?;
                // Whatever broke does not mend in a moment, and calls are few.
                return Ok(if self.course(id, number)?.state() == StepState::Unknown {
                    self.later(step, Text::fitted("the same call was sent again, and nobody knows what came of it"))
                } else {
                    next
                });
            }
            Ok(Looked { answer: Err(refusals), .. }) => refusals.first().map_or_else(String::new, ToString::to_string),
            Err(error) => error.to_string(),
        };
        let reason = Text::fitted(&format!("it was not sent again: {why}"));
        self.write(&[Event::StepPutBack { order: id, step: number, because: PutBack::NotSent, reason: reason.clone() }], &[])?;
        Ok(self.later(step, reason))
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

    /// When the call left last, or may have: as was written down then. The book counts what a clock that was ahead recorded as of an earlier moment, by
    /// which a call that has just left would be old.
    fn left_last(&self, course: &Course, first: &Intent) -> Result<Moment, ExecuteError> {
        let Some(named) = course.intents().last() else { return Ok(first.at) };
        Ok(self.intent(named)?.at.max(named.at).max(first.at))
    }

    /// What was recorded before a call.
    fn intent(&self, named: &tenor_order::Intent) -> Result<Intent, ExecuteError> {
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

    /// Asks CloudTrail, where nothing else tells: from the earliest moment on that is known of the order, for the clock may have been ahead when the call
    /// left.
    async fn trail(&self, step: &Step, earliest: Moment, last: Moment, now: Moment) -> Option<Trail> {
        let is_late = now.0.duration_since(last.0) >= self.terms.patience.trail;
        let needs = step.operation().is_some_and(|operation| operation.retry == Retry::Never);
        if is_late || needs { Some(self.aws.trail(step, Moment(earliest.0 - SKEW)).await) } else { None }
    }
}
