//! What this crate says to AWS, held against independent simulations of it.

mod moto;
mod reading;
mod refusals;
mod session;
