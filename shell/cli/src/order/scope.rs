//! Which usage a step's purchase covers, by the names of its SKUs in the inputs of a proposal and in what is known now.
//!
//! The rates of plans and the pools of reservations in the inputs say it, and never the words of a bill alone.

use std::collections::BTreeSet;
use tenor_order::{Service, Step, is_operation_of, is_variant_of};
use tenor_propose::proposal::{Inputs, Kind, UsedSku};

/// The names of what a step covers, of both what was used then and what is used lately.
pub(super) fn covered<'a>(step: &Step, then: &'a Inputs, lately: &'a Inputs) -> BTreeSet<&'a str> {
    match step.kind {
        Some(Kind::ComputePlan) => rated("Compute", step, then, lately),
        Some(Kind::Ec2InstancePlan) => rated("EC2 Instance", step, then, lately),
        Some(Kind::SagemakerPlan) => rated("SageMaker", step, then, lately),
        Some(Kind::DatabasePlan) => rated("Database", step, then, lately),
        Some(Kind::StandardReservation | Kind::ConvertibleReservation) | None => reserved(step, then, lately),
    }
}

/// What plans of the kind have a rate for: as the proposal knew them, and of what was not used then as they are sold now.
fn rated<'a>(kind: &str, step: &Step, then: &'a Inputs, lately: &'a Inputs) -> BTreeSet<&'a str> {
    let region = step.region.as_ref().map_or("", |region| region.as_str());
    let of = |inputs: &'a Inputs| -> Vec<&'a str> {
        let is_for_all = kind != "EC2 Instance";
        let offers = inputs.plans.iter().filter(|offer| offer.kind == kind);
        let offers = offers.filter(|offer| is_for_all || (offer.family == step.goods.as_str() && offer.region == region));
        offers.flat_map(|offer| &offer.rates).map(|rate| inputs.skus[rate.sku].name.as_str()).collect()
    };
    let known: BTreeSet<&str> = then.skus.iter().map(|sku| sku.name.as_str()).collect();
    of(then).into_iter().chain(of(lately).into_iter().filter(|name| !known.contains(name))).collect()
}

/// What a reservation covers: all sizes of its family where it is size-flexible, and exactly its like where it is not.
fn reserved<'a>(step: &Step, then: &'a Inputs, lately: &'a Inputs) -> BTreeSet<&'a str> {
    let skus = move || then.skus.iter().chain(&lately.skus);
    let bought: Vec<&UsedSku> = skus().filter(|sku| is_bought_as(step, sku)).collect();
    let is_covered = |sku: &&UsedSku| {
        // None of its kind is used: whatever is of its family is as near as anybody can tell.
        if bought.is_empty() {
            return is_near(step, sku);
        }
        bought.iter().any(|one| match one.families.first() {
            Some(family) => sku.families.contains(family),
            None => sku.exact == one.exact,
        })
    };
    skus().filter(is_covered).map(|sku| sku.name.as_str()).collect()
}

/// Whether a step's reservation is sold for this very SKU.
fn is_bought_as(step: &Step, sku: &UsedSku) -> bool {
    let is_type = step.goods.as_str().split(", ").next().is_some_and(|word| word == sku.instance_type);
    is_here(step, sku) && sku.exact.is_some() && is_type && is_variant_of(step, &sku.usage_type) && is_operation_of(step, &sku.operation)
}

/// Whether a SKU is of the family of a step's reservation, and of its platform or engine.
fn is_near(step: &Step, sku: &UsedSku) -> bool {
    let family = |name: &str| name.rsplit_once('.').map_or(name, |(family, _)| family).to_owned();
    let goods = step.goods.as_str().split(", ").next().unwrap_or_default();
    let is_alike = step.service == Service::RedshiftServerless || family(&sku.instance_type) == family(goods);
    is_here(step, sku) && is_alike && is_operation_of(step, &sku.operation)
}

/// Whether a SKU is of the service and in the Region of a step.
fn is_here(step: &Step, sku: &UsedSku) -> bool {
    let code = match step.service {
        // Plans have rates.
        Service::SavingsPlans => return false,
        Service::Ec2 => "AmazonEC2",
        Service::Rds => "AmazonRDS",
        Service::ElastiCache => "AmazonElastiCache",
        Service::MemoryDb => "AmazonMemoryDB",
        Service::OpenSearch => "AmazonES",
        Service::Redshift | Service::RedshiftServerless => "AmazonRedshift",
        Service::DynamoDb => "AmazonDynamoDB",
    };
    sku.service == code && step.region.as_ref().is_none_or(|region| region.as_str() == sku.region)
}

#[cfg(test)]
pub(super) mod tests {
    use super::covered;
    use tenor_money::{Quantity, UnitPrice};
    use tenor_order::{Action, Service, Step};
    use tenor_propose::proposal::{Inputs, Kind, PlanOffer, PlanRate, Policy, PriceFacts, Term, Upfront, UsedSku};

    /// `AmazonEC2 us-east-1 m5.large RunInstances`, and the family of a size-flexible one.
    fn sku(words: &str, family: &str) -> UsedSku {
        let mut parts = words.split(' ').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        let (service, region, instance_type, operation) = (next(), next(), next(), next());
        UsedSku {
            name: words.to_owned(),
            service,
            region,
            usage_type: format!("BoxUsage:{instance_type}"),
            operation,
            instance_type,
            on_demand: UnitPrice::from_units(1),
            source: "list".to_owned(),
            decimals: 0,
            is_hourly: true,
            is_idle: false,
            families: if family.is_empty() { Vec::new() } else { vec![family.to_owned()] },
            exact: Some(words.to_owned()),
            factor: 1_000,
        }
    }

    pub(in crate::order) fn inputs(skus: &[UsedSku], plans: &[(&str, &str, &str, &[usize])]) -> Inputs {
        let offer = |(kind, family, region, rates): &(&str, &str, &str, &[usize])| PlanOffer {
            kind: (*kind).to_owned(),
            years: 1,
            payment: "No Upfront".to_owned(),
            family: (*family).to_owned(),
            region: (*region).to_owned(),
            is_simulated: false,
            fee: Quantity::from_whole(1),
            rates: rates.iter().map(|sku| PlanRate { sku: *sku, rate: UnitPrice::from_units(1) }).collect(),
        };
        let text = String::new;
        Inputs {
            format: 1,
            seed: 1,
            scenarios: 1,
            first: 0,
            hours: 0,
            unknown: Vec::new(),
            prices: PriceFacts { version: text(), date: text(), currency: "USD".to_owned(), basis: "list".to_owned() },
            classes: Vec::new(),
            skus: skus.to_vec(),
            lines: Vec::new(),
            reserved: Vec::new(),
            plans: plans.iter().map(offer).collect(),
            held_reservations: Vec::new(),
            held_plans: Vec::new(),
            policy: Policy::default(),
            changes: Vec::new(),
            promises: Vec::new(),
            payer: None,
            limitations: Vec::new(),
        }
    }

    /// A purchase of something in a Region; of a plan for everywhere without one.
    pub(in crate::order) fn step(service: Service, kind: Kind, region: &str, goods: &str) -> Step {
        Step {
            number: 1,
            action: Action::Buy,
            service,
            account: "111122223333".parse().unwrap(),
            region: (!region.is_empty()).then(|| region.parse().unwrap()),
            kind: Some(kind),
            term: Some(Term::OneYear),
            payment: Some(Upfront::Nothing),
            goods: goods.parse().unwrap(),
            object: "offering-1".parse().unwrap(),
            quantity: "1".parse().unwrap(),
            starts: None,
            deadline: None,
            ceiling_hourly: "1".parse().unwrap(),
            ceiling_upfront: "0".parse().unwrap(),
            obligation: "8760".parse().unwrap(),
            details: None,
        }
    }

    #[test]
    fn a_step_covers_what_its_plan_has_a_rate_for_or_what_its_reservation_matches() {
        let skus = [
            sku("AmazonEC2 us-east-1 m5.large RunInstances", "linux m5"),
            sku("AmazonEC2 us-east-1 m5.xlarge RunInstances", "linux m5"),
            sku("AmazonEC2 us-east-1 m5.large RunInstances:0002", ""),
            sku("AmazonEC2 us-east-1 m5.xlarge RunInstances:0002", ""),
            sku("AmazonEC2 eu-west-1 m5.large RunInstances", "linux m5 eu"),
            sku("AmazonRDS us-east-1 db.r6g.large CreateDBInstance:0014", "postgresql r6g"),
            sku("AmazonRDS us-east-1 db.r6g.large CreateDBInstance:0002", "mysql r6g"),
            sku("AmazonSageMaker us-east-1 ml.m5.large RunInstance", ""),
        ];
        let plans: [(&str, &str, &str, &[usize]); 4] = [
            ("Compute", "", "", &[0, 1, 2, 3, 4]),
            ("EC2 Instance", "m5", "us-east-1", &[0, 1, 2, 3]),
            ("EC2 Instance", "m5", "eu-west-1", &[4]),
            ("SageMaker", "", "", &[7]),
        ];
        let then = inputs(&skus, &plans);
        // One SKU is new since, in another order than then.
        let new = [sku("AmazonEC2 us-east-1 c5.large RunInstances", "linux c5"), skus[0].clone()];
        let lately = inputs(&new, &[("Compute", "", "", &[0, 1])]);
        let told = |step: &Step| match covered(step, &then, &lately).into_iter().collect::<Vec<_>>().join("; ") {
            none if none.is_empty() => "-".to_owned(),
            some => some.replace("RunInstances", "RI").replace("Amazon", ""),
        };
        let reserved = |service, goods| step(service, Kind::StandardReservation, "us-east-1", goods);
        let all = [
            told(&step(Service::SavingsPlans, Kind::ComputePlan, "", "-")),
            told(&step(Service::SavingsPlans, Kind::Ec2InstancePlan, "us-east-1", "m5")),
            told(&step(Service::SavingsPlans, Kind::SagemakerPlan, "", "-")),
            told(&step(Service::SavingsPlans, Kind::DatabasePlan, "", "-")),
            told(&reserved(Service::Ec2, "m5.large, Linux/UNIX, default")),
            told(&reserved(Service::Ec2, "m5.large, Windows, default")),
            told(&reserved(Service::Rds, "db.r6g.large, postgresql")),
            told(&reserved(Service::ElastiCache, "cache.r6g.large, redis")),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        EC2 eu-west-1 m5.large RI; EC2 us-east-1 c5.large RI; EC2 us-east-1 m5.large RI; EC2 us-east-1 m5.large RI:0002; EC2 us-east-1 m5.xlarge RI; EC2 us-east-1 m5.xlarge RI:0002
        EC2 us-east-1 m5.large RI; EC2 us-east-1 m5.large RI:0002; EC2 us-east-1 m5.xlarge RI; EC2 us-east-1 m5.xlarge RI:0002
        SageMaker us-east-1 ml.m5.large RunInstance
        -
        EC2 us-east-1 m5.large RI; EC2 us-east-1 m5.xlarge RI
        EC2 us-east-1 m5.large RI:0002
        RDS us-east-1 db.r6g.large CreateDBInstance:0014
        -
        ");
    }
}
