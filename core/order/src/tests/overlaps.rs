//! What another proposal's order buys is not bought again, as long as a proposal cannot know of it.

use super::{moment, plan, setting, text};
use crate::{Action, Book, Order, Service, Step, overlap};
use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Ending, Event, OrderId, ProposalId, PublicKey, Signature};
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

/// What a second order finds of a first one, to which something happened, when its proposal knows usage until a moment.
fn told(first: &Order, happened: &[Event], second: &Order, until: &str) -> String {
    let mut book = Book::default();
    for event in [created(first)].iter().chain(happened) {
        book.enter(moment(AT), event).unwrap();
    }
    let contents = BTreeMap::from([(first.id(), first.clone())]);
    match overlap(second, moment(until), &book, &contents).unwrap() {
        None => "nothing".to_owned(),
        Some(found) => {
            assert_eq!(found.order, first.id());
            let when = found.bought.map_or("open".to_owned(), |at| format!("bought at {}", at.0));
            format!("step {} is {when}", found.step)
        }
    }
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
        told(&first, &ended, &second, "2026-01-05T11:59:59Z"),
        // The bill has it.
        told(&first, &ended, &second, AT),
        told(&first, &undone, &second, BEFORE),
        // Other parts of one proposal.
        told(&first, &ended, &of(1, vec![Step { quantity: text("2"), ..plan() }]), BEFORE),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    step 1 is open
    nothing
    step 1 is open
    step 1 is bought at 2026-01-05T12:00:00Z
    step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    nothing
    nothing
    ");
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
    let all = [plan(), instances, databases, caches, learning, data, elsewhere, back];
    let row = |step: &Step| -> String {
        let overlaps = |other: &Step| told(&of(1, vec![step.clone()]), &[], &of(2, vec![other.clone()]), AT) != "nothing";
        all.iter().map(|other| if overlaps(other) { 'x' } else { '.' }).collect()
    };
    insta::assert_snapshot!(all.iter().map(row).collect::<Vec<_>>().join("\n"), @"
    xx......
    xx......
    ..x..x..
    ...x.x..
    ....x...
    ..xx.x..
    ......x.
    ........
    ");
}

#[test]
fn what_is_queued_is_not_queued_again_before_it_has_begun() {
    let queued = Step { action: Action::Queue, starts: Some(moment("2026-03-01T00:00:00Z")), ..plan() };
    let first = of(1, vec![queued.clone()]);
    let events = done(first.id());
    let found = |step: &Step, until: &str| told(&first, &events, &of(2, vec![step.clone()]), until);
    insta::assert_snapshot!([found(&queued, "2026-02-01T00:00:00Z"), found(&plan(), "2026-02-01T00:00:00Z"), found(&queued, "2026-03-01T00:00:00Z")].join("\n"), @"
    step 1 is bought at 2026-01-05T12:00:00Z
    nothing
    nothing
    ");
}

#[test]
fn an_order_whose_content_is_gone_does_not_buy_nothing() {
    let (first, second) = (of(1, vec![plan()]), of(2, vec![plan()]));
    let mut book = Book::default();
    book.enter(moment(AT), &created(&first)).unwrap();
    assert!(overlap(&second, moment(AT), &book, &BTreeMap::new()).is_err());
}
