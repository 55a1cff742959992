//! A step of an order in words that people use elsewhere: what it is as the page of commitments names it, and how many with their unit.
//!
//! Nothing is rounded here: what was signed stands to the last digit.

use crate::show;
use tenor_cover::PlanKind;
use tenor_cover::inventory::{Kind as Held, ReservedService};
use tenor_money::Money;
use tenor_order::{Action, Service, Step};
use tenor_propose::proposal::{Kind, Term, Upfront};

/// What it does.
pub(super) const fn action(action: Action) -> &'static str {
    match action {
        Action::Buy => "buy",
        Action::Queue => "queue",
        Action::CancelQueued => "cancel what is queued",
        Action::Return => "return",
        Action::Modify => "modify",
        Action::Exchange => "exchange",
        Action::List => "offer on the marketplace",
        Action::CancelListing => "take the offer back",
        Action::RaiseQuota => "raise a quota",
        Action::Instruct => "by hand",
    }
}

/// What it is of: `EC2 reservation, convertible: m5.large, Linux/UNIX, default; 1yr, No Upfront`.
pub(super) fn what(step: &Step) -> String {
    let class = match step.kind {
        Some(Kind::ConvertibleReservation) => ", convertible",
        Some(Kind::StandardReservation) if step.service == Service::Ec2 => ", standard",
        _ => "",
    };
    let goods = Some(step.goods.as_str()).filter(|goods| *goods != "-");
    // What is changed has a name of its own; of what is bought the object is an offering, which says nothing to people.
    let held = (step.kind.is_none() && step.object.as_str() != "-").then(|| step.object.as_str());
    let of: Vec<&str> = [goods, held].into_iter().flatten().collect();
    let of = if of.is_empty() { String::new() } else { format!(": {}", of.join(", ")) };
    let paid: Vec<&str> = [step.term.map(term), step.payment.map(payment)].into_iter().flatten().collect();
    let paid = if paid.is_empty() { String::new() } else { format!("; {}", paid.join(", ")) };
    format!("{}{class}{of}{paid}", name(step.service, step.kind))
}

/// How many, or how much by the hour, with the unit.
pub(super) fn quantity(step: &Step, currency: &str) -> String {
    let quantity = step.quantity.as_str();
    if step.service == Service::SavingsPlans {
        let told = quantity.parse::<Money>().map_or_else(|_| quantity.to_owned(), show::exact);
        return format!("{told} {currency} an hour");
    }
    if matches!(step.action, Action::RaiseQuota) {
        return quantity.to_owned();
    }
    let [one, many] = match step.service {
        Service::SavingsPlans | Service::Ec2 | Service::Rds | Service::OpenSearch => ["instance", "instances"],
        Service::ElastiCache | Service::MemoryDb | Service::Redshift => ["node", "nodes"],
        Service::RedshiftServerless => ["RPU", "RPUs"],
        Service::DynamoDb => ["unit of capacity", "units of capacity"],
    };
    format!("{quantity} {}", if quantity == "1" { one } else { many })
}

/// A commitment's name, as the page of commitments has it.
fn name(service: Service, kind: Option<Kind>) -> &'static str {
    let plan = match kind {
        Some(Kind::Ec2InstancePlan) => Some(PlanKind::Ec2Instance),
        Some(Kind::ComputePlan) => Some(PlanKind::Compute),
        Some(Kind::SagemakerPlan) => Some(PlanKind::SageMaker),
        Some(Kind::DatabasePlan) => Some(PlanKind::Database),
        Some(Kind::StandardReservation | Kind::ConvertibleReservation) | None => None,
    };
    let reserved = match service {
        Service::SavingsPlans => return Held::Plan(plan).name(),
        Service::Ec2 => ReservedService::Ec2,
        Service::Rds => ReservedService::Rds,
        Service::ElastiCache => ReservedService::ElastiCache,
        Service::MemoryDb => ReservedService::MemoryDb,
        Service::OpenSearch => ReservedService::OpenSearch,
        Service::Redshift => ReservedService::Redshift,
        Service::RedshiftServerless => ReservedService::RedshiftServerless,
        Service::DynamoDb => ReservedService::DynamoDb,
    };
    Held::Reservation(Some(reserved)).name()
}

/// AWS's words.
pub(super) const fn term(term: Term) -> &'static str {
    match term {
        Term::OneYear => "1yr",
        Term::ThreeYears => "3yr",
    }
}

/// AWS's words.
pub(super) const fn payment(payment: Upfront) -> &'static str {
    match payment {
        Upfront::Nothing => "No Upfront",
        Upfront::Partial => "Partial Upfront",
        Upfront::All => "All Upfront",
    }
}

#[cfg(test)]
mod tests {
    use super::{action, quantity, what};
    use crate::tests::orders::step;
    use tenor_order::{Action, Service, Step};
    use tenor_propose::proposal::Kind;

    #[test]
    fn a_step_is_told_as_people_name_it_elsewhere_with_its_unit() {
        let ec2 = Step {
            service: Service::Ec2,
            kind: Some(Kind::ConvertibleReservation),
            goods: "m5.large, Linux/UNIX".parse().unwrap(),
            ..step()
        };
        let plain = |service, quantity: &str| Step {
            service,
            kind: Some(Kind::StandardReservation),
            quantity: quantity.parse().unwrap(),
            ..step()
        };
        let held = Step { kind: None, term: None, payment: None, object: "sp-1".parse().unwrap(), action: Action::Return, ..step() };
        let steps = [
            Step { quantity: "1000.8215".parse().unwrap(), ..step() },
            Step { quantity: "4".parse().unwrap(), ..ec2 },
            plain(Service::Ec2, "1"),
            plain(Service::Redshift, "2"),
            plain(Service::RedshiftServerless, "8"),
            held,
        ];
        let told: Vec<_> =
            steps.iter().map(|step| format!("{} | {} | {}", action(step.action), what(step), quantity(step, "USD"))).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        buy | Compute Savings Plan; 1yr, Partial Upfront | 1,000.8215 USD an hour
        buy | EC2 reservation, convertible: m5.large, Linux/UNIX; 1yr, Partial Upfront | 4 instances
        buy | EC2 reservation, standard; 1yr, Partial Upfront | 1 instance
        buy | Redshift reservation; 1yr, Partial Upfront | 2 nodes
        buy | Redshift Serverless reservation; 1yr, Partial Upfront | 8 RPUs
        return | Savings Plan: sp-1 | 1.50 USD an hour
        ");
    }
}
