//! What another proposal's order buys is not bought again, as long as a proposal cannot know of it.

use super::{moment, plan, setting, text};
use crate::{Action, Book, Details, Known, Met, Order, Overlap, Service, Step, Target, meets_same_need, overlaps};
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{ContentHash, Ending, Event, OrderId, ProposalId, PublicKey, Resolution, Signature};
use tenor_propose::proposal::Kind;

const KEY: PublicKey = PublicKey::from_bytes([3; 32]);
/// The other order bought, or said what it says.
const AT: &str = "2026-01-05T12:00:00Z";

fn of(proposal: u8, steps: Vec<Step>) -> Order {
    Order::new(ProposalId::from_bytes([proposal; 32]), KEY, setting(), steps).unwrap()
}

fn created(order: &Order) -> Event {
    Event::OrderCreated {
        order: order.id(),
        proposal: order.proposal(),
        connection: text("prod"),
        policy: order.policy(),
        steps: u32::try_from(order.steps().len()).unwrap(),
        key: KEY,
        user: None,
        signature: Signature::from_bytes([0; 64]),
    }
}

fn intended(order: OrderId) -> Event {
    Event::StepIntended {
        order,
        step: 1,
        account: "111122223333".parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request: ContentHash::sha256(b"request"),
        token: None,
    }
}

fn done(order: OrderId) -> Vec<Event> {
    let called = Event::Called {
        order: Some(order),
        step: Some(1),
        account: "111122223333".parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request_id: None,
        error: None,
    };
    vec![intended(order), called, Event::StepDone { order, step: 1, result: text("sp-1"), paid: None }]
}

/// What a second order finds of a first one, to which something happened, when its proposal knows usage until a moment and a bill has these ids; accounts
/// share as it says.
fn told_by(first: &Order, happened: &[Event], second: &Order, (until, held, shares): (&str, &[&str], bool)) -> String {
    let mut book = Book::default();
    for event in [created(first)].iter().chain(happened) {
        book.enter(moment(AT), event).unwrap();
    }
    let contents = BTreeMap::from([(first.id(), first.clone())]);
    let held = held.iter().map(|id| (*id).to_owned()).collect();
    let known = Known { until: moment(until), held: &held, shares: &|_, _, _| shares };
    let found = overlaps(second, &known, &BTreeSet::new(), &book, &contents).unwrap();
    let beside = overlaps(second, &known, &BTreeSet::from([first.id()]), &book, &contents).unwrap();
    let is_seen = |own: u32, found: &Overlap| {
        matches!(found.met, Met::Bought(_)) || meets_same_need(second.step(own).unwrap(), first.step(found.step).unwrap())
    };
    assert!(!beside.iter().any(|(own, found)| is_seen(*own, found)), "it is named: {beside:?}");
    let one = |(own, found): (&u32, &Overlap)| {
        assert_eq!((found.order, found.proposal), (first.id(), first.proposal()));
        let when = match found.met {
            Met::Open => "open".to_owned(),
            Met::Unknown => "unknown".to_owned(),
            Met::Bought(at) => format!("bought at {}", at.0),
        };
        format!("{own}: step {} is {when}", found.step)
    };
    if found.is_empty() { "nothing".to_owned() } else { found.iter().map(one).collect::<Vec<_>>().join("; ") }
}

fn told(first: &Order, happened: &[Event], second: &Order, until: &str) -> String {
    told_by(first, happened, second, (until, &[], false))
}

#[test]
fn what_is_open_or_bought_later_than_the_usage_known_overlaps() {
    const BEFORE: &str = "2026-01-05T11:00:00Z";
    let (first, second) = (of(1, vec![plan()]), of(2, vec![plan()]));
    let id = first.id();
    let reason = || text("no");
    let rejected = [Event::Rejected { order: id, reason: reason() }, Event::OrderStopping { order: id, reason: reason() }];
    let lost = [intended(id), Event::StepUnknown { order: id, step: 1, reason: reason() }, Event::Rejected { order: id, reason: reason() }];
    let ended = [done(id), vec![Event::OrderEnded { order: id, ending: Ending::Done }]].concat();
    let undone = [done(id), vec![Event::StepUndone { order: id, step: 1, by: second.id() }]].concat();
    let cases = [
        told(&first, &[], &second, BEFORE),
        told(&first, &rejected, &second, BEFORE),
        // Nobody knows whether it was bought.
        told(&first, &lost, &second, BEFORE),
        told(&first, &ended, &second, BEFORE),
        // A bill that reaches further does not have it yet, and one does, by its ARN's last part.
        told(&first, &ended, &second, "2026-01-20T00:00:00Z"),
        told_by(&first, &ended, &second, (BEFORE, &["sp-1"], false)),
        // What no bill has a month later never comes: it was changed where no order says so.
        told(&first, &ended, &second, "2026-02-05T11:59:59Z"),
        told(&first, &ended, &second, "2026-02-05T12:00:00Z"),
        told(&first, &undone, &second, BEFORE),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    1: step 1 is open
    nothing
    1: step 1 is unknown
    1: step 1 is bought at 2026-01-05T12:00:00Z
    1: step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    1: step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    nothing
    ");
}

#[test]
fn the_same_step_of_one_proposal_is_done_once_and_its_other_parts_beside_it() {
    let learning = Step { number: 2, kind: Some(Kind::SagemakerPlan), ..plan() };
    let (first, both) = (of(1, vec![plan()]), of(1, vec![plan(), learning]));
    let id = first.id();
    let lost = [
        intended(id),
        Event::StepUnknown { order: id, step: 1, reason: text("no") },
        Event::OrderStopping { order: id, reason: text("no") },
    ];
    let stopped = [Event::OrderStopping { order: id, reason: text("no") }];
    let undone = [done(id), vec![Event::StepUndone { order: id, step: 1, by: both.id() }]].concat();
    // Whatever a bill has: it is the same proposal, which knows no more than it did.
    let of_bill = |happened: &[Event], own: &Order| told_by(&first, happened, own, ("2027-01-05T12:00:00Z", &["sp-1"], true));
    let cases = [
        of_bill(&[], &both),
        of_bill(&lost, &both),
        of_bill(&done(id), &both),
        of_bill(&stopped, &both),
        of_bill(&undone, &both),
        of_bill(&done(id), &of(1, vec![Step { quantity: text("2"), ..plan() }])),
        of_bill(&done(id), &of(1, vec![Step { account: "444455556666".parse().unwrap(), ..plan() }])),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    1: step 1 is open
    1: step 1 is unknown
    1: step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    nothing
    1: step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    ");
}

/// What orders of one proposal say of another one of it, of which this much of some steps was done.
fn rest(first: &Order, done_steps: &[u32], second: &Order) -> String {
    let order = first.id();
    let refused = Event::GuardRefused { order, step: Some(3), rule: text("demand"), limit: text("-"), value: text("-") };
    let done = |step| Event::StepDone { order, step, result: text("sp-1"), paid: None };
    let mut book = Book::default();
    let ended = Event::OrderEnded { order, ending: Ending::Stopped };
    for event in [created(first)].into_iter().chain(done_steps.iter().copied().map(done)).chain([refused, ended]) {
        book.enter(moment(AT), &event).unwrap();
    }
    let contents = BTreeMap::from([(order, first.clone())]);
    let known = Known { until: moment(AT), held: &BTreeSet::new(), shares: &|_, _, _| true };
    let found = overlaps(second, &known, &BTreeSet::new(), &book, &contents).unwrap();
    found.iter().map(|(own, found)| format!("{own} is {}", found.step)).collect::<Vec<_>>().join(", ")
}

#[test]
fn of_a_plan_in_parts_each_part_that_was_bought_uses_up_one() {
    let part = |number: u32, quantity: &str| Step { number, quantity: text(quantity), ..plan() };
    let all = |quantities: &[&str]| of(1, (1..).zip(quantities.iter().copied()).map(|(number, quantity)| part(number, quantity)).collect());
    let three = all(&["10", "10", "5"]);
    let cases = [
        rest(&three, &[1, 2], &three),
        // Of its own quantity first.
        rest(&three, &[1, 2], &all(&["5", "10", "10"])),
        // What was bought whole is not bought beside itself in parts, nor the other way round.
        rest(&all(&["25", "1", "2"]), &[1], &three),
        rest(&three, &[1, 2], &all(&["25"])),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    1 is 1, 2 is 2
    2 is 1, 3 is 2
    1 is 1, 2 is 1, 3 is 1
    1 is 1
    ");
}

#[test]
fn what_is_held_is_changed_once_for_one_proposal_and_beside_what_others_change() {
    let back = Step { action: Action::Return, object: text("sp-9"), ..plan() };
    let (first, other) = (of(1, vec![back.clone()]), Step { object: text("sp-8"), ..back.clone() });
    let found = |second: &Order| told(&first, &[], second, AT);
    let cases = [of(1, vec![back.clone()]), of(1, vec![other]), of(2, vec![back])].map(|second| found(&second));
    assert_eq!(cases, ["1: step 1 is open", "nothing", "nothing"]);
}

#[test]
fn what_a_person_said_was_done_counts_from_then_on() {
    let (first, second) = (of(1, vec![plan()]), of(2, vec![plan()]));
    let (order, step, reason) = (first.id(), 1, || text("seen"));
    let said = Event::StepResolved { order, step, resolution: Resolution::Done, reason: reason() };
    let held = [
        created(&first),
        intended(order),
        Event::StepUnknown { order, step, reason: reason() },
        Event::StepHeld { order, step, reason: reason() },
    ];
    let mut book = Book::default();
    for event in &held {
        book.enter(moment(AT), event).unwrap();
    }
    book.enter(moment("2026-01-09T12:00:00Z"), &said).unwrap();
    let known = Known { until: moment("2026-01-10T00:00:00Z"), held: &BTreeSet::new(), shares: &|_, _, _| false };
    let found = overlaps(&second, &known, &BTreeSet::new(), &book, &BTreeMap::from([(order, first.clone())])).unwrap();
    assert_eq!(found[&1].met, Met::Bought(moment("2026-01-09T12:00:00Z")));
}

#[test]
fn what_nobody_knows_of_overlaps_until_a_person_says_that_it_was_not_done() {
    let (first, second) = (of(1, vec![plan()]), of(2, vec![plan()]));
    let (order, step, reason) = (first.id(), 1, || text("nobody can tell"));
    let held =
        vec![intended(order), Event::StepUnknown { order, step, reason: reason() }, Event::StepHeld { order, step, reason: reason() }];
    let said = Event::StepResolved { order, step, resolution: Resolution::NotDone, reason: reason() };
    let resolved = [held.clone(), vec![said]].concat();
    let found = [told(&first, &held, &second, AT), told(&first, &resolved, &second, AT)];
    assert_eq!(found, ["1: step 1 is unknown", "nothing"]);
}

#[test]
fn what_was_modified_has_other_ids_and_is_known_by_the_time() {
    let region = Some("eu-west-1".parse().unwrap());
    let kind = Some(Kind::StandardReservation);
    let bought = Step { service: Service::Ec2, region, kind, quantity: text("2"), ..plan() };
    let target = Target { count: 2, instance_type: None, zone: None };
    let details = Some(Details::Modify { also: Vec::new(), targets: vec![target] });
    let change =
        Step { number: 2, action: Action::Modify, object: text("sp-1"), kind: None, term: None, payment: None, details, ..bought.clone() };
    let first = of(1, vec![bought.clone(), change]);
    let order = first.id();
    let modified = |event: Event| match event {
        Event::StepIntended { account, region, operation, request, token, .. } => {
            Event::StepIntended { order, step: 2, account, region, operation, request, token }
        }
        Event::Called { account, region, operation, request_id, error, .. } => {
            Event::Called { order: Some(order), step: Some(2), account, region, operation, request_id, error }
        }
        _ => Event::StepDone { order, step: 2, result: text("rimod-1"), paid: None },
    };
    let happened: Vec<Event> = done(order).into_iter().chain(done(order).into_iter().map(modified)).collect();
    let found = |until| told(&first, &happened, &of(2, vec![bought.clone()]), until);
    assert_eq!(found("2026-01-07T11:59:59Z"), "1: step 1 is bought at 2026-01-05T12:00:00Z");
    assert_eq!(found("2026-01-07T12:00:00Z"), "nothing");
}

#[test]
fn the_same_payer_buys_for_the_same_need_with_another_account_too() {
    let elsewhere = Step { account: "444455556666".parse().unwrap(), ..plan() };
    let (first, second) = (of(1, vec![elsewhere]), of(2, vec![plan()]));
    let found = |shares| told_by(&first, &[], &second, (AT, &[], shares));
    assert_eq!([found(false), found(true)], ["nothing", "1: step 1 is open"]);
}

/// The look right before a purchase sees what the same account bought, and nothing else: of two that are still to be run both would buy.
#[test]
fn a_named_order_is_excused_where_it_bought_or_the_one_that_runs_second_sees_what_it_buys() {
    let elsewhere = Step { account: "444455556666".parse().unwrap(), ..plan() };
    let exchange = Step {
        action: Action::Exchange,
        service: Service::Ec2,
        region: Some("eu-west-1".parse().unwrap()),
        kind: Some(Kind::ConvertibleReservation),
        quantity: text("2"),
        details: Some(Details::Exchange { given: vec![text("ri-1")] }),
        ..plan()
    };
    let found = |proposal: u8, first: Step, own: Step, happens: fn(OrderId) -> Vec<Event>| {
        let (first, second) = (of(1, vec![first]), of(proposal, vec![own]));
        let mut book = Book::default();
        for event in [created(&first)].iter().chain(&happens(first.id())) {
            book.enter(moment(AT), event).unwrap();
        }
        let contents = BTreeMap::from([(first.id(), first.clone())]);
        let known = Known { until: moment(AT), held: &BTreeSet::new(), shares: &|_, _, _| true };
        let found = overlaps(&second, &known, &BTreeSet::from([first.id()]), &book, &contents).unwrap();
        found.get(&1).map_or_else(|| "nothing".to_owned(), |found| format!("{:?}", found.met))
    };
    let open = |_: OrderId| Vec::<Event>::new();
    let lost = |order: OrderId| vec![intended(order), Event::StepUnknown { order, step: 1, reason: text("no") }];
    let cases = [
        found(2, plan(), plan(), open),
        found(2, plan(), plan(), lost),
        found(2, elsewhere.clone(), plan(), open),
        found(2, elsewhere.clone(), plan(), lost),
        found(2, elsewhere, plan(), done),
        // Before an exchange nobody looks for another purchase.
        found(2, plan(), exchange.clone(), open),
        found(2, exchange, plan(), open),
        found(1, plan(), plan(), open),
    ];
    assert_eq!(cases, ["nothing", "nothing", "Open", "Unknown", "nothing", "Open", "nothing", "nothing"]);
}

#[test]
fn only_what_the_same_account_buys_for_the_same_usage_overlaps() {
    let region: Option<tenor_permit::RegionName> = Some("eu-west-1".parse().unwrap());
    let kind = Some(Kind::StandardReservation);
    let reserved = |service| Step { service, region: region.clone(), kind, quantity: text("2"), ..plan() };
    let [instances, databases, caches] = [Service::Ec2, Service::Rds, Service::ElastiCache].map(reserved);
    let (learning, data) = (Step { kind: Some(Kind::SagemakerPlan), ..plan() }, Step { kind: Some(Kind::DatabasePlan), ..plan() });
    let elsewhere = Step { account: "444455556666".parse().unwrap(), ..plan() };
    let back = Step { action: Action::Return, object: text("sp-9"), ..plan() };
    let details = Some(Details::Exchange { given: vec![text("ri-1")] });
    let exchange = Step { action: Action::Exchange, kind: Some(Kind::ConvertibleReservation), details, ..instances.clone() };
    let all = [plan(), instances, databases, caches, learning, data, elsewhere, back, exchange];
    let row = |step: &Step| -> String {
        let overlaps = |other: &Step| told(&of(1, vec![step.clone()]), &[], &of(2, vec![other.clone()]), AT) != "nothing";
        all.iter().map(|other| if overlaps(other) { 'x' } else { '.' }).collect()
    };
    insta::assert_snapshot!(all.iter().map(row).collect::<Vec<_>>().join("\n"), @"
    xx......x
    xx......x
    ..x..x...
    ...x.x...
    ....x....
    ..xx.x...
    ......x..
    .........
    xx......x
    ");
}

#[test]
fn what_is_queued_is_neither_queued_nor_bought_again_before_a_bill_has_it() {
    let queued = Step { action: Action::Queue, starts: Some(moment("2026-03-01T00:00:00Z")), ..plan() };
    let first = of(1, vec![queued.clone()]);
    let events = done(first.id());
    let found = |step: &Step, until: &str, held: &[&str]| told_by(&first, &events, &of(2, vec![step.clone()]), (until, held, false));
    let cases = [
        found(&queued, "2026-02-20T00:00:00Z", &[]),
        found(&plan(), "2026-02-20T00:00:00Z", &[]),
        found(&queued, "2026-03-01T00:00:00Z", &[]),
        found(&plan(), "2026-03-02T00:00:00Z", &["sp-1"]),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    1: step 1 is bought at 2026-01-05T12:00:00Z
    1: step 1 is bought at 2026-01-05T12:00:00Z
    1: step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    ");
}

#[test]
fn an_order_whose_content_is_gone_does_not_buy_nothing() {
    let (first, second) = (of(1, vec![plan()]), of(2, vec![plan()]));
    let mut book = Book::default();
    book.enter(moment(AT), &created(&first)).unwrap();
    let (held, again) = (BTreeSet::new(), BTreeSet::new());
    let known = Known { until: moment(AT), held: &held, shares: &|_, _, _| true };
    assert!(overlaps(&second, &known, &again, &book, &BTreeMap::new()).is_err());
}
