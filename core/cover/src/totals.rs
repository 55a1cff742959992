//! Sums over a range of hours, exact, so that ranges may be simulated apart and put together.

use tenor_money::{Money, Quantity};

/// What a range of hours comes to. All sums are of rounded rows, so they close to the last digit:
/// `total_cost = list_cost - savings + unused_cost`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many hours.
    pub hours: u64,
    /// In the order of [`crate::Parts::series`].
    pub series: Vec<SeriesTotals>,
    /// In the order of [`crate::Parts::reservations`].
    pub reservations: Vec<ReservationTotals>,
    /// In the order of [`crate::Parts::plans`].
    pub plans: Vec<PlanTotals>,
}

/// One series: `usage = covered + on_demand`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeriesTotals {
    /// All that was used.
    pub usage: Quantity,
    /// What commitments covered.
    pub covered: Quantity,
    /// What they did not.
    pub on_demand: Quantity,
    /// What that costs: each hour's remainder to 10 decimals.
    pub on_demand_cost: Money,
}

/// One reservation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReservationTotals {
    /// Units held: clock hours count whole, from the one its term starts in up to, but without, the one it ends in (`docs/spec/rounding.md`
    /// 2.2), unlike the fee.
    pub held: Quantity,
    /// Units that covered usage.
    pub used: Quantity,
    /// Recurring fee.
    pub recurring: Money,
    /// Amortized upfront fee.
    pub amortized: Money,
    /// Part of the recurring fee that is for covered usage.
    pub used_recurring: Money,
    /// Part of the amortized upfront fee that is for covered usage.
    pub used_amortized: Money,
    /// What the covered usage would have cost on demand: each piece to 10 decimals.
    pub list_cost: Money,
}

/// One plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanTotals {
    /// Recurring commitment.
    pub recurring: Money,
    /// Amortized upfront commitment.
    pub amortized: Money,
    /// Commitment that covered usage.
    pub used: Money,
    /// What the covered usage would have cost on demand: each piece to 10 decimals.
    pub list_cost: Money,
}

impl ReservationTotals {
    /// Fees, used or not.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.recurring + self.amortized
    }

    /// Fees for covered usage: its effective cost.
    #[must_use]
    pub fn used_cost(&self) -> Money {
        self.used_recurring + self.used_amortized
    }

    /// Fees for nothing.
    #[must_use]
    pub fn unused_cost(&self) -> Money {
        self.cost() - self.used_cost()
    }
}

impl PlanTotals {
    /// The commitment, used or not.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.recurring + self.amortized
    }

    /// Commitment for nothing.
    #[must_use]
    pub fn unused_cost(&self) -> Money {
        self.cost() - self.used
    }
}

impl Totals {
    /// Totals of nothing yet.
    pub(crate) fn empty(series: usize, reservations: usize, plans: usize) -> Self {
        Self {
            hours: 0,
            series: vec![SeriesTotals::default(); series],
            reservations: vec![ReservationTotals::default(); reservations],
            plans: vec![PlanTotals::default(); plans],
        }
    }

    /// Adds the totals of other hours of the same organization.
    ///
    /// # Panics
    /// When they are of another organization.
    pub fn merge(&mut self, other: &Self) {
        let sizes = |totals: &Self| (totals.series.len(), totals.reservations.len(), totals.plans.len());
        assert_eq!(sizes(self), sizes(other), "totals of one organization");
        self.hours += other.hours;
        for (sum, more) in self.series.iter_mut().zip(&other.series) {
            sum.usage += more.usage;
            sum.covered += more.covered;
            sum.on_demand += more.on_demand;
            sum.on_demand_cost += more.on_demand_cost;
        }
        for (sum, more) in self.reservations.iter_mut().zip(&other.reservations) {
            sum.held += more.held;
            sum.used += more.used;
            sum.recurring += more.recurring;
            sum.amortized += more.amortized;
            sum.used_recurring += more.used_recurring;
            sum.used_amortized += more.used_amortized;
            sum.list_cost += more.list_cost;
        }
        for (sum, more) in self.plans.iter_mut().zip(&other.plans) {
            sum.recurring += more.recurring;
            sum.amortized += more.amortized;
            sum.used += more.used;
            sum.list_cost += more.list_cost;
        }
    }

    /// What stays on demand costs.
    #[must_use]
    pub fn on_demand_cost(&self) -> Money {
        self.series.iter().map(|series| series.on_demand_cost).sum()
    }

    /// What all usage would have cost on demand: the sum over the rows of a bill, covered pieces and remainders, each to 10 decimals.
    #[must_use]
    pub fn list_cost(&self) -> Money {
        self.on_demand_cost() + self.covered_list_cost()
    }

    /// What covered usage would have cost on demand.
    #[must_use]
    pub fn covered_list_cost(&self) -> Money {
        self.reservations.iter().map(|r| r.list_cost).chain(self.plans.iter().map(|p| p.list_cost)).sum()
    }

    /// What all commitments cost, used or not.
    #[must_use]
    pub fn commitment_cost(&self) -> Money {
        self.reservations.iter().map(ReservationTotals::cost).chain(self.plans.iter().map(PlanTotals::cost)).sum()
    }

    /// What commitments cost for nothing.
    #[must_use]
    pub fn unused_cost(&self) -> Money {
        self.reservations.iter().map(ReservationTotals::unused_cost).chain(self.plans.iter().map(PlanTotals::unused_cost)).sum()
    }

    /// List cost of covered usage minus its effective cost.
    #[must_use]
    pub fn savings(&self) -> Money {
        self.covered_list_cost() - (self.commitment_cost() - self.unused_cost())
    }

    /// What everything costs: commitments and what stays on demand.
    #[must_use]
    pub fn total_cost(&self) -> Money {
        self.commitment_cost() + self.on_demand_cost()
    }
}
