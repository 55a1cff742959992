//! All that an account holds: Savings Plans, and reservations of every service, region by region.
//!
//! What could not be read says so, part by part: a missing permission never looks like nothing owned.

mod fee;
mod holding;
mod read;
mod unread;

pub use fee::NoFee;
pub use holding::{Holding, Standing, What};
pub use unread::{Unread, Why};

use crate::answer::AnswerError;
use crate::client::{CallError, Client};
use futures::StreamExt;
use std::collections::BTreeSet;
use std::fmt;
use tenor_bill::{AccountId, IdError};
use tenor_permit::{Partition, offered};

/// Parts that are read at once; the client's own limits by service hold besides.
const AT_ONCE: usize = 8;

/// A service that sells commitments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Savings Plans, which no region has.
    SavingsPlans,
    /// EC2.
    Ec2,
    /// RDS and Aurora.
    Rds,
    /// ElastiCache.
    ElastiCache,
    /// MemoryDB.
    MemoryDb,
    /// OpenSearch.
    OpenSearch,
    /// Redshift.
    Redshift,
    /// Redshift Serverless.
    RedshiftServerless,
}

/// All that an account holds, as far as it could be read.
#[derive(Debug)]
pub struct Inventory {
    /// The account.
    pub account: AccountId,
    /// Savings Plans first, then region by region, in each service by service.
    pub parts: Vec<Part>,
}

/// What is held of one service in one region.
#[derive(Debug)]
pub struct Part {
    /// The service.
    pub service: Service,
    /// The region; none for Savings Plans.
    pub region: Option<String>,
    /// What is held, in every state; or why that is not known. Nothing, and nobody was asked, where the partition has no such service.
    pub held: Result<Vec<Holding>, Unread>,
}

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No region was named: an inventory of none would look empty.
    #[error("no region was named to look in")]
    NoRegion,
    /// The client's account is none.
    #[error("whose inventory this is cannot be told")]
    NoAccount(#[from] IdError),
    /// There are no credentials, so every part would say the same.
    #[error("the inventory cannot be read")]
    NoCredentials {
        /// Why.
        source: AnswerError,
    },
}

impl Service {
    /// All that are sold by region, in the order of an inventory.
    pub const REGIONAL: [Self; 7] =
        [Self::Ec2, Self::Rds, Self::ElastiCache, Self::MemoryDb, Self::OpenSearch, Self::Redshift, Self::RedshiftServerless];

    /// Its name in the catalogue.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SavingsPlans => "savingsplans",
            Self::Ec2 => "ec2",
            Self::Rds => "rds",
            Self::ElastiCache => "elasticache",
            Self::MemoryDb => "memorydb",
            Self::OpenSearch => "opensearch",
            Self::Redshift => "redshift",
            Self::RedshiftServerless => "redshift-serverless",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SavingsPlans => "Savings Plans",
            Self::Ec2 => "EC2",
            Self::Rds => "RDS",
            Self::ElastiCache => "ElastiCache",
            Self::MemoryDb => "MemoryDB",
            Self::OpenSearch => "OpenSearch",
            Self::Redshift => "Redshift",
            Self::RedshiftServerless => "Redshift Serverless",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Inventory {
    /// All holdings that could be read. What could not is in [`Inventory::unread`], and an answer made of the one has to name the other.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.parts.iter().filter_map(|part| part.held.as_ref().ok()).flatten()
    }

    /// The parts that could not be read, and why.
    pub fn unread(&self) -> impl Iterator<Item = (&Part, &Unread)> {
        self.parts.iter().filter_map(|part| part.held.as_ref().err().map(|unread| (part, unread)))
    }

    /// Whether everything could be read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unread().next().is_none()
    }
}

/// What the client's account holds: all Savings Plans, and the reservations in these regions.
///
/// A part that cannot be read does not keep the others from being read.
///
/// # Errors
/// [`LiveError`].
pub async fn live(client: &Client, regions: &[String]) -> Result<Inventory, LiveError> {
    let account: AccountId = client.account().parse()?;
    let regions: BTreeSet<&String> = regions.iter().collect();
    if regions.is_empty() {
        return Err(LiveError::NoRegion);
    }
    let regional = regions.into_iter().flat_map(|region| Service::REGIONAL.map(|service| (service, Some(region.clone()))));
    let wanted: Vec<_> = [(Service::SavingsPlans, None)].into_iter().chain(regional).collect();
    let reads = wanted.into_iter().map(|(service, region)| part(client.clone(), account.clone(), service, region));
    let parts: Vec<Part> = futures::stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>().await;
    let has_no_credentials =
        |part: &Part| matches!(&part.held, Err(Unread { error: AnswerError::Call(CallError::Credentials { .. }), .. }));
    if parts.iter().all(has_no_credentials) {
        let first = parts.into_iter().find_map(|part| part.held.err());
        let source = first.expect("every part has an error, and Savings Plans always are a part").error;
        return Err(LiveError::NoCredentials { source });
    }
    Ok(Inventory { account, parts })
}

async fn part(client: Client, account: AccountId, service: Service, region: Option<String>) -> Part {
    let client = match &region {
        Some(region) => client.in_region(region),
        None => client,
    };
    let partition = Partition::ALL.into_iter().find(|known| known.as_str() == client.place().partition());
    if partition.is_some_and(|partition| offered(service.name(), partition).is_err()) {
        return Part { service, region, held: Ok(Vec::new()) };
    }
    let held = read::held(&client, &account, service).await.map_err(Unread::new);
    Part { service, region, held }
}
