//! What a period adds up to, and the identities that show nothing was lost.
//!
//! Sources: `docs/spec/charges.md` (checks per import and period); AWS's published amortization arithmetic.

use crate::become_charge::{Charges, Costs};
use crate::commitment::{PlanSums, ReservationSums};
use crate::line_item::{LineItem, LineItemType, Reported};
use std::collections::BTreeMap;
use tenor_money::Money;

/// Running totals of one period's line items and of the charges they became.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Source: `UnblendedCost` of every row.
    pub source_unblended: Money,
    /// Source: net unblended where a row has it, else unblended.
    pub source_charged: Money,
    /// Source: covered usage and its negation at unblended cost; zero when plans' usage is negated and reservations' usage is free.
    pub covered_and_negation: Money,
    /// Source: the same, net where a row has it.
    pub covered_and_negation_charged: Money,
    /// Source: AWS's amortized cost.
    pub source_amortized: Money,
    /// Source: what leads from amortized cost to cash.
    pub source_bridge: Money,
    /// Charges: sums of the five costs.
    pub billed: Money,
    /// See `billed`.
    pub effective: Money,
    /// See `billed`.
    pub list: Money,
    /// See `billed`.
    pub contracted: Money,
    /// See `billed`.
    pub unblended: Money,
    /// Source: unblended cost of split-cost rows, which are no charges. Zero, as they repeat the cost of what they split.
    pub split_unblended: Money,
    /// Source: rows of usage under commitments; AWS rounds the cost of each.
    pub covered_rows: u64,
    /// What rounding took away, by source column.
    pub rounding: BTreeMap<String, Rounding>,
    /// Sum of the unblended costs of quarantined rows that could be read; part of the source, not of the charges.
    pub quarantined_unblended: Money,
    /// The same in cash: net where a row has it.
    pub quarantined_charged: Money,
    /// Quarantined rows whose cost could not be read.
    pub quarantined_unreadable: u64,
    /// What each reservation adds up to, by ARN.
    pub reservations: BTreeMap<String, ReservationSums>,
    /// What each Savings Plan adds up to, by ARN.
    pub plans: BTreeMap<String, PlanSums>,
}

/// What rounding long numbers of one source column to the scale took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounding {
    /// Numbers that were rounded.
    pub numbers: u64,
    /// What they lost together, in 10⁻²⁴.
    pub residue: i128,
}

/// An identity that does not close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name, stable and short.
    pub name: String,
    /// By how much.
    pub amount: Money,
    /// What it means.
    pub meaning: &'static str,
    /// Whether the source itself explains it.
    pub explained: bool,
}

impl Sums {
    /// Counts one line and the charges it became. `charges` is empty for split-cost rows, which the caller does not pass here.
    pub fn add(&mut self, line: &LineItem, charges: &Charges) {
        let (gross, charged) = (line.unblended.gross(), line.unblended.charged());
        self.source_unblended += gross;
        self.source_charged += charged;
        let covered = [LineItemType::SavingsPlanCoveredUsage, LineItemType::SavingsPlanNegation, LineItemType::DiscountedUsage];
        if covered.contains(&line.kind) {
            self.covered_and_negation += gross;
            self.covered_and_negation_charged += charged;
            self.covered_rows += u64::from(line.kind != LineItemType::SavingsPlanNegation);
        }
        self.source_amortized += line.amortized_cost();
        self.source_bridge += line.cash_bridge();
        for charge in [charges.main, charges.unused].into_iter().flatten() {
            self.billed += charge.costs.billed;
            self.effective += charge.costs.effective;
            self.list += charge.costs.list;
            self.contracted += charge.costs.contracted;
            self.unblended += charge.costs.unblended;
        }
    }

    /// Counts a FOCUS row, which is a charge already: source and charges are the same, and no AWS column is there to check them by.
    pub fn add_focus(&mut self, costs: &Costs) {
        self.source_charged += costs.billed;
        self.source_amortized += costs.effective;
        self.source_bridge += costs.billed - costs.effective;
        self.billed += costs.billed;
        self.effective += costs.effective;
        self.list += costs.list;
        self.contracted += costs.contracted;
    }

    /// Counts a line toward its commitment. Lines that neither use nor pay for one are passed by.
    pub fn add_commitment(&mut self, arn: &str, line: &LineItem) {
        match line.kind {
            LineItemType::RiFee | LineItemType::DiscountedUsage => sums_of(&mut self.reservations, arn).add(line),
            LineItemType::SavingsPlanCoveredUsage | LineItemType::SavingsPlanRecurringFee => sums_of(&mut self.plans, arn).add(line),
            _ => {}
        }
    }

    /// Whether another line of that commitment can be counted: a bill with more of them than [`COMMITMENTS_MAX`] is none.
    #[must_use]
    pub fn has_room_for(&self, arn: &str) -> bool {
        let held = self.reservations.len() + self.plans.len();
        held < COMMITMENTS_MAX || self.reservations.contains_key(arn) || self.plans.contains_key(arn)
    }

    /// Counts a number of a source column that was rounded.
    pub fn add_rounding(&mut self, column: &str, residue: i128) {
        let rounding = sums_of(&mut self.rounding, column);
        rounding.numbers += 1;
        rounding.residue += residue;
    }

    /// Counts a row that was set aside, by its cost where that could be read.
    pub fn add_quarantined(&mut self, cost: Option<Reported>) {
        match cost {
            Some(cost) => {
                self.quarantined_unblended += cost.gross();
                self.quarantined_charged += cost.charged();
            }
            None => self.quarantined_unreadable += 1,
        }
    }

    /// Adds another part's totals of the same period.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.source_unblended, other.source_unblended),
            (&mut self.source_charged, other.source_charged),
            (&mut self.covered_and_negation, other.covered_and_negation),
            (&mut self.covered_and_negation_charged, other.covered_and_negation_charged),
            (&mut self.source_amortized, other.source_amortized),
            (&mut self.source_bridge, other.source_bridge),
            (&mut self.billed, other.billed),
            (&mut self.effective, other.effective),
            (&mut self.list, other.list),
            (&mut self.contracted, other.contracted),
            (&mut self.unblended, other.unblended),
            (&mut self.split_unblended, other.split_unblended),
            (&mut self.quarantined_unblended, other.quarantined_unblended),
            (&mut self.quarantined_charged, other.quarantined_charged),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        self.covered_rows += other.covered_rows;
        self.quarantined_unreadable += other.quarantined_unreadable;
        for (column, more) in &other.rounding {
            let rounding = sums_of(&mut self.rounding, column);
            rounding.numbers += more.numbers;
            rounding.residue += more.residue;
        }
        for (arn, more) in &other.reservations {
            sums_of(&mut self.reservations, arn).merge(more);
        }
        for (arn, more) in &other.plans {
            sums_of(&mut self.plans, arn).merge(more);
        }
    }

    /// Every identity that does not close, and by how much. Empty when the period is whole.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        let bridge = self.source_charged - self.source_amortized - self.source_bridge;
        let mut differences = vec![
            difference(
                "unblended",
                self.source_unblended - self.unblended - self.covered_and_negation,
                "unblended cost of the source less that of the charges: an import fault",
            ),
            difference(
                "billed",
                self.source_charged - self.billed - self.covered_and_negation_charged,
                "cash of the source less billed cost of the charges: an import fault",
            ),
            difference(
                "effective",
                self.source_amortized - self.effective,
                "AWS's amortized cost less effective cost of the charges: an import fault",
            ),
            Difference {
                explained: true,
                ..difference(
                    "covered-and-negation",
                    self.covered_and_negation,
                    "usage under commitments keeps cash in the source that no negation takes back",
                )
            },
            Difference {
                explained: is_source_rounding(bridge, self.covered_rows),
                ..difference(
                    "cash-bridge",
                    bridge,
                    "cash less amortized cost less upfront fees paid and amortized: commitment columns of the source do not add up",
                )
            },
            difference(
                "split-unblended",
                self.split_unblended,
                "cash on split-cost rows, which repeat the cost of others and are no charges",
            ),
        ];
        differences.extend(self.reservations.iter().flat_map(|(arn, sums)| of_reservation(arn, sums)));
        differences.extend(self.plans.iter().filter_map(|(arn, sums)| of_plan(arn, sums)));
        differences.retain(|difference| !difference.amount.is_zero());
        differences
    }
}

/// Commitments of one period beyond which lines are refused.
pub const COMMITMENTS_MAX: usize = 1_000_000;

/// The sums kept under a name, which is copied only when it is new.
fn sums_of<'a, T: Default>(sums: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    if !sums.contains_key(name) {
        sums.insert(name.to_owned(), T::default());
    }
    sums.get_mut(name).expect("it was inserted above")
}

fn difference(name: &str, amount: Money, meaning: &'static str) -> Difference {
    Difference { name: name.to_owned(), amount, meaning, explained: false }
}

/// What AWS's rounding leaves of a cost is in `cash-bridge` already, all commitments together; only what is more is named by commitment.
fn of_reservation(arn: &str, sums: &ReservationSums) -> Vec<Difference> {
    if !sums.has_fee_row() {
        return Vec::new();
    }
    let units = Money::from_units(sums.units_difference().units());
    let mut differences = vec![
        Difference {
            explained: is_source_rounding(units, sums.covered_rows()),
            ..difference(&format!("units of {arn}"), units, "units held less used less unused of one reservation")
        },
        difference(
            &format!("commitment-units of {arn}"),
            Money::from_whole(i64::try_from(sums.rows_of_another_unit()).unwrap_or(i64::MAX)),
            "rows of one reservation that count in another unit than its fee: hours here, normalized hours there",
        ),
    ];
    let cost = sums.cost_difference();
    if !is_source_rounding(cost, sums.covered_rows()) {
        let meaning = "used and unused cost of one reservation less its fee and amortized upfront";
        differences.push(difference(&format!("cost of {arn}"), cost, meaning));
    }
    differences
}

fn of_plan(arn: &str, sums: &PlanSums) -> Option<Difference> {
    let comparable = sums.fee_rows > 0 && !is_source_rounding(sums.difference(), sums.covered_rows);
    let meaning = "used commitment of one Savings Plan, as its fee rows say less as the usage it covered says";
    comparable.then(|| difference(&format!("commitment of {arn}"), sums.difference(), meaning))
}

/// Whether a difference is of the size that AWS's rounding leaves: it writes the cost of a covered row with 8 decimals, so each is off by
/// half of the last one at most, and fees with as many.
fn is_source_rounding(amount: Money, covered_rows: u64) -> bool {
    const ROW: i128 = 5_000; // 5·10⁻⁹
    const FLOOR: i128 = 1_000_000; // 10⁻⁶
    amount.abs() <= Money::from_units(FLOOR.max(i128::from(covered_rows) * ROW))
}

#[cfg(test)]
#[path = "sums_tests.rs"]
mod tests;
