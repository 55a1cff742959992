//! What a usage type says: Region, instance type, whether a commitment could cover it.

use super::type_name::TypeName;
use std::sync::LazyLock;

/// `prefix,region` lines.
const REGIONS: &str = include_str!("../../data/regions.csv");
/// `service,usage,what` lines.
const ELIGIBLE: &str = include_str!("../../data/eligible_usage.csv");

/// How AWS's usage types mark a service of which every instance is eligible: by the prefix of its instance types.
const EVERY_INSTANCE: char = '*';

/// What usage that a commitment could cover counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EligibleUsage {
    /// Instance hours, which normalized units weigh by size.
    Instance,
    /// Anything else.
    Other,
}

struct Eligible {
    service: &'static str,
    usage: &'static str,
    what: EligibleUsage,
}

static TABLE: LazyLock<Vec<Eligible>> = LazyLock::new(|| {
    let eligible = |line: &'static str| {
        let mut fields = line.split(',');
        let mut next = || fields.next().expect("each line has three fields");
        let (service, usage) = (next(), next());
        let what = if next() == "instance" { EligibleUsage::Instance } else { EligibleUsage::Other };
        Eligible { service, usage, what }
    };
    lines(ELIGIBLE).map(eligible).collect()
});

pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A usage type without its Region's prefix, and the Region that the prefix names.
pub(super) fn split_region(usage_type: &str) -> (Option<&'static str>, &str) {
    let Some((prefix, rest)) = usage_type.split_once('-') else { return (None, usage_type) };
    let region = lines(REGIONS).filter_map(|line| line.split_once(',')).find(|(code, _)| *code == prefix);
    region.map_or((None, usage_type), |(_, region)| (Some(region), rest))
}

/// A usage type without its Region's prefix and its type, and the prefix if no list has it: then `known` says that a meter follows it.
pub(super) fn split_meter(usage_type: &str, known: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
    let usage = split_region(usage_type).1;
    let meter = usage.split_once(':').map_or(usage, |(meter, _)| meter);
    if known(meter) {
        return (None, meter);
    }
    match without_unknown_prefix(meter).filter(|(_, rest)| known(rest)) {
        Some((prefix, rest)) => (Some(prefix), rest),
        None => (None, meter),
    }
}

/// What reads like a Region's code and what follows it: Regions are more than any list has.
fn without_unknown_prefix(usage: &str) -> Option<(&str, &str)> {
    // `IA-ReadRequestUnits` begins with no Region: codes that no list has end in a digit.
    let code = |prefix: &str| {
        let letters = prefix.trim_end_matches(|c: char| c.is_ascii_digit());
        !letters.is_empty()
            && letters.len() < prefix.len()
            && letters.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    usage.split_once('-').filter(|(prefix, _)| code(prefix))
}

/// The Region that a usage type's prefix names: `us-west-2` of `USW2-BoxUsage:m5.large`. None without a prefix, though most of those are
/// us-east-1's: global services have none either.
#[must_use]
pub fn region_of_usage(usage_type: &str) -> Option<&'static str> {
    split_region(usage_type).0
}

/// The instance, node or class type in a usage type: `db.r5.large` of `USW2-HeavyUsage:db.r5.large`.
#[must_use]
pub fn instance_type(usage_type: &str) -> Option<&str> {
    let (_, kind) = usage_type.rsplit_once(':')?;
    TypeName::parse(kind).map(|_| kind)
}

/// The family of a type, with whatever tells services apart: `m5`, `db.r5`, `cache.r6g`, `m5.search`.
#[must_use]
pub fn instance_family(instance_type: &str) -> Option<String> {
    let name = TypeName::parse(instance_type)?;
    Some(if name.is_search() { format!("{}.{}", name.before, name.after) } else { name.before.to_owned() })
}

/// Whether a commitment could cover a usage, and what it counts; none when no offering does. By the offerings of
/// `core/cover/data/eligible_usage.csv`, whatever the date of the usage. Spot is in it, though nothing covers it: `docs/metrics.md`.
#[must_use]
pub fn eligible_usage(service_code: &str, usage_type: &str) -> Option<EligibleUsage> {
    let (region, usage) = split_region(usage_type);
    let unknown_prefix = if region.is_none() { without_unknown_prefix(usage) } else { None };
    eligible_meter(service_code, usage).or_else(|| eligible_meter(service_code, unknown_prefix?.1))
}

/// The same of a usage type without a prefix.
fn eligible_meter(service_code: &str, usage: &str) -> Option<EligibleUsage> {
    let typed = |kind: &str| TypeName::parse(kind).is_some() || kind.starts_with("per");
    let name = usage.rsplit_once(':').filter(|(_, kind)| typed(kind)).map_or(usage, |(name, _)| name);
    let matches = |eligible: &&Eligible| match eligible.usage.strip_prefix(EVERY_INSTANCE) {
        Some(prefix) => usage.split([':', '-']).any(|part| part.starts_with(prefix)),
        None => eligible.usage == name,
    };
    TABLE.iter().filter(|eligible| eligible.service == service_code).find(matches).map(|eligible| eligible.what)
}

#[cfg(test)]
mod tests {
    use super::{eligible_usage, instance_family, instance_type, region_of_usage};

    #[test]
    fn a_usage_type_tells_region_type_and_family() {
        let usage_types = [
            "HeavyUsage:c4.large",
            "USW2-HeavyUsage:db.r5.2xlarge",
            "EU-NodeUsage:cache.r6g.xlarge",
            "ESInstance:m5.large.search",
            "APS3-BoxUsage:m5.metal",
            "BoxUsage:c7i.metal-24xl",
            "Multi-AZUsage:db.x2iedn.16xlarge",
            "HeavyUsage:db.r5b.2xlarge.tpc2.mem4x",
            "Node:ra3.4xlarge",
            "Node:ra3.xlplus",
            "BoxUsage",
            "ReadCapacityUnit-Hrs",
            "Fargate-vCPU-Hours:perCPU",
        ];
        let told = usage_types.map(|usage| {
            let kind = instance_type(usage);
            let family = kind.and_then(instance_family);
            format!("{usage}: {} {} {}", region_of_usage(usage).unwrap_or("-"), kind.unwrap_or("-"), family.as_deref().unwrap_or("-"))
        });
        insta::assert_snapshot!(told.join("\n"), @"
        HeavyUsage:c4.large: - c4.large c4
        USW2-HeavyUsage:db.r5.2xlarge: us-west-2 db.r5.2xlarge db.r5
        EU-NodeUsage:cache.r6g.xlarge: eu-west-1 cache.r6g.xlarge cache.r6g
        ESInstance:m5.large.search: - m5.large.search m5.search
        APS3-BoxUsage:m5.metal: ap-south-1 m5.metal m5
        BoxUsage:c7i.metal-24xl: - c7i.metal-24xl c7i
        Multi-AZUsage:db.x2iedn.16xlarge: - db.x2iedn.16xlarge db.x2iedn
        HeavyUsage:db.r5b.2xlarge.tpc2.mem4x: - db.r5b.2xlarge.tpc2.mem4x db.r5b
        Node:ra3.4xlarge: - ra3.4xlarge ra3
        Node:ra3.xlplus: - ra3.xlplus ra3
        BoxUsage: - - -
        ReadCapacityUnit-Hrs: - - -
        Fargate-vCPU-Hours:perCPU: - - -
        ");
    }

    #[test]
    fn what_no_offering_covers_is_not_eligible() {
        let told = |service, usage| format!("{:?}", eligible_usage(service, usage));
        for (service, usage) in [
            ("AmazonEC2", "USW2-BoxUsage:m5.large"),
            ("AmazonEC2", "XXX1-BoxUsage:m5.large"),
            ("AmazonEC2", "BoxUsage"),
            ("AmazonEC2", "SpotUsage:c5.large"),
            ("AmazonRDS", "Multi-AZUsage:db.r5.large"),
            ("AmazonES", "ESInstance:m5.large.search"),
            ("AmazonSageMaker", "USE2-Host:ml.m5.xlarge"),
        ] {
            assert_eq!(told(service, usage), "Some(Instance)", "{usage}");
        }
        for (service, usage) in [
            ("AmazonECS", "EU-Fargate-vCPU-Hours:perCPU"),
            ("AWSLambda", "Request"),
            ("AmazonDynamoDB", "ReadCapacityUnit-Hrs"),
            ("AmazonRDS", "Aurora:ServerlessV2Usage"),
        ] {
            assert_eq!(told(service, usage), "Some(Other)", "{usage}");
        }
        for (service, usage) in [
            ("AmazonEC2", "EBS:VolumeUsage.gp2"),
            ("AmazonEC2", "Reservation:m5.large"),
            ("AmazonEC2", "HeavyUsage:m5.large"),
            ("AmazonS3", "BoxUsage:m5.large"),
            ("AmazonECS", "Fargate-EphemeralStorage-GB-Hours"),
            ("AmazonSageMaker", "Notebk:VolumeUsage.gp2"),
        ] {
            assert_eq!(told(service, usage), "None", "{usage}");
        }
    }
}
