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

/// Period, commitment and payer.
type Key = (String, String, String);

/// A commitment's period: what is unused of it by who owns that, and what each account used.
#[derive(Default)]
struct Held {
    unused: BTreeMap<Option<AccountId>, Money>,
    uses: Vec<Use<()>>,
}

/// What an account used, what that cost, and its share of what is unused.
type Sums = (Quantity, Money, Money);

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
            let groups: [Expr; 5] = [
                ident(crate::tables::PERIOD).alias("period"),
                ident(crate::tables::PAYER).alias("payer"),
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
            let text = |column: &str| row.text(column).unwrap_or_default();
            let held = held.entry((text("period"), text("commitment"), text("payer"))).or_default();
            let (account, cost) = (row.parsed("account")?, row.money("cost")?);
            if row.text("status").as_deref() == Some("Unused") {
                *held.unused.entry(account).or_default() += cost;
            } else {
                held.uses.push(Use { account, key: (), quantity: row.quantity("quantity")?, cost });
            }
        }
        // What several payers' bills say of one commitment is shared out in each of them, and told together.
        let mut charged: BTreeMap<(String, String, Option<AccountId>), Sums> = BTreeMap::new();
        for ((period, commitment, _), held) in held {
            for (account, sums) in held.charged(unused_to) {
                let so_far = charged.entry((period.clone(), commitment.clone(), account)).or_default();
                *so_far = (so_far.0 + sums.0, so_far.1 + sums.1, so_far.2 + sums.2);
            }
        }
        let told = |((period, commitment, account), (used, used_cost, unused_cost))| Charged {
            commitment: CommitmentId(commitment),
            period,
            account,
            used,
            used_cost,
            unused_cost,
        };
        let is_something = |one: &Charged| !(one.used.is_zero() && one.used_cost.is_zero() && one.unused_cost.is_zero());
        Ok(charged.into_iter().map(told).filter(is_something).collect())
    }
}

impl Held {
    fn charged(self, unused_to: UnusedTo) -> BTreeMap<Option<AccountId>, Sums> {
        let mut accounts: BTreeMap<Option<AccountId>, Sums> = BTreeMap::new();
        for one in &self.uses {
            let sums = accounts.entry(one.account.clone()).or_default();
            sums.0 += one.quantity;
            sums.1 += one.cost;
        }
        let unused = self.unused.values().copied().sum();
        let shares = if unused_to == UnusedTo::Beneficiaries { share_out(unused, &self.uses) } else { None };
        match shares {
            Some(shares) => shares.into_iter().for_each(|share| accounts.entry(share.account).or_default().2 += share.amount),
            None => self.unused.into_iter().for_each(|(owner, unused)| accounts.entry(owner).or_default().2 += unused),
        }
        accounts
    }
}
