//! What a ledger says of orders: the same after every restart, and nothing that cannot be.

use super::{moment, order, plan, text};
use crate::{Book, Lowered, OrderStanding, Service, Step, StepState};
use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Ending, Event, Moment, OrderId, PublicKey, PutBack, Resolution, Signature, Text};
use tenor_money::Money;

const KEY: PublicKey = PublicKey::from_bytes([3; 32]);

/// An order of two plans.
fn two() -> crate::Order {
    order(vec![plan(), Step { number: 2, ..plan() }])
}

fn id() -> OrderId {
    two().id()
}

fn created() -> Event {
    Event::OrderCreated {
        order: id(),
        proposal: two().proposal(),
        connection: text("prod"),
        policy: two().policy(),
        steps: 2,
        key: KEY,
        user: None,
        signature: Signature::from_bytes([0; 64]),
    }
}

fn intended(step: u32) -> Event {
    Event::StepIntended {
        order: id(),
        step,
        account: "111122223333".parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request: ContentHash::sha256(b"request"),
        token: Some(text("token")),
    }
}

fn called(step: u32, error: Option<&str>) -> Event {
    Event::Called {
        order: Some(id()),
        step: Some(step),
        account: "111122223333".parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request_id: Some(text("request-1")),
        error: error.map(text),
    }
}

fn at() -> Moment {
    moment("2026-01-05T12:00:00Z")
}

fn book(events: &[Event]) -> Result<Book, String> {
    let mut book = Book::default();
    for event in events {
        book.enter(at(), event).map_err(|error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("{error}{source}").replace(&id().to_string(), "ORDER")
        })?;
    }
    Ok(book)
}

/// Where the first step is, and what was said of it last.
fn told(events: &[Event]) -> String {
    let begun = [created()].into_iter().chain(events.iter().cloned()).collect::<Vec<_>>();
    match book(&begun) {
        Err(error) => error,
        Ok(book) => {
            let course = &book.order(id()).unwrap().steps[0];
            let said = course.said().map(|(_, said)| format!(", {said}")).unwrap_or_default();
            let result = course.result().map(|result| format!(", {result}")).unwrap_or_default();
            format!("{}{said}{result}", course.state())
        }
    }
}

#[test]
fn every_entry_moves_a_step_as_it_says_or_is_refused() {
    let (order, step) = (id(), 1);
    let done = || Event::StepDone { order, step, result: text("sp-1"), paid: None };
    let unknown = || Event::StepUnknown { order, step, reason: text("no answer came") };
    let back = |because| Event::StepPutBack { order, step, because, reason: text("so it is") };
    let held = || Event::StepHeld { order, step, reason: text("nobody can tell") };
    let resolved = |resolution| Event::StepResolved { order, step, resolution, reason: text("I looked") };
    let tripped = || Event::GuardRefused { order, step: Some(1), rule: text("regions"), limit: text("a"), value: text("b") };
    let stop = || Event::OrderStopping { order, reason: text("enough") };
    let cases = [
        told(&[]),
        told(&[intended(1)]),
        told(&[intended(1), called(1, None), done()]),
        told(&[
            intended(1),
            called(1, Some("AccessDenied")),
            Event::StepRefused { order, step, code: text("AccessDenied"), reason: text("no") },
        ]),
        told(&[intended(1), back(PutBack::Waits), intended(1)]),
        told(&[intended(1), called(1, None), back(PutBack::NotSent)]),
        told(&[intended(1), called(1, None), unknown(), done()]),
        told(&[intended(1), unknown(), back(PutBack::NotDone)]),
        told(&[intended(1), unknown(), intended(1), called(1, None), done()]),
        told(&[intended(1), unknown(), held(), resolved(Resolution::NotDone)]),
        told(&[intended(1), unknown(), held(), resolved(Resolution::Done)]),
        told(&[intended(1), unknown(), back(PutBack::NotDone), intended(1), unknown(), back(PutBack::NotDone)]),
        told(&[intended(1), called(1, None), done(), Event::StepFailed { order, step, reason: text("no money") }]),
        told(&[intended(1), called(1, None), done(), Event::StepUndone { order, step, by: order }]),
        told(&[tripped()]),
        told(&[intended(1), tripped()]),
        told(&[stop()]),
        told(&[intended(1), unknown(), stop(), back(PutBack::NotDone)]),
        told(&[intended(1), called(1, None), done(), stop()]),
        told(&[intended(3)]),
        told(&[intended(0)]),
        told(&[done(), intended(1)]),
        told(&[created()]),
        book(&[intended(1)]).unwrap_err(),
        told(&[Event::KeyEnrolled { key: KEY, name: text("Ada"), role: text("queen") }]),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    planned
    intended
    done, sp-1
    refused, AccessDenied: no
    intended, so it is
    planned, so it is
    done, no answer came, sp-1
    planned, so it is
    done, no answer came, sp-1
    stopped, I looked
    done, I looked
    held, so it is
    failed, no money, sp-1
    undone, sp-1
    refused, regions: allowed is a, and this is b
    refused, regions: allowed is a, and this is b
    stopped, enough
    stopped, so it is
    done, sp-1
    the ledger speaks of step 3 of order ORDER, which has 2
    the ledger speaks of step 0 of order ORDER, which has 2
    step 1 of order ORDER: a step that is done cannot pass the guard rails
    the ledger says twice that order ORDER was made
    the ledger speaks of order ORDER, which it has no beginning of
    the ledger enrols key 0303030303030303030303030303030303030303030303030303030303030303 as `queen`, which is no role
    ");
}

#[test]
fn calls_are_remembered_and_one_beside_a_step_moves_it_nowhere() {
    let beside = |error: Option<&str>| {
        let Event::Called { order, step, account, region, request_id, .. } = called(1, None) else { unreachable!("it is one") };
        Event::Called { order, step, account, region, operation: text("ec2:CreateTags"), request_id, error: error.map(text) }
    };
    let done = Event::StepDone { order: id(), step: 1, result: text("ri-1"), paid: None };
    let book = book(&[created(), beside(Some("no")), intended(1), called(1, None), done, beside(None)]).unwrap();
    let course = &book.order(id()).unwrap().steps[0];
    let told: Vec<_> =
        course.called().iter().map(|call| format!("{} {:?}", call.operation, call.error.as_ref().map(Text::as_str))).collect();
    assert_eq!(told, ["ec2:CreateTags Some(\"no\")", "savingsplans:CreateSavingsPlan None", "ec2:CreateTags None"]);
    assert_eq!((course.state(), course.track().calls()), (StepState::Done, 1));
    assert!(course.called().iter().all(|call| call.at == at()));
}

#[test]
fn what_was_under_way_when_a_process_died_is_unknown() {
    let mut book = book(&[created(), intended(1)]).unwrap();
    assert_eq!(book.under_way().collect::<Vec<_>>(), [(id(), 1)]);
    let died = Event::StepUnknown { order: id(), step: 1, reason: text("the process ended") };
    book.enter(at(), &died).unwrap();
    assert_eq!(book.under_way().count(), 0);
    let states: Vec<_> = book.order(id()).unwrap().steps.iter().map(|course| course.state()).collect();
    assert_eq!(states, [StepState::Unknown, StepState::Planned]);
    assert_eq!(book.order(id()).unwrap().steps[0].track().calls(), 1, "it may have left");
}

#[test]
fn settings_keys_and_standing_are_those_of_the_last_entry_that_speaks_of_them() {
    let (order, reason) = (id(), text("so"));
    let what = text("guard rails");
    let set = |after| Event::ConfigurationChanged { what: what.clone(), before: None, after };
    let hash = ContentHash::sha256(b"rails");
    let mut book = book(&[
        created(),
        Event::KillSwitch { stopped: true, reason: reason.clone() },
        Event::KeyEnrolled { key: KEY, name: text("Ada"), role: text("approver") },
        Event::KeyRevoked { key: KEY, reason: reason.clone() },
        Event::ConnectionMade { connection: text("prod"), account: "111122223333".parse().unwrap(), agreement: hash },
        set(Some(hash)),
    ])
    .unwrap();
    assert_eq!((book.stopped(), book.setting(&what), book.agreement(&text("prod"))), (Some(&reason), Some(hash), Some(hash)));
    assert_eq!(book.keys()[&KEY].revoked, Some(at()));
    assert_eq!(book.order(order).unwrap().standing(), OrderStanding::Waiting);
    for event in [
        Event::KillSwitch { stopped: false, reason: reason.clone() },
        set(None),
        Event::ConnectionRemoved { connection: text("prod") },
        Event::Rejected { order, reason },
    ] {
        book.enter(at(), &event).unwrap();
    }
    assert_eq!((book.stopped(), book.setting(&what), book.agreement(&text("prod"))), (None, None, None));
    assert_eq!(book.order(order).unwrap().standing(), OrderStanding::Rejected);
    book.enter(at(), &Event::OrderEnded { order, ending: Ending::Stopped }).unwrap();
    assert_eq!(book.order(order).unwrap().standing(), OrderStanding::Ended);
}

#[test]
fn where_an_order_stands_is_one_word_for_everybody() {
    let (order, step) = (id(), 1);
    let (policy, signature) = (two().policy(), Signature::from_bytes([0; 64]));
    let approved = || Event::Approved { order, policy, signed: at(), expires: at(), key: KEY, user: None, signature };
    let done = || Event::StepDone { order, step, result: text("sp-1"), paid: None };
    let failed = || Event::StepFailed { order, step, reason: text("the card was declined") };
    let unknown = || Event::StepUnknown { order, step, reason: text("no answer came") };
    let held = || Event::StepHeld { order, step, reason: text("nobody can tell") };
    let ended = |ending| Event::OrderEnded { order, ending };
    let stage = |events: &[Event]| {
        let all: Vec<_> = [created()].into_iter().chain(events.iter().cloned()).collect();
        book(&all).unwrap().order(order).unwrap().stage().as_str()
    };
    let bought = || vec![approved(), intended(1), called(1, None), done()];
    let told = [
        stage(&[]),
        stage(&[approved()]),
        stage(&[approved(), intended(1)]),
        stage(&[approved(), intended(1), called(1, None), unknown(), held()]),
        stage(&[approved(), Event::Rejected { order, reason: text("no") }]),
        stage(&[bought(), vec![ended(Ending::Done)]].concat()),
        stage(&[bought(), vec![failed(), ended(Ending::Done)]].concat()),
        stage(&[bought(), vec![ended(Ending::Done), failed()]].concat()),
        stage(&[ended(Ending::Stopped)]),
        stage(&[ended(Ending::Expired)]),
    ];
    assert_eq!(told, ["waits", "signed", "running", "held", "rejected", "done", "not paid for", "not paid for", "stopped", "expired"]);
}

#[test]
fn what_may_have_cost_counts_from_its_intent_on() {
    let contents = BTreeMap::from([(id(), two())]);
    let unknown = Event::StepUnknown { order: id(), step: 1, reason: text("no answer came") };
    let book = book(&[created(), intended(1), unknown, intended(2)]).unwrap();
    let sum = |since: &str, without| book.obliged(&contents, &text("USD"), moment(since), (id(), without)).unwrap();
    let one: Money = "13140".parse().unwrap();
    assert_eq!(sum("2026-01-05T00:00:00Z", 0), one + one);
    assert_eq!(sum("2026-01-05T00:00:00Z", 2), one);
    assert_eq!(sum("2026-01-05T12:00:00.000000001Z", 0), Money::ZERO);
    let in_yuan = book.obliged(&contents, &text("CNY"), moment("2026-01-05T00:00:00Z"), (id(), 0)).unwrap();
    assert_eq!(in_yuan, Money::ZERO, "two currencies are never added");
    let usd = text("USD");
    assert!(book.obliged(&BTreeMap::new(), &usd, at(), (id(), 0)).is_err(), "an order whose content is gone did not cost nothing");
}

#[test]
fn a_key_is_of_its_order_and_step_and_of_the_form_that_its_service_takes() {
    let region: Option<tenor_permit::RegionName> = Some("eu-west-1".parse().unwrap());
    let kind = Some(tenor_propose::proposal::Kind::StandardReservation);
    let reserve = |number, service| Step { number, service, region: region.clone(), kind, quantity: text("2"), ..plan() };
    let services = [Service::Ec2, Service::Rds, Service::OpenSearch, Service::Redshift, Service::RedshiftServerless];
    let steps: Vec<_> = [plan()].into_iter().chain((2..).zip(services).map(|(number, service)| reserve(number, service))).collect();
    let order = order(steps);
    let told: Vec<_> = order.steps().iter().map(|step| format!("{} {:?}", step.operation().unwrap(), order.key(step))).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    savingsplans:CreateSavingsPlan Some(Token("57bf30a6-f4f7-45a0-a26f-d6b8cbabd391"))
    ec2:PurchaseReservedInstancesOffering None
    rds:PurchaseReservedDBInstancesOffering Some(Name("tenor-1ab30792fbc4460637875867"))
    opensearch:PurchaseReservedInstanceOffering Some(Name("tenor-bb3743a00aadf3a843f2f6ef"))
    redshift:PurchaseReservedNodeOffering None
    redshift-serverless:CreateReservation Some(Token("3544b392-ed35-4178-806e-92442ebd245c"))
    "#);
    assert_ne!(two().key(&two().steps()[0]), two().key(&two().steps()[1]));
    assert_ne!(two().key(&two().steps()[0]), order.key(&order.steps()[0]), "another order is another purchase");
}

#[test]
fn users_who_were_removed_or_may_approve_no_more_are_known_with_when() {
    let changed = |user: &str, role: &str| Event::UserChanged { user: text(user), role: text(role) };
    let removed = Event::UserRemoved { user: text("eve") };
    let added = |user: &str, role: &str| Event::UserAdded { user: text(user), role: text(role) };
    let events = [changed("ann", "viewer"), changed("ben", "admin"), changed("cem", "approver"), changed("dot", "analyst")];
    let more = [removed, added("eve", "admin"), changed("dot", "approver"), added("fay", "analyst"), added("gus", "approver")];
    let book = book(&events.into_iter().chain(more).collect::<Vec<_>>()).unwrap();
    // Who comes back agrees anew: what they signed before that counts no more.
    let lowered = |user: &str, raised| (text(user), Lowered { at: at(), raised });
    // Who came as an approver was none before, whatever they signed for.
    let came = (text("gus"), Lowered { at: Moment(jiff::Timestamp::MIN), raised: Some(at()) });
    let all = [lowered("ann", None), lowered("dot", Some(at())), lowered("eve", Some(at())), lowered("fay", None), came];
    assert_eq!(*book.lowered(), all.into());
}

#[test]
fn what_takes_nobodys_approval_is_a_call_of_which_nobody_knows_and_an_end() {
    let (order, step) = (id(), 1);
    let of = |events: &[Event]| {
        let begun = [created()].into_iter().chain(events.iter().cloned()).collect::<Vec<_>>();
        let book = book(&begun).unwrap();
        let record = book.order(order).unwrap();
        (record.is_to_be_settled(), record.stopping.is_some())
    };
    let unknown = || Event::StepUnknown { order, step, reason: text("no answer came") };
    let stop = || Event::OrderStopping { order, reason: text("enough") };
    assert_eq!(of(&[]), (false, false));
    assert_eq!(of(&[intended(1)]), (true, false));
    assert_eq!(of(&[intended(1), unknown()]), (true, false));
    assert_eq!(of(&[intended(1), unknown(), stop()]), (true, true));
    assert_eq!(of(&[stop()]), (true, true), "its end is to be recorded");
    assert_eq!(of(&[stop(), Event::OrderEnded { order, ending: Ending::Stopped }]), (false, true));
}
