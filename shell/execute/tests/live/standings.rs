//! How what was bought stands, from its first payment to its return.

use super::cloud::Rehearsal;
use super::orders::{cleared, draft, priced};
use super::shop;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_aws::reads::plans::PlanType;
use tenor_execute::{Aws, Outcome, Place};
use tenor_ledger::Text;
use tenor_order::{Action, Service, Step};

async fn send(rehearsal: &Rehearsal, draft: Step) -> Text {
    let price = if draft.action.commits() { Some(rehearsal.live.price(&draft).await.unwrap()) } else { None };
    let step = price.as_ref().map_or_else(|| draft.clone(), |price| priced(draft.clone(), price));
    let (cleared, key) = cleared(&step, price);
    let sent = rehearsal.live.send(cleared, key.as_ref()).await;
    let Outcome::Done { result, .. } = sent.outcome else { panic!("{sent:?}") };
    result
}

/// How it stands, whether it costs, how long it runs and can be returned.
async fn told(rehearsal: &Rehearsal, step: &Step, id: &Text) -> String {
    let held = rehearsal.live.held(&Place::of(step)).await.unwrap();
    let held = held.into_iter().find(|held| &held.id == id).unwrap();
    let days = |until: Option<tenor_ledger::Moment>| {
        until.zip(held.start).map_or_else(|| "-".to_owned(), |(until, start)| (until.0.duration_since(start.0).as_hours() / 24).to_string())
    };
    let owed = if held.is_owed() { "owed" } else { "not owed" };
    format!("{}, {owed}; days: {}, returnable {}", held.standing, days(held.end), days(held.returnable_until))
}

#[tokio::test]
async fn a_standing_says_whether_something_is_owed() {
    let rehearsal = Rehearsal::start().await;
    let plan_offering = shop::plan(&rehearsal, PlanType::Compute, PaymentOption::NoUpfront).await;
    let instances = shop::instances(&rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await;
    let plan = |action, object: &str, quantity: &str| draft(rehearsal.account(), Service::SavingsPlans, action, object, quantity);
    let buy = plan(Action::Buy, &plan_offering, "1.5");
    let bought = send(&rehearsal, buy.clone()).await;
    let mut lines = vec![told(&rehearsal, &buy, &bought).await];
    rehearsal.advance(60);
    lines.push(told(&rehearsal, &buy, &bought).await);
    send(&rehearsal, plan(Action::Return, bought.as_str(), "1.5")).await;
    lines.push(told(&rehearsal, &buy, &bought).await);
    rehearsal.advance(60);
    lines.push(told(&rehearsal, &buy, &bought).await);
    // Above $100 an hour AWS takes none back.
    let large = send(&rehearsal, plan(Action::Buy, &plan_offering, "101")).await;
    lines.push(told(&rehearsal, &buy, &large).await);
    let reservation = draft(rehearsal.account(), Service::Ec2, Action::Buy, &instances, "1");
    rehearsal.order(&tenor_sandbox::Order::FailPayments(2)).await;
    let failed = send(&rehearsal, reservation.clone()).await;
    rehearsal.advance(60);
    lines.push(told(&rehearsal, &reservation, &failed).await);
    lines.push(told(&rehearsal, &buy, &large).await);
    insta::assert_snapshot!(lines.join("\n"), @"
    pending, owed; days: 364, returnable 7
    running, owed; days: 364, returnable 7
    returning, owed; days: 364, returnable 7
    returned, not owed; days: -, returnable 7
    pending, owed; days: 364, returnable -
    failed, not owed; days: 364, returnable -
    failed, not owed; days: 364, returnable -
    ");
}
