//! The proof of a connection: what was seen when it was tried, and what follows from that. It calls nobody.
//!
//! A permission that could not be tried is not one that works, and one that is lacking never reads as "nothing there".

mod drift;
mod standing;
#[cfg(test)]
mod tests;

pub use drift::{Drift, RoleFound, drift};
pub use standing::{Observed, Seen, Standing, standings};

/// What came of assuming the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assumed {
    /// AWS lent credentials.
    Yes,
    /// AWS said no.
    Refused,
    /// Neither: no answer, or an error of another kind, in words.
    Failed(String),
}

/// The role assumed three times: with the connection's External ID, with another one, and with none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trials {
    /// With the connection's.
    pub right: Assumed,
    /// With another one.
    pub wrong: Assumed,
    /// With none.
    pub missing: Assumed,
}

/// Why a connection is not proved. A role that lets in whoever knows its name is as bad as one that lets in nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProved {
    /// The right External ID is refused.
    #[error("AWS does not let Tenor assume the role with the connection's External ID")]
    Refused,
    /// A wrong External ID is taken.
    #[error("the role can be assumed with a wrong External ID: its trust policy does not ask for the right one")]
    TakesWrong,
    /// No External ID is taken.
    #[error("the role can be assumed without an External ID: its trust policy does not ask for one")]
    TakesNone,
    /// It could not be found out.
    #[error("assuming the role {how} gave no clear answer: {what}")]
    Unclear {
        /// With which External ID.
        how: &'static str,
        /// What came instead.
        what: String,
    },
}

impl NotProved {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Refused => {
                "deploy the template of this connection, with its External ID, in the account; a role that was just made takes some seconds"
            }
            Self::TakesWrong | Self::TakesNone => "update the role from this connection's template; until then it is not used",
            Self::Unclear { .. } => "try again; Tenor does not use a role before all three trials have an answer",
        }
    }
}

impl Trials {
    /// Whether the role lets in whom it should and nobody else.
    ///
    /// # Errors
    /// When it does not, or that is not known; what lets strangers in is told first.
    pub fn proves(&self) -> Result<(), NotProved> {
        let unclear = |assumed: &Assumed, how| match assumed {
            Assumed::Failed(what) => Err(NotProved::Unclear { how, what: what.clone() }),
            _ => Ok(()),
        };
        match (&self.right, &self.wrong, &self.missing) {
            (_, _, Assumed::Yes) => Err(NotProved::TakesNone),
            (_, Assumed::Yes, _) => Err(NotProved::TakesWrong),
            (Assumed::Refused, _, _) => Err(NotProved::Refused),
            (right, wrong, missing) => {
                unclear(right, "with the External ID")?;
                unclear(wrong, "with a wrong External ID")?;
                unclear(missing, "without an External ID")
            }
        }
    }
}
