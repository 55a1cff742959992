//! AWS's Purchase Analyzer: what a plan would have done.

use super::recommended_plans::GenerationState;
use super::words::{AccountScope, SoldPlan, TermYears};
use crate::answer::{AnswerError, Input, PaymentOption, Share, Span, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_bill::AccountId;
use tenor_money::Money;

record! {
    /// An analysis in a list.
    pub AnalysisSummary {
        /// Its id.
        id: String = "AnalysisId",
        /// How it is.
        state: GenerationState = "AnalysisStatus",
        /// When it began.
        started: Timestamp = "AnalysisStartedTime",
        /// When it ended.
        completed: Option<Timestamp> = "AnalysisCompletionTime",
        /// When AWS expects it to end.
        expected: Option<Timestamp> = "EstimatedCompletionTime",
        /// Why it failed.
        error: Option<String> = "ErrorCode",
        /// What is analysed.
        settings: AnalysisSettings = "CommitmentPurchaseAnalysisConfiguration.SavingsPlansPurchaseAnalysisConfiguration",
    }
}

record! {
    /// An analysis.
    pub Analysis {
        /// Its id.
        id: String = "AnalysisId",
        /// How it is.
        state: GenerationState = "AnalysisStatus",
        /// When it began.
        started: Timestamp = "AnalysisStartedTime",
        /// When it ended.
        completed: Option<Timestamp> = "AnalysisCompletionTime",
        /// When AWS expects it to end.
        expected: Option<Timestamp> = "EstimatedCompletionTime",
        /// Why it failed.
        error: Option<String> = "ErrorCode",
        /// What is analysed.
        settings: AnalysisSettings = "CommitmentPurchaseAnalysisConfiguration.SavingsPlansPurchaseAnalysisConfiguration",
        /// What came of it, once it is done.
        outcome: Option<AnalysisOutcome> = "AnalysisDetails.SavingsPlansPurchaseAnalysisDetails",
    }
}

record! {
    /// What is analysed.
    pub AnalysisSettings {
        /// For whom.
        scope: Option<AccountScope> = "AccountScope",
        /// For which account.
        account: Option<AccountId> = "AccountId",
        /// `MAX_SAVINGS`, `CUSTOM_COMMITMENT` or `TARGET_AVERAGE_COVERAGE`.
        kind: String = "AnalysisType",
        /// Plans that would be bought.
        added: Vec<AnalysisPlan> = "SavingsPlansToAdd",
        /// Plans that would be gone.
        excluded: Vec<String> = "SavingsPlansToExclude",
        /// From which usage.
        span: Span = "LookBackTimePeriod",
        /// The coverage that is sought, in percent.
        coverage: Option<i64> = "SavingsPlansTargetCoverage",
    }
}

record! {
    /// A plan that would be bought.
    pub AnalysisPlan {
        /// What for.
        kind: Option<SoldPlan> = "SavingsPlansType",
        /// How long.
        term: Option<TermYears> = "TermInYears",
        /// How paid.
        payment: Option<PaymentOption> = "PaymentOption",
        /// Of an EC2 Instance plan, its region.
        region: Option<String> = "Region",
        /// Of an EC2 Instance plan, its family.
        family: Option<String> = "InstanceFamily",
        /// What it would commit to, for an hour; none where AWS is to say.
        commitment: Option<Money> = "SavingsPlansCommitment",
        /// Which offering.
        offering: Option<String> = "OfferingId",
    }
}

record! {
    /// What came of an analysis.
    pub AnalysisOutcome {
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// From how many hours.
        hours: Option<i64> = "LookbackPeriodInHours",
        /// Up to which usage.
        until: Option<Timestamp> = "LatestUsageTimestamp",
        /// What would be committed to, for an hour.
        commitment: Money = "HourlyCommitmentToPurchase",
        /// What is committed to now, for an hour.
        commitment_now: Option<Money> = "ExistingHourlyCommitment",
        /// How much of usage is covered, in percent.
        coverage_now: Option<Share> = "CurrentAverageCoverage",
        /// How much would be.
        coverage: Option<Share> = "EstimatedAverageCoverage",
        /// How much of it would be used.
        utilization: Option<Share> = "EstimatedAverageUtilization",
        /// What it would cost and save.
        costs: AnalysisCosts = "",
        /// Hour by hour.
        metrics: Vec<AnalysisHour> = "MetricsOverLookbackPeriod",
    }
}

record! {
    /// What an analysed purchase would cost and save.
    pub AnalysisCosts {
        /// What was spent on demand.
        on_demand_now: Option<Money> = "CurrentOnDemandSpend",
        /// The least in an hour.
        hour_min: Option<Money> = "CurrentMinimumHourlyOnDemandSpend",
        /// The most.
        hour_max: Option<Money> = "CurrentMaximumHourlyOnDemandSpend",
        /// On the average.
        hour_average: Option<Money> = "CurrentAverageHourlyOnDemandSpend",
        /// What would have been spent on demand.
        on_demand: Option<Money> = "EstimatedOnDemandCost",
        /// The same with what is held now.
        on_demand_with_held: Option<Money> = "EstimatedOnDemandCostWithCurrentCommitment",
        /// What the commitment would have cost.
        commitment_cost: Option<Money> = "EstimatedCommitmentCost",
        /// What would be paid at its start.
        upfront: Option<Money> = "UpfrontCost",
        /// What would have been saved.
        savings: Option<Money> = "EstimatedSavingsAmount",
        /// In percent.
        savings_share: Option<Share> = "EstimatedSavingsPercentage",
        /// In a month.
        monthly_savings: Option<Money> = "EstimatedMonthlySavingsAmount",
        /// Savings for what is paid, in percent.
        return_share: Option<Share> = "EstimatedROI",
    }
}

record! {
    /// What would have been in one hour.
    pub AnalysisHour {
        /// Which hour.
        start: Timestamp = "StartTime",
        /// What would have been paid on demand.
        on_demand_cost: Option<Money> = "EstimatedOnDemandCost",
        /// How much of usage is covered, in percent.
        coverage_now: Option<Share> = "CurrentCoverage",
        /// How much would have been.
        coverage: Option<Share> = "EstimatedCoverage",
        /// How much of the new commitment would have been used.
        utilization: Option<Share> = "EstimatedNewCommitmentUtilization",
    }
}

/// All analyses.
///
/// # Errors
/// [`AnswerError`].
pub async fn analyses(client: &Client) -> Result<Vec<AnalysisSummary>, AnswerError> {
    client.all("ce", "ListCommitmentPurchaseAnalyses", Input::new(), "AnalysisSummaryList").await
}

/// One analysis.
///
/// # Errors
/// [`AnswerError`].
pub async fn analysis(client: &Client, id: &str) -> Result<Analysis, AnswerError> {
    client.one("ce", "GetCommitmentPurchaseAnalysis", Input::new().with("AnalysisId", id), "").await
}
