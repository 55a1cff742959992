//! What may be asked again is, with the same bytes; what is refused is not; what it costs is counted.

use super::world::{Act, World, call_of, run};
use std::sync::Arc;
use std::time::Duration;
use tenor_aws::client::{CallError, Client, Fate, Fixed, Place};
use tenor_money::Money;
use tenor_wire::Value;

fn accounts(ids: &[&str], next: Option<&str>) -> Act {
    let ids = ids.iter().map(|id| Value::of([("Id", (*id).into())])).collect::<Vec<_>>();
    let mut answer = Value::of([("Accounts", Value::List(ids))]);
    if let Some(next) = next {
        answer.set("NextToken", next.into());
    }
    Act::Answer(answer)
}

fn chain(error: &CallError) -> String {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| (*error).source()).map(ToString::to_string).collect::<Vec<_>>().join(" because ")
}

#[test]
fn a_read_recovers_from_whatever_passes() {
    let world = World::new([
        Act::Refuse,
        Act::Lose,
        Act::Hang,
        Act::Fault("TooManyRequestsException", 400),
        Act::Fault("ServiceException", 500),
        accounts(&["1"], None),
    ]);
    let answer = run(world.client().call("organizations", "ListAccounts", &Value::Null)).unwrap();
    assert_eq!(answer.list("Accounts").unwrap().len(), 1);
    insta::assert_snapshot!(world.told(), @"
    organizations:ListAccounts 1 lost not connected - 0
    organizations:ListAccounts 2 lost broken - 0
    organizations:ListAccounts 3 lost timed out - 0
    organizations:ListAccounts 4 fault TooManyRequestsException req-0 0
    organizations:ListAccounts 5 fault ServiceException req-0 0
    organizations:ListAccounts 6 good req-1 0
    ");
    // 60 s for the answer that did not come, and waits that double from a quarter of a second.
    let waited = *world.waited.lock().unwrap();
    assert!(waited >= Duration::from_millis(60_000 + 250 + 500 + 1_000 + 2_000 + 4_000), "{waited:?}");
    let sent = world.sent.lock().unwrap();
    assert!(sent.iter().all(|outgoing| outgoing.body == sent[0].body));
}

#[test]
fn at_last_a_read_gives_up() {
    let world = World::new(vec![Act::Fault("ServiceException", 500); 9]);
    let error = run(world.client().call("organizations", "ListAccounts", &Value::Null)).unwrap_err();
    assert_eq!((world.sendings(), error.fate()), (6, Fate::Unknown));
    insta::assert_snapshot!(chain(&error), @"organizations:ListAccounts failed (request req-0) because ServiceException: as told");
}

#[test]
fn what_is_refused_is_not_asked_again_whatever_its_status() {
    for status in [400, 403, 404, 409] {
        let world = World::new([Act::Fault("AccessDeniedException", status), accounts(&[], None)]);
        let error = run(world.client().call("organizations", "ListAccounts", &Value::Null)).unwrap_err();
        assert_eq!((world.sendings(), error.fate(), error.code()), (1, Fate::Refused, Some("AccessDeniedException")));
    }
}

#[test]
fn that_there_is_no_data_is_an_answer_and_is_paid_for_once() {
    let world = World::new([Act::Fault("DataUnavailableException", 400), Act::Fault("DataUnavailableException", 400)]);
    let span = Value::of([("Start", "2025-01-01".into()), ("End", "2025-02-01".into())]);
    let error = run(world.client().call("ce", "GetReservationCoverage", &Value::of([("TimePeriod", span)]))).unwrap_err();
    assert_eq!((world.sendings(), error.fate(), error.code()), (1, Fate::Refused, Some("DataUnavailableException")));
}

#[test]
fn a_purchase_with_a_token_is_asked_again_with_the_same_and_not_without_one() {
    let mut input = Value::of([("savingsPlanOfferingId", "o".into()), ("commitment", "0.10".into())]);
    let world = World::new([Act::Lose, Act::Hang, Act::Answer(Value::of([("savingsPlanId", "sp-1".into())]))]);
    let error = run(world.client().call("savingsplans", "CreateSavingsPlan", &input)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), world.sendings()),
        ("savingsplans:CreateSavingsPlan has no clientToken, by which it could be asked again", 0)
    );
    input.set("clientToken", "intent-1".into());
    run(world.client().call("savingsplans", "CreateSavingsPlan", &input)).unwrap();
    let sent = world.sent.lock().unwrap();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|outgoing| outgoing.body == sent[0].body));
    assert!(String::from_utf8_lossy(&sent[0].body).contains("\"clientToken\":\"intent-1\""));
}

#[test]
fn a_purchase_by_a_name_of_its_own_is_asked_again_with_the_same_name() {
    let input = Value::of([("ReservedDBInstancesOfferingId", "o".into()), ("ReservedDBInstanceId", "intent-1".into())]);
    let world = World::new([Act::Lose, Act::Fault("ReservedDBInstanceAlreadyExists", 404)]);
    let error = run(world.client().call("rds", "PurchaseReservedDBInstancesOffering", &input)).unwrap_err();
    assert_eq!((error.code(), error.fate()), (Some("ReservedDBInstanceAlreadyExists"), Fate::Unknown), "the first may have bought it");
    let sent = world.sent.lock().unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
}

#[test]
fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let input = Value::of([("ReservedDBInstancesOfferingId", "o".into()), ("ReservedDBInstanceId", "intent-1".into())]);
    for after in [Act::Refuse, Act::Fault("Throttling", 400), Act::Fault("AccessDenied", 403)] {
        let world = World::new([Act::Lose].into_iter().chain((0..6).map(|_| after.clone())));
        let error = run(world.client().call("rds", "PurchaseReservedDBInstancesOffering", &input)).unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{after:?}: {error}");
    }
    let world = World::new([Act::Fault("InternalServerException", 400)]);
    let never = Value::of([("ReservedInstancesOfferingId", "o".into()), ("InstanceCount", 1.into())]);
    let error = run(world.client().call("ec2", "PurchaseReservedInstancesOffering", &never)).unwrap_err();
    assert_eq!((error.fate(), world.sendings()), (Fate::Unknown, 1), "a failure of AWS's with a status that blames the caller");
}

#[test]
fn a_wrong_clock_is_put_right_once_and_for_the_next_call_too() {
    let world = World::new([Act::Skewed("InvalidSignatureException", 3_600), accounts(&[], None), accounts(&[], None)]);
    let client = world.client();
    for _ in 0..2 {
        run(client.call("organizations", "ListAccounts", &Value::Null)).unwrap();
    }
    let dates = world
        .sent
        .lock()
        .unwrap()
        .iter()
        .map(|outgoing| outgoing.headers.iter().find(|(name, _)| name == "x-amz-date").map(|(_, date)| date.clone()).unwrap())
        .collect::<Vec<_>>();
    assert_eq!(dates, ["20250301T000000Z", "20250301T010000Z", "20250301T010000Z"]);
    let world = World::new([Act::Skewed("InvalidSignatureException", 1), accounts(&[], None)]);
    run(world.client().call("organizations", "ListAccounts", &Value::Null)).unwrap_err();
    assert_eq!(world.sendings(), 1, "a second is not why a signature is refused");
}

#[test]
fn pages_are_read_to_the_end_and_an_endless_answer_is_refused() {
    let world = World::new([accounts(&["1", "2"], Some("a")), accounts(&[], Some("b")), Act::Lose, accounts(&["3"], None)]);
    let pages = run(world.client().pages("organizations", "ListAccounts", &Value::Null)).unwrap();
    assert_eq!(pages.iter().map(|page| page.list("Accounts").unwrap().len()).collect::<Vec<_>>(), [2, 0, 1]);
    let sent = world.sent.lock().unwrap();
    let tokens = sent.iter().map(|outgoing| {
        let (call, request) = call_of(outgoing);
        call.decode_request(&request).unwrap().text("NextToken").unwrap_or("-").to_owned()
    });
    assert_eq!(tokens.collect::<Vec<_>>(), ["-", "a", "b", "b"]);
    let world = World::new(vec![accounts(&["1"], Some("a")); 3]);
    let error = run(world.client().pages("organizations", "ListAccounts", &Value::Null)).unwrap_err();
    assert_eq!(error.to_string(), "organizations:ListAccounts does not end: 2 pages came");
    let error = run(world.client().pages("organizations", "DescribeOrganization", &Value::Null)).unwrap_err();
    assert_eq!(error.to_string(), "organizations:DescribeOrganization has no pages");
}

#[test]
fn an_uncatalogued_operation_cannot_be_called() {
    let world = World::new([]);
    let error = run(world.client().call("ec2", "TerminateInstances", &Value::Null)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.fate()),
        ("ec2:TerminateInstances is not in the catalogue of what Tenor may call", Fate::NotSent)
    );
}

#[test]
fn cost_explorer_is_counted_page_by_page_and_stops_at_the_budget() {
    let period = Value::of([("Start", "2025-01-01".into()), ("End", "2025-02-01".into())]);
    let input = Value::of([("TimePeriod", period), ("Granularity", "MONTHLY".into()), ("Metrics", vec!["UnblendedCost"].into())]);
    let page = |next: &str| Act::Answer(Value::of([("NextPageToken", next.into())]));
    let world = World::new([page("a"), Act::Lose, page("b"), page("c")]);
    let shared = world.shared(Money::from_units(30_000_000_000));
    let client = Client::new(Arc::clone(&shared), Arc::new(Fixed(super::world::credentials())), Place::new("eu-west-1"), "1");
    let error = run(client.pages("ce", "GetCostAndUsage", &input)).unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", chain(&error), world.told()), @"
    ce:GetCostAndUsage was not sent because the call costs 0.01 and 0.03 of this month's 0.03 for calls are spent
    ce:GetCostAndUsage 1 good req-1 0.01
    ce:GetCostAndUsage 1 lost broken - 0.01
    ce:GetCostAndUsage 2 good req-1 0.01
    ");
    assert_eq!((error.fate(), world.sendings()), (Fate::NotSent, 3));
}

#[test]
fn what_was_never_sent_costs_nothing() {
    let period = Value::of([("Start", "2025-01-01".into()), ("End", "2025-02-01".into())]);
    let input = Value::of([("TimePeriod", period), ("Granularity", "MONTHLY".into()), ("Metrics", vec!["UnblendedCost"].into())]);
    let world = World::new([Act::Refuse, Act::Answer(Value::Map(std::collections::BTreeMap::new()))]);
    let shared = world.shared(Money::from_units(10_000_000_000));
    let client = Client::new(shared, Arc::new(Fixed(super::world::credentials())), Place::new("eu-west-1"), "1");
    run(client.call("ce", "GetCostAndUsage", &input)).unwrap();
    insta::assert_snapshot!(world.told(), @"
    ce:GetCostAndUsage 1 lost not connected - 0
    ce:GetCostAndUsage 2 good req-1 0.01
    ");
}

#[test]
fn throttling_slows_what_follows() {
    let answers = std::iter::repeat_with(|| accounts(&[], None)).take(30);
    let world = World::new(std::iter::once(Act::Fault("TooManyRequestsException", 429)).chain(answers));
    let client = world.client();
    for _ in 0..11 {
        run(client.call("organizations", "ListAccounts", &Value::Null)).unwrap();
    }
    // From an empty bucket at two calls a second, a little faster with every answer.
    let waited = *world.waited.lock().unwrap();
    assert!((Duration::from_secs(4)..Duration::from_secs(6)).contains(&waited), "{waited:?}");
}
