//! What AWS sells to the simulated organization: SKUs with their public rate, their product attributes and what commitments need to know of them.

use crate::node::NodePrice;
use crate::price::{Ec2Price, RdsPrice};
use crate::random;
use crate::region::{REGIONS, Region, index_of};
use tenor_money::{Quantity, UnitPrice};

/// One SKU: a usage type of one operation in one Region.
#[derive(Debug, Clone)]
pub(crate) struct Sku {
    /// What it is to commitments.
    pub(crate) kind: Kind,
    /// `AmazonEC2`.
    pub(crate) product_code: &'static str,
    /// `USW2-BoxUsage:m5.large`.
    pub(crate) usage_type: String,
    /// `RunInstances`.
    pub(crate) operation: &'static str,
    /// Index into [`REGIONS`].
    pub(crate) region: u32,
    /// `Hrs`.
    pub(crate) unit: &'static str,
    /// Public on-demand rate.
    pub(crate) rate: UnitPrice,
    /// AWS's SKU, or one made up in its shape.
    pub(crate) code: String,
    /// The normalization factor; zero where sizes mean nothing.
    pub(crate) factor: Quantity,
    /// Decimals of a quantity that a commitment splits (rounding rule 1.2).
    pub(crate) decimals: u32,
    /// Whether it is the unused part of a capacity reservation.
    pub(crate) unused_capacity: bool,
    /// Which plans cover it other than by the instances' own tables, and what a 1-year No Upfront one saves, in percent (simulated).
    pub(crate) plan: Option<(PlanScope, i128)>,
    /// Product attributes by AWS's legacy name.
    pub(crate) product: Vec<(&'static str, String)>,
}

impl Sku {
    /// Whether bills name the zone of its usage.
    pub(crate) fn is_zonal(&self) -> bool {
        self.unit == "Hrs" && matches!(self.product_code, "AmazonEC2" | "AmazonElastiCache")
    }
}

/// What a SKU is to the engine that applies commitments.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// On-demand instances, which reservations and plans cover.
    Ec2 {
        /// Its list prices.
        price: Box<Ec2Price>,
        /// With Windows, the licence's hourly rate.
        license: Option<UnitPrice>,
    },
    /// Spot instances: their rate moves, no commitment covers them.
    Spot,
    /// Database instances, which their own reservations cover.
    Rds(Box<RdsPrice>),
    /// Nodes, which their services' reservations cover.
    Node(Box<NodePrice>),
    /// Covered by no reservation.
    Metered,
}

/// Plans that cover usage at a share of its on-demand rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanScope {
    Compute,
    SageMaker,
    Database,
}

/// The size's normalization factor: `2xlarge` is 16.
pub(crate) fn size_factor(size: &str) -> Quantity {
    let quarter = Quantity::from_units(ONE_QUARTER);
    match size {
        "nano" => quarter,
        "micro" => quarter + quarter,
        "small" => Quantity::from_whole(1),
        "medium" => Quantity::from_whole(2),
        "large" => Quantity::from_whole(4),
        "xlarge" => Quantity::from_whole(8),
        _ => {
            let times = size.strip_suffix("xlarge").and_then(|digits| digits.parse::<i64>().ok());
            Quantity::from_whole(8 * times.expect("the catalogue has sizes up to Nxlarge"))
        }
    }
}

/// An EC2 instance type on demand, with Linux or Windows.
pub(crate) fn ec2(price: &Ec2Price, windows: bool) -> Sku {
    let (family, size) = price.instance_type.split_once('.').expect("an instance type has a family and a size");
    let factor = size_factor(size);
    let vcpu = vcpus(family, factor);
    let region = index_of(&price.region);
    // The licence costs 4.6 cents per vCPU and hour; no plan discounts it.
    let license = windows.then(|| UnitPrice::from_units(46_000_000_000 * i128::from(vcpu)));
    let rate = license.map_or(price.on_demand, |license| price.on_demand + license);
    let system = if windows { "Windows" } else { "Linux" };
    let operation = if windows { "RunInstances:0002" } else { "RunInstances" };
    let mut sku = base(region, "AmazonEC2", &format!("BoxUsage:{}", price.instance_type), operation, "Hrs", rate);
    if !windows {
        sku.code.clone_from(&price.sku);
    }
    sku.factor = factor;
    sku.decimals = 8;
    sku.product.extend(instance_attributes(family, &price.instance_type, vcpu, factor));
    sku.product.extend([
        ("operatingSystem", system.to_owned()),
        ("preInstalledSw", "NA".to_owned()),
        ("licenseModel", "No License required".to_owned()),
        ("capacitystatus", "Used".to_owned()),
        ("tenancy", "Shared".to_owned()),
        ("marketoption", "OnDemand".to_owned()),
        ("productFamily", "Compute Instance".to_owned()),
    ]);
    sku.kind = Kind::Ec2 { price: Box::new(price.clone()), license };
    sku
}

/// The same instance type on the Spot market; its rate moves around a third of the on-demand rate.
pub(crate) fn spot(price: &Ec2Price) -> Sku {
    let sku = Sku { operation: "RunInstances:SV052", kind: Kind::Spot, ..ec2(price, false) };
    metered_as(sku, "SpotUsage", ("marketoption", "Spot"))
}

/// The unused part of an on-demand capacity reservation for the instance type, charged like the instance.
pub(crate) fn unused_capacity(price: &Ec2Price) -> Sku {
    let sku = Sku { unused_capacity: true, ..ec2(price, false) };
    metered_as(sku, "UnusedBox", ("capacitystatus", "UnusedCapacityReservation"))
}

/// The capacity reservation itself: bills show its hours at a rate of zero.
pub(crate) fn capacity_reservation(price: &Ec2Price) -> Sku {
    let sku = Sku { kind: Kind::Metered, rate: UnitPrice::ZERO, factor: Quantity::ZERO, ..ec2(price, false) };
    metered_as(sku, "Reservation", ("capacitystatus", "AllocatedCapacityReservation"))
}

/// An instance's SKU under another usage type, with one product attribute changed.
fn metered_as(mut sku: Sku, meter: &str, attribute: (&str, &str)) -> Sku {
    sku.usage_type = sku.usage_type.replace("BoxUsage", meter);
    sku.code = random::base32(16, random::hash(&[u64::from(sku.region), text_key(&sku.usage_type)])).to_uppercase();
    for (name, value) in &mut sku.product {
        match *name {
            "usagetype" => value.clone_from(&sku.usage_type),
            "operation" => sku.operation.clone_into(value),
            changed if changed == attribute.0 => attribute.1.clone_into(value),
            _ => {}
        }
    }
    sku
}

/// An RDS instance class.
pub(crate) fn rds(price: &RdsPrice) -> Sku {
    let class = price.instance_class.strip_prefix("db.").expect("a database class begins with db.");
    let (family, size) = class.split_once('.').expect("a database class has a family and a size");
    let multi = price.deployment == "Multi-AZ";
    let single = size_factor(size);
    let usage = if multi { "Multi-AZUsage" } else { "InstanceUsage" };
    let operation = if price.engine == "MySQL" { "CreateDBInstance:0002" } else { "CreateDBInstance:0014" };
    let mut sku =
        base(index_of(&price.region), "AmazonRDS", &format!("{usage}:{}", price.instance_class), operation, "Hrs", price.on_demand);
    sku.code.clone_from(&price.sku);
    sku.factor = if multi { single + single } else { single };
    sku.decimals = 8;
    sku.product.extend(instance_attributes(family, &price.instance_class, vcpus(family, single), sku.factor));
    sku.product.extend([
        ("databaseEngine", price.engine.clone()),
        ("deploymentOption", price.deployment.clone()),
        ("engineCode", operation[operation.len() - 2..].trim_start_matches('0').to_owned()),
        ("licenseModel", "No license required".to_owned()),
        ("productFamily", "Database Instance".to_owned()),
    ]);
    if family == "r7g" {
        // Database plans cover the latest generations.
        sku.plan = Some((PlanScope::Database, 20));
    }
    sku.kind = Kind::Rds(Box::new(price.clone()));
    sku
}

/// The family of an instance, database or node: `m5` of `BoxUsage:m5.large`.
pub(crate) fn family_of(sku: &Sku) -> &str {
    let instance = instance_type_of(sku);
    instance.trim_start_matches("db.").trim_start_matches("cache.").split('.').next().unwrap_or_default()
}

/// What its usage type names: `m5.large` of `BoxUsage:m5.large`.
pub(crate) fn instance_type_of(sku: &Sku) -> &str {
    sku.usage_type.rsplit(':').next().unwrap_or_default()
}

/// The service's name as bills spell it.
pub(crate) fn product_name(product_code: &str) -> &'static str {
    match product_code {
        "AmazonEC2" => "Amazon Elastic Compute Cloud",
        "AmazonRDS" => "Amazon Relational Database Service",
        "AmazonS3" => "Amazon Simple Storage Service",
        "AWSLambda" => "AWS Lambda",
        "AmazonECS" => "Amazon Elastic Container Service",
        "AWSDataTransfer" => "AWS Data Transfer",
        "AmazonCloudWatch" => "AmazonCloudWatch",
        "AmazonDynamoDB" => "Amazon DynamoDB",
        "AWSQueueService" => "Amazon Simple Queue Service",
        "awskms" => "AWS Key Management Service",
        "AWSELB" => "Elastic Load Balancing",
        "AmazonElastiCache" => "Amazon ElastiCache",
        "AmazonES" => "Amazon OpenSearch Service",
        "AmazonMemoryDB" => "Amazon MemoryDB",
        "AmazonRedshift" => "Amazon Redshift",
        "AmazonSageMaker" => "Amazon SageMaker",
        "DatabaseSavingsPlans" => "Savings Plans for AWS Databases",
        "MachineLearningSavingsPlans" => "Savings Plans for AWS Machine Learning",
        "AmazonEKS" => "Amazon Elastic Kubernetes Service",
        "AmazonVPC" => "Amazon Virtual Private Cloud",
        "ComputeSavingsPlans" => "Savings Plans for AWS Compute usage",
        "AWSSupportBusiness" => "AWS Support (Business)",
        _ => "Amazon Web Services",
    }
}

const ONE_QUARTER: i128 = 250_000_000_000;

/// A number from a text, to derive codes of it.
pub(crate) fn text_key(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |key, byte| (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A SKU that nothing covers, with the product attributes all have.
pub(crate) fn base(
    region: u32,
    product_code: &'static str,
    usage_type: &str,
    operation: &'static str,
    unit: &'static str,
    rate: UnitPrice,
) -> Sku {
    let Region { code: region_code, prefix, location } = &REGIONS[region as usize];
    let usage_type = format!("{prefix}{usage_type}");
    let name = product_name(product_code);
    let code = random::base32(16, random::hash(&[text_key(&usage_type), text_key(operation)])).to_uppercase();
    let product = vec![
        ("ProductName", name.to_owned()),
        ("location", (*location).to_owned()),
        ("locationType", "AWS Region".to_owned()),
        ("operation", operation.to_owned()),
        ("region", (*region_code).to_owned()),
        ("regionCode", (*region_code).to_owned()),
        ("servicecode", product_code.to_owned()),
        ("servicename", name.to_owned()),
        ("usagetype", usage_type.clone()),
    ];
    Sku {
        kind: Kind::Metered,
        product_code,
        usage_type,
        operation,
        region,
        unit,
        rate,
        code,
        factor: Quantity::ZERO,
        decimals: 6,
        unused_capacity: false,
        plan: None,
        product,
    }
}

/// Virtual CPUs of a size: two for `large` and below, then half the factor's eighth times four.
fn vcpus(family: &str, factor: Quantity) -> i64 {
    let factor = factor.units() / ONE_QUARTER;
    let smallest = if family == "m6g" || family == "r6g" { 1 } else { 2 };
    ((factor / 8) as i64).max(smallest)
}

fn instance_attributes(family: &str, instance_type: &str, vcpu: i64, factor: Quantity) -> Vec<(&'static str, String)> {
    let (group, memory_per_vcpu, processor) = match family.as_bytes()[0] {
        b'c' => ("Compute optimized", 2, "Intel Xeon Platinum 8124M"),
        b'r' => ("Memory optimized", 8, "Intel Xeon Platinum 8175"),
        b'g' => ("GPU instance", 4, "Intel Xeon Family"),
        _ => ("General purpose", 4, "Intel Xeon Platinum 8175"),
    };
    let processor = if family.ends_with('g') { "AWS Graviton2 Processor" } else { processor };
    vec![
        ("instanceType", instance_type.to_owned()),
        ("instanceTypeFamily", family.to_owned()),
        ("instanceFamily", group.to_owned()),
        ("vcpu", vcpu.to_string()),
        ("memory", format!("{} GiB", vcpu * memory_per_vcpu)),
        ("physicalProcessor", processor.to_owned()),
        ("processorArchitecture", "64-bit".to_owned()),
        ("clockSpeed", "2.5 GHz".to_owned()),
        ("currentGeneration", "Yes".to_owned()),
        ("networkPerformance", "Up to 10 Gigabit".to_owned()),
        ("enhancedNetworkingSupported", "Yes".to_owned()),
        ("dedicatedEbsThroughput", "Up to 4750 Mbps".to_owned()),
        ("storage", "EBS only".to_owned()),
        ("normalizationSizeFactor", factor.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::{capacity_reservation, ec2, rds, size_factor, spot, unused_capacity};
    use crate::price;

    #[test]
    fn sizes_have_the_factors_aws_publishes() {
        let factors: Vec<String> = ["nano", "micro", "large", "9xlarge", "24xlarge"].iter().map(|s| size_factor(s).to_string()).collect();
        assert_eq!(factors, ["0.25", "0.5", "4", "72", "192"]);
    }

    #[test]
    fn usage_types_are_spelled_as_in_bills() {
        let prices = price::ec2();
        let t3 = prices.iter().find(|p| p.instance_type == "t3.micro").unwrap();
        assert_eq!(ec2(t3, true).usage_type, "USW2-BoxUsage:t3.micro");
        assert_eq!(spot(t3).usage_type, "USW2-SpotUsage:t3.micro");
        assert_eq!(
            [unused_capacity(t3), capacity_reservation(t3)].map(|sku| (sku.usage_type, sku.rate == t3.on_demand)),
            [("USW2-UnusedBox:t3.micro".to_owned(), true), ("USW2-Reservation:t3.micro".to_owned(), false)]
        );
        let multi = price::rds().into_iter().find(|p| p.region == "eu-west-1" && p.deployment == "Multi-AZ").unwrap();
        assert_eq!(rds(&multi).usage_type, "EU-Multi-AZUsage:db.m5.large");
    }

    #[test]
    fn a_windows_rate_is_the_linux_rate_and_the_licence() {
        let prices = price::ec2();
        let m5 = prices.iter().find(|p| p.region == "us-east-1" && p.instance_type == "m5.large").unwrap();
        assert_eq!(ec2(m5, true).rate.to_string(), "0.188");
    }
}
