//! What each exported column is: the lake's own, but where FOCUS 1.2 asks for something else.
//!
//! The lake keeps what the bill says, nulls included. FOCUS wants every usage and purchase priced, each name beside its id, and pairs of
//! columns null together. Two steps, because the second speaks of what the first made. The requirement each rule serves is that of
//! its column in FOCUS 1.2; all of them are held against its conformance model in the tests.

use super::price::{priced_quantity, unit_price};
use crate::QueryError;
use crate::engine::Planner;
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::DataFrame;
use tenor_lake::schema::COLUMNS;

/// A credit that belongs to no commitment.
pub(super) const IS_PLAIN_CREDIT: &str = "ChargeCategory = 'Credit' AND CommitmentDiscountId IS NULL";

/// Columns of the first step, as SQL over `charges`.
const FIRST: &[(&str, &str)] = &[
    // A credit has no price of its own: every cost of it is what was billed. One of a commitment amortizes with that.
    ("ListCost", "CASE WHEN ChargeCategory = 'Credit' AND CommitmentDiscountId IS NULL THEN BilledCost ELSE ListCost END"),
    ("ContractedCost", "CASE WHEN ChargeCategory = 'Credit' AND CommitmentDiscountId IS NULL THEN BilledCost ELSE ContractedCost END"),
    ("BillingAccountName", "coalesce(BillingAccountName, BillingAccountId)"),
    ("SubAccountName", "CASE WHEN SubAccountId IS NOT NULL THEN coalesce(SubAccountName, SubAccountId) END"),
    ("RegionName", "CASE WHEN RegionId IS NOT NULL THEN coalesce(RegionName, RegionId) END"),
    ("InvoiceIssuerName", "coalesce(InvoiceIssuerName, ProviderName)"),
    ("PublisherName", "coalesce(PublisherName, ProviderName)"),
    ("ServiceName", "coalesce(ServiceName, x_ServiceCode, 'Other')"),
    ("ServiceCategory", "coalesce(ServiceCategory, 'Other')"),
    ("ServiceSubcategory", "coalesce(ServiceSubcategory, 'Other (' || coalesce(ServiceCategory, 'Other') || ')')"),
    (
        "ChargeFrequency",
        "CASE WHEN ChargeCategory = 'Purchase' AND coalesce(ChargeFrequency, 'Usage-Based') = 'Usage-Based' THEN 'One-Time' \
         ELSE coalesce(ChargeFrequency, CASE WHEN ChargeCategory = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END) END",
    ),
    // Moments in AWS's reports are whole seconds; a charge of no length gets the shortest.
    (
        "ChargePeriodEnd",
        "CASE WHEN ChargePeriodEnd > ChargePeriodStart THEN ChargePeriodEnd ELSE ChargePeriodStart + INTERVAL '1 second' END",
    ),
    (
        "PricingCategory",
        "CASE WHEN ChargeCategory = 'Tax' THEN NULL \
         WHEN CommitmentDiscountStatus IS NOT NULL THEN 'Committed' \
         WHEN ChargeCategory IN ('Usage', 'Purchase') THEN coalesce(PricingCategory, 'Standard') ELSE PricingCategory END",
    ),
    (
        "SkuId",
        "CASE WHEN ChargeCategory = 'Tax' THEN NULL \
         WHEN ChargeCategory IN ('Usage', 'Purchase') \
         THEN coalesce(SkuId, coalesce(x_ServiceCode, ServiceName, 'Other') || coalesce(':' || x_UsageType, '')) ELSE SkuId END",
    ),
    // What a commitment's purchase and unused rows are about is the commitment.
    (
        "ResourceId",
        "CASE WHEN CommitmentDiscountId IS NOT NULL AND (ChargeCategory = 'Purchase' OR CommitmentDiscountStatus = 'Unused') \
         THEN CommitmentDiscountId ELSE ResourceId END",
    ),
    ("CapacityReservationStatus", "CASE WHEN CapacityReservationId IS NOT NULL THEN CapacityReservationStatus END"),
];

/// Columns of the second step, as SQL over what the first made.
const SECOND: &[(&str, &str)] = &[
    ("PricingUnit", "CASE WHEN PricingQuantity IS NOT NULL THEN coalesce(PricingUnit, 'Units') END"),
    (
        "ConsumedQuantity",
        "CASE WHEN ChargeCategory = 'Usage' AND coalesce(CommitmentDiscountStatus, '') <> 'Unused' \
         THEN coalesce(ConsumedQuantity, PricingQuantity) END",
    ),
    (
        "ConsumedUnit",
        "CASE WHEN ChargeCategory = 'Usage' AND coalesce(CommitmentDiscountStatus, '') <> 'Unused' \
         THEN coalesce(ConsumedUnit, PricingUnit, 'Units') END",
    ),
    ("SkuMeter", "CASE WHEN SkuId IS NOT NULL THEN coalesce(SkuMeter, x_UsageType, x_ProductFamily, ServiceName) END"),
    // A price belongs to one SKU, so its id must tell which.
    (
        "SkuPriceId",
        "CASE WHEN ChargeCategory = 'Tax' OR SkuId IS NULL THEN NULL WHEN starts_with(SkuPriceId, SkuId) THEN SkuPriceId \
         WHEN SkuPriceId IS NOT NULL THEN SkuId || '.' || SkuPriceId \
         WHEN ChargeCategory IN ('Usage', 'Purchase') THEN SkuId || '.' || PricingCategory END",
    ),
    ("SkuPriceDetails", "CASE WHEN ChargeCategory <> 'Tax' AND SkuId IS NOT NULL THEN SkuPriceDetails END"),
    (
        "ResourceType",
        "CASE WHEN ResourceId = CommitmentDiscountId THEN CommitmentDiscountType \
         WHEN ResourceId IS NOT NULL THEN coalesce(ResourceType, x_ProductFamily, ServiceName) END",
    ),
    ("ResourceName", "CASE WHEN ResourceId IS NOT NULL THEN ResourceName END"),
    (
        "CommitmentDiscountQuantity",
        "CASE WHEN CommitmentDiscountId IS NOT NULL AND ChargeCategory IN ('Usage', 'Purchase') \
         THEN coalesce(CommitmentDiscountQuantity, PricingQuantity) END",
    ),
    (
        "CommitmentDiscountUnit",
        "CASE WHEN CommitmentDiscountId IS NOT NULL AND ChargeCategory IN ('Usage', 'Purchase') \
         THEN coalesce(CommitmentDiscountUnit, CASE WHEN CommitmentDiscountCategory = 'Spend' THEN BillingCurrency ELSE 'Hours' END) END",
    ),
];

/// The columns of an export, FOCUS's in its order, then the lake's own if they are asked for.
pub(super) fn conformed(planner: &Planner, charges: DataFrame, with_extra: bool) -> Result<DataFrame, QueryError> {
    let sql = |frame: &DataFrame, text: &str| planner.condition(planner.parsed(text)?, frame.schema());
    let taxed = |frame: &DataFrame, value: &str| sql(frame, &format!("CASE WHEN ChargeCategory <> 'Tax' THEN {value} END"));

    let first = replaced(planner, &charges, FIRST, true, |frame, name| {
        if name != "PricingQuantity" {
            return Ok(None);
        }
        let is_priced = sql(frame, "ChargeCategory IN ('Usage', 'Purchase')")?;
        let given = taxed(frame, "PricingQuantity")?;
        Ok(Some(priced_quantity(is_priced, given, ident("ListCost"), ident("ContractedCost"))))
    })?;
    let charges = charges.select(first).map_err(QueryError::planning)?;
    let second = replaced(planner, &charges, SECOND, with_extra, |frame, name| {
        let cost = match name {
            "ListUnitPrice" => "ListCost",
            "ContractedUnitPrice" => "ContractedCost",
            _ => return Ok(None),
        };
        Ok(Some(unit_price(taxed(frame, name)?, ident(cost), ident("PricingQuantity"))))
    })?;
    charges.select(second).map_err(QueryError::planning)
}

/// Every column, by its rule, by `computed`, or as it is.
fn replaced(
    planner: &Planner,
    frame: &DataFrame,
    rules: &[(&str, &str)],
    with_extra: bool,
    computed: impl Fn(&DataFrame, &str) -> Result<Option<Expr>, QueryError>,
) -> Result<Vec<Expr>, QueryError> {
    let infos = COLUMNS.iter().map(|column| column.info()).filter(|info| with_extra || info.is_focus());
    infos
        .map(|info| {
            if let Some(value) = computed(frame, info.name)? {
                return Ok(value.alias(info.name));
            }
            match rules.iter().find(|(name, _)| *name == info.name) {
                None => Ok(ident(info.name)),
                Some((name, rule)) => Ok(planner.condition(planner.parsed(rule)?, frame.schema())?.alias(*name)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, FIRST, IS_PLAIN_CREDIT, SECOND};

    #[test]
    fn each_rule_is_of_one_column_that_there_is() {
        let names: Vec<&str> = FIRST.iter().chain(SECOND).map(|(name, _)| *name).collect();
        for (place, name) in names.iter().enumerate() {
            assert!(COLUMNS.iter().any(|column| column.info().name == *name), "{name}");
            assert!(!names[..place].contains(name), "{name} has two rules");
        }
    }

    #[test]
    fn the_credits_that_are_told_are_those_that_get_other_costs() {
        for (name, rule) in FIRST.iter().filter(|(name, _)| ["ListCost", "ContractedCost"].contains(name)) {
            assert_eq!(*rule, format!("CASE WHEN {IS_PLAIN_CREDIT} THEN BilledCost ELSE {name} END"));
        }
    }
}
