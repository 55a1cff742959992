//! Bills as they lie on disk: read back, summed and compared with AWS's identities and the ground truth.

mod identities;
mod layout;
mod read;
