//! When a call is sent again, and how long after.

use super::clock::Chance;
use super::error::{CallError, Fate};
use super::transport::TransportError;
use std::time::Duration;
use tenor_permit::Retry;

/// Attempts of a call that may be repeated, the first included.
const ATTEMPTS_MAX: u32 = 6;
/// The longest wait after the first attempt; it doubles.
const WAIT_FIRST: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What counts as "too fast", whatever the status.
const THROTTLED: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "SlowDown",
    "EC2ThrottledException",
];
/// What says that the clocks differ.
const SKEWED: [&str; 6] =
    ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"];
/// What says that credentials have ended.
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// Whether a code says that there were too many calls. Such a call was not done.
pub(super) fn is_throttled(code: &str) -> bool {
    THROTTLED.contains(&code)
}

/// Whether a code may come from clocks that differ.
pub(super) fn may_be_skew(code: &str) -> bool {
    SKEWED.contains(&code)
}

/// Whether a code says that credentials have ended.
pub(super) fn is_expired(code: &str) -> bool {
    EXPIRED.contains(&code)
}

/// The attempts of one call.
pub(super) struct Repeats {
    retry: Retry,
    attempts: u32,
    /// Clocks and credentials are put right once.
    is_corrected: bool,
}

/// What to do after an attempt that failed.
pub(super) enum Next {
    GiveUp(CallError),
    AfterWait(Duration),
}

/// An attempt that failed.
pub(super) struct Failed {
    pub(super) error: CallError,
    /// Whether what it failed of has been put right since: the clock's skew or the credentials.
    pub(super) is_corrected: bool,
}

impl Repeats {
    pub(super) fn new(retry: Retry) -> Self {
        Self { retry, attempts: 0, is_corrected: false }
    }

    /// The number of the attempt that begins.
    pub(super) fn begin(&mut self) -> u32 {
        self.attempts += 1;
        // Nothing may send such a call twice, whatever the rest of this module is changed to.
        assert!(self.attempts == 1 || self.retry != Retry::Never, "a call of class `never` is sent once");
        self.attempts
    }

    pub(super) fn after(&mut self, failed: Failed, chance: &dyn Chance) -> Next {
        let Failed { error, is_corrected } = failed;
        if self.retry == Retry::Never || self.attempts >= ATTEMPTS_MAX {
            return Next::GiveUp(error);
        }
        if is_corrected && !self.is_corrected {
            self.is_corrected = true;
            return Next::AfterWait(Duration::ZERO);
        }
        let is_passing = match &error {
            CallError::Fault { fault, .. } => is_throttled(&fault.code) || error.fate() == Fate::Unknown,
            // What is too large once is so again.
            CallError::Lost { source, .. } => *source != TransportError::TooLarge,
            _ => false,
        };
        if !is_passing {
            return Next::GiveUp(error);
        }
        let most = WAIT_FIRST.saturating_mul(1 << (self.attempts - 1)).min(WAIT_MAX);
        Next::AfterWait(Duration::from_millis(chance.up_to(u64::try_from(most.as_millis()).unwrap_or(u64::MAX))))
    }
}
