//! The columns of the `charges` table: FOCUS 1.2's, then `x_` columns for what AWS knows and FOCUS lacks.
//!
//! One declaration serves the writer, the SQL front, the export and the documentation. Files keep FOCUS's PascalCase names. Amounts and
//! quantities are `Decimal128(38, 12)`, moments `Timestamp(µs, UTC)`, everything else UTF-8 text; JSON columns hold one object with
//! sorted keys. The order here is the order in the files.

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Text of one JSON object with sorted keys.
    Json,
    /// An exact decimal at scale 12: money in the billing currency, or a quantity.
    Amount,
    /// A moment in UTC, to the microsecond.
    Moment,
    /// A day, in roll-ups only.
    Day,
    /// A whole number, in roll-ups only.
    Count,
}

/// One column of the `charges` table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnInfo {
    /// Its name in the files.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

impl ColumnInfo {
    /// Whether FOCUS 1.2 defines the column.
    #[must_use]
    pub fn is_focus(&self) -> bool {
        !self.name.starts_with("x_")
    }

    /// The Arrow type of the column in files and queries.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self.kind {
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Amount => DataType::Decimal128(38, 12),
            Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Day => DataType::Date32,
            Kind::Count => DataType::Int64,
        }
    }
}

macro_rules! columns {
    ($($kind:ident $variant:ident $name:literal $meaning:literal;)+) => {
        /// A column of the `charges` table, by name.
        #[expect(missing_docs, reason = "each column's meaning is data: `Column::info`")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Column { $($variant,)+ }

        /// Every column, in file order.
        pub const COLUMNS: &[Column] = &[$(Column::$variant,)+];

        impl Column {
            /// Its name, kind and meaning.
            #[must_use]
            pub const fn info(self) -> ColumnInfo {
                match self { $(Self::$variant => ColumnInfo { name: $name, kind: Kind::$kind, meaning: $meaning },)+ }
            }
        }
    };
}

columns! {
    Text AvailabilityZone "AvailabilityZone" "Availability zone the resource runs in.";
    Amount BilledCost "BilledCost" "Cash on the invoice, after private discounts.";
    Text BillingAccountId "BillingAccountId" "Account the bill is addressed to: the payer.";
    Text BillingAccountName "BillingAccountName" "Name of the payer account.";
    Text BillingAccountType "BillingAccountType" "Kind of the billing account.";
    Text BillingCurrency "BillingCurrency" "Currency of every amount.";
    Moment BillingPeriodEnd "BillingPeriodEnd" "First moment after the billing period.";
    Moment BillingPeriodStart "BillingPeriodStart" "First moment of the billing period.";
    Text CapacityReservationId "CapacityReservationId" "Capacity reservation the charge belongs to.";
    Text CapacityReservationStatus "CapacityReservationStatus" "Used or Unused, for charges of a capacity reservation.";
    Text ChargeCategory "ChargeCategory" "Usage, Purchase, Tax, Credit or Adjustment.";
    Text ChargeClass "ChargeClass" "Correction, when the charge corrects an earlier period.";
    Text ChargeDescription "ChargeDescription" "The provider's description of the charge.";
    Text ChargeFrequency "ChargeFrequency" "One-Time, Recurring or Usage-Based.";
    Moment ChargePeriodEnd "ChargePeriodEnd" "First moment after the time the charge is for.";
    Moment ChargePeriodStart "ChargePeriodStart" "First moment of the time the charge is for.";
    Text CommitmentDiscountCategory "CommitmentDiscountCategory" "Spend for a Savings Plan, Usage for a reservation.";
    Text CommitmentDiscountId "CommitmentDiscountId" "ARN of the commitment that the charge buys or that served it.";
    Text CommitmentDiscountName "CommitmentDiscountName" "Name of the commitment.";
    Amount CommitmentDiscountQuantity "CommitmentDiscountQuantity" "How much of the commitment was bought, used or unused.";
    Text CommitmentDiscountStatus "CommitmentDiscountStatus" "Used or Unused, for usage under a commitment.";
    Text CommitmentDiscountType "CommitmentDiscountType" "The provider's name for the kind of commitment.";
    Text CommitmentDiscountUnit "CommitmentDiscountUnit" "Unit of CommitmentDiscountQuantity.";
    Amount ConsumedQuantity "ConsumedQuantity" "How much was used, in ConsumedUnit.";
    Text ConsumedUnit "ConsumedUnit" "Unit of ConsumedQuantity.";
    Amount ContractedCost "ContractedCost" "Cost at the negotiated on-demand price.";
    Amount ContractedUnitPrice "ContractedUnitPrice" "Negotiated on-demand price of one PricingUnit.";
    Amount EffectiveCost "EffectiveCost" "Amortized cost.";
    Text InvoiceId "InvoiceId" "Invoice the charge is on; null while the period is open.";
    Text InvoiceIssuerName "InvoiceIssuerName" "Entity that issues the invoice.";
    Amount ListCost "ListCost" "Cost at the public on-demand price.";
    Amount ListUnitPrice "ListUnitPrice" "Public on-demand price of one PricingUnit.";
    Text PricingCategory "PricingCategory" "Standard, Dynamic, Committed or Other.";
    Text PricingCurrency "PricingCurrency" "Currency of the prices.";
    Amount PricingCurrencyContractedUnitPrice "PricingCurrencyContractedUnitPrice" "ContractedUnitPrice in PricingCurrency.";
    Amount PricingCurrencyEffectiveCost "PricingCurrencyEffectiveCost" "EffectiveCost in PricingCurrency.";
    Amount PricingCurrencyListUnitPrice "PricingCurrencyListUnitPrice" "ListUnitPrice in PricingCurrency.";
    Amount PricingQuantity "PricingQuantity" "How much was priced, in PricingUnit.";
    Text PricingUnit "PricingUnit" "Unit of PricingQuantity.";
    Text ProviderName "ProviderName" "Provider that makes the resources or services available.";
    Text PublisherName "PublisherName" "Entity that produced them.";
    Text RegionId "RegionId" "Region of the resource or service.";
    Text RegionName "RegionName" "Name of the region.";
    Text ResourceId "ResourceId" "ARN or id of the resource.";
    Text ResourceName "ResourceName" "Name of the resource.";
    Text ResourceType "ResourceType" "Kind of the resource.";
    Text ServiceCategory "ServiceCategory" "FOCUS category of the service.";
    Text ServiceName "ServiceName" "Name of the service.";
    Text ServiceSubcategory "ServiceSubcategory" "FOCUS subcategory of the service.";
    Text SkuId "SkuId" "Id of the SKU.";
    Text SkuMeter "SkuMeter" "What the SKU meters.";
    Json SkuPriceDetails "SkuPriceDetails" "Properties of the SKU price.";
    Text SkuPriceId "SkuPriceId" "Id of the price of the SKU.";
    Text SubAccountId "SubAccountId" "Account that used it.";
    Text SubAccountName "SubAccountName" "Name of the account that used it.";
    Text SubAccountType "SubAccountType" "Kind of the sub account.";
    Json Tags "Tags" "Tags of the resource.";
    Text XLineItemType "x_LineItemType" "AWS's line item type, as written; an Unused row keeps that of its fee.";
    Text XBillType "x_BillType" "Anniversary, Purchase or Refund.";
    Text XBillingEntity "x_BillingEntity" "AWS, AWS Marketplace or AISPL.";
    Text XServiceCode "x_ServiceCode" "AWS product code, AmazonEC2 for example.";
    Text XUsageType "x_UsageType" "AWS usage type, USE2-BoxUsage:m5.large for example.";
    Text XOperation "x_Operation" "AWS operation, RunInstances:0002 for example.";
    Amount XUsageAmount "x_UsageAmount" "Usage as AWS reports it, on every kind of row.";
    Amount XUnblendedCost "x_UnblendedCost" "Cash before private discounts.";
    Amount XNetUnblendedCost "x_NetUnblendedCost" "AWS's net unblended cost as reported.";
    Amount XPublicOnDemandCost "x_PublicOnDemandCost" "AWS's public on-demand cost as reported.";
    Amount XNormalizationFactor "x_NormalizationFactor" "Normalized units of one instance of this size.";
    Amount XNormalizedUsageAmount "x_NormalizedUsageAmount" "Usage in normalized units.";
    Text XPricingTerm "x_PricingTerm" "OnDemand, Reserved, Spot or empty.";
    Text XPurchaseOption "x_PurchaseOption" "All Upfront, Partial Upfront or No Upfront.";
    Text XOfferingClass "x_OfferingClass" "standard or convertible.";
    Text XLeaseContractLength "x_LeaseContractLength" "Term of the reservation: 1yr, 3yr.";
    Text XProductFamily "x_ProductFamily" "AWS product family.";
    Text XInstanceType "x_InstanceType" "Instance, node or class type.";
    Text XInstanceFamily "x_InstanceFamily" "AWS's instance family label.";
    Text XOperatingSystem "x_OperatingSystem" "Operating system of the price.";
    Text XTenancy "x_Tenancy" "Shared, Dedicated or Host.";
    Text XPreInstalledSoftware "x_PreInstalledSoftware" "Software in the price: SQL Std for example.";
    Text XLicenseModel "x_LicenseModel" "Licence model of the price.";
    Text XCapacityStatus "x_CapacityStatus" "Used, UnusedCapacityReservation, AllocatedCapacityReservation.";
    Text XDatabaseEngine "x_DatabaseEngine" "Database engine.";
    Text XDatabaseEdition "x_DatabaseEdition" "Database edition.";
    Text XDeploymentOption "x_DeploymentOption" "Single-AZ, Multi-AZ.";
    Text XCacheEngine "x_CacheEngine" "Cache engine.";
    Text XSubscriptionId "x_SubscriptionId" "AWS's subscription id of the price or reservation.";
    Amount XReservationEffectiveCost "x_ReservationEffectiveCost" "Reservation cost of this usage before private discounts.";
    Amount XReservationAmortizedUpfrontFee "x_ReservationAmortizedUpfrontFee" "Upfront share of this billing period, on the fee row.";
    Amount XReservationUnusedAmortizedUpfrontFee "x_ReservationUnusedAmortizedUpfrontFee" "Its unused part.";
    Amount XReservationUnusedRecurringFee "x_ReservationUnusedRecurringFee" "Unused part of the recurring fee.";
    Amount XReservationAmortizedUpfrontCostForUsage "x_ReservationAmortizedUpfrontCostForUsage" "Upfront share of this usage.";
    Amount XReservationRecurringFeeForUsage "x_ReservationRecurringFeeForUsage" "Recurring fee of this usage.";
    Amount XReservationUpfrontValue "x_ReservationUpfrontValue" "Upfront price paid for the reservation.";
    Amount XReservationNumberOfReservations "x_ReservationNumberOfReservations" "How many instances the reservation holds.";
    Amount XReservationUnitsPerReservation "x_ReservationUnitsPerReservation" "Hours per instance of the reservation.";
    Amount XReservationNormalizedUnitsPerReservation "x_ReservationNormalizedUnitsPerReservation" "Normalized units per instance.";
    Amount XReservationTotalReservedUnits "x_ReservationTotalReservedUnits" "Hours held in the period or term.";
    Amount XReservationTotalReservedNormalizedUnits "x_ReservationTotalReservedNormalizedUnits" "Normalized units held.";
    Amount XReservationUnusedQuantity "x_ReservationUnusedQuantity" "Hours that served nothing.";
    Amount XReservationUnusedNormalizedUnits "x_ReservationUnusedNormalizedUnits" "Normalized units that served nothing.";
    Text XReservationStartTime "x_ReservationStartTime" "Start of the reservation, as written.";
    Text XReservationEndTime "x_ReservationEndTime" "End of the reservation, as written.";
    Text XReservationAvailabilityZone "x_ReservationAvailabilityZone" "Zone of a zonal reservation.";
    Text XReservationModificationStatus "x_ReservationModificationStatus" "Original, Modified and the like.";
    Amount XSavingsPlanEffectiveCost "x_SavingsPlanEffectiveCost" "Commitment allocated to this usage before private discounts.";
    Amount XSavingsPlanRate "x_SavingsPlanRate" "Savings Plan rate of one unit of this usage.";
    Amount XSavingsPlanTotalCommitment "x_SavingsPlanTotalCommitment" "Commitment of the fee row's time.";
    Amount XSavingsPlanUsedCommitment "x_SavingsPlanUsedCommitment" "What of it covered usage.";
    Amount XSavingsPlanAmortizedUpfront "x_SavingsPlanAmortizedUpfront" "Upfront share of the fee row's time.";
    Amount XSavingsPlanRecurring "x_SavingsPlanRecurring" "Recurring fee of the fee row's time.";
    Text XSavingsPlanStartTime "x_SavingsPlanStartTime" "Start of the plan, as written.";
    Text XSavingsPlanEndTime "x_SavingsPlanEndTime" "End of the plan, as written.";
    Text XSavingsPlanOfferingType "x_SavingsPlanOfferingType" "ComputeSavingsPlans, EC2InstanceSavingsPlans and the like.";
    Text XSavingsPlanPaymentOption "x_SavingsPlanPaymentOption" "Payment option of the plan.";
    Text XSavingsPlanPurchaseTerm "x_SavingsPlanPurchaseTerm" "Term of the plan.";
    Text XSavingsPlanInstanceTypeFamily "x_SavingsPlanInstanceTypeFamily" "Family of an EC2 Instance plan.";
    Text XSavingsPlanRegion "x_SavingsPlanRegion" "Region of an EC2 Instance plan.";
    Text XFromLocation "x_FromLocation" "Where a data transfer starts.";
    Text XToLocation "x_ToLocation" "Where a data transfer ends.";
    Text XTaxType "x_TaxType" "Kind of tax.";
    Text XLegalEntity "x_LegalEntity" "Seller of record.";
    Json XCostCategories "x_CostCategories" "AWS cost categories.";
    Json XDiscounts "x_Discounts" "AWS's discount amounts of the row.";
    Json XExtra "x_Extra" "Columns of a FOCUS source that have no place above.";
}

impl Column {
    /// The column of that exact name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        COLUMNS.iter().copied().find(|column| column.info().name == name)
    }
}

/// The Arrow schema of the `charges` files.
#[must_use]
pub fn charges_schema() -> SchemaRef {
    let field = |column: &Column| Field::new(column.info().name, column.info().data_type(), true);
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

/// The Arrow schema of the `split_costs` files.
#[must_use]
pub fn split_costs_schema() -> SchemaRef {
    let field = |info: &ColumnInfo| Field::new(info.name, info.data_type(), true);
    Arc::new(Schema::new(crate::read::SPLIT_TABLE.iter().map(field).collect::<Vec<_>>()))
}

/// The text columns that a roll-up keeps apart, in the order of its file, after its `Day`.
pub const ROLLUP_DIMENSIONS: &[Column] = &[
    Column::BillingAccountId,
    Column::BillingAccountName,
    Column::SubAccountId,
    Column::SubAccountName,
    Column::ProviderName,
    Column::PublisherName,
    Column::ServiceCategory,
    Column::ServiceName,
    Column::XServiceCode,
    Column::RegionId,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::ChargeFrequency,
    Column::PricingCategory,
    Column::XLineItemType,
    Column::XPurchaseOption,
    Column::CommitmentDiscountCategory,
    Column::CommitmentDiscountId,
    Column::CommitmentDiscountStatus,
    Column::CommitmentDiscountType,
];

/// The amounts that a roll-up sums.
pub const ROLLUP_AMOUNTS: &[Column] =
    &[Column::BilledCost, Column::EffectiveCost, Column::ListCost, Column::ContractedCost, Column::XUnblendedCost];

/// The Arrow schema of a roll-up: `Day` (null for charges longer than a day), dimensions, summed amounts, `Rows`.
#[must_use]
pub fn rollup_schema() -> SchemaRef {
    let mut fields = vec![Field::new("Day", DataType::Date32, true)];
    fields.extend(ROLLUP_DIMENSIONS.iter().chain(ROLLUP_AMOUNTS).map(|c| Field::new(c.info().name, c.info().data_type(), true)));
    fields.push(Field::new("Rows", DataType::Int64, false));
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, Column, Kind};
    use std::collections::BTreeSet;

    /// The page of all columns, as `docs/spec/columns.md` has it.
    fn page() -> String {
        let mut page = String::from(
            "# The columns of `charges`\n\nWritten by a test of `shell/lake/src/schema.rs` (`UPDATE_DOCS=1 cargo test -p tenor-lake`). \
             FOCUS 1.2 columns first, then `x_` for what AWS knows and FOCUS lacks. Any column may be null.\n\n\
             | column | holds | meaning |\n|---|---|---|\n",
        );
        for info in COLUMNS.iter().map(|column| column.info()) {
            let holds = match info.kind {
                Kind::Text => "text",
                Kind::Json => "JSON object as text",
                Kind::Amount => "decimal(38, 12)",
                Kind::Moment => "timestamp, µs, UTC",
                Kind::Day | Kind::Count => unreachable!("only roll-ups have these"),
            };
            page.push_str(&format!("| `{}` | {holds} | {} |\n", info.name, info.meaning));
        }
        page
    }

    #[test]
    fn the_documentation_lists_every_column() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/columns.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page());
    }

    #[test]
    fn all_57_focus_columns_are_there_once_and_in_alphabetical_order() {
        let names: Vec<_> = COLUMNS.iter().map(|column| column.info()).filter(|info| info.is_focus()).map(|info| info.name).collect();
        assert_eq!(names.len(), 57);
        assert!(names.is_sorted());
        let distinct: BTreeSet<_> = COLUMNS.iter().map(|column| column.info().name.to_lowercase()).collect();
        assert_eq!(distinct.len(), COLUMNS.len(), "names differ even when case is ignored, as SQL ignores it");
        assert_eq!(Column::named("BilledCost"), Some(Column::BilledCost));
    }
}
