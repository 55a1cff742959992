//! What AWS does not document and no bill has settled yet, as named choices with our defaults.

use crate::commitment::Term;
use tenor_bill::Hour;

/// The open choices of a simulation. Source: `aws-rules` §9. What is open and has no choice here is named as a [`crate::Gap`] where it
/// matters: factors of sized metals (U14), Database plans beside reservations (U5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which of several reservations that match the same usage is used first (U2).
    pub reservation_ties: Ties,
    /// Which of several plans with the same saving and rate is used first (U2).
    pub plan_ties: Ties,
    /// What a plan commits to in a clock hour of which it holds only a part (U1).
    pub plan_partial_hours: PartialHours,
}

/// The order of commitments that a rule leaves open. Rules: `docs/spec/rounding.md` 3.2 for reservations, 3.4 for plans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ties {
    /// The one that ends first, then by ARN: so for reservations on the one real bill that shows it, of October 2018.
    #[default]
    EarliestEnding,
    /// By ARN.
    ByArn,
}

/// Clock hours in which a plan begins or ends. Rule: `docs/spec/rounding.md` 5.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PartialHours {
    /// As with reservations the first counts whole and a partial last one not, so that a term has as many clock hours as hours.
    #[default]
    First,
    /// Both count whole.
    Whole,
    /// Only clock hours that are held from their first second to their last count.
    Nothing,
}

impl PartialHours {
    /// Whether a plan of this term commits to anything in a clock hour that the term touches.
    pub(crate) fn counts(self, term: Term, hour: Hour) -> bool {
        match self {
            Self::First => term.covers_hour(hour),
            Self::Whole => true,
            Self::Nothing => term.holds_all_of(hour),
        }
    }
}
