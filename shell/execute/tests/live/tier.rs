//! The commitments tier is exactly what the runs use: a role with the published policies does everything that an order can do.

use super::cloud::Rehearsal;
use super::every::play_all;
use std::collections::BTreeSet;
use tenor_permit::{Operation, Selection, Tier, Via};

/// What the tier grants and no order uses, and why it does.
const BESIDE: [(&str, &str); 2] = [
    ("ce:StartCommitmentPurchaseAnalysis", "it has AWS judge a purchase before it is proposed"),
    ("ce:StartSavingsPlansPurchaseRecommendationGeneration", "it has AWS make its recommendations anew, which proposals are compared with"),
];

#[tokio::test]
async fn the_commitments_tier_is_exactly_what_the_runs_use() {
    let selection = Selection::of([Tier::Trial, Tier::Detail, Tier::Commitments]);
    let (rehearsal, permit) = Rehearsal::granting(&selection).await;
    // What the role may not do is refused by the sandbox, and then one of these fails.
    play_all(&rehearsal).await;
    let called = rehearsal.called.1.lock().unwrap().clone();
    let operations: Vec<_> = called
        .iter()
        .map(|(service, name)| Operation::find(service, name).unwrap_or_else(|| panic!("{service}:{name} is not in the catalogue")))
        .collect();
    let used: BTreeSet<&str> = operations
        .iter()
        .flat_map(|operation| operation.grants)
        .filter(|grant| grant.via == Via::Policy)
        .map(|grant| grant.action)
        .collect();
    let granted: BTreeSet<&str> = permit.permitted().iter().map(|permitted| permitted.grant.action).collect();
    assert_eq!(used.difference(&granted).collect::<Vec<_>>(), Vec::<&&str>::new(), "nothing is called that is not granted");
    let writes: BTreeSet<&str> =
        permit.of_tier(Tier::Commitments).filter(|permitted| !permitted.only_looks()).map(|permitted| permitted.grant.action).collect();
    let unused: BTreeSet<&str> = writes.difference(&used).copied().collect();
    assert_eq!(
        unused,
        BESIDE.iter().map(|(action, _)| *action).collect::<BTreeSet<_>>(),
        "all that is granted is used, or said here why not"
    );
}
