//! Cost Explorer: first figures before a report is there, utilization, coverage, AWS's own recommendations. Every request costs a cent.

use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Grant, Member, Operation, Wave};

/// $0.01 a request.
const REQUEST: i128 = 10_000_000_000;

/// Cost Explorer's questions can be limited to views of the bill; the account's own is the one that is asked.
const VIEWS: &[&str] = &["arn:{partition}:billing::{account}:billingview/*"];

const OWN_COSTS: Member = Member::Part("a member sees its own costs, and only where the payer lets members use Cost Explorer");

pub(super) const CAPABILITIES: &[Capability] = &[
    Capability {
        name: "cost-explorer",
        title: "First figures from Cost Explorer",
        gives: "Cost by service and account is shown before a report has history, marked as less certain than the bill.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[
            &COST_AND_USAGE,
            &COST_AND_USAGE_WITH_RESOURCES,
            &DIMENSION_VALUES,
            &TAGS,
            &COST_CATEGORIES,
            &COMPARISONS,
            &COMPARISON_DRIVERS,
        ],
        member: OWN_COSTS,
    },
    Capability {
        name: "commitment-utilization-coverage",
        title: "AWS's figures of utilization and coverage",
        gives: "Utilization and coverage as AWS counts them stand beside Tenor's own.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[&RESERVATION_UTILIZATION, &RESERVATION_COVERAGE, &PLANS_UTILIZATION, &PLANS_UTILIZATION_DETAILS, &PLANS_COVERAGE],
        member: OWN_COSTS,
    },
    Capability {
        name: "commitment-recommendations",
        title: "AWS's own recommendations",
        gives: "What AWS recommends is priced beside Tenor's proposal.",
        tier: Tier::Trial,
        wave: Wave(1),
        operations: &[
            &RESERVATION_RECOMMENDATION,
            &PLANS_RECOMMENDATION,
            &PLAN_RECOMMENDATION_DETAILS,
            &LIST_GENERATIONS,
            &GET_ANALYSIS,
            &LIST_ANALYSES,
        ],
        member: OWN_COSTS,
    },
    Capability {
        name: "commitment-recommendation-refresh",
        title: "Have AWS compute its recommendation again",
        gives: "AWS's recommendation is as fresh as the proposal it is compared with.",
        tier: Tier::Commitments,
        wave: Wave(1),
        operations: &[&START_GENERATION, &START_ANALYSIS, &LIST_GENERATIONS, &GET_ANALYSIS],
        member: OWN_COSTS,
    },
];

static COST_AND_USAGE: Operation = Operation::read(
    "ce",
    "GetCostAndUsage",
    &[Grant::new(Access::Read, "ce:GetCostAndUsage").on(VIEWS)],
    "Shows cost by service and account while the first report has no history.",
)
.costing(REQUEST);
static COST_AND_USAGE_WITH_RESOURCES: Operation = Operation::read(
    "ce",
    "GetCostAndUsageWithResources",
    &[Grant::new(Access::Read, "ce:GetCostAndUsageWithResources").on(VIEWS)],
    "Shows the last 14 days by resource while the first report has no history.",
)
.costing(REQUEST);
static DIMENSION_VALUES: Operation = Operation::read(
    "ce",
    "GetDimensionValues",
    &[Grant::new(Access::Read, "ce:GetDimensionValues").on(VIEWS)],
    "Finds which services, regions and families cost anything.",
)
.costing(REQUEST);
static TAGS: Operation =
    Operation::read("ce", "GetTags", &[Grant::new(Access::Read, "ce:GetTags").on(VIEWS)], "Finds which cost allocation tags are in use.")
        .costing(REQUEST);
static COST_CATEGORIES: Operation = Operation::read(
    "ce",
    "GetCostCategories",
    &[Grant::new(Access::Read, "ce:GetCostCategories").on(VIEWS)],
    "Finds which cost categories are in use.",
)
.costing(REQUEST);
static COMPARISONS: Operation = Operation::read(
    "ce",
    "GetCostAndUsageComparisons",
    &[Grant::new(Access::Read, "ce:GetCostAndUsageComparisons").on(VIEWS)],
    "Shows what changed from one month to the next.",
)
.costing(REQUEST);
static COMPARISON_DRIVERS: Operation = Operation::read(
    "ce",
    "GetCostComparisonDrivers",
    &[Grant::new(Access::Read, "ce:GetCostComparisonDrivers").on(VIEWS)],
    "Shows why it changed, as AWS explains it.",
)
.costing(REQUEST);

static RESERVATION_UTILIZATION: Operation = Operation::read(
    "ce",
    "GetReservationUtilization",
    &[Grant::new(Access::Read, "ce:GetReservationUtilization")],
    "Reads how much of each reservation is used, as AWS counts it.",
)
.costing(REQUEST);
static RESERVATION_COVERAGE: Operation = Operation::read(
    "ce",
    "GetReservationCoverage",
    &[Grant::new(Access::Read, "ce:GetReservationCoverage")],
    "Reads what share of usage reservations cover, as AWS counts it.",
)
.costing(REQUEST);
static PLANS_UTILIZATION: Operation = Operation::read(
    "ce",
    "GetSavingsPlansUtilization",
    &[Grant::new(Access::Read, "ce:GetSavingsPlansUtilization")],
    "Reads how much of the Savings Plans is used, as AWS counts it.",
)
.costing(REQUEST);
static PLANS_UTILIZATION_DETAILS: Operation = Operation::read(
    "ce",
    "GetSavingsPlansUtilizationDetails",
    &[Grant::new(Access::Read, "ce:GetSavingsPlansUtilizationDetails")],
    "Reads how much of each Savings Plan is used, as AWS counts it.",
)
.costing(REQUEST);
static PLANS_COVERAGE: Operation = Operation::read(
    "ce",
    "GetSavingsPlansCoverage",
    &[Grant::new(Access::Read, "ce:GetSavingsPlansCoverage")],
    "Reads what share of usage Savings Plans cover, as AWS counts it.",
)
.costing(REQUEST);

static RESERVATION_RECOMMENDATION: Operation = Operation::read(
    "ce",
    "GetReservationPurchaseRecommendation",
    &[Grant::new(Access::Read, "ce:GetReservationPurchaseRecommendation")],
    "Reads which reservations AWS recommends.",
)
.costing(REQUEST);
static PLANS_RECOMMENDATION: Operation = Operation::read(
    "ce",
    "GetSavingsPlansPurchaseRecommendation",
    &[Grant::new(Access::Read, "ce:GetSavingsPlansPurchaseRecommendation")],
    "Reads which Savings Plans AWS recommends.",
)
.costing(REQUEST);
static PLAN_RECOMMENDATION_DETAILS: Operation = Operation::read(
    "ce",
    "GetSavingsPlanPurchaseRecommendationDetails",
    &[Grant::new(Access::Read, "ce:GetSavingsPlanPurchaseRecommendationDetails")],
    "Reads the hours behind a recommendation of AWS.",
)
.costing(REQUEST);
static LIST_GENERATIONS: Operation = Operation::read(
    "ce",
    "ListSavingsPlansPurchaseRecommendationGeneration",
    &[Grant::new(Access::List, "ce:ListSavingsPlansPurchaseRecommendationGeneration")],
    "Tells how old AWS's recommendation is.",
)
.costing(REQUEST);
static GET_ANALYSIS: Operation = Operation::read(
    "ce",
    "GetCommitmentPurchaseAnalysis",
    &[Grant::new(Access::Read, "ce:GetCommitmentPurchaseAnalysis")],
    "Reads what AWS's purchase analysis found.",
)
.costing(REQUEST);
static LIST_ANALYSES: Operation = Operation::read(
    "ce",
    "ListCommitmentPurchaseAnalyses",
    &[Grant::new(Access::List, "ce:ListCommitmentPurchaseAnalyses")],
    "Finds purchase analyses that were made before.",
)
.costing(REQUEST);

static START_GENERATION: Operation = Operation::change(
    "ce",
    "StartSavingsPlansPurchaseRecommendationGeneration",
    &[Grant::new(Access::Write, "ce:StartSavingsPlansPurchaseRecommendationGeneration")],
    // No token, and AWS allows three a day.
    (MoneyEffect::None, Retry::Never),
    "Has AWS compute its Savings Plan recommendation again; nothing else changes.",
)
.costing(REQUEST);
static START_ANALYSIS: Operation = Operation::change(
    "ce",
    "StartCommitmentPurchaseAnalysis",
    &[Grant::new(Access::Write, "ce:StartCommitmentPurchaseAnalysis")],
    // No token, and AWS allows twenty a day.
    (MoneyEffect::None, Retry::Never),
    "Has AWS analyse a purchase before it is made; nothing else changes.",
)
.costing(REQUEST);
