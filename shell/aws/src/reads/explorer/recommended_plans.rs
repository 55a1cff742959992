//! Savings Plans that AWS recommends.

use super::analysis::AnalysisHour;
use super::filter::Filter;
use super::words::{AccountScope, Lookback, SoldPlan, TermYears};
use crate::answer::{AnswerError, Field, Input, PaymentOption, Read, Share, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_bill::AccountId;
use tenor_money::Money;

/// What is to be recommended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendedPlans {
    /// What for.
    pub kind: SoldPlan,
    /// How long.
    pub term: TermYears,
    /// How paid.
    pub payment: PaymentOption,
    /// For whom.
    pub scope: AccountScope,
    /// From how much of the past.
    pub lookback: Lookback,
    /// From which usage.
    pub filter: Filter,
}

record! {
    /// A plan that AWS recommends.
    pub PlanRecommendation {
        /// The account that would buy it.
        account: Option<AccountId> = "AccountId",
        /// What would be bought.
        offering: Option<String> = "SavingsPlansDetails.OfferingId",
        /// Of an EC2 Instance plan, its region.
        region: Option<String> = "SavingsPlansDetails.Region",
        /// Of an EC2 Instance plan, its family.
        family: Option<String> = "SavingsPlansDetails.InstanceFamily",
        /// What it would commit to, for an hour.
        commitment: Money = "HourlyCommitmentToPurchase",
        /// What would be paid at its start.
        upfront: Option<Money> = "UpfrontCost",
        /// What it would save in a month.
        monthly_savings: Option<Money> = "EstimatedMonthlySavingsAmount",
        /// What it would have saved in the past.
        savings: Option<Money> = "EstimatedSavingsAmount",
        /// In percent.
        savings_share: Option<Share> = "EstimatedSavingsPercentage",
        /// Savings for what is paid, in percent.
        return_share: Option<Share> = "EstimatedROI",
        /// What it would have cost in the past.
        cost: Option<Money> = "EstimatedSPCost",
        /// What would have been paid on demand besides.
        on_demand_cost: Option<Money> = "EstimatedOnDemandCost",
        /// What was paid on demand, with what is held now.
        on_demand_cost_now: Option<Money> = "EstimatedOnDemandCostWithCurrentCommitment",
        /// How much of it would have been used, in percent.
        utilization: Option<Share> = "EstimatedAverageUtilization",
        /// The least that was spent on demand in an hour.
        hour_min: Option<Money> = "CurrentMinimumHourlyOnDemandSpend",
        /// The most.
        hour_max: Option<Money> = "CurrentMaximumHourlyOnDemandSpend",
        /// On the average.
        hour_average: Option<Money> = "CurrentAverageHourlyOnDemandSpend",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// By which its detail is asked for.
        detail: Option<String> = "RecommendationDetailId",
    }
}

/// What AWS recommends, and when that was computed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanRecommendations {
    /// Its id.
    pub id: Option<String>,
    /// When it was computed; none where there is nothing to recommend.
    pub at: Option<Timestamp>,
    /// The plans: none is AWS's answer where it has nothing to recommend.
    pub plans: Vec<PlanRecommendation>,
}

record! {
    Page {
        id: Option<String> = "Metadata.RecommendationId",
        at: Option<Timestamp> = "Metadata.GenerationTimestamp",
        plans: Vec<PlanRecommendation> = "SavingsPlansPurchaseRecommendation.SavingsPlansPurchaseRecommendationDetails",
    }
}

/// A page that says something: recommendations, or at least when they were computed.
struct Strict(Page);

impl Read for Strict {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        if field.member("Metadata").value().is_none() {
            field.member("SavingsPlansPurchaseRecommendation").required()?;
        }
        Page::read(field).map(Self)
    }
}

record! {
    /// A recommendation with its hours.
    pub PlanRecommendationDetail {
        /// For whom.
        scope: AccountScope = "AccountScope",
        /// From how much of the past.
        lookback: Lookback = "LookbackPeriodInDays",
        /// What for.
        kind: SoldPlan = "SavingsPlansType",
        /// How long.
        term: TermYears = "TermInYears",
        /// How paid.
        payment: PaymentOption = "PaymentOption",
        /// The account that would buy it.
        account: Option<AccountId> = "AccountId",
        /// What would be bought.
        offering: Option<String> = "OfferingId",
        /// Of an EC2 Instance plan, its region.
        region: Option<String> = "Region",
        /// Of an EC2 Instance plan, its family.
        family: Option<String> = "InstanceFamily",
        /// When it was computed.
        at: Timestamp = "GenerationTimestamp",
        /// Up to which usage.
        until: Option<Timestamp> = "LatestUsageTimestamp",
        /// What it would commit to, for an hour.
        commitment: Money = "HourlyCommitmentToPurchase",
        /// What is committed to now, for an hour.
        commitment_now: Option<Money> = "ExistingHourlyCommitment",
        /// What would be paid at its start.
        upfront: Option<Money> = "UpfrontCost",
        /// What it would save in a month.
        monthly_savings: Option<Money> = "EstimatedMonthlySavingsAmount",
        /// How much of usage is covered, in percent.
        coverage_now: Option<Share> = "CurrentAverageCoverage",
        /// How much would be.
        coverage: Option<Share> = "EstimatedAverageCoverage",
        /// How much of it would be used.
        utilization: Option<Share> = "EstimatedAverageUtilization",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// Hour by hour.
        hours: Vec<AnalysisHour> = "MetricsOverLookbackPeriod",
    }
}

words! {
    /// How a computation is.
    pub GenerationState {
        /// It is done.
        Succeeded = "SUCCEEDED",
        /// It is under way.
        Processing = "PROCESSING",
        /// It failed.
        Failed = "FAILED",
    }
}

record! {
    /// A computation of recommendations.
    pub Generation {
        /// Its id.
        id: String = "RecommendationId",
        /// How it is.
        state: GenerationState = "GenerationStatus",
        /// When it began.
        started: Timestamp = "GenerationStartedTime",
        /// When it ended.
        completed: Option<Timestamp> = "GenerationCompletionTime",
        /// When AWS expects it to end.
        expected: Option<Timestamp> = "EstimatedCompletionTime",
    }
}

/// The plans that AWS recommends.
///
/// # Errors
/// [`AnswerError`].
pub async fn plan_recommendations(client: &Client, which: &RecommendedPlans) -> Result<PlanRecommendations, AnswerError> {
    let input = Input::new()
        .with("SavingsPlansType", which.kind.clone())
        .with("TermInYears", which.term.clone())
        .with("PaymentOption", which.payment.in_capitals())
        .with("AccountScope", which.scope.clone())
        .with("LookbackPeriodInDays", which.lookback.clone())
        .maybe("Filter", which.filter.input());
    let pages: Vec<Strict> = client.whole_pages("ce", "GetSavingsPlansPurchaseRecommendation", input).await?;
    let mut all = PlanRecommendations::default();
    for Strict(page) in pages {
        all.id = all.id.or(page.id);
        all.at = all.at.or(page.at);
        all.plans.extend(page.plans);
    }
    Ok(all)
}

/// A recommendation with its hours.
///
/// # Errors
/// [`AnswerError`].
pub async fn plan_recommendation_detail(client: &Client, id: &str) -> Result<PlanRecommendationDetail, AnswerError> {
    let input = Input::new().with("RecommendationDetailId", id);
    client.one("ce", "GetSavingsPlanPurchaseRecommendationDetails", input, "RecommendationDetailData").await
}

/// The computations of recommendations.
///
/// # Errors
/// [`AnswerError`].
pub async fn generations(client: &Client) -> Result<Vec<Generation>, AnswerError> {
    client.all("ce", "ListSavingsPlansPurchaseRecommendationGeneration", Input::new(), "GenerationSummaryList").await
}
