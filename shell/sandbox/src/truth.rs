//! The ground truth: what a written bill adds up to, kept while its rows are made, so that readers can be compared with it.

use crate::exact;
use crate::line::{LineItem, LineItemType};
use crate::month::{Month, PRODUCTS};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Quantity};

/// Sums over some rows of a bill. Split-cost rows are in none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many rows.
    pub rows: u64,
    /// Cash before private discounts.
    pub unblended: Money,
    /// AWS's published amortized cost.
    pub amortized: Money,
    /// Cash after private discounts.
    pub net_unblended: Money,
    /// Amortized cost after private discounts.
    pub net_amortized: Money,
    /// At public on-demand rates.
    pub public_on_demand: Money,
}

/// What one commitment held and what was used of it in one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitmentTotals {
    /// Units held: hours, or normalized hours for a size-flexible reservation; for a plan its commitment in money's number.
    pub held: Quantity,
    /// Units used.
    pub used: Quantity,
    /// Amortized upfront and recurring fee of the period.
    pub cost: Money,
    /// The part of it that covered usage carries.
    pub used_cost: Money,
    /// The part that nothing used.
    pub unused_cost: Money,
    /// The period's amortized upfront alone.
    pub amortized_upfront: Money,
}

/// One billing period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodTruth {
    /// Which month.
    pub period: BillingPeriod,
    /// By line item type.
    pub by_type: BTreeMap<LineItemType, Totals>,
    /// By account id.
    pub by_account: BTreeMap<String, Totals>,
    /// By ARN.
    pub commitments: BTreeMap<String, CommitmentTotals>,
    /// Split-cost rows, which no total counts.
    pub split_rows: u64,
}

/// What a written bill holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundTruth {
    /// The payer's account id.
    pub payer: String,
    /// In order.
    pub periods: Vec<PeriodTruth>,
    /// The sharing settings, as `sharing.toml` holds them (`docs/spec/sharing.md`).
    pub sharing: String,
    /// The price list, as `prices.csv` holds it (`docs/spec/sharing.md`).
    pub prices: String,
}

/// The sums of some of a month's rows, by number instead of name.
pub(crate) struct Sums {
    by_kind: Vec<Totals>,
    by_account: Vec<Totals>,
    /// By account, then product: unblended and net.
    pub(crate) cash: Vec<[(Money, Money); PRODUCTS.len()]>,
    pub(crate) reservations: Vec<ReservationUse>,
    plans: Vec<PlanUse>,
    split_rows: u64,
}

/// What covered usage took from a reservation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReservationUse {
    pub(crate) hours: Quantity,
    pub(crate) normalized: Quantity,
    pub(crate) amortized: Money,
    pub(crate) recurring: Money,
}

#[derive(Debug, Clone, Copy, Default)]
struct PlanUse {
    commitment: Money,
    used: Money,
    amortized: Money,
}

impl Sums {
    pub(crate) fn new(month: &Month<'_>) -> Self {
        let world = month.world;
        Self {
            by_kind: vec![Totals::default(); month.kinds.len()],
            by_account: vec![Totals::default(); world.accounts.len()],
            cash: vec![Default::default(); world.accounts.len()],
            reservations: vec![ReservationUse::default(); world.reservations.len()],
            plans: vec![PlanUse::default(); world.plans.len()],
            split_rows: 0,
        }
    }

    /// Counts rows in.
    pub(crate) fn add(&mut self, month: &Month<'_>, rows: &[LineItem]) {
        for row in rows {
            self.add_row(month, row);
        }
    }

    /// Counts in what another thread has counted; order does not matter, the sums are exact.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.by_kind.iter_mut().zip(&other.by_kind).for_each(|(a, b)| a.merge(b));
        self.by_account.iter_mut().zip(&other.by_account).for_each(|(a, b)| a.merge(b));
        for (a, b) in self.cash.iter_mut().flatten().zip(other.cash.iter().flatten()) {
            a.0 += b.0;
            a.1 += b.1;
        }
        for (a, b) in self.reservations.iter_mut().zip(&other.reservations) {
            a.hours += b.hours;
            a.normalized += b.normalized;
            a.amortized += b.amortized;
            a.recurring += b.recurring;
        }
        for (a, b) in self.plans.iter_mut().zip(&other.plans) {
            a.commitment += b.commitment;
            a.used += b.used;
            a.amortized += b.amortized;
        }
        self.split_rows += other.split_rows;
    }

    /// The sums under their names.
    pub(crate) fn into_truth(self, month: &Month<'_>) -> PeriodTruth {
        let mut by_type: BTreeMap<LineItemType, Totals> = BTreeMap::new();
        for (kind, totals) in month.kinds.iter().zip(&self.by_kind).filter(|(_, totals)| totals.rows > 0) {
            by_type.entry(kind.line_type).or_default().merge(totals);
        }
        let accounts = month.world.accounts.iter().zip(&self.by_account);
        let by_account = accounts.filter(|(_, totals)| totals.rows > 0).map(|(account, totals)| (account.id.clone(), *totals)).collect();
        let commitments = self.commitments(month);
        PeriodTruth { period: month.period, by_type, by_account, commitments, split_rows: self.split_rows }
    }

    fn add_row(&mut self, month: &Month<'_>, row: &LineItem) {
        let kind = &month.kinds[row.kind as usize];
        if kind.split {
            self.split_rows += 1;
            return;
        }
        let totals = Totals::of(month, row);
        self.by_kind[row.kind as usize].merge(&totals);
        let account = month.world.places[row.place as usize].account as usize;
        self.by_account[account].merge(&totals);
        let product = PRODUCTS.iter().position(|code| *code == kind.product_code).expect("every product is listed");
        let cash = &mut self.cash[account][product];
        cash.0 += totals.unblended;
        cash.1 += totals.net_unblended;
        match (kind.line_type, kind.reservation, kind.plan) {
            (LineItemType::DiscountedUsage, Some(reservation), _) => {
                let used = &mut self.reservations[reservation as usize];
                used.hours += row.usage;
                used.normalized += row.normalized;
                used.amortized += row.ri.amortized_for_usage;
                used.recurring += row.ri.recurring_for_usage;
            }
            (LineItemType::SavingsPlanRecurringFee, _, Some(plan)) => {
                let held = &mut self.plans[plan as usize];
                held.commitment += row.sp.commitment;
                held.amortized += row.sp.amortized;
            }
            (LineItemType::SavingsPlanCoveredUsage, _, Some(plan)) => self.plans[plan as usize].used += row.sp.effective,
            _ => {}
        }
    }

    fn commitments(&self, month: &Month<'_>) -> BTreeMap<String, CommitmentTotals> {
        let mut found = BTreeMap::new();
        for (reservation, used) in month.world.reservations.iter().zip(&self.reservations) {
            let hours = reservation.reserved_hours(month.start, month.end);
            let (held, used_units) =
                if reservation.flexible { (exact::normalize(hours, reservation.factor), used.normalized) } else { (hours, used.hours) };
            if held.is_zero() {
                continue;
            }
            let amortized = reservation.amortized(month.start, month.end);
            let cost = amortized + reservation.recurring(month.start, month.end);
            let used_cost = used.amortized + used.recurring;
            let unused_cost = cost - used_cost;
            let totals = CommitmentTotals { held, used: used_units, cost, used_cost, unused_cost, amortized_upfront: amortized };
            found.insert(reservation.arn.clone(), totals);
        }
        for (plan, sums) in month.world.plans.iter().zip(&self.plans).filter(|(_, sums)| !sums.commitment.is_zero()) {
            let totals = CommitmentTotals {
                held: Quantity::from_units(sums.commitment.units()),
                used: Quantity::from_units(sums.used.units()),
                cost: sums.commitment,
                used_cost: sums.used,
                unused_cost: sums.commitment - sums.used,
                amortized_upfront: sums.amortized,
            };
            found.insert(plan.arn.clone(), totals);
        }
        found
    }
}

impl Totals {
    pub(crate) fn of(month: &Month<'_>, row: &LineItem) -> Self {
        let kind = &month.kinds[row.kind as usize];
        let has_commitment = kind.reservation.or(kind.plan).is_some();
        let amortized = row.amortized_cost(kind.line_type, has_commitment);
        let net = |gross: Money| month.net(kind, gross);
        let public_on_demand = if kind.line_type == LineItemType::SavingsPlanNegation { Money::ZERO } else { row.public };
        Self {
            rows: 1,
            unblended: row.unblended,
            amortized,
            net_unblended: net(row.unblended),
            net_amortized: net(amortized),
            public_on_demand,
        }
    }

    /// Adds other rows' sums.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.unblended += other.unblended;
        self.amortized += other.amortized;
        self.net_unblended += other.net_unblended;
        self.net_amortized += other.net_amortized;
        self.public_on_demand += other.public_on_demand;
    }

    fn json(&self) -> Value {
        json!({
            "rows": self.rows,
            "unblended": self.unblended.to_string(),
            "amortized": self.amortized.to_string(),
            "net_unblended": self.net_unblended.to_string(),
            "net_amortized": self.net_amortized.to_string(),
            "public_on_demand": self.public_on_demand.to_string(),
        })
    }
}

impl PeriodTruth {
    /// The sums over all rows.
    #[must_use]
    pub fn total(&self) -> Totals {
        let mut total = Totals::default();
        self.by_type.values().for_each(|totals| total.merge(totals));
        total
    }
}

impl GroundTruth {
    /// The truth as JSON with amounts as text: what `expected.json` holds.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let period = |truth: &PeriodTruth| {
            let by_type: serde_json::Map<String, Value> = truth.by_type.iter().map(|(t, s)| (t.text().to_owned(), s.json())).collect();
            let by_account: serde_json::Map<String, Value> = truth.by_account.iter().map(|(a, s)| (a.clone(), s.json())).collect();
            let commitment = |totals: &CommitmentTotals| {
                json!({
                    "held": totals.held.to_string(),
                    "used": totals.used.to_string(),
                    "unused": (totals.held - totals.used).to_string(),
                    "cost": totals.cost.to_string(),
                    "used_cost": totals.used_cost.to_string(),
                    "unused_cost": totals.unused_cost.to_string(),
                    "amortized_upfront": totals.amortized_upfront.to_string(),
                })
            };
            let commitments: serde_json::Map<String, Value> =
                truth.commitments.iter().map(|(arn, t)| (arn.clone(), commitment(t))).collect();
            json!({
                "billing_period": truth.period.to_string(),
                "total": truth.total().json(),
                "by_line_item_type": by_type,
                "by_account": by_account,
                "commitments": commitments,
                "split_rows": truth.split_rows,
            })
        };
        json!({
            "payer": self.payer,
            "prices": "on-demand and reservations 2025-04; Savings Plans, EC2 upfront fees, Windows, Spot and other services simulated",
            "periods": self.periods.iter().map(period).collect::<Vec<_>>(),
        })
    }
}
