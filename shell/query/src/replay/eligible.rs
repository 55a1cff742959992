//! Where bills have usage that commitments could cover: whose prices are worth knowing. Nothing is added up here.

use super::fields::Fields;
use super::skus::USAGE;
use crate::{Engine, QueryError};
use std::collections::BTreeSet;
use tenor_cover::{eligible_usage, region_of_usage};

/// Services and Regions with such usage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EligiblePlaces {
    /// By their codes: `AmazonEC2`.
    pub services: BTreeSet<String>,
    /// `eu-west-1`.
    pub regions: BTreeSet<String>,
}

impl Engine {
    /// In which services and Regions all bills have usage that a reservation or a plan could cover.
    ///
    /// # Errors
    /// When the lake cannot be asked.
    pub async fn eligible_places(&self) -> Result<EligiblePlaces, QueryError> {
        let statement = format!(
            "SELECT DISTINCT coalesce(x_ServiceCode, ''), coalesce(RegionId, ''), coalesce(x_UsageType, '') FROM charges WHERE {USAGE}"
        );
        let mut places = EligiblePlaces::default();
        for row in Fields::all(self, &statement).await? {
            let (service, region, usage_type) = (row.text(0), row.text(1), row.text(2));
            if eligible_usage(service, usage_type).is_none() {
                continue;
            }
            places.services.insert(service.to_owned());
            let region = Some(region).filter(|region| !region.is_empty()).or_else(|| region_of_usage(usage_type));
            places.regions.extend(region.map(str::to_owned));
        }
        Ok(places)
    }
}
