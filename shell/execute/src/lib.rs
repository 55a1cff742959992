//! Runs orders step by step, each exactly once whatever crashes.
//!
//! The executor asks two ports: [`Aws`], and a [`Journal`] that makes durable what happened before anything depends on it. What a step may become is
//! `core/order`'s; what an unknown one is found to be, [`resolve`]'s. Time is an argument: nothing here waits by itself. `docs/spec/execution.md`
//! has the protocol.

mod aws;
mod held;
mod live;

pub use aws::{Aws, Outcome, Place, Recorded, Sent, Trail, Unread};
pub use held::{Held, Standing};
pub use live::LiveAws;
