//! Cost Explorer: costs, coverage, utilization and AWS's own recommendations. Every page of an answer costs a cent.
//!
//! Each function makes as many requests as its answer has pages; the client's budget refuses what would be too dear.

mod analysis;
mod changes;
mod cost;
mod filter;
mod plans;
mod recommended_plans;
mod recommended_reservations;
mod reservations;
mod words;

pub use analysis::{
    Analysis, AnalysisCosts, AnalysisHour, AnalysisOutcome, AnalysisPlan, AnalysisSettings, AnalysisSummary, analyses, analysis,
};
pub use changes::{Change, Changed, Comparison, Driven, Driver, changes, drivers};
pub use cost::{Costs, Group, Metric, Slice, Totals, Value, costs, costs_by_resource, dimension_values, tag_values};
pub use cost::{WhichValues, cost_category_values};
pub use filter::{Clause, Filter, GroupBy};
pub use plans::{
    Amortized, PlanCoverage, PlanCoverages, PlanUse, PlanUses, PlanUtilization, PlanUtilizations, Saved, TimedPlanUtilization,
    plan_coverage, plan_utilization, utilization_by_plan,
};
pub use recommended_plans::{
    Generation, GenerationState, PlanRecommendation, PlanRecommendationDetail, PlanRecommendations, RecommendedPlans, generations,
    plan_recommendation_detail, plan_recommendations,
};
pub use recommended_reservations::{
    Advised, RecommendedReservation, RecommendedReservations, ReservationRecommendations, reservation_recommendations,
};
pub use reservations::{
    CoveredHours, CoveredUnits, ReservationCoverage, ReservationCoverages, ReservationUse, ReservationUtilization, ReservationUtilizations,
    TimedCoverage, TimedUtilization, reservation_coverage, reservation_utilization,
};
pub use words::{AccountScope, Granularity, Lookback, MetricName, SoldPlan, TermYears};
