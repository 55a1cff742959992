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
                let is_compute = matches!(of, Reserved::Ec2 { .. });
                if is_compute { place_of(*kind) == PlanKind::Compute } else { *kind == PlanKind::Database }
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
