//! Each kind of plan from the queue to its return: found among what is held, taken out of the queue, bought and given back.

use super::cloud::Rehearsal;
use super::orders::{cleared, draft, priced};
use super::shop;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::plans::PlanType;
use tenor_execute::{Aws, Held, Outcome, Place};
use tenor_order::{Action, Service, Step};

/// Sends a step, and gives AWS's id of what it made or changed.
async fn sent(rehearsal: &Rehearsal, draft: Step) -> String {
    let price = if draft.action.commits() { Some(rehearsal.live.price(&draft).await.unwrap()) } else { None };
    let step = price.as_ref().map_or_else(|| draft.clone(), |price| priced(draft.clone(), price));
    let (cleared, key) = cleared(&step, price);
    let sent = rehearsal.live.send(cleared, key.as_ref()).await;
    let Outcome::Done { result, .. } = sent.outcome else { panic!("{sent:?}") };
    rehearsal.advance(3_600);
    result.to_string()
}

async fn held(rehearsal: &Rehearsal, id: &str) -> Held {
    let place = Place { account: rehearsal.account().parse().unwrap(), service: Service::SavingsPlans, region: None };
    rehearsal.live.held(&place).await.unwrap().into_iter().find(|held| held.id.as_str() == id).unwrap()
}

#[tokio::test]
async fn every_kind_of_plan_is_queued_cancelled_bought_and_returned() {
    let rehearsal = Rehearsal::start().await;
    let mut lines = Vec::new();
    for kind in [PlanType::Compute, PlanType::Ec2Instance, PlanType::SageMaker, PlanType::Database] {
        let offering = shop::plan(&rehearsal, kind, PaymentOption::NoUpfront).await;
        let step = |action, object: &str| draft(rehearsal.account(), Service::SavingsPlans, action, object, "0.75");
        let queued = sent(&rehearsal, step(Action::Queue, &offering)).await;
        let mut stands = vec![held(&rehearsal, &queued).await];
        sent(&rehearsal, step(Action::CancelQueued, &queued)).await;
        stands.push(held(&rehearsal, &queued).await);
        let bought = sent(&rehearsal, step(Action::Buy, &offering)).await;
        stands.push(held(&rehearsal, &bought).await);
        sent(&rehearsal, step(Action::Return, &bought)).await;
        stands.push(held(&rehearsal, &bought).await);
        let told = stands.iter().map(|held| held.standing.as_str()).collect::<Vec<_>>();
        lines.push(format!("{:?}: {}", stands[0].kind.unwrap(), told.join(", ")));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    ComputePlan: queued, deleted, running, returned
    Ec2InstancePlan: queued, deleted, running, returned
    SagemakerPlan: queued, deleted, running, returned
    DatabasePlan: queued, deleted, running, returned
    ");
}
