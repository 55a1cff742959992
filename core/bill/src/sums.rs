//! What a period adds up to, and the identities that show nothing was lost.
//!
//! Sources: `docs/spec/charges.md` (checks per import and period); AWS's published amortization arithmetic.

use crate::become_charge::{Charges, Costs};
use crate::line_item::{LineItem, LineItemType};
use std::collections::BTreeMap;
use tenor_money::{Money, Quantity};

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
    /// What rounding long doubles to the scale took away, in 10⁻²⁴, all amount columns together.
    pub rounding_residue: i128,
    /// Numbers that were rounded.
    pub rounded: u64,
    /// Sum of the costs of quarantined rows that could be read; part of the source, not of the charges.
    pub quarantined_unblended: Money,
    /// Quarantined rows whose cost could not be read.
    pub quarantined_unreadable: u64,
    /// Units held, used and unused of each reservation, by ARN.
    pub reservations: BTreeMap<String, ReservationUnits>,
}

/// Units of one reservation in one period, normalized where it is size-flexible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReservationUnits {
    /// Held, from the fee row.
    pub held: Quantity,
    /// Unused, from the fee row.
    pub unused: Quantity,
    /// Used, from covered usage in normalized units.
    pub used_normalized: Quantity,
    /// Used, from covered usage in hours.
    pub used_hours: Quantity,
    /// Whether `held` counts normalized units.
    pub normalized: bool,
    /// Whether a fee row was seen; without one nothing can be compared.
    pub has_fee_row: bool,
}

impl ReservationUnits {
    /// Held less used less unused: zero when the bill is whole.
    #[must_use]
    pub fn difference(&self) -> Quantity {
        let used = if self.normalized { self.used_normalized } else { self.used_hours };
        self.held - used - self.unused
    }
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

    /// Counts a line's units toward its reservation.
    pub fn add_reservation(&mut self, arn: &str, line: &LineItem, normalized_usage: Option<Quantity>) {
        if !matches!(line.kind, LineItemType::RiFee | LineItemType::DiscountedUsage) {
            return;
        }
        if !self.reservations.contains_key(arn) {
            self.reservations.insert(arn.to_owned(), ReservationUnits::default());
        }
        let units = self.reservations.get_mut(arn).expect("it was inserted above");
        if line.kind == LineItemType::DiscountedUsage {
            units.used_normalized += normalized_usage.unwrap_or_default();
            units.used_hours += line.usage_amount.unwrap_or_default();
            return;
        }
        let reservation = &line.reservation;
        let normalized = reservation.total_reserved_normalized_units.filter(|units| !units.is_zero());
        units.has_fee_row = true;
        units.normalized = normalized.is_some();
        units.held += normalized.or(reservation.total_reserved_units).unwrap_or_default();
        units.unused +=
            if normalized.is_some() { reservation.unused_normalized_units } else { reservation.unused_quantity }.unwrap_or_default();
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
            (&mut self.quarantined_unblended, other.quarantined_unblended),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        self.rounding_residue += other.rounding_residue;
        self.rounded += other.rounded;
        self.quarantined_unreadable += other.quarantined_unreadable;
        for (arn, more) in &other.reservations {
            let units = self.reservations.entry(arn.clone()).or_default();
            units.held += more.held;
            units.unused += more.unused;
            units.used_normalized += more.used_normalized;
            units.used_hours += more.used_hours;
            units.normalized |= more.normalized;
            units.has_fee_row |= more.has_fee_row;
        }
    }

    /// Every identity that does not close, and by how much. Empty when the period is whole.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        let difference = |name: &str, amount, meaning, explained| Difference { name: name.to_owned(), amount, meaning, explained };
        let mut differences = vec![
            difference(
                "unblended",
                self.source_unblended - self.unblended - self.covered_and_negation,
                "unblended cost of the source less that of the charges: an import fault",
                false,
            ),
            difference(
                "billed",
                self.source_charged - self.billed - self.covered_and_negation_charged,
                "cash of the source less billed cost of the charges: an import fault",
                false,
            ),
            difference(
                "effective",
                self.source_amortized - self.effective,
                "AWS's amortized cost less effective cost of the charges: an import fault",
                false,
            ),
            difference(
                "covered-and-negation",
                self.covered_and_negation,
                "usage under commitments keeps cash in the source that no negation takes back",
                true,
            ),
            difference(
                "cash-bridge",
                self.source_charged - self.source_amortized - self.source_bridge,
                "cash less amortized cost less upfront fees paid and amortized: commitment columns of the source do not add up",
                false,
            ),
        ];
        for (arn, units) in self.reservations.iter().filter(|(_, units)| units.has_fee_row) {
            let amount = Money::from_units(units.difference().units());
            differences.push(difference(&format!("units of {arn}"), amount, "units held less used less unused of one reservation", false));
        }
        differences.retain(|difference| !difference.amount.is_zero());
        for difference in &mut differences {
            // The source's own doubles carry about 16 digits; what is left of them over a month stays far below a ten-thousandth.
            difference.explained |= is_source_rounding(&difference.name, difference.amount);
        }
        differences
    }
}

/// Whether a difference is of the size that AWS's own rounding of shares leaves, and of a kind where it does.
fn is_source_rounding(name: &str, amount: Money) -> bool {
    let limit = Money::from_units(100_000_000); // 0.0001
    (name == "cash-bridge" || name.starts_with("units of ")) && amount.abs() <= limit
}
