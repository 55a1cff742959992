//! How much of usage Savings Plans cover, and how much of plans is used.

use super::filter::{Filter, GroupBy};
use super::words::Granularity;
use crate::answer::{AnswerError, Input, Share, Span, record};
use crate::client::Client;
use std::collections::BTreeMap;
use tenor_money::Money;

record! {
    /// How much of usage is covered, of one time and group.
    pub PlanCoverages {
        /// Which time.
        span: Span = "TimePeriod",
        /// Which group.
        attributes: BTreeMap<String, String> = "Attributes",
        /// Its coverage.
        coverage: PlanCoverage = "Coverage",
    }
}

record! {
    /// How much of usage is covered.
    pub PlanCoverage {
        /// What plans cover, at their rates.
        covered: Option<Money> = "SpendCoveredBySavingsPlans",
        /// What is paid on demand.
        on_demand: Money = "OnDemandCost",
        /// What all would cost on demand.
        total: Option<Money> = "TotalCost",
        /// In percent.
        share: Option<Share> = "CoveragePercentage",
    }
}

record! {
    /// How much of commitments is used.
    pub PlanUse {
        /// All.
        total: Money = "TotalCommitment",
        /// What was used.
        used: Money = "UsedCommitment",
        /// What was not.
        unused: Money = "UnusedCommitment",
        /// In percent.
        share: Option<Share> = "UtilizationPercentage",
    }
}

record! {
    /// What plans saved.
    pub Saved {
        /// After all fees.
        net: Money = "NetSavings",
        /// What the covered usage would have cost on demand.
        on_demand: Money = "OnDemandCostEquivalent",
    }
}

record! {
    /// Fees of a time.
    pub Amortized {
        /// What is paid by the hour.
        recurring: Money = "AmortizedRecurringCommitment",
        /// The share of what was paid upfront.
        upfront: Money = "AmortizedUpfrontCommitment",
        /// Both.
        total: Money = "TotalAmortizedCommitment",
    }
}

record! {
    /// How plans were used.
    pub PlanUtilization {
        /// How much.
        usage: PlanUse = "Utilization",
        /// What they saved.
        saved: Option<Saved> = "Savings",
        /// What they cost.
        amortized: Option<Amortized> = "AmortizedCommitment",
    }
}

record! {
    /// How plans were used in one time.
    pub TimedPlanUtilization {
        /// Which time.
        span: Span = "TimePeriod",
        /// How much.
        usage: PlanUse = "Utilization",
        /// What they saved.
        saved: Option<Saved> = "Savings",
        /// What they cost.
        amortized: Option<Amortized> = "AmortizedCommitment",
    }
}

record! {
    /// How plans were used, by time and in all.
    pub PlanUtilizations {
        /// By time; none where no granularity was asked for.
        times: Vec<TimedPlanUtilization> = "SavingsPlansUtilizationsByTime",
        /// In all.
        total: PlanUtilization = "Total",
    }
}

record! {
    /// How one plan was used.
    pub PlanUses {
        /// The plan.
        arn: String = "SavingsPlanArn",
        /// What AWS says of it.
        attributes: BTreeMap<String, String> = "Attributes",
        /// How much.
        usage: PlanUse = "Utilization",
        /// What it saved.
        saved: Option<Saved> = "Savings",
        /// What it cost.
        amortized: Option<Amortized> = "AmortizedCommitment",
    }
}

/// Items of a page: AWS gives 20 where nothing is said, and each page costs a cent.
const PAGE: i64 = 100;

/// How much of usage plans cover.
///
/// # Errors
/// [`AnswerError`].
pub async fn plan_coverage(
    client: &Client,
    span: Span,
    granularity: &Granularity,
    filter: &Filter,
    group_by: &[GroupBy],
) -> Result<Vec<PlanCoverages>, AnswerError> {
    // AWS takes no granularity together with groups.
    let granularity = Some(granularity.clone()).filter(|_| group_by.is_empty());
    let input = Input::new()
        .with("TimePeriod", span.input(false))
        .maybe("Granularity", granularity)
        .maybe("Filter", filter.input())
        .some("GroupBy", group_by)
        .with("Metrics", vec!["SpendCoveredBySavingsPlans"])
        .with("MaxResults", PAGE);
    client.all("ce", "GetSavingsPlansCoverage", input, "SavingsPlansCoverages").await
}

/// How much of all plans is used.
///
/// # Errors
/// [`AnswerError`].
pub async fn plan_utilization(
    client: &Client,
    span: Span,
    granularity: &Granularity,
    filter: &Filter,
) -> Result<PlanUtilizations, AnswerError> {
    let is_hourly = *granularity == Granularity::Hourly;
    let input =
        Input::new().with("TimePeriod", span.input(is_hourly)).with("Granularity", granularity.clone()).maybe("Filter", filter.input());
    client.one("ce", "GetSavingsPlansUtilization", input, "").await
}

/// How much of each plan is used.
///
/// # Errors
/// [`AnswerError`].
pub async fn utilization_by_plan(client: &Client, span: Span, filter: &Filter) -> Result<Vec<PlanUses>, AnswerError> {
    let input = Input::new().with("TimePeriod", span.input(false)).maybe("Filter", filter.input()).with("MaxResults", PAGE);
    client.all("ce", "GetSavingsPlansUtilizationDetails", input, "SavingsPlansUtilizationDetails").await
}
