//! Proposals of small organizations, made by hand.

mod gather;
mod laws;
mod refusals;
mod rolling;
mod steps;
mod study;

use super::{
    Class, HeldPlan, HeldReservation, Inputs, Limits, Line, PlanOffer, PlanRate, Policy, Portion, PriceFacts, Proposal, ReservedOffer,
    Term, UsedSku, propose,
};
use crate::solve::OneByOne;
use std::fmt::Write as _;

/// The hour in which the histories end: 2025-04-01T00:00Z, a Tuesday.
const NOW: i64 = 484_296;

/// A year by the second.
const YEAR: i64 = 31_536_000;

/// An organization of one account that uses instances of two families with these many hours of history.
pub(crate) fn inputs(hours: usize) -> Inputs {
    let policy = Policy { terms: vec![Term::OneYear], ..Policy::default() };
    Inputs {
        format: 1,
        seed: 7,
        scenarios: 4,
        first: NOW - hours as i64,
        hours,
        unknown: Vec::new(),
        prices: PriceFacts { version: "v".into(), date: "2025-04-01".into(), currency: "USD".into(), basis: "list".into() },
        classes: vec![Class { name: String::new(), buyer: "111122223333".into(), may_buy: true }],
        skus: Vec::new(),
        lines: Vec::new(),
        reserved: Vec::new(),
        plans: Vec::new(),
        held_reservations: Vec::new(),
        held_plans: Vec::new(),
        policy,
        changes: Vec::new(),
        promises: Vec::new(),
        payer: None,
        limitations: Vec::new(),
    }
}

impl Inputs {
    /// With usage of a large instance of a family at 0.10 an hour, by hour; reserved for 0.06 (1yr) and 0.04 (3yr), under a Compute plan 0.07 and 0.05.
    fn using(mut self, family: &str, cell: impl Fn(usize) -> u64) -> Self {
        let sku = self.skus.len();
        self.skus.push(UsedSku {
            name: format!("BoxUsage:{family}.large RunInstances (AmazonEC2 us-east-1)"),
            service: "AmazonEC2".into(),
            region: "us-east-1".into(),
            usage_type: format!("BoxUsage:{family}.large"),
            operation: "RunInstances".into(),
            instance_type: format!("{family}.large"),
            on_demand: "0.1".parse().unwrap(),
            source: "list".into(),
            decimals: 9,
            is_hourly: true,
            is_idle: false,
            families: vec![format!("AmazonEC2 us-east-1 {family} Linux")],
            exact: Some(format!("AmazonEC2 us-east-1 {family}.large Linux")),
            factor: 4_000,
        });
        self.lines.push(Line {
            class: 0,
            account: String::new(),
            sku,
            zone: None,
            cells: (0..self.hours).map(|hour| cell(hour) * 1_000_000_000).collect::<Vec<u64>>().into(),
        });
        for (years, hourly) in [(1, "0.06"), (3, "0.04")] {
            self.reserved.push(ReservedOffer {
                sku,
                is_convertible: false,
                years,
                payment: "No Upfront".into(),
                hourly: hourly.parse().unwrap(),
                upfront: "0".parse().unwrap(),
                source: "list".into(),
            });
        }
        for (years, rate) in [(1, "0.07"), (3, "0.05")] {
            let rate = PlanRate { sku, rate: rate.parse().unwrap() };
            match self.plans.iter_mut().find(|plan| plan.years == years) {
                Some(plan) => plan.rates.push(rate),
                None => self.plans.push(PlanOffer {
                    kind: "Compute".into(),
                    years,
                    payment: "No Upfront".into(),
                    family: String::new(),
                    region: String::new(),
                    is_simulated: false,
                    fee: "1".parse().unwrap(),
                    rates: vec![rate],
                }),
            }
        }
        self
    }

    /// With so many reservations of a family held, that end so many hours after the decision.
    fn holding(mut self, family: &str, count: u32, ends_in: i64) -> Self {
        self.held_reservations.push(HeldReservation {
            id: format!("arn:held {family}"),
            class: 0,
            start: (NOW + ends_in) * 3_600 - YEAR,
            seconds: YEAR,
            family: Some(format!("AmazonEC2 us-east-1 {family} Linux")),
            exact: None,
            zone: None,
            count,
            factor: 4_000,
            hourly: "0.06".parse().unwrap(),
            upfront: "0".parse().unwrap(),
            is_convertible: None,
        });
        self
    }

    /// With a Compute plan held that ends so many hours after the decision.
    fn holding_plan(mut self, recurring: &str, ends_in: i64) -> Self {
        let rates = self.plans[0].rates.clone();
        self.held_plans.push(HeldPlan {
            id: "arn:held plan".into(),
            class: 0,
            start: (NOW + ends_in) * 3_600 - YEAR,
            seconds: YEAR,
            kind: "Compute".into(),
            recurring: recurring.parse().unwrap(),
            upfront: "0".parse().unwrap(),
            fee: "1".parse().unwrap(),
            rates,
        });
        self
    }

    /// For an owner who looks at the mean alone.
    fn careless(self) -> Self {
        self.under(|policy| {
            policy.utilization.at_least = Portion::NOTHING;
            policy.risk.weight = "0".parse().unwrap();
        })
    }

    /// With another policy.
    fn under(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }
}

/// The proposal.
pub(crate) fn proposal(inputs: &Inputs) -> Proposal {
    propose(inputs, "inputs", &OneByOne).unwrap()
}

/// Steps in lines: what, from when, how much of it is used, what it saves.
fn told(inputs: &Inputs) -> String {
    let proposal = proposal(inputs);
    let mut text = String::new();
    for step in &proposal.steps {
        let used = &step.utilization.expected[..5];
        writeln!(text, "{} {}, from {}: {used} used, saves {}", step.action, step.what, step.starts, step.savings.expected).unwrap();
    }
    for end in &proposal.ending {
        writeln!(text, "{} ends {}, replaced by {:?}", end.id, end.ends, end.replaced_by).unwrap();
    }
    if text.is_empty() { "nothing".to_owned() } else { text }
}

/// Whether an hour of the history is one of an office: Monday to Friday, 08 to 16.
fn is_office_hour(inputs_hours: usize, hour: usize) -> bool {
    let epoch = NOW - inputs_hours as i64 + hour as i64;
    let (day, of_day) = ((epoch.div_euclid(24) + 3).rem_euclid(7), epoch.rem_euclid(24));
    day < 5 && (8..16).contains(&of_day)
}

/// A quarter of history.
const QUARTER: usize = 13 * 168;

/// Limits with one of them set.
fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}
