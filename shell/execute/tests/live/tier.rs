//! The commitments tier is exactly what the runs use: a role with the published policies does everything that an order can do.

use super::cloud::Rehearsal;
use super::every::{every, play_all};
use super::orders::{cleared, draft, priced};
use super::shop;
use std::collections::BTreeSet;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_execute::{Aws, Outcome};
use tenor_order::{Action, Service};
use tenor_permit::{Grant, Guard, Operation, Selection, Tier, Via};

/// What the tier grants and no order uses, and why it does.
const BESIDE: [(&str, &str); 2] = [
    ("ce:StartCommitmentPurchaseAnalysis", "it has AWS judge a purchase before it is proposed"),
    ("ce:StartSavingsPlansPurchaseRecommendationGeneration", "it has AWS make its recommendations anew, which proposals are compared with"),
];

#[tokio::test]
async fn the_commitments_tier_is_exactly_what_the_runs_use() {
    let selection = Selection::of([Tier::Trial, Tier::Detail, Tier::Commitments]);
    let (rehearsal, permit) = Rehearsal::granting(&selection).await;
    // What the role may not do, on what it does it and under its conditions, is refused by the sandbox, and then one of these fails.
    let (sent, trails) = play_all(&rehearsal).await;
    assert_eq!(sent, every(), "all that AWS has an operation for is sent");
    assert!(!trails.contains("Denied") && !trails.contains("Unauthorized"), "{trails}");
    let called = rehearsal.called.1.lock().unwrap().clone();
    let operations: Vec<_> = called
        .iter()
        .map(|(service, name)| Operation::find(service, name).unwrap_or_else(|| panic!("{service}:{name} is not in the catalogue")))
        .collect();
    // An action with all that limits it.
    let whole = |grant: &'static Grant| (grant.action, grant.scope, grant.guards);
    let needed: BTreeSet<_> =
        operations.iter().flat_map(|operation| operation.grants).filter(|grant| grant.via == Via::Policy).map(whole).collect();
    let granted: BTreeSet<_> = permit.permitted().iter().map(|permitted| whole(permitted.grant)).collect();
    let lacking: Vec<_> = needed.difference(&granted).collect();
    assert!(lacking.is_empty(), "called, and not granted so: {lacking:?}");
    let used: BTreeSet<&str> = needed.iter().map(|(action, ..)| *action).collect();
    let writes: BTreeSet<&str> =
        permit.of_tier(Tier::Commitments).filter(|permitted| !permitted.only_looks()).map(|permitted| permitted.grant.action).collect();
    let unused: BTreeSet<&str> = writes.difference(&used).copied().collect();
    assert_eq!(
        unused,
        BESIDE.iter().map(|(action, _)| *action).collect::<BTreeSet<_>>(),
        "all that is granted is used, or said here why not"
    );
}

/// What can be spent in no Region but the connection's is not: the guard of each purchase is asked, not only its action.
#[tokio::test]
async fn nothing_is_bought_in_a_region_that_the_connection_does_not_name() {
    let selection = Selection::of([Tier::Trial, Tier::Commitments]);
    let (rehearsal, _) = Rehearsal::granting(&selection).await;
    let offerings = [
        (Service::Ec2, shop::instances(&rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await),
        (Service::Rds, shop::database(&rehearsal, false).await),
        (Service::ElastiCache, shop::cache(&rehearsal).await),
        (Service::MemoryDb, shop::memory(&rehearsal).await),
        (Service::OpenSearch, shop::search(&rehearsal).await),
        (Service::Redshift, shop::warehouse(&rehearsal).await),
        (Service::RedshiftServerless, shop::units(&rehearsal).await),
    ];
    let mut told = Vec::new();
    for (service, offering) in offerings {
        let operation = service.operation(Action::Buy).unwrap();
        let is_guarded = operation.grants.iter().all(|grant| grant.guards.iter().any(|guard| matches!(guard, Guard::Regions(_))));
        assert!(is_guarded, "{operation}");
        let draft = draft(rehearsal.account(), service, Action::Buy, &offering, "1");
        let mut price = rehearsal.live.price(&draft).await.unwrap();
        price.offering.region = Some("eu-west-1".parse().unwrap());
        let (cleared, key) = cleared(&priced(draft, &price), Some(price));
        match rehearsal.live.send(cleared, key.as_ref()).await.outcome {
            Outcome::Refused { code, .. } => told.push(format!("{service}: {code}")),
            other => panic!("{service}: {other:?}"),
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    ec2: UnauthorizedOperation
    rds: AccessDenied
    elasticache: AccessDenied
    memorydb: AccessDeniedException
    opensearch: AccessDeniedException
    redshift: AccessDenied
    redshift-serverless: AccessDeniedException
    ");
}
