//! What the bill says of private discounts: list and net cost of usage and of fees, day by day.

use super::fields::Fields;
use super::skus::{NAME, name};
use crate::{Engine, QueryError};
use jiff::civil::Date;
use tenor_bill::Hour;
use tenor_cover::replay::SkuName;
use tenor_money::{Money, Quantity};

/// Charges of one kind and SKU on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetCharge {
    /// `Usage`, `RIFee`, `SavingsPlanRecurringFee`; at a start `Fee` of reservations, `SavingsPlanUpfrontFee`.
    pub line_item_type: String,
    /// What of.
    pub sku: SkuName,
    /// When, in UTC.
    pub on: Date,
    /// How much was used.
    pub quantity: Quantity,
    /// What it costs before private discounts.
    pub list: Money,
    /// What the bill's net column says.
    pub net: Money,
    /// Rows that were added up; each is rounded by itself.
    pub rows: u64,
}

/// What was billed, by how often it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Hour by hour: usage, and recurring fees of plans.
    pub hourly: Money,
    /// Once a month for all of its hours, on its first day: recurring fees of reservations.
    pub monthly: Money,
    /// Once: upfront fees and whatever else is bought.
    pub once: Money,
}

impl Engine {
    /// Charges of which the bill says a net cost: on-demand usage, and recurring and upfront fees of reservations and plans.
    ///
    /// # Errors
    /// When the lake cannot be asked, or a value is none.
    pub async fn net_charges(&self) -> Result<Vec<NetCharge>, QueryError> {
        let statement = format!(
            "SELECT {NAME}, x_LineItemType, CAST(CAST(date_trunc('day', ChargePeriodStart) AS DATE) AS VARCHAR), sum(x_UsageAmount), \
             sum(x_UnblendedCost), sum(x_NetUnblendedCost), count(*) FROM charges WHERE x_NetUnblendedCost IS NOT NULL \
             AND (x_LineItemType = 'Usage' OR x_LineItemType IN ('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee') \
             AND ChargeCategory = 'Purchase' OR x_LineItemType = 'Fee' AND coalesce(CommitmentDiscountId, '') <> '') GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
        );
        let charge = |row: Fields| {
            let missing = |column| QueryError::FeeLacks { commitment: row.text(2).to_owned(), column };
            Ok(NetCharge {
                line_item_type: row.text(4).to_owned(),
                sku: name(&row),
                on: row.read(5).ok_or(missing("ChargePeriodStart"))?,
                quantity: row.read(6).unwrap_or_default(),
                list: row.read(7).ok_or(missing("x_UnblendedCost"))?,
                net: row.read(8).ok_or(missing("x_NetUnblendedCost"))?,
                rows: row.read(9).ok_or(missing("x_LineItemType"))?,
            })
        };
        Fields::all(self, &statement).await?.into_iter().map(charge).collect()
    }

    /// What was billed to a payer in some hours: usage and purchases, without taxes, credits and refunds.
    ///
    /// # Errors
    /// When the lake cannot be asked.
    pub async fn spent(&self, payer: &str, from: Hour, until: Hour) -> Result<Spent, QueryError> {
        let sum = |which: &str| format!("coalesce(sum(CASE WHEN {which} THEN BilledCost END), 0)");
        let is_fee = "ChargeCategory = 'Purchase'";
        let statement = format!(
            "SELECT {}, {}, {} FROM charges WHERE ChargeCategory IN ('Usage', 'Purchase') AND BillingAccountId = '{}' \
             AND ChargePeriodStart >= to_timestamp({}) AND ChargePeriodStart < to_timestamp({})",
            sum(&format!("NOT ({is_fee}) OR x_LineItemType = 'SavingsPlanRecurringFee'")),
            sum(&format!("{is_fee} AND x_LineItemType = 'RIFee'")),
            sum(&format!("{is_fee} AND coalesce(x_LineItemType, '') NOT IN ('SavingsPlanRecurringFee', 'RIFee')")),
            payer.replace('\'', "''"),
            from.start_second(),
            until.start_second()
        );
        let rows = Fields::all(self, &statement).await?;
        let amount = |place: usize| rows.first().and_then(|row| row.read(place)).unwrap_or_default();
        Ok(Spent { hourly: amount(0), monthly: amount(1), once: amount(2) })
    }
}
