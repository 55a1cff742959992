//! EC2 instances. Source: EC2 user guide, how Reserved Instances are applied; `aws-rules` §1.1 to §1.3.

use super::usage_type::lines;
use super::{Attributes, Gap, Sizes, Target, split_type};
use crate::sku::{ExactKey, Factor, FamilyKey};

/// `operation,operation of reservations,platform` lines.
pub(super) const PLATFORMS: &str = include_str!("../../data/platforms.csv");

/// The operation of Linux/UNIX without any licence, the only platform whose sizes are flexible.
const LINUX: &str = "RunInstances";

/// Usage types of instances, and of reservations' fees, without region and type.
pub(super) const METERS: [&str; 5] = ["BoxUsage", "DedicatedUsage", "UnusedBox", "UnusedDed", "HeavyUsage"];

/// Those of a capacity reservation's own line.
pub(super) const INFORMATIONAL: [&str; 3] = ["Reservation", "DedicatedRes", "HostReservation"];

pub(super) fn target(attributes: &Attributes<'_>, observed: Option<Factor>, sizes: &Sizes, fee: bool) -> Result<Option<Target>, Gap> {
    let meter = attributes.meter();
    let name = attributes.type_name();
    let Some((family, _)) = split_type(name).filter(|_| METERS.contains(&meter) && attributes.is_fee() == fee) else { return Ok(None) };
    if attributes.operation.is_empty() {
        return Err(Gap::NoPlatform { usage_type: attributes.usage_type.to_owned() });
    }
    let Some(operation) = sold_as(attributes.operation) else { return Ok(None) };
    let dedicated = matches!(meter, "DedicatedUsage" | "UnusedDed") || attributes.tenancy.eq_ignore_ascii_case("dedicated");
    let tenancy = if dedicated { "dedicated" } else { "default" };
    let factor = attributes.factor_of_size(observed, sizes);
    let flexible = operation == LINUX && !dedicated && sizes.is_flexible(family) && factor.is_some();
    let region = attributes.region();
    let pool = || FamilyKey(format!("EC2 {region} {family} {operation} {tenancy}"));
    Ok(Some(Target {
        families: if flexible { vec![pool()] } else { Vec::new() },
        exact: ExactKey(format!("EC2 {region} {name} {operation} {tenancy}")),
        factor: factor.unwrap_or(Factor::ONE),
    }))
}

/// What the key of an EC2 family or type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ec2Key<'a> {
    /// `us-east-1`.
    pub region: &'a str,
    /// `m5` in a family's key, `m5.large` in a type's.
    pub name: &'a str,
    /// The operation that names the platform: `RunInstances:0002`.
    pub operation: &'a str,
    /// `default` or `dedicated`.
    pub tenancy: &'a str,
}

impl<'a> Ec2Key<'a> {
    /// Reads a key as this catalogue writes it; none of another service.
    #[must_use]
    pub fn parse(key: &'a str) -> Option<Self> {
        let parts: Vec<&str> = key.split(' ').collect();
        let ["EC2", region, name, operation, tenancy] = parts[..] else { return None };
        Some(Self { region, name, operation, tenancy })
    }

    /// The family alone: `m5`.
    #[must_use]
    pub fn family(self) -> &'a str {
        split_type(self.name).map_or(self.name, |(family, _)| family)
    }
}

/// What was assumed of a usage or fee that is matched.
pub(super) fn gaps(attributes: &Attributes<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if platform(attributes.operation).is_none() {
        gaps.push(Gap::UnknownPlatform { operation: attributes.operation.to_owned() });
    }
    if attributes.is_fee() && attributes.tenancy.is_empty() {
        gaps.push(Gap::NoTenancy);
    }
    gaps
}

/// The operation of the reservations that cover an operation, itself where no list has it; none where no reservations are sold.
fn sold_as(operation: &str) -> Option<&str> {
    Some(platform(operation).unwrap_or(operation)).filter(|sold| *sold != "none")
}

fn platform(operation: &str) -> Option<&'static str> {
    let mut platforms = lines(PLATFORMS).filter_map(|line| line.split_once(','));
    let (_, rest) = platforms.find(|(of, _)| *of == operation)?;
    rest.split_once(',').map(|(sold_as, _)| sold_as)
}

#[cfg(test)]
mod tests {
    use super::super::{Attributes, Ec2Key, Gap, Sizes};
    use crate::commitment::Covers;

    fn usage<'a>(usage_type: &'a str, operation: &'a str) -> Attributes<'a> {
        Attributes { service: "AmazonEC2", region: "us-west-2", usage_type, operation, ..Attributes::default() }
    }

    fn matches(usage_type: &str, operation: &str) -> String {
        match usage(usage_type, operation).reservable(None, &Sizes::published()) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(found)) => {
                let family = found.families.first().map_or("exact only", |family| &family.0);
                format!("{} | {family} | {}", found.exact, found.factor.thousandths())
            }
            Err(gap) => gap.to_string(),
        }
    }

    #[test]
    fn instances_match_by_region_family_platform_and_tenancy() {
        let cases = [
            ("USW2-BoxUsage:m5.large", "RunInstances"),
            ("BoxUsage:m5.large", "RunInstances:0002"),
            ("USW2-DedicatedUsage:m5.large", "RunInstances"),
            ("USW2-BoxUsage:g4dn.xlarge", "RunInstances"),
            ("USW2-UnusedBox:m5.large", "RunInstances"),
            ("USW2-BoxUsage:m5.huge", "RunInstances"),
            ("USW2-BoxUsage:m5.large", "RunInstances:00g0"),
            ("USW2-BoxUsage:m5.large", "RunInstances:0010"),
            ("USW2-BoxUsage:m5.large", "RunInstances:0g00"),
            ("USW2-BoxUsage:m5.large", "RunInstances:9999"),
            ("USW2-BoxUsage:m5.large", ""),
            ("XXX1-BoxUsage:m5.large", "RunInstances"),
            ("USW2-BoxUsage:inf1.xlarge", "RunInstances"),
            ("USW2-SpotUsage:m5.large", "RunInstances:SV052"),
            ("USW2-EBSOptimized:m5.large", "Hourly"),
            ("USW2-Reservation:m5.large", "RunInstances"),
        ];
        let lines: Vec<String> = cases.iter().map(|(kind, operation)| format!("{kind}: {}", matches(kind, operation))).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        USW2-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances:0002 default | exact only | 4000
        USW2-DedicatedUsage:m5.large: EC2 us-west-2 m5.large RunInstances dedicated | exact only | 4000
        USW2-BoxUsage:g4dn.xlarge: EC2 us-west-2 g4dn.xlarge RunInstances default | exact only | 8000
        USW2-UnusedBox:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        USW2-BoxUsage:m5.huge: EC2 us-west-2 m5.huge RunInstances default | exact only | 1000
        USW2-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        USW2-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances:0010 default | exact only | 4000
        USW2-BoxUsage:m5.large: nothing
        USW2-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances:9999 default | exact only | 4000
        USW2-BoxUsage:m5.large: EC2 `USW2-BoxUsage:m5.large` has no operation, so its platform is not known; it is taken as matching nothing
        XXX1-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        USW2-BoxUsage:inf1.xlarge: EC2 us-west-2 inf1.xlarge RunInstances default | exact only | 8000
        USW2-SpotUsage:m5.large: nothing
        USW2-EBSOptimized:m5.large: nothing
        USW2-Reservation:m5.large: nothing
        ");
    }

    #[test]
    fn a_key_says_what_it_was_made_of() {
        let key = usage("BoxUsage:m5.large", "RunInstances").reservable(None, &Sizes::published()).unwrap().unwrap();
        let told = |key: &str| Ec2Key::parse(key).map(|key| format!("{} {} {} {}", key.region, key.family(), key.operation, key.tenancy));
        let both = [told(&key.exact.0), told(&key.families[0].0)];
        assert_eq!(both.map(Option::unwrap), ["us-west-2 m5 RunInstances default"; 2]);
        assert_eq!(told("RDS us-east-1 db.m5 MySQL"), None);
    }

    #[test]
    fn a_fee_covers_what_its_usage_type_names() {
        let fee = usage("HeavyUsage:t2.micro", "RunInstances");
        let sizes = Sizes::published();
        let (covers, factor) = fee.covers(false, None, &sizes).unwrap();
        assert_eq!(covers, Covers::Family(crate::sku::FamilyKey("EC2 us-west-2 t2 RunInstances default".to_owned())));
        assert_eq!(factor.thousandths(), 500);
        assert!(matches!(fee.covers(true, None, &sizes).unwrap().0, Covers::Exact(_)), "a zonal reservation is for one size");
        let elsewhere = Attributes { region: "", ..fee };
        let abroad = Attributes { region: "", usage_type: "EU-HeavyUsage:t2.micro", ..fee };
        assert!(abroad.covers(false, None, &sizes).is_ok(), "the usage type begins with the region");
        let refused = [
            elsewhere.covers(false, None, &sizes).unwrap_err(),
            usage("USW2-BoxUsage:m5.huge", "RunInstances").gaps(None, &sizes).remove(0),
            usage("HeavyUsage", "RunInstances").covers(false, None, &sizes).unwrap_err(),
        ];
        assert!(matches!(refused[0], Gap::NoRegion { .. }));
        insta::assert_snapshot!(refused.map(|gap| gap.to_string()).join("\n"), @r"
        AmazonEC2 `HeavyUsage:t2.micro` names no region; it is taken as matching nothing
        `m5.huge` has no known normalization factor; it is matched by its exact type alone
        no rule says what a reservation of AmazonEC2 `HeavyUsage` covers; its usage is taken as not covered
        ");
    }

    #[test]
    fn what_was_assumed_is_named() {
        let sizes = Sizes::published();
        let rows = [
            usage("USW2-BoxUsage:m5.huge", "RunInstances"),
            usage("USW2-BoxUsage:m7i.metal-24xl", "RunInstances"),
            usage("USW2-BoxUsage:m5.large", "RunInstances:9999"),
            usage("XXX1-BoxUsage:m5.large", "RunInstances"),
            usage("USW2-HeavyUsage:m7g.metal", "RunInstances"),
            usage("USW2-BoxUsage:m5.large", "RunInstances"),
            usage("USW2-SpotUsage:m5.huge", "RunInstances:SV052"),
        ];
        let told = rows.iter().flat_map(|row| row.gaps(None, &sizes)).map(|gap| gap.to_string()).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @"
        `m5.huge` has no known normalization factor; it is matched by its exact type alone
        `m7i.metal-24xl` is counted as the virtual size of its name; AWS publishes no normalization factor of it
        no list says which platform EC2's `RunInstances:9999` is; it is matched by its exact type among usage of the same operation alone
        `XXX1` of `XXX1-BoxUsage:m5.large` is no known region's code; it is passed over, and the region is what the bill says besides
        `m7g.metal` has no known normalization factor; it is matched by its exact type alone
        fees of EC2 reservations say no tenancy; they are taken as reservations of shared instances
        ");
    }

    #[test]
    fn what_the_bill_counts_makes_a_size_known() {
        let sizes = Sizes::published();
        let counted = crate::sku::Factor::from_thousandths(128_000);
        let fee = Attributes { tenancy: "Shared", ..usage("HeavyUsage:m7g.metal", "RunInstances") };
        assert!(matches!(fee.gaps(None, &sizes)[..], [Gap::UnknownSize { .. }, ..]), "a fee's size is named too");
        assert!(matches!(fee.covers(false, None, &sizes).unwrap().0, Covers::Exact(_)));
        let (covers, factor) = fee.covers(false, counted, &sizes).unwrap();
        assert_eq!(covers, Covers::Family(crate::sku::FamilyKey("EC2 us-west-2 m7g RunInstances default".to_owned())));
        assert_eq!((Some(factor), fee.gaps(counted, &sizes)), (counted, Vec::new()));
        let used = usage("BoxUsage:m7g.metal", "RunInstances").reservable(counted, &sizes).unwrap().unwrap();
        assert_eq!((used.families.len(), Some(used.factor)), (1, counted));
    }

    #[test]
    fn a_dedicated_reservation_is_no_shared_one() {
        let sizes = Sizes::published();
        let fee = Attributes { tenancy: "Dedicated", ..usage("HeavyUsage:m5.large", "RunInstances") };
        let (covers, _) = fee.covers(false, None, &sizes).unwrap();
        let used = usage("DedicatedUsage:m5.large", "RunInstances").reservable(None, &sizes).unwrap().unwrap();
        assert_eq!(covers, Covers::Exact(used.exact));
    }

    #[test]
    fn idle_and_informational_capacity_is_told_apart() {
        assert_eq!(usage("USW2-UnusedBox:m5.large", "RunInstances").capacity(), crate::sku::Capacity::UnusedReservation);
        assert!(usage("USW2-Reservation:m5.large", "RunInstances").is_informational());
        assert!(!usage("USW2-BoxUsage:m5.large", "RunInstances").is_informational());
    }
}
