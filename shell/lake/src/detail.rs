//! The roll-up by month: what a billing period adds up to by usage type, operation, instance type and commitment.
//!
//! It knows no days. What a charge tells of who paid for it is decided here a charge at a time, by the rules of the view `eligible_usage`,
//! because sums do not tell it any more; what may change with Tenor (families, eligibility) is not decided here but when it is asked.

use crate::schema::{Column, ColumnInfo, Kind, ROLLUP_AMOUNTS, ROLLUP_DIMENSIONS};
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::sync::Arc;

/// The number of the rules below. What was rolled up by another number is not read: it is as if it were not there.
///
/// It goes up with every change to the columns, to [`paid_by`] and to [`sums`]: a file keeps what they said when it was written.
pub(crate) const DETAIL: u32 = 1;

/// The text columns that it keeps apart besides [`ROLLUP_DIMENSIONS`], before them in its file.
///
/// Its rows are in the order of these: what is decided by usage type is decided once for many neighbours.
pub const MORE_DIMENSIONS: &[Column] = &[
    Column::BillingCurrency,
    Column::XUsageType,
    Column::SkuMeter,
    Column::XOperation,
    Column::XInstanceType,
    Column::XInstanceFamily,
    Column::XSavingsPlanInstanceTypeFamily,
];

/// What it adds up besides [`ROLLUP_AMOUNTS`], in the order of its file and of [`sums`].
pub const MORE_SUMS: &[ColumnInfo] = &[
    ColumnInfo { name: "CommitmentDiscountQuantity", kind: Kind::Amount, meaning: "How much of the commitment." },
    ColumnInfo { name: "ConsumedQuantity", kind: Kind::Amount, meaning: "How much was used." },
    ColumnInfo { name: "NormalizedQuantity", kind: Kind::Amount, meaning: "Usage in normalized units, of charges that tell it." },
    ColumnInfo { name: "CostBeforeDiscounts", kind: Kind::Amount, meaning: "Amortized cost before private discounts." },
    ColumnInfo { name: "EffectiveCostRows", kind: Kind::Count, meaning: "Charges that have an EffectiveCost." },
    ColumnInfo { name: "ConsumedQuantityRows", kind: Kind::Count, meaning: "Charges that have a ConsumedQuantity." },
    ColumnInfo { name: "NormalizedQuantityRows", kind: Kind::Count, meaning: "Charges that have a NormalizedQuantity." },
    ColumnInfo { name: "CostBeforeDiscountsRows", kind: Kind::Count, meaning: "Charges that have a CostBeforeDiscounts." },
];

/// Sums of a group.
pub const SUMS: usize = ROLLUP_AMOUNTS.len() + MORE_SUMS.len();

/// A place in [`PAYERS`].
#[derive(Debug, Clone, Copy)]
enum Payer {
    CommitmentAtNoCost,
    CommitmentAtNoListPrice,
    Commitment,
    Unused,
    SpotAtNoListPrice,
    Spot,
    OnDemand,
}

/// Who may have paid for a charge, in the words of the view `eligible_usage`.
pub const PAYERS: &[&str] =
    &["commitment at no cost", "commitment at no list price", "commitment", "unused", "spot at no list price", "spot", "on demand"];

/// The column with the word of [`PAYERS`].
const PAID_BY: ColumnInfo = ColumnInfo { name: "PaidBy", kind: Kind::Text, meaning: "Who paid for the charges, were they eligible." };
const ROWS: ColumnInfo = ColumnInfo { name: "Rows", kind: Kind::Count, meaning: "Charges in the group." };
/// A commitment's money has eight decimals, and no rate is below a hundredth of the list price: 0.000001, counted in 10⁻¹².
const LIST_COST_THAT_COSTS: i128 = 1_000_000;

/// The text columns that it keeps apart, in the order of its file.
pub fn dimensions() -> impl Iterator<Item = Column> {
    MORE_DIMENSIONS.iter().chain(ROLLUP_DIMENSIONS).copied()
}

/// The columns of its file: dimensions, `PaidBy`, sums, `Rows`.
#[must_use]
pub fn columns() -> Vec<ColumnInfo> {
    let amounts = ROLLUP_AMOUNTS.iter().map(|column| column.info());
    dimensions().map(Column::info).chain([PAID_BY]).chain(amounts).chain(MORE_SUMS.iter().copied()).chain([ROWS]).collect()
}

/// The Arrow schema of its file.
#[must_use]
pub fn detail_schema() -> SchemaRef {
    let field = |info: &ColumnInfo| Field::new(info.name, info.data_type(), true);
    Arc::new(Schema::new(columns().iter().map(field).collect::<Vec<_>>()))
}

/// One charge, by its columns.
pub trait ChargeColumns {
    /// The text of a column, if it has one.
    fn text(&self, column: Column) -> Option<&[u8]>;
    /// The amount of a column in units of 10⁻¹², if it has one.
    fn amount(&self, column: Column) -> Option<i128>;
}

/// Who paid for a charge, as a place in [`PAYERS`]. A condition over what is not there does not hold, as in SQL.
#[must_use]
pub fn paid_by(charge: &impl ChargeColumns) -> usize {
    let (list, effective) = (charge.amount(Column::ListCost), charge.amount(Column::EffectiveCost));
    let costs = effective.is_some_and(|cost| cost != 0);
    let payer = match charge.text(Column::CommitmentDiscountStatus) {
        Some(b"Used") if effective == Some(0) && list.is_some_and(|list| list > LIST_COST_THAT_COSTS) => Payer::CommitmentAtNoCost,
        Some(b"Used") if costs && list == Some(0) => Payer::CommitmentAtNoListPrice,
        Some(b"Used") => Payer::Commitment,
        Some(b"Unused") => Payer::Unused,
        _ if charge.text(Column::PricingCategory) != Some(b"Dynamic".as_slice()) => Payer::OnDemand,
        _ => {
            // A Cost and Usage Report without an on-demand price has the cash as list cost.
            let has_no_price =
                || charge.text(Column::XLineItemType).is_some() && charge.amount(Column::XPublicOnDemandCost).unwrap_or(0) == 0;
            if costs && (list == Some(0) || has_no_price()) { Payer::SpotAtNoListPrice } else { Payer::Spot }
        }
    };
    payer as usize
}

/// What a charge adds to the sums of its group: [`ROLLUP_AMOUNTS`], then [`MORE_SUMS`].
#[must_use]
pub fn sums(charge: &impl ChargeColumns) -> [i128; SUMS] {
    let consumed = charge.amount(Column::ConsumedQuantity);
    let normalized = normalized_quantity(charge, consumed);
    let before_discounts = cost_before_discounts(charge);
    let is_there = |amount: Option<i128>| i128::from(amount.is_some());
    let amount = |column: Column| charge.amount(column).unwrap_or(0);
    let amounts = ROLLUP_AMOUNTS.iter().map(|column| amount(*column));
    let more = [
        amount(Column::CommitmentDiscountQuantity),
        consumed.unwrap_or(0),
        normalized.unwrap_or(0),
        before_discounts.unwrap_or(0),
        is_there(charge.amount(Column::EffectiveCost)),
        is_there(consumed),
        is_there(normalized),
        is_there(before_discounts),
    ];
    let mut sums = [0; SUMS];
    for (sum, more) in sums.iter_mut().zip(amounts.chain(more)) {
        *sum = more;
    }
    sums
}

/// Usage in normalized units; nothing where a report has none of usage that there was.
fn normalized_quantity(charge: &impl ChargeColumns, consumed: Option<i128>) -> Option<i128> {
    let is_told = |normalized: &i128| *normalized != 0 || consumed.unwrap_or(0) == 0;
    charge.amount(Column::XNormalizedUsageAmount).filter(is_told)
}

/// What a charge costs before private discounts, amortized.
fn cost_before_discounts(charge: &impl ChargeColumns) -> Option<i128> {
    let is_plan = charge.text(Column::CommitmentDiscountCategory) == Some(b"Spend".as_slice());
    let amount = |column: Column| charge.amount(column);
    match charge.text(Column::CommitmentDiscountStatus) {
        Some(b"Used") if is_plan => amount(Column::XSavingsPlanEffectiveCost),
        Some(b"Used") => amount(Column::XReservationEffectiveCost),
        Some(b"Unused") if is_plan => Some(amount(Column::XSavingsPlanTotalCommitment)? - amount(Column::XSavingsPlanUsedCommitment)?),
        Some(b"Unused") => Some(amount(Column::XReservationUnusedAmortizedUpfrontFee)? + amount(Column::XReservationUnusedRecurringFee)?),
        _ => amount(Column::XUnblendedCost),
    }
}

#[cfg(test)]
mod tests {
    use super::{ChargeColumns, PAYERS, SUMS, columns, detail_schema, paid_by, sums};
    use crate::schema::{Column, ROLLUP_AMOUNTS};
    use std::collections::BTreeMap;

    /// A charge from text: `Status=Used ListCost=5`, amounts in units.
    struct Told(BTreeMap<String, String>);

    impl ChargeColumns for Told {
        fn text(&self, column: Column) -> Option<&[u8]> {
            self.0.get(column.info().name).map(String::as_bytes)
        }

        fn amount(&self, column: Column) -> Option<i128> {
            self.0.get(column.info().name).map(|text| text.parse().unwrap())
        }
    }

    fn told(text: &str) -> Told {
        Told(text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[test]
    fn who_paid_is_told_by_status_price_and_cost() {
        let charges = [
            "CommitmentDiscountStatus=Used EffectiveCost=0 ListCost=1000001",
            "CommitmentDiscountStatus=Used EffectiveCost=0 ListCost=1000000",
            "CommitmentDiscountStatus=Used EffectiveCost=5 ListCost=0",
            "CommitmentDiscountStatus=Used EffectiveCost=5",
            "CommitmentDiscountStatus=Unused EffectiveCost=5",
            "PricingCategory=Dynamic EffectiveCost=5 ListCost=0",
            "PricingCategory=Dynamic EffectiveCost=5 ListCost=5 x_LineItemType=Usage",
            "PricingCategory=Dynamic EffectiveCost=5 ListCost=5 x_LineItemType=Usage x_PublicOnDemandCost=7",
            "PricingCategory=Dynamic EffectiveCost=5 ListCost=5",
            "PricingCategory=Dynamic ListCost=0",
            "PricingCategory=Standard EffectiveCost=5 ListCost=0",
            "",
        ];
        insta::assert_snapshot!(charges.map(|text| PAYERS[paid_by(&told(text))]).join("\n"), @"
        commitment at no cost
        commitment
        commitment at no list price
        commitment
        unused
        spot at no list price
        spot at no list price
        spot
        spot
        spot
        on demand
        on demand
        ");
    }

    #[test]
    fn what_a_charge_does_not_tell_is_not_counted() {
        let charges = [
            "ConsumedQuantity=2 x_NormalizedUsageAmount=0 x_UnblendedCost=3",
            "ConsumedQuantity=0 x_NormalizedUsageAmount=0",
            "CommitmentDiscountStatus=Used CommitmentDiscountCategory=Spend x_SavingsPlanEffectiveCost=4 EffectiveCost=3",
            "CommitmentDiscountStatus=Unused CommitmentDiscountCategory=Spend x_SavingsPlanTotalCommitment=9 x_SavingsPlanUsedCommitment=2",
            "CommitmentDiscountStatus=Unused x_ReservationUnusedRecurringFee=2",
        ];
        let more = |text: &str| format!("{:?}", &sums(&told(text))[ROLLUP_AMOUNTS.len()..]);
        insta::assert_snapshot!(charges.map(more).join("\n"), @"
        [0, 2, 0, 3, 0, 1, 0, 1]
        [0, 0, 0, 0, 0, 1, 1, 0]
        [0, 0, 0, 4, 1, 0, 0, 1]
        [0, 0, 0, 7, 0, 0, 0, 1]
        [0, 0, 0, 0, 0, 0, 0, 0]
        ");
    }

    #[test]
    fn these_are_the_rules_of_number_1() {
        let columns: Vec<_> = columns().iter().map(|column| column.name).collect();
        // What changes here, or in the figures of the tests above, takes another number.
        insta::assert_snapshot!(format!("{}: {}; {}", super::DETAIL, columns.join(" "), PAYERS.join(", ")), @"1: BillingCurrency x_UsageType SkuMeter x_Operation x_InstanceType x_InstanceFamily x_SavingsPlanInstanceTypeFamily BillingAccountId BillingAccountName SubAccountId SubAccountName ProviderName PublisherName ServiceCategory ServiceName x_ServiceCode RegionId ChargeCategory ChargeClass ChargeFrequency PricingCategory x_LineItemType x_PurchaseOption CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountStatus CommitmentDiscountType PaidBy BilledCost EffectiveCost ListCost ContractedCost x_UnblendedCost CommitmentDiscountQuantity ConsumedQuantity NormalizedQuantity CostBeforeDiscounts EffectiveCostRows ConsumedQuantityRows NormalizedQuantityRows CostBeforeDiscountsRows Rows; commitment at no cost, commitment at no list price, commitment, unused, spot at no list price, spot, on demand");
    }

    #[test]
    fn its_columns_are_dimensions_the_payer_and_sums() {
        assert_eq!(columns().len(), super::dimensions().count() + 1 + SUMS + 1);
        assert_eq!(detail_schema().fields().len(), columns().len());
    }
}
