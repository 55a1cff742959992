//! Redshift reserved nodes: those held, those sold, and exchanges.

use super::reserved::{Recurring, ReservationState};
use crate::answer::{AnswerError, Input, PaymentOption, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

record! {
    /// Reserved Redshift nodes that are held or were.
    pub ReservedNodes {
        /// Its id.
        id: String = "ReservedNodeId",
        /// What was bought.
        offering: Option<String> = "ReservedNodeOfferingId",
        /// What it is for.
        node_type: String = "NodeType",
        /// Whether it can be exchanged for a later kind of node: `Regular`, `Upgradable`.
        kind: Option<String> = "ReservedNodeOfferingType",
        /// How many.
        count: u32 = "NodeCount",
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
        /// The currency.
        currency: Option<String> = "CurrencyCode",
    }
}

record! {
    /// Reserved Redshift nodes that are sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "ReservedNodeOfferingId",
        /// What it is for.
        node_type: String = "NodeType",
        /// Whether it can be exchanged for a later kind of node: `Regular`, `Upgradable`.
        kind: Option<String> = "ReservedNodeOfferingType",
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
        /// The currency.
        currency: Option<String> = "CurrencyCode",
    }
}

record! {
    /// An exchange that was asked for.
    pub Exchange {
        /// Its id.
        id: String = "ReservedNodeExchangeRequestId",
        /// How it is.
        status: ExchangeStatus = "Status",
        /// When it was asked for.
        at: Timestamp = "RequestTime",
        /// What is given.
        source: String = "SourceReservedNodeId",
        /// The kind of node that is given.
        source_type: Option<String> = "SourceReservedNodeType",
        /// How many are given.
        source_count: Option<u32> = "SourceReservedNodeCount",
        /// What is got.
        target_offering: Option<String> = "TargetReservedNodeOfferingId",
        /// The kind of node that is got.
        target_type: Option<String> = "TargetReservedNodeType",
        /// How many are got.
        target_count: Option<u32> = "TargetReservedNodeCount",
    }
}

words! {
    /// How an exchange is.
    pub ExchangeStatus {
        /// It was asked for.
        Requested = "REQUESTED",
        /// It waits.
        Pending = "PENDING",
        /// It is under way.
        InProgress = "IN_PROGRESS",
        /// It is tried again.
        Retrying = "RETRYING",
        /// It is done.
        Succeeded = "SUCCEEDED",
        /// It failed.
        Failed = "FAILED",
    }
}

/// All reserved nodes of the account in the client's region, in every state, ended ones too.
///
/// # Errors
/// [`AnswerError`].
pub async fn reserved_nodes(client: &Client) -> Result<Vec<ReservedNodes>, AnswerError> {
    client.all("redshift", "DescribeReservedNodes", Input::new(), "ReservedNodes").await
}

/// What is sold in the client's region: all of it, or one offering by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, id: Option<&str>) -> Result<Vec<Offering>, AnswerError> {
    client.all("redshift", "DescribeReservedNodeOfferings", Input::new().maybe("ReservedNodeOfferingId", id), "ReservedNodeOfferings").await
}

/// What reserved nodes can be exchanged for.
///
/// # Errors
/// [`AnswerError`].
pub async fn exchange_offerings(client: &Client, node: &str) -> Result<Vec<Offering>, AnswerError> {
    let input = Input::new().with("ReservedNodeId", node);
    client.all("redshift", "GetReservedNodeExchangeOfferings", input, "ReservedNodeOfferings").await
}

/// The exchanges of some reserved nodes, or of all.
///
/// # Errors
/// [`AnswerError`].
pub async fn exchanges(client: &Client, node: Option<&str>) -> Result<Vec<Exchange>, AnswerError> {
    let input = Input::new().maybe("ReservedNodeId", node);
    client.all("redshift", "DescribeReservedNodeExchangeStatus", input, "ReservedNodeExchangeStatusDetails").await
}
