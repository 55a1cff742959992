//! The commitments the organization owns: every kind AWS sells that bills show differently, sized to its usage.

use crate::account::Account;
use crate::commitment::{Plan, PlanType, Reservation, Span};
use crate::exact;
use crate::fleet::{Activity, Fleet};
use crate::matching::{is_size_flexible, plan_rate, reserves};
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::random::{base32, below, hash, uuid};
use crate::region::{REGIONS, index_of};
use crate::sku::{Kind, Sku};
use tenor_money::{Money, Quantity};

/// What a reservation in the list below is bought for: Region, usage type without the Region's prefix, and an engine or system.
struct Wish {
    region: &'static str,
    usage_type: &'static str,
    class: OfferingClass,
    term: Term,
    payment: Payment,
    /// Percent of the matching usage's peak; 0 asks for one unit that nothing uses, above 100 for more than is ever used.
    percent: u64,
    zonal: bool,
    /// Seconds after the first billing period's start; negative for one that runs already.
    start: i64,
}

/// Kind, term, payment, percent of the eligible usage, seconds after the first period's start.
type PlanWish = (Scope, Term, Payment, i128, i64);

/// What a plan in the list below is for.
enum Scope {
    Compute,
    /// Region and family.
    Ec2Instance(&'static str, &'static str),
    SageMaker,
    Database,
}

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

use OfferingClass::{Convertible, Standard};
use Payment::{Everything, Half, Nothing};
use Term::{OneYear, ThreeYears};

const RESERVATIONS: [Wish; 28] = [
    wish("us-east-1", "BoxUsage:m5.large", Standard, OneYear, Nothing, 20, false, -201 * DAY + 4711),
    wish("us-east-1", "BoxUsage:m5.xlarge", Standard, OneYear, Everything, 30, true, -90 * DAY + 59),
    wish("us-east-1", "BoxUsage:r5.xlarge", Convertible, ThreeYears, Half, 35, false, -700 * DAY + 12_345),
    wish("us-east-1", "BoxUsage:c5.large", Standard, OneYear, Half, 0, false, -120 * DAY + 2041),
    wish("us-east-1", "BoxUsage:m5.xlarge", Standard, OneYear, Nothing, 25, false, -33 * DAY),
    wish("us-east-1", "BoxUsage:m5.large Windows", Standard, OneYear, Half, 40, false, -150 * DAY + 86),
    wish("eu-west-1", "BoxUsage:c5.2xlarge", Standard, ThreeYears, Everything, 25, false, -1000 * DAY + 7),
    wish("eu-west-1", "BoxUsage:m6i.xlarge", Standard, OneYear, Half, 40, false, 14 * DAY + 10 * 3600),
    wish("eu-west-1", "BoxUsage:r6g.large", Convertible, OneYear, Everything, 15, false, -300 * DAY),
    wish("us-west-2", "BoxUsage:t3.medium", Convertible, OneYear, Nothing, 101, false, 8 * DAY + 21 * 3600 + 40 * 60 + 47),
    wish("us-west-2", "BoxUsage:g4dn.xlarge", Standard, OneYear, Half, 60, false, -45 * DAY + 99),
    wish("us-west-2", "BoxUsage:m6g.large", Standard, OneYear, Nothing, 60, false, 18 * DAY + 10 * 3600 - YEAR),
    wish("us-east-1", "Multi-AZUsage:db.r5.large", Standard, OneYear, Half, 50, false, -77 * DAY + 3),
    wish("us-east-1", "InstanceUsage:db.r5.xlarge PostgreSQL", Standard, OneYear, Nothing, 40, false, -12 * DAY + 3333),
    wish("eu-west-1", "InstanceUsage:db.r5.large", Standard, ThreeYears, Half, 70, false, 2 * DAY),
    wish("us-east-1", "Multi-AZUsage:db.r5.xlarge PostgreSQL", Standard, OneYear, Everything, 15, false, -210 * DAY + 58),
    wish("us-east-1", "BoxUsage:c5.large", Standard, OneYear, Everything, 0, false, 3 * DAY + 58),
    wish("eu-west-1", "BoxUsage:c5.2xlarge", Standard, OneYear, Half, 20, true, -140 * DAY + 1),
    wish("us-east-1", "NodeUsage:cache.r7g.large Redis", Standard, OneYear, Nothing, 60, false, -80 * DAY + 17),
    wish("us-east-1", "NodeUsage:cache.r7g.large Valkey", Standard, OneYear, Half, 30, false, -5 * DAY),
    wish("eu-west-1", "NodeUsage:cache.r7g.large Redis", Standard, ThreeYears, Everything, 60, false, -600 * DAY + 61),
    wish("us-east-1", "ESInstance:r6g.large.search", Standard, OneYear, Half, 101, false, -31 * DAY + 8),
    wish("eu-west-1", "ESInstance:m6g.large.search", Standard, ThreeYears, Everything, 100, false, -410 * DAY),
    wish("us-east-1", "Node:ra3.xlplus", Standard, OneYear, Nothing, 50, false, -250 * DAY + 40),
    wish("eu-west-1", "Node:ra3.large", Standard, ThreeYears, Half, 101, false, 6 * DAY + 5 * 3600 + 11),
    wish("us-east-1", "NodeUsage:db.r6g.large Redis", Standard, OneYear, Everything, 50, false, -64 * DAY + 5),
    wish("us-east-1", "NodeUsage:db.r6g.large Valkey", Standard, ThreeYears, Nothing, 10, false, -3 * DAY),
    wish("us-east-1", "BoxUsage:r5.large", Standard, ThreeYears, Nothing, 20, true, -500 * DAY + 9),
];

const PLANS: [PlanWish; 11] = [
    (Scope::Compute, ThreeYears, Nothing, 12, -400 * DAY),
    (Scope::Compute, OneYear, Half, 14, -100 * DAY + 5 * 3600),
    (Scope::Ec2Instance("us-east-1", "m5"), OneYear, Nothing, 30, 10 * DAY + 14 * 3600),
    (Scope::Ec2Instance("eu-west-1", "r6g"), OneYear, Everything, 45, -250 * DAY),
    // More than its family ever needs: its commitment is partly lost in most hours.
    (Scope::Ec2Instance("eu-west-1", "c6i"), ThreeYears, Half, 130, -30 * DAY),
    (Scope::Ec2Instance("us-west-2", "g4dn"), OneYear, Half, 20, 17 * DAY),
    (Scope::Compute, OneYear, Everything, 9, 19 * DAY + 9 * 3600),
    (Scope::SageMaker, OneYear, Nothing, 35, -60 * DAY),
    (Scope::SageMaker, ThreeYears, Half, 30, 4 * DAY + 3 * 3600),
    // Sold for one year with nothing upfront alone.
    (Scope::Database, OneYear, Nothing, 30, -20 * DAY + 7 * 3600),
    (Scope::Database, OneYear, Nothing, 90, 12 * DAY),
];

#[expect(clippy::too_many_arguments, reason = "a row of the table above, in the order of its columns")]
const fn wish(
    region: &'static str,
    usage_type: &'static str,
    class: OfferingClass,
    term: Term,
    payment: Payment,
    percent: u64,
    zonal: bool,
    start: i64,
) -> Wish {
    Wish { region, usage_type, class, term, payment, percent, zonal, start }
}

/// The organization's reservations, in the order of their end and ARN.
pub(crate) fn reservations(fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Vec<Reservation> {
    let mut found: Vec<Reservation> =
        RESERVATIONS.iter().enumerate().filter_map(|(n, wish)| reservation(n as u64, wish, fleet, accounts, seed, first_second)).collect();
    found.sort_by(|a, b| a.span.end().cmp(&b.span.end()).then_with(|| a.arn.cmp(&b.arn)));
    found
}

/// The organization's plans, in the order of their end and ARN.
pub(crate) fn plans(fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Vec<Plan> {
    let mut found: Vec<Plan> =
        PLANS.iter().enumerate().map(|(n, wish)| plan(n as u64, wish, fleet, accounts, seed, first_second)).collect();
    found.sort_by(by_end);
    found
}

/// The order in which plans of one kind take equal savings (rounding rule 3.4).
pub(crate) fn by_end(a: &Plan, b: &Plan) -> std::cmp::Ordering {
    (a.span.end(), &a.arn).cmp(&(b.span.end(), &b.arn))
}

fn reservation(n: u64, wish: &Wish, fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Option<Reservation> {
    let region = index_of(wish.region);
    let (usage_type, engine) = wish.usage_type.split_once(' ').unwrap_or((wish.usage_type, ""));
    let usage_type = format!("{}{usage_type}", REGIONS[region as usize].prefix);
    let sku = bought_sku(fleet, region, &usage_type, engine)?;
    let bought = &fleet.skus[sku as usize];
    let flexible = is_size_flexible(bought, wish.zonal);
    let owner = owner_of(fleet, sku, accounts, seed, n);
    let name = uuid(&[seed, 20, n]);
    let mut made = Reservation {
        arn: reservation_arn(bought, wish.region, &accounts[owner as usize].id, &name),
        subscription: (1_088_000_000 + below(90_000_000, &[seed, 21, n])).to_string(),
        owner,
        span: Span::new(first_second + wish.start, wish.term),
        class: wish.class,
        payment: wish.payment,
        sku,
        count: 1,
        zone: None,
        flexible,
        factor: bought.factor,
        price: match &bought.kind {
            Kind::Ec2 { price, license } => {
                // The licence is paid by the hour, whatever is paid up front.
                let list = price.reserved(wish.class, wish.term, wish.payment);
                ReservedPrice { hourly: list.hourly + license.unwrap_or_default(), ..list }
            }
            Kind::Rds(price) => price.reserved(wish.term, wish.payment),
            Kind::Node(price) => price.reserved(wish.term, wish.payment),
            Kind::Spot | Kind::Metered => return None,
        },
        carried: Money::ZERO,
        paid: Money::ZERO,
    };
    let matching: Vec<_> = fleet.resources.iter().filter(|r| reserves(&made, bought, &fleet.skus[r.sku as usize])).collect();
    if wish.zonal {
        made.zone = Some(matching.first().map_or(region * crate::region::ZONES, |resource| resource.zone));
    }
    let in_zone = matching.iter().filter(|resource| made.zone.is_none_or(|zone| zone == resource.zone));
    let factor = |sku: u32| if flexible { fleet.skus[sku as usize].factor } else { exact::ONE };
    let peak: Quantity = in_zone.map(|resource| exact::normalize(resource.activity.most(), factor(resource.sku))).sum();
    let each = factor(sku);
    made.count = (peak.units() * i128::from(wish.percent) / 100 / each.units()) as u32;
    // A share above 100 percent means more than everything there is, also after rounding down.
    made.count = (made.count + u32::from(wish.percent > 100) * 2).max(1);
    made.paid = made.upfront();
    Some(made)
}

/// An ARN as the SKU's service writes those of reservations.
pub(crate) fn reservation_arn(bought: &Sku, region: &str, account: &str, name: &str) -> String {
    let (service, resource) = match bought.product_code {
        "AmazonRDS" => ("rds", "ri:"),
        "AmazonElastiCache" => ("elasticache", "reserved-instance:"),
        "AmazonMemoryDB" => ("memorydb", "reservednode/"),
        "AmazonES" => ("es", "reserved-instance/"),
        "AmazonRedshift" => ("redshift", "reservednode:"),
        _ => ("ec2", "reserved-instances/"),
    };
    format!("arn:aws:{service}:{region}:{account}:{resource}{name}")
}

/// The ARN of a reservation of Redshift Serverless, which shares its product code with nodes and its ARNs with nothing.
pub(crate) fn serverless_arn(region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:redshift-serverless:{region}:{account}:reservation/{name}")
}

/// The SKU a reservation is for: on demand, with Linux and any engine unless it names one.
fn bought_sku(fleet: &Fleet, region: u32, usage_type: &str, engine: &str) -> Option<u32> {
    let fits = |sku: &Sku| match &sku.kind {
        Kind::Ec2 { license, .. } => license.is_some() == (engine == "Windows"),
        Kind::Rds(price) => price.engine == engine || engine.is_empty(),
        Kind::Node(price) => price.engine == engine,
        Kind::Spot | Kind::Metered => false,
    };
    let found = fleet.skus.iter().position(|sku| sku.region == region && sku.usage_type == usage_type && fits(sku));
    found.map(|index| index as u32)
}

/// An account that runs some of the usage, so that both the owner's pass and the others' have work.
fn owner_of(fleet: &Fleet, sku: u32, accounts: &[Account], seed: u64, n: u64) -> u32 {
    let users: Vec<u32> = fleet.resources.iter().filter(|resource| resource.sku == sku).map(|resource| resource.account).collect();
    if users.is_empty() {
        return 0;
    }
    debug_assert!(users.iter().all(|account| (*account as usize) < accounts.len()));
    users[below(users.len() as u64, &[seed, 22, n]) as usize]
}

fn plan(n: u64, wish: &PlanWish, fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Plan {
    let (scope, term, payment, percent, start) = wish;
    let (term, payment) = (*term, *payment);
    let kind = match scope {
        Scope::Compute => PlanType::Compute,
        Scope::Ec2Instance(region, family) => PlanType::Ec2Instance { family: (*family).to_owned(), region: index_of(region) },
        Scope::SageMaker => PlanType::SageMaker,
        Scope::Database => PlanType::Database,
    };
    // The first Compute plan belongs to the payer, which runs nothing: all of it goes to other accounts.
    let owner = if n == 0 { 0 } else { below(accounts.len() as u64, &[seed, 30, n]) as u32 };
    let mut made = Plan {
        arn: format!("arn:aws:savingsplans::{}:savingsplan/{}", accounts[owner as usize].id, uuid(&[seed, 31, n])),
        owner,
        span: Span::new(first_second + start, term),
        payment,
        kind,
        upfront: Money::ZERO,
        recurring: Money::ZERO,
        refunded: None,
    };
    let eligible: i128 = fleet.resources.iter().map(|resource| hourly_at(&made, fleet, resource)).sum();
    // A commitment in even thousandths splits into halves and amortizes to the last digit.
    let commitment = (eligible * percent / 100 / 2_000_000_000).max(1) * 2_000_000_000;
    let hours = i128::from(term.seconds() / 3600);
    let (upfront, recurring) = match payment {
        Nothing => (0, commitment),
        Half => (commitment / 2 * hours, commitment / 2),
        Everything => (commitment * hours, 0),
    };
    (made.upfront, made.recurring) = (Money::from_units(upfront), Money::from_units(recurring));
    made
}

/// What a resource's usual hour costs at the plan's rate: an instance's for the half of its pool that nearly always runs.
fn hourly_at(plan: &Plan, fleet: &Fleet, resource: &crate::fleet::Resource) -> i128 {
    let Some(rate) = plan_rate(plan, &fleet.skus[resource.sku as usize]) else { return 0 };
    let quantity = match resource.activity {
        Activity::Constant(quantity) => quantity.units(),
        Activity::Varying { low, high, step, .. } => step.units() * i128::from((low + high) / 2),
        Activity::Pooled { .. } => exact::ONE.units() / 2,
        Activity::Taken { .. } => 0,
    };
    exact::ratio(rate.units(), quantity, tenor_money::SCALE, 12)
}

/// A stable id derived from an ARN, where AWS shows numbers.
pub(crate) fn offering_id(arn: &str) -> String {
    base32(16, hash(&[crate::sku::text_key(arn)]))
}

#[cfg(test)]
mod tests {
    use super::{Plan, by_end};
    use crate::commitment::{PlanType, Span};
    use crate::price::{Payment, Term};
    use tenor_money::Money;

    #[test]
    fn plans_that_end_together_come_in_the_order_of_their_arns() {
        let plan = |arn: &str, start: i64| Plan {
            arn: arn.to_owned(),
            owner: 0,
            span: Span::new(start, Term::OneYear),
            payment: Payment::Nothing,
            kind: PlanType::Compute,
            upfront: Money::ZERO,
            recurring: Money::ZERO,
            refunded: None,
        };
        let mut plans = [plan("a", 7200), plan("c", 3600), plan("b", 3600)];
        plans.sort_by(by_end);
        assert_eq!(plans.map(|plan| plan.arn), ["b", "c", "a"]);
    }
}
