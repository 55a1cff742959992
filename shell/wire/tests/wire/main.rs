//! The codec against botocore, against itself from both ends, and against whatever bytes may come.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics; clippy knows that of unit tests only")]

mod catalogue;
mod examples;
mod hostile;
mod judge;
mod judged;
mod random;
