//! What Cost Explorer is told to compute. It changes nothing of the owner's, and is sent once: AWS allows a few a day.

use crate::answer::input::number;
use crate::answer::{AnswerError, Input, PaymentOption, Span, record};
use crate::client::Client;
use crate::reads::explorer::{SoldPlan, TermYears};
use jiff::Timestamp;
use tenor_bill::AccountId;
use tenor_money::Money;

/// Recommendations of Savings Plans to be computed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateRecommendations;

record! {
    /// A computation of recommendations that has begun.
    pub Generating {
        /// Its id.
        id: String = "RecommendationId",
        /// When it began.
        started: Timestamp = "GenerationStartedTime",
        /// When AWS expects it to end.
        expected: Option<Timestamp> = "EstimatedCompletionTime",
    }
}

/// An analysis of a purchase of Savings Plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analyze {
    /// For one account alone; for the organization, where nothing is said.
    pub account: Option<AccountId>,
    /// What is sought.
    pub aim: Aim,
    /// Plans that would be bought.
    pub added: Vec<Added>,
    /// Plans that would be gone, by their ids.
    pub excluded: Vec<String>,
    /// From which usage.
    pub span: Span,
}

/// What an analysis seeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// The commitment that saves most.
    MaxSavings,
    /// What the given commitments do.
    Custom,
    /// The commitment that covers so many percent.
    Coverage(u8),
}

/// A plan that would be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// What for.
    pub kind: SoldPlan,
    /// How long.
    pub term: TermYears,
    /// How paid.
    pub payment: PaymentOption,
    /// Of an EC2 Instance plan, its region and family.
    pub family: Option<(String, String)>,
    /// What it would commit to, for an hour; none where AWS is to say.
    pub commitment: Option<Money>,
}

record! {
    /// An analysis that has begun.
    pub Analyzing {
        /// Its id.
        id: String = "AnalysisId",
        /// When it began.
        started: Timestamp = "AnalysisStartedTime",
        /// When AWS expects it to end.
        expected: Option<Timestamp> = "EstimatedCompletionTime",
    }
}

impl GenerateRecommendations {
    /// Has them computed.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<Generating, AnswerError> {
        client.one("ce", "StartSavingsPlansPurchaseRecommendationGeneration", Input::new(), "").await
    }
}

impl Added {
    fn input(&self) -> Input {
        let (region, family) = self.family.as_ref().map(|(region, family)| (region.as_str(), family.as_str())).unzip();
        Input::new()
            .with("SavingsPlansType", self.kind.clone())
            .with("TermInYears", self.term.clone())
            .with("PaymentOption", self.payment.in_capitals())
            .maybe("Region", region)
            .maybe("InstanceFamily", family)
            .maybe("SavingsPlansCommitment", self.commitment.map(number))
    }
}

impl Analyze {
    /// Begins it.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<Analyzing, AnswerError> {
        let (kind, coverage) = match self.aim {
            Aim::MaxSavings => ("MAX_SAVINGS", None),
            Aim::Custom => ("CUSTOM_COMMITMENT", None),
            Aim::Coverage(percent) => ("TARGET_AVERAGE_COVERAGE", Some(i64::from(percent))),
        };
        let settings = Input::new()
            .with("AccountScope", if self.account.is_some() { "LINKED" } else { "PAYER" })
            .maybe("AccountId", self.account.as_ref().map(AccountId::as_str))
            .with("AnalysisType", kind)
            .with("SavingsPlansToAdd", self.added.iter().map(Added::input).collect::<Vec<_>>())
            .some("SavingsPlansToExclude", &self.excluded)
            .with("LookBackTimePeriod", self.span.input(true))
            .maybe("SavingsPlansTargetCoverage", coverage);
        let settings = Input::new().with("SavingsPlansPurchaseAnalysisConfiguration", settings);
        let input = Input::new().with("CommitmentPurchaseAnalysisConfiguration", settings);
        client.one("ce", "StartCommitmentPurchaseAnalysis", input, "").await
    }
}
