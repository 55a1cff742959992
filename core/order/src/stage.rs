//! Where an order stands, for people: one word, the same wherever it is told.

use crate::book::Record;
use crate::state::StepState;
use std::fmt;
use tenor_ledger::Ending;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nobody has signed it.
    Waits,
    /// Somebody has; whether that is enough is for [`approve`](crate::approve) to say.
    Signed,
    /// Of a step more is known than that it is planned.
    Running,
    /// A person has to say what became of a step.
    Held,
    /// Somebody who may approve said no.
    Rejected,
    /// It came to its end.
    Done,
    /// The same, but AWS was not paid for all of it.
    NotPaid,
    /// It was stopped.
    Stopped,
    /// Its time ran out.
    Expired,
}

impl Stage {
    /// In a word or three.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Signed => "signed",
            Self::Running => "running",
            Self::Held => "held",
            Self::Rejected => "rejected",
            Self::Done => "done",
            Self::NotPaid => "not paid for",
            Self::Stopped => "stopped",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Record {
    /// Where it stands, as people are told.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let has = |state: StepState| self.steps.iter().any(|course| course.state() == state);
        match (&self.ended, &self.rejected) {
            (Some((_, Ending::Done)), _) if has(StepState::Failed) => Stage::NotPaid,
            (Some((_, Ending::Done)), _) => Stage::Done,
            (Some((_, Ending::Stopped)), _) => Stage::Stopped,
            (Some((_, Ending::Expired)), _) => Stage::Expired,
            (None, Some(_)) => Stage::Rejected,
            (None, None) if has(StepState::Held) => Stage::Held,
            (None, None) if self.steps.iter().any(|course| course.state() != StepState::Planned) => Stage::Running,
            (None, None) if self.approvals.is_empty() => Stage::Waits,
            (None, None) => Stage::Signed,
        }
    }
}
