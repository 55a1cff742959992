//! The commitments the organization owns: every kind AWS sells that bills show differently, sized to its usage.

use crate::account::Account;
use crate::commitment::{Plan, PlanType, Reservation, Span};
use crate::exact;
use crate::fleet::{Activity, Fleet};
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::random::{base32, below, hash, uuid};
use crate::region::{REGIONS, index_of};
use crate::sku::{Kind, Sku};
use tenor_money::{Money, Quantity, UnitPrice};

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

/// Type or none for Compute, term, payment, percent of the eligible usage, seconds after the first period's start.
type PlanWish = (Option<(&'static str, &'static str)>, Term, Payment, i128, i64);

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

use OfferingClass::{Convertible, Standard};
use Payment::{Everything, Half, Nothing};
use Term::{OneYear, ThreeYears};

const RESERVATIONS: [Wish; 15] = [
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
];

const PLANS: [PlanWish; 7] = [
    (None, ThreeYears, Nothing, 12, -400 * DAY),
    (None, OneYear, Half, 14, -100 * DAY + 5 * 3600),
    (Some(("us-east-1", "m5")), OneYear, Nothing, 30, 10 * DAY + 14 * 3600),
    (Some(("eu-west-1", "r6g")), OneYear, Everything, 45, -250 * DAY),
    // More than its family ever needs: its commitment is partly lost in most hours.
    (Some(("eu-west-1", "c6i")), ThreeYears, Half, 130, -30 * DAY),
    (Some(("us-west-2", "g4dn")), OneYear, Half, 20, 17 * DAY),
    (None, OneYear, Everything, 9, 19 * DAY + 9 * 3600),
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

/// The organization's reservations, in the order of their ARNs.
pub(crate) fn reservations(fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Vec<Reservation> {
    let mut found: Vec<Reservation> =
        RESERVATIONS.iter().enumerate().filter_map(|(n, wish)| reservation(n as u64, wish, fleet, accounts, seed, first_second)).collect();
    found.sort_by(|a, b| a.arn.cmp(&b.arn));
    found
}

/// Whether a reservation covers usage of this SKU, zone aside.
pub(crate) fn reserves(reservation: &Reservation, bought: &Sku, used: &Sku) -> bool {
    if bought.region != used.region {
        return false;
    }
    match (&bought.kind, &used.kind) {
        (Kind::Ec2 { license: a, .. }, Kind::Ec2 { license: b, .. }) if a.is_some() == b.is_some() => {
            if reservation.flexible {
                family_of(bought) == family_of(used)
            } else {
                bought.usage_type == used.usage_type
            }
        }
        (Kind::Rds(a), Kind::Rds(b)) => a.engine == b.engine && family_of(bought) == family_of(used),
        _ => false,
    }
}

/// What a plan charges for a SKU, if it covers it.
pub(crate) fn plan_rate(plan: &Plan, sku: &Sku) -> Option<UnitPrice> {
    match (&sku.kind, &plan.kind) {
        (Kind::Ec2 { .. }, PlanType::Ec2Instance { family, region }) if family_of(sku) != *family || sku.region != *region => None,
        (Kind::Ec2 { price, license }, _) => {
            let rate = plan.rate_of(price.no_upfront(plan.class(), plan.span.term));
            Some(rate + license.unwrap_or_default())
        }
        (Kind::Serverless { plan_percent }, PlanType::Compute) => {
            Some(UnitPrice::from_units(exact::ratio(sku.rate.units(), *plan_percent, 100, 10)))
        }
        _ => None,
    }
}

/// The organization's plans, in the order of their end and ARN.
pub(crate) fn plans(fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Vec<Plan> {
    let mut found: Vec<Plan> =
        PLANS.iter().enumerate().map(|(n, wish)| plan(n as u64, wish, fleet, accounts, seed, first_second)).collect();
    found.sort_by(by_end);
    found
}

/// The order in which plans of one kind take equal savings (rounding rule 3.4).
fn by_end(a: &Plan, b: &Plan) -> std::cmp::Ordering {
    (a.span.end(), &a.arn).cmp(&(b.span.end(), &b.arn))
}

/// The family of an instance or database: `m5` of `BoxUsage:m5.large`.
pub(crate) fn family_of(sku: &Sku) -> &str {
    let instance = sku.usage_type.rsplit(':').next().unwrap_or_default();
    instance.trim_start_matches("db.").split('.').next().unwrap_or_default()
}

fn reservation(n: u64, wish: &Wish, fleet: &Fleet, accounts: &[Account], seed: u64, first_second: i64) -> Option<Reservation> {
    let region = index_of(wish.region);
    let (usage_type, engine) = wish.usage_type.split_once(' ').unwrap_or((wish.usage_type, ""));
    let usage_type = format!("{}{usage_type}", REGIONS[region as usize].prefix);
    let sku = bought_sku(fleet, region, &usage_type, engine)?;
    let bought = &fleet.skus[sku as usize];
    let exact_size = family_of(bought) == "g4dn" || matches!(bought.kind, Kind::Ec2 { license: Some(_), .. });
    let flexible = !wish.zonal && !exact_size;
    let owner = owner_of(fleet, sku, accounts, seed, n);
    let service = if matches!(bought.kind, Kind::Rds(_)) { "rds" } else { "ec2" };
    let (name, account) = (uuid(&[seed, 20, n]), &accounts[owner as usize].id);
    let mut made = Reservation {
        arn: match service {
            "rds" => format!("arn:aws:rds:{}:{account}:ri:{name}", wish.region),
            _ => format!("arn:aws:ec2:{}:{account}:reserved-instances/{name}", wish.region),
        },
        subscription: (1_088_000_000 + below(90_000_000, &[seed, 21, n])).to_string(),
        owner,
        span: Span { start: first_second + wish.start, term: wish.term },
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
            _ => return None,
        },
    };
    let matching: Vec<_> = fleet.resources.iter().filter(|r| reserves(&made, bought, &fleet.skus[r.sku as usize])).collect();
    if wish.zonal {
        made.zone = Some(matching.first().map_or(region * crate::region::ZONES, |resource| resource.zone));
    }
    let in_zone = matching.iter().filter(|resource| made.zone.is_none_or(|zone| zone == resource.zone));
    let factor = |sku: u32| if flexible { fleet.skus[sku as usize].factor } else { exact::ONE };
    let peak: Quantity = in_zone.map(|resource| factor(resource.sku)).sum();
    let each = factor(sku);
    made.count = (peak.units() * i128::from(wish.percent) / 100 / each.units()) as u32;
    // A share above 100 percent means more than everything there is, also after rounding down.
    made.count = (made.count + u32::from(wish.percent > 100) * 2).max(1);
    Some(made)
}

/// The SKU a reservation is for: on demand, with Linux and any engine unless it names one.
fn bought_sku(fleet: &Fleet, region: u32, usage_type: &str, engine: &str) -> Option<u32> {
    let fits = |sku: &Sku| match &sku.kind {
        Kind::Ec2 { license, .. } => license.is_some() == (engine == "Windows"),
        Kind::Rds(price) => price.engine == engine || engine.is_empty(),
        _ => false,
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
    let (scope, term, payment, percent, start) = *wish;
    let kind = scope.map_or(PlanType::Compute, |(region, family)| PlanType::Ec2Instance { family, region: index_of(region) });
    // The first Compute plan belongs to the payer, which runs nothing: all of it goes to other accounts.
    let owner = if n == 0 { 0 } else { below(accounts.len() as u64, &[seed, 30, n]) as u32 };
    let mut made = Plan {
        arn: format!("arn:aws:savingsplans::{}:savingsplan/{}", accounts[owner as usize].id, uuid(&[seed, 31, n])),
        owner,
        span: Span { start: first_second + start, term },
        payment,
        kind,
        upfront: Money::ZERO,
        recurring: Money::ZERO,
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
    };
    exact::ratio(rate.units(), quantity, tenor_money::SCALE, 12)
}

/// A stable id derived from an ARN, where AWS shows numbers.
pub(crate) fn offering_id(arn: &str) -> String {
    base32(16, hash(&[crate::sku::text_key(arn)]))
}

#[cfg(test)]
mod tests {
    use super::{Plan, by_end, reserves};
    use crate::commitment::{PlanType, Reservation, Span};
    use crate::price::{Payment, Term};
    use crate::request::{BillRequest, Format};
    use crate::world::World;
    use tenor_money::Money;

    /// Per reservation that fits: what it was bought for and the usage types it covers.
    fn covered(world: &World, fits: impl Fn(&Reservation) -> bool) -> String {
        let name = |sku: u32| {
            let sku = &world.fleet.skus[sku as usize];
            format!("{} {}", sku.usage_type, sku.operation)
        };
        let line = |reservation: &Reservation| {
            let bought = &world.fleet.skus[reservation.sku as usize];
            let matches = |sku: &u32| reserves(reservation, bought, &world.fleet.skus[*sku as usize]);
            let mut found: Vec<String> = (0..world.fleet.skus.len() as u32).filter(matches).map(name).collect();
            found.sort();
            format!("{} > {}", name(reservation.sku), found.join(", "))
        };
        let mut lines: Vec<String> = world.reservations.iter().filter(|reservation| fits(reservation)).map(line).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn zonal_windows_and_graphics_reservations_are_for_one_size() {
        let world = World::new(&BillRequest::small(Format::LegacyCsv));
        assert!(world.reservations.iter().filter(|reservation| reservation.zone.is_some()).all(|reservation| !reservation.flexible));
        insta::assert_snapshot!(covered(&world, |reservation| !reservation.flexible), @r"
        BoxUsage:m5.large RunInstances:0002 > BoxUsage:m5.large RunInstances:0002
        BoxUsage:m5.xlarge RunInstances > BoxUsage:m5.xlarge RunInstances
        USW2-BoxUsage:g4dn.xlarge RunInstances > USW2-BoxUsage:g4dn.xlarge RunInstances
        ");
    }

    #[test]
    fn a_flexible_reservation_is_for_linux_on_demand_of_its_family() {
        let world = World::new(&BillRequest::small(Format::LegacyCsv));
        let flexible = |reservation: &Reservation| reservation.flexible && reservation.arn.contains("ec2:us-east-1");
        // In this Region c5 runs on the Spot market alone, which no reservation covers.
        insta::assert_snapshot!(covered(&world, flexible), @r"
        BoxUsage:c5.large RunInstances > BoxUsage:c5.large RunInstances
        BoxUsage:m5.large RunInstances > BoxUsage:m5.2xlarge RunInstances, BoxUsage:m5.large RunInstances, BoxUsage:m5.xlarge RunInstances
        BoxUsage:m5.xlarge RunInstances > BoxUsage:m5.2xlarge RunInstances, BoxUsage:m5.large RunInstances, BoxUsage:m5.xlarge RunInstances
        BoxUsage:r5.xlarge RunInstances > BoxUsage:r5.4xlarge RunInstances, BoxUsage:r5.large RunInstances, BoxUsage:r5.xlarge RunInstances
        ");
    }

    #[test]
    fn plans_that_end_together_come_in_the_order_of_their_arns() {
        let plan = |arn: &str, start: i64| Plan {
            arn: arn.to_owned(),
            owner: 0,
            span: Span { start, term: Term::OneYear },
            payment: Payment::Nothing,
            kind: PlanType::Compute,
            upfront: Money::ZERO,
            recurring: Money::ZERO,
        };
        let mut plans = [plan("a", 7200), plan("c", 3600), plan("b", 3600)];
        plans.sort_by(by_end);
        assert_eq!(plans.map(|plan| plan.arn), ["b", "c", "a"]);
    }
}
