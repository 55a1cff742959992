//! Reservations of RDS, ElastiCache, MemoryDB and OpenSearch: bought under a name of which there can be only one.

use super::keys::{OwnTags, PurchaseName};
use crate::answer::{AnswerError, Input, record};
use crate::client::Client;
use crate::reads::{elasticache, memorydb, rds};

/// A reservation to be bought under a name. Which service it is of says the function that buys it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPurchase {
    /// Which offering.
    pub offering: String,
    /// How many.
    pub count: u32,
    /// Its name, by which AWS refuses a second one.
    pub name: PurchaseName,
    /// Its tags; OpenSearch takes none.
    pub tags: OwnTags,
}

record! {
    /// An OpenSearch reservation that was bought.
    pub OpenSearchBought {
        /// Its id.
        id: String = "ReservedInstanceId",
        /// Its name.
        name: String = "ReservationName",
    }
}

impl NamedPurchase {
    /// Buys reserved database instances, and gives them as they then are.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ReservedDBInstanceAlreadyExists` when the name is taken, most likely by this very request.
    pub async fn of_rds(&self, client: &Client) -> Result<rds::ReservedInstances, AnswerError> {
        let input = self.input("ReservedDBInstancesOfferingId", "DBInstanceCount", "ReservedDBInstanceId");
        client.one("rds", "PurchaseReservedDBInstancesOffering", self.tags.add(input), "ReservedDBInstance").await
    }

    /// Buys reserved cache nodes, and gives them as they then are.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ReservedCacheNodeAlreadyExists` when the name is taken, most likely by this very request.
    pub async fn of_elasticache(&self, client: &Client) -> Result<elasticache::ReservedNodes, AnswerError> {
        let input = self.input("ReservedCacheNodesOfferingId", "CacheNodeCount", "ReservedCacheNodeId");
        client.one("elasticache", "PurchaseReservedCacheNodesOffering", self.tags.add(input), "ReservedCacheNode").await
    }

    /// Buys reserved MemoryDB nodes, and gives them as they then are.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ReservedNodeAlreadyExistsFault` when the name is taken, most likely by this very request.
    pub async fn of_memorydb(&self, client: &Client) -> Result<memorydb::ReservedNodes, AnswerError> {
        let input = self.input("ReservedNodesOfferingId", "NodeCount", "ReservationId");
        client.one("memorydb", "PurchaseReservedNodesOffering", self.tags.add(input), "ReservedNode").await
    }

    /// Buys reserved OpenSearch instances, and gives their id.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ResourceAlreadyExistsException` when the name is taken, most likely by this very request.
    pub async fn of_opensearch(&self, client: &Client) -> Result<OpenSearchBought, AnswerError> {
        let input = self.input("ReservedInstanceOfferingId", "InstanceCount", "ReservationName");
        client.one("opensearch", "PurchaseReservedInstanceOffering", input, "").await
    }

    fn input(&self, offering: &str, count: &str, name: &str) -> Input {
        Input::new().with(offering, self.offering.as_str()).with(count, i64::from(self.count)).with(name, &self.name)
    }
}
