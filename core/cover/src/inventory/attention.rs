//! What to look at first.

use super::commitment::Commitment;
use super::figures::BreakEven;
use std::borrow::Borrow;
use std::cmp::Reverse;

/// Why to look at a commitment, the most urgent first. What is over can no longer be helped and comes after all that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// It served nothing in the whole time asked for.
    Wasted,
    /// It costs more than on-demand would have.
    Losing,
    /// It ends within the horizon, and what it covers becomes on-demand.
    Expiring,
    /// A part of it served nothing.
    Idle,
    /// All of it is used.
    Fine,
}

impl Attention {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wasted => "wasted",
            Self::Losing => "losing",
            Self::Expiring => "expiring",
            Self::Idle => "idle",
            Self::Fine => "fine",
        }
    }
}

/// From which moment to look, and how far ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Seconds of the Unix epoch.
    pub as_of: i64,
    /// How soon an end is soon, in seconds.
    pub soon_seconds: i64,
}

impl Horizon {
    /// Whether a commitment's term is over. One whose end is not known is not.
    #[must_use]
    pub fn has_ended(&self, commitment: &Commitment) -> bool {
        commitment.facts.term.is_some_and(|term| term.end() <= self.as_of)
    }

    /// Whether it is held no more: its term is over, or its fees stopped before.
    #[must_use]
    pub fn is_over(&self, commitment: &Commitment) -> bool {
        commitment.is_gone || self.has_ended(commitment)
    }

    /// Whether it ends soon, and has not yet.
    #[must_use]
    pub fn is_expiring(&self, commitment: &Commitment) -> bool {
        !self.is_over(commitment) && self.remaining_seconds(commitment).is_some_and(|seconds| seconds <= self.soon_seconds)
    }

    /// How long it still runs, from now or from its start if that is to come; none where its end is not known.
    #[must_use]
    pub fn remaining_seconds(&self, commitment: &Commitment) -> Option<i64> {
        let term = commitment.facts.term?;
        Some((term.end() - self.as_of.max(term.start)).max(0))
    }

    /// Why to look at a commitment.
    #[must_use]
    pub fn attention(&self, commitment: &Commitment) -> Attention {
        if commitment.is_wasted() {
            Attention::Wasted
        } else if commitment.figures().break_even == BreakEven::Loses {
            Attention::Losing
        } else if self.is_expiring(commitment) {
            Attention::Expiring
        } else if commitment.is_idle() {
            Attention::Idle
        } else {
            Attention::Fine
        }
    }
}

/// Puts what needs attention first: what runs before what is over, then by [`Attention`], then what wastes most, then by id.
pub fn by_attention<C: Borrow<Commitment>>(commitments: &mut [C], horizon: Horizon) {
    commitments.sort_by_cached_key(|commitment| {
        let commitment: &Commitment = commitment.borrow();
        let urgency = (horizon.is_over(commitment), horizon.attention(commitment));
        (urgency, Reverse(commitment.sums.unused_cost), commitment.facts.id.clone())
    });
}
