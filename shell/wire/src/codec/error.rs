//! What cannot be said, and what cannot be understood. Neither shows a value: it might be a secret.

/// A request or answer that the model does not allow. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A required member is not there.
    #[error("{path} is missing")]
    Missing {
        /// Operation and member.
        path: String,
    },
    /// A member that the model does not have.
    #[error("{path} is not in AWS's model")]
    Unknown {
        /// Operation and member.
        path: String,
    },
    /// A value of another kind.
    #[error("{path} is {found}, not {expected}")]
    Wrong {
        /// Operation and member.
        path: String,
        /// What the model has.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// A part of the path that would change which path it is.
    #[error("{path} is empty and stands in the path")]
    EmptyLabel {
        /// Operation and member.
        path: String,
    },
    /// More than a message may hold.
    #[error("{path}: the message is larger than 64 MiB")]
    TooLarge {
        /// Operation.
        path: String,
    },
}

/// A message that is not what the model says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not UTF-8, JSON, XML or a form, as the protocol wants.
    #[error("{path}: the message is not {expected}: {why}")]
    Garbled {
        /// Operation.
        path: String,
        /// The format.
        expected: &'static str,
        /// Where it stops being that.
        why: String,
    },
    /// A value of another kind.
    #[error("{path} is not {expected}")]
    Wrong {
        /// Operation and member.
        path: String,
        /// What the model has.
        expected: &'static str,
    },
    /// More than a message may hold.
    #[error("{path}: the message is larger than 64 MiB")]
    TooLarge {
        /// Operation.
        path: String,
    },
}

impl DecodeError {
    pub(super) fn garbled(path: &super::Path<'_>, expected: &'static str, why: impl ToString) -> Self {
        Self::Garbled { path: path.to_string(), expected, why: why.to_string() }
    }

    pub(super) fn wrong(path: &super::Path<'_>, expected: &'static str) -> Self {
        Self::Wrong { path: path.to_string(), expected }
    }
}
