//! What a fee of a commitment is for.

/// What a fee of a commitment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeeKind {
    /// What is paid at once.
    Upfront,
    /// What is paid by the hour.
    Recurring,
    /// What comes back.
    Refund,
}
