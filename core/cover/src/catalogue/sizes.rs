//! Sizes and families: normalization factors, and which families are not size-flexible. Dated data, since AWS's lists grow.
//!
//! Sources: EC2 user guide, how Reserved Instances are applied; `aws-rules` §1.3. The file says of which day it is.

use super::type_name::split_type;
use crate::sku::Factor;
use std::collections::{BTreeMap, BTreeSet};

/// Kind, name and value of each fact.
const SIZES: &str = include_str!("../../data/sizes.csv");

/// What is known of sizes and families.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The day of the source.
    version: String,
    sizes: BTreeMap<String, Factor>,
    metals: BTreeMap<String, Factor>,
    exact: BTreeSet<String>,
}

impl Sizes {
    /// AWS's published lists, as shipped.
    ///
    /// # Panics
    /// Never: the shipped file is tested.
    #[must_use]
    pub fn published() -> Self {
        let mut found = Self { version: String::new(), sizes: BTreeMap::new(), metals: BTreeMap::new(), exact: BTreeSet::new() };
        for line in SIZES.lines().skip(1) {
            let mut fields = line.splitn(3, ',');
            let mut next = || fields.next().expect("each line of the file has three fields");
            let (kind, name, value) = (next(), next().to_owned(), next());
            let factor = || factor_of(value).expect("each factor of the file is a number");
            match kind {
                "version" => found.version = name,
                "size" => _ = found.sizes.insert(name, factor()),
                "metal" => _ = found.metals.insert(name, factor()),
                _ => _ = found.exact.insert(name),
            }
        }
        found
    }

    /// The day of the lists, `2026-04-13`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The factor of a type (`m5.2xlarge`, `db.r6g.large`, `cache.t3.micro`); none for a size that nobody published.
    ///
    /// `Nxlarge` is `8 N` throughout AWS's table, so sizes it does not list follow that. `metal-24xl` counts as `24xlarge`; AWS does not say.
    #[must_use]
    pub fn factor(&self, instance_type: &str) -> Option<Factor> {
        let (family, size) = split_type(instance_type)?;
        if size == "metal" {
            return self.metals.get(family).copied();
        }
        let sized_metal = size.strip_prefix("metal-").and_then(|size| size.strip_suffix("xl"));
        let many = sized_metal.or_else(|| size.strip_suffix("xlarge")).filter(|digits| !digits.is_empty());
        match many {
            Some(digits) => digits.parse::<u32>().ok()?.checked_mul(8000).and_then(Factor::from_thousandths),
            None => self.sizes.get(size).copied(),
        }
    }

    /// Whether a type's factor is that of the virtual size its name speaks of, which AWS does not say (`aws-rules` U14).
    pub(super) fn is_sized_metal(&self, instance_type: &str) -> bool {
        split_type(instance_type).is_some_and(|(_, size)| size.starts_with("metal-")) && self.factor(instance_type).is_some()
    }

    /// Whether EC2 reservations of a family cover other sizes of it, platform, tenancy and scope permitting.
    #[must_use]
    pub fn is_flexible(&self, family: &str) -> bool {
        !self.exact.contains(family)
    }
}

/// A factor from decimal text with at most three decimals.
fn factor_of(text: &str) -> Option<Factor> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let thousandths = format!("{fraction:0<3}");
    let fraction = if thousandths.len() == 3 { thousandths.parse::<u32>().ok()? } else { return None };
    Factor::from_thousandths(whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(fraction)?)
}

#[cfg(test)]
mod tests {
    use super::{Sizes, factor_of};

    #[test]
    fn types_have_the_factors_aws_publishes() {
        let sizes = Sizes::published();
        let thousandths = |name| sizes.factor(name).map(super::Factor::thousandths);
        insta::assert_compact_debug_snapshot!(
            ["t2.nano", "t2.micro", "m5.large", "m5.xlarge", "r5.9xlarge", "x9.112xlarge", "i3.metal", "m7i.metal-24xl", "db.r6g.2xlarge"].map(thousandths),
            @"[Some(250), Some(500), Some(4000), Some(8000), Some(72000), Some(896000), Some(128000), Some(192000), Some(16000)]"
        );
        for unknown in ["m5", "m5.", "m5.huge", "zz.metal", "m5.4294967295xlarge", "m5.-2xlarge", "m5.0xlarge", "db.r5b.2xlarge.tpc2.mem4x"]
        {
            assert_eq!(thousandths(unknown), None, "{unknown}");
        }
        assert_eq!(sizes.version(), "2026-04-13");
    }

    #[test]
    fn listed_families_are_bought_by_exact_size() {
        let sizes = Sizes::published();
        let listed = "g4ad g4dn g5 g5g g6 g6e g6f gr6 gr6f hpc7a p5 inf1 inf2 u7i-6tb u7i-8tb";
        assert_eq!(listed.split(' ').find(|family| sizes.is_flexible(family)), None);
        assert!(["m5", "g4", "p4d", "u7i-12tb", "hpc6a"].iter().all(|family| sizes.is_flexible(family)));
    }

    #[test]
    fn a_factor_has_at_most_three_decimals() {
        assert_eq!(factor_of("0.25").map(super::Factor::thousandths), Some(250));
        assert_eq!(factor_of("0.2501"), None);
    }
}
