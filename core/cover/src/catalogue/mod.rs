//! From what a bill says of a usage or of a reservation to what matches what.
//!
//! Keys are texts of service, region, family or type, and whatever else a match depends on; equal texts match. Sources: `aws-rules` §1.3
//! for EC2, §1.11 for the other services.

mod databases;
mod ec2;
mod sizes;
mod usage_type;

pub use sizes::{Sizes, split_type};
pub use usage_type::{EligibleUsage, eligible_usage, instance_family, instance_type, region_of_usage};

use crate::commitment::Covers;
use crate::sku::{Capacity, Factor, Reservable};

/// What a bill says of one usage or reservation, as text; empty where it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes<'a> {
    /// AWS's product code: `AmazonEC2`.
    pub service: &'a str,
    /// `us-east-1`.
    pub region: &'a str,
    /// `USW2-BoxUsage:m5.large`; `HeavyUsage:m5.large` on a reservation's fee.
    pub usage_type: &'a str,
    /// `RunInstances:0002`: at EC2 it names the platform, at RDS the engine.
    pub operation: &'a str,
    /// `m5.large`, `db.r6g.large`; fee rows often leave it out.
    pub instance_type: &'a str,
    /// `Shared`, `Dedicated` or `Host`.
    pub tenancy: &'a str,
    /// `PostgreSQL`, `Aurora MySQL`.
    pub database_engine: &'a str,
    /// `License included`, `Bring your own license`.
    pub license_model: &'a str,
    /// `Single-AZ`, `Multi-AZ`.
    pub deployment: &'a str,
    /// `Redis`, `Valkey`, `Memcached`.
    pub cache_engine: &'a str,
}

/// Why usage or a reservation cannot be matched. Named in results, never passed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Gap {
    /// A reservation of something that no rule is known for.
    #[error("no rule says what a reservation of {service} `{usage_type}` covers; its usage is taken as not covered")]
    UnknownReservation {
        /// The product code.
        service: String,
        /// The usage type of its fee.
        usage_type: String,
    },
    /// An instance type without a known factor.
    #[error("`{instance_type}` has no known normalization factor; it is matched by its exact type alone")]
    UnknownSize {
        /// The type.
        instance_type: String,
    },
    /// Usage without a public price.
    #[error("no row of {sku} says its public on-demand rate; it is taken as free, which puts it last in the order of savings")]
    NoRate {
        /// The SKU.
        sku: String,
    },
    /// A quantity with more digits than are kept.
    #[error("a quantity of {sku} has more decimals than a simulation keeps (9 of hours, 6 else); it is rounded")]
    Rounded {
        /// The SKU.
        sku: String,
    },
    /// A plan whose rates are known in part.
    #[error("the rates of {offering} are known only where a plan of it covered usage; what else it could have covered is not simulated")]
    NoRateTable {
        /// Kind, term, payment option, family and region.
        offering: String,
    },
    /// No region, so nothing of it can match.
    #[error("{service} `{usage_type}` names no region; it is taken as matching nothing")]
    NoRegion {
        /// The product code.
        service: String,
        /// The usage type.
        usage_type: String,
    },
}

/// What one usage or reservation is to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Its pools, its own first; none where sizes are not flexible.
    families: Vec<crate::sku::FamilyKey>,
    exact: crate::sku::ExactKey,
    factor: Factor,
}

impl Attributes<'_> {
    /// The type: the attribute, or what the usage type ends in.
    fn type_name(&self) -> &str {
        if !self.instance_type.is_empty() {
            return self.instance_type;
        }
        self.usage_type.rsplit_once(':').map_or("", |(_, name)| name)
    }

    /// The region: the attribute, or what the usage type begins with.
    fn region(&self) -> &str {
        if self.region.is_empty() { region_of_usage(self.usage_type).unwrap_or_default() } else { self.region }
    }

    /// The usage type without its region's prefix and its type: `BoxUsage`, `HeavyUsage`, `Multi-AZUsage`.
    fn meter(&self) -> &str {
        let usage = usage_type::split_region(self.usage_type).1;
        usage.split_once(':').map_or(usage, |(meter, _)| meter)
    }

    /// How reservations may cover this usage: not at all for what no reservation is sold for.
    ///
    /// # Errors
    /// When it is something reservations are sold for, but what they would match cannot be told.
    pub fn reservable(&self, sizes: &Sizes) -> Result<Option<Reservable>, Gap> {
        let Some(target) = self.target(sizes, false)? else { return Ok(None) };
        Ok(Some(Reservable { families: target.families, exact: target.exact, factor: target.factor }))
    }

    /// What a reservation whose fee says this covers, and the factor of the size it was bought for.
    ///
    /// # Errors
    /// When no rule says what it covers.
    pub fn covers(&self, zonal: bool, sizes: &Sizes) -> Result<(Covers, Factor), Gap> {
        let unknown = || Gap::UnknownReservation { service: self.service.to_owned(), usage_type: self.usage_type.to_owned() };
        let target = self.target(sizes, true)?.ok_or_else(unknown)?;
        match target.families.into_iter().next().filter(|_| !zonal) {
            Some(family) => Ok((Covers::Family(family), target.factor)),
            None => Ok((Covers::Exact(target.exact), target.factor)),
        }
    }

    /// Names a size that no factor is known for, where a factor would matter.
    #[must_use]
    pub fn unknown_size(&self, sizes: &Sizes) -> Option<Gap> {
        let name = self.type_name();
        let by_size = !["AmazonES", "AmazonRedshift"].contains(&self.service);
        let matters = by_size && matches!(self.reservable(sizes), Ok(Some(_))) && sizes.factor(name).is_none();
        matters.then(|| Gap::UnknownSize { instance_type: name.to_owned() })
    }

    /// Whether this usage is an on-demand capacity reservation's idle part.
    ///
    /// Source: monitoring capacity reservations in the Cost and Usage Report guide: `UnusedBox`, `UnusedDed`.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        if matches!(self.meter(), "UnusedBox" | "UnusedDed") { Capacity::UnusedReservation } else { Capacity::Used }
    }

    /// Whether the row only informs and must not count as demand: a capacity reservation's own line, at a rate of 0.
    #[must_use]
    pub fn is_informational(&self) -> bool {
        self.service == "AmazonEC2" && matches!(self.meter(), "Reservation" | "DedicatedRes" | "HostReservation")
    }

    fn target(&self, sizes: &Sizes, fee: bool) -> Result<Option<Target>, Gap> {
        let target = match self.service {
            "AmazonEC2" => ec2::target(self, sizes, fee),
            _ => databases::target(self, sizes, fee),
        };
        let Some(target) = target else { return Ok(None) };
        if self.region().is_empty() {
            return Err(Gap::NoRegion { service: self.service.to_owned(), usage_type: self.usage_type.to_owned() });
        }
        Ok(Some(target))
    }
}
