//! Something that is held, as far as a step can depend on it.

use serde::{Deserialize, Serialize};
use std::fmt;
use tenor_ledger::{Moment, Text, serial};
use tenor_order::{Action, Step};
use tenor_permit::RegionName;
use tenor_propose::proposal::{Kind, Term, Upfront};

/// Something that is, was or will be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// AWS's id, by which it is changed.
    pub id: Text,
    /// The name that its buyer chose, where its service takes one; of a plan that an order bought, the order's id and the step's number.
    pub name: Option<Text>,
    /// Where; none of a plan that holds everywhere.
    #[serde(with = "serial::optional")]
    pub region: Option<RegionName>,
    /// What for, in the words of an order's step.
    pub goods: Text,
    /// What it is; none of what this version does not know.
    pub kind: Option<Kind>,
    /// For how long; none of a term that is not sold any more, or of what was modified.
    pub term: Option<Term>,
    /// Paid how.
    pub payment: Option<Upfront>,
    /// How many, or the commitment by the hour, as an order says it.
    pub quantity: Text,
    /// How it stands.
    pub standing: Standing,
    /// When it begins or began.
    pub start: Option<Moment>,
    /// When it ends or ended.
    pub end: Option<Moment>,
    /// Until when it can be returned.
    pub returnable_until: Option<Moment>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It begins later, and can still be taken back.
    Queued,
    /// It was taken back before it began.
    Deleted,
    /// Its first payment is on the way.
    Pending,
    /// Its first payment failed: it never ran.
    Failed,
    /// It runs.
    Running,
    /// Its return is under way.
    Returning,
    /// It was returned.
    Returned,
    /// It ran, and does no more.
    Ended,
    /// A state that AWS did not have when this was written.
    Unknown,
}

impl Held {
    /// Whether it is what a step buys, whoever bought it and however many there are.
    #[must_use]
    pub fn is_like(&self, step: &Step) -> bool {
        let alike = (&self.region, &self.goods, self.kind, self.term, self.payment)
            == (&step.region, &step.goods, step.kind, step.term, step.payment);
        // What was modified has the rest of a term: no purchase makes such a thing.
        alike && self.term.is_some()
    }

    /// How many there are; none of a plan.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.quantity.as_str().parse().ok()
    }

    /// Whether it costs or will cost: a queued one does, unless somebody takes it back.
    #[must_use]
    pub const fn is_owed(&self) -> bool {
        !matches!(self.standing, Standing::Deleted | Standing::Failed | Standing::Returned | Standing::Ended)
    }
}

impl Standing {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Deleted => "deleted",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Ended => "ended",
            Self::Unknown => "in a state that this Tenor does not know",
        }
    }

    /// Whether an action on something is done when it stands so; none where that says nothing.
    pub(crate) const fn is_done(self, action: Action) -> Option<bool> {
        match action {
            Action::CancelQueued => Some(matches!(self, Self::Deleted)),
            Action::Return => Some(matches!(self, Self::Returning | Self::Returned)),
            // What is given up is not held any more.
            Action::Modify | Action::Exchange => Some(matches!(self, Self::Ended)),
            _ => None,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
