//! A small organization: four types of instances, and what it holds of them.

use super::super::super::inputs::{Class, HeldPlan, HeldReservation, Inputs, Line, PlanRate, PriceFacts, ReservedOffer, UsedSku};
use super::super::super::policy::{Kind, Policy, Term};
use tenor_money::Money;

pub(super) const DAY: i64 = 86_400;
pub(super) const YEAR: i64 = 365 * DAY;
const LINUX: &str = "RunInstances";
const WINDOWS: &str = "RunInstances:0002";

pub(super) fn second(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Sixteen days of history before a moment, in which nothing is used or held; what is on sale may not be bought.
pub(super) fn idle_until(moment: &str) -> Inputs {
    let hours = 16 * 24;
    Inputs {
        format: 1,
        seed: 7,
        scenarios: 3,
        first: second(moment) / 3_600 - hours,
        hours: usize::try_from(hours).unwrap(),
        unknown: Vec::new(),
        prices: PriceFacts { version: "v".to_owned(), date: "2024-05-01".to_owned(), currency: "USD".to_owned(), basis: "list".to_owned() },
        classes: vec![Class { name: String::new(), buyer: "111111111111".to_owned(), may_buy: true }],
        skus: vec![
            sku("m5", "large", LINUX, "0.096", 4_000),
            sku("m5", "xlarge", LINUX, "0.192", 8_000),
            sku("r5", "large", LINUX, "0.126", 4_000),
            sku("m5", "large", WINDOWS, "0.188", 4_000),
        ],
        lines: Vec::new(),
        reserved: Vec::new(),
        plans: Vec::new(),
        held_reservations: Vec::new(),
        held_plans: Vec::new(),
        policy: Policy { kinds: vec![Kind::SagemakerPlan], terms: vec![Term::OneYear], ..Policy::default() },
        changes: Vec::new(),
        promises: Vec::new(),
        payer: None,
        limitations: Vec::new(),
    }
}

pub(super) fn idle() -> Inputs {
    idle_until("2024-05-17T00:00:00Z")
}

fn sku(family: &str, size: &str, operation: &str, on_demand: &str, factor: u32) -> UsedSku {
    let of = |name: &str| format!("EC2 us-east-1 {name} {operation} default");
    let instance_type = format!("{family}.{size}");
    UsedSku {
        name: format!("{instance_type} {operation}"),
        service: "AmazonEC2".to_owned(),
        region: "us-east-1".to_owned(),
        usage_type: format!("BoxUsage:{instance_type}"),
        operation: operation.to_owned(),
        on_demand: on_demand.parse().unwrap(),
        source: "list".to_owned(),
        decimals: 0,
        is_hourly: true,
        is_idle: false,
        families: if operation == LINUX { vec![of(family)] } else { Vec::new() },
        exact: Some(of(&instance_type)),
        instance_type,
        factor,
    }
}

/// So much of a SKU in every hour.
pub(super) fn uses(inputs: &mut Inputs, sku: usize, zone: Option<&str>, cell: u64) {
    let cells = vec![cell; inputs.hours];
    inputs.lines.push(Line { class: 0, account: String::new(), sku, zone: zone.map(str::to_owned), cells: cells.into() });
}

/// Ten of a SKU, of a kind, bought days before the decision for a year without upfront fees.
pub(super) fn holds(inputs: &mut Inputs, sku: usize, zone: Option<&str>, is_convertible: Option<bool>, days: i64) {
    let of = &inputs.skus[sku];
    let family = of.families.first().filter(|_| zone.is_none()).cloned();
    let now = (inputs.first + inputs.hours as i64) * 3_600;
    inputs.held_reservations.push(HeldReservation {
        id: format!("ri-{}", inputs.held_reservations.len() + 1),
        class: 0,
        start: now - days * DAY,
        seconds: YEAR,
        exact: if family.is_none() { of.exact.clone() } else { None },
        family,
        zone: zone.map(str::to_owned),
        count: 10,
        factor: of.factor,
        hourly: "0.06".parse().unwrap(),
        upfront: Money::ZERO,
        is_convertible,
    });
}

/// A Compute plan of so much an hour, half of it paid upfront, that began at a moment.
pub(super) fn plan(inputs: &mut Inputs, start: &str, recurring: &str) {
    let recurring: Money = recurring.parse().unwrap();
    inputs.held_plans.push(HeldPlan {
        id: format!("sp-{}", inputs.held_plans.len() + 1),
        class: 0,
        start: second(start),
        seconds: YEAR,
        kind: "Compute".to_owned(),
        recurring,
        upfront: Money::from_units(recurring.units() * 8_760),
        fee: "1".parse().unwrap(),
        rates: vec![PlanRate { sku: 0, rate: "0.07".parse().unwrap() }],
    });
}

pub(super) fn sells(inputs: &mut Inputs, sku: usize, payment: &str, hourly: &str, upfront: &str) {
    inputs.reserved.push(ReservedOffer {
        sku,
        is_convertible: true,
        years: 1,
        payment: payment.to_owned(),
        hourly: hourly.parse().unwrap(),
        upfront: upfront.parse().unwrap(),
        source: "list".to_owned(),
    });
}
