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

/// What it does besides: what is given or becomes of it, what is asked, when it begins, until when it may be done, and which account does it.
pub(super) fn more(step: &Step, currency: &str) -> Vec<String> {
    step.more(&|amount| format!("{} {currency}", show::exact(amount)))
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
    use super::{action, more, quantity, what};
    use crate::tests::orders::{step, text};
    use tenor_ledger::Moment;
    use tenor_order::{Action, Asked, Details, Service, Step, Target};
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

    #[test]
    fn of_every_action_it_is_told_what_is_signed_besides() {
        let given = || vec![text("ri-2")];
        let target = Target { count: 2, instance_type: Some(text("m5.large")), zone: Some(text("eu-west-1a")) };
        let asked = Asked { months: 12, price: "1500.125".parse().unwrap() };
        let moment = |moment: &str| Some(Moment(moment.parse().unwrap()));
        let of = |action| Step { action, ..step() };
        let held = |action, details| Step {
            action,
            service: Service::Ec2,
            kind: None,
            term: None,
            payment: None,
            goods: text("m5.large, Linux/UNIX, default"),
            object: text("ri-1"),
            quantity: text("2"),
            details,
            ..step()
        };
        let queued = Step { starts: moment("2026-02-01T00:00:00Z"), deadline: moment("2026-02-01T00:00:00Z"), ..of(Action::Queue) };
        let exchange = Step {
            kind: Some(Kind::ConvertibleReservation),
            details: Some(Details::Exchange { given: given() }),
            ..held(Action::Exchange, None)
        };
        let steps = [
            of(Action::Buy),
            queued,
            held(Action::CancelQueued, None),
            Step { deadline: moment("2026-01-25T08:30:00Z"), ..held(Action::Return, None) },
            held(Action::Modify, Some(Details::Modify { also: given(), targets: vec![target] })),
            exchange,
            held(Action::List, Some(Details::List { prices: vec![asked] })),
            held(Action::CancelListing, None),
            held(Action::RaiseQuota, None),
            held(Action::Instruct, Some(Details::Instruct { lines: vec![text("split it in the console")] })),
        ];
        let told = steps.iter().map(|step| format!("{} {}: {}", action(step.action), what(step), more(step, "USD").join("; ")));
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
        buy Compute Savings Plan; 1yr, Partial Upfront: by the account 111122223333
        queue Compute Savings Plan; 1yr, Partial Upfront: begins 2026-02-01 00:00:00 UTC; not after 2026-02-01 00:00:00 UTC; by the account 111122223333
        cancel what is queued EC2 reservation: m5.large, Linux/UNIX, default, ri-1: by the account 111122223333
        return EC2 reservation: m5.large, Linux/UNIX, default, ri-1: not after 2026-01-25 08:30:00 UTC; by the account 111122223333
        modify EC2 reservation: m5.large, Linux/UNIX, default, ri-1: together with ri-2; becomes 2 × m5.large in eu-west-1a; by the account 111122223333
        exchange EC2 reservation, convertible: m5.large, Linux/UNIX, default: gives ri-2; by the account 111122223333
        offer on the marketplace EC2 reservation: m5.large, Linux/UNIX, default, ri-1: asks 1,500.125 USD for one with at most 12 months left; by the account 111122223333
        take the offer back EC2 reservation: m5.large, Linux/UNIX, default, ri-1: by the account 111122223333
        raise a quota EC2 reservation: m5.large, Linux/UNIX, default, ri-1: by the account 111122223333
        by hand EC2 reservation: m5.large, Linux/UNIX, default, ri-1: split it in the console; by the account 111122223333
        ");
    }
}
