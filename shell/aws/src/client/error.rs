//! Why a call has no answer, and whether AWS may have done it all the same.

use super::credentials::CredentialsFault;
use super::endpoint::BadEndpoint;
use super::meter::Refused;
use super::transport::TransportError;
use tenor_wire::{DecodeError, EncodeError, Fault};

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not in the catalogue, so it cannot be called.
    #[error("{operation} is not in the catalogue of what Tenor may call")]
    NotCatalogued {
        /// What was asked for.
        operation: String,
    },
    /// A change that has to carry its token or name, and does not.
    #[error("{operation} has no {parameter}, by which it could be asked again")]
    NoKey {
        /// The operation.
        operation: String,
        /// The member that is missing.
        parameter: &'static str,
    },
    /// An operation without pages was asked for them.
    #[error("{operation} has no pages")]
    NoPages {
        /// The operation.
        operation: String,
    },
    /// The same page twice, or too many.
    #[error("{operation} does not end: {pages} pages came")]
    EndlessPages {
        /// The operation.
        operation: String,
        /// Pages so far.
        pages: usize,
    },
    /// The model does not allow the request.
    #[error(transparent)]
    Request(#[from] EncodeError),
    /// The service is not where it was sought.
    #[error(transparent)]
    Endpoint(#[from] BadEndpoint),
    /// Nobody lends credentials.
    #[error("no credentials for {operation}")]
    Credentials {
        /// The operation.
        operation: String,
        /// Why.
        source: CredentialsFault,
    },
    /// The month's budget for calls does not have it, or it cannot be counted.
    #[error("{operation} was not sent")]
    Budget {
        /// The operation.
        operation: String,
        /// Why not.
        source: Refused,
    },
    /// The request cannot be signed.
    #[error("{operation} cannot be signed")]
    Sign {
        /// The operation.
        operation: String,
    },
    /// AWS refused or failed.
    #[error("{operation} failed{}", named(.fault.request_id.as_deref()))]
    Fault {
        /// The operation.
        operation: String,
        /// What AWS said.
        #[source]
        fault: Box<Fault>,
    },
    /// No answer came.
    #[error("{operation} has no answer")]
    Lost {
        /// The operation.
        operation: String,
        /// What broke.
        source: TransportError,
    },
    /// An attempt before the last may have done it.
    #[error("{operation} may have been done by an earlier attempt than the last")]
    Earlier {
        /// The operation.
        operation: String,
        /// What came of the last attempt.
        source: Box<CallError>,
    },
    /// An answer came that cannot be read.
    #[error("the answer cannot be read")]
    Garbled {
        /// What is wrong with it.
        source: DecodeError,
    },
}

fn named(request_id: Option<&str>) -> String {
    request_id.map(|id| format!(" (request {id})")).unwrap_or_default()
}

/// Whether a code says that AWS failed, by itself or by a service it needs, whatever the status.
fn is_failure(code: &str) -> bool {
    // Cost Explorer's word for having nothing to tell: an answer, which asked again is the same and charged again.
    if code == "DataUnavailableException" {
        return false;
    }
    code.starts_with("Internal") || code.contains("Unavailable") || code.starts_with("RequestTimeout") && code != "RequestTimeTooSkewed"
}

/// Whether AWS did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing left this machine.
    NotSent,
    /// AWS said no.
    Refused,
    /// It may have been done. Look before anything else.
    Unknown,
}

impl CallError {
    /// Whether AWS did it.
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self {
            Self::NotCatalogued { .. } | Self::NoKey { .. } | Self::NoPages { .. } | Self::Request(_) | Self::Endpoint(_) => Fate::NotSent,
            Self::Credentials { .. } | Self::Budget { .. } | Self::Sign { .. } => Fate::NotSent,
            Self::EndlessPages { .. } | Self::Garbled { .. } | Self::Earlier { .. } => Fate::Unknown,
            Self::Lost { source, .. } if source.is_not_sent() => Fate::NotSent,
            Self::Lost { .. } => Fate::Unknown,
            Self::Fault { fault, .. } if super::retry::is_throttled(&fault.code) => Fate::Refused,
            // Some services say that they failed with a status that blames the caller.
            Self::Fault { fault, .. } if is_failure(&fault.code) => Fate::Unknown,
            Self::Fault { fault, .. } if fault.status >= 500 || fault.status == 408 || fault.code.starts_with("HTTP ") => Fate::Unknown,
            Self::Fault { .. } => Fate::Refused,
        }
    }

    /// AWS's error code, by which errors are told apart.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Fault { fault, .. } => Some(&fault.code),
            Self::Earlier { source, .. } => source.code(),
            _ => None,
        }
    }

    /// Whether AWS said that it is not permitted, and nothing else.
    pub(crate) fn is_denied(&self) -> bool {
        let says_so = |code: &str| {
            code.starts_with("AccessDenied") || matches!(code, "UnauthorizedOperation" | "NotAuthorized" | "AuthorizationError")
        };
        self.fate() == Fate::Refused && self.code().is_some_and(says_so)
    }

    /// AWS's words beside its code.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Fault { fault, .. } => Some(&fault.message),
            Self::Earlier { source, .. } => source.message(),
            _ => None,
        }
    }

    /// Whether AWS certainly did not look at it, and may do it when it is asked anew: there were too many calls, the signature was out of its
    /// time, or nothing left.
    #[must_use]
    pub fn is_unheard(&self) -> bool {
        use super::retry::{is_expired, is_throttled, may_be_skew};
        match self {
            Self::Fault { fault, .. } => is_throttled(&fault.code) || is_expired(&fault.code) || may_be_skew(&fault.code),
            _ => self.fate() == Fate::NotSent,
        }
    }

    pub(super) fn fault(operation: &impl ToString, fault: Fault) -> Self {
        Self::Fault { operation: operation.to_string(), fault: Box::new(fault) }
    }
}
