//! What one commitment adds up to in a period: what is held of it is what was used and what was not.

use crate::line_item::{LineItem, LineItemType, ReservationUnit};
use tenor_money::{Money, Quantity};

/// Units of one reservation in one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// Held, from fee rows.
    pub held: Quantity,
    /// Unused, from fee rows.
    pub unused: Quantity,
    /// Used, from covered usage, however that row itself is counted.
    pub used: Quantity,
    /// Fee rows that count in this unit.
    pub fee_rows: u64,
    /// Covered rows that count in this unit.
    pub used_rows: u64,
}

/// Units and costs of one reservation in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReservationSums {
    /// In hours.
    pub hours: Units,
    /// In normalized hours.
    pub normalized: Units,
    /// Effective cost of the usage it covered.
    pub used_cost: Money,
    /// Unused upfront share and unused recurring fee.
    pub unused_cost: Money,
    /// Recurring fee and upfront share of the period.
    pub held_cost: Money,
}

/// The commitment of one Savings Plan in one period, before private discounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanSums {
    /// What of it was used, as the fee rows say.
    pub used_reported: Money,
    /// What of it was used, as the covered rows say.
    pub used_rows: Money,
    /// Fee rows seen; without one nothing can be compared.
    pub fee_rows: u64,
    /// Covered rows seen.
    pub covered_rows: u64,
}

impl Units {
    fn merge(&mut self, other: &Self) {
        self.held += other.held;
        self.unused += other.unused;
        self.used += other.used;
        self.fee_rows += other.fee_rows;
        self.used_rows += other.used_rows;
    }
}

impl ReservationSums {
    pub(crate) fn add(&mut self, line: &LineItem) {
        let reservation = &line.reservation;
        let unit = line.reservation_unit();
        if line.kind == LineItemType::DiscountedUsage {
            self.hours.used += line.usage_amount.unwrap_or_default();
            self.normalized.used += line.normalized_usage_amount.unwrap_or_default();
            self.units_mut(unit).used_rows += 1;
            self.used_cost += reservation.effective_cost.charged();
            return;
        }
        self.hours.held += reservation.total_reserved_units.unwrap_or_default();
        self.hours.unused += reservation.unused_quantity.unwrap_or_default();
        self.normalized.held += reservation.total_reserved_normalized_units.unwrap_or_default();
        self.normalized.unused += reservation.unused_normalized_units.unwrap_or_default();
        self.units_mut(unit).fee_rows += 1;
        self.unused_cost += reservation.unused_amortized_upfront_fee.charged() + reservation.unused_recurring_fee.charged();
        self.held_cost += line.unblended.charged() + reservation.amortized_upfront_fee.charged();
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.hours.merge(&other.hours);
        self.normalized.merge(&other.normalized);
        self.used_cost += other.used_cost;
        self.unused_cost += other.unused_cost;
        self.held_cost += other.held_cost;
    }

    /// Whether a fee row was seen; without one nothing can be compared.
    #[must_use]
    pub fn has_fee_row(&self) -> bool {
        self.hours.fee_rows + self.normalized.fee_rows > 0
    }

    /// Rows of usage it covered.
    #[must_use]
    pub fn covered_rows(&self) -> u64 {
        self.hours.used_rows + self.normalized.used_rows
    }

    /// Held less used less unused, in the unit of the fee rows: zero when the bill is whole.
    #[must_use]
    pub fn units_difference(&self) -> Quantity {
        let units = if self.normalized.fee_rows > 0 { &self.normalized } else { &self.hours };
        units.held - units.used - units.unused
    }

    /// Cost of what was used and unused, less the period's fee and upfront share: zero when the bill is whole.
    #[must_use]
    pub fn cost_difference(&self) -> Money {
        self.used_cost + self.unused_cost - self.held_cost
    }

    /// Rows of usage that count in another unit than the fee rows; where fee rows disagree among themselves, the fewer of them.
    #[must_use]
    pub fn rows_of_another_unit(&self) -> u64 {
        match (self.hours.fee_rows, self.normalized.fee_rows) {
            (0, 0) => 0,
            (0, _) => self.hours.used_rows,
            (_, 0) => self.normalized.used_rows,
            (hours, normalized) => hours.min(normalized),
        }
    }

    fn units_mut(&mut self, unit: ReservationUnit) -> &mut Units {
        match unit {
            ReservationUnit::Hours => &mut self.hours,
            ReservationUnit::NormalizedHours => &mut self.normalized,
        }
    }
}

impl PlanSums {
    pub(crate) fn add(&mut self, line: &LineItem) {
        let plan = &line.savings_plan;
        if line.kind == LineItemType::SavingsPlanCoveredUsage {
            self.used_rows += plan.effective_cost.gross();
            self.covered_rows += 1;
            return;
        }
        self.used_reported += plan.used_commitment.unwrap_or_default();
        self.fee_rows += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.used_reported += other.used_reported;
        self.used_rows += other.used_rows;
        self.fee_rows += other.fee_rows;
        self.covered_rows += other.covered_rows;
    }

    /// Used commitment as the fee rows say less as the covered rows say; with unused = total - used, held = used + unused exactly then.
    #[must_use]
    pub fn difference(&self) -> Money {
        self.used_reported - self.used_rows
    }
}
