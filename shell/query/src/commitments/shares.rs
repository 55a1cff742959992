//! Who is charged for what is unused of commitments, by billing period.

use super::gather;
use super::inventory::refuse_parts;
use crate::cost::{Range, touched};
use crate::engine::Planner;
use crate::{Engine, QueryError};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{Expr, ident};
use std::collections::BTreeMap;
use tenor_bill::AccountId;
use tenor_cover::CommitmentId;
use tenor_cover::inventory::{Use, share_out};
use tenor_lake::schema::Column;
use tenor_money::{Money, Quantity};

/// Who is charged for what is unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusedTo {
    /// The account that bought the commitment.
    Owner,
    /// The accounts that used it in the same billing period, in proportion; the owner where none did.
    Beneficiaries,
}

/// What one account is charged for one commitment in one billing period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// The commitment.
    pub commitment: CommitmentId,
    /// The period, as 2018-10.
    pub period: String,
    /// The account; none where the bill names no owner.
    pub account: Option<AccountId>,
    /// What it used, in the commitment's unit.
    pub used: Quantity,
    /// Amortized cost of what it used.
    pub used_cost: Money,
    /// Its share of what is unused.
    pub unused_cost: Money,
}

type Key = (String, String);

/// A commitment's period: what is unused of it and who owns it, and what each account used.
#[derive(Default)]
struct Held {
    unused: Money,
    owner: Option<AccountId>,
    uses: Vec<Use<()>>,
}

impl Engine {
    /// Who is charged for what is unused of each commitment, by period; also who used it and is charged nothing.
    ///
    /// # Errors
    /// As [`Engine::inventory`].
    pub async fn charged(&self, range: &Range, unused_to: UnusedTo) -> Result<Vec<Charged>, QueryError> {
        touched(self, range)?;
        refuse_parts(range)?;
        let column = |column: Column| ident(column.info().name);
        let touching = range.touching();
        let plan = move |planner: &Planner| {
            let groups: [Expr; 4] = [
                ident(crate::tables::PERIOD).alias("period"),
                column(Column::CommitmentDiscountId).alias("commitment"),
                column(Column::SubAccountId).alias("account"),
                column(Column::CommitmentDiscountStatus).alias("status"),
            ];
            let sums =
                vec![sum(column(Column::CommitmentDiscountQuantity)).alias("quantity"), sum(column(Column::EffectiveCost)).alias("cost")];
            let of_commitments =
                column(Column::CommitmentDiscountStatus).is_not_null().and(column(Column::CommitmentDiscountId).is_not_null());
            let table = planner.table("charges")?.filter(touching.and(of_commitments));
            table.and_then(|table| table.aggregate(groups.to_vec(), sums)).map_err(QueryError::planning)
        };
        let mut held: BTreeMap<Key, Held> = BTreeMap::new();
        for row in gather::rows(self, plan).await? {
            let key = (row.text("period").unwrap_or_default(), row.text("commitment").unwrap_or_default());
            let held = held.entry(key).or_default();
            let account = row.parsed("account");
            if row.text("status").as_deref() == Some("Unused") {
                held.unused += row.money("cost");
                held.owner = account.or(held.owner.take());
            } else {
                held.uses.push(Use { account, key: (), quantity: row.quantity("quantity"), cost: row.money("cost") });
            }
        }
        Ok(held.into_iter().flat_map(|(key, held)| held.charged(&key, unused_to)).collect())
    }
}

impl Held {
    fn charged(self, (period, commitment): &Key, unused_to: UnusedTo) -> Vec<Charged> {
        let mut accounts: BTreeMap<Option<AccountId>, (Quantity, Money, Money)> = BTreeMap::new();
        for one in &self.uses {
            let sums = accounts.entry(one.account.clone()).or_default();
            sums.0 += one.quantity;
            sums.1 += one.cost;
        }
        let shares = if unused_to == UnusedTo::Beneficiaries { share_out(self.unused, &self.uses) } else { None };
        match shares {
            Some(shares) => shares.into_iter().for_each(|share| accounts.entry(share.account).or_default().2 += share.amount),
            None => accounts.entry(self.owner).or_default().2 += self.unused,
        }
        let charged = |(account, (used, used_cost, unused_cost))| Charged {
            commitment: CommitmentId(commitment.clone()),
            period: period.clone(),
            account,
            used,
            used_cost,
            unused_cost,
        };
        let is_something = |one: &Charged| !(one.used.is_zero() && one.used_cost.is_zero() && one.unused_cost.is_zero());
        accounts.into_iter().map(charged).filter(is_something).collect()
    }
}
