//! The simulator from outside: what it is told, what it says, and a second implementation of its rules that must say the same.

#![expect(clippy::unwrap_used, reason = "test code: what does not parse is a mistake in the test")]

mod agreement;
mod case;
mod examples;
mod laws;
mod naive;
mod report;
mod rules;
mod vectors;
mod world;
