//! Prices, embedded: dated real list prices (`data/ATTRIBUTION.md`), and what is derived from them and therefore **simulated**.

use crate::cloud::text;
use serde::{Deserialize, Serialize};
use tenor_money::{Money, Quantity, Rounding, UnitPrice, mul_div_round};

/// How long a commitment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Term {
    /// 365 days.
    OneYear,
    /// 1,095 days.
    ThreeYears,
}

/// How much of a commitment is paid at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Payment {
    /// No Upfront: nothing.
    Nothing,
    /// Partial Upfront: about half.
    Half,
    /// All Upfront: everything.
    Everything,
}

/// Which reservations a rate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OfferingClass {
    /// Cheaper, cannot be exchanged.
    Standard,
    /// Dearer, can be exchanged.
    Convertible,
}

impl Term {
    /// Its length.
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Self::OneYear => 31_536_000,
            Self::ThreeYears => 94_608_000,
        }
    }

    /// AWS's word.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OneYear => "1yr",
            Self::ThreeYears => "3yr",
        }
    }
}

impl Payment {
    /// AWS's words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Nothing => "No Upfront",
            Self::Half => "Partial Upfront",
            Self::Everything => "All Upfront",
        }
    }
}

impl OfferingClass {
    /// AWS's word.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Convertible => "convertible",
        }
    }
}

/// What one unit of a reservation costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ReservedPrice {
    /// At the start, per unit.
    #[serde(with = "text")]
    pub(crate) upfront: Money,
    /// Per unit and hour.
    #[serde(with = "text")]
    pub(crate) hourly: UnitPrice,
}

/// The list prices of an EC2 instance type with Linux.
#[derive(Debug, Clone)]
pub(crate) struct Ec2Price {
    /// `us-east-1`.
    pub(crate) region: String,
    /// `m5.large`.
    pub(crate) instance_type: String,
    /// Per hour.
    pub(crate) on_demand: UnitPrice,
    standard: [UnitPrice; 2],
    convertible: [UnitPrice; 2],
    /// AWS's SKU.
    pub(crate) sku: String,
}

/// The list prices of an RDS instance class.
#[derive(Debug, Clone)]
pub(crate) struct RdsPrice {
    /// `us-east-1`.
    pub(crate) region: String,
    /// `MySQL`.
    pub(crate) engine: String,
    /// `Multi-AZ` or `Single-AZ`.
    pub(crate) deployment: String,
    /// `db.r5.large`.
    pub(crate) instance_class: String,
    /// Per hour.
    pub(crate) on_demand: UnitPrice,
    no_upfront: ReservedPrice,
    partial: [ReservedPrice; 2],
    /// AWS's SKU.
    pub(crate) sku: String,
}

impl Ec2Price {
    /// The No Upfront reservation's rate, which is also (simulated) the Savings Plan's: EC2 Instance plans as standard, Compute plans as convertible.
    pub(crate) fn no_upfront(&self, class: OfferingClass, term: Term) -> UnitPrice {
        match class {
            OfferingClass::Standard => self.standard[term as usize],
            OfferingClass::Convertible => self.convertible[term as usize],
        }
    }

    /// A reservation's price. Upfront options are simulated: half or all of 96 or 93 percent of the No Upfront total.
    pub(crate) fn reserved(&self, class: OfferingClass, term: Term, payment: Payment) -> ReservedPrice {
        let hourly = self.no_upfront(class, term);
        let whole_dollars = |share_of_total: i128| {
            let hours = i128::from(term.seconds() / 3600);
            Money::from_units(mul_div_round(hourly.units() * hours, share_of_total, 1000, Rounding::HalfEven))
                .round_to(0, Rounding::HalfEven)
        };
        match payment {
            Payment::Nothing => ReservedPrice { upfront: Money::ZERO, hourly },
            Payment::Half => {
                let half = Money::from_units(hourly.share(480, 1000, Rounding::HalfEven).units()).round_to(4, Rounding::HalfEven);
                ReservedPrice { upfront: whole_dollars(480), hourly: UnitPrice::from_units(half.units()) }
            }
            Payment::Everything => ReservedPrice { upfront: whole_dollars(930), hourly: UnitPrice::ZERO },
        }
    }
}

impl RdsPrice {
    /// A reservation's list price; All Upfront is simulated as the Partial Upfront total at once.
    pub(crate) fn reserved(&self, term: Term, payment: Payment) -> ReservedPrice {
        let partial = self.partial[term as usize];
        match payment {
            Payment::Nothing => self.no_upfront,
            Payment::Half => partial,
            Payment::Everything => {
                let recurring = crate::exact::charge(partial.hourly, Quantity::from_whole(term.seconds() / 3600), 0);
                ReservedPrice { upfront: partial.upfront + recurring, hourly: UnitPrice::ZERO }
            }
        }
    }
}

/// The embedded EC2 prices, by region, family and size.
pub(crate) fn ec2() -> Vec<Ec2Price> {
    rows(include_str!("../data/ec2_prices.csv"))
        .map(|cells| Ec2Price {
            region: cells[0].to_owned(),
            instance_type: cells[1].to_owned(),
            on_demand: amount(cells[2]),
            standard: [amount(cells[3]), amount(cells[4])],
            convertible: [amount(cells[5]), amount(cells[6])],
            sku: cells[7].to_owned(),
        })
        .collect()
}

/// The embedded RDS prices.
pub(crate) fn rds() -> Vec<RdsPrice> {
    let reserved =
        |hourly: &str, upfront: &str| ReservedPrice { upfront: Money::from_units(amount(upfront).units()), hourly: amount(hourly) };
    rows(include_str!("../data/rds_prices.csv"))
        .map(|cells| RdsPrice {
            region: cells[0].to_owned(),
            engine: cells[1].to_owned(),
            deployment: cells[2].to_owned(),
            instance_class: cells[3].to_owned(),
            on_demand: amount(cells[4]),
            no_upfront: reserved(cells[5], "0"),
            partial: [reserved(cells[6], cells[7]), reserved(cells[8], cells[9])],
            sku: cells[10].to_owned(),
        })
        .collect()
}

/// A price written in this crate.
pub(crate) fn amount(text: &str) -> UnitPrice {
    text.parse().expect("embedded prices are decimals")
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

#[cfg(test)]
mod tests {
    use super::{OfferingClass, Payment, Term, ec2, rds};

    #[test]
    fn the_embedded_prices_are_the_published_ones() {
        let prices = ec2();
        let m5 = prices.iter().find(|p| p.region == "us-east-1" && p.instance_type == "m5.large").unwrap();
        assert_eq!(m5.on_demand.to_string(), "0.096");
        assert_eq!(m5.no_upfront(OfferingClass::Standard, Term::ThreeYears).to_string(), "0.041");
        let all = m5.reserved(OfferingClass::Standard, Term::OneYear, Payment::Everything);
        assert_eq!((all.upfront.to_string().as_str(), all.hourly.is_zero()), ("489", true));
        let r5 = rds()
            .into_iter()
            .find(|p| p.region == "us-east-1" && p.instance_class == "db.r5.large" && p.deployment == "Single-AZ")
            .unwrap();
        assert_eq!(r5.reserved(Term::OneYear, Payment::Half).upfront.to_string(), "578");
    }
}
