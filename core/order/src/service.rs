//! The services that sell commitments, and which of AWS's operations carries out which action there.

use crate::order::Action;
use serde::{Deserialize, Serialize};
use std::fmt;
use tenor_permit::Operation;
use tenor_propose::proposal::Kind;

/// A service that sells commitments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Savings Plans, which no Region has.
    #[serde(rename = "savingsplans")]
    SavingsPlans,
    /// EC2.
    Ec2,
    /// RDS and Aurora.
    Rds,
    /// ElastiCache.
    #[serde(rename = "elasticache")]
    ElastiCache,
    /// MemoryDB.
    #[serde(rename = "memorydb")]
    MemoryDb,
    /// OpenSearch.
    #[serde(rename = "opensearch")]
    OpenSearch,
    /// Redshift.
    Redshift,
    /// Redshift Serverless.
    RedshiftServerless,
    /// DynamoDB, whose reserved capacity AWS sells in its console alone. Source: `aws-rules` 7.
    #[serde(rename = "dynamodb")]
    DynamoDb,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SavingsPlans,
        Self::Ec2,
        Self::Rds,
        Self::ElastiCache,
        Self::MemoryDb,
        Self::OpenSearch,
        Self::Redshift,
        Self::RedshiftServerless,
        Self::DynamoDb,
    ];

    /// Its name in the catalogue, which is AWS's name of its API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SavingsPlans => "savingsplans",
            Self::Ec2 => "ec2",
            Self::Rds => "rds",
            Self::ElastiCache => "elasticache",
            Self::MemoryDb => "memorydb",
            Self::OpenSearch => "opensearch",
            Self::Redshift => "redshift",
            Self::RedshiftServerless => "redshift-serverless",
            Self::DynamoDb => "dynamodb",
        }
    }

    /// Whether it sells commitments of a kind.
    #[must_use]
    pub const fn sells(self, kind: Kind) -> bool {
        match kind {
            Kind::ConvertibleReservation => matches!(self, Self::Ec2),
            Kind::StandardReservation => !matches!(self, Self::SavingsPlans),
            Kind::ComputePlan | Kind::Ec2InstancePlan | Kind::SagemakerPlan | Kind::DatabasePlan => matches!(self, Self::SavingsPlans),
        }
    }

    /// The catalogued operation that carries out an action here; none where AWS has none. Source: `aws-rules` 7.
    #[must_use]
    pub fn operation(self, action: Action) -> Option<&'static Operation> {
        use Action as A;
        let name = match (self, action) {
            (Self::SavingsPlans, A::Buy | A::Queue) => "CreateSavingsPlan",
            (Self::SavingsPlans, A::CancelQueued) => "DeleteQueuedSavingsPlan",
            (Self::SavingsPlans, A::Return) => "ReturnSavingsPlan",
            (Self::Ec2, A::Buy | A::Queue) => "PurchaseReservedInstancesOffering",
            (Self::Ec2, A::CancelQueued) => "DeleteQueuedReservedInstances",
            (Self::Ec2, A::Modify) => "ModifyReservedInstances",
            (Self::Ec2, A::Exchange) => "AcceptReservedInstancesExchangeQuote",
            (Self::Ec2, A::List) => "CreateReservedInstancesListing",
            (Self::Ec2, A::CancelListing) => "CancelReservedInstancesListing",
            (Self::Rds, A::Buy) => "PurchaseReservedDBInstancesOffering",
            (Self::ElastiCache, A::Buy) => "PurchaseReservedCacheNodesOffering",
            (Self::MemoryDb, A::Buy) => "PurchaseReservedNodesOffering",
            (Self::OpenSearch, A::Buy) => "PurchaseReservedInstanceOffering",
            (Self::Redshift, A::Buy) => "PurchaseReservedNodeOffering",
            (Self::Redshift, A::Exchange) => "AcceptReservedNodeExchange",
            (Self::RedshiftServerless, A::Buy) => "CreateReservation",
            _ => return None,
        };
        Operation::find(self.as_str(), name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
