//! The legacy Cost and Usage Report's columns: `category/Name` in CSV, AWS's normalized names in Parquet.

use crate::schema::{Absent, AmountField as A, Column, DataType, KindField as K, PeriodField, PlaceField as P, RowField as M, Source};

/// Product attributes this organization's reports show.
const PRODUCT: [&str; 38] = [
    "ProductName",
    "availability",
    "cacheEngine",
    "capacitystatus",
    "clockSpeed",
    "currentGeneration",
    "databaseEngine",
    "dedicatedEbsThroughput",
    "deploymentOption",
    "durability",
    "engineCode",
    "enhancedNetworkingSupported",
    "fromLocation",
    "instanceFamily",
    "instanceType",
    "instanceTypeFamily",
    "licenseModel",
    "location",
    "locationType",
    "marketoption",
    "maxIopsvolume",
    "memory",
    "networkPerformance",
    "normalizationSizeFactor",
    "operatingSystem",
    "operation",
    "physicalProcessor",
    "preInstalledSw",
    "productFamily",
    "region",
    "servicecode",
    "sku",
    "storage",
    "tenancy",
    "toLocation",
    "transferType",
    "usagetype",
    "vcpu",
];

/// The report's columns in AWS's order; those of private discounts and split costs only where asked for.
pub(crate) fn columns(parquet: bool, net: bool, split: bool) -> Vec<Column> {
    let mut all = identity_and_bill();
    all.extend(line_item(net));
    all.extend(PRODUCT.iter().map(|name| text(&format!("product/{name}"), Source::Product(name))));
    all.extend(pricing());
    all.extend(reservation(net));
    all.extend(savings_plan(net));
    if split {
        all.extend(split_line_item(net));
    }
    for (name, key) in
        [("user:CostCenter", "CostCenter"), ("user:Environment", "Environment"), ("user:Name", "Name"), ("user:Team", "Team")]
    {
        all.push(text(&format!("resourceTags/{name}"), Source::Place(P::Tag(key))));
    }
    for category in ["BusinessUnit", "Stage"] {
        all.push(text(&format!("costCategory/{category}"), Source::Place(P::CostCategory(category))));
    }
    if parquet {
        for column in &mut all {
            column.name = snake(&column.name);
        }
    }
    all
}

/// AWS's name for Parquet and Athena: an underscore before each capital, lower case, one underscore for anything else.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
            out.push(letter.to_ascii_lowercase());
        } else if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else {
            out.push('_');
        }
    }
    let parts: Vec<&str> = out.split('_').filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

fn column(name: &str, data: DataType, source: Source) -> Column {
    Column { name: name.to_owned(), data, source, absent: Absent::Blank }
}

fn text(name: &str, source: Source) -> Column {
    column(name, DataType::Text, source)
}

fn double(name: &str, field: A) -> Column {
    column(name, DataType::Double, Source::Amount(field))
}

fn identity_and_bill() -> Vec<Column> {
    vec![
        text("identity/LineItemId", Source::Row(M::LineItemId)),
        text("identity/TimeInterval", Source::Row(M::Interval)),
        text("bill/InvoiceId", Source::Period(PeriodField::InvoiceId)),
        text("bill/InvoicingEntity", Source::Constant("Amazon Web Services, Inc.")),
        text("bill/BillingEntity", Source::Constant("AWS")),
        text("bill/BillType", Source::Kind(K::BillType)),
        text("bill/PayerAccountId", Source::Period(PeriodField::PayerAccount)),
        column("bill/BillingPeriodStartDate", DataType::Timestamp, Source::Period(PeriodField::Start)),
        column("bill/BillingPeriodEndDate", DataType::Timestamp, Source::Period(PeriodField::End)),
    ]
}

fn line_item(net: bool) -> Vec<Column> {
    let mut all = vec![
        text("lineItem/UsageAccountId", Source::Place(P::Account)),
        text("lineItem/LineItemType", Source::Kind(K::LineItemType)),
        column("lineItem/UsageStartDate", DataType::Timestamp, Source::Row(M::Start)),
        column("lineItem/UsageEndDate", DataType::Timestamp, Source::Row(M::End)),
        text("lineItem/ProductCode", Source::Kind(K::ProductCode)),
        text("lineItem/UsageType", Source::Kind(K::UsageType)),
        text("lineItem/Operation", Source::Kind(K::Operation)),
        text("lineItem/AvailabilityZone", Source::Place(P::Zone)),
        text("lineItem/ResourceId", Source::Place(P::ResourceId)),
        double("lineItem/UsageAmount", A::Usage),
        column("lineItem/NormalizationFactor", DataType::Double, Source::Kind(K::Factor)),
        double("lineItem/NormalizedUsageAmount", A::Normalized),
        text("lineItem/CurrencyCode", Source::Constant("USD")),
        text("lineItem/UnblendedRate", Source::Amount(A::UnblendedRate)),
        double("lineItem/UnblendedCost", A::UnblendedCost),
        text("lineItem/BlendedRate", Source::Amount(A::BlendedRate)),
        double("lineItem/BlendedCost", A::BlendedCost),
        text("lineItem/LineItemDescription", Source::Kind(K::Description)),
        text("lineItem/TaxType", Source::Kind(K::TaxType)),
        text("lineItem/LegalEntity", Source::Constant("Amazon Web Services, Inc.")),
    ];
    if net {
        all.push(text("lineItem/NetUnblendedRate", Source::Amount(A::NetUnblendedRate)));
        all.push(double("lineItem/NetUnblendedCost", A::NetUnblendedCost));
    }
    all
}

fn pricing() -> Vec<Column> {
    vec![
        text("pricing/LeaseContractLength", Source::Kind(K::LeaseLength)),
        text("pricing/OfferingClass", Source::Kind(K::OfferingClass)),
        text("pricing/PurchaseOption", Source::Kind(K::PurchaseOption)),
        text("pricing/RateCode", Source::Kind(K::RateCode)),
        text("pricing/RateId", Source::Kind(K::RateId)),
        text("pricing/currency", Source::Constant("USD")),
        double("pricing/publicOnDemandCost", A::PublicCost),
        text("pricing/publicOnDemandRate", Source::Kind(K::PublicRate)),
        text("pricing/term", Source::Kind(K::PricingTerm)),
        text("pricing/unit", Source::Kind(K::PricingUnit)),
    ]
}

fn reservation(net: bool) -> Vec<Column> {
    let mut all = vec![
        double("reservation/AmortizedUpfrontCostForUsage", A::RiAmortizedForUsage),
        double("reservation/AmortizedUpfrontFeeForBillingPeriod", A::RiAmortizedForPeriod),
        text("reservation/AvailabilityZone", Source::Kind(K::ReservationZone)),
        double("reservation/EffectiveCost", A::RiEffective),
        text("reservation/EndTime", Source::Kind(K::ReservationEnd)),
        text("reservation/ModificationStatus", Source::Kind(K::ModificationStatus)),
    ];
    if net {
        all.extend([
            double("reservation/NetAmortizedUpfrontCostForUsage", A::RiNetAmortizedForUsage),
            double("reservation/NetAmortizedUpfrontFeeForBillingPeriod", A::RiNetAmortizedForPeriod),
            double("reservation/NetEffectiveCost", A::RiNetEffective),
            double("reservation/NetRecurringFeeForUsage", A::RiNetRecurringForUsage),
            double("reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod", A::RiNetUnusedAmortized),
            double("reservation/NetUnusedRecurringFee", A::RiNetUnusedRecurring),
            column("reservation/NetUpfrontValue", DataType::Double, Source::Kind(K::NetUpfrontValue)),
        ]);
    }
    all.extend([
        text("reservation/NormalizedUnitsPerReservation", Source::Kind(K::NormalizedUnitsPerReservation)),
        text("reservation/NumberOfReservations", Source::Kind(K::ReservationCount)),
        double("reservation/RecurringFeeForUsage", A::RiRecurringForUsage),
        text("reservation/ReservationARN", Source::Kind(K::ReservationArn)),
        text("reservation/StartTime", Source::Kind(K::ReservationStart)),
        text("reservation/SubscriptionId", Source::Kind(K::SubscriptionId)),
        text("reservation/TotalReservedNormalizedUnits", Source::Kind(K::TotalReservedNormalizedUnits)),
        text("reservation/TotalReservedUnits", Source::Kind(K::TotalReservedUnits)),
        text("reservation/UnitsPerReservation", Source::Kind(K::UnitsPerReservation)),
        double("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", A::RiUnusedAmortized),
        double("reservation/UnusedNormalizedUnitQuantity", A::RiUnusedNormalized),
        double("reservation/UnusedQuantity", A::RiUnusedHours),
        double("reservation/UnusedRecurringFee", A::RiUnusedRecurring),
        column("reservation/UpfrontValue", DataType::Double, Source::Kind(K::UpfrontValue)),
    ]);
    all
}

fn savings_plan(net: bool) -> Vec<Column> {
    let mut all = vec![
        double("savingsPlan/TotalCommitmentToDate", A::SpTotalCommitment),
        text("savingsPlan/SavingsPlanARN", Source::Kind(K::PlanArn)),
        double("savingsPlan/SavingsPlanRate", A::SpRate),
        double("savingsPlan/UsedCommitment", A::SpUsedCommitment),
        double("savingsPlan/SavingsPlanEffectiveCost", A::SpEffective),
        double("savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod", A::SpAmortized),
        double("savingsPlan/RecurringCommitmentForBillingPeriod", A::SpRecurring),
        text("savingsPlan/StartTime", Source::Kind(K::PlanStart)),
        text("savingsPlan/EndTime", Source::Kind(K::PlanEnd)),
        text("savingsPlan/InstanceTypeFamily", Source::Kind(K::PlanFamily)),
        text("savingsPlan/OfferingType", Source::Kind(K::PlanOfferingType)),
        text("savingsPlan/PaymentOption", Source::Kind(K::PlanPaymentOption)),
        text("savingsPlan/PurchaseTerm", Source::Kind(K::PlanTerm)),
        text("savingsPlan/Region", Source::Kind(K::PlanRegion)),
    ];
    if net {
        all.extend([
            double("savingsPlan/NetSavingsPlanEffectiveCost", A::SpNetEffective),
            double("savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod", A::SpNetAmortized),
            double("savingsPlan/NetRecurringCommitmentForBillingPeriod", A::SpNetRecurring),
        ]);
    }
    all
}

fn split_line_item(net: bool) -> Vec<Column> {
    let mut all = vec![
        double("splitLineItem/ActualUsage", A::SplitActualUsage),
        text("splitLineItem/ParentResourceId", Source::Row(M::SplitParent)),
        double("splitLineItem/PublicOnDemandSplitCost", A::SplitPublicCost),
        double("splitLineItem/PublicOnDemandUnusedCost", A::SplitPublicUnusedCost),
        double("splitLineItem/ReservedUsage", A::SplitReservedUsage),
        double("splitLineItem/SplitCost", A::SplitCost),
        double("splitLineItem/SplitUsage", A::SplitUsage),
        double("splitLineItem/SplitUsageRatio", A::SplitUsageRatio),
        double("splitLineItem/UnusedCost", A::SplitUnusedCost),
    ];
    if net {
        all.extend([double("splitLineItem/NetSplitCost", A::SplitNetCost), double("splitLineItem/NetUnusedCost", A::SplitNetUnusedCost)]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{columns, snake};

    #[test]
    fn names_are_normalized_as_aws_does() {
        let names = ["lineItem/UsageStartDate", "reservation/ReservationARN", "resourceTags/user:CostCenter", "product/maxIopsvolume"];
        assert_eq!(
            names.map(snake).join(" "),
            "line_item_usage_start_date reservation_reservation_a_r_n resource_tags_user_cost_center product_max_iopsvolume"
        );
    }

    #[test]
    fn a_report_has_about_a_hundred_columns() {
        assert_eq!([columns(false, false, false).len(), columns(true, true, true).len()], [117, 140]);
    }
}
