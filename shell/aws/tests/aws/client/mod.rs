//! The client: against a scripted AWS with a clock of its own, against real sockets, and against simulations of others.

mod endpoints;
pub(crate) mod moto;
mod never;
mod repeated;
mod secrets;
mod socket;
pub(crate) mod world;
