//! The simulator from outside: what it is told, and what it says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod explained;
mod laws;
mod random;
mod vectors;
mod world;
