//! What there is to look at, case by case.

use super::moment;
use crate::Service;
use crate::watch::{Event, Held, Listing, Shown, Standing, Waiting, Watched, watch};
use tenor_cover::inventory::{Commitment, ExitRules, Facts, Ratio, ReportedFacts, Sums};
use tenor_ledger::OrderId;
use tenor_money::Money;

const NOW: &str = "2026-03-15T12:00:00Z";

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// An EC2 reservation of a class, from one day to another; it costs a dollar an hour and saves two.
fn reservation(id: &str, class: &str, start: &str, end: &str) -> Commitment {
    let second = |day: &str| moment(&format!("{day}T00:00:00Z")).0.as_second();
    let facts = Facts::read(&ReportedFacts {
        commitment_id: format!("arn:aws:ec2:us-east-1:111122223333:reserved-instances/{id}"),
        instance_type: Some("m5.large".to_owned()),
        offering_class: Some(class.to_owned()),
        seller: Some("Amazon Web Services, Inc.".to_owned()),
        payment_option: Some("No Upfront".to_owned()),
        count: "1".parse().ok(),
        start: Some(second(start)),
        end: Some(second(end) - 1),
        ..ReportedFacts::default()
    });
    let mut sums = Sums {
        used_cost: money("600"),
        unused_cost: money("72"),
        list_cost: money("2016"),
        recurring_fee: money("672"),
        ..Sums::default()
    };
    sums.hours.held = "672".parse().unwrap();
    Commitment { facts, newest: sums, sums, hourly_commitment: None, quantity_unit: None, is_gone: false }
}

fn held(id: &str, standing: Standing) -> Held {
    Held {
        id: id.to_owned(),
        account: "111122223333".parse().unwrap(),
        service: Service::SavingsPlans,
        region: None,
        goods: "-".to_owned(),
        standing,
        start: None,
        end: None,
        returnable_until: None,
        obligation: Some(money("8760")),
        connection: "payer".to_owned(),
    }
}

fn told(watched: &Watched<'_>) -> String {
    let line = |event: &Event| {
        let at = event.deadline.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let stake = event.stake.map_or_else(|| "?".to_owned(), |stake| stake.to_string());
        format!("{} {} ({}), {at}, {stake}: {}: {}", event.what.name(), event.id, event.of, event.told, event.advice)
    };
    watch(watched).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn nothing(rules: &ExitRules) -> Watched<'_> {
    Watched { billed: &[], listed: None, listings: &[], orders: &[], rules, now: moment(NOW).0, days: 30 }
}

#[test]
fn what_bills_show_ends_opens_closes_and_falls() {
    let rules = ExitRules::default();
    let all = [
        reservation("ends", "standard", "2025-04-01", "2026-04-01"),
        reservation("over", "standard", "2025-03-01", "2026-03-01"),
        reservation("young", "standard", "2026-03-01", "2027-03-01"),
        reservation("closes", "standard", "2025-04-30", "2026-04-30"),
        reservation("exchanges", "convertible", "2025-04-10", "2026-04-10"),
        reservation("falls", "standard", "2025-09-01", "2026-09-01"),
        reservation("falls-and-rises", "standard", "2025-09-01", "2026-09-01"),
        reservation("rises", "standard", "2025-09-01", "2026-09-01"),
    ];
    let uses = |shares: &[i128]| {
        let months = ["2025-12", "2026-01", "2026-02"];
        months.iter().zip(shares).map(|(month, share)| (month.parse().unwrap(), Ratio::of_units(*share, 100).unwrap())).collect()
    };
    let billed: Vec<Shown<'_>> = all
        .iter()
        .map(|commitment| {
            let utilization = match commitment.facts.id.0.rsplit('/').next() {
                Some("falls") => uses(&[100, 96, 90]),
                Some("falls-and-rises") => uses(&[90, 70, 71]),
                Some("rises") => uses(&[67, 70, 66]),
                _ => Vec::new(),
            };
            Shown { commitment, utilization }
        })
        .collect();
    insta::assert_snapshot!(told(&Watched { billed: &billed, ..nothing(&rules) }), @"
    exit opens young (EC2 reservation, m5.large), 2026-03-31T00:00:00Z, 8412: it can be sold on the marketplace from then on: tenor propose
    exit closes closes (EC2 reservation, m5.large), 2026-03-31T00:00:00Z, 1092: it can be sold on the marketplace until then: tenor propose
    ends ends (EC2 reservation, m5.large), 2026-04-01T00:00:00Z, 1344: it ends, and its savings of a month with it: tenor propose
    exit closes exchanges (EC2 reservation, m5.large), 2026-04-09T00:00:00Z, 612: it can be exchanged until then: tenor propose
    ends exchanges (EC2 reservation, m5.large), 2026-04-10T00:00:00Z, 1344: it ends, and its savings of a month with it: tenor propose
    used less falls (EC2 reservation, m5.large), -, 72: 100.00 % of it were used in 2025-12, and 90.00 % in 2026-02; what was unused then is at stake: tenor propose
    used less falls-and-rises (EC2 reservation, m5.large), -, 72: 90.00 % of it were used in 2025-12, and 71.00 % in 2026-02; what was unused then is at stake: tenor propose
    ");
}

#[test]
fn what_aws_lists_begins_is_paid_and_can_be_returned() {
    let rules = ExitRules::default();
    let at = |text: &str| Some(moment(text).0);
    let listed = [
        Held { start: at("2026-03-20T00:00:00Z"), ..held("soon", Standing::Queued) },
        Held { start: at("2026-09-20T00:00:00Z"), ..held("late", Standing::Queued) },
        Held {
            service: Service::Ec2,
            region: Some("us-east-1".to_owned()),
            goods: "m5.large, Linux/UNIX".to_owned(),
            start: at("2026-03-21T00:00:00Z"),
            obligation: None,
            ..held("ri-1", Standing::Queued)
        },
        held("paying", Standing::Pending),
        Held { start: at("2026-03-10T00:00:00Z"), ..held("failed", Standing::Failed) },
        Held { start: at("2025-03-10T00:00:00Z"), ..held("failed-long-ago", Standing::Failed) },
        Held { returnable_until: at("2026-03-18T00:00:00Z"), end: at("2027-03-11T00:00:00Z"), ..held("new", Standing::Running) },
        Held { returnable_until: at("2026-03-14T00:00:00Z"), end: at("2026-03-30T00:00:00Z"), ..held("ending", Standing::Running) },
        held("gone", Standing::Other),
    ];
    insta::assert_snapshot!(told(&Watched { listed: Some(&listed), ..nothing(&rules) }), @"
    returnable new (savingsplans), 2026-03-18T00:00:00Z, 8760: it can be returned until then, with all that it obliges to: tenor order take-back new --connection payer --key FILE
    begins soon (savingsplans), 2026-03-20T00:00:00Z, 8760: it begins then; until then it can be taken back for nothing: tenor order take-back soon --connection payer --key FILE
    begins ri-1 (ec2, m5.large, Linux/UNIX), 2026-03-21T00:00:00Z, ?: it begins then; until then it can be taken back for nothing: tenor order take-back ri-1 --region us-east-1 --connection payer --key FILE
    ends ending (savingsplans), 2026-03-30T00:00:00Z, ?: it ends; no bill tells yet what it saves: tenor propose
    payment failed failed (savingsplans), -, 8760: its first payment failed: it never ran, and what it was to cover is on demand: tenor propose
    payment pending paying (savingsplans), -, 8760: its first payment is on the way: it covers nothing before that is through: tenor watch --live
    ");
}

#[test]
fn what_is_for_sale_is_told_until_it_is_sold() {
    let rules = ExitRules::default();
    let listing = |id: &str, is_open, available, sold, changed: &str| Listing {
        id: id.to_owned(),
        reservation: "ri-1".to_owned(),
        account: "111122223333".parse().unwrap(),
        region: "us-east-1".to_owned(),
        is_open,
        changed: moment(changed).0,
        available,
        sold,
        asked: Some(money("100")),
    };
    let listings = [
        listing("waits", true, 3, 0, "2026-01-01T00:00:00Z"),
        listing("sells", true, 2, 1, "2026-03-10T00:00:00Z"),
        listing("sold", false, 0, 3, "2026-03-11T00:00:00Z"),
        listing("sold-long-ago", false, 0, 3, "2025-03-11T00:00:00Z"),
        listing("taken-back", false, 0, 0, "2026-03-11T00:00:00Z"),
    ];
    insta::assert_snapshot!(told(&Watched { listings: &listings, ..nothing(&rules) }), @"
    sold sold (listing of ri-1 in us-east-1), -, 300: 3 were sold, and 0 are for sale still: tenor ledger reconcile --live
    for sale waits (listing of ri-1 in us-east-1), -, 300: 3 are for sale; until they are sold they cost as before: tenor propose
    sold sells (listing of ri-1 in us-east-1), -, 100: 1 were sold, and 2 are for sale still: tenor ledger reconcile --live
    ");
}

#[test]
fn orders_wait_for_approvals_which_run_out() {
    let rules = ExitRules::default();
    let waits = |first: u8, counted, expires: Option<&str>, deadline: Option<&str>| Waiting {
        order: OrderId::from_bytes([first; 32]),
        counted,
        needed: 2,
        expires: expires.map(|at| moment(at).0),
        deadline: deadline.map(|at| moment(at).0),
        obligation: money("13140"),
    };
    let orders = [
        waits(1, 0, None, None),
        waits(2, 1, Some("2026-03-16T00:00:00Z"), Some("2026-04-01T00:00:00Z")),
        waits(3, 2, Some("2026-03-17T00:00:00Z"), None),
        waits(4, 2, Some("2026-03-17T00:00:00Z"), Some("2026-03-15T00:00:00Z")),
    ];
    insta::assert_snapshot!(told(&Watched { orders: &orders, ..nothing(&rules) }), @"
    order waits 040404040404 (order), 2026-03-15T00:00:00Z, 13140: a step of it cannot be done any more: make it again: tenor order reject 040404040404 --key FILE --reason late
    order waits 020202020202 (order), 2026-03-16T00:00:00Z, 13140: 1 of 2 approvals count: 1 more must agree: tenor order approve 020202020202 --key FILE
    order waits 030303030303 (order), 2026-03-17T00:00:00Z, 13140: it is approved, and was not run; then the first approval runs out: tenor order run 030303030303 --live
    order waits 010101010101 (order), -, 13140: 0 of 2 approvals count: 2 more must agree: tenor order approve 010101010101 --key FILE
    ");
}
