//! What each AWS line item becomes: the one table from line items to FOCUS charges.
//!
//! The decided map with its sources is `docs/spec/charges.md`; this is its only implementation.

use crate::charge::{ChargeCategory, ChargeFrequency, CommitmentStatus};
use crate::line_item::{LineItem, LineItemType, ReservationUnit};
use tenor_money::{Money, Quantity, Rounding};

/// The costs of one charge, in FOCUS words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// Cash on the invoice, after private discounts.
    pub billed: Money,
    /// Amortized.
    pub effective: Money,
    /// At the public on-demand price.
    pub list: Money,
    /// At the negotiated on-demand price.
    pub contracted: Money,
    /// AWS's cash before private discounts (`x_UnblendedCost`).
    pub unblended: Money,
}

/// The part of a charge that the line item's type decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// FOCUS `ChargeCategory`.
    pub category: ChargeCategory,
    /// FOCUS `ChargeFrequency`.
    pub frequency: ChargeFrequency,
    /// Its five costs.
    pub costs: Costs,
    /// How much was priced; `None` for taxes and credits.
    pub quantity: Option<Quantity>,
    /// FOCUS `CommitmentDiscountStatus`; set exactly when the charge is usage under a commitment.
    pub status: Option<CommitmentStatus>,
}

/// What one line item becomes: no charge (a negation), one, or a fee and the unused part of what it paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charges {
    /// The line's own charge.
    pub main: Option<Charge>,
    /// The extra `Unused` row of a reservation's or plan's fee row.
    pub unused: Option<Charge>,
}

impl LineItem {
    /// The charges this line becomes.
    #[must_use]
    pub fn charges(&self) -> Charges {
        let main = match self.kind {
            LineItemType::SavingsPlanNegation => None,
            LineItemType::Usage => Some(self.usage(self.unblended.charged())),
            LineItemType::DiscountedUsage => Some(self.covered_by_reservation()),
            LineItemType::SavingsPlanCoveredUsage => Some(self.covered_by_plan()),
            LineItemType::RiFee => Some(self.commitment_fee(ChargeFrequency::Recurring, self.reserved_units())),
            LineItemType::Fee if self.names_reservation => Some(self.commitment_fee(ChargeFrequency::OneTime, self.reserved_units())),
            LineItemType::SavingsPlanRecurringFee => {
                Some(self.commitment_fee(ChargeFrequency::Recurring, self.savings_plan.total_commitment.map(commitment_quantity)))
            }
            // Its row has no commitment columns: what is bought is what is paid.
            LineItemType::SavingsPlanUpfrontFee => {
                Some(self.commitment_fee(ChargeFrequency::OneTime, Some(commitment_quantity(self.unblended.gross()))))
            }
            LineItemType::Fee => Some(self.purchase()),
            LineItemType::Credit | LineItemType::Refund | LineItemType::Discount => Some(self.levy(ChargeCategory::Credit)),
            LineItemType::Tax => Some(self.levy(ChargeCategory::Tax)),
            LineItemType::Other if self.usage_amount.is_some_and(|amount| !amount.is_zero()) => Some(self.usage_like()),
            LineItemType::Other => Some(self.purchase()),
        };
        let unused = match self.kind {
            LineItemType::RiFee => Some(self.unused_reservation()),
            LineItemType::SavingsPlanRecurringFee => Some(self.unused_plan()),
            _ => None,
        };
        Charges { main, unused }
    }

    fn usage(&self, effective: Money) -> Charge {
        let unblended = self.unblended.gross();
        Charge {
            category: ChargeCategory::Usage,
            frequency: ChargeFrequency::UsageBased,
            costs: Costs { billed: self.unblended.charged(), effective, list: self.list_cost(), contracted: unblended, unblended },
            quantity: self.usage_amount,
            status: None,
        }
    }

    /// The public on-demand cost. Where the report has none (spot usage above all, for which Parquet files say 0), the unblended one.
    fn list_cost(&self) -> Money {
        self.public_on_demand_cost.filter(|cost| !cost.is_zero()).unwrap_or(self.unblended.gross())
    }

    fn usage_like(&self) -> Charge {
        let charge = self.usage(self.unblended.charged());
        let cash = charge.costs.billed;
        Charge { costs: Costs { list: cash, contracted: cash, ..charge.costs }, ..charge }
    }

    fn covered_by_reservation(&self) -> Charge {
        // A reservation's usage shows no cash of its own, so its on-demand cost is the only base for a contracted one.
        let on_demand = self.public_on_demand_cost.unwrap_or_default();
        Charge {
            costs: Costs {
                billed: Money::ZERO,
                effective: self.reservation.effective_cost.charged(),
                list: on_demand,
                contracted: on_demand,
                unblended: Money::ZERO,
            },
            status: Some(CommitmentStatus::Used),
            ..self.usage(Money::ZERO)
        }
    }

    fn covered_by_plan(&self) -> Charge {
        let on_demand = self.unblended.gross();
        Charge {
            costs: Costs {
                billed: Money::ZERO,
                effective: self.savings_plan.effective_cost.charged(),
                list: self.list_cost(),
                contracted: on_demand,
                // The negation takes this line's cash back, so neither appears.
                unblended: Money::ZERO,
            },
            status: Some(CommitmentStatus::Used),
            ..self.usage(Money::ZERO)
        }
    }

    fn commitment_fee(&self, frequency: ChargeFrequency, quantity: Option<Quantity>) -> Charge {
        let cash = self.unblended.charged();
        Charge {
            category: ChargeCategory::Purchase,
            frequency,
            costs: Costs { billed: cash, contracted: cash, unblended: self.unblended.gross(), ..Costs::default() },
            quantity,
            status: None,
        }
    }

    fn purchase(&self) -> Charge {
        let cash = self.unblended.charged();
        Charge {
            category: ChargeCategory::Purchase,
            frequency: ChargeFrequency::OneTime,
            costs: Costs { billed: cash, effective: cash, list: cash, contracted: cash, unblended: self.unblended.gross() },
            quantity: self.usage_amount,
            status: None,
        }
    }

    fn levy(&self, category: ChargeCategory) -> Charge {
        let cash = self.unblended.charged();
        let effective = if self.refunds_plan_upfront { Money::ZERO } else { cash };
        Charge {
            category,
            frequency: ChargeFrequency::OneTime,
            costs: Costs { billed: cash, effective, unblended: self.unblended.gross(), ..Costs::default() },
            quantity: None,
            status: None,
        }
    }

    fn unused_reservation(&self) -> Charge {
        let reservation = &self.reservation;
        let fees = [reservation.unused_amortized_upfront_fee, reservation.unused_recurring_fee];
        let effective = fees.into_iter().filter_map(|fee| fee.net.or(fee.gross)).sum();
        let quantity = match self.reservation_unit() {
            ReservationUnit::NormalizedHours => reservation.unused_normalized_units,
            ReservationUnit::Hours => reservation.unused_quantity,
        };
        self.unused(effective, quantity)
    }

    fn unused_plan(&self) -> Charge {
        let cost = self.unused_plan_cost();
        let total = self.savings_plan.total_commitment.unwrap_or_default();
        let unused = total - self.savings_plan.used_commitment.unwrap_or_default();
        self.unused(cost, Some(commitment_quantity(unused)))
    }

    fn unused(&self, effective: Money, quantity: Option<Quantity>) -> Charge {
        Charge {
            category: ChargeCategory::Usage,
            frequency: ChargeFrequency::UsageBased,
            costs: Costs { effective, ..Costs::default() },
            quantity,
            status: Some(CommitmentStatus::Unused),
        }
    }

    /// Unused commitment of a plan's row: gross, or scaled to net where the report is net.
    ///
    /// AWS has no net column for it, so the row's own net ratio is applied to the gross amount, rounded half-even.
    fn unused_plan_cost(&self) -> Money {
        let plan = &self.savings_plan;
        let gross = plan.total_commitment.unwrap_or_default() - plan.used_commitment.unwrap_or_default();
        let ratio = [self.unblended, plan.amortized_upfront, plan.recurring]
            .into_iter()
            // A discount never makes a fee larger; a pair that says so is no ratio.
            .find_map(|reported| reported.net.zip(reported.gross).filter(|(net, gross)| !gross.is_zero() && net.abs() <= gross.abs()));
        match ratio {
            Some((net, base)) => gross.share(net.units(), base.units(), Rounding::HalfEven),
            None => gross,
        }
    }

    fn reserved_units(&self) -> Option<Quantity> {
        match self.reservation_unit() {
            ReservationUnit::NormalizedHours => self.reservation.total_reserved_normalized_units,
            ReservationUnit::Hours => self.reservation.total_reserved_units,
        }
    }
}

/// A Savings Plan's commitment as a FOCUS quantity, whose unit is the currency.
fn commitment_quantity(amount: Money) -> Quantity {
    Quantity::from_units(amount.units())
}

#[cfg(test)]
#[path = "become_charge_tests.rs"]
mod tests;
