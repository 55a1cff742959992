//! IAM policy documents made of what is permitted, split so that IAM takes each.

mod document;
mod names;
#[cfg(test)]
mod tests;
mod trust;

pub use document::{
    Document, INLINE_CHARACTERS_MAX, MANAGED_CHARACTERS_MAX, MANAGED_POLICIES_MAX, PolicyError, Statement, documents, fit_inline,
};
pub(crate) use names::Names;
pub(crate) use trust::trust;
pub use trust::{TRUST_CHARACTERS_MAX, trust_policy};
