//! What can be asked about proposals, as a port: which there are, what one says, what would be bought under other limits and fears, and a new one.
//!
//! Nothing is computed here; whoever answers keeps what it takes at hand, so that a person can move a slider and look.

use crate::lake::Refusal;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_ledger::ProposalId;
use tenor_money::{Money, Quantity};
use tenor_propose::proposal::{Candidate, Outcome, Policy, Portion, Proposal, Term, Upfront};
use tenor_state::By;

/// Answers questions about proposals, and makes them.
#[async_trait]
pub trait Proposals: Send + Sync {
    /// All that are kept.
    ///
    /// # Errors
    /// When nobody can tell which there are.
    async fn list(&self) -> Result<AllProposals, Refusal>;

    /// One of them; none where there is none of that id.
    ///
    /// # Errors
    /// When it is there and cannot be read, or was changed.
    async fn get(&self, id: ProposalId) -> Result<Option<Arc<WholeProposal>>, Refusal>;

    /// What its steps may come to, future by future and month by month, and what more or less lock-in would bring; none while that is still being
    /// computed.
    ///
    /// # Errors
    /// When the inputs that it was computed from cannot be read.
    async fn outlook(&self, id: ProposalId) -> Result<Option<Arc<ProposalOutlook>>, Refusal>;

    /// What would be bought instead if the policy were another; none while that is still being computed.
    ///
    /// It leaves out what takes longer than somebody waits: of the proposal's futures it draws few, looks less hard for purchases in them, tries no
    /// next-best choice in place of what it finds, and neither bounds nor changes what is held. What it finds is priced exactly in these futures.
    ///
    /// # Errors
    /// As [`outlook`](Self::outlook), and when such a policy makes no sense.
    async fn what_if(&self, id: ProposalId, knobs: &Knobs) -> Result<Option<Arc<WhatIf>>, Refusal>;

    /// Computes a proposal of what is known now, keeps it, and records that somebody had it made; none while it is still being computed.
    ///
    /// # Errors
    /// When there is too little to compute one of, or it cannot be kept.
    async fn make(&self, by: By) -> Result<Option<ProposalId>, Refusal>;
}

/// The proposals that are kept.
#[derive(Debug, Clone, Default)]
pub struct AllProposals {
    /// The newest first.
    pub proposals: Vec<ListedProposal>,
    /// What could not be read, and what became of the last one that was to be made.
    pub notes: Vec<ProposalNote>,
    /// Whether one is being computed.
    pub is_making: bool,
}

/// A proposal in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProposal {
    /// Its id: the hash of all of it.
    pub id: ProposalId,
    /// When it was recorded; none of one that the ledger does not tell of.
    pub made: Option<Timestamp>,
    /// The moment of the decision.
    pub as_of: String,
    /// How much it buys, by steps.
    pub steps: usize,
    /// How much of what is held it changes.
    pub changes: usize,
    /// What the steps save over the horizon, as expected.
    pub savings: Money,
    /// The same by the month, while all steps run; none where the document says no amounts.
    pub monthly_savings: Option<Money>,
    /// Hours of the horizon.
    pub horizon_hours: usize,
    /// All that is owed from the purchases to their ends.
    pub obligation: Money,
    /// How far it may be above the best there is, as a share of what buying nothing costs: `0.012345`.
    pub gap: String,
    /// Of all amounts.
    pub currency: String,
    /// What became of it.
    pub standing: ProposalStanding,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalStanding {
    /// An order was made of it.
    Ordered,
    /// It is recorded, none that is is newer, and no order was made of it.
    Newest,
    /// A newer one is there, or one that cannot be read.
    Older,
    /// The ledger does not tell of it.
    Unrecorded,
}

/// A proposal, whole.
#[derive(Debug, Clone)]
pub struct WholeProposal {
    /// What it says.
    pub proposal: Proposal,
    /// The same, byte for byte as it is kept.
    pub text: String,
    /// As in [`ListedProposal`].
    pub made: Option<Timestamp>,
    /// As in [`ListedProposal`].
    pub standing: ProposalStanding,
    /// Beside what AWS recommends, where somebody compared them: buying nothing first, then the proposal.
    pub compared: Vec<Candidate>,
    /// What of it could not be read.
    pub notes: Vec<ProposalNote>,
}

/// Something that whoever looks should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalNote {
    /// For everybody, in a sentence.
    pub told: String,
    /// Why, for admins alone: it may name files and what stands in them.
    pub cause: Option<String>,
}

impl ProposalNote {
    /// As whoever looks is told it.
    #[must_use]
    pub fn shown(&self, is_admin: bool) -> String {
        match self.cause.as_ref().filter(|_| is_admin) {
            Some(cause) => format!("{} {cause}", self.told),
            None => self.told.clone(),
        }
    }
}

/// What the steps of a proposal may come to.
#[derive(Debug, Clone)]
pub struct ProposalOutlook {
    /// In so many futures.
    pub scenarios: u32,
    /// What they come to.
    pub outcome: Outcome,
    /// How many futures the frontier was computed in.
    pub frontier_scenarios: u32,
    /// What the proposal comes to in those.
    pub proposed: Outcome,
    /// What would be bought if less were owed, or more; the least first.
    pub frontier: Vec<Outcome>,
}

/// An answer to what would be if.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// In so many futures: fewer than those of the proposal, so that nobody waits.
    pub scenarios: u32,
    /// What the proposal comes to in them.
    pub proposed: Outcome,
    /// What would be bought instead.
    pub instead: Outcome,
}

/// A limit that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// None.
    Free,
    /// At most so much.
    AtMost(Money),
}

/// What of a policy is asked to be otherwise; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knobs {
    /// Commitment per hour.
    pub hourly: Option<Cap>,
    /// Cash on the days of purchase.
    pub upfront: Option<Cap>,
    /// All that is owed from the purchases to their ends.
    pub obligation: Option<Cap>,
    /// How much the worst futures count.
    pub weight: Option<Quantity>,
    /// How much of each purchase has to be used.
    pub at_least: Option<Portion>,
    /// The only term.
    pub term: Option<Term>,
    /// The only way to pay.
    pub payment: Option<Upfront>,
}

impl Knobs {
    /// A policy with these knobs turned.
    #[must_use]
    pub fn under(&self, policy: &Policy) -> Policy {
        let cap = |asked: Option<Cap>, now: Option<Money>| match asked {
            None => now,
            Some(Cap::Free) => None,
            Some(Cap::AtMost(most)) => Some(most),
        };
        let mut changed = policy.clone();
        changed.limits.hourly = cap(self.hourly, policy.limits.hourly);
        changed.limits.upfront = cap(self.upfront, policy.limits.upfront);
        changed.limits.obligation = cap(self.obligation, policy.limits.obligation);
        changed.risk.weight = self.weight.unwrap_or(policy.risk.weight);
        changed.utilization.at_least = self.at_least.unwrap_or(policy.utilization.at_least);
        changed.terms = self.term.map_or_else(|| policy.terms.clone(), |term| vec![term]);
        changed.payments = self.payment.map_or_else(|| policy.payments.clone(), |payment| vec![payment]);
        changed
    }
}

impl ProposalStanding {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Newest => "newest",
            Self::Older => "older",
            Self::Unrecorded => "not recorded",
        }
    }
}
