//! What a price is looked up by: what both a bill and a price list say of a SKU.

use std::fmt;
use tenor_cover::region_of_usage;
use tenor_cover::replay::SkuName;

/// Service, Region, usage type without the Region's prefix, and operation.
///
/// Bills and lists spell prefixes in several ways (`USE1-` or none, `AFS1-` or `CPT-`), and some lists have none; the Region says the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkuKey {
    service: Box<str>,
    region: Box<str>,
    usage_type: Box<str>,
    operation: Box<str>,
}

impl SkuKey {
    /// Of a usage type as it is written; an empty Region is read from its prefix.
    #[must_use]
    pub fn new(service: &str, region: &str, usage_type: &str, operation: &str) -> Self {
        let region = if region.is_empty() { region_of_usage(usage_type).unwrap_or_default() } else { region };
        let mut bare = usage_type;
        // Local and Wavelength Zones have prefixes of their own, which no list we know of names: `LAX1-`. All are taken off, so that the key
        // of a key is itself.
        while let Some((_, rest)) = bare.split_once('-').filter(|(prefix, _)| !region.is_empty() && is_prefix(prefix)) {
            bare = rest;
        }
        Self { service: service.into(), region: region.into(), usage_type: bare.into(), operation: operation.into() }
    }

    /// `AmazonEC2`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// `us-west-2`; empty where nothing says it.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// `BoxUsage:m5.large`.
    #[must_use]
    pub fn usage_type(&self) -> &str {
        &self.usage_type
    }

    /// `RunInstances`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The same in everything but the operation.
    #[must_use]
    pub fn with_operation(&self, operation: &str) -> Self {
        Self { operation: operation.into(), ..self.clone() }
    }
}

impl From<&SkuName> for SkuKey {
    fn from(name: &SkuName) -> Self {
        Self::new(&name.service, &name.region, &name.usage_type, &name.operation)
    }
}

impl fmt::Display for SkuKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.service, &self.region, &self.usage_type, &self.operation];
        let said: Vec<&str> = parts.into_iter().map(AsRef::as_ref).filter(|part: &&str| !part.is_empty()).collect();
        f.pad(&said.join(" "))
    }
}

/// Whether a text could be a Region's or zone's prefix: capitals and digits, at least two.
fn is_prefix(text: &str) -> bool {
    let (letters, digits) = (u8::is_ascii_uppercase as fn(&u8) -> bool, u8::is_ascii_digit as fn(&u8) -> bool);
    text.len() >= 2 && text.bytes().next().is_some_and(|first| letters(&first)) && text.bytes().all(|byte| letters(&byte) || digits(&byte))
}

#[cfg(test)]
mod tests {
    use super::SkuKey;

    #[test]
    fn what_bills_and_lists_say_of_a_sku_is_one_key() {
        let key = |region, usage_type| SkuKey::new("AmazonEC2", region, usage_type, "RunInstances").to_string();
        let cases = [
            ("us-west-2", "USW2-BoxUsage:m5.large"),
            ("", "USW2-BoxUsage:m5.large"),
            ("us-west-2", "BoxUsage:m5.large"),
            ("us-east-1", "BoxUsage:m5.large"),
            ("us-east-1", "USE1-BoxUsage:m5.large"),
            ("us-west-2-lax-1", "LAX1-BoxUsage:m5.large"),
            ("", "LAX1-BoxUsage:m5.large"),
            ("", "BoxUsage:m5.large"),
            ("eu-west-1", "EU-Multi-AZUsage:db.m5.large"),
            ("us-east-1", "Multi-AZUsage:db.m5.large"),
            ("us-east-1", "Fargate-vCPU-Hours:perCPU"),
        ];
        let lines: Vec<_> = cases.map(|(region, usage_type)| format!("{region} {usage_type}: {}", key(region, usage_type))).into();
        insta::assert_snapshot!(lines.join("\n"), @"
        us-west-2 USW2-BoxUsage:m5.large: AmazonEC2 us-west-2 BoxUsage:m5.large RunInstances
         USW2-BoxUsage:m5.large: AmazonEC2 us-west-2 BoxUsage:m5.large RunInstances
        us-west-2 BoxUsage:m5.large: AmazonEC2 us-west-2 BoxUsage:m5.large RunInstances
        us-east-1 BoxUsage:m5.large: AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances
        us-east-1 USE1-BoxUsage:m5.large: AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances
        us-west-2-lax-1 LAX1-BoxUsage:m5.large: AmazonEC2 us-west-2-lax-1 BoxUsage:m5.large RunInstances
         LAX1-BoxUsage:m5.large: AmazonEC2 LAX1-BoxUsage:m5.large RunInstances
         BoxUsage:m5.large: AmazonEC2 BoxUsage:m5.large RunInstances
        eu-west-1 EU-Multi-AZUsage:db.m5.large: AmazonEC2 eu-west-1 Multi-AZUsage:db.m5.large RunInstances
        us-east-1 Multi-AZUsage:db.m5.large: AmazonEC2 us-east-1 Multi-AZUsage:db.m5.large RunInstances
        us-east-1 Fargate-vCPU-Hours:perCPU: AmazonEC2 us-east-1 Fargate-vCPU-Hours:perCPU RunInstances
        ");
    }
}
