//! Quotas looked up and raised, and reservations tagged, by roles that may and roles that may not.

use super::cloud::Rehearsal;
use super::orders::{cleared, draft, order, priced, text};
use super::shop;
use tenor_aws::reads::ec2;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_execute::{Answer, Aws, Outcome, Quota};
use tenor_order::{Action, Service, Step};
use tenor_permit::{Selection, Tier};
use tenor_sandbox::FaultKind;

/// What a quota allows, and what became of each request.
async fn told(rehearsal: &Rehearsal, step: &Step) -> (u32, Vec<(u32, Answer)>) {
    let Quota { value, asked } = rehearsal.live.quota(step).await.unwrap().unwrap();
    (value, asked.iter().map(|asked| (asked.desired, asked.answer)).collect())
}

async fn step(rehearsal: &Rehearsal, count: &str) -> Step {
    let offering = shop::instances(rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await;
    draft(rehearsal.account(), Service::Ec2, Action::Buy, &offering, count)
}

async fn send(rehearsal: &Rehearsal, draft: &Step) -> Outcome {
    let price = rehearsal.live.price(draft).await.unwrap();
    let (cleared, key) = cleared(&priced(draft.clone(), &price), Some(price));
    rehearsal.live.send(cleared, key.as_ref()).await.outcome
}

fn code(outcome: Outcome) -> String {
    match outcome {
        Outcome::Done { .. } => "done".to_owned(),
        Outcome::Refused { code, .. } => format!("refused: {code}"),
        Outcome::Already { code } => format!("already: {code}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_quota_is_raised_once_and_then_lets_the_purchase_through() {
    let all = Selection::of([Tier::Trial, Tier::Commitments, Tier::Automation]);
    let (rehearsal, _) = Rehearsal::granting(&all).await;
    let step = step(&rehearsal, "25").await;
    assert_eq!(told(&rehearsal, &step).await, (20, Vec::new()));
    assert_eq!(code(send(&rehearsal, &step).await), "refused: ReservedInstancesLimitExceeded");
    // The account lacks the role of Service Quotas.
    assert_eq!(code(rehearsal.live.raise_quota(&step, 25).await.outcome), "refused: DependencyAccessDeniedException");
    let made = rehearsal.live.make_quota_role(&step).await;
    assert!(made.request_id.is_some());
    assert_eq!(code(made.outcome), "done");
    assert_eq!(code(rehearsal.live.make_quota_role(&step).await.outcome), "already: InvalidInput");
    let raised = rehearsal.live.raise_quota(&step, 25).await;
    assert!(raised.request_id.is_some());
    assert_eq!(code(raised.outcome), "done");
    assert_eq!(code(rehearsal.live.raise_quota(&step, 30).await.outcome), "already: ResourceAlreadyExistsException");
    assert_eq!(told(&rehearsal, &step).await, (20, vec![(25, Answer::Open)]));
    rehearsal.advance(3_600);
    assert_eq!(told(&rehearsal, &step).await, (25, vec![(25, Answer::Granted)]));
    assert_eq!(code(send(&rehearsal, &step).await), "done");
    // More than AWS grants.
    let databases = draft(rehearsal.account(), Service::Rds, Action::Buy, "offering-1", "1");
    assert_eq!(code(rehearsal.live.raise_quota(&databases, 401).await.outcome), "done");
    rehearsal.advance(3_600);
    assert_eq!(told(&rehearsal, &databases).await, (40, vec![(401, Answer::Declined)]));
    // Of other services Service Quotas lists none.
    let nodes = draft(rehearsal.account(), Service::Redshift, Action::Buy, "offering-1", "1");
    assert_eq!(rehearsal.live.quota(&nodes).await, Ok(None));
}

#[tokio::test]
async fn who_may_not_look_is_told_nothing_and_who_may_not_ask_is_refused() {
    let (looks, _) = Rehearsal::granting(&Selection::of([Tier::Trial])).await;
    let instances = step(&looks, "25").await;
    assert_eq!(told(&looks, &instances).await, (20, Vec::new()));
    assert_eq!(code(looks.live.raise_quota(&instances, 25).await.outcome), "refused: AccessDeniedException");
    assert_eq!(code(looks.live.make_quota_role(&instances).await.outcome), "refused: AccessDenied");
    // It was never raised, so that its default alone is to be read; and that may not be.
    looks.plan("service-quotas:GetAWSDefaultServiceQuota", FaultKind::Denied, 1).await;
    assert_eq!(looks.live.quota(&instances).await, Ok(None));
    looks.plan("service-quotas:GetAWSDefaultServiceQuota", FaultKind::LostAfter, 6).await;
    assert!(looks.live.quota(&instances).await.is_err(), "it is there, and cannot be read");
    let blind = Selection::of([Tier::Trial]).switch("quota-visibility", false).unwrap();
    let (blind, _) = Rehearsal::granting(&blind).await;
    let instances = step(&blind, "25").await;
    assert_eq!(blind.live.quota(&instances).await, Ok(None));
}

#[tokio::test]
async fn a_role_whose_first_answer_was_lost_is_there() {
    let all = Selection::of([Tier::Trial, Tier::Automation]);
    let (rehearsal, _) = Rehearsal::granting(&all).await;
    let step = step(&rehearsal, "25").await;
    rehearsal.plan("iam:CreateServiceLinkedRole", FaultKind::LostAfter, 1).await;
    assert_eq!(code(rehearsal.live.make_quota_role(&step).await.outcome), "already: InvalidInput");
    assert_eq!(code(rehearsal.live.raise_quota(&step, 25).await.outcome), "done");
}

#[tokio::test]
async fn what_was_bought_says_by_its_tags_why_it_is_there() {
    let selection = Selection::of([Tier::Trial, Tier::Commitments]);
    for (selection, wanted) in
        [(selection.clone(), "refused: UnauthorizedOperation"), (selection.switch("ec2-ri-tag", true).unwrap(), "done")]
    {
        let (rehearsal, _) = Rehearsal::granting(&selection).await;
        let step = step(&rehearsal, "2").await;
        let Outcome::Done { result, .. } = send(&rehearsal, &step).await else { panic!("it is bought") };
        let price = rehearsal.live.price(&step).await.unwrap();
        let order = order(&priced(step.clone(), &price)).id();
        assert_eq!(code(rehearsal.live.tag(order, &step, &[result]).await.outcome), wanted);
        let held = ec2::reserved_instances(&rehearsal.stranger).await.unwrap();
        let expected = [("tenor:managed", "true".to_owned()), ("tenor:order", order.to_string()), ("tenor:step", "1".to_owned())];
        let expected: Vec<_> = expected.map(|(key, value)| (key.to_owned(), value)).into_iter().filter(|_| wanted == "done").collect();
        assert_eq!(held[0].tags.0.clone().into_iter().collect::<Vec<_>>(), expected);
        // What is not ours stays as it is.
        let strange = rehearsal.live.tag(order, &step, &[text("11111111-1111-4111-a111-111111111111")]).await;
        assert_ne!(code(strange.outcome), "done");
    }
}
