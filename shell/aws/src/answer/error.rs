//! Why there is no typed answer.

use crate::client::{CallError, Fate};

/// Why there is no typed answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The call has none.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The answer came without a member that it must have.
    #[error("{operation}: the answer has no {field}")]
    Missing {
        /// The operation.
        operation: String,
        /// Where the member would be.
        field: String,
    },
    /// The answer came with a member that is something else.
    #[error("{operation}: {field} is not {expected}")]
    Wrong {
        /// The operation.
        operation: String,
        /// Where the member is.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl AnswerError {
    /// Whether AWS did what it was asked. What answered and was not understood may have done it.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self {
            Self::Call(error) => error.fate(),
            Self::Missing { .. } | Self::Wrong { .. } => Fate::Unknown,
        }
    }

    /// AWS's error code, where AWS refused or failed.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Call(error) => error.code(),
            Self::Missing { .. } | Self::Wrong { .. } => None,
        }
    }

    /// AWS's words for why it refused or failed.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Call(error) => error.message(),
            Self::Missing { .. } | Self::Wrong { .. } => None,
        }
    }

    /// Whether AWS certainly did not look at what it was asked, and may do it when it is asked anew.
    #[must_use]
    pub fn is_unheard(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_unheard())
    }

    /// Whether AWS said that the caller may not.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.code().is_some_and(|code| DENIED.contains(&code))
    }
}

/// What services call it. Sources: errors of EC2's API, IAM's common errors, the services' own models.
const DENIED: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedForDependencyException",
    "AuthorizationError",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
];
