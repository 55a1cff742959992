//! The columns of a CUR that become columns of ours, by canonical name.

use crate::schema::Column;

/// Texts that are taken over as they are. Where two names lead to one column, the first that a file has is read.
pub(crate) const CUR_TEXTS: &[(&str, Column)] = &[
    ("line_item_availability_zone", Column::AvailabilityZone),
    ("bill_payer_account_id", Column::BillingAccountId),
    ("bill_payer_account_name", Column::BillingAccountName),
    ("line_item_currency_code", Column::BillingCurrency),
    ("capacity_reservation_capacity_reservation_arn", Column::CapacityReservationId),
    ("line_item_line_item_description", Column::ChargeDescription),
    ("bill_invoice_id", Column::InvoiceId),
    ("product_region_code", Column::RegionId),
    ("product_region", Column::RegionId),
    ("product_location", Column::RegionName),
    ("line_item_resource_id", Column::ResourceId),
    ("product_sku", Column::SkuId),
    ("pricing_rate_code", Column::SkuPriceId),
    ("line_item_usage_account_id", Column::SubAccountId),
    ("line_item_usage_account_name", Column::SubAccountName),
    ("line_item_line_item_type", Column::XLineItemType),
    ("bill_bill_type", Column::XBillType),
    ("bill_billing_entity", Column::XBillingEntity),
    ("line_item_product_code", Column::XServiceCode),
    ("line_item_usage_type", Column::XUsageType),
    ("line_item_operation", Column::XOperation),
    ("pricing_term", Column::XPricingTerm),
    ("pricing_purchase_option", Column::XPurchaseOption),
    ("pricing_offering_class", Column::XOfferingClass),
    ("pricing_lease_contract_length", Column::XLeaseContractLength),
    ("product_product_family", Column::XProductFamily),
    ("product_instance_type", Column::XInstanceType),
    ("product_instance_family", Column::XInstanceFamily),
    ("product_operating_system", Column::XOperatingSystem),
    ("product_tenancy", Column::XTenancy),
    ("product_pre_installed_sw", Column::XPreInstalledSoftware),
    ("product_license_model", Column::XLicenseModel),
    ("product_capacitystatus", Column::XCapacityStatus),
    ("product_database_engine", Column::XDatabaseEngine),
    ("product_database_edition", Column::XDatabaseEdition),
    ("product_deployment_option", Column::XDeploymentOption),
    ("product_cache_engine", Column::XCacheEngine),
    ("reservation_subscription_id", Column::XSubscriptionId),
    ("reservation_start_time", Column::XReservationStartTime),
    ("reservation_end_time", Column::XReservationEndTime),
    ("reservation_availability_zone", Column::XReservationAvailabilityZone),
    ("reservation_modification_status", Column::XReservationModificationStatus),
    ("savings_plan_start_time", Column::XSavingsPlanStartTime),
    ("savings_plan_end_time", Column::XSavingsPlanEndTime),
    ("savings_plan_offering_type", Column::XSavingsPlanOfferingType),
    ("savings_plan_payment_option", Column::XSavingsPlanPaymentOption),
    ("savings_plan_purchase_term", Column::XSavingsPlanPurchaseTerm),
    ("savings_plan_instance_type_family", Column::XSavingsPlanInstanceTypeFamily),
    ("savings_plan_region", Column::XSavingsPlanRegion),
    ("product_from_location", Column::XFromLocation),
    ("product_to_location", Column::XToLocation),
    ("line_item_tax_type", Column::XTaxType),
    ("line_item_legal_entity", Column::XLegalEntity),
];

macro_rules! cur_amounts {
    ($($variant:ident $name:literal $column:expr;)+) => {
        /// A number of a CUR row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        #[expect(dead_code, reason = "those with a column of their own are only passed on")]
        pub(crate) enum CurAmount { $($variant,)+ }

        /// Canonical name of each number, and the column that keeps it as reported.
        pub(crate) const CUR_AMOUNTS: &[(&str, Option<Column>)] = &[$(($name, $column),)+];
    };
}

cur_amounts! {
    UnblendedCost "line_item_unblended_cost" None;
    NetUnblendedCost "line_item_net_unblended_cost" Some(Column::XNetUnblendedCost);
    UnblendedRate "line_item_unblended_rate" None;
    PublicOnDemandCost "pricing_public_on_demand_cost" Some(Column::XPublicOnDemandCost);
    PublicOnDemandRate "pricing_public_on_demand_rate" None;
    UsageAmount "line_item_usage_amount" Some(Column::XUsageAmount);
    NormalizationFactor "line_item_normalization_factor" Some(Column::XNormalizationFactor);
    NormalizedUsageAmount "line_item_normalized_usage_amount" Some(Column::XNormalizedUsageAmount);
    ReservationEffectiveCost "reservation_effective_cost" Some(Column::XReservationEffectiveCost);
    ReservationNetEffectiveCost "reservation_net_effective_cost" None;
    ReservationAmortizedUpfrontFee "reservation_amortized_upfront_fee_for_billing_period" Some(Column::XReservationAmortizedUpfrontFee);
    ReservationNetAmortizedUpfrontFee "reservation_net_amortized_upfront_fee_for_billing_period" None;
    ReservationUnusedAmortizedUpfrontFee "reservation_unused_amortized_upfront_fee_for_billing_period" Some(Column::XReservationUnusedAmortizedUpfrontFee);
    ReservationNetUnusedAmortizedUpfrontFee "reservation_net_unused_amortized_upfront_fee_for_billing_period" None;
    ReservationUnusedRecurringFee "reservation_unused_recurring_fee" Some(Column::XReservationUnusedRecurringFee);
    ReservationNetUnusedRecurringFee "reservation_net_unused_recurring_fee" None;
    ReservationAmortizedUpfrontCostForUsage "reservation_amortized_upfront_cost_for_usage" Some(Column::XReservationAmortizedUpfrontCostForUsage);
    ReservationRecurringFeeForUsage "reservation_recurring_fee_for_usage" Some(Column::XReservationRecurringFeeForUsage);
    ReservationUpfrontValue "reservation_upfront_value" Some(Column::XReservationUpfrontValue);
    ReservationNumberOfReservations "reservation_number_of_reservations" Some(Column::XReservationNumberOfReservations);
    ReservationUnitsPerReservation "reservation_units_per_reservation" Some(Column::XReservationUnitsPerReservation);
    ReservationNormalizedUnitsPerReservation "reservation_normalized_units_per_reservation" Some(Column::XReservationNormalizedUnitsPerReservation);
    ReservationTotalReservedUnits "reservation_total_reserved_units" Some(Column::XReservationTotalReservedUnits);
    ReservationTotalReservedNormalizedUnits "reservation_total_reserved_normalized_units" Some(Column::XReservationTotalReservedNormalizedUnits);
    ReservationUnusedQuantity "reservation_unused_quantity" Some(Column::XReservationUnusedQuantity);
    ReservationUnusedNormalizedUnits "reservation_unused_normalized_unit_quantity" Some(Column::XReservationUnusedNormalizedUnits);
    SavingsPlanEffectiveCost "savings_plan_savings_plan_effective_cost" Some(Column::XSavingsPlanEffectiveCost);
    SavingsPlanNetEffectiveCost "savings_plan_net_savings_plan_effective_cost" None;
    SavingsPlanRate "savings_plan_savings_plan_rate" Some(Column::XSavingsPlanRate);
    SavingsPlanTotalCommitment "savings_plan_total_commitment_to_date" Some(Column::XSavingsPlanTotalCommitment);
    SavingsPlanUsedCommitment "savings_plan_used_commitment" Some(Column::XSavingsPlanUsedCommitment);
    SavingsPlanAmortizedUpfront "savings_plan_amortized_upfront_commitment_for_billing_period" Some(Column::XSavingsPlanAmortizedUpfront);
    SavingsPlanNetAmortizedUpfront "savings_plan_net_amortized_upfront_commitment_for_billing_period" None;
    SavingsPlanRecurring "savings_plan_recurring_commitment_for_billing_period" Some(Column::XSavingsPlanRecurring);
    SavingsPlanNetRecurring "savings_plan_net_recurring_commitment_for_billing_period" None;
}

/// How many numbers a CUR row has for us.
pub(crate) const CUR_AMOUNT_COUNT: usize = CUR_AMOUNTS.len();

macro_rules! split_columns {
    ($($kind:ident $name:literal $source:literal $meaning:literal;)+) => {
        /// The `split_costs` table: our name, kind and meaning of each column.
        pub(crate) const SPLIT_TABLE: &[crate::schema::ColumnInfo] =
            &[$(crate::schema::ColumnInfo { name: $name, kind: crate::schema::Kind::$kind, meaning: $meaning },)+];

        /// The CUR column behind each column of `split_costs`.
        pub(crate) const SPLIT_SOURCES: &[&str] = &[$($source,)+];
    };
}

split_columns! {
    Text "BillingAccountId" "bill_payer_account_id" "The payer account.";
    Moment "BillingPeriodStart" "bill_billing_period_start_date" "First moment of the billing period.";
    Moment "ChargePeriodStart" "line_item_usage_start_date" "First moment of the time the cost is for.";
    Moment "ChargePeriodEnd" "line_item_usage_end_date" "First moment after it.";
    Text "SubAccountId" "line_item_usage_account_id" "Account that used it.";
    Text "BillingCurrency" "line_item_currency_code" "Currency of every amount.";
    Text "ResourceId" "line_item_resource_id" "The task or pod.";
    Text "x_ServiceCode" "line_item_product_code" "AWS product code.";
    Text "x_UsageType" "line_item_usage_type" "AWS usage type.";
    Text "x_Operation" "line_item_operation" "ECSTask-EC2 or EKSPod-EC2.";
    Amount "x_UsageAmount" "line_item_usage_amount" "Usage as AWS reports it.";
    Text "x_SplitParentResourceId" "split_line_item_parent_resource_id" "Instance whose cost is split.";
    Amount "x_SplitActualUsage" "split_line_item_actual_usage" "What was used of it.";
    Amount "x_SplitReservedUsage" "split_line_item_reserved_usage" "What was asked of it.";
    Amount "x_SplitUsage" "split_line_item_split_usage" "The larger of both.";
    Amount "x_SplitUsageRatio" "split_line_item_split_usage_ratio" "Share of the parent.";
    Amount "x_SplitCost" "split_line_item_split_cost" "Amortized share of the parent's cost.";
    Amount "x_SplitUnusedCost" "split_line_item_unused_cost" "Share of the parent's idle cost.";
    Amount "x_NetSplitCost" "split_line_item_net_split_cost" "Split cost after private discounts.";
    Amount "x_NetSplitUnusedCost" "split_line_item_net_unused_cost" "Unused cost after private discounts.";
    Amount "x_PublicOnDemandSplitCost" "split_line_item_public_on_demand_split_cost" "Split cost at public prices.";
    Amount "x_PublicOnDemandSplitUnusedCost" "split_line_item_public_on_demand_unused_cost" "Unused cost at public prices.";
}
