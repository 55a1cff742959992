//! What a step can become. The function is total: every state with every event is either a state or an error that names both.

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
    /// It cannot be found out: a person has to say.
    Held,
    /// It was stopped before AWS did it.
    Stopped,
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
    /// The intent was made durable.
    Intend,
    /// The call leaves.
    Send,
    /// The same call leaves again, with the token or the name by which AWS knows it again.
    Repeat,
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
    /// Another order took it back.
    Undo,
    /// The order, or everything, was stopped.
    Stop,
    /// The process died and another one begins.
    Restart,
}

/// An event that cannot happen to a step in this state: whoever says so has lost track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {state} cannot {event}")]
pub struct Impossible {
    /// Where the step is.
    pub state: StepState,
    /// What was said to happen.
    pub event: StepEvent,
}

impl StepState {
    /// All of them, in the order in which a step goes through them.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Checked,
        Self::Intended,
        Self::Sent,
        Self::Unknown,
        Self::Held,
        Self::Done,
        Self::Refused,
        Self::Stopped,
        Self::Undone,
    ];

    /// What the step becomes.
    ///
    /// # Errors
    /// When the event cannot happen in this state.
    pub const fn after(self, event: StepEvent) -> Result<Self, Impossible> {
        use StepEvent as E;
        Ok(match (self, event) {
            (Self::Planned | Self::Checked, E::Pass) => Self::Checked,
            // The rails are looked at again after the intent is durable, right before the call.
            (Self::Planned | Self::Checked | Self::Intended, E::Trip) => Self::Refused,
            (Self::Planned | Self::Checked | Self::Intended, E::Stop) => Self::Stopped,
            (Self::Checked, E::Intend) => Self::Intended,
            (Self::Intended, E::Send) | (Self::Unknown, E::Repeat) => Self::Sent,
            (Self::Intended | Self::Sent, E::NotSent) | (Self::Unknown, E::Miss) => Self::Planned,
            (Self::Sent, E::Answer) | (Self::Unknown | Self::Held, E::Find) | (Self::Held, E::SayDone) => Self::Done,
            (Self::Sent, E::Decline) => Self::Refused,
            (Self::Sent, E::Lose) => Self::Unknown,
            (Self::Unknown, E::Give) => Self::Held,
            (Self::Held, E::SayNotDone) => Self::Stopped,
            (Self::Done, E::Undo) => Self::Undone,
            // What was checked has to be checked again. After an intent the call may have left.
            (Self::Planned | Self::Checked, E::Restart) => Self::Planned,
            (Self::Intended | Self::Sent | Self::Unknown, E::Restart) => Self::Unknown,
            (Self::Held | Self::Done | Self::Refused | Self::Stopped | Self::Undone, E::Restart) => self,
            _ => return Err(Impossible { state: self, event }),
        })
    }

    /// Whether AWS may have done it, so that its money counts as spent.
    #[must_use]
    pub const fn may_have_cost(self) -> bool {
        matches!(self, Self::Intended | Self::Sent | Self::Unknown | Self::Held | Self::Done)
    }

    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Refused | Self::Stopped | Self::Undone)
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
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Undone => "undone",
        }
    }
}

impl StepEvent {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Pass,
        Self::Trip,
        Self::Intend,
        Self::Send,
        Self::Repeat,
        Self::NotSent,
        Self::Answer,
        Self::Decline,
        Self::Lose,
        Self::Find,
        Self::Miss,
        Self::Give,
        Self::SayDone,
        Self::SayNotDone,
        Self::Undo,
        Self::Stop,
        Self::Restart,
    ];

    /// In words that follow `cannot`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass the guard rails",
            Self::Trip => "trip a guard rail",
            Self::Intend => "be intended",
            Self::Send => "be sent",
            Self::Repeat => "be sent again",
            Self::NotSent => "turn out not to have been sent",
            Self::Answer => "be answered",
            Self::Decline => "be declined",
            Self::Lose => "lose its answer",
            Self::Find => "be found done",
            Self::Miss => "be found not done",
            Self::Give => "be given to a person",
            Self::SayDone => "be said to be done",
            Self::SayNotDone => "be said not to be done",
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
