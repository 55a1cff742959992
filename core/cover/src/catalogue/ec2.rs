//! EC2 instances. Source: EC2 user guide, how Reserved Instances are applied; `aws-rules` §1.1 to §1.3.

use super::{Attributes, Sizes, Target, split_type};
use crate::sku::{ExactKey, Factor, FamilyKey};

/// The operation of Linux/UNIX without any licence, the only platform whose sizes are flexible.
const LINUX: &str = "RunInstances";

pub(super) fn target(attributes: &Attributes<'_>, sizes: &Sizes, fee: bool) -> Option<Target> {
    let meter = attributes.meter();
    let instance = match meter {
        "BoxUsage" | "DedicatedUsage" | "UnusedBox" | "UnusedDed" => !fee,
        "HeavyUsage" => fee,
        _ => false,
    };
    let name = attributes.type_name();
    let (family, _) = split_type(name)?;
    if !instance {
        return None;
    }
    let dedicated = matches!(meter, "DedicatedUsage" | "UnusedDed") || attributes.tenancy == "Dedicated";
    let tenancy = if dedicated { "dedicated" } else { "default" };
    let operation = if attributes.operation.is_empty() { LINUX } else { attributes.operation };
    let factor = sizes.factor(name);
    let flexible = operation == LINUX && !dedicated && sizes.is_flexible(family) && factor.is_some();
    let region = attributes.region();
    let pool = || FamilyKey(format!("EC2 {region} {family} {operation} {tenancy}"));
    Some(Target {
        families: if flexible { vec![pool()] } else { Vec::new() },
        exact: ExactKey(format!("EC2 {region} {name} {operation} {tenancy}")),
        factor: factor.unwrap_or(Factor::ONE),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Attributes, Gap, Sizes};
    use crate::commitment::Covers;

    fn usage<'a>(usage_type: &'a str, operation: &'a str) -> Attributes<'a> {
        Attributes { service: "AmazonEC2", region: "us-west-2", usage_type, operation, ..Attributes::default() }
    }

    fn matches(usage_type: &str, operation: &str) -> String {
        match usage(usage_type, operation).reservable(&Sizes::published()) {
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
            ("USW2-SpotUsage:m5.large", "RunInstances:SV052"),
            ("USW2-EBSOptimized:m5.large", "Hourly"),
            ("USW2-Reservation:m5.large", "RunInstances"),
        ];
        let lines: Vec<String> = cases.iter().map(|(kind, operation)| format!("{kind}: {}", matches(kind, operation))).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        USW2-BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        BoxUsage:m5.large: EC2 us-west-2 m5.large RunInstances:0002 default | exact only | 4000
        USW2-DedicatedUsage:m5.large: EC2 us-west-2 m5.large RunInstances dedicated | exact only | 4000
        USW2-BoxUsage:g4dn.xlarge: EC2 us-west-2 g4dn.xlarge RunInstances default | exact only | 8000
        USW2-UnusedBox:m5.large: EC2 us-west-2 m5.large RunInstances default | EC2 us-west-2 m5 RunInstances default | 4000
        USW2-BoxUsage:m5.huge: EC2 us-west-2 m5.huge RunInstances default | exact only | 1000
        USW2-SpotUsage:m5.large: nothing
        USW2-EBSOptimized:m5.large: nothing
        USW2-Reservation:m5.large: nothing
        ");
    }

    #[test]
    fn a_fee_covers_what_its_usage_type_names() {
        let fee = usage("HeavyUsage:t2.micro", "RunInstances");
        let sizes = Sizes::published();
        let (covers, factor) = fee.covers(false, &sizes).unwrap();
        assert_eq!(covers, Covers::Family(crate::sku::FamilyKey("EC2 us-west-2 t2 RunInstances default".to_owned())));
        assert_eq!(factor.thousandths(), 500);
        assert!(matches!(fee.covers(true, &sizes).unwrap().0, Covers::Exact(_)), "a zonal reservation is for one size");
        let elsewhere = Attributes { region: "", ..fee };
        let abroad = Attributes { region: "", usage_type: "EU-HeavyUsage:t2.micro", ..fee };
        assert!(abroad.covers(false, &sizes).is_ok(), "the usage type begins with the region");
        let refused = [
            elsewhere.covers(false, &sizes).unwrap_err(),
            usage("USW2-BoxUsage:m5.huge", "RunInstances").unknown_size(&sizes).unwrap(),
            usage("HeavyUsage", "RunInstances").covers(false, &sizes).unwrap_err(),
        ];
        assert!(matches!(refused[0], Gap::NoRegion { .. }));
        insta::assert_snapshot!(refused.map(|gap| gap.to_string()).join("\n"), @r"
        AmazonEC2 `HeavyUsage:t2.micro` names no region; it is taken as matching nothing
        `m5.huge` has no known normalization factor; it is matched by its exact type alone
        no rule says what a reservation of AmazonEC2 `HeavyUsage` covers; its usage is taken as not covered
        ");
    }

    #[test]
    fn idle_and_informational_capacity_is_told_apart() {
        assert_eq!(usage("USW2-UnusedBox:m5.large", "RunInstances").capacity(), crate::sku::Capacity::UnusedReservation);
        assert!(usage("USW2-Reservation:m5.large", "RunInstances").is_informational());
        assert!(!usage("USW2-BoxUsage:m5.large", "RunInstances").is_informational());
    }
}
