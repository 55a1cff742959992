//! How much of what commitments could cover they do cover, and what that saves. Defined in `docs/metrics.md`.

use super::ratio::Ratio;
use tenor_money::{Money, Quantity};

/// Who pays for a usage charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaidBy {
    /// A commitment covers it.
    Commitment,
    /// A commitment covers it, and the bill does not tell what that cost: it would look like a saving of everything.
    CommitmentAtNoCost,
    /// A commitment covers it, and the bill does not tell its on-demand price: it would look like a loss.
    CommitmentAtNoListPrice,
    /// Nothing covers it, though something could.
    OnDemand,
    /// It is Spot, which nothing covers.
    Spot,
    /// It is Spot, and the bill does not tell its on-demand price: in no figure, but counted.
    UnpricedSpot,
    /// It is no usage, but what a commitment costs that served nothing.
    Unused,
}

/// Charges of one kind, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many there are.
    pub charges: u64,
    /// At list prices.
    pub list_cost: Money,
    /// What they really cost, amortized: with or without private discounts, as the question says.
    pub cost: Money,
    /// Instance hours of whatever size.
    pub hours: Quantity,
    /// Instance hours weighted by size.
    pub normalized_hours: Quantity,
    /// Charges of instances.
    pub instance_charges: u64,
    /// Those that tell normalized hours.
    pub normalized_charges: u64,
}

impl Usage {
    fn add(&mut self, other: &Self) {
        self.charges += other.charges;
        self.list_cost += other.list_cost;
        self.cost += other.cost;
        self.hours += other.hours;
        self.normalized_hours += other.normalized_hours;
        self.instance_charges += other.instance_charges;
        self.normalized_charges += other.normalized_charges;
    }
}

/// Usage by who pays for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Under a commitment.
    pub covered: Usage,
    /// On demand, where a commitment could be.
    pub on_demand: Usage,
    /// Spot; in savings only where a question includes it.
    pub spot: Usage,
    /// What Spot cost that has no list price: in no figure.
    pub unpriced_spot_cost: Money,
    /// What is unused of commitments.
    pub unused_cost: Money,
    /// Covered charges that do not tell what they cost: neither utilization nor savings can be told beside them.
    pub charges_without_cost: u64,
    /// Covered charges that do not tell their on-demand price: neither coverage nor savings can be told beside them.
    pub charges_without_list_price: u64,
}

impl Coverage {
    /// Counts charges in.
    pub fn add(&mut self, paid_by: PaidBy, usage: &Usage) {
        match paid_by {
            PaidBy::Commitment => self.covered.add(usage),
            PaidBy::CommitmentAtNoCost => {
                self.covered.add(usage);
                self.charges_without_cost += usage.charges;
            }
            PaidBy::CommitmentAtNoListPrice => {
                self.covered.add(usage);
                self.charges_without_list_price += usage.charges;
            }
            PaidBy::OnDemand => self.on_demand.add(usage),
            PaidBy::Spot => self.spot.add(usage),
            PaidBy::UnpricedSpot => self.unpriced_spot_cost += usage.cost,
            PaidBy::Unused => self.unused_cost += usage.cost,
        }
    }

    /// Counts another's in.
    pub fn merge(&mut self, other: &Self) {
        self.covered.add(&other.covered);
        self.on_demand.add(&other.on_demand);
        self.spot.add(&other.spot);
        self.unpriced_spot_cost += other.unpriced_spot_cost;
        self.unused_cost += other.unused_cost;
        self.charges_without_cost += other.charges_without_cost;
        self.charges_without_list_price += other.charges_without_list_price;
    }

    /// List cost of what commitments cover or could.
    #[must_use]
    pub fn eligible_list_cost(&self) -> Money {
        self.covered.list_cost + self.on_demand.list_cost
    }

    /// Covered / eligible list cost; none where the bill lacks a part of the first.
    #[must_use]
    pub fn coverage(&self) -> Option<Ratio> {
        Ratio::of_money(self.covered.list_cost, self.eligible_list_cost()).filter(|_| self.charges_without_list_price == 0)
    }

    /// Covered / eligible instance hours, weighted by size where every charge tells how; none without instances.
    #[must_use]
    pub fn coverage_of_hours(&self) -> Option<Ratio> {
        let (covered, on_demand) = (&self.covered, &self.on_demand);
        let has_units = |usage: &Usage| usage.instance_charges == usage.normalized_charges;
        if has_units(covered) && has_units(on_demand) {
            return Ratio::of_quantity(covered.normalized_hours, covered.normalized_hours + on_demand.normalized_hours);
        }
        Ratio::of_quantity(covered.hours, covered.hours + on_demand.hours)
    }

    /// Amortized cost of the commitments, used or not.
    #[must_use]
    pub fn commitment_cost(&self) -> Money {
        self.covered.cost + self.unused_cost
    }

    /// Used / all amortized cost of the commitments: by cost, since commitments count in different units. None where the bill lacks a part.
    #[must_use]
    pub fn utilization(&self) -> Option<Ratio> {
        Ratio::of_money(self.covered.cost, self.commitment_cost()).filter(|_| self.charges_without_cost == 0)
    }

    /// List cost - what it really cost, of the eligible usage, with Spot if asked; none where the bill lacks a part of either.
    #[must_use]
    pub fn savings(&self, with_spot: bool) -> Option<Money> {
        let is_told = self.charges_without_cost == 0 && self.charges_without_list_price == 0;
        let spot = if with_spot { self.spot.list_cost - self.spot.cost } else { Money::ZERO };
        is_told.then(|| self.eligible_list_cost() - self.commitment_cost() - self.on_demand.cost + spot)
    }

    /// The effective savings rate: savings / list cost of the same usage.
    #[must_use]
    pub fn effective_savings_rate(&self, with_spot: bool) -> Option<Ratio> {
        let spot = if with_spot { self.spot.list_cost } else { Money::ZERO };
        Ratio::of_money(self.savings(with_spot)?, self.eligible_list_cost() + spot)
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, PaidBy, Usage};
    use tenor_money::{Money, Quantity};

    fn usage(list: i64, cost: i64, hours: i64) -> Usage {
        let (list_cost, cost) = (Money::from_whole(list), Money::from_whole(cost));
        Usage { charges: 1, list_cost, cost, hours: Quantity::from_whole(hours), instance_charges: 1, ..Usage::default() }
    }

    #[test]
    fn rates_follow_their_definitions() {
        let mut all = Coverage::default();
        all.add(PaidBy::Commitment, &usage(60, 36, 6));
        all.add(PaidBy::OnDemand, &usage(40, 40, 2));
        all.add(PaidBy::Spot, &usage(100, 30, 10));
        all.add(PaidBy::UnpricedSpot, &usage(0, 9, 1));
        all.add(PaidBy::Unused, &usage(0, 4, 0));
        let show = |ratio: Option<super::Ratio>| ratio.map_or("-".to_owned(), |ratio| ratio.to_string());
        assert_eq!([all.coverage(), all.coverage_of_hours(), all.utilization()].map(show), ["0.6000", "0.7500", "0.9000"]);
        // ESR = coverage x discount - unused / list = 0.6 x 0.4 - 0.04; with Spot 20 + 70 of 200.
        assert_eq!([all.effective_savings_rate(false), all.effective_savings_rate(true)].map(show), ["0.2000", "0.4500"]);
        let nothing = Coverage::default();
        assert_eq!([nothing.coverage(), nothing.coverage_of_hours(), nothing.utilization()].map(show), ["-", "-", "-"]);
    }

    #[test]
    fn what_the_bill_does_not_tell_saves_nothing() {
        let told = |paid_by, list, cost| {
            let mut all = Coverage::default();
            all.add(PaidBy::Commitment, &usage(60, 36, 6));
            all.add(paid_by, &usage(list, cost, 1));
            let show = |ratio: Option<super::Ratio>| ratio.map_or("-".to_owned(), |ratio| ratio.to_string());
            [show(all.coverage()), show(all.utilization()), format!("{:?}", all.savings(false)), show(all.effective_savings_rate(true))]
        };
        assert_eq!(told(PaidBy::CommitmentAtNoCost, 10, 0), ["1.0000", "-", "None", "-"]);
        assert_eq!(told(PaidBy::CommitmentAtNoListPrice, 0, 10), ["-", "1.0000", "None", "-"]);
    }

    #[test]
    fn hours_are_weighted_where_every_instance_tells_its_weight() {
        let mut all = Coverage::default();
        all.add(PaidBy::Commitment, &Usage { normalized_hours: Quantity::from_whole(24), normalized_charges: 1, ..usage(1, 1, 6) });
        all.add(PaidBy::OnDemand, &Usage { normalized_hours: Quantity::from_whole(72), normalized_charges: 1, ..usage(1, 1, 2) });
        assert_eq!(all.coverage_of_hours().unwrap().to_string(), "0.2500");
        all.add(PaidBy::OnDemand, &usage(1, 1, 4));
        assert_eq!(all.coverage_of_hours().unwrap().to_string(), "0.5000");
    }
}
