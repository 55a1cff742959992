//! What tests of several crates share: where the shared reading material lies, an independent judge of FOCUS exports, a simulated S3, a simulated IAM.
//!
//! Nothing here is part of the product, and nothing here is used by it.

pub mod emulator;
pub mod focus;
pub mod judges;
pub mod moto;
pub mod shared;
pub mod sinks;
