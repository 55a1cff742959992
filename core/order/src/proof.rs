//! The proof that a call may leave a second time: AWS knows it again, and still does.

use jiff::SignedDuration;
use tenor_ledger::Moment;
use tenor_permit::{Operation, Retry};

/// AWS knows the same call again. Only [`Proof::of`] makes one, so nothing else is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof {
    by: By,
}

/// By what AWS knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// By our token, for so long as AWS keeps it.
    Token,
    /// By the name that we chose, for good.
    Name,
}

/// Why a call may not leave again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// It takes neither token nor name.
    #[error("AWS would take the same call for another one")]
    Unknown,
    /// AWS may have forgotten the token.
    #[error("the first call left at {sent}, and after {}h at most AWS may have forgotten its token", kept.as_hours())]
    Forgotten {
        /// When the call left first.
        sent: Moment,
        /// How long AWS is trusted to keep a token.
        kept: SignedDuration,
    },
    /// Nobody can tell how old the token is.
    #[error("the first call left at {sent}, and the clock says {now}")]
    Clock {
        /// When the call left first.
        sent: Moment,
        /// What the clock says.
        now: Moment,
    },
}

impl Proof {
    /// The proof for a call that left first at `sent`, where AWS is trusted to keep a token for so long.
    ///
    /// # Errors
    /// When AWS knows the call by nothing, or may have forgotten its token.
    pub fn of(operation: &Operation, sent: Moment, now: Moment, kept: SignedDuration) -> Result<Self, NoProof> {
        match operation.retry {
            Retry::NaturalKey { .. } => Ok(Self { by: By::Name }),
            Retry::Token { .. } if now < sent => Err(NoProof::Clock { sent, now }),
            Retry::Token { .. } if now.0.duration_since(sent.0) >= kept => Err(NoProof::Forgotten { sent, kept }),
            Retry::Token { .. } => Ok(Self { by: By::Token }),
            Retry::Read | Retry::Never => Err(NoProof::Unknown),
        }
    }

    /// That of a call of which the ledger says that it left: whether it might is no question any more.
    pub(crate) const fn recorded() -> Self {
        Self { by: By::Token }
    }

    /// By what AWS knows the call again.
    #[must_use]
    pub const fn by(&self) -> By {
        self.by
    }
}

impl NoProof {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unknown | Self::Forgotten { .. } => "look whether AWS did it, and give the step to a person when that cannot be told",
            Self::Clock { .. } => "set the clock right",
        }
    }
}
