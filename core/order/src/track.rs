//! All that is known of a step: a fold over what happened to it, so that a restart finds the same again.

use crate::state::{Because, Impossible, StepEvent, StepState};

/// A step leaves no more often, repeated calls included.
pub const CALLS_MAX: u32 = 3;
/// So often a step may be found not done and planned anew; after that a person says what becomes of it.
pub const MISSES_MAX: u32 = 1;

/// Where a step is, and what of its past still decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Track {
    state: StepState,
    calls: u32,
    misses: u32,
    stop_wanted: bool,
}

impl Default for Track {
    fn default() -> Self {
        Self::NEW
    }
}

impl Track {
    /// Nothing has happened yet.
    pub const NEW: Self = Self { state: StepState::Planned, calls: 0, misses: 0, stop_wanted: false };

    /// What the step becomes.
    ///
    /// # Errors
    /// When the event cannot happen: in this state never, because the step was to be stopped, or because it was sent too often.
    pub fn after(self, event: StepEvent) -> Result<Self, Impossible> {
        use StepEvent as E;
        let state = self.state.after(event)?;
        let impossible = |because| Impossible { state: self.state, event, because };
        let leaves = matches!(event, E::Send | E::Repeat(_));
        if self.stop_wanted && (leaves || matches!(event, E::Pass)) {
            return Err(impossible(Because::Stopped));
        }
        if (leaves || matches!(event, E::Intend)) && self.calls >= CALLS_MAX {
            return Err(impossible(Because::Calls(self.calls)));
        }
        // Nothing below may refuse.
        // A process that died after the intent may have sent it.
        let left = leaves || (matches!(event, E::Restart) && matches!(self.state, StepState::Intended));
        let missed = matches!(event, E::Miss);
        let state = match state {
            // It was certainly not done, and is not to be.
            StepState::Planned if self.stop_wanted => StepState::Stopped,
            // Whoever looks twice in vain may not be able to see it.
            StepState::Planned if missed && self.misses >= MISSES_MAX => StepState::Held,
            state => state,
        };
        Ok(Self {
            state,
            calls: self.calls + u32::from(left),
            misses: self.misses + u32::from(missed),
            stop_wanted: self.stop_wanted || matches!(event, E::Stop),
        })
    }

    /// Where it is.
    #[must_use]
    pub const fn state(self) -> StepState {
        self.state
    }

    /// How often it left.
    #[must_use]
    pub const fn calls(self) -> u32 {
        self.calls
    }

    /// Whether it is to be stopped as soon as it is certain that AWS has not done it.
    #[must_use]
    pub const fn stop_wanted(self) -> bool {
        self.stop_wanted
    }
}
