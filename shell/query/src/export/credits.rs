//! What credits make of list and contracted costs: the lake gives them none, and FOCUS the cost that was billed.

use super::conform::IS_PLAIN_CREDIT;
use crate::cost::Range;
use crate::engine::Planner;
use crate::rows::text;
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::ident;
use tenor_money::Money;

/// How much more an export's list and contracted costs add up to than those of the lake, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditDifference {
    /// The currency, where charges give one.
    pub currency: Option<String>,
    /// Of `ListCost`.
    pub list: Money,
    /// Of `ContractedCost`.
    pub contracted: Money,
}

/// The differences of an export of `range`, none of them of nothing.
pub(super) async fn differences(engine: &Engine, range: Range) -> Result<Vec<CreditDifference>, QueryError> {
    let plan = move |planner: &Planner| {
        let charges = planner.table("charges")?.filter(range.touching()).map_err(QueryError::planning)?;
        let credits = planner.condition(planner.parsed(IS_PLAIN_CREDIT)?, charges.schema())?;
        let amounts = ["BilledCost", "ListCost", "ContractedCost"].map(|column| sum(ident(column)).alias(column));
        let sums = charges.filter(credits).and_then(|charges| charges.aggregate(vec![ident("BillingCurrency")], amounts.to_vec()));
        sums.and_then(|sums| sums.sort(vec![ident("BillingCurrency").sort(true, false)])).map_err(QueryError::planning)
    };
    let mut rows = engine.ask(plan).await?;
    let mut differences = Vec::new();
    while let Some(rows) = rows.next().await? {
        for row in rows {
            let mut values = row.into_iter().map(text);
            let currency = values.next().flatten();
            let mut amount = || -> Money { values.next().flatten().map_or(Money::ZERO, |text| text.parse().expect("it is an amount")) };
            let (billed, list, contracted) = (amount(), amount(), amount());
            differences.push(CreditDifference { currency, list: billed - list, contracted: billed - contracted });
        }
    }
    differences.retain(|difference| !(difference.list.is_zero() && difference.contracted.is_zero()));
    Ok(differences)
}
