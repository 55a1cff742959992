//! Redshift reserved nodes: bought, and exchanged for their successors.

use crate::answer::{AnswerError, Input};
use crate::client::Client;
use crate::reads::redshift::ReservedNodes;

/// Reserved nodes to be bought. AWS has neither token nor name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Which offering.
    pub offering: String,
    /// How many.
    pub count: u32,
}

/// Reserved nodes to be exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Which are given; that can be done once.
    pub node: String,
    /// The offering of what is got.
    pub offering: String,
}

impl Purchase {
    /// Buys them, and gives them as they then are. It is sent once: after [`Fate::Unknown`](crate::client::Fate) look before anything else.
    ///
    /// # Errors
    /// [`AnswerError`]; [`AnswerError::fate`] says whether they may have been bought.
    pub async fn send(&self, client: &Client) -> Result<ReservedNodes, AnswerError> {
        let input = Input::new().with("ReservedNodeOfferingId", self.offering.as_str()).with("NodeCount", i64::from(self.count));
        client.one("redshift", "PurchaseReservedNodeOffering", input, "ReservedNode").await
    }
}

impl Exchange {
    /// Makes it, and gives the new nodes.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ReservedNodeAlreadyMigrated` when it is done already.
    pub async fn send(&self, client: &Client) -> Result<ReservedNodes, AnswerError> {
        let input = Input::new().with("ReservedNodeId", self.node.as_str()).with("TargetReservedNodeOfferingId", self.offering.as_str());
        client.one("redshift", "AcceptReservedNodeExchange", input, "ExchangedReservedNode").await
    }
}
