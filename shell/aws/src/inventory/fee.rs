//! From what is held to what the simulation of a bill takes for its fees.

use super::Service;
use super::holding::{Holding, Standing, What};
use crate::answer::Tenancy;
use crate::reads::ec2::OfferingClass;
use crate::reads::plans::PlanType;
use tenor_cover::replay::{Fee, FeeKind, PlanOffering, SkuFacts, SkuName};
use tenor_cover::{CommitmentId, PlanKind, Term, operation_of_engine, operation_of_platform};

/// A year of a term. Source: `aws-rules` §0.
const YEAR_SECONDS: i64 = 31_536_000;

/// Why something held has no fees to count with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFee {
    /// It never ran.
    #[error("it never ran")]
    NeverRan,
    /// Its state is not known.
    #[error("`{0}` is no state that is known")]
    UnknownState(String),
    /// When it starts is not known.
    #[error("its start is not known")]
    NoStart,
    /// It ended before its term did, and when is not known.
    #[error("it was returned, and when is not known")]
    NoEnd,
    /// What it is for is not known.
    #[error("`{0}` is no kind of plan that is known")]
    UnknownPlan(String),
    /// What it costs for an hour is not known.
    #[error("it is charged by something else than the hour")]
    NotHourly,
}

impl Holding {
    /// The same as a bill's fee rows would say it. Of what has ended it ends with it.
    ///
    /// # Errors
    /// [`NoFee`] for what cannot be counted with.
    pub fn fee(&self) -> Result<Fee, NoFee> {
        match &self.standing {
            Standing::NeverRan => return Err(NoFee::NeverRan),
            Standing::Unknown(state) => return Err(NoFee::UnknownState(state.clone())),
            Standing::Queued | Standing::Pending | Standing::Running | Standing::Ended => {}
        }
        let start = self.start.ok_or(NoFee::NoStart)?.as_second();
        let term_end = start + self.seconds;
        let retired = match (&self.standing, self.end) {
            (Standing::Ended, None) => return Err(NoFee::NoEnd),
            // The end that services tell of a whole term is its last second.
            (Standing::Ended, Some(end)) => Some(end.as_second()).filter(|end| *end < term_end - 1),
            _ => None,
        };
        Ok(Fee {
            id: CommitmentId(self.arn.as_ref().map_or(&self.id, |arn| &arn.0).clone()),
            owner: self.owner.clone(),
            term: Term { start, seconds: self.seconds, retired },
            upfront: self.upfront,
            kind: self.kind()?,
        })
    }

    fn kind(&self) -> Result<FeeKind, NoFee> {
        let region = self.region.clone().unwrap_or_default();
        match &self.what {
            What::Plan { kind, family, recurring, .. } => Ok(FeeKind::Plan {
                offering: PlanOffering {
                    kind: plan_kind(kind)?,
                    term_years: u32::try_from(self.seconds / YEAR_SECONDS).unwrap_or_default(),
                    payment_option: self.payment.to_string(),
                    family: family.clone().unwrap_or_default(),
                    region,
                },
                recurring: *recurring,
            }),
            What::Reservation { instance_type, product, zone, tenancy, class, is_multi_az, count, hourly } => {
                let (service, meter) = billed(self.service, *is_multi_az);
                let name = SkuName {
                    service: service.to_owned(),
                    region,
                    usage_type: format!("{meter}:{instance_type}"),
                    operation: self.operation(product),
                };
                let facts = SkuFacts {
                    instance_type: instance_type.clone(),
                    tenancy: billed_tenancy(self.service, tenancy),
                    deployment: if *is_multi_az { "Multi-AZ".to_owned() } else { String::new() },
                    cache_engine: cache_engine(self.service, product).to_owned(),
                    ..SkuFacts::default()
                };
                Ok(FeeKind::Reservation {
                    sku: name,
                    facts: Box::new(facts),
                    factor: None,
                    zone: zone.clone(),
                    count: *count,
                    hourly: hourly.ok_or(NoFee::NotHourly)?,
                    is_convertible: class.as_ref().map(|class| *class == OfferingClass::Convertible),
                })
            }
        }
    }

    /// The operation of its fee rows, by which platform or engine are told; empty where none is known.
    fn operation(&self, product: &str) -> String {
        match self.service {
            Service::Ec2 => operation_of_platform(product).unwrap_or_default().to_owned(),
            Service::Rds => operation_of_product(product).unwrap_or_default(),
            _ => String::new(),
        }
    }
}

fn plan_kind(kind: &PlanType) -> Result<PlanKind, NoFee> {
    match kind {
        PlanType::Compute => Ok(PlanKind::Compute),
        PlanType::Ec2Instance => Ok(PlanKind::Ec2Instance),
        PlanType::SageMaker => Ok(PlanKind::SageMaker),
        PlanType::Database => Ok(PlanKind::Database),
        PlanType::Other(name) => Err(NoFee::UnknownPlan(name.clone())),
    }
}

/// The product code of a service's fee rows, and what their usage types begin with. Source: `tenor_cover`'s catalogue.
const fn billed(service: Service, is_multi_az: bool) -> (&'static str, &'static str) {
    match service {
        Service::SavingsPlans => ("ComputeSavingsPlans", ""),
        Service::Ec2 => ("AmazonEC2", "HeavyUsage"),
        Service::Rds if is_multi_az => ("AmazonRDS", "Multi-AZHeavyUsage"),
        Service::Rds => ("AmazonRDS", "HeavyUsage"),
        Service::ElastiCache => ("AmazonElastiCache", "HeavyUsage"),
        Service::MemoryDb => ("AmazonMemoryDB", "NodeHeavyUsage"),
        Service::OpenSearch => ("AmazonES", "ESHeavyUsage"),
        Service::Redshift => ("AmazonRedshift", "NodeHeavyUsage"),
        Service::RedshiftServerless => ("AmazonRedshift", "ServerlessHeavyUsage"),
    }
}

fn billed_tenancy(service: Service, tenancy: &Tenancy) -> String {
    match (service, tenancy) {
        (Service::Ec2, Tenancy::Default) => "Shared".to_owned(),
        (Service::Ec2, Tenancy::Dedicated) => "Dedicated".to_owned(),
        (Service::Ec2, other) => other.to_string(),
        _ => String::new(),
    }
}

fn cache_engine(service: Service, product: &str) -> &'static str {
    match product.to_ascii_lowercase().as_str() {
        _ if service != Service::ElastiCache => "",
        "redis" => "Redis",
        "memcached" => "Memcached",
        "valkey" => "Valkey",
        _ => "",
    }
}

/// The operation of a database engine as RDS describes reservations: `postgresql`, `oracle-se2(byol)`, `sqlserver-ee(li)`.
fn operation_of_product(product: &str) -> Option<String> {
    let (name, licence) = product.trim().trim_end_matches(')').split_once('(').unwrap_or((product.trim(), ""));
    let licence = match licence.trim() {
        "byol" => "Bring your own license",
        "li" => "License included",
        _ => "",
    };
    let name = name.trim().to_ascii_lowercase();
    let (engine, edition) = match name.split_once('-') {
        Some((engine @ ("oracle" | "sqlserver" | "db2"), edition)) => (engine, edition_of(edition)?),
        _ => (name.as_str(), ""),
    };
    operation_of_engine(engine, edition, licence)
}

fn edition_of(code: &str) -> Option<&'static str> {
    match code {
        "ee" => Some("Enterprise"),
        "se" => Some("Standard"),
        "se1" => Some("Standard One"),
        "se2" => Some("Standard Two"),
        "ae" => Some("Advanced"),
        "web" => Some("Web"),
        "ex" => Some("Express"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::operation_of_product;

    #[test]
    fn engines_are_known_as_rds_describes_them() {
        let products = [
            "postgresql",
            "mysql",
            "mariadb",
            "aurora-mysql",
            "aurora-postgresql",
            "oracle-se2(byol)",
            "oracle-se2(li)",
            "oracle-ee (byol)",
            "sqlserver-se(li)",
            "sqlserver-web(li)",
            "db2-se(byol)",
            "oracle-xe(li)",
            "plan9",
            "",
        ];
        let told =
            products.map(|product| format!("{product}: {}", operation_of_product(product).unwrap_or_else(|| "not known".to_owned())));
        insta::assert_snapshot!(told.join("\n"), @"
        postgresql: CreateDBInstance:0014
        mysql: CreateDBInstance:0002
        mariadb: CreateDBInstance:0018
        aurora-mysql: CreateDBInstance:0016
        aurora-postgresql: CreateDBInstance:0021
        oracle-se2(byol): CreateDBInstance:0019
        oracle-se2(li): CreateDBInstance:0020
        oracle-ee (byol): CreateDBInstance:0005
        sqlserver-se(li): CreateDBInstance:0012
        sqlserver-web(li): CreateDBInstance:0011
        db2-se(byol): CreateDBInstance:0028
        oracle-xe(li): not known
        plan9: not known
        : not known
        ");
    }
}
