//! Runs orders step by step, each exactly once whatever crashes.
//!
//! The executor asks two ports: [`Aws`], and a [`Journal`] that makes durable what happened before anything depends on it. What a step may become is
//! `core/order`'s; what an unknown one is found to be, [`resolve`]'s. Time is an argument: nothing here waits by itself. `docs/spec/execution.md`
//! has the protocol.

mod aws;
mod beside;
mod change;
mod encoded;
mod error;
mod facts;
mod find;
mod held;
mod intent;
mod journal;
mod kept;
mod live;
mod look;
mod make;
mod more;
mod proposed;
mod quota;
mod resolve;
mod run;
mod settle;
mod snapshot;
mod step;
mod tag;
mod terms;
#[cfg(test)]
mod tests;

pub use aws::{Aws, NoPrice, Outcome, Place, Recorded, Sent, Trail, Unread};
pub use change::{Change, Offered, Sought, on_held};
pub use encoded::Encoded;
pub use error::ExecuteError;
pub use facts::{Demand, undone};
pub use held::{Held, Standing};
pub use intent::Intent;
pub use journal::{Journal, JournalError};
pub use kept::Kept;
pub use live::{LiveAws, purchases};
pub use make::{Chosen, Made, Offers, Wanted, make, snapshot};
pub use quota::{Answer, Asked, Quota};
pub use resolve::{Found, Known, Patience, resolve};
pub use run::{CLOCK_OFF_MAX, Executor, Progress};
pub use snapshot::{Own, Snapshot, differs};
pub use terms::{Terms, TermsError};
