//! The CUR 2.0 data export's columns: a fixed set in alphabetical order, with maps for what varies.

use crate::schema::{Absent, AmountField as A, Column, DataType, KindField as K, PeriodField, PlaceField as P, RowField as M, Source};

/// Product attributes with a column of their own: name here, name in the legacy report.
pub(crate) const PRODUCT_COLUMNS: [(&str, &str); 21] = [
    ("product_comment", "comment"),
    ("product_fee_code", "feeCode"),
    ("product_fee_description", "feeDescription"),
    ("product_from_location", "fromLocation"),
    ("product_from_location_type", "fromLocationType"),
    ("product_from_region_code", "fromRegionCode"),
    ("product_instance_family", "instanceFamily"),
    ("product_instance_type", "instanceType"),
    ("product_instancesku", "instancesku"),
    ("product_location", "location"),
    ("product_location_type", "locationType"),
    ("product_operation", "operation"),
    ("product_pricing_unit", "pricingUnit"),
    ("product_product_family", "productFamily"),
    ("product_region_code", "regionCode"),
    ("product_servicecode", "servicecode"),
    ("product_sku", "sku"),
    ("product_to_location", "toLocation"),
    ("product_to_location_type", "toLocationType"),
    ("product_to_region_code", "toRegionCode"),
    ("product_usagetype", "usagetype"),
];

/// The export's columns. Net columns are always there; without a private discount they are empty.
pub(crate) fn columns() -> Vec<Column> {
    let mut all = general();
    all.extend(PRODUCT_COLUMNS.iter().map(|(name, legacy)| text(name, Source::Product(legacy))));
    all.extend(reservation());
    all.extend(savings_plan());
    all.extend(split());
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn column(name: &str, data: DataType, source: Source) -> Column {
    Column { name: name.to_owned(), data, source, absent: Absent::Blank }
}

fn text(name: &str, source: Source) -> Column {
    column(name, DataType::Text, source)
}

/// A number that is empty where it does not apply.
fn double(name: &str, field: A) -> Column {
    column(name, DataType::Double, Source::Amount(field))
}

/// A number that is zero where it does not apply.
fn zero(name: &str, field: A) -> Column {
    Column { absent: Absent::Zero, ..double(name, field) }
}

fn general() -> Vec<Column> {
    vec![
        text("bill_bill_type", Source::Kind(K::BillType)),
        text("bill_billing_entity", Source::Constant("AWS")),
        column("bill_billing_period_end_date", DataType::Timestamp, Source::Period(PeriodField::End)),
        column("bill_billing_period_start_date", DataType::Timestamp, Source::Period(PeriodField::Start)),
        text("bill_invoice_id", Source::Period(PeriodField::InvoiceId)),
        text("bill_invoicing_entity", Source::Constant("Amazon Web Services, Inc.")),
        text("bill_payer_account_id", Source::Period(PeriodField::PayerAccount)),
        text("bill_payer_account_name", Source::Period(PeriodField::PayerName)),
        column("cost_category", DataType::Map, Source::Place(P::CostCategories)),
        column("discount", DataType::Map, Source::Empty),
        column("discount_bundled_discount", DataType::Double, Source::Empty),
        double("discount_total_discount", A::TotalDiscount),
        text("identity_line_item_id", Source::Row(M::LineItemId)),
        text("identity_time_interval", Source::Row(M::Interval)),
        text("line_item_availability_zone", Source::Place(P::Zone)),
        zero("line_item_blended_cost", A::BlendedCost),
        text("line_item_blended_rate", Source::Amount(A::BlendedRate)),
        text("line_item_currency_code", Source::Constant("USD")),
        text("line_item_legal_entity", Source::Constant("Amazon Web Services, Inc.")),
        text("line_item_line_item_description", Source::Kind(K::Description)),
        text("line_item_line_item_type", Source::Kind(K::LineItemType)),
        double("line_item_net_unblended_cost", A::NetUnblendedCost),
        text("line_item_net_unblended_rate", Source::Amount(A::NetUnblendedRate)),
        Column { absent: Absent::Zero, ..column("line_item_normalization_factor", DataType::Double, Source::Kind(K::Factor)) },
        zero("line_item_normalized_usage_amount", A::Normalized),
        text("line_item_operation", Source::Kind(K::Operation)),
        text("line_item_product_code", Source::Kind(K::ProductCode)),
        text("line_item_resource_id", Source::Place(P::ResourceId)),
        text("line_item_tax_type", Source::Kind(K::TaxType)),
        zero("line_item_unblended_cost", A::UnblendedCost),
        text("line_item_unblended_rate", Source::Amount(A::UnblendedRate)),
        text("line_item_usage_account_id", Source::Place(P::Account)),
        text("line_item_usage_account_name", Source::Place(P::AccountName)),
        zero("line_item_usage_amount", A::Usage),
        column("line_item_usage_end_date", DataType::Timestamp, Source::Row(M::End)),
        column("line_item_usage_start_date", DataType::Timestamp, Source::Row(M::Start)),
        text("line_item_usage_type", Source::Kind(K::UsageType)),
        text("line_item_user_identifier", Source::Empty),
        text("pricing_currency", Source::Constant("USD")),
        text("pricing_lease_contract_length", Source::Kind(K::LeaseLength)),
        text("pricing_offering_class", Source::Kind(K::OfferingClass)),
        zero("pricing_public_on_demand_cost", A::PublicCost),
        text("pricing_public_on_demand_rate", Source::Kind(K::PublicRate)),
        text("pricing_purchase_option", Source::Kind(K::PurchaseOption)),
        text("pricing_rate_code", Source::Kind(K::RateCode)),
        text("pricing_rate_id", Source::Kind(K::RateId)),
        text("pricing_term", Source::Kind(K::PricingTerm)),
        text("pricing_unit", Source::Kind(K::PricingUnit)),
        column("product", DataType::Map, Source::Kind(K::ProductMap)),
        column("resource_tags", DataType::Map, Source::Place(P::Tags)),
        column("tags", DataType::Map, Source::Empty),
    ]
}

fn reservation() -> Vec<Column> {
    vec![
        zero("reservation_amortized_upfront_cost_for_usage", A::RiAmortizedForUsage),
        zero("reservation_amortized_upfront_fee_for_billing_period", A::RiAmortizedForPeriod),
        text("reservation_availability_zone", Source::Kind(K::ReservationZone)),
        zero("reservation_effective_cost", A::RiEffective),
        text("reservation_end_time", Source::Kind(K::ReservationEnd)),
        text("reservation_modification_status", Source::Kind(K::ModificationStatus)),
        double("reservation_net_amortized_upfront_cost_for_usage", A::RiNetAmortizedForUsage),
        double("reservation_net_amortized_upfront_fee_for_billing_period", A::RiNetAmortizedForPeriod),
        double("reservation_net_effective_cost", A::RiNetEffective),
        double("reservation_net_recurring_fee_for_usage", A::RiNetRecurringForUsage),
        double("reservation_net_unused_amortized_upfront_fee_for_billing_period", A::RiNetUnusedAmortized),
        double("reservation_net_unused_recurring_fee", A::RiNetUnusedRecurring),
        column("reservation_net_upfront_value", DataType::Double, Source::Kind(K::NetUpfrontValue)),
        text("reservation_normalized_units_per_reservation", Source::Kind(K::NormalizedUnitsPerReservation)),
        text("reservation_number_of_reservations", Source::Kind(K::ReservationCount)),
        zero("reservation_recurring_fee_for_usage", A::RiRecurringForUsage),
        text("reservation_reservation_a_r_n", Source::Kind(K::ReservationArn)),
        text("reservation_start_time", Source::Kind(K::ReservationStart)),
        text("reservation_subscription_id", Source::Kind(K::SubscriptionId)),
        text("reservation_total_reserved_normalized_units", Source::Kind(K::TotalReservedNormalizedUnits)),
        text("reservation_total_reserved_units", Source::Kind(K::TotalReservedUnits)),
        text("reservation_units_per_reservation", Source::Kind(K::UnitsPerReservation)),
        zero("reservation_unused_amortized_upfront_fee_for_billing_period", A::RiUnusedAmortized),
        zero("reservation_unused_normalized_unit_quantity", A::RiUnusedNormalized),
        zero("reservation_unused_quantity", A::RiUnusedHours),
        zero("reservation_unused_recurring_fee", A::RiUnusedRecurring),
        Column { absent: Absent::Zero, ..column("reservation_upfront_value", DataType::Double, Source::Kind(K::UpfrontValue)) },
    ]
}

fn savings_plan() -> Vec<Column> {
    vec![
        zero("savings_plan_amortized_upfront_commitment_for_billing_period", A::SpAmortized),
        text("savings_plan_end_time", Source::Kind(K::PlanEnd)),
        text("savings_plan_instance_type_family", Source::Kind(K::PlanFamily)),
        double("savings_plan_net_amortized_upfront_commitment_for_billing_period", A::SpNetAmortized),
        double("savings_plan_net_recurring_commitment_for_billing_period", A::SpNetRecurring),
        double("savings_plan_net_savings_plan_effective_cost", A::SpNetEffective),
        text("savings_plan_offering_type", Source::Kind(K::PlanOfferingType)),
        text("savings_plan_payment_option", Source::Kind(K::PlanPaymentOption)),
        text("savings_plan_purchase_term", Source::Kind(K::PlanTerm)),
        zero("savings_plan_recurring_commitment_for_billing_period", A::SpRecurring),
        text("savings_plan_region", Source::Kind(K::PlanRegion)),
        text("savings_plan_savings_plan_a_r_n", Source::Kind(K::PlanArn)),
        zero("savings_plan_savings_plan_effective_cost", A::SpEffective),
        zero("savings_plan_savings_plan_rate", A::SpRate),
        text("savings_plan_start_time", Source::Kind(K::PlanStart)),
        zero("savings_plan_total_commitment_to_date", A::SpTotalCommitment),
        zero("savings_plan_used_commitment", A::SpUsedCommitment),
    ]
}

fn split() -> Vec<Column> {
    vec![
        double("split_line_item_actual_usage", A::SplitActualUsage),
        double("split_line_item_net_split_cost", A::SplitNetCost),
        double("split_line_item_net_unused_cost", A::SplitNetUnusedCost),
        text("split_line_item_parent_resource_id", Source::Row(M::SplitParent)),
        double("split_line_item_public_on_demand_split_cost", A::SplitPublicCost),
        double("split_line_item_public_on_demand_unused_cost", A::SplitPublicUnusedCost),
        double("split_line_item_reserved_usage", A::SplitReservedUsage),
        double("split_line_item_split_cost", A::SplitCost),
        double("split_line_item_split_usage", A::SplitUsage),
        double("split_line_item_split_usage_ratio", A::SplitUsageRatio),
        double("split_line_item_unused_cost", A::SplitUnusedCost),
    ]
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn the_columns_are_those_of_a_real_export() {
        let names: Vec<String> = columns().into_iter().map(|column| column.name).collect();
        assert_eq!((names.len(), names[0].as_str(), names[126].as_str()), (127, "bill_bill_type", "tags"));
        assert!(names.is_sorted());
    }
}
