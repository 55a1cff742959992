//! What a bill is made into.

use super::NOW;
use crate::proposal::{Inputs, Policy, Sources};
use jiff::civil::date;
use tenor_bill::Hour;
use tenor_cover::replay::{Fee, FeeKind, KnownRates, PlanOffering, ReplayInput, SkuFacts, SkuName};
use tenor_cover::{CommitmentId, PlanKind, Sharing, Sizes, Term};
use tenor_money::{Money, Rounding};
use tenor_price::{Charged, Discount, Draft, PrivatePricing, Share};

const PAYER: &str = "111122223333";

/// A fee of a commitment that begins so many hours after the decision.
fn fee(id: &str, begins: i64, kind: FeeKind) -> Fee {
    let term = Term { start: (NOW + begins) * 3_600, seconds: 31_536_000, retired: None };
    Fee { id: CommitmentId(id.to_owned()), owner: PAYER.parse().unwrap(), term, upfront: Money::from_whole(10), kind }
}

fn reservation() -> FeeKind {
    let [service, region, usage_type, operation] = ["AmazonEC2", "us-east-1", "HeavyUsage:m5.large", "RunInstances"].map(str::to_owned);
    FeeKind::Reservation {
        sku: SkuName { service, region, usage_type, operation },
        facts: Box::new(SkuFacts { instance_type: "m5.large".to_owned(), ..SkuFacts::default() }),
        factor: None,
        zone: None,
        count: 1,
        hourly: "0.06".parse().unwrap(),
        is_convertible: Some(false),
    }
}

fn plan() -> FeeKind {
    let [payment_option, family, region] = ["No Upfront", "", ""].map(str::to_owned);
    let offering = PlanOffering { kind: PlanKind::Compute, term_years: 1, payment_option, family, region };
    FeeKind::Plan { offering, recurring: Money::from_whole(1) }
}

#[test]
fn what_begins_after_the_decision_is_not_held_and_plans_have_their_fee() {
    let mut input = ReplayInput::default();
    for (id, begins) in [("before", -24), ("after", 24)] {
        input.fee(fee(&format!("reservation {id}"), begins, reservation()));
        input.fee(fee(&format!("plan {id}"), begins, plan()));
    }
    let replay = input.build(Sharing::default(), &KnownRates::default(), &Sizes::published()).unwrap();
    let book = Draft::new().finish(date(2025, 4, 1), "USD");
    let off = Discount {
        from: date(2025, 1, 1),
        until: None,
        service: Some("ComputeSavingsPlans".to_owned()),
        applies_to: [Charged::Plan].into(),
        share: Share::from_percent("7.5").unwrap(),
    };
    let private = PrivatePricing::new(vec![off], Vec::new(), Vec::new()).unwrap();
    let inputs = Inputs::gather(Sources {
        replay: &replay,
        hours: Hour::from_epoch_hours(NOW - 48)..Hour::from_epoch_hours(NOW),
        payer: PAYER.parse().unwrap(),
        book: &private.apply(&book, date(2025, 4, 1), Rounding::HalfEven),
        sharing: &Sharing::default(),
        policy: Policy::default(),
        changes: Vec::new(),
        promises: Vec::new(),
        seed: 1,
        scenarios: 1,
        limitations: Vec::new(),
    });
    let reservations: Vec<&str> = inputs.held_reservations.iter().map(|held| held.id.as_str()).collect();
    let plans: Vec<(&str, String)> = inputs.held_plans.iter().map(|held| (held.id.as_str(), held.fee.to_string())).collect();
    assert_eq!((reservations, plans), (vec!["reservation before"], vec![("plan before", "0.925".to_owned())]));
}
