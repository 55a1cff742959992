//! Bills as they lie on disk: read back, summed and compared with AWS's identities and the ground truth.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod focus;
mod identities;
mod layout;
mod read;
mod replay;
mod wire;
