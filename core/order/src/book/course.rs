//! What a ledger says of a step: what was to be asked, what was called, and what came of it.

use super::BookError;
use crate::proof::Proof;
use crate::state::{StepEvent, StepState};
use crate::track::Track;
use tenor_ledger::{ContentHash, Event, Moment, OrderId, PutBack, Resolution, Text};
use tenor_money::Money;

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Course {
    track: Track,
    pub(super) intents: Vec<Intent>,
    /// So many of them came to nothing, for certain.
    closed: usize,
    pub(super) calls: Vec<Call>,
    pub(super) said: Option<(Moment, Text)>,
    pub(super) done: Option<Moment>,
    result: Option<Text>,
    paid: Option<Money>,
    undone_by: Option<OrderId>,
}

/// What was to be asked of AWS, recorded before it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// When.
    pub at: Moment,
    /// The hash of the document that says all of it.
    pub request: ContentHash,
    /// The token or name that the call carries.
    pub token: Option<Text>,
    /// Whether it was recorded later than the clock was put right to: nobody knows when it was, and its money counts for every day.
    pub moved: bool,
}

/// A call that was sent for a step: its own, or one beside it, as of tags, which moves it nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was recorded.
    pub at: Moment,
    /// AWS's operation.
    pub operation: Text,
    /// What the entry says went wrong; none of a call that was done, or that no answer came to.
    pub error: Option<Text>,
}

impl Course {
    /// What was recorded of it, and can happen.
    pub(super) fn enter(&mut self, order: OrderId, step: u32, at: Moment, event: &Event) -> Result<(), BookError> {
        use StepEvent as E;
        use StepState as S;
        let state = self.track.state();
        let is_out = matches!(state, S::Sent | S::SentAgain);
        let told: &[E] = match event {
            // Behind the first call the same call leaves again, and may have left as soon as that is recorded.
            Event::StepIntended { .. } if state == S::Unknown => &[E::Pass, E::Repeat(Proof::recorded())],
            Event::StepIntended { .. } => &[E::Pass, E::Intend],
            Event::Called { .. } if state == S::Intended => &[E::Send],
            Event::StepDone { .. } if is_out => &[E::Answer],
            Event::StepDone { .. } => &[E::Find],
            Event::StepRefused { .. } => &[E::Decline],
            Event::StepUnknown { .. } if is_out => &[E::Lose],
            Event::StepUnknown { .. } if state == S::Intended => &[E::Restart],
            Event::StepPutBack { because: PutBack::Waits, .. } => &[E::Wait],
            Event::StepPutBack { because: PutBack::NotSent, .. } => &[E::NotSent],
            Event::StepPutBack { because: PutBack::NotDone, .. } => &[E::Miss],
            Event::StepHeld { .. } if state != S::Held => &[E::Give],
            Event::StepResolved { resolution: Resolution::Done, .. } => &[E::SayDone],
            Event::StepResolved { resolution: Resolution::NotDone, .. } => &[E::SayNotDone],
            Event::StepFailed { .. } => &[E::Fail],
            Event::StepUndone { .. } => &[E::Undo],
            Event::GuardRefused { .. } => &[E::Trip],
            _ => &[],
        };
        self.goes(order, step, told)?;
        self.note(at, event);
        Ok(())
    }

    pub(super) fn goes(&mut self, order: OrderId, step: u32, events: &[StepEvent]) -> Result<(), BookError> {
        for event in events {
            self.track = self.track.after(*event).map_err(|source| BookError::Impossible { order, step, source })?;
        }
        Ok(())
    }

    fn note(&mut self, at: Moment, event: &Event) {
        match event {
            Event::Called { operation, error, .. } => {
                self.calls.push(Call { at, operation: operation.clone(), error: error.clone() });
            }
            Event::StepIntended { request, token, .. } => {
                self.intents.push(Intent { at, request: *request, token: token.clone(), moved: false });
            }
            Event::StepPutBack { reason, .. } => {
                self.said = Some((at, reason.clone()));
                if matches!(self.state(), StepState::Planned | StepState::Stopped) {
                    self.closed = self.intents.len();
                }
            }
            Event::StepDone { result, paid, .. } => {
                (self.result, self.paid) = (Some(result.clone()), *paid);
                self.done = Some(at);
            }
            Event::StepResolved { resolution: Resolution::Done, reason, .. } => {
                self.said = Some((at, reason.clone()));
                self.done = Some(at);
            }
            Event::StepUndone { by, .. } => self.undone_by = Some(*by),
            Event::GuardRefused { rule, limit, value, .. } => {
                self.said = Some((at, Text::fitted(&format!("{rule}: allowed is {limit}, and this is {value}"))));
            }
            Event::StepRefused { code, reason, .. } => self.said = Some((at, Text::fitted(&format!("{code}: {reason}")))),
            Event::StepUnknown { reason, .. }
            | Event::StepHeld { reason, .. }
            | Event::StepFailed { reason, .. }
            | Event::StepResolved { reason, .. } => self.said = Some((at, reason.clone())),
            _ => {}
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn state(&self) -> StepState {
        self.track.state()
    }

    /// All that decides about what it can become.
    #[must_use]
    pub const fn track(&self) -> Track {
        self.track
    }

    /// What was to be asked, the first one first.
    #[must_use]
    pub fn intents(&self) -> &[Intent] {
        &self.intents
    }

    /// The calls that were sent for it, the first one first.
    #[must_use]
    pub fn called(&self) -> &[Call] {
        &self.calls
    }

    /// The first intent since it was last known not to be done: the call that went with it, or a later one, may have left.
    #[must_use]
    pub fn since_planned(&self) -> Option<&Intent> {
        self.intents.get(self.closed)
    }

    /// What was said of it last, and when.
    #[must_use]
    pub const fn said(&self) -> Option<&(Moment, Text)> {
        self.said.as_ref()
    }

    /// When it was recorded that AWS did it, or that a person says so.
    #[must_use]
    pub const fn done(&self) -> Option<Moment> {
        self.done
    }

    /// What AWS made or changed.
    #[must_use]
    pub const fn result(&self) -> Option<&Text> {
        self.result.as_ref()
    }

    /// What AWS took at once, where that is known.
    #[must_use]
    pub const fn paid(&self) -> Option<Money> {
        self.paid
    }

    /// Which order took it back.
    #[must_use]
    pub const fn undone_by(&self) -> Option<OrderId> {
        self.undone_by
    }
}
