//! The only crate that talks to AWS: credentials, and what is reached with them.
//!
//! What it never does: decide, keep a secret longer than AWS lends it, or write one anywhere.

pub mod answer;
pub mod changes;
pub mod client;
pub mod inventory;
pub mod proof;
pub mod reads;
pub mod s3;

pub use tenor_wire::Value;
