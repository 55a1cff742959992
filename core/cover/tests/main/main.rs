//! The simulator from outside: what it is told, what it says, and a second implementation of its rules that must say the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod agreement;
mod case;
mod examples;
mod explained;
mod laws;
mod naive;
mod refused;
mod report;
mod rules;
mod unsettled;
