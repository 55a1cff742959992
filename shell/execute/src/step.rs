//! One step begun: looked at, recorded, looked at again, and sent.

use crate::aws::{Outcome, Place, Sent};
use crate::encoded::Encoded as _;
use crate::error::ExecuteError;
use crate::facts::{self, undone};
use crate::intent::Intent;
use crate::journal::Journal;
use crate::quota::advised;
use crate::resolve::{is_changed, is_new, too_much};
use crate::run::{Executor, Next, Progress};
use tenor_ledger::{Event, Moment, PutBack, Text};
use tenor_order::{Action, ApprovalError, CALLS_MAX, Cleared, Order, Reading, Refusal, Rule, Step, StepState, meets_same_need};
use tenor_permit::Retry;

impl<J: Journal> Executor<'_, J> {
    /// Looks, records what will be asked, looks again, and asks.
    pub(crate) async fn begin(&mut self, order: &Order, step: &Step) -> Result<Next, ExecuteError> {
        if let Some(why) = self.blocked(order, step) {
            return Ok(Next::Stop(Progress::Waits { step: step.number, until: None, why: vec![why] }));
        }
        if let Some(refusal) = self.too_often(order, step)? {
            return self.refuse(order, step, vec![refusal]);
        }
        let looked = self.look(order, step).await?;
        if let Err(refusals) = looked.answer {
            return self.refuse(order, step, refusals);
        }
        let held = looked.read.held.map_err(|unread| ExecuteError::BadDocument { hash: order.inventory(), why: unread.to_string() })?;
        let price = match &looked.read.facts.price {
            Reading::Read(_, price) => price.as_ref(),
            Reading::Unread(_) => None,
        };
        if let Some(refusal) = self.over_quota(order, step, &held).await? {
            return self.refuse(order, step, vec![refusal]);
        }
        let intent = Intent::new(order, step, self.now(), price, held.clone());
        self.intend(order, step, &intent)?;
        // From here on the call may leave, and so all is looked at once more: the disk may have taken its time.
        let again = match self.look(order, step).await {
            // Between the two looks an approval ran out, or was taken back.
            Err(ExecuteError::NotApproved(error)) => return self.refuse(order, step, vec![not_approved(&error)]),
            Err(error) => {
                // Whatever it was: the call never left.
                let reason = Text::fitted(&format!("it could not be looked at once more: {error}"));
                let (order, step) = (order.id(), step.number);
                self.write(&[Event::StepPutBack { order, step, because: PutBack::NotSent, reason }], &[])?;
                return Err(error);
            }
            Ok(looked) => looked,
        };
        let cleared = match again.answer {
            Ok(cleared) if again.read.held.as_ref().ok() == Some(&held) => cleared,
            Ok(_) => {
                let reason = Text::fitted("what is held changed while the intent was recorded");
                let put_back = Event::StepPutBack { order: order.id(), step: step.number, because: PutBack::Waits, reason: reason.clone() };
                self.write(&[put_back], &[])?;
                return Ok(self.later(step, reason));
            }
            Err(refusals) => return self.refuse(order, step, refusals),
        };
        self.send(order, step, cleared, &intent).await
    }

    /// Whether a step left so often that it leaves no more. It is certainly not done, so it is refused and not held.
    fn too_often(&self, order: &Order, step: &Step) -> Result<Option<Refusal>, ExecuteError> {
        let calls = self.course(order.id(), step.number)?.track().calls();
        let (limit, value) = (format!("{CALLS_MAX} calls"), format!("one that was sent {calls} times and never done"));
        Ok((calls >= CALLS_MAX).then_some(Refusal { rule: Rule::Calls, limit, value, waits: false }))
    }

    /// Why a step may not begin while another one is unknown: nobody could tell whose a new commitment is; and if the other one bought for the same need, it is
    /// met.
    fn blocked(&self, order: &Order, step: &Step) -> Option<Text> {
        let place = Place::of(step);
        let open =
            [StepState::Intended, StepState::Sent, StepState::Unknown, StepState::CheckedAgain, StepState::SentAgain, StepState::Held];
        facts::steps(self.journal.book(), &*self.journal)
            .filter(|(id, other, _)| (*id, other.number) != (order.id(), step.number))
            .filter(|(_, _, course)| open.contains(&course.state()))
            .find(|(id, other, _)| Place::of(other) == place || (*id != order.id() && meets_same_need(step, other)))
            .map(|(id, other, course)| {
                let (number, short, state) = (other.number, format!("{:.12}", id.to_string()), course.state());
                let way = if state == StepState::Held {
                    format!("tenor order resolve {short} {number} done|not-done --reason TEXT")
                } else {
                    format!("tenor order run {short} --live")
                };
                Text::fitted(&format!("step {number} of order {short} in {} is {state}: {way}", Place::of(other)))
            })
    }

    pub(crate) fn intend(&mut self, order: &Order, step: &Step, intent: &Intent) -> Result<(), ExecuteError> {
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

    /// It is tried again in a while.
    pub(crate) fn later(&self, step: &Step, why: Text) -> Next {
        let until = Some(Moment(self.clock.now() + self.terms.patience.again));
        Next::Stop(Progress::Waits { step: step.number, until, why: vec![why] })
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
    pub(crate) async fn send(&mut self, order: &Order, step: &Step, cleared: Cleared, first: &Intent) -> Result<Next, ExecuteError> {
        let key = order.key(step);
        let Sent { request_id, outcome } = advised(step, self.aws.send(cleared, key.as_ref()).await);
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
            Outcome::Done { result, paid } => match self.too_much(step, first).await {
                None => vec![called(None), Event::StepDone { order: id, step: number, result, paid }],
                Some(why) => {
                    let reason = Text::fitted(&format!("AWS says that it made {result}"));
                    vec![
                        called(None),
                        Event::StepUnknown { order: id, step: number, reason },
                        Event::StepHeld { order: id, step: number, reason: why },
                    ]
                }
            },
            Outcome::Refused { code, reason } if is_alone(step) => {
                // The network may have brought it twice: the second one is refused for want of what the first one took.
                let is_doubtful = is_scarce(&code) || self.found_new(step, first).await.is_some();
                let event = if is_doubtful {
                    let reason = Text::fitted(&format!("AWS refused it ({code}): {reason}"));
                    Event::StepUnknown { order: id, step: number, reason }
                } else {
                    Event::StepRefused { order: id, step: number, code: code.clone(), reason }
                };
                vec![called(Some(code)), event]
            }
            Outcome::Refused { code, reason } => match self.is_changed(step, first).await {
                None if is_doubtful(step, &code) => {
                    let reason = Text::fitted(&format!("AWS refused it ({code}): {reason}"));
                    vec![called(Some(code)), Event::StepUnknown { order: id, step: number, reason }]
                }
                None => vec![called(Some(code.clone())), Event::StepRefused { order: id, step: number, code, reason }],
                // The network brought it to AWS twice, and the answer is the second one's.
                Some(result) => {
                    let reason = Text::fitted(&format!("AWS refused it ({code}), and it is done: {reason}"));
                    vec![
                        called(Some(code)),
                        Event::StepUnknown { order: id, step: number, reason },
                        Event::StepDone { order: id, step: number, result, paid: None },
                    ]
                }
            },
            Outcome::Already { code } => {
                let reason = Text::fitted(&format!("AWS says that it was done before: {code}"));
                vec![called(Some(code)), Event::StepUnknown { order: id, step: number, reason }]
            }
            Outcome::NotSent(reason) => {
                self.write(&[Event::StepPutBack { order: id, step: number, because: PutBack::NotSent, reason: reason.clone() }], &[])?;
                return Ok(self.later(step, reason));
            }
            Outcome::Lost(reason) => vec![called(None), Event::StepUnknown { order: id, step: number, reason }],
        };
        events.extend(self.undone(order, step, &events));
        self.write(&events, &[])?;
        Ok(Next::Again)
    }

    /// What a change of something held came to, where AWS lists it as changed.
    async fn is_changed(&self, step: &Step, first: &Intent) -> Option<Text> {
        let changes = matches!(step.action, Action::CancelQueued | Action::Return | Action::Modify | Action::Exchange);
        if !changes {
            return None;
        }
        let held = self.aws.held(&Place::of(step)).await.ok()?;
        is_changed(step, first, &held, self.now())
    }

    /// What is new beyond what a purchase without a token asked for: the network may have brought it to AWS twice.
    async fn too_much(&self, step: &Step, first: &Intent) -> Option<Text> {
        if !is_alone(step) {
            return None;
        }
        let place = Place::of(step);
        let held = self.aws.held(&place).await.ok()?;
        too_much(step, first, &held, &facts::own(&*self.journal, &place, first.at).ids)
    }

    /// What may be new in the place of a purchase without a token. A list that cannot be read is no sign that nothing is.
    async fn found_new(&self, step: &Step, first: &Intent) -> Option<Text> {
        let place = Place::of(step);
        match self.aws.held(&place).await {
            Ok(held) => is_new(step, first, &held, &facts::own(&*self.journal, &place, first.at).ids),
            Err(unread) => Some(unread.0),
        }
    }

    /// What another order did and this one took back.
    pub(crate) fn undone(&self, order: &Order, step: &Step, events: &[Event]) -> Vec<Event> {
        let is_done = events.iter().any(|event| matches!(event, Event::StepDone { .. }));
        if is_done { undone(&*self.journal, order, step) } else { Vec::new() }
    }
}

/// Whether a refusal may be the answer to a second delivery of a request that was done: AWS says then that what was to be changed is not as it
/// should be. With a token both have one answer; and who may not do it at all has not done it.
fn is_doubtful(step: &Step, code: &Text) -> bool {
    let is_known_again = step.operation().is_some_and(|operation| matches!(operation.retry, Retry::Token { .. }));
    let is_denied = ["Denied", "Unauthorized", "OptIn", "Auth"].iter().any(|word| code.as_str().contains(word));
    matches!(step.action, Action::CancelQueued | Action::Exchange | Action::CancelListing) && !is_known_again && !is_denied
}

/// Whether a step buys what AWS knows by nothing.
fn is_alone(step: &Step) -> bool {
    matches!(step.action, Action::Buy | Action::Queue) && step.operation().is_some_and(|operation| operation.retry == Retry::Never)
}

/// Whether a code says that there is too little of something: a quota, or what AWS has.
fn is_scarce(code: &Text) -> bool {
    ["LimitExceeded", "QuotaExceeded", "CountExceeded", "Insufficient", "Unavailable"].iter().any(|word| code.as_str().contains(word))
}

fn not_approved(error: &ApprovalError) -> Refusal {
    Refusal { rule: Rule::Approval, limit: "what enough people agree to now".to_owned(), value: error.to_string(), waits: false }
}

fn region_of(step: &Step) -> Text {
    Text::fitted(step.region.as_ref().map_or("-", |region| region.as_str()))
}
