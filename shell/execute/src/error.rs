//! Why an order cannot be run.

use crate::journal::JournalError;
use jiff::SignedDuration;
use tenor_ledger::{ContentHash, OrderId};
use tenor_order::{ApprovalError, BookError};

/// Why an order cannot be run. Nothing was sent because of it.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// There is none.
    #[error("there is no order {0}")]
    NoOrder(OrderId),
    /// What was held when it was made is not kept.
    #[error("what was held when order {0} was made is not kept any more")]
    NoInventory(OrderId),
    /// A content is kept that says nothing.
    #[error("the content {hash} cannot be read: {why}")]
    BadDocument {
        /// Which.
        hash: ContentHash,
        /// Why.
        why: String,
    },
    /// The clock is not to be believed.
    #[error("this machine's clock is {} s {} AWS's", ahead.unsigned_abs().as_secs(), if ahead.is_negative() { "behind" } else { "ahead of" })]
    ClockOff {
        /// By how much it is ahead of AWS's.
        ahead: SignedDuration,
    },
    /// Not enough people agree to it, here and now.
    #[error("the order may not run")]
    NotApproved(#[from] ApprovalError),
    /// The ledger says what cannot be.
    #[error("nothing can be decided by the ledger")]
    Book(#[from] BookError),
    /// The journal cannot be read or written.
    #[error("what happens cannot be recorded")]
    Journal(#[from] JournalError),
}

impl ExecuteError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::NoOrder(_) => "list the orders: tenor order list",
            Self::NoInventory(_) | Self::BadDocument { .. } => {
                "restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::ClockOff { .. } => {
                "set the clock right, then run the order again: what is recorded by a wrong clock stops orders later on"
            }
            Self::NotApproved(error) => error.hint(),
            Self::Book(error) => error.hint(),
            Self::Journal(error) => error.hint(),
        }
    }
}
