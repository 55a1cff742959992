//! Why a part of an inventory is not known.

use crate::answer::AnswerError;
use crate::client::{BadEndpoint, CallError, EndpointKind};
use std::fmt;

/// Why a part is not known.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Unread {
    /// In a word.
    pub why: Why,
    /// In all its words; it names the operation.
    #[source]
    pub error: AnswerError,
}

/// Why a part is not known, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The role may not look.
    Denied,
    /// The service, or this of it, is not offered there.
    NotOffered,
    /// The region takes no credentials of this account: it is not switched on, or they are good for nothing.
    NotEnabled,
    /// Nobody answers there: the service is not offered, or the network does not reach it.
    Unreachable,
    /// Something else.
    Failed,
}

/// A service that knows neither the operation nor the account's right to the service. Sources: errors of EC2's API; the services' models.
const NOT_OFFERED: [&str; 5] =
    ["OptInRequired", "SubscriptionRequiredException", "UnknownOperationException", "InvalidAction", "UnsupportedOperation"];
/// Credentials that are good elsewhere. Source: AWS's common errors.
const NOT_ENABLED: [&str; 4] = ["AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"];

impl Unread {
    pub(super) fn new(error: AnswerError) -> Self {
        let has = |codes: &[&str]| error.code().is_some_and(|code| codes.contains(&code));
        let why = match &error {
            _ if error.is_denied() => Why::Denied,
            _ if has(&NOT_OFFERED) => Why::NotOffered,
            _ if has(&NOT_ENABLED) => Why::NotEnabled,
            AnswerError::Call(CallError::Endpoint(BadEndpoint::None { .. })) => Why::NotOffered,
            AnswerError::Call(CallError::Lost { source, .. }) if source.is_not_sent() => Why::Unreachable,
            _ => Why::Failed,
        };
        Self { why, error }
    }

    /// Whether nothing can be held there, for the partition has no such service: the one reason that leaves no gap.
    #[must_use]
    pub fn leaves_no_gap(&self) -> bool {
        matches!(&self.error, AnswerError::Call(CallError::Endpoint(BadEndpoint::None { kind: EndpointKind::Usual, .. })))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Denied => "the role may not look",
            Self::NotOffered => "not offered here",
            Self::NotEnabled => "the region takes no credentials of this account",
            Self::Unreachable => "nobody answers",
            Self::Failed => "the read failed",
        })
    }
}
