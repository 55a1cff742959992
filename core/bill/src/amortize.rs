//! AWS's published amortization of a bill, coded apart from the map to charges so that one checks the other.
//!
//! Source: `summary_view.sql` of AWS's Cloud Intelligence Dashboards, and its net variant. Nothing here calls the map, nor the map this.

use crate::line_item::{LineItem, LineItemType, Reported};
use tenor_money::{Money, Rounding};

impl LineItem {
    /// AWS's amortized cost of this line, net where the report is.
    #[must_use]
    pub fn amortized_cost(&self) -> Money {
        match self.kind {
            LineItemType::SavingsPlanCoveredUsage => self.savings_plan.effective_cost.charged(),
            LineItemType::SavingsPlanRecurringFee => self.unused_commitment(),
            LineItemType::SavingsPlanNegation | LineItemType::SavingsPlanUpfrontFee => Money::ZERO,
            LineItemType::DiscountedUsage => self.reservation.effective_cost.charged(),
            LineItemType::RiFee => {
                self.reservation.unused_amortized_upfront_fee.charged() + self.reservation.unused_recurring_fee.charged()
            }
            LineItemType::Fee if self.names_reservation => Money::ZERO,
            LineItemType::Refund if self.refunds_plan_upfront => Money::ZERO,
            _ => self.unblended.charged(),
        }
    }

    /// What this line adds to the bridge from amortized to cash: cash = amortized + bridge, summed over a period.
    ///
    /// The upfront fees paid, less the upfront shares that amortization already counted. Source: `ri_sp_trueup` and `ri_sp_upfront_fees` of
    /// the same view; refunds of a plan's upfront, which that view zeroes, are counted here so that the identity closes.
    #[must_use]
    pub fn cash_bridge(&self) -> Money {
        match self.kind {
            LineItemType::SavingsPlanRecurringFee => -self.savings_plan.amortized_upfront.charged(),
            LineItemType::RiFee => -self.reservation.amortized_upfront_fee.charged(),
            LineItemType::SavingsPlanUpfrontFee => self.unblended.charged(),
            LineItemType::Fee if self.names_reservation => self.unblended.charged(),
            LineItemType::Refund if self.refunds_plan_upfront => self.unblended.charged(),
            _ => Money::ZERO,
        }
    }

    /// `(commitment - used commitment) x (net / gross)`: the ratio is that of the unblended cost, or where that is zero that of the
    /// amortized upfront, then of the recurring commitment; 1 where the row has no net amount.
    fn unused_commitment(&self) -> Money {
        let plan = &self.savings_plan;
        let [total, used] = [plan.total_commitment, plan.used_commitment].map(Option::unwrap_or_default);
        let unused = total - used;
        // A net above its gross is no discount, hence no ratio.
        let has_ratio = |cost: &Reported| match (cost.gross, cost.net) {
            (Some(gross), Some(net)) => !gross.is_zero() && net.abs() <= gross.abs(),
            _ => false,
        };
        let candidates = [&self.unblended, &plan.amortized_upfront, &plan.recurring];
        let Some(cost) = candidates.into_iter().find(|cost| has_ratio(cost)) else { return unused };
        unused.share(cost.charged().units(), cost.gross().units(), Rounding::HalfEven)
    }
}
