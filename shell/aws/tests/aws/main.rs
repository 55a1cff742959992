//! What this crate says to AWS, held against independent simulations of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics; clippy knows that of unit tests only")]

mod adapters;
mod client;
mod proved;
mod reading;
mod refusals;
mod sandboxed;
mod session;
