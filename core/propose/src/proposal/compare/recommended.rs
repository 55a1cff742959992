//! What AWS recommends, as its Cost Explorer says it (`docs/spec/recommendations.md`).

use std::fmt;
use tenor_cover::PlanKind;
use tenor_money::Money;
use tenor_price::{OfferingClass, Payment, TermLength};

/// One thing that AWS recommends to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommended {
    /// Where it stands: file and place in it.
    pub source: String,
    /// The account it is for; empty where none is named.
    pub account: String,
    /// In what its amounts are; empty where it does not say.
    pub currency: String,
    /// How long.
    pub term: TermLength,
    /// Paid how.
    pub payment: Payment,
    /// What AWS looked at, in words: `from 60 days`; empty where it does not say.
    pub basis: String,
    /// What.
    pub goods: RecommendedGoods,
    /// Cash at the start of all of it, as AWS says.
    pub upfront: Option<Money>,
    /// What AWS says that it saves in a month.
    pub monthly_savings: Option<Money>,
}

/// What AWS recommends to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecommendedGoods {
    /// A Savings Plan.
    Plan {
        /// Its kind.
        kind: PlanKind,
        /// Of an EC2 Instance plan: `m5`.
        family: String,
        /// Of an EC2 Instance plan: `us-east-1`.
        region: String,
        /// Commitment by the hour.
        hourly: Money,
    },
    /// Reservations.
    Reservation {
        /// Of what.
        of: Reserved,
        /// `us-east-1`.
        region: String,
        /// `m5.large`, `db.r5.large`, `m5.large.search`.
        instance_type: String,
        /// How many.
        count: u32,
    },
}

/// What a reservation is for besides Region and type, in AWS's words; what it leaves out is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of AWS's `InstanceDetails` that has its name")]
pub enum Reserved {
    /// EC2.
    Ec2 { platform: String, tenancy: String, zone: String, class: Option<OfferingClass> },
    /// RDS.
    Rds { engine: String, edition: String, license_model: String, deployment: String, deployment_model: String },
    /// `ElastiCache`.
    ElastiCache { engine: String },
    /// `MemoryDB`, whose recommendations name no engine.
    MemoryDb,
    /// `OpenSearch`.
    OpenSearch,
    /// Redshift.
    Redshift,
    /// `DynamoDB`'s reserved capacity.
    DynamoDb,
}

impl Reserved {
    /// The product code.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        match self {
            Self::Ec2 { .. } => "AmazonEC2",
            Self::Rds { .. } => "AmazonRDS",
            Self::ElastiCache { .. } => "AmazonElastiCache",
            Self::MemoryDb => "AmazonMemoryDB",
            Self::OpenSearch => "AmazonES",
            Self::Redshift => "AmazonRedshift",
            Self::DynamoDb => "AmazonDynamoDB",
        }
    }

    /// The kind of plan that is for the same usage; none where no plan is. Source: `aws-rules` §2.1.
    const fn plan_for_the_same(&self) -> Option<PlanKind> {
        match self {
            Self::Ec2 { .. } => Some(PlanKind::Compute),
            Self::Rds { .. } | Self::ElastiCache { .. } | Self::OpenSearch | Self::DynamoDb => Some(PlanKind::Database),
            Self::MemoryDb | Self::Redshift => None,
        }
    }

    /// As people call it.
    const fn name(&self) -> &'static str {
        match self {
            Self::Ec2 { class: Some(OfferingClass::Convertible), .. } => "EC2 convertible reservations",
            Self::Ec2 { class: Some(OfferingClass::Standard), .. } => "EC2 standard reservations",
            Self::Ec2 { class: None, .. } => "EC2 reservations",
            Self::Rds { .. } => "RDS reservations",
            Self::ElastiCache { .. } => "ElastiCache reservations",
            Self::MemoryDb => "MemoryDB reservations",
            Self::OpenSearch => "OpenSearch reservations",
            Self::Redshift => "Redshift reservations",
            Self::DynamoDb => "DynamoDB reserved capacity",
        }
    }
}

impl Recommended {
    /// Whether it is a reservation, not a plan.
    #[must_use]
    pub const fn is_reservation(&self) -> bool {
        matches!(self.goods, RecommendedGoods::Reservation { .. })
    }

    /// What AWS computed together: `Compute Savings Plans, 1yr No Upfront, from 60 days`.
    #[must_use]
    pub fn set(&self) -> String {
        let (term, payment) = (self.term, self.payment);
        let basis = if self.basis.is_empty() { String::new() } else { format!(", {}", self.basis) };
        match &self.goods {
            RecommendedGoods::Plan { kind, .. } => format!("{} Savings Plans, {term} {payment}{basis}", kind.as_str()),
            RecommendedGoods::Reservation { of, .. } => format!("{}, {term} {payment}{basis}", of.name()),
        }
    }

    /// Whether another set is for some of the same usage. Source: `aws-rules` §5.4.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (&self.goods, &other.goods) {
            (RecommendedGoods::Plan { kind: one, .. }, RecommendedGoods::Plan { kind: other, .. }) => place_of(*one) == place_of(*other),
            (RecommendedGoods::Reservation { of: one, .. }, RecommendedGoods::Reservation { of: other, .. }) => {
                one.service() == other.service()
            }
            (RecommendedGoods::Plan { kind, .. }, RecommendedGoods::Reservation { of, .. })
            | (RecommendedGoods::Reservation { of, .. }, RecommendedGoods::Plan { kind, .. }) => {
                of.plan_for_the_same().is_some_and(|same| place_of(*kind) == same)
            }
        }
    }
}

/// The usage that a kind of plan is for: EC2 Instance plans and Compute plans share theirs.
const fn place_of(kind: PlanKind) -> PlanKind {
    match kind {
        PlanKind::Ec2Instance | PlanKind::Compute => PlanKind::Compute,
        other => other,
    }
}

impl fmt::Display for Recommended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.set();
        match &self.goods {
            RecommendedGoods::Plan { family, hourly, .. } if family.is_empty() => write!(f, "{hourly} an hour of {set}"),
            RecommendedGoods::Plan { family, region, hourly, .. } => write!(f, "{hourly} an hour for {family} {region} of {set}"),
            RecommendedGoods::Reservation { region, instance_type, count, of: Reserved::Ec2 { platform, .. } } => {
                write!(f, "{count} × {instance_type} {platform} {region} of {set}")
            }
            RecommendedGoods::Reservation { region, instance_type, count, of: Reserved::Rds { engine, deployment, .. } } => {
                write!(f, "{count} × {instance_type} {engine} {deployment} {region} of {set}")
            }
            RecommendedGoods::Reservation { region, instance_type, count, .. } => write!(f, "{count} × {instance_type} {region} of {set}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Recommended, RecommendedGoods, Reserved};
    use tenor_cover::PlanKind;
    use tenor_money::Money;
    use tenor_price::{Payment, TermLength};

    fn recommended(goods: RecommendedGoods) -> Recommended {
        let [source, account, currency, basis] = [const { String::new() }; 4];
        let (term, payment) = (TermLength::OneYear, Payment::NoUpfront);
        Recommended { source, account, currency, term, payment, basis, goods, upfront: None, monthly_savings: None }
    }

    #[test]
    fn plans_and_reservations_overlap_where_they_are_for_the_same_services() {
        let empty = String::new;
        let all = [
            Reserved::Ec2 { platform: empty(), tenancy: empty(), zone: empty(), class: None },
            Reserved::Rds { engine: empty(), edition: empty(), license_model: empty(), deployment: empty(), deployment_model: empty() },
            Reserved::ElastiCache { engine: empty() },
            Reserved::MemoryDb,
            Reserved::OpenSearch,
            Reserved::Redshift,
            Reserved::DynamoDb,
        ];
        let told = all.map(|of| {
            let service = of.service();
            let reservation = recommended(RecommendedGoods::Reservation { of, region: empty(), instance_type: empty(), count: 1 });
            let plan = |kind| recommended(RecommendedGoods::Plan { kind, family: empty(), region: empty(), hourly: Money::ZERO });
            let kinds = PlanKind::ALL.into_iter().filter(|kind| {
                let (one, other) = (plan(*kind).overlaps(&reservation), reservation.overlaps(&plan(*kind)));
                assert_eq!(one, other, "{service}");
                one
            });
            format!("{service}: {}", kinds.map(PlanKind::as_str).collect::<Vec<_>>().join(", "))
        });
        insta::assert_snapshot!(told.join("\n"), @"
        AmazonEC2: EC2 Instance, Compute
        AmazonRDS: Database
        AmazonElastiCache: Database
        AmazonMemoryDB: 
        AmazonES: Database
        AmazonRedshift: 
        AmazonDynamoDB: Database
        ");
    }
}
