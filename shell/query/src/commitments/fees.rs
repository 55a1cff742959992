//! What bills charge for commitments, fee by fee, and how complete each period is: `tenor ledger reconcile`.

use super::gather;
use crate::cost::{Range, touched};
use crate::engine::Planner;
use crate::tables::{PAYER, PERIOD};
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::{count, max, sum};
use datafusion::logical_expr::{Expr, ident, lit, when};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::{BillingPeriod, FeeKind};
use tenor_lake::schema::Column;
use tenor_money::Money;

/// With these words AWS begins the description of a refund of a plan, whose row has no name of the plan beside it. Source: `aws-rules` 3.1.
const REFUND_WORDS: &str = "Refund for one-time fee for Savings Plan ID";
/// Fees of commitments, also where a row does not say of which.
const FEE_LINES: [&str; 3] = ["RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee"];

/// What bills charge for commitments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitmentFees {
    /// The periods of each payer, and whether their bills are complete.
    pub periods: BTreeMap<(String, BillingPeriod), bool>,
    /// What is charged, in one order.
    pub fees: Vec<CommitmentFee>,
}

/// What a period charges for a commitment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitmentFee {
    /// Its name in the bill, mostly an ARN; of a refund the id in its description; empty where the bill has neither.
    pub commitment: String,
    /// On whose bill.
    pub payer: String,
    /// Of which period.
    pub period: BillingPeriod,
    /// What for.
    pub kind: FeeKind,
    /// How much, before private discounts.
    pub amount: Money,
}

impl Engine {
    /// Every fee of a commitment in these periods; nothing where the lake holds none of them.
    ///
    /// # Errors
    /// When the lake cannot be read, or the time is not made of whole periods.
    pub async fn commitment_fees(&self, range: &Range) -> Result<CommitmentFees, QueryError> {
        super::inventory::refuse_parts(range)?;
        if let Err(QueryError::NothingHeld | QueryError::NothingInRange { .. }) = touched(self, range) {
            return Ok(CommitmentFees::default());
        }
        Ok(CommitmentFees { periods: periods(self, range).await?, fees: fees(self, range).await? })
    }
}

fn column(column: Column) -> Expr {
    ident(column.info().name)
}

async fn fees(engine: &Engine, range: &Range) -> Result<Vec<CommitmentFee>, QueryError> {
    let touching = range.touching();
    let plan = move |planner: &Planner| {
        let line = || column(Column::XLineItemType);
        let is_purchase = column(Column::ChargeCategory).eq(lit("Purchase"));
        let is_fee =
            is_purchase.and(column(Column::CommitmentDiscountId).is_not_null().or(line().in_list(FEE_LINES.map(lit).to_vec(), false)));
        let is_credit = column(Column::ChargeCategory).eq(lit("Credit"));
        let is_named = column(Column::CommitmentDiscountId).is_not_null().and(line().is_null().or(line().eq(lit("Refund"))));
        let is_plans = column(Column::ChargeDescription).like(lit(format!("{REFUND_WORDS}%")));
        let wanted = is_fee.or(is_credit.and(is_named.or(is_plans)));
        // What has a name needs no description; those are many.
        let is_unnamed = column(Column::CommitmentDiscountId).is_null();
        let description = when(is_unnamed, column(Column::ChargeDescription)).end().map_err(QueryError::planning)?;
        let groups = vec![
            ident(PAYER).alias("payer"),
            ident(PERIOD).alias("period"),
            column(Column::CommitmentDiscountId).alias("commitment"),
            column(Column::ChargeCategory).alias("category"),
            column(Column::ChargeFrequency).alias("frequency"),
            description.alias("description"),
        ];
        let sums = vec![sum(column(Column::XUnblendedCost)).alias("unblended"), sum(column(Column::BilledCost)).alias("billed")];
        let table = planner.table("charges")?.filter(touching.and(wanted));
        table.and_then(|table| table.aggregate(groups, sums)).map_err(QueryError::planning)
    };
    let mut fees: BTreeMap<(String, String, BillingPeriod, FeeKind), Money> = BTreeMap::new();
    for row in gather::rows(engine, plan).await? {
        let text = |column: &str| row.text(column).unwrap_or_default();
        let kind = match (text("category").as_str(), text("frequency").as_str()) {
            ("Credit", _) => FeeKind::Refund,
            (_, "Recurring") => FeeKind::Recurring,
            _ => FeeKind::Upfront,
        };
        let named = Some(text("commitment")).filter(|name| !name.is_empty());
        let commitment = named.or_else(|| plan_named(&text("description"))).unwrap_or_default();
        // A source that knows no other cost has its cash.
        let amount = row.parsed("unblended")?.map_or_else(|| row.money("billed"), Ok)?;
        let Some(period) = row.parsed::<BillingPeriod>("period")? else { continue };
        *fees.entry((commitment, text("payer"), period, kind)).or_default() += amount;
    }
    let one = |((commitment, payer, period, kind), amount)| CommitmentFee { commitment, payer, period, kind, amount };
    Ok(fees.into_iter().map(one).collect())
}

/// The plan that a description names.
fn plan_named(description: &str) -> Option<String> {
    let words = description.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.into_iter().find(|word| word.len() == 36 && word.matches('-').count() == 4).map(str::to_owned)
}

/// A bill is complete when all usage on it is on an invoice; one that names no invoices, when its usage reaches to the period's end.
async fn periods(engine: &Engine, range: &Range) -> Result<BTreeMap<(String, BillingPeriod), bool>, QueryError> {
    let held = touched(engine, range)?.into_iter().map(|held| ((held.key.payer.to_string(), held.key.period), false));
    let mut periods: BTreeMap<_, _> = held.collect();
    let touching = range.touching();
    let plan = move |planner: &Planner| {
        let is_use = column(Column::ChargeCategory).eq(lit("Usage"));
        // What of a commitment nobody used is dated to the period's end from its beginning on.
        let status = || column(Column::CommitmentDiscountStatus);
        let is_consumed = status().is_null().or(status().eq(lit("Used")));
        let end = when(is_consumed, column(Column::ChargePeriodEnd)).end().map_err(QueryError::planning)?;
        let groups = vec![ident(PAYER).alias("payer"), ident(PERIOD).alias("period")];
        let sums = vec![count(lit(1)).alias("rows"), count(column(Column::InvoiceId)).alias("invoiced"), max(end).alias("last")];
        let table = planner.table("charges")?.filter(touching.and(is_use));
        table.and_then(|table| table.aggregate(groups, sums)).map_err(QueryError::planning)
    };
    for row in gather::rows(engine, plan).await? {
        let (rows, invoiced) = (row.count("rows")?, row.count("invoiced")?);
        let Some(period) = row.parsed::<BillingPeriod>("period")? else { continue };
        let reaches = row.parsed::<Timestamp>("last")?.is_some_and(|last| last >= period.end());
        let is_complete = if invoiced == 0 { reaches } else { invoiced == rows };
        periods.insert((row.text("payer").unwrap_or_default(), period), is_complete);
    }
    Ok(periods)
}

#[cfg(test)]
mod tests {
    use super::plan_named;

    #[test]
    fn a_refund_names_its_plan_in_words() {
        let id = "0a1b2c3d-0000-4000-8000-0123456789ab";
        assert_eq!(plan_named(&format!("Refund for one-time fee for Savings Plan ID: {id}")).as_deref(), Some(id));
        assert_eq!(plan_named(&format!("Refund for one-time fee for Savings Plan ID {id}.")).as_deref(), Some(id));
        assert_eq!(plan_named("Refund for one-time fee for Savings Plan ID"), None);
    }
}
