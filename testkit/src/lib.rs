//! What tests of several crates share: where the shared reading material lies, and an independent judge of FOCUS exports.
//!
//! Nothing here is part of the product, and nothing here is used by it.

pub mod focus;
pub mod shared;
