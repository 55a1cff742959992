//! What is held: reservations and Savings Plans with a term.

use crate::sku::{Capacity, ExactKey, Factor, FamilyKey, Sku};
use std::fmt;
use tenor_bill::{AccountId, Hour};
use tenor_money::{Money, UnitPrice};

/// The id of a commitment, an ARN at AWS. Its order is the order of application where AWS documents none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitmentId(pub String);

impl fmt::Display for CommitmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// From when to when a commitment runs, in seconds of the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Its first second.
    pub start: i64,
    /// Its length; fees are amortized over it. One year is 31,536,000 s, three are 94,608,000. Positive, though what is retired at its
    /// start is held for no second.
    pub seconds: i64,
    /// The first second in which it is held no more, when that comes before the term ends: modified, exchanged, sold, returned.
    pub retired: Option<i64>,
}

impl Term {
    /// The first second in which it is no longer held.
    #[must_use]
    pub fn end(self) -> i64 {
        let end = self.start + self.seconds;
        self.retired.map_or(end, |retired| retired.clamp(self.start, end))
    }

    /// Seconds held by `moment`: none before the start, all after the end.
    #[must_use]
    pub fn elapsed(self, moment: i64) -> i64 {
        (moment - self.start).clamp(0, self.end() - self.start)
    }

    /// Whether any second of a clock hour is in it, so that the hour has a part of its fees.
    #[must_use]
    pub fn touches(self, hour: Hour) -> bool {
        let (start, end) = (hour.start_second(), hour.next().start_second());
        self.start < end && self.end() > start && self.start < self.end()
    }

    /// Whether every second of a clock hour is in it.
    #[must_use]
    pub fn holds_all_of(self, hour: Hour) -> bool {
        self.start <= hour.start_second() && self.end() >= hour.next().start_second()
    }

    /// Whether a reservation covers usage of a clock hour: from the one in which it starts, which counts whole, up to but without the one
    /// in which it ends (`docs/spec/rounding.md` 2.2). Source: `aws-rules` U1, the first hour settled by a real bill.
    #[must_use]
    pub fn covers_hour(self, hour: Hour) -> bool {
        self.start.div_euclid(3600) <= hour.epoch_hours() && hour.epoch_hours() < self.end().div_euclid(3600)
    }
}

/// What usage a reservation matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// Every size of a family, in normalized units.
    Family(FamilyKey),
    /// One exact type, in instance-hours.
    Exact(ExactKey),
}

/// A Reserved Instance or its kin (nodes of caches, warehouses and search domains): `count` alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its ARN.
    pub id: CommitmentId,
    /// The account that bought it.
    pub owner: AccountId,
    /// When it runs.
    pub term: Term,
    /// What it matches.
    pub covers: Covers,
    /// The zone of a zonal one, as [`crate::Series::zone`] writes it.
    pub zone: Option<String>,
    /// How many instances. Positive.
    pub count: u32,
    /// Normalized units of one instance of the size it was bought for; used where it covers a family.
    pub factor: Factor,
    /// Recurring fee of one instance for one hour of the term.
    pub hourly: UnitPrice,
    /// What all instances cost upfront.
    pub upfront: Money,
}

impl Reservation {
    /// Whether it matches usage of a SKU in a zone, whoever owns either (`docs/spec/rounding.md` 3.2).
    #[must_use]
    pub fn matches(&self, sku: &Sku, zone: Option<&str>) -> bool {
        let Some(reservable) = &sku.reservable else { return false };
        let here = self.zone.is_none() || (self.zone.as_deref() == zone && sku.capacity == Capacity::Used);
        let same = match &self.covers {
            Covers::Family(family) => reservable.families.contains(family),
            Covers::Exact(exact) => reservable.exact == *exact,
        };
        here && same
    }
}

/// The kinds of Savings Plans, in the order of application. Source: Savings Plans guide; `aws-rules` §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanKind {
    /// One EC2 family in one region.
    Ec2Instance,
    /// EC2, Fargate and Lambda.
    Compute,
    /// SageMaker AI instances.
    SageMaker,
    /// Databases and caches.
    Database,
}

impl PlanKind {
    /// All of them, in the order of application.
    pub const ALL: [Self; 4] = [Self::Ec2Instance, Self::Compute, Self::SageMaker, Self::Database];

    /// The kind that a bill names: `ComputeSavingsPlans` in a Cost and Usage Report, `Compute Savings Plan` in FOCUS,
    /// `MachineLearningSavingsPlans` as a product.
    #[must_use]
    pub fn from_offering_type(name: &str) -> Option<Self> {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match letters.trim_end_matches('s').strip_suffix("savingsplan")? {
            "ec2instance" => Some(Self::Ec2Instance),
            "compute" => Some(Self::Compute),
            "sagemaker" | "machinelearning" => Some(Self::SageMaker),
            "database" => Some(Self::Database),
            _ => None,
        }
    }

    /// AWS's name of the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ec2Instance => "EC2 Instance",
            Self::Compute => "Compute",
            Self::SageMaker => "SageMaker",
            Self::Database => "Database",
        }
    }
}

/// A Savings Plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its ARN.
    pub id: CommitmentId,
    /// The account that bought it.
    pub owner: AccountId,
    /// When it runs. What a partial first or last hour is worth is not known (`aws-rules` U1): [`crate::Settings::plan_partial_hours`] says.
    pub term: Term,
    /// Its kind.
    pub kind: PlanKind,
    /// Paid each hour.
    pub recurring: Money,
    /// Paid at the start.
    pub upfront: Money,
    /// Its offering's rates, as an index into [`crate::Parts::rate_tables`].
    pub rate_table: usize,
}

/// Either of what can be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commitment {
    /// A reservation.
    Reservation(Reservation),
    /// A plan.
    Plan(Plan),
}

#[cfg(test)]
mod tests {
    use super::Term;
    use tenor_bill::Hour;

    #[test]
    fn a_term_of_no_seconds_touches_no_hour() {
        let hour = Hour::from_epoch_hours(0);
        let term = |retired| Term { start: 1_800, seconds: 31_536_000, retired };
        assert!(!term(Some(1_800)).touches(hour) && !term(Some(0)).touches(hour));
        assert!(term(Some(1_801)).touches(hour) && !term(Some(1_801)).covers_hour(hour));
        assert!(term(None).touches(hour) && !term(None).holds_all_of(hour) && term(None).holds_all_of(hour.next()));
    }
}
