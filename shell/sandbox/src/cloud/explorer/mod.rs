//! Cost Explorer: what the bills say, told by time and by anything, and what AWS would advise to buy.
//!
//! Every number comes from the rows that the bills are made of ([`facts`]); none is made up here.

mod advice;
mod amounts;
mod analysis;
mod changes;
mod cost;
mod demand;
mod facts;
mod filter;
mod generation;
mod label;
mod nodes;
mod plan_advice;
mod plan_use;
#[cfg(test)]
mod proof;
mod reservation_use;
mod sizing;
mod span;
mod values;

pub(crate) use analysis::Analysis;
pub(crate) use facts::Known;
pub(crate) use generation::Generation;

use super::ask::{Ask, Refusal};
use super::pages::Paging;
use super::table::{Row, change, read};
use super::{Cloud, ask::Answered};
use tenor_wire::Value;

const SERVICE: &str = "ce";

pub(super) const OPERATIONS: &[Row] = &[
    read(SERVICE, "GetCostAndUsage", cost::costs),
    read(SERVICE, "GetCostAndUsageWithResources", cost::costs_by_resource),
    read(SERVICE, "GetCostAndUsageComparisons", changes::comparisons),
    read(SERVICE, "GetCostComparisonDrivers", changes::drivers),
    read(SERVICE, "GetDimensionValues", values::dimensions),
    read(SERVICE, "GetTags", values::tags),
    read(SERVICE, "GetCostCategories", values::categories),
    read(SERVICE, "GetReservationCoverage", reservation_use::coverage),
    read(SERVICE, "GetReservationUtilization", reservation_use::utilization),
    read(SERVICE, "GetSavingsPlansCoverage", plan_use::coverage),
    read(SERVICE, "GetSavingsPlansUtilization", plan_use::utilization),
    read(SERVICE, "GetSavingsPlansUtilizationDetails", plan_use::details),
    read(SERVICE, "GetSavingsPlansPurchaseRecommendation", plan_advice::recommendation),
    read(SERVICE, "GetSavingsPlanPurchaseRecommendationDetails", plan_advice::details),
    read(SERVICE, "ListSavingsPlansPurchaseRecommendationGeneration", generation::list),
    change(SERVICE, "StartSavingsPlansPurchaseRecommendationGeneration", generation::start),
    read(SERVICE, "GetReservationPurchaseRecommendation", advice::recommendation),
    change(SERVICE, "StartCommitmentPurchaseAnalysis", analysis::start),
    read(SERVICE, "GetCommitmentPurchaseAnalysis", analysis::get),
    read(SERVICE, "ListCommitmentPurchaseAnalyses", analysis::list),
];

/// Whose page: the names that most operations use, with `MaxResults` or another limit.
const fn paging(limit: &'static str, token: &'static str, usual: usize) -> Paging {
    Paging { limit, token, usual, range: (1, 1000), refusal: "InvalidNextTokenException" }
}

fn invalid(message: impl std::fmt::Display) -> Refusal {
    Refusal::new("ValidationException", message)
}

fn unavailable(message: impl std::fmt::Display) -> Refusal {
    Refusal::new("DataUnavailableException", message)
}

/// One page of `items` under `member`, and the token of the next.
fn paged(cloud: &Cloud, ask: &Ask<'_>, paging: Paging, member: &'static str, items: Vec<Value>) -> Answered {
    let (page, next) = page(cloud, ask, paging, items)?;
    let mut answer = Value::of([(member, page.into())]);
    if let Some(next) = next {
        answer.set(paging.token, next.into());
    }
    Ok(answer)
}

/// One page. A limit out of range is a validation error, as everywhere in the service.
fn page<T>(cloud: &Cloud, ask: &Ask<'_>, paging: Paging, items: Vec<T>) -> Result<(Vec<T>, Option<String>), Refusal> {
    let (least, most) = paging.range;
    if let Some(limit) = ask.integer(paging.limit).filter(|limit| !(least..=most).contains(limit)) {
        return Err(invalid(format!("{} must be between {least} and {most}, not {limit}", paging.limit)));
    }
    paging.page(ask, items, cloud.page_most())
}

/// The same for operations that tell a token of another question from one that never was ([BOTO:ce] `RequestChangedException`).
fn page_of_reports<T>(cloud: &Cloud, ask: &Ask<'_>, paging: Paging, items: Vec<T>) -> Result<(Vec<T>, Option<String>), Refusal> {
    page(cloud, ask, paging, items).map_err(|refusal| {
        let is_ours = ask.text(paging.token).and_then(|token| token.split_once('-')).is_some_and(|(key, _)| key.len() == 12);
        if refusal.code == paging.refusal && is_ours {
            return Refusal::new("RequestChangedException", "Your request parameters changed between pages");
        }
        refusal
    })
}

impl Cloud {
    /// Whether a billing view is the caller's own primary one, the only one there is ([BOTO:ce] `BillingViewArn`).
    fn check_view(&self, ask: &Ask<'_>) -> Result<(), Refusal> {
        let own = format!("arn:aws:billing::{}:billingview/primary", self.account_id(ask.caller.account));
        match ask.text("BillingViewArn") {
            Some(arn) if arn != own => Err(Refusal::new("ResourceNotFoundException", format!("Billing view {arn} was not found"))),
            _ => Ok(()),
        }
    }
}
