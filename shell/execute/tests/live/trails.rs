//! What CloudTrail recorded of a step: Tenor's own calls of it alone, what came of each, and when that is not known.

use super::cloud::{Rehearsal, START};
use super::orders::{cleared, draft, moment, priced};
use super::shop;
use tenor_aws::changes::ec2::Purchase;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_execute::{Aws, Outcome, Recorded, Trail};
use tenor_order::{Action, Service, Step};
use tenor_sandbox::FaultKind;

/// So long nobody sees an event.
const HIDDEN_SECONDS: i64 = 1_000;

async fn step(rehearsal: &Rehearsal, count: &str) -> Step {
    let offering = shop::instances(rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await;
    draft(rehearsal.account(), Service::Ec2, Action::Buy, &offering, count)
}

async fn send(rehearsal: &Rehearsal, step: &Step) -> Outcome {
    let price = rehearsal.live.price(step).await.unwrap();
    let (cleared, key) = cleared(&priced(step.clone(), &price), Some(price));
    rehearsal.live.send(cleared, key.as_ref()).await.outcome
}

async fn calls(rehearsal: &Rehearsal, step: &Step, since: &str) -> Vec<Recorded> {
    match rehearsal.live.trail(step, moment(since)).await {
        Trail::Calls { calls, .. } => calls,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_trail_is_of_our_own_calls_of_this_step() {
    let rehearsal = Rehearsal::start().await;
    let (two, three) = (step(&rehearsal, "2").await, step(&rehearsal, "3").await);
    // A stranger buys the same.
    let purchase = Purchase { offering: two.object.to_string(), count: 2, limit: None, start: None };
    purchase.send(&rehearsal.stranger).await.unwrap();
    let operation = "ec2:PurchaseReservedInstancesOffering";
    rehearsal.plan(operation, FaultKind::Denied, 1).await;
    assert!(matches!(send(&rehearsal, &two).await, Outcome::Refused { .. }));
    // It is bought, and its answer is lost.
    rehearsal.plan(operation, FaultKind::LostAfter, 1).await;
    assert!(matches!(send(&rehearsal, &two).await, Outcome::Lost(_)));
    let Outcome::Done { result, .. } = send(&rehearsal, &three).await else { panic!("it is bought") };
    assert_eq!(calls(&rehearsal, &two, START).await, [], "nobody sees it yet");
    rehearsal.advance(HIDDEN_SECONDS);
    let seen = calls(&rehearsal, &two, START).await;
    let told = seen.iter().map(|call| (call.error.as_ref().map(ToString::to_string), call.made.is_some(), call.request_id.is_some()));
    let done = (None, true, true);
    assert_eq!(told.collect::<Vec<_>>(), [done, (Some("UnauthorizedOperation".to_owned()), false, true)]);
    let held = rehearsal.live.held(&tenor_execute::Place::of(&two)).await.unwrap();
    assert!(held.iter().any(|held| Some(&held.id) == seen[0].made.as_ref()), "what was lost is found");
    let seen = calls(&rehearsal, &three, START).await;
    assert_eq!(seen.iter().map(|call| call.made.clone()).collect::<Vec<_>>(), [Some(result)]);
    assert_eq!(calls(&rehearsal, &three, "2025-01-01T00:05:00Z").await, [], "it was before");
}

#[tokio::test]
async fn a_trail_is_sought_where_the_call_was_made() {
    let rehearsal = Rehearsal::start().await;
    let instances = Step { region: Some("eu-west-1".parse().unwrap()), ..step(&rehearsal, "2").await };
    let plan = draft(rehearsal.account(), Service::SavingsPlans, Action::Buy, "offering-1", "1");
    for step in [instances, plan] {
        assert_eq!(rehearsal.live.trail(&step, moment(START)).await, Trail::Calls { calls: Vec::new(), reaches: None });
    }
    let called = rehearsal.called.0.lock().unwrap();
    let sought = called.iter().filter(|(operation, _)| operation == "LookupEvents").map(|(_, region)| region.as_str());
    assert_eq!(
        sought.collect::<Vec<_>>(),
        ["eu-west-1", "eu-west-1", "us-east-1", "us-east-1"],
        "Savings Plans are sold in one Region, wherever the client is"
    );
}

#[tokio::test]
async fn a_trail_that_is_not_read_is_not_empty() {
    let rehearsal = Rehearsal::start().await;
    let step = step(&rehearsal, "2").await;
    let since = moment(START);
    let mut told = Vec::new();
    for (kind, times) in [(FaultKind::Denied, 1), (FaultKind::Throttled, 6), (FaultKind::LostAfter, 6)] {
        rehearsal.plan("cloudtrail:LookupEvents", kind, times).await;
        told.push(match rehearsal.live.trail(&step, since).await {
            Trail::Unread(_) => "unread",
            Trail::NotGranted => "not granted",
            Trail::Calls { .. } => "calls",
        });
    }
    assert_eq!(told, ["not granted", "unread", "unread"]);
    assert_eq!(rehearsal.live.trail(&step, since).await, Trail::Calls { calls: Vec::new(), reaches: None });
    assert_eq!(rehearsal.live.clone().without_trail().trail(&step, since).await, Trail::NotGranted);
    let elsewhere = Step { account: "999999999999".parse().unwrap(), ..step };
    assert!(matches!(rehearsal.live.trail(&elsewhere, since).await, Trail::Unread(_)));
}

#[tokio::test]
async fn a_trail_comes_as_far_as_the_newest_look_that_it_shows() {
    let rehearsal = Rehearsal::start().await;
    let step = step(&rehearsal, "2").await;
    let place = tenor_execute::Place::of(&step);
    let reaches = async || match rehearsal.live.trail(&step, moment(START)).await {
        Trail::Calls { calls, reaches } => (calls.len(), reaches),
        other => panic!("{other:?}"),
    };
    rehearsal.live.held(&place).await.unwrap();
    assert_eq!(reaches().await, (0, None), "nobody sees it yet");
    // Its answer is lost, and it is looked for.
    rehearsal.plan("ec2:PurchaseReservedInstancesOffering", FaultKind::LostBefore, 1).await;
    assert!(matches!(send(&rehearsal, &step).await, Outcome::Lost(_)));
    rehearsal.advance(HIDDEN_SECONDS);
    let (calls, before) = reaches().await;
    assert!(calls == 0 && before.is_some_and(|at| at < moment("2025-01-01T00:10:00Z")), "it shows what was before the call: {before:?}");
    // A look at another service, or elsewhere, says nothing of this one.
    let search = tenor_execute::Place { service: Service::OpenSearch, ..place.clone() };
    let elsewhere = tenor_execute::Place { region: Some("eu-west-1".parse().unwrap()), ..place.clone() };
    for other in [&search, &elsewhere] {
        rehearsal.live.held(other).await.unwrap();
    }
    rehearsal.advance(HIDDEN_SECONDS);
    assert_eq!(reaches().await, (0, before));
    // Nor does it hide what is on the next page.
    rehearsal.plan("cloudtrail:LookupEvents", FaultKind::ShortPage, 2).await;
    assert_eq!(reaches().await, (0, before));
    rehearsal.live.held(&place).await.unwrap();
    rehearsal.advance(HIDDEN_SECONDS);
    let (calls, after) = reaches().await;
    assert!(calls == 0 && after > before, "{after:?}");
}

#[tokio::test]
async fn aws_says_what_time_it_is_with_every_answer() {
    let rehearsal = Rehearsal::start().await;
    let (account, nobody) = (rehearsal.account().parse().unwrap(), "999999999999".parse().unwrap());
    assert_eq!(rehearsal.live.ahead(&account), None, "nobody was asked");
    rehearsal.live.ask_time(&account).await;
    let ahead = rehearsal.live.ahead(&account).unwrap();
    assert!(ahead.abs() < jiff::SignedDuration::from_secs(60), "{ahead:?}");
    rehearsal.live.ask_time(&nobody).await;
    assert_eq!(rehearsal.live.ahead(&nobody), None);
}
