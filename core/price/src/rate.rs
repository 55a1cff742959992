//! A price with where it comes from.

use crate::offer::TermLength;
use std::fmt;
use tenor_money::{Money, Rounding, UnitPrice};

/// Where a rate comes from. Shown wherever the rate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Derived by a rule because no list has it; for simulation only.
    Simulated,
    /// A public price list.
    List,
    /// An agreement with AWS.
    Private,
}

/// The price of one unit of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Of one unit; never negative.
    pub price: UnitPrice,
    /// Where it comes from.
    pub source: Source,
}

/// What one reservation of a SKU costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedPrice {
    /// For each hour of the term; never negative.
    pub hourly: UnitPrice,
    /// At the start; never negative.
    pub upfront: Money,
    /// Where both come from.
    pub source: Source,
}

impl Source {
    /// `list`, `private` or `simulated`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::List => "list",
            Self::Private => "private",
        }
    }

    /// As a file writes it; empty is a list price.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "" | "list" => Some(Self::List),
            "private" => Some(Self::Private),
            "simulated" => Some(Self::Simulated),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Rate {
    /// Of a public price list.
    #[must_use]
    pub const fn list(price: UnitPrice) -> Self {
        Self { price, source: Source::List }
    }
}

impl ReservedPrice {
    /// What an hour of the term costs with the upfront fee spread over all of them.
    #[must_use]
    pub fn amortized(&self, term: TermLength, rounding: Rounding) -> UnitPrice {
        self.hourly + UnitPrice::from_units(self.upfront.share(1, i128::from(term.hours()), rounding).units())
    }

    /// What the whole term costs: the upfront fee and the recurring fee of each hour.
    #[must_use]
    pub fn total(&self, term: TermLength) -> Money {
        self.upfront + Money::from_units(self.hourly.units() * i128::from(term.hours()))
    }
}

#[cfg(test)]
mod tests {
    use super::{ReservedPrice, Source};
    use crate::offer::TermLength;
    use tenor_money::Rounding;

    #[test]
    fn a_reservation_costs_its_fee_and_each_hour() {
        // AWS's own example of a list value: 60.00 + 0.007 * 8760 = 121.32.
        let price = ReservedPrice { hourly: "0.007".parse().unwrap(), upfront: "60".parse().unwrap(), source: Source::List };
        assert_eq!(price.total(TermLength::OneYear).to_string(), "121.32");
        assert_eq!(price.amortized(TermLength::OneYear, Rounding::HalfEven).to_string(), "0.013849315068");
    }
}
