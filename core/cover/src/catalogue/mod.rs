//! From what a bill says of a usage or of a reservation to what matches what.
//!
//! Keys are texts of service, region, family or type, and whatever else a match depends on; equal texts match. Sources: `aws-rules` §1.3
//! for EC2, §1.11 for the other services.

mod databases;
mod described;
mod ec2;
mod gap;
mod sizes;
mod type_name;
mod usage_type;

pub use described::{operation_of_engine, operation_of_platform};
pub use ec2::Ec2Key;
pub use gap::Gap;
pub use sizes::Sizes;
pub use type_name::split_type;
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
        usage_type::split_meter(self.usage_type, is_meter).1
    }

    /// What the usage type begins with, where no list has that as a region's code but a known meter follows.
    fn unknown_prefix(&self) -> Option<&str> {
        usage_type::split_meter(self.usage_type, is_meter).0
    }

    /// Whether this is a reservation's fee.
    fn is_fee(&self) -> bool {
        self.meter().contains("HeavyUsage")
    }

    /// The normalization factor: the one observed on a bill, else that of the type.
    fn factor_of_size(&self, observed: Option<Factor>, sizes: &Sizes) -> Option<Factor> {
        observed.or_else(|| sizes.factor(self.type_name()))
    }

    /// How reservations may cover this usage: not at all for what no reservation is sold for. `observed` is the usage's normalization factor
    /// where the bill says it, deployment included: that stands above any list.
    ///
    /// # Errors
    /// When it is something reservations are sold for, but what they would match cannot be told.
    pub fn reservable(&self, observed: Option<Factor>, sizes: &Sizes) -> Result<Option<Reservable>, Gap> {
        let Some(target) = self.target(observed, sizes, false)? else { return Ok(None) };
        Ok(Some(Reservable { families: target.families, exact: target.exact, factor: target.factor }))
    }

    /// What a reservation whose fee says this covers, and the factor of the size it was bought for: `observed`, normalized units of one
    /// instance, where the bill says it.
    ///
    /// # Errors
    /// When no rule says what it covers.
    pub fn covers(&self, zonal: bool, observed: Option<Factor>, sizes: &Sizes) -> Result<(Covers, Factor), Gap> {
        let unknown = || Gap::UnknownReservation { service: self.service.to_owned(), usage_type: self.usage_type.to_owned() };
        let target = self.target(observed, sizes, true)?.ok_or_else(unknown)?;
        match target.families.into_iter().next().filter(|_| !zonal) {
            Some(family) => Ok((Covers::Family(family), target.factor)),
            None => Ok((Covers::Exact(target.exact), target.factor)),
        }
    }

    /// Names all that was assumed so that this usage or fee can be matched; `observed` is the normalization factor, if the bill says it.
    ///
    /// Why something cannot be matched at all is the error of [`Attributes::reservable`] and [`Attributes::covers`].
    #[must_use]
    pub fn gaps(&self, observed: Option<Factor>, sizes: &Sizes) -> Vec<Gap> {
        let matched = self.target(observed, sizes, self.is_fee());
        if !matches!(matched, Ok(Some(_))) {
            return Vec::new();
        }
        let by_size = !["AmazonES", "AmazonRedshift"].contains(&self.service);
        let instance_type = || self.type_name().to_owned();
        let mut gaps = Vec::new();
        if by_size && self.factor_of_size(observed, sizes).is_none() {
            gaps.push(Gap::UnknownSize { instance_type: instance_type() });
        }
        if by_size && observed.is_none() && sizes.is_sized_metal(self.type_name()) {
            gaps.push(Gap::SizedMetal { instance_type: instance_type() });
        }
        if let Some(prefix) = self.unknown_prefix() {
            gaps.push(Gap::UnknownPrefix { prefix: prefix.to_owned(), usage_type: self.usage_type.to_owned() });
        }
        if self.service == "AmazonEC2" {
            gaps.extend(ec2::gaps(self));
        } else {
            gaps.extend(databases::gaps(self));
        }
        gaps
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
        self.service == "AmazonEC2" && ec2::INFORMATIONAL.contains(&self.meter())
    }

    fn target(&self, observed: Option<Factor>, sizes: &Sizes, fee: bool) -> Result<Option<Target>, Gap> {
        let target = match self.service {
            "AmazonEC2" => ec2::target(self, observed, sizes, fee)?,
            _ => databases::target(self, observed, sizes, fee)?,
        };
        let Some(target) = target else { return Ok(None) };
        if self.region().is_empty() {
            return Err(Gap::NoRegion { service: self.service.to_owned(), usage_type: self.usage_type.to_owned() });
        }
        Ok(Some(target))
    }
}

/// Whether rules are known for a meter.
fn is_meter(name: &str) -> bool {
    ec2::METERS.contains(&name) || ec2::INFORMATIONAL.contains(&name) || databases::METERS.contains(&name)
}
