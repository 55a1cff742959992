//! What holds for every row, without asking anybody outside.

use super::{capabilities, operations};
use crate::kinds::{Access, MoneyEffect, Retry, Tier};
use crate::row::{Capability, Guard, Operation, Scope, Via};
use std::collections::{BTreeMap, BTreeSet};

/// What would let the role make a foreign thing its own, and so void a guard by tag.
const NEVER: [&str; 2] = ["savingsplans:TagResource", "organizations:TagResource"];

#[test]
fn a_name_means_one_row() {
    let names: Vec<_> = capabilities().map(|capability| capability.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let mut rows = BTreeMap::new();
    for operation in capabilities().flat_map(|capability| capability.operations) {
        let known = rows.entry(operation.to_string()).or_insert(*operation);
        assert_eq!(known, operation, "two rows say different things of {operation}");
    }
}

#[test]
fn no_action_is_a_wildcard_and_none_voids_a_guard() {
    for (operation, grant) in capabilities().flat_map(Capability::grants) {
        assert!(!grant.action.contains('*'), "{operation}");
        assert!(grant.action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty()), "{operation}");
        assert!(!NEVER.contains(&grant.action), "{operation}");
    }
}

#[test]
fn an_action_is_granted_the_same_way_to_all_who_need_it() {
    let mut known = BTreeMap::new();
    for (operation, grant) in capabilities().flat_map(Capability::grants) {
        assert_eq!(known.entry(grant.action).or_insert(grant), &grant, "{operation}");
    }
}

#[test]
fn the_trial_only_looks() {
    let trial = capabilities().filter(|capability| capability.tier <= Tier::Detail);
    for (operation, grant) in trial.flat_map(Capability::grants) {
        assert!(grant.access.only_looks(), "{operation}");
        assert_eq!(operation.money, MoneyEffect::None, "{operation}");
    }
}

#[test]
fn what_spends_is_repeated_only_by_a_token_or_a_name() {
    let spends: Vec<_> = operations().filter(|operation| operation.money == MoneyEffect::Spends).map(row).collect();
    insta::assert_snapshot!(spends.join("\n"), @"
    ec2:AcceptReservedInstancesExchangeQuote                never
    ec2:PurchaseReservedInstancesOffering                   never
    elasticache:PurchaseReservedCacheNodesOffering          natural key ReservedCacheNodeId
    memorydb:PurchaseReservedNodesOffering                  natural key ReservationId
    opensearch:PurchaseReservedInstanceOffering             natural key ReservationName
    rds:PurchaseReservedDBInstancesOffering                 natural key ReservedDBInstanceId
    redshift:PurchaseReservedNodeOffering                   never
    redshift-serverless:CreateReservation                   token clientToken
    savingsplans:CreateSavingsPlan                          token clientToken
    ");
}

fn row(operation: &Operation) -> String {
    let retry = match operation.retry {
        Retry::Read => "read".to_owned(),
        Retry::Token { parameter } => format!("token {parameter}"),
        Retry::NaturalKey { parameter } => format!("natural key {parameter}"),
        Retry::Never => "never".to_owned(),
    };
    format!("{operation:<55} {retry}")
}

#[test]
fn only_what_changes_something_is_kept_from_being_repeated() {
    for operation in operations() {
        let looks = operation.access().is_none_or(Access::only_looks);
        // To assume a role has the access level of a write and changes nothing in the account.
        if looks != (operation.retry == Retry::Read) {
            assert!(["sts:AssumeRole", "sso-oidc:CreateToken"].contains(&operation.to_string().as_str()), "{operation}");
        }
    }
}

#[test]
fn every_write_that_aws_lets_be_limited_is() {
    let unlimited: BTreeSet<_> = capabilities()
        .flat_map(Capability::grants)
        .filter(|(_, grant)| !grant.access.only_looks() && grant.guards.is_empty() && grant.scope == Scope::Unscopable)
        .map(|(_, grant)| grant.action)
        .collect();
    // They start a computation of AWS's, which can be limited in no way and changes nothing else.
    let known = ["ce:StartCommitmentPurchaseAnalysis", "ce:StartSavingsPlansPurchaseRecommendationGeneration"];
    assert_eq!(unlimited, BTreeSet::from(known));
}

#[test]
fn a_guard_by_tag_stands_only_where_the_tag_cannot_be_set_alone() {
    let all: Vec<_> = capabilities().flat_map(Capability::grants).map(|(_, grant)| grant).collect();
    for held in all.iter().filter(|grant| grant.guards.contains(&Guard::HeldTagged)) {
        let service = held.action.split(':').next();
        let tags = all.iter().filter(|grant| grant.access == Access::Tagging && grant.action.split(':').next() == service);
        assert_eq!(tags.count(), 0, "{}", held.action);
    }
}

/// What starts, changes or ends something that runs, though its name may speak of reservations; and what acts for a budget.
const OF_WHAT_RUNS: [&str; 6] =
    ["RunInstances", "SpotInstances", "SpotFleet", "ScheduledInstances", "CapacityReservation", "ExecuteBudget"];
/// What commitments, reports and quotas are called in the names of actions.
const OF_MONEY: [&str; 7] =
    ["Reserved", "Reservation", "SavingsPlan", "CommitmentPurchase", "CreateExport", "ReportDefinition", "ServiceQuotaIncrease"];
/// What the ARNs of reservations and of the report's bucket have.
const PLACES_OF_MONEY: [&str; 3] = ["reserved", ":ri:", ":s3:::{bucket}"];

#[test]
fn nothing_that_runs_is_changed_and_no_role() {
    let changes = capabilities().filter(|capability| capability.tier < Tier::Infrastructure).flat_map(Capability::grants);
    for (operation, grant) in changes.filter(|(_, grant)| grant.via == Via::Policy && !grant.access.only_looks()) {
        assert!(!OF_WHAT_RUNS.iter().any(|word| grant.action.contains(word)), "{operation}");
        // The one role that is made is AWS's own, of one service.
        if grant.action.starts_with("iam:") {
            assert_eq!(grant.action, "iam:CreateServiceLinkedRole", "{operation}");
            assert!(grant.guards.iter().any(|guard| matches!(guard, Guard::ServiceLinked(_))), "{operation}");
            continue;
        }
        let is_named = OF_MONEY.iter().any(|word| grant.action.contains(word));
        let is_limited = match grant.scope {
            Scope::Unscopable => false,
            Scope::Arns(arns) => arns.iter().all(|arn| PLACES_OF_MONEY.iter().any(|place| arn.contains(place))),
        };
        assert!(is_named || is_limited, "{operation}: {}", grant.action);
    }
}

#[test]
fn look_ups_find_by_operation_capability_and_action() {
    let held = Operation::find("opensearch", "DescribeReservedInstances").unwrap();
    assert_eq!(held.grants[0].action, "es:DescribeReservedInstances");
    assert_eq!(Operation::find("opensearch", "DeleteDomain"), None);
    let users: Vec<_> = held.capabilities().map(|capability| capability.name).collect();
    assert_eq!(users, ["opensearch-ri-inventory", "opensearch-ri-purchase"]);
    assert_eq!(Capability::find("sp-return").unwrap().tier, Tier::Commitments);
    assert_eq!(Capability::find("sp-retur"), None);
    let readers: Vec<_> = Operation::needing("s3:GetObject").map(ToString::to_string).collect();
    assert_eq!(readers, ["s3:GetObject", "s3:HeadObject"]);
    assert_eq!(
        Capability::needing("savingsplans:CreateSavingsPlan").map(|c| c.name).collect::<Vec<_>>(),
        ["sp-purchase", "commitment-renewal"]
    );
}

#[test]
fn only_assuming_the_role_is_granted_by_trust() {
    let by_trust = operations().flat_map(|operation| operation.grants).filter(|grant| grant.via == Via::Trust);
    assert_eq!(by_trust.map(|grant| grant.action).collect::<Vec<_>>(), ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]);
}
