//! ElastiCache reserved nodes: those held and those sold.

use super::reserved::{Recurring, ReservationState};
use crate::answer::{AnswerError, Arn, Input, PaymentOption, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

record! {
    /// Reserved cache nodes that are held or were.
    pub ReservedNodes {
        /// Its id, which the buyer may choose.
        id: String = "ReservedCacheNodeId",
        /// Its name for policies and in bills.
        arn: Option<Arn> = "ReservationARN",
        /// What was bought.
        offering: Option<String> = "ReservedCacheNodesOfferingId",
        /// What it is for.
        node_type: String = "CacheNodeType",
        /// The engine: `redis`, `valkey`, `memcached`.
        product: String = "ProductDescription",
        /// How many.
        count: u32 = "CacheNodeCount",
        /// When it starts or started.
        start: Timestamp = "StartTime",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// What has become of it.
        state: ReservationState = "State",
        /// How it is paid.
        payment: PaymentOption = "OfferingType",
        /// What one cost upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Recurring> = "RecurringCharges",
    }
}

record! {
    /// Reserved cache nodes that are sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "ReservedCacheNodesOfferingId",
        /// What it is for.
        node_type: String = "CacheNodeType",
        /// The engine: `redis`, `valkey`, `memcached`.
        product: String = "ProductDescription",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// How it is paid.
        payment: PaymentOption = "OfferingType",
        /// What one costs upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Recurring> = "RecurringCharges",
    }
}

/// All reserved nodes of the account in the client's region, in every state, ended ones too.
///
/// # Errors
/// [`AnswerError`].
pub async fn reserved_nodes(client: &Client) -> Result<Vec<ReservedNodes>, AnswerError> {
    client.all("elasticache", "DescribeReservedCacheNodes", Input::new(), "ReservedCacheNodes").await
}

/// What is sold in the client's region: all of it, or one offering by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, id: Option<&str>) -> Result<Vec<Offering>, AnswerError> {
    client
        .all(
            "elasticache",
            "DescribeReservedCacheNodesOfferings",
            Input::new().maybe("ReservedCacheNodesOfferingId", id),
            "ReservedCacheNodesOfferings",
        )
        .await
}
