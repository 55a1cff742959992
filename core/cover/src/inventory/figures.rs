//! What a commitment is worth: utilization, net savings, break-even. Defined in `docs/metrics.md`.

use super::commitment::{Commitment, Counted, Sums, Units};
use super::ratio::Ratio;
use tenor_money::{Money, Quantity};

/// Whether a commitment pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakEven {
    /// It costs less than on-demand would have: utilization is at or above break-even.
    Pays,
    /// It costs more.
    Loses,
    /// The bill does not tell.
    Unknown,
}

impl BreakEven {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::Loses => "loses",
            Self::Unknown => "unknown",
        }
    }
}

/// What a commitment is worth over some periods.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Used / held, in the commitment's own unit. May exceed 1 by a part of an hour: a first clock hour counts whole for use.
    pub utilization: Option<Ratio>,
    /// List cost covered - amortized cost; none where the bill lacks what the commitment cost or what it saved from.
    pub net_savings: Option<Money>,
    /// The utilization at which it costs what on-demand would: 1 - discount. None when it served nothing.
    pub break_even_utilization: Option<Ratio>,
    /// On which side of it the commitment is.
    pub break_even: BreakEven,
}

impl Commitment {
    /// What it is worth.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let sums = &self.sums;
        let net_savings = net_savings(sums);
        Figures {
            utilization: self.utilization(),
            net_savings,
            break_even_utilization: if sums.tells_savings() { Ratio::of_money(sums.used_cost, sums.list_cost) } else { None },
            // Cost goes by use, so that utilization is above break-even exactly when more is saved than spent.
            break_even: match net_savings {
                _ if sums.amortized_cost().is_zero() => BreakEven::Unknown,
                None => BreakEven::Unknown,
                Some(net) if net < Money::ZERO => BreakEven::Loses,
                Some(_) => BreakEven::Pays,
            },
        }
    }

    /// Whether it was held, cost something or not, and served nothing at all.
    #[must_use]
    pub fn is_wasted(&self) -> bool {
        let (_, units) = self.units();
        let is_held = self.sums.unused_cost > Money::ZERO || (self.sums.amortized_cost().is_zero() && units.held > Quantity::ZERO);
        self.sums.used_cost.is_zero() && self.sums.list_cost.is_zero() && units.used.is_zero() && is_held
    }

    /// Whether a part of it served nothing: by cost; by units where the bill tells no cost.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let (_, units) = self.units();
        if self.sums.amortized_cost().is_zero() { units.unused > Quantity::ZERO } else { self.sums.unused_cost > Money::ZERO }
    }

    /// In its own unit; by cost where the bill names several units, or none.
    fn utilization(&self) -> Option<Ratio> {
        match self.units() {
            (Counted::Other, _) if self.quantity_unit.is_none() => utilization_by_cost(&self.sums),
            (_, units) => utilization(units),
        }
    }
}

fn utilization(units: Units) -> Option<Ratio> {
    Ratio::of_quantity(units.used, units.held)
}

fn utilization_by_cost(sums: &Sums) -> Option<Ratio> {
    Ratio::of_money(sums.used_cost, sums.amortized_cost()).filter(|_| sums.charges_without_cost == 0)
}

fn net_savings(sums: &Sums) -> Option<Money> {
    sums.tells_savings().then(|| sums.list_cost - sums.amortized_cost())
}

/// What several commitments are worth together.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Their sums. Units of different kinds are not mixed: see [`Totals::utilization`].
    pub sums: Sums,
    /// What all of them count in, if it is one unit and known.
    pub counted: Option<Counted>,
    quantity_unit: Option<String>,
    units: Units,
    commitments: u64,
}

impl Totals {
    /// Of these commitments.
    pub fn of<'a>(commitments: impl IntoIterator<Item = &'a Commitment>) -> Self {
        let mut totals = Self::default();
        for commitment in commitments {
            let (counted, units) = commitment.units();
            totals.sums.add(&commitment.sums);
            totals.units.held += units.held;
            totals.units.used += units.used;
            totals.units.unused += units.unused;
            // A unit that the bill only names is one when its name is.
            let unit = commitment.quantity_unit.clone().filter(|_| counted == Counted::Other);
            let is_first = totals.commitments == 0;
            let is_same = is_first || (totals.counted == Some(counted) && totals.quantity_unit == unit);
            totals.counted = Some(counted).filter(|counted| is_same && (*counted != Counted::Other || unit.is_some()));
            totals.quantity_unit = unit;
            totals.commitments += 1;
        }
        totals
    }

    /// Used / held in the one unit of all; by amortized cost where they count in several.
    #[must_use]
    pub fn utilization(&self) -> Option<Ratio> {
        match self.counted {
            Some(_) => utilization(self.units),
            None => utilization_by_cost(&self.sums),
        }
    }

    /// List cost covered - amortized cost; none where the bill lacks what some commitment cost or saved from.
    #[must_use]
    pub fn net_savings(&self) -> Option<Money> {
        net_savings(&self.sums)
    }
}
