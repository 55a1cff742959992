//! One commitment from near: its ways out, its months, where it leads.

use super::{chart, covered, exits};
use crate::lake::Covered;
use askama::Template as _;
use jiff::Timestamp;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Facts, Horizon, ReportedFacts, Sums, Units};
use tenor_money::{Money, Quantity};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A Compute plan of a year with no upfront payment, whose newest month was held for 100 hours and used for half of its cost. Without a
/// commitment of an hour nobody knows what it costs.
pub(crate) fn plan(start: &str, hourly: Option<&str>) -> Commitment {
    let start = moment(start).as_second();
    let facts = Facts::read(&ReportedFacts {
        commitment_id: "arn:aws:savingsplans::111122223333:savingsplan/p".to_owned(),
        category: Some("Spend".to_owned()),
        kind: Some("ComputeSavingsPlans".to_owned()),
        payment_option: Some("No Upfront".to_owned()),
        seller: Some("Amazon Web Services, Inc.".to_owned()),
        start: Some(start),
        end: Some(start + 31_536_000),
        ..ReportedFacts::default()
    });
    let hourly_commitment: Option<Money> = hourly.map(|amount| amount.parse().unwrap());
    let held = Quantity::from_units(hourly_commitment.unwrap_or_default().units() * 100);
    let half = Money::from_units(held.units() / 2);
    let sums = Sums { used_cost: half, unused_cost: half, quantity: Units { held, ..Units::default() }, ..Sums::default() };
    Commitment { facts, sums, newest: sums, hourly_commitment, quantity_unit: None, is_gone: false }
}

fn ways(commitment: &Commitment, now: &str) -> String {
    let horizon = Horizon { as_of: moment(now).as_second(), soon_seconds: 0 };
    exits(commitment, horizon, moment(now)).iter().map(|(way, says)| format!("{way}: {says}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan_goes_back_within_days_and_no_other_way() {
    insta::assert_snapshot!(ways(&plan("2026-01-18T00:00:00Z", Some("2")), "2026-01-20T12:00:00Z"), @"
    Return: Before 2026-01-25 00:00 UTC.
    Sell or exchange: Never: AWS takes no plan for either.
    ");
    let late = ways(&plan("2025-06-01T00:00:00Z", Some("2")), "2026-01-20T12:00:00Z");
    assert!(late.starts_with("Return: No: a plan of at most $100 an hour"), "{late}");
}

#[test]
fn what_is_held_no_more_has_no_way_out() {
    let gone = Commitment { is_gone: true, ..plan("2026-01-18T00:00:00Z", Some("2")) };
    assert_eq!(ways(&gone, "2026-01-20T12:00:00Z"), "Ways out: None: it is held no more.");
    let ended = plan("2024-01-01T00:00:00Z", Some("2"));
    assert_eq!(ways(&ended, "2026-01-20T12:00:00Z"), "Ways out: None: it is held no more.");
}

#[test]
fn a_month_that_does_not_show_it_has_its_place_and_no_bar() {
    let month = |text: &str| (text.parse::<BillingPeriod>().unwrap(), plan("2025-06-01T00:00:00Z", Some("2")));
    let html = chart(&[month("2025-10"), month("2026-01")], "USD").unwrap().render().unwrap();
    for label in ["2025-10", "2025-11", "2025-12", "2026-01"] {
        assert!(html.contains(&format!(">{label}</text>")), "{html}");
    }
    assert_eq!(html.matches("class=\"mark\"").count(), 4);
}

#[test]
fn what_it_covered_leads_to_the_same_charges_and_a_meter_nowhere() {
    let of = |service: Option<&str>, usage_type: Option<&str>, meter: Option<&str>| Covered {
        service: service.map(str::to_owned),
        usage_type: usage_type.map(str::to_owned),
        meter: meter.map(str::to_owned),
        account: Some("222".to_owned()),
        cost: Money::from_whole(1),
        list_cost: Money::from_whole(2),
    };
    let all = [of(Some("EC2"), Some("Box"), None), of(Some("Fargate"), None, Some("GB-Hours")), of(None, Some("Box"), None)];
    let told = covered(&all, "p", "2026-01".parse().unwrap());
    let line = |address: Option<&String>| {
        let query = address?.split_once('?')?.1.to_owned();
        url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "where").map(|(_, condition)| condition.into_owned())
    };
    let lines = told.iter().flat_map(|(_, shares)| shares);
    let lines =
        lines.map(|share| format!("{} {}: {}", share.name, share.cost, line(share.address.as_ref()).unwrap_or_else(|| "–".to_owned())));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    Box 1.00: CommitmentDiscountId = 'p' AND CommitmentDiscountStatus = 'Used' AND ServiceName IS NULL AND x_UsageType = 'Box'
    EC2 · Box 1.00: CommitmentDiscountId = 'p' AND CommitmentDiscountStatus = 'Used' AND ServiceName = 'EC2' AND x_UsageType = 'Box'
    Fargate · GB-Hours 1.00: –
    222 3.00: CommitmentDiscountId = 'p' AND CommitmentDiscountStatus = 'Used' AND SubAccountId = '222'
    ");
}
