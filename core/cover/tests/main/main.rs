//! The simulator from outside: what it is told, and what it says.

#![expect(clippy::unwrap_used, reason = "test code: what does not parse is a mistake in the test")]

mod vectors;
mod world;
