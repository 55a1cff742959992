//! What a step can become. The function is total: every state with every event is either a state or an error that names both.
//!
//! What depends on more than the state (stops that are remembered, calls and misses that are counted) is [`Track`](crate::Track)'s.

use crate::proof::Proof;
use std::fmt;

/// Where a step is. All of it is derived from the ledger, so a restart finds it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepState {
    /// Nothing was done.
    Planned,
    /// The guard rails let it through, in this process.
    Checked,
    /// What will be asked is durable, and was not asked yet.
    Intended,
    /// It was asked.
    Sent,
    /// AWS did it.
    Done,
    /// AWS or a guard rail refused it; AWS has not done it.
    Refused,
    /// Nobody knows whether AWS did it.
    Unknown,
    /// The same, and the guard rails let the same call through once more, in this process.
    CheckedAgain,
    /// The same, and the same call was sent once more. Whatever becomes of that call but an answer says nothing of the first.
    SentAgain,
    /// It cannot be found out: a person has to say.
    Held,
    /// It was stopped before AWS did it.
    Stopped,
    /// AWS did it, and its payment failed: nothing is owed.
    Failed,
    /// What was done was taken back by another order.
    Undone,
}

/// What happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepEvent {
    /// The guard rails let it through.
    Pass,
    /// A guard rail refused it.
    Trip,
    /// A guard rail refused it for now: something could not be read, or the hour is not right.
    Wait,
    /// The intent was made durable.
    Intend,
    /// The call leaves.
    Send,
    /// The same call leaves again, with the token or the name by which AWS knows it again, as the proof says.
    Repeat(Proof),
    /// It is certain that the call never left.
    NotSent,
    /// AWS says that it did it.
    Answer,
    /// AWS says that it will not.
    Decline,
    /// No answer came.
    Lose,
    /// It was found done.
    Find,
    /// It was found not done, for certain.
    Miss,
    /// It cannot be found out.
    Give,
    /// A person says that it was done.
    SayDone,
    /// A person says that it was not done.
    SayNotDone,
    /// AWS says that its payment failed.
    Fail,
    /// Another order took it back.
    Undo,
    /// The order, or everything, was stopped.
    Stop,
    /// The process died and another one begins.
    Restart,
}

/// An event that cannot happen to a step in this state: whoever says so has lost track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {state} cannot {event}{because}")]
pub struct Impossible {
    /// Where the step is.
    pub state: StepState,
    /// What was said to happen.
    pub event: StepEvent,
    /// Why not.
    pub because: Because,
}

/// Why an event cannot happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// In this state it never can.
    State,
    /// The step was to be stopped.
    Stopped,
    /// So often was it sent already.
    Calls(u32),
}

impl StepState {
    /// All of them, in the order in which a step goes through them.
    pub const ALL: [Self; 13] = [
        Self::Planned,
        Self::Checked,
        Self::Intended,
        Self::Sent,
        Self::Unknown,
        Self::CheckedAgain,
        Self::SentAgain,
        Self::Held,
        Self::Done,
        Self::Refused,
        Self::Stopped,
        Self::Failed,
        Self::Undone,
    ];

    /// What the step becomes, of which nothing but its state is known.
    ///
    /// # Errors
    /// When the event cannot happen in this state.
    pub(crate) const fn after(self, event: StepEvent) -> Result<Self, Impossible> {
        use StepEvent as E;
        Ok(match (self, event) {
            (Self::Planned | Self::Checked, E::Pass) => Self::Checked,
            (Self::Unknown | Self::CheckedAgain, E::Pass) => Self::CheckedAgain,
            // The rails are looked at again after the intent is durable, right before the call.
            (Self::Planned | Self::Checked | Self::Intended, E::Trip) => Self::Refused,
            (Self::Planned | Self::Checked | Self::Intended, E::Wait) => Self::Planned,
            (Self::Planned | Self::Checked | Self::Intended, E::Stop) => Self::Stopped,
            (Self::Checked, E::Intend) => Self::Intended,
            (Self::Intended, E::Send) => Self::Sent,
            (Self::CheckedAgain, E::Repeat(_)) => Self::SentAgain,
            (Self::Intended | Self::Sent, E::NotSent) | (Self::Unknown, E::Miss) => Self::Planned,
            (Self::Sent | Self::SentAgain, E::Answer) | (Self::Unknown | Self::Held, E::Find) | (Self::Held, E::SayDone) => Self::Done,
            // Somebody did it all the same, or it was said too early that it was not done: the money is spent.
            (Self::Planned | Self::Checked | Self::Refused | Self::Stopped | Self::Failed, E::Find) => Self::Done,
            (Self::Sent, E::Decline) => Self::Refused,
            (Self::Sent, E::Lose) | (Self::Unknown | Self::CheckedAgain, E::Trip | E::Wait) => Self::Unknown,
            // What became of the second call says nothing of the first, of which nobody knows.
            (Self::SentAgain, E::NotSent | E::Decline | E::Lose) => Self::Unknown,
            (Self::Unknown, E::Give) => Self::Held,
            (Self::Held, E::SayNotDone) => Self::Stopped,
            (Self::Done, E::Fail) => Self::Failed,
            (Self::Done, E::Undo) => Self::Undone,
            // It comes too late for the call; it is remembered for what comes after.
            (Self::Unknown | Self::CheckedAgain, E::Stop) => Self::Unknown,
            (Self::Sent | Self::SentAgain | Self::Held, E::Stop) => self,
            // What was checked has to be checked again. After an intent the call may have left.
            (Self::Planned | Self::Checked, E::Restart) => Self::Planned,
            (Self::Intended | Self::Sent | Self::Unknown | Self::CheckedAgain | Self::SentAgain, E::Restart) => Self::Unknown,
            (Self::Held | Self::Done | Self::Refused | Self::Stopped | Self::Failed | Self::Undone, E::Restart) => self,
            _ => return Err(Impossible { state: self, event, because: Because::State }),
        })
    }

    /// Whether AWS may have done it, so that its money counts as spent.
    #[must_use]
    pub const fn may_have_cost(self) -> bool {
        matches!(self, Self::Intended | Self::Sent | Self::Unknown | Self::CheckedAgain | Self::SentAgain | Self::Held | Self::Done)
    }

    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Refused | Self::Stopped | Self::Failed | Self::Undone)
    }

    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Checked => "checked",
            Self::Intended => "intended",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::CheckedAgain => "checked again",
            Self::SentAgain => "sent again",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }
}

impl StepEvent {
    /// All of them, with this proof where one is needed.
    #[must_use]
    pub const fn all(proof: Proof) -> [Self; 19] {
        [
            Self::Pass,
            Self::Trip,
            Self::Wait,
            Self::Intend,
            Self::Send,
            Self::Repeat(proof),
            Self::NotSent,
            Self::Answer,
            Self::Decline,
            Self::Lose,
            Self::Find,
            Self::Miss,
            Self::Give,
            Self::SayDone,
            Self::SayNotDone,
            Self::Fail,
            Self::Undo,
            Self::Stop,
            Self::Restart,
        ]
    }

    /// In words that follow `cannot`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass the guard rails",
            Self::Trip => "trip a guard rail",
            Self::Wait => "wait for a guard rail",
            Self::Intend => "be intended",
            Self::Send => "be sent",
            Self::Repeat(_) => "be sent again",
            Self::NotSent => "turn out not to have been sent",
            Self::Answer => "be answered",
            Self::Decline => "be declined",
            Self::Lose => "lose its answer",
            Self::Find => "be found done",
            Self::Miss => "be found not done",
            Self::Give => "be given to a person",
            Self::SayDone => "be said to be done",
            Self::SayNotDone => "be said not to be done",
            Self::Fail => "fail to be paid",
            Self::Undo => "be undone",
            Self::Stop => "be stopped",
            Self::Restart => "be taken up again",
        }
    }
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for StepEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State => Ok(()),
            Self::Stopped => f.write_str(": it was to be stopped"),
            Self::Calls(calls) => write!(f, ": it was sent {calls} times already"),
        }
    }
}
