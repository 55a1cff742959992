//! What this crate does to AWS, held against an independent simulation of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics; clippy knows that of unit tests only")]

mod live;
