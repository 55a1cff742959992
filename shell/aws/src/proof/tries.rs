//! What is called and not only simulated: of each capability one read, which costs nothing, takes no input and shows no secret.

use super::seen;
use crate::client::Client;
use futures::StreamExt;
use std::collections::BTreeMap;
use tenor_permit::{Capability, Channel, Connection, Operation, Permit, Retry, Seen, Selection, capabilities};
use tenor_wire::{Model, Value};

/// Reads that are tried at once; the client's own limits by service hold besides.
const AT_ONCE: usize = 16;

/// The reads to try on a connection: of each chosen capability the first that the account can have, each once. A capability whose reads all cost
/// something, or want to be told of what, has none.
#[must_use]
pub fn tries(selection: &Selection, connection: &Connection) -> Vec<&'static Operation> {
    let permit = Permit::new(selection, connection);
    let mut found: Vec<&'static Operation> = Vec::new();
    for capability in capabilities().filter(|capability| selection.has(capability)) {
        let can_have = |operation: &Operation| {
            let withheld = permit.withheld().iter().filter(|withheld| withheld.capability == capability);
            !withheld.into_iter().any(|withheld| withheld.operation.is_none_or(|other| other == operation))
        };
        let first = first(capability, can_have);
        found.extend(first.filter(|operation| !found.contains(operation)));
    }
    found
}

fn first(capability: &'static Capability, can_have: impl Fn(&Operation) -> bool) -> Option<&'static Operation> {
    capability.operations.iter().copied().find(|operation| is_cheap(operation) && takes_nothing(operation) && can_have(operation))
}

fn is_cheap(operation: &Operation) -> bool {
    let shows_secrets = operation.grants.iter().any(|grant| grant.sensitive.is_some());
    let is_read = operation.retry == Retry::Read && operation.channel == Channel::Codec;
    is_read && operation.request_price.is_zero() && !operation.grants.is_empty() && !shows_secrets
}

fn takes_nothing(operation: &Operation) -> bool {
    let Some(service) = Model::catalogued().service(operation.service) else { return false };
    service.operation(operation.name).is_some_and(|call| service.structure(call.input.as_deref()).required.is_empty())
}

/// What came of calling them: one page of each.
pub async fn tried(role: &Client, operations: &[&'static Operation]) -> BTreeMap<String, Seen> {
    let calls = operations.iter().map(|operation| async move {
        let answer = role.call(operation.service, operation.name, &Value::default()).await;
        (operation.to_string(), seen(&answer))
    });
    futures::stream::iter(calls).buffered(AT_ONCE).collect().await
}

#[cfg(test)]
mod tests {
    use super::tries;
    use tenor_permit::{AccountKind, Connection, Partition, Regions, Selection, Tier};

    #[test]
    fn what_is_tried_costs_nothing_and_only_looks() {
        let told = |kind: AccountKind| {
            let connection = Connection {
                partition: Partition::Aws,
                account: "111122223333".parse().unwrap(),
                kind,
                role: "Tenor".parse().unwrap(),
                trusted: "arn:aws:iam::999988887777:role/tenor-server".parse().unwrap(),
                report: None,
                regions: Regions::All,
            };
            let tries = tries(&Selection::of(Tier::ALL), &connection);
            assert!(tries.iter().all(|operation| operation.request_price.is_zero()));
            tries.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let payer = told(AccountKind::Payer);
        insta::assert_snapshot!(payer, @"
        iam:ListAccountAliases
        organizations:DescribeOrganization
        bcm-data-exports:ListExports
        pricing:DescribeServices
        savingsplans:DescribeSavingsPlans
        savingsplans:DescribeSavingsPlansOfferings
        ec2:DescribeReservedInstances
        redshift:DescribeReservedNodeExchangeStatus
        ec2:DescribeReservedInstancesOfferings
        rds:DescribeReservedDBInstances
        elasticache:DescribeReservedCacheNodes
        memorydb:DescribeReservedNodes
        redshift:DescribeReservedNodes
        opensearch:DescribeReservedInstances
        redshift-serverless:ListReservations
        ");
        let member = told(AccountKind::Member);
        let lacks: Vec<_> = payer.lines().filter(|line| !member.contains(line)).collect();
        insta::assert_snapshot!(lacks.join("\n"), @"organizations:DescribeOrganization");
    }
}
